"""Properties of histories, on made-up series and on small wild ones: whatever the order, the replays and the flux taken back, the content
is that of the flux that stand; and a day in the past looks as it would had nothing later been received. Chance is seeded, and the seed
printed. FLUXRSA_LONG=1: years instead of months; FLUXRSA_SEED=N: other seeds, from N on."""
import datetime
import json
import os
import random
import subprocess
import time
from collections import Counter

from case_kit import ADDRESS, FRANCE, MATRICULE, NUMBER, STATE, Houses, balanced, closed, nir_key, write
from kit import BUILD, Instance, check, equal, main, run

DUMP_AT = os.path.join(BUILD, "tests", "dump_at")
LONG = os.environ.get("FLUXRSA_LONG") == "1"
SEED = int(os.environ.get("FLUXRSA_SEED", "1"))
MONTHS, DAILIES, HOUSEHOLDS, SEEDS, ORDERS = (24, 1000, 2000, 3, 2) if LONG else (6, 12, 200, 2, 2)
WILD, WALKS = (200, 60) if LONG else (5, 3)
EVERYTHING = {"keep": "all", "nir": "sealed", "legal_ref": "test", "max_reject_share": "100 %"}


def rng(name, seed):
    print(f"{name}: seed {seed}")
    return random.Random(f"{name} {seed}")


def days_of(day):
    return (datetime.date.fromisoformat(day) - datetime.date(1970, 1, 1)).days


def reference_day(path):
    with open(path, encoding="utf-8") as f:
        head = f.read(4000)
    return head[head.index("<DTREF>") + 7:][:10]


