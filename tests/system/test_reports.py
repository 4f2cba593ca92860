"""Reports: what looks wrong in all dossiers, and what moved since a day; every kind, and the case next to it that is none."""
import copy
import csv
import io
import os

from lxml import etree

from kit import Instance, check, equal, main, run
from reports_kit import DUTIES, STATE, World, add_mutation, number, role_of, set_state


def applied(i, *files):
    for r in i.imported(*files):
        equal(r["status"], "applied", f"{r['file']} {r['reasons']}")


def report(i, name, *words):
    return i.run("report", name, *words, "--json").json()


def rows(i, name, *words):
    return report(i, name, *words)["rows"]


def numbers(i, kind, *words):
    return [r["NUMDEMRSA"] for r in rows(i, "anomalies", "--kind", kind, *words)]


# ---- anomalies ----

def test_missing(folder):
    """Cases 41 to 43: open, in the monthly before, absent from this one."""
    w, i = World(folder), Instance(os.path.join(folder, "i"))
    lost, closed, pending, msa, rejected, later = w.households[:6]
    rest = w.households[6:]
    set_state(pending, "0")
    applied(i, w.monthly(1, [lost, closed, pending, rejected, later] + rest), w.monthly(1, [msa], "AGO"))
    equal(numbers(i, "missing"), [], "after the first monthly")
    set_state(closed, "5", "FinDroit", MOTICLORSA="ECH", DTCLORSA="2025-02-10")
    applied(i, w.daily("2025-02-11", [closed]))
    equal(numbers(i, "missing"), [], "a daily flux says nothing of those it does not name")
    broken = copy.deepcopy(rejected)
    broken.find("Personne/Identification").remove(broken.find("Personne/Identification/NOMNAI"))
    applied(i, w.monthly(2, [broken, later] + rest))
    equal(numbers(i, "missing"), [number(lost)], "absent and open, neither closed, pending, rejected nor of the MSA")
    row = rows(i, "anomalies", "--kind", "missing")[0]
    equal((row["ETATDOSRSA"], row["since"], row["TYPEFLUX"]), ("2", "2025-02-28", "M"), "the row")
    set_state(closed, "2")
    applied(i, w.daily("2025-03-20", [closed]))
    equal(numbers(i, "missing"), [number(lost)], "opened again since")
    applied(i, w.monthly(3, [lost] + rest))
    equal(sorted(numbers(i, "missing")), sorted([number(later)]), "back in the next monthly; somebody else is missing")
    equal(numbers(i, "missing", "--month", "2025-02"), [number(lost)], "--month")
    equal(numbers(i, "missing", "--month", "2025-01"), [], "the first month has nothing to compare with")
    check("missing" in i.run("report", "anomalies").out, "the text")


def test_missing_is_not_what_moved_to_the_other_payer(folder):
    w, i = World(folder), Instance(os.path.join(folder, "i"))
    moved, gone = w.households[:2]
    applied(i, w.monthly(1, w.households), w.monthly(1, w.households[-1:], "AGO"), w.monthly(2, w.households[2:]))
    equal(sorted(numbers(i, "missing")), sorted([number(moved), number(gone)]), "both")
    applied(i, w.monthly(2, [moved, w.households[-1]], "AGO"))
    equal(numbers(i, "missing"), [number(gone)], "carried by the other payer")


