"""The time of an as-of read inside one process, over a store of 24 monthly flux. Usage: asof.py [HOUSEHOLDS]"""
import json
import os
import subprocess
import sys
import tempfile

BUILD = os.environ["FLUXRSA_BUILD"]
FLUXRSA = os.path.join(BUILD, "fluxrsa")
MONTHS = 24
LIMIT_US = 1000


def run(*words):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True).stdout.decode()


def build(folder, households):
    run(FLUXRSA, "init", folder, "--departement", "062")
    for k in range(MONTHS):
        path = os.path.join(folder, "flux.xml")
        month = f"{2023 + k // 12:04d}-{1 + k % 12:02d}"
        run(FLUXRSA, "sample", "generate", "--households", str(households), "--month", month, "--month-index", str(k), "-o", path)
        result = json.loads(run(FLUXRSA, "-c", os.path.join(folder, "fluxrsa.conf"), "import", "--json", path))[0]
        if result["status"] != "applied":
            sys.exit(f"{month}: {result['status']} {result['reasons']}")
        os.remove(path)


def main():
    households = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    with tempfile.TemporaryDirectory(prefix="fluxrsa-asof-") as top:
        folder = os.path.join(top, "instance")
        build(folder, households)
        keys = os.path.join(folder, "keys")
        line = run(os.path.join(BUILD, "tests", "asof"), os.path.join(folder, "store"), keys, os.path.join(keys, "master.key"))
    print(line, end="")
    measured = json.loads(line)
    if measured["mean_us"] > LIMIT_US or measured["p99_us"] > LIMIT_US:
        sys.exit(f"an as-of read takes more than {LIMIT_US} µs")


main()
