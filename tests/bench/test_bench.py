"""The bench still runs and prints each of its rows, in their order; nothing is said here of the figures themselves."""
import json
import os
import subprocess
import sys
import tempfile

BENCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run.py")
XSD = os.path.join(os.environ["FLUXRSA_BUILD"], "tests", "xsd_stream")
NOOP = os.path.join(os.environ["FLUXRSA_BUILD"], "tests", "noop_sax")
EMIT = os.path.join(os.environ["FLUXRSA_BUILD"], "flux", "record", "schema-emit")
FLUXRSA = os.path.join(os.environ["FLUXRSA_BUILD"], "fluxrsa")
TIMES = ["noop", "xsd-ours", "xsd-official", "parse", "check", "import", "import-5", "import-again", "import-zip", "import-gzip"]
ENOUGH = (2000, 8000, 32000)  # households: memory is looked at now and then, and a look may come late
SIZES = ["xsd-parse", "store", "written-import", "anon-import", "beyond-import", "written-import-5", "anon-import-5", "beyond-import-5"]


def check(condition, what):
    if not condition:
        sys.exit(f"FAILED {what}")


def bench(*words):
    done = subprocess.run([sys.executable, "-B", BENCH, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    check(done.returncode == 0, f"run.py {' '.join(words)}: exit {done.returncode}\n{done.stderr.decode()}")
    return done.stdout.decode()


def unseen(report):
    """Rows of which memory must be seen, and was not."""
    by_name = {r["name"]: r for r in report["time"]}
    return [by_name[name] for name, key in (("parse", "parser_mib"), ("import", "parser_mib"), ("import", "own_mib")) if by_name[name][key] <= 1]


def cost():
    for households in ENOUGH:
        report = json.loads(bench("--households", str(households), "--rounds", "1", "--json"))
        if not unseen(report):
            break
    check([r["name"] for r in report["time"]] == TIMES, f"rows: {[r['name'] for r in report['time']]}")
    check([r["name"] for r in report["sizes"]] == SIZES, f"sizes: {[r['name'] for r in report['sizes']]}")
    for row in report["time"]:
        measured = "skipped" not in row and row["cpu_seconds"] > 0 and row["wall"]["median"] > 0
        check(measured or (row["name"] == "xsd-official" and "skipped" in row), f"row {row}")
    check(not unseen(report), f"memory was not seen: {unseen(report)}")
    store = next(r for r in report["sizes"] if r["name"] == "store")
    check(store["value"] > 0.01, f"{store}")


def text():
    lines = bench("--households", "100", "--rounds", "1", "--only", "parse").split("\n")
    check(sum(line.startswith(("yardstick", "parser alone")) for line in lines) == 2, "\n".join(lines))


def growth():
    report = json.loads(bench("--growth", "200", "100", "--rounds", "1", "--json"))
    rows = report["growth"]
    check([r["households"] for r in rows] == [100, 200], f"{rows}")
    check(all(r["imports"] > 1 and r["cpu_us"]["median"] > 0 and r["store"] > 0.01 for r in rows), f"{rows}")


def yardsticks(folder):
    """They really read: what is wrong is not passed over."""
    good, wrong, cut, xsd = (os.path.join(folder, n) for n in ("good.xml", "wrong.xml", "cut.xml", "ours.xsd"))
    subprocess.run([FLUXRSA, "sample", "generate", "--households", "3", "-o", good], check=True, stdout=subprocess.DEVNULL)
    with open(good, encoding="utf-8") as f:
        content = f.read()
    with open(wrong, "w", encoding="utf-8") as f:
        f.write(content.replace("<DTNAI>", "<DTNAI>x", 1))
    with open(cut, "w", encoding="utf-8") as f:
        f.write(content[:len(content) // 2])
    with open(xsd, "wb") as f:
        subprocess.run([EMIT, "xsd"], check=True, stdout=f)
    verdicts = {name: (subprocess.call([NOOP, name]), subprocess.call([XSD, xsd, name])) for name in (good, wrong, cut)}
    check(verdicts == {good: (0, 0), wrong: (0, 65), cut: (65, 65)}, f"{verdicts}")


with tempfile.TemporaryDirectory() as place:
    yardsticks(place)
cost()
text()
growth()
print("ok")
