"""What was true of a household on a day and what was known then: states, closings, suspensions, roles, addresses, who left."""
import copy
import datetime
import json
import os
import random

from lxml import etree

from kit import Instance, check, equal, main, run, sample
from lived import Flux, STATE, born, brief, history, last_person, lived, number_of, role, set_state, show, state_at, trace


def test_from_request_to_right(folder):
    i, number, _ = lived(folder, [lambda h: set_state(h, "0"), lambda h: set_state(h, "2"), lambda h: None])
    rows = history(i, number, "state", "closing")
    equal(brief(rows, "old", "new", "event"), [("2025-01-31", "2025-02-28", None, "0", None), ("2025-02-28", None, "0", "2", None)],
          "0 then 2, joined with the month that says the same")
    equal(rows[1]["label"], "Droit ouvert et versable", "the label of a state")
    equal(rows[0]["path"], f"InfosFoyerRSA/{STATE}/EtatDossierRSA/ETATDOSRSA", "the official path")
    equal([state_at(i, number, d) for d in ("2025-01-31", "27/02/2025", "2025-02-28", "2030-01-01")], ["0", "0", "2", "2"], "by day")
    i.run("dossier", "show", number, "--at", "2025-01-30", expect=66)
    i.run("dossier", "show", number, "--at", "2025-02-30", expect=64)


def test_suspended_then_paid_again(folder):
    pay = [{"MOTISUSVERSRSA": "06", "DDSUSVERSRSA": d} for d in ("2025-02-01", "2025-02-02", "2025-02-03")]
    right = [{"MOTISUSDRORSA": "01", "DDSUSDRORSA": d} for d in ("2025-03-01", "2025-03-02")]
    i, number, _ = lived(folder, [lambda h: set_state(h, "2"), lambda h: set_state(h, "4", SuspensionVersement=pay),
                                  lambda h: set_state(h, "3", SuspensionDroit=right), lambda h: set_state(h, "2")])
    equal([r["new"] for r in history(i, number, "state")], ["2", "4", "3", "2"], "states")
    equal(brief(history(i, number, "suspension"), "new"),
          [("2025-02-28", "2025-03-31", {"DDSUSVERSRSA": s["DDSUSVERSRSA"]}) for s in pay] +
          [("2025-03-31", "2025-04-30", {"DDSUSDRORSA": s["DDSUSDRORSA"]}) for s in right], "each suspension, then none")
    situation = show(i, number, "2025-02-28")["record"]["PrestationRSA"]["SituationDossierRSA"]
    equal(len(situation["SuspensionVersement"]), 3, "suspensions on that day")
    check(not history(i, number, "closing") and not any(r["event"] for r in history(i, number, "state")), "nothing was closed")
    equal(trace(i, number)[1]["kinds"], ["state", "suspension"], "what the second night did")


def test_closed_corrected_then_opened_again(folder):
    i, number, _ = lived(folder, [
        lambda h: set_state(h, "2"), lambda h: set_state(h, "5", FinDroit=[{"MOTICLORSA": "ECH", "DTCLORSA": "2025-01-31"}]),
        lambda h: set_state(h, "5", FinDroit=[{"MOTICLORSA": "ECH", "DTCLORSA": "2025-02-28"}]), lambda h: set_state(h, "2")])
    equal(brief(history(i, number, "state"), "new", "event"),
          [("2025-01-31", "2025-02-28", "2", None), ("2025-02-28", "2025-04-30", "5", "closing"), ("2025-04-30", None, "2", "reopening")],
          "the states")
    rows = history(i, number, "closing")
    equal(brief(rows, "new"), [("2025-02-28", "2025-03-31", {"MOTICLORSA": "ECH", "DTCLORSA": "2025-01-31"}),
                               ("2025-03-31", "2025-04-30", {"MOTICLORSA": "ECH", "DTCLORSA": "2025-02-28"})], "the closings")
    equal(rows[1]["old"], rows[0]["new"], "what a closing replaces")
    check(rows[0]["label"], "the label of a reason")
    equal([t["kinds"] for t in trace(i, number)], [[], ["state", "closing"], ["closing"], ["state", "closing", "reopening"]], "the trace")
    text = i.run("dossier", "history", number).out
    check("re-opening" in text and "ECH, " in text, "the text of a history")


