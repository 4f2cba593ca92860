"""No personal value in clear: every name, NIR, amount, address and birth date of a flux is looked for in all files of the instance and in
everything that the commands print about rejects, flux, status and the journal. Dropped fields leave no trace anywhere."""
import glob
import os
import re

from lxml import etree

from kit import FLUXRSA, Instance, check, main, run, sample

PERSONAL = ("NOM", "NOMNAI", "PRENOM", "PRENOM2", "NIR", "NOMVOIE", "NOMCOM", "MATRICULE", "IDASSEDIC", "NOMTIE")
AMOUNTS = ("MTRSAVERS", "MTNATRESSMEN", "MTREVGARARSA", "MTTOTDRORSA")


def values(path):
    found = set()
    for element in etree.parse(path).getroot().iter(*PERSONAL, *AMOUNTS, "DTNAI"):
        text = (element.text or "").strip()
        if element.tag in AMOUNTS:
            text = text.lstrip("0")
        # Shorter ones occur by chance among random bytes.
        if len(text) >= 6:
            found.add(text)
    return found


def files(folder):
    return [p for p in glob.glob(folder + "/**", recursive=True) if os.path.isfile(p)]


def leaks(needles, data):
    words = re.compile("|".join(re.escape(n) for n in sorted(needles)).encode())
    hit = words.search(data)
    return bool(hit)


def broken(path, out):
    """The same flux with faults in every tenth household: an impossible birth date, a name too long, no NUMDEMRSA."""
    tree = etree.parse(path)
    for n, household in enumerate(tree.getroot().iter("InfosFoyerRSA")):
        if n % 30 == 0:
            household.find("Personne/Identification/DTNAI").text = "1964-13-41"
        if n % 30 == 10:
            household.find("Personne/Identification/NOMNAI").text = "CANARIDONTLENOMESTBEAUCOUPTROPLONG"
        if n % 30 == 20:
            household.find("IdentificationRSA/DemandeRSA/NUMDEMRSA").text = ""
    tree.write(out, encoding="utf-8", xml_declaration=True)
    return out


def test_nothing_in_clear(folder):
    i = Instance(os.path.join(folder, "i"), profile="gestion", max_reject_share="100 %")
    f = broken(sample(os.path.join(folder, "m.xml"), 400), os.path.join(folder, "b.xml"))
    needles = values(f) | {"CANARIDONTLENOM"}
    check(len(needles) > 800, "enough values to look for")
    temporary = os.path.join(folder, "tmp")
    os.mkdir(temporary)
    done = i.run("import", f, env={"TMPDIR": temporary})
    check(not os.listdir(temporary), "temporary files are left")
    printed = done.out + done.err
    for words in (("rejects", "list", "--all"), ("rejects", "list", "--json"), ("flux", "list"), ("flux", "show", "1"), ("status",),
                  ("audit", "show"), ("import", f), ("check", f), ("check", "--json", f)):
        done = i.run(*words)
        printed += done.out + done.err
    check("D_PERSON_KEY" in printed and "D_NO_KEY" in printed, "the rejects are listed")
    numbers = {e.text for e in etree.parse(f).getroot().iter("NUMDEMRSA") if e.text}
    check(not leaks(needles - numbers, printed.encode()), "a personal value is printed")
    for path in files(i.folder):
        with open(path, "rb") as s:
            data = s.read()
        check(not leaks(needles | numbers, data), f"a personal value stands in {os.path.relpath(path, i.folder)}")


CANARIES = {"COMMCREALIM": "CANARITEXTE", "NOMTIE": "CANARITIERS", "NOMCOMNAI": "CANARIVILLE", "ACT": "CNA", "MTREDHOSRSA": "77777.31",
            "LIBANO": "CANARIANOMALIE", "MOTISUSDRORSA": "QX", "MTREVGARARSA": "66666.42", "ETATADR": "QZ", "ORIDEMRSA": "QYX"}


def test_a_dropped_field_of_each_class_leaves_no_trace(folder):
    i = Instance(os.path.join(folder, "i"))
    path = sample(os.path.join(folder, "m.xml"), 1500)
    tree = etree.parse(path)
    planted = set()
    for element in tree.getroot().iter(*CANARIES):
        element.text = CANARIES[element.tag]
        planted.add(element.tag)
    check(planted >= set(CANARIES) - {"LIBANO", "MOTISUSDRORSA"}, f"planted {planted}")
    tree.write(path, encoding="utf-8", xml_declaration=True)
    done = i.run("import", path)
    numbers = [e.text for e in tree.getroot().iter("NUMDEMRSA")][:150]
    printed = done.out + done.err + "".join(i.run("dossier", "show", n, "--json").out for n in numbers)
    for name, canary in CANARIES.items():
        check(f'"{name}"' not in printed, f"{name} is shown")
        if len(canary) > 5:
            check(canary not in printed, f"the canary of {name} is printed")
    for file in files(i.folder):
        with open(file, "rb") as s:
            check(not leaks({c for c in CANARIES.values() if len(c) > 5}, s.read()), f"a canary stands in {os.path.basename(file)}")


def test_nothing_shows_in_the_process_list(folder):
    check(os.access(FLUXRSA, os.X_OK), "fluxrsa is built")
    i = Instance(os.path.join(folder, "i"), nir="hmac")
    f = sample(os.path.join(folder, "m.xml"), 60)
    i.imported(f)
    nir = next(e.text for e in etree.parse(f).getroot().iter("NIR") if e.text)
    found = i.run("dossier", "search", "--nir", "-", stdin=nir.encode() + b"\n")
    check(nir not in found.out + found.err, "the NIR is echoed")
    check(re.search(r"\d{8}062", found.out), "the NIR finds its dossier")
    check(run("check", f).out, "check prints something")


main(*[f for name, f in sorted(globals().items()) if name.startswith("test_")])
