"""A fluxrsad that stays while its spool, its store or its journal, each a disk of its own, has no byte left, no file left, or is read-only:
nothing is lost, and it goes on by itself soon after that is mended. And a drop folder that something is mounted over. FLUXRSA_LONG=1: every
disk with every fault, for longer than the longest pause, and the times of a configuration that nobody changed."""
import collections
import contextlib
import os
import shutil
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mounts  # noqa: E402
from faults import LONG, Instance, check, children_of, equal, main, sample  # noqa: E402
from daemon_kit import Daemon, Place, until  # noqa: E402

mounts.enter()
FOLDERS = {"spool": ".", "store": "store", "journal": "journal"}
FAULTS = ("bytes", "files", "read-only")
RETRY, HELD = (8, 20) if LONG else (1, 0.6)  # seconds: the longest pause; how long a fault lasts, which is enough for it to be reached
MARGIN = 3 if LONG else 10  # seconds that stillness and a busy machine may take; the imports come on top
CASES = [(v, f) for v in FOLDERS for f in FAULTS] if LONG else [("spool", "read-only"), ("store", "bytes")]
OFF = {"max_created_share": "0 %", "max_missing_share": "0 %", "max_closed_share": "0 %"}


def fill(place):
    """To the last byte, for root too."""
    with open(os.path.join(place, "filler"), "xb", buffering=0) as f:
        for size in (1 << 20, 1 << 16, 1 << 12, 1 << 10, 1):
            try:
                while True:
                    f.write(bytes(size))
            except OSError:
                continue


class Volume:
    """An instance whose spool, store or journal lies on a small disk."""

    def __init__(self, folder, which):
        self.folder, self.which = folder, which
        self.home = os.path.join(folder, "home")
        self.on = os.path.join(self.home, FOLDERS[which])
        self.others = [] if which != "spool" else ["store", "journal"]

    def __enter__(self):
        os.mkdir(self.home)
        if self.which == "spool":
            self.mount()
            self.place = Place(os.path.join(self.home, "i"), retry=f"{RETRY} s", **OFF)
            for name in self.others:
                self.bind(name)
        else:
            self.place = Place(os.path.join(self.home, "i"), retry=f"{RETRY} s", **OFF)
            self.on = os.path.join(self.place.folder, FOLDERS[self.which])
            aside = os.path.join(self.folder, "aside")
            os.rename(self.on, aside)
            os.mkdir(self.on)
            self.mount()
            for name in os.listdir(aside):
                shutil.move(os.path.join(aside, name), os.path.join(self.on, name))
        return self

    def mount(self):
        self.disk = mounts.Disk(os.path.join(self.folder, "image"), self.on, size="32M", options=("-N", "160", "-m", "0"))
        os.chmod(self.on, 0o700)
        os.rmdir(os.path.join(self.on, "lost+found"))

    def bind(self, name):
        """What is not on the disk of the spool."""
        inside, outside = os.path.join(self.place.folder, name), os.path.join(self.folder, name)
        shutil.copytree(inside, outside)
        os.chmod(outside, 0o700)
        mounts.run("mount", "--bind", outside, inside)

    def __exit__(self, *_):
        for name in self.others:
            mounts.run("umount", os.path.join(self.place.folder, name))
        self.disk.leave()

    def fault(self, what):
        if what == "bytes":
            fill(self.on)
        elif what == "files":
            self.disk.leave_files(0)
        else:
            mounts.run("mount", "-o", "remount,ro", self.on)

    def mend(self, what):
        if what == "bytes":
            os.unlink(os.path.join(self.on, "filler"))
        elif what == "files":
            self.disk.give_files_back()
        else:
            mounts.run("mount", "-o", "remount,rw", self.on)


def lie(place):
    """The dropped files, wherever they lie."""
    found = [n for n in os.listdir(place.drop)]
    for state in ("work", "done", "refused", "held"):
        found += [name for name, arrivals in place.files(state).items() for _ in arrivals]
    return sorted(n for n in found if not n.startswith("."))