def test_households(folder):
    """Cases 65, 68, 81: by the role of the RSA, since the flux that first said so."""
    w, i = World(folder), Instance(os.path.join(folder, "i"))
    none, two, homeless, clean = w.couples[:4]
    for p in clean.iter("Personne"):
        pfa = next(x for x in p.iter("Prestations") if x.findtext("NATPREST") == "PFA")
        pfa.find("ROLEPERS").text = "DEM"
    for rank in clean.iter("RGADR"):
        rank.text = rank.text.lstrip("0")
    applied(i, w.monthly(1, w.households))
    equal(report(i, "anomalies")["counts"], {k: 0 for k in ("missing", "no-demandeur", "demandeurs", "no-rank-01", "nir-shared",
                                                            "never-seen", "crowded")}, "clean")
    role_of(none.find("Personne")).text = "AUT"
    for p in list(two.iter("Personne"))[:2]:
        role_of(p).text = "DEM"
    for k, rank in enumerate(homeless.iter("RGADR")):
        rank.text = f"0{k + 2}"
    applied(i, w.daily("2025-02-10", [none, two, homeless]))
    two.find("IdentificationRSA/Organisme/NUMORG").text = "622"
    applied(i, w.daily("2025-02-12", [two]))
    got = [(r["kind"], r["NUMDEMRSA"], r["flux"], r["since"]) for r in rows(i, "anomalies")]
    equal(got, [("no-demandeur", number(none), 2, "2025-02-10"), ("demandeurs", number(two), 2, "2025-02-10"),
                ("no-rank-01", number(homeless), 2, "2025-02-10")], "rows")
    equal(rows(i, "anomalies", "--month", "2025-01"), [], "at the end of January nothing was wrong")
    equal(len(rows(i, "anomalies", "--month", "2025-02")), 3, "at the end of February")
    role_of(none.find("Personne")).text = "DEM"
    applied(i, w.daily("2025-02-20", [none]))
    equal(numbers(i, "no-demandeur"), [], "put right")


def test_shared_nir(folder):
    """Case 62, and one NIR in two dossiers: of two persons, and of one."""
    w, i = World(folder), Instance(os.path.join(folder, "i"))
    inside, one, other, same, twin = w.couples[:5]
    first, second = list(inside.iter("Personne"))[:2]
    first.find("Identification/NIR").text = "2730799404078"
    second.find("Identification/NIR").text = "2730799404078"
    one.find("Personne/Identification/NIR").text = "1600262001001"
    other.find("Personne/Identification/NIR").text = "1600262001001"
    person = copy.deepcopy(same.find("Personne"))
    person.find("Identification/NIR").text = "1600262001002"
    same.find("Personne/Identification/NIR").text = "1600262001002"
    twin.replace(twin.find("Personne"), person)
    applied(i, w.monthly(1, w.households))
    got = rows(i, "anomalies", "--kind", "nir-shared")
    groups = {}
    for r in got:
        groups.setdefault(r["group"], []).append(r["NUMDEMRSA"])
    equal(sorted(sorted(g) for g in groups.values()), sorted([[number(inside)] * 2, sorted([number(one), number(other)])]), "groups")
    check(all(r["person"] for r in got), "each person is named by an id")
    for words in ((), ("--nominative",), ("--format", "csv")):
        out = i.run("report", "anomalies", *words).out
        check("2730799404078" not in out and "1600262001001" not in out, "no NIR is shown")


def test_never_seen(folder):
    w, i = World(folder), Instance(os.path.join(folder, "i"))
    applied(i, w.monthly(1, w.households))
    equal(rows(i, "anomalies", "--kind", "never-seen"), [], "nothing yet")
    new = w.households[:2]
    for h in new:
        etree.SubElement(h, "NOUVEAU").text = "1"
    set_state(new[0], "5", "FinDroit", MOTICLORSA="XYZ", DTCLORSA="2025-02-10")
    applied(i, w.daily("2025-02-10", new), w.daily("2025-02-11", new))
    got = {(r["element"], r["code"]): r for r in rows(i, "anomalies", "--kind", "never-seen")}
    equal(sorted(k[1] or "" for k in got), ["", "XYZ"], f"an element and a code: {list(got)}")
    for (element, code), r in got.items():
        equal((r["flux"], r["since"], r["count"], r["NUMDEMRSA"]), (2, "2025-02-10", 2 if code else 4, None), element)
    equal(rows(i, "anomalies", "--kind", "never-seen", "--month", "2025-01"), [], "not brought by January")
    equal(len(rows(i, "anomalies", "--kind", "never-seen", "--month", "2025-02")), 2, "brought by February")


# ---- movements ----

def movements(i, *words):
    return rows(i, "movements", "--since", "2025-02-06", *words)


