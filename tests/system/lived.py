"""A household that lives month by month in flux of our own, and what the commands about its past say of it."""
import copy
import datetime
import os

from lxml import etree

from kit import Instance, sample

STATE = "PrestationRSA/SituationDossierRSA"
IDENTITY = "IdentificationRSA/DemandeRSA/NUMDEMRSA"


def number_of(h):
    return h.findtext(IDENTITY)


def born(p):
    return tuple(p.findtext(f"Identification/{leaf}") for leaf in ("NOMNAI", "PRENOM", "DTNAI"))


def role(p):
    return next(r for r in p.findall("Prestations") if r.findtext("NATPREST").strip() == "RSA").find("ROLEPERS")


class Flux:
    """Flux made of one sample: the same header and trailer, households of our own."""

    def __init__(self, folder, households=60):
        self.folder, self.count = folder, 0
        self.tree = etree.parse(sample(os.path.join(folder, "sample.xml"), households))
        self.households = self.tree.getroot().findall("InfosFoyerRSA")

    def open_household(self, persons=1, addresses=1):
        for h in self.households:
            if (h.findtext(f"{STATE}/EtatDossierRSA/ETATDOSRSA") == "2" and len(h.findall("Personne")) >= persons
                    and len(h.findall("DonneesAdministratives/Adresse")) >= addresses
                    and h.find("Personne/MontantCalculDroitRSAPersonne") is not None):
                return copy.deepcopy(h)
        raise LookupError("no such household in the sample")

    def write(self, created, reference, *households, kind="M"):
        root = copy.deepcopy(self.tree.getroot())
        header = root.find("IdentificationFlux")
        header.find("DTCREAFLUX").text, header.find("DTREF").text, header.find("TYPEFLUX").text = created, reference, kind
        for h in root.findall("InfosFoyerRSA"):
            root.remove(h)
        for h in households:
            root.insert(len(root) - 1, copy.deepcopy(h))
        root.find("TransmissionFlux/NBTOTDOSRSATRANSM").text = str(len(households))
        root.find("TransmissionFlux/NBTOTDOSRSATRANSMANO").text = "0"
        self.count += 1
        path = os.path.join(self.folder, f"flux-{self.count}.xml")
        etree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
        return path


def set_state(h, state, **blocks):
    """blocks: name -> list of {leaf: text}; those of before go."""
    situation = h.find(STATE)
    for child in list(situation):
        if child.tag != "EtatDossierRSA":
            situation.remove(child)
    situation.find("EtatDossierRSA/ETATDOSRSA").text = state
    for name, items in blocks.items():
        for item in items:
            block = etree.SubElement(situation, name)
            for leaf, text in item.items():
                etree.SubElement(block, leaf).text = text


def months(*states, start=1):
    """(DTCREAFLUX, DTREF, state) of consecutive months of 2025."""
    for k, state in enumerate(states):
        month = start + k
        last = (datetime.date(2025 + month // 12, month % 12 + 1, 1) - datetime.timedelta(days=1)).isoformat()
        yield f"{2025 + month // 12}-{month % 12 + 1:02d}-05", last, state


def lived(folder, changes, persons=1, addresses=1, **settings):
    """An instance that took one monthly flux per change; changes: functions that edit the household further."""
    flux = Flux(folder)
    h = flux.open_household(persons, addresses)
    i = Instance(os.path.join(folder, "i"), **settings)
    others = [o for o in flux.households if number_of(o) != number_of(h)][:5]
    for created, reference, change in months(*changes):
        change(h)
        i.imported(flux.write(created, reference, h, *others))
    return i, number_of(h), h


def show(i, number, at=None, known_at=None):
    words = [*(["--at", at] if at else []), *(["--known-at", known_at] if known_at else [])]
    return i.run("dossier", "show", number, "--json", *words).json()


def history(i, number, *kinds):
    rows = i.run("dossier", "history", number, "--json").json()
    return [r for r in rows if r["kind"] in kinds]


def brief(rows, *keys):
    return [tuple(r[k] for k in ("from", "to", *keys)) for r in rows]


def trace(i, number):
    return i.run("dossier", "trace", number, "--json").json()


def state_at(i, number, at):
    return show(i, number, at)["meta"]["state"]["ETATDOSRSA"]


def last_person(h):
    return h.findall("Personne")[-1]
