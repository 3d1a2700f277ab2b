#!/usr/bin/env bash
# Measures long lists on their way in: tried out with faults, given back marked, corrected and taken over.
#   benches/import.sh [ROWS]     default 50000 (a minute or two)
set -euo pipefail
cd "$(dirname "$0")/.."
rows=${1:-50000}
bench=${JINGUI_BENCH_BIN:-target/release/jingui-benches}
[ -n "${JINGUI_BENCH_BUILT:-}${JINGUI_BENCH_BIN:-}" ] || cargo build --release -q -p jingui-benches
mkdir -p .run
dir=$(mktemp -d .run/bench-import-XXXXXX)
trap 'rm -rf "$dir"' EXIT

echo "machine: $(nproc) cores, $(awk '/model name/ { sub(/.*: /, ""); print; exit }' /proc/cpuinfo), load $(cut -d' ' -f1 /proc/loadavg), $(date -u +%F)"
echo
"$bench" import "$dir" "$rows"
