"""Power cuts of a real file system, ext4 or what FLUXRSA_FS names, while imports and a daemon write to it: what was acknowledged is there, the
rest is before or after."""
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mounts  # noqa: E402
from faults import LONG, SEED, Findings, Scene, check, clock, environment, main, rng  # noqa: E402
from night import Night  # noqa: E402

mounts.enter()
KIND = os.environ.get("FLUXRSA_FS", "ext4")
CUTS = int(os.environ.get("FLUXRSA_CUTS", "100" if LONG else "6"))
if mounts.skipped(KIND):
    sys.exit(mounts.SKIP)


def plain():
    env = environment()
    del env["LD_PRELOAD"]
    return env


def test_imports(folder):
    scene, found, chance = Scene(folder, 60), Findings(), rng()
    acknowledged, applied, cuts = 0, 0, CUTS // 2
    with mounts.Disk(os.path.join(folder, "image"), os.path.join(folder, "m"), KIND) as disk:
        length = 0.1
        for cut in range(-3, cuts):
            scene.reset(os.path.join(disk.place, "i"))
            disk.sync()
            started = clock()
            if cut < 0:
                # How long it takes here and now.
                scene.run(plain())
                length = clock() - started
                continue
            p = subprocess.Popen(scene.command(scene.b), env=plain(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            try:
                p.wait(timeout=chance.random() * 1.2 * length)
                # It may not be the machine that it was when this was measured.
                length = clock() - started
            except subprocess.TimeoutExpired:
                pass
            done = p.poll() == 0
            disk.cut()
            p.kill()
            p.communicate()
            disk.back()
            what = f"cut {cut}"
            with found:
                after = scene.judge(None, what, killed=True)
                check(after or not done, f"{what}: acknowledged, and not there")
                applied += after
                acknowledged += done
    found.end()
    check(CUTS < 50 or 0 < applied < cuts, f"{applied} of {cuts} after the commit")
    print(f"seed {SEED}, {KIND}: {cuts} cuts during an import, {applied} after the commit, {acknowledged} after it was acknowledged")


def test_nights(folder):
    """Cuts while the daemon claims, imports and settles; the cut is on the file system that holds all of the instance."""
    night, found, chance, cuts, rounds = Night(folder), Findings(), rng(1), 0, 0
    with mounts.Disk(os.path.join(folder, "image"), os.path.join(folder, "m"), KIND) as disk:
        while cuts < CUTS - CUTS // 2:
            night.reset(os.path.join(disk.place, "i"))
            for name in night.names:
                night.drop(name)
            disk.sync()
            with found:
                for _ in range(min(4, CUTS - CUTS // 2 - cuts)):
                    daemon = night.start()
                    time.sleep(0.02 + chance.random() * 0.15)
                    disk.cut()
                    os.kill(daemon.pid, signal.SIGKILL)
                    daemon.wait()
                    disk.back()
                    cuts += 1
                    night.nothing_lost(night.names, f"cut {cuts}")
                night.morning(f"night {rounds} after {cuts} cuts")
            rounds += 1
            shutil.rmtree(night.place)
    found.end()
    print(f"seed {SEED}, {KIND}: {cuts} cuts in {rounds} nights")


main(test_imports, test_nights)
