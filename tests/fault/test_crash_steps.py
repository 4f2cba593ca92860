"""SIGKILL before and after each call of an import that changes a disk, and again while the next run recovers: before or after, never between."""
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from disk import Disk, read_log  # noqa: E402
from faults import FLUXRSA, HONEST, LONG, SANITIZED, SEED, Findings, Instance, Scene, check, environment, equal, main, rng, some  # noqa: E402

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


def killed(scene, folder, chance, count):
    for _ in range(count):
        scene.reset(os.path.join(folder, "i"))
        spec = f"step:{chance.choice(('KILL', 'KILLED'))}:{chance.randint(1, scene.counts['step'])}"
        equal(scene.run(environment(spec=spec)).returncode, SIGKILL, f"{spec}: the end of the import")
        yield spec


def cut(scene, folder, chance, count):
    log, place = os.path.join(folder, "log"), os.path.join(folder, "state")
    scene.reset(os.path.join(folder, "recorded"))
    disk = Disk(scene.place)
    equal(scene.run(environment(log=log, root=scene.place)).returncode, 0, "the recorded import")
    ops, done = read_log(log), 0
    for at in sorted(chance.randint(1, len(ops)) for _ in range(count)):
        for op in ops[done:at]:
            disk.take(op)
        done, mode = at, chance.choice(("prefix", "none", "subset", "torn"))
        shutil.rmtree(place, ignore_errors=True)
        disk.survivor(place, mode, chance)
        scene.stand(place)
        yield f"cut after {at} of {len(ops)}, {mode}"


def test_recovery(folder):
    """Killed, or cut off, then killed or failing again while it recovers, up to four times."""
    scene, found, chance, met = Scene(folder), Findings(), rng(1), {}
    for begin in (killed, cut):
        for first in begin(scene, folder, chance, COMPOUND // 2):
            specs = []
            for _ in range(chance.randint(1, 4)):
                # What recovers comes first.
                n = chance.randint(1, chance.choice((4, 10, scene.counts["step"])))
                specs.append(chance.choice(("step:KILL:{}", "step:KILLED:{}", "step:EIO:{}+", "step:ENOSPC:{}+", "step:EIO:{}")).format(n))
                code = scene.run(environment(spec=specs[-1])).returncode
                kind = specs[-1].split(":")[1]
                met[kind] = met.get(kind, 0) + (code != 0)
                check(code in (0, SIGKILL, *HONEST), f"{first} then {' then '.join(specs)}: exit {code}")
            with found:
                scene.judge(None, f"{first} then {' then '.join(specs)}", killed=True)
    found.end()
    check(sum(met.values()) > COMPOUND // 2, f"only {met} were met: they do not fire")
    print(f"seed {SEED}: {COMPOUND // 2} kills and as many cuts, and while the next runs recovered {met}")


def test_birth(folder):
    """init is killed or fails at each of its steps: the next one says what is in its way, or the instance is whole."""
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
