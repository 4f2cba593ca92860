"""Which flux files hold, told without reading them: single files, archives, what is no flux, what is hostile."""
import gzip
import io
import os
import re
import tarfile
import time
import zipfile

from kit import check, equal, main, run, sample


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path


def peek(*paths, expect=0, words=()):
    done = run("flux", "peek", "--json", *words, *paths, expect=expect, timeout=60).json()
    equal(done["schema"], 1, "schema")
    equal([f["file"] for f in done["files"]], [str(p) for p in paths], "each file, in order")
    return done["files"]


def month(folder, name, number):
    return sample(os.path.join(folder, name), 20, "--month", f"2025-{number:02}")


JANUARY = {"member": None, "code": None, "format": "vrsb0801", "APPLIEME": "CRI", "TYPEFLUX": "M", "NATFLUX": "D", "DTCREAFLUX": "2025-02-05",
           "HEUCREAFLUX": "01:18:36", "DTREF": "2025-01-31"}


def test_a_single_flux(folder):
    path = month(folder, "m.xml", 1)
    equal(peek(path), [{"file": path, "readable": True, "code": None, "order": "2025-02-05T01:18:36 M", "flux": [JANUARY]}], "a flux")
    msa = sample(os.path.join(folder, "msa.xml"), 5, "--emitter", "msa", "--daily", "2025-02-11", "--encoding", "windows-1252", "--no-indent")
    flux = peek(msa)[0]["flux"][0]
    equal((flux["APPLIEME"], flux["TYPEFLUX"], flux["DTCREAFLUX"]), ("AGO", "I", "2025-02-11"), "a daily flux of the MSA")
    lines = run("flux", "peek", path, msa).out.splitlines()
    check(len(lines) == 3 and "m.xml" in lines[1] and "AGO" in lines[2] and "daily" in lines[2], lines)


def test_no_instance_and_no_person(folder):
    """Nothing of a household is told, and no configuration is looked for."""
    path = month(folder, "m.xml", 1)
    with open(path, encoding="utf-8") as f:
        names = set(re.findall("<(?:NOM|NUMDEMRSA|MATRICULE)>([^<]+)<", f.read()))
    done = run("flux", "peek", path, "--json", env={"FLUXRSA_CONFIG": "/nowhere/fluxrsa.conf"})
    check(names and not any(n in done.out + done.err for n in names), "a value of a household")


def test_archives(folder):
    one, two, three = (month(folder, f"{n}.xml", n) for n in (1, 2, 3))
    alone = os.path.join(folder, "alone.zip")
    with zipfile.ZipFile(alone, "w", zipfile.ZIP_DEFLATED) as z:
        z.write(one, "rsa.xml")
    equal(peek(alone)[0]["flux"], [{**JANUARY, "member": "rsa.xml"}], "a zip of one")
    several = os.path.join(folder, "several.zip")
    with zipfile.ZipFile(several, "w", zipfile.ZIP_DEFLATED) as z:
        for path in (three, one, two):
            z.write(path, os.path.basename(path))
        z.writestr("notes.txt", "not a flux")
    found = peek(several)[0]
    equal((found["readable"], found["order"]), (True, "2025-02-05T01:18:36 M"), "the earliest of several")
    equal([(f["member"], f["code"]) for f in found["flux"]], [("1.xml", None), ("2.xml", None), ("3.xml", None), ("notes.txt", "F_FORMAT")],
          "in the order of headers")
    packed = os.path.join(folder, "several.tar.gz")
    with tarfile.open(packed, "w:gz") as t:
        t.add(two, "b.xml")
        t.add(one, "a.xml")
    equal([f["DTREF"] for f in peek(packed)[0]["flux"]], ["2025-01-31", "2025-02-28"], "a tar.gz of two")
    with open(two, "rb") as f:
        zipped = write(os.path.join(folder, "two.xml.gz"), gzip.compress(f.read()))
    equal(peek(zipped)[0]["order"], "2025-03-05T01:18:36 M", "gzip")
    files = peek(three, several, zipped)
    equal([os.path.basename(f["file"]) for f in sorted(files, key=lambda f: f["order"])], ["several.zip", "two.xml.gz", "3.xml"],
          "orders sort as text")


def bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a.xml", bytes(64 << 20))
        z.writestr("b.xml", bytes(64 << 20))
    return path


def link(path):
    entry = tarfile.TarInfo("a.xml")
    entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as t:
        t.addfile(entry)
    return write(path, gzip.compress(out.getvalue()))


