"""The numbered cases of addresses, amounts and the rest: flux-caf-msa 7.4, 79 to 93.

Not here: the half of 90 that gives NATRESS A01 (the beneficiary flux vrsd, which is not read), and 94 to 98 (debts, financial flux and
instruction, which are not read)."""
from case_kit import ADDRESS, FRANCE, RIGHT, Houses, World, cases
from kit import check, equal, main

H = Houses()
RANK = "TroncCommunAdresse/RGADR"
PAYS = "TroncCommunAdresse/PAYS"
SINCE = "TroncCommunAdresse/DTEMM"
RESOURCES = "Ressources"
EVENT = {"DTLIQ": "2025-02-11", "HEULIQ": "10:15:00", "FG": "DEMRSA"}


def ranked(h, *ranks, streets=None):
    """The household with one address for each rank, told apart by NOMVOIE."""
    first = h.at(ADDRESS)
    for _ in ranks[1:]:
        h.at("DonneesAdministratives").copy_in(first)
    for n, (address, rank) in enumerate(zip(h.all(ADDRESS), ranks)):
        address.set(RANK, rank).set(f"{FRANCE}/NOMVOIE", (streets or "ABC")[n]).set(SINCE, f"20{20 - n:02d}-03-01")
    return h


def streets(record):
    return [(a.get(RANK), a.get(f"{FRANCE}/NOMVOIE")) for a in record.each(ADDRESS)]


def case_79_rank_1_is_rank_01(folder):
    w = World(folder)
    one, other = ranked(H.single(), "1"), ranked(H.single(), "01")
    r = w.month(one)
    equal(streets(w.record(one.number)), [("01", "A")], "the rank")
    check("D_RANK_MISSING" not in w.codes(r["flux"]), "rank 01 is there")
    equal(w.month(other, DTREF="2025-02-28")["unchanged"], 1, "1 and 01 are the same content")


def case_80_a_household_that_moves_keeps_its_older_addresses(folder):
    w = World(folder)
    h, moved = ranked(H.single(), "01", "02", "03"), ranked(H.single(), "01", streets="N")
    w.month(h)
    equal(w.month(moved, DTREF="2025-02-28")["updated"], 1, "the move")
    equal(streets(w.record(h.number)), [("01", "N")], "the current address")
    equal(streets(w.record(h.number, "--at", "2025-01-31")), [("01", "A"), ("02", "B"), ("03", "C")], "before the move")


def case_81_no_rank_01_or_two_of_them(folder):
    w = World(folder)
    none, two = ranked(H.single(), "02"), ranked(H.couple(), "01", "01")
    r = w.month(none, two)
    equal(w.findings(r["flux"]), sorted([(none.number, "D_RANK_MISSING", "DonneesAdministratives"),
                                         (two.number, "D_RANK_TWICE", f"{ADDRESS}[2]/{RANK}")]), "findings")
    equal(streets(w.record(two.number)), [("01", "A"), ("01", "B")], "both are kept")
    later = two.copy()
    later.all(ADDRESS)[1].set(SINCE, "2022-03-01")
    w.month(later, none, DTREF="2025-02-28")
    turned = later.copy()
    turned.at("DonneesAdministratives").order_of("Adresse", 1, 0)
    w.month(turned, none, DTREF="2025-03-31")
    equal([(m["NUMDEMRSA"], m["date"]) for m in w.movements("move")], [(two.number, "2022-03-01")], "the latest DTEMM is current")


def case_82_abroad(folder):
    w, h = World(folder), H.single()
    address = h.at(ADDRESS)
    address.drop(FRANCE).set(PAYS, "HOR")
    for n, text in enumerate(("", "", "12 HAUPTSTRASSE", "", "50667 KOELN", "ALLEMAGNE"), 2):
        address.set(f"AdresseHorsFrance/LIBLIG{n}ADR", text)
    r = w.month(h)
    record = w.record(h.number)
    equal((record.get(f"{ADDRESS}/{PAYS}"), record.get(f"{ADDRESS}/AdresseHorsFrance/LIBLIG7ADR")), ("HOR", "ALLEMAGNE"), "the country")
    equal(w.findings(r["flux"]), [], "findings")


def case_83_france_without_an_address_in_france(folder):
    w = World(folder)
    h, without = ranked(H.single(), "01"), ranked(H.single(), "01")
    without.drop(f"{ADDRESS}/{FRANCE}")
    w.month(h)
    r = w.month(without, DTREF="2025-02-28")
    equal(w.findings(r["flux"], "D_COUNTRY"), [(h.number, "D_COUNTRY", f"{ADDRESS}[1]")], "the anomaly")
    equal(streets(w.record(h.number)), [("01", None)], "what the flux said")
    equal(streets(w.record(h.number, "--at", "2025-02-27")), [("01", "A")], "the address before is kept")


