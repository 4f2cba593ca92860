"""xsd_compare.py OFFICIAL OURS FOLDER: writes documents made from the official schema, right and wrong in every way we could think of,
and asks xmllint for the verdict of both schemas on each. Both must agree on all of them."""
import copy
import pathlib
import random
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

XS = "{http://www.w3.org/2001/XMLSchema}"
MANY = 3


class Leaf:
    def __init__(self, base, facets):
        self.base, self.facets = base, facets

    def good(self):
        digits = int(self.facets.get("totalDigits", 0))
        return {
            "string": "A" * min(3, int(self.facets.get("maxLength", 3))),
            "integer": "7" * min(2, digits or 2),
            "decimal": "1.50",
            "date": "2024-02-29",
            "time": "23:59:59",
            "boolean": "true",
        }[self.base]

    def tries(self):
        """Values at and around every bound of the type."""
        longest = int(self.facets.get("maxLength", 0))
        digits = int(self.facets.get("totalDigits", 0))
        common = ["", " ", "x", "\u00e9", "0", "-1", "<!-- c -->", "<b/>", "\u0660"]
        if self.base == "string":
            chars = ["A", "\u00e9", "\U0001f600", " ", "\n", "&amp;", "]"]
            return common + [c * n for c in chars for n in (longest - 1, longest, longest + 1) if n >= 0]
        if self.base == "integer":
            nines = "9" * digits
            return common + [nines, nines + "9", "-" + nines, "+" + nines, "000" + nines, " " + nines + "\n", nines[1:] or "1", "1.0", "1.",
                             "1e1", "-0", "00", "+", "0x1", "1 1", "+-1", "-" + nines + "0"]
        if self.base == "decimal":
            whole = "9" * (digits - 2)
            return common + [whole + ".99", whole + "9.99", whole + "9", whole + "99", whole + "999", "-" + whole + ".99", "+" + whole + ".9",
                             whole + ".990", whole + ".9900", whole + ".999", "000" + whole + ".99", ".5", "5.", ".", "-.5", "1,5", "1e3",
                             "INF", "NaN", " 1.50 ", "0.001", "0.010", "-0.00", "1 000.00", "0.00000", "." + "0" * 12 + "1"]
        if self.base == "date":
            return common + ["2024-02-29", "2023-02-29", "2024-02-30", "2024-13-01", "2024-00-01", "2024-01-00", "2024-01-32", "2024-1-1",
                             "0000-01-01", "0001-01-01", "-0001-01-01", "9999-12-31", "10000-01-01", "2024-01-01Z", "2024-01-01+02:00",
                             "2024-01-01-14:00", "2024-01-01+14:01", "2024-01-01T00:00:00", "20240101", "01/01/2024", " 2024-01-01\t",
                             "2024-01-01 ", "1900-02-29", "2000-02-29", "2024-04-31", "+2024-01-01", "2024-01-01z"]
        if self.base == "time":
            return common + ["00:00:00", "23:59:59", "24:00:00", "24:00:01", "23:60:00", "23:59:60", "12:30", "12:30:15.5", "12:30:15.",
                             "12:30:15Z", "12:30:15+01:00", " 12:30:15 ", "1:02:03", "12.30.15", "123015", "12:30:15.1234567"]
        return common + ["true", "false", "1", "TRUE", "True", "O", "N", " true ", "01", "tru", "oui"]


def read_schema(path):
    """Blocks by name: each a list of (name, leaf or None for a block, min, max)."""
    blocks = {}
    for element in ET.parse(path).getroot().findall(XS + "element"):
        rows = []
        for child in element.findall(f"{XS}complexType/{XS}sequence/{XS}element"):
            many = child.get("maxOccurs", "1")
            occurs = int(child.get("minOccurs", "1")), MANY if many == "unbounded" else int(many)
            if child.get("ref"):
                rows.append((child.get("ref"), None) + occurs)
                continue
            restriction = child.find(f"{XS}simpleType/{XS}restriction")
            base = child.get("type") or restriction.get("base")
            facets = {} if restriction is None else {f.tag[len(XS):]: f.get("value") for f in restriction}
            rows.append((child.get("name"), Leaf(base.split(":")[1], facets)) + occurs)
        blocks[element.get("name")] = rows
    return blocks


def structure(path):
    """What no document made from the official schema can show: names that only one of the two knows."""
    found = {}
    for element in ET.parse(path).getroot().findall(XS + "element"):
        children = element.findall(f"{XS}complexType/{XS}sequence/{XS}element")
        found[element.get("name")] = [(c.get("name"), c.get("ref"), c.get("minOccurs", "1"), c.get("maxOccurs", "1")) for c in children]
    return found


def make(blocks, name, full, many=1):
    """A valid document of a block: everything, or only what must be."""
    element = ET.Element(name)
    for child, leaf, least, most in blocks[name]:
        for _ in range(min(most, many) if full else least):
            if leaf is None:
                element.append(make(blocks, child, full, many))
            else:
                ET.SubElement(element, child).text = leaf.good()
    return element


