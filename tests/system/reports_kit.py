"""Households that reports are tried on: edited by hand, written into flux of any day."""
import copy
import os

from lxml import etree

from kit import check, sample

NUMBER = "IdentificationRSA/DemandeRSA/NUMDEMRSA"
SITUATION = "PrestationRSA/SituationDossierRSA"
STATE = SITUATION + "/EtatDossierRSA/ETATDOSRSA"
DUTIES = "MontantCalculDroitRSAPersonne/TOPPERSDRODEVORSA"
HOUSEHOLDS = 60


def number(h):
    return h.findtext(NUMBER)


def role_of(p):
    return next((x for x in p.iter("Prestations") if x.findtext("NATPREST") == "RSA"), None).find("ROLEPERS")


def set_state(h, state, block=None, **leaves):
    """The state, and the one block that documents it."""
    h.find(STATE).text = state
    situation = h.find(SITUATION)
    for old in list(situation)[1:]:
        situation.remove(old)
    if block:
        made = etree.SubElement(situation, block)
        for name, value in leaves.items():
            etree.SubElement(made, name).text = value


def add_mutation(h, block, kind, day):
    identification = h.find("IdentificationRSA")
    made = etree.SubElement(identification, block)
    name = "FONORGCEDMUT NUMORGCEDMUT DDARRMUT" if kind == "in" else "FONORGPRENMUT NUMORGPRENMUT DDDEPAMUT"
    for leaf, value in zip(name.split(), ("CAF", "751", day)):
        etree.SubElement(made, leaf).text = value


class World:
    """Households to write flux of. All are open, their demandeur alone is subject to droits et devoirs, nobody has left."""

    def __init__(self, folder, seed=1):
        self.folder = folder
        self.tree = etree.parse(sample(os.path.join(folder, f"seed{seed}.xml"), HOUSEHOLDS, "--seed", seed))
        self.households = list(self.tree.getroot().iter("InfosFoyerRSA"))
        for h in self.households:
            set_state(h, "2")
            for name in ("OrganismeCedant", "OrganismePrenant"):
                for block in h.findall("IdentificationRSA/" + name):
                    block.getparent().remove(block)
            for p in h.iter("Personne"):
                for end in p.findall("DossierCAF/DFRATDOS"):
                    end.getparent().remove(end)
                if p.find(DUTIES) is not None:
                    p.find(DUTIES).text = "1" if role_of(p).text == "DEM" else "0"
            for anomaly in h.findall("Anomalie"):
                h.remove(anomaly)
        couples = [h for h in self.households if sorted(role_of(p).text for p in h.iter("Personne"))[:2] == ["CJT", "DEM"]]
        self.couples = [h for h in couples if all(p.find(DUTIES) is not None for p in list(h.iter("Personne"))[:2])]
        check(len(self.couples) >= 8, f"too few couples: {len(self.couples)}")

    def flux(self, name, households, typeflux, created, reference, applieme="CRI"):
        root = copy.deepcopy(self.tree.getroot())
        header = root.find("IdentificationFlux")
        for leaf, value in (("TYPEFLUX", typeflux), ("DTCREAFLUX", created), ("DTREF", reference), ("APPLIEME", applieme)):
            header.find(leaf).text = value
        for old in root.findall("InfosFoyerRSA"):
            root.remove(old)
        end = root.find("TransmissionFlux")
        for h in households:
            end.addprevious(copy.deepcopy(h))
        end.find("NBTOTDOSRSATRANSM").text = f"{len(households):08}"
        end.find("NBTOTDOSRSATRANSMANO").text = "00000000"
        path = os.path.join(self.folder, name + ".xml")
        etree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
        return path

    def monthly(self, month, households, applieme="CRI"):
        return self.flux(f"m{month}{applieme}", households, "M", f"2025-{month + 1:02}-05", f"2025-{month:02}-28", applieme)

    def daily(self, day, households):
        return self.flux("d" + day, households, "I", day, day)
