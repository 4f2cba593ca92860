"""Zip archives that lie, byte by byte. Source of the fields: APPNOTE 6.3.9."""
import bz2
import lzma
import struct
import zlib

from case import ACCEPT, case, repeated

BAD, MEMBER, SUM = "F_ARCHIVE", "F_ARCHIVE_MEMBER", "F_CHECKSUM"
UNIX = 3 << 8 | 20
WIDE = 0xffffffff


def deflate(data, level=6):
    z = zlib.compressobj(level, zlib.DEFLATED, -15)
    return z.compress(data) + z.flush()


def extra(number, data):
    return struct.pack("<HH", number, len(data)) + data


class Entry:
    """A member; local and central override the fields of one header only, both those of both."""

    def __init__(self, name, data=b"", method=8, packed=None, local=None, central=None, both=None, local_extra=b"", central_extra=b"",
                 after=b"", listed=True, stored=True, mode=0o100644):
        name = name.encode() if isinstance(name, str) else name
        packed = packed if packed is not None else data if method == 0 else deflate(data)
        true = {"made": UNIX, "need": 20, "flags": 0, "method": method, "time": 0, "date": 0x5a21, "crc": zlib.crc32(data),
                "packed": len(packed), "size": len(data), "name": name, "comment": b"", "disk": 0, "internal": 0, "mode": mode << 16,
                "offset": None}
        self.local = {**true, **(both or {}), **(local or {})}
        self.central = {**true, **(both or {}), **(central or {})}
        self.packed, self.after, self.listed, self.stored = packed, after, listed, stored
        self.local_extra, self.central_extra = local_extra, central_extra

    def local_bytes(self):
        f = self.local
        head = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", f["need"], f["flags"], f["method"], f["time"], f["date"], f["crc"], f["packed"],
                           f["size"], len(f["name"]), len(self.local_extra))
        return head + f["name"] + self.local_extra + self.packed + self.after

    def central_bytes(self, offset):
        f = self.central
        offset = offset if f["offset"] is None else f["offset"]
        head = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", f["made"], f["need"], f["flags"], f["method"], f["time"], f["date"], f["crc"],
                           f["packed"], f["size"], len(f["name"]), len(self.central_extra), len(f["comment"]), f["disk"], f["internal"],
                           f["mode"], offset)
        return head + f["name"] + self.central_extra + f["comment"]


def eocd(count, size, at, comment=b"", over=None):
    f = {"disk": 0, "start": 0, "here": count, "all": count, "size": size, "at": at, "comment_len": len(comment), **(over or {})}
    return struct.pack("<4sHHHHIIH", b"PK\5\6", f["disk"], f["start"], f["here"], f["all"], f["size"], f["at"], f["comment_len"]) + comment


def eocd64(count, size, at, record_at, over):
    f = {"length": 44, "disk": 0, "start": 0, "here": count, "all": count, "size": size, "at": at, "record_at": record_at, "disks": 1,
         "locator_disk": 0, **over}
    record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", f["length"], 45, 45, f["disk"], f["start"], f["here"], f["all"], f["size"], f["at"])
    return record + struct.pack("<4sIQI", b"PK\6\7", f["locator_disk"], f["record_at"], f["disks"])


def build(*entries, prefix=b"", between=b"", before_directory=b"", after_directory=b"", tail=b"", comment=b"", wide=None, end=None,
          shift=True):
    """The archive; wide: overrides of a 64-bit end record; end: overrides of the end record; shift: offsets count the prefix."""
    body, directory, count = bytearray(prefix), b"", 0
    for i, e in enumerate(entries):
        at = len(body) if shift else len(body) - len(prefix)
        if e.listed:
            directory += e.central_bytes(at)
            count += 1
        if e.stored:
            body += e.local_bytes()
        if i + 1 < len(entries):
            body += between
    body += before_directory
    at = len(body) if shift else len(body) - len(prefix)
    body += directory + after_directory
    if wide is not None:
        body += eocd64(count, len(directory), at, len(body), wide)
    body += eocd(count, len(directory), at, comment, end)
    return bytes(body) + tail


