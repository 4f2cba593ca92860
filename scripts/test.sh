#!/usr/bin/env bash
# Installs what tests need, builds as released and again with sanitizers, runs every suite in both, and ends with one line that counts
# all of them: "N passed, N failed, N skipped". test.sh [MESON_TEST_ARGUMENT...], for example: scripts/test.sh --suite unit
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

"$root/scripts/install-deps.sh" --test
echo "building"
if ! { build "$root/build" && build "$root/build-asan" -Db_sanitize=address,undefined -Dsandbox=false; }; then
    echo "0 passed, 1 failed"
    exit 1
fi

export ASAN_OPTIONS=${ASAN_OPTIONS-detect_leaks=1:abort_on_error=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS-print_stacktrace=1:halt_on_error=1}
status=0
for folder in build build-asan; do
    log=$root/$folder/meson-logs/testlog.json
    rm -f "$log"
    echo "testing in $folder"
    meson test -C "$root/$folder" --no-rebuild --print-errorlogs "$@" || status=1
    # A run that wrote no results is a failure whatever it said.
    [[ -s $log ]] || status=1
done

/usr/bin/python3 -B "$root/scripts/count_tests.py" "$status" "$root/build/meson-logs/testlog.json" "$root/build-asan/meson-logs/testlog.json"
