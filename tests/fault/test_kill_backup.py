"""SIGKILL before and after each call of a backup, a restoring, a compaction that changes a disk: the store opens, its content is as before or
as after, nothing left behind is taken for a store or a backup, and the next run puts all right."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faults import FLUXRSA, LONG, SANITIZED, SEED, Findings, Instance, check, environment, equal, main, read_counts, rng, sample, some  # noqa: E402

STEPS = 10**9 if LONG else 8 if SANITIZED else 25
SIGKILL = -9


class Stage:
    """An instance, and one command to disturb: its content before and after is known."""

    def __init__(self, folder, instance, saved, *words):
        self.instance, self.saved, self.words = instance, saved, words
        self.other_keys = False
        self.model, self.place = instance.folder, os.path.join(folder, "i")
        self.reset()
        self.before = instance.dump()
        path = os.path.join(folder, "count")
        done = self.run(environment(count=path))
        check(done.returncode == 0, f"counting: {done.stderr.decode()}")
        self.steps = read_counts(path)["step"]
        self.after = instance.dump()

    def reset(self):
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.model, self.place)
        self.instance.folder, self.instance.config = self.place, os.path.join(self.place, "fluxrsa.conf")

    def run(self, env):
        words = [self.saved if w == "SAVED" else w for w in self.words]
        return subprocess.run([FLUXRSA, "-c", self.instance.config, "store", *words], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=120)

    def clean(self, what):
        names = [n for n in os.listdir(os.path.join(self.place, "store")) if n not in ("open.lock", "write.lock", "CURRENT")]
        with open(os.path.join(self.place, "store", "CURRENT"), encoding="ascii") as f:
            equal(names, [f.read().split()[0]], f"{what}: generations")
        keys = [n for n in os.listdir(os.path.join(self.place, "keys")) if n.startswith(("kek", "index", "keyring"))]
        equal(len(keys), 3, f"{what}: keys {keys}")


def months(folder):
    return (sample(os.path.join(folder, "a.xml"), 30, "--month", "2025-01"),
            sample(os.path.join(folder, "b.xml"), 40, "--month", "2025-02", "--month-index", "1", "--changed", "300"))


def saved(folder):
    """An instance with two flux, and its backup of the first one."""
    a, b = months(folder)
    i = Instance(os.path.join(folder, "model"), max_created_share="0 %", max_missing_share="0 %")
    i.imported(a)
    path = os.path.join(folder, "saved")
    os.rename(i.run("store", "backup", "--json").json()["folder"], path)
    i.imported(b)
    return i, path


def foreign(folder, model):
    """Another instance, which was given the backup key of model."""
    i = Instance(os.path.join(folder, "foreign"))
    i.imported(os.path.join(folder, "b.xml"))
    key = os.path.join(i.folder, "keys", "backup.key")
    os.unlink(key)
    shutil.copy2(os.path.join(model.folder, "keys", "backup.key"), key)
    return i


def whole_backups(stage, what):
    """What has the name of a backup is one."""
    at = os.path.join(stage.place, "backup")
    found = [n for n in os.listdir(at) if n[0] != "." and n != "backup.lock"]
    for name in found:
        check(stage.instance.run("store", "verify", os.path.join(at, name), expect=None).code == 0, f"{what}: {name} is no backup")
    return found


def campaign(stage, judge):
    found, killed, done = Findings(), 0, 0
    for n in some(rng(), STEPS, stage.steps):
        for kind in ("KILL", "KILLED"):
            stage.reset()
            spec = f"step:{kind}:{n}"
            equal(stage.run(environment(spec=spec)).returncode, SIGKILL, f"{spec}: the end")
            killed += 1
            with found:
                content = stage.instance.dump()
                check(content in (stage.before, stage.after), f"{spec}: neither before nor after")
                stage.instance.run("store", "verify")
                # A journal of other keys is set aside after the store is another one: killed in between, the next run does it.
                audit = stage.instance.run("audit", "verify", expect=None).code
                check(audit == 0 or stage.other_keys and audit == 69 and content == stage.after, f"{spec}: the journal")
                done += judge(stage, spec, content)
                stage.instance.run("audit", "verify")
    found.end()
    print(f"seed {SEED}: {killed} kills at {stage.steps} steps, {done} after what counts")
    check(0 < done < killed, "the kills reach both sides")


def test_backup(folder):
    def judge(stage, what, content):
        equal(content, stage.before, f"{what}: a backup changes nothing")
        made = whole_backups(stage, what)
        stage.instance.run("store", "backup")
        equal(len(whole_backups(stage, what)), len(made) + 1, f"{what}: the next backup")
        left = [n for n in os.listdir(os.path.join(stage.place, "backup")) if n.startswith(".")]
        equal(left, [], f"{what}: left behind")
        return len(made)

    model, path = saved(folder)
    campaign(Stage(folder, model, path, "backup"), judge)


def test_backup_that_fails(folder):
    """What is said not to be made is not there; memory that lacks is no bug."""
    model, path = saved(folder)
    stage, tried, made = Stage(folder, model, path, "backup"), 0, 0
    count = os.path.join(folder, "counts")
    stage.reset()
    stage.run(environment(count=count))
    counts = read_counts(count)
    for kind, fault, most in (("fsync", "EIO", STEPS), ("rename", "EIO", STEPS), ("mkdir", "EACCES", STEPS), ("open", "EMFILE", 60), ("malloc", "ENOMEM", 60)):
        for n in some(rng(), most, counts[kind]):
            stage.reset()
            done, spec = stage.run(environment(spec=f"{kind}:{fault}:{n}")), f"{kind}:{fault}:{n}"
            there = done.returncode == 0 or b"the backup is made, but" in done.stderr
            check(done.returncode in (0, 69, 74, 75, 77), f"{spec}: exit {done.returncode} {done.stderr.decode()}")
            at = os.path.join(stage.place, "backup")
            equal(len(whole_backups(stage, spec)) if os.path.isdir(at) else 0, int(there), f"{spec}: backups")
            tried, made = tried + 1, made + there
    print(f"seed {SEED}: {tried} faults, {made} backups all the same")
    check(0 < made < tried, "faults do harm")


def restoring(stage, what, content):
    # What is restored already is restored again without a reason.
    stage.instance.run("store", "restore", stage.saved, *([] if content == stage.after else ["--reason", "again"]))
    equal(stage.instance.dump(), stage.after, f"{what}: the next run")
    stage.clean(what)
    return content == stage.after


def test_restore(folder):
    model, path = saved(folder)
    campaign(Stage(folder, model, path, "restore", "SAVED", "--reason", "a test"), restoring)


def test_acts_that_wait(folder):
    """An import that was killed before its line reached the journal: who replaces the store writes it."""
    model, path = saved(folder)
    scene, waited = Stage(folder, model, path, "restore", "SAVED", "--reason", "a test"), 0
    later = sample(os.path.join(folder, "c.xml"), 40, "--month", "2025-03", "--month-index", "2", "--changed", "300")

    def importing(env):
        return subprocess.run([FLUXRSA, "-c", scene.instance.config, "import", later], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def imports():
        return [x["subject"] for x in scene.instance.run("audit", "show", "--json").json() if x["op"] == "import"]

    scene.reset()
    count = os.path.join(folder, "count")
    check(importing(environment(count=count)).returncode == 0, "counting")
    for n in range(read_counts(count)["step"], 0, -1):
        scene.reset()
        importing(environment(spec=f"step:KILLED:{n}"))
        applied = [f["flux"] for f in scene.instance.run("flux", "list", "--json").json() if f["status"] == "applied"]
        if len(applied) == 3 and len(imports()) == 2:
            waited += 1
            check(scene.run(environment()).returncode == 0, f"step {n}: restoring")
            equal(imports(), ["flux:1", "flux:2", "flux:3"], f"step {n}: the journal")
            scene.instance.run("audit", "verify")
        elif len(applied) < 3:
            break
    print(f"{waited} steps between commit and journal")
    check(waited > 0, "an act waits")


def test_restore_with_other_keys(folder):
    """The keys and the store change at one stroke."""
    model, path = saved(folder)
    stage = Stage(folder, foreign(folder, model), path, "restore", "SAVED", "--reason", "a test")
    stage.other_keys = True
    campaign(stage, restoring)


def test_compact(folder):
    def judge(stage, what, content):
        equal(content, stage.before, f"{what}: the content")
        with open(os.path.join(stage.place, "store", "CURRENT"), encoding="ascii") as f:
            done = f.read() != "gen-1\n"
        stage.instance.run("store", "compact")
        equal(stage.instance.dump(), stage.before, f"{what}: the next run")
        stage.clean(what)
        return done

    model, path = saved(folder)
    campaign(Stage(folder, model, path, "compact"), judge)


main(*[f for name, f in sorted(globals().items()) if name.startswith("test_")])
