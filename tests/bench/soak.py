"""Many small flux through one daemon: soak.py [N] [--json]. The first and the last of them come one by one, at a pace that the machine can
follow, those in between at once.
Nothing may grow but the store, and that by what it holds."""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from soak_flux import load  # noqa: E402
from soak_watch import STATES, Follower, Sampler  # noqa: E402

BUILD = os.environ["FLUXRSA_BUILD"]
FLUXRSA, FLUXRSAD = os.path.join(BUILD, "fluxrsa"), os.path.join(BUILD, "fluxrsad")
DUMP = os.path.join(BUILD, "tests", "dump")
SANITIZED = os.environ.get("FLUXRSA_SANITIZED") == "1"  # keeps freed memory for a while
SOAKED = 1000  # flux; of fewer, the imports that a sampler happens to see are too few to be compared
WARM, PACE = 60, 0.6  # flux that tell what the machine can do, and how much of that is asked of it
STEADY = 6  # one flux in so many comes at that pace before the burst, and one after it
PATIENCE = 1800  # seconds without an end
BATCH = 250  # files of one import by hand
GROWTH = ("fds", "rss", "import_anon", "parser_peak")  # what is not to grow
FLAT, SAME = 1.1, 1.15  # last quarter to first; store of the daemon to store by hand
MOMENT = 0.08  # KiB that an import holds for each flux before it (store/timeline.h)
END_OF = {"applied": "done", "already": "done", "refused": "refused", "held": "held"}


class Place:
    """An instance whose times are short and that keeps nothing of what it has imported."""

    def __init__(self, folder):
        self.folder, self.config = folder, os.path.join(folder, "fluxrsa.conf")
        self.drop = os.path.join(folder, "drop", "caf")
        subprocess.run([FLUXRSA, "init", folder, "--departement", "062"], check=True, stdout=subprocess.DEVNULL)
        with open(self.config, encoding="utf-8") as f:
            text = f.read().replace("#scan = 60 s", "scan = 5 s").replace("#sink = auto", "sink = json")
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(text)

    def run(self, *words):
        return subprocess.run([FLUXRSA, "-c", self.config, *words], stdout=subprocess.PIPE, check=False)

    def status(self):
        return json.loads(self.run("status", "--json").stdout)

    def count(self, state):
        return sum(not name.startswith(".") for name in os.listdir(os.path.join(self.folder, state)))

    def content(self):
        keys = os.path.join(self.folder, "keys")
        return subprocess.run([DUMP, os.path.join(self.folder, "store"), keys, os.path.join(keys, "master.key")], stdout=subprocess.PIPE,
                              check=True).stdout


