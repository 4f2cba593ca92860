"""Faults put in on purpose: each is found where it was put, costs what its rule says, and nothing else is found or lost."""
import collections
import json
import os
import re

from kit import Instance, check, equal, main, run, sample

HOUSEHOLDS = 400
PROFILES = ("monjob62", "accompagnement")
KEPT_ALL = {"keep": "all", "nir": "sealed", "legal_ref": "test"}
NUMBER = re.compile(r"<NUMDEMRSA>([^<]*)</NUMDEMRSA>")
ORDINAL = re.compile(r"^InfosFoyerRSA\[(\d+)\]")


class Spoiled:
    """A flux, the same with faults, and what was announced of these."""

    def __init__(self, folder, name, *options, faults="all", households=HOUSEHOLDS):
        self.clean = sample(os.path.join(folder, name + ".clean.xml"), households, *options)
        self.path = sample(os.path.join(folder, name + ".xml"), households, *options, "--faults", faults)
        with open(self.path + ".expected.json", encoding="utf-8") as f:
            self.expected = json.load(f)
        self.findings = self.expected["findings"]
        with open(self.clean, "rb") as f:
            self.numbers = NUMBER.findall(f.read().decode("latin-1"))
        self.spoiled = {f["household"] for f in self.findings if f["household"]}
        self.rejected = {f["household"] for f in self.findings if f["verdict"] == "rejected"}

    def hosts(self):
        """NUMDEMRSA of households that carry a fault, as they were and as they are."""
        return ({self.numbers[k - 1] for k in self.spoiled if k <= len(self.numbers)} |
                {f["NUMDEMRSA"] for f in self.findings if f["NUMDEMRSA"]})


def found_by_household(i, flux):
    """{household: Counter of (code, severity, path, line)}, of accepted and rejected ones."""
    found = collections.defaultdict(collections.Counter)
    rows = i.run("flux", "findings", flux, "--json").json()
    for reject in i.run("rejects", "list", "--flux", flux, "--all", "--json").json():
        rows += i.run("rejects", "show", reject["id"], "--json").json()["findings"]
    for row in rows:
        place = ORDINAL.match(row["path"])
        check(place, f"a finding without a household: {row}")
        household = int(place.group(1))
        found[household][row["code"], row["severity"], row["path"], row["line"]] += 1
    return found


def announced_by_household(spoiled, severity):
    wanted = collections.defaultdict(collections.Counter)
    for f in spoiled.findings:
        if f["code"] != "V_UNKNOWN":
            wanted[f["household"]][f["code"], severity(f), f["path"], f["line"]] += 1
    return wanted


def without_line(counter):
    return collections.Counter({}) + sum((collections.Counter({key[:3]: n}) for key, n in counter.items()), collections.Counter())


def compare_findings(name, spoiled, bad, clean, severity):
    """What the clean flux has of its own is there too, but in a household that has a fault it may have gone."""
    wanted = announced_by_household(spoiled, severity)
    twice = {f["household"]: spoiled.numbers.index(f["NUMDEMRSA"]) + 1 for f in spoiled.findings if f["fault"] == "duplicate"}
    for household in range(1, len(spoiled.numbers) + len(twice) + 1):
        had = without_line(clean[twice.get(household, household)])
        if household in twice:
            step = f"InfosFoyerRSA[{household}]"
            had = collections.Counter({(c, s, ORDINAL.sub(step, p)): n for (c, s, p), n in had.items()})
        if household not in spoiled.spoiled:
            equal(without_line(bad[household]), had, f"{name}: household {household}, which has no fault")
            continue
        lost = wanted[household] - bad[household]
        check(not lost, f"{name}: household {household}: announced and not found: {sorted(lost)}; found: {sorted(bad[household])}")
        extra = without_line(bad[household] - wanted[household]) - had
        check(not extra, f"{name}: household {household}: found and not announced: {sorted(extra)}; announced: {sorted(wanted[household])}")


def compare_rejects(name, spoiled, i, flux):
    """The list shows what cost the household."""
    wanted = sorted((f["code"], f["path"], f["line"], f["NUMDEMRSA"] or "") for f in spoiled.findings
                    if f["verdict"] == "rejected" and f["severity"] == "household")
    rows = i.run("rejects", "list", "--flux", flux, "--json").json()
    equal(sorted((r["code"], r["path"], r["line"], r["NUMDEMRSA"] or "") for r in rows), wanted, f"{name}: rejects")


