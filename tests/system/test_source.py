"""Whence a flux came: kept in the ledger, and held when another payer made it."""
import os
import re

from kit import Instance, check, equal, main, run, sample


def configured(folder, sections=""):
    i = Instance(os.path.join(folder, "i"))
    with open(i.config, encoding="utf-8") as f:
        text = f.read()
    text = re.split(r"(?m)^\[source\.", text)[0] + sections
    with open(i.config, "w", encoding="utf-8") as f:
        f.write(text)
    return i


def listed(i):
    return [(f["flux"], f["source"], f["status"]) for f in i.run("flux", "list", "--json").json()]


def test_the_source_is_in_the_ledger(folder):
    i = configured(folder)
    drop = os.path.join(folder, "work")
    os.mkdir(drop)
    caf = sample(os.path.join(drop, "rsa.RSABEM.202501.xml"), 20)
    done = i.imported("--source", "caf", caf)[0]
    equal((done["status"], done["source"], done["file"]), ("applied", "caf", "rsa.RSABEM.202501.xml"), "the name alone, and the source")
    by_hand = i.imported(sample(os.path.join(folder, "february.xml"), 20, "--month", "2025-02"))[0]
    equal((by_hand["status"], by_hand["source"]), ("applied", None), "by hand")
    equal(listed(i), [(2, None, "applied"), (1, "caf", "applied")], "flux list")
    equal([i.run("flux", "show", n, "--json").json()["source"] for n in (1, 2)], ["caf", None], "flux show")
    check(re.search(r"Source +caf\n", i.run("flux", "show", 1).out) and "Source" not in i.run("flux", "show", 2).out, "for people")
    check(re.search(r" caf +rsa.RSABEM.202501.xml", i.run("flux", "list").out), "in the list")
    again = i.imported("--source", "msa", caf)[0]
    equal((again["status"], again["flux"], again["source"]), ("already", 1, "caf"), "of the first import, whoever brings it again")
    i.run("flux", "undo", 2, "--reason", "test")
    equal(listed(i), [(2, None, "undone"), (1, "caf", "applied")], "an undone flux")


def test_another_emitter_is_held(folder):
    i = configured(folder)
    caf, msa = sample(os.path.join(folder, "caf.xml"), 20), sample(os.path.join(folder, "msa.xml"), 20, "--emitter", "msa")
    empty = i.dump()
    for source, path in (("msa", caf), ("caf", msa), ("pe", caf), ("pe", msa)):
        held = i.imported("--source", source, path, expect=65)[0]
        equal((held["status"], [r["code"] for r in held["reasons"]], held["source"]), ("held", ["F_EMITTER"], source), f"{path} from {source}")
        dry = i.imported("--dry-run", "--source", source, path, expect=65)[0]
        equal(dry["status"], "held", "a dry run says it too")
    equal(i.dump(), empty, "nothing is kept")
    equal(i.imported("--source", "caf", caf)[0]["status"], "applied", "the right one")
    forced = i.imported("--source", "caf", "--force", "MSA files by mistake", msa)[0]
    equal((forced["status"], forced["source"], [r["code"] for r in forced["reasons"]]), ("applied", "caf", ["F_EMITTER"]), "forced")
    check("MSA files by mistake" in i.run("audit", "show").out, "in the journal")


def test_households_of_another_payer(folder):
    i = configured(folder)
    path = sample(os.path.join(folder, "m.xml"), 20)
    with open(path, encoding="utf-8") as f:
        text = f.read()
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace("<FONORG>CAF<", "<FONORG>MSA<"))
    equal([r["code"] for r in i.imported("--source", "caf", path, expect=65)[0]["reasons"]], ["F_EMITTER"], "FONORG says another one")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace("<APPLIEME>CRI<", "<APPLIEME>CR2<"))
    equal(i.imported("--source", "caf", path)[0]["status"], "applied", "a program that nobody knows, households of the CAF")


def test_sources_of_any_emitter(folder):
    i = configured(folder, "[source.depot-62]\nfolder = /nowhere/depot\n\n[source.agri]\nemitter = msa\nfolder = /nowhere/agri\n")
    caf, msa = sample(os.path.join(folder, "caf.xml"), 20), sample(os.path.join(folder, "msa.xml"), 20, "--emitter", "msa", "--month", "2025-02")
    equal(i.imported("--source", "agri", caf, expect=65)[0]["status"], "held", "a source of the MSA")
    equal([r["status"] for r in i.imported("--source", "depot-62", caf, msa)], ["applied", "applied"], "a source of any emitter")
    equal({s for _, s, _ in listed(i)}, {"depot-62", "agri"}, "names")


def test_an_unknown_source(folder):
    i = configured(folder)
    path = sample(os.path.join(folder, "m.xml"), 5)
    for name in ("", "CAF", "nope", "caf ", "../caf", "c" * 5000):
        done = i.run("import", "--source", name, path, expect=64)
        check(done.out == "" and "source" in done.err, done.err)
    equal(listed(i), [], "nothing was imported")


def test_what_is_refused_has_its_source_too(folder):
    i = configured(folder)
    path = os.path.join(folder, "empty.xml")
    with open(path, "wb"):
        pass
    refused = i.imported("--source", "pe", path, expect=65)[0]
    equal((refused["status"], refused["source"], [r["code"] for r in refused["reasons"]]), ("refused", "pe", ["F_EMPTY"]), "refused")
    equal(listed(i), [(1, "pe", "refused")], "in the ledger")


main(*[f for name, f in sorted(globals().items()) if name.startswith("test_")])