def content_at(i, *coordinates):
    """What stood on each day: a number of days or ever, then perhaps @ and a moment of knowledge."""
    store, keys = (os.path.join(i.folder, name) for name in ("store", "keys"))
    done = subprocess.run([DUMP_AT, store, keys, os.path.join(keys, "master.key"), *map(str, coordinates)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    check(done.returncode == 0, f"dump_at: {done.stderr.decode()}")
    parts = {}
    for line in done.stdout.decode().splitlines():
        if " " not in line:
            parts[line] = []
        else:
            parts[[*parts][-1]].append(line)
    return [parts[str(c)] for c in coordinates]


def rejects(i):
    """Rejects and what became of them, without ids."""
    return sorted((r["NUMDEMRSA"] or "", r["code"], r["path"], r["state"]) for r in i.run("rejects", "list", "--all", "--json").json())


def same(got, expected, what):
    """Like equal, of lists that are too long to print."""
    lost, new = ([*(Counter(x) - Counter(y)).elements()][:5] for x, y in ((expected, got), (got, expected)))
    check(got == expected, f"{what}: missing {lost}, unexpected {new}" + ("" if lost or new else ", in another order"))


def everything(i):
    return sorted(i.dump().splitlines()) + [" ".join(r) for r in rejects(i)]


def without_ids(tree):
    """What is told, without the numbers that the order of arrival gave."""
    if isinstance(tree, list):
        return [without_ids(t) for t in tree]
    if not isinstance(tree, dict):
        return tree
    return {k: without_ids(v) for k, v in tree.items() if k not in ("flux", "id", "group") and not (k == "person" and isinstance(v, int))}


def told(i, numbers):
    """What reports and histories say."""
    rows = i.run("report", "movements", "--since", "2020-01-01", "--json").json()["rows"]
    rows += i.run("report", "anomalies", "--json").json()["rows"]
    for number in numbers:
        done = i.run("dossier", "history", number, "--json", expect=None)
        rows += [dict(row, number=number) for row in done.json()] if done.code == 0 else []
    return sorted(json.dumps(without_ids(row), sort_keys=True) for row in rows)


def feed(i, files):
    """Imports the files in this order; the invariant of each one. Those applied, by file."""
    applied = {}
    for at in range(0, len(files), 40):
        for path, r in zip(files[at:at + 40], i.imported("--force", "the test says so", *files[at:at + 40])):
            check(r["status"] in ("applied", "already"), f"{os.path.basename(path)}: {r['status']} {r['reasons']}")
            if r["status"] == "applied":
                balanced(r)
                applied[path] = r["flux"]
    return applied


# ---- made-up series of two payers ----

def series(folder, seed):
    """Every monthly flux and some of the dailies."""
    files, chance = [], rng("series", seed)
    for emitter, share in (("caf", 1), ("msa", 5)):
        out = os.path.join(folder, f"{emitter}{seed}")
        run("sample", "generate", "--series", MONTHS, "--dailies", "--households", HOUSEHOLDS // share, "--seed", seed, "--emitter", emitter,
            "-o", out)
        names = sorted(os.listdir(out))
        dailies = [name for name in names if "RSABEI" in name]
        files += [os.path.join(out, name) for name in names if name not in dailies or chance.random() < DAILIES / len(dailies)]
    return sorted(files, key=lambda f: (reference_day(f), f))


def month_ends(files):
    return sorted({reference_day(f) for f in files if "RSABEM" in f})


def test_any_order_and_any_replay_give_the_same_content(folder):
    for seed in range(SEED, SEED + SEEDS):
        chance = rng("orders", seed)
        files = series(folder, seed)
        days = [days_of(d) for d in month_ends(files)]
        first = Instance(os.path.join(folder, f"i{seed}"))
        feed(first, files)
        expected, at = everything(first), content_at(first, *days)
        for order in range(ORDERS):
            shuffled = chance.sample(files, len(files)) if order else files[::-1]
            replayed = [f for one in shuffled for f in [one] + chance.choices(shuffled, k=chance.random() < 0.1)]
            i = Instance(os.path.join(folder, f"i{seed}-{order}"))
            equal(len(feed(i, replayed)), len(files), "each flux is applied once")
            same(everything(i), expected, f"content of order {order}, seed {seed}")
            equal(content_at(i, *days) == at, True, f"every month end, order {order}, seed {seed}")


def asked(i, number, *words):
    done = i.run("dossier", "show", number, *words, "--json", expect=None)
    if done.code == 66:
        return None
    equal(done.code, 0, "dossier show")
    d = done.json()
    return d["record"], [(p["ROLEPERS"], p["NOM"], p["PRENOM"]) for p in d["persons"]]


def test_a_day_looks_as_if_nothing_later_had_come(folder):
    seed = SEED
    chance = rng("days", seed)
    files = series(folder, seed)
    ends = month_ends(files)
    whole, until = Instance(os.path.join(folder, "whole")), Instance(os.path.join(folder, "until"))
    feed(whole, chance.sample(files, len(files)))
    before = content_at(whole, *map(days_of, ends))
    numbers = chance.sample([line.split()[0] for line in before[-1]], 12)
    left = list(files)
    for day, then in zip(ends, before):
        now = [f for f in left if reference_day(f) <= day]
        left = [f for f in left if f not in now]
        feed(until, now)
        same(then, content_at(until, "ever")[0], f"content on {day}")
        same([" ".join(line.split()[:2]) for line in then], [" ".join(line.split()[:2]) for line in until.dump().splitlines()
                                                            if len(line.split()[1]) == 64], f"content on {day}, by the other dump")
        for number in chance.sample(numbers, 4):
            equal(asked(whole, number, "--at", day) == asked(until, number, "--at", day), True, f"dossier show --at {day}, seed {seed}")


# ---- small wild series: few households, faults, people who move, flux that overlap ----

class Wild:
    """Flux of a few households, drawn from few values so that images come back."""
    DAYS = ["2025-01-31", "2025-02-10", "2025-02-28", "2025-03-12", "2025-03-31"]

    def __init__(self, folder, chance, count):
        self.chance = chance
        self.houses = [POOL.couple(0), POOL.couple(1), POOL.family(0), POOL.single(0), POOL.single(1), MSA_POOL.single(0)]
        self.files, seen = [], set()
        while len(self.files) < count:
            header = self.header()
            if tuple(header.values()) in seen:
                continue
            seen.add(tuple(header.values()))
            houses = [self.drawn() for _ in range(chance.randint(1, 5))]
            self.files.append(write(os.path.join(folder, f"wild{len(self.files)}.xml"), houses, **header))

    def header(self):
        c = self.chance
        day = c.choice(self.DAYS)
        created = datetime.date.fromisoformat(day) + datetime.timedelta(c.choice((0, 0, 5)))
        return {"TYPEFLUX": c.choice("MI"), "DTREF": day, "DTCREAFLUX": created.isoformat(),
                "HEUCREAFLUX": c.choice(("01:00:00.0000", "21:00:00.0000")), "APPLIEME": c.choice(("CRI", "AGO"))}

    def drawn(self):
        c = self.chance
        h = c.choice(self.houses).copy()
        for change in c.sample(self.CHANGES, c.choice((0, 0, 1, 1, 2))):
            change(self, h)
        return h

    def someone(self, h):
        return self.chance.choice(h.persons())

    def state(self, h):
        h.set(STATE, self.chance.choice("0347"))

    def close(self, h):
        h.state("5", FinDroit=closed("ECH", "2025-01-31"))

    def street(self, h):
        h.set(f"{ADDRESS}/{FRANCE}/NOMVOIE", self.chance.choice(("DU BAC", "DU PONT")))

    def matricule(self, h):
        h.set(MATRICULE, self.chance.choice(self.houses).get(MATRICULE))

    def marriage(self, h):
        self.someone(h).who(NOM="MARTINEAU")

    def birth_name(self, h):
        p = self.someone(h)
        p.who(NOMNAI=p.get("Identification/NOMNAI") + "X")

    def without_nir(self, h):
        self.someone(h).who(NIR=None)

    def long_nir(self, h):
        p = self.someone(h)
        if p.nir():
            p.who(NIR=p.nir()[:13] + nir_key(p.nir()))

    def provisional(self, h):
        p = self.someone(h)
        if p.nir() and p.nir()[0] in "12":
            p.who(NIR=str(int(p.nir()[0]) + 6) + p.nir()[1:13])

    def other_nir(self, h):
        self.someone(h).who(NIR=self.someone(self.chance.choice(self.houses)).nir())

    def arrival(self, h):
        h.join(self.someone(self.chance.choice(self.houses)))

    def departure(self, h):
        if len(h.persons()) > 1:
            h.part(self.chance.randrange(len(h.persons())))

    def birth_day(self, h):
        p = self.someone(h)
        p.who(DTNAI=p.get("Identification/DTNAI")[:4] + "-01-01", TYPEDTNAI="O")

    def rank(self, h):
        self.someone(h).who(RGNAI=self.chance.choice("12"))

    def faulty(self, h):
        self.someone(h).who(PRENOM="")

    def other_number(self, h):
        h.set(NUMBER, self.chance.choice(self.houses).number)

    CHANGES = [state, close, street, matricule, marriage, birth_name, without_nir, long_nir, provisional, other_nir, arrival, departure,
               birth_day, rank, faulty, other_number]


POOL, MSA_POOL = Houses(), Houses("msa")


def wild(name, seed, folder, count):
    chance = rng(name, seed)
    place = os.path.join(folder, f"{name}{seed}")
    os.mkdir(place)
    return chance, Wild(place, chance, count), place


def fresh(place, name, files):
    i = Instance(os.path.join(place, name), **EVERYTHING)
    feed(i, files)
    return i


def test_rejects_of_flux_created_together(folder):
    """Two flux of one second are ordered by their bytes alone: which one answers the other does not depend on who came first."""
    seen = set()
    for n in range(8):
        place = os.path.join(folder, str(n))
        os.mkdir(place)
        right, faulty = POOL.couple(n), POOL.couple(n)
        faulty.person(1).who(PRENOM="")
        files = [write(os.path.join(place, "right.xml"), [right], APPLIEME="CRI"), write(os.path.join(place, "faulty.xml"), [faulty], APPLIEME="AGO")]
        one, other = fresh(place, "one", files), fresh(place, "other", files[::-1])
        same(everything(other), everything(one), f"rejects of pair {n}")
        seen.update(state for _, _, _, state in rejects(one))
    equal(seen, {"open", "resolved"}, "both orders of bytes were met")


def test_wild_flux_in_any_order(folder):
    for seed in range(SEED, SEED + WILD):
        chance, w, place = wild("wild", seed, folder, 9)
        days = [days_of(d) for d in Wild.DAYS]
        first = fresh(place, "first", w.files)
        numbers = [h.number for h in w.houses]
        expected, at, says = everything(first), content_at(first, *days), told(first, numbers)
        for order in range(ORDERS):
            files = chance.sample(w.files, len(w.files)) if order else w.files[::-1]
            i = fresh(place, f"order{order}", files + chance.choices(files, k=2))
            same(everything(i), expected, f"content, seed {seed}, order {[os.path.basename(f) for f in files]}")
            equal(content_at(i, *days) == at, True, f"days, seed {seed}, order {[os.path.basename(f) for f in files]}")
            same(told(i, numbers), says, f"reports, seed {seed}, order {[os.path.basename(f) for f in files]}")
        for day in chance.sample(Wild.DAYS, 2):
            until = fresh(place, "until" + day, [f for f in w.files if reference_day(f) <= day])
            same(at[Wild.DAYS.index(day)], content_at(until, "ever")[0], f"content on {day}, seed {seed}")


def take_back(i, stands, f, acts):
    """Undoes the flux of f, after those imported later that stand in its way; what is refused changes nothing."""
    acts.append("undo " + os.path.basename(f))
    done = i.run("flux", "undo", stands[f], "--reason", "the test says so", "--json", expect=None)
    r = done.json()
    if r["status"] == "undone":
        equal((done.code, stands.pop(f)), (0, r["flux"]), "undone")
        return
    equal((done.code, r["status"]), (65, "refused"), "what is in the way")
    check(r["in_the_way"] > stands[f], "came later")
    take_back(i, stands, next(g for g, flux in stands.items() if flux == r["in_the_way"]), acts)
    take_back(i, stands, f, acts)


def test_import_and_undo_in_any_order(folder):
    for seed in range(SEED, SEED + WALKS):
        chance, w, place = wild("undo", seed, folder, 7)
        i = Instance(os.path.join(place, "walk"), **EVERYTHING)
        stands, acts = {}, []
        for step in range(14):
            if stands and chance.random() < 0.4:
                take_back(i, stands, chance.choice([*stands]), acts)
            else:
                f = chance.choice([f for f in w.files if f not in stands] or w.files)
                acts.append("import " + os.path.basename(f))
                stands.update(feed(i, [f]))
            if step in (6, 13):
                other = fresh(place, f"other{step}", chance.sample([*stands], len(stands)))
                same(everything(i), everything(other), f"content after {acts}, seed {seed}")
                days = [days_of(d) for d in Wild.DAYS]
                equal(content_at(i, *days) == content_at(other, *days), True, f"days after {acts}, seed {seed}")


def test_undoing_an_import_gives_the_content_before(folder):
    files = series(folder, SEED)
    chance = rng("undo last", SEED)
    i = Instance(os.path.join(folder, "i"))
    held_back = chance.sample(files, 6)
    feed(i, [f for f in files if f not in held_back])
    for f in held_back:
        before = everything(i)
        applied = feed(i, [f])
        i.run("flux", "undo", applied[f], "--reason", "the test says so", "--json")
        same(everything(i), before, f"content after {os.path.basename(f)} came and went, seed {SEED}")
        feed(i, [f])


def test_what_was_known_then_is_known_still(folder):
    chance, w, place = wild("known", SEED, folder, 9)
    i = Instance(os.path.join(place, "i"), **EVERYTHING)
    moments = []
    for step in range(3):
        feed(i, w.files[3 * step:3 * step + 3])
        moments.append((int(time.time()), content_at(i, "ever", *map(days_of, Wild.DAYS))))
        time.sleep(max(0, moments[-1][0] + 1.1 - time.time()))  # time() may run a tick behind
    for moment, then in moments:
        equal(content_at(i, *(f"{day}@{moment}" for day in ("ever", *map(days_of, Wild.DAYS)))) == then, True, "what was known then")


main(*[f for name, f in sorted(globals().items()) if name.startswith("test_")])
