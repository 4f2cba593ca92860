"""A flux that creates, closes or leaves out many more households than the last comparable one; what monthly and daily flux each may say."""
import os
import re

from kit import Instance, check, equal, main, run, sample

COUNT = 100
CLOSED, OPEN = "5", "2"


class Month:
    """Made-up households that flux are made of by hand."""

    def __init__(self, folder, count=3 * COUNT):
        with open(sample(os.path.join(folder, "all.xml"), count), encoding="utf-8") as f:
            text = f.read()
        self.folder = folder
        self.head, self.tail = text[:text.index("<InfosFoyerRSA>")], text[text.rindex("</InfosFoyerRSA>") + len("</InfosFoyerRSA>"):]
        self.households = [state(h, OPEN) for h in re.findall("<InfosFoyerRSA>.*?</InfosFoyerRSA>", text, re.S)]

    def flux(self, name, households, typeflux="M", created="2025-02-05", reference="2025-01-31", applieme="CRI"):
        head, tail = self.head, self.tail
        for tag, value in (("TYPEFLUX", typeflux), ("DTCREAFLUX", created), ("DTREF", reference), ("APPLIEME", applieme)):
            head = re.sub(f"<{tag}>[^<]*<", f"<{tag}>{value}<", head)
        tail = re.sub("<NBTOTDOSRSATRANSM>[^<]*<", f"<NBTOTDOSRSATRANSM>{len(households):08}<", tail)
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(head + "".join(households) + tail)
        return path


def state(household, code):
    return re.sub("<ETATDOSRSA>[^<]*<", f"<ETATDOSRSA>{code}<", household)


def reasons(result):
    return [(r["code"], r["detail"]) for r in result["reasons"]]


def number(household):
    return re.search("<NUMDEMRSA>([^<]*)<", household).group(1)


def state_of(i, household):
    shown = i.run("dossier", "show", number(household), "--json").json()
    return re.search('"ETATDOSRSA": *"([^"]*)"', str(shown).replace("'", '"')).group(1)


FEBRUARY = {"created": "2025-03-05", "reference": "2025-02-28"}
MARCH = {"created": "2025-04-05", "reference": "2025-03-31"}


def started(folder, **settings):
    m = Month(folder)
    i = Instance(os.path.join(folder, "i"), **settings)
    equal(reasons(i.imported(m.flux("january.xml", m.households[:COUNT]))[0]), [], "the first flux of an instance")
    return m, i


def test_created_beyond_its_share(folder):
    m, i = started(folder)
    before = i.dump()
    many = m.flux("many.xml", m.households[:COUNT + 21], **FEBRUARY)
    held = i.imported(many, expect=65)[0]
    equal((held["status"], reasons(held)), ("held", [("F_VOLUME", "created 21/100")]), "21 % are new")
    equal(i.dump(), before, "nothing is kept")
    equal(reasons(i.imported("--dry-run", many, expect=65)[0]), [("F_VOLUME", "created 21/100")], "a dry run tells")
    forced = i.imported("--force", "the CAF of Calais is in it now", many)[0]
    equal((forced["status"], forced["created"]), ("applied", 21), "forced")
    check("Calais" in i.run("flux", "show", forced["flux"]).out, "the reason is kept")


def test_figures_are_words_to_people_and_stay_for_machines(folder):
    m, i = started(folder)
    new = i.imported(m.flux("new.xml", m.households[:COUNT + 21], **FEBRUARY), expect=65)[0]
    few = i.imported(m.flux("few.xml", m.households[:COUNT - 11], **FEBRUARY), expect=65)[0]
    shut = i.imported(m.flux("shut.xml", [state(h, CLOSED) for h in m.households[:21]] + m.households[21:COUNT], **FEBRUARY), expect=65)[0]
    for done, figures, words in ((new, "created 21/100", "21 new households, 100 in the flux it is compared with"),
                                 (few, "missing 11/100", "11 open rights left out, 100 households in the flux it is compared with"),
                                 (shut, "closed 21/100", "21 rights closed, 100 households in the flux it is compared with")):
        check(f"({words})" in i.run("flux", "show", done["flux"]).out, f"in words: {words}")
        check(done["reasons"][0]["message"].endswith(f"({words})"), "the message is for people")
        french = {"LC_ALL": "fr_FR.UTF-8", "LANGUAGE": "fr"}
        shown = i.run("flux", "show", done["flux"], env=french).out
        check(figures not in shown and words not in shown, f"translated: {shown}")
        equal(reasons(i.run("flux", "show", done["flux"], "--json", env=french).json()), [("F_VOLUME", figures)], "whatever the language")


