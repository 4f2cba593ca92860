"""What the fault and crash campaigns share: one import to disturb, the preloaded library, and the judgement of what is left."""
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["FLUXRSA_SOURCE"], "tests", "system"))
from kit import BUILD, FLUXRSA, Failure, Instance, check, children_of, equal, main, run, sample  # noqa: E402,F401

INJECT = os.path.join(BUILD, "tests", "libinject.so")
SANITIZED = os.environ.get("FLUXRSA_SANITIZED") == "1"
LONG = bool(os.environ.get("FLUXRSA_LONG"))
SEED = int(os.environ.get("FLUXRSA_SEED", "20250107"))
# Exit codes of an import that could not be done: never 1 (done, with rejects), never 70 (a bug), and a fault of ours refuses no flux (65).
HONEST = (66, 69, 74, 75, 77, 78)


def environment(program="fluxrsa", **names):
    """names: spec, once, count, log, root of FLUXRSA_INJECT_…; spec alone is FLUXRSA_INJECT."""
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "LANGUAGE": "en", "LD_PRELOAD": INJECT, "FLUXRSA_INJECT_PROGRAM": program}
    for name, value in names.items():
        env["FLUXRSA_INJECT" if name == "spec" else "FLUXRSA_INJECT_" + name.upper()] = value
    if SANITIZED:
        env["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0:allocator_may_return_null=1"
    return env


def read_counts(path):
    with open(path, encoding="ascii") as f:
        return {kind: int(n) for kind, n in (line.split() for line in f)}


class Scene:
    """An instance that holds one flux, and another flux to import into it: its content before and after is known."""

    def __init__(self, folder, households=40):
        self.folder = folder
        self.model, self.place = os.path.join(folder, "model"), os.path.join(folder, "i")
        self.a = sample(os.path.join(folder, "a.xml"), households, "--month", "2025-01")
        self.b = sample(os.path.join(folder, "b.xml"), households * 2, "--month", "2025-02", "--month-index", "1", "--changed", "300")
        self.instance = Instance(self.model, profile="gestion", max_created_share="0 %", max_missing_share="0 %")
        self.instance.imported(self.a)
        self.before = self.instance.dump()
        self.reset()
        self.counts = self.count()
        self.after = self.instance.dump()
        check(self.before != self.after, "the second flux changes something")
        self.plain = {name[len(self.place):] for name in self.listing()}
        with open(self.b, "rb") as f:
            self.sha256 = hashlib.sha256(f.read()).hexdigest()

    def stand(self, place):
        self.place = self.instance.folder = place
        self.instance.config = os.path.join(place, "fluxrsa.conf")

    def reset(self, place=None):
        self.stand(place or self.place)
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.model, self.place)

    def command(self, *words):
        return [FLUXRSA, "-c", self.instance.config, "import", "--json", *words]

    def count(self):
        """How many calls of each kind the import makes; the import is done then."""
        path = os.path.join(self.folder, "count")
        done = subprocess.run(self.command(self.b), env=environment(count=path), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        check(done.returncode == 0, f"counting: exit {done.returncode} {done.stderr.decode()}")
        counts = read_counts(path)
        os.unlink(path)
        return counts

    def listing(self):
        return sorted(os.path.join(at, name) for at, _, names in os.walk(self.place) for name in names)

    def run(self, env, timeout=120, preexec_fn=None):
        return subprocess.run(self.command(self.b), env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=timeout, preexec_fn=preexec_fn)

    def judge(self, done, what, killed=False, codes=HONEST):
        """What one disturbed import has left: said in clear, before or after, and the next one puts it right. True when it was applied."""
        content = self.instance.dump()
        check(content in (self.before, self.after), f"{what}: the content is neither before nor after")
        applied = content == self.after
        if not killed:
            self.judge_words(done, what, applied, codes)
        return self.judge_next(what, applied)

    def judge_words(self, done, what, applied, codes):
        err = done.stderr.decode()
        if done.returncode == 0:
            check(applied, f"{what}: exit 0, and nothing was applied")
            equal([f["status"] for f in json.loads(done.stdout.decode())], ["applied"], f"{what}: the verdict")
            return
        check(done.returncode in codes, f"{what}: exit {done.returncode}: {err}")
        # What is refused or held says so on stdout; a library that ends the program may say something before us.
        said = any(line.startswith("fluxrsa: ") and len(line) > 20 for line in err.split("\n")[:2])
        check(said or done.returncode == 65, f"{what}: exit {done.returncode} without a sentence: {err!r}")
        for word in ("fault of fluxrsa", "internal error", "Sanitizer", "runtime error"):
            check(word not in err, f"{what}: {err}")

    def judge_next(self, what, applied):
        equal(self.instance.imported(self.b)[0]["status"], "already" if applied else "applied", f"{what}: the next run")
        equal(self.instance.dump(), self.after, f"{what}: the content after the next run")
        check(self.instance.run("audit", "verify", expect=None).code == 0, f"{what}: the journal does not verify")
        acts = [a["detail"].split()[0] for a in self.instance.run("audit", "show", "--json").json() if a["op"] == "import"]
        equal(acts.count("applied"), 2, f"{what}: lines of applied flux in the journal")
        flux = [f["sha256"] for f in self.instance.run("flux", "list", "--json").json() if f["status"] == "applied"]
        equal(flux.count(self.sha256), 1, f"{what}: the flux in the ledger")
        extra = [name for name in self.listing() if name[len(self.place):] not in self.plain]
        check(not extra, f"{what}: left behind: {extra}")
        return applied


class Findings:
    """Every failure of a campaign, and not its first one only."""

    def __init__(self):
        self.said = []

    def __enter__(self):
        return self

    def __exit__(self, kind, why, trace):
        if kind and issubclass(kind, Failure):
            self.said.append(str(why))
            return True
        return False

    def end(self):
        check(not self.said, f"{len(self.said)} failures\n  " + "\n  ".join(text[:600] for text in self.said[:200 if LONG else 40]))


def some(rng, wanted, of):
    """All of 1..of, or that many of them in order, with both ends."""
    if of <= wanted:
        return list(range(1, of + 1))
    return sorted({1, of} | set(rng.sample(range(1, of + 1), max(0, wanted - 2))))


def clock():
    return time.monotonic()


def rng(extra=0):
    return random.Random(SEED + extra)
