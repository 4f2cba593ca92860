#!/bin/sh
# Inside the Debian of a night, as root: waits until everything that came has its end, then says whether it is the right one.
set -eu
spool=/var/spool/fluxrsa
as_service() { setpriv --reuid fluxrsa --regid fluxrsa --init-groups --reset-env \
    env PATH="$PATH" LANG=C.UTF-8 "$@"; }
count() { find "$1" -mindepth 1 -maxdepth 1 ! -name '.*' | wc -l; }

left=$((${1-120}))
while [ "$(find $spool/drop $spool/work -type f ! -name '.*' | wc -l)" -gt 0 ]; do
    [ "$left" -gt 0 ] || { echo "judge: still in the spool:" >&2; find $spool/drop $spool/work -type f >&2; exit 1; }
    left=$((left - 1))
    sleep 1
done

as_service fluxrsa flux list
is() {
    found=$(as_service fluxrsa flux list --json | grep -c "\"status\": *\"$1\"" || true)
    [ "$found" -eq "$2" ] || { echo "judge: $found flux are $1, and $2 should be" >&2; exit 1; }
}
# Two months and a day of the CAF, a month of the MSA; what lies in a folder is one arrival.
is applied 4
[ "$(count $spool/held)" -eq 1 ] || { echo "judge: held: $(count $spool/held), not 1" >&2; exit 1; }
[ "$(count $spool/refused)" -eq 3 ] || { echo "judge: refused: $(count $spool/refused), not 3" >&2; exit 1; }
[ "$(count $spool/done)" -eq 0 ] || { echo "judge: done: $(count $spool/done), not 0" >&2; exit 1; }
for reason in $spool/held/*/reason.txt $spool/refused/*/reason.txt; do
    echo "-- $reason"
    cat "$reason"
done
# A file stays that of who dropped it, in a folder that only the service enters.
if [ -n "$(find $spool/held $spool/refused -type d -perm /077)" ] ||
    setpriv --reuid cft --regid cft --init-groups find $spool/held $spool/refused -type f 2>/dev/null | grep -q .; then
    echo "judge: folders open to others" >&2
    exit 1
fi
