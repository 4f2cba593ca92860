#!/usr/bin/env bash
# install-deps.sh [--test]: installs the Debian packages that fluxrsa is built with, and with --test those that its tests need. Nothing
# happens when all of them are there.
set -euo pipefail

build=(gcc libc6-dev meson ninja-build pkg-config check gettext libxml2-dev liblmdb-dev libarchive-dev libseccomp-dev libpopt-dev libsmartcols-dev
    libjansson-dev libutf8proc-dev libinih-dev libssl-dev zlib1g-dev scdoc libsystemd-dev)
tests=(clang clang-format libclang-rt-14-dev valgrind libxml2-utils binutils python3 git python3-lxml zip man-db systemd)

usage() { echo "usage: scripts/install-deps.sh [--test]"; }

case ${1-} in
'') wanted=("${build[@]}") ;;
--test) wanted=("${build[@]}" "${tests[@]}") ;;
--help | -h)
    usage
    exit 0
    ;;
*)
    usage >&2
    exit 64
    ;;
esac

if ! command -v dpkg-query >/dev/null; then
    echo "install-deps: this is not Debian; install what these packages hold: ${wanted[*]}" >&2
    exit 69
fi

# What another package provides (pkg-config by pkgconf) counts as there.
there=$(dpkg-query -W -f '${db:Status-Status} ${Package}, ${Provides}\n' | sed -n 's/^installed //p' | tr ',' '\n' | sed 's/^ *//; s/[ :(].*//')
missing=()
for package in "${wanted[@]}"; do
    grep -qxF -- "$package" <<<"$there" || missing+=("$package")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

as_root=()
if [[ $(id -u) -ne 0 ]]; then
    if ! command -v sudo >/dev/null; then
        echo "install-deps: run this as root, or install: ${missing[*]}" >&2
        exit 77
    fi
    as_root=(sudo)
fi

echo "installing: ${missing[*]}"
known() { [[ $(apt-cache policy "${missing[@]}" 2>/dev/null | grep -c '^  Candidate: [^(]') -eq ${#missing[@]} ]]; }
install() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 --no-install-recommends install "${missing[@]}"
}
# An old list names packages that are not served any more.
if ! known || ! install; then
    "${as_root[@]}" apt-get -qq update
    install
fi
