"""Files that lie, break or attack: each is refused with a clear reason, within bounds, and the content stays what it was."""
import gzip
import io
import os
import resource
import signal
import time
import zipfile

from hostile_runs import SANITIZED
from kit import Instance, check, equal, main, sample
from midway import interrupted, midway

HEAD = ('<?xml version="1.0" encoding="UTF-8"?>\n<Racine><IdentificationFlux><APPLIEME>CRI</APPLIEME><NUMVERSIONAPPLIEME>6200'
        '</NUMVERSIONAPPLIEME><TYPEFLUX>M</TYPEFLUX><NATFLUX>D</NATFLUX><DTCREAFLUX>2025-02-05</DTCREAFLUX><HEUCREAFLUX>01:18:36.0000'
        '</HEUCREAFLUX><DTREF>2025-01-31</DTREF></IdentificationFlux>')
TAIL = ('<TransmissionFlux><NBTOTDOSRSATRANSM>00000000</NBTOTDOSRSATRANSM><NBTOTDOSRSATRANSMANO>00000000</NBTOTDOSRSATRANSMANO>'
        '</TransmissionFlux></Racine>')


class Giant(io.RawIOBase):
    """A text of so many bytes that nobody should hold it."""

    def __init__(self, head, filler, size, tail):
        self.parts = [head, filler, tail]
        self.left = size

    def write_to(self, path):
        with gzip.open(path, "wb", 1) as z:
            z.write(self.parts[0])
            chunk = self.parts[1] * ((1 << 20) // len(self.parts[1]))
            while self.left > 0:
                z.write(chunk)
                self.left -= len(chunk)
            z.write(self.parts[2])


def write(path, data):
    with open(path, "wb") as f:
        f.write(data.encode() if isinstance(data, str) else data)
    return path


def hostile(folder):
    """(name, codes that are right, maker)"""
    join = lambda n: os.path.join(folder, n)
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    yield "empty", {"F_EMPTY"}, write(join("empty.xml"), "")
    yield "text", {"F_FORMAT", "F_ILLFORMED", "F_ROOT"}, write(join("text.xml"), "NUMDEMRSA;NOM\n1;A\n")
    yield "rar", {"F_FORMAT"}, write(join("a.zip"), b"Rar!\x1a\x07\x01\x00" + bytes(500))
    yield "doctype", {"F_DOCTYPE"}, write(join("d.xml"), '<?xml version="1.0"?><!DOCTYPE Racine SYSTEM "file:///etc/passwd">' + HEAD[39:] + TAIL)
    yield "entity bomb", {"F_DOCTYPE"}, write(join("e.xml"), f'<?xml version="1.0"?><!DOCTYPE Racine [<!ENTITY l0 "lol">{lol}]>' + HEAD[39:] + "&l9;" + TAIL)
    yield "deep nest", {"F_LIMIT_DEPTH"}, write(join("n.xml"), HEAD + "<InfosFoyerRSA>" + "<a>" * 100000 + "</a>" * 100000 + "</InfosFoyerRSA>" + TAIL)
    attributes = " ".join(f'a{n}="{n}"' for n in range(100000))
    yield "100,000 attributes", {"F_LIMIT_ATTRIBUTES", "F_LIMIT_MARKUP"}, write(join("t.xml"), HEAD + f"<InfosFoyerRSA {attributes}/>" + TAIL)
    giant = join("g.xml.gz")
    Giant(HEAD.encode() + b"<InfosFoyerRSA><x>", b"A", 4 << 30, b"</x></InfosFoyerRSA>" + TAIL.encode()).write_to(giant)
    yield "4 GB text", {"F_LIMIT_TEXT", "F_LIMIT_RATIO", "F_LIMIT_BYTES"}, giant
    spaces = join("s.zip")
    with zipfile.ZipFile(spaces, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z, z.open("s.xml", "w", force_zip64=True) as member:
        member.write(HEAD.encode() + b"<InfosFoyerRSA>")
        for _ in range(600):
            member.write(b"<NEW/>  " * (1 << 17))
        member.write(b"</InfosFoyerRSA>" + TAIL.encode())
    yield "zip bomb", {"F_LIMIT_RATIO"}, spaces
    yield "two headers", {"F_ENVELOPE"}, write(join("h.xml"), HEAD + HEAD[HEAD.index("<Ident"):] + TAIL)
    yield "no trailer", {"F_ENVELOPE"}, write(join("z.xml"), HEAD + "</Racine>")
    yield "instruction flux", {"F_NATFLUX"}, write(join("i.xml"), HEAD.replace("<NATFLUX>D", "<NATFLUX>I") + TAIL)
    vrsd = HEAD.replace("<IdentificationFlux>", "<IdentificationFlux><VERSIONFLUX>vrsd0301</VERSIONFLUX>")
    yield "vrsd flux", {"F_VERSION"}, write(join("v.xml"), vrsd + TAIL)
    hint = '<Racine xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:noNamespaceSchemaLocation="../VIRS0901.xsd">'
    yield "another schema", {"F_VERSION"}, write(join("o.xml"), HEAD.replace("<Racine>", hint) + TAIL)
    yield "UTF-16", {"F_ENCODING"}, write(join("u.xml"), ("\ufeff" + HEAD + TAIL).encode("utf-16-le"))
    yield "EBCDIC", {"F_ENCODING"}, write(join("b.xml"), (HEAD.replace("UTF-8", "EBCDIC-CP-US") + TAIL))
    yield "wrong bytes", {"F_ENCODING_BYTES", "F_ILLFORMED"}, write(join("w.xml"), (HEAD + "\xe9").encode("latin-1") + TAIL.encode())
    broken = gzip.compress((HEAD + TAIL).encode())
    yield "gzip check sum", {"F_CHECKSUM", "F_ARCHIVE"}, write(join("c.gz"), broken[:-6] + bytes([broken[-6] ^ 1]) + broken[-5:])
    yield "gzip then more", {"F_ARCHIVE", "F_CHECKSUM", "F_FORMAT"}, write(join("m.gz"), broken + b"more")


def import_measured(i, path):
    """Exit code, JSON, seconds of CPU and MiB of the largest process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = i.run("import", "--json", path, expect=None)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done, cpu, after.ru_maxrss / 1024


def test_each_attack_is_refused_and_the_content_stays(folder):
    i = Instance(os.path.join(folder, "i"))
    i.imported(sample(os.path.join(folder, "m.xml"), 50))
    content = i.dump()
    for name, codes, path in hostile(folder):
        done, cpu, peak = import_measured(i, path)
        equal(done.code, 65, f"{name}: exit\n{done.err}")
        verdicts = done.json()
        equal(len(verdicts), 1, f"{name}: verdicts")
        code = verdicts[0]["reasons"][0]["code"]
        equal(verdicts[0]["status"], "refused", name)
        check(code in codes, f"{name}: {code} is not one of {codes}")
        check(SANITIZED or (cpu < 30 and peak < 256), f"{name}: {cpu:.1f} s of CPU, {peak:.0f} MiB")
        equal(i.dump(), content, f"{name}: content")


def test_a_file_cut_anywhere_is_refused(folder):
    i = Instance(os.path.join(folder, "i"))
    whole = open(sample(os.path.join(folder, "m.xml"), 4), "rb").read()
    content = i.dump()
    cuts = 1000
    path = os.path.join(folder, "cut.xml")
    for n in range(cuts):
        size = len(whole.rstrip()) * n // cuts
        write(path, whole[:size])
        done = i.run("import", "--json", path, expect=None)
        verdict = done.json()[0]
        check(done.code == 65 and verdict["status"] == "refused" and verdict["reasons"], f"cut at {size}: {done.code} {verdict}")
    equal(i.dump(), content, "content")
    equal(i.imported(os.path.join(folder, "m.xml"))[0]["status"], "applied", "the whole file")


def test_a_large_bad_file_keeps_its_first_fault(folder):
    i = Instance(os.path.join(folder, "i"))
    path = os.path.join(folder, "large.xml")
    with open(path, "w", encoding="utf-8") as f:
        f.write(HEAD + "<InfosFoyerRSA></Personne>")
        for _ in range(1500):
            f.write("x" * (1 << 20))
    r = i.imported(path, expect=65)[0]
    equal(r["reasons"][0]["code"], "F_ILLFORMED", "reason")
    with open(path, "rb") as f, gzip.open(path + ".gz", "wb", 1) as z:
        for chunk in iter(lambda: f.read(1 << 20), b""):
            z.write(chunk)
    r = i.imported(path + ".gz", expect=65)[0]
    equal(r["reasons"][0]["code"], "F_ILLFORMED", "reason of the same in gzip")


def test_a_killed_parser_refuses_its_flux_only(folder):
    i = Instance(os.path.join(folder, "i"))
    small = sample(os.path.join(folder, "s.xml"), 40, "--seed", "9")
    i.imported(small)
    content = i.dump()
    large = sample(os.path.join(folder, "l.xml"), 20000, "--month", "2025-02")
    with midway(i, large, "--json") as (p, child):
        os.kill(child, 9)
    out, _ = p.communicate(timeout=60)
    check(p.returncode == 65 and b"F_PARSER_DIED" in out, f"exit {p.returncode}: {out.decode()}")
    equal(i.dump(), content, "content")
    equal(i.imported(large)[0]["status"], "applied", "the next run")


def test_a_machine_that_stood_still_is_no_stuck_parser(folder):
    i, seconds = Instance(os.path.join(folder, "i")), 8
    i.set("stall_seconds", str(seconds))
    large = sample(os.path.join(folder, "l.xml"), 20000)
    with midway(i, large) as (p, child):
        os.kill(child, signal.SIGSTOP)
    time.sleep(0.5)  # until all that the parser had said is read
    os.kill(p.pid, signal.SIGSTOP)
    time.sleep(seconds + 1)
    os.kill(p.pid, signal.SIGCONT)
    time.sleep(0.3)  # until it has looked at its clock
    os.kill(child, signal.SIGCONT)
    out, err = p.communicate(timeout=60)
    check(p.returncode == 0, f"exit {p.returncode}: {out.decode()}{err.decode()}")


def test_an_interrupt_leaves_nothing_behind(folder):
    i = Instance(os.path.join(folder, "i"))
    content = i.dump()
    large = sample(os.path.join(folder, "l.xml"), 20000)
    code, _, child = interrupted(i, large)
    equal(code, 75, "exit")
    check(not os.path.exists(f"/proc/{child}"), "the parser is still there")
    equal(i.dump(), content, "content")
    equal(sorted(os.listdir(os.path.join(i.folder, "store"))), ["CURRENT", "gen-1", "open.lock", "write.lock"], "files of the store")


main(*[f for name, f in sorted(globals().items()) if name.startswith("test_")])
