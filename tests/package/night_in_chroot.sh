#!/usr/bin/env bash
# night_in_chroot.sh: a Debian 12 from nothing, the package installed by apt, a night without systemd, the package removed and purged, and
# what is left. Root, ten minutes. FLUXRSA_DEBIAN: a folder with a Debian 12 to copy; FLUXRSA_DEB: a package that is built.
set -euo pipefail
# shellcheck source=tests/package/chroot.sh
source "$(dirname "${BASH_SOURCE[0]}")/chroot.sh"
in_namespace "$here/night_in_chroot.sh" "$@"

work=$(mktemp -d)
root=$work/debian
daemon=
ending() {
    [[ -z $daemon ]] || kill -KILL "$daemon" 2>/dev/null || true
    umount "$root/proc" 2>/dev/null || true
    rm -rf --one-file-system "$work"
}
trap ending EXIT
as_service() { inside "$root" setpriv --reuid fluxrsa --regid fluxrsa --init-groups env HOME=/var/lib/fluxrsa "$@"; }
left_over() {
    inside "$root" find / -xdev \( -path /proc -o -path /tmp \) -prune -o \( -user fluxrsa -o -group fluxrsa-drop -o -path '*fluxrsa*' \) -print |
        grep -v '^/var/lib/dpkg/\|^/var/log/\|^/var/cache/' || true
}

say "Debian 12 and the package"
package "$work"
debian "$root"
cp "$work"/fluxrsa_*.deb "$root/tmp/"
show inside "$root" sh -c 'apt-get -y --no-install-recommends install /tmp/fluxrsa_*.deb' 2>&1 | grep -i 'fluxrsa\|warning:\|newly'
right "the user is made" inside "$root" id fluxrsa
right "nothing is enabled" test -z "$(find "$root/etc/systemd" -name '*fluxrsa*')"
wrong "no configuration pretends to be there" test -e "$root/etc/fluxrsa/fluxrsa.conf"
show inside "$root" find /etc/fluxrsa /var/lib/fluxrsa /var/spool/fluxrsa -printf '%M %u:%g %p\n'

say "First instance"
show inside "$root" /usr/libexec/fluxrsa/first-instance --departement 062
wrong "it is made once" inside "$root" /usr/libexec/fluxrsa/first-instance --departement 062
wrong "no setting counts from /etc/fluxrsa" as_service sh -c "fluxrsa config show --json | grep '\"/etc/fluxrsa/[a-z]*\"' | grep -v 'fluxrsa.conf'"
right "the service cannot change its configuration" test "$(inside "$root" stat -c '%U:%G %a' /etc/fluxrsa/fluxrsa.conf)" = "root:fluxrsa 640"
sed -i 's/^#still = 60 s/still = 2 s/; s/^#to *=.*/to = exploitation@departement.invalid/' "$root/etc/fluxrsa/fluxrsa.conf"
sed -i 's/^\[source.msa\]/&\nstill = 4 s/' "$root/etc/fluxrsa/fluxrsa.conf"
printf '#!/bin/sh\ncat >/var/lib/fluxrsa/mail.txt\n' >"$root/usr/sbin/sendmail"
chmod 0755 "$root/usr/sbin/sendmail"

say "The night: fluxrsad by hand, as its user"
cp "$here/fill.sh" "$here/judge.sh" "$root/tmp/"
(FLUXRSA_IN_PLACE=1 as_service fluxrsad -c /etc/fluxrsa/fluxrsa.conf) >"$work/daemon.log" 2>&1 &
daemon=$!
show inside "$root" sh /tmp/fill.sh
show inside "$root" sh /tmp/judge.sh || { cat "$work/daemon.log"; fail "the night"; }
kill -TERM "$daemon"
code=0
wait "$daemon" || code=$?
daemon=
[[ $code -eq 0 ]] || fail "fluxrsad ended with $code"
cat "$work/daemon.log"
right "a round of cron with nothing to do says nothing" test -z "$(as_service fluxrsad --once -c /etc/fluxrsa/fluxrsa.conf 2>&1)"

say "The morning"
show as_service fluxrsa store backup
show as_service fluxrsa report summary
show as_service fluxrsa report summary --mail
show cat "$root/var/lib/fluxrsa/mail.txt"
show as_service fluxrsa status
show as_service fluxrsa store verify
show as_service fluxrsa audit verify

say "Removed"
show inside "$root" apt-get -qq -y remove fluxrsa 2>&1 | grep -v posix_openpt
show inside "$root" apt-get -qq -y purge fluxrsa 2>&1 | grep -v posix_openpt
echo "-- left:"
left_over
right "the store outlives the package" test -s "$root/var/lib/fluxrsa/keys/keyring"
wrong "no program is left" test -e "$root/usr/bin/fluxrsa"

say "Installed again on what was left, then erased by hand, purged"
inside "$root" sh -c 'apt-get -qq -y --no-install-recommends install /tmp/fluxrsa_*.deb' >>"$root.log" 2>&1
show as_service fluxrsa flux list
rm -rf "${root:?}"/var/lib/fluxrsa/* "$root"/var/spool/fluxrsa/*/* "$root"/etc/fluxrsa/fluxrsa.conf
show inside "$root" apt-get -qq -y purge fluxrsa 2>&1 | grep -v posix_openpt
echo "-- left:"
left_over
wrong "an empty instance leaves no folder" test -e "$root/var/lib/fluxrsa" -o -e "$root/var/spool/fluxrsa" -o -e "$root/etc/fluxrsa"
say "done"
