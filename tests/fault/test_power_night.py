"""Power cuts of a whole night, from a record of what the daemon and its imports write: whatever the disk kept of what was not synced, each file
lies somewhere or was applied, and the next start makes the same morning of it."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from disk import Disk, read_log  # noqa: E402
from faults import LONG, SANITIZED, SEED, Failure, Findings, check, environment, equal, main, read_counts, rng  # noqa: E402
from night import Night, sha256  # noqa: E402

STATES = 2500 if LONG else 16 if SANITIZED else 80
MODES = ("prefix", "none", "subset", "torn")


def record(night, spec=""):
    """The disk before the night, and what the night did to it."""
    log = os.path.join(night.folder, "record")
    if os.path.exists(log):
        os.unlink(log)
    night.reset(os.path.join(night.folder, "recorded"))
    for name in night.names:
        night.drop(name)
    disk = Disk(night.place)
    names = {"log": log, "root": night.place}
    if spec:
        names["spec"], names["once"] = spec, os.path.join(night.folder, "once")
        if os.path.exists(names["once"]):
            os.unlink(names["once"])
    env = environment(program="fluxrsad", **names)
    code = night.start("--once", env=env).wait(timeout=300)
    equal(code, 0, "the recorded night")
    return disk, read_log(log)


def cuts(night, states, chance, spec=""):
    found, total = Findings(), 0
    night.same_disk = False
    disk, ops = record(night, spec)
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


def test_claimed_is_whole(folder):
    """A payer's program that syncs nothing: once its file is claimed, the file is whole on the disk or in the store, whatever is cut."""
    night = Night(folder, 10, 1, keep_done="0 d", sidecars=False)
    name = [n for n in night.names if "RSABEM" in n][-1]
    check(not claimed(night, name, ""), "a claimed file was not whole")


def claimed(night, name, spec):
    """Descriptions of the states in which a claimed file is not whole."""
    log, chance = os.path.join(night.folder, "record"), rng(2)
    if os.path.exists(log):
        os.unlink(log)
    night.reset(os.path.join(night.folder, "recorded"))
    drop = os.path.join(night.place, "drop", "caf", name)
    disk = Disk(night.place)
    env = environment(program="fluxrsad", log=log, root=night.place)
    subprocess.run(["dd", "if=" + os.path.join(night.files, name), "of=" + drop + ".part", "bs=16k"], env=env, check=True,
                   stderr=subprocess.DEVNULL)
    subprocess.run(["mv", drop + ".part", drop], env=env, check=True)
    if spec:
        env["FLUXRSA_INJECT"], env["FLUXRSA_INJECT_ONCE"] = spec, os.path.join(night.folder, "once")
        if os.path.exists(env["FLUXRSA_INJECT_ONCE"]):
            os.unlink(env["FLUXRSA_INJECT_ONCE"])
    equal(night.start("--once", env=env).wait(timeout=300), 0, "the recorded night")
    ops, bad = read_log(log), []
    moved = [k for k, op in enumerate(ops) if op.kind == "rename" and op.words[0] == drop]
    check(moved, "the claim was not recorded")
    place = os.path.join(night.folder, "state")
    for k, op in enumerate(ops):
        disk.take(op)
        for mode in ("none", "torn") if k >= moved[0] else ():
            shutil.rmtree(place, ignore_errors=True)
            disk.survivor(place, mode, chance)
            night.stand(place)
            try:
                # What lies there is read: a file that is not whole is none that was dropped.
                if not night.where()[night.first_name(name)]:
                    check(sha256(os.path.join(night.files, name)) in night.ledger(), "neither there nor applied")
            except Failure as why:
                bad.append(f"cut after {k + 1} of {len(ops)}, {mode}: {why}")
    return bad


def test_syncs_matter(folder):
    """Each sync of the daemon is left out once: which of them some state misses."""
    path, missed = os.path.join(folder, "count"), {}
    night = Night(folder, 10, 1, keep_done="0 d" if "--destroy" in sys.argv else "30 d")
    night.reset()
    for name in night.names:
        night.drop(name)
    code = night.start("--once", env=environment(program="fluxrsad", count=path)).wait(timeout=300)
    equal(code, 0, "the counted night")
    for n in range(1, min(read_counts(path)["fsync"], 40) + 1):
        try:
            found, _ = cuts(night, 200, rng(n), f"fsync:lie:{n}")
            missed[n] = len(found.said)
        except Failure as why:
            missed[n] = str(why)
    print(f"states that miss fsync n of the daemon, of 200: {missed}")


cases = [test_cuts, test_cuts_kept, test_cuts_without_sidecars, test_claimed_is_whole]
main(*(cases + [test_syncs_matter] if "--syncs" in sys.argv else cases))
