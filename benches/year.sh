#!/bin/sh
# A year of a company of 300, day by day through the real pipeline (wanted: ten minutes at most). Prints the report's figures.
#   benches/year.sh [DAYS]      builds the release program, plays into a fresh folder below target/, removes it afterwards
set -eu
cd "$(dirname "$0")/.."
days=${1:-365}
cargo build --release --locked -q -p jingui
folder=$(mktemp -d target/year.XXXXXX)
trap 'rm -rf "$folder"' EXIT
target/release/jingui simulate --sample bearing --days "$days" --data "$folder/data" --json >"$folder/report.json" 2>"$folder/log" || true
python3 - "$folder/report.json" <<'P'
import json, sys
body = json.load(open(sys.argv[1]))
r = body["report"]
print(f"{r['days']} days, {r['persons']} persons, {r['entries']} entries in {body['seconds']} s")
print(f"duties: {r['raised']} raised of {len(r['rules'])} rules, {r['done']} done, {r['late']} late, {r['waiting']} waiting, {r['laid_down']} laid down")
print(f"twice: {r['duplicated']}; missing: {len(r['missing'])}; off their day: {len(r['off_their_day'])}; never: {', '.join(r['never']) or 'none'}")
for what in ("failures", "hindrances"):
    for name, why in r[what].items():
        print(f"{what}: {name}: {why}")
P
