"""fluxrsa.conf(5) names every setting with its type, its default, its bounds and whether a reload takes it, in both languages, and renders."""
import os
import re
import shutil
import subprocess

from kit import BUILD, SOURCE, check, equal, main

EMIT = os.path.join(BUILD, "flux", "intake", "config-emit")
UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def table():
    """The rows of the table, by other means than the C preprocessor."""
    with open(os.path.join(SOURCE, "flux", "intake", "config.def"), encoding="utf-8") as f:
        text = f.read()
    row = r'^{}\(({}\w+), (\w+), "([^"]*)", (\d+), (\d+), ([01]), "((?:[^"\\]|\\.)*)"\)$'
    general = [m.groups() for m in re.finditer(row.format("SETTING", r"\w+, "), text, re.M)]
    sources = [m.groups() for m in re.finditer(row.format("SOURCE_SETTING", ""), text, re.M)]
    check(len(general) == len(re.findall(r"^SETTING\(", text, re.M)) >= 40, "every setting is read")
    check(len(sources) == len(re.findall(r"^SOURCE_SETTING\(", text, re.M)) > 7, "every setting of a source is read")
    return [(*names.split(", "), *rest) for names, *rest in general] + [("source.NAME", *row) for row in sources]


def choices(kind):
    """The words that setting.c allows for a type."""
    with open(os.path.join(SOURCE, "flux", "intake", "setting.c"), encoding="utf-8") as f:
        text = f.read()
    name = re.search(rf"case SETTING_TYPE_{kind}:\n        return ([a-z_]+);", text)
    return name and ", ".join(re.findall(r'"(\w+)"', re.search(rf"{name.group(1)}\[\] = {{(.*?)}};", text, re.S).group(1)))


def bound(kind, value):
    if kind == "SHARE":
        return f"{value // 10} %"
    if kind == "DURATION":
        unit, seconds = next((u, s) for u, s in UNITS if value % s == 0)
        return f"{value // seconds} {unit}"
    return str(value)


def page(words):
    done = subprocess.run([EMIT, words, os.path.join(BUILD, "po")], stdout=subprocess.PIPE, env={"LANGUAGE": "fr", "PATH": os.environ["PATH"]}, check=True)
    return done.stdout.decode()


def paragraphs(text):
    """What is said of each key, by section and key, without the marks of scdoc."""
    said, section = {}, ""
    for line in text.split("\n"):
        title, key = re.match(r"## \[(.*)\]$", line), re.match(r"\*([a-z_\\]+)\*$", line)
        if title:
            section = title.group(1)
        elif key:
            entry = (section, key.group(1).replace("\\", ""))
            check(entry not in said, f"{entry} stands once")
            said[entry] = []
        elif section and said and line.startswith("# "):
            break
        elif section and said:
            said[entry].append(re.sub(r"\\(.)", r"\1", line.strip()).removesuffix("++"))
    return said


def test_every_setting_in_english(_):
    said = paragraphs(page("man"))
    rows = table()
    equal(sorted(said), sorted((row[0], row[1]) for row in rows), "the settings of the table, and no others")
    for section, key, kind, fallback, low, high, reload, doc in rows:
        words, what = said[section, key], f"[{section}] {key}"
        equal(words[0], doc, f"{what}: its explanation")
        check(words[1].startswith("Type: ") and len(words[1]) > len("Type: "), f"{what}: its type: {words[1]}")
        if choices(kind):
            equal(words[1], f"Type: one of {choices(kind)}", f"{what}: its choices")
        if kind in ("NUMBER", "SHARE", "DURATION", "MAIL"):
            check(words[1].endswith(f", from {bound(kind, int(low))} to {bound(kind, int(high))}"), f"{what}: its bounds: {words[1]}")
        default = {"departement": "this key is needed", "folder": "drop/NAME" if section == "source.NAME" else fallback}.get(key, fallback)
        equal(words[2], f"Default: {default or 'none'}", f"{what}: its default")
        equal(words[3], f"fluxrsad takes a change when it {'reloads' if reload == '1' else 'is started again'}.", f"{what}: reload")


def test_every_setting_in_french(_):
    french, english = paragraphs(page("man-fr")), paragraphs(page("man"))
    equal(list(french), list(english), "the settings of the English page")
    for entry, words in french.items():
        equal(len(words), len(english[entry]), f"{entry}: as many sentences")
        for one, other in zip(words[2:3], english[entry][2:3]):
            equal(one.split(":", 1)[1].strip() == other.split(":", 1)[1].strip() or other.endswith(("none", "needed")), True, f"{entry}: the same default")
    same = [entry for entry, words in french.items() if words[0] == english[entry][0]]
    equal(same, [], "explanations that are not translated")


def test_the_pages_render(_):
    if not shutil.which("scdoc") or not shutil.which("groff"):
        print("skipped: scdoc or groff is not here")
        return
    for words in ("man", "man-fr"):
        roff = subprocess.run(["scdoc"], input=page(words).encode(), stdout=subprocess.PIPE, check=True).stdout
        done = subprocess.run(["groff", "-ww", "-man", "-Kutf8", "-Tutf8", "-P-cbou"], input=roff, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
        equal(done.stderr, b"", f"{words}: warnings")
        shown = done.stdout.decode()
        for section, key, *_ in table():
            check(re.search(rf"(?m)^ +{key}$", shown) and f"[{section}]" in shown, f"{words}: {key} is on the page")


main(test_every_setting_in_english, test_every_setting_in_french, test_the_pages_render)
