"""How an import grows with the flux: the cost of one household at each size, memory, disk."""
import os
import shutil
import subprocess
import tempfile

from measure import bytes_on_disk, measured
from subjects import FLUXRSA, LEVEL, NOOP, Skipped, generate, make_instance, run_import

SIZES = (1000, 10000, 100000, 1000000)
BASE = 10000  # the size that others are compared with
ONCE = 200000  # flux above it are imported once, between the rounds of the others
AT_LEAST, OFTEN = 20000, 20  # households imported a round, imports at most: a small flux several times, or start-up is all there is to see
XML_EACH, STORE_EACH, GZIP_EACH = 6700, 2400, 600  # bytes per household, rounded up: is there room?


class Step:
    """One import of one size."""

    def __init__(self, used, noop, xml, store):
        self.cpu, self.wall, self.noop, self.xml, self.store = used.cpu, used.wall, noop, xml, store
        self.parser, self.importer, self.anon, self.written = used.child_peak, used.peak, used.peak_anon, used.written


def make_flux(folder, households):
    """The path of the flux and its size as XML; a gzip when the XML finds no room."""
    free = shutil.disk_usage(folder).free
    path = os.path.join(folder, f"{households}.xml")
    if free > households * (XML_EACH + STORE_EACH):
        generate(path, households)
        return path, os.path.getsize(path)
    if free < households * (GZIP_EACH + STORE_EACH):
        raise Skipped(f"{households * (GZIP_EACH + STORE_EACH) >> 30} GiB of disk needed, {free >> 30} free")
    with open(path + ".gz", "wb") as target:
        source = subprocess.Popen([FLUXRSA, "sample", "generate", "--households", str(households), "--month", "2025-01"],
                                  stdout=subprocess.PIPE)
        packer = subprocess.run(["gzip", f"-{LEVEL}"], stdin=source.stdout, stdout=target, check=False)
        source.stdout.close()
        if source.wait() != 0 or packer.returncode != 0:
            raise Skipped("the gzip could not be written")
    return path + ".gz", None


def step(folder, path, size):
    noop = measured(NOOP, path).cpu if size else None
    place = make_instance(folder)
    used = run_import(place, path)
    done = Step(used, noop, size or used.result["member_bytes"], bytes_on_disk(os.path.join(place, "store")))
    shutil.rmtree(place)
    return done


def measure_size(base, households):
    """Several imports when the flux is small."""
    folder = tempfile.mkdtemp(prefix="growth-", dir=base)
    try:
        path, size = make_flux(folder, households)
        return [step(folder, path, size) for _ in range(min(OFTEN, max(1, AT_LEAST // households)))]
    finally:
        shutil.rmtree(folder)


def growth(folder, sizes, rounds):
    """Steps by size, or why there are none."""
    small, large = [n for n in sizes if n <= ONCE], [n for n in sizes if n > ONCE]
    order = small * ((rounds + 1) // 2) + large + small * (rounds // 2)
    found = {n: [] for n in sizes}
    for households in order:
        try:
            found[households] += measure_size(folder, households)
        except Skipped as why:
            found[households] = why
    return found
