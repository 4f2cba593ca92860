#!/bin/sh
# Inside a Debian of its own, where systemd is the first process, as root: the units as they are installed.
set -eu
config=/etc/fluxrsa/fluxrsa.conf
as_service() {
    setpriv --reuid fluxrsa --regid fluxrsa --init-groups --reset-env env PATH="$PATH" LANG=C.UTF-8 "$@"
}
# With its credentials, whether or not the daemon runs: as operating.md tells it.
by_systemd() { systemd-run --pipe --wait --quiet --collect --uid=fluxrsa -p LoadCredential=fluxrsa:/etc/fluxrsa/credentials "$@"; }
say() { printf '\n== %s\n' "$1"; }
right() {
    sentence=$1
    shift
    "$@" >/tmp/right.log 2>&1 || { echo "FAILED: $sentence"; cat /tmp/right.log; journalctl --no-pager -n 60; exit 1; }
    echo "ok: $sentence"
}
not() { ! "$@"; }
backups() { find /var/lib/fluxrsa/backup -maxdepth 1 -name '*Z' | wc -l; }
pid() { systemctl show -P MainPID fluxrsad; }
# within SECONDS COMMAND...: once it is true, and no later than that.
within() {
    left=$1
    shift
    until "$@"; do
        [ "$left" -gt 0 ] || return 1
        left=$((left - 1))
        sleep 1
    done
}
until_active() { within 60 systemctl is-active --quiet fluxrsad; }
another_runs() { until_active && [ "$(pid)" != 0 ] && [ "$(pid)" != "$before" ]; }

say "Before there is an instance"
right "nothing runs and nothing is enabled" sh -c '! systemctl is-enabled fluxrsad && ! systemctl is-active fluxrsad && ! systemctl list-timers --all | grep fluxrsa'
systemctl start fluxrsad
right "the daemon waits for a configuration, without failing" not systemctl is-failed fluxrsad

say "An instance, its master key a credential"
/usr/libexec/fluxrsa/first-instance --departement 062
install -o root -g root -m 0400 /var/lib/fluxrsa/keys/master.key /etc/fluxrsa/credentials/master.key
rm /var/lib/fluxrsa/keys/master.key
sed -i 's/^master_key = .*/master_key = credential:fluxrsa_master.key/; s/^#still = 60 s/still = 2 s/; s/^\[source.msa\]/&\nstill = 4 s/
    s/^#to *=.*/to = root@localhost/' "$config"
mkdir -p /etc/systemd/system/fluxrsad.service.d
printf '[Service]\nRestartSec=1\n' >/etc/systemd/system/fluxrsad.service.d/quick.conf
systemctl daemon-reload
right "the daemon starts and says that it is ready" systemctl enable --now fluxrsad
systemctl --no-pager --lines=0 status fluxrsad
systemctl show fluxrsad -p Type -p NotifyAccess -p WatchdogUSec -p NoNewPrivileges -p ProtectSystem -p OOMPolicy -p KillMode

say "A night"
sh /tmp/fill.sh
sh /tmp/judge.sh || { journalctl --no-pager -u fluxrsad; exit 1; }
journalctl --no-pager -o cat -u fluxrsad
right "the journal knows events by number" sh -c "journalctl -u fluxrsad -o json | grep -q MESSAGE_ID"

say "Commands typed by hand, the master key a credential"
ls -ldn /run/credentials/fluxrsad.service /run/credentials/fluxrsad.service/*
id -u fluxrsa
right "the one that runs the service reads it from the daemon" as_service fluxrsa status
right "nobody else does" not setpriv --reuid cft --regid cft --init-groups cat /run/credentials/fluxrsad.service/fluxrsa_master.key
right "configuration and instance are sound" as_service fluxrsa config check
systemctl stop fluxrsad
as_service fluxrsa status >/tmp/said 2>&1 && { echo "FAILED: a key that is not there"; exit 1; }
cat /tmp/said
right "without the daemon it says why" grep -q 'fluxrsad.service' /tmp/said
right "and systemd hands it to one command" by_systemd fluxrsa status
systemctl start fluxrsad-once.service
by_systemd fluxrsa status >/tmp/said
right "a round that ended is known" grep -q 'fluxrsad came by' /tmp/said
systemctl start fluxrsad

say "The other units"
for unit in fluxrsa-backup fluxrsa-status fluxrsa-summary fluxrsad-once; do
    right "$unit" systemctl start $unit.service
done
right "a backup is there" sh -c 'ls /var/lib/fluxrsa/backup/*/manifest.json'
right "Prometheus can read the state" setpriv --reuid nobody --clear-groups grep -c ^fluxrsa /run/fluxrsa/fluxrsa.prom
right "postfix took the summary: postdrop works" within 60 sh -c 'grep -rq "^Subject: " /var/mail /var/spool/postfix/maildrop /var/spool/postfix/incoming /var/spool/postfix/active /var/spool/postfix/deferred 2>/dev/null || journalctl | grep -q "postfix/.*from=<"'

