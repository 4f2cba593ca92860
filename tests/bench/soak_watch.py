"""A fluxrsad at work: what it says, as soon as it says it, and what it and its imports use meanwhile."""
import json
import os
import subprocess
import threading
import time

STATES = ("work", "done", "refused", "held")
ENDS = {"DONE": "done", "REFUSED": "refused", "HELD": "held"}
QUIET = {"STARTED", "CLAIMED", "IMPORTING", "STOPPING", "EXPIRED", *ENDS}
LOOK, STUCK = 0.02, 2.0  # seconds between two looks at the imports; after which a zombie stays


def fields(path):
    """Of a status file of /proc; {} when the process has gone."""
    try:
        with open(path, encoding="ascii", errors="replace") as f:
            return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
    except OSError:
        return {}


def kib(status, name):
    return int(status.get(name, "0 kB").split()[0])


class Follower:
    """The daemon and its log. ended: {file: (event, detail, when)}; strange: events that should not be."""

    def __init__(self, program, config):
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "LANGUAGE": "en"}
        env.update({name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ})
        self.process = subprocess.Popen([program, "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env)
        self.ended, self.strange, self.imported = {}, [], []
        self.started, self.changed = threading.Event(), threading.Condition()
        self.reader = threading.Thread(target=self.follow, daemon=True)
        self.reader.start()

    def follow(self):
        for line in self.process.stderr:
            now = time.monotonic()
            try:
                event = json.loads(line)
            except ValueError:
                event = {"event": "?", "message": line.decode(errors="replace")}
            self.take(event, now)

    def take(self, event, now):
        name = event["event"]
        with self.changed:
            if name == "IMPORTING":
                self.imported.append(event["file"])
            if name in ENDS:
                self.ended[event["file"]] = (ENDS[name], event.get("detail", ""), now)
            if name not in QUIET:
                self.strange.append(event["message"])
            self.changed.notify_all()
        if name == "STARTED":
            self.started.set()

    def wait(self, count, seconds):
        """Until so many files have ended; whether they have."""
        with self.changed:
            return self.changed.wait_for(lambda: len(self.ended) >= count or self.process.poll() is not None, seconds)

    def stop(self):
        self.process.terminate()
        code = self.process.wait(timeout=120)
        self.reader.join()
        return code


class Sampler(threading.Thread):
    """A sample every few seconds, until done is set."""

    def __init__(self, follower, place, every):
        super().__init__(daemon=True)
        self.follower, self.place, self.every = follower, place, every
        self.samples, self.done, self.error = [], threading.Event(), None
        self.zombies = {}  # since when

    def run(self):
        try:
            while not self.done.is_set():
                begun = time.monotonic()
                self.samples.append(self.sample(begun))
        except Exception as why:  # the run is worth nothing then, and says so
            self.error = why

    def sample(self, begun):
        pid = self.follower.process.pid
        seen = self.watch(pid, begun + self.every)
        own = fields(f"/proc/{pid}/status")
        status = self.place.status()["store"]
        found = {"at": time.monotonic(), "rss": kib(own, "VmRSS"), "peak": kib(own, "VmHWM"), "ended": len(self.follower.ended), **seen}
        found.update({name: status[name] for name in ("bytes_file", "bytes_used", "readers", "reader_lag")})
        found.update({state: self.place.count(state) for state in STATES})
        return found

    def watch(self, pid, until):
        """For a while: descriptors at least, since an import takes some while it runs; KiB at most of imports and of parsers that were
        seen, and of what no file backs in imports, since the store that they map grows; how many zombies stay."""
        peaks, fds, anon = {"fluxrsa": 0, "fluxrsa-parse": 0}, [], 0
        while time.monotonic() < until and not self.done.is_set():
            now, dead = time.monotonic(), set()
            fds.append(len(os.listdir(f"/proc/{pid}/fd")))
            for child in self.descendants(pid):
                status = fields(f"/proc/{child}/status")
                name = status.get("Name", "")
                if name in peaks:
                    peaks[name] = max(peaks[name], kib(status, "VmHWM"))
                    anon = max(anon, kib(status, "RssAnon") if name == "fluxrsa" else 0)
                if status.get("State", "").startswith("Z"):
                    dead.add(child)
            self.zombies = {child: self.zombies.get(child, now) for child in dead}
            time.sleep(LOOK)
        stuck = sum(time.monotonic() - since > STUCK for since in self.zombies.values())
        return {"fds": min(fds, default=0), "import_anon": anon, "import_peak": peaks["fluxrsa"], "parser_peak": peaks["fluxrsa-parse"],
                "zombies": stuck}

    def descendants(self, pid):
        found = []
        try:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
                for child in f.read().split():
                    found += [child, *self.descendants(child)]
        except OSError:
            pass
        return found
