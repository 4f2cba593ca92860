"""fluxrsa doctor: says what is wrong whatever is broken, and never stops at the first."""
import contextlib
import json
import os
import shutil
import subprocess
import time

from kit import BUILD, check, equal, main, run, sample
from night_kit import Night, at, came_by, holds_nobody, persons_of

LOOKS = ["configuration", "parser", "versions", "store", "readers", "room", "journal", "outbox", "backup", "drop", "spool", "daemon", "clock", "memory"]
PARIS = {"TZ": "Europe/Paris"}


def looked(n, expect=0, env=None):
    """{check: [(state, found, advice)]}; every check says something."""
    said = n.run("doctor", "--json", expect=expect, env={**PARIS, **(env or {})}).json()
    found = {}
    for line in said["checks"]:
        found.setdefault(line["check"], []).append((line["state"], line["found"], line["advice"]))
    equal([k for k in LOOKS if k not in found], [], "checks that said nothing")
    states = ["ok", "warning", "fault"]
    equal(said["state"], max((s for lines in found.values() for s, *_ in lines), key=states.index), "the worst")
    return found


def state(found, look):
    return max((s for s, *_ in found[look]), key=["ok", "warning", "fault"].index)


def faults(found):
    return {k for k in found if state(found, k) == "fault"}


def quiet(folder, **settings):
    """An instance of which nothing of this machine but the disk and the backup key could be said."""
    n = Night(folder, "[source.caf]\n", **settings)
    n.put("alert", "free_space", "0 %")
    return n


def test_all_is_right(folder):
    n = quiet(folder)
    found = looked(n)
    equal(faults(found), set(), f"faults {found}")
    for look in LOOKS:
        if look not in ("configuration", "memory"):
            equal((look, state(found, look)), (look, "ok"), str(found[look]))
    f = sample(os.path.join(folder, "a.xml"), 60)
    n.imported(f)
    found = looked(n)
    check("60 households" in found["store"][0][1] and "agree" in found["store"][0][1], "counts")
    text = n.run("doctor", env=PARIS).out
    check("parser: " in text and "sandbox" in text, text)
    holds_nobody(text, persons_of(f), "doctor")


def test_what_stays_in_the_drop_folders(folder):
    n = quiet(folder)
    caf = os.path.join(n.folder, "drop", "caf")
    equal(state(looked(n), "drop"), "ok", "nothing there")
    for name in ("on-its-way.xml", ".hidden"):
        open(os.path.join(caf, name), "w").close()
    equal(state(looked(n), "drop"), "ok", "what will be taken")
    os.mkfifo(os.path.join(caf, "pipe"))
    os.symlink("/etc/passwd", os.path.join(caf, "link.xml"))
    os.makedirs(os.path.join(n.folder, "drop", "forgotten"), mode=0o700)
    equal([f for _, f, _ in looked(n)["drop"]], [f"{caf}: what is no plain file of one name: 2, such as link.xml"], "an empty folder is no matter")
    open(os.path.join(n.folder, "drop", "forgotten", "a.xml"), "w").close()
    said = looked(n)["drop"]
    equal((len(said), said[1][1]), (2, f"{n.folder}/drop/forgotten: belongs to no source: it is never imported"), str(said))
    tomorrow = time.strftime("%Y-%m-%d %H:%M", time.gmtime(time.time() + 90600))
    found = [f for _, f, _ in looked(n, env=at(tomorrow))["drop"]]
    check(any(": files that nobody took: 2, the oldest for 25 h, such as .hidden" in f for f in found), str(found))


def test_the_time_zone(folder):
    n = quiet(folder)
    equal(state(looked(n, env={"TZ": "UTC"}), "clock"), "warning", "UTC")


def test_no_configuration(folder):
    done = run("-c", os.path.join(folder, "none.conf"), "doctor", "--json", expect=78)
    found = {line["check"]: line["state"] for line in done.json()["checks"]}
    equal(found["configuration"], "fault", "configuration")
    equal(found["parser"], "ok", "the parser is looked at all the same")
    equal([k for k in LOOKS if k not in found], [], "checks that said nothing")


def test_a_configuration_that_is_wrong(folder):
    n = quiet(folder)
    with open(n.config, "a", encoding="utf-8") as f:
        f.write("nonsense\n[alrt]\nx = 1\n")
    found = looked(n, expect=78)
    check(len([1 for s, *_ in found["configuration"] if s == "fault"]) >= 2, "all at once")
    equal((state(found, "store"), state(found, "parser")), ("ok", "ok"), "the rest is looked at")


def test_keys_and_store_that_are_broken(folder):
    n = quiet(folder)
    n.imported(sample(os.path.join(folder, "a.xml"), 30))
    keys = os.path.join(n.folder, "keys")
    shutil.move(keys, keys + ".away")
    found = looked(n, expect=69)
    equal(state(found, "store"), "fault", "without keys")
    equal((state(found, "spool"), state(found, "parser")), ("ok", "ok"), "the rest is looked at")
    shutil.move(keys + ".away", keys)
    equal(faults(looked(n)), set(), "mended")
    data = os.path.join(n.folder, "store", "gen-1", "data.mdb")
    with open(data, "r+b") as f:
        f.truncate(5000)
    found = looked(n, expect=69)
    equal(state(found, "store"), "fault", "damaged")
    check(found["store"][0][2], "what to do")
    check(all("not looked at" in found[k][0][1] for k in ("readers", "room", "journal", "outbox")), "what needs the store")


