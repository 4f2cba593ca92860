"""Precision and recall of matching on a population of which the truth is known. Two humans taken for one: never. A match that was missed is
counted by situation, and stands in the review queue.

By hand: test_truth.py --figures prints the tables of docs/identity.md. FLUXRSA_LONG=1: a population ten times as large."""
import collections
import itertools
import json
import os
import subprocess
import sys
import unicodedata

from lxml import etree

import kit

LONG = os.environ.get("FLUXRSA_LONG") == "1"
HOUSEHOLDS = 30000 if LONG else 3000
SEEDS = [1, 2]
MONTHS = 3
WHO_IS_WHO = os.path.join(kit.BUILD, "tests", "who_is_who")
PLAIN = "ordinary life"
# Words of the reasons in store/identity_decide.h.
REASONS = dict(enumerate(("homonym", "several", "birth", "prenom", "household", "dossier", "two-nir", "stranger", "decided", "near"), 1))
NEAR = "near"
# Equal texts of one kind link two dossiers.
LINKS = {"NUMDEMRSA": "number", "NUMDEMRSAPRECE": "number", "MATRICULE": "matricule", "MATRICULEORGCEDMUT": "matricule"}

# Matches found, of a hundred, that are not to be lost again. What is not listed is found always; what has 0 is for a human to decide.
FLOOR = {
    # the NIR is missing, and no number links the dossiers: homonyms look the same
    "child-demandeur-no-nir": 0, "no-nir": 0, "no-nir-both": 0, "provisional": 0, "provisional-both": 0, "wrong-key": 0,
    # of the children whose NIR is not known, nothing says that they followed their parent
    "separated": 85, "separated-unlinked": 85, "separated-no-nir": 70,
    # two sound NIR: homonyms look the same
    "nir-mistyped": 0,
    # one NIR, another first name or birth date: twins, or father and son, look the same
    "other-first-name": 0, "placeholder": 0, "first-name-corrected": 0, "birth-mistyped": 0,
    # no NIR, and the names or the birth date differ
    "ph-ff-f-no-nir": 0, "doubled-letter-no-nir": 0, "second-name-no-nir": 0, "day-unknown-no-nir": 0, "name-corrected-no-nir": 0,
    "birth-corrected-no-nir": 0,
}


class Person:
    """As written in one flux; links: the numbers that lead to its dossier or from it."""
    __slots__ = ("human", "situation", "case", "numdemrsa", "said", "nomnai", "prenom", "dtnai", "to_the_day", "nir", "links", "member")


def letters(name):
    name = name.replace("Œ", "OE").replace("Æ", "AE")
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalpha() else " " for c in plain).lower().split())


def certified(nir):
    """The 13 characters of a sound NIR that is not provisional; None for anything else."""
    if not nir or nir[0] not in "12" or len(nir) not in (13, 15):
        return None
    letter = {"2A": "19", "2B": "18"}.get(nir[5:7])
    digits = nir[:5] + (letter or nir[5:7]) + nir[7:13]
    if len(nir) == 15 and 97 - int(digits) % 97 != int(nir[13:]):
        return None
    return nir[:13]


def read_flux(path):
    """NUMDEMRSA -> persons, in the order of the file."""
    households = {}
    for _, foyer in etree.iterparse(path, tag="InfosFoyerRSA"):
        persons, links = [], {(LINKS[leaf.tag], leaf.text) for leaf in foyer.iter(*LINKS) if leaf.text}
        for block in foyer.findall("Personne/Identification"):
            p = Person()
            p.said = tuple((leaf.tag, leaf.text) for leaf in block)
            p.nomnai, p.prenom = letters(block.findtext("NOMNAI")), letters(block.findtext("PRENOM"))
            p.dtnai, p.to_the_day = block.findtext("DTNAI"), block.findtext("TYPEDTNAI") not in ("J", "O")
            p.nir, p.links = certified(block.findtext("NIR")), links
            persons.append(p)
        households[foyer.findtext("IdentificationRSA/DemandeRSA/NUMDEMRSA")] = persons
        foyer.clear()
        while foyer.getprevious() is not None:
            del foyer.getparent()[0]
    return households


class Population:
    """What was written, and who it really is: flux, each NUMDEMRSA -> persons."""

    def __init__(self, folder, households, seed, *words):
        self.folder = os.path.join(folder, f"population-{seed}")
        kit.run("sample", "population", "--households", households, "--seed", seed, "--series", MONTHS, "-o", self.folder, *words)
        with open(self.folder + ".truth.json", encoding="utf-8") as f:
            truth = json.load(f)
        self.files = [os.path.join(self.folder, flux["file"]) for flux in truth["flux"]]
        self.flux = []
        for path, flux in zip(self.files, truth["flux"]):
            households = read_flux(path)
            for numdemrsa, ordinal, human, situation, case in flux["persons"]:
                p = households[numdemrsa][ordinal]
                p.human, p.situation, p.case, p.numdemrsa = human, situation or PLAIN, case, numdemrsa
            self.flux.append(households)


