"""The numbered cases of persons: flux-caf-msa 7.3, 52 to 78.

Not here: 75 (ROLEPERS BEN, which only the beneficiary flux vrsd has, and that is not read)."""
from case_kit import ADDRESS, DUTIES, FRANCE, Houses, World, cases, nir_key
from kit import check, equal, main

H = Houses()
MSA = Houses("msa")
JANUARY, FEBRUARY, MARCH = "2025-01-31", "2025-02-28", "2025-03-31"
NIR = "Personne/Identification/NIR"
OWES = f"{DUTIES}/TOPPERSDRODEVORSA"


def full(nir):
    return nir[:13] + nir_key(nir)


def provisional(nir):
    return str(int(nir[0]) + 6) + nir[1:13]


def corsican(person, letter):
    """A NIR of the person, born in Corsica after 1976: the letters came then."""
    person.who(DTNAI="1985" + person.get("Identification/DTNAI")[4:])
    person.who(NIR=person.nir()[0] + "85" + person.nir()[3:5] + "2" + letter + person.nir()[7:13])
    return person


def same_person(a, house, *leaves):
    """Gives the first person of a household what makes it a."""
    for leaf in leaves or ("QUAL", "NOM", "NOMNAI", "PRENOM", "DTNAI", "TYPEDTNAI", "SEXE", "NIR"):
        house.person().who(**{leaf: a.get(f"Identification/{leaf}")})
    return house


def by_nir(w, nir):
    return w.found("--nir", "-", stdin=nir.encode())


def nirs(w, number):
    return [p.get("Identification/NIR") for p in w.record(number).each("Personne")]


def case_52_nir_without_a_key(folder):
    w, h = World(folder), H.single()
    nir = h.person().nir()
    r = w.month(h)
    equal(w.findings(r["flux"]), [], "accepted")
    for text in (nir, full(nir)):
        equal(by_nir(w, text), [h.number], "found with and without the key")
    equal([n[:13] for n in nirs(w, h.number)], [nir], "kept")


def case_53_nir_with_a_key_later(folder):
    w, h = World(folder), H.single()
    later, other = h.copy(), MSA.single()
    w.month(h)
    before = w.member(h.number)
    later.person().who(NIR=full(h.person().nir()))
    r = w.month(later, DTREF=FEBRUARY)
    equal((w.findings(r["flux"]), w.member(h.number)), ([], before), "accepted, the same member")
    w.month(same_person(later.person(), other), DTREF=MARCH)
    check(w.one(before, w.member(other.number)), "the same person in a dossier of the MSA")
    equal(w.rules(before), {"nir-names"}, "by the NIR and the names")


def case_54_nir_with_a_wrong_key(folder):
    w, h, other = World(folder), H.single(), H.couple()
    nir = h.person().nir()
    h.person().who(NIR=nir + f"{int(nir_key(nir)) % 97 + 1:02d}")
    same_person(h.person(), other).person().who(NIR=nir)
    r = w.month(h, other)
    equal(w.findings(r["flux"], "V_NIR_KEY"), [(h.number, "V_NIR_KEY", "Personne[1]/Identification/NIR")], "the reason")
    equal((r["rejected"], nirs(w, h.number)), (0, [None]), "imported without it")
    equal(by_nir(w, nir), [other.number], "it matches nobody")
    check(not w.one(w.member(h.number), w.member(other.number)), "nor is it the same person by it")


def case_55_nir_of_corsica(folder):
    w, houses = World(folder), [H.single(n) for n in range(2)]
    for h, letter in zip(houses, "AB"):
        corsican(h.person(), letter)
        h.person().who(NIR=full(h.person().nir()))
    r = w.month(*houses)
    equal(w.findings(r["flux"]), [], "accepted")
    for h in houses:
        equal(by_nir(w, h.person().nir()[:13]), [h.number], "found")


def case_56_provisional_nir(folder):
    w, h, other = World(folder), H.single(), H.single(1)
    certified = h.person().nir()
    same_person(h.person(), other, "SEXE", "QUAL", "DTNAI")
    for house in (h, other):
        house.person().who(NIR=provisional(certified))
    r = w.month(h, other)
    check("V_NIR_PROVISIONAL" in w.codes(r["flux"]) and r["rejected"] == 0, "accepted as provisional")
    before = w.member(h.number)
    check(not w.one(before, w.member(other.number)), "no two dossiers share a person by it")
    later = h.copy()
    later.person().who(NIR=certified)
    w.month(later, DTREF=FEBRUARY)
    equal(w.member(h.number), before, "the certified one takes its place")
    equal([n[:13] for n in nirs(w, h.number)], [certified], "and is shown")


