#!/usr/bin/env bash
# build-package.sh [FOLDER]: builds the Debian package from a copy of the tree, as it is now, into FOLDER (build-package). Needs what
# debian/control names, and dpkg-dev; lintian judges the package where it is there.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

case ${1-} in
--help | -h)
    sed -n '2,3s/^# //p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
-*)
    echo "usage: scripts/build-package.sh [FOLDER]" >&2
    exit 64
    ;;
esac
mkdir -p "${1-$root/build-package}"
out=$(cd "${1-$root/build-package}" && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir "$copy/fluxrsa"
git -C "$root" ls-files -z -co --exclude-standard | (cd "$root" && while IFS= read -r -d '' file; do
    [[ ! -e $file ]] || printf '%s\0' "$file"
done | tar -c --null -T - -f -) | tar -x -C "$copy/fluxrsa" -f -

log=$out/build.log
cd "$copy/fluxrsa"
if ! dpkg-buildpackage -us -uc -b >"$log" 2>&1; then
    tail -n 60 "$log" >&2
    echo "build-package: the build failed; all of it: $log" >&2
    exit 1
fi
rm -f "$out"/fluxrsa*.deb "$out"/fluxrsa*.changes "$out"/fluxrsa*.buildinfo
mv "$copy"/fluxrsa*_* "$out"
ls "$out"/fluxrsa_*.deb
if command -v lintian >/dev/null; then
    lintian --fail-on error,warning "$out"/fluxrsa_*.changes
fi
