# What the scripts of this folder share; to be sourced.
# shellcheck shell=bash disable=SC2034

# Where cargo puts what it builds, as an absolute path.
built="$(realpath -m "${CARGO_TARGET_DIR:-target}")"

# Prints a heading, runs the command, prints how long it took. Returns the command's status.
step() { # <title> <command…>
    local title="$1" began status=0
    shift
    began="$(date +%s)"
    printf '\n== %s\n' "$title"
    "$@" || status=$?
    local took=$(($(date +%s) - began))
    if [ "$status" = 0 ]; then
        printf -- '-- %s: done in %dm%02ds\n' "$title" $((took / 60)) $((took % 60))
    else
        printf -- '-- %s: FAILED (status %d) after %dm%02ds\n' "$title" "$status" $((took / 60)) $((took % 60))
    fi
    return "$status"
}

# Whether a folder has a package.json with this script.
has_npm_script() { # <folder> <script>
    [ -f "$1/package.json" ] && command -v npm >/dev/null 2>&1 &&
        node -e 'process.exit(require(process.argv[1]).scripts?.[process.argv[2]] ? 0 : 1)' "$PWD/$1/package.json" "$2"
}
