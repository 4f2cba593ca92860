"""What a disk may hold after a power cut, from the record that the preloaded library made of a run.

The disk of this model keeps what was synced, and of the rest what it likes: writes of data in any subset, each whole or torn at 512 bytes;
names (made, renamed, removed) in the order in which they were given, as file systems with a journal do, up to any point after the last
sync of the folder. A file is as long as the writes and truncations that reached the disk make it."""
import os

SECTOR = 512


class Op:
    def __init__(self, kind, words, data=b""):
        self.kind, self.words, self.data = kind, words, data


def read_log(path):
    ops = []
    with open(path, "rb") as f:
        text = f.read()
    at = 0
    while at < len(text):
        end = text.index(b"\n", at)
        kind, *words = text[at:end].decode("utf-8", "surrogateescape").split("\t")
        at = end + 1
        data = b""
        if kind == "write":
            data = text[at:at + int(words[2])]
            at += len(data)
        ops.append(Op(kind, words, data))
    return ops


class File:
    """A file: what is surely on the disk, and the writes since."""

    def __init__(self, data=b""):
        self.data, self.pending = data, []

    def apply(self, data, op):
        if op.kind == "truncate":
            size = int(op.words[1])
            return data[:size] + bytes(max(0, size - len(data)))
        at = int(op.words[1])
        data += bytes(max(0, at - len(data)))
        return data[:at] + op.data + data[at + len(op.data):]

    def sync(self):
        for op in self.pending:
            self.data = self.apply(self.data, op)
        self.pending = []

    def survivor(self, mode, chance):
        data = self.data
        for op in self.pending:
            if mode in ("none", "names") or (mode in ("subset", "torn") and chance.random() < 0.5):
                continue
            if mode == "torn" and op.kind == "write":
                for first in range(0, len(op.data), SECTOR):
                    if chance.random() < 0.7:
                        part = Op("write", [op.words[0], str(int(op.words[1]) + first)], op.data[first:first + SECTOR])
                        data = self.apply(data, part)
                continue
            data = self.apply(data, op)
        return data


class Disk:
    """The files below root, as they are now, then as the operations change them."""

    def __init__(self, root):
        self.root, self.files = root, {}
        self.names = {}  # path -> file, or None for a folder; surely on the disk
        self.given = []  # operations on names since
        for at, folders, names in os.walk(root):
            self.names[at] = None
            for name in names:
                path = os.path.join(at, name)
                with open(path, "rb") as f:
                    file = File(f.read())
                self.files[str(os.stat(path).st_ino)] = file
                self.names[path] = file

    def take(self, op):
        if op.kind == "create":
            self.files[op.words[0]] = File()
            self.given.append(("put", op.words[1], self.files[op.words[0]]))
        elif op.kind == "mkdir":
            self.given.append(("put", op.words[0], None))
        elif op.kind in ("rename", "unlink", "link"):
            self.given.append((op.kind, *op.words[:2]))
        elif op.kind == "syncdir":
            self.sync_names(op.words[0])
        elif op.words[0] in self.files:
            file = self.files[op.words[0]]
            if op.kind == "sync":
                file.sync()
            elif op.kind == "write" and op.words[3] == "1":
                # O_DSYNC: this write is on the disk when the call returns, and no other.
                file.data = file.apply(file.data, op)
            else:
                file.pending.append(op)

    def sync_names(self, folder):
        """Names are given in order: what is synced brings what came before it."""
        last = max((i for i, change in enumerate(self.given) if folder in map(os.path.dirname, filter(is_path, change[1:]))), default=-1)
        for change in self.given[:last + 1]:
            change_names(self.names, change)
        self.given = self.given[last + 1:]

    def survivor(self, place, mode, chance, only=("",)):
        """Writes one state of the disk into place; only: folders of the root."""
        names = dict(self.names)
        kept = {"prefix": len(self.given), "names": len(self.given), "none": 0}.get(mode, chance.randint(0, len(self.given)))
        for change in self.given[:kept]:
            change_names(names, change)
        below = tuple(os.path.join(self.root, folder) for folder in only)
        for path in sorted(name for name in names if name.startswith(below)):
            file, to = names[path], place + path[len(self.root):]
            if file is None:
                os.makedirs(to, mode=0o700, exist_ok=True)
                continue
            with open(to, "wb") as f:
                f.write(file.survivor(mode, chance))
            os.chmod(to, 0o400 if "/keys/" in to else 0o600)


def is_path(word):
    return isinstance(word, str) and word.startswith("/")


def change_names(names, change):
    kind, path, other = (*change, None)[:3]
    if kind == "put":
        names[path] = other
    elif kind == "unlink":
        names.pop(path, None)
    elif kind == "link":
        names[other] = names[path]
    elif kind == "rename" and path in names:
        for old in [name for name in names if name == path or name.startswith(path + "/")]:
            names[other + old[len(path):]] = names.pop(old)
