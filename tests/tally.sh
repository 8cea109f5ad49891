# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For suites in shell: counts checks, and prints those that fail. A suite sets "suite", its name; "evidence", files to
# show when a check fails; "ok_log", the output of the last check. tests/e2e/tally.py does the same for suites in
# Python.
ok_log=ok.log
passed=0
failed=0
evidence=()

ok() { # NAME COMMAND...: checks that the command succeeds
    local name=$1
    shift
    if "$@" >"$ok_log" 2>&1; then
        passed=$((passed + 1))
        return 0
    fi
    failed=$((failed + 1))
    printf 'FAILED %s: %s\n' "$suite" "$name"
    sed 's/^/    /' "$ok_log" "${evidence[@]}" 2>/dev/null | tail -n 30
    return 1
}

# Prints the last line of a suite and ends it: a suite that checked nothing has failed.
end() {
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
    exit
}
