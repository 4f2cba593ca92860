"""What is found is kept and shown: values set aside, dossiers that stand twice, unknown elements and codes; after the import, without the file."""
import glob
import os
import re

from lxml import etree

from kit import Instance, check, equal, main, run, sample

HOUSEHOLDS = 120
SET_ASIDE = (3, 7, 11)
STATES = (8, 9)
NUMBER = "IdentificationRSA/DemandeRSA/NUMDEMRSA"
DATE = "IdentificationRSA/DemandeRSA/DTDEMRSA"
STATE = "PrestationRSA/SituationDossierRSA/EtatDossierRSA/ETATDOSRSA"


def edited(path, out):
    """The flux with faults that reject nobody; the lines where they stand, and the NUMDEMRSA of all households."""
    tree = etree.parse(path)
    households = list(tree.getroot().iter("InfosFoyerRSA"))
    for n in SET_ASIDE:
        households[n].find(DATE).text = "2024-02-31"
    for n in STATES:
        households[n].find(STATE).text = "9"
    households[20].find(NUMBER).text = households[4].find(NUMBER).text
    for household in households:
        unknown = etree.SubElement(household, "NOUVEAU")
        unknown.text, unknown.tail = "1", "\n"
    tree.write(out, encoding="utf-8", xml_declaration=True)
    households = list(etree.parse(out).getroot().iter("InfosFoyerRSA"))
    lines = {n: households[n].find(DATE).sourceline for n in SET_ASIDE} | {n: households[n].find(STATE).sourceline for n in STATES}
    lines[20] = households[20].sourceline
    lines["unknown"] = households[0].find("NOUVEAU").sourceline
    return lines, [h.find(NUMBER).text for h in households]


def imported(folder):
    i = Instance(os.path.join(folder, "i"))
    out = os.path.join(folder, "e.xml")
    lines, numbers = edited(sample(os.path.join(folder, "m.xml"), HOUSEHOLDS), out)
    return i, out, lines, numbers


def findings(i, *words):
    return i.run("flux", "findings", *words, "--json").json()


def by_code(r):
    return {c["code"]: (c["households"], c["count"]) for c in r["causes"]}


def test_every_fault_of_an_accepted_household_is_listed(folder):
    i, f, lines, numbers = imported(folder)
    r = i.imported(f)[0]
    os.remove(f)
    equal((r["status"], r["read"], r["rejected"], r["updated"]), ("applied", HOUSEHOLDS, 0, 1), "verdict")
    found = {(x["NUMDEMRSA"], x["code"], x["severity"], x["path"], x["line"]) for x in findings(i, 1)}
    for n in SET_ASIDE:
        row = (numbers[n], "V_DATE", "field", f"InfosFoyerRSA[{n + 1}]/{DATE}", lines[n])
        check(row in found, f"{row} is missing in {found}")
    for n in STATES:
        check(any(x[0] == numbers[n] and x[3:] == (f"InfosFoyerRSA[{n + 1}]/{STATE}", lines[n]) for x in found), f"state of {n}")
    twice = [x for x in findings(i, 1, "--code", "D_DUPLICATE")]
    equal([(x["flux"], x["NUMDEMRSA"], x["path"], x["line"]) for x in twice],
          [(1, numbers[4], f"InfosFoyerRSA[21]/{NUMBER}", lines[20])], "the one that stands twice")
    check(all(x["message"] for x in twice), "messages")
    dates = findings(i, 1, "--code", "V_DATE")
    equal((len(dates), {x["code"] for x in dates}), (len(SET_ASIDE), {"V_DATE"}), "--code")
    equal(len(findings(i, 1, "--limit", 2)), 2, "--limit")
    table = i.run("flux", "findings", 1).out
    check(numbers[3] in table and "V_DATE" in table and f"InfosFoyerRSA[4]/{DATE}" in table, f"the table: {table}")
    check("rejects list" not in table, "nobody was rejected")
    i.dump()


def test_causes_and_what_was_never_seen_are_counted(folder):
    i, f, lines, _ = imported(folder)
    r = i.imported(f)[0]
    causes = by_code(r)
    equal((causes["V_DATE"], causes["D_DUPLICATE"]), ((3, 3), (1, 1)), "causes")
    elements = [u for u in r["unknown"] if "code" not in u]
    equal(elements, [{"path": "InfosFoyerRSA/NOUVEAU", "count": HOUSEHOLDS, "first_line": lines["unknown"]}], "one line for all")
    codes = [(u["path"], u["code"], u["count"], u["first_line"]) for u in r["unknown"] if "code" in u]
    equal(codes, [("InfosFoyerRSA/" + STATE, "9", len(STATES), lines[STATES[0]])], "one line for a code")
    shown = i.run("flux", "show", 1, "--json").json()
    equal((shown["causes"], shown["unknown"]), (r["causes"], r["unknown"]), "flux show")
    listed = i.run("flux", "list", "--json").json()[0]
    equal((listed["causes"], listed["unknown"]), (r["causes"], r["unknown"]), "flux list")
    text = i.run("flux", "show", 1).out
    check(re.search(r"V_DATE +value set aside +3 +3 +not a calendar date", text), f"causes in flux show: {text}")
    check(re.search(rf"{HOUSEHOLDS} +{lines['unknown']} +InfosFoyerRSA/NOUVEAU", text), f"the unknown element in flux show: {text}")
    checked = {c["code"]: c["count"] for c in run("check", "--json", f).json()[0]["causes"]}
    equal((checked["D_DUPLICATE"], checked["V_DATE"]), (1, 3), "check finds the same")
    equal(run("check", "--json", f).json()[0]["warnings"], r["warnings"], "warnings of check")
    again = i.imported(f)[0]
    equal((again["status"], again["causes"], again["unknown"]), ("already", [], []), "nothing was read again")


