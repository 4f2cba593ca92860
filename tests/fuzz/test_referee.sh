#!/usr/bin/env bash
# test_referee.sh BUILD_DIR DOCUMENTS: we find schema-valid what libxml2's validator does, on so many mutated households. Where the
# official schema is absent (looked for in ../shared/schemas, or where FLUXRSA_SCHEMAS says) the one that we ship is the only judge, and
# that is said.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${1:?usage: test_referee.sh BUILD_DIR DOCUMENTS}
official=${FLUXRSA_SCHEMAS:-${FLUXRSA_SHARED:-$root/../shared}/schemas}/vrsb0801.xsd
ours=$(mktemp)
trap 'rm -f "$ours"' EXIT
"$build/flux/record/schema-emit" xsd >"$ours"
if [[ ! -f $official ]]; then
    echo "the official schema vrsb0801.xsd is not here: only the schema that we ship is the judge"
    official=-
fi
"$build/tests/referee" "$ours" "$official" "${2:?}"
