"""Calls of the daemon fail, once or for ever: it says so and ends or goes on, nothing is lost, and the next start makes the same morning."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faults import LONG, SANITIZED, SEED, Findings, Instance, check, environment, equal, main, read_counts, rng, some  # noqa: E402
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
SECONDS = 2  # for a daemon that would wait for a mended disk as long as it takes


def points(counts, chance):
    for kind, errors in ERRORS.items():
        for error in errors:
            for n in some(chance, EACH, max(counts[kind], 1)):
                for plus in ("",) if error in ("EINTR", "short", "late") else ("", "+"):
                    yield f"{kind}:{error}:{n}{plus}"
    for n in () if SANITIZED else some(chance, MEMORY, counts["malloc"]):
        for plus in ("", "+"):
            yield f"malloc:ENOMEM:{n}{plus}"


def disturbed(night, spec):
    """Exit code of a daemon that is disturbed, or 0 when it had to be ended."""
    daemon = night.start("--once", env=environment(program="fluxrsad", spec=spec))
    try:
        return daemon.wait(timeout=SECONDS if night.sidecars else SECONDS + 1)
    except subprocess.TimeoutExpired:
        daemon.terminate()
        return daemon.wait(timeout=60)


def campaign(night, wanted=None):
    path = os.path.join(night.folder, "count")
    found, done, told, chance = Findings(), 0, 0, rng()
    night.reset()
    for name in night.names:
        night.drop(name)
    equal(night.start("--once", env=environment(program="fluxrsad", count=path)).wait(timeout=300), 0, "the counted night")
    counts = read_counts(path)
    os.unlink(path)
    specs = list(points(counts, chance))
    for spec in chance.sample(specs, wanted) if wanted else specs:
        night.reset()
        for name in night.names:
            night.drop(name)
        done += 1
        with found:
            code = disturbed(night, spec)
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
                daemon = night.start(env=environment(program="fluxrsa", spec=spec))
                try:
                    daemon.wait(timeout=1.5)
                except subprocess.TimeoutExpired:
                    daemon.kill()
                    daemon.wait()
                night.nothing_lost(night.names, spec)
            equal(night.morning(spec), 0, f"{spec}: files that had to be put back")
    found.end()


main(test_daemon, test_daemon_without_sidecars, test_command_line, test_imports_fail)
