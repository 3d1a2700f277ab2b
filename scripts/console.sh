#!/usr/bin/env bash
# Builds the console into web/dist, which the binary embeds; does nothing when nothing changed.
# Without Node the folder is left as it is and the binary serves a placeholder page.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

if ! has_npm_script web build; then
    echo "no Node or no console here: the server will show a placeholder page"
    mkdir -p web/dist
    exit 0
fi
mark=target/console-built-from
# The sources, in a fixed order, without what is built or installed.
sum="$(find web docs/openapi.json catalog/messages catalog/kinds \( -name node_modules -o -name dist -o -name test-results -o -name playwright-report \) -prune \
    -o -type f -print0 2>/dev/null | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)"
if [ -f "$mark" ] && [ -f web/dist/index.html ] && [ "$(cat "$mark")" = "$sum" ]; then
    echo "web/dist is fresh"
    exit 0
fi
npm --prefix web run build
mkdir -p target
printf '%s' "$sum" >"$mark"
