"""The public CNAF sample: two households under one NUMDEMRSA, one announced."""
import os

from kit import Instance, equal, main, shared

SAMPLE = shared("fixtures", "RSABEM.xml")


def test_it_is_held_then_forced(folder):
    i = Instance(os.path.join(folder, "i"), departement="052", profile="gestion")
    r = i.imported(SAMPLE, expect=65)[0]
    equal((r["status"], r["announced"], r["read"]), ("held", 1, 2), "without force")
    equal([x["code"] for x in r["reasons"]], ["F_TOTALS"], "reasons")
    r = i.run("import", "--json", "--force", "public sample", SAMPLE).json()[0]
    equal((r["status"], r["created"], r["updated"], r["rejected"]), ("applied", 1, 1, 0), "with force")


def test_both_persons_of_a_household_are_right(folder):
    i = Instance(os.path.join(folder, "i"), departement="052", profile="gestion")
    with open(SAMPLE, "rb") as s:
        text = s.read()
    cut = text.index(b"</InfosFoyerRSA>") + len(b"</InfosFoyerRSA>")
    first = os.path.join(folder, "first.xml")
    with open(first, "wb") as s:
        s.write(text[:cut] + text[text.index(b"<TransmissionFlux>"):])
    equal(i.imported(first)[0]["created"], 1, "first household alone")
    shown = i.run("dossier", "show", "01024041052", "--json").json()
    persons = shown["record"]["Personne"]
    equal([p["Identification"]["SEXE"] for p in persons], ["2", "1"], "persons")
    equal([p["Prestations"][1]["ROLEPERS"] for p in persons], ["CJT", "CJT"], "roles")
    equal([p["MontantCalculDroitRSAPersonne"]["TOPPERSDRODEVORSA"] for p in persons], ["true", "false"], "droits et devoirs")
    equal(len(shown["persons"]), 2, "person records")
    i.run("import", "--force", "public sample", SAMPLE)
    shown = i.run("dossier", "show", "01024041052", "--json").json()
    equal([p["Identification"]["DTNAI"] for p in shown["record"]["Personne"]], ["1973-07-21"], "the last household of the flux wins")
    equal(shown["record"]["PrestationRSA"]["SituationDossierRSA"]["EtatDossierRSA"]["ETATDOSRSA"], "4", "its state")


main(*[f for name, f in sorted(globals().items()) if name.startswith("test_")])
