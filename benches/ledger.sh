#!/usr/bin/env bash
# Measures the evidence ledger by itself on this machine: durable appends beside an SQLite and a PostgreSQL table that do the same inserts in
# the same run, then a large ledger: size, proofs, verification of one item and of the whole.
#   benches/ledger.sh [ITEMS]     default 2000000 (about ten minutes and 3 GB of disk)
set -euo pipefail
cd "$(dirname "$0")/.."
items=${1:-2000000}
bench=target/release/jingui-benches
[ -n "${JINGUI_BENCH_BUILT:-}" ] || cargo build --release -q -p jingui-benches
mkdir -p .run
dir=$(mktemp -d .run/bench-ledger-XXXXXX)
cluster=
as_server() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; } # PostgreSQL refuses to run as root
leave() {
  [ -z "$cluster" ] || { as_server "$postgres/pg_ctl" -D "$cluster/data" -m immediate -s stop; rm -rf "$cluster"; } || true
  rm -rf "$dir"
}
trap leave EXIT

echo "machine: $(nproc) cores, $(awk '/model name/ { sub(/.*: /, ""); print; exit }' /proc/cpuinfo), load $(cut -d' ' -f1 /proc/loadavg), $(date -u +%F)"
echo
database=()
postgres=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
if [ -n "$postgres" ]; then
  # On the same disk as the others.
  cluster=$(mktemp -d "$PWD/.run/bench-pg-XXXXXX")
  [ "$(id -u)" != 0 ] || { chown postgres "$cluster"; chmod 755 .run; }
  as_server "$postgres/initdb" -D "$cluster/data" -U jingui -A trust -E UTF8 --no-locale >/dev/null
  as_server "$postgres/pg_ctl" -D "$cluster/data" -w -s -l "$cluster/log" -o "-k $cluster -c listen_addresses= -c shared_buffers=256MB -c max_wal_size=4GB" start
  "$postgres/createdb" -h "$cluster" -U jingui bench
  database=("postgres://jingui@localhost/bench?host=${cluster//\//%2F}")
fi
"$bench" ledger "$dir" "$items" "${database[@]}"
