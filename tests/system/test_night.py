"""A night of 40 mixed files through the daemon: each ends in the one right state, none is lost, the content is that of the right ones in
the order of their headers, and the summary says so."""
import json
import os
import time

import night_files
from daemon_kit import Daemon, Place, until
from kit import Instance, check, equal, main

# Seconds: of a slow writer, longer than the delay and far from ten times of it, when half a file is taken; between two files of the stream.
STILL, PAUSE, EACH = 2, 3.5, 0.3
DEADLINE = 600
STATES = ("done", "refused", "held")


def instance(folder):
    i = Place(os.path.join(folder, "instance"), max_created_share="0 %", still=f"{STILL} s")
    with open(i.config, encoding="utf-8") as f:
        text = f.read()
    text = text.replace("[source.msa]\n", "[source.msa]\ncomplete = sidecar\n").replace("[source.pe]\n", "[source.pe]\ncomplete = rename\nstill = 1 s\n")
    with open(i.config, "w", encoding="utf-8") as f:
        f.write(text)
    return i


def put(path, data, mode="wb"):
    with open(path, mode) as f:
        f.write(data)


def move_in(aside, path, data):
    os.makedirs(aside, exist_ok=True)
    temporary = os.path.join(aside, "x")
    if callable(data):
        data(temporary)
    else:
        put(temporary, data)
    os.rename(temporary, path)


def begin_slow(path, data):
    half = len(data) // 2
    f = open(path, "wb", buffering=0)
    f.write(data[:half])

    def end():
        with f:
            f.write(data[half:])
    return end


def begin(i, drop):
    """Does what can be done at once; what is left to do later, or None."""
    path = os.path.join(i.folder, "drop", drop.source, drop.name)
    aside = os.path.join(i.folder, "aside")
    if drop.way == "written":
        put(path, drop.data)
    elif drop.way == "slow":
        return begin_slow(path, drop.data)
    elif drop.way == "resumed":
        half = len(drop.data) // 2
        put(path, drop.data[:half])
        return lambda: put(path, drop.data[half:], "ab")
    elif drop.way == "fifo":
        os.mkfifo(path)
    elif drop.way == "link":
        os.symlink("/etc/passwd", path)
    elif drop.way == "folder":
        os.mkdir(path)
    else:
        move_in(aside, path, drop.data)
        if drop.way == "noted":
            put(path + ".ok", b"")
    return None


def kept_name(name):
    """What a name is in the spool: no control bytes."""
    return name.replace("\n", "_")


def ends(i):
    """The folders of the arrivals of each (state, source, name)."""
    found = {}
    for state in STATES:
        for name, ids in i.files(state).items():
            for one in ids:
                found.setdefault((state, one.split("-", 2)[2], name), []).append(os.path.join(i.folder, state, one))
    return found


def over(i, drops):
    """Whether every file that is to leave its drop folder has its end."""
    there = {(source, name) for _, source, name in ends(i)}
    return {(d.source, kept_name(d.name)) for d in drops if d.end != "left"} <= there


def judge(i, drops):
    found = ends(i)
    for d in drops:
        states = [state for state, source, name in found if (source, name) == (d.source, kept_name(d.name))]
        equal(states, [] if d.end == "left" else [d.end], f"{d.source}/{d.name!r}")
        path = os.path.join(i.folder, "drop", d.source, d.name)
        equal(os.path.lexists(path), d.end == "left", f"{d.source}/{d.name!r} in its drop folder")
        for here in found.get((d.end, d.source, kept_name(d.name)), []):
            with open(os.path.join(here, "result.json"), encoding="utf-8") as f:
                told = json.load(f)
            codes = [r["code"] for one in told for r in one["reasons"]]
            check(not d.codes or any(c.startswith(d.codes) for c in codes), f"{d.name!r}: {codes}, expected {d.codes}")
            with open(os.path.join(here, "reason.txt"), encoding="utf-8") as f:
                check(d.end == "done" or d.codes in f.read(), f"{d.name!r}: its reason names no code {d.codes}")


def test_every_file_has_its_end(folder):
    i = instance(folder)
    drops = night_files.night(folder)
    later = []
    with Daemon(i) as daemon:
        for k, drop in enumerate(drops):
            finish = begin(i, drop)
            if finish:
                later.append((time.monotonic() + PAUSE, finish))
            time.sleep(EACH if k <= 12 else 0)
        for at, finish in later:
            time.sleep(max(0, at - time.monotonic()))
            finish()
        until(lambda: over(i, drops), "the end of the night", DEADLINE)
        daemon.stop()
    judge(i, drops)
    content(folder, i, drops)
    summary(i)


def content(folder, i, drops):
    """As if the right ones had been imported one by one, by hand, in the order of their headers."""
    other = Instance(os.path.join(folder, "by-hand"), max_created_share="0 %")
    place = os.path.join(folder, "files")
    os.makedirs(place)
    paths = []
    for k, d in enumerate(drops):
        if d.end == "done":
            paths.append(os.path.join(place, str(k)))
            put(paths[-1], d.data)
    peeked = other.run("flux", "peek", "--json", *paths).json()["files"]
    for p in sorted(peeked, key=lambda p: p["order"]):
        other.run("import", p["file"])
    equal(i.dump() == other.dump(), True, "content of the daemon and by hand")


def summary(i):
    text = i.run("report", "summary").out
    lines = text.splitlines()
    check(len(lines) <= 10, f"the summary has {len(lines)} lines:\n{text}")
    for code in ("23 applied, 9 refused, 5 held", "2 F_EMITTER", "F_TRUNCATED"):
        check(code in text, f"the summary does not say {code}:\n{text}")


main(test_every_file_has_its_end)