def test_created_within_its_share(folder):
    m, i = started(folder)
    equal(reasons(i.imported(m.flux("some.xml", m.households[:COUNT + 20], **FEBRUARY))[0]), [], "20 % are new")


def test_missing_beyond_its_share(folder):
    m, i = started(folder)
    kept = m.households[:COUNT - 11]
    held = i.imported(m.flux("few.xml", kept, **FEBRUARY), expect=65)[0]
    equal((held["status"], reasons(held)), ("held", [("F_VOLUME", "missing 11/100")]), "11 % are missing")
    equal(reasons(i.imported(m.flux("less.xml", m.households[:COUNT - 10], **FEBRUARY))[0]), [], "10 % are missing")
    equal(state_of(i, m.households[COUNT - 1]), OPEN, "absence closes nothing")


def test_what_was_closed_is_not_missing_and_what_was_rejected_neither(folder):
    m, i = started(folder, max_reject_share="100 %")
    closed = [state(h, CLOSED) for h in m.households[:15]]
    equal(reasons(i.imported(m.flux("daily.xml", closed, "I", "2025-02-10", "2025-02-10"))[0]), [], "the first daily flux")
    bad = [re.sub("<DTNAI>[^<]*<", "<DTNAI>1985-99-99<", h) for h in m.households[15:30]]
    done = i.imported(m.flux("february.xml", bad + m.households[30:COUNT], **FEBRUARY))[0]
    equal((done["rejected"], reasons(done)), (15, []), "15 closed before, 15 rejected now")


def test_closed_beyond_its_share(folder):
    m, i = started(folder)
    closed = [state(h, CLOSED) for h in m.households[:21]] + m.households[21:COUNT]
    path = m.flux("closed.xml", closed, **FEBRUARY)
    equal(reasons(i.imported(path, expect=65)[0]), [("F_VOLUME", "closed 21/100")], "21 % are closed")
    i.imported("--force", "end of the experiment", path)
    again = [state(h, "6") for h in m.households[:21]] + m.households[21:COUNT]
    equal(reasons(i.imported(m.flux("march.xml", again, **MARCH))[0]), [], "closed already")


def test_a_daily_is_warned(folder):
    m, i = started(folder)
    i.imported(m.flux("monday.xml", m.households[:60], "I", "2025-02-10", "2025-02-10"))
    done = i.imported(m.flux("tuesday.xml", m.households[COUNT:COUNT + 13], "I", "2025-02-11", "2025-02-11"))[0]
    equal((done["status"], done["created"], reasons(done)), ("applied", 13, [("F_VOLUME_DAILY", "created 13/60")]), "a daily flux")


def test_other_kinds_and_emitters_are_not_compared(folder):
    m, i = started(folder)
    msa = m.flux("msa.xml", m.households[COUNT:COUNT + 60], applieme="AGO", **FEBRUARY)
    equal(reasons(i.imported(msa)[0]), [], "the first of another emitter")
    reprise = m.flux("reprise.xml", m.households[COUNT + 60:], typeflux="R", **MARCH)
    equal(reasons(i.imported(reprise)[0]), [], "a reprise")
    again = m.flux("reprise2.xml", m.households[:70], typeflux="R", created="2025-05-05", reference="2025-04-30")
    equal(reasons(i.imported(again)[0]), [], "a reprise beside another one")