def kinds(found, h):
    return [r["kind"] for r in found if r["NUMDEMRSA"] == number(h)]


def test_entrants(folder):
    """Flux-caf-msa 1.3 points 6 and 7, case 74."""
    w, i = World(folder), Instance(os.path.join(folder, "i"))
    newly, top_only, still, pending, suspended = w.couples[:5]
    unknown, unknown_closed = w.households[-2:]
    check(unknown not in w.couples[:5] and unknown_closed not in w.couples[:5], "the households differ")
    set_state(pending, "0")
    set_state(suspended, "4", "SuspensionVersement", MOTISUSVERSRSA="06", DDSUSVERSRSA="2025-01-01")
    applied(i, w.monthly(1, w.households[:-2]))
    subject = [number(h) for h in w.households[:-2] if h is not pending for p in h.iter("Personne") if p.findtext(DUTIES) == "1"]
    got = [r["NUMDEMRSA"] for r in rows(i, "movements", "--since", "2025-02-05", "--kind", "entrant")]
    equal(got, sorted(subject), "all who are subject, of new dossiers that are open")
    partner = list(newly.iter("Personne"))[1]
    partner.find(DUTIES).text = "1"
    top = partner.find("MontantCalculDroitRSAPersonne/TOPPERSENTDRODEVORSA")
    if top is None:
        top = etree.Element("TOPPERSENTDRODEVORSA")
        partner.find(DUTIES).addnext(top)
    top.text = "1"
    for top in top_only.iter("TOPPERSENTDRODEVORSA"):
        top.text = "1"
    set_state(pending, "2")
    set_state(suspended, "2")
    set_state(unknown_closed, "5", "FinDroit", MOTICLORSA="ECH", DTCLORSA="2025-02-01")
    still.find("Personne/Identification/NOM").text = "AUTRENOM"
    applied(i, w.daily("2025-02-10", [newly, top_only, still, pending, suspended, unknown, unknown_closed]))
    got = movements(i, "--kind", "entrant")
    equal(sorted(r["NUMDEMRSA"] for r in got), sorted(map(number, (newly, pending, unknown))), "who entered")
    r = next(r for r in got if r["NUMDEMRSA"] == number(newly))
    equal((r["ROLEPERS"], r["notified"], r["TOPPERSENTDRODEVORSA"], r["flux"]), ("CJT", "2025-02-10", True, 2), "the row")
    partner.find(DUTIES).text = "0"
    applied(i, w.daily("2025-02-11", [newly]))
    equal(len(movements(i, "--kind", "entrant")), 3, "nobody enters by leaving")
    partner.find(DUTIES).text = "1"
    applied(i, w.daily("2025-02-12", [newly]))
    equal([r["notified"] for r in movements(i, "--kind", "entrant") if r["NUMDEMRSA"] == number(newly)], ["2025-02-10", "2025-02-12"],
          "newly subject again")


