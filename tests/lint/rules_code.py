"""Rules on C text: sizes, names, header guards, banned calls, tables."""
import ast
import re

from rules_layers import line_of

FUNCTION_MAX, FILE_MAX = 70, 500

TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
BANNED = (
    (re.compile(r"\b(v?sprintf|strcpy|stpcpy|strcat|strncat|strncpy|gets|system|popen|strtok|atoi|atol|atoll|atof|v?sscanf|alloca|mktemp|"
                r"tmpnam|tempnam|rand|srand|random|srandom)[ \t]*\("), re.compile(r".*"), re.compile(r"(?!)"), "is banned"),
    (re.compile(r"\b(setenv|unsetenv|putenv|localtime|localtime_r|mktime)[ \t]*\("), re.compile(r".*"), re.compile(r"cli/|tests/|flux/base/i18n\.c"),
     "is for cli/ and flux/base/i18n.c only"),
    (re.compile(r"\b(strto(?:l|ll|ul|ull|imax|umax|d|f|ld))[ \t]*\("), re.compile(r"flux/record/|parsers/|store/"), re.compile(r"(?!)"),
     "depends on the locale or takes what no flux may hold"),
)
DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", re.M)
WORD = re.compile(r"\b[A-Za-z]\w+\b")
NODE = re.compile(r"^[ \t]*(BLOCK|LEAF)\((\w+), (\w+), (\d+),", re.M)
ROW = re.compile(r"^[ \t]*(FINDING|ERR|LIST)\((\w+),", re.M)
CODE = re.compile(r'^[ \t]*CODE\((\w+), ("[^"]*"),', re.M)


def strip(text):
    """Comments become spaces, and so does what stands inside quotes; every newline stays."""

    def blank(found):
        piece = found.group()
        body = re.sub(r"[^\n]", " ", piece)
        return body if piece[0] == "/" else piece[0] + body[1:-1] + piece[-1]

    return TOKEN.sub(blank, text)


def functions(bare):
    """(first line, last line) of each function: our brace style has its braces alone in the first column."""
    lines = bare.split("\n")
    start = None
    for i, line in enumerate(lines):
        if line.rstrip() == "{":
            start = i
            while start and lines[start - 1].strip() and not re.match(r"[#}]", lines[start - 1]) and lines[start - 1].rstrip()[-1] not in ";}":
                start -= 1
        elif line.startswith("}") and start is not None:
            yield start + 1, i + 1
            start = None


def python_functions(text):
    """(first line, last line) of each function."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            yield node.lineno, node.end_lineno


def sizes(tree):
    for name in tree.c + tree.scripts:
        length = tree.text(name).count("\n")
        if length > FILE_MAX:
            yield name, FILE_MAX + 1, f"{length} lines: a file has at most {FILE_MAX}"
        python = python_functions(tree.text(name)) if name.endswith(".py") else ()
        for first, last in functions(tree.bare(name)) if name in tree.c else python:
            if last - first + 1 > FUNCTION_MAX:
                yield name, first, f"a function of {last - first + 1} lines: at most {FUNCTION_MAX}"


def official(tree):
    """Mnemonics and block names of every field table."""
    return {found.group(3) for name in tree.files if name.endswith(".def") for found in NODE.finditer(tree.text(name))}


def names(tree):
    known = official(tree)
    folded = {word.lower(): word for word in known}
    for name in tree.code:
        bare = tree.bare(name)
        for found in DEFINE.finditer(bare):
            if found.group(1) in known:
                yield name, line_of(bare, found.start()), f"a macro named {found.group(1)}: mnemonics are not ours to define"
        for found in WORD.finditer(bare):
            word = found.group()
            right = folded.get(word.lower())
            if right and word != right and not word.islower() and not word.isupper():
                yield name, line_of(bare, found.start()), f"{word}: official names are not re-cased, this one is {right}"


def guards(tree):
    for name in tree.c:
        if not name.endswith(".h"):
            continue
        guard = re.sub(r"[^A-Z0-9]", "_", name.upper())
        bare = tree.bare(name)
        first = re.search(r"^[ \t]*#.*", bare, re.M)
        want = re.compile(rf"^#ifndef {guard}\n#define {guard}\n", re.M)
        if not first or not want.match(bare, first.start()) or not bare.rstrip().endswith("#endif"):
            yield name, line_of(bare, first.start()) if first else 1, f"the header guard is not {guard}"


def banned(tree):
    for name in tree.code:
        bare = tree.bare(name)
        for what, where, save, why in BANNED:
            if where.match(name) and not save.match(name):
                for found in what.finditer(bare):
                    yield name, line_of(bare, found.start()), f"{found.group(1)}() {why}"


def tables(tree):
    """Names once per kind; numbers on disk once per parent; codes once per list."""
    seen = {}
    for name in (f for f in tree.files if f.endswith(".def")):
        text = tree.text(name)
        rows = [(f.start(), (f.group(1), f.group(2)), f"{f.group(1)} {f.group(2)}") for f in ROW.finditer(text)]
        rows += [(f.start(), (name, f.group(2), f.group(4)), f"number {f.group(4)} in {f.group(2)}") for f in NODE.finditer(text)]
        rows += [(f.start(), (name, f.group(2), f.group(3), "name"), f"{f.group(3)} in {f.group(2)}") for f in NODE.finditer(text)]
        rows += [(f.start(), ("CODE", f.group(1), f.group(2)), f"code {f.group(2)} in {f.group(1)}") for f in CODE.finditer(text)]
        for at, key, what in rows:
            line = line_of(text, at)
            if key in seen:
                yield name, line, f"{what} stands twice, first in {seen[key]}"
            else:
                seen[key] = f"{name}:{line}"
