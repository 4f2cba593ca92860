"""The life of flux in an instance: first import, replay, change, totals, archives, other départements, dry runs."""
import gzip
import io
import os
import shutil
import subprocess
import tarfile
import zipfile

from kit import FLUXRSA, Instance, check, equal, main, run, sample


def test_a_month_goes_in_and_comes_out(folder):
    i = Instance(os.path.join(folder, "i"))
    f = sample(os.path.join(folder, "m.xml"), 300)
    r = i.imported(f)[0]
    equal((r["status"], r["read"], r["announced"], r["created"]), ("applied", r["announced"], r["read"], r["read"]), "first import")
    check(r["format"] == "vrsb0801" and r["TYPEFLUX"] == "M" and r["NATFLUX"] == "D", "header values")
    equal(sum(" versions=" in line for line in i.dump().splitlines()), r["read"], "dossiers in the store")
    status = i.run("status", "--json").json()
    check(str(r["read"]) in str(status), "status counts the dossiers")


def test_the_same_file_again_writes_nothing(folder):
    i = Instance(os.path.join(folder, "i"))
    f = sample(os.path.join(folder, "m.xml"), 300)
    first = i.imported(f)[0]
    store = os.path.join(folder, "i", "store", "gen-1", "data.mdb")
    with open(store, "rb") as s:
        before = s.read()
    again = i.imported(f)[0]
    equal((again["status"], again["flux"]), ("already", first["flux"]), "replay")
    with open(store, "rb") as s:
        check(s.read() == before, "the replay wrote to the store")
    other_name = os.path.join(folder, "n.zip")
    with zipfile.ZipFile(other_name, "w", zipfile.ZIP_DEFLATED) as z:
        z.write(f, "renamed.xml")
    equal(i.imported(other_name)[0]["status"], "already", "the same flux in an archive")


def test_a_month_with_five_percent_changed(folder):
    i = Instance(os.path.join(folder, "i"), profile="gestion")
    a = sample(os.path.join(folder, "a.xml"), 2000, "--month", "2025-01")
    b = sample(os.path.join(folder, "b.xml"), 2000, "--month", "2025-01", "--changed", "50")
    first = i.imported(a)[0]
    second = i.imported(b)[0]
    equal(second["status"], "applied", "second month")
    changed = second["updated"]
    check(60 <= changed <= 140 and second["unchanged"] == second["read"] - changed - second["created"], f"changed ones only: {second}")
    check(second["bytes_written"] < first["bytes_written"] / 2, f"bytes written {second['bytes_written']} of {first['bytes_written']}")


def test_an_older_month_never_wins(folder):
    i = Instance(os.path.join(folder, "i"), profile="gestion")
    a = sample(os.path.join(folder, "a.xml"), 500, "--month", "2025-01")
    b = sample(os.path.join(folder, "b.xml"), 500, "--month", "2025-01", "--changed", "100")
    i.imported(b)
    before = [line.split(" versions")[0] for line in i.dump().splitlines()]
    late = i.imported(a)[0]
    check(late["superseded"] > 10 and late["updated"] == 0, f"the older images are history: {late}")
    equal([line.split(" versions")[0] for line in i.dump().splitlines()], before, "current images")


def test_totals_that_disagree_hold_the_flux(folder):
    i = Instance(os.path.join(folder, "i"))
    f = sample(os.path.join(folder, "m.xml"), 50)
    with open(f, encoding="utf-8") as s:
        text = s.read()
    with open(f, "w", encoding="utf-8") as s:
        s.write(text.replace("<NBTOTDOSRSATRANSM>000000", "<NBTOTDOSRSATRANSM>000001"))
    empty = i.dump()
    r = i.imported(f, expect=65)[0]
    equal((r["status"], r["reasons"][0]["code"]), ("held", "F_TOTALS"), "verdict")
    equal(i.dump(), empty, "content after a held flux")
    forced = i.run("import", "--json", "--force", "checked by phone", f).json()[0]
    equal((forced["status"], forced["created"]), ("applied", forced["read"]), "forced")
    check("checked by phone" in i.run("flux", "show", forced["flux"]).out, "the reason is recorded")
    check("checked by phone" in i.run("audit", "show").out, "the reason is in the journal")


def test_a_dry_run_tells_and_changes_nothing(folder):
    i = Instance(os.path.join(folder, "i"))
    f = sample(os.path.join(folder, "m.xml"), 100)
    r = i.run("import", "--json", "--dry-run", f).json()[0]
    equal((r["status"], r["created"], r["flux"]), ("dry-run", r["read"], None), "dry run")
    equal(i.dump(), "", "content after a dry run")
    equal(i.imported(f)[0]["created"], r["created"], "what it told is what happens")


def test_another_departement_is_held(folder):
    i = Instance(os.path.join(folder, "i"), departement="059")
    f = sample(os.path.join(folder, "m.xml"), 50, "--departement", "062")
    r = i.imported(f, expect=65)[0]
    equal((r["status"], r["reasons"][0]["code"]), ("held", "F_DEPARTEMENT"), "verdict")


def test_the_same_identity_with_other_bytes_is_held(folder):
    i = Instance(os.path.join(folder, "i"))
    a = sample(os.path.join(folder, "a.xml"), 50, "--seed", "1")
    b = sample(os.path.join(folder, "b.xml"), 50, "--seed", "2")
    i.imported(a)
    r = i.imported(b, expect=65)[0]
    equal((r["status"], r["reasons"][0]["code"]), ("held", "F_IDENTITY"), "verdict")


