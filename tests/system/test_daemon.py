"""fluxrsad on an instance: what is dropped ends in the one right state, whatever happens meanwhile."""
import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon_kit import Daemon, Place, closed, until  # noqa: E402
from kit import BUILD, FLUXRSA, check, equal, main, sample  # noqa: E402


STARTS = 200 if os.environ.get("FLUXRSA_LONG") else 30


def make(folder, name, *words, households=20):
    return sample(os.path.join(folder, name), households, *words)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def test_each_to_its_state(folder):
    p = Place(os.path.join(folder, "i"))
    a = make(folder, "a.xml", "--month", "2025-01")
    b = make(folder, "b.xml", "--month", "2025-02")
    foreign = make(folder, "foreign.xml", "--month", "2025-01", "--departement", "059")
    data = read(b)
    with Daemon(p) as d:
        d.said("STARTED")
        p.give("a.xml", a)
        d.said("DONE")
        p.give("a.xml", a)
        d.said("DONE", 2)
        with open(os.path.join(p.drop, "junk.xml"), "wb") as f:
            f.write(b"no flux at all\n")
        p.give("held.xml", foreign)
        with open(os.path.join(p.drop, "slow.xml"), "wb", buffering=0) as f:
            step = len(data) // 6
            for at in range(0, len(data), step):
                f.write(data[at:at + step])
                time.sleep(0.4)
        p.give("a.xml", make(folder, "c.xml", "--month", "2025-03"))
        until(lambda: p.counts() == {"work": 0, "done": 4, "refused": 1, "held": 1}, f"all settled: {d.text()}")
        d.stop()
    equal(os.listdir(p.drop), [], "what is left in the drop folder")
    equal([e["detail"] for e in d.events("DONE")].count("1 already applied"), 1, "the same content twice")
    check("F_FORMAT" in p.reason("refused", "junk.xml"), "the reason names the code")
    held = p.reason("held", "held.xml")
    check("F_DEPARTEMENT" in held and "--force 'REASON'" in held and p.config in held, f"the reason tells what to do: {held}")
    arrival = os.path.join(p.folder, "held", p.arrivals("held")[0])
    for name in os.listdir(arrival):
        check(closed(os.path.join(arrival, name)), f"{name} is open to others")
    command = next(line for line in held.split("\n") if line.startswith("  fluxrsa"))
    done = subprocess.run(command.replace("fluxrsa ", FLUXRSA + " ", 1).replace("REASON", "checked"), shell=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    equal(done.returncode, 0, f"the command of the reason: {done.stdout.decode()}")
    equal(p.counts(), {"work": 0, "done": 5, "refused": 1, "held": 0}, "after the forced import")


def test_a_held_file_is_named_wherever_it_is_told(folder):
    p = Place(os.path.join(folder, "i"))
    foreign = make(folder, "foreign.xml", "--month", "2025-01", "--departement", "059")
    name = "it's held.xml"
    by_hand = p.imported(foreign, expect=65)[0]
    check("import --force REASON FILE" in p.run("flux", "show", by_hand["flux"]).out, "a file that does not lie in the spool")
    with Daemon(p) as d:
        p.give(name, foreign)
        d.said("HELD")
        d.stop()
    command = next(line[2:] for line in p.reason("held", name).split("\n") if line.startswith("  fluxrsa"))
    check(p.arrivals("held")[0] in command, command)
    held = p.run("flux", "list", "--json").json()[0]
    equal((held["status"], held["applied_since"]), ("held", None), "the ledger")
    for words in (("flux", "show", held["flux"]), ("flux", "show", by_hand["flux"]), ("status",)):
        lines = [line.strip() for line in p.run(*words).out.split("\n")]
        equal(lines.count(command), 1, f"{words}: the command on a line of its own:\n" + "\n".join(lines))
    summary = p.run("report", "summary").out
    check(f": {command}\n" in summary, f"the summary: {summary}")
    faults = {f["metric"]: f["advice"] for f in p.run("status", "--json").json()["faults"]}
    check(faults["flux_held"].endswith(": " + command), f"for machines: {faults}")
    done = subprocess.run(command.replace("fluxrsa ", FLUXRSA + " ", 1).replace("REASON", "checked"), shell=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    equal(done.returncode, 0, f"the command: {done.stdout.decode()}")
    applied = p.run("flux", "list", "--json").json()[0]
    for flux in (held["flux"], by_hand["flux"]):
        shown = p.run("flux", "show", flux).out
        check(f"applied since, as flux {applied['flux']}:" in shown and "--force" not in shown, shown)
        equal(p.run("flux", "show", flux, "--json").json()["applied_since"], applied["flux"], "for machines")
    rows = p.run("flux", "list").out
    equal(rows.count(f"see flux {applied['flux']}"), 2, f"in the list:\n{rows}")
    p.run("flux", "undo", applied["flux"], "--reason", "not yet")
    equal(p.run("flux", "show", held["flux"], "--json").json()["applied_since"], None, "undone")


def test_order_of_headers(folder):
    p = Place(os.path.join(folder, "i"))
    names = []
    for i, month in enumerate(("2025-03", "2025-01", "2025-02")):
        names.append(f"{i}-{month}.xml")
        p.give(names[-1], make(folder, names[-1], "--month", month))
    with open(os.path.join(p.drop, "0-0.xml"), "wb") as f:
        f.write(b"junk")
    with Daemon(p) as d:
        until(lambda: sum(p.counts().values()) == 4 and p.counts()["work"] == 0, "four settled")
        d.stop()
    equal([e["file"] for e in d.events("IMPORTING")], [names[1], names[2], names[0], "0-0.xml"], "the order of imports")


def test_special_files(folder):
    """Those that have no place in a drop folder stay there, unopened; any other is a file like another, whatever its name and rights."""
    p = Place(os.path.join(folder, "i"))
    secret = os.path.join(folder, "secret")
    with open(secret, "w", encoding="ascii") as f:
        f.write("of somebody else")
    os.symlink(secret, os.path.join(p.drop, "link.xml"))
    os.symlink("/etc/shadow", os.path.join(p.drop, "shadow.xml"))
    os.symlink(os.path.join(folder, "nothing"), os.path.join(p.drop, "nowhere.xml"))
    os.symlink("round.xml", os.path.join(p.drop, "round.xml"))
    os.mkfifo(os.path.join(p.drop, "fifo.xml"))
    os.mknod(os.path.join(p.drop, "socket.xml"), stat.S_IFSOCK | 0o600)
    os.mkdir(os.path.join(p.drop, "folder.xml"))
    os.link(secret, os.path.join(p.drop, "second.xml"))
    stay = ["fifo.xml", "folder.xml", "link.xml", "nowhere.xml", "round.xml", "second.xml", "shadow.xml", "socket.xml"]
    if os.geteuid() == 0:
        os.mknod(os.path.join(p.drop, "terminal.xml"), stat.S_IFCHR | 0o600, os.makedev(5, 0))
        os.mknod(os.path.join(p.drop, "disk.xml"), stat.S_IFBLK | 0o600, os.makedev(7, 0))
        stay += ["disk.xml", "terminal.xml"]
    a = make(folder, "a.xml", "--month", "2025-01")
    for name in (b"-rf", b"a\nb.xml", b"\xe9t\xe9.xml", b"n" * 255, b"sticky.xml"):
        shutil.copyfile(a, os.path.join(os.fsencode(p.drop), name))
    os.chmod(os.path.join(p.drop, "sticky.xml"), 0o7644)
    with Daemon(p) as d:
        until(lambda: p.counts()["done"] == 5, "the others are imported")
        d.said("ASIDE", len(stay))
        d.stop()
    equal(sorted(os.listdir(p.drop)), sorted(stay), "what stays")
    equal(len(d.events("ASIDE")), len(stay), "told once each")
    equal(sorted(p.files("done")), sorted(["-rf", "a_b.xml", "_t_.xml", "n" * 255, "sticky.xml"]), "names as they lie")
    sticky = os.stat(os.path.join(p.folder, "done", p.files("done")["sticky.xml"][0], "sticky.xml"))
    equal(stat.S_IMODE(sticky.st_mode), 0o600, "rights as they lie")


def big_import(p, folder, d):
    """Drops a flux whose import lasts, and waits until it runs."""
    p.give("big.xml", make(folder, "big.xml", "--month", "2025-01", households=6000))
    d.said("IMPORTING")


def test_stop_in_the_middle(folder):
    p = Place(os.path.join(folder, "i"))
    before = p.dump()
    with Daemon(p) as d:
        d.said("STARTED")
        big_import(p, folder, d)
        d.stop()
    equal(p.counts()["work"], 1, "the arrival stays at work")
    check(d.events("INTERRUPTED"), f"the stop is told: {d.text()}")
    equal(p.dump(), before, "the store as before")
    with Daemon(p) as d:
        d.said("DONE")
        check(d.events("RECOVERED"), "what was at work is taken up")
        d.stop()
    equal(p.counts(), {"work": 0, "done": 1, "refused": 0, "held": 0}, "after the next start")


def test_second_daemon(folder):
    p = Place(os.path.join(folder, "i"))
    with Daemon(p) as first:
        first.said("STARTED")
        with Daemon(p) as second:
            second.wait(75)
        equal([e["detail"] for e in second.events("BUSY")], [f"pid {first.process.pid}"], "who works")
        with Daemon(p, "--once") as third:
            third.wait(75)
        first.stop()
    with Daemon(p, "--once") as d:
        d.wait(0)


def test_one_of_many_starts(folder):
    p = Place(os.path.join(folder, "i"))
    gate, program = os.path.join(folder, "gate"), os.path.join(folder, "start")
    os.mkfifo(gate)
    with open(program, "w", encoding="ascii") as f:
        f.write(f'#!/bin/sh\nread -r _ <{gate}\nexec {os.path.join(BUILD, "fluxrsad")} "$@"\n')
    os.chmod(program, 0o755)
    daemons = [Daemon(p, program=program) for _ in range(STARTS)]
    try:
        # Whoever waits there goes on when somebody comes to write.
        open(gate, "w", encoding="ascii").close()
        def given_up():
            # Who comes late to the gate finds it closed.
            with contextlib.suppress(OSError):
                os.close(os.open(gate, os.O_WRONLY | os.O_NONBLOCK))
            return len([d for d in daemons if d.process.poll() is not None]) >= STARTS - 1

        until(given_up, "all but one give up")
        left = [d for d in daemons if d.process.poll() is None]
        equal(len(left), 1, "alive")
        equal({d.process.returncode for d in daemons if d not in left}, {75}, "exit codes of the others")
        left[0].said("STARTED")
        left[0].stop()
    finally:
        for d in daemons:
            d.__exit__()


def test_service_manager(folder):
    p = Place(os.path.join(folder, "i"))
    path = os.path.join(folder, "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(path)
        s.settimeout(30)
        told = []

        def hears(word):
            while not any(word in line for line in told):
                told.extend(s.recv(4096).decode().split("\n"))

        with Daemon(p, env={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "1000000"}) as d:
            for word in ("READY=1", "STATUS=0 waiting", "WATCHDOG=1"):
                hears(word)
            told.clear()
            d.signal(signal.SIGHUP)
            for word in ("RELOADING=1", "MONOTONIC_USEC=", "READY=1"):
                hears(word)
            p.give("a.xml", make(folder, "a.xml", "--month", "2025-01"))
            hears("STATUS=1 waiting, importing 2")
            d.said("DONE")
            d.signal(signal.SIGTERM)
            hears("STOPPING=1")
            d.wait()


def test_folder_vanishes_and_returns(folder):
    p = Place(os.path.join(folder, "i"), still="1 h")
    a = make(folder, "a.xml", "--month", "2025-01")
    with Daemon(p) as d:
        d.said("STARTED")
        os.rename(p.drop, p.drop + ".away")
        d.said("FOLDER_GONE")
        os.mkdir(p.drop)
        d.said("FOLDER_BACK")
        p.give("a.xml", a)
        d.said("DONE")
        # Another folder under the same name, of which the kernel tells nothing.
        os.rename(os.path.dirname(p.drop), os.path.join(p.folder, "away"))
        os.makedirs(p.drop)
        given = []

        def is_seen():
            given.append(f"{len(given)}.xml")
            p.give(given[-1], a)
            time.sleep(0.2)
            return len(d.events("DONE")) > 1

        until(is_seen, f"a file that came by rename is seen: {d.text()}")
        d.stop()
    check(len([e for e in d.events("FOLDER_GONE") if e["source"] == "caf"]) <= 2, f"told once each time: {d.text()}")


def test_folder_that_became_a_link(folder):
    p = Place(os.path.join(folder, "i"))
    other = os.path.join(folder, "other")
    os.mkdir(other)
    make(other, "a.xml", "--month", "2025-01")
    with Daemon(p) as d:
        d.said("STARTED")
        os.rename(p.drop, p.drop + ".away")
        os.symlink(other, p.drop)
        d.said("FOLDER_GONE")
        os.unlink(p.drop)
        os.rename(p.drop + ".away", p.drop)
        d.said("FOLDER_BACK")
        p.give("b.xml", os.path.join(other, "a.xml"))
        d.said("DONE")
        d.stop()
    check(sorted(p.files("done")) == ["b.xml"] and os.listdir(other) == ["a.xml"], "a link is not followed")


def test_overflow_while_stopped(folder):
    p = Place(os.path.join(folder, "i"), scan="1 h")
    a = make(folder, "a.xml", "--month", "2025-01", households=2)
    with Daemon(p) as d:
        d.said("STARTED")
        d.signal(signal.SIGSTOP)
        with open("/proc/sys/fs/inotify/max_queued_events", encoding="ascii") as f:
            events = int(f.read())
        for i in range(events // 2 + 10):
            os.close(os.open(os.path.join(p.drop, f"{i}.part"), os.O_WRONLY | os.O_CREAT))
        for i in range(3):
            p.give(f"{i}.xml", a)
        d.signal(signal.SIGCONT)
        d.said("OVERFLOW")
        until(lambda: p.counts()["done"] == 3, f"all are found without the kernel: {d.text()}")
        d.stop()


def test_once(folder):
    p = Place(os.path.join(folder, "i"))
    a = make(folder, "a.xml", "--month", "2025-01")
    shutil.copy(a, os.path.join(p.drop, "a.xml"))
    with Daemon(p, "--once") as d:
        d.wait(0)
    equal(p.counts()["done"], 1, "imported")
    equal(d.text(), "", "silent when all went well")
    mark = os.path.join(p.folder, "work", ".round")
    check(abs(os.stat(mark).st_mtime - time.time()) < 60 and closed(mark), "when it ended is left for status")
    os.utime(mark, (1, 1))
    shutil.copy(a, os.path.join(p.drop, "b.xml"))
    store = os.path.join(p.folder, "store")
    os.rename(store, store + ".away")
    with Daemon(p, "--once") as d:
        d.wait(69)
    equal(p.counts()["work"], 1, "the work remains")
    check(d.events("MACHINE"), "and it is told")
    equal(os.stat(mark).st_mtime, 1, "a round that did not end well leaves no mark")
    os.rename(store + ".away", store)
    with Daemon(p, "--once") as d:
        d.wait(0)
    equal(p.counts(), {"work": 0, "done": 2, "refused": 0, "held": 0}, "the next run finishes the work")
    check(os.stat(mark).st_mtime > 1, "and says so")
    with Daemon(p) as d:
        d.said("STARTED")
        check(not os.path.exists(mark), "where a daemon stays, rounds say nothing of it")
        d.stop()


def test_rounds_do_not_repeat_themselves(folder):
    """What stays in a drop folder is told when it is new, when it changes, and after a day: cron sends a mail for each word."""
    p = Place(os.path.join(folder, "i"))
    said = os.path.join(p.folder, "work", ".said")

    def told():
        with Daemon(p, "--once") as d:
            d.wait(0)
        return sorted((e["event"], e["file"].rsplit("/", 1)[-1]) for e in d.events())

    equal(told(), [], "nothing to tell")
    check(not os.path.exists(said), "nothing to remember")
    secret = os.path.join(folder, "secret")
    with open(secret, "w", encoding="ascii") as f:
        f.write("of somebody else")
    os.mkdir(os.path.join(p.drop, "stray"))
    os.link(secret, os.path.join(p.drop, "second.xml"))
    os.rmdir(os.path.join(p.folder, "drop", "pe"))
    first = [("ASIDE", "second.xml"), ("ASIDE", "stray"), ("FOLDER_GONE", "pe")]
    equal(told(), first, "what is new")
    check(os.path.exists(said) and closed(said), "the memory is there, and closed to others")
    equal(told(), [], "no news")
    with open(os.path.join(p.drop, "stray", "inside"), "wb"):
        pass
    os.mkdir(os.path.join(p.drop, "other"))
    equal(told(), [("ASIDE", "other")], "what came since, and nothing of what lies in a folder")
    with open(secret, "a", encoding="ascii") as f:
        f.write(", and more")
    os.rmdir(os.path.join(p.drop, "other"))
    equal(told(), [("ASIDE", "second.xml")], "what changed")
    os.mkdir(os.path.join(p.drop, "other"))
    equal(told(), [("ASIDE", "other")], "what went and came back")
    with open(said, encoding="ascii") as f:
        lines = [line.split() for line in f]
    equal(len(lines), 4, "one line for each")
    with open(said, "w", encoding="ascii") as f:
        f.write("".join(f"{key} {int(at) - 86400}\n" for key, at in lines[:2]) + f"{lines[2][0]} {int(lines[2][1]) + 9999}\n"
                + f"{lines[3][0]} {lines[3][1]}\n" + "no line\n")
    equal(len(told()), 3, "after a day, or when the clock was set back, it is told again")
    equal(told(), [], "once")
    with open(said, "wb") as f:
        f.write(b"\0\xff" * 50)
    equal(len(told()), 4, "what cannot be read says nothing")
    with Daemon(p) as d:
        d.said("ASIDE", 3)
        check(not os.path.exists(said), "a daemon that stays knows by itself")
        d.stop()


def test_a_copy_that_is_applied_settles_the_others(folder):
    """What is held or refused waits for nobody any more when its bytes were imported from elsewhere."""
    p = Place(os.path.join(folder, "i"))
    foreign = make(folder, "foreign.xml", "--month", "2025-01", "--departement", "059")
    other = make(folder, "other.xml", "--month", "2025-02", "--departement", "059")
    for name, source in (("a.xml", foreign), ("b.xml", foreign), ("mended.xml", foreign), ("c.xml", other)):
        p.give(name, source)
    both = os.path.join(p.drop, "both.zip")
    with zipfile.ZipFile(both, "w") as z:
        for name in (foreign, other):
            z.write(name, os.path.basename(name))
    with Daemon(p, "--once") as d:
        d.wait(0)
    equal(p.counts(), {"work": 0, "done": 0, "refused": 0, "held": 5}, "all are held")
    mended = os.path.join(p.folder, "held", p.files("held")["mended.xml"][0], "mended.xml")
    os.utime(mended, (time.time() + 60, time.time() + 60))
    p.run("import", "--dry-run", "--force", "checked", foreign)
    equal(p.counts()["held"], 5, "a dry run settles nothing")
    p.imported("--force", "checked", foreign)
    equal(sorted(p.files("held")), ["both.zip", "c.xml", "mended.xml"], "both copies are settled, and nothing that somebody has changed since")
    equal(sorted(p.files("done")), ["a.xml", "b.xml"], "they go where what is imported goes")
    p.set("keep_done", "0 d")
    p.imported("--force", "checked", other)
    equal(sorted(p.files("held")), ["mended.xml"], "an archive is settled with the last of its flux")
    equal(p.counts()["done"], 2, "and destroyed where nothing is to be kept")
    for number in ("8", "7"):
        p.run("flux", "undo", number, "--reason", "a test")
    p.imported("--force", "checked", other)
    # As after a crash between an import and the move.
    os.utime(mended, (1, 1))
    p.run("import", foreign, expect=65)
    equal(p.counts()["held"], 1, "a flux that is not applied any more settles nothing")
    os.utime(mended, (time.time() + 60, time.time() + 60))
    p.imported("--force", "checked", foreign)
    os.utime(mended, (1, 1))
    p.give("again.xml", foreign)
    with Daemon(p, "--once") as d:
        d.wait(0)
    equal(p.counts()["held"], 0, "the daemon settles what its own import finds applied already")


def test_sidecar_and_expiry(folder):
    p = Place(os.path.join(folder, "i"), complete="sidecar")
    a = make(folder, "a.xml", "--month", "2025-01")
    with Daemon(p) as d:
        d.said("STARTED")
        p.give("a.xml", a)
        p.give("b.xml", a)
        open(os.path.join(p.drop, "b.xml.ok"), "w", encoding="ascii").close()
        d.said("DONE")
        equal(os.listdir(p.drop), ["a.xml"], "the sidecar went with its file, the other file waits")
        p.set("keep_done", "0 d")
        d.signal(signal.SIGHUP)
        d.said("EXPIRED")
        equal(p.counts()["done"], 0, "destroyed")
        d.stop()


def test_reload(folder):
    p = Place(os.path.join(folder, "i"), still="1 h")
    shutil.copy(make(folder, "a.xml", "--month", "2025-01"), os.path.join(p.drop, "a.xml"))
    with Daemon(p) as d:
        d.said("STARTED")
        p.set("deaths", "0")
        d.signal(signal.SIGHUP)
        d.said("RELOAD_WRONG")
        told = d.events("CONFIG_FAULT")[0]["message"]
        asked = p.run("config", "check", expect=78).err
        check("[daemon] deaths" in told and "from 1 to 100" in told, f"the fault is named, with what is allowed: {told}")
        check(told.split("[daemon]")[1] in asked, f"as config check says it: {asked}")
        p.set("deaths", "4")
        p.set("still", "1 s")
        p.set("langue", "en")
        p.set("store", "elsewhere")
        d.signal(signal.SIGHUP)
        d.said("RELOADED")
        equal([e["detail"] for e in d.events("RELOAD_LATER")], ["[instance] store"], "what needs a restart")
        p.set("store", "store")
        d.said("DONE")
        d.stop()


FAKE = """#!/bin/sh
for word; do case $word in import) import=1;; *.xml) file=$word;; esac; done
[ "$import" ] || { [ -z "$PEEKS" ] || { printf . >>"$PEEKS"; sleep 1.6; }; exec "$REAL" "$@"; }
case $file in
*crash*) echo "about to die" >&2; kill -SEGV $$;;
*hang*) trap '' TERM; echo hanging >&2; while :; do sleep 0.1; done;;
*chatter*) echo '[{"flux":1,"status":"applied","reasons":[]}'; head -c 9000000 /dev/zero | tr '\\0' ' '; echo ']'; exit 0;;
*full*) [ -e "$ROOM" ] || { echo "no space left" >&2; exit 74; };;
esac
exec "$REAL" "$@"
"""


def with_fake(folder):
    """A fluxrsad beside a fluxrsa that dies, hangs or finds the disk full, by the name of the file."""
    programs = os.path.join(folder, "bin")
    os.mkdir(programs)
    shutil.copy(os.path.join(BUILD, "fluxrsad"), programs)
    with open(os.path.join(programs, "fluxrsa"), "w", encoding="ascii") as f:
        f.write(FAKE)
    os.chmod(os.path.join(programs, "fluxrsa"), 0o755)
    os.environ["REAL"], os.environ["ROOM"] = FLUXRSA, os.path.join(folder, "room")
    return os.path.join(programs, "fluxrsad")


def test_backlog(folder):
    """All of it is claimed and peeked at before the first import, but not for longer than some seconds; a signal is served all along."""
    program, p, peeks, batches = with_fake(folder), Place(os.path.join(folder, "i")), os.path.join(folder, "peeks"), 7
    a = make(folder, "a.xml", "--month", "2025-01", households=2)
    for i in range(32 * batches):
        shutil.copyfile(a, os.path.join(p.drop, f"{i:03}.xml"))
    with Daemon(p, program=program, env={"PEEKS": peeks}) as d:
        d.said("IMPORTING")
        count = len(read(peeks))
        equal(len(d.events("CLAIMED")), 32 * batches, "claims do not wait for peeks")
        d.said("DONE", 2)
        begun = time.monotonic()
        d.stop()
        check(time.monotonic() - begun < 3, "the stop is served")
    check(1 < count < batches, f"the first import came after {count} of {batches} peeks")


def test_killed_daemon_takes_its_worker_along(folder):
    program = with_fake(folder)
    p = Place(os.path.join(folder, "i"))
    p.give("hang.xml", make(folder, "a.xml", "--month", "2025-01"))
    with Daemon(p, program=program) as d:
        d.said("WORKER")
        with open(f"/proc/{d.process.pid}/task/{d.process.pid}/children", encoding="ascii") as f:
            worker = int(f.read().split()[0])
        d.process.kill()
        d.process.wait()
        until(lambda: not os.path.exists(f"/proc/{worker}"), "the worker is gone")
    with Daemon(p) as d:
        d.said("DONE")
        d.stop()
    equal(len(p.arrivals("done")), 1, "nothing lost")


def test_poison(folder):
    program = with_fake(folder)
    p = Place(os.path.join(folder, "i"), worker_time="1 s")
    a = make(folder, "a.xml", "--month", "2025-01")
    for name in ("0-crash.xml", "1-chatter.xml", "2-good.xml"):
        p.give(name, a)
    with Daemon(p, program=program) as d:
        until(lambda: p.counts()["refused"] == 2 and p.counts()["done"] == 1, f"two poisoned, one imported: {d.text()}")
        d.stop()
    equal([e["file"] for e in d.events("DEATH")].count("0-crash.xml"), 2, "deaths before the last")
    equal(d.events("IMPORTING")[2]["file"], "2-good.xml", "the others pass first")
    reason = p.reason("refused", "0-crash.xml")
    check("died 3 times" in reason and "signal 11" in reason, f"the reason: {reason}")
    check(any(e["detail"] == "about to die" for e in d.events("WORKER")), "what the worker says is told")


def test_machine_at_fault(folder):
    """A full disk is tried again at one pace, however long it lasts, and told of ever more rarely."""
    program = with_fake(folder)
    p = Place(os.path.join(folder, "i"))
    p.give("full.xml", make(folder, "a.xml", "--month", "2025-01"))
    with Daemon(p, program=program) as d:
        d.said("IMPORTING", 6)
        equal(d.events("DEATH"), [], "no death is counted")
        check(len(d.events("MACHINE")) in (3, 4), f"told after 1, 2 and 4 tries: {len(d.events('MACHINE'))}")
        with open(os.path.join(p.folder, "work", p.arrivals("work")[0], "arrival"), encoding="ascii") as f:
            check("deaths=0\ntries=" in f.read(), "the tries are noted")
        open(os.environ["ROOM"], "w", encoding="ascii").close()
        freed = time.monotonic()
        d.said("DONE")
        check(time.monotonic() - freed < 20, "it goes on by itself, soon after there is room")
        d.stop()


main(test_each_to_its_state, test_a_held_file_is_named_wherever_it_is_told, test_order_of_headers, test_special_files,
     test_stop_in_the_middle, test_killed_daemon_takes_its_worker_along, test_second_daemon, test_one_of_many_starts, test_service_manager, test_folder_vanishes_and_returns, test_folder_that_became_a_link,
     test_overflow_while_stopped, test_once, test_rounds_do_not_repeat_themselves, test_a_copy_that_is_applied_settles_the_others,
     test_sidecar_and_expiry, test_reload, test_backlog, test_poison, test_machine_at_fault)
