"""Who may include whom. Includes point to the same folder or strictly down; tests may include everything."""
import re

# Folders of one rank are peers: none includes another.
RANKS = {
    "flux/base": 0,
    "flux/record": 1,
    "parsers": 2,
    "store": 2,
    "flux/intake": 3,
    "retention": 3,
    "flux/portfolio": 3,
    "flux/daemon": 4,
    "cli": 5,
}
# samples make flux from the field table, and a command calls them.
ALSO = {("cli", "samples"), ("samples", "flux/base"), ("samples", "flux/record")}
GENERATED = {"config.h"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)

# header or name -> who may use it, besides tests
LIBRARIES = (
    (re.compile(r"lmdb\.h$"), re.compile(r"store/kv_lmdb\w*\.[ch]$"), "LMDB stays inside store/kv_lmdb*"),
    (re.compile(r"libxml/|libxml2/|archive\.h$|archive_entry\.h$"), re.compile(r"parsers/"), "XML and archive libraries stay inside parsers/"),
)
ENGINE_NAME = re.compile(r"\b(?:MDB_\w+|mdb_\w+)")


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def folder_of(name):
    return "/".join(name.split("/")[:2]) if name.startswith("flux/") else name.split("/")[0]


def includes(tree, name):
    text = tree.text(name)
    for found in INCLUDE.finditer(text):
        yield line_of(text, found.start()), found.group(1), found.group(2)


def allowed(source, target):
    if source in ("tests", target) or (source, target) in ALSO:
        return True
    return source in RANKS and target in RANKS and RANKS[target] < RANKS[source]


def layers(tree):
    known = set(tree.files)
    for name in tree.code:
        source = folder_of(name)
        if "/" in name and source not in RANKS and source not in ("tests", "samples"):
            yield name, 1, f"the folder {source} has no place among the layers"
            continue
        for line, quote, header in includes(tree, name):
            if quote != '"' or header in GENERATED:
                continue
            if header not in known:
                yield name, line, f'"{header}" is no file of the project: include by the full path from the root'
            elif not allowed(source, folder_of(header)):
                yield name, line, f"{source} may not include {header}: includes point down, never up or sideways"


def libraries(tree):
    for name in tree.code:
        if name.startswith("tests/"):
            continue
        for line, _, header in includes(tree, name):
            for what, where, sentence in LIBRARIES:
                if what.search(header) and not where.match(name):
                    yield name, line, f"<{header}> here: {sentence}"
        if not LIBRARIES[0][1].match(name):
            bare = tree.bare(name)
            for found in ENGINE_NAME.finditer(bare):
                yield name, line_of(bare, found.start()), f"{found.group()} here: {LIBRARIES[0][2]}"
