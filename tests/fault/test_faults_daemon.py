"""Calls of the daemon fail, once or for ever: it says so and ends or goes on, nothing is lost, and the next start makes the same morning."""
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faults import LONG, SANITIZED, SEED, Findings, Instance, check, clock, environment, equal, main, read_counts, rng, some  # noqa: E402
from night import FLUXRSAD, Night  # noqa: E402

ERRORS = {
    "open": ("EIO", "EMFILE", "ENOMEM"),
    "create": ("EIO", "ENOSPC", "EROFS"),
    "read": ("EIO", "EINTR", "short"),
    "write": ("EIO", "ENOSPC", "short", "late"),
    "fsync": ("EIO", "ENOSPC", "late"),
    "rename": ("EIO", "ENOSPC", "EROFS"),
    "unlink": ("EIO", "EROFS"),
    "mkdir": ("EIO", "ENOSPC", "EROFS"),
    "ftruncate": ("EIO",),
    "flock": ("EIO",),
    "fork": ("EAGAIN", "ENOMEM"),
    "execve": ("ENOMEM", "EIO"),
    "pipe": ("EMFILE",),
}
EACH = 40 if LONG else 1
MEMORY = int(os.environ.get("FLUXRSA_MEMORY", 10**9 if LONG else 8))
WORDS = 80  # allocations until the command line is read
# For a daemon that would wait for a mended disk as long as it takes: seconds, and nights that nothing disturbs.
SECONDS, NIGHTS = 2, 3


def points(counts, chance):
    for kind, errors in ERRORS.items():
        for error in errors:
            for n in some(chance, EACH, max(counts[kind], 1)):
                for plus in ("",) if error in ("EINTR", "short", "late") else ("", "+"):
                    yield f"{kind}:{error}:{n}{plus}"
    for n in () if SANITIZED else some(chance, MEMORY, counts["malloc"]):
        for plus in ("", "+"):
            yield f"malloc:ENOMEM:{n}{plus}"


def listens(pid):
    """Whether a SIGTERM reaches its loop; before that it is the end of any program."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        blocked = next((line.split()[1] for line in f if line.startswith("SigBlk:")), "0")
    return bool(int(blocked, 16) & 1 << signal.SIGTERM - 1)


def wait_for(daemon, condition):
    end = clock() + 300
    while daemon.poll() is None and not condition() and clock() < end:
        time.sleep(0.02)


def import_failed(night):
    with open(os.path.join(night.folder, "log"), "rb") as f:
        return b"fluxrsa: " in f.read().partition(b"is being imported")[2]


def disturbed(night, spec, seconds):
    """Exit code of a daemon that is disturbed, or had to be ended."""
    daemon = night.start("--once", env=environment(program="fluxrsad", spec=spec))
    try:
        return daemon.wait(timeout=seconds if night.sidecars else seconds + 1)
    except subprocess.TimeoutExpired:
        wait_for(daemon, lambda: listens(daemon.pid))
        daemon.terminate()
        return daemon.wait(timeout=60)


def campaign(night, wanted=None):
    path = os.path.join(night.folder, "count")
    found, done, told, chance = Findings(), 0, 0, rng()
    night.reset()
    for name in night.names:
        night.drop(name)
    started = clock()
    equal(night.start("--once", env=environment(program="fluxrsad", count=path)).wait(timeout=300), 0, "the counted night")
    seconds = max(SECONDS, NIGHTS * (clock() - started))
    counts = read_counts(path)
    os.unlink(path)
    specs = list(points(counts, chance))
    for spec in chance.sample(specs, wanted) if wanted else specs:
        night.reset()
        for name in night.names:
            night.drop(name)
        done += 1
        with found:
            code = disturbed(night, spec, seconds)
            told += code != 0
            check(code in (0, 64, 66, 69, 70, 74, 75, 77, 78), f"{spec}: exit {code}")
            night.nothing_lost(night.names, spec)
            night.morning(spec)
    found.end()
    check(told > done // 10, f"only {told} of {done} faults were told: they do not fire")
    print(f"seed {SEED}: {done} faults of the daemon, {told} ended it with an error")


def test_daemon(folder):
    campaign(Night(folder, 8, 1))


def test_daemon_without_sidecars(folder):
    """Each night lasts a second longer."""
    campaign(Night(folder, 8, 1, sidecars=False), 200 if LONG else 12)


def test_command_line(folder):
    """Without memory for the words that it was given, the daemon says so, and takes no other configuration than the one that was named."""
    if SANITIZED:
        print("a sanitizer keeps memory for itself: not done")
        return
    config, found = Instance(os.path.join(folder, "i")).config, Findings()
    for spec in (f"malloc:ENOMEM:{n}{plus}" for n in range(1, WORDS + 1) for plus in ("", "+")):
        done = subprocess.run([FLUXRSAD, "-c", config, "--once"], env=environment(program="fluxrsad", spec=spec), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        with found:
            check(done.returncode in (0, 75) and b"/etc/fluxrsa" not in done.stderr, f"{spec}: exit {done.returncode} {done.stderr}")
            check(done.returncode == 0 or b"fluxrsad: " in done.stderr, f"{spec}: nothing was said")
    found.end()


def test_imports_fail(folder):
    """The machine fails under the imports: the files wait in work, whatever restarts, and none is blamed."""
    night, found = Night(folder, 8, 1), Findings()
    for spec in ("pwrite:EIO:1+", "pwrite:ENOSPC:2+", "fdatasync:EIO:1+", "fsync:EIO:1+", "create:EROFS:1+", "open:EMFILE:9+", "fork:EAGAIN:1+"):
        night.reset()
        for name in night.names:
            night.drop(name)
        with found:
            for _ in range(2):
                os.truncate(os.path.join(night.folder, "log"), 0)
                daemon = night.start(env=environment(program="fluxrsa", spec=spec))
                wait_for(daemon, lambda: import_failed(night))
                check(import_failed(night), f"{spec}: no import failed")
                time.sleep(1)  # until it is tried again, or meanwhile
                daemon.kill()
                daemon.wait()
                night.nothing_lost(night.names, spec)
            equal(night.morning(spec), 0, f"{spec}: files that had to be put back")
    found.end()


main(test_daemon, test_daemon_without_sidecars, test_command_line, test_imports_fail)
