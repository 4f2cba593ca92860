"""Households by official path and flux made of them, for the numbered cases: what goes in is written here, what comes out is read through
the program. Base households come from the generator and have no finding of their own, so that a case sees only what it put in."""
import copy
import os
import re
import sys
import tempfile

from lxml import etree

from kit import SOURCE, Instance, check, equal, run

TABLE = os.path.join(SOURCE, "flux", "record", "vrsb0801.def")
NUMBER = "IdentificationRSA/DemandeRSA/NUMDEMRSA"
DEMANDED = "IdentificationRSA/DemandeRSA/DTDEMRSA"
MATRICULE = "IdentificationRSA/Organisme/MATRICULE"
SITUATION = "PrestationRSA/SituationDossierRSA"
STATE = SITUATION + "/EtatDossierRSA/ETATDOSRSA"
RIGHT = "PrestationRSA/DetailDroitRSA/DetailCalculDroitRSA"
DUTIES = "MontantCalculDroitRSAPersonne"
ADDRESS = "DonneesAdministratives/Adresse"
FRANCE = "AdresseDetailleeFrance"


def _order():
    """Children of each block in the order of the schema."""
    order = {}
    with open(TABLE, encoding="utf-8") as f:
        for line in f:
            row = re.match(r"\s*(?:BLOCK|LEAF)\((\w+), (\w+),", line)
            if row:
                order.setdefault(row[1], []).append(row[2])
    return order


ORDER = _order()


def nir_key(nir):
    """The two digits that follow the first 13."""
    return f"{97 - int(nir[:13].replace('2A', '19').replace('2B', '18')) % 97:02d}"


class Block:
    """One block of a household; paths are relative to it, Personne[2] is the second one."""

    def __init__(self, element):
        self.element = element

    def get(self, path):
        return self.element.findtext(path)

    def all(self, path):
        return [Block(e) for e in self.element.findall(path)]

    def at(self, path):
        found = self.element.find(path)
        check(found is not None, f"the base household has no {path}")
        return Block(found)

    def _append(self, name):
        order = ORDER[self.element.tag]
        last = -1
        for i, child in enumerate(self.element):
            if child.tag in order and order.index(child.tag) <= order.index(name):
                last = i
        made = etree.Element(name)
        self.element.insert(last + 1, made)
        return Block(made)

    def set(self, path, text):
        """Blocks on the way are made where the schema wants them."""
        head, _, rest = path.partition("/")
        found = self.element.find(head)
        block = Block(found) if found is not None else self._append(head)
        if rest:
            block.set(rest, text)
        else:
            block.element.text = text
        return self

    def add(self, path, **leaves):
        """One more block of this name."""
        head, _, name = path.rpartition("/")
        made = (self.at(head) if head else self)._append(name)
        for leaf, text in leaves.items():
            made.set(leaf, text)
        return made

    def copy_in(self, block):
        """One more block, a copy of another one."""
        made = self._append(block.element.tag)
        made.element.extend(copy.deepcopy(list(block.element)))
        return made

    def drop(self, path):
        for e in self.element.findall(path):
            e.getparent().remove(e)
        return self

    def order_of(self, name, *indexes):
        """Puts the blocks of this name in another order."""
        blocks = self.element.findall(name)
        at = list(self.element).index(blocks[0])
        for b in blocks:
            self.element.remove(b)
        for n, i in enumerate(indexes):
            self.element.insert(at + n, blocks[i])
        return self


class Person(Block):
    def key(self):
        return tuple(self.get("Identification/" + leaf) for leaf in ("NOMNAI", "PRENOM", "DTNAI"))

    def who(self, **leaves):
        for leaf, text in leaves.items():
            if text is None:
                self.drop("Identification/" + leaf)
            else:
                self.set("Identification/" + leaf, text)
        return self

    def nir(self):
        return self.get("Identification/NIR")

    def role(self, role, nature="RSA"):
        for p in self.element.findall("Prestations"):
            if p.findtext("NATPREST") == nature:
                p.find("ROLEPERS").text = role
        return self


class House(Block):
    def copy(self):
        return House(copy.deepcopy(self.element))

    @property
    def number(self):
        return self.get(NUMBER)

    def persons(self):
        return [Person(e) for e in self.element.findall("Personne")]

    def person(self, n=0):
        return self.persons()[n]

    def join(self, person):
        return Person(self.copy_in(person).element)

    def part(self, n):
        self.element.remove(self.element.findall("Personne")[n])
        return self

    def state(self, code, **documents):
        """The state of the right, and the block that documents it: FinDroit={"MOTICLORSA": …}, or a list of them."""
        for name in ("Refus", "SuspensionDroit", "SuspensionVersement", "FinDroit", "FinDroitMoisAnterieur"):
            self.drop(f"{SITUATION}/{name}")
        self.set(STATE, code)
        for name, blocks in documents.items():
            for leaves in blocks if isinstance(blocks, list) else [blocks]:
                self.add(f"{SITUATION}/{name}", **leaves)
        return self


