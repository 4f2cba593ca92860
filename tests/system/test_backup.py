"""Backups: made while imports run, read on another machine, refused when they are not what was written; restoring and compacting."""
import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time

from case_kit import Houses, World
from kit import FLUXRSA, Instance, check, equal, main, run, sample

LONG = bool(os.environ.get("FLUXRSA_LONG"))
SEED = int(os.environ.get("FLUXRSA_SEED", "20250110"))


def made(folder, **settings):
    return Instance(os.path.join(folder, "i"), max_created_share="0 %", max_missing_share="0 %", **settings)


def months(folder, count, households):
    return [sample(os.path.join(folder, f"{m:02}.xml"), households, "--month", f"{2023 + m // 12}-{m % 12 + 1:02}", "--month-index", str(m),
                   "--changed", "300") for m in range(count)]


def backup(instance, *words, **options):
    return instance.run("store", "backup", "--json", *words, **options).json()["folder"]


def machine(folder, name, of):
    """A fresh instance that was given the backup key of another one."""
    other = Instance(os.path.join(folder, name), max_created_share="0 %", max_missing_share="0 %")
    key = os.path.join(other.folder, "keys", "backup.key")
    os.unlink(key)
    shutil.copy2(os.path.join(of.folder, "keys", "backup.key"), key)
    return other


def names(folder):
    return sorted(n for n in os.listdir(folder) if n != "backup.lock")


def test_there_and_back(folder):
    i = made(folder)
    a, b = months(folder, 2, 60)
    i.imported(a)
    before = i.dump()
    os.umask(0o022)
    path = backup(i)
    for at in [path] + [os.path.join(path, n) for n in os.listdir(path)]:
        equal(os.stat(at).st_mode & 0o777, 0o700 if at == path else 0o600, f"mode of {at}")
    equal(sorted(os.listdir(path)), ["data.mdb", "index", "kek-1", "keyring", "manifest.json"], "files")
    with open(os.path.join(path, "manifest.json"), encoding="utf-8") as f:
        manifest = json.load(f)
    equal((manifest["departement"], manifest["flux"], manifest["generation"]), ("062", 1, 1), "manifest")
    status = i.run("status", "--json").json()["store"]
    equal((manifest["dossiers"], manifest["persons"]), (status["dossiers"], status["persons"]), "counts")
    i.run("store", "verify", path)
    i.imported(b)
    after = i.dump()
    refused = i.run("store", "restore", path, expect=65)
    check("--reason" in refused.err and "flux 2" in refused.err, refused.err)
    equal(i.dump(), after, "nothing was restored")
    done = i.run("store", "restore", "--json", path, "--reason", "a test").json()
    equal([(f["flux"], f["file"]) for f in done["drop_again"]], [(2, os.path.basename(b))], "what must be dropped again")
    equal((done["generation"], done["keys_made"], done["undo_again"]), (2, False, []), "what was done")
    equal(i.dump(), before, "restored")
    equal(sorted(os.listdir(os.path.join(i.folder, "store"))), ["CURRENT", "gen-2", "open.lock", "write.lock"], "the store's folder")
    # The same flux again, and its act stands in the journal a second time.
    equal(i.imported(b)[0]["status"], "applied", "dropped again")
    equal(i.dump(), after, "dropped again")
    acts = [a["op"] for a in i.run("audit", "show", "--json").json()]
    equal(acts, ["import", "store.backup", "import", "store.restore", "import"], "the journal")
    i.run("audit", "verify")
    i.run("store", "verify")


def test_undone_since(folder):
    i = made(folder)
    a, b = months(folder, 2, 30)
    i.imported(a, b)
    path = backup(i)
    time.sleep(1.1)
    i.run("flux", "undo", "2", "--reason", "a test")
    i.run("store", "restore", path, expect=65)
    done = i.run("store", "restore", "--json", path, "--reason", "a test").json()
    equal(([f["flux"] for f in done["undo_again"]], done["drop_again"]), ([2], []), "what must be undone again")