def end_records(flux):
    one = build(Entry("a.xml", flux))
    two = lambda **over: build(Entry("a.xml", flux), end=over)
    yield case("plain.zip", ACCEPT, one)
    yield case("stored.zip", ACCEPT, build(Entry("a.xml", flux, method=0)))
    yield case("folder.zip", ACCEPT, build(Entry("d/", method=0, mode=0o40755), Entry("d/a.xml", flux)))
    yield case("comment.zip", ACCEPT, build(Entry("a.xml", flux), comment=b"made on Monday"))
    yield case("no-entry.zip", "F_EMPTY", build())
    yield case("folder-only.zip", "F_EMPTY", build(Entry("d/", method=0, mode=0o40755)))
    yield case("empty-member.zip", "F_EMPTY", build(Entry("a.xml", b"", method=0)))
    yield case("two-ends.zip", BAD, one + eocd(0, 0, len(one)))
    yield case("two-archives.zip", f"{BAD} F_TRUNCATED", one + one)
    yield case("end-in-comment.zip", BAD, build(Entry("a.xml", flux), comment=eocd(0, 0, 0) + b"rest"))
    yield case("end-as-comment.zip", BAD, build(Entry("a.xml", flux), comment=eocd(0, 0, len(one) + 22)))
    yield case("end-mark-in-comment.zip", BAD, build(Entry("a.xml", flux), comment=b"see PK\5\6 here"))
    yield case("comment-too-long.zip", "F_TRUNCATED", two(comment_len=5))
    yield case("comment-too-short.zip", "F_TRUNCATED", build(Entry("a.xml", flux), comment=b"abcdef", end={"comment_len": 2}))
    yield case("bytes-before.zip", "F_FORMAT", b"MZ" + build(Entry("a.xml", flux)))
    yield case("bytes-before-shifted.zip", "F_FORMAT", build(Entry("a.xml", flux), prefix=b"#!/bin/sh\nexit\n"))
    yield case("mark-before.zip", BAD, build(Entry("a.xml", flux), prefix=b"PK\3\4"))
    yield case("spanned-mark.zip", f"{BAD} F_FORMAT", build(Entry("a.xml", flux), prefix=b"PK\7\x08"))
    yield case("zip-before.zip", BAD, build(Entry("a.xml", flux), prefix=one))
    yield case("zip-before-unshifted.zip", BAD, build(Entry("a.xml", flux), prefix=one, shift=False))
    yield case("bytes-after.zip", "F_TRUNCATED", build(Entry("a.xml", flux), tail=b"\0"))
    yield case("65k-after.zip", "F_TRUNCATED", build(Entry("a.xml", flux), tail=bytes(70000)))
    yield case("xml-after.zip", "F_TRUNCATED", build(Entry("a.xml", flux), tail=flux))
    yield case("disk-1.zip", BAD, two(disk=1))
    yield case("directory-on-disk-1.zip", BAD, two(start=1))
    yield case("count-here.zip", BAD, two(here=2))
    yield case("count-all.zip", BAD, two(all=2))
    yield case("count-0.zip", BAD, two(here=0, all=0))
    yield case("count-2.zip", BAD, two(here=2, all=2))
    yield case("directory-elsewhere.zip", BAD, two(at=0))
    yield case("directory-beyond.zip", BAD, two(at=0xfffffff0))
    yield case("directory-short.zip", BAD, two(size=10))
    yield case("directory-4GiB.zip", BAD, two(size=WIDE))
    yield case("gap-before-directory.zip", BAD, build(Entry("a.xml", flux), before_directory=b"hidden"))
    yield case("gap-after-directory.zip", BAD, build(Entry("a.xml", flux), after_directory=b"hidden"))
    yield case("signature-after-directory.zip", BAD, build(Entry("a.xml", flux), after_directory=struct.pack("<4sH", b"PK\5\5", 4) + b"sign"))
    for n in (1, 10, 21, 30):
        yield case(f"cut-{n}.zip", "F_TRUNCATED", one[:-n])
    yield case("only-mark.zip", "F_TRUNCATED", b"PK\3\4")
    yield case("end-alone-lying.zip", BAD, eocd(1, 46, 0))


