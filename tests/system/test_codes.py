"""Every code of the tables is produced by the real programs on some input, and every exit code by some command; codes explain themselves."""
import gzip
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import zipfile

from kit import BUILD, FLUXRSA, SOURCE, Instance, check, equal, main, run, sample
from midway import interrupted, midway

FAKE_PARSER = os.path.join(BUILD, "tests", "fake_parser")


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path


# ---- what a command tells ----

def codes_of(value):
    """Every code of a fault in what a command printed with --json, wherever it stands; a code of the flux itself has no message."""
    if isinstance(value, dict):
        found = {value["code"]} if "code" in value and "message" in value else set()
        return found.union(*map(codes_of, value.values()))
    return set().union(*map(codes_of, value)) if isinstance(value, list) else set()


def checked(path, program=FLUXRSA):
    done = subprocess.run([program, "check", "--json", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return codes_of(json.loads(done.stdout))


def imported(i, path):
    """The codes of the verdict, of the rejects and of the findings of a file."""
    verdicts = i.run("import", "--json", path, expect=None).json()
    found = codes_of(verdicts)
    for v in verdicts:
        if v["status"] == "applied":
            found |= codes_of(i.run("flux", "findings", v["flux"], "--json").json())
            for reject in i.run("rejects", "list", "--flux", v["flux"], "--json").json():
                found |= codes_of(i.run("rejects", "show", reject["id"], "--json").json())
    return found


# ---- archives ----

def gzip_broken(path):
    """A deflate block of a kind that does not exist."""
    write(path, gzip.compress(b"", mtime=0)[:10] + b"\x07" + bytes(20))


def gzip_changed(path):
    data = gzip.compress(b"<Racine/>" * 100)
    write(path, data[:-8] + bytes([data[-8] ^ 1]) + data[-7:])


def tar_gz(path, entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as t:
        for entry in entries:
            t.addfile(entry, io.BytesIO(bytes(entry.size)))
    write(path, gzip.compress(out.getvalue()))


def link(path):
    entry = tarfile.TarInfo("a.xml")
    entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
    tar_gz(path, [entry])


def announced_too_large(path):
    entry = tarfile.TarInfo("a.xml")
    entry.size = 5 << 30
    write(path, gzip.compress(entry.tobuf(tarfile.USTAR_FORMAT) + bytes(10240)))


def zip_of(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in members:
            z.writestr(name, data)


ARCHIVES = [
    ("F_ARCHIVE", "a.gz", gzip_broken),
    ("F_CHECKSUM", "b.gz", gzip_changed),
    ("F_ARCHIVE_MEMBER", "c.tar.gz", link),
    ("F_LIMIT_BYTES", "d.tar.gz", announced_too_large),
    ("F_LIMIT_RATIO", "e.zip", lambda path: zip_of(path, [("a.xml", bytes(64 << 20))])),
    ("F_LIMIT_MEMBERS", "f.zip", lambda path: zip_of(path, [(f"{n}.xml", b"<Racine/>") for n in range(100)])),
]


def from_archives(folder):
    for code, name, make in ARCHIVES:
        path = os.path.join(folder, name)
        make(path)
        found = checked(path)
        check(code in found, f"{name}: {found} and not {code}")
        yield code


# ---- a parser that misbehaves ----

def from_parsers(folder):
    """The fake parser stands beside a copy of the program; the first byte of the file says what it does."""
    program = os.path.join(folder, "fluxrsa")
    shutil.copy(FLUXRSA, program)
    shutil.copy(FAKE_PARSER, os.path.join(folder, "fluxrsa-parse"))
    for code, order in (("F_PARSER_DIED", b"k"), ("F_PARSER_STUCK", b"s"), ("F_PARSER_LIED", b"g")):
        found = checked(write(os.path.join(folder, code), order), program)
        equal(found, {code}, f"a parser told to {order.decode()}")
        yield code


# ---- what depends on the instance or the moment ----

def from_a_file_that_changes(folder):
    """The import waits while the file is touched."""
    i = Instance(os.path.join(folder, "changing"))
    path = sample(os.path.join(folder, "large.xml"), 20000)
    with midway(i, path, "--json") as (p, _):
        os.utime(path, (1, 1))
    out, _ = p.communicate(timeout=120)
    found = codes_of(json.loads(out))
    check("F_CHANGED" in found, f"a file touched while it is read: {found}")
    return found


def from_two_files_of_one_identity(folder):
    i = Instance(os.path.join(folder, "twins"))
    i.imported(sample(os.path.join(folder, "one.xml"), 20, "--seed", "1"))
    found = imported(i, sample(os.path.join(folder, "two.xml"), 20, "--seed", "2"))
    check("F_IDENTITY" in found, f"the same identity with other bytes: {found}")
    return found


def from_flux_unlike_the_last_one(folder):
    """A month and a day that have other households than those before; a right that a daily flux closed and the monthly one opens."""
    i = Instance(os.path.join(folder, "volumes"))
    path = os.path.join(folder, "january.xml")
    with open(sample(path, 60), encoding="utf-8") as f:
        text = f.read()
    daily = text.replace("<TYPEFLUX>M<", "<TYPEFLUX>I<").replace("<DTREF>2025-01-31<", "<DTREF>2025-02-03<")
    daily = daily.replace("<DTCREAFLUX>2025-02-05<", "<DTCREAFLUX>2025-02-03<")
    i.imported(write(os.path.join(folder, "daily.xml"), re.sub("<ETATDOSRSA>.<", "<ETATDOSRSA>5<", daily).encode()))
    found = imported(i, path)
    equal(found & {"F_VOLUME", "D_REVERSED"}, {"D_REVERSED"}, "the monthly flux of rights that a daily one closed")
    other = sample(os.path.join(folder, "february.xml"), 60, "--month", "2025-02", "--seed", "2")
    found |= imported(i, other)
    with open(other, encoding="utf-8") as f:
        text = f.read().replace("<TYPEFLUX>M<", "<TYPEFLUX>I<")
    return found | imported(i, write(other, text.encode()))


def from_another_payer(folder):
    i = Instance(os.path.join(folder, "payers"))
    path = sample(os.path.join(folder, "caf.xml"), 5)
    found = codes_of(i.run("import", "--json", "--source", "msa", path, expect=65).json())
    equal(found, {"F_EMITTER"}, "a flux of the CAF in the folder of the MSA")
    return found


# ---- made-up flux with faults ----

def from_made_up_faults(folder):
    """The faults of households together in one flux, and each fault of a file in a flux of its own."""
    faults = run("sample", "faults", "--json").json()
    path = os.path.join(folder, "faults.xml")
    i = Instance(os.path.join(folder, "faults"), max_reject_share="100 %")
    run("sample", "generate", "--households", "400", "--faults", "all", "-o", path)
    found = imported(i, path) | checked(path)
    missed = sorted({f["code"] for f in faults if not f["file"]} - found)
    equal(missed, [], "faults of households that are not found again")
    i = Instance(os.path.join(folder, "files"))
    for fault in faults:
        if not fault["file"]:
            continue
        run("sample", "generate", "--households", "40", "--faults", fault["fault"], "-o", path)
        here = imported(i, path)
        check(fault["code"] in here, f"{fault['fault']}: {here} and not {fault['code']}")
        found |= here
    return found


def test_every_code_is_produced(folder):
    rules = {c["code"]: c for c in run("codes", "list", "--json").json()}
    check(len(rules) > 80, "the table")
    found = set()
    for source in (from_archives, from_parsers, from_a_file_that_changes, from_two_files_of_one_identity,
                   from_flux_unlike_the_last_one, from_another_payer, from_made_up_faults):
        found |= set(source(folder))
    equal(sorted(found - set(rules)), [], "codes that no table knows")
    equal(sorted(set(rules) - found), [], "codes that nothing produces")


# ---- codes explain themselves ----

def test_codes_explain_themselves(folder):
    for rule in run("codes", "list", "--json").json():
        shown = run("codes", "show", rule["code"].lower()).out
        shown_json = run("codes", "show", rule["code"], "--json").json()
        for key in ("code", "message", "advice", "source"):
            check(rule[key] and rule[key] in shown, f"{rule['code']}: {key}")
        equal({k: shown_json[k] for k in rule}, rule, rule["code"])
        check(shown_json["sources"] and all(s["meaning"] and s["where"] for s in shown_json["sources"]), f"{rule['code']}: sources")
        check(rule["code"] in run("codes", "list").out, f"{rule['code']} in the list")


def test_codes_speak_french(folder):
    french = {"LANGUAGE": "fr", "LC_ALL": "C.UTF-8"}
    for rule in run("codes", "list", "--json").json():
        said = run("codes", "show", rule["code"], "--json", env=french).json()
        equal((said["code"], said["severity"]), (rule["code"], rule["severity"]), "what machines read")
        check(said["message"] != rule["message"] and said["advice"] != rule["advice"], f"{rule['code']}: {said}")
    i = Instance(os.path.join(folder, "i"), langue="fr")
    check("le fichier est vide" in i.run("codes", "show", "F_EMPTY").out, "the language of the configuration")


def test_a_code_that_is_none_is_answered_with_the_nearest(folder):
    done = run("codes", "show", "D_NOKEY", expect=66)
    check("D_NO_KEY" in done.err and done.out == "", done.err)
    check("codes list" in run("codes", "show", "BANANE", expect=66).err, "nothing near")
    for code in ("0", "1", "64", "65", "66", "69", "70", "74", "75", "77", "78"):
        check(run("codes", "show", code, "--json").json()["message"] in run("--help").out, f"exit code {code}")
    run("codes", "show", "63", expect=66)


# ---- exit codes ----

def changed(path, data):
    """Replaces a file that may be read-only, mode kept."""
    mode = os.stat(path).st_mode & 0o777
    os.unlink(path)
    write(path, data)
    os.chmod(path, mode)


def with_a_reject(i, folder):
    path = os.path.join(folder, "reject.xml")
    with open(sample(path, 40), encoding="utf-8") as f:
        text = f.read()
    write(path, text.replace("<NUMDEMRSA>", "<NUMDEMRSA></NUMDEMRSA><X>", 1).replace("</NUMDEMRSA>", "</X>", 2).replace("</X>", "</NUMDEMRSA>", 1).encode())
    return i.run("import", "--max-rejects", "0", path, expect=None)


def no_parser(i, folder):
    """A folder where the parser should be."""
    program = os.path.join(folder, "fluxrsa")
    shutil.copy(FLUXRSA, program)
    os.mkdir(os.path.join(folder, "fluxrsa-parse"))
    return shell(f'"{program}" check "{sample(os.path.join(folder, "m.xml"), 3)}"')


def shell(line):
    done = subprocess.run(["sh", "-c", line], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          env={**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en"})
    return done.returncode, done.stderr.decode()


def damaged(i, _):
    """Neither of the two pages that say where everything is can be read."""
    with open(os.path.join(i.folder, "store", "gen-1", "data.mdb"), "r+b") as f:
        f.write(b"x" * 8192)
    return i.run("status", expect=None)


# What is done to an instance, and the command that ends so; the failure of err.def that it names, or None where the command says it in
# words of its own.
ENDS = [
    (0, None, lambda i, folder: i.run("status")),
    (1, None, with_a_reject),
    (64, None, lambda i, folder: i.run("import", expect=None)),
    (65, None, lambda i, folder: i.run("import", write(os.path.join(folder, "x"), b""), expect=None)),
    (66, None, lambda i, folder: i.run("rejects", "show", "999", expect=None)),
    (66, "NOFILE", lambda i, folder: i.run("check", os.path.join(folder, "none"), expect=None)),
    (69, "STORE", lambda i, folder: (shutil.rmtree(os.path.join(i.folder, "store")), i.run("status", expect=None))[1]),
    (69, "CORRUPT", damaged),
    (69, None, lambda i, folder: (changed(os.path.join(i.folder, "keys", "master.key"), b"a" * 64), i.run("status", expect=None))[1]),
    (70, "CHILD", no_parser),
    (74, "NOSPACE", lambda i, folder: shell(f'"{FLUXRSA}" codes list >/dev/full')),
    (74, "IO", lambda i, folder: run("sample", "generate", "-o", folder, expect=None)),
    (74, None, lambda i, folder: (os.mkdir(os.path.join(i.folder, "journal", "journal.log")), i.run("rejects", "list", expect=None))[1]),
    (75, "STOPPED", lambda i, folder: interrupted(i, sample(os.path.join(folder, "large.xml"), 20000))[:2]),
    (77, None, lambda i, folder: (os.chmod(os.path.join(i.folder, "keys", "master.key"), 0o644), i.run("status", expect=None))[1]),
    (78, None, lambda i, folder: (write(i.config, b"[instance]\nlangue = volapuk\n"), i.run("status", expect=None))[1]),
]


def rows(name, pattern):
    with open(os.path.join(SOURCE, "flux", "base", name), encoding="utf-8") as f:
        return [m.groups() for m in re.finditer(pattern, f.read(), re.M)]


def test_every_exit_code_is_produced(folder):
    sentences = {name: text for name, _, text in rows("err.def", r'^ERR\((\w+), (\d+), "(.*)"\)')}
    codes = {int(code) for code, in rows("exit.def", r"^EXIT\((\d+),")}
    check(len(sentences) > 15 and codes >= {0, 1, 64}, "the tables")
    for n, (code, failure, act) in enumerate(ENDS):
        here = os.path.join(folder, str(n))
        os.mkdir(here)
        done = act(Instance(os.path.join(here, "i")), here)
        ended, said = done if isinstance(done, tuple) else (done.code, done.err)
        equal(ended, code, f"end {n}, {failure}: {said}")
        check(not failure or sentences[failure] in said, f"{failure} says: {said}")
        shutil.rmtree(here)
    equal({code for code, _, _ in ENDS}, codes, "exit codes that some command ends with")


main(*[f for name, f in sorted(globals().items()) if name.startswith("test_")])
