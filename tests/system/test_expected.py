"""What should have come: due, received, held, late, missing, by source. The clock of the machine is real; flux are made relative to it, and
--at looks forward. A time zone in which it is about noon keeps midnight away."""
import datetime
import os
import re
import time
import zlib

from kit import Instance, check, equal, main, run, sample

DAY = datetime.timedelta(days=1)
OFFSET = 12 - datetime.datetime.now(datetime.timezone.utc).hour
ZONE = {"TZ": f"<NOON>{-OFFSET}"}
NOW = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) + datetime.timedelta(hours=OFFSET)
TODAY = NOW.date()
EVERY_DAY = "mon,tue,wed,thu,fri,sat,sun"


def seconds(day, hour=0, minute=0):
    """Of this day and time in ZONE."""
    local = datetime.datetime.combine(day, datetime.time(hour, minute), datetime.timezone.utc)
    return int(local.timestamp()) - OFFSET * 3600


def iso(day, clock=""):
    return f"{day.isoformat()} {clock}".strip()


def instance(folder, sections):
    i = Instance(os.path.join(folder, "i"))
    with open(i.config, encoding="utf-8") as f:
        text = re.split(r"(?m)^\[source\.", f.read())[0]
    for name, settings in sections.items():
        text += f"\n[source.{name}]\n" + "".join(f"{k} = {v}\n" for k, v in settings.items())
    with open(i.config, "w", encoding="utf-8") as f:
        f.write(text)
    return i


def flux(folder, name, day, clock="01:20:00", typeflux="I", reference=None, emitter="caf", broken=False):
    path = sample(os.path.join(folder, name), 3, "--emitter", emitter, "--seed", str(zlib.crc32(name.encode()) % 1000 + 1))
    with open(path, encoding="utf-8") as f:
        text = f.read()
    for tag, value in (("TYPEFLUX", typeflux), ("DTCREAFLUX", day), ("HEUCREAFLUX", clock), ("DTREF", reference or day)):
        text = re.sub(f"<{tag}>[^<]*<", f"<{tag}>{value}<", text)
    if broken:
        text = re.sub("<NBTOTDOSRSATRANSM>[^<]*<", "<NBTOTDOSRSATRANSM>00000099<", text)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def expected(i, *words, expect=0):
    done = i.run("flux", "expected", "--json", *words, expect=expect, env=ZONE).json()
    equal(done["schema"], 1, "schema")
    return {s["source"]: s for s in done["sources"]}


def seen(row):
    return row["state"], row["for"], row["due"]


CAF = {"caf": {"emitter": "caf", "daily_by": "05:00", "daily_days": EVERY_DAY}}


def test_nothing_is_expected_without_rules(folder):
    i = Instance(os.path.join(folder, "i"))
    sources = expected(i, "--check")
    equal(sorted(sources), ["caf", "msa", "pe"], "sources of a new instance")
    for s in sources.values():
        equal([s[k]["state"] for k in ("daily", "monthly")], ["none", "none"], s["source"])
        equal([s["daily"][k] for k in ("for", "due", "next", "last", "age_seconds")], [None] * 5, s["source"])
    check("daily_by" in i.run("flux", "expected").out, "what to do about it")


def test_the_first_nights_of_an_instance(folder):
    i = instance(folder, CAF)
    tomorrow = TODAY + DAY
    due = seconds(tomorrow, 5)
    equal(seen(expected(i)["caf"]["daily"]), ("due", iso(tomorrow), due), "this morning was before the instance")
    equal(seen(expected(i, "--at", iso(tomorrow, "04:59"), "--check")["caf"]["daily"]), ("due", iso(tomorrow), due), "a minute before")
    equal(seen(expected(i, "--at", iso(tomorrow, "05:00"), "--check", expect=1)["caf"]["daily"]), ("late", iso(tomorrow), due), "the minute")
    equal(expected(i, "--at", iso(tomorrow, "05:00"))["caf"]["daily"]["missing"], 0, "late is not missing; code 0 without --check")
    week = expected(i, "--at", iso(TODAY + 7 * DAY))["caf"]["daily"]
    equal((week["state"], week["for"], week["missing"], week["last"]), ("late", iso(TODAY + 7 * DAY), 0, None), "nothing ever came")