def test_what_is_no_flux(folder):
    at = lambda name: os.path.join(folder, name)
    xxe = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><Racine>&x;</Racine>'
    files = {write(at("empty"), b""): "F_EMPTY", write(at("text"), b"Bonjour\n"): "F_FORMAT", write(at("root.xml"), b"<html/>"): "F_ROOT",
             write(at("cut.xml"), b"<Racine><IdentificationFlux>"): "F_TRUNCATED", write(at("xxe.xml"), xxe): "F_DOCTYPE",
             bomb(at("bomb.zip")): "F_LIMIT_RATIO", link(at("link.tar.gz")): "F_ARCHIVE_MEMBER"}
    for found in peek(*files):
        equal((found["readable"], found["code"], found["order"], found["flux"]), (False, files[found["file"]], None, []), found["file"])
    out = run("flux", "peek", *files).out
    check(all(code in out for code in files.values()) and len(out.splitlines()) == 1 + len(files), out)


def test_an_archive_without_a_flux(folder):
    path = os.path.join(folder, "notes.zip")
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("a.txt", "a")
        z.writestr("b.txt", "b")
    found = peek(path)[0]
    equal((found["readable"], found["code"], found["order"], len(found["flux"])), (False, "F_FORMAT", None, 2), "no member is a flux")
    good = month(folder, "m.xml", 1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.write(good, "a.xml")
        z.write(good, "b.xml")
    with open(path, "r+b") as f:
        f.seek(os.path.getsize(path) // 3)
        f.write(b"damage" * 20)
    found = peek(path)[0]
    equal((found["readable"], found["order"], found["flux"]), (False, None, []), "a damaged archive")
    check(found["code"] in ("F_CHECKSUM", "F_ARCHIVE"), found)


def test_what_is_no_file(folder):
    fifo, none, good = os.path.join(folder, "fifo"), os.path.join(folder, "none"), month(folder, "m.xml", 1)
    os.mkfifo(fifo)
    began = time.monotonic()
    files = peek(fifo, none, folder, good, "/dev/zero", expect=66)
    check(time.monotonic() - began < 10, "nothing waits")
    equal([(f["readable"], f["code"]) for f in files], [(False, None)] * 3 + [(True, None), (False, None)], "the others are told")


def bytes_read():
    """By this process and by those that it has seen end."""
    with open("/proc/self/io", encoding="ascii") as f:
        return int(re.search(r"rchar: (\d+)", f.read()).group(1))


def test_a_large_file_costs_nothing(folder):
    """Only the start of a file of a gibibyte is read: the rest of it is a hole."""
    path = month(folder, "m.xml", 1)
    os.truncate(path, 1 << 30)
    before = bytes_read()
    equal(peek(path)[0]["flux"], [JANUARY], "the header")
    read = bytes_read() - before
    check(0 < read < 64 << 20, f"{read} bytes were read")


def test_a_hundred_files_at_once(folder):
    with open(month(folder, "m.xml", 1), encoding="utf-8") as f:
        text = f.read()
    paths = []
    for n in range(100):
        made = text.replace("<DTCREAFLUX>2025-02-05<", f"<DTCREAFLUX>2025-{n % 12 + 1:02}-{n % 28 + 1:02}<")
        paths.append(write(os.path.join(folder, f"{n:03}.xml"), made.encode() if n % 7 else b""))
    files = peek(*paths)
    equal([f["readable"] for f in files], [n % 7 != 0 for n in range(100)], "each is told for itself")
    equal([f["flux"][0]["DTCREAFLUX"] for f in files if f["readable"]], [f"2025-{n % 12 + 1:02}-{n % 28 + 1:02}" for n in range(100) if n % 7], "headers")


def test_names_that_lie(folder):
    path = os.path.join(folder, "\x1b[31mred\n.xml")
    os.rename(month(folder, "m.xml", 1), path)
    done = run("flux", "peek", path)
    check("\x1b" not in done.out and len(done.out.splitlines()) == 2, "a terminal is spared")
    equal(peek(path)[0]["readable"], True, "the very name in JSON")


def test_limits(folder):
    path = month(folder, "m.xml", 1)
    equal(peek(path, words=("--max-size", "1"))[0]["readable"], True, "a limit")
    run("flux", "peek", "--max-size", "0", path, expect=64)
    run("flux", "peek", expect=64)


main(*[f for name, f in sorted(globals().items()) if name.startswith("test_")])
