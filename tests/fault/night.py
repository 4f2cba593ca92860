"""A night for the crash campaigns: files that are dropped, the daemon that takes them, and what must be there in the morning."""
import hashlib
import os
import shutil
import subprocess
import time

from faults import BUILD, Failure, Instance, check, environment, equal, run, sample

FLUXRSAD = os.path.join(BUILD, "fluxrsad")
OURS = ("arrival", "reason.txt", "result.json", ".lock", ".round", ".said", "..said.part")
STATES = ("work", "done", "refused", "held")
SIDECAR = ".ok"


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


class Night:
    """A model instance, the files, and what one uninterrupted night makes of them. With sidecars a file is claimed at the first look at it;
    without, it has to be still for a second, and its slip is not synced."""

    def __init__(self, folder, households=40, dailies=6, keep_done="30 d", sidecars=True):
        self.folder, self.kept, self.sidecars = folder, keep_done != "0 d", sidecars
        self.same_disk = True
        self.files = os.path.join(folder, "files")
        os.makedirs(self.files)
        self.make_files(households, dailies)
        self.model = os.path.join(folder, "model")
        i = Instance(self.model, max_created_share="0 %", max_missing_share="0 %", max_closed_share="0 %")
        self.settle_fast(i, keep_done)
        self.place = os.path.join(folder, "i")
        self.reset()
        for name in self.names:
            self.drop(name)
        self.drain()
        self.content = self.instance.dump()
        self.ends = self.where()
        self.applied = self.ledger()
        check(len(self.applied) == dailies + 2, f"the uninterrupted night applied {len(self.applied)} flux")

    def make_files(self, households, dailies):
        made = os.path.join(self.folder, "made")
        run("sample", "generate", "--series", "2", "--dailies", "--households", households, "--no-indent", "-o", made)
        names = sorted(name for name in os.listdir(made) if name.endswith(".xml"))
        chosen = [n for n in names if "RSABEM" in n][:2] + [n for n in names if "RSABEI" in n][-dailies:]
        for name in chosen:
            shutil.copy(os.path.join(made, name), os.path.join(self.files, name))
        # The same bytes twice are done, and change nothing.
        shutil.copy(os.path.join(self.files, chosen[0]), os.path.join(self.files, "twice.xml"))
        with open(os.path.join(self.files, "no-flux.xml"), "wb") as f:
            f.write(b"<html>moved</html>\n")
        sample(os.path.join(self.files, "elsewhere.xml"), 5, "--departement", "059", "--month", "2025-03")
        self.names = sorted(os.listdir(self.files))
        self.by_sha = {}
        for name in self.names:
            self.by_sha.setdefault(sha256(os.path.join(self.files, name)), []).append(name)

    def settle_fast(self, i, keep_done):
        for key, value in (("scan", "1 s"), ("retry", "1 s"), ("keep_done", keep_done)):
            i.set(key, value)
        with open(i.config, encoding="utf-8") as f:
            text = f.read()
        source = "complete = sidecar\n" if self.sidecars else "complete = rename\nstill = 1 s\n"
        check(text.count("[source.caf]\n") == 1, "the source of the night")
        with open(i.config, "w", encoding="utf-8") as f:
            f.write(text.replace("[source.caf]\n", "[source.caf]\n" + source))

    def reset(self, place=None):
        self.place = place or self.place
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.model, self.place)
        self.stand(self.place)

    def stand(self, place):
        self.place = place
        self.instance = Instance.__new__(Instance)
        self.instance.folder, self.instance.config = place, os.path.join(place, "fluxrsa.conf")

    def drop(self, name):
        there = os.path.join(self.place, "drop", "caf", name)
        shutil.copy(os.path.join(self.files, name), there + ".part")
        os.rename(there + ".part", there)
        self.note()

    def note(self):
        """A sender that uses sidecars puts one beside each file that has none."""
        drop = os.path.join(self.place, "drop", "caf")
        for name in os.listdir(drop) if self.sidecars else ():
            if not name.endswith((SIDECAR, ".part")):
                with open(os.path.join(drop, name + SIDECAR), "ab"):
                    pass

    def command(self, *words):
        return [FLUXRSAD, "-c", self.instance.config, *words]

    def start(self, *words, env=None):
        env = env or {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "LANGUAGE": "en"}
        with open(os.path.join(self.folder, "log"), "ab") as log:
            return subprocess.Popen(self.command(*words), env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def drain(self, tries=40):
        """Runs the daemon until nothing is left to do."""
        for _ in range(tries):
            self.note()
            code = self.start("--once").wait(timeout=300)
            left = [name for name, places in self.where().items() for place in places if place in ("drop", "work")]
            if code == 0 and not left:
                return
            time.sleep(0.2)
        raise Failure(f"the daemon does not come to an end: exit {code}, left {left}")

    def where(self):
        """name of each dropped file, by content -> the places where it lies; several names of one content are one."""
        found = {names[0]: [] for names in self.by_sha.values()}
        for at, _, names in os.walk(self.place):
            first = os.path.relpath(at, self.place).split(os.sep)[0]
            for name in names if first in ("drop", *STATES) else ():
                if name not in OURS and not name.endswith(SIDECAR) and not (name.startswith(".") and name.endswith(".part")):
                    names_of = self.by_sha.get(sha256(os.path.join(at, name)))
                    check(names_of, f"{os.path.join(at, name)}: a file that nobody dropped, or not whole")
                    found[names_of[0]].append(first)
        return {name: sorted(places) for name, places in found.items()}

    def ledger(self):
        """How often each content was applied."""
        count = {}
        for f in self.instance.run("flux", "list", "--json").json():
            if f["status"] == "applied":
                count[f["sha256"]] = count.get(f["sha256"], 0) + 1
        return count

    def nothing_lost(self, dropped, what):
        """At any instant: each dropped file lies somewhere, or what it holds was applied and it was destroyed."""
        where = self.where()
        missing = [name for name in dropped if not where[self.first_name(name)]]
        if missing and not self.kept:
            applied = self.ledger()
            missing = [name for name in missing if sha256(os.path.join(self.files, name)) not in applied]
        check(not missing, f"{what}: lost: {missing}")
        twice = {name: places for name, places in where.items() if len(places) > len(self.by_sha[sha256(os.path.join(self.files, name))])}
        check(not twice, f"{what}: more often than it was dropped: {twice}")
        self.texts_are_whole(what)

    def texts_are_whole(self, what):
        """What is refused or held has its slip, its reason and, when the import told one, its result; and a slip that says what its folder
        does not say is never cut."""
        for state in ("work", "refused", "held"):
            for at, _, names in os.walk(os.path.join(self.place, state)):
                ended = state != "work"
                # In work it is needed until the file was imported, and what is written then for done/ is not synced.
                if all(name.startswith(".") or name in OURS for name in names) or not (ended or self.sidecars and "reason.txt" not in names):
                    continue
                for name, end in (("arrival", b"\nend=\n"), ("reason.txt", b"\n"), ("result.json", b"]\n")):
                    if name == "arrival" or ended and (name != "result.json" or name in names):
                        self.text_is_whole(os.path.join(at, name), end, what)

    def text_is_whole(self, path, end, what):
        check(os.path.exists(path), f"{what}: {path} is missing")
        with open(path, "rb") as f:
            text = f.read()
        check(text.endswith(end) and b"\0" not in text, f"{what}: {path} is cut")

    def first_name(self, name):
        return self.by_sha[sha256(os.path.join(self.files, name))][0]

    def put_back(self):
        """What an operator does with a file whose import died too often, through no fault of its own. How many there were."""
        count = 0
        base = os.path.join(self.place, "refused")
        for arrival in [name for name in os.listdir(base) if os.path.isdir(os.path.join(base, name))]:
            with open(os.path.join(base, arrival, "reason.txt"), encoding="utf-8") as f:
                reason = f.read()
            if "Its import died" not in reason:
                continue
            for name in os.listdir(os.path.join(base, arrival)):
                if name not in OURS:
                    os.rename(os.path.join(base, arrival, name), os.path.join(self.place, "drop", "caf", name))
                    count += 1
            shutil.rmtree(os.path.join(base, arrival))
        return count

    def morning(self, what):
        """Everything is as after an uninterrupted night."""
        self.drain()
        poisoned = 0
        for _ in range(5):
            count = self.put_back()
            poisoned += count
            if not count:
                break
            self.drain()
        equal(self.where(), self.ends, f"{what}: where the files are")
        equal(self.ledger(), self.applied, f"{what}: how often each flux was applied")
        equal(self.instance.dump(), self.content, f"{what}: the content")
        self.journal(what)
        left = [name for name in os.listdir(os.path.join(self.place, "work")) if name not in OURS]
        check(not left, f"{what}: left in work: {left}")
        # A copy of the disk has other inodes, and a sidecar is known by its own.
        left = os.listdir(os.path.join(self.place, "drop", "caf")) if self.same_disk else []
        check(not left, f"{what}: left in the drop folder: {left}")
        return poisoned

    def journal(self, what):
        check(self.instance.run("audit", "verify", expect=None).code == 0, f"{what}: the journal does not verify")
        acts = [a["detail"].split()[0] for a in self.instance.run("audit", "show", "--json", "--limit", 1000).json() if a["op"] == "import"]
        equal(acts.count("applied"), len(self.applied), f"{what}: flux in the journal")


def counted(night, program):
    """How many steps each program makes in an uninterrupted night, and its longest single run."""
    path = os.path.join(night.folder, "count")
    night.reset()
    for name in night.names:
        night.drop(name)
    code = night.start("--once", env=environment(program=program, count=path)).wait(timeout=300)
    equal(code, 0, "the counted night")
    with open(path, encoding="ascii") as f:
        steps = [int(line.split()[1]) for line in f if line.startswith("step ")]
    os.unlink(path)
    return max(steps)
