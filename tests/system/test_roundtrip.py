"""What went in comes out: with everything kept, dossier show --json equals the household of the flux, read here by another parser."""
import os
import re
from decimal import Decimal

from lxml import etree

from kit import Instance, check, equal, main, sample

TABLE = os.path.join(os.environ["FLUXRSA_SOURCE"], "flux", "record", "vrsb0801.def")


def table():
    types, repeated = {}, set()
    with open(TABLE, encoding="utf-8") as f:
        for line in f:
            words = re.findall(r"^\s*(BLOCK|LEAF)\((.*)\)", line)
            if not words:
                continue
            cells = [c.strip() for c in words[0][1].split(",")]
            if words[0][0] == "LEAF":
                types[(cells[0], cells[1])] = cells[3]
            elif cells[4] not in ("1",):
                repeated.add(cells[1])
    return types, repeated


TYPES, REPEATED = table()


def canonical(kind, text):
    text = text.strip()
    if kind == "AMOUNT":
        return f"{Decimal(text):.2f}"
    if kind == "INTEGER":
        return str(int(text))
    if kind == "BOOL":
        return {"1": "true", "0": "false"}.get(text, text)
    if kind == "TIME":
        return re.sub(r"\.?0+$", "", text) if "." in text else text
    return text


def as_json(element):
    out = {}
    for child in element:
        if len(child) or (element.tag, child.tag) not in TYPES:
            value = as_json(child)
        else:
            value = canonical(TYPES[(element.tag, child.tag)], child.text or "")
        if child.tag in REPEATED:
            out.setdefault(child.tag, []).append(value)
        else:
            out[child.tag] = value
    return out


def differences(a, b, path=""):
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(set(a) | set(b)):
            if key not in a or key not in b:
                yield f"{path}/{key} only in the {'flux' if key in a else 'store'}"
            else:
                yield from differences(a[key], b[key], f"{path}/{key}")
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for n, (x, y) in enumerate(zip(a, b)):
            yield from differences(x, y, f"{path}[{n}]")
    elif a != b:
        yield f"{path} differs"


def round_trip(folder, *words):
    i = Instance(os.path.join(folder, "i" + str(len(words))), keep="all", nir="sealed", legal_ref="test")
    f = sample(os.path.join(folder, "m.xml"), 120, *words)
    i.imported(f)
    seen = 0
    for household in etree.parse(f).getroot().iter("InfosFoyerRSA"):
        number = household.findtext("IdentificationRSA/DemandeRSA/NUMDEMRSA")
        shown = i.run("dossier", "show", number, "--json").json()
        equal(list(differences(as_json(household), shown["record"])), [], "household of the flux against the store")
        seen += 1
    check(seen >= 100, "households compared")


def test_caf(folder):
    round_trip(folder)


def test_msa(folder):
    round_trip(folder, "--emitter", "msa", "--encoding", "windows-1252")


def test_daily(folder):
    i = Instance(os.path.join(folder, "i"), keep="all", nir="sealed", legal_ref="test")
    f = sample(os.path.join(folder, "d.xml"), 3000, "--daily", "2025-01-14")
    r = i.imported(f)[0]
    check(r["read"] > 0, "a daily with households")
    for household in list(etree.parse(f).getroot().iter("InfosFoyerRSA"))[:40]:
        number = household.findtext("IdentificationRSA/DemandeRSA/NUMDEMRSA")
        shown = i.run("dossier", "show", number, "--json").json()
        equal(list(differences(as_json(household), shown["record"])), [], "household of the flux against the store")


main(*[f for name, f in sorted(globals().items()) if name.startswith("test_")])
