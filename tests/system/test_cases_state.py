"""The numbered cases of dossiers and states of the right: flux-caf-msa 7.2, 23 to 51.

Not here: 32 (the beneficiary flux vrsd, which is not read)."""
from case_kit import DEMANDED, MATRICULE, NUMBER, SITUATION, STATE, Houses, World, cases, closed
from kit import check, equal, main

H = Houses()
MSA = Houses("msa")
JANUARY, FEBRUARY, MARCH, APRIL = "2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30"
UNPAID = {"MOTISUSVERSRSA": "06", "DDSUSVERSRSA": "2025-02-01"}
TAKEN = "IdentificationRSA/OrganismePrenant"
GIVEN = "IdentificationRSA/OrganismeCedant"


def case_23_new_dossier_in_state_2(folder):
    w, h = World(folder), H.couple()
    r = w.month(h)
    equal((r["created"], r["persons"]), (1, 2), "outcome")
    record, shown = w.show(h.number)
    equal((record.get(STATE), record.get(DEMANDED)), ("2", h.get(DEMANDED)), "state, and DTDEMRSA")
    equal([p["ROLEPERS"] for p in shown["persons"]], ["DEM", "CJT"], "the household")
    equal(w.states(h.number), [(JANUARY, "2")], "open since the first flux that says so")


def case_24_granted(folder):
    w, h = World(folder), H.single().state("0")
    w.month(h)
    w.month(h.copy().state("2"), DTREF=FEBRUARY)
    equal(w.states(h.number), [(JANUARY, "0"), (FEBRUARY, "2")], "history")
    equal((w.closing(h.number), w.movements("exit")), (None, []), "no cessation")


def case_25_payment_suspended_is_open(folder):
    w, h = World(folder), H.single()
    w.month(h)
    r = w.month(h.copy().state("4", SuspensionVersement=UNPAID), DTREF=FEBRUARY)
    record = w.record(h.number)
    equal((record.get(STATE), record.get(f"{SITUATION}/SuspensionVersement/MOTISUSVERSRSA")), ("4", "06"), "suspended")
    equal((w.closing(h.number), w.movements("exit")), (None, []), "not closed")
    equal([m["NUMDEMRSA"] for m in w.movements("suspended")], [h.number], "suspended, in the report")
    equal(w.findings(r["flux"]), [], "findings")


def case_26_two_suspensions_of_the_right(folder):
    w, h = World(folder), H.single()
    two = [{"MOTISUSDRORSA": "DA", "DDSUSDRORSA": "2025-01-01"}, {"MOTISUSDRORSA": "DB", "DDSUSDRORSA": "2025-01-15"}]
    w.month(h.state("3", SuspensionDroit=two))
    equal([(b.get("MOTISUSDRORSA"), b.get("DDSUSDRORSA")) for b in w.record(h.number).each(f"{SITUATION}/SuspensionDroit")],
          [("DA", "2025-01-01"), ("DB", "2025-01-15")], "both are stored")


def case_27_three_suspensions_of_payment(folder):
    w, h = World(folder), H.single()
    three = [{"MOTISUSVERSRSA": m, "DDSUSVERSRSA": d} for m, d in (("06", "2025-01-10"), ("01", "2024-11-01"), ("44", "2024-12-01"))]
    w.month(h.state("4", SuspensionVersement=three))
    equal([b.get("MOTISUSVERSRSA") for b in w.record(h.number).each(f"{SITUATION}/SuspensionVersement")], ["06", "01", "44"], "all")
    text = w.run("dossier", "show", h.number, "--full").out
    check(all(day in text for day in ("10/01/2025", "01/11/2024", "01/12/2024")) or
          all(day in text for day in ("2025-01-10", "2024-11-01", "2024-12-01")), "the first is not preferred")


def case_28_resumed(folder):
    w, h = World(folder), H.single().state("4", SuspensionVersement=UNPAID)
    w.month(h)
    w.month(h.copy().state("2"), DTREF=FEBRUARY)
    suspension = f"{SITUATION}/SuspensionVersement"
    equal((w.record(h.number).get(STATE), w.record(h.number).get(suspension)), ("2", None), "cleared")
    before = w.record(h.number, "--at", JANUARY)
    equal((before.get(STATE), before.count(suspension)), ("4", 1), "kept in history")
    equal(w.states(h.number), [(JANUARY, "4"), (FEBRUARY, "2")], "history")


