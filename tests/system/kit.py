"""What system tests share: an instance in a temporary folder, the programs under test, made-up flux, and checks that say what failed."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

BUILD = os.environ["FLUXRSA_BUILD"]
SOURCE = os.environ["FLUXRSA_SOURCE"]
SHARED = os.environ.get("FLUXRSA_SHARED", os.path.join(SOURCE, "..", "shared"))
FLUXRSA = os.path.join(BUILD, "fluxrsa")
DUMP = os.path.join(BUILD, "tests", "dump")
SKIP = 77


class Failure(Exception):
    pass


def check(condition, what):
    if not condition:
        raise Failure(what)


def equal(got, expected, what):
    check(got == expected, f"{what}: got {got!r}, expected {expected!r}")


class Run:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout.decode(), done.stderr.decode()

    def json(self):
        check(self.out, f"exit {self.code} without a word on the output: {self.err}")
        return json.loads(self.out)


def run(*words, expect=0, env=None, stdin=None, timeout=300):
    """Runs fluxrsa; expect is the exit code wanted, or None."""
    base = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "LANGUAGE": "en"}
    base.update({name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ})
    base.update(env or {})
    done = Run(subprocess.run([FLUXRSA, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, input=stdin, env=base,
                              timeout=timeout))
    if expect is not None and done.code != expect:
        raise Failure(f"fluxrsa {' '.join(map(str, words))}: exit {done.code}, expected {expect}\n{done.out}{done.err}")
    return done


class Instance:
    """An instance of its own; settings: lines that replace those of the same key in the configuration."""

    def __init__(self, folder, departement="062", **settings):
        self.folder = folder
        run("init", folder, "--departement", departement)
        self.config = os.path.join(folder, "fluxrsa.conf")
        for key, value in settings.items():
            self.set(key, value)

    def set(self, key, value):
        with open(self.config, encoding="utf-8") as f:
            lines = f.read().split("\n")
        for i, line in enumerate(lines):
            if line.lstrip("# ").startswith(key + " =") or line.lstrip("#").startswith(key + "="):
                lines[i] = f"{key} = {value}"
                break
        else:
            raise Failure(f"no setting {key} in the configuration")
        with open(self.config, "w", encoding="utf-8") as f:
            f.write("\n".join(lines))

    def run(self, *words, **options):
        return run("-c", self.config, *words, **options)

    def imported(self, *files, expect=0):
        """The objects of import --json."""
        return self.run("import", "--json", *files, expect=expect).json()

    def dumping(self):
        keys = os.path.join(self.folder, "keys")
        return [DUMP, os.path.join(self.folder, "store"), keys, os.path.join(keys, "master.key")]

    def dump(self):
        """The content, as text; store_verify has passed."""
        done = subprocess.run(self.dumping(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        check(done.returncode == 0, f"dump: {done.stderr.decode()}")
        return done.stdout.decode()


def children_of(pid):
    """Ids, the oldest first; none of a process that is no more."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return [int(word) for word in f.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def parser_of(pid):
    """The child of this fluxrsa, once it is there; None when fluxrsa ended before."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            children = children_of(pid)
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
                ended = f.read().rsplit(")", 1)[1].split()[0] == "Z"
        except (FileNotFoundError, ProcessLookupError):
            return None
        if children:
            return children[0]
        if ended:
            return None
        time.sleep(0.001)
    return None


def sample(path, households, *words):
    run("sample", "generate", "--households", households, "-o", path, *words)
    return path


def shared(*names):
    """A file of the reference material, or the end of the test as skipped."""
    path = os.path.join(SHARED, *names)
    if not os.path.exists(path):
        print(f"skipped: {os.path.join(*names)} is not here")
        sys.exit(SKIP)
    return path


def main(*cases):
    """Runs each case with a fresh folder, or those that the command line names; ends the program."""
    named = [word for word in sys.argv[1:] if word.startswith("test_")]
    cases = [case for case in cases if not named or case.__name__ in named]
    failed = 0 if len(cases) >= len(named) else 1
    for case in cases:
        folder = tempfile.mkdtemp(prefix="fluxrsa-test-")
        try:
            case(folder)
            print(f"ok {case.__name__}")
        except Failure as why:
            failed += 1
            print(f"FAILED {case.__name__}: {why}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(cases) - failed} of {len(cases)} cases right")
    sys.exit(1 if failed else 0)
