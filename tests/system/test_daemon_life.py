"""fluxrsad as a process: how it starts, waits, is stopped and killed, and goes on when its imports are not able to."""
import calendar
import contextlib
import os
import shutil
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon_kit import Daemon, Place, closed, make, until  # noqa: E402
from kit import BUILD, FLUXRSA, check, children_of, equal, main  # noqa: E402

STARTS = 200 if os.environ.get("FLUXRSA_LONG") else 30


def read(path):
    with open(path, "rb") as f:
        return f.read()


def stuck_in_the_middle(folder, mark):
    """A fluxrsad whose imports are given half a megabyte of what their flux says, and never the rest; it makes a mark then."""
    programs = os.path.join(folder, "bin")
    os.mkdir(programs)
    for name in ("fluxrsad", "fluxrsa"):
        shutil.copy(os.path.join(BUILD, name), programs)
    parser, real = os.path.join(programs, "fluxrsa-parse"), os.path.join(BUILD, "fluxrsa-parse")
    with open(parser, "w", encoding="ascii") as f:
        f.write(f'#!/bin/sh\ngrep -qz "^import$" /proc/$PPID/cmdline || exec {real} "$@"\n'
                f'{real} "$@" | {{ head -c 500000; echo >{mark}; exec sleep 3600; }}\n')
    os.chmod(parser, 0o755)
    return os.path.join(programs, "fluxrsad")


def test_stop_in_the_middle(folder):
    p, mark = Place(os.path.join(folder, "i"), stall_seconds="3600"), os.path.join(folder, "mark")
    before = p.dump()
    with Daemon(p, program=stuck_in_the_middle(folder, mark)) as d:
        p.give("big.xml", make(folder, "big.xml", "--month", "2025-01", households=6000))
        until(lambda: os.path.exists(mark), "an import is half done")
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
        s.setblocking(False)
        told = []

        def hears(word):
            def heard():
                with contextlib.suppress(BlockingIOError):
                    told.extend(s.recv(4096).decode().split("\n"))
                return any(word in line for line in told)

            until(heard, word)

        with Daemon(p, env={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "1000000"}) as d:
            for word in ("READY=1", "STATUS=0 waiting", "WATCHDOG=1"):
                hears(word)
            told.clear()
            d.signal(signal.SIGHUP)
            for word in ("RELOADING=1", "MONOTONIC_USEC=", "READY=1"):
                hears(word)
            p.give("a.xml", make(folder, "a.xml", "--month", "2025-01"))
            hears("STATUS=1 waiting, importing 2")
            # Who tells waits for who hears: nothing but listening brings the end of the import.
            told.clear()
            hears("STATUS=0 waiting")
            equal(len(d.events("DONE")), 1, "imported")
            d.signal(signal.SIGTERM)
            hears("STOPPING=1")
            d.wait()


def test_once(folder):
    p = Place(os.path.join(folder, "i"))
    a = make(folder, "a.xml", "--month", "2025-01")
    shutil.copy(a, os.path.join(p.drop, "a.xml"))
    begun = int(time.time())
    with Daemon(p, "--once") as d:
        d.wait(0)
    equal(p.counts()["done"], 1, "imported")
    equal(d.text(), "", "silent when all went well")
    mark = os.path.join(p.folder, "work", ".round")
    check(begun <= os.stat(mark).st_mtime <= time.time() and closed(mark), "when it ended is left for status")
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
if [ "$PEEKS" ] && [ ! "$import" ]; then
    case $(cat "$PEEKS") in *i*i) exec sleep 3600;; esac
    printf . >>"$PEEKS"
    while [ ! -e "$PEEKS.go" ]; do sleep 0.1; done
    sleep 1.6
fi
[ "$import" ] || exec "$REAL" "$@"
[ -z "$PEEKS" ] || printf i >>"$PEEKS"
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
    """All of it is claimed and peeked at before the first import, but not for longer than five seconds; a signal is served all along."""
    program, p, peeks, batches = with_fake(folder), Place(os.path.join(folder, "i")), os.path.join(folder, "peeks"), 7
    a = make(folder, "a.xml", "--month", "2025-01", households=2)
    for i in range(32 * batches):
        shutil.copyfile(a, os.path.join(p.drop, f"{i:03}.xml"))
    open(peeks, "w", encoding="ascii").close()
    with Daemon(p, program=program, env={"PEEKS": peeks}) as d:
        # Claims do not wait for peeks: the first one goes on until all are claimed.
        d.said("CLAIMED", 32 * batches)
        open(peeks + ".go", "w", encoding="ascii").close()
        d.said("DONE", 2)
        # The next peek never ends by itself.
        d.stop()
    equal((len(d.events("IMPORTING")), p.counts()["work"]), (2, 32 * batches - 2), "the stop is served")
    count = read(peeks).index(b"i")
    check(count < batches, f"the first import came after {count} of {batches} peeks")
    began, first = (time.strptime(d.events(name)[0]["time"], "%Y-%m-%dT%H:%M:%SZ") for name in ("STARTED", "IMPORTING"))
    check(calendar.timegm(first) - calendar.timegm(began) >= 5, f"nothing was gathered: {d.events('STARTED')}, {d.events('IMPORTING')[0]}")


def test_killed_daemon_takes_its_worker_along(folder):
    program = with_fake(folder)
    p = Place(os.path.join(folder, "i"))
    p.give("hang.xml", make(folder, "a.xml", "--month", "2025-01"))
    with Daemon(p, program=program) as d:
        d.said("WORKER")
        worker = children_of(d.process.pid)[0]
        d.process.kill()
        d.process.wait()
        until(lambda: not os.path.exists(f"/proc/{worker}"), "the worker is gone")
    with Daemon(p) as d:
        d.said("DONE")
        d.stop()
    equal(len(p.arrivals("done")), 1, "nothing lost")


def test_poison(folder):
    program = with_fake(folder)
    p = Place(os.path.join(folder, "i"))
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
        names = [e["event"] for e in d.events()]
        tries = [names[:n].count("IMPORTING") for n, name in enumerate(names) if name == "MACHINE"]
        equal(tries[:3], [1, 2, 4], "tries before it was told")
        with open(os.path.join(p.folder, "work", p.arrivals("work")[0], "arrival"), encoding="ascii") as f:
            check("deaths=0\ntries=" in f.read(), "the tries are noted")
        open(os.environ["ROOM"], "w", encoding="ascii").close()
        freed = time.monotonic()
        d.said("DONE")
        check(time.monotonic() - freed < 20, "it goes on by itself, soon after there is room")
        d.stop()


main(test_stop_in_the_middle, test_second_daemon, test_one_of_many_starts, test_service_manager, test_once,
     test_rounds_do_not_repeat_themselves, test_reload, test_backlog, test_killed_daemon_takes_its_worker_along, test_poison,
     test_machine_at_fault)