class Matched:
    """What the program made of it: of each person written, the member; of each member, the person; the pairs to be reviewed."""

    def __init__(self):
        self.person, self.review, self.queue = {}, set(), []

    def under_review(self, a, b):
        return (self.person[a], self.person[b]) in self.review

    def take(self, lines, population, ids):
        images, pairs = collections.defaultdict(dict), []
        for words in map(str.split, lines):
            if words[0] == "review":
                pairs.append((int(words[1]), int(words[2]), REASONS[int(words[3])]))
                continue
            flux, ordinal, member, person = map(int, words[1:])
            images[words[0]].setdefault(flux, {})[ordinal] = member
            self.person[member] = person
        for a, b, reason in pairs:
            a, b = self.person[a], self.person[b]
            self.queue.append((a, b, reason))
            self.review |= {(a, b), (b, a)}
        place = {flux: n for n, flux in enumerate(ids)}
        for n, households in enumerate(population.flux):
            for numdemrsa, persons in households.items():
                said = max((f for f in images[numdemrsa] if place[f] <= n), key=place.get, default=None)
                image = images[numdemrsa].get(said, {})
                kit.equal(sorted(image), list(range(len(persons))), f"persons of a household of {population.files[n]}")
                for ordinal, p in enumerate(persons):
                    p.member = image[ordinal]


class Figures:
    """By situation."""

    def __init__(self):
        self.pairs, self.found, self.listed = (collections.Counter() for _ in range(3))    # of one human
        self.apart, self.merged, self.watched = (collections.Counter() for _ in range(3))  # of two humans
        self.one, self.two, self.noise = (collections.Counter() for _ in range(3))         # pairs in the queue, by reason
        self.unlisted = collections.Counter()                                              # missed, and in no queue
        self.unreached = collections.Counter()                                             # the same, and no key leads there

    def recall(self, situation):
        return self.found[situation] / self.pairs[situation] if self.pairs[situation] else 1.0

    def add(self, other):
        for name, counter in vars(self).items():
            counter.update(getattr(other, name))
        return self


def seen_of(population):
    """human -> NUMDEMRSA -> persons as written"""
    seen = collections.defaultdict(lambda: collections.defaultdict(list))
    for households in population.flux:
        for numdemrsa, persons in households.items():
            for p in persons:
                seen[p.human][numdemrsa].append(p)
    return seen


def label(persons):
    """The situation of a match; what stays as it was is no matter of a situation."""
    if len({p.said for p in persons}) == 1 and len({p.numdemrsa for p in persons}) == 1:
        return PLAIN
    return next((p.situation for p in persons if p.situation != PLAIN), PLAIN)


def reached(one, other):
    """Whether a birth date that is known to the day, a NIR or a number leads from the one to the other."""
    def shared(keys):
        return set().union(*map(keys, one)) & set().union(*map(keys, other))
    return all(p.to_the_day for p in one + other) or bool(shared(lambda p: p.links) or shared(lambda p: {p.nir} - {None}))


def judge_match(figures, matched, one, other, situation):
    """Whether two sets of appearances of one human were joined."""
    figures.pairs[situation] += 1
    members = {p.member for p in one}, {p.member for p in other}
    persons = {matched.person[m] for m in members[0] | members[1]}
    if len(persons) == 1:
        figures.found[situation] += 1
    elif any(matched.under_review(a, b) for a, b in itertools.product(*members)):
        figures.listed[situation] += 1
    else:
        (figures.unlisted if reached(one, other) else figures.unreached)[situation] += 1


def judge_matches(figures, matched, seen):
    for dossiers in seen.values():
        for persons in dossiers.values():
            if len(persons) > 1:
                judge_match(figures, matched, persons, persons, label(persons))
        for one, other in itertools.combinations(dossiers.values(), 2):
            judge_match(figures, matched, one, other, label(one + other))