def test_a_daily_flux_comes(folder):
    i = instance(folder, CAF)
    tomorrow = TODAY + DAY
    done = i.imported("--source", "caf", flux(folder, "tonight.xml", TODAY, "21:27:43"))[0]
    row = expected(i)["caf"]["daily"]
    equal(seen(row), ("received", iso(tomorrow), seconds(tomorrow, 5)), "made this evening, for tomorrow")
    equal((row["last"]["flux"], row["last"]["file"], row["last"]["DTCREAFLUX"]), (done["flux"], "tonight.xml", iso(TODAY)), "the last one")
    check(0 <= row["age_seconds"] < 600 and abs(row["last"]["imported_at"] - time.time()) < 600, f"its age: {row}")
    later = lambda days, clock: expected(i, "--at", iso(TODAY + days * DAY, clock))["caf"]["daily"]
    equal(later(1, "23:59")["state"], "received", "until midnight")
    equal(seen(later(2, "00:00")), ("due", iso(TODAY + 2 * DAY), seconds(TODAY + 2 * DAY, 5)), "the next one")
    equal(seen(later(2, "05:00"))[0], "late", "has its time")
    missing = later(3, "05:00")
    equal(seen(missing), ("missing", iso(TODAY + 2 * DAY), seconds(TODAY + 2 * DAY, 5)), "and a whole day after that")
    equal((missing["missing"], missing["last_missing"]), (1, iso(TODAY + 2 * DAY)), "counted")
    table = i.run("flux", "expected", "--at", iso(TODAY + 3 * DAY, "05:00"), env=ZONE).out
    check(re.search(r"caf +daily .*MISSING", table), table)
    french = i.run("flux", "expected", env={**ZONE, "LANGUAGE": "fr"}).out
    check("quotidien" in french, french)


def test_the_next_one(folder):
    day = lambda n: (TODAY + n * DAY).strftime("%a").lower()
    i = instance(folder, {"caf": {"emitter": "caf", "daily_by": "05:00", "daily_days": f"{day(1)},{day(4)}"},
                          "msa": {"emitter": "msa", "daily_by": "06:00", "daily_days": f"{day(3)}"}, "pe": {"emitter": "pe"}})
    i.imported("--source", "caf", flux(folder, "tonight.xml", TODAY, "21:27:43"))
    at = ("--at", iso(TODAY + 2 * DAY, "07:45"))
    row = expected(i, *at)["caf"]["daily"]
    equal((row["state"], row["for"], row["next"]), ("received", iso(TODAY + DAY), seconds(TODAY + 4 * DAY, 5)), "nothing is expected that day")
    said = i.run("flux", "expected", "--json", *at, env=ZONE).json()
    equal(said["next"], seconds(TODAY + 3 * DAY, 6), "the next of all")
    table = i.run("flux", "expected", *at, env=ZONE).out
    check(re.search(f"caf +daily +{TODAY + DAY} +received +{TODAY + 4 * DAY} 05:00 ", table), table)
    none = instance(os.path.join(folder, "i", "drop"), {"pe": {"emitter": "pe"}})
    equal(none.run("flux", "expected", "--json").json()["next"], None, "nothing is expected at all")


def test_before_it_came(folder):
    """--at in the past: what came since does not count."""
    i = instance(folder, CAF)
    i.imported("--source", "caf", flux(folder, "tonight.xml", TODAY, "21:27:43"))
    equal(expected(i, "--at", iso(TODAY - DAY, "12:00"))["caf"]["daily"]["last"], None, "yesterday")


def test_held_refused_undone_and_again(folder):
    i = instance(folder, CAF)
    tomorrow = TODAY + DAY
    bad, good = flux(folder, "bad.xml", TODAY, "21:27:43", broken=True), flux(folder, "good.xml", TODAY, "22:00:00")
    at = ("--at", iso(tomorrow, "08:00"))
    i.imported("--source", "caf", bad, expect=65)
    row = expected(i, *at, "--check")["caf"]["daily"]
    equal((seen(row), row["last"]), (("held", iso(tomorrow), seconds(tomorrow, 5)), None), "it came, and is no success")
    applied = i.imported("--source", "caf", good)[0]
    row = expected(i, *at)["caf"]["daily"]
    equal((row["state"], row["last"]["flux"]), ("received", applied["flux"]), "the good one")
    equal(i.imported("--source", "caf", good)[0]["status"], "already", "again")
    equal(expected(i, *at)["caf"]["daily"]["last"], row["last"], "again is nothing new")
    i.run("flux", "undo", applied["flux"], "--reason", "wrong file")
    row = expected(i, *at)["caf"]["daily"]
    equal((row["state"], row["last"]), ("held", None), "undone: as if it had never come")


