"""What is measured: the yardsticks, and every way through fluxrsa."""
import gzip
import json
import os
import shutil
import subprocess
import tempfile
import zipfile

from measure import bytes_on_disk, measured

BUILD = os.environ.get("FLUXRSA_BUILD", "build")
SOURCE = os.environ.get("FLUXRSA_SOURCE", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
SHARED = os.environ.get("FLUXRSA_SHARED", os.path.join(SOURCE, "..", "shared"))
FLUXRSA = os.path.join(BUILD, "fluxrsa")
PARSE = os.path.join(BUILD, "fluxrsa-parse")
EMIT = os.path.join(BUILD, "flux", "record", "schema-emit")
NOOP = os.path.join(BUILD, "tests", "noop_sax")
XSD = os.path.join(BUILD, "tests", "xsd_stream")
OFFICIAL = os.path.join(SHARED, "schemas", "vrsb0801.xsd")
MAX_GIB = 16  # of one flux; 1,000,000 households are 6.1
LEVEL = 6  # of deflate, that of every tool that payers may use
SETTINGS = {"keep": "all", "nir": "sealed", "legal_ref": "bench", "max_member_size": str(MAX_GIB)}


class Skipped(Exception):
    """A row that cannot be measured here, and why."""


def generate(path, households, *words):
    subprocess.run([FLUXRSA, "sample", "generate", "--households", str(households), "--month", "2025-01", "-o", path, *words], check=True,
                   stdout=subprocess.DEVNULL)


def make_instance(folder):
    """Everything is kept: the dearest import there is."""
    place = tempfile.mkdtemp(prefix="instance-", dir=folder)
    subprocess.run([FLUXRSA, "init", place, "--departement", "062"], check=True, stdout=subprocess.DEVNULL)
    config = os.path.join(place, "fluxrsa.conf")
    with open(config, encoding="utf-8") as f:
        lines = f.read().split("\n")
    left = dict(SETTINGS)  # the first of each: [backup] has a keep of its own
    for i, line in enumerate(lines):
        key = line.lstrip("# ").split(" =")[0]
        if key in left:
            lines[i] = f"{key} = {left.pop(key)}"
    with open(config, "w", encoding="utf-8") as f:
        f.write("\n".join(lines))
    return place


def run_import(place, path):
    used = measured(FLUXRSA, "-c", os.path.join(place, "fluxrsa.conf"), "import", "--json", path)
    used.result = json.loads(used.out)[0]
    return used


class Flux:
    """The same households as XML, changed by 5 %, in a zip, in a gzip."""

    def __init__(self, folder, households):
        self.folder, self.households = folder, households
        os.makedirs(folder, exist_ok=True)
        self.xml, self.second = self.path("a.xml"), self.path("b.xml")
        generate(self.xml, households)
        generate(self.second, households, "--changed", "50")
        self.size = os.path.getsize(self.xml)
        self.zip, self.gzip, self.xsd = self.path("a.zip"), self.path("a.xml.gz"), self.path("ours.xsd")

    def path(self, name):
        return os.path.join(self.folder, name)

    def pack_zip(self):
        if not os.path.exists(self.zip):
            with zipfile.ZipFile(self.zip, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as z:
                z.write(self.xml, "a.xml")
        return self.zip

    def pack_gzip(self):
        if not os.path.exists(self.gzip):
            with open(self.xml, "rb") as source, gzip.open(self.gzip, "wb", compresslevel=LEVEL) as target:
                shutil.copyfileobj(source, target, 1 << 20)
        return self.gzip

    def emit_xsd(self):
        if not os.path.exists(self.xsd):
            with open(self.xsd, "wb") as f:
                subprocess.run([EMIT, "xsd"], check=True, stdout=f)
        return self.xsd


class Round:
    """One measurement of each row, as near in time to that of the yardstick as can be. An instance lives through the rows that need what
    the row before left in it."""

    def __init__(self, flux):
        self.flux, self.place, self.holds = flux, None, None

    def close(self):
        if self.place:
            shutil.rmtree(self.place)
        self.place = self.holds = None

    def noop(self):
        return measured(NOOP, self.flux.xml)

    def xsd_ours(self):
        return measured(XSD, self.flux.emit_xsd(), self.flux.xml)

    def xsd_official(self):
        if not os.path.exists(OFFICIAL):
            raise Skipped("no official vrsb0801.xsd here")
        return measured(XSD, OFFICIAL, self.flux.xml)

    def parse(self):
        used = measured(PARSE, "AUTO", "accompagnement", "1", str(MAX_GIB), "all", stdin=self.flux.xml)
        used.child_peak, used.peak = used.peak, 0
        return used

    def check(self):
        return measured(FLUXRSA, "check", "--json", "--keep", "all", "--max-size", str(MAX_GIB), self.flux.xml)

    def import_into_new(self, path):
        self.close()
        self.place = make_instance(self.flux.folder)
        used = run_import(self.place, path)
        used.store = bytes_on_disk(os.path.join(self.place, "store"))
        self.holds = "first"
        return used

    def first(self):
        return self.import_into_new(self.flux.xml)

    def changed(self):
        if self.holds != "first":
            self.first()
        self.holds = "changed"
        return run_import(self.place, self.flux.second)

    def again(self):
        if self.holds != "changed":
            self.changed()
        return run_import(self.place, self.flux.second)

    def zip(self):
        return self.import_into_new(self.flux.pack_zip())

    def gzip(self):
        return self.import_into_new(self.flux.pack_gzip())


# name on the command line and in JSON, name in the table, method of Round
ROWS = (
    ("noop", "yardstick: libxml2 SAX2, no-op", Round.noop),
    ("xsd-ours", "libxml2 XSD stream, our XSD", Round.xsd_ours),
    ("xsd-official", "libxml2 XSD stream, official XSD", Round.xsd_official),
    ("parse", "parser alone", Round.parse),
    ("check", "check", Round.check),
    ("import", "import, empty store", Round.first),
    ("import-5", "import, 5 % changed", Round.changed),
    ("import-again", "import, same file", Round.again),
    ("import-zip", "import from zip, empty store", Round.zip),
    ("import-gzip", "import from gzip, empty store", Round.gzip),
)
