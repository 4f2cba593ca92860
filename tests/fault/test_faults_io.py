"""Every call of an import fails, once or for ever: a clear error, the content before or after, and the next run puts it right."""
import fcntl
import json
import os
import resource
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faults import HONEST, Findings, LONG, SANITIZED, SEED, Scene, check, clock, environment, equal, main, rng, some  # noqa: E402

# What each call can really answer. An interrupted call that is tried again for ever would never end.
ERRORS = {
    "open": ("EIO", "EMFILE", "ENOMEM", "EINTR", "EACCES"),
    "create": ("EIO", "ENOSPC", "EDQUOT", "EMFILE", "EROFS", "EINTR"),
    "read": ("EIO", "EINTR", "short"),
    "pread": ("EIO", "EINTR", "short"),
    "write": ("EIO", "late", "ENOSPC", "EDQUOT", "EINTR", "short"),
    "pwrite": ("EIO", "late", "ENOSPC", "EDQUOT", "EINTR", "short"),
    "writev": ("EIO", "ENOSPC", "EDQUOT", "EINTR", "short"),
    "fsync": ("EIO", "late", "ENOSPC", "EDQUOT", "EINTR", "EROFS"),
    "fdatasync": ("EIO", "late", "ENOSPC", "EDQUOT", "EINTR", "EROFS"),
    "rename": ("EIO", "ENOSPC", "EROFS"),
    "unlink": ("EIO", "EROFS"),
    "mkdir": ("EIO", "ENOSPC", "EROFS"),
    "mmap": ("ENOMEM",),
    "ftruncate": ("EIO", "late", "ENOSPC", "EROFS", "EINTR"),
    "flock": ("EINTR", "ENOMEM"),
    "fcntl": ("ENOLCK",),
    "fork": ("EAGAIN", "ENOMEM"),
    "execve": ("ENOMEM", "EIO", "EACCES", "ENOENT"),
    "pipe": ("EMFILE",),
    "poll": ("EINTR", "ENOMEM"),
}
EACH = 1000 if LONG else 3 if SANITIZED else 5
MEMORY = 10**9 if LONG else 60
WORDS = 60  # allocations until the command line is read
DAY = 86400


def points(scene, chance):
    for kind, errors in ERRORS.items():
        # The call of what was forked comes after those of its parent.
        calls = max(scene.counts[kind], 1) if kind == "execve" else scene.counts[kind]
        for error in errors:
            for n in some(chance, EACH, calls):
                # Whether the standard streams are open is asked first, and always answered.
                if kind == "fcntl" and n <= 3:
                    continue
                for plus in ("",) if error in ("EINTR", "short", "late") else ("", "+"):
                    yield f"{kind}:{error}:{n}{plus}"


