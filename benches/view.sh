#!/usr/bin/env bash
# Measures reading without taking on this machine: the first page of a long PDF and of a document, each with its durable note in the ledger.
#   benches/view.sh [PAGES]     default 300
set -euo pipefail
cd "$(dirname "$0")/.."
bench=target/release/jingui-benches
[ -n "${JINGUI_BENCH_BUILT:-}" ] || cargo build --release -q -p jingui-benches
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
echo "machine: $(nproc) cores, $(awk '/model name/ { sub(/.*: /, ""); print; exit }' /proc/cpuinfo), load $(cut -d' ' -f1 /proc/loadavg), $(date -u +%F)"
echo
"$bench" view "$dir" "${1:-300}"
