"""A damaged store is told, never crashed upon: cut at any length, any bit of its file wrong. Nothing wrong passes for right."""
import os
import random
import shutil
import struct
import subprocess

from kit import DUMP, Instance, check, equal, main, sample

LONG = bool(os.environ.get("FLUXRSA_LONG"))
SANITIZED = os.environ.get("FLUXRSA_SANITIZED") == "1"
SEED = int(os.environ.get("FLUXRSA_SEED", "20250111"))
# Of a page of LMDB: its flag, the size of its head.
LEAF, PAGE_HEAD = 2, 16
# Exit codes of a command that meets a damaged store.
HONEST = (69, 74)


def stored(folder):
    """Two months, older images, a reject: a store of every table; the path of its file and the file's bytes."""
    i = Instance(os.path.join(folder, "i"), max_created_share="0 %", max_missing_share="0 %", max_reject_share="100 %")
    for month in (0, 1):
        path = sample(os.path.join(folder, f"{month}.xml"), 12, "--month", f"2025-{month + 1:02}", "--month-index", str(month), "--changed", "500")
        with open(path, "rb") as f:
            text = f.read()
        at = text.index(b"<DTNAI>", month * len(text) // 2)
        with open(path, "wb") as f:
            f.write(text[:at] + text[at:].replace(b"<DTNAI>", b"<DTNAI>x", 1))
        equal(i.imported(path)[0]["rejected"], 1, "rejects")
    data = os.path.join(i.folder, "store", "gen-1", "data.mdb")
    with open(data, "rb") as f:
        return i, data, f.read()


def put(path, data):
    with open(path, "wb") as f:
        f.write(data)


def content(i):
    done = subprocess.run([DUMP, *(os.path.join(i.folder, *n) for n in (("store",), ("keys",), ("keys", "master.key")))],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.stdout if done.returncode == 0 else None


def verified(i, data, what, wanted):
    """Exit 0 only for what is right; else a sentence that names the file. True when it was found."""
    done = i.run("store", "verify", expect=None, timeout=60)
    if done.code == 0:
        equal(content(i), wanted, f"{what}: found sound, and the content")
        return False
    check(done.code in HONEST, f"{what}: exit {done.code} {done.err}")
    check(data in done.err or os.path.dirname(os.path.dirname(data)) in done.err, f"{what}: no file is named: {done.err}")
    return True


def test_cut(folder):
    i, data, whole = stored(folder)
    wanted, rng, found = content(i), random.Random(SEED), 0
    tries = 1000 if LONG else 40 if SANITIZED else 200
    for n in range(tries):
        size = rng.randrange(len(whole)) if n % 2 else 4096 * rng.randrange(len(whole) // 4096)
        put(data, whole[:size])
        found += verified(i, data, f"{size} of {len(whole)} bytes", wanted)
    put(data, whole)
    i.run("store", "verify")
    print(f"seed {SEED}: {tries} cuts, {found} found, the others lost nothing")
    check(found > tries // 2, "cuts are found")


def test_wrong_bits(folder):
    """Over the whole file, its tree too. A bit that is not found is one that says nothing: of a free page, of unused room."""
    i, data, whole = stored(folder)
    wanted, rng, found = content(i), random.Random(SEED), 0
    tries = 10000 if LONG else 100 if SANITIZED else 2000
    for n in range(tries):
        at, bit = rng.randrange(len(whole)), rng.randrange(8)
        put(data, whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1:])
        found += verified(i, data, f"byte {at} (page {at // 4096}), bit {bit}", wanted)
    print(f"seed {SEED}: {tries} wrong bits, {found} found, the others changed nothing")
    # One bit in ten falls on what a page uses: a quarter of that leaves room for chance.
    check(found > tries // 40, "wrong bits are found")


def test_pages(folder):
    """Whole pages wrong: zeros, noise, another page."""
    i, data, whole = stored(folder)
    wanted, rng, found = content(i), random.Random(SEED), 0
    pages = len(whole) // 4096
    for page in range(pages):
        other = rng.randrange(pages)
        for new in (bytes(4096), rng.randbytes(4096), whole[other * 4096:other * 4096 + 4096]):
            put(data, whole[:page * 4096] + new + whole[page * 4096 + 4096:])
            found += verified(i, data, f"page {page}", wanted)
    print(f"seed {SEED}: {3 * pages} wrong pages, {found} found")
    check(found > 0, "wrong pages are found")


def test_commands(folder):
    """Whatever command meets the damage, it ends by itself."""
    i, data, whole = stored(folder)
    rng = random.Random(SEED)
    flux = sample(os.path.join(folder, "next.xml"), 12, "--month", "2025-03", "--month-index", "2", "--changed", "500")
    commands = (("flux", "list"), ("rejects", "list"), ("status",), ("report", "anomalies"), ("import", flux), ("store", "compact"),
                ("store", "backup"), ("flux", "undo", "2", "--reason", "a test", "--dry-run"), ("config", "check"))
    model, ended, circles = os.path.join(folder, "model"), 0, 0
    shutil.copytree(i.folder, model)
    for n in range(900 if LONG else 30 if SANITIZED else 180):
        command = commands[n % len(commands)]
        shutil.rmtree(i.folder)
        shutil.copytree(model, i.folder)
        page, at = rng.randrange(2, len(whole) // 4096), rng.randrange(4096)
        noise = bytearray(whole)
        noise[page * 4096 + at % 16:page * 4096 + at % 16 + 64] = rng.randbytes(64)
        put(data, bytes(noise))
        try:
            done = i.run(*command, expect=None, timeout=20)
        except subprocess.TimeoutExpired:
            # LMDB can go round in circles on noise: the daemon's time limit is for that.
            circles += 1
            continue
        check(0 <= done.code < 128 and done.code != 70, f"page {page}, {command}: exit {done.code} {done.err}")
        check(done.code not in HONEST or "fluxrsa" in done.err, f"page {page}, {command}: exit {done.code} without a sentence")
        ended += done.code in HONEST
    print(f"seed {SEED}: {ended} commands ended on the damage, {circles} by the time limit")
    check(ended > 0 and circles < 5, "the damage is met")


def test_missing_entries(folder):
    """A page that lost its last entry, or has two the wrong way round, makes a tree that can be walked: no copy of it is taken for whole."""
    i, data, whole = stored(folder)
    wanted, wrong = content(i), 0
    for page in range(2, len(whole) // 4096):
        at = page * 4096
        flags, lower = struct.unpack_from("<HH", whole, at + 10)
        if flags != LEAF or not PAGE_HEAD + 4 <= lower <= 4096:
            continue
        first, second = at + PAGE_HEAD, at + PAGE_HEAD + 2
        for bad in (whole[:at + 12] + struct.pack("<H", lower - 2) + whole[at + 14:],
                    whole[:first] + whole[second:second + 2] + whole[first:second] + whole[second + 2:]):
            put(data, bad)
            if i.run("store", "verify", expect=None).code == 0:
                equal(content(i), wanted, f"page {page}: it says nothing")
                continue
            wrong += 1
            for verb in ("backup", "compact"):
                check(i.run("store", verb, expect=None).code in HONEST, f"page {page}: {verb}")
    put(data, whole)
    equal(content(i), wanted, "the store")
    print(f"{wrong} pages with a wrong list of entries")
    check(wrong > 10, "what is wrong is found")


def test_backup_too(folder):
    i, _, _ = stored(folder)
    path = i.run("store", "backup", "--json").json()["folder"]
    done = i.run("store", "verify", path, "--json").json()
    check(done["ok"] and done["entries"] > 100, f"{done}")
    with open(os.path.join(path, "data.mdb"), "r+b") as f:
        f.truncate(20000)
    check(path in i.run("store", "verify", path, expect=69).err, "the message names the backup")


main(*[f for name, f in sorted(globals().items()) if name.startswith("test_")])
