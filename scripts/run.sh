#!/usr/bin/env bash
# Builds the console and the binary and starts the server on this machine.
#   ADDR=127.0.0.1:8600  where it listens      DATA=.run/data  where it keeps its data
#   PROFILE=dev|release  how it is built (release takes about three times as long to build)
#   ARGS='…'             more arguments for `jingui serve`
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

ADDR="${ADDR:-127.0.0.1:8600}"
DATA="${DATA:-.run/data}"
PROFILE="${PROFILE:-dev}"

step "set-up" scripts/setup.sh run
step "console" scripts/console.sh
step "binary ($PROFILE)" cargo build --locked --profile "$PROFILE" -p jingui

folder="$PROFILE"
[ "$PROFILE" = dev ] && folder=debug
mkdir -p "$DATA"
printf '\nJingui starts on http://%s (data in %s; stop with Ctrl-C)\n\n' "$ADDR" "$DATA"
# shellcheck disable=SC2086 # ARGS is a list of arguments on purpose
exec "$built/$folder/jingui" serve --data "$DATA" --listen "$ADDR" ${ARGS:-}
