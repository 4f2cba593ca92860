#!/usr/bin/env bash
# test_fields.sh BUILD_DIR: docs/fields.md is what the field table says today.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${1:?usage: test_fields.sh BUILD_DIR}
emit=$build/schema-emit
[[ -x $emit ]] || emit=$build/flux/record/schema-emit
now=$(mktemp)
trap 'rm -f "$now"' EXIT
"$emit" md >"$now"
if ! diff -u "$root/docs/fields.md" "$now"; then
    echo "docs/fields.md is not what the field table says: run '$emit md >docs/fields.md' and read the difference" >&2
    exit 1
fi
echo "docs/fields.md: as the field table says"