say "A timer, to the minute"
before=$(backups)
mkdir -p /etc/systemd/system/fluxrsa-backup.timer.d
printf '[Timer]\nOnCalendar=\nOnCalendar=%s\nRandomizedDelaySec=0\nAccuracySec=1\n' "$(date -d '+125 seconds' '+%Y-%m-%d %H:%M:00')" \
    >/etc/systemd/system/fluxrsa-backup.timer.d/soon.conf
systemctl daemon-reload
systemctl start fluxrsa-backup.timer fluxrsa-status.timer
systemctl --no-pager list-timers 'fluxrsa*'
for _ in $(seq 180); do
    [ "$(backups)" -gt "$before" ] && break
    sleep 1
done
systemctl --no-pager list-timers 'fluxrsa*'
journalctl --no-pager -o short-iso -u fluxrsa-backup.service | tail -n 4
right "it has run its service" test "$(backups)" -gt "$before"
right "which ended well" test "$(systemctl show -P Result fluxrsa-backup.service)" = success
systemctl stop fluxrsa-backup.timer fluxrsa-status.timer

say "Reload"
right "a right configuration is taken" systemctl reload fluxrsad
cp "$config" /tmp/kept.conf
echo "nonsense = 1" >>"$config"
right "a wrong one is refused" not systemctl reload fluxrsad
right "and the daemon goes on" systemctl is-active fluxrsad
cat /tmp/kept.conf >"$config"

say "Killed, stopped in the middle of an import, upgraded"
before=$(pid)
kill -KILL "$before"
right "it starts again by itself, with another process" within 60 another_runs
fluxrsa sample generate --departement 062 --households 30000 --month 2025-03 -o /var/spool/fluxrsa/drop/caf/.big
chmod 0660 /var/spool/fluxrsa/drop/caf/.big
mv /var/spool/fluxrsa/drop/caf/.big /var/spool/fluxrsa/drop/caf/big.xml
for _ in $(seq 200); do
    pgrep -f 'fluxrsa-parse' >/dev/null && break
    sleep 0.1
done
right "an import is at work" pgrep fluxrsa-parse
began=$(date +%s)
right "it is stopped" systemctl stop fluxrsad
echo "in $(($(date +%s) - began)) s, result $(systemctl show -P Result fluxrsad)"
right "cleanly" test "$(systemctl show -P Result fluxrsad)" = success
right "no process is left" not pgrep fluxrsa
systemctl start fluxrsad
for _ in $(seq 120); do
    [ "$(as_service fluxrsa flux list --json | grep -c '"status": *"applied"')" -eq 5 ] && break
    sleep 1
done
right "the file is imported after the next start" test "$(as_service fluxrsa flux list --json | grep -c '"status": *"applied"')" -eq 5
before=$(pid)
apt-get -qq -y install --reinstall /tmp/fluxrsa_*.deb
right "after an upgrade the daemon runs again" until_active
right "from the new program" test "$(pid)" != "$before"

say "A wrong configuration does not start for ever"
echo "nonsense = 1" >>"$config"
systemctl restart fluxrsad || true
right "it fails" within 60 systemctl is-failed fluxrsad
sleep 5
right "and stays so" systemctl is-failed fluxrsad
echo "restarts: $(systemctl show -P NRestarts fluxrsad), status: $(systemctl show -P Result fluxrsad)"
cat /tmp/kept.conf >"$config"
systemctl reset-failed fluxrsad
right "repaired, it starts" systemctl start fluxrsad

say "Removed"
apt-get -qq -y remove fluxrsa
right "the daemon is stopped" not pgrep fluxrsad
echo "all is right"