def lines_of(dump, without):
    return [line for line in dump.splitlines() if " versions=" in line and line.split()[0] not in without]


def compare_all(folder, name, settings, severity, *options):
    spoiled = Spoiled(folder, name, *options)
    equal(spoiled.expected["unplaced"], [], f"{name}: faults without a household")
    departement = options[options.index("--departement") + 1] if "--departement" in options else "062"
    one, other = (Instance(os.path.join(folder, f"{name}.{n}"), departement, **settings) for n in ("clean", "bad"))
    good, bad = one.imported(spoiled.clean)[0], other.imported(spoiled.path)[0]
    equal((bad["status"], bad["reasons"]), (spoiled.expected["status"], []), f"{name}: verdict")
    equal((bad["read"], bad["rejected"]), (good["read"] + 1, len(spoiled.rejected)), f"{name}: households")
    compare_findings(name, spoiled, found_by_household(other, 1), found_by_household(one, 1), severity)
    compare_rejects(name, spoiled, other, 1)
    hosts = spoiled.hosts()
    equal(lines_of(other.dump(), hosts), lines_of(one.dump(), hosts), f"{name}: dossiers without fault")
    check(len(lines_of(one.dump(), hosts)) >= good["read"] - len(hosts), f"{name}: few dossiers to compare")
    compare_census(name, spoiled)


def compare_census(name, spoiled):
    """New elements are in no household's findings: they are counted for the whole flux."""
    wanted = [f for f in spoiled.findings if f["code"] == "V_UNKNOWN"]
    census = {c["path"]: c for c in run("check", "--json", spoiled.path).json()[0]["census"] if not c["known"]}
    equal({re.sub(r"\[\d+\]", "", f["path"]) for f in wanted}, set(census), f"{name}: unknown elements")
    for f in wanted:
        c = census[re.sub(r"\[\d+\]", "", f["path"])]
        equal(min(c["first_line"], f["line"]), c["first_line"], f"{name}: first line of {c['path']}")


def kept_by_default(f):
    """What is not kept costs a warning; the NIR is always read, because it tells people apart."""
    kept = f["profile"] in PROFILES or f["path"].endswith("/Identification/NIR")
    return f["severity"] if kept or f["severity"] != "field" else "warning"


VARIANTS = [
    ("caf-utf-8",),
    ("caf-one-line", "--no-indent", "--seed", "2", "--departement", "02A"),
    ("caf-windows", "--encoding", "windows-1252", "--seed", "3"),
    ("msa-bom", "--emitter", "msa", "--encoding", "utf-8-bom", "--seed", "4"),
    ("msa-latin-one-line", "--emitter", "msa", "--encoding", "iso-8859-1", "--no-indent", "--seed", "5", "--departement", "974"),
    ("msa-latin9", "--emitter", "msa", "--encoding", "iso-8859-15", "--seed", "6", "--month", "2025-03", "--month-index", "5"),
]


def test_each_fault_is_found_where_it_was_put_with_everything_kept(folder):
    for name, *options in VARIANTS:
        compare_all(folder, name, KEPT_ALL, lambda f: f["severity"], *options)


def test_each_fault_is_found_where_it_was_put_with_the_default_profile(folder):
    for name, *options in VARIANTS:
        compare_all(folder, name, {}, kept_by_default, *options)


def test_a_daily_flux_has_faults_of_its_own(folder):
    options = ("--daily", "2025-03-14", "--month-index", "2", "--changed", "900", "--seed", "3")
    faults = ("time-daily", "control-daily", "state", "no-key", "commune")
    s = Spoiled(folder, "daily", *options, faults=",".join(faults), households=4000)
    equal({f["fault"] for f in s.findings}, set(faults), "faults placed")
    one, other = (Instance(os.path.join(folder, n), **KEPT_ALL) for n in ("clean", "bad"))
    one.imported(s.clean)
    equal(other.imported(s.path)[0]["status"], "applied", "verdict")
    compare_findings("daily", s, found_by_household(other, 1), found_by_household(one, 1), lambda f: f["severity"])


def file_faults():
    return [f for f in run("sample", "faults", "--json").json() if f["file"]]


