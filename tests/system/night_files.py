"""The files of a mixed night: what is dropped where, in what way, and the one right end of each."""
import gzip
import io
import os
import re
import sys
import tarfile
import zipfile
from collections import namedtuple

from kit import SOURCE, run, sample

sys.path.insert(0, os.path.join(SOURCE, "tests", "hostile"))
import gzips  # noqa: E402
import zips  # noqa: E402

# way: moved (written elsewhere, renamed in), written (in place at once), slow (in place, with a pause longer than the delay), resumed (the same,
# closed in between), noted (moved in, its sidecar follows), bare (moved in, no sidecar ever), fifo, link, folder.
# end: done, refused, held, or left (stays in the drop folder). codes: those of its flux, of which each must be told.
Drop = namedtuple("Drop", "source name way data end codes")

MONTHLY = 6000  # households of the flux that is imported while others arrive


def read(path):
    with open(path, "rb") as f:
        return f.read()


def packed(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in members:
            z.writestr(name, data)
    return out.getvalue()


def tarred(name, data):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as t:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def made(folder, name, households, *words):
    return read(sample(os.path.join(folder, name), households, *words))


def series(folder):
    """A monthly flux, the dailies after it, and the monthly one of the month before."""
    run("sample", "generate", "--series", "2", "--dailies", "--households", MONTHLY, "--no-indent", "-o", folder)
    dailies = [read(os.path.join(folder, n)) for n in sorted(os.listdir(folder)) if n.startswith("rsa.RSABEI.202502")]
    return read(os.path.join(folder, "rsa.RSABEM.202502.xml")), read(os.path.join(folder, "rsa.RSABEM.202501.xml")), dailies


def right_ones(monthly, before, dailies):
    yield Drop("caf", "rsa.RSABEM.202502.zip", "moved", packed(("rsa.RSABEM.202502.xml", monthly)), "done", "")
    for k in range(9, -1, -1):  # the newest first
        yield Drop("caf", f"rsa.RSABEI.{k:02}.xml", "moved", dailies[k], "done", "")
    yield Drop("caf", "rsa.RSABEM.202501.xml.gz", "moved", gzip.compress(before), "done", "")
    yield Drop("caf", "copy of a daily.xml", "written", dailies[0], "done", "")
    yield Drop("caf", "the same again.zip", "moved", packed(("x.xml", dailies[0])), "done", "")
    yield Drop("caf", "slow.xml", "slow", dailies[10], "done", "")
    yield Drop("caf", "resumed.xml", "resumed", dailies[18], "done", "")
    yield Drop("caf", "resumed.zip", "resumed", packed(("a.xml", dailies[19])), "done", "")
    yield Drop("caf", "slow.xml.gz", "slow", gzip.compress(dailies[11]), "done", "")
    yield Drop("caf", "daily.tar.gz", "moved", tarred("daily.xml", dailies[12]), "done", "")
    yield Drop("caf", "two.zip", "moved", packed(("b.xml", dailies[14]), ("a.xml", dailies[13])), "done", "")
    yield Drop("caf", "-rf", "moved", dailies[15], "done", "")
    yield Drop("caf", "on two\nlines.xml", "moved", dailies[16], "done", "")
    yield Drop("caf", "\u00e9t\u00e9 $(reboot) %s.xml", "written", dailies[17], "done", "")


def wrong_ones(folder, flux):
    announced = re.sub(rb"(?<=<NBTOTDOSRSATRANSM>)\d+", lambda n: b"%08d" % (int(n[0]) + 1), flux, 1)
    entities = flux.replace(b"?>", b"?><!DOCTYPE Racine [<!ENTITY a 'b'>]>", 1)
    flipped = bytearray(gzip.compress(flux))
    flipped[-6] ^= 1
    bomb = next(c for c in zips.bombs(flux) if c.name == "text-bomb.zip")
    gz_bomb = next(c for c in gzips.cases(flux) if c.name == "bomb-for-size.gz")
    other = made(folder, "other", 20, "--departement", "059", "--month", "2025-04")
    msa = made(folder, "msa", 3000, "--emitter", "msa", "--daily", "2025-04-07", "--seed", "7")
    small = made(folder, "small", 40, "--month", "2025-04", "--month-index", "3")
    yield Drop("caf", "empty.xml", "written", b"", "refused", "F_EMPTY")
    yield Drop("caf", "letter.txt", "moved", b"Bonjour,\nle flux suivra.\n", "refused", "F_FORMAT")
    yield Drop("caf", "cut.xml", "moved", flux[:len(flux) // 2], "refused", "F_TRUNCATED")
    yield Drop("caf", "cut.zip", "moved", packed(("a.xml", flux))[:-40], "refused", "F_TRUNCATED")
    yield Drop("caf", "flipped.xml.gz", "moved", bytes(flipped), "refused", "F_CHECKSUM")
    yield Drop("caf", "entities.xml", "moved", entities, "refused", "F_DOCTYPE")
    yield Drop("caf", "bomb.zip", "moved", bomb.make, "refused", "F_LIMIT_")
    yield Drop("caf", "bomb.gz", "moved", gz_bomb.make, "refused", "F_LIMIT_")
    yield Drop("caf", "announced.xml", "moved", announced, "held", "F_TOTALS")
    yield Drop("caf", "other.xml", "moved", other, "held", "F_DEPARTEMENT")
    yield Drop("caf", "of the msa.xml", "moved", msa, "held", "F_EMITTER")
    yield Drop("caf", "few.xml", "moved", small, "held", "F_VOLUME")
    yield Drop("pe", "rsa_inscription.csv", "moved", b"NIR;NOM\n", "refused", "F_FORMAT")


def waiting_ones(folder):
    noted = made(folder, "noted", 3000, "--emitter", "msa", "--daily", "2025-03-07", "--seed", "9")
    bare = made(folder, "bare", 3000, "--emitter", "msa", "--daily", "2025-03-10", "--seed", "9")
    yield Drop("msa", "noted.xml", "noted", noted, "done", "")
    yield Drop("msa", "bare.xml", "bare", bare, "left", "")
    yield Drop("pe", "in place.xml", "written", bare, "held", "F_EMITTER")
    yield Drop("caf", "half.xml.part", "written", bare[:400], "left", "")
    yield Drop("caf", "pipe.xml", "fifo", None, "left", "")
    yield Drop("caf", "link.xml", "link", None, "left", "")
    yield Drop("caf", "folder.xml", "folder", None, "left", "")


def night(folder):
    """Some 40 drops; the first is the large one, during the import of which the next ten arrive."""
    monthly, before, dailies = series(os.path.join(folder, "series"))
    rest = os.path.join(folder, "rest")
    os.makedirs(rest)
    daily = made(rest, "daily", 3000, "--daily", "2025-04-08", "--seed", "3")
    return [*right_ones(monthly, before, dailies), *wrong_ones(rest, daily), *waiting_ones(rest)]