def judge_merges(figures, matched, seen):
    """Every person of the program that is more than one human; and, of each case of two humans, what became of them."""
    humans, cases, members = collections.defaultdict(dict), collections.defaultdict(set), collections.defaultdict(set)
    for human, dossiers in seen.items():
        for p in itertools.chain(*dossiers.values()):
            humans[matched.person[p.member]].setdefault(human, p.situation)
            if humans[matched.person[p.member]][human] == PLAIN:
                humans[matched.person[p.member]][human] = p.situation
            members[human].add(p.member)
            if p.case is not None:
                cases[p.situation, p.case].add(human)
    for group in humans.values():
        for (_, one), (_, other) in itertools.combinations(group.items(), 2):
            figures.merged[one if one != PLAIN else other] += 1
    for (situation, _), group in cases.items():
        for a, b in itertools.combinations(group, 2):
            figures.apart[situation] += 1
            figures.watched[situation] += any(matched.under_review(x, y) for x, y in itertools.product(members[a], members[b]))


def judge_queue(figures, matched, seen):
    """Of each reason for which a pair waits: how many are one human, two in a case, two who only lead their lives."""
    humans, cases = collections.defaultdict(set), collections.defaultdict(set)
    for human, dossiers in seen.items():
        for p in itertools.chain(*dossiers.values()):
            humans[matched.person[p.member]].add(human)
            cases[matched.person[p.member]].add(p.situation)
    for a, b, reason in matched.queue:
        counted = figures.noise if cases[a] | cases[b] == {PLAIN} else figures.two
        (figures.one if humans[a] & humans[b] else counted)[reason] += 1


def judge(population, matched):
    figures, seen = Figures(), seen_of(population)
    judge_queue(figures, matched, seen)
    judge_matches(figures, matched, seen)
    judge_merges(figures, matched, seen)
    return figures


