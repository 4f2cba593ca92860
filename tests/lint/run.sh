#!/usr/bin/env bash
# House rules as a program. run.sh [--only RULE] [--build DIR] [ROOT]; prints file:line: sentence for each violation and ends with 1.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
exec /usr/bin/python3 -B "$here/lint.py" "$@"
