"""What each flux did to a household, and to one person: night by night, rejects and undone flux too."""
import copy
import json
import os

from kit import Instance, check, equal, main, run
from lived import Flux, born, history, last_person, lived, number_of, set_state, show, trace


def test_the_trace_tells_every_night(folder):
    flux = Flux(folder)
    h, other = flux.open_household(persons=2), flux.households[-1]
    number = number_of(h)
    i = Instance(os.path.join(folder, "i"))
    i.imported(flux.write("2025-02-05", "2025-01-31", h, other))
    faulty = copy.deepcopy(h)
    faulty.find("Personne/Identification/PRENOM").text = ""
    i.imported(flux.write("2025-02-06", "2025-02-06", faulty, other, kind="I"), expect=None)
    rejected = i.run("rejects", "list", "--json").json()[0]
    i.imported(flux.write("2025-03-05", "2025-02-28", other))
    i.imported(flux.write("2025-03-06", "2025-03-06", h, kind="I"))
    set_state(h, "4")
    i.imported(flux.write("2025-04-05", "2025-03-31", h, other))
    i.imported(flux.write("2025-03-20", "2025-03-20", h, kind="I"))
    i.imported(flux.write("2025-05-05", "2025-04-30", other))
    lines = trace(i, number)
    equal([(t["DTCREAFLUX"], t["verdict"]) for t in lines],
          [("2025-02-05", "created"), ("2025-02-06", "rejected"), ("2025-03-05", "absent"), ("2025-03-06", "unchanged"),
           ("2025-03-20", "superseded"), ("2025-04-05", "unchanged"), ("2025-05-05", "absent")], "night by night")
    equal(lines[1]["reject"], {"id": rejected["id"], "code": rejected["code"], "state": "resolved"}, "the reject")
    equal([lines[4]["late"], lines[4]["kinds"]], [True, ["state"]], "the late one")
    check(lines[0]["line"] and lines[0]["file"] == "flux-1.xml" and lines[0]["TYPEFLUX"] == "M", "where it comes from")
    text = i.run("dossier", "trace", number).out
    for words in ("created", "rejected", "absent from the monthly flux", "older image, placed in history", "D_PERSON_KEY"):
        check(words in text, f"{words!r} in the text")
    check(all(name not in text for p in h.findall("Personne") for name in born(p)), "the trace shows a person")


def test_the_trace_of_what_was_only_rejected(folder):
    flux = Flux(folder)
    h = flux.open_household()
    i = Instance(os.path.join(folder, "i"))
    h.find("Personne/Identification/PRENOM").text = ""
    i.imported(flux.write("2025-02-05", "2025-01-31", h, *flux.households[-3:]), expect=None)
    equal([t["verdict"] for t in trace(i, number_of(h))], ["rejected"], "a dossier that was never accepted")
    i.run("dossier", "history", number_of(h), expect=66)
    i.run("dossier", "trace", "99999999062", expect=66)


def test_the_trace_of_a_closed_right_ends(folder):
    flux = Flux(folder)
    h, other = flux.open_household(), flux.households[-1]
    i = Instance(os.path.join(folder, "i"))
    set_state(h, "5", FinDroit=[{"MOTICLORSA": "ECH", "DTCLORSA": "2025-01-31"}])
    i.imported(flux.write("2025-02-05", "2025-01-31", h, other))
    i.imported(flux.write("2025-03-05", "2025-02-28", other))
    equal([t["verdict"] for t in trace(i, number_of(h))], ["created"], "absent because closed")


def test_findings_are_in_the_trace(folder):
    flux = Flux(folder)
    h = flux.open_household()
    set_state(h, "2", FinDroit=[{"MOTICLORSA": "ECH", "DTCLORSA": "2025-01-31"}])
    i = Instance(os.path.join(folder, "i"))
    number = i.imported(flux.write("2025-02-05", "2025-01-31", h, flux.households[-1]))[0]["flux"]
    codes = {f["code"] for f in i.run("flux", "findings", number, "--json").json() if f["NUMDEMRSA"] == number_of(h)}
    check(codes, "a finding to look for")
    equal(set(trace(i, number_of(h))[0]["findings"]), codes, "the codes")


def test_a_nir_that_changes_is_told_not_shown(folder):
    flux = Flux(folder)
    h = next(copy.deepcopy(h) for h in flux.households if h.findtext("Personne/Identification/NIR"))
    nir = h.find("Personne/Identification/NIR")
    before, number = nir.text[:13], number_of(h)
    i = Instance(os.path.join(folder, "i"))
    i.imported(flux.write("2025-02-05", "2025-01-31", h, flux.households[-1]))
    nir.text = before[:10] + ("123" if before[10:] != "123" else "124")
    i.imported(flux.write("2025-03-05", "2025-02-28", h, flux.households[-1]))
    line = trace(i, number)[1]
    equal((line["verdict"], line["kinds"], line["fields"]), ("updated", ["identity"], ["InfosFoyerRSA/Personne/Identification/NIR"]), "the night")
    for verb in ("trace", "history", "show"):
        out = i.run("dossier", verb, number, "--json").out
        check(before not in out and nir.text not in out, f"dossier {verb} shows a NIR")