def wide_records(flux):
    one = lambda **over: build(Entry("a.xml", flux), wide=over, end={"here": 0xffff, "all": 0xffff, "size": WIDE, "at": WIDE})
    sizes = struct.pack("<QQ", len(flux), len(deflate(flux)))
    marked = {"size": WIDE, "packed": WIDE}
    member = lambda **o: build(Entry("a.xml", flux, **o))
    yield case("wide-end.zip", ACCEPT, one())
    yield case("wide-end-beside.zip", ACCEPT, build(Entry("a.xml", flux), wide={}))
    yield case("wide-end-other-count.zip", BAD, build(Entry("a.xml", flux), wide={"here": 2, "all": 2}))
    yield case("wide-end-other-place.zip", BAD, build(Entry("a.xml", flux), wide={"at": 1}))
    yield case("wide-end-counts-differ.zip", BAD, one(all=2))
    yield case("wide-end-disk.zip", BAD, one(disk=1))
    yield case("wide-locator-elsewhere.zip", BAD, one(record_at=0))
    yield case("wide-locator-disk.zip", BAD, one(locator_disk=1))
    yield case("wide-locator-disks.zip", BAD, one(disks=2))
    yield case("wide-end-longer.zip", BAD, one(length=100))
    yield case("wide-end-huge.zip", BAD, one(size=1 << 62))
    yield case("wide-count-huge.zip", f"{BAD} F_LIMIT_MEMBERS", one(here=1 << 40, all=1 << 40))
    yield case("wide-count-missing.zip", f"{BAD} F_LIMIT_MEMBERS", build(Entry("a.xml", flux), end={"here": 0xffff, "all": 0xffff}))
    yield case("wide-sizes.zip", ACCEPT, member(both=marked, local_extra=extra(1, sizes), central_extra=extra(1, sizes)))
    yield case("wide-local-sizes.zip", ACCEPT, member(local=marked, local_extra=extra(1, sizes)))
    yield case("wide-sizes-no-extra.zip", f"{BAD} F_LIMIT_BYTES", member(both=marked))
    yield case("wide-sizes-cut-extra.zip", BAD, member(both=marked, central_extra=extra(1, sizes[:12]), local_extra=extra(1, sizes)))
    yield case("wide-sizes-twice.zip", BAD, member(both=marked, local_extra=extra(1, sizes), central_extra=extra(1, sizes) * 2))
    other = struct.pack("<QQ", 7, 7)
    yield case("wide-sizes-twice-differ.zip", BAD, member(both=marked, local_extra=extra(1, sizes), central_extra=extra(1, sizes) + extra(1, other)))
    yield case("wide-not-announced.zip", BAD, member(central_extra=extra(1, other)))
    yield case("wide-too-long.zip", BAD, member(both=marked, local_extra=extra(1, sizes), central_extra=extra(1, sizes + other)))
    yield case("wide-local-lies.zip", BAD, member(local=marked, local_extra=extra(1, other)))
    yield case("wide-local-lies-beside.zip", BAD, member(local_extra=extra(1, other)))
    yield case("wide-local-no-extra.zip", BAD, member(local=marked))
    yield case("wide-local-cut.zip", BAD, member(local=marked, local_extra=extra(1, sizes[:8])))
    yield case("extra-cut.zip", BAD, member(central_extra=struct.pack("<HH", 0x5455, 40) + b"x"))
    yield case("extra-rest.zip", BAD, member(central_extra=b"\1\2\3"))
    yield case("local-extra-cut.zip", BAD, member(local_extra=struct.pack("<HH", 0x5455, 40) + b"x"))
    yield case("extra-time.zip", ACCEPT, member(central_extra=extra(0x5455, b"\1" + bytes(4)), local_extra=extra(0x5455, b"\1" + bytes(4))))


