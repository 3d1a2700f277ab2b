#!/usr/bin/env bash
# Strangers' programs against ours, both ways: they read what we write, see damage in it, and write what we read.
#   scripts/interop.sh               all of them
#   scripts/interop.sh sumdb hands   only these
# Each has a file in scripts/interop/, whose head says what it compares and where the two are not the same thing.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

all=(sumdb merkle stamps hands bags feeds mail sm4 vault)
chosen=("$@")
[ "$#" -gt 0 ] || chosen=("${all[@]}")
for name in "${chosen[@]}"; do
    case " ${all[*]} " in *" $name "*) ;; *)
        echo "no such stranger: $name (there are: ${all[*]})" >&2
        exit 2
        ;;
    esac
done

python="$PWD/target/venv/bin/python"
examples="$built/debug/examples"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export PYTHONUTF8=1

# With the whole workspace: so the examples are those that the tests have built, with the same features.
cargo build --locked --quiet --workspace --examples

# Past a full tile of level 1 (65,536 entries), so that every sort of file is there, full and partial.
"$examples/ledger" write "$work/ours" 66000

# Go's packages of its checksum database, from Debian: nothing is fetched.
stranger_sumdb() {
    local theirs="$work/theirs" vkey
    GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS='' GOPROXY=off GOTOOLCHAIN=local GOCACHE="$built/go-cache" \
        go build -o "$work/sumdb" scripts/interop/sumdb.go
    "$work/sumdb" "$work/ours" "$theirs"
    vkey="$(cat "$theirs/vkey")"
    # And theirs, read by ours: the whole folder, proofs, signatures.
    [ -z "$("$examples/ledger" check "$theirs/ledger" "$vkey")" ]
    for proof in "$theirs"/proofs/*.tlog-proof; do
        "$examples/ledger" proof "$vkey" "${proof%.tlog-proof}.json" "$proof"
        refused ledger.proof_wrong "$examples/ledger" proof "$vkey" "$theirs/vkey" "$proof"
    done
    : >"$theirs/nothing"
    for old in "$theirs"/notes/*; do
        "$examples/ledger" continues "$vkey" "$old" "$theirs/ledger/checkpoint" "$theirs/consistency/${old##*/}"
        refused ledger.fork "$examples/ledger" continues "$vkey" "$old" "$theirs/ledger/checkpoint" "$theirs/nothing"
    done
    refused ledger.note_malformed "$examples/ledger" open "$vkey" "$theirs/bent"
    refused ledger.not_signed "$examples/ledger" open "$(cat "$work/ours/ledger/vkey")" "$theirs/ledger/checkpoint"
    truncate -s -1 "$theirs/ledger/tile/0/000"
    [ "$("$examples/ledger" check "$theirs/ledger" "$vkey")" = "ledger.damage.truncated tile/0/000" ]
}
refused() { # <code> <command…>
    local code="$1" said
    shift
    if said="$("$@")" || [ "$said" != "$code" ]; then
        printf 'interop: wanted %s, got %s from: %s\n' "$code" "${said:-success}" "$*" >&2
        return 1
    fi
}
stranger_merkle() { "$python" scripts/interop/merkle.py "$work/ours"; }
stranger_hands() { "$python" scripts/interop/hands.py "$work/ours" "$(place hands)"; }
stranger_bags() { "$python" scripts/interop/bags.py "$examples/package" "$(place bags)"; }
stranger_mail() { "$python" scripts/interop/mail.py "$examples/letter" "$(place mail)"; }
stranger_feeds() { "$python" scripts/interop/feeds.py "$examples/feed" catalog; }
stranger_sm4() { "$python" scripts/interop/sm4.py "$examples/sm4"; }
stranger_vault() { "$python" crates/vault/tests/vectors/check.py | tail -1; }
stranger_stamps() {
    local bag
    bag="$(place bag)"
    "$python" -m zipfile -e crates/evidence/tests/vectors/package.zip "$bag"
    "$python" scripts/interop/stamps.py "$examples/stamp" "$bag"/* crates/evidence/tests/vectors/package.roots.pem "$(place stamps)"
}
place() {
    mkdir "$work/$1"
    printf '%s' "$work/$1"
}

for name in "${chosen[@]}"; do "stranger_$name"; done