def test_a_nir_kept_once_is_masked_when_the_rule_changes(folder):
    flux = Flux(folder)
    h = next(h for h in flux.households if h.findtext("Personne/Identification/NIR"))
    nir, number = h.findtext("Personne/Identification/NIR")[:13], number_of(h)
    i = Instance(os.path.join(folder, "i"), nir="sealed", legal_ref="test", keep="all")
    i.imported(flux.write("2025-02-05", "2025-01-31", h, flux.households[-1]))
    looks = [("history", number, "--full"), ("history", number, "--json"), ("show", number, "--at", "2025-02-01", "--json")]
    check(all(nir in i.run("dossier", *words).out for words in looks), "shown while the rule allows it")
    i.set("nir", "hmac")
    i.set("keep", "")
    for words in looks:
        check(nir not in i.run("dossier", *words).out, f"dossier {words[0]} shows a NIR")


def test_a_person_is_followed_through_dossiers(folder):
    """A person leaves a dossier for another one; the trace of either membership tells both."""
    flux = Flux(folder)
    h = next(copy.deepcopy(h) for h in flux.households
             if len(h.findall("Personne")) > 1 and last_person(h).findtext("Identification/NIR") and last_person(h).find("DossierCAF") is not None)
    other = copy.deepcopy(flux.households[-1])
    mover = last_person(h)
    i = Instance(os.path.join(folder, "i"))
    i.imported(flux.write("2025-02-05", "2025-01-31", h, other))
    person = next(p["id"] for p in show(i, number_of(h))["persons"] if p["PRENOM"] == mover.findtext("Identification/PRENOM"))
    first = h.find("Personne/MontantCalculDroitRSAPersonne")
    if first is not None:
        first.getparent().remove(first)
    i.imported(flux.write("2025-02-06", "2025-02-06", h, kind="I"))
    h.remove(mover)
    i.imported(flux.write("2025-03-05", "2025-02-28", h, other))
    other.findall("Personne")[-1].addnext(mover)
    i.imported(flux.write("2025-04-05", "2025-03-31", h, other))
    lines = i.run("person", "trace", person, "--json").json()
    equal([(t["DTCREAFLUX"], t["NUMDEMRSA"], t["verdict"]) for t in lines],
          [("2025-02-05", number_of(h), "created"), ("2025-02-06", number_of(h), "unchanged"), ("2025-03-05", number_of(h), "departed"),
           ("2025-04-05", number_of(other), "arrived")], "through two dossiers")
    there = next(p["id"] for p in show(i, number_of(other))["persons"] if p["PRENOM"] == mover.findtext("Identification/PRENOM"))
    equal(i.run("person", "trace", there, "--json").json(), lines, "from the other membership")
    check("came" in i.run("person", "trace", person).out, "the text")
    i.run("person", "trace", 999999, expect=66)
    i.run("person", "trace", "x", expect=64)
    journal = os.path.join(i.folder, "journal", "journal.log")
    ops = [json.loads(line)["op"] for line in open(journal, encoding="utf-8").read().splitlines()[-5:]]
    equal(ops, ["person.trace"] * 5, "one line in the journal for each dossier shown")


def test_an_undone_flux_is_told(folder):
    flux = Flux(folder)
    h = flux.open_household()
    i = Instance(os.path.join(folder, "i"))
    i.imported(flux.write("2025-02-05", "2025-01-31", h, flux.households[-1]))
    expected = i.run("dossier", "history", number_of(h), "--json", "--full").json()
    set_state(h, "4")
    undone = i.imported(flux.write("2025-03-05", "2025-02-28", h, flux.households[-1]))[0]["flux"]
    equal(len(trace(i, number_of(h))), 2, "before")
    i.run("flux", "undo", undone, "--reason", "a file of another month")
    equal([(t["flux"], t["verdict"]) for t in trace(i, number_of(h))][1:], [(undone, "undone")], "after")
    equal(i.run("dossier", "history", number_of(h), "--json", "--full").json(), expected, "the history is as before")
    equal(show(i, number_of(h))["meta"]["DTREF"], "2025-01-31", "who speaks")


def test_every_look_is_in_the_journal(folder):
    i, number, _ = lived(folder, [lambda h: None])
    journal = os.path.join(i.folder, "journal", "journal.log")
    before = len(open(journal, encoding="utf-8").read().splitlines())
    for verb in ("history", "trace"):
        i.run("dossier", verb, number, "--purpose", "controle")
    i.run("dossier", "show", number, "--at", "2020-01-01", "--purpose", "controle", expect=66)
    lines = [json.loads(line) for line in open(journal, encoding="utf-8").read().splitlines()[before:]]
    equal([(a["op"], a["purpose"]) for a in lines], [(f"dossier.{v}", "controle") for v in ("history", "trace", "show")], "the journal")
    check(all(number not in json.dumps(a) for a in lines), "the journal names the dossier in clear")


main(*[case for name, case in list(globals().items()) if name.startswith("test_")])
