#!/usr/bin/env bash
# test_xsd.sh BUILD_DIR: the XSD that we ship says, element by element, what the official one does. Without the official one (looked for in
# ../shared/schemas, or where FLUXRSA_SCHEMAS says) the test is skipped: exit code 77. What both accept is tests/fuzz/referee.c.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${1:?usage: test_xsd.sh BUILD_DIR}
official=${FLUXRSA_SCHEMAS:-${FLUXRSA_SHARED:-$root/../shared}/schemas}/vrsb0801.xsd
emit=$build/flux/record/schema-emit
if [[ ! -f $official ]]; then
    echo "skipped: the official schema vrsb0801.xsd is not here"
    exit 77
fi
ours=$(mktemp)
trap 'rm -f "$ours"' EXIT
"$emit" xsd >"$ours"
/usr/bin/python3 -B "$root/tests/golden/xsd_compare.py" "$official" "$ours"
