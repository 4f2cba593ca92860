"""The costs of fluxrsa in one command, as ratios within one run. docs/costs.md says what each row means.

run.py [--households N] [--rounds R] [--only NAME…] [--peers] [--growth [N…]] [--json]
FLUXRSA_BUILD: the build folder (build). TMPDIR: on a disk, with room for eight times the XML (6.5 KB a household)."""
import argparse
import json
import os
import platform
import shutil
import signal
import sys
import tempfile

from growth import SIZES, growth
from peers import Peers
from subjects import ROWS, Flux, Round, Skipped
from table import growth_rows, growth_text, peer_rows, peer_text, size_rows, size_text, time_rows, time_text

NAMES = [name for name, _, _ in ROWS]


def arguments():
    parser = argparse.ArgumentParser(description="the costs of fluxrsa, as ratios within one run")
    parser.add_argument("--households", type=int, default=100000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help=" ".join(NAMES))
    parser.add_argument("--peers", action="store_true", help="lxml with SQLite and with PostgreSQL too")
    parser.add_argument("--growth", nargs="*", type=int, metavar="N", help="instead: imports of these sizes (1,000 to 1,000,000)")
    parser.add_argument("--json", action="store_true")
    a = parser.parse_args()
    if a.households < 1 or a.rounds < 1 or min(a.growth or [1]) < 1:
        parser.error("numbers start at 1")
    return a


def machine():
    model = "?"
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        for line in f:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
    return {"cpu": model, "cpus": len(os.sched_getaffinity(0)), "kernel": platform.release(), "load": os.getloadavg()[0]}


def one_round(flux, wanted):
    found, at_hand = {}, Round(flux)
    try:
        for name, _, run in ROWS:
            if name in wanted:
                try:
                    found[name] = run(at_hand)
                except Skipped as why:
                    found[name] = why
    finally:
        at_hand.close()
    return found


def cost(folder, a):
    wanted = {"noop", *a.only, *(("import", "import-5") if a.peers else ())}
    flux = Flux(folder, a.households)
    peers = Peers(folder, a.households) if a.peers else None
    rounds, peer_rounds = [], []
    try:
        for _ in range(a.rounds):
            rounds.append(one_round(flux, wanted))
            if peers:
                peer_rounds.append(peers.one_round())
    finally:
        if peers:
            peers.close()
    report = {"households": a.households, "rounds": a.rounds, "xml_bytes": flux.size, "time": time_rows(rounds, wanted),
              "sizes": size_rows(rounds, flux.size)}
    if peers:
        report["peers"] = peer_rows(peer_rounds, rounds, a.households)
    return report


def show(report):
    m = report["machine"]
    print(f"{m['cpus']} x {m['cpu']}, Linux {m['kernel']}, load {m['load']:.1f} before, {m['load_after']:.1f} after")
    parts = []
    if "time" in report:
        print(f"{report['households']} households, {report['xml_bytes'] / 1e6:.1f} MB of XML, median of {report['rounds']} rounds")
        parts += [time_text(report["time"]), size_text(report["sizes"])]
    if "peers" in report:
        parts.append(peer_text(report["peers"]))
    if "growth" in report:
        parts.append(growth_text(report["growth"]))
    for lines in parts:
        print()
        for line in lines:
            print(line)


def main():
    a = arguments()
    # What was started is stopped, and what was written removed, when this ends before its time.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    report = {"schema": 1, "machine": machine()}
    folder = tempfile.mkdtemp(prefix="fluxrsa-bench-")
    try:
        if a.growth is None:
            report.update(cost(folder, a))
        else:
            report["growth"] = growth_rows(growth(folder, a.growth or SIZES, a.rounds))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report["machine"]["load_after"] = os.getloadavg()[0]
    if a.json:
        print(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        show(report)


main()