def test_states(folder):
    """Cases 29, 30, 33, 35 to 38, 24, 25, 28."""
    w, i = World(folder), Instance(os.path.join(folder, "i"))
    ended, undated, back, held, odd, refused = w.households[:6]
    set_state(refused, "0")
    applied(i, w.monthly(1, w.households))
    set_state(ended, "5", "FinDroit", MOTICLORSA="RAU", DTCLORSA="2025-01-31")
    set_state(undated, "5")
    set_state(back, "5", "FinDroit", MOTICLORSA="ECH", DTCLORSA="2025-01-31")
    set_state(held, "4", "SuspensionVersement", MOTISUSVERSRSA="06", DDSUSVERSRSA="2025-02-01")
    odd.find(STATE).text = "7"
    set_state(refused, "1", "Refus", DTREFURSA="2025-02-08", MOTIREFURSA="F85")
    applied(i, w.daily("2025-02-10", [ended, undated, back, held, odd, refused]))
    set_state(ended, "6", "FinDroitMoisAnterieur", MOTICLORSA="RAU", DTCLORSA="2025-01-31")
    set_state(undated, "5", "FinDroit", MOTICLORSA="ECH", DTCLORSA="2025-01-15")
    set_state(back, "2")
    set_state(held, "3", "SuspensionDroit", MOTISUSDRORSA="DA", DDSUSDRORSA="2025-02-11")
    set_state(odd, "5", "FinDroit", MOTICLORSA="MUT", DTCLORSA="2025-02-09")
    applied(i, w.daily("2025-02-20", [ended, undated, back, held, odd, refused]))
    set_state(held, "2")
    applied(i, w.daily("2025-02-25", [held]))
    got = [r for r in movements(i) if r["kind"] not in ("entrant", "arrived", "left")]
    equal(kinds(got, ended), ["exit"], "sent again as état 6 it is no new exit")
    equal(kinds(got, undated), ["exit"], "another date is no new exit")
    equal(kinds(got, back), ["exit", "reopened"], "reopened")
    equal(kinds(got, held), ["suspended", "resumed"], "from one suspension to another is neither")
    equal(kinds(got, odd), ["exit"], "an unknown state leaves the one before")
    equal(kinds(got, refused), [], "a refusal is no exit")
    exits = {r["NUMDEMRSA"]: (r["DTCREAFLUX"], r["date"], r["estimated"], r["MOTICLORSA"], r["from"], r["to"])
             for r in got if r["kind"] == "exit"}
    equal(exits[number(ended)], ("2025-02-10", "2025-01-31", False, "RAU", "2", "5"), "ended")
    equal(exits[number(undated)], ("2025-02-10", "2025-02-10", True, None, "2", "5"), "without a date: that of the flux")
    equal(exits[number(odd)], ("2025-02-20", "2025-02-09", False, "MUT", "2", "5"), "after an unknown state")
    equal([r["date"] for r in got if r["kind"] == "suspended"], ["2025-02-01"], "since when")
    check(number(back) in [r["NUMDEMRSA"] for r in movements(i, "--kind", "entrant")], "subject again with the right reopened")


def test_moves(folder):
    """Cases 79, 80, 83, 84."""
    w, i = World(folder), Instance(os.path.join(folder, "i"))
    near, far, ranked, bare, same = [h for h in w.households if h.find("DonneesAdministratives/Adresse/AdresseDetailleeFrance") is not None][:5]
    for h in (near, far, ranked, bare, same):
        for extra in h.findall("DonneesAdministratives/Adresse")[1:]:
            extra.getparent().remove(extra)
        h.find(".//NUMCOM").text = "62041"
    applied(i, w.monthly(1, w.households))
    near.find(".//NOMVOIE").text = "DES CANARIS"
    near.find(".//DTEMM").text = "2025-02-01" if near.find(".//DTEMM") is not None else None
    far.find(".//NUMCOM").text, far.find(".//NOMCOM").text = "59350", "LILLE"
    old = ranked.find("DonneesAdministratives/Adresse")
    new = copy.deepcopy(old)
    old.find(".//RGADR").text = "02"
    new.find(".//NOMVOIE").text = "DU NOUVEAU DÉPART"
    old.addprevious(new)
    home = bare.find("DonneesAdministratives/Adresse")
    home.remove(home.find("AdresseDetailleeFrance"))
    same.find(".//RGADR").text = "1"
    same.find(".//TYPEADR").text = "P"
    applied(i, w.daily("2025-02-10", [near, far, ranked, bare, same]))
    got = {r["NUMDEMRSA"]: r for r in movements(i, "--kind", "move")}
    equal(sorted(got), sorted(map(number, (near, far, ranked))), "who moved")
    equal([(got[number(h)]["from"], got[number(h)]["to"]) for h in (near, far, ranked)],
          [("inside", "inside"), ("inside", "outside"), ("inside", "inside")], "in or out of the département")
    equal(movements(i, "--kind", "entrant"), [], "nobody entered by moving")
    new.find(".//RGADR").text, old.find(".//RGADR").text = "01", "03"
    far.find(".//NUMCOM").text = "62041"
    far.find(".//NOMCOM").text = "ARRAS"
    applied(i, w.daily("2025-02-11", [ranked, far]))
    got = [r for r in movements(i, "--kind", "move") if r["DTCREAFLUX"] == "2025-02-11"]
    equal([(r["NUMDEMRSA"], r["from"], r["to"]) for r in got], [(number(far), "outside", "inside")], "another old address is no move")


