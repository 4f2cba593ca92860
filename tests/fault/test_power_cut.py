"""Power cuts, from a record of what an import and a birth write: whatever the disk kept of what was not synced, the content is before or after,
and what was acknowledged is there."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from disk import Disk, read_log  # noqa: E402
from faults import FLUXRSA, LONG, SANITIZED, SEED, Failure, Findings, Instance, Scene, check, environment, equal, main, rng  # noqa: E402

STATES = 5000 if LONG else 40 if SANITIZED else 250
MODES = ("prefix", "none", "subset", "torn")


def recorded(words, root, log, spec=""):
    """The disk as it was before the command, and what the command did to it."""
    disk = Disk(root)
    if os.path.exists(log):
        os.unlink(log)
    done = subprocess.run(words, env=environment(log=log, root=root, spec=spec) if spec else environment(log=log, root=root),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    check(done.returncode == 0, f"the recorded run: exit {done.returncode} {done.stderr.decode()}")
    return disk, read_log(log)


def states(disk, ops, count, chance):
    """(operations done, mode, disk), spread over the whole run, and all four modes at its end."""
    last = [len(ops)] * max(1, count // (20 * len(MODES)))
    cuts = sorted([chance.randint(0, len(ops)) for _ in range(count // len(MODES) - len(last))] + last)
    done = 0
    for cut in cuts:
        for op in ops[done:cut]:
            disk.take(op)
        done = cut
        for mode in MODES:
            yield cut, mode, disk


def cut_import(folder, scene, count, chance, spec=""):
    scene.reset(os.path.join(folder, "recorded"))
    disk, ops = recorded(scene.command(scene.b), scene.place, os.path.join(folder, "log"), spec)
    check(len(ops) > 15 and any(op.kind == "sync" for op in ops), f"only {len(ops)} operations were recorded")
    found, applied, total = Findings(), 0, 0
    place = os.path.join(folder, "state")
    for cut, mode, state in states(disk, ops, count, chance):
        shutil.rmtree(place, ignore_errors=True)
        state.survivor(place, mode, chance)
        scene.stand(place)
        total += 1
        with found:
            after = scene.judge(None, f"cut after {cut} of {len(ops)}, {mode}", killed=True)
            check(after or cut < len(ops), f"cut after the end, {mode}: the import was acknowledged, and it is not there")
            applied += after
    return found, total, applied


def test_import(folder):
    scene = Scene(folder)
    found, total, applied = cut_import(folder, scene, STATES, rng())
    found.end()
    check(0 < applied < total, f"{applied} of {total} states show the flux")
    print(f"seed {SEED}: {total} states of the disk, {applied} after the commit")


def test_birth(folder):
    """An instance that was being made is whole, or no command takes it for one; what init acknowledged is whole."""
    root, place, chance = os.path.join(folder, "root"), os.path.join(folder, "state"), rng(1)
    os.mkdir(root)
    disk, ops = recorded([FLUXRSA, "init", os.path.join(root, "i"), "--departement", "062"], root, os.path.join(folder, "log"))
    found, whole, total = Findings(), 0, 0
    for cut, mode, state in states(disk, ops, STATES // 2, chance):
        shutil.rmtree(place, ignore_errors=True)
        state.survivor(place, mode, chance)
        total += 1
        with found:
            good = born(os.path.join(place, "i"), f"cut after {cut} of {len(ops)}, {mode}")
            check(good or cut < len(ops), f"cut after the end, {mode}: init ended with 0, and the instance is not whole")
            whole += good
    found.end()
    check(0 < whole < total, f"{whole} of {total} states were whole")
    print(f"seed {SEED}: {total} states of a new instance, {whole} whole")


def born(place, what):
    again = Instance.__new__(Instance)
    again.folder, again.config = place, os.path.join(place, "fluxrsa.conf")
    status = again.run("status", expect=None)
    check(status.code == 0 or (status.code in (66, 69, 74, 77, 78) and status.err.startswith("fluxrsa: ")),
          f"{what}: exit {status.code} {status.err}")
    if status.code:
        return False
    again.dump()
    return True


def test_syncs_matter(folder):
    """Each sync of an import is left out once: some state of the disk then shows that it is missed."""
    scene = Scene(folder)
    noticed = {}
    for kind in ("fsync", "fdatasync"):
        for n in range(1, scene.counts[kind] + 1):
            try:
                found, total, _ = cut_import(folder, scene, 200, rng(n), f"{kind}:lie:{n}")
                noticed[f"{kind} {n}"] = len(found.said)
            except Failure as why:
                noticed[f"{kind} {n}"] = str(why)
    print(noticed)
    equal([name for name, count in noticed.items() if not count], [], "syncs that no state misses")


main(*((test_import, test_birth) + ((test_syncs_matter,) if LONG or "--syncs" in sys.argv else ())))
