#!/usr/bin/env bash
# Runs every check of the project, or only the named ones:
#   scripts/test.sh                  everything, as `make test` and the gate do
#   scripts/test.sh format lint      only these steps
# Every step runs even when an earlier one failed; the status is non-zero when any failed. The last line adds up
# what the test runners themselves reported (see scripts/count.sh).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-never}" NO_COLOR=1
export JINGUI_BIN="${JINGUI_BIN:-$built/debug/jingui}"
logs=target/test-logs
mkdir -p "$logs"

# Shows the runner's output and keeps it, so that its summary can be counted.
kept() { # <log> <command…>
    local log="$logs/$1"
    shift
    "$@" </dev/null 2>&1 | tee "$log"
}

check_setup() { scripts/setup.sh test; }
check_console_build() { scripts/console.sh; }
check_format() { cargo fmt --all --check; }
check_tidy() { xtask tidy; }
check_licences() {
    local deny=target/tools/bin/cargo-deny
    [ -x "$deny" ] || deny=cargo-deny
    # The advisories need a data base that is no package registry: see `make advisories`.
    "$deny" --log-level error --locked check --hide-inclusion-graph licenses bans sources
}
check_lint() { cargo clippy --locked --quiet --workspace --all-targets -- -D warnings; }
# Everything at once, tests with it: built package by package, what they share would be built several times with other features.
check_build() { cargo build --locked --quiet --workspace --all-targets && all_built=1; }
# After that it is there; asked for alone, only what it needs is built.
all_built=
xtask() { if [ -n "$all_built" ]; then "$built/debug/xtask" "$@"; else cargo run --locked --quiet -p xtask -- "$@"; fi; }
check_generated() { xtask generate --check; }
# One test more at a time than there are cores: many wait for a disk or a clock.
nextest() { cargo nextest run --locked --workspace --no-fail-fast --config-file scripts/nextest.toml --status-level slow --hide-progress-bar --test-threads "$(($(nproc) + 1))" "$@"; }
check_rust() {
    if cargo nextest --version >/dev/null 2>&1; then
        kept nextest.log nextest
    else
        kept cargo-test.log cargo test --locked --workspace --all-targets --no-fail-fast
    fi
}
# The long scenarios of the use cases, and sweep, guards and attacks of the door, once more on PostgreSQL.
check_postgres() {
    export JINGUI_TEST_DATABASE=postgres
    if cargo nextest --version >/dev/null 2>&1; then
        kept postgres-nextest.log nextest -E 'binary_id(jingui-app::it) & (test(flow_) | test(exchange_) | test(/^(case|attest|registers|duties)::/)) | binary_id(jingui-server::it) & test(/^(sweep|guards|attacks|flow|files|packages)/)'
    else
        for part in flow_ exchange_ case:: attest:: registers:: duties::; do kept "postgres-$part-cargo-test.log" cargo test --locked -p jingui-app --test it "$part" || return 1; done
        kept postgres-server-cargo-test.log cargo test --locked -p jingui-server --test it || return 1
    fi
}
check_examples() { kept doctest.log cargo test --locked --quiet --workspace --doc --no-fail-fast; }
check_interop() { scripts/interop.sh; }
check_console() {
    kept vitest.log npm --prefix web run test
    local status=$?
    # The budget for the first load, when the console has the check.
    if has_npm_script web size; then npm --prefix web run --silent size || status=1; fi
    return "$status"
}
check_browser() { kept playwright.log npm --prefix web run e2e; }
check_fuzz() { kept schemathesis.log target/venv/bin/python scripts/fuzz.py --binary "$JINGUI_BIN"; }

# In this order: what is quick, then what needs a build, then what needs the running server.
order=(setup console_build format licences lint build tidy generated rust postgres examples interop console browser fuzz)
declare -A title=(
    [setup]="set-up" [console_build]="console: build" [format]="format" [tidy]="habits of the house (xtask tidy)"
    [licences]="licences and banned crates (cargo deny)" [lint]="lints (clippy, warnings are errors)" [build]="build"
    [generated]="generated files are fresh" [rust]="Rust tests" [postgres]="scenarios on PostgreSQL" [examples]="examples in the documentation"
    [interop]="strangers' programs (Go, openssl, Python)" [console]="console: unit tests" [browser]="console in a browser (Playwright)" [fuzz]="HTTP API (schemathesis)"
)

chosen=("$@")
[ "$#" -gt 0 ] || chosen=("${order[@]}")
for name in "${chosen[@]}"; do
    [ -n "${title[$name]:-}" ] || {
        echo "no such step: $name (there are: ${order[*]})" >&2
        exit 2
    }
done

# A runner that reports success without a single test has not run them.
counts_tests() { # <step>
    case "$1" in
    rust | postgres | console | browser) [ "$(scripts/count.sh "$logs")" != "$counted" ] ;;
    *) true ;;
    esac
}

rm -f "$logs"/*.log
began="$(date +%s)"
failed=()
counted="$(scripts/count.sh "$logs")"
for name in "${chosen[@]}"; do
    if ! step "${title[$name]}" "check_$name"; then
        failed+=("$name")
        # Nothing after these can work.
        case "$name" in setup | build) break ;; esac
    elif ! counts_tests "$name"; then
        printf -- '-- %s: FAILED, no test was counted\n' "${title[$name]}"
        failed+=("$name")
    fi
    counted="$(scripts/count.sh "$logs")"
done

took=$(($(date +%s) - began))
printf '\n== Sum after %dm%02ds\n' $((took / 60)) $((took % 60))
if [ "${#failed[@]}" -gt 0 ]; then
    printf '%s; steps that failed: %s\n' "$counted" "${failed[*]}"
    exit 1
fi
case "$counted" in
*", 0 failed") ;;
*)
    printf '%s, although every runner said success: the count is broken\n' "$counted"
    exit 1
    ;;
esac
printf '%s\n' "$counted"