def test_the_operator_sees_the_dearest_first(folder):
    i, f, _, _ = imported(folder)
    tree = etree.parse(f)
    next(tree.getroot().iter("DTNAI")).text = "1964-13-41"
    tree.write(f, encoding="utf-8", xml_declaration=True)
    done = i.run("import", f).out
    lines = [m.group(1) for m in re.finditer(r"^  ([DV]_[A-Z_]+) +\d+ households?  ", done, re.M)]
    equal(lines[:2], ["D_PERSON_KEY", "V_DATE"], f"order in {done}")
    check(1 < len(lines) <= 8, f"a short block: {done}")
    check(re.search(r"never seen before: 1 element", done), f"the unknown element: {done}")
    table = i.run("flux", "findings", 1).out
    check("1 household was rejected: fluxrsa rejects list --all --flux 1" in table, f"the rejected one: {table}")
    check(not any(x["code"] == "D_PERSON_KEY" for x in findings(i, 1)), "rejects stand elsewhere")


def test_a_held_flux_says_why_and_keeps_nobody(folder):
    i, f, _, _ = imported(folder)
    tree = etree.parse(f)
    for n, dtnai in enumerate(tree.getroot().iterfind("InfosFoyerRSA/Personne/Identification/DTNAI")):
        if n < HOUSEHOLDS:
            dtnai.text = "1964-13-41"
    tree.write(f, encoding="utf-8", xml_declaration=True)
    r = i.imported(f, expect=65)[0]
    check(r["status"] == "held" and by_code(r)["D_PERSON_KEY"][0] > 12, f"held: {r}")
    shown = i.run("flux", "show", 1, "--json").json()
    equal((shown["causes"], shown["unknown"]), (r["causes"], r["unknown"]), "flux show")
    equal(findings(i, 1), [], "findings")
    check("flux show 1" in i.run("flux", "findings", 1).out, "where to look")
    i.dump()


def anomalies(path, out, few):
    tree = etree.parse(path)
    households = list(tree.getroot().iter("InfosFoyerRSA"))
    chosen = households[:2] if few else households
    for household in chosen:
        for old in household.findall("Anomalie"):
            household.remove(old)
        etree.SubElement(etree.SubElement(household, "Anomalie"), "LIBANO").text = "CANARIANOMALIE"
    tree.getroot().find("TransmissionFlux/NBTOTDOSRSATRANSMANO").text = str(len(chosen))
    tree.write(out, encoding="utf-8", xml_declaration=True)
    return out


def test_a_flux_of_anomalies_alone_is_held(folder):
    i = Instance(os.path.join(folder, "i"))
    path = sample(os.path.join(folder, "m.xml"), 30)
    all_of_them = anomalies(path, os.path.join(folder, "a.xml"), few=False)
    r = i.imported(all_of_them, expect=65)[0]
    equal((r["status"], [x["code"] for x in r["reasons"]], r["rejected"]), ("held", ["F_ANOMALIES"], 0), "all in anomaly")
    equal(by_code(r)["D_ANOMALIE"], (30, 30), "counted")
    checked = run("check", "--json", all_of_them, expect=65).json()[0]
    check("F_ANOMALIES" in [c["code"] for c in checked["causes"]], f"check: {checked}")
    r = i.imported(anomalies(path, os.path.join(folder, "f.xml"), few=True))[0]
    equal((r["status"], by_code(r)["D_ANOMALIE"]), ("applied", (2, 2)), "a few in anomaly")
    forced = i.imported("--force", "seen with the payer", all_of_them)[0]
    equal((forced["status"], forced["updated"] + forced["unchanged"]), ("applied", 30), "forced")


def test_a_flux_without_fault_has_empty_lists(folder):
    i = Instance(os.path.join(folder, "i"))
    path = os.path.join(folder, "m.xml")
    for seed in range(1, 40):
        sample(path, 3, "--seed", seed)
        if not run("check", "--json", path).json()[0]["causes"]:
            break
    r = i.imported(path)[0]
    equal((r["status"], r["causes"], r["unknown"]), ("applied", [], []), "import")
    equal(findings(i, 1), [], "findings")
    check("What was found" not in i.run("flux", "show", 1).out, "flux show")


def test_nothing_stands_in_clear_and_all_is_journalled(folder):
    i, f, _, numbers = imported(folder)
    i.imported(f)
    os.remove(f)
    findings(i, 1)
    words = re.compile("|".join(map(re.escape, [*set(numbers), "2024-02-31", DATE])).encode())
    for path in glob.glob(i.folder + "/**", recursive=True):
        if os.path.isfile(path):
            with open(path, "rb") as s:
                hit = words.search(s.read())
            check(not hit, f"{hit and hit.group()} stands in {os.path.relpath(path, i.folder)}")
    acts = i.run("audit", "show", "--json").json()
    check(any(a["op"] == "flux.findings" and a["subject"] == "flux:1" for a in acts), f"journal: {acts}")


def test_wrong_words(folder):
    i, f, _, _ = imported(folder)
    i.imported(f)
    i.run("flux", "findings", 9, expect=66)
    i.run("flux", "findings", "x", expect=64)
    i.run("flux", "findings", 1, "--code", "V_NOTHING", expect=64)
    i.run("flux", "findings", 1, "--limit", "0", expect=64)


main(*[f for name, f in sorted(globals().items()) if name.startswith("test_")])