def case_84_a_commune_outside_the_departement(folder):
    w, h = World(folder), H.single()
    h.set(f"{ADDRESS}/{FRANCE}/NUMCOM", "92044")
    r = w.month(h)
    equal((r["status"], r["rejected"]), ("applied", 0), "accepted")
    equal(w.findings(r["flux"]), [(h.number, "D_COMMUNE", f"{ADDRESS}[1]/{FRANCE}/NUMCOM")], "flagged")
    equal(w.record(h.number).get(f"{ADDRESS}/{FRANCE}/NUMCOM"), "92044", "kept")


def case_85_padding_of_numvoie(folder):
    w, h = World(folder), H.single()
    h.set(f"{ADDRESS}/{FRANCE}/NUMVOIE", "12BIS ")
    r = w.month(h)
    equal((w.record(h.number).get(f"{ADDRESS}/{FRANCE}/NUMVOIE"), w.findings(r["flux"])), ("12BIS", []), "trimmed, not a fault")


def case_86_amounts(folder):
    w = World(folder)
    houses = [H.single(n) for n in range(3)]
    for h, text in zip(houses, ("0001675.00", "-12.5", "1675,00")):
        h.drop(f"{RIGHT}[2]").set(f"{RIGHT}/MTRSAVERS", text)
    r = w.month(*houses)
    equal([w.record(h.number).get(f"{RIGHT}/MTRSAVERS") for h in houses], ["1675.00", "-12.50", None], "amounts")
    equal(w.findings(r["flux"], "V_AMOUNT"), [(houses[2].number, "V_AMOUNT", f"{RIGHT}[1]/MTRSAVERS")], "the comma")


def case_87_days_that_no_calendar_has(folder):
    w = World(folder)
    houses = [H.single(n) for n in range(2)]
    for h, text in zip(houses, ("2022-02-30", "0001-01-01")):
        h.set(f"{ADDRESS}/{SINCE}", text)
    r = w.month(*houses)
    equal([w.record(h.number).get(f"{ADDRESS}/{SINCE}") for h in houses], [None, None], "set aside")
    found = w.findings(r["flux"])
    equal(sorted({n for n, _, path in found if path == f"{ADDRESS}[1]/{SINCE}"}), sorted(h.number for h in houses), "both are told")
    check((houses[0].number, "V_DATE", f"{ADDRESS}[1]/{SINCE}") in found, f"30 February: {found}")


def declared(h, *amounts):
    """Resources of a quarter, a month for each amount."""
    p = h.person()
    p.drop(RESOURCES)
    p.set(f"{RESOURCES}/GeneraliteRessourcesTrimestre/TOPRESSNUL", "0")
    p.set(f"{RESOURCES}/GeneraliteRessourcesTrimestre/DDRESS", "2024-10-01")
    p.set(f"{RESOURCES}/GeneraliteRessourcesTrimestre/DFRESS", "2024-12-31")
    for n, amount in enumerate(amounts):
        month = p.add(f"{RESOURCES}/RessourcesMensuelles")
        month.set("GeneraliteRessourcesMensuelles/MOISRESS", f"2024-{10 + n}-01")
        month.set("DetailRessourcesMensuelles/NATRESS", "001").set("DetailRessourcesMensuelles/MTNATRESSMEN", amount)
    return h


def case_88_no_resources_and_some_there(folder):
    w, h = World(folder), declared(H.single(), "100.00")
    h.person().set(f"{RESOURCES}/GeneraliteRessourcesTrimestre/TOPRESSNUL", "1")
    r = w.month(h)
    equal(w.findings(r["flux"]), [(h.number, "D_RESOURCES", f"Personne[1]/{RESOURCES}/RessourcesMensuelles[1]")], "the anomaly")
    record = w.record(h.number)
    equal((record.get(f"Personne/{RESOURCES}/GeneraliteRessourcesTrimestre/TOPRESSNUL"),
           record.get(f"Personne/{RESOURCES}/RessourcesMensuelles/DetailRessourcesMensuelles/MTNATRESSMEN")), ("true", "100.00"), "stored")


