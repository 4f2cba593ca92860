"""kill -9 of an undo at any instant: the content is as before or as after, and the next run completes."""
import os
import random
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["FLUXRSA_SOURCE"], "tests", "system"))
from kit import FLUXRSA, Instance, check, equal, main, sample  # noqa: E402

KILLS = int(os.environ.get("FLUXRSA_KILLS", "200")) // 5


def test_kill(folder):
    rng = random.Random(20250106)
    i = Instance(os.path.join(folder, "i"), max_created_share="0 %", max_missing_share="0 %")
    a = sample(os.path.join(folder, "a.xml"), 1000, "--month", "2025-01")
    b = sample(os.path.join(folder, "b.xml"), 1500, "--month", "2025-02", "--month-index", "1", "--changed", "300")
    i.imported(a)
    without = i.dump()
    i.imported(b)
    content = i.dump()
    check(content != without, "the second month changes something")
    flux, interrupted, completed, length = 2, 0, 0, 0.2
    for n in range(KILLS):
        started = time.monotonic()
        p = subprocess.Popen([FLUXRSA, "-c", i.config, "flux", "undo", str(flux), "--reason", "a test"], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        try:
            # The first one runs to its end: how long it takes, until another one takes less.
            p.wait(timeout=300 if n == 0 else rng.random() * length * 1.1)
            length = time.monotonic() - started
        except subprocess.TimeoutExpired:
            p.kill()
        p.wait()
        now = i.dump()
        check(now in (content, without), f"kill {n}: the content is neither before nor after")
        status = i.run("flux", "show", flux, "--json").json()["status"]
        equal(status, "undone" if now == without else "applied", f"kill {n}: the ledger says what is")
        if now == content:
            interrupted += 1
            continue
        completed += 1
        flux = i.imported(b)[0]["flux"]
        equal(i.dump(), content, f"kill {n}: imported again")
        check(i.run("audit", "verify").code == 0, "the journal verifies")
    check(interrupted >= KILLS // 10 and completed, f"{interrupted} kills came before the end, {completed} after")
    i.run("flux", "undo", flux, "--reason", "the last one")
    equal(i.dump(), without, "content at the end")
    i.imported(b)
    undone = sum(f["status"] == "undone" for f in i.run("flux", "list", "--json").json())
    acts = sum(a["op"] == "flux.undo" for a in i.run("audit", "show", "--json", "--limit", 1000).json())
    equal(acts, undone, "each undo stands in the journal once")
    print(f"{KILLS} kills: {interrupted} before the commit, {completed} after")


main(test_kill)