def wrecked(instance, generation=1):
    """Nobody reads this store any more."""
    os.truncate(os.path.join(instance.folder, "store", f"gen-{generation}", "data.mdb"), 5000)


def test_what_came_by_other_numbers(folder):
    """A store that was not readable took its numbers with it: what is lost is known by content."""
    i = made(folder)
    a, b, c = months(folder, 3, 30)
    i.imported(a)
    first = backup(i)
    i.imported(b)
    second, content = backup(i), i.dump()
    wrecked(i)
    i.run("store", "restore", first)
    equal(i.imported(c)[0]["flux"], 2, "the number of b, given again")
    check("03.xml" not in i.run("store", "restore", second, expect=65).err, "a is in both")
    done = i.run("store", "restore", "--json", second, "--reason", "a test").json()
    equal([f["file"] for f in done["drop_again"]], [os.path.basename(c)], "what must be dropped again")
    equal(i.dump(), content, "restored")


def test_not_looked_at(folder):
    """A store that could not be looked at just now is not taken for one that is lost."""
    i = made(folder)
    a, b = months(folder, 2, 30)
    i.imported(a)
    before, path = i.dump(), backup(i)
    i.imported(b)
    after = i.dump()
    os.chmod(os.path.join(i.folder, "store", "gen-1"), 0o750)
    check("--reason" in i.run("store", "restore", path, expect=77).err, "a way on")
    os.chmod(os.path.join(i.folder, "store", "gen-1"), 0o700)
    equal(i.dump(), after, "nothing was restored")
    os.chmod(os.path.join(i.folder, "store", "gen-1"), 0o750)
    i.run("store", "restore", path, "--reason", "a test")
    equal(i.dump(), before, "restored")


def decided(folder):
    """A store where two persons were declared one since its backup."""
    houses, w = Houses(), World(folder)
    a, b = houses.single(), houses.single(1)
    for leaf in ("QUAL", "NOM", "NOMNAI", "PRENOM", "DTNAI", "TYPEDTNAI", "SEXE"):
        b.person().who(**{leaf: a.person().get(f"Identification/{leaf}")})
    b.person().who(NIR=None)
    w.month(a, b)
    path = backup(w.i)
    w.i.run("person", "duplicates", "merge", w.json("person", "duplicates", "list")[0]["pair"], "--reason", "papers")
    return w.i, path


def test_decided_since(folder):
    i, path = decided(folder)
    content = i.dump()
    check("audit show" in i.run("store", "restore", path, expect=65).err, "where to look")
    equal(i.dump(), content, "nothing was restored")
    done = i.run("store", "restore", "--json", path, "--reason", "a test").json()
    equal((done["acts_since"], done["drop_again"]), (1, []), "what is lost")
    act = i.run("audit", "show", "--json").json()[-1]
    check("acts=1 " in act["detail"] and "journal=follows" in act["detail"], f"{act}")
    equal(i.run("store", "restore", "--json", path).json()["acts_since"], 0, "what was lost before is not lost again")


def test_undone_since_unreadable(folder):
    """What was taken back does not come back unnoticed, though the store cannot say it."""
    i = made(folder)
    i.imported(*months(folder, 2, 30))
    path = backup(i)
    i.run("flux", "undo", "2", "--reason", "a test")
    wrecked(i)
    equal(i.run("store", "restore", "--json", path).json()["acts_since"], 1, "the journal knows")
    check("acts=1" in i.run("audit", "show", "--json").json()[-1]["detail"], "the journal")
    wrecked(i, 2)
    os.unlink(os.path.join(i.folder, "journal", "journal.log"))
    equal(i.run("store", "restore", "--json", path).json()["acts_since"], 0, "nobody knows")
    check("journal=other" in i.run("audit", "show", "--json").json()[-1]["detail"], "the journal says so")


