"""A fluxrsad under test: started on an instance, asked by signals, watched through its log and its folders. Every wait has a deadline."""
import json
import os
import shutil
import signal
import stat
import subprocess
import time

from kit import BUILD, FLUXRSA, Failure, Instance, check, sample

DEADLINE = 240  # seconds: a sanitizer on a busy machine needs many times what a build of its own does
STATES = ("work", "done", "refused", "held")


def until(condition, what, deadline=DEADLINE, pause=0.02):
    """The first true value of condition(), looked at so often."""
    end = time.monotonic() + deadline
    while True:
        # What comes while this process is kept waiting has come in time.
        last = time.monotonic() > end
        value = condition()
        if value:
            return value
        if last:
            raise Failure(f"not within {deadline} s: {what}")
        time.sleep(pause)


class Place(Instance):
    """An instance whose times are short."""

    def __init__(self, folder, **settings):
        super().__init__(folder, **{"still": "1 s", "scan": "1 s", "retry": "1 s", "sink": "json", "keep_done": "1 d", **settings})
        self.drop, self.logs = os.path.join(folder, "drop", "caf"), folder

    def arrivals(self, state):
        folder = os.path.join(self.folder, state)
        return sorted(n for n in os.listdir(folder) if not n.startswith("."))

    def files(self, state):
        """{name of the file: its arrival} of a state."""
        found = {}
        for arrival in self.arrivals(state):
            for name in os.listdir(os.path.join(self.folder, state, arrival)):
                if name not in ("arrival", "reason.txt", "result.json"):
                    found.setdefault(name, []).append(arrival)
        return found

    def counts(self):
        return {state: len(self.arrivals(state)) for state in STATES}

    def reason(self, state, name):
        arrival = self.files(state)[name][0]
        with open(os.path.join(self.folder, state, arrival, "reason.txt"), encoding="utf-8") as f:
            return f.read()

    def give(self, name, source, into=None):
        """Delivers under another name, then by rename."""
        into = into or self.drop
        with open(source, "rb") as f:
            data = f.read()
        part = os.path.join(into, "." + name)
        with open(part, "wb") as f:
            f.write(data)
        os.rename(part, os.path.join(into, name))


class Daemon:
    def __init__(self, place, *words, program=os.path.join(BUILD, "fluxrsad"), env=None):
        self.log = os.path.join(place.logs, f"daemon-{time.monotonic_ns()}.log")
        base = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "LANGUAGE": "en"}
        base.update({n: os.environ[n] for n in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "REAL", "ROOM") if n in os.environ})
        base.update(env or {})
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen([program, "-c", place.config, *words], stdout=out, stderr=out, env=base)

    def __enter__(self):
        return self

    def __exit__(self, *why):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait()

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def events(self, name=None):
        found = []
        for line in self.text().split("\n")[:-1]:
            try:
                event = json.loads(line)
            except ValueError as bad:
                raise Failure(f"no line of JSON: {line!r}") from bad
            if name in (None, event["event"]):
                found.append(event)
        return found

    def said(self, name, count=1):
        try:
            return until(lambda: len(self.events(name)) >= count, f"{name}, {count} times")
        except Failure as why:
            raise Failure(f"{why}\n{self.text()}") from why

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, expect=0):
        try:
            code = self.process.wait(timeout=DEADLINE)
        except subprocess.TimeoutExpired as why:
            raise Failure(f"fluxrsad does not end\n{self.text()}") from why
        check(code == expect, f"fluxrsad ended with {code}, expected {expect}\n{self.text()}")

    def stop(self):
        self.signal(signal.SIGTERM)
        self.wait()


def with_fake(folder, lines):
    """A fluxrsad beside a fluxrsa that runs these lines first."""
    programs = os.path.join(folder, "bin")
    os.mkdir(programs)
    shutil.copy(os.path.join(BUILD, "fluxrsad"), programs)
    with open(os.path.join(programs, "fluxrsa"), "w", encoding="ascii") as f:
        f.write(f'#!/bin/sh\n{lines}\nexec {FLUXRSA} "$@"\n')
    os.chmod(os.path.join(programs, "fluxrsa"), 0o755)
    return os.path.join(programs, "fluxrsad")


def closed(path):
    """Whether nobody else may read it."""
    return stat.S_IMODE(os.stat(path).st_mode) & 0o077 == 0


def make(folder, name, *words, households=20):
    return sample(os.path.join(folder, name), households, *words)