def case_29_closed(folder):
    w, h = World(folder), H.single()
    w.month(h)
    r = w.month(h.copy().state("5", FinDroit=closed("ECH", "2025-01-31")), DTREF=FEBRUARY)
    equal(w.closing(h.number), ("2025-01-31", "ECH"), "cessation")
    equal([(m["NUMDEMRSA"], m["date"], m["estimated"], m["MOTICLORSA"]) for m in w.movements("exit")],
          [(h.number, "2025-01-31", False, "ECH")], "one exit")
    equal(w.findings(r["flux"]), [], "findings")


def case_30_regularised_after_closing(folder):
    w, h = World(folder), H.single()
    w.month(h)
    w.month(h.copy().state("5", FinDroit=closed("RAU", "2025-02-28")), DTREF=FEBRUARY)
    w.month(h.copy().state("6", FinDroitMoisAnterieur=closed("RAU", "2025-02-28")), DTREF=MARCH)
    equal(w.closing(h.number), ("2025-02-28", "RAU"), "the same cessation")
    equal(len(w.movements("exit")), 1, "no new exit")
    equal(w.states(h.number), [(JANUARY, "2"), (FEBRUARY, "5"), (MARCH, "6")], "a row of its own")
    equal(w.events(h.number), [(FEBRUARY, "closing"), (MARCH, "regularisation")], "noted as a regularisation")


def case_31_first_seen_closed(folder):
    w, h = World(folder), H.single()
    r = w.month(h.state("6", FinDroitMoisAnterieur=closed("RAU", "2024-06-30")))
    equal((r["created"], w.record(h.number).get(STATE)), (1, "6"), "created, closed")
    equal(w.closing(h.number), ("2024-06-30", "RAU"), "its date")


def case_33_closed_without_a_date(folder):
    w, h = World(folder), H.single()
    w.month(h)
    r = w.month(h.copy().state("5"), DTREF=FEBRUARY)
    equal(w.findings(r["flux"]), [(h.number, "D_STATE_BLOCK", SITUATION)], "the anomaly")
    w.month(h.copy().state("5"), DTREF=MARCH)
    equal([(m["NUMDEMRSA"], m["date"], m["estimated"]) for m in w.movements("exit")], [(h.number, FEBRUARY, True)],
          "the day of the flux that first said so, as an estimate")


def case_34_open_with_an_end(folder):
    w, h = World(folder), H.single()
    r = w.month(h.state("2", FinDroit=closed("ECH", "2025-01-15")))
    equal(w.findings(r["flux"]), [(h.number, "D_STATE_OTHER", f"{SITUATION}/FinDroit")], "the anomaly")
    equal((w.record(h.number).get(STATE), w.closing(h.number)), ("2", None), "the state counts")


def case_35_closed_again_on_another_day(folder):
    w, h = World(folder), H.single().state("5", FinDroit=closed("ECH", "2024-12-31"))
    w.month(h)
    w.month(h.copy().state("5", FinDroit=closed("ECH", "2024-11-30")), DTREF=FEBRUARY)
    equal(w.closing(h.number), ("2024-11-30", "ECH"), "the later flux")
    equal(w.record(h.number, "--at", JANUARY).get(f"{SITUATION}/FinDroit/DTCLORSA"), "2024-12-31", "the earlier one is history")
    equal([(r["from"], r["to"]) for r in w.history(h.number, "closing")], [(JANUARY, FEBRUARY), (FEBRUARY, None)], "and has its days")


def case_36_reopened_dossier(folder):
    w, h = World(folder), H.single().state("5", FinDroit=closed("ECH", "2025-01-31"))
    w.month(h)
    w.month(h.copy().state("2"), DTREF=FEBRUARY)
    equal((w.record(h.number).get(STATE), w.closing(h.number)), ("2", None), "reopened, its cessation cancelled")
    equal(w.events(h.number), [(FEBRUARY, "reopening")], "as such")
    equal([m["NUMDEMRSA"] for m in w.movements("reopened")], [h.number], "in the report")
    equal(w.states(h.number), [(JANUARY, "5"), (FEBRUARY, "2")], "both in history")
    equal(w.record(h.number, "--at", JANUARY).get(f"{SITUATION}/FinDroit/MOTICLORSA"), "ECH", "closed then")