def test_persons(folder):
    """Cases 60, 61, 64, 69, 71, 73."""
    w, i = World(folder), Instance(os.path.join(folder, "i"))
    swapped, left, ended, renamed, closed, joined = w.couples[:6]
    applied(i, w.monthly(1, w.households))
    dem, cjt = list(swapped.iter("Personne"))[:2]
    role_of(dem).text, role_of(cjt).text = "CJT", "DEM"
    gone = list(left.iter("Personne"))[1]
    left.remove(gone)
    etree.SubElement(list(ended.iter("Personne"))[1].find("DossierCAF"), "DFRATDOS").text = "2025-02-03"
    changed = renamed.find("Personne/Identification")
    changed.find("NIR").text = changed.find("NIR").text
    changed.find("NOMNAI").text += "S"
    for p in closed.iter("Personne"):
        etree.SubElement(p.find("DossierCAF"), "DFRATDOS").text = "2025-02-03"
    set_state(closed, "5", "FinDroit", MOTICLORSA="ECH", DTCLORSA="2025-02-03")
    gone.find("DossierCAF/DDRATDOS").text = "2025-02-05"
    list(joined.iter("Personne"))[-1].addnext(gone)
    applied(i, w.daily("2025-02-10", [swapped, left, ended, renamed, closed, joined]))
    got = [r for r in movements(i) if r["kind"] != "entrant"]
    equal([(r["kind"], r["from"], r["to"]) for r in got if r["NUMDEMRSA"] == number(swapped)],
          [("role", "DEM", "CJT"), ("role", "CJT", "DEM")], "roles")
    equal([(r["kind"], r["date"], r["estimated"], r["ROLEPERS"]) for r in got if r["NUMDEMRSA"] == number(left)],
          [("left", "2025-02-10", True, "CJT")], "no longer named")
    equal([(r["kind"], r["date"], r["estimated"]) for r in got if r["NUMDEMRSA"] == number(ended)], [("left", "2025-02-03", False)],
          "attachment ended")
    equal(kinds(got, renamed), [], "a corrected name is nobody's departure")
    equal(kinds(got, closed), ["exit"], "a closed right is one exit")
    equal(kinds(got, joined), ["arrived"], "arrived")
    ended.remove(list(ended.iter("Personne"))[1])
    applied(i, w.daily("2025-02-11", [ended]))
    equal(kinds(movements(i, "--kind", "left"), ended), ["left"], "who left does not leave again")


def test_mutations(folder):
    """Case 44: told by the daily flux and by the monthly one, with another flux in between."""
    w, i = World(folder), Instance(os.path.join(folder, "i"))
    out, new = w.households[0], w.households[-1]
    applied(i, w.monthly(1, w.households[:-1]))
    bare = copy.deepcopy(out)
    add_mutation(out, "OrganismePrenant", "out", "2025-02-08")
    add_mutation(new, "OrganismeCedant", "in", "2025-02-07")
    applied(i, w.daily("2025-02-10", [out, new]), w.daily("2025-02-12", [bare]), w.monthly(2, w.households))
    got = [(r["kind"], r["NUMDEMRSA"], r["date"], r["DTCREAFLUX"]) for r in movements(i) if r["kind"].startswith("mutation")]
    equal(sorted(got), [("mutation-in", number(new), "2025-02-07", "2025-02-10"), ("mutation-out", number(out), "2025-02-08", "2025-02-10")],
          "each once")