@contextlib.contextmanager
def stopped(d):
    d.signal(signal.SIGSTOP)
    os.waitid(os.P_PID, d.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    try:
        yield
    finally:
        d.signal(signal.SIGCONT)


def works(d):
    return bool(children_of(d.process.pid))


def told_of(d):
    return collections.Counter(e["event"] for e in d.events() if e["event"] in ("MACHINE", "SPOOL", "WRONG", "DEATH", "ASIDE", "CLOSED"))


def begun(d):
    """How often it took a file, or began to import one."""
    return len(d.events("CLAIMED")) + len(d.events("IMPORTING"))


def mend_at_rest(v, d, what):
    """While nothing is under way: what begins from now on finds the disk mended. How much had begun before; None when something is under way."""
    with stopped(d):
        if works(d):
            return None
        before = begun(d)
        v.mend(what)
        return before, time.monotonic()


def one_case(folder, which, what, months, content):
    with Volume(folder, which) as v:
        p, case = v.place, f"{which}, {what}"
        p.logs = folder
        with Daemon(p) as d:
            p.give("0.xml", months[0])
            d.said("DONE")
            for n in (1, 2):
                shutil.copy(months[n], os.path.join(p.drop, f".{n}"))
            with stopped(d):
                for n in (1, 2):
                    os.rename(os.path.join(p.drop, f".{n}"), os.path.join(p.drop, f"{n}.xml"))
                v.fault(what)
            if what != "files" or which == "spool":
                until(lambda: told_of(d), f"{case}: something is told")
            time.sleep(HELD)
            with stopped(d):
                equal(lie(p), ["0.xml", "1.xml", "2.xml"], f"{case}: what is there while it lasts")
            told = told_of(d)
            before, mended = until(lambda: mend_at_rest(v, d, what), f"{case}: nothing is under way")
            until(lambda: begun(d) > before or p.counts()["done"] == 3, f"{case}: it goes on")
            took = time.monotonic() - mended
            until(lambda: p.counts() == {"work": 0, "done": 3, "refused": 0, "held": 0}, f"{case}: all are done")
            check(d.process.poll() is None, f"{case}: it stayed")
            d.stop()
        check(set(told) <= {"MACHINE", "SPOOL"}, f"{case}: told as {told}")
        check(took <= RETRY + MARGIN, f"{case}: it went on after {took:.1f} s")
        equal(p.dump() == content, True, f"{case}: the content")
        p.run("audit", "verify")
        acts = [a["detail"].split()[0] for a in p.run("audit", "show", "--json").json() if a["op"] == "import"]
        equal(acts.count("applied"), 3, f"{case}: flux in the journal")
        print(f"{case}: told {dict(told)}, went on {took:.1f} s after it was mended")


def test_each_volume(folder):
    if mounts.skipped():
        return
    months = [sample(os.path.join(folder, f"{m}.xml"), 60, "--month", f"2025-0{m}", "--month-index", str(m - 1)) for m in (1, 2, 3)]
    model = Instance(os.path.join(folder, "model"), **OFF)
    model.imported(*months)
    content = model.dump()
    for n, (which, what) in enumerate(CASES):
        at = os.path.join(folder, str(n))
        os.mkdir(at)
        one_case(at, which, what, months, content)


def test_mounted_over(folder):
    """And deleted, and made again: it is found at the next scan at the latest, and a file is taken once it was still for a second."""
    def claimed(name):
        return name in [e["file"] for e in d.events("CLAIMED")]

    scan = 60 if LONG else 1
    p, limit = Place(os.path.join(folder, "i"), scan=f"{scan} s", retry=f"{scan} s"), scan + MARGIN
    flux, took = sample(os.path.join(folder, "a.xml"), 5), []

    def seen(name, condition):
        began = time.monotonic()
        p.give(name, flux)
        until(condition, name, 2 * limit)
        took.append(time.monotonic() - began)

    with Daemon(p) as d:
        d.said("STARTED")
        mounts.run("mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", p.drop)
        try:
            seen("over.xml", lambda: d.events("SPOOL"))
            equal(os.listdir(p.drop), ["over.xml"], "what lies on another file system stays")
        finally:
            # The daemon has it open.
            mounts.run("umount", "-l", p.drop)
        seen("below.xml", lambda: claimed("below.xml"))
        if LONG:
            shutil.rmtree(p.drop)
            d.said("FOLDER_GONE")
            os.mkdir(p.drop)
            seen("again.xml", lambda: claimed("again.xml"))
        until(lambda: p.counts()["done"] == 1 + LONG, "what was taken is imported")
        d.stop()
    check(max(took) <= limit, f"taken after {took}")
    print("seen over it, taken below it, taken again after " + ", ".join(f"{s:.1f} s" for s in took))


main(test_each_volume, test_mounted_over)
