"""Rules on every text that people write here, made-up flux excepted."""
import re

KINDS = (".c", ".h", ".def", ".py", ".sh", ".build", ".txt", ".md", ".po", ".scd", ".service", ".socket", ".timer", ".conf", ".xsl", ".yml",
         ".supp", ".in", ".toml", ".json", ".ini")
LATER = re.compile(r"\b(TO[D]O|FIX[M]E|X[X]X)\b")
MACHINE = re.compile(r"(?:^|[^A-Za-z0-9_.])(/(?:work|home|farm|root)/)", re.M)


def texts(tree):
    for name in tree.files:
        last = name.rsplit("/", 1)[-1]
        if name.endswith(KINDS) or "." not in last.lstrip(".") or name.startswith("debian/"):
            text = tree.text(name)
            if "\0" not in text:
                yield name, text


def later(tree):
    for name, text in texts(tree):
        for i, line in enumerate(text.split("\n"), 1):
            found = LATER.search(line)
            if found:
                yield name, i, f"{found.group()}: what is left for later is an issue, or nothing"


def paths(tree):
    for name, text in texts(tree):
        for i, line in enumerate(text.split("\n"), 1):
            found = MACHINE.search(line)
            if found:
                yield name, i, f"{found.group(1)}: a path of one machine"


def spaces(tree):
    for name, text in texts(tree):
        for i, line in enumerate(text.split("\n"), 1):
            if line != line.rstrip(" \t\r"):
                yield name, i, "spaces at the end of the line"
        if text and not text.endswith("\n"):
            yield name, text.count("\n") + 1, "no newline at the end of the file"