def test_days_and_order(folder):
    """The days are those of DTCREAFLUX, and the order of arrival changes nothing."""
    w = World(folder)
    files = [w.monthly(1, w.households)]
    for day in ("2025-02-10", "2025-02-11", "2025-02-12"):
        set_state(w.households[int(day[-1])], "5", "FinDroit", MOTICLORSA="ECH", DTCLORSA="2025-01-31")
        files.append(w.daily(day, w.households[:4]))
    a, b = Instance(os.path.join(folder, "a")), Instance(os.path.join(folder, "b"))
    for f in files:
        applied(a, f)
    for f in reversed(files):
        applied(b, f)

    def seen(i, *words):
        return [{k: v for k, v in r.items() if k not in ("flux", "person")} for r in rows(i, "movements", *words)]

    equal(seen(a, "--since", "2025-01-01"), seen(b, "--since", "2025-01-01"), "whatever the order of arrival")
    equal([r["DTCREAFLUX"] for r in seen(a, "--since", "2025-02-11")], ["2025-02-11", "2025-02-12"], "--since")
    equal([r["DTCREAFLUX"] for r in seen(a, "--since", "10/02/2025", "--until", "11/02/2025")], ["2025-02-10", "2025-02-11"], "--until")
    equal(seen(a, "--since", "2025-02-13"), [], "after the last one")
    check("nothing moved" in a.run("report", "movements", "--since", "2025-02-13").out, "nothing to say is said")


def test_undone_flux_never_was(folder):
    w, i = World(folder), Instance(os.path.join(folder, "i"))
    h = w.households[0]
    applied(i, w.monthly(1, w.households))
    before = (report(i, "anomalies"), movements(i))
    set_state(h, "5", "FinDroit", MOTICLORSA="XYZ", DTCLORSA="2025-01-31")
    role_of(h.find("Personne")).text = "AUT"
    applied(i, w.daily("2025-02-10", [h]))
    check(kinds(movements(i), h) and report(i, "anomalies") != before[0], "told while it is applied")
    i.run("flux", "undo", 2, "--reason", "test")
    equal((report(i, "anomalies"), movements(i)), before, "and not after")


def test_a_month_in_several_flux(folder):
    """All monthly flux of a month count together."""
    w, i = World(folder), Instance(os.path.join(folder, "i"))
    applied(i, w.monthly(1, w.households))
    half = w.flux("half", w.households[30:], "M", "2025-03-05", "2025-02-28")
    other = w.flux("other", w.households[1:30], "M", "2025-03-06", "2025-02-28")
    i.run("import", "--force", "test", half, other)
    equal(numbers(i, "missing"), [number(w.households[0])], "in neither")


# ---- faces ----

CANARY = "=CMD|' /C CALC'!A0"


def test_names_stay_out_unless_asked_for(folder):
    w, i = World(folder), Instance(os.path.join(folder, "i"))
    applied(i, w.monthly(1, w.households))
    h = w.couples[0]
    person = h.find("Personne/Identification")
    person.find("NOM").text, person.find("PRENOM").text = CANARY, "CANARIPRENOM"
    h.find(".//NOMVOIE").text = "DES CANARIS"
    born = person.findtext("DTNAI")
    set_state(h, "5", "FinDroit", MOTICLORSA="ECH", DTCLORSA="2025-01-31")
    role_of(h.find("Personne")).text = "AUT"
    applied(i, w.daily("2025-02-10", [h]))
    for name, words in (("movements", ("--since", "2025-02-10")), ("anomalies", ("--kind", "no-demandeur"))):
        for form in ("text", "csv", "json"):
            before = i.run("audit", "show", "--json").json()
            out = i.run("report", name, *words, "--format", form).out
            check(number(h) in out, f"{name} {form}: the household is named")
            for canary in ("CALC", "CANARI", born, "/".join(reversed(born.split("-")))):
                check(canary not in out, f"{name} {form}: {canary} in {out}")
            after = i.run("audit", "show", "--json").json()
            equal(len(after) - len(before), 1, f"{name} {form}: one line in the journal")
            out = i.run("report", name, *words, "--format", form, "--nominative", "--purpose", "orientation").out
            check("CANARIPRENOM" in out and born in out, f"{name} {form}: names asked for")
            equal("CANARIS" in out, name == "movements", f"{name} {form}: the address")
            check(form != "csv" or ";'=CMD" in out, "no formula begins a cell")
            log = i.run("audit", "show", "--json").json()
            new = [e for e in log if e not in after]
            equal(sorted((e["op"], e["purpose"]) for e in new), [(f"report.{name}", "orientation")] * 2, "the household is in the journal")
            check(number(h) not in str(log), "under a pseudonym")


