"""A payer that writes one NIR, or one name and birth date, or one number of a former dossier, on everybody: the import costs what it always
costs, nobody is compared by it, and the reports say so in one line."""
import os
import re
import resource
import subprocess

import kit

SANITIZED = os.environ.get("FLUXRSA_SANITIZED") == "1"
HOUSEHOLDS = 1000 if SANITIZED else 20000
LIMIT = 2.0  # CPU of an import, to that of the same flux without a crowd
TRIES = 4  # one second of CPU may do a tenth of what another does: both are measured so often, one after the other
CROWD = 32
PERSON = re.compile(rb"<Identification>.*?</Identification>", re.S)
FOYER = re.compile(rb"<InfosFoyerRSA>.*?</InfosFoyerRSA>", re.S)


def put(block, name, value):
    return re.sub(rb"<%s>[^<]*</%s>" % (name, name), b"<%s>%s</%s>" % (name, value, name), block)


def one_nir(block):
    return put(block, b"NIR", b"255081416802538")


def one_name(block):
    for name, value in ((b"NOM", b"MARTIN"), (b"NOMNAI", b"MARTIN"), (b"PRENOM", b"JEAN"), (b"DTNAI", b"1900-01-01"), (b"TYPEDTNAI", b"N")):
        block = put(block, name, value)
    return re.sub(rb"\s*<NIR>[^<]*</NIR>", b"", block)


def spoiled(folder, path, name, edit):
    """The same flux, the first person of each household as edit says."""
    with open(path, "rb") as f:
        text = f.read()
    out = os.path.join(folder, name + "-" + os.path.basename(path))
    with open(out, "wb") as f:
        f.write(FOYER.sub(lambda m: PERSON.sub(lambda p: edit(p.group(0)), m.group(0), count=1), text))
    return out


def sent(folder, path, name, old, new):
    with open(path, "rb") as f:
        text = f.read()
    out = os.path.join(folder, name + "-" + os.path.basename(path))
    with open(out, "wb") as f:
        f.write(re.sub(old, new, text))
    return out


def cpu_of(instance, *words):
    """CPU seconds of a command and its children; what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = instance.run(*words, "--json", expect=None)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    kit.check(done.code == 0, f"{words[0]}: exit {done.code}: {done.err}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.json()


def taken(instance, path):
    cpu, flux = cpu_of(instance, "import", "--force", "everybody changes", path)
    kit.equal((flux[0]["status"], flux[0]["rejected"]), ("applied", 0), path)
    return cpu


def months(folder):
    """Of two months, the second with whoever came and went."""
    paths = []
    for k in range(2):
        paths.append(os.path.join(folder, f"month-{k}.xml"))
        kit.run("sample", "generate", "--households", HOUSEHOLDS, "--month", f"2025-0{k + 1}", "--month-index", k, "-o", paths[k])
    return paths


def costs(folder, name, paths):
    instance = kit.Instance(os.path.join(folder, name))
    return instance, [taken(instance, path) for path in paths]


def check_costs(folder, name, crowd, ordinary, got, plain):
    """Of the flux with a crowd, to those without."""
    for n in range(TRIES):
        print(f"  {name}: " + ", ".join(f"{a:.2f} s to {b:.2f} s" for a, b in zip(got, plain)))
        slow = [month for month, (a, b) in enumerate(zip(got, plain)) if a >= LIMIT * b]
        if SANITIZED or not slow:
            return
        got, plain = (costs(folder, f"{name} {kind} {n}", paths)[1] for kind, paths in (("crowd", crowd), ("ordinary", ordinary)))
    kit.check(False, f"{name}, months {slow}: {got} s, without {plain} s")


def report(instance, kind):
    cpu, got = cpu_of(instance, "report", "anomalies", "--kind", kind)
    return cpu, got["rows"]


def listed(instance):
    """Pairs to be reviewed that no number links: made-up matricules may be equal by chance."""
    pairs = instance.run("person", "duplicates", "list", "--json").json()
    return len([p for p in pairs if "MATRICULE" not in p["compared"]])


def a_crowd_costs_what_no_crowd_costs(folder):
    paths = months(folder)
    ordinary, plain = costs(folder, "ordinary", paths)
    queue = listed(ordinary)

    crowd = [spoiled(folder, p, "nir", one_nir) for p in paths]
    instance, got = costs(folder, "nir", crowd)
    check_costs(folder, "one NIR", crowd, paths, got, plain)
    cpu, rows = report(instance, "nir-shared")
    kit.equal(len([r for r in rows if r["count"]]), 1, "lines for one NIR")
    row = next(r for r in rows if r["count"])
    kit.check(row["count"] >= 0.9 * HOUSEHOLDS and row["person"] is None and row["NUMDEMRSA"] is None, f"{row['count']} persons under it")
    kit.check(listed(instance) <= queue, "nobody is to be reviewed because of it")
    print(f"  report: {cpu:.2f} s")

    crowd = [spoiled(folder, p, "name", one_name) for p in paths]
    instance, got = costs(folder, "name", crowd)
    check_costs(folder, "one name and birth date", crowd, paths, got, plain)
    rows = report(instance, "crowded")[1]
    kit.equal([r["element"] for r in rows], ["NOM+PRENOM+DTNAI"], "what is shared")
    kit.check(rows[0]["count"] >= HOUSEHOLDS and rows[0]["NUMDEMRSA"], "how many share it, and one of them")
    kit.check(listed(instance) <= queue, "nobody is to be reviewed because of it")


def a_number_that_all_have(folder):
    paths = months(folder)
    plain = costs(folder, "ordinary", paths)[1]
    same = [sent(folder, p, "matricule", rb"<MATRICULE>[^<]*</MATRICULE>", b"<MATRICULE>123456700000000</MATRICULE>") for p in paths]
    instance, got = costs(folder, "matricule", same)
    check_costs(folder, "one MATRICULE", same, paths, got, plain)
    kit.check("MATRICULE" in [r["element"] for r in report(instance, "crowded")[1]], "it is told")


def undone(folder):
    """The crowd goes as it came."""
    small = os.path.join(folder, "small.xml")
    kit.run("sample", "generate", "--households", CROWD + 20, "--month", "2025-01", "-o", small)
    few = os.path.join(folder, "few.xml")
    kit.run("sample", "generate", "--households", CROWD - 20, "--month", "2025-02", "--seed", 7, "-o", few)
    instance = kit.Instance(os.path.join(folder, "i"))
    taken(instance, spoiled(folder, few, "nir", one_nir))
    before = instance.dump()
    kit.check(listed(instance) > 0, "few who share a NIR are to be reviewed")
    kit.equal([r for r in report(instance, "nir-shared")[1] if r["count"]], [], "and are told one by one")
    taken(instance, spoiled(folder, small, "nir", one_nir))
    kit.equal(len([r for r in report(instance, "nir-shared")[1] if r["count"]]), 1, "then they are a crowd")
    instance.run("flux", "undo", "2", "--reason", "a test")
    kit.equal(instance.dump(), before, "what is left")


if __name__ == "__main__":
    kit.main(a_crowd_costs_what_no_crowd_costs, a_number_that_all_have, undone)
