# shellcheck shell=bash
# Sourced by the nights of this folder: a Debian 12 of its own, in a mount namespace of its own, so that nothing stays mounted.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say() { printf '\n== %s\n' "$1"; }
show() {
    printf '$ %s\n' "$*"
    "$@"
}
fail() {
    echo "FAILED: $1" >&2
    exit 1
}
# right SENTENCE COMMAND...: an assertion that is told.
right() {
    local sentence=$1
    shift
    "$@" >/dev/null 2>&1 || fail "$sentence"
    echo "ok: $sentence"
}
wrong() {
    local sentence=$1
    shift
    if "$@" >/dev/null 2>&1; then fail "$sentence"; fi
    echo "ok: $sentence"
}

# in_namespace SCRIPT ARGUMENT...: comes back when it runs as root in its own mount namespace.
in_namespace() {
    local needed
    [[ $(id -u) -eq 0 ]] || { echo "skipped: needs root"; exit 77; }
    for needed in debootstrap unshare dpkg-buildpackage; do
        command -v "$needed" >/dev/null || { echo "skipped: $needed is not here"; exit 77; }
    done
    [[ ${FLUXRSA_NIGHT-} == inside ]] || FLUXRSA_NIGHT=inside exec unshare --mount --propagation private "$@"
}

# debian FOLDER PACKAGE...: Debian 12 by the mirror of this machine, or a copy of the one in FLUXRSA_DEBIAN.
debian() {
    local root=$1 mirror
    shift
    if [[ -n ${FLUXRSA_DEBIAN-} ]]; then
        cp -a "$FLUXRSA_DEBIAN" "$root"
    else
        mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Codename: bookworm' | head -n 1)
        debootstrap --variant=minbase bookworm "$root" "$mirror" >"$root.log" 2>&1 || { tail "$root.log"; fail "debootstrap"; }
    fi
    mount -t proc proc "$root/proc"
    inside "$root" apt-get -qq update
    [[ $# -eq 0 ]] || inside "$root" apt-get -qq -y --no-install-recommends install "$@" >>"$root.log" 2>&1
}

# FLUXRSA_IN_PLACE: this process becomes the command, so that signals reach it.
inside() {
    local root=$1
    shift
    ${FLUXRSA_IN_PLACE:+exec} chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 LANGUAGE=en DEBIAN_FRONTEND=noninteractive "$@"
}

# package FOLDER: the package of this tree, or the one in FLUXRSA_DEB.
package() {
    if [[ -n ${FLUXRSA_DEB-} ]]; then
        cp "$FLUXRSA_DEB" "$1/"
    else
        "$here/../../scripts/build-package.sh" "$1"
    fi
}
