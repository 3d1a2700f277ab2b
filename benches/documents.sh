#!/usr/bin/env bash
# Measures documents on this machine: forms of the sample company's secrets as .docx and PDF, each with its durable note in the ledger.
#   benches/documents.sh [COUNT]     default 500, half of them each way
set -euo pipefail
cd "$(dirname "$0")/.."
bench=target/release/jingui-benches
[ -n "${JINGUI_BENCH_BUILT:-}" ] || cargo build --release -q -p jingui-benches
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
echo "machine: $(nproc) cores, $(awk '/model name/ { sub(/.*: /, ""); print; exit }' /proc/cpuinfo), load $(cut -d' ' -f1 /proc/loadavg), $(date -u +%F)"
echo
"$bench" documents "$dir" "${1:-500}"
