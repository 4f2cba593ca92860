"""A night of hostile and wrong files: whatever is refused, held or set aside, each says why by a code, and no NIR, name or first name of their
persons stands in what the daemon, its imports and the morning's commands write. FLUXRSA_LONG=1: 256 files."""
import glob
import importlib
import json
import os
import random
import re
import sys

from lxml import etree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon_kit import Daemon, Place, until  # noqa: E402
from kit import SOURCE, check, equal, main, sample  # noqa: E402

sys.path.insert(0, os.path.join(SOURCE, "tests", "hostile"))
from case import write  # noqa: E402

LONG = bool(os.environ.get("FLUXRSA_LONG"))
SEED = int(os.environ.get("FLUXRSA_SEED", "20250112"))
FILES = 256 if LONG else 32
PERSONAL = ("NIR", "NOM", "NOMNAI", "PRENOM", "MATRICULE")
NUMBER = re.compile(r"\d{11,15}[0-9A-Z]?")
# Where a value of a person may stand that no schema wants there: each says so, and none may quote it.
PLACES = ("ROLEPERS", "DTNAI", "NUMDEMRSA", "CODPOS", "ETATDOSRSA", "DTREF", "NATFLUX", "NBTOTDOSRSATRANSM", "CIVI", "QUAL", "NATPREST",
          "CLE", "FONORG")


def values(paths):
    """Every NIR, name and first name that is long enough not to be there by chance."""
    numbers, names = set(), set()
    for path in paths:
        for e in etree.parse(path).iter(*PERSONAL):
            text = (e.text or "").strip()
            if NUMBER.fullmatch(text) and text.strip("0"):
                numbers.add(text[:13])
            elif len(text) > 2:
                names.add(text)
    check(len(numbers) > 30 and len(names) > 30, f"{len(numbers)} numbers and {len(names)} names to look for")
    return numbers, names


def misplaced(path, folder, rng, persons):
    """Names and numbers where codes, dates, counts, comments, attributes belong."""
    os.makedirs(folder)
    made = []

    for place in PLACES:
        for kind, value in (("name", rng.choice(persons[1])), ("number", rng.choice(persons[0]))):
            tree = etree.parse(path)
            found = list(tree.getroot().iter(place))
            for e in found[:3]:
                e.text = value
                e.set("note", value)
                e.addprevious(etree.Comment(value))
                e.addprevious(etree.PI("note", value))
            if found:
                made.append(os.path.join(folder, f"{kind}-in-{place}.xml"))
                tree.write(made[-1], encoding="utf-8", xml_declaration=True)
    with open(path, "rb") as f:
        data = f.read()
    name = rng.choice(persons[1]).encode()
    ends = (("encoding", data.replace(b"utf-8", name, 1).replace(b"UTF-8", name, 1)),
            ("doctype", data.replace(b"?>", b'?><!DOCTYPE Racine [<!ENTITY a "' + name + b'">]>', 1)),
            ("cut", data[:data.index(b"</NOM>") - 2]), ("wild", data.replace(b"</NOM>", b"</NIR>", 1)),
            ("space", data.replace(b"<Racine", b'<Racine xmlns="' + name + b'"', 1)), ("letter", b"Dear " + name + b",\nnothing today.\n"))
    for kind, text in ends:
        made.append(os.path.join(folder, f"{kind}.xml"))
        with open(made[-1], "wb") as f:
            f.write(text)
    return made