def program(folder, population, order=None):
    """Imports the flux in this order (else as written), and reads who was taken for whom."""
    instance = kit.Instance(folder)
    files = [population.files[n] for n in order or range(len(population.files))]
    ids = {}
    for path in files:
        for flux in instance.run("import", "--json", "--force", "the MSA of this population is small", path).json():
            kit.equal((flux["status"], flux["rejected"]), ("applied", 0), path)
            ids[path] = flux["flux"]
    done = subprocess.run([WHO_IS_WHO, os.path.join(folder, "store"), os.path.join(folder, "keys"),
                           os.path.join(folder, "keys", "master.key")], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    kit.check(done.returncode == 0, f"who_is_who: {done.stderr.decode()}")
    matched = Matched()
    matched.take(done.stdout.decode().splitlines(), population, [ids[path] for path in population.files])
    return instance, matched


def by_key(key):
    """A matcher that takes for one person whatever has one key."""
    def match(population):
        matched, numbers = Matched(), {}
        for households in population.flux:
            for numdemrsa, persons in households.items():
                for p in persons:
                    p.member = numbers.setdefault((numdemrsa, p.human), len(numbers))
                    matched.person[p.member] = numbers.setdefault(key(p, numdemrsa), len(numbers))
        return matched
    return match


def sorts():
    return {row["situation"]: row["humans"] for row in kit.run("sample", "situations", "--json").json()}


def the_measure_measures(folder):
    """Matchers that are known to be perfect, blind or rash get the figures they deserve."""
    population = Population(folder, 1500, 5)
    kind = sorts()
    right = judge(population, by_key(lambda p, n: ("human", p.human))(population))
    kit.equal((sum(right.merged.values()), sum(right.unlisted.values())), (0, 0), "a perfect matcher merges and misses nothing")
    kit.equal(right.found, right.pairs, "a perfect matcher finds everything")
    missing = [s for s, k in kind.items() if k != "untold" and s not in (right.pairs if k == "one" else right.apart)]
    kit.equal(missing, [], "situations that the population does not hold")
    blind = judge(population, by_key(lambda p, n: (n, p.human))(population))
    kit.check(blind.recall("new-dossier") < 0.7 and blind.unlisted["new-dossier"] > 0, "a matcher that never looks elsewhere misses")
    kit.check(100 * sum(blind.unreached.values()) < sum(blind.unlisted.values()), "hardly anything that is missed is beyond every key")
    names = judge(population, by_key(lambda p, n: (p.nomnai, p.prenom, p.dtnai))(population))
    kit.check(names.merged["homonyms"] > 0 and names.merged["homonyms-linked"] > 0, "names and birth date alone merge homonyms")
    rash = judge(population, by_key(lambda p, n: p.nir or (n, p.human))(population))
    kit.check(rash.merged["twins-apart-one-nir"] > 0 and rash.merged["nir-of-a-stranger"] > 0, "the NIR alone merges strangers")


def check_figures(figures, what):
    kind = sorts()
    merged = {s: n for s, n in figures.merged.items() if n}
    kit.equal(merged, {}, f"{what}: humans taken for one another, by situation")
    unlisted = {s: n for s, n in figures.unlisted.items() if n}
    kit.equal(unlisted, {}, f"{what}: matches missed, and not to be reviewed")
    beyond = sum(figures.unreached.values())
    kit.check(1000 * beyond < HOUSEHOLDS, f"{what}: {beyond} matches missed to which no key leads")
    near = figures.noise[NEAR]
    kit.check(1000 * near < HOUSEHOLDS, f"{what}: {near} pairs to be reviewed because they are nearly equal, of two humans of ordinary life")
    low = {s: round(figures.recall(s), 3) for s in figures.pairs if 100 * figures.recall(s) < FLOOR.get(s, 100)}
    kit.equal(low, {}, f"{what}: share of matches found, below what it was")
    kit.check(all(kind.get(s) != "untold" for s in figures.pairs), f"{what}: holds what nobody can tell")


def nobody_is_taken_for_another(folder):
    for seed in SEEDS:
        population = Population(folder, HOUSEHOLDS, seed)
        instance, matched = program(os.path.join(folder, f"instance-{seed}"), population)
        check_figures(judge(population, matched), f"seed {seed}")
        listed = instance.run("person", "duplicates", "list", "--json").json()
        kit.equal(len(listed), len(matched.review) // 2, f"seed {seed}: pairs in the review queue, as listed")


def grouping(population, matched):
    """Who is who, without numbers."""
    groups = collections.defaultdict(set)
    for n, households in enumerate(population.flux):
        for numdemrsa, persons in households.items():
            for ordinal, p in enumerate(persons):
                groups[matched.person[p.member]].add((n, numdemrsa, ordinal))
    return set(map(frozenset, groups.values()))


def the_order_of_arrival_does_not_matter(folder):
    population = Population(folder, 800, 3)
    straight = grouping(population, program(os.path.join(folder, "straight"), population)[1])
    for name, order in (("backwards", list(reversed(range(2 * MONTHS)))), ("mixed", [3, 0, 5, 1, 4, 2])):
        other = grouping(population, program(os.path.join(folder, name), population, order)[1])
        kit.equal(len(straight ^ other), 0, f"{name}: groups of persons that differ")


def print_figures(folder):
    total, kind = Figures(), sorts()
    for seed in SEEDS:
        population = Population(folder, HOUSEHOLDS, seed)
        total.add(judge(population, program(os.path.join(folder, f"instance-{seed}"), population)[1]))
    print(f"{HOUSEHOLDS} households, {MONTHS} months, seeds {', '.join(map(str, SEEDS))}\n")
    print("| Situation | Matches | Found | Missed | of these in review | Taken for another |\n|---|--:|--:|--:|--:|--:|")
    for s in [PLAIN] + [s for s, k in kind.items() if k == "one"]:
        missed = total.pairs[s] - total.found[s]
        print(f"| `{s}` | {total.pairs[s]} | {total.found[s]} | {missed} | {total.listed[s]} | {total.merged[s]} |")
    print("\n| Situation | Pairs of two humans | Taken for one | in review | Matches | Found | Missed, in review |\n|---|--:|--:|--:|--:|--:|--:|")
    for s in [s for s, k in kind.items() if k == "two"]:
        print(f"| `{s}` | {total.apart[s]} | {total.merged[s]} | {total.watched[s]} | {total.pairs[s]} | {total.found[s]} | {total.listed[s]} |")
    print("\n| Reason | Pairs in review | of one human | of two, in a case | of two, in ordinary life |\n|---|--:|--:|--:|--:|")
    for reason in sorted(total.one + total.two + total.noise):
        one, two, noise = (counter[reason] for counter in (total.one, total.two, total.noise))
        print(f"| `{reason}` | {one + two + noise} | {one} | {two} | {noise} |")
    print("\nunlisted:", dict(+total.unlisted), "unreached:", dict(+total.unreached))
    print("floors:", {s: int(100 * total.recall(s)) for s in total.pairs if total.recall(s) < 1})


def print_untold(folder):
    kind = sorts()
    names = ",".join(s for s, k in kind.items() if k == "untold")
    population = Population(folder, HOUSEHOLDS, 1, "--situations", names)
    figures = judge(population, program(os.path.join(folder, "instance"), population)[1])
    print("\n| Situation | Pairs of two humans | Taken for one | in review |\n|---|--:|--:|--:|")
    for s in names.split(","):
        print(f"| `{s}` | {figures.apart[s]} | {figures.merged[s]} | {figures.watched[s]} |")


if __name__ == "__main__":
    if "--figures" in sys.argv:
        kit.main(print_figures, print_untold)
    kit.main(the_measure_measures, nobody_is_taken_for_another, the_order_of_arrival_does_not_matter)
