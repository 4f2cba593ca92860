"""A flux is taken back: content, indexes, rejects and findings are as before it, and it can be imported again."""
import os
import re
import subprocess

from kit import BUILD, Instance, check, equal, main, sample

KEYS = os.path.join(BUILD, "tests", "keys")
HOUSEHOLDS = 60


def tables(i, values=True):
    """What lies in the store, but for the ledger and the counters; without values where entries were sealed anew."""
    folder = i.folder
    done = subprocess.run([KEYS, os.path.join(folder, "store"), os.path.join(folder, "keys"), os.path.join(folder, "keys", "master.key")],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    check(done.returncode == 0, f"keys: {done.stderr.decode()}")
    lines = done.stdout.decode().split("\n")
    return sorted(lines if values else [" ".join(line.split()[:2]) for line in lines])


def compare(i, before, what, values=True):
    now = tables(i, values)
    old = before if values else sorted(" ".join(line.split()[:2]) for line in before)
    check(now == old, f"{what}: {len(set(now) - set(old))} entries beyond, {len(set(old) - set(now))} lost, as "
          f"{sorted(set(now) ^ set(old))[:4]}")


def undo(i, flux, *words, expect=0):
    return i.run("flux", "undo", flux, "--reason", "a test", "--json", *words, expect=expect)


def edited(path, out, *changes):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    for old, new in changes:
        changed = re.sub(old, new, text, count=1) if isinstance(old, str) else old(text)
        check(changed != text, f"nothing to change: {old}")
        text = changed
    with open(out, "w", encoding="utf-8") as f:
        f.write(text)
    return out


def months(folder, count=3, households=HOUSEHOLDS):
    return [sample(os.path.join(folder, f"{n}.xml"), households, "--month", f"2025-{n + 1:02}", "--month-index", n, "--changed", "300")
            for n in range(count)]


def test_one_after_the_other(folder):
    i = Instance(os.path.join(folder, "i"))
    files = months(folder)
    empty = tables(i)
    states = []
    for f in files:
        equal(i.imported(f)[0]["status"], "applied", f)
        states.append((i.dump(), tables(i)))
    check(states[0][0] != states[1][0] != states[2][0], "each month changes something")
    for flux, (dump, lines) in ((3, states[1]), (2, states[0])):
        done = undo(i, flux).json()
        equal((done["status"], done["in_the_way"]), ("undone", None), f"flux {flux}")
        check(done["restored"] > 0, f"{done}")
        equal(i.dump(), dump, f"content without flux {flux}")
        compare(i, lines, f"tables without flux {flux}")
    equal(undo(i, 1).json()["removed"], HOUSEHOLDS, "dossiers of the first")
    equal(i.dump(), "", "nothing is left")
    compare(i, empty, "tables of an empty store")
    for f in files:
        equal(i.imported(f)[0]["status"], "applied", f"{f} again")
    fresh = Instance(os.path.join(folder, "fresh"))
    for f in files:
        fresh.imported(f)
    equal(i.dump(), fresh.dump(), "imported again: as in a fresh store")
    equal(i.dump(), states[2][0], "imported again: as before")
    check(i.run("audit", "verify").code == 0, "the journal verifies")


def test_the_ledger_and_the_journal_tell(folder):
    i = Instance(os.path.join(folder, "i"))
    f = months(folder, 1)[0]
    i.imported(f)
    i.run("flux", "undo", 1, "--reason", "wrong file")
    row = i.run("flux", "show", 1, "--json").json()
    equal((row["status"], row["undo_reason"], row["undone_by"] == row["user"], row["undone_at"] >= row["imported_at"]),
          ("undone", "wrong file", True, True), "the entry")
    check("UNDONE" in i.run("flux", "list").out and "wrong file" in i.run("flux", "show", 1).out, "shown to people")
    acts = [a for a in i.run("audit", "show", "--json").json() if a["op"] == "flux.undo"]
    equal([(a["subject"], "reason: wrong file" in a["detail"]) for a in acts], [("flux:1", True)], "the journal")
    again = i.imported(f)[0]
    equal((again["status"], again["flux"]), ("applied", 2), "the same bytes")
    equal(i.imported(f)[0]["status"], "already", "and once more")
    equal(i.run("flux", "show", 1, "--json").json()["status"], "undone", "the first entry")


def test_out_of_order(folder):
    """The flux imported last is undone first, wherever it stands in the order of flux; each order of arrival, each step back."""
    files = months(folder)
    for order in ((0, 2, 1), (2, 1, 0), (1, 0, 2), (2, 0, 1)):
        i = Instance(os.path.join(folder, "i" + "".join(map(str, order))), max_missing_share="0 %")
        states = []
        for n in order:
            states.append((i.dump(), tables(i)))
            equal(i.imported(files[n])[0]["status"], "applied", f"{order}, {n}")
        for flux in (3, 2, 1):
            undo(i, flux)
            dump, lines = states[flux - 1]
            equal(i.dump(), dump, f"arrivals {order}: content without flux {flux}")
            compare(i, lines, f"arrivals {order}: tables without flux {flux}", values=False)


def test_what_is_refused(folder):
    i = Instance(os.path.join(folder, "i"))
    a, b = months(folder, 2)
    i.imported(a)
    i.imported(b)
    before = tables(i)
    done = undo(i, 1, expect=65)
    equal((done.json()["status"], done.json()["in_the_way"]), ("refused", 2), "an earlier one")
    check("flux 2" in done.err, done.err)
    compare(i, before, "after a refusal")
    undo(i, 7, expect=66)
    i.run("flux", "undo", 2, expect=64)
    i.run("flux", "undo", 2, "--reason", " ", expect=64)
    i.run("flux", "undo", "x", "--reason", "r", expect=64)
    undo(i, 2)
    check("already" in undo(i, 2, expect=65).err, "twice")
    with open(os.path.join(folder, "bad"), "w", encoding="utf-8") as f:
        f.write("no flux")
    i.imported(f.name, expect=65)
    check("not applied" in undo(i, 3, expect=65).err, "a refused flux")


def test_an_earlier_one_about_other_dossiers(folder):
    i = Instance(os.path.join(folder, "i"))
    a = sample(os.path.join(folder, "a.xml"), 20, "--month", "2025-01", "--seed", "1")
    b = sample(os.path.join(folder, "b.xml"), 20, "--month", "2025-02", "--seed", "2", "--emitter", "msa")
    only_b = Instance(os.path.join(folder, "b"))
    only_b.imported(b)
    i.imported(a)
    i.imported(b)
    check(not set(NUMBER.findall(open(a, encoding="utf-8").read())) & set(NUMBER.findall(open(b, encoding="utf-8").read())), "different dossiers")
    equal(undo(i, 1).json()["status"], "undone", "flux 2 is about others")
    equal(i.dump(), only_b.dump(), "what is left")


def test_dry_run(folder):
    i = Instance(os.path.join(folder, "i"))
    a, b = months(folder, 2)
    i.imported(a)
    i.imported(b)
    before = tables(i)
    said = undo(i, 2, "--dry-run").json()
    equal(said["status"], "dry-run", "status")
    compare(i, before, "after a dry run")
    equal(i.run("flux", "show", 2, "--json").json()["status"], "applied", "the flux")
    done = undo(i, 2).json()
    equal({k: v for k, v in done.items() if k != "status"}, {k: v for k, v in said.items() if k != "status"}, "what was said is done")
    check("DRY RUN" in i.run("flux", "undo", 1, "--reason", "r", "--dry-run").out, "for people")


NUMBER = re.compile("<NUMDEMRSA>([^<]*)</NUMDEMRSA>")


def in_all(files):
    """Numbers that every one of the files has, in the order of the first."""
    texts = [open(f, encoding="utf-8").read() for f in files]
    return [n for n in NUMBER.findall(texts[0]) if all(n in t for t in texts)]


def broken(path, out, number):
    """The persons of the household lose their birth dates: it is rejected."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    start = text.rindex("<InfosFoyerRSA>", 0, text.index(number))
    end = text.index("</InfosFoyerRSA>", start)
    changed = re.sub("<DTNAI>[^<]*</DTNAI>", "<DTNAI>1985-99-99</DTNAI>", text[start:end])
    check(changed != text[start:end], "a household to break")
    with open(out, "w", encoding="utf-8") as f:
        f.write(text[:start] + changed + text[end:])
    return out


def states_of_rejects(i):
    return [(r["flux"], r["NUMDEMRSA"], r["state"]) for r in i.run("rejects", "list", "--all", "--json").json()]


def test_rejects(folder):
    i = Instance(os.path.join(folder, "i"))
    a, b, c = months(folder)
    number, other = in_all((a, b, c))[:2]
    i.imported(broken(a, os.path.join(folder, "bad.xml"), number))
    first = tables(i)
    equal(states_of_rejects(i), [(1, number, "open")], "the reject")
    i.imported(broken(b, os.path.join(folder, "bad2.xml"), other))
    second = tables(i)
    equal(states_of_rejects(i), [(1, number, "resolved"), (2, other, "open")], "answered, and one more")
    i.imported(c)
    equal([s for _, _, s in states_of_rejects(i)], ["resolved", "resolved"], "all answered")
    equal(undo(i, 3).json()["rejects_reopened"], 1, "what flux 3 answered")
    compare(i, second, "tables without flux 3")
    done = undo(i, 2).json()
    equal((done["rejects_removed"], done["rejects_reopened"]), (1, 1), "of flux 2")
    compare(i, first, "tables without flux 2")
    equal(undo(i, 1).json()["rejects_removed"], 1, "of flux 1")
    equal(states_of_rejects(i), [], "none is left")


def test_a_reject_that_another_flux_answers_too(folder):
    """The reject comes after two later flux: the first of them answers it; without that one, it would be the second."""
    i = Instance(os.path.join(folder, "i"))
    a, b, c = months(folder)
    number = in_all((a, b, c))[0]
    bad = broken(a, os.path.join(folder, "bad.xml"), number)
    i.imported(c)
    i.imported(b)
    i.imported(bad)
    check("Resolved by" in i.run("rejects", "show", 1).out and "flux 2" in i.run("rejects", "show", 1).out, "answered when it came")
    undo(i, 2, expect=65)
    undo(i, 3)
    equal(states_of_rejects(i), [], "it goes with its flux")


def test_a_name_that_only_the_undone_flux_had(folder):
    """A search finds what is known, and no more what only the undone flux said: names, NIR, matricule."""
    i = Instance(os.path.join(folder, "i"))
    a = sample(os.path.join(folder, "a.xml"), 5, "--month", "2025-01")
    b = sample(os.path.join(folder, "b.xml"), 5, "--month", "2025-02", "--month-index", 1)
    edited(b, b, ("<NIR>[^<]*</NIR>", "<NIR>2850562034123</NIR>"), ("<MATRICULE>[^<]*</MATRICULE>", "<MATRICULE>076543200000000</MATRICULE>"))
    i.imported(a)
    before = tables(i)
    i.imported(b)
    for words in (("--nir", "2850562034123"), ("--matricule", "0765432")):
        equal(len(i.run("dossier", "search", *words, "--json").json()), 1, f"{words} is found")
    undo(i, 2)
    for words in (("--nir", "2850562034123"), ("--matricule", "0765432")):
        equal(i.run("dossier", "search", *words, "--json", expect=None).out.strip(), "[]", f"{words} is found no more")
    compare(i, before, "tables without flux 2")


def test_reprise(folder):
    i = Instance(os.path.join(folder, "i"))
    a, b = months(folder, 2)
    r = edited(a, os.path.join(folder, "r.xml"), ("<TYPEFLUX>M</TYPEFLUX>", "<TYPEFLUX>R</TYPEFLUX>"))
    i.imported(b)
    dump, before = i.dump(), tables(i)
    equal(i.imported(r)[0]["status"], "applied", "the reprise")
    undo(i, 2)
    equal(i.dump(), dump, "content without the reprise")
    compare(i, before, "tables without the reprise", values=False)


def test_findings_go_with_their_flux(folder):
    i = Instance(os.path.join(folder, "i"), max_reject_share="100 %")
    path = os.path.join(folder, "f.xml")
    i.run("sample", "generate", "--households", 200, "--faults", "all", "-o", path)
    empty = tables(i)
    i.imported(path)
    check(i.run("flux", "findings", 1, "--json").json(), "findings")
    done = undo(i, 1).json()
    check(done["findings_removed"] > 0 and done["rejects_removed"] > 0, f"{done}")
    compare(i, empty, "tables of an empty store")
    equal(i.dump(), "", "nothing is left")


def test_a_forced_twin_gives_the_identity_back(folder):
    i = Instance(os.path.join(folder, "i"))
    a = sample(os.path.join(folder, "a.xml"), 10)
    b = edited(a, os.path.join(folder, "b.xml"), ("<NIR>[^<]*</NIR>", "<NIR>2850562034123</NIR>"))
    i.imported(a)
    before = tables(i)
    equal(i.imported("--force", "both are right", b)[0]["status"], "applied", "the twin")
    undo(i, 2)
    compare(i, before, "tables without the twin")
    equal(i.imported(a)[0]["status"], "already", "the first one")
    equal(i.imported(b, expect=65)[0]["reasons"][0]["code"], "F_IDENTITY", "the twin again")


main(*[f for name, f in sorted(globals().items()) if name.startswith("test_")])
