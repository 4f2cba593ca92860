"""One process and its children, measured: CPU of all of them, wall time, memory of each, bytes sent to the disk."""
import os
import select
import subprocess
import sys
import tempfile
import threading
import time

KEPT = 1 << 20  # bytes of standard output that are kept; the rest is read and thrown away
SOON, LATER = 0.002, 0.02  # seconds between two looks at memory: in the first tenth of a second, and then
OUT_BLOCK = 512  # of ru_oublock
MIB = 1 << 20


class Used:
    """cpu, wall: seconds. peak, peak_anon: MiB of the process itself; child_peak: of its largest child. written: bytes, 0 where the file
    system has no disk."""

    def __init__(self):
        self.cpu = self.wall = self.peak = self.peak_anon = self.child_peak = 0.0
        self.written = 0
        self.out = b""


def memory(pid):
    """MiB at most so far, MiB of memory that no file backs now; None once it is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
            fields = dict(line.split(":", 1) for line in f)
        return int(fields["VmHWM"].split()[0]) / 1024, int(fields["RssAnon"].split()[0]) / 1024
    except (OSError, KeyError):
        return None


def children(pid, program):
    """Children that run another program by now: before that they are copies of their parent."""
    found = []
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            for child in f.read().split():
                with open(f"/proc/{child}/comm", encoding="ascii", errors="replace") as name:
                    if name.read().strip() != program:
                        found.append(child)
    except OSError:
        pass
    return found


def look(pid, program, used):
    now = memory(pid)
    if now:
        used.peak = max(used.peak, now[0])
        used.peak_anon = max(used.peak_anon, now[1])
    for child in children(pid, program):
        now = memory(child)
        if now:
            used.child_peak = max(used.child_peak, now[0])


def drain(stream, used):
    used.out = stream.read(KEPT)
    while stream.read(KEPT):
        pass


def watch(process, program, used):
    started = time.monotonic()
    handle = os.pidfd_open(process.pid)
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    try:
        while not poll.poll(1000 * (SOON if time.monotonic() - started < 0.1 else LATER)):
            look(process.pid, program, used)
    finally:
        os.close(handle)
    used.wall = time.monotonic() - started


def measured(*words, stdin=None, **options):
    """Runs a command that must succeed."""
    used = Used()
    with open(stdin or os.devnull, "rb") as source, tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(words, stdin=source, stdout=subprocess.PIPE, stderr=complaints, **options)
        reader = threading.Thread(target=drain, args=(process.stdout, used))
        reader.start()
        watch(process, os.path.basename(words[0]), used)
        _, status, usage = os.wait4(process.pid, 0)
        reader.join()
        process.stdout.close()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            complaints.seek(0)
            sys.exit(f"{' '.join(words)}: exit {process.returncode}: {complaints.read().decode()}{used.out.decode(errors='replace')}")
    used.cpu = usage.ru_utime + usage.ru_stime
    used.written = usage.ru_oublock * OUT_BLOCK
    return used


def bytes_on_disk(folder):
    return sum(os.stat(os.path.join(d, f)).st_blocks * 512 for d, _, files in os.walk(folder) for f in files)
