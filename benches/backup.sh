#!/usr/bin/env bash
# Measures backups on this machine: a company with COUNT files of 10 KiB, its first backup, the next one with nothing new, and a whole drill that
# restores everything into a scratch place and compares every digest with the ledger. Beside it GNU tar writes the same folder.
#   benches/backup.sh [COUNT]     default 1000000 (about 40 GB of room)
set -euo pipefail
cd "$(dirname "$0")/.."
count="${1:-1000000}"
[ -n "${JINGUI_BENCH_BUILT:-}" ] || cargo build --release -q -p jingui -p jingui-benches
jingui=target/release/jingui
dir=$(mktemp -d "${BENCH_DIR:-${TMPDIR:-/tmp}}/jingui-backup.XXXXXX")
trap 'rm -rf "$dir"' EXIT
load() { cut -d' ' -f1 /proc/loadavg; }
echo "machine: $(nproc) cores, $(awk '/model name/ { sub(/.*: /, ""); print; exit }' /proc/cpuinfo), load $(load), $(date -u +%F)"
target/release/jingui-benches files "$dir/data" "$count"
echo "data folder: $(du -sh "$dir/data" | cut -f1)"
timed() { # <what> <command…>
    local what="$1" began
    shift
    began=$(date +%s.%N)
    "$@" >"$dir/said" 2>&1 || {
        cat "$dir/said" >&2
        exit 1
    }
    awk -v w="$what" -v a="$began" -v b="$(date +%s.%N)" -v n="$count" 'BEGIN { printf "| %s | %.1f s | %.0f files/s |\n", w, b - a, n / (b - a) }'
}
echo
echo "| what | time | |"
echo "|---|---|---|"
timed "first backup" "$jingui" backup --data "$dir/data" --to "$dir/place"
echo "backup's place: $(du -sh "$dir/place" | cut -f1)" >"$dir/size"
timed "next backup, nothing new" "$jingui" backup --data "$dir/data" --to "$dir/place"
timed "drill: restored, every digest compared with the ledger" "$jingui" restore --from "$dir/place" --data "$dir/data" --drill --key-file "$dir/data.key"
timed "tar of the data folder, synced" sh -c "tar -cf '$dir/tar' -C '$dir' data && sync '$dir/tar'"
echo
cat "$dir/size"
echo "load afterwards: $(load)"
