#!/usr/bin/env bash
# night_under_systemd.sh: the package in a Debian 12 that systemd starts (systemd-nspawn), its units as they are installed, with postfix for
# the mail. Root, ten minutes. FLUXRSA_DEBIAN, FLUXRSA_DEB: see night_in_chroot.sh.
set -euo pipefail
# shellcheck source=tests/package/chroot.sh
source "$(dirname "${BASH_SOURCE[0]}")/chroot.sh"
command -v systemd-nspawn >/dev/null || { echo "skipped: systemd-nspawn is not here"; exit 77; }
in_namespace "$here/night_under_systemd.sh" "$@"

work=$(mktemp -d)
root=$work/debian machine=fluxrsa-night-$$
ending() {
    umount "$root/proc" 2>/dev/null || true
    rm -rf --one-file-system "$work"
    rmdir "/run/systemd/nspawn/propagate/$machine" "/run/systemd/nspawn/unix-export/$machine" 2>/dev/null || true
}
trap ending EXIT

say "Debian 12, systemd, postfix and the package"
package "$work"
debian "$root" systemd systemd-sysv dbus procps debconf-utils
inside "$root" sh -c 'echo postfix postfix/main_mailer_type select Local only | debconf-set-selections'
inside "$root" apt-get -qq -y --no-install-recommends install postfix >>"$root.log" 2>&1
cp "$work"/fluxrsa_*.deb "$here/fill.sh" "$here/judge.sh" "$here/under_systemd.sh" "$root/tmp/"
inside "$root" sh -c 'apt-get -y --no-install-recommends install /tmp/fluxrsa_*.deb' >>"$root.log" 2>&1
mkdir -p "$root/opt/night"
mv "$root"/tmp/* "$root/opt/night/"
cat >"$root/etc/systemd/system/night.service" <<EOF
[Service]
Type=oneshot
ExecStartPre=/bin/sh -c 'cp /opt/night/* /tmp/'
ExecStart=/bin/sh /tmp/under_systemd.sh
StandardOutput=file:/opt/night/told
StandardError=inherit
ExecStopPost=/bin/systemctl poweroff --force
[Install]
WantedBy=multi-user.target
EOF
inside "$root" systemctl enable night.service >/dev/null 2>&1
inside "$root" systemctl set-default multi-user.target >/dev/null 2>&1
umount "$root/proc"

# The filter of nspawn does not know Landlock, which the parser asks for.
timeout 900 systemd-nspawn --boot --directory="$root" --machine="$machine" --register=no --keep-unit --private-network \
    --system-call-filter='landlock_create_ruleset landlock_add_rule landlock_restrict_self' </dev/null >"$work/console" 2>&1 ||
    tail -n 20 "$work/console"
cat "$root/opt/night/told"
grep -qx 'all is right' "$root/opt/night/told"
