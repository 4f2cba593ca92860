#!/usr/bin/env bash
# test_codes.sh BUILD_DIR: docs/codes.md is what the tables of codes and the French catalogue say today; the manual pages name every code and
# render without a warning.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${1:?usage: test_codes.sh BUILD_DIR}
emit=$build/flux/record/codes-emit
now=$(mktemp)
trap 'rm -f "$now"' EXIT

fail() {
    echo "$1" >&2
    exit 1
}

LANGUAGE=fr "$emit" md "$build/po" >"$now"
diff -u "$root/docs/codes.md" "$now" || fail "docs/codes.md is not what the tables say: run 'LANGUAGE=fr $emit md $build/po >docs/codes.md' and read the difference"
echo "docs/codes.md: as the tables say"

# Names alone, by other means than the C preprocessor.
mapfile -t codes < <(sed -n 's/^FINDING(\([A-Z_]*\),.*/\1/p' "$root/flux/record/finding.def")
mapfile -t exits < <(sed -n 's/^ERR([A-Z]*, \([0-9]*\),.*/\1/p' "$root/flux/base/err.def" | sort -u)
[[ ${#codes[@]} -gt 60 && ${#exits[@]} -gt 6 ]] || fail "the tables could not be read"
for code in "${codes[@]}"; do
    grep -q "^| \`$code\` |" "$now" || fail "$code is not in docs/codes.md"
done
for code in "${exits[@]}"; do
    grep -q "^| $code |" "$now" || fail "exit code $code is not in docs/codes.md"
done

# named FILE: every code has its paragraph in this page.
named() {
    local text
    text=$(cat "$1")
    for code in "${codes[@]}"; do
        [[ $text == *"$code"* ]] || fail "$code is not in $1"
    done
}

if ! command -v scdoc >/dev/null; then
    echo "skipped: scdoc is not here, no manual page is made"
    exit 0
fi
for page in "$build/man/fluxrsa-codes.7" "$build/man/fr/fluxrsa-codes.7"; do
    if command -v groff >/dev/null; then
        said=$(groff -ww -man -Kutf8 -Tutf8 -P-cbou "$page" 2>&1 >"$now") || fail "$page: groff failed: $said"
        [[ -z $said ]] || fail "$page: $said"
        named "$now"
        echo "$page: renders without a warning"
    fi
    if command -v man >/dev/null; then
        said=$(LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -l "$page" 2>&1 >/dev/null) || fail "$page: man failed: $said"
        [[ -z $said ]] || fail "$page: $said"
    fi
done
for page in fluxrsa-codes fr/fluxrsa-codes; do
    grep -q '^\.SH' "$build/man/$page.7" || fail "$page: no heading"
done