class Documents:
    def __init__(self, folder):
        self.folder, self.paths = pathlib.Path(folder), []

    def text(self, text):
        path = self.folder / f"{len(self.paths):05}.xml"
        path.write_text(text, encoding="utf-8")
        self.paths.append(path)

    def tree(self, element):
        self.text(ET.tostring(element, encoding="unicode"))


def values(blocks, docs):
    mark = "@value@"
    for name, rows in blocks.items():
        for i, (_, leaf, least, _) in enumerate(rows):
            if leaf is None:
                continue
            element = make(blocks, name, True)
            element[i].text = mark
            shape = ET.tostring(element, encoding="unicode")
            for value in leaf.tries():
                docs.text(shape.replace(mark, value))


def occurrences(blocks, docs):
    for name, rows in blocks.items():
        for full in (False, True):
            docs.tree(make(blocks, name, full))
            docs.tree(make(blocks, name, full, MANY))
        for i, row in enumerate(rows):
            element = make(blocks, name, True)
            gone, twice, thrice = copy.deepcopy(element), copy.deepcopy(element), copy.deepcopy(element)
            gone.remove(gone[i])
            docs.tree(gone)
            twice.insert(i, copy.deepcopy(twice[i]))
            docs.tree(twice)
            for _ in range(2):
                thrice.append(copy.deepcopy(thrice[i]))
            docs.tree(thrice)
            if i:
                element[i - 1], element[i] = element[i], element[i - 1]
                docs.tree(element)
            strange = make(blocks, name, True)
            strange[i].tag = row[0].lower()
            docs.tree(strange)


def shapes(blocks, docs):
    for name in blocks:
        text = ET.tostring(make(blocks, name, True), encoding="unicode")
        docs.text(text.replace(f"<{name}>", f'<{name} a="1">', 1))
        docs.text(text.replace(f"<{name}>", f"<{name}>text", 1))
        docs.text(text.replace(f"<{name}>", f"<{name}><!-- c --> <?p i?>\n", 1))
        docs.text(text.replace(f"<{name}>", f"<{name}><Unknown/>", 1))
        docs.text(text.replace(f"</{name}>", f"<Unknown>1</Unknown></{name}>"))
        docs.text(text.replace(f"<{name}>", f'<{name} xmlns="urn:x">', 1))
        docs.text(text.replace(f"<{name}>", f'<{name} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true">', 1))
        docs.text(f"<{name}/>")
        docs.text(f"<{name.upper()}/>")


def mutations(blocks, docs, count):
    """Several faults, or none that counts, anywhere in a whole flux; the same ones in every run."""
    draw = random.Random(801)
    whole = make(blocks, "Racine", True)
    bases = {row[0]: row[1] for rows in blocks.values() for row in rows if row[1]}
    for _ in range(count):
        root = copy.deepcopy(whole)
        for _ in range(draw.choice((1, 1, 1, 2, 3))):
            parents = [e for e in root.iter() if len(e)]
            parent = draw.choice(parents)
            at = draw.randrange(len(parent))
            kind = draw.randrange(4)
            if kind == 0:
                parent.remove(parent[at])
            elif kind == 1:
                parent.insert(draw.randrange(len(parent) + 1), copy.deepcopy(parent[at]))
            elif not len(parent[at]) and parent[at].tag in bases:
                parent[at].text = draw.choice([v for v in bases[parent[at].tag].tries() if "<" not in v and "&" not in v])
        docs.tree(root)


def verdicts(schema, paths):
    found = {}
    for start in range(0, len(paths), 500):
        some = [str(p) for p in paths[start:start + 500]]
        run = subprocess.run(["xmllint", "--noout", "--schema", schema] + some, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                             encoding="utf-8", errors="replace", check=False)
        for path, verdict in re.findall(r"^(.*) (validates|fails to validate)$", run.stderr, re.M):
            found[path] = verdict == "validates"
    return found


def main():
    official, ours, folder = sys.argv[1:]
    docs = Documents(folder)
    blocks = read_schema(official)
    values(blocks, docs)
    occurrences(blocks, docs)
    shapes(blocks, docs)
    mutations(blocks, docs, 500)
    theirs, mine = verdicts(official, docs.paths), verdicts(ours, docs.paths)
    good = sum(theirs.values())
    differ = [p for p in docs.paths if theirs.get(str(p)) is not mine.get(str(p))]
    for path in differ[:10]:
        print(f"{path.name}: official {theirs.get(str(path))}, ours {mine.get(str(path))}: {path.read_text(encoding='utf-8')[:400]}")
    same = structure(official) == structure(ours)
    if not same:
        print("the two schemas do not have the same elements in the same order")
    print(f"{len(docs.paths)} documents, {good} valid, {len(theirs) - good} not, {len(differ)} judged otherwise by our schema")
    return 0 if same and not differ and len(docs.paths) == len(theirs) and good >= 300 and len(theirs) - good >= 300 else 1


sys.exit(main())
