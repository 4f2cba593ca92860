#!/usr/bin/env bash
# run_fuzz.sh BUILD_DIR [SECONDS] [TARGET...]: coverage-guided fuzzing, so many seconds a target, one after the other, at the lowest
# priority.
# The build: CC=clang meson setup BUILD_DIR -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false -Dsandbox=false
# Starts from what our generator makes; an input that breaks a target stays in BUILD_DIR/findings.
set -euo pipefail
build=$(cd "${1:?usage: run_fuzz.sh BUILD_DIR [SECONDS] [TARGET...]}" && pwd)
seconds=${2:-20}
targets=("${@:3}")
((${#targets[@]})) || targets=(parser record message line)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$build/findings"
export ASAN_OPTIONS=${ASAN_OPTIONS-detect_leaks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS-print_stacktrace=1:halt_on_error=1}
"$build/tests/fuzz_seeds" "$work"
status=0
for target in "${targets[@]}"; do
    mkdir -p "$work/new-$target"
    if nice -n 19 "$build/tests/fuzz_$target" -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=1024 \
        -artifact_prefix="$build/findings/$target-" "$work/new-$target" "$work/$target" >"$work/$target.log" 2>&1; then
        grep -E 'DONE' "$work/$target.log" | tail -1 | sed "s/^/$target: /"
    else
        status=1
        echo "$target: broken"
        tail -60 "$work/$target.log" >&2
    fi
done
exit "$status"
