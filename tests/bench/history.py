"""What two years of history cost: the import of a month onto them beside that on an empty store, and an as-of read inside one process.
Usage: history.py [HOUSEHOLDS [ROUNDS]]"""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

from measure import measured
from subjects import BUILD, FLUXRSA

MONTHS = 24
LIMIT_US = 1000  # of an as-of read
LIMIT_RATIO = 1.3  # of an import, to that on an empty store


def run(*words):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True).stdout.decode()


def month_file(folder, households, k):
    path = os.path.join(folder, f"month-{k}.xml")
    run(FLUXRSA, "sample", "generate", "--households", str(households), "--month", f"{2023 + k // 12:04d}-{1 + k % 12:02d}",
        "--month-index", str(k), "-o", path)
    return path


def take(place, path):
    used = measured(FLUXRSA, "-c", os.path.join(place, "fluxrsa.conf"), "import", "--json", path)
    used.result = json.loads(used.out)[0]
    if used.result["status"] != "applied":
        sys.exit(f"{path}: {used.result['status']} {used.result['reasons']}")
    return used


def new_instance(folder, name):
    place = os.path.join(folder, name)
    run(FLUXRSA, "init", place, "--departement", "062")
    return place


def build(folder, households):
    place = new_instance(folder, "history")
    for k in range(MONTHS):
        path = month_file(folder, households, k)
        take(place, path)
        os.remove(path)
    return place


def one_round(folder, history, path):
    """CPU seconds of the import onto the history, and onto nothing; what became of the households of the first."""
    kept = history + ".kept"
    shutil.copytree(history, kept)
    onto = take(history, path)
    shutil.rmtree(history)
    os.rename(kept, history)
    empty = new_instance(folder, "empty")
    alone = take(empty, path)
    shutil.rmtree(empty)
    return onto.cpu, alone.cpu, onto.result


def cost_of_a_month(folder, history, households, rounds):
    path = month_file(folder, households, MONTHS)
    rows = [one_round(folder, history, path) for _ in range(rounds)]
    ratios = [onto / alone for onto, alone, _ in rows]
    counts = {name: rows[0][2][name] for name in ("created", "updated", "unchanged", "superseded", "rejected")}
    return {"households": households, "months": MONTHS, "rounds": rounds, **counts, "ratio": round(statistics.median(ratios), 3),
            "ratio_min": round(min(ratios), 3), "ratio_max": round(max(ratios), 3),
            "cpu_history": round(statistics.median(r[0] for r in rows), 2), "cpu_empty": round(statistics.median(r[1] for r in rows), 2)}


def main():
    households = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory(prefix="fluxrsa-history-") as top:
        history = build(top, households)
        keys = os.path.join(history, "keys")
        line = run(os.path.join(BUILD, "tests", "asof"), os.path.join(history, "store"), keys, os.path.join(keys, "master.key"))
        print(line, end="", flush=True)
        cost = cost_of_a_month(top, history, households, rounds)
    print(json.dumps(cost))
    read = json.loads(line)
    if read["mean_us"] > LIMIT_US or read["p99_us"] > LIMIT_US:
        sys.exit(f"an as-of read takes more than {LIMIT_US} µs")
    if cost["ratio"] > LIMIT_RATIO:
        sys.exit(f"a month onto history costs more than {LIMIT_RATIO} times a month onto nothing")


main()