def test_sources_apart(folder):
    far = str(min((TODAY + 14 * DAY).day, 28))  # neither today nor tomorrow, whatever the day
    sections = {**CAF, "msa": {"emitter": "msa", "daily_by": "06:30", "daily_days": EVERY_DAY, "monthly_by": far}, "pe": {"emitter": "pe"}}
    i = instance(folder, sections)
    at = ("--at", iso(TODAY + DAY, "07:00"))
    by_hand = i.imported(flux(folder, "msa.xml", TODAY, "21:27:43", emitter="msa"))[0]
    found = expected(i, *at, "--check", expect=1)
    equal([(n, s["emitter"], s["daily"]["state"]) for n, s in sorted(found.items())],
          [("caf", "caf", "late"), ("msa", "msa", "received"), ("pe", "pe", "none")], "by hand, of the one source that it can be of")
    equal(found["msa"]["daily"]["last"]["flux"], by_hand["flux"], "the last one")
    i.imported("--source", "caf", flux(folder, "caf.xml", TODAY, "21:27:43"))
    equal({n: s["daily"]["state"] for n, s in expected(i, *at, "--check").items()}, {"caf": "received", "msa": "received", "pe": "none"}, "both")
    os.mkdir(os.path.join(folder, "two"))
    both = instance(os.path.join(folder, "two"), {"north": CAF["caf"], "south": CAF["caf"]})
    both.imported(flux(folder, "whose.xml", TODAY, "21:27:43"))
    equal({n: s["daily"]["last"] for n, s in expected(both).items()}, {"north": None, "south": None}, "of which of two, nobody knows")


def test_a_monthly_flux(folder):
    i = instance(folder, {"caf": {"emitter": "caf", "monthly_by": "5"}})
    first = TODAY.replace(day=1)
    month = lambda n: (first.replace(day=15) + n * 30.5 * DAY).replace(day=1)
    reference = month(1) - DAY
    # Made before its month it stands for the one after it, which is due when the instance is there, whatever the day.
    i.imported("--source", "caf", flux(folder, "monthly.xml", first - DAY, typeflux="M", reference=reference))
    row = lambda *words: expected(i, *words)["caf"]["monthly"]
    name = lambda n: month(n).isoformat()[:7]
    at = lambda n, day, clock: row("--at", iso(month(n).replace(day=day), clock))
    got = row("--at", iso(month(1).replace(day=1), "12:00"))
    equal(got["last"]["DTREF"], iso(reference), "the last one")
    equal(seen(at(1, 20, "12:00"))[:2], ("received", name(1)), "for its month")
    equal(seen(at(2, 5, "23:59")), ("due", name(2), seconds(month(2).replace(day=6))), "until the end of the day")
    equal(seen(at(2, 6, "00:00"))[0], "late", "then it is late")
    equal(seen(at(3, 6, "00:00")), ("missing", name(2), seconds(month(2).replace(day=6))), "and a month later missing")
    equal(row()["last"]["flux"], 1, "the flux")
    for language in ("en", "fr"):
        late = i.run("flux", "expected", "--at", iso(month(3).replace(day=6)), env={**ZONE, "LANGUAGE": language}).out
        check(len(late.split("\n")) == 3 and max(map(len, late.split("\n"))) <= 80, f"a terminal of 80 columns: {late}")
    equal(expected(i)["caf"]["daily"]["state"], "none", "no daily one is expected")


def test_a_reprise_counts_for_nothing(folder):
    i = instance(folder, {"caf": {**CAF["caf"], "monthly_by": "5"}})
    equal(i.imported("--source", "caf", flux(folder, "reprise.xml", TODAY, "21:27:43", typeflux="R"))[0]["status"], "applied", "a reprise")
    found = expected(i)["caf"]
    equal([found[k]["last"] for k in ("daily", "monthly")], [None, None], "neither daily nor monthly")


def test_moments_that_are_none(folder):
    i = instance(folder, CAF)
    for text in ("", "tomorrow", "2025-02-30", "2025-02-12 24:00", "2025-02-12 7:45", "2025-02-12 ", "2025-02-12x", "12/02/2025 07:45:00"):
        check("--at" in i.run("flux", "expected", "--at", text, expect=64).err, text)
    for text in ("2025-02-12", "12/02/2025 07:45", "2025-02-12T07:45"):
        equal(expected(i, "--at", text)["caf"]["daily"]["state"], "due", text)


main(*[f for name, f in sorted(globals().items()) if name.startswith("test_")])