def test_state_6(folder):
    closing = [{"MOTICLORSA": "RAU", "DTCLORSA": "2025-01-31"}]
    i, number, h = lived(folder, [lambda h: set_state(h, "5", FinDroit=closing), lambda h: set_state(h, "6", FinDroitMoisAnterieur=closing)])
    equal(brief(history(i, number, "closing"), "new"), [("2025-01-31", None, closing[0])], "the closing is not told twice")
    equal([r["event"] for r in history(i, number, "state")], [None, "regularisation"], "the states")
    equal(trace(i, number)[1]["kinds"], ["state", "regularisation"], "the trace")


def test_state_6_first(folder):
    closing = [{"MOTICLORSA": "RAU", "DTCLORSA": "2021-06-30"}]
    i, number, _ = lived(folder, [lambda h: set_state(h, "6", FinDroitMoisAnterieur=closing)])
    equal(brief(history(i, number, "closing", "state"), "new"), [("2025-01-31", None, "6"), ("2025-01-31", None, closing[0])], "closed at once")


def test_a_move(folder):
    def move(h):
        block = h.find("DonneesAdministratives")
        first, *others = block.findall("Adresse")
        for other in others:
            block.remove(other)
        first.find("AdresseDetailleeFrance/NOMVOIE").text = "DU MOULIN NEUF"

    def three(h):
        first, *others = h.findall("DonneesAdministratives/Adresse")
        for other in others:
            other.getparent().remove(other)
        for rank in ("03", "02"):
            older = copy.deepcopy(first)
            older.find("TroncCommunAdresse/RGADR").text = rank
            older.find("AdresseDetailleeFrance/NOMVOIE").text = f"DU PUITS {rank}"
            first.addnext(older)

    i, number, _ = lived(folder, [three, move])
    rows = history(i, number, "address")
    streets = [(r["rank"], r["from"], r["to"], r["new"]["AdresseDetailleeFrance"]["NOMVOIE"]) for r in rows]
    equal(sorted(s[:3] for s in streets), [(1, "2025-01-31", "2025-02-28"), (1, "2025-02-28", None), (2, "2025-01-31", "2025-02-28"),
                                           (3, "2025-01-31", "2025-02-28")], "ranks, from, until")
    equal(streets[-1][3], "DU MOULIN NEUF", "the new address")
    equal(rows[-1]["old"], next(r for r in rows if r["rank"] == 1)["new"], "the old address")
    equal(len(show(i, number, "2025-02-01")["record"]["DonneesAdministratives"]["Adresse"]), 3, "addresses before")
    equal(trace(i, number)[1]["kinds"], ["address"], "the trace")


def test_who_left_is_never_shown_as_current(folder):
    gone = []

    def leave(h):
        gone.append(last_person(h))
        h.remove(gone[0])

    i, number, _ = lived(folder, [lambda h: None, leave, lambda h: None], persons=3)
    who = born(gone[0])
    d = show(i, number)
    equal([(p["NOMNAI"], p["PRENOM"], p["DTNAI"]) for p in d["departed"]], [who], "who left")
    equal(d["departed"][0]["absent_since"], "2025-02-28", "since when")
    check(d["departed"][0]["id"] not in [p["id"] for p in d["persons"]] and len(d["persons"]) == len(d["record"]["Personne"]), "the persons")
    before = show(i, number, "2025-02-27")
    equal((before["departed"], len(before["persons"])), ([], len(d["persons"]) + 1), "the day before")
    row = next(r for r in history(i, number, "composition") if r["to"])
    equal((row["person"]["PRENOM"], row["from"], row["to"]), (who[1], "2025-01-31", "2025-02-28"), "in history")
    equal(trace(i, number)[1]["kinds"], ["composition", "departure"], "the trace names nothing else of who left")
    text = i.run("dossier", "show", number).out
    check("No longer of the household" in text and "2025-02-28" in text.split("No longer of the household")[1], "the text")
    full = text.split("Where this comes from")[0].split("No longer")[0]
    check(str(d["departed"][0]["id"]) not in [w for line in full.split("\n") for w in line.split()[:1]], "a row among the current persons")


def test_who_comes_back_is_current(folder):
    gone = []

    def leave(h):
        gone.append(last_person(h))
        gone.append(list(h).index(gone[0]))
        h.remove(gone[0])

    i, number, _ = lived(folder, [lambda h: None, leave, lambda h: h.insert(gone[1], gone[0])], persons=2)
    equal(show(i, number)["departed"], [], "after the return")
    equal(show(i, number, "2025-03-30")["departed"][0]["absent_since"], "2025-02-28", "meanwhile")
    rows = [r for r in history(i, number, "composition") if r["person"]["PRENOM"] == born(gone[0])[1]]
    equal(brief(rows), [("2025-01-31", "2025-02-28"), ("2025-03-31", None)], "twice a member")


