#!/usr/bin/env bash
# Measures the figures: hands over to benches/run.sh with a release build of the binary.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
[ -x benches/run.sh ] || {
    echo "benches/run.sh is not there" >&2
    exit 1
}
step "set-up" scripts/setup.sh run
step "console" scripts/console.sh
step "binary (release)" cargo build --locked --quiet --release -p jingui
export JINGUI_BIN="$built/release/jingui"
step "figures" benches/run.sh "$@"
