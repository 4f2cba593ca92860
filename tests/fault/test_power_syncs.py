"""Each sync of the spool is left out of what was recorded: some state of the disk after a cut misses it, and none misses any as it is."""
import copy
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from disk import Disk, read_log  # noqa: E402
from faults import FLUXRSA, LONG, SEED, Failure, check, environment, equal, main, rng  # noqa: E402
from night import Night, sha256  # noqa: E402
from recorded import SPOOL, begin, named, record  # noqa: E402

LATER = 35 * 86400  # beyond keep_done, within what a clock is believed to have gone on
TEXTS = ("slip of a claim", "slip of a death", "reason.txt", "result.json", "slip of an end")
MODES = ("names", "torn") + ("prefix", "none", "subset") * LONG


class Recorded:
    """A record, and how what a cut leaves of it is judged; the disk is as before the record. misses: which syncs cannot be left out of it."""

    def __init__(self, night, disk, ops, judge, misses=()):
        self.night, self.disk, self.ops, self.judge, self.misses = night, disk, ops, judge, misses
        self.names = named(disk, ops)
        self.place = os.path.join(night.folder, "state")

    def state(self, disk, mode, chance, only=SPOOL):
        shutil.rmtree(self.place, ignore_errors=True)
        disk.survivor(self.place, mode, chance, only)
        self.night.stand(self.place)
        return self.night

    def bad_states(self, without=""):
        """Describes each state in which something is wrong, or "" for one that is right; with these syncs left out, from the first of them on."""
        disk, chance = copy.deepcopy(self.disk), rng(1)
        first = self.names.index(without) if without else 0
        self.rested = False
        for k, op in enumerate(self.ops):
            if not without or self.names[k] != without:
                disk.take(op)
            for what in self.judge(self, disk, k, chance) if k >= first else ():
                yield what and f"{without or 'no sync'} left out, cut after {k + 1} of {len(self.ops)}: {what}"

    def at_rest(self, k):
        """Whether the daemon has ended, or starts somebody who works upon what it did."""
        return k + 1 == len(self.ops) or (self.ops[k].kind == "start" and self.ops[k].words == ["fluxrsad"])

    def in_spool(self, k):
        op, spool = self.ops[k], tuple(os.path.join(self.disk.root, folder) for folder in SPOOL)
        return self.names[k] or op.kind in ("rename", "unlink") and op.words[0].startswith(spool)


def failure(action, *args):
    try:
        action(*args)
    except Failure as why:
        return str(why)
    return ""


def stays(recorded, disk, chance):
    """What the daemon has done stays when it goes on: a cut takes none of it back."""
    done = recorded.state(disk, "prefix", chance).where()
    return failure(equal, recorded.state(disk, "none", chance).where(), done, "what stays")


def judge_rest(recorded, disk, k, chance):
    if recorded.at_rest(k):
        yield stays(recorded, disk, chance)


def judge_night(recorded, disk, k, chance):
    """Originals are kept: each lies somewhere, once, and with its texts."""
    for mode in MODES if recorded.in_spool(k) else ():
        night = recorded.state(disk, mode, chance)
        yield failure(night.nothing_lost, night.names, mode)
    yield from judge_rest(recorded, disk, k, chance)


def judge_undone(recorded, disk, k, chance):
    """What was undone after it was settled is not applied again."""
    yield from judge_rest(recorded, disk, k, chance)
    if k + 1 == len(recorded.ops):
        night = recorded.state(disk, "none", chance, ("",))
        night.drain()
        yield "" if night.instance.dump() == recorded.undone else "what was undone is applied again"


def judge_claim(recorded, disk, k, chance):
    """Once somebody works upon a claimed file, it is whole there, or in the store."""
    night, name = recorded.night, recorded.claimed
    recorded.rested |= k > recorded.moved and recorded.at_rest(k)
    for mode in ("none", "names", "torn") if recorded.rested else ():
        recorded.state(disk, mode, chance, ("",))
        yield failure(whole_or_applied, night, name, mode)