def test_while_imports_run(folder):
    """Each backup holds one of the committed states, and the store does not grow for it."""
    count = 40 if LONG else 8
    rounds = 20
    files = months(folder, count, 400 if LONG else 120)
    plain = Instance(os.path.join(folder, "plain"), max_created_share="0 %", max_missing_share="0 %")
    states = {plain.dump()}
    for path in files:
        plain.imported(path)
        states.add(plain.dump())
    i = made(folder)
    backups, imported, another = [], [], threading.Condition()

    def importing():
        try:
            for path in files:
                i.imported(path)
                imported.append(path)
                # Whichever of the two is the faster: a backup ends between two commits.
                with another:
                    there = len(backups)
                    another.wait_for(lambda: len(backups) > there, 300)
        finally:
            stop.set()

    stop, t = threading.Event(), threading.Thread(target=importing, daemon=True)
    t.start()
    while not stop.is_set() or len(backups) < rounds:
        path = backup(i, "--to", os.path.join(folder, "b"))
        with another:
            backups.append(path)
            another.notify()
    t.join()
    equal(imported, files, "imports while backups are made")
    other = machine(folder, "other", i)
    seen, of_flux = set(), {}
    for path in backups:
        with open(os.path.join(path, "manifest.json"), encoding="utf-8") as f:
            of_flux.setdefault(json.load(f)["flux"], path)
    for path in sorted({*backups[:: max(1, len(backups) // rounds)], *of_flux.values()}):
        other.run("store", "restore", path, "--reason", "the next one")
        content = other.dump()
        check(content in states, f"{path}: no committed state")
        seen.add(content)
    check(len(seen) > 2, f"the backups hold {len(seen)} of {len(states)} states only")
    i.run("store", "verify")
    sizes = [os.path.getsize(os.path.join(x.folder, "store", "gen-1", "data.mdb")) for x in (i, plain)]
    check(sizes[0] <= 1.5 * sizes[1], f"{sizes[0]} bytes with backups, {sizes[1]} without")
    print(f"{len(backups)} backups during {count} imports, {len(seen)} states; the store grew by {sizes[0] / sizes[1]:.2f}")


def test_new_machine(folder):
    i = made(folder)
    a, b = months(folder, 2, 40)
    i.imported(a)
    content, path = i.dump(), backup(i)
    shutil.copytree(path, os.path.join(folder, "copy"))
    other = machine(folder, "other", i)
    other.run("store", "verify", os.path.join(folder, "copy"))
    done = other.run("store", "restore", "--json", os.path.join(folder, "copy")).json()
    equal((done["keys_made"], done["drop_again"]), (True, []), "what was done")
    equal(other.dump(), content, "on another machine")
    keys = sorted(os.listdir(os.path.join(other.folder, "keys")))
    equal(keys, ["backup.key", "index-2", "kek-2", "keyring-2", "master.key"], "keys")
    for words in (("audit", "verify"), ("store", "verify"), ("config", "check"), ("store", "compact")):
        other.run(*words)
    other.imported(b)
    i.imported(b)
    equal(other.dump(), i.dump(), "both go on")
    shutil.rmtree(os.path.join(i.folder, "keys"))
    other.run("store", "verify", os.path.join(folder, "copy"))


def test_keys_are_its_own(folder):
    """Neither the keys of the instance nor those of the backup open the other's values."""
    i = made(folder)
    i.imported(*months(folder, 1, 20))
    path = backup(i)
    data = os.path.join(i.folder, "store", "gen-1", "data.mdb")
    shutil.copy(data, data + ".mine")
    shutil.copy(os.path.join(path, "data.mdb"), data)
    i.run("store", "verify", expect=69)
    shutil.move(data + ".mine", data)
    for name in ("kek-1", "index"):
        shutil.copy(os.path.join(path, name), os.path.join(i.folder, "keys", name + ".b"))
        os.rename(os.path.join(i.folder, "keys", name), os.path.join(i.folder, "keys", name + ".mine"))
        os.rename(os.path.join(i.folder, "keys", name + ".b"), os.path.join(i.folder, "keys", name))
        i.run("store", "verify", expect=69)
        os.replace(os.path.join(i.folder, "keys", name + ".mine"), os.path.join(i.folder, "keys", name))
    i.run("store", "verify")


def test_keys_or_store_lost(folder):
    i = made(folder)
    i.imported(*months(folder, 1, 30))
    content, path = i.dump(), backup(i)
    keys, store = os.path.join(i.folder, "keys"), os.path.join(i.folder, "store")
    for name in ("keyring", "kek-1", "index"):
        os.unlink(os.path.join(keys, name))
    i.run("status", expect=69)
    i.run("store", "restore", path)
    equal(i.dump(), content, "without keys")
    for name in os.listdir(store):
        shutil.rmtree(os.path.join(store, name)) if name.startswith("gen") else os.unlink(os.path.join(store, name))
    i.run("store", "restore", path)
    equal(i.dump(), content, "without a store")
    with open(os.path.join(store, "CURRENT"), "w", encoding="ascii") as f:
        f.write("gen-\n")
    i.run("status", expect=69)
    i.run("store", "restore", path)
    equal(i.dump(), content, "without a pointer")
    with open(os.path.join(store, "mine.txt"), "w", encoding="ascii"):
        os.unlink(os.path.join(store, "CURRENT"))
    i.run("store", "restore", path, expect=69)
    check(os.path.exists(os.path.join(store, "mine.txt")), "a folder that is no store stays as it is")


def test_refusals(folder):
    i = made(folder)
    i.imported(*months(folder, 1, 20))
    content, path = i.dump(), backup(i)
    stranger = Instance(os.path.join(folder, "stranger"))
    equal(stranger.run("store", "verify", path, expect=69).out, "", "another backup key")
    stranger.run("store", "restore", path, expect=69)
    elsewhere = Instance(os.path.join(folder, "elsewhere"), departement="059")
    os.unlink(os.path.join(elsewhere.folder, "keys", "backup.key"))
    shutil.copy2(os.path.join(i.folder, "keys", "backup.key"), os.path.join(elsewhere.folder, "keys", "backup.key"))
    check("062" in elsewhere.run("store", "restore", path, expect=65).err, "another département")
    i.run("store", "restore", folder, expect=66)
    i.run("store", "restore", os.path.join(folder, "nothing"), expect=66)
    key = os.path.join(i.folder, "keys", "backup.key")
    nowhere = Instance(os.path.join(folder, "nowhere"))
    nowhere.set("key", key)
    shutil.rmtree(os.path.join(nowhere.folder, "keys"))
    check("folder of keys" in nowhere.run("store", "restore", path, expect=69).err, "no place for keys")
    os.chmod(key, 0o440)
    i.run("store", "backup", expect=77)
    i.run("store", "restore", path, expect=77)
    os.chmod(key, 0o600)
    with open(key, "ab") as f:
        f.write(b"x")
    i.run("store", "backup", expect=69)
    os.unlink(key)
    i.run("store", "backup", expect=69)
    equal(i.dump(), content, "the store")


def test_what_is_missing_is_named(folder):
    i = made(folder)
    key, absent = os.path.join(i.folder, "keys", "backup.key"), os.path.join(folder, "no where")
    said = i.run("store", "backup", "--to", os.path.join(absent, "a", "b"), expect=66).err
    check(f"the folder {absent} is not there" in said and "mkdir -p" in said, said)
    said = i.run("store", "backup", "--to", os.path.join(key, "b"), expect=66).err
    check(f"{key} is not a folder" in said, said)
    said = i.run("store", "backup", "--to", key, expect=66).err
    check(f"{key} is not a folder" in said, said)
    os.chmod(key, 0o000)
    # root reads what it may not, unless this is taken from it.
    words = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    done = subprocess.run([*words, FLUXRSA, "-c", i.config, "store", "backup"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "LANGUAGE": "en"})
    equal(done.returncode, 77, "a key that cannot be read")
    check(f"{key}: this user may not read the key" in done.stderr.decode(), done.stderr.decode())


def test_damaged(folder):
    """No backup with a wrong byte is taken for one, wherever it is."""
    i = made(folder)
    i.imported(*months(folder, 1, 10))
    path = backup(i)
    rng, copy = random.Random(SEED), os.path.join(folder, "copy")
    other = machine(folder, "other", i)
    content, tried = other.dump(), 1000 if LONG else 60
    for n in range(tried):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(path, copy)
        name = os.path.join(copy, rng.choice(sorted(os.listdir(copy))))
        with open(name, "r+b") as f:
            size = os.path.getsize(name)
            what = rng.randrange(4)
            if what == 0:
                f.truncate(rng.randrange(size))
            elif what == 1:
                f.seek(0, 2)
                f.write(b"\0")
            else:
                at = rng.randrange(size)
                f.seek(at)
                byte = f.read(1)[0] ^ 1 << rng.randrange(8)
                f.seek(at)
                f.write(bytes([byte]))
        for verb in ("verify", "restore"):
            done = other.run("store", verb, copy, expect=None)
            check(done.code in (66, 69), f"case {n}, {name}, {what}: {verb} ended with {done.code} {done.err}")
    for name in sorted(os.listdir(path)):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(path, copy)
        os.unlink(os.path.join(copy, name))
        check(other.run("store", "restore", copy, expect=None).code in (66, 69), f"without {name}")
    equal(other.dump(), content, "the store")
    print(f"seed {SEED}: {tried} damaged backups, none accepted")


def keep(instance, was, now):
    with open(instance.config, encoding="utf-8") as f:
        text = f.read()
    with open(instance.config, "w", encoding="utf-8") as f:
        f.write(text.replace(was, now))


def test_how_many(folder):
    i = made(folder)
    keep(i, "#keep = 7", "keep = 3")
    i.imported(*months(folder, 1, 10))
    at = os.path.join(i.folder, "backup")
    kept = [os.path.basename(backup(i)) for _ in range(5)]
    equal(names(at), sorted(kept[-3:]), "as many as are kept")
    # What is not ours or not whole is left alone, and does not count.
    os.mkdir(os.path.join(at, "20200101T000000Z"))
    shutil.copytree(os.path.join(at, kept[-1]), os.path.join(at, "20200101T000001Z"))
    os.truncate(os.path.join(at, "20200101T000001Z", "data.mdb"), 100)
    with open(os.path.join(at, "20200101T000000Z", "mine"), "w", encoding="ascii"):
        pass
    os.mkdir(os.path.join(at, ".backup-new"))
    os.mkdir(os.path.join(at, ".backup-20200101T000002Z"))
    os.mkdir(os.path.join(at, ".backup-mine"))
    last = os.path.basename(backup(i))
    equal(names(at), sorted([".backup-mine", "20200101T000000Z", "20200101T000001Z", *kept[-2:], last]), "the others stay")
    # A store that was made anew has the same key and folder.
    other = machine(folder, "other", i)
    other.set("folder", at)
    keep(other, "#keep = 7", "keep = 1")
    first = os.path.basename(backup(other))
    check({*kept[-2:], last, first} <= set(names(at)), "backups of another store stay")
    # One that cannot be removed does not keep the next one, and the new one is made.
    os.makedirs(os.path.join(at, ".backup-" + kept[-2], "in the way"))
    keep(i, "keep = 3", "keep = 1")
    done = i.run("store", "backup", "--json", expect=74)
    equal(done.json()["removed"], 2, "the others are removed")
    check("is made" in done.err and kept[-2] in names(at) and last not in names(at), done.err)
    to = os.path.join(folder, "to")
    for _ in range(4):
        backup(i, "--to", to)
    equal(len(names(to)), 4, "elsewhere none is removed")


def test_one_at_a_time(folder):
    i = made(folder)
    i.imported(*months(folder, 1, 20))
    path = backup(i)
    at = os.path.join(i.folder, "backup")
    with open(os.path.join(at, "backup.lock"), "r+b") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        check("another backup" in i.run("store", "backup", expect=75).err, "one at a time")
    for name, words in (("open.lock", ("store", "compact")), ("open.lock", ("store", "restore", path)), ("write.lock", ("store", "compact"))):
        with open(os.path.join(i.folder, "store", name), "r+b") as f:
            fcntl.flock(f, fcntl.LOCK_SH if name == "open.lock" else fcntl.LOCK_EX)
            i.run(*words, expect=75)
        equal(sorted(os.listdir(os.path.join(i.folder, "store"))), ["CURRENT", "gen-1", "open.lock", "write.lock"], f"{name} {words}")
    i.run("store", "verify")


def test_stopped(folder):
    """A signal leaves nothing of a backup, of a restoring, of a compaction."""
    i = made(folder)
    i.imported(*months(folder, 1, 600))
    content, path = i.dump(), backup(i)
    commands = (("backup", "--to", os.path.join(folder, "to")), ("restore", path), ("compact",))
    took, stopped = [], 0
    for words in commands:
        started = time.monotonic()
        i.run("store", *words)
        took.append(time.monotonic() - started)
    for n in range(30):
        words, started = commands[n % 3], time.monotonic()
        p = subprocess.Popen([FLUXRSA, "-c", i.config, "store", *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            p.wait(timeout=took[n % 3] * (n // 3 + 1) / 11)
            # It is not the machine that it was when this was measured; below too.
            took[n % 3] = time.monotonic() - started
        except subprocess.TimeoutExpired:
            p.send_signal(signal.SIGINT if n % 2 else signal.SIGTERM)
        err = p.communicate()[1].decode()
        took[n % 3] *= 2 if p.returncode < 0 else 1
        check(p.returncode in (0, 75, -signal.SIGINT, -signal.SIGTERM), f"{words}: exit {p.returncode} {err}")
        stopped += p.returncode == 75
        left = [x for x in os.listdir(os.path.join(i.folder, "store")) if x.startswith(".")]
        if p.returncode in (0, 75):
            equal(left, [], f"{words}: left in the store's folder")
        if os.path.isdir(os.path.join(folder, "to")) and p.returncode in (0, 75):
            check(".backup-new" not in os.listdir(os.path.join(folder, "to")), "left in the folder of backups")
    check(stopped > 3, f"{stopped} of 30 were stopped")
    equal(i.dump(), content, "the store")


def test_compact(folder):
    i = made(folder)
    a, b = months(folder, 2, 300)
    i.imported(a)
    i.imported(b)
    i.run("flux", "undo", "2", "--reason", "a test")
    content = i.dump()
    done = i.run("store", "compact", "--json").json()
    check(done["bytes_after"] < done["bytes_before"], f"{done}")
    equal(done["generation"], 2, "generation")
    equal(i.dump(), content, "the content")
    equal(sorted(os.listdir(os.path.join(i.folder, "store"))), ["CURRENT", "gen-2", "open.lock", "write.lock"], "the store's folder")
    equal([x["op"] for x in i.run("audit", "show", "--json").json()][-1], "store.compact", "the journal")
    equal(i.imported(b)[0]["status"], "applied", "it goes on")
    i.run("store", "verify")


def test_nothing_to_read(folder):
    """What a backup holds of persons is sealed."""
    i = made(folder)
    a = months(folder, 1, 40)[0]
    i.imported(a)
    with open(os.path.join(backup(i), "data.mdb"), "rb") as f:
        data = f.read()
    with open(a, "rb") as f:
        text = f.read()
    for tag in (b"<NOM>", b"<NUMDEMRSA>", b"<DTNAI>"):
        value = text.split(tag)[1].split(b"<")[0].strip()
        check(len(value) > 3 and value not in data, f"{tag} can be read")
    check(run("store", "--help").code == 0, "help")


main(*[f for name, f in sorted(globals().items()) if name.startswith("test_")])
