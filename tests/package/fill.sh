#!/bin/sh
# Inside the Debian of a night, as root: the files that come in it, brought by the user cft, and what each of them must become.
set -eu
flux=$(mktemp -d)
drop=/var/spool/fluxrsa/drop
cd "$flux"
id cft >/dev/null 2>&1 || useradd --system --groups fluxrsa-drop cft

sample() { fluxrsa sample generate --departement 062 --households 40 "$@"; }
sample --month 2025-01 -o january.xml
sample --month 2025-02 -o february.xml
sample --daily 2025-02-11 -o daily.xml && gzip daily.xml
sample --emitter msa --month 2025-01 --seed 7 -o msa.xml
fluxrsa sample generate --departement 059 --households 5 --month 2025-01 --seed 3 -o elsewhere.xml
cp january.xml again.xml
head -c 20000 february.xml >cut.xml
: >empty.xml
head -c 3000000 /dev/zero | gzip >zeros.gz
chown cft:fluxrsa-drop ./*
chmod 0660 ./*
chmod 0755 "$flux"
chown cft "$flux"

as_cft() { setpriv --reuid cft --regid cft --init-groups --reset-env "$@"; }
# What comes under another name first is whole when it has its own.
for name in february.xml january.xml daily.xml.gz again.xml elsewhere.xml cut.xml empty.xml zeros.gz; do
    as_cft cp "$name" "$drop/caf/$name.part"
    as_cft mv "$drop/caf/$name.part" "$drop/caf/$name"
done
# This one grows in place.
as_cft sh -c "umask 007; { head -c 30000 msa.xml; sleep 3; tail -c +30001 msa.xml; } >$drop/msa/msa.xml"
cd /
rm -r "$flux"