def whole_or_applied(night, name, mode):
    if not night.where()[night.first_name(name)]:
        check(sha256(os.path.join(night.files, name)) in night.ledger(), f"{mode}: neither there nor applied")


def kept(folder):
    """An import is killed once."""
    night = Night(os.path.join(folder, "kept"), 10, 1)
    return Recorded(night, *record(night, "fluxrsa", "step:KILL:9"), judge_night, TEXTS)


def kept_without_sidecars(folder):
    night = Night(os.path.join(folder, "plain"), 10, 1, sidecars=False)
    return Recorded(night, *record(night), judge_night)


def expired(folder):
    """The next run, when what is done has been kept for long enough."""
    night = Night(os.path.join(folder, "expired"), 10, 1)
    log = begin(night)
    for name in night.names:
        night.drop(name)
    night.drain()
    disk = Disk(night.place)
    env = environment(program="fluxrsad", spec=f"clock:{LATER}:1+", log=log, root=night.place)
    equal(night.start("--once", env=env).wait(timeout=300), 0, "the recorded expiry")
    return Recorded(night, disk, read_log(log), judge_rest, ("expired",))


def undone(folder, keep_done, misses):
    night = Night(os.path.join(folder, "undone" + keep_done[0]), 10, 1, keep_done=keep_done)

    def undo(env):
        flux = max(f["flux"] for f in night.instance.run("flux", "list", "--json").json() if f["status"] == "applied")
        words = [FLUXRSA, "-c", night.instance.config, "flux", "undo", str(flux), "--reason", "a test"]
        subprocess.run(words, env=env, check=True, stdout=subprocess.DEVNULL)

    recorded = Recorded(night, *record(night, then=undo), judge_undone, (misses,))
    recorded.undone = night.instance.dump()
    check(recorded.undone != night.content, "something was undone")
    return recorded


def claimed(folder):
    """A payer's program that syncs nothing."""
    night = Night(os.path.join(folder, "claimed"), 10, 1, keep_done="0 d", sidecars=False)
    log, name = begin(night), [n for n in night.names if "RSABEM" in n][-1]
    drop = os.path.join(night.place, "drop", "caf", name)
    disk, env = Disk(night.place), environment(program="fluxrsad", log=log, root=night.place)
    words = ["dd", "if=" + os.path.join(night.files, name), "of=" + drop + ".part", "bs=16k"]
    subprocess.run(words, env=env, check=True, stderr=subprocess.DEVNULL)
    subprocess.run(["mv", drop + ".part", drop], env=env, check=True)
    equal(night.start("--once", env=env).wait(timeout=300), 0, "the recorded night")
    recorded = Recorded(night, disk, read_log(log), judge_claim, ("dropped file", "claims"))
    moved = [k for k, op in enumerate(recorded.ops) if op.kind == "rename" and op.words[0] == drop]
    check(moved, "the claim was not recorded")
    recorded.claimed, recorded.moved = name, moved[0]
    return recorded


def test_each_sync(folder):
    records = [claimed(folder), kept(folder), kept_without_sidecars(folder), expired(folder), undone(folder, "0 d", "destroyed"),
               undone(folder, "30 d", "end")]
    equal({name for recorded in records for name in recorded.names if name}, {name for recorded in records for name in recorded.misses},
          "what the daemon syncs, and what is missed")
    said = [what for recorded in records for what in recorded.bad_states()]
    total, said = len(said), [what for what in said if what]
    check(not said, f"{len(said)} failures\n  " + "\n  ".join(said[:20]))
    for recorded in records:
        for name in recorded.misses:
            check(any(recorded.bad_states(name)), f"no state of {recorded.night.folder} misses the sync: {name}")
    print(f"seed {SEED}: {total} states; each sync was missed when it was left out")
    if LONG:
        names = sorted({name for recorded in records for name in recorded.misses})
        missed = {name: sum(bool(what) for recorded in records if name in recorded.names for what in recorded.bad_states(name)) for name in names}
        print(f"states that miss each of them: {missed}")


main(test_each_sync)
