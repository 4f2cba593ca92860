"""One wrong bit in a file on its way: refused, or nothing of what is read differs."""
import gzip
import os
import subprocess
import sys
import zipfile

from hostile_runs import JUDGE, SANITIZED
from kit import BUILD, SOURCE, Instance, check, equal, main, sample

sys.path.insert(0, os.path.join(SOURCE, "tests", "hostile"))
import tars
import zips

SEED = "20250131"


def flipped(path, count):
    done = subprocess.run([JUDGE, str(count // (20 if SANITIZED else 1)), SEED, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)
    print(f"seed {SEED}: {os.path.basename(done.stdout.decode().strip())}")
    equal(done.returncode, 0, done.stderr.decode())


def test_gzip(folder):
    flux = sample(os.path.join(folder, "m.xml"), 100)
    path = os.path.join(folder, "m.xml.gz")
    with open(flux, "rb") as f, open(path, "wb") as g:
        with gzip.GzipFile("rsa.RSABEM.xml", "wb", 9, g, mtime=0) as z:
            z.write(f.read())
    size = os.path.getsize(path)
    check(30000 < size < 100000, f"{size} bytes")
    flipped(path, 10000)


def small(folder):
    """One flux and a second one, of a few kilobytes packed."""
    paths = (sample(os.path.join(folder, "a.xml"), 3), sample(os.path.join(folder, "b.xml"), 2, "--month", "2025-02"))
    return [open(p, "rb").read() for p in paths]


def test_tar(folder):
    one, two = small(folder)
    path = os.path.join(folder, "t.tar.gz")
    for archive in (tars.packed(tars.pax(tars.record("path", "d/\u00e9.xml")), tars.member("a.xml", one)),
                    tars.packed(tars.member("a.xml", one), tars.member("b.xml", two))):
        with open(path, "wb") as f:
            f.write(archive)
        flipped(path, 3000)


def test_zip(folder):
    one, two = small(folder)
    path = os.path.join(folder, "t.zip")
    for archive in (zips.build(zips.Entry("d/", method=0, mode=0o40755), zips.Entry("d/a.xml", one)), zips.build(zips.Entry("a.xml", one, method=0)),
                    zips.build(zips.Entry("a.xml", one), zips.Entry("b.xml", two), wide={})):
        with open(path, "wb") as f:
            f.write(archive)
        flipped(path, 3000)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z, z.open("a.xml", "w", force_zip64=True) as m:
        m.write(one)
    flipped(path, 3000)


def test_store(folder):
    """Older images, rejects open and resolved, findings, refused and held flux: a row of every table."""
    i = Instance(os.path.join(folder, "i"))
    first, second = (sample(os.path.join(folder, f"{m}.xml"), 12, "--month", f"2025-0{m}") for m in (1, 2))
    with open(first, "rb") as f:
        text = f.read()
    with open(first, "wb") as f:
        f.write(text.replace(b"<DTNAI>", b"<DTNAI>x", 1))
    i.set("max_reject_share", "100")
    equal(i.imported(first)[0]["rejected"], 1, "rejects")
    with open(second, "rb") as f:
        text = f.read()
    at = text.rindex(b"<DTNAI>")
    with open(second, "wb") as f:
        f.write(text[:at] + text[at:].replace(b"<DTNAI>", b"<DTNAI>x", 1))
    equal(i.imported(second)[0]["rejected"], 1, "rejects")
    refused = os.path.join(folder, "r.xml")
    with open(refused, "wb") as f:
        f.write(text[:-100])
    i.imported(refused, expect=65)
    place = [os.path.join(i.folder, *names) for names in (("store",), ("keys",), ("keys", "master.key"))]
    done = subprocess.run([os.path.join(BUILD, "tests", "flip_store"), *place, "500" if SANITIZED else "10000", SEED],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    print(f"seed {SEED}\n{done.stdout.decode()}", end="")
    equal(done.returncode, 0, done.stderr.decode())


main(*[f for name, f in sorted(globals().items()) if name.startswith("test_")])