def test_a_journal_that_lost_its_end(folder):
    n = quiet(folder)
    n.imported(sample(os.path.join(folder, "a.xml"), 30))
    n.imported(sample(os.path.join(folder, "b.xml"), 30, "--month", "2025-02"))
    journal = os.path.join(n.folder, "journal", "journal.log")
    with open(journal, encoding="utf-8") as f:
        lines = f.readlines()
    with open(journal, "w", encoding="utf-8") as f:
        f.writelines(lines[:-1])
    found = looked(n, expect=69)
    equal(faults(found), {"journal"}, "the anchor is in the store")
    check("security officer" in found["journal"][0][2], "what to do")


@contextlib.contextmanager
def reader(n):
    """A program that reads the store, until it is killed: what it tells of it is more than anybody takes."""
    p = subprocess.Popen(n.dumping(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        p.stdout.read(1)
        yield p
    finally:
        p.kill()
        p.wait()
        p.stdout.close()


def readers(n):
    """Beside the one that looks."""
    return n.run("status", "--json", expect=None).json()["store"]["readers"] - 1


def test_readers_that_died_are_cleared(folder):
    n = quiet(folder)
    n.imported(sample(os.path.join(folder, "a.xml"), 400))
    # Where nobody else has the store open, nothing is left of the dead.
    with reader(n):
        with reader(n):
            equal(readers(n), 2, "readers at work")
        equal(looked(n)["readers"], [("ok", "none lags behind", "")], "readers")
        equal(readers(n), 1, "the dead one has gone")


def test_what_lies_in_the_spool(folder):
    n = quiet(folder)
    work = os.path.join(n.folder, "work")
    with open(os.path.join(work, "lost.xml"), "w", encoding="ascii") as f:
        f.write("x")
    found = looked(n)
    equal(state(found, "spool"), "warning", "a file that is none of ours")
    check("drop folders" in found["spool"][0][2], "what to do")
    os.unlink(os.path.join(work, "lost.xml"))
    os.rmdir(os.path.join(n.folder, "held"))
    equal(state(looked(n, expect=78), "spool"), "fault", "a folder that is gone")


def test_sources_without_a_daemon(folder):
    n = quiet(folder)
    n.put("source.caf", "daily_by", "05:00")
    found = looked(n)
    equal(state(found, "daemon"), "warning", "flux are expected")
    came_by(n, "2026-02-04 04:00")
    for moment, wanted in (("2026-02-05 06:00", "ok"), ("2026-02-05 06:01", "warning")):
        found = looked(n, expect=None, env=at(moment, **PARIS))
        equal((state(found, "daemon"), "26 h ago" in found["daemon"][0][1]), (wanted, True), f"it comes by: {found['daemon']}")


def test_a_parser_that_is_gone_or_another(folder):
    n = quiet(folder)
    programs = os.path.join(folder, "bin")
    os.mkdir(programs)
    alone = shutil.copy(os.path.join(BUILD, "fluxrsa"), programs)
    parser = os.path.join(programs, "fluxrsa-parse")

    def told():
        done = subprocess.run([alone, "-c", n.config, "doctor", "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
                              env={"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"], "TZ": "Europe/Paris"})

        lines = json.loads(done.stdout)["checks"]
        return done.returncode, {k: max((l["state"] for l in lines if l["check"] == k), key=["ok", "warning", "fault"].index) for k in ("parser", "versions")}

    if not os.path.exists("/usr/libexec/fluxrsa/fluxrsa-parse") and not os.path.exists("/usr/local/libexec/fluxrsa/fluxrsa-parse"):
        equal(told(), (78, {"parser": "fault", "versions": "ok"}), "no parser")
    with open(parser, "w", encoding="ascii") as f:
        f.write("#!/bin/sh\necho fluxrsa-parse 9.9.9\n")
    os.chmod(parser, 0o755)
    equal(told(), (78, {"parser": "fault", "versions": "fault"}), "another program")
    with open(parser, "w", encoding="ascii") as f:
        f.write("#!/bin/sh\nexec sleep 60\n")
    began = time.monotonic()
    equal(told()[0], 78, "one that says nothing")
    check(time.monotonic() - began < 40, "nobody waits for it")
    os.unlink(parser)
    shutil.copy(os.path.join(BUILD, "fluxrsa-parse"), parser)
    equal(told(), (0, {"parser": "ok", "versions": "ok"}), "both from one build")


if __name__ == "__main__":
    main(test_all_is_right, test_what_stays_in_the_drop_folders, test_the_time_zone, test_no_configuration, test_a_configuration_that_is_wrong, test_keys_and_store_that_are_broken,
         test_a_journal_that_lost_its_end, test_readers_that_died_are_cleared, test_what_lies_in_the_spool, test_sources_without_a_daemon,
         test_a_parser_that_is_gone_or_another)
