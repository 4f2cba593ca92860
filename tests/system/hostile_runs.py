"""Hostile files through fluxrsa: each has one verdict, the one expected, within bounds, and nothing else changes."""
import json
import os
import subprocess
import sys
import time
from collections import namedtuple

from kit import BUILD, FLUXRSA, SOURCE, Instance, check, children_of, equal, sample

SANITIZED = os.environ.get("FLUXRSA_SANITIZED", "1" if "ASAN_OPTIONS" in os.environ else "0") == "1"
JUDGE = os.path.join(BUILD, "tests", "flips")
CPU_MAX, MIB_MAX, DESCRIPTORS_MAX = 5, 256, 24
HELD = {"F_REJECTS", "F_TOTALS"}
# Names that some cases try to write.
MARK = "evil-fluxrsa"

Case = namedtuple("Case", "path codes heavy")
Cost = namedtuple("Cost", "code out err cpu mib descriptors children")


def write_cases(kind, folder, flux):
    os.makedirs(folder, exist_ok=True)
    done = subprocess.run([sys.executable, "-B", os.path.join(SOURCE, "tests", "hostile", "write.py"), kind, folder, flux],
                          stdout=subprocess.PIPE, check=True)
    rows = [line.split("\t") for line in done.stdout.decode().splitlines()]
    check(len({name for name, _, _ in rows}) == len(rows), f"{kind}: two cases of one name")
    return [Case(os.path.join(folder, name), set(codes.split()), heavy == "heavy") for name, codes, heavy in rows]


def descriptors_of(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def measured(folder, *words):
    """Runs fluxrsa, watching its descriptors and children; memory and time are those of it and its children."""
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "LANGUAGE": "en"}
    env.update({n: os.environ[n] for n in ("ASAN_OPTIONS", "UBSAN_OPTIONS") if n in os.environ})
    out, err = os.path.join(folder, "out"), os.path.join(folder, "err")
    with open(out, "wb") as o, open(err, "wb") as e:
        p = subprocess.Popen([FLUXRSA, *words], stdout=o, stderr=e, env=env, cwd=os.path.join(folder, "cwd"))
        seen, most, pid = set(), 0, 0
        while not pid:
            seen.update(children_of(p.pid))
            most = max(most, descriptors_of(p.pid))
            pid, status, used = os.wait4(p.pid, os.WNOHANG)
            time.sleep(0 if pid else 0.01)
    p.returncode = os.waitstatus_to_exitcode(status)
    with open(out, "rb") as o, open(err, "rb") as e:
        return Cost(p.returncode, o.read(), e.read().decode(), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, most, seen)


def tree(*roots, but=()):
    """Every file below the roots with its size."""
    found = {}
    for root in roots:
        for at, folders, files in os.walk(root):
            folders[:] = [f for f in folders if os.path.join(at, f) not in but]
            for name in folders + files:
                path = os.path.join(at, name)
                found[path] = 0 if name in folders else os.lstat(path).st_size
    return found


def marks(folder):
    places = {"/", "/tmp", "/etc", "/var/tmp", os.getcwd(), os.path.expanduser("~"), SOURCE, BUILD}
    while folder != "/":
        places.add(folder)
        folder = os.path.dirname(folder)
    return [p for p in places if os.path.lexists(os.path.join(p, MARK))]


def verdict(v):
    """The code of a verdict, or ACCEPT."""
    if v["status"] in ("refused", "held"):
        check(v["reasons"], f"{v['file']}: {v['status']} without a reason")
        return v["reasons"][0]["code"]
    return "ACCEPT"


