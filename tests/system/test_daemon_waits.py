"""What is no fault of a file: fluxrsad does not blame it, and nothing else waits with it."""
import fcntl
import os
import shutil
import signal
import sys
import tempfile
import time
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon_kit import Daemon, Place, until, with_fake  # noqa: E402
from kit import check, equal, main, sample  # noqa: E402
from night_kit import at  # noqa: E402


def flux(folder, month="2025-01", emitter="caf"):
    return sample(os.path.join(folder, f"{emitter}-{month}.xml"), 20, "--month", month, "--emitter", emitter)


def test_a_drop_folder_at_fault_stops_no_other(folder):
    p = Place(os.path.join(folder, "i"))
    far = tempfile.mkdtemp(prefix="fluxrsa-test-", dir="/dev/shm")
    try:
        check(os.stat(far).st_dev != os.stat(p.folder).st_dev, "a file system of its own")
        with open(p.config, encoding="utf-8") as f:
            text = f.read()
        with open(p.config, "w", encoding="utf-8") as f:
            f.write(text.replace("[source.caf]\n", f"[source.caf]\nfolder = {far}\n"))
        with Daemon(p) as d:
            d.said("STARTED")
            p.give("a.xml", flux(folder), far)
            d.said("SPOOL")
            p.give("b.xml", flux(folder, emitter="msa"), os.path.join(p.folder, "drop", "msa"))
            d.said("DONE")
            p.give("c.xml", flux(folder, "2025-02", "msa"), os.path.join(p.folder, "drop", "msa"))
            d.said("DONE", 2)
            d.stop()
        equal({e["source"] for e in d.events("SPOOL")}, {"caf"}, "who is at fault")
        equal(os.listdir(far), ["a.xml"], "nothing is lost")
        with Daemon(p, "--once") as d:
            d.wait(74)
    finally:
        shutil.rmtree(far)


