"""The costs of an import, as ratios within one run: CPU of the whole import against a SAX2 parse of the same bytes that does nothing, what
it is made of, memory of each process, store against XML, bytes written. Usage: run.py [HOUSEHOLDS] [ROUNDS]"""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

BUILD = os.environ.get("FLUXRSA_BUILD", "build")
FLUXRSA = os.path.join(BUILD, "fluxrsa")
PARSE = os.path.join(BUILD, "fluxrsa-parse")
NOOP = os.path.join(BUILD, "tests", "noop_sax")


def drain(stream):
    """The first mebibyte; the rest is read and thrown away."""
    kept = stream.read(1 << 20)
    while stream.read(1 << 20):
        pass
    return kept


def written(out):
    return json.loads(out)[0]["bytes_written"]


def measured(*words, stdin=None):
    """CPU seconds (children included), MiB of the largest process, what it printed."""
    source = open(stdin, "rb") if stdin else None
    p = subprocess.Popen(words, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out = drain(p.stdout)
    err = p.stderr.read()
    _, status, used = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode != 0:
        sys.exit(f"{words}: exit {p.returncode}: {err.decode()}{out.decode()}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, out


def size_of(folder):
    return sum(os.stat(os.path.join(d, f)).st_blocks * 512 for d, _, files in os.walk(folder) for f in files)


class Bench:
    def __init__(self, households, folder):
        self.folder, self.households = folder, households
        self.first, self.second = os.path.join(folder, "a.xml"), os.path.join(folder, "b.xml")
        for path, words in ((self.first, ("--month", "2025-01")), (self.second, ("--month", "2025-01", "--changed", "50"))):
            subprocess.run([FLUXRSA, "sample", "generate", "--households", str(households), "-o", path, *words], check=True,
                           stdout=subprocess.DEVNULL)

    def instance(self):
        place = tempfile.mkdtemp(prefix="instance-", dir=self.folder)
        subprocess.run([FLUXRSA, "init", place, "--departement", "062"], check=True, stdout=subprocess.DEVNULL)
        config = os.path.join(place, "fluxrsa.conf")
        with open(config, encoding="utf-8") as f:
            text = f.read()
        changed = []
        for line in text.split("\n"):
            key = line.lstrip("# ").split(" =")[0]
            changed.append({"keep": "keep = all", "nir": "nir = sealed", "legal_ref": "legal_ref = bench"}.get(key, line))
        with open(config, "w", encoding="utf-8") as f:
            f.write("\n".join(changed))
        return place, config

    def round(self):
        row = {}
        row["no-op SAX2"], _, _ = measured(NOOP, self.first)
        row["parse alone"], row["parser MiB"], _ = measured(PARSE, "AUTO", "accompagnement", "1", "all", stdin=self.first)
        place, config = self.instance()
        row["import, first"], row["importer MiB"], out = measured(FLUXRSA, "-c", config, "import", "--json", self.first)
        row["bytes written, first"] = written(out)
        row["store bytes"] = size_of(os.path.join(place, "store"))
        row["import, 5 % changed"], row["importer MiB, 5 %"], out = measured(FLUXRSA, "-c", config, "import", "--json", self.second)
        row["bytes written, 5 %"] = written(out)
        row["import, same file"], _, _ = measured(FLUXRSA, "-c", config, "import", self.second)
        shutil.rmtree(place)
        return row


def main():
    households = int(sys.argv[1]) if len(sys.argv) > 1 else 100000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    folder = tempfile.mkdtemp(prefix="fluxrsa-bench-")
    try:
        bench = Bench(households, folder)
        rows = [bench.round() for _ in range(rounds)]
        xml = os.path.getsize(bench.first)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{households} households, {xml / 1e6:.1f} MB of XML, median of {rounds} rounds, CPU of all processes")
    print(f"{'what':<28}{'CPU s':>9}{'/ no-op':>9}")
    for row in rows:
        row["  of which parse"] = row["parse alone"]
        row["  of which digest, ledger"] = row["import, same file"]
        row["  of which messages, store"] = row["import, first"] - row["parse alone"] - row["import, same file"]
    middle = {k: statistics.median(r[k] for r in rows) for k in rows[0]}
    for name in ("no-op SAX2", "import, first", "  of which parse", "  of which digest, ledger", "  of which messages, store",
                 "import, 5 % changed", "import, same file"):
        print(f"{name:<28}{middle[name]:>9.2f}{statistics.median(r[name] / r['no-op SAX2'] for r in rows):>9.2f}")
    print(f"store / XML                 {middle['store bytes'] / xml:>9.3f}")
    for name in ("bytes written, first", "bytes written, 5 %"):
        print(f"{name + ' / XML':<28}{middle[name] / xml:>9.3f}")
    for name in ("parser MiB", "importer MiB", "importer MiB, 5 %"):
        print(f"{name:<28}{middle[name]:>9.0f}")


main()