class Target:
    """An instance that has content, and what must stay as it is; flux is what the hostile files are made of."""

    def __init__(self, folder, same):
        self.folder, self.same = folder, same
        self.i = Instance(os.path.join(folder, "i"))
        self.flux = sample(os.path.join(folder, "m.xml"), 5)
        equal(self.i.imported(self.flux)[0]["status"], "applied", "the right flux")
        if not same:
            self.flux = sample(os.path.join(folder, "n.xml"), 5, "--month", "2025-02")
        os.mkdir(os.path.join(folder, "cwd"))
        self.content, self.rows = self.i.dump(), len(self.i.run("flux", "list", "--json").json())

    def changing(self):
        i = self.i.folder
        journal = [os.path.join(i, n) for n in os.listdir(i) if "journal" in n]
        return {os.path.join(i, "store"), *journal}

    def state(self, corpus):
        keep = self.changing()
        return {p: n for p, n in tree(self.i.folder, corpus, os.path.join(self.folder, "cwd"), but=keep).items() if p not in keep}

    def judge(self, kind):
        corpus = os.path.join(self.folder, kind)
        cases = write_cases(kind, corpus, self.flux)
        before = self.state(corpus)
        self.judge_inside(cases)
        # Sanitizers and the sandbox do not mix, and make a process ten times as dear: then each tenth file goes through the program.
        real = [c for n, c in enumerate(cases) if not SANITIZED or (n % 10 == 0 and not c.heavy)]
        refused = [c for c in real if "ACCEPT" not in c.codes]
        taken = [c for c in real if "ACCEPT" in c.codes]
        for batch in batches(refused):
            self.import_batch(batch, [])
        for batch in batches(taken):
            self.import_batch(batch, ["--dry-run"])
        equal(len(self.i.run("flux", "list", "--json").json()), self.rows + len(refused), f"{kind}: rows of the ledger")
        equal(self.i.dump(), self.content, f"{kind}: content")
        equal(self.state(corpus), before, f"{kind}: files")
        equal(marks(self.folder), [], f"{kind}: files written")
        return len(cases)

    def judge_inside(self, cases):
        """All in one process: no descriptor, and under sanitizers no byte, is left."""
        done = subprocess.run([JUDGE, "judge", *(c.path for c in cases)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        equal(done.returncode, 0, f"judge: {done.stderr.decode()[-2000:]}")
        got = dict(reversed(line.split("\t")) for line in done.stdout.decode().splitlines())
        for c in cases:
            code = got.get(c.path)
            fine = code in c.codes or (code in ("END", "SCAN") and c.codes & (HELD | {"ACCEPT"}))
            check(fine, f"{os.path.basename(c.path)} inside: {code} is not one of {sorted(c.codes)}")

    def import_batch(self, batch, options):
        paths = [c.path for c in batch]
        cost = measured(self.folder, "-c", self.i.config, "import", "--json", *options, *paths)
        what = f"{os.path.basename(paths[0])} and {len(paths) - 1} more"
        check(cost.code == 65 or (cost.code == 0 and any("ACCEPT" in c.codes for c in batch)), f"{what}: exit {cost.code}\n{cost.err}")
        verdicts = json.loads(cost.out)
        for c in batch:
            own = [v for v in verdicts if v["file"] in (c.path, os.path.basename(c.path))]
            name = os.path.basename(c.path)
            equal(len(own), 1, f"{name}: verdicts")
            code = verdict(own[0])
            check(code in c.codes, f"{name}: {code} is not one of {sorted(c.codes)}")
            check(not self.same or code != "ACCEPT" or own[0]["status"] == "already", f"{name}: {own[0]['status']}, not the same bytes")
        check(SANITIZED or (cost.cpu <= CPU_MAX and cost.mib <= MIB_MAX), f"{what}: {cost.cpu:.1f} s of CPU, {cost.mib:.0f} MiB")
        check(cost.descriptors <= DESCRIPTORS_MAX, f"{what}: {cost.descriptors} descriptors open")
        left = [p for p in cost.children if os.path.exists(f"/proc/{p}")]
        equal(left, [], f"{what}: children left")
        return cost


def batches(cases, size=30):
    """Heavy ones alone, so that the bounds hold for each; the sum of a batch is held to the bounds of one."""
    light = [c for c in cases if not c.heavy]
    for at in range(0, len(light), size):
        yield light[at:at + size]
    for c in cases:
        if c.heavy:
            yield [c]
