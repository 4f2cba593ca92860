#!/bin/sh
# first-instance --departement CODE [--langue LANGUAGE]: makes the instance of this machine, as root: store, keys and journal in
# /var/lib/fluxrsa, files of the payers in /var/spool/fluxrsa, configuration in /etc/fluxrsa, which the service may not write.
set -eu
state=/var/lib/fluxrsa spool=/var/spool/fluxrsa config=/etc/fluxrsa/fluxrsa.conf

fail() {
    echo "first-instance: $1" >&2
    exit "$2"
}

[ "$(id -u)" -eq 0 ] || fail "run this as root" 77
[ ! -e "$config" ] || fail "$config is there already: this machine has its instance" 64
systemd-sysusers fluxrsa.conf
systemd-tmpfiles --create fluxrsa.conf

as_service() { setpriv --reuid fluxrsa --regid fluxrsa --init-groups --reset-env "$@"; }

cd /
as_service fluxrsa init "$state" "$@" >/dev/null
# The folders of files are those of the spool: the ones of init, empty, go.
for name in drop work "done" refused held; do
    find "$state/$name" -depth -type d -empty -delete
    sed -i "s|^#\?$name = $name\$|$name = $spool/$name|" "$state/fluxrsa.conf"
done
sed -i "s|^#\?folder = drop/|folder = $spool/drop/|" "$state/fluxrsa.conf"
# The other paths of the file counted from its folder, which changes.
sed -i "s,^#\?\(store\|keys\|master_key\|journal\|folder\|key\) = \([a-z]\),\1 = $state/\2," "$state/fluxrsa.conf"
install -D -o root -g fluxrsa -m 0640 "$state/fluxrsa.conf" "$config"
rm "$state/fluxrsa.conf"
as_service fluxrsa config check -c "$config"
echo "Next: read $config through, then systemctl enable --now fluxrsad. See /usr/share/doc/fluxrsa/operating.md."