def case_57_no_form_of_a_nir(folder):
    w, houses = World(folder), [H.single(n) for n in range(5)]
    wrong = (lambda n: "3" + n[1:], lambda n: "4" + n[1:], lambda n: n[:3] + "15" + n[5:], lambda n: n[:4] + "A" + n[5:],
             lambda n: n[:12] + "B")
    for h, change in zip(houses, wrong):
        h.person().who(NIR=change(h.person().nir()))
    r = w.month(*houses)
    found = {number: code for number, code, path in w.findings(r["flux"]) if path.endswith("/NIR")}
    equal([found.get(h.number) for h in houses], ["V_NIR_PROVISIONAL"] * 2 + ["V_NIR"] * 3, "told")
    equal(nirs(w, houses[2].number), [None], "set aside")
    twice = same_person(houses[0].person(), H.couple(), "NIR", "DTNAI", "NOM", "NOMNAI")
    w.month(twice, DTREF=FEBRUARY)
    check(not w.one(w.member(twice.number), w.member(houses[0].number)), "a number of 3 or 4 makes nobody the same")


def case_58_no_nir(folder):
    w, h, other, linked = World(folder), H.single(), H.single(1), H.single(2)
    h.person().who(NIR=None)
    for house in (other, linked):
        same_person(h.person(), house)
    linked.person().set("DossierCAF/NUMDEMRSAPRECE", h.number)
    w.month(h)
    before = w.member(h.number)
    w.month(h.copy().set(f"{ADDRESS}/{FRANCE}/NOMVOIE", "DU BAC"), DTREF=FEBRUARY)
    equal(w.member(h.number), before, "the same in the dossier")
    w.month(other, linked, DTREF=MARCH)
    check(w.one(before, w.member(linked.number)), "the same in a dossier that names this one")
    equal(w.rules(before), {"linked-names"}, "and how that is known")
    check(not w.one(before, w.member(other.number)), "names and birth date alone decide nothing")
    check({h.number, other.number} in w.doubts(), "but are shown to somebody")


def case_59_nir_changes(folder):
    w, h = World(folder), H.single()
    other = H.single(1).person().nir()
    changed = h.copy()
    changed.person().who(NIR=h.person().nir()[:5] + other[5:13])
    w.month(h)
    before = w.member(h.number)
    r = w.month(changed, DTREF=FEBRUARY)
    equal((r["updated"], w.member(h.number)), (1, before), "the same member of the household")
    equal([n[:13] for n in nirs(w, h.number)], [changed.person().nir()], "updated")
    check(any("NIR" in c for c in w.changed(h.number)), "the change is traced")


def case_60_marriage(folder):
    w, h = World(folder), H.single()
    married = h.copy()
    married.person().who(NOM="MARTINEAU")
    w.month(h)
    before = w.member(h.number)
    w.month(married, DTREF=FEBRUARY)
    equal((w.member(h.number), w.show(h.number)[1]["departed"]), (before, []), "the same person")
    equal(w.record(h.number).get("Personne/Identification/NOM"), "MARTINEAU", "updated")


def case_61_birth_name_corrected(folder):
    w, h = World(folder), H.single()
    wrong = h.copy()
    wrong.person().who(NOMNAI=h.person().get("Identification/NOMNAI") + "X")
    w.month(wrong)
    before = w.member(h.number)
    w.month(h, DTREF=FEBRUARY)
    check(w.one(before, w.member(h.number)), "one person")
    equal(w.rules(before), {"dossier-nir"}, "by the NIR")
    equal(len(w.show(h.number)[1]["persons"]), 1, "once in the household")
    equal((w.movements("arrived"), w.movements("left")), ([], []), "nobody came or left")


def case_62_one_nir_for_two(folder):
    w, h = World(folder), H.couple()
    h.person(1).who(NIR=h.person().nir())
    r = w.month(h)
    equal(w.findings(r["flux"], "D_NIR_TWICE"), [(h.number, "D_NIR_TWICE", "Personne[2]/Identification/NIR")], "the anomaly")
    equal(len(w.show(h.number)[1]["persons"]), 2, "both are kept")
    check(not w.one(w.member(h.number, 0), w.member(h.number, 1)), "as two persons")


def twins(h, tell):
    """Two children of one birth, told apart by tell."""
    first = next(p for p in h.persons() if ("RSA", "ENF") in [(b.get("NATPREST"), b.get("ROLEPERS")) for b in p.all("Prestations")])
    while len(h.persons()) > 1:
        h.part(1)
    for n in range(2):
        h.join(first).who(NIR=None, **tell(n))
    return h