def test_every_call(folder):
    scene = Scene(folder)
    done, after, told, found = 0, 0, 0, Findings()
    for spec in points(scene, rng()):
        scene.reset()
        result = scene.run(environment(spec=spec))
        done, told = done + 1, told + (result.returncode != 0)
        with found:
            # Where the parser cannot be started, 70 says that fluxrsa is not installed as it should be.
            after += scene.judge(result, spec, codes=HONEST + ((70,) if spec.startswith("execve") else ()))
    found.end()
    check(done > 100 and told > done // 4 and after > 10, f"{done} faults, {told} told, {after} applied all the same: the faults do not fire")
    print(f"seed {SEED}: {done} faults on {sum(scene.counts[k] for k in ERRORS)} calls, {told} ended in an error, {after} left the flux applied")


def test_memory(folder):
    if SANITIZED:
        print("a sanitizer keeps memory for itself: not done")
        return
    scene = Scene(folder, 3)
    done, after, aborted, found = 0, 0, 0, Findings()
    for n in sorted({*range(1, WORDS + 1), *some(rng(1), MEMORY, scene.counts["malloc"])}):
        for plus in ("", "+"):
            scene.reset()
            what = f"malloc:ENOMEM:{n}{plus}"
            result = scene.run(environment(spec=what))
            gave_up = result.returncode in (69, 70) and b"this machine had no memory left" in result.stderr
            done, aborted = done + 1, aborted + gave_up
            with found:
                check(b"/etc/fluxrsa" not in result.stderr, f"{what}: took another configuration than the one that was named")
                after += scene.judge(result, what, killed=gave_up)
    found.end()
    check(aborted < 20, f"{aborted} imports were stopped by a library")
    print(f"seed {SEED}: memory refused {done} times at {scene.counts['malloc']} points, once and for ever, {aborted} times a library gave up, "
          f"{after} left the flux applied")


def test_clock(folder):
    """A clock that is set back while an import runs, or before, changes no content and no order."""
    scene, found = Scene(folder), Findings()
    for seconds in (-10 * 365 * DAY, -DAY, DAY):
        for n in some(rng(2), 4, scene.counts["clock"]):
            scene.reset()
            what = f"clock:{seconds}:{n}+"
            result = scene.run(environment(spec=what))
            with found:
                # A flux that comes from the future is held.
                applied = scene.judge(result, what, codes=(65,))
                check(applied or b"F_FUTURE" in result.stdout, f"{what}: not applied")
                check(applied or seconds < 0, f"{what}: held")
    found.end()


def test_commit_is_looked_up(folder):
    """A commit that failed, or that was told as failed and is on the disk, is never told as anything but what a fresh look finds."""
    scene, outcomes = Scene(folder), set()
    faults = [(kind, what, n) for kind in ("fdatasync", "pwrite") for what in ("EIO", "late") for n in range(1, scene.counts[kind] + 1)]
    # LMDB takes back a meta page that was told as failed; when that fails as well, the transaction stands.
    faults += [("pwrite", "late", f"{n},pwrite:EIO:{n + 1}") for n in range(1, scene.counts["pwrite"])]
    for kind, what, n in faults:
        scene.reset()
        done = scene.run(environment(spec=f"{kind}:{what}:{n}"))
        after = scene.instance.dump() == scene.after
        outcomes.add((done.returncode, after))
        check(done.returncode or after, f"{kind}:{what}:{n}: ended with 0, and it was not done")
        told = [f["status"] for f in json.loads(done.stdout.decode() or "[]")]
        check(after or "applied" not in told, f"{kind}:{what}:{n}: told as applied")
        # What failed after the commit concerns the journal: the flux is told as applied.
        check(not after or told == ["applied"], f"{kind}:{what}:{n}: applied, and told as {told}")
        scene.judge_next(f"{kind}:{what}:{n}", after)
    check({(74, False), (74, True)} <= outcomes, f"not both sides of the commit failed: {outcomes}")


def test_full_output(folder):
    """Who reads the verdict has gone, or its disk is full: the flux is applied, and the exit code is not 0."""
    scene = Scene(folder)
    with open("/dev/full", "wb") as full:
        code = subprocess.run(scene.command(scene.b), env=environment(), stdout=full, stderr=subprocess.PIPE).returncode
    equal(code, 74, "exit code")
    equal(scene.instance.dump(), scene.after, "the content")
    scene.judge_next("full output", True)


def test_closed_streams(folder):
    """A stream that was closed at the start is no place for a file that is opened later; said where there is nothing to stand in for it."""
    scene = Scene(folder)
    for fd in range(3):
        scene.reset()
        done = scene.run(environment(), preexec_fn=lambda: os.close(fd))
        equal(done.returncode, 0, f"exit code without stream {fd}")
        check(scene.judge(done, f"without stream {fd}", killed=True), f"not applied without stream {fd}")
        scene.reset()
        done = scene.run(environment(spec="open:EIO:1"), preexec_fn=lambda: os.close(fd))
        equal((done.returncode, b"standard stream" in done.stderr), (74, fd != 2), f"without stream {fd} and its stand-in")


def limited(scene, what, limit, value):
    def lower():
        resource.setrlimit(limit, (value, resource.getrlimit(limit)[1]))

    scene.reset()
    env = environment()
    del env["LD_PRELOAD"]
    done = scene.run(env, preexec_fn=lower)
    return scene.judge(done, f"{what} {value}", codes=HONEST + (70,)), done.returncode


def test_limits(folder):
    """Limits of the kernel, which reach the parser too."""
    if SANITIZED:
        print("a sanitizer needs more than these limits: not done")
        return
    scene = Scene(folder)
    failed, found = 0, Findings()
    limits = [("open files", resource.RLIMIT_NOFILE, n) for n in range(4, 24)]
    limits += [("size of a file", resource.RLIMIT_FSIZE, n << 10) for n in (0, 1, 4, 8, 16, 32, 64, 96, 128, 192, 256)]
    limits += [("address space", resource.RLIMIT_AS, n << 20) for n in (64, 1024, 65536, 65536 + 32, 65536 + 64, 65536 + 128)]
    for what, limit, value in limits:
        with found:
            failed += limited(scene, what, limit, value)[1] != 0
    found.end()
    check(failed > 15, f"only {failed} limits were felt")
    print(f"{failed} limits ended in an error")


def test_signal_just_before_the_wait(folder):
    """An import that waits for another writer ends, also by a signal that came an instant before its wait."""
    scene = Scene(folder)
    scene.reset()
    with open(os.path.join(scene.place, "store", "write.lock"), "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for n in range(1, scene.counts["flock"] + 2):
            done = scene.run(environment(spec=f"flock:INT:{n}"), timeout=60)
            if b"waiting for its turn" in done.stderr:
                break
        equal((done.returncode, b"run the command again" in done.stderr), (69, True), f"the end of the wait: {done.stderr}")
    equal(scene.judge(done, "after the wait"), False, "it was applied")


def timed(case):
    def run(folder):
        started = clock()
        case(folder)
        print(f"{case.__name__}: {clock() - started:.0f} s")

    run.__name__ = case.__name__
    return run


CASES = (test_every_call, test_memory, test_clock, test_commit_is_looked_up, test_full_output, test_closed_streams, test_limits,
         test_signal_just_before_the_wait)
main(*(timed(case) for case in CASES if not sys.argv[1:] or case.__name__ in sys.argv[1:]))