def test_dfratdos_ends_a_membership(folder):
    def ended(h):
        block = last_person(h).find("DossierCAF")
        for old in block.findall("DFRATDOS"):
            block.remove(old)
        day = etree.Element("DFRATDOS")
        day.text = "2025-02-15"
        block.find("DDRATDOS").addnext(day)

    i, number, h = lived(folder, [lambda h: None, ended], persons=2)
    d = show(i, number)
    equal([(p["PRENOM"], p["absent_since"], p["DFRATDOS"]) for p in d["departed"]], [(born(last_person(h))[1], None, "2025-02-15")], "who left")
    equal(len(d["persons"]), len(h.findall("Personne")) - 1, "current persons")
    equal(trace(i, number)[1]["kinds"], ["membership"], "the trace")


def test_roles_duties_matricule(folder):
    def swap(h):
        one, two = role(h.findall("Personne")[0]), role(h.findall("Personne")[1])
        one.text, two.text = "CJT", "DEM"

    def duties(value):
        def change(h):
            block = h.find("Personne").find("MontantCalculDroitRSAPersonne")
            if value is None:
                h.find("Personne").remove(block)
            else:
                block.find("TOPPERSDRODEVORSA").text = value
        return change

    def matricule(h):
        h.find("IdentificationRSA/Organisme/MATRICULE").text = "765432100000000"

    i, number, h = lived(folder, [duties("1"), swap, duties("0"), duties(None), matricule], persons=2)
    equal([t["kinds"] for t in trace(i, number)], [[], ["role"], ["duties"], ["duties"], ["matricule"]], "the trace")
    first = born(h.find("Personne"))[1]
    roles = [r for r in history(i, number, "role") if r["person"]["PRENOM"] == first]
    equal(brief(roles, "old", "new")[1:], [("2025-02-28", None, roles[0]["new"], "CJT")], "a role")
    rows = [r for r in history(i, number, "duties") if r["person"] and r["person"]["PRENOM"] == first and "TOPPERSDRODEVORSA" in r["path"]]
    equal(brief(rows, "new"), [("2025-01-31", "2025-03-31", "true"), ("2025-03-31", "2025-04-30", "false")], "true, false, then nothing")
    equal(history(i, number, "matricule")[-1]["new"]["MATRICULE"], "765432100000000", "the new matricule")
    old = history(i, number, "matricule")[0]["new"]["MATRICULE"]
    check(number in [d["NUMDEMRSA"] for d in i.run("dossier", "search", "--json", "--matricule", old).json()], "found by the old one")


def test_an_msa_matricule_stays_masked(folder):
    i = Instance(os.path.join(folder, "i"))
    path = sample(os.path.join(folder, "m.xml"), 20, "--emitter", "msa")
    i.imported(path)
    h = etree.parse(path).getroot().find("InfosFoyerRSA")
    nir = h.findtext("IdentificationRSA/Organisme/MATRICULE")[:13]
    for words in (("history", "--json"), ("history",), ("history", "--full"), ("trace", "--json"), ("trace",)):
        check(nir not in i.run("dossier", words[0], number_of(h), *words[1:]).out, f"{words} shows the matricule")


def strip(rows, files):
    out = []
    for r in rows:
        r = dict(r)
        r["flux"] = files[r["flux"]]
        if r["person"]:
            r["person"] = {k: v for k, v in r["person"].items() if k != "id"}
        out.append(json.dumps(r, sort_keys=True))
    return sorted(out)


def answers(i, numbers, days):
    files = {f["flux"]: f["file"] for f in i.run("flux", "list", "--json", "--limit", "1000").json()}
    out = {}
    for n in numbers:
        for day in days:
            r = i.run("dossier", "show", n, "--json", "--at", day, expect=None)
            d = r.json() if r.code == 0 else None
            out[n, day] = d and (d["record"], files[d["meta"]["flux"]], d["meta"]["DTREF"],
                                 [{k: v for k, v in p.items() if k != "id"} for p in d["departed"]])
        out[n] = strip(i.run("dossier", "history", n, "--json", "--full").json(), files)
        out[n, "trace"] = [(t["DTCREAFLUX"], t["kinds"], t["fields"]) for t in trace(i, n)]
    return out