def case_63_twins(folder):
    w, names, ranks = World(folder), H.family(), H.family(1)
    twins(names, lambda n: {"PRENOM": ("JULES", "JULIE")[n], "RGNAI": str(n + 1)})
    twins(ranks, lambda n: {"RGNAI": str(n + 1)})
    r = w.month(names, ranks)
    equal(w.codes(r["flux"]), [], "findings")
    for h in (names, ranks):
        who = [w.member(h.number, n) for n in range(3)]
        check(not w.one(who[1], who[2]) and not w.one(who[0], who[1]), "two persons, and their parent")


def case_64_the_same_person_twice(folder):
    w, h = World(folder), H.couple()
    h.join(h.person(1)).who(NOM="MARTINEAU")
    r = w.month(h)
    equal(w.findings(r["flux"]), [(h.number, "D_CONJOINTS", "Personne[3]/Prestations[2]/ROLEPERS"),
                                  (h.number, "D_PERSON_TWICE", "Personne[3]")], "the anomaly")
    shown = w.show(h.number)[1]["persons"]
    equal([(p["ROLEPERS"], p["index"]) for p in shown], [("DEM", 0), ("CJT", 2)], "one person, the last one wins")
    equal(shown[1]["NOM"], "MARTINEAU", "as the last one says")


def case_65_role_for_the_rsa(folder):
    w, h = World(folder), H.family()
    child = len(h.persons()) - 1
    h.person(child).role("ENF", "PFA")
    h.person(child).role("AUT", "RSA")
    w.month(h)
    equal(w.show(h.number)[1]["persons"][child]["ROLEPERS"], "AUT", "that of NATPREST RSA")


def case_66_order_of_prestations(folder):
    w, h = World(folder), H.family()
    child = len(h.persons()) - 1
    h.person(child).role("AUT", "RSA")
    turned = h.copy()
    for p in turned.persons():
        p.order_of("Prestations", 1, 0)
    w.month(h)
    roles = [(p["id"], p["ROLEPERS"]) for p in w.show(h.number)[1]["persons"]]
    r = w.month(turned, DTREF=FEBRUARY)
    equal([(p["id"], p["ROLEPERS"]) for p in w.show(h.number)[1]["persons"]], roles, "the same result")
    equal(w.codes(r["flux"]), [], "findings")


def case_67_no_role_for_the_rsa(folder):
    w, h = World(folder), H.couple()
    for b in h.person(1).all("Prestations"):
        if b.get("NATPREST") == "RSA":
            h.person(1).element.remove(b.element)
    r = w.month(h)
    equal(r["rejected"], 0, "imported")
    check((h.number, "D_NO_ROLE", "Personne[2]") in w.findings(r["flux"]), "the anomaly")
    equal(w.show(h.number)[1]["persons"][1]["ROLEPERS"], None, "no role")


def case_68_two_demandeurs_or_none(folder):
    w, two, none = World(folder), H.couple(), H.single()
    two.person(1).role("DEM")
    none.person().role("AUT")
    r = w.month(two, none)
    equal(r["rejected"], 0, "imported")
    found = {(n, code) for n, code, _ in w.findings(r["flux"])}
    check({(two.number, "D_DEMANDEURS"), (none.number, "D_NO_DEMANDEUR")} <= found, f"anomalies: {found}")


def case_69_conjoint_becomes_demandeur(folder):
    w, h = World(folder), H.couple()
    alone = h.copy().part(0)
    for nature in ("RSA", "PFA"):
        alone.person().role("DEM", nature)
    w.month(h)
    conjoint = w.member(h.number, 1)
    r = w.month(alone, DTREF=FEBRUARY)
    equal((r["created"], r["updated"]), (0, 1), "the household goes on")
    equal([(p["id"], p["ROLEPERS"]) for p in w.show(h.number)[1]["persons"]], [(conjoint, "DEM")], "the same person")
    equal([p["ROLEPERS"] for p in w.show(h.number, "--at", JANUARY)[1]["persons"]], ["DEM", "CJT"], "roles before")
    equal([(m["person"], m["from"], m["to"]) for m in w.movements("role")], [(conjoint, "CJT", "DEM")], "in the report")


def case_70_child_with_a_dossier_of_its_own(folder):
    w, parents, own = World(folder), H.family(), H.single()
    last = len(parents.persons()) - 1
    same_person(parents.person(last), own)
    w.month(parents)
    child = w.member(parents.number, last)
    w.month(parents.copy().part(last), own, DTREF=FEBRUARY)
    check(w.one(child, w.member(own.number)), "one person")
    equal(w.absences(child), sorted([(parents.number, FEBRUARY, None), (own.number, None, None)]), "two memberships")
    equal(len(w.show(parents.number)[1]["persons"]), last, "no longer among the parents' persons")
    equal(w.departed(parents.number), [(child, FEBRUARY, None)], "absent there since")


