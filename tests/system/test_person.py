"""Persons across dossiers from the command line: what is shown, the review queue, what is decided by hand and taken back."""
from case_kit import Houses, World
from kit import check, equal, main

H = Houses()
JANUARY, FEBRUARY, MARCH = "2025-01-31", "2025-02-28", "2025-03-31"
REASON = ("--reason", "papers compared")


def like(person, house, nir):
    """The first person of the household is named and born as this one."""
    for leaf in ("QUAL", "NOM", "NOMNAI", "PRENOM", "DTNAI", "TYPEDTNAI", "SEXE"):
        house.person().who(**{leaf: person.get(f"Identification/{leaf}")})
    house.person().who(NIR=nir)
    return house


def homonyms(folder):
    """Two dossiers that name somebody alike, one without a NIR; the pair."""
    w, a = World(folder), H.single()
    b = like(a.person(), H.single(1), None)
    w.month(a)
    w.month(b, DTREF=FEBRUARY)
    listed = w.json("person", "duplicates", "list")
    equal([(p["reason"], sorted(p["NUMDEMRSA"])) for p in listed], [("homonym", sorted([a.number, b.number]))], "the queue")
    return w, a, b, listed[0]["pair"]


def audit(w):
    return [(x["op"], x["subject"], x["detail"]) for x in w.json("audit", "show")]


def a_person_in_two_dossiers(folder):
    w, a = World(folder), H.single()
    b = like(a.person(), H.single(1), a.person().nir())
    w.month(a)
    w.month(b, DTREF=FEBRUARY)
    w.month(a, b, DTREF=MARCH)
    shown = w.json("dossier", "show", b.number)["persons"][0]
    equal(shown["rule"], "nir-names", "how it is known")
    person = w.json("person", "show", shown["id"])
    equal(person["id"], shown["person"], "whichever member is asked for")
    equal([(m["NUMDEMRSA"], m["ROLEPERS"], m["first"]["DTREF"], m["last"]["DTREF"], m["absent_since"]) for m in person["memberships"]],
          [(a.number, "DEM", JANUARY, MARCH, None), (b.number, "DEM", FEBRUARY, MARCH, None)], "memberships")
    equal(person["memberships"][0]["compared"], ["NIR", "DTNAI", "NOM", "PRENOM"], "what was compared")
    check(a.person().nir() not in w.run("person", "show", shown["id"]).out, "no NIR")
    equal(w.json("person", "duplicates", "list"), [], "nothing to decide")
    w.run("person", "show", 999999, expect=66)
    w.run("person", "show", "x", expect=64)


def only_what_differs(folder):
    w, a, b, pair = homonyms(folder)
    shown = w.json("person", "duplicates", "show", pair)
    fields = {d["field"] for d in shown["differences"]}
    equal((shown["NIR"], shown["a"]["NIR"], shown["b"]["NIR"]), ("absent", "certified", "absent"), "NIR")
    check("NUMDEMRSA" in fields and "Identification/NOM" not in fields, f"differences: {sorted(fields)}")
    check(all(d["a"] != d["b"] for d in shown["differences"]), "no field that is equal")
    for words in (("show", pair), ("show", pair, "--json"), ("list",), ("list", "--json")):
        check(a.person().nir() not in w.run("person", "duplicates", *words).out, "no NIR")
    w.run("person", "duplicates", "show", "1-999999", expect=66)
    w.run("person", "duplicates", "show", "12", expect=64)


def merge_and_unmerge(folder):
    w, a, b, pair = homonyms(folder)
    before = w.i.dump()
    w.run("person", "duplicates", "merge", pair, expect=64)
    w.run("person", "duplicates", "merge", pair, *REASON)
    member = w.member(b.number)
    person = w.json("person", "show", member)
    equal((len(person["memberships"]), person["memberships"][0]["rule"], person["merges"][0]["reason"]), (2, "merged", REASON[1]), "merged")
    equal(w.json("person", "duplicates", "list"), [], "off the queue")
    w.run("person", "duplicates", "merge", pair, *REASON, expect=66)
    check(w.i.dump() != before, "the merge shows")
    equal(w.json("person", "unmerge", person["id"], *REASON), {"status": "unmerged", "person": person["id"]}, "unmerge")
    equal(w.i.dump(), before, "the state before")
    w.run("person", "unmerge", member, *REASON, expect=65)
    ops = [x for x in audit(w) if x[0] in ("person.merge", "person.unmerge")]
    equal(ops, [("person.merge", f"pair:{pair}", "reason: papers compared"),
                ("person.unmerge", f"person:{person['id']}", "reason: papers compared")], "the journal")
    w.run("audit", "verify")


def a_merge_outlives_what_it_merged(folder):
    """A decision is about persons, not about serial numbers: an undone flux that comes again finds it."""
    w, a, b, pair = homonyms(folder)
    w.run("person", "duplicates", "merge", pair, *REASON)
    merged = w.i.dump()
    last = w.json("flux", "list")[0]["flux"]
    w.run("flux", "undo", last, *REASON)
    w.month(b, DTREF=FEBRUARY)
    equal(w.i.dump(), merged, "merged again")


def a_dismissal_expires(folder):
    w, a, b, pair = homonyms(folder)
    for words in ((), ("--until", "2020-01-01"), ("--until", "soon")):
        w.run("person", "duplicates", "dismiss", pair, *words, *REASON, expect=64)
    w.run("person", "duplicates", "dismiss", pair, "--until", "2199-12-31", *REASON)
    equal(w.json("person", "duplicates", "list"), [], "set aside")
    kept = w.json("person", "duplicates", "list", "--all")[0]["dismissed"]
    equal((kept["until"], kept["reason"]), ("2199-12-31", REASON[1]), "remembered")
    w.month(a, b, DTREF=MARCH)
    equal(w.json("person", "duplicates", "list"), [], "still")


def two_nir_never_merge(folder):
    w, a = World(folder), H.single()
    b = like(a.person(), H.single(1), H.single(2).person().nir())
    w.month(a, b)
    pair = w.json("person", "duplicates", "list")[0]
    equal(pair["reason"], "two-nir", "a conflict is shown")
    before = w.i.dump()
    w.run("person", "duplicates", "merge", pair["pair"], *REASON, expect=65)
    equal(w.i.dump(), before, "nothing changed")


main(a_person_in_two_dossiers, only_what_differs, merge_and_unmerge, a_merge_outlives_what_it_merged, a_dismissal_expires,
     two_nir_never_merge)