def mismatches(flux):
    member = lambda **o: build(Entry("a.xml", flux, **o))
    for field, value in {"name": b"b.xml", "method": 0, "size": 5, "packed": 5, "crc": 1, "flags": 1 << 11}.items():
        yield case(f"local-{field}.zip", f"{BAD} {MEMBER}", member(local={field: value}))
        yield case(f"directory-{field}.zip", f"{BAD} {MEMBER}", member(central={field: value}))
    yield case("names-by-case.zip", BAD, member(local={"name": b"A.xml"}))
    yield case("name-longer.zip", BAD, member(local={"name": b"a.xml\0"}))
    yield case("wrong-crc.zip", SUM, member(both={"crc": 1}))
    yield case("stored-wrong-crc.zip", SUM, member(method=0, both={"crc": 1}))
    yield case("size-too-long.zip", SUM, member(both={"size": len(flux) + 1}))
    yield case("size-too-short.zip", SUM, member(both={"size": len(flux) - 1}))
    yield case("stored-sizes-differ.zip", BAD, member(method=0, both={"size": len(flux) + 1}))
    packed = deflate(flux)
    whole = {"packed": len(packed) + 4}
    yield case("deflate-then-more.zip", BAD, member(packed=packed + b"more", both=whole))
    yield case("deflate-cut.zip", BAD, member(packed=packed[:-3]))
    yield case("deflate-damaged.zip", f"{BAD} {SUM}", member(packed=packed[:200] + b"\xff\xff\xff\xff" + packed[204:]))
    yield case("deflate-is-not.zip", BAD, member(packed=b"\x07" * 40))
    yield case("zlib-not-deflate.zip", BAD, member(packed=zlib.compress(flux)))
    small = {"size": 10, "crc": zlib.crc32(flux[:10])}
    yield case("deflate-longer-than-said.zip", SUM, member(both=small))
    crc, sizes = struct.pack("<I", zlib.crc32(flux)), struct.pack("<II", len(packed), len(flux))
    later = lambda after, **o: build(Entry("a.xml", flux, both={"flags": 8}, local={"crc": 0, "packed": 0, "size": 0}, after=after, **o))
    yield case("descriptor.zip", ACCEPT, later(b"PK\7\x08" + crc + sizes))
    yield case("descriptor-bare.zip", ACCEPT, later(crc + sizes))
    yield case("descriptor-wide.zip", ACCEPT, later(b"PK\7\x08" + crc + struct.pack("<QQ", len(packed), len(flux))))
    yield case("descriptor-crc.zip", BAD, later(b"PK\7\x08" + b"\0\0\0\0" + sizes))
    yield case("descriptor-size.zip", BAD, later(b"PK\7\x08" + crc + struct.pack("<II", len(packed), 7)))
    yield case("descriptor-missing.zip", BAD, later(b""))
    yield case("descriptor-long.zip", BAD, later(b"PK\7\x08" + crc + sizes + b"hidden"))
    yield case("descriptor-not-said.zip", BAD, member(after=b"PK\7\x08" + crc + sizes))


def shapes(flux):
    """Entries that hide, overlap or leave gaps."""
    a, b = Entry("a.xml", flux), Entry("b.xml", flux + b"\n")
    yield case("hidden-first.zip", BAD, build(Entry("h.xml", b"x", listed=False), a))
    yield case("hidden-last.zip", BAD, build(a, Entry("h.xml", b"x", listed=False)))
    yield case("hidden-between.zip", BAD, build(a, Entry("h.xml", b"x", listed=False), b))
    yield case("not-there.zip", BAD, build(a, Entry("b.xml", flux, stored=False)))
    yield case("gap.zip", BAD, build(a, b, between=b"gap!"))
    yield case("same-place.zip", BAD, build(a, Entry("b.xml", flux, stored=False, central={"offset": 0})))
    yield case("same-place-same-name.zip", BAD, build(a, Entry("a.xml", flux, stored=False, central={"offset": 0})))
    yield case("beyond.zip", BAD, build(Entry("a.xml", flux, central={"offset": 0x7fffffff})))
    yield case("into-directory.zip", BAD, build(Entry("a.xml", flux, both={"packed": len(deflate(flux)) + 40})))
    yield case("folder-after.zip", ACCEPT, build(a, Entry("d/", method=0, mode=0o40755)))
    for depth in (2, 50):
        yield case(f"quoted-{depth}.zip", f"{BAD} F_LIMIT_RATIO", quoted_overlap(depth))
    inner = build(Entry("a.xml", flux))
    yield case("zip-in-zip.zip", MEMBER, build(Entry("a.zip", inner)))
    yield case("zip-in-zip-stored.zip", f"{BAD} {MEMBER}", build(Entry("a.zip", inner, method=0)))
    yield case("gzip-in-zip.zip", MEMBER, build(Entry("a.gz", b"\x1f\x8b\x08\0" + bytes(20))))
    yield case("renamed-zip-in-zip.zip", MEMBER, build(Entry("a.xml", inner)))
    yield case("bzip2-in-zip.zip", MEMBER, build(Entry("a.bz2", bz2.compress(flux))))
    yield case("tar-in-zip.zip", MEMBER, build(Entry("a.tar", bytes(257) + b"ustar\x0000" + bytes(248))))
    yield case("self-like.zip", f"{BAD} {MEMBER}", build(Entry("r/r.zip", b"PK\3\4" + bytes(400))))