def case_37_refused(folder):
    w, h = World(folder), H.single()
    h.set(DEMANDED, "2024-12-02")
    w.month(h.copy().state("0"), DTREF="2024-12-31")
    r = w.month(h.state("1", Refus={"DTREFURSA": "2025-01-20", "MOTIREFURSA": "F85"}))
    equal(w.record(h.number).get(f"{SITUATION}/Refus/DTREFURSA"), "2025-01-20", "refused on")
    equal((w.closing(h.number), w.movements("exit")), (None, []), "a right that never began has no cessation")
    check("D_STATE_BLOCK" not in w.codes(r["flux"]), "documented")


def case_38_no_known_state(folder):
    w, houses = World(folder), [H.single(), H.couple()]
    w.month(*houses)
    seven, empty = houses[0].copy().set(STATE, "7"), houses[1].copy().set(STATE, "")
    r = w.month(seven, empty, DTREF=FEBRUARY)
    equal((r["updated"], r["rejected"]), (2, 0), "imported")
    found = w.findings(r["flux"])
    check((seven.number, "D_STATE", STATE) in found and any(n == empty.number and path == STATE for n, _, path in found), str(found))
    for h in (seven, empty):
        state = w.show(h.number)[1]["meta"]["state"]
        equal(state["label"], None, "the state is unknown")
        equal(w.record(h.number, "--at", JANUARY).get(STATE), "2", "the one before is kept")
        equal(w.states(h.number)[0], (JANUARY, "2"), "and in history")


def case_39_padded_state(folder):
    w, h = World(folder), H.single()
    w.month(h)
    r = w.month(h.copy().set(STATE, "2 "), DTREF=FEBRUARY)
    equal((r["unchanged"], w.record(h.number).get(STATE)), (1, "2"), "the same content")


def case_40_unknown_motive(folder):
    w, h = World(folder), H.single()
    r = w.month(h.state("5", FinDroit=closed("XYZ", "2025-01-31")))
    equal(r["rejected"], 0, "not rejected")
    equal(w.findings(r["flux"]), [(h.number, "V_CODE", f"{SITUATION}/FinDroit/MOTICLORSA")], "told")
    equal(w.record(h.number).get(f"{SITUATION}/FinDroit/MOTICLORSA"), "XYZ", "stored")
    check("XYZ" in w.run("dossier", "show", h.number, "--full").out, "shown")


def case_41_open_and_absent_from_the_monthly(folder):
    w, h, other = World(folder), H.single(), H.couple()
    w.month(h, other)
    w.month(other, DTREF=FEBRUARY)
    equal((w.record(h.number).get(STATE), w.closing(h.number)), ("2", None), "not closed")
    equal(w.absent(), [h.number], "in the report")


def case_42_open_and_absent_from_a_daily(folder):
    w, h, other = World(folder), H.single(), H.couple()
    w.month(h, other)
    moved = other.copy().set("DonneesAdministratives/Adresse/AdresseDetailleeFrance/NOMVOIE", "D AVRIL")
    w.day(moved, DTREF="2025-02-10")
    equal((w.record(h.number).get(STATE), w.absent()), ("2", []), "nothing")
    equal(w.states(h.number), [(JANUARY, "2")], "history")


def case_43_closed_and_absent_from_the_next_monthly(folder):
    w, h, other = World(folder), H.single().state("5", FinDroit=closed("ECH", "2025-01-31")), H.couple()
    w.month(h, other)
    w.month(other, DTREF=FEBRUARY)
    equal((w.record(h.number).get(STATE), w.absent()), ("5", []), "normal")


def case_44_outgoing_mutation(folder):
    w, h = World(folder), H.single()
    gone = h.copy()
    gone.add(TAKEN, FONORGPRENMUT="CAF", NUMORGPRENMUT="751", DDDEPAMUT="2025-01-20")
    w.month(gone)
    w.month(h, DTREF=FEBRUARY)
    equal([(m["NUMDEMRSA"], m["date"]) for m in w.movements("mutation-out")], [(h.number, "2025-01-20")], "recorded at its day")
    equal([(r["new"]["NUMORGPRENMUT"], r["from"], r["to"]) for r in w.history(h.number, "mutation")], [("751", JANUARY, FEBRUARY)],
          "in history")
    equal(w.record(h.number, "--at", JANUARY).get(f"{TAKEN}/DDDEPAMUT"), "2025-01-20", "not erased by the next flux")


