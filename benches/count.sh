#!/usr/bin/env bash
# Measures a stock count by scanning on this machine: keeping the scans, comparing, showing, and the differences at the end.
#   benches/count.sh [CARRIERS]     default 5000 (under a minute)
set -euo pipefail
cd "$(dirname "$0")/.."
carriers=${1:-5000}
bench=${JINGUI_BENCH_BIN:-target/release/jingui-benches}
[ -n "${JINGUI_BENCH_BUILT:-}${JINGUI_BENCH_BIN:-}" ] || cargo build --release -q -p jingui-benches
mkdir -p .run
dir=$(mktemp -d .run/bench-count-XXXXXX)
trap 'rm -rf "$dir"' EXIT

echo "machine: $(nproc) cores, $(awk '/model name/ { sub(/.*: /, ""); print; exit }' /proc/cpuinfo), load $(cut -d' ' -f1 /proc/loadavg), $(date -u +%F)"
echo
"$bench" count "$dir" "$carriers"
