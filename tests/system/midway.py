"""Imports that are in the middle of their flux, whatever the speed of the machine: they wait for whoever writes the store."""
import contextlib
import fcntl
import os
import signal
import subprocess
import time

from kit import FLUXRSA, check, parser_of


def lock_of(i):
    return os.path.join(i.folder, "store", "write.lock")


@contextlib.contextmanager
def midway(i, path, *words):
    """The import, and its parser, which has more to tell than the pipe between them holds."""
    with open(lock_of(i), "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        p = subprocess.Popen([FLUXRSA, "-c", i.config, "import", *words, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
                             env={**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en"})
        check(b"waiting for its turn" in p.stderr.readline(), "the import waits")
        child = parser_of(p.pid)
        check(child, "no parser was seen")
        yield p, child


def interrupted(i, path):
    """Exit code and last words of an import that a signal ends, and its parser."""
    i.set("stall_seconds", "3600")
    with midway(i, path) as (p, child):
        os.kill(child, signal.SIGSTOP)
    # Who has the lock writes its name there.
    while not os.path.getsize(lock_of(i)) and p.poll() is None:
        time.sleep(0.001)
    p.send_signal(signal.SIGINT)
    _, err = p.communicate(timeout=60)
    return p.returncode, err.decode(), child
