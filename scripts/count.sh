#!/usr/bin/env bash
# Adds up the summaries that the test runners printed into the logs of a folder: "N passed, M failed".
# Reads nextest.log, cargo-test.log (and those of PostgreSQL), doctest.log, vitest.log and playwright.log; what is not there counts nothing.
# Generated requests of schemathesis are not counted: they are one step, not thousands of tests.
set -euo pipefail
logs="${1:-target/test-logs}"

shopt -s nullglob
files=("$logs"/{nextest,postgres-nextest,cargo-test,postgres-flow_-cargo-test,postgres-exchange_-cargo-test,doctest,vitest,playwright}.log)
present=()
for file in "${files[@]}"; do [ -f "$file" ] && present+=("$file"); done
if [ "${#present[@]}" = 0 ]; then
    echo "0 passed, 0 failed"
    exit 0
fi

# Colours are taken off first. `word` is the count in front of a word, 0 when it is not there.
awk '
function word(line, name,    found) {
    if (!match(line, "[0-9]+ " name)) return 0
    found = substr(line, RSTART, RLENGTH)
    return found + 0
}
{ gsub(/\033\[[0-9;]*[A-Za-z]/, ""); sub(/\r$/, "") }
FILENAME ~ /nextest\.log$/ && /^ *Summary \[/ {
    passed += word($0, "passed"); failed += word($0, "failed") + word($0, "timed out") + word($0, "exec failed")
}
FILENAME ~ /(cargo-test|doctest)\.log$/ && /^test result: / {
    passed += word($0, "passed"); failed += word($0, "failed")
}
FILENAME ~ /vitest\.log$/ && /^ *Tests  / {
    passed += word($0, "passed"); failed += word($0, "failed")
}
FILENAME ~ /playwright\.log$/ && /^ +[0-9]+ (passed|failed|flaky|interrupted|did not run)/ {
    passed += word($0, "passed"); failed += word($0, "failed") + word($0, "flaky") + word($0, "interrupted") + word($0, "did not run")
}
END { printf "%d passed, %d failed\n", passed, failed }
' "${present[@]}"