class Run:
    """What is dropped, when, and what the daemon makes of it."""

    def __init__(self, folder, count):
        self.count, self.households = count, max(60, count // 5)
        self.files, self.sent, self.faults = os.path.join(folder, "files"), {}, []
        os.makedirs(self.files)
        self.place = Place(os.path.join(folder, "daemon"))
        self.items = iter(load(FLUXRSA, folder, count, self.households))
        self.fates, self.read = {}, 0
        self.folder = folder

    def check(self, condition, what):
        if not condition:
            self.faults.append(what)

    def drop(self, item):
        """As a payer that moves files in: the time is that of the rename."""
        part = os.path.join(self.place.drop, "." + item.name)
        with open(part, "wb") as f:
            f.write(item.data)
        self.fates[item.name] = item.fate
        self.read += item.households
        os.rename(part, os.path.join(self.place.drop, item.name))
        self.sent[item.name] = time.monotonic()

    def drop_some(self, count, each=0.0):
        """So many that are to be applied, and what lies between them."""
        due = time.monotonic()
        while count:
            item = next(self.items, None)
            if item is None:
                return
            time.sleep(max(0.0, due - time.monotonic()))
            due += each
            self.drop(item)
            count -= item.fate == "applied"

    def settle(self):
        done = self.follower.wait(len(self.sent), PATIENCE)
        if not done or self.follower.process.poll() is not None:
            raise SystemExit(f"FAILED {len(self.follower.ended)} of {len(self.sent)} ended: {self.follower.strange[-5:]}")

    def go(self):
        self.follower = Follower(FLUXRSAD, self.place.config)
        if not self.follower.started.wait(60):
            raise SystemExit(f"FAILED fluxrsad does not start: {self.follower.strange}")
        self.drop_some(WARM)
        self.settle()
        sampler = Sampler(self.follower, self.place, min(4.0, self.count / 500))
        sampler.start()
        first, last = min(self.sent.values()), max(e[2] for e in self.follower.ended.values())
        self.rate = PACE * len(self.sent) / (last - first)
        self.marks = [time.monotonic()]
        steady = self.count // STEADY
        for part, each in ((steady, 1 / self.rate), (self.count - WARM - 2 * steady, 0.0), (steady, 1 / self.rate)):
            self.drop_some(part, each)
            self.settle()
            self.marks.append(time.monotonic())
        sampler.done.set()
        sampler.join()
        self.check(sampler.error is None, f"sampling failed: {sampler.error!r}")
        self.samples = sampler.samples
        self.check(self.follower.stop() == 0, "fluxrsad did not end with 0")


def latencies(run, begin, end):
    found = sorted(run.follower.ended[name][2] - at for name, at in run.sent.items() if begin <= at < end)
    rank = [found[min(len(found) - 1, int(q * len(found)))] for q in (0.5, 0.99)]
    return {"files": len(found), "p50": rank[0], "p99": rank[1], "max": found[-1], "per_second": len(found) / (end - begin)}


def by_hand(run):
    """The same flux, imported without a daemon, in the order of their headers: the instance, KiB that each wrote, seconds."""
    place, written = Place(os.path.join(run.folder, "hand")), []
    begun, items = time.monotonic(), iter(load(FLUXRSA, run.folder, run.count, run.households))
    while True:
        files = []
        for item in (i for i in items if i.fate == "applied"):
            files.append(os.path.join(run.files, item.name))
            with open(files[-1], "wb") as f:
                f.write(item.data)
            if len(files) == BATCH:
                break
        if not files:
            return place, written, time.monotonic() - begun
        done = place.run("import", "--json", *files)
        if done.returncode:
            raise SystemExit("FAILED an import by hand")
        written += [flux["bytes_written"] / 1024 for flux in json.loads(done.stdout)]
        for path in files:
            os.unlink(path)


def judge_files(run):
    ended, place = run.follower.ended, run.place
    wrong = [name for name, fate in run.fates.items() if ended[name][0] != END_OF[fate] or not ended[name][1].startswith(f"1 {fate}")]
    run.check(not wrong, f"{len(wrong)} files ended otherwise: {[(n, run.fates[n], ended[n][:2]) for n in wrong[:3]]}")
    run.check(not os.listdir(place.drop), "something is left in the drop folder")
    for state in STATES:
        expected = sum(state not in ("work", "done") and END_OF[fate] == state for fate in run.fates.values())
        run.check(place.count(state) == expected, f"{place.count(state)} in {state}, expected {expected}")
    flux = json.loads(place.run("flux", "list", "--json").stdout)
    applied = [f for f in flux if f["status"] == "applied"]
    run.check(len(applied) == run.count, f"{len(applied)} flux applied, expected {run.count}")
    read = sum(f["read"] for f in applied)
    run.check(read == run.read, f"{read} households read, expected {run.read}")
    run.check(not run.follower.strange, f"{len(run.follower.strange)} events that should not be: {run.follower.strange[:3]}")
    run.check(place.run("store", "verify").returncode == 0, "the store does not verify")


def quarters(samples, name):
    """Medians of the first and of the last quarter; a sample in which no import was seen says nothing of imports."""
    seen = [s[name] for s in samples if s[name]] or [0]
    part = max(1, len(seen) // 4)
    return statistics.median(seen[:part]), statistics.median(seen[-part:])


def large(written):
    """KiB of the larger transactions of the first and of the last quarter."""
    part = max(1, len(written) // 4)
    return tuple(sorted(some)[int(0.95 * part)] for some in (written[:part], written[-part:]))


def judge_samples(run, written):
    """An import holds the pages of its transaction, more of them in a larger store, and the order of all flux: what it holds beside them is
    not to grow."""
    pages = large(written)
    for name in GROWTH[:1] if SANITIZED else GROWTH[:2] if run.count < SOAKED else GROWTH:
        first, last = quarters(run.samples, name)
        more = max(0, pages[1] - pages[0]) + MOMENT * run.count if name == "import_anon" else 0
        run.check(last <= FLAT * first + more, f"{name} grew from {first} to {last}, {more:.0f} KiB of it with pages and flux")
    run.check(all(s["zombies"] == 0 for s in run.samples), "zombies stayed")
    run.check(all(s["readers"] <= 2 and s["reader_lag"] <= 2 for s in run.samples), "readers stayed behind")
    end = run.place.status()["store"]
    run.check((end["readers"], end["reader_lag"]) == (1, 0), f"readers at the end: {end['readers']}, behind {end['reader_lag']}")


def report(run, hand, written, hand_seconds):
    end, other = run.place.status()["store"], hand.status()["store"]
    run.check(run.place.content() == hand.content(), "the content differs from that of imports by hand")
    for name in ("bytes_used", "bytes_file"):
        run.check(end[name] <= SAME * other[name], f"{name} of the store: {end[name]}, by hand {other[name]}")
    peaks = {name: max(s[name] for s in run.samples) for name in (*GROWTH, "import_peak", "work", "readers", "reader_lag")}
    changes = {name: quarters(run.samples, name) for name in (*GROWTH, "import_peak")}
    one, two, three, four = run.marks
    order = [name for name in run.follower.imported if run.fates[name] == "applied"]
    return {"flux": run.count, "files": len(run.sent), "households": run.read, "steady_rate": run.rate,
            "steady": latencies(run, one, two), "burst": latencies(run, two, three), "after": latencies(run, three, four),
            "imports_out_of_order": sum(a[11:] > b[11:] for a, b in zip(order, order[1:])), "quarters": changes, "most": peaks,
            "store": {name: [end[name], other[name]] for name in ("bytes_used", "bytes_file")},
            "bytes_per_household": end["bytes_used"] / run.read, "by_hand_seconds": hand_seconds, "transactions": large(written),
            "samples": run.samples, "faults": run.faults}


def show(r):
    for name in ("steady", "burst", "after"):
        part = r[name]
        print(f"{name:<8}{part['files']} files, {part['per_second']:.1f} a second; from rename to commit p50 {part['p50']:.3f} s, "
              f"p99 {part['p99']:.3f} s, max {part['max']:.3f} s")
    for name, unit in (("fds", ""), ("rss", " KiB"), ("import_anon", " KiB"), ("import_peak", " KiB"), ("parser_peak", " KiB")):
        first, last = r["quarters"][name]
        print(f"{name:<12} first quarter {first:g}{unit}, last {last:g}{unit}, most {r['most'][name]}{unit}")
    print("the larger transactions: {:.0f} KiB in the first quarter, {:.0f} in the last".format(*r["transactions"]))
    for name, (ours, other) in r["store"].items():
        print(f"store {name}: {ours}, by hand {other}")
    print(f"{r['bytes_per_household']:.0f} bytes per household; {r['imports_out_of_order']} imports out of order; "
          f"most in work {r['most']['work']}; readers at most {r['most']['readers']}, {r['most']['reader_lag']} behind; "
          f"by hand {r['by_hand_seconds']:.0f} s")
    print(f"load {' '.join(f'{n:.1f}' for n in os.getloadavg())}")


def main():
    words = [w for w in sys.argv[1:] if w != "--json"]
    folder = tempfile.mkdtemp(prefix="fluxrsa-soak-")
    run = Run(folder, int(words[0]) if words else 10000)
    try:
        run.go()
        judge_files(run)
        hand = by_hand(run)
        judge_samples(run, hand[1])
        found = report(run, *hand)
    finally:
        if run.follower.process.poll() is None:
            run.follower.process.kill()
        shutil.rmtree(folder)
    show(found)
    if "--json" in sys.argv[1:]:
        print(json.dumps(found))
    for fault in found["faults"]:
        print(f"FAILED {fault}")
    sys.exit(1 if found["faults"] else 0)


main()
