"""Finding and showing dossiers, rejects and the journal, as an operator does."""
import json
import os
import subprocess

from lxml import etree

from kit import FLUXRSA, Instance, check, equal, main, sample


def household(path, wanted=lambda h: True):
    return next(h for h in etree.parse(path).getroot().iter("InfosFoyerRSA") if wanted(h))


def number_of(h):
    return h.findtext("IdentificationRSA/DemandeRSA/NUMDEMRSA")


def found(i, *words, **options):
    return [d["NUMDEMRSA"] for d in i.run("dossier", "search", "--json", *words, **options).json()]


def instance(folder, emitter="caf", households=400, **settings):
    i = Instance(os.path.join(folder, "i"), **settings)
    f = sample(os.path.join(folder, "m.xml"), households, "--emitter", emitter)
    i.imported(f)
    return i, f


def test_a_caf_dossier_is_found_by_each_of_its_numbers(folder):
    i, f = instance(folder)
    h = household(f, lambda h: h.findtext("IdentificationRSA/Organisme/MATRICULE").startswith("0") and number_of(h).startswith("0"))
    number, matricule = number_of(h), h.findtext("IdentificationRSA/Organisme/MATRICULE")
    for words in ((number,), (number.lstrip("0"),), (matricule,), (matricule[:7],), (matricule[:7].lstrip("0"),), ("--matricule", matricule[:7])):
        check(number in found(i, *words), f"not found by {len(words[-1])} characters")
    equal(found(i, "99999999062"), [], "an unknown number")


def test_a_person_is_found_by_nir_and_by_name(folder):
    i, f = instance(folder)
    h = household(f, lambda h: h.findtext("Personne/Identification/NIR") and "-" in h.findtext("Personne/Identification/PRENOM"))
    who = h.find("Personne/Identification")
    number, nir = number_of(h), who.findtext("NIR")
    key = f"{97 - int(nir[:13].replace('2A', '19').replace('2B', '18')) % 97:02d}"
    for text in (nir, nir[:13] + key, " ".join(nir)):
        check(number in found(i, "--nir", "-", stdin=text.encode()), "not found by NIR")
    day = who.findtext("DTNAI")
    spaced = who.findtext("PRENOM").replace("-", " ").lower()
    for name in (who.findtext("NOM"), who.findtext("NOMNAI")):
        check(number in found(i, "--nom", name, "--prenom", spaced, "--ne-le", day), "not found by name and birth date")
    other = "/".join(reversed(day.split("-")))
    check(number in found(i, "--nom", who.findtext("NOM"), "--prenom", who.findtext("PRENOM"), "--ne-le", other), "JJ/MM/AAAA")
    equal(found(i, "--nom", who.findtext("NOM"), "--prenom", who.findtext("PRENOM"), "--ne-le", "1901-01-01"), [], "another birth date")


def test_an_msa_matricule_is_masked_like_a_nir(folder):
    i, f = instance(folder, "msa")
    h = household(f, lambda h: h.findtext("Personne/Identification/NIR"))
    number, matricule = number_of(h), h.findtext("IdentificationRSA/Organisme/MATRICULE")
    check(number in found(i, "--nir", "-", stdin=matricule.encode()), "found by the NIR that its matricule is")
    for words in (("dossier", "show", number), ("dossier", "show", number, "--json"), ("dossier", "show", number, "--full"),
                  ("dossier", "search", number)):
        check(matricule[:13] not in i.run(*words).out, f"{words[:2]} shows the matricule")