def case_71_person_absent_from_the_next_monthly(folder):
    w, h = World(folder), H.couple()
    w.month(h)
    gone = w.member(h.number, 1)
    w.month(h.copy().part(1), DTREF=FEBRUARY)
    equal([p["ROLEPERS"] for p in w.show(h.number)[1]["persons"]], ["DEM"], "no ghost")
    equal(w.departed(h.number), [(gone, FEBRUARY, None)], "absent since, not deleted")
    equal(w.absences(gone), [(h.number, FEBRUARY, None)], "so says the person")
    equal([(m["person"], m["date"], m["estimated"]) for m in w.movements("left")], [(gone, FEBRUARY, True)], "in the report")


def case_72_person_absent_from_a_daily(folder):
    w, h = World(folder), H.couple()
    w.month(h)
    gone = w.member(h.number, 1)
    w.day(h.copy().part(1), DTREF="2025-02-10")
    equal([p["ROLEPERS"] for p in w.show(h.number)[1]["persons"]], ["DEM"], "a daily has the whole household")
    equal(w.departed(h.number), [(gone, "2025-02-10", None)], "absent since")
    equal([(m["person"], m["TYPEFLUX"]) for m in w.movements("left")], [(gone, "I")], "reported")


def case_73_end_of_the_attachment(folder):
    w, h = World(folder), H.couple()
    left = h.copy()
    left.person(1).set("DossierCAF/DFRATDOS", "2025-02-15")
    w.month(h)
    gone = w.member(h.number, 1)
    w.month(left, DTREF=FEBRUARY)
    equal(w.departed(h.number), [(gone, None, "2025-02-15")], "the membership ended")
    equal(w.absences(gone), [(h.number, None, "2025-02-15")], "so says the person")
    equal([(m["person"], m["date"], m["estimated"]) for m in w.movements("left")], [(gone, "2025-02-15", False)], "in the report")


def case_74_duties_end_or_are_not_told(folder):
    w, h = World(folder), H.single()
    freed, untold = h.copy(), h.copy()
    h.person().set(OWES, "1")
    freed.person().set(OWES, "0")
    untold.person().drop(DUTIES)
    for n, (house, day) in enumerate(((h, JANUARY), (freed, FEBRUARY), (untold, MARCH))):
        w.month(house, DTREF=day)
        equal(w.record(h.number).get(f"Personne/{OWES}"), ("true", "false", None)[n], "now")
    equal([w.record(h.number, "--at", day).get(f"Personne/{OWES}") for day in (JANUARY, FEBRUARY, MARCH)], ["true", "false", None],
          "history")


def case_76_conventional_birth_date(folder):
    w, h, year, other = World(folder), H.single(), H.single(1), H.single(2)
    for house, day, kind in ((h, "1985-06-17", "N"), (year, "1985-01-01", "O"), (other, "1986-01-01", "O")):
        same_person(h.person(), house).person().who(DTNAI=day, TYPEDTNAI=kind)
    w.month(h, year, other)
    check(w.one(w.member(year.number), w.member(h.number)), "1985 is the year of 1985-06-17")
    check(not w.one(w.member(other.number), w.member(h.number)), "1986 is not")
    check({h.number, other.number} in w.doubts(), "and somebody is asked")


def case_77_spellings_of_a_name(folder):
    w, h = World(folder), H.single()
    h.person().who(PRENOM="JEAN-PIERRE", NOMNAI="LEFÈVRE", NIR=None)
    other = h.copy()
    other.person().who(PRENOM="JEAN PIERRE", NOMNAI="LEFEVRE")
    w.month(h)
    before = w.member(h.number)
    w.month(other, DTREF=FEBRUARY)
    equal(w.member(h.number), before, "one member")


def case_78_tie_to_an_unknown_person(folder):
    w, h = World(folder), H.family()
    child = h.person(len(h.persons()) - 1)
    child.drop("Rattachement")
    child.add("Rattachement", NOMNAI="INCONNU", PRENOM="ZOE", DTNAI="1970-01-01", TYPEPAR="LEG")
    r = w.month(h)
    equal(w.findings(r["flux"]), [], "no fault")
    equal(w.record(h.number).get(f"Personne[{len(h.persons())}]/Rattachement/NOMNAI"), "INCONNU", "stored")


main(*cases(globals()))
