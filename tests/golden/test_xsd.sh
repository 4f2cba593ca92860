#!/usr/bin/env bash
# test_xsd.sh BUILD_DIR: the XSD that we ship accepts and refuses what the official one does. Without the official one (looked for in
# ../shared/schemas, or where FLUXRSA_SCHEMAS says) the test is skipped: exit code 77.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${1:?usage: test_xsd.sh BUILD_DIR}
official=${FLUXRSA_SCHEMAS:-$root/../shared/schemas}/vrsb0801.xsd
emit=$build/schema-emit
[[ -x $emit ]] || emit=$build/flux/record/schema-emit
if [[ ! -f $official ]]; then
    echo "skipped: the official schema vrsb0801.xsd is not here"
    exit 77
fi
if ! command -v xmllint >/dev/null; then
    echo "skipped: xmllint is not here"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$emit" xsd >"$work/ours.xsd"
/usr/bin/python3 "$root/tests/golden/xsd_compare.py" "$official" "$work/ours.xsd" "$work"
