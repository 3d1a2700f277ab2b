#!/usr/bin/env bash
# Takes the screenshots of the main screens from a filled sample company into docs/screenshots.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
step "set-up" scripts/setup.sh test
step "console" scripts/console.sh
step "binary" cargo build --locked --quiet -p jingui
export JINGUI_BIN="$built/debug/jingui" JINGUI_SHOTS="$PWD/docs/screenshots"
mkdir -p docs/screenshots
has_npm_script web shots || {
    echo "the console has no script named shots" >&2
    exit 1
}
step "screenshots" npm --prefix web run shots