def closed(motive, day):
    return {"MOTICLORSA": motive, "DTCLORSA": day}


def write(path, houses, TYPEFLUX="M", DTREF="2025-01-31", DTCREAFLUX=None, HEUCREAFLUX="01:18:36.0000", APPLIEME=None):
    """A flux of these households. A monthly one is created on the 5th of the month after, a daily one on its day."""
    if not DTCREAFLUX:
        year, month = int(DTREF[:4]), int(DTREF[5:7])
        after = f"{year + month // 12}-{month % 12 + 1:02d}-05"
        DTCREAFLUX = after if TYPEFLUX == "M" else DTREF
    if not APPLIEME:
        APPLIEME = "AGO" if houses and houses[0].get("IdentificationRSA/Organisme/FONORG") == "MSA" else "CRI"
    root = etree.Element("Racine")
    header = etree.SubElement(root, "IdentificationFlux")
    for name, text in (("APPLIEME", APPLIEME), ("NUMVERSIONAPPLIEME", "6200"), ("TYPEFLUX", TYPEFLUX), ("NATFLUX", "D"),
                       ("DTCREAFLUX", DTCREAFLUX), ("HEUCREAFLUX", HEUCREAFLUX), ("DTREF", DTREF)):
        etree.SubElement(header, name).text = text
    root.extend(copy.deepcopy([h.element for h in houses]))
    end = etree.SubElement(root, "TransmissionFlux")
    etree.SubElement(end, "NBTOTDOSRSATRANSM").text = f"{len(houses):08d}"
    in_anomaly = sum(h.element.find("Anomalie") is not None for h in houses)
    etree.SubElement(end, "NBTOTDOSRSATRANSMANO").text = f"{in_anomaly:08d}"
    etree.indent(root)
    etree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    return path


def _clean(h):
    """What a case may count on: two roles for each person, a NIR, one known birth date, a right paid, an address of rank 01 in France."""
    for p in h.persons():
        roles = {b.get("NATPREST"): b.get("ROLEPERS") for b in p.all("Prestations")}
        born = p.get("Identification/TYPEDTNAI")
        if not p.nir() or p.nir()[0] not in "12" or roles.get("RSA") is None or born not in (None, "N") or p.get("Identification/RGNAI"):
            return False
        if p.get("DossierCAF/DFRATDOS") or p.get("DossierCAF/NUMDEMRSAPRECE"):
            return False
    ranks = [a.get("TroncCommunAdresse/RGADR") for a in h.all(ADDRESS)]
    france = all(a.get("TroncCommunAdresse/PAYS") == "FRA" for a in h.all(ADDRESS))
    mutation = h.element.find("IdentificationRSA/OrganismeCedant") is not None
    return h.get(STATE) == "2" and ranks == ["01"] and france and not mutation


def _shape(h):
    roles = tuple(next(b.get("ROLEPERS") for b in p.all("Prestations") if b.get("NATPREST") == "RSA") for p in h.persons())
    return {("DEM",): "single", ("DEM", "CJT"): "couple"}.get(roles, "family" if roles[:1] == ("DEM",) and "ENF" in roles else "")


class Houses:
    """Base households by shape: single, couple, family (a demandeur, perhaps a conjoint, children)."""

    def __init__(self, emitter="caf", households=300, seed=7):
        with tempfile.TemporaryDirectory(prefix="fluxrsa-case-") as folder:
            f = os.path.join(folder, "m.xml")
            run("sample", "generate", "--households", households, "--seed", seed, "--emitter", emitter, "-o", f)
            i = Instance(os.path.join(folder, "i"), profile="gestion")
            i.imported(f)
            found = {x["NUMDEMRSA"] for x in i.run("flux", "findings", 1, "--json").json()}
            self.by_shape = {}
            for e in etree.parse(f).getroot().iter("InfosFoyerRSA"):
                h = House(e)
                if h.number not in found and _clean(h):
                    self.by_shape.setdefault(_shape(h), []).append(h)

    def _nth(self, shape, n):
        h = self.by_shape[shape][n].copy()
        for name in ("Evenement", "Controle", "Anomalie"):
            h.drop(name)
        return h

    def single(self, n=0):
        return self._nth("single", n)

    def couple(self, n=0):
        return self._nth("couple", n)

    def family(self, n=0):
        return self._nth("family", n)


def balanced(r):
    """The invariant of an applied flux."""
    total = r["created"] + r["updated"] + r["unchanged"] + r["superseded"] + r["rejected"]
    check(r["read"] == r["announced"] == total, f"read {r['read']}, announced {r['announced']}, outcomes {total}")
    return r


