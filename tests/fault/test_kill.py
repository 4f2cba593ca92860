"""kill -9 of an import at any instant: the content is as before or as after, and the next run completes."""
import os
import random
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["FLUXRSA_SOURCE"], "tests", "system"))
from kit import FLUXRSA, Instance, check, equal, main, sample  # noqa: E402

KILLS = int(os.environ.get("FLUXRSA_KILLS", "200"))


def test_kill(folder):
    rng = random.Random(20250105)
    i = Instance(os.path.join(folder, "i"), profile="gestion")
    a = sample(os.path.join(folder, "a.xml"), 1500, "--month", "2025-01")
    b = sample(os.path.join(folder, "b.xml"), 1500, "--month", "2025-01", "--changed", "300")
    i.imported(a)
    before = i.dump()
    reference = Instance(os.path.join(folder, "r"), profile="gestion")
    reference.imported(a)
    started = time.monotonic()
    reference.imported(b)
    length = time.monotonic() - started
    after = reference.dump()
    check(before != after, "the second month changes something")
    interrupted = completed = 0
    for n in range(KILLS):
        p = subprocess.Popen([FLUXRSA, "-c", i.config, "import", b], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        started = time.monotonic()
        try:
            p.wait(timeout=rng.random() * length * 1.1)
            # It may not be the machine that it was when this was measured.
            length = time.monotonic() - started
        except subprocess.TimeoutExpired:
            p.kill()
        p.wait()
        content = i.dump()
        check(content in (before, after), f"kill {n}: the content is neither before nor after")
        if content == before:
            interrupted += 1
        else:
            completed += 1
            check(i.run("audit", "verify").code == 0, "the journal verifies")
            equal(i.imported(b)[0]["status"], "already", f"kill {n}: the next run")
            i = fresh(folder, n, a)
    check(interrupted > KILLS // 10, f"only {interrupted} kills came before the end")
    equal(i.imported(b)[0]["status"], "applied", "the last run completes")
    equal(i.dump(), after, "content at the end")
    print(f"{KILLS} kills: {interrupted} before the commit, {completed} after")


def fresh(folder, n, a):
    i = Instance(os.path.join(folder, f"i{n}"), profile="gestion")
    i.imported(a)
    return i


main(test_kill)
