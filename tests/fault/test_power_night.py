"""Power cuts of a whole night, from a record of what the daemon and its imports write: whatever the disk kept of what was not synced, each file
lies somewhere or was applied, and the next start makes the same morning of it."""
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faults import LONG, SANITIZED, SEED, Findings, check, main, rng  # noqa: E402
from night import Night  # noqa: E402
from recorded import record  # noqa: E402

STATES = 2500 if LONG else 16 if SANITIZED else 80
MODES = ("prefix", "names", "none", "subset", "torn")


def cuts(night, states, chance):
    found, total = Findings(), 0
    night.same_disk = False
    disk, ops = record(night)
    check(sum(op.kind in ("sync", "syncdir") for op in ops) > 20, f"only {len(ops)} operations were recorded")
    at = sorted(chance.randint(0, len(ops)) for _ in range(states // len(MODES) - 2)) + [len(ops), len(ops)]
    done, place = 0, os.path.join(night.folder, "state")
    for cut in at:
        for op in ops[done:cut]:
            disk.take(op)
        done = cut
        for mode in MODES:
            shutil.rmtree(place, ignore_errors=True)
            disk.survivor(place, mode, chance)
            night.stand(place)
            total += 1
            what = f"cut after {cut} of {len(ops)}, {mode}"
            with found:
                night.nothing_lost(night.names, what)
                night.morning(what)
    return found, total


def test_cuts(folder):
    """Originals are destroyed once they are applied."""
    found, total = cuts(Night(folder, 10, 3, keep_done="0 d"), STATES * 2 // 5, rng())
    found.end()
    print(f"seed {SEED}: {total} states of the disk, originals destroyed")


def test_cuts_kept(folder):
    found, total = cuts(Night(folder, 10, 3), STATES * 2 // 5, rng(1))
    found.end()
    print(f"seed {SEED}: {total} states of the disk, originals kept")


def test_cuts_without_sidecars(folder):
    """Slips that are not synced: what is claimed is known by the names of folder and file."""
    found, total = cuts(Night(folder, 10, 3, keep_done="0 d", sidecars=False), STATES // 5, rng(3))
    found.end()
    print(f"seed {SEED}: {total} states of the disk, no sidecars")


main(test_cuts, test_cuts_kept, test_cuts_without_sidecars)