def test_csv_is_for_french_spreadsheets(folder):
    w, i = World(folder), Instance(os.path.join(folder, "i"))
    w.couples[0].find("Personne/Identification/NOM").text = CANARY
    w.couples[1].find("Personne/Identification/NOM").text = 'LE; "GRAND"'
    applied(i, w.monthly(1, w.households))
    out = i.run("report", "movements", "--since", "2025-01-01", "--format", "csv", "--nominative", env={"LANGUAGE": "fr", "LC_ALL": "fr_FR.UTF-8"}).out
    check(out.startswith("\ufeffkind;NUMDEMRSA;flux;"), out[:60])
    check(all(line.endswith("\r") for line in out.split("\n")[:-1]), "CRLF")
    found = list(csv.DictReader(io.StringIO(out[1:], newline=""), delimiter=";"))
    names = {r["NOM"] for r in found}
    check("'" + CANARY in names and 'LE; "GRAND"' in names, "values come back")
    check(not any(v and v[0] in "=+-@\t\r" for r in found for v in r.values()), "no cell is a formula")
    asked = rows(i, "movements", "--since", "2025-01-01", "--nominative")
    equal(list(asked[0]), list(found[0]), "the same columns in the same order as JSON")
    equal([{k: "" if v is None else {True: "true", False: "false"}.get(v, str(v)) if isinstance(v, bool) else str(v) for k, v in r.items()}
           for r in asked], [{k: v[1:] if v.startswith("'=") else v for k, v in r.items()} for r in found], "the same values")


def test_faces_and_usage(folder):
    w, i = World(folder), Instance(os.path.join(folder, "i"))
    applied(i, w.monthly(1, w.households))
    j = report(i, "movements", "--since", "05/02/2025", "--limit", "3")
    equal(([k for k in j], j["version"], j["report"], j["since"], j["until"], len(j["rows"])),
          (["version", "report", "since", "until", "kind", "counts", "rows"], 1, "movements", "2025-02-05", None, 3), "the object")
    check(j["counts"]["entrant"] > 3 and j["counts"]["exit"] == 0, "counts are those of all rows")
    equal(i.run("report", "movements", "--since", "2025-02-05", "--format", "json", "--limit", 3).json(), j, "--format json is --json")
    french = i.run("report", "movements", "--since", "2025-02-05", env={"LANGUAGE": "fr", "LC_ALL": "fr_FR.UTF-8"}).out
    check("05/02/2025" in french or "2025-02-05" in french, "dates")
    for words in (("movements",), ("movements", "--since", "2025-02-30"), ("movements", "--since", "2025-02-05", "--until", "2025-02-04"),
                  ("movements", "--since", "2025-02-05", "--kind", "missing"), ("anomalies", "--kind", "exit"),
                  ("anomalies", "--month", "2025-13"), ("anomalies", "--format", "xls"), ("anomalies", "--json", "--format", "csv")):
        done = i.run("report", *words, expect=64)
        equal(done.out, "", f"{words}: nothing on standard output")
    check("CRLF" in run("report", "anomalies", "--help").out, "the help says what the CSV is")


main(test_missing, test_missing_is_not_what_moved_to_the_other_payer, test_households, test_shared_nir, test_never_seen, test_entrants,
     test_states, test_moves, test_persons, test_mutations, test_days_and_order, test_undone_flux_never_was,
     test_a_month_in_several_flux, test_names_stay_out_unless_asked_for,
     test_csv_is_for_french_spreadsheets, test_faces_and_usage)