def test_a_reject_is_closed_by_a_later_right_household(folder):
    i, f = instance(folder, households=60)
    tree = etree.parse(f)
    tree.getroot().find("IdentificationFlux/DTCREAFLUX").text = "2025-02-06"
    faulty = tree.getroot().find("InfosFoyerRSA/Personne/Identification")
    right = faulty.find("PRENOM").text
    number = number_of(tree.getroot().find("InfosFoyerRSA"))
    faulty.find("PRENOM").text = ""
    second = os.path.join(folder, "second.xml")
    tree.write(second, encoding="utf-8", xml_declaration=True)
    equal(i.imported(second)[0]["rejected"], 1, "one household is rejected")
    reject = i.run("rejects", "list", "--json").json()[0]
    equal((reject["NUMDEMRSA"], reject["code"], reject["state"]), (number, "D_PERSON_KEY", "open"), "the reject")
    equal(reject["path"], "InfosFoyerRSA[1]/Personne[1]/Identification/PRENOM", "its place")
    with open(second, encoding="utf-8") as s:
        line = s.read().split("\n")[reject["line"] - 1]
    check("<PRENOM" in line, "its line")
    faulty.find("PRENOM").text = right
    tree.getroot().find("IdentificationFlux/DTCREAFLUX").text = "2025-02-07"
    tree.write(second, encoding="utf-8", xml_declaration=True)
    i.imported(second)
    equal(i.run("rejects", "list", "--json").json(), [], "open rejects after the right household")
    equal(i.run("rejects", "list", "--all", "--json").json()[0]["state"], "resolved", "it is kept, closed")


def test_too_many_rejects_hold_the_flux(folder):
    i = Instance(os.path.join(folder, "i"))
    f = sample(os.path.join(folder, "m.xml"), 60)
    with open(f, encoding="utf-8") as s:
        text = s.read()
    with open(f, "w", encoding="utf-8") as s:
        s.write(text.replace("<NUMDEMRSA>", "<NUMDEMRSA>A-FAR-TOO-LONG-NUMBER-"))
    r = i.imported(f, expect=65)[0]
    equal((r["status"], r["reasons"][0]["code"], r["rejected"]), ("held", "F_REJECTS", 60), "verdict")
    equal(i.run("rejects", "list", "--json").json(), [], "rejects of a flux that is not applied")


def test_every_look_leaves_a_line_that_cannot_be_changed(folder):
    i, f = instance(folder, households=60)
    number = number_of(household(f))
    journal = os.path.join(i.folder, "journal", "journal.log")
    before = open(journal, encoding="utf-8").read()
    i.run("dossier", "show", number, "--purpose", "controle")
    added = open(journal, encoding="utf-8").read()[len(before):].splitlines()
    equal([(json.loads(a)["op"], json.loads(a)["purpose"]) for a in added], [("dossier.show", "controle")], "the line of a look")
    check(number not in added[0], "the journal names the dossier in clear")
    i.run("audit", "verify")
    text = open(journal, encoding="utf-8").read()
    for what, changed in (("changed", text.replace("controle", "suivi", 1)), ("taken out", "\n".join(text.split("\n")[1:])),
                          ("swapped", "\n".join([*text.split("\n")[1:2], *text.split("\n")[:1], *text.split("\n")[2:]]))):
        with open(journal, "w", encoding="utf-8") as s:
            s.write(changed)
        check(i.run("audit", "verify", expect=None).code == 69, f"a line {what} is not seen")
    with open(journal, "w", encoding="utf-8") as s:
        s.write("")
    check(i.run("audit", "verify", expect=None).code == 69, "a tail cut off behind the last import is not seen")
    with open(journal, "w", encoding="utf-8") as s:
        s.write(text)
    i.run("audit", "verify")


def test_nothing_is_shown_when_the_journal_cannot_be_written(folder):
    i, f = instance(folder, households=60)
    h = household(f)
    journal = os.path.join(i.folder, "journal")
    os.rename(journal, journal + ".away")
    done = i.run("dossier", "show", number_of(h), expect=None)
    check(done.code in (66, 69, 74, 77) and done.out == "", f"exit {done.code}")
    check(h.findtext("Personne/Identification/NOM") not in done.err, "a name is in the message")


def test_another_user_is_not_served(folder):
    if os.geteuid() != 0:
        print("skipped: changing user needs root")
        return
    i, f = instance(folder, households=60)
    os.chmod(folder, 0o755)
    done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", FLUXRSA, "-c", i.config, "status"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    equal((done.returncode, done.stdout), (77, b""), "exit and output for another user")


main(*[f for name, f in sorted(globals().items()) if name.startswith("test_")])