def test_the_order_of_arrival_changes_no_answer(folder):
    series = os.path.join(folder, "series")
    run("sample", "generate", "--series", "4", "--dailies", "--households", "40", "-o", series)
    names = sorted(os.listdir(series))
    files = [os.path.join(series, n) for n in names]
    seen = {}
    for f in files:
        for h in etree.parse(f).getroot().findall("InfosFoyerRSA"):
            seen[number_of(h)] = seen.get(number_of(h), 0) + 1
    # Those that were carried most often have changed most often.
    numbers = sorted(seen, key=lambda n: (-seen[n], n))[:8]
    days = ["2024-12-31", "2025-01-20", "2025-01-31", "2025-02-03", "2025-02-28", "2025-03-17", "2025-04-30", "2026-01-01"]
    first = Instance(os.path.join(folder, "first"))
    first.run("import", *files)
    expected = answers(first, numbers, days)
    check(sum(len(expected[n, "trace"]) > 4 for n in numbers) >= 4, "dossiers with a past")
    shuffled = list(files)
    random.Random(4).shuffle(shuffled)
    second = Instance(os.path.join(folder, "second"))
    for f in shuffled:
        second.run("import", f, expect=None)
    got = answers(second, numbers, days)
    for key, value in expected.items():
        equal(got[key], value, f"{key if isinstance(key, str) else key[1]} after another order of arrival")


def test_known_at_looks_back(folder):
    i, number, _ = lived(folder, [lambda h: set_state(h, "0"), lambda h: set_state(h, "2")])
    today = datetime.datetime.now(datetime.timezone.utc).date()
    d = show(i, number, known_at=today.isoformat())
    equal((d["meta"]["known_at"], d["meta"]["at"], d["meta"]["state"]["ETATDOSRSA"]), (today.isoformat(), None, "2"), "known today")
    # Midnight may have come since the first of them.
    taken = min(f["imported_at"] for f in i.run("flux", "list", "--json").json())
    before = datetime.date(1970, 1, 1) + datetime.timedelta(days=taken // 86400 - 1)
    for verb in ("show", "history"):
        i.run("dossier", verb, number, "--known-at", before.isoformat(), expect=66)
    d = show(i, number, "2025-02-01", today.isoformat())
    equal((d["meta"]["at"], d["meta"]["DTREF"], d["meta"]["state"]["ETATDOSRSA"]), ("2025-02-01", "2025-01-31", "0"), "both")
    text = i.run("dossier", "show", number, "--at", "01/02/2025").out
    check("State on" in text and "2025-02-01" in text and "reference 2025-01-31" in text, "the text says which flux speaks")


def test_a_monthly_made_later_speaks_for_an_earlier_day(folder):
    """The monthly flux of January is created in February, after a daily one: on a day of February it is the last word."""
    flux = Flux(folder)
    h = flux.open_household()
    i = Instance(os.path.join(folder, "i"))
    set_state(h, "4", SuspensionVersement=[{"MOTISUSVERSRSA": "06", "DDSUSVERSRSA": "2025-02-01"}])
    i.imported(flux.write("2025-02-03", "2025-02-03", h, kind="I"))
    set_state(h, "2")
    i.imported(flux.write("2025-02-05", "2025-01-31", h))
    equal([state_at(i, number_of(h), d) for d in ("2025-01-31", "2025-02-03", "2025-12-31")], ["2", "2", "2"], "who speaks")
    equal(brief(history(i, number_of(h), "state"), "new"), [("2025-01-31", None, "2")], "the history says the same")
    equal([t["kinds"] for t in trace(i, number_of(h))], [[], ["state", "suspension"]], "the trace follows the flux")


def test_a_person_named_twice_is_one(folder):
    flux = Flux(folder)
    h = flux.open_household(persons=2)
    twice = copy.deepcopy(last_person(h))
    role(twice).text = "AUT"
    last_person(h).addnext(twice)
    i = Instance(os.path.join(folder, "i"))
    i.imported(flux.write("2025-02-05", "2025-01-31", h, flux.households[-1]))
    persons = [p for p in show(i, number_of(h))["persons"] if p["PRENOM"] == born(twice)[1]]
    equal([p["ROLEPERS"] for p in persons], ["AUT"], "the last one counts")
    rows = [r for r in history(i, number_of(h), "role", "composition") if r["person"]["PRENOM"] == born(twice)[1]]
    equal([(r["kind"], r["new"]) for r in rows], [("composition", True), ("role", "AUT")], "in history")


main(*[case for name, case in list(globals().items()) if name.startswith("test_")])
