#!/usr/bin/env bash
# Brings a Debian machine (12 or 13) with Rust and Node to the point where the project builds and runs
# (`run`), can be held against strangers' programs (`interop`) or tested completely (`test`). Says what it does;
# does nothing when nothing is missing.
# Packages come through the ordinary clients only: apt, cargo, npm, pip.
set -euo pipefail
cd "$(dirname "$0")/.."

what="${1:-run}"
case "$what" in
run | interop | test) ;;
*)
    echo "usage: scripts/setup.sh run|interop|test" >&2
    exit 2
    ;;
esac

SCHEMATHESIS=4.32.5
CARGO_DENY=0.20.2
# Strangers' programs, for scripts/interop.sh.
STRANGERS=(bagit==1.9.0 pymerkle==7.0.0 rfc3161-client==1.0.9 cryptography==50.0.2 icalendar==7.3.0 aiosmtpd==1.4.6)
NEED_NODE=20.19

say() { printf 'setup: %s\n' "$*"; }
fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; } # <wanted> <found>
have() { command -v "$1" >/dev/null 2>&1; }

# As root, or through sudo; otherwise the person is told what to install.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        fail "needs root for: $*"
    fi
}

# --- 1. what must be there already -----------------------------------------------------------
have cargo || fail "Rust is missing (cargo not found); the version needed stands in Cargo.toml as rust-version"
need_rust="$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)"
have_rust="$(rustc --version | awk '{print $2}')"
at_least "$need_rust" "${have_rust%%-*}" || fail "Rust $need_rust or newer is needed, found $have_rust"

node_fits=no
if have npm && have node && at_least "$NEED_NODE" "$(node --version | tr -d v)"; then node_fits=yes; fi
if [ "$node_fits" = no ]; then
    [ "$what" != test ] || fail "Node $NEED_NODE or newer with npm is needed for the console's tests"
    [ "$what" != run ] || say "no Node $NEED_NODE or newer with npm: the server will show a placeholder instead of the console"
fi

# --- 2. Debian packages ----------------------------------------------------------------------
missing=()
need() { missing+=("$1"); } # <package>

have cc || need gcc
# The C library's headers, for the bundled SQLite and the cryptographic library.
[ -e /usr/include/stdio.h ] || need libc6-dev
have make || need make

if [ "$what" = test ]; then
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || have initdb || need postgresql
    have chromium || need chromium
    # Chinese on the screenshots, in the browser's tests and in the PDFs.
    compgen -G '/usr/share/fonts/opentype/noto/NotoSansCJK*' >/dev/null || need fonts-noto-cjk
    # Stands in for a device that keeps keys (PKCS#11).
    have softhsm2-util || need softhsm2
    # Puts the mark before sound and film.
    have ffmpeg || need ffmpeg
    # Reads the PDFs back.
    have pdftotext || need poppler-utils
    # The box that office files are converted in.
    have bwrap || need bubblewrap
    # Opens the .docx (and sheets and slides) that we write, and fails when it cannot.
    [ -e /usr/lib/libreoffice/program/libswlo.so ] || need libreoffice-writer-nogui
    [ -e /usr/lib/libreoffice/program/libsclo.so ] || need libreoffice-calc-nogui
    [ -e /usr/lib/libreoffice/program/libsdlo.so ] || need libreoffice-impress-nogui
fi
if [ "$what" != run ]; then
    # Time-stamp authorities that the tests start.
    have openssl || need openssl
    have go || need golang-go
    [ -d /usr/share/gocode/src/golang.org/x/mod/sumdb ] || need golang-golang-x-mod-dev
    have xxd || need xxd
    have python3 || need python3
    if ! [ -x target/venv/bin/pip ]; then
        if ! have python3 || ! python3 -c 'import ensurepip, venv' >/dev/null 2>&1; then need python3-venv; fi
    fi
fi

if [ "${#missing[@]}" -gt 0 ]; then
    have apt-get || fail "please install: ${missing[*]}"
    say "installing Debian packages: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    if ! as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1; then
        say "refreshing the package lists first"
        as_root apt-get update -qq
        as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    fi
fi

# --- 3. Node packages, when the lock file changed since the last time -------------------------
npm_packages() { # <folder>
    local folder="$1" mark="$1/node_modules/.installed-from"
    [ -f "$folder/package-lock.json" ] || return 0
    local sum
    sum="$(cat "$folder/package.json" "$folder/package-lock.json" | sha256sum | cut -d' ' -f1)"
    if [ -f "$mark" ] && [ "$(cat "$mark")" = "$sum" ]; then return 0; fi
    say "installing Node packages of $folder"
    # Tests drive Debian's Chromium; no browser is fetched from anywhere.
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm --prefix "$folder" ci --no-fund --no-audit --loglevel=error
    printf '%s' "$sum" >"$mark"
}
if [ "$node_fits" = yes ] && [ "$what" != interop ]; then
    npm_packages web
    npm_packages web/typegen
fi

# --- 4. tools of the test run, inside target/ ------------------------------------------------
if [ "$what" != run ]; then
    mark=target/venv/.strangers
    if [ "$(cat "$mark" 2>/dev/null)" != "${STRANGERS[*]}" ]; then
        say "installing into target/venv: ${STRANGERS[*]}"
        [ -x target/venv/bin/pip ] || python3 -m venv target/venv
        target/venv/bin/pip install --quiet --disable-pip-version-check "${STRANGERS[@]}"
        printf '%s' "${STRANGERS[*]}" >"$mark"
    fi
fi
if [ "$what" = test ]; then
    if [ "$(target/venv/bin/schemathesis --version 2>/dev/null | awk '{print $NF}')" != "$SCHEMATHESIS" ]; then
        say "installing schemathesis $SCHEMATHESIS into target/venv"
        [ -x target/venv/bin/pip ] || python3 -m venv target/venv
        target/venv/bin/pip install --quiet --disable-pip-version-check "schemathesis==$SCHEMATHESIS"
    fi
    if ! [ -x target/tools/bin/cargo-deny ] && ! have cargo-deny; then
        say "building cargo-deny $CARGO_DENY into target/tools (two to three minutes, once)"
        cargo install --quiet --locked --root target/tools --target-dir target/tools/build "cargo-deny@$CARGO_DENY"
        rm -rf target/tools/build
    fi
fi

say "ready to $what"
