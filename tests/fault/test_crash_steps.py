"""SIGKILL before and after each call of an import that changes a disk, and again while the next run recovers: before or after, never between."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faults import FLUXRSA, LONG, SANITIZED, SEED, Findings, Instance, Scene, check, environment, equal, main, rng, some  # noqa: E402

STEPS = 10**9 if LONG else 15 if SANITIZED else 40
COMPOUND = 500 if LONG else 10 if SANITIZED else 30
SIGKILL = -9


def test_every_step(folder):
    scene, found = Scene(folder, 400 if LONG else 60), Findings()
    killed, applied = 0, 0
    for n in some(rng(), STEPS, scene.counts["step"]):
        for what in ("KILL", "KILLED"):
            scene.reset()
            spec = f"step:{what}:{n}"
            equal(scene.run(environment(spec=spec)).returncode, SIGKILL, f"{spec}: the end of the import")
            killed += 1
            with found:
                applied += scene.judge(None, spec, killed=True)
    found.end()
    check(0 < applied < killed, f"{applied} of {killed} killed imports were applied: the kills do not reach both sides of the commit")
    print(f"seed {SEED}: {killed} kills at {scene.counts['step']} steps, {applied} after the commit")


def test_recovery(folder):
    """Killed, then killed or failing again while it recovers, up to five times."""
    scene, found, chance = Scene(folder), Findings(), rng(1)
    steps, bad = scene.counts["step"], 0
    for case in range(COMPOUND):
        scene.reset()
        specs = []
        for _ in range(chance.randint(2, 5)):
            specs.append(chance.choice(("step:KILL:{}", "step:KILLED:{}", "step:EIO:{}+", "step:ENOSPC:{}+", "step:EIO:{}")).format(
                chance.randint(1, steps)))
            scene.run(environment(spec=specs[-1]))
            bad += 1
        with found:
            scene.judge(None, f"case {case}: {' then '.join(specs)}", killed=True)
    found.end()
    print(f"seed {SEED}: {bad} faults one after the other in {COMPOUND} cases")


def test_birth(folder):
    """init is killed or fails at each of its steps: the next one says what is in its way, or the instance is whole."""
    import shutil
    import subprocess

    place, counts = os.path.join(folder, "i"), os.path.join(folder, "count")
    words = [FLUXRSA, "init", place, "--departement", "062"]
    subprocess.run(words, env=environment(count=counts), stdout=subprocess.DEVNULL, check=True)
    with open(counts, encoding="ascii") as f:
        steps = int(dict(line.split() for line in f)["step"])
    found, whole = Findings(), 0
    for n in range(1, steps + 1):
        for what in ("KILL", "EIO", "ENOSPC"):
            shutil.rmtree(place, ignore_errors=True)
            spec = f"step:{what}:{n}"
            done = subprocess.run(words, env=environment(spec=spec), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            with found:
                whole += born(place, spec, done)
    found.end()
    check(whole > 0, "no instance was whole after a late fault")
    print(f"{3 * steps} faults at {steps} steps of init, {whole} left a whole instance")


def born(place, what, done):
    again = Instance.__new__(Instance)
    again.folder, again.config = place, os.path.join(place, "fluxrsa.conf")
    if done.returncode == 0:
        again.dump()
        return True
    if done.returncode != SIGKILL:
        check(done.returncode in (64, 69, 74) and done.stderr.startswith(b"fluxrsa: "), f"{what}: exit {done.returncode} {done.stderr}")
    if not os.path.exists(again.config):
        return False
    # The store is there and whole, or no command takes it for one.
    status = again.run("status", expect=None)
    check(status.code in (0, 69, 74, 77, 78) and (status.code == 0 or status.err.startswith("fluxrsa: ")),
          f"{what}: then status: exit {status.code} {status.err}")
    if status.code == 0:
        again.dump()
    return status.code == 0


main(test_every_step, test_recovery, test_birth)