def corpus(folder, rng):
    """As many files as are wanted, of each kind, and the flux that they were made of."""
    caf = sample(os.path.join(folder, "caf.xml"), 40)
    msa = sample(os.path.join(folder, "msa.xml"), 40, "--emitter", "msa", "--seed", "5")
    away = sample(os.path.join(folder, "away.xml"), 20, "--departement", "059", "--seed", "6")
    faulty = sample(os.path.join(folder, "faulty.xml"), 400 if LONG else 100, "--faults", "all", "--seed", "7")
    persons = [sorted(found) for found in values((caf, msa, away))]
    wrong = misplaced(caf, os.path.join(folder, "caf"), rng, persons) + misplaced(msa, os.path.join(folder, "msa"), rng, persons)
    chosen, kinds = [away, faulty, msa] + rng.sample(wrong, min(len(wrong), FILES // 4)), ("gzips", "tars", "xmls", "zips")
    for k, kind in enumerate(kinds):
        with open(msa if kind == "tars" else caf, "rb") as f:
            cases = [c for c in importlib.import_module(kind).cases(f.read()) if not c.heavy and "ACCEPT" not in c.codes]
        for c in rng.sample(cases, min(len(cases), (FILES - len(chosen)) // (len(kinds) - k))):
            chosen.append(os.path.join(folder, c.name))
            write(c, chosen[-1])
    equal(len(chosen), FILES, "files")
    return chosen, values((caf, msa, away, faulty))


def written(place, daemon, files):
    """What anybody may read in the morning, and what a command says of the same files, by where it stands."""
    yield "the log", daemon.text()
    for path in glob.glob(place.folder + "/**", recursive=True, include_hidden=True):
        if os.path.basename(path) in ("reason.txt", "result.json", "arrival", ".said", "journal.log"):
            with open(path, encoding="utf-8", errors="replace") as f:
                yield os.path.relpath(path, place.folder), f.read()
    yield "names", "\n".join(glob.glob(place.folder + "/**", recursive=True, include_hidden=True))
    flux = [str(f["flux"]) for f in place.run("flux", "list", "--json", "--limit", FILES * 3).json()]
    check(len(flux) >= FILES // 2, f"{len(flux)} flux in the ledger")
    for words in (("status",), ("status", "--json"), ("status", "--format", "prometheus"), ("report", "summary"),
                  ("flux", "list", "--limit", "999"), ("audit", "show"), ("audit", "show", "--json"), ("rejects", "list", "--all"), ("doctor",),
                  *((*verb, path) for path in files[:: 1 if LONG else 8] for verb in (("check",), ("import", "--dry-run"))),
                  *(("flux", verb, n) for n in flux[:: 1 if LONG else 6] for verb in ("show", "findings"))):
        done = place.run(*words, expect=None)
        yield " ".join(words), done.out + done.err


def test_nobody_is_named(folder):
    rng = random.Random(SEED)
    p = Place(os.path.join(folder, "i"), max_created_share="0 %", max_missing_share="0 %", stall_seconds="2")
    files, (numbers, names) = corpus(folder, rng)
    with Daemon(p) as d:
        d.said("STARTED")
        for n, path in enumerate(files):
            p.give(f"{n:03}-{os.path.basename(path)}", path)
        until(lambda: not os.listdir(p.drop) and not p.arrivals("work"), "all settled", 600, 0.1)
        d.stop()
    counts = p.counts()
    equal(sum(counts.values()), FILES, "ends")
    check(counts["refused"] + counts["held"] > FILES * 3 // 4, f"ends: {counts}")
    for state in ("refused", "held"):
        for arrival in p.arrivals(state):
            with open(os.path.join(p.folder, state, arrival, "result.json"), encoding="utf-8") as f:
                codes = [r["code"] for one in json.load(f) for r in one["reasons"]]
            check(codes and all(re.fullmatch(r"[FDV]_[A-Z_0-9]+", code) for code in codes), f"{state}/{arrival}: {codes}")
    digits = re.compile("|".join(sorted(numbers)))
    # Some are words of a sentence in small letters.
    words = re.compile(r"(?<!\w)(?:" + "|".join(re.escape(n) for name in sorted(names) for n in {name, name.title()}) + r")(?!\w)")
    hits, size = {}, 0
    with open(files[0], encoding="utf-8") as f:
        there = f.read()
    check(digits.search(there) and words.search(there), "what is looked for is found where it is")
    for where, text in written(p, d, files):
        size += len(text)
        if digits.search(text) or words.search(text):
            hits.setdefault(re.sub(r"\d+", "N", where), []).append(where)
            if os.environ.get("FLUXRSA_SHOW"):
                print(where, [(m.group(), text[max(0, m.start() - 60):m.end() + 40]) for r in (digits, words) for m in r.finditer(text)][:3])
    check(not hits, f"NIR or names in {sum(map(len, hits.values()))} texts: {[(k, v[:3]) for k, v in hits.items()]}")
    print(f"seed {SEED}: {FILES} files, {counts}; {len(numbers)} numbers and {len(names)} names in none of {size} characters")


main(test_nobody_is_named)
