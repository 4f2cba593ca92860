"""Rules that other programs judge: clang-format, msgfmt, readelf. A program that is absent makes its rule say nothing, but on stderr."""
import os
import re
import shutil
import subprocess
import sys

from rules_layers import line_of

# program -> (libraries it must have, libraries it must not have)
LINKS = {
    "fluxrsa-parse": ({"libxml2"}, {"liblmdb"}),
    "fluxrsa": ({"liblmdb"}, {"libxml2", "libarchive"}),
    "fluxrsad": ({"libsystemd"}, {"liblmdb", "libxml2", "libarchive", "libcrypto"}),
}
MAYBE = {"fluxrsa-portfolio": (set(), {"libxml2", "libarchive"})}

LITERAL = r'"((?:\\.|[^"\\\n])*)"'
LITERALS = rf'((?:\s*{LITERAL})+)'
MARKED = re.compile(rf"\b(?:_|N_|gettext)\({LITERALS}[ \t\n]*\)")
PLURAL = re.compile(rf"\bngettext\({LITERALS}\s*,{LITERALS}")
FINDING = re.compile(rf"^FINDING\(\w+, \w+, \d, {LITERAL}, {LITERAL}, ", re.M)
ERROR = re.compile(rf"^ERR\(\w+, \d+, {LITERAL}\)", re.M)
MSGID = re.compile(rf"^msgid(?:_plural)?{LITERALS}", re.M)


def absent(program):
    print(f"lint: {program} is not here, its rule is not checked", file=sys.stderr)


def clang_format(tree):
    program = shutil.which("clang-format") or shutil.which("clang-format-14")
    if not program:
        absent("clang-format")
        return
    if not tree.c:
        return
    run = subprocess.run([program, "--dry-run", "-Werror", "--style=file"] + tree.c, cwd=tree.root, stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, encoding="utf-8", errors="replace", check=False)
    found = re.findall(r"^(.+?):(\d+):\d+: error: ", run.stderr, re.M)
    for name in sorted({n for n, _ in found}):
        yield name, min(int(line) for n, line in found if n == name), "not as clang-format writes it"
    if run.returncode and not found:
        yield ".clang-format", 1, f"clang-format failed: {run.stderr.strip()[:200]}"


def joined(literals):
    return "".join(re.findall(LITERAL, literals))


def wanted(tree):
    """(file, line, msgid) of every sentence that people may see."""
    for name in tree.code:
        if name.startswith("tests/"):
            continue
        text = tree.text(name)
        for found in MARKED.finditer(text):
            yield name, line_of(text, found.start()), joined(found.group(1))
        for found in PLURAL.finditer(text):
            yield name, line_of(text, found.start()), joined(found.group(1))
        for found in list(FINDING.finditer(text)) + list(ERROR.finditer(text)):
            for sentence in found.groups():
                yield name, line_of(text, found.start()), sentence


def catalogue(tree):
    po = "po/fr.po"
    if po not in tree.files:
        return
    text = tree.text(po)
    ids = {joined(found.group(1)) for found in MSGID.finditer(text)}
    for name, line, sentence in wanted(tree):
        if sentence and sentence not in ids:
            yield name, line, f'"{sentence[:60]}" is not in {po}'
    if not shutil.which("msgfmt"):
        absent("msgfmt")
        return
    run = subprocess.run(["msgfmt", "-c", "--statistics", "-o", os.devnull, po], cwd=tree.root, env={**os.environ, "LC_ALL": "C"},
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8", errors="replace", check=False)
    if run.returncode:
        found = re.search(r"po/fr\.po:(\d+): (.*)", run.stderr)
        yield po, int(found.group(1)) if found else 1, f"msgfmt: {found.group(2) if found else run.stderr.strip()[:200]}"
    for count, what in re.findall(r"(\d+) (fuzzy|untranslated)", run.stderr):
        yield po, 1, f"{count} {what} messages"


def needed(path):
    run = subprocess.run(["readelf", "-dW", str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", check=False)
    return {lib.split(".so")[0] for lib in re.findall(r"\(NEEDED\).*\[(.*)\]", run.stdout)}


def programs(build, name):
    return [p for p in build.rglob(name) if p.is_file() and os.access(p, os.X_OK)]


def links(tree):
    if not tree.build:
        return
    if not shutil.which("readelf"):
        absent("readelf")
        return
    for name, (must, never) in {**LINKS, **MAYBE}.items():
        found = programs(tree.build, name)
        if not found and name in LINKS:
            yield tree.build / name, 1, "is not built"
        for path in found:
            have = needed(path)
            for lib in sorted(must - have):
                yield path, 1, f"does not link {lib}, which it needs"
            for lib in sorted(never & have):
                yield path, 1, f"links {lib}, which it must not hold"
