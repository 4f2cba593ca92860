"""Nights at days that are told: imports and looks under a clock of our own, sources with a calendar, what no output may hold."""
import calendar
import os
import time

from lxml import etree

from kit import BUILD, Instance, check, sample

SET_CLOCK = os.path.join(BUILD, "tests", "libset_clock.so")
# A clock comes before the runtime of a sanitizer.
os.environ["ASAN_OPTIONS"] = ":".join(o for o in (os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0") if o)
SOURCES = """[source.caf]
emitter = caf
daily_by = 05:00
[source.msa]
emitter = msa
daily_by = 05:00
"""
PERSONAL = ("NIR", "NOM", "NOMNAI", "PRENOM", "NUMDEMRSA", "MATRICULE")


def seconds(moment):
    """Of "2026-02-04 07:45", UTC."""
    return calendar.timegm(time.strptime(moment, "%Y-%m-%d %H:%M"))


def at(moment, **more):
    """The environment of a program that runs at a moment."""
    return {"LD_PRELOAD": SET_CLOCK, "SET_CLOCK": str(seconds(moment)), "TZ": "UTC", **more}


class Night(Instance):
    def __init__(self, folder, sources=SOURCES, **settings):
        super().__init__(os.path.join(folder, "i"), **settings)
        self.home = folder
        with open(self.config, encoding="utf-8") as f:
            text = f.read()
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(text[:text.index("\n[source.") + 1] + sources)
        # How full the disk of this machine is, is no fault of the instance.
        self.put("alert", "free_space", "0 %")

    def put(self, section, key, value):
        """A setting, whether or not it stands in the file already."""
        with open(self.config, encoding="utf-8") as f:
            lines = f.read().split("\n")
        place = lines.index(f"[{section}]")
        end = next((n for n in range(place + 1, len(lines)) if lines[n].startswith("[")), len(lines))
        kept = [line for line in lines[place + 1:end] if not line.startswith(key + " =")]
        with open(self.config, "w", encoding="utf-8") as f:
            f.write("\n".join(lines[:place + 1] + [f"{key} = {value}"] + kept + lines[end:]))

    def daily(self, name, day, emitter="caf", households=600, *words):
        """A daily flux, made in the evening of that day."""
        return sample(os.path.join(self.home, name), households, "--daily", day, "--month", day[:7], "--emitter", emitter, "--seed", len(name),
                      "--changed", 300, *words)

    def come(self, moment, *files, expect=0):
        return self.run("import", "--json", *files, env=at(moment), expect=expect).json()

    def look(self, moment, *words, expect=0, **env):
        return self.run(*words, env=at(moment, **env), expect=expect)


def came_by(n, moment):
    """As a fluxrsad --once that ended well at this moment."""
    mark = os.path.join(n.folder, "work", ".round")
    with open(mark, "a", encoding="ascii"):
        os.utime(mark, (seconds(moment),) * 2)


def edited(path, to, leaf, text):
    tree = etree.parse(path)
    tree.getroot().find(leaf).text = text
    tree.write(to, encoding="utf-8", xml_declaration=True)
    return to


def persons_of(*files):
    """Texts of personal fields, long enough not to stand in an output by chance."""
    found = set()
    for path in files:
        for leaf in etree.parse(path).iter(*PERSONAL):
            if leaf.text and len(leaf.text.strip()) >= 4:
                found.add(leaf.text.strip())
    check(len(found) > 20, "nothing to look for")
    return found


def holds_nobody(text, persons, what):
    there = [p for p in persons if p in text]
    check(not there, f"{what} holds {len(there)} values of personal fields")