def case_89_resources_gone(folder):
    w = World(folder)
    h, without = declared(H.single(), "100.00", "200.00", "300.00"), H.single()
    without.person().drop(RESOURCES)
    w.month(h)
    w.month(without, DTREF="2025-02-28")
    months = f"Personne/{RESOURCES}/RessourcesMensuelles"
    equal(w.record(h.number).get(f"Personne/{RESOURCES}"), None, "nothing current")
    equal(w.record(h.number, "--at", "2025-02-15").count(months), 3, "the quarter before is history")


def case_90_a_known_nature_of_resources(folder):
    w, h = World(folder), declared(H.single(), "100.00")
    r = w.month(h)
    equal(w.findings(r["flux"]), [], "001 is known")
    other = declared(H.couple(), "100.00")
    other.set(f"Personne/{RESOURCES}/RessourcesMensuelles/DetailRessourcesMensuelles/NATRESS", "A01")
    r = w.month(other, DTREF="2025-02-28")
    equal(w.codes(r["flux"]), ["V_CODE"], "A01 is of another flux: told, kept")
    path = f"Personne/{RESOURCES}/RessourcesMensuelles/DetailRessourcesMensuelles/NATRESS"
    equal((w.record(h.number).get(path), w.record(other.number).get(path)), ("001", "A01"), "as they came")


def controlled(h):
    control = h.add("Controle").add("ControleAdministratif")
    for path, text in (("IdentificationCibleControleAdministratif/DTEFFCIBCONTRO", "2025-01-10"),
                       ("IdentificationCibleControleAdministratif/CIBCONTRO", "RIN"),
                       ("IdentificationControleAdministratif/DTDETECCONTRO", "2025-01-10"),
                       ("IdentificationControleAdministratif/DTCLOCONTRO", "2025-01-20"),
                       ("ModaliteControleAdministratif/LIBCIBCONTRO", "CONTROLE DES RESSOURCES"),
                       ("ModaliteControleAdministratif/FAMCIBCONTRO", "DA"),
                       ("ModaliteControleAdministratif/NATCIBCONTRO", "RSA"),
                       ("ModaliteControleAdministratif/COMMACONTRO", "LOC"),
                       ("ModaliteControleAdministratif/TYPECONTRO", "CP"),
                       ("ResultatControleAdministratif/TYPEIMPACCONTRO", "0")):
        control.set(path, text)
    return h


def case_91_events_in_a_monthly_and_controls_in_a_daily(folder):
    w, event, control = World(folder), H.single(), controlled(H.couple())
    event.add("Evenement", **EVENT | {"DTLIQ": "2025-01-11"})
    monthly = w.month(event)
    daily = w.day(control, DTREF="2025-02-10")
    equal(w.findings(monthly["flux"], "D_WRONG_FLUX"), [(event.number, "D_WRONG_FLUX", "Evenement[1]")], "the monthly")
    equal(w.findings(daily["flux"], "D_WRONG_FLUX"), [(control.number, "D_WRONG_FLUX", "Controle")], "the daily")
    equal(w.record(event.number).get("Evenement/DTLIQ"), "2025-01-11", "the event is stored")
    equal(w.record(control.number).count("Controle/ControleAdministratif"), 1, "the control is stored")


def case_92_a_monthly_does_not_erase_the_events_of_dailies(folder):
    w = World(folder)
    h = H.single()
    w.month(h)
    for day in ("2025-02-11", "2025-02-18"):
        told = H.single()
        told.add("Evenement", **EVENT | {"DTLIQ": day})
        w.day(told, DTREF=day)
    w.month(h, DTREF="2025-02-28")
    equal([w.record(h.number, "--at", day).get("Evenement/DTLIQ") for day in ("2025-02-11", "2025-02-17", "2025-02-18", "2025-02-27")],
          ["2025-02-11", "2025-02-11", "2025-02-18", "2025-02-18"], "events by day")
    equal(w.record(h.number).get("Evenement"), None, "the monthly has none of its own")


def case_93_a_right_said_absent(folder):
    w, h, paid = World(folder), H.single(), H.couple()
    for house in (h, paid):
        house.drop(RIGHT)
        house.add(RIGHT, NATPF="ABS", SOUSNATPF="ABSEN", DDNATDRO="2025-01-01")
    paid.set(f"{RIGHT}/MTRSAVERS", "10.00")
    r = w.month(h, paid)
    equal(w.findings(r["flux"], "D_NO_RIGHT"), [(paid.number, "D_NO_RIGHT", f"{RIGHT}[1]/MTRSAVERS")], "an amount of nothing")
    equal(w.record(h.number).get(f"{RIGHT}/MTRSAVERS"), None, "no amount")


main(*cases(globals()))