def quoted_overlap(depth):
    """Each member's stored deflate block quotes the local header of the next one, so that all share one kernel of bytes."""
    kernel = deflate(bytes(1 << 20), 9)
    names = [f"{n:04}".encode() for n in range(depth)]
    body, sizes = kernel, [(len(kernel), 1 << 20, zlib.crc32(bytes(1 << 20)))]
    content = [bytes(1 << 20)]
    locals_ = []
    for n in reversed(range(depth)):
        packed, size, crc = sizes[0]
        header = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 0x5a21, crc, packed, size, 4, 0) + names[n]
        locals_.insert(0, (packed, size, crc))
        body = header + body
        if n:
            quote = struct.pack("<BHH", 0, len(header), len(header) ^ 0xffff)
            content.insert(0, header + content[0])
            body = quote + body
            sizes.insert(0, (packed + len(header) + 5, size + len(header), zlib.crc32(content[0])))
    directory, at = b"", 0
    for n in range(depth):
        packed, size, crc = locals_[n]
        directory += struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", UNIX, 20, 0, 8, 0, 0x5a21, crc, packed, size, 4, 0, 0, 0, 0,
                                 0o100644 << 16, at) + names[n]
        at += 30 + 4 + 5
    return body + directory + eocd(depth, len(directory), len(body))


def kinds(flux):
    """What is no plain file, or in no form that we read."""
    member = lambda **o: build(Entry("a.xml", flux, **o))
    for name, mode in {"link": 0o120777, "device": 0o20666, "block": 0o60666, "fifo": 0o10644, "socket": 0o140777, "folder": 0o40755}.items():
        yield case(f"mode-{name}.zip", MEMBER, member(mode=mode))
    yield case("mode-link-other-host.zip", MEMBER, build(Entry("a", b"/etc/passwd", mode=0o120777, both={"made": 20}), Entry("b.xml", flux)))
    yield case("mode-none.zip", ACCEPT, member(mode=0))
    yield case("folder-with-data.zip", MEMBER, build(Entry("d/", b"data", mode=0o40755), Entry("a.xml", flux)))
    yield case("folder-with-packed.zip", f"{BAD} {MEMBER}", build(Entry("d/", b"", packed=b"x" * 64, mode=0o40755), Entry("a.xml", flux)))
    yield case("folder-as-file.zip", MEMBER, build(Entry("d/", b"", method=0, mode=0o100644), Entry("a.xml", flux)))
    for name, flags in {"encrypted": 1, "strong": 1 << 6 | 1, "patch": 1 << 5, "masked": 1 << 13 | 1}.items():
        yield case(f"flag-{name}.zip", MEMBER, member(both={"flags": flags}))
    yield case("aes.zip", MEMBER, member(both={"flags": 1, "method": 99}, central_extra=extra(0x9901, b"\2\0AE\3\x08\0")))
    packers = {"shrink-1": None, "implode-6": None, "deflate64-9": None, "bzip2-12": bz2.compress, "lzma-14": lzma.compress, "zstd-93": None,
               "xz-95": lzma.compress, "jpeg-96": None, "ppmd-98": None, "none-65535": None}
    for name, pack in packers.items():
        method = int(name.rsplit("-", 1)[1])
        packed = pack(flux) if pack else flux
        yield case(f"method-{name}.zip", MEMBER, member(both={"method": method}, packed=packed))
    path = lambda text, crc: extra(0x7075, b"\1" + struct.pack("<I", crc) + text)
    yield case("unicode-path.zip", ACCEPT, member(central_extra=path(b"a.xml", zlib.crc32(b"a.xml"))))
    yield case("unicode-path-other.zip", BAD, member(central_extra=path(b"../etc/x", zlib.crc32(b"a.xml"))))
    yield case("unicode-path-local.zip", BAD, member(local_extra=path(b"b.xml", zlib.crc32(b"a.xml"))))


