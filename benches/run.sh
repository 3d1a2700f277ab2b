#!/usr/bin/env bash
# Measures what the foundation promises, on this machine, and prints one table per question.
#   benches/run.sh [SECRETS] [EVENTS]     default 1000000 10000000 (about two hours and 25 GB of disk)
#   benches/run.sh 0                      only what needs no large company
# Data are generated from a fixed seed through the real pipeline and kept in BENCH_DIR for the next run.
set -euo pipefail
cd "$(dirname "$0")/.."
secrets=${1:-1000000} events=${2:-10000000}
dir=${BENCH_DIR:-.run/bench-$secrets-$events}
port=${BENCH_PORT:-8699}
url=http://127.0.0.1:$port
bench=target/release/jingui-benches
server=${JINGUI_BIN:-target/release/jingui}
[ -n "${JINGUI_BIN:-}" ] || cargo build --release -q -p jingui -p jingui-benches

now() { date +%s%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.2f", (b - a) / 1e9 }'; }
memory() { awk -v what="$2" '$1 == what":" { printf "%.0f MiB", $2 / 1024 }' "/proc/$1/status"; }

start() { # folder, key file, further options: waits until ready, leaves the seconds in $started
  local begun; begun=$(now)
  "$server" serve --data "$1" --listen "127.0.0.1:$port" --key-file "$2" --rate 0 "${@:3}" >"$1/bench.out" 2>"$1/bench.err" &
  pid=$!
  until curl -fsS -o /dev/null "$url/readyz" 2>/dev/null; do
    kill -0 "$pid" 2>/dev/null || { tail -5 "$1/bench.err" >&2; exit 1; }
    sleep 0.02
  done
  started=$(since "$begun")
}
stop() { kill -TERM "$pid"; wait "$pid" || true; pid=; }
pid= cluster=
as_server() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; } # PostgreSQL refuses to run as root
leave() {
  [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
  [ -z "$cluster" ] || { as_server "$postgres/pg_ctl" -D "$cluster/data" -m immediate -s stop; rm -rf "$cluster"; } || true
}
trap leave EXIT

echo "machine: $(nproc) cores, $(awk '/model name/ { sub(/.*: /, ""); print; exit }' /proc/cpuinfo), load $(cut -d' ' -f1 /proc/loadavg), $(date -u +%F)"
echo
echo "## Empty company"
empty=$(mktemp -d)
"$bench" generate "$empty" 0 0 2>/dev/null
start "$empty" "$empty/bench.key"
echo "| what | reached | wanted |"
echo "|---|---|---|"
echo "| start to ready | $started s | ≤ 1 s |"
echo "| memory after start | $(memory "$pid" VmRSS) | ≤ 100 MiB |"
echo "| binary | $(( $(stat -c %s "$server") / 1000000 )) MB | ≤ 80 MB |"
echo
echo "## Durable acts through HTTP and the whole pipeline (empty company, 64 clients, 20 s)"
echo "| what | n | p50 ms | p99 ms | max ms |"
"$bench" acts "$url" office Bench-company-only-1 64 20
stop
rm -rf "$empty"

postgres=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
if [ -n "$postgres" ]; then
  echo
  echo "## The same on PostgreSQL ($("$postgres/postgres" --version | grep -o '[0-9.]*' | head -n 1), durable, through a socket on this machine)"
  cluster=$(mktemp -d) empty=$(mktemp -d)
  [ "$(id -u)" != 0 ] || chown postgres "$cluster"
  as_server "$postgres/initdb" -D "$cluster/data" -U jingui -A trust -E UTF8 --no-locale >/dev/null
  as_server "$postgres/pg_ctl" -D "$cluster/data" -w -s -l "$cluster/log" -o "-k $cluster -c listen_addresses= -c shared_buffers=256MB -c max_wal_size=4GB" start
  "$postgres/createdb" -h "$cluster" -U jingui bench
  database="postgres://jingui@localhost/bench?host=${cluster//\//%2F}"
  "$bench" generate "$empty" 0 0 "$database" 2>/dev/null
  start "$empty" "$empty/bench.key" --database "$database"
  echo "| what | n | p50 ms | p99 ms | max ms |"
  "$bench" acts "$url" office Bench-company-only-1 64 20
  stop
  rm -rf "$empty"
fi

echo
if [ "$secrets" != 0 ]; then
echo "## Large company (wanted: $secrets secrets, $events events)"
if [ ! -f "$dir/bench.key" ]; then mkdir -p "$dir"; "$bench" generate "$dir" "$secrets" "$events"; fi
start "$dir" "$dir/bench.key"
echo "start to ready: $started s (wanted ≤ 20 s); memory after start $(memory "$pid" VmRSS), peak $(memory "$pid" VmHWM) (wanted ≤ 3 GiB)"
echo
echo "n, p50 ms, p99 ms, max ms:"
"$bench" measure "$url" office Bench-company-only-1
echo "memory after the lists: $(memory "$pid" VmRSS)"
echo
echo "acts beside that many records:"
"$bench" acts "$url" office Bench-company-only-1 64 20
stop
echo "database $(du -sh "$dir/jingui.db" | cut -f1), ledger $(du -sh "$dir/ledger" | cut -f1)"
echo
fi
echo "## Policy decision"
[ -n "${JINGUI_BIN:-}" ] || cargo run --release -q -p jingui-policy --example measure
