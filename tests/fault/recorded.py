"""Nights that are recorded, to be cut anywhere, and the syncs that the daemon makes in them by what they are for."""
import os

from disk import Disk, read_log
from faults import environment, equal
from night import OURS, STATES

SPOOL = ("drop", *STATES)


def once_file(night):
    path = os.path.join(night.folder, "once")
    if os.path.exists(path):
        os.unlink(path)
    return path


def begin(night):
    """A night whose record is empty; the environment that records."""
    log = os.path.join(night.folder, "record")
    if os.path.exists(log):
        os.unlink(log)
    night.reset(os.path.join(night.folder, "recorded"))
    return log


def record(night, program="fluxrsad", spec="", then=None):
    """The disk before the night, and what the night did to it, and what then() did."""
    log = begin(night)
    for name in night.names:
        night.drop(name)
    disk = Disk(night.place)
    env = environment(program=program, log=log, root=night.place)
    if spec:
        env["FLUXRSA_INJECT"], env["FLUXRSA_INJECT_ONCE"] = spec, once_file(night)
    equal(night.start("--once", env=env).wait(timeout=300), 0, "the recorded night")
    if then:
        then(environment(log=log, root=night.place))
    return disk, read_log(log)


class Places:
    """Which sync of the spool is for what, from what came before it."""

    def __init__(self, disk):
        number_of = {id(file): number for number, file in disk.files.items()}
        self.made = {number_of[id(file)]: path for path, file in disk.names.items() if file}
        self.root = disk.root
        self.spool = tuple(os.path.join(disk.root, folder) + "/" for folder in SPOOL)
        self.last, self.texts = None, set()

    def take(self, op):
        """What a sync of the spool protects; None for any other operation."""
        kind, word = op.kind, op.words[0]
        if kind == "create":
            self.made[word] = op.words[1]
        elif kind == "sync":
            path = self.made[word]
            return self.of_file(path) if path.startswith(self.spool) else None
        elif kind == "syncdir":
            return self.of_folder(word) if (word + "/").startswith(self.spool) else None
        elif kind in ("rename", "unlink", "mkdir") and word.startswith(self.spool):
            self.last = op
            if kind == "rename" and os.path.basename(op.words[1]) in OURS:
                self.texts.add(op.words[1])
        return None

    def of_file(self, path):
        folder, name = os.path.split(path)
        if folder.startswith(self.spool[0]):
            return "dropped file"
        name = name[1:-len(".part")]
        if name != "arrival":
            return name
        if os.path.join(folder, "reason.txt") in self.texts:
            return "slip of an end"
        return "slip of a death" if os.path.join(folder, name) in self.texts else "slip of a claim"

    def of_folder(self, path):
        parents = [os.path.dirname(word) for word in self.last.words if word]
        if path.startswith(self.spool[0]):
            return "claims"
        if self.last.kind == "unlink" and parents[0] == path:
            return "destroyed" if path.endswith("/work") else "expired"
        return "end" if parents[-1] == path else f"{os.path.relpath(path, self.root)} after {self.last.kind}"


def named(disk, ops):
    """For each operation what it protects, when it is a sync of the spool; the disk is as before them."""
    places = Places(disk)
    return [places.take(op) for op in ops]
