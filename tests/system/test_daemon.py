"""fluxrsad on an instance: what is dropped ends in the one right state, whatever happens meanwhile."""
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
from daemon_kit import Daemon, Place, closed, make, until  # noqa: E402
from kit import FLUXRSA, check, equal, main  # noqa: E402


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
        # Once one was taken the kernel watches; when it has only started, not yet.
        p.give("first.xml", a)
        d.said("DONE")
        d.signal(signal.SIGSTOP)
        with open("/proc/sys/fs/inotify/max_queued_events", encoding="ascii") as f:
            events = int(f.read())
        for i in range(events // 2 + 10):
            os.close(os.open(os.path.join(p.drop, f"{i}.part"), os.O_WRONLY | os.O_CREAT))
        for i in range(3):
            p.give(f"{i}.xml", a)
        d.signal(signal.SIGCONT)
        d.said("OVERFLOW")
        until(lambda: p.counts()["done"] == 4, f"all are found without the kernel: {d.text()}")
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


main(test_each_to_its_state, test_a_held_file_is_named_wherever_it_is_told, test_order_of_headers, test_special_files,
     test_folder_vanishes_and_returns, test_folder_that_became_a_link, test_overflow_while_stopped,
     test_a_copy_that_is_applied_settles_the_others, test_sidecar_and_expiry)
