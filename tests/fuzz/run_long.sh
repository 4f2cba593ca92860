#!/usr/bin/env bash
# run_long.sh BUILD_DIR [CASES] [PROCESSES] [FIRST_SEED]: the long campaign of random mutations, at the lowest priority, on a build with
# sanitizers. Each process takes seeds of its own in chunks; ends with one line that adds up. docs/campaigns.md says what it found.
set -euo pipefail
build=${1:?usage: run_long.sh BUILD_DIR [CASES] [PROCESSES] [FIRST_SEED]}
cases=${2:-1000000} processes=${3:-2} first=${4:-1000}
chunk=10000
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
export ASAN_OPTIONS=${ASAN_OPTIONS-detect_leaks=1:abort_on_error=0} UBSAN_OPTIONS=${UBSAN_OPTIONS-print_stacktrace=1:halt_on_error=1}

one() {
    local number=$1 seed
    for ((seed = first + number; (seed - first) * chunk < cases; seed += processes)); do
        nice -n 19 "$build/tests/mutate" "$chunk" "$seed" >>"$logs/$number" 2>&1 || return 1
    done
}

start=$SECONDS status=0 pids=()
for ((i = 0; i < processes; i++)); do
    one "$i" &
    pids+=($!)
done
for pid in "${pids[@]}"; do
    wait "$pid" || status=1
done
if ((status)); then
    grep -hvE '^ |^[0-9]+ mutations' "$logs"/* | head -60 >&2 || true
fi
awk -v took=$((SECONDS - start)) '
    $1 == "all" { accepted += $2; rejected += $3; scanned += $4; refused += $5; absent += $6 }
    function worst(known, words, n) {
        n = match($0, words " [0-9.]+") ? substr($0, RSTART + length(words) + 1, RLENGTH - length(words) - 1) + 0 : 0
        return n > known ? n : known
    }
    / mutations: / { runs += $1; slow = worst(slow, "slowest case"); peak = worst(peak, "peak memory") }
    END { printf "%d mutations in %d s: %d accepted, %d with rejects, %d scanned, %d refused, %d without the member asked for; " \
                 "slowest case %.3f s, peak memory %d MiB\n", runs, took, accepted, rejected, scanned, refused, absent, slow, peak }
' "$logs"/*
exit "$status"