def changed(path, old, new):
    with open(path, encoding="utf-8") as s:
        text = s.read()
    check(old in text, f"{old} stands in the sample")
    with open(path, "w", encoding="utf-8") as s:
        s.write(text.replace(old, new))
    return path


def test_a_flux_of_the_future_is_held(folder):
    i = Instance(os.path.join(folder, "i"))
    f = changed(sample(os.path.join(folder, "m.xml"), 50), "<DTCREAFLUX>2025", "<DTCREAFLUX>2199")
    r = i.imported(f, expect=65)[0]
    equal((r["status"], r["reasons"][0]["code"]), ("held", "F_FUTURE"), "verdict")


def test_a_known_flux_under_another_name_is_told_by_that_name(folder):
    i = Instance(os.path.join(folder, "i"))
    f = sample(os.path.join(folder, "m.xml"), 50)
    i.imported(f)
    os.rename(f, os.path.join(folder, "n.xml"))
    r = i.run("import", "--json", "--force", "no need", os.path.join(folder, "n.xml")).json()[0]
    equal((r["status"], r["file"], r["created"], r["read"]), ("already", "n.xml", 0, 0), "verdict")


def test_another_rule_for_the_nir_writes_every_household_anew(folder):
    i = Instance(os.path.join(folder, "i"), nir="sealed", legal_ref="test")
    a = sample(os.path.join(folder, "a.xml"), 100)
    b = changed(sample(os.path.join(folder, "b.xml"), 100), "01:18:36.0000", "02:18:36.0000")
    i.imported(a)
    i.set("nir", "hmac")
    equal(i.imported(b)[0]["updated"], 100, "households written without their NIR")


def test_a_parser_that_is_not_there_costs_no_flux(folder):
    i = Instance(os.path.join(folder, "i"))
    f = sample(os.path.join(folder, "m.xml"), 50)
    alone = os.path.join(folder, "fluxrsa")
    shutil.copy(FLUXRSA, alone)
    done = subprocess.run([alone, "-c", i.config, "import", f], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    equal((done.returncode, done.stdout), (70, b""), f"exit and output: {done.stderr.decode()}")
    equal(i.run("flux", "list", "--json").json(), [], "ledger")


def test_a_journal_that_cannot_be_written_is_named(folder):
    i = Instance(os.path.join(folder, "i"))
    f = sample(os.path.join(folder, "m.xml"), 50)
    journal = os.path.join(i.folder, "journal")
    os.rename(journal, journal + ".away")
    done = i.run("import", f, expect=74)
    check("journal" in done.err, f"the message names the journal: {done.err}")
    os.rename(journal + ".away", journal)
    equal(i.dump(), "", "content")
    equal(i.imported(f)[0]["status"], "applied", "the next run")


def archives(folder, a, b):
    with open(a, "rb") as s:
        one = s.read()
    with open(b, "rb") as s:
        two = s.read()
    path = os.path.join(folder, "both.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("late.xml", two)
        z.writestr("early.RCV", one)
    yield path
    path = os.path.join(folder, "both.tar.gz")
    with tarfile.open(path, "w:gz") as t:
        for name, data in (("late.xml", two), ("early.RCV", one)):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    yield path


def test_archives_of_several_flux_go_in_header_order(folder):
    a = sample(os.path.join(folder, "a.xml"), 60, "--month", "2025-01")
    b = sample(os.path.join(folder, "b.xml"), 60, "--month", "2025-02", "--month-index", "1")
    dumps = []
    for n, path in enumerate(archives(folder, a, b)):
        i = Instance(os.path.join(folder, f"i{n}"))
        done = i.imported(path)
        equal([(r["status"], r["member"]) for r in done], [("applied", "early.RCV"), ("applied", "late.xml")], path)
        equal([r["superseded"] for r in done], [0, 0], "nothing arrives late")
        equal([r["status"] for r in i.imported(path)], ["already", "already"], "the archive again")
        dumps.append(i.dump())
    equal(dumps[0], dumps[1], "content from zip and tar.gz")


def test_any_wrapping_and_encoding_gives_the_same(folder):
    contents = set()
    for n, encoding in enumerate(("utf-8", "utf-8-bom", "windows-1252", "iso-8859-15")):
        i = Instance(os.path.join(folder, f"i{n}"))
        f = sample(os.path.join(folder, "m.xml"), 80, "--encoding", encoding, *(["--no-indent"] if n % 2 else []))
        if n == 2:
            with open(f, "rb") as s, gzip.open(f + ".gz", "wb") as z:
                z.write(s.read())
            f += ".gz"
        equal(i.imported(f)[0]["status"], "applied", encoding)
        contents.add(i.dump())
    equal(len(contents), 1, "different contents")


def test_words_that_are_wrong_end_with_their_code(folder):
    i = Instance(os.path.join(folder, "i"))
    run("nosuch", expect=64)
    run("import", "--nosuch", expect=64)
    i.run("import", os.path.join(folder, "absent.xml"), expect=66)
    i.run("dossier", "show", "01234567062", expect=66)
    run("-c", os.path.join(folder, "absent.conf"), "status", expect=78)
    run("init", os.path.join(folder, "i"), "--departement", "062", expect=64)
    i.set("profile", "nosuch")
    i.run("status", expect=78)


main(*[f for name, f in sorted(globals().items()) if name.startswith("test_")])