def case_45_incoming_mutation_of_a_known_person(folder):
    w, h, old = World(folder), H.single(), MSA.single()
    w.month(old, DTREF="2024-12-31")
    person = h.person()
    came = old.person()
    for leaf in ("NOM", "NOMNAI", "PRENOM", "DTNAI", "SEXE", "QUAL"):
        person.who(**{leaf: came.get(f"Identification/{leaf}")})
    person.who(NIR=came.nir()[:13])
    h.add(GIVEN, FONORGCEDMUT="MSA", NUMORGCEDMUT="621", MATRICULEORGCEDMUT=old.get(MATRICULE), DDARRMUT="2025-01-05")
    r = w.month(h)
    equal((r["created"], w.record(h.number).get(f"{GIVEN}/DDARRMUT")), (1, "2025-01-05"), "a new dossier, and the mutation")
    check(w.one(w.member(h.number), w.member(old.number)), "the same person")
    equal(w.dossiers_of(w.member(h.number)), sorted([h.number, old.number]), "in both dossiers")


def case_46_matricule_changes(folder):
    w, h = World(folder), H.single()
    changed = h.copy().set(MATRICULE, H.couple().get(MATRICULE))
    w.month(h)
    w.month(changed, DTREF=FEBRUARY)
    equal(w.record(h.number).get(MATRICULE), changed.get(MATRICULE), "updated")
    for number in (h.get(MATRICULE), changed.get(MATRICULE)):
        equal(w.found("--matricule", number), [h.number], "found by either")


def case_47_the_same_number_twice_in_a_file(folder):
    w, first = World(folder), H.single()
    last = H.couple().set(NUMBER, first.number)
    r = w.month(first, H.family(), last)
    equal((r["read"], r["created"], r["updated"]), (3, 2, 1), "counted one by one")
    equal(w.findings(r["flux"], "D_DUPLICATE"), [(first.number, "D_DUPLICATE", NUMBER)], "the anomaly")
    equal(w.record(first.number).get(MATRICULE), last.get(MATRICULE), "the last one wins")
    equal(len(w.states(first.number)), 1, "one flux said one thing")


def case_48_matricule_of_zeros(folder):
    w, h = World(folder), H.single().set(MATRICULE, "0" * 15)
    r = w.month(h)
    equal(w.findings(r["flux"]), [(h.number, "V_MATRICULE", MATRICULE)], "told")
    equal(w.record(h.number).get(MATRICULE), None, "set aside")


def case_49_leading_zero_of_a_matricule(folder):
    w, h = World(folder), H.single().set(MATRICULE, "034614500000000")
    w.month(h)
    for number in ("0346145", "346145", "034614500000000"):
        equal(w.found("--matricule", number), [h.number], f"found by {number}")
    equal(w.record(h.number).get(MATRICULE), "034614500000000", "as it came")


def case_50_matricule_of_the_msa(folder):
    w, h = World(folder, profile="gestion"), MSA.single()
    nir = h.get(MATRICULE)
    w.month(h)
    equal(w.found("--nir", "-", stdin=nir.encode()), [h.number], "found as a NIR")
    seen = [w.run(*words).out for words in (("dossier", "show", h.number, "--full"), ("dossier", "show", h.number, "--json"),
                                            ("dossier", "search", h.number), ("rejects", "list"), ("audit", "show"), ("flux", "show", 1))]
    check(nir[:13] not in "".join(seen), "masked in what is listed")


def case_51_minimum_of_old_kept(folder):
    w, h = World(folder), H.single()
    old = h.copy()
    demand = "IdentificationRSA/DemandeRMI"
    for path, text in (("DateDemandeRMI/DTDEMRMI", "2005-04-01"), ("NumeroInstructionRMI/NUMDEPINSRMI", "062"),
                       ("NumeroInstructionRMI/TYPEINSRMI", "C"), ("NumeroInstructionRMI/NUMCOMINSRMI", "041"),
                       ("NumeroInstructionRMI/NUMAGRINSRMI", "01"), ("NumeroInstructionRMI/NUMDOSINSRMI", "12345"),
                       ("NumeroInstructionRMI/NUMCLI", "001")):
        old.set(f"{demand}/{path}", text)
    w.month(old)
    w.month(h, DTREF=FEBRUARY)
    equal(w.record(h.number, "--at", JANUARY).get(f"{demand}/DateDemandeRMI/DTDEMRMI"), "2005-04-01", "kept")


main(*cases(globals()))