def test_small_flux_and_shares_of_zero(folder):
    m = Month(folder)
    i = Instance(os.path.join(folder, "small"))
    i.imported(m.flux("49.xml", m.households[:49]))
    equal(reasons(i.imported(m.flux("all2.xml", m.households, **FEBRUARY))[0]), [], "49 households are too few to judge by")
    off = Instance(os.path.join(folder, "off"), max_created_share="0 %", max_missing_share="0 %")
    off.imported(m.flux("100.xml", m.households[:COUNT]))
    equal(reasons(off.imported(m.flux("others.xml", m.households[COUNT:], **FEBRUARY))[0]), [], "turned off")


def test_two_years_of_history_in_any_order(folder):
    """Each month loses 3 households of 100 and wins 5: no pair of months, however far apart and in whatever order, is out of the usual."""
    m = Month(folder)
    files = []
    for n in range(24):
        year, month = 2023 + n // 12, n % 12 + 1
        files.append(m.flux(f"m{n:02}.xml", m.households[3 * n:COUNT + 5 * n], created=f"{year}-{month:02}-28", reference=f"{year}-{month:02}-27"))
    contents = set()
    for name, order in (("up", files), ("down", files[::-1]), ("mixed", [files[7 * n % 24] for n in range(24)])):
        i = Instance(os.path.join(folder, name))
        for done in i.imported(*order):
            equal((done["status"], reasons(done)), ("applied", []), f"{name}: {done['file']}")
        contents.add(i.dump())
    equal(len(contents), 1, "contents")


# ---- monthly and daily ----

def findings(i, flux):
    return [f["code"] for f in i.run("flux", "findings", flux, "--json").json() if f["code"] == "D_REVERSED"]


def test_a_monthly_that_reverses_a_daily(folder):
    """The right is closed by a daily flux after the month of reference; the monthly one says it open."""
    for name, day, said, expected in (("between", "2025-02-03", OPEN, 1), ("before", "2025-01-30", OPEN, 0), ("agrees", "2025-02-03", CLOSED, 0)):
        here = os.path.join(folder, name)
        os.mkdir(here)
        m = Month(here, 3)
        i = Instance(os.path.join(here, "i"))
        h = m.households[0]
        december = {"created": "2025-01-05", "reference": "2024-12-31"}
        before, daily = m.flux("december.xml", [h], **december), m.flux("daily.xml", [state(h, CLOSED)], "I", day, day)
        january = m.flux("january.xml", [state(h, said)])
        for n, order in enumerate(((before, daily, january), (before, january, daily), (january, daily, before))):
            late = Instance(os.path.join(here, f"late{n}")) if n else i
            done = [late.imported(path)[0] for path in order]
            equal(sum(len(findings(late, d["flux"])) for d in done), expected, f"{name}, order {n}")
            equal((done[-1]["status"], state_of(late, h)), ("applied", said), f"{name}: the monthly counts")


def test_reversed_is_of_the_order_and_not_of_dailies_alone(folder):
    m, i = Month(folder, 3), Instance(os.path.join(folder, "i"))
    h = m.households[0]
    i.imported(m.flux("a.xml", [state(h, CLOSED)], "I", "2025-02-03", "2025-02-03"))
    done = i.imported(m.flux("b.xml", [h], "I", "2025-02-04", "2025-02-04"))[0]
    equal(findings(i, done["flux"]), [], "a daily flux that opens a right again")
    i.imported(m.flux("c.xml", [state(h, CLOSED)], "I", "2025-02-20", "2025-02-20"))
    late = i.imported(m.flux("january.xml", [h]))[0]
    equal((late["superseded"], findings(i, late["flux"]), state_of(i, h)), (1, [], CLOSED), "a monthly flux that is older than the closing")
    equal(run("codes", "show", "D_REVERSED", "--json").json()["severity"], "warning", "what it costs")


main(*[f for name, f in sorted(globals().items()) if name.startswith("test_")])
