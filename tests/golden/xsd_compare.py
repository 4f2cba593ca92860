"""xsd_compare.py OFFICIAL OURS: both schemas must have the same elements, in the same order, as often, with the same types and bounds.
Fails on a construct that it does not know, so that nothing of a schema goes uncompared."""
import sys
import xml.etree.ElementTree as ET

XS = "{http://www.w3.org/2001/XMLSchema}"
KNOWN = {"annotation", "complexType", "sequence", "element", "simpleType", "restriction", "maxLength", "totalDigits", "fractionDigits",
         "schema", "documentation"}


def simple(element, named):
    """(base type, facets) of a leaf, whether its type stands in it, has a name, or is of XML Schema itself."""
    kind = element.get("type")
    restriction = named[kind] if kind in named else element.find(f"{XS}simpleType/{XS}restriction")
    if restriction is None:
        return kind.split(":")[1], ()
    return restriction.get("base").split(":")[1], tuple(sorted((f.tag[len(XS):], f.get("value")) for f in restriction))


def blocks(path):
    root = ET.parse(path).getroot()
    strange = {e.tag for e in root.iter()} - {XS + name for name in KNOWN}
    if strange or root.get("targetNamespace") or root.get("elementFormDefault"):
        sys.exit(f"{path}: constructs that are not compared: {sorted(strange)}")
    named = {t.get("name"): t.find(XS + "restriction") for t in root.findall(XS + "simpleType")}
    found = {}
    for element in root.findall(XS + "element"):
        rows = []
        for child in element.findall(f"{XS}complexType/{XS}sequence/{XS}element"):
            occurs = child.get("minOccurs", "1"), child.get("maxOccurs", "1")
            rows.append((child.get("name"), child.get("ref"), occurs, None if child.get("ref") else simple(child, named)))
        found[element.get("name")] = rows
    return found


def main():
    official, ours = (blocks(path) for path in sys.argv[1:])
    for name in sorted(official.keys() | ours.keys()):
        for theirs, mine in zip(official.get(name, []) + [None], ours.get(name, []) + [None]):
            if theirs != mine:
                print(f"{name}: official {theirs}, ours {mine}")
    leaves = sum(row[3] is not None for rows in official.values() for row in rows)
    print(f"{len(official)} blocks and {leaves} leaves compared: {'the same' if official == ours else 'not the same'}")
    return 0 if official == ours and len(official) > 1 and leaves > 1 else 1


sys.exit(main())