def names(flux):
    pair = lambda a, b: build(Entry(a, flux), Entry(b, flux + b"\n"))
    one = lambda name: build(Entry(name, flux))
    yield case("twice.zip", BAD, pair("a.xml", "a.xml"))
    yield case("twice-by-case.zip", BAD, pair("a.xml", "A.XML"))
    yield case("twice-by-accented-case.zip", BAD, pair("\u00e9.xml", "\u00c9.xml"))
    yield case("twice-by-form.zip", BAD, pair("e\u0301.xml", "\u00e9.xml"))
    yield case("twice-by-sharp-s.zip", BAD, pair("stra\u00dfe.xml", "STRASSE.xml"))
    yield case("twice-by-dot.zip", f"{BAD} {MEMBER}", pair("a.xml", "./a.xml"))
    yield case("twice-by-slash.zip", f"{BAD} {MEMBER}", pair("d/a.xml", "d\\a.xml"))
    yield case("file-and-folder.zip", BAD, build(Entry("a", flux), Entry("a/", method=0, mode=0o40755)))
    leaving = ["../a.xml", "../../../../../../evil-fluxrsa", "d/../../a.xml", "..", "/etc/evil-fluxrsa", "//host/share/a.xml", "\\a.xml",
               "..\\a.xml", "d\\..\\..\\a.xml", "C:\\a.xml", "c:a.xml", "\\\\?\\C:\\a.xml", "d/..", "."]
    for n, name in enumerate(leaving):
        yield case(f"leaving-{n}.zip", MEMBER, one(name))
    yield case("nul.zip", MEMBER, one(b"a.xml\0.jpg"))
    yield case("nul-only.zip", MEMBER, one(b"\0"))
    yield case("no-name.zip", f"{BAD} {MEMBER}", one(b""))
    yield case("65k-name.zip", MEMBER, one(b"a" * 65535))
    yield case("escape-name.zip", ACCEPT, one("\x1b[31ma\x07\r\n\u202e.xml"))
    yield case("latin-name.zip", ACCEPT, one("\u00e9.xml".encode("latin-1")))
    yield case("backslash-name.zip", ACCEPT, one("d\\a.xml"))
    yield case("dots-name.zip", ACCEPT, one("a..b...xml"))
    for name in ("CON", "nul.xml", "COM1", "a.xml:stream", "-rf", "$(reboot).xml", "%n%n.xml"):
        yield case(f"name-{name.strip('$%-').split('(')[0].replace(':', '-')}.zip", ACCEPT, one(name))


def bombs(flux):
    many = lambda n: build(*(Entry(f"{i}.xml", b"", method=0) for i in range(n)))
    yield case("65-members.zip", "F_LIMIT_MEMBERS", many(65))
    yield case("5000-members.zip", "F_LIMIT_MEMBERS", many(5000))
    yield case("70000-members.zip", f"F_LIMIT_MEMBERS {BAD}", lambda path: write_many(path, 70000))
    wide = {"size": WIDE, "packed": WIDE}
    announced = struct.pack("<QQ", 1 << 40, len(deflate(flux)))
    yield case("1TiB-announced.zip", "F_LIMIT_BYTES", build(Entry("a.xml", flux, both=wide, local_extra=extra(1, announced), central_extra=extra(1, announced))))
    huge = struct.pack("<QQ", 1 << 63, 1 << 63)
    yield case("8EiB-announced.zip", f"F_LIMIT_BYTES {BAD}", build(Entry("a.xml", flux, both=wide, local_extra=extra(1, huge), central_extra=extra(1, huge))))
    wrap = struct.pack("<QQ", 5, (1 << 64) - 10)
    yield case("wrapping-announced.zip", f"F_LIMIT_BYTES {BAD}", build(Entry("a.xml", flux, both=wide, local_extra=extra(1, wrap), central_extra=extra(1, wrap))))
    shared = [Entry(f"{i}.xml", flux, both={"size": 0xf0000000}) for i in range(60)]
    yield case("225GiB-announced.zip", "F_LIMIT_BYTES F_LIMIT_RATIO", build(*shared))
    yield case("4GiB-ratio-announced.zip", "F_LIMIT_RATIO F_LIMIT_BYTES", build(Entry("a.xml", flux, both={"size": 0xf0000000})))
    yield case("spaces-bomb.zip", "F_LIMIT_RATIO F_LIMIT_TEXT", bomb(b" " * (1 << 20), 3000), True)
    yield case("lying-bomb.zip", f"{SUM} F_LIMIT_RATIO F_LIMIT_TEXT", bomb(b" " * (1 << 20), 3000, size=1000), True)
    yield case("blank-elements-bomb.zip", "F_LIMIT_RATIO F_ENVELOPE F_CHECKSUM", bomb(b"<A>  </A>" * 100000, 3000), True)
    yield case("text-bomb.zip", "F_LIMIT_RATIO F_LIMIT_TEXT", bomb(b"A" * (1 << 20), 3000), True)


def write_many(path, count):
    with open(path, "wb") as f:
        f.write(build(*(Entry(f"{i}.xml", b"", method=0) for i in range(count)), wide={}, end={"here": 0xffff, "all": 0xffff}))


def bomb(chunk, count, size=None):
    """One member of count chunks; nobody gets as far as its CRC."""
    packed = repeated(b"<Racine>", chunk, count)
    return build(Entry("a.xml", b"", packed=packed, both={"size": size or len(chunk) * count + 8, "crc": 1}))


def cases(flux):
    for part in (end_records, wide_records, mismatches, shapes, kinds, names, bombs):
        yield from part(flux)