def test_waiting_for_another_writer_is_no_death(folder):
    p = Place(os.path.join(folder, "i"), worker_time="5 s")
    lock = os.open(os.path.join(p.folder, "store", "write.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    with Daemon(p) as d:
        d.said("STARTED")
        p.give("a.xml", flux(folder))
        d.said("MACHINE", 2)
        # The time that was enough to wait need not be enough to import.
        p.set("worker_time", "2 h")
        d.signal(signal.SIGHUP)
        d.said("RELOADED")
        until(lambda: "IMPORTING" in " ".join(e["event"] for e in d.events()).partition("RELOADED")[2], "the next try")
        os.close(lock)
        d.said("DONE")
        d.stop()
    equal(d.events("DEATH"), [], "no death is counted")


def test_deaths_count_while_nothing_can_be_noted(folder):
    runs = os.path.join(folder, "runs")
    program = with_fake(folder, f"""case "$*" in *" import "*)
    for word; do case $word in *.xml) part=$(dirname "$word")/.arrival.part;; esac; done
    echo >>{runs}
    if [ $(wc -l <{runs}) = 3 ]; then rmdir "$part"; else mkdir -p "$part"; fi
    kill -SEGV $$
esac""")
    p = Place(os.path.join(folder, "i"))
    p.give("a.xml", flux(folder))
    with Daemon(p, program=program) as d:
        d.said("POISON")
        d.stop()
    equal((len(d.events("IMPORTING")), len(d.events("SPOOL"))), (3, 2), "imports, and deaths that were not noted")
    check("died 3 times" in p.reason("refused", "a.xml"), "the reason")


def test_one_file_that_fails_the_machine_stops_no_other(folder):
    """Too large for what is left of the disk, or on a bad sector of it."""
    program = with_fake(folder, 'case "$*" in *" import "*first.xml*) exit 74;; esac')
    p = Place(os.path.join(folder, "i"))
    p.give("first.xml", flux(folder))
    p.give("second.xml", flux(folder, "2025-02"))
    with Daemon(p, program=program) as d:
        d.said("DONE")
        equal([e["file"] for e in d.events("IMPORTING")][:4], ["first.xml"] * 3 + ["second.xml"], "who was tried")
        before = len(d.events("MACHINE"))
        d.signal(signal.SIGHUP)
        d.said("MACHINE", before + 1)
        d.stop()
    equal(p.counts(), {"work": 1, "done": 1, "refused": 0, "held": 0}, "it waits")
    shutil.copy(flux(folder, "2025-03"), os.path.join(p.drop, "third.xml"))
    for _ in range(2):
        with Daemon(p, "--once", program=program) as d:
            d.wait(74)
    equal(sorted(p.files("done")), ["second.xml", "third.xml"], "rounds that come by go on as well")


def test_a_source_that_the_configuration_lost(folder):
    p = Place(os.path.join(folder, "i"))
    with Daemon(p) as d:
        d.said("STARTED")
        with open(p.config, encoding="utf-8") as f:
            text = f.read()
        with open(p.config, "w", encoding="utf-8") as f:
            f.write(text.replace("[source.caf]", "[source.other]"))
        p.give("a.xml", flux(folder))
        until(lambda: d.events("WRONG") or d.events("DONE"), "it was tried")
        d.signal(signal.SIGHUP)
        d.said("RELOADED")
        p.give("b.xml", flux(folder, "2025-02"))
        d.said("DONE", 2)
        begun = len(d.events("WRONG"))
        time.sleep(1)
        equal(len(d.events("WRONG")), begun, "nothing waits for a restart")
        d.stop()


def test_a_long_answer_is_no_death(folder):
    """As many members as an archive may have, each with more elements that nobody knows than a payer would add at once."""
    p = Place(os.path.join(folder, "i"))
    with open(sample(os.path.join(folder, "a.xml"), 2, "--departement", "059"), encoding="utf-8") as f:
        text = f.read()
    unknown = "".join(f"<ADDEDBYTHEPAYER{n:04}>x</ADDEDBYTHEPAYER{n:04}>" for n in range(250))
    archive = os.path.join(folder, "a.zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as z:
        for n in range(64):
            z.writestr(f"{n:02}.xml", text.replace("<InfosFoyerRSA>", f"<InfosFoyerRSA><!-- {n} -->{unknown}", 1))
    p.give("a.zip", archive)
    with Daemon(p) as d:
        d.said("HELD")
        d.stop()
    equal(d.events("DEATH"), [], "no death is counted")
    result = os.path.join(p.folder, "held", p.arrivals("held")[0], "result.json")
    check(os.path.getsize(result) > 1 << 20, "the answer is long")


def test_a_clock_that_jumped_between_rounds(folder):
    """What is kept for 90 days outlives a clock that is a year ahead at a start; rounds far apart are no jump."""
    p = Place(os.path.join(folder, "i"))
    p.give("a.xml", sample(os.path.join(folder, "a.xml"), 2, "--departement", "059"))

    def comes_by(moment):
        with Daemon(p, "--once", env=at(moment)) as d:
            d.wait(0)
        return [e["event"] for e in d.events() if e["event"] in ("CLOCK", "HELD")], p.counts()["held"]

    equal(comes_by("2026-01-10 01:20"), (["HELD"], 1), "the file is held")
    equal(comes_by("2027-01-10 01:20"), (["CLOCK"], 1), "a year ahead")
    equal(comes_by("2026-01-11 01:20"), (["CLOCK"], 1), "back")
    equal(comes_by("2026-02-15 01:20"), ([], 1), "a month without a round")
    equal(comes_by("2026-03-20 01:20"), ([], 1), "and another one")
    equal(comes_by("2026-04-21 01:20"), ([], 0), "its time is over")


def test_a_file_that_was_taken_out_of_the_work_folder(folder):
    p = Place(os.path.join(folder, "i"))
    with open(p.config, encoding="utf-8") as f:
        text = f.read()
    with open(p.config, "w", encoding="utf-8") as f:
        f.write(text.replace("[source.caf]\n", "[source.caf-du-nord]\nfolder = drop/caf\n"))
    lock = os.open(os.path.join(p.folder, "store", "write.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    with Daemon(p) as d:
        d.said("STARTED")
        p.give("a.xml", flux(folder))
        d.said("IMPORTING")
        p.give("b.xml", flux(folder, "2025-02"))
        d.said("CLAIMED", 2)
        shutil.rmtree(os.path.join(p.folder, "work", p.files("work")["b.xml"][0]))
        os.close(lock)
        d.said("VANISHED")
        d.stop()
    equal([e["source"] for e in d.events("VANISHED")], ["caf-du-nord"], "whose it was")
    equal(p.counts(), {"work": 0, "done": 1, "refused": 0, "held": 0}, "the other one")


main(test_a_drop_folder_at_fault_stops_no_other, test_waiting_for_another_writer_is_no_death,
     test_deaths_count_while_nothing_can_be_noted, test_one_file_that_fails_the_machine_stops_no_other, test_a_long_answer_is_no_death,
     test_a_clock_that_jumped_between_rounds, test_a_source_that_the_configuration_lost,
     test_a_file_that_was_taken_out_of_the_work_folder)