def test_each_fault_of_a_file_gets_its_verdict_and_changes_nothing(folder):
    i = Instance(os.path.join(folder, "i"))
    i.imported(sample(os.path.join(folder, "before.xml"), 50, "--seed", "9"))
    content = i.dump()
    variants = [(), ("--no-indent", "--emitter", "msa", "--encoding", "windows-1252")]
    for kind in file_faults():
        for n, options in enumerate(variants):
            name = f"{kind['fault']} {' '.join(options)}"
            s = Spoiled(folder, f"{kind['fault']}.{n}", "--month", "2025-02", *options, faults=kind["fault"], households=60)
            r = i.imported(s.path, expect=65)[0]
            equal(r["status"], s.expected["status"], f"{name}: verdict, {r['reasons']}")
            equal([x["code"] for x in r["reasons"]][:1], s.expected["reasons"], f"{name}: reasons")
            equal(i.dump(), content, f"{name}: content")
            compare_place(name, s)


def compare_place(name, s):
    """The line and the path of a fault of the file, where it has one."""
    wanted = s.findings[0]
    equal(len(s.findings), 1, f"{name}: announced")
    causes = {c["code"]: c for c in run("check", "--json", s.path, expect=None).json()[0]["causes"]}
    if wanted["line"]:
        check(wanted["code"] in causes, f"{name}: check finds {sorted(causes)}")
        equal((causes[wanted["code"]]["first_line"], causes[wanted["code"]]["path"]), (wanted["line"], wanted["path"]), f"{name}: place")


def test_every_kind_of_finding_that_one_file_can_have_has_a_fault(folder):
    """Archives, identities, changing files, dying parsers and what came before need more than one XML file."""
    elsewhere = {"F_ARCHIVE", "F_CHECKSUM", "F_ARCHIVE_MEMBER", "F_LIMIT_BYTES", "F_LIMIT_RATIO", "F_LIMIT_MEMBERS", "F_IDENTITY", "F_CHANGED",
                 "F_PARSER_DIED", "F_PARSER_STUCK", "F_PARSER_LIED", "F_VOLUME", "F_VOLUME_DAILY", "F_EMITTER", "D_REVERSED"}
    codes = {c["code"] for c in run("codes", "list", "--json").json()}
    equal(codes - elsewhere - {f["code"] for f in run("sample", "faults", "--json").json()}, set(), "codes without a fault")


def test_a_new_element_in_every_household_costs_nothing(folder):
    path = sample(os.path.join(folder, "m.xml"), 100)
    with open(path, encoding="utf-8") as f:
        text = f.read()
    new = os.path.join(folder, "new.xml")
    with open(new, "w", encoding="utf-8") as f:
        f.write(text.replace("<SITFAM>", "<NOUVEAU>1</NOUVEAU><SITFAM>"))
    one, other = Instance(os.path.join(folder, "one")), Instance(os.path.join(folder, "other"))
    one.imported(path)
    r = other.imported(new)[0]
    households = text.count("</InfosFoyerRSA>")
    equal((r["status"], r["read"], r["rejected"]), ("applied", households, 0), "verdict")
    equal(one.dump(), other.dump(), "content")
    unknown = [c for c in run("check", "--json", new).json()[0]["census"] if not c["known"]]
    equal([(c["path"].split("/")[-1], c["count"]) for c in unknown], [("NOUVEAU", households)], "census")


def test_a_reject_with_new_elements_says_what_cost_it(folder):
    s = Spoiled(folder, "new", faults="no-key,limit", households=100)
    with open(s.path, encoding="utf-8") as f:
        text = f.read()
    with open(s.path, "w", encoding="utf-8") as f:
        f.write(text.replace("<DDSITFAM>", "<NOUVEAU>1</NOUVEAU><DDSITFAM>"))
    i = Instance(os.path.join(folder, "i"))
    equal(i.imported(s.path)[0]["rejected"], 2, "rejected")
    compare_rejects("new elements", s, i, 1)


def test_the_same_seed_puts_the_same_faults(folder):
    paths = [sample(os.path.join(folder, n), 200, "--seed", "7", "--faults", "all") for n in ("a.xml", "b.xml")]
    for end in ("", ".expected.json"):
        a, b = (open(p + end, "rb").read() for p in paths)
        equal(a, b, f"bytes of the flux{end}")


def test_a_fault_that_nobody_can_hold_is_told(folder):
    path = os.path.join(folder, "few.xml")
    done = run("sample", "generate", "--households", 1, "-o", path, "--faults", "rank-twice,block-role-asf,conjoints", expect=64)
    check("no household of this flux can hold" in done.err, done.err)
    done = run("sample", "generate", "--faults", "nir-kee", expect=64)
    check("nir-key" in done.err, done.err)
    run("sample", "generate", "--faults", "file-root,nir", expect=64)


main(*[f for name, f in sorted(globals().items()) if name.startswith("test_")])