class World:
    """An instance that keeps everything, and the flux it was given."""

    def __init__(self, folder, **settings):
        self.folder, self.sent = folder, 0
        self.i = Instance(os.path.join(folder, "i"), **(settings or {"keep": "all", "nir": "sealed", "legal_ref": "test"}))

    def write(self, houses, **header):
        self.sent += 1
        return write(os.path.join(self.folder, f"f{self.sent}.xml"), houses, **header)

    def month(self, *houses, DTREF="2025-01-31", **header):
        return balanced(self.i.imported(self.write(houses, DTREF=DTREF, **header))[0])

    def day(self, *houses, DTREF, **header):
        return self.month(*houses, DTREF=DTREF, TYPEFLUX="I", **{"HEUCREAFLUX": "21:27:43.0000", **header})

    def run(self, *words, **options):
        return self.i.run(*words, **options)

    def json(self, *words, **options):
        return self.i.run(*words, "--json", **options).json()

    def show(self, number, *words):
        """dossier show; its record as a View."""
        d = self.json("dossier", "show", number, *words)
        return View(d["record"]), d

    def record(self, number, *words):
        return self.show(number, *words)[0]

    def history(self, number, kind):
        """The rows of dossier history of this kind, by day."""
        return [r for r in self.json("dossier", "history", number) if r["kind"] == kind]

    def states(self, number):
        """(day, ETATDOSRSA) of the history."""
        return [(r["from"], r["new"]) for r in self.history(number, "state")]

    def events(self, number):
        return [(r["from"], r["event"]) for r in self.history(number, "state") if r["event"]]

    def closing(self, number):
        """(DTCLORSA, MOTICLORSA) of the right, None while it is not closed or the flux does not tell."""
        standing = [r["new"] for r in self.history(number, "closing") if r["to"] is None]
        check(len(standing) < 2, f"closed {len(standing)} times at once")
        return (standing[0]["DTCLORSA"], standing[0]["MOTICLORSA"]) if standing else None

    def movements(self, kind):
        return self.json("report", "movements", "--since", "2020-01-01", "--kind", kind)["rows"]

    def absent(self):
        """Open dossiers that the last monthly flux should have."""
        return [r["NUMDEMRSA"] for r in self.json("report", "anomalies", "--kind", "missing")["rows"]]

    def changed(self, number):
        """Official names of what the history saw change: of the persons and of the household."""
        return [r["path"].rpartition("/")[2] for r in self.json("dossier", "history", number) if r["old"] is not None]

    def member(self, number, n=0):
        """The id of the n-th person of the household."""
        return self.show(number)[1]["persons"][n]["id"]

    def person(self, member):
        return self.json("person", "show", member)

    def one(self, a, b):
        """Whether two members are one person."""
        return self.person(a)["id"] == self.person(b)["id"]

    def dossiers_of(self, member):
        """Dossiers that name, or named, the person that a member is."""
        return sorted(m["NUMDEMRSA"] for m in self.person(member)["memberships"])

    def rules(self, member):
        """How it is known of each membership that it is this person."""
        return {m["rule"] for m in self.person(member)["memberships"]}

    def absences(self, member):
        """(NUMDEMRSA, day since when the household does not name the person, DFRATDOS) of each membership."""
        return sorted((m["NUMDEMRSA"], m["absent_since"] and m["absent_since"]["DTREF"], m["DFRATDOS"])
                      for m in self.person(member)["memberships"])

    def doubts(self):
        """The dossiers of each pair that somebody must look at."""
        return [set(pair["NUMDEMRSA"]) for pair in self.json("person", "duplicates", "list")]

    def departed(self, number):
        return [(d["id"], d["absent_since"], d["DFRATDOS"]) for d in self.show(number)[1]["departed"]]

    def found(self, *words, **options):
        return [d["NUMDEMRSA"] for d in self.json("dossier", "search", *words, **options)]

    def findings(self, flux, code=None):
        """(NUMDEMRSA, code, path without the household) of what was found, sorted."""
        rows = self.json("flux", "findings", flux)
        return sorted((x["NUMDEMRSA"], x["code"], re.sub(r"^InfosFoyerRSA\[\d+\]/?", "", x["path"])) for x in rows
                      if code in (None, x["code"]))

    def codes(self, flux):
        return sorted({code for _, code, _ in self.findings(flux)})


class View:
    """A record as the program shows it, read by path; a repeated block without index is the first."""

    def __init__(self, tree):
        self.tree = tree

    def get(self, path):
        at = self.tree
        for step in path.split("/"):
            name, _, index = step.rstrip("]").partition("[")
            if not isinstance(at, dict) or name not in at:
                return None
            at = at[name]
            if isinstance(at, list):
                n = int(index or 1)
                at = at[n - 1] if n <= len(at) else None
        return at

    def count(self, path):
        head, _, name = path.rpartition("/")
        at = self.get(head) if head else self.tree
        found = (at or {}).get(name, [])
        return len(found) if isinstance(found, list) else 1

    def each(self, path):
        head, _, name = path.rpartition("/")
        at = self.get(head) if head else self.tree
        found = (at or {}).get(name, [])
        return [View(v) for v in (found if isinstance(found, list) else [found])]


def cases(names):
    """The functions whose name begins with case_, in the order of their numbers; those of the command line, when it names some."""
    found = [(name[5:7], f) for name, f in sorted(names.items()) if re.match(r"case_\d\d_", name)]
    return [f for number, f in found if not sys.argv[1:] or number in sys.argv[1:]]


