"""Tar archives inside gzip, header by header. Sources of the fields: POSIX pax, GNU tar."""
import gzip

from case import ACCEPT, case
from gzips import bomb

BAD, MEMBER = "F_ARCHIVE", "F_ARCHIVE_MEMBER"
BLOCK = 512
EOF = bytes(2 * BLOCK)


def octal(value, width):
    return b"%0*o\0" % (width - 1, value)


def base256(value, width=12):
    raw = (value & ((1 << 8 * width) - 1)).to_bytes(width, "big")
    return bytes([raw[0] | 0x80]) + raw[1:]


def header(name, size=0, kind=b"0", link=b"", mode=0o644, magic=b"ustar\x0000", raw_size=None, checksum=None, prefix=b"", tail=b""):
    name = name.encode() if isinstance(name, str) else name
    size = octal(size, 12) if raw_size is None else raw_size
    h = (name.ljust(100, b"\0") + octal(mode, 8) + octal(0, 8) * 2 + size + octal(0, 12) + b" " * 8 + kind + link.ljust(100, b"\0") + magic
         + b"root".ljust(32, b"\0") * 2 + octal(0, 8) * 2 + prefix.ljust(155, b"\0") + tail).ljust(BLOCK, b"\0")
    total = sum(h) if checksum is None else checksum
    return h[:148] + b"%06o\0 " % total + h[156:]


def padded(data):
    return data + bytes(-len(data) % BLOCK)


def member(name, data=b"", **fields):
    return header(name, len(data), **fields) + padded(data)


def record(key, value):
    """One record of a pax header: its length counts itself."""
    body = b" " + key.encode() + b"=" + (value if isinstance(value, bytes) else value.encode()) + b"\n"
    n = len(body) + 1
    while n != len(str(n)) + len(body):
        n = len(str(n)) + len(body)
    return str(n).encode() + body


def pax(*records, kind=b"x"):
    data = b"".join(records)
    return member("PaxHeaders/x", data, kind=kind)


def packed(*parts, end=EOF, tail=b""):
    return gzip.compress(b"".join(parts) + end + tail, 6, mtime=0)


def plain(flux):
    one = member("a.xml", flux)
    yield case("plain.tar.gz", ACCEPT, packed(one))
    yield case("padded.tar.gz", ACCEPT, packed(one, tail=bytes(8192)))
    yield case("folder.tar.gz", ACCEPT, packed(header("d/", kind=b"5", mode=0o755), member("d/a.xml", flux)))
    yield case("dot.tar.gz", ACCEPT, packed(header("./", kind=b"5", mode=0o755), member("./a.xml", flux)))
    yield case("prefix.tar.gz", ACCEPT, packed(member("a.xml", flux, prefix=b"some/folder")))
    yield case("gnu.tar.gz", ACCEPT, packed(member("a.xml", flux, magic=b"ustar  \0")))
    yield case("pax.tar.gz", ACCEPT, packed(pax(record("path", "d/\u00e9t\u00e9.xml"), record("mtime", "1700000000.5")), one))
    yield case("pax-size.tar.gz", ACCEPT, packed(pax(record("size", str(len(flux)))), one))
    yield case("pax-size-alone.tar.gz", BAD, packed(pax(record("size", str(len(flux)))), header("a.xml", 0), padded(flux)))
    yield case("empty.tar.gz", "F_EMPTY F_FORMAT", packed())
    yield case("folders-only.tar.gz", "F_EMPTY", packed(header("d/", kind=b"5")))
    yield case("empty-member.tar.gz", "F_EMPTY", packed(member("a.xml")))
    yield case("two-gzip-streams.tar.gz", ACCEPT, gzip.compress(one[:700]) + gzip.compress(one[700:] + EOF))


def ends(flux):
    one = member("a.xml", flux)
    yield case("no-end.tar.gz", "F_TRUNCATED", packed(one, end=b""))
    yield case("half-end.tar.gz", "F_TRUNCATED", packed(one, end=bytes(BLOCK)))
    yield case("cut-data.tar.gz", f"{BAD} F_TRUNCATED", packed(one[:BLOCK + 300], end=b""))
    yield case("cut-padding.tar.gz", f"{BAD} F_TRUNCATED", packed(header("a.xml", len(flux)), flux, end=b""))
    yield case("cut-header.tar.gz", f"{BAD} F_TRUNCATED F_FORMAT", packed(one[:300], end=b""))
    yield case("after-end.tar.gz", BAD, packed(one, tail=b"hidden"))
    yield case("member-after-end.tar.gz", BAD, packed(one, tail=member("b.xml", flux)))
    yield case("far-after-end.tar.gz", BAD, packed(one, tail=bytes(1 << 20) + b"x"))
    yield case("zero-block-between.tar.gz", f"{BAD} F_TRUNCATED", packed(one, bytes(BLOCK), member("b.xml", flux)))
    yield case("not-a-header.tar.gz", BAD, packed(one, b"x" * BLOCK))
    yield case("checksum.tar.gz", f"{BAD} F_FORMAT", packed(header("a.xml", len(flux), checksum=1) + padded(flux)))
    yield case("checksum-of-second.tar.gz", BAD, packed(one, header("b.xml", 0, checksum=1)))
    yield case("gzip-crc.tar.gz", "F_CHECKSUM", packed(one)[:-8] + b"\1\2\3\4" + packed(one)[-4:])
    yield case("gzip-cut.tar.gz", "F_TRUNCATED", packed(one)[:-1])
    yield case("gzip-then-more.tar.gz", BAD, packed(one) + b"\0")


def kinds(flux):
    one = member("a.xml", flux)
    for name, kind, link in (("link", b"2", b"/etc/passwd"), ("hardlink", b"1", b"a.xml"), ("hardlink-out", b"1", b"/etc/passwd"),
                             ("character-device", b"3", b""), ("block-device", b"4", b""), ("fifo", b"6", b"")):
        yield case(f"{name}.tar.gz", MEMBER, packed(one, header("b.xml", 0, kind=kind, link=link)))
    yield case("link-with-data.tar.gz", f"{MEMBER} {BAD}", packed(member("b.xml", flux, kind=b"2", link=b"a"), one))
    yield case("folder-with-data.tar.gz", f"{MEMBER} {BAD}", packed(member("d/", b"data", kind=b"5"), one))
    yield case("link-first.tar.gz", MEMBER, packed(header("d", kind=b"2", link=b"/tmp"), member("d/evil-fluxrsa", flux)))
    yield case("hardlink-with-data.tar.gz", f"{MEMBER} {BAD}", packed(one, member("b.xml", flux, kind=b"1", link=b"a.xml")))
    yield case("contiguous.tar.gz", f"{ACCEPT} {MEMBER}", packed(member("a.xml", flux, kind=b"7")))
    yield case("multivolume.tar.gz", f"{MEMBER} {BAD} {ACCEPT}", packed(member("a.xml", flux, kind=b"M")))
    yield case("dump-dir.tar.gz", f"{MEMBER} {BAD} {ACCEPT}", packed(member("d/", b"Ya\0\0", kind=b"D"), one))
    yield case("unknown-kind.tar.gz", f"{MEMBER} {ACCEPT} {BAD}", packed(member("a.xml", flux, kind=b"Q")))
    yield case("pax-link.tar.gz", f"{MEMBER} {ACCEPT}", packed(pax(record("linkpath", "/etc/passwd")), one))
    inner = gzip.compress(flux)
    for name, data in {"gzip": inner, "zip": b"PK\3\4" + bytes(200), "tar": one + EOF, "bzip2": b"BZh9" + bytes(200)}.items():
        yield case(f"{name}-in-tar.tar.gz", MEMBER, packed(member("a.xml", data)))
    yield case("sparse-gnu.tar.gz", f"{MEMBER} {BAD}", packed(gnu_sparse(1 << 60)))
    yield case("sparse-pax.tar.gz", f"{MEMBER} {BAD}", packed(pax(record("GNU.sparse.size", str(1 << 60)), record("GNU.sparse.numblocks", "1"),
                                                                 record("GNU.sparse.offset", "0"), record("GNU.sparse.numbytes", "10")), member("a.xml", flux)))
    yield case("sparse-pax-1.0.tar.gz", f"{MEMBER} {BAD} F_LIMIT_BYTES", packed(
        pax(record("GNU.sparse.major", "1"), record("GNU.sparse.minor", "0"), record("GNU.sparse.name", "a.xml"), record("GNU.sparse.realsize", str(1 << 60))),
        member("a.xml", padded(b"1\n0\n10\n") + b"0123456789")))
    yield case("sparse-map-huge.tar.gz", f"{MEMBER} {BAD}", packed(
        pax(record("GNU.sparse.major", "1"), record("GNU.sparse.minor", "0"), record("GNU.sparse.realsize", "10")),
        member("a.xml", padded(b"999999999\n" + b"0\n0\n" * 100))))


def gnu_sparse(size):
    entries = octal(0, 12) + octal(10, 12) + octal(0, 12) * 6
    h = header("a.xml", 10, kind=b"S", magic=b"ustar  \0")
    h = bytearray(h)
    h[386:386 + len(entries)] = entries
    h[483:495] = base256(size)
    h[148:156] = b" " * 8
    h[148:156] = b"%06o\0 " % sum(h)
    return bytes(h) + padded(b"0123456789")


def sizes(flux):
    raw = lambda value: packed(header("a.xml", raw_size=value) + padded(flux))
    yield case("size-negative.tar.gz", BAD, raw(base256(-1)))
    yield case("size-negative-text.tar.gz", f"{BAD} F_ILLFORMED F_TRUNCATED F_LIMIT_BYTES F_EMPTY", raw(b"-0000000001\0"))
    yield case("size-8EiB.tar.gz", f"{BAD} F_LIMIT_BYTES", raw(base256((1 << 63) - 1)))
    yield case("size-beyond.tar.gz", f"{BAD} F_LIMIT_BYTES", raw(b"\x80" + b"\xff" * 11))
    yield case("size-1TiB.tar.gz", f"{BAD} F_LIMIT_BYTES", raw(base256(1 << 40)))
    yield case("size-8GiB-octal.tar.gz", f"{BAD} F_LIMIT_BYTES", raw(b"77777777777\0"))
    yield case("size-spaces.tar.gz", f"{BAD} F_EMPTY", raw(b" " * 12))
    yield case("size-letters.tar.gz", f"{BAD} F_EMPTY", raw(b"zzzzzzzzzzz\0"))
    yield case("size-too-long.tar.gz", f"{BAD} F_TRUNCATED", packed(header("a.xml", len(flux) + 4096) + padded(flux)))
    yield case("size-pax-huge.tar.gz", f"{BAD} F_LIMIT_BYTES", packed(pax(record("size", str(1 << 62))), header("a.xml", 0), padded(flux)))
    yield case("size-pax-negative.tar.gz", f"{BAD} F_EMPTY F_LIMIT_BYTES", packed(pax(record("size", "-5")), header("a.xml", 0), padded(flux)))
    yield case("size-pax-twice.tar.gz", f"{BAD} {ACCEPT} F_EMPTY", packed(pax(record("size", "5"), record("size", str(len(flux)))), header("a.xml", 0), padded(flux)))
    yield case("pax-length-lies.tar.gz", BAD, packed(pax(b"999 path=b.xml\n"), member("a.xml", flux)))
    yield case("pax-length-0.tar.gz", BAD, packed(pax(b"0 path=b.xml\n"), member("a.xml", flux)))
    yield case("pax-no-equals.tar.gz", f"{BAD} {ACCEPT}", packed(pax(b"8 path b\n"), member("a.xml", flux)))
    yield case("pax-alone.tar.gz", BAD, packed(member("a.xml", flux), pax(record("path", "b.xml"))))
    yield case("pax-64MiB.tar.gz", f"{BAD} {MEMBER} F_LIMIT_RATIO", lambda path: write_large(path, b"x", record("comment", b"a" * (64 << 20)), flux), True)
    yield case("global-64MiB.tar.gz", f"{BAD} {MEMBER} F_LIMIT_RATIO {ACCEPT}", lambda path: write_large(path, b"g", record("comment", b"a" * (64 << 20)), flux), True)
    yield case("long-name-64MiB.tar.gz", f"{BAD} {MEMBER} F_LIMIT_RATIO", lambda path: write_large(path, b"L", b"a" * (64 << 20), flux), True)
    yield case("special-headers-1000.tar.gz", f"{BAD} F_LIMIT_MEMBERS", packed(pax(record("comment", "x"), kind=b"g") * 1000, member("a.xml", flux)))
    yield case("special-headers-100000.tar.gz", BAD, packed(pax(record("comment", "x")) * 100000, member("a.xml", flux)))
    yield case("long-names-10000.tar.gz", BAD, packed(member("././@LongLink", b"a" * 200 + b"\0", kind=b"L") * 10000, member("a.xml", flux)))
    yield case("acl-1MiB.tar.gz", BAD, packed(pax(record("SCHILY.acl.access", b"u:a:rwx," * 100000)), member("a.xml", flux)))
    yield case("charset.tar.gz", f"{ACCEPT} {MEMBER} {BAD}", packed(pax(record("hdrcharset", "BINARY"), record("path", b"\xe9.xml")), member("a.xml", flux)))


def write_large(path, kind, data, flux):
    with open(path, "wb") as f:
        f.write(packed(member("././@x", data, kind=kind), member("a.xml", flux)))


def names(flux):
    one = lambda name, **o: packed(member(name, flux, **o))
    pair = lambda a, b: packed(member(a, flux), member(b, flux + b"\n"))
    for n, (a, b) in enumerate((("a.xml", "a.xml"), ("a.xml", "A.XML"), ("a.xml", "./a.xml"), ("\u00e9.xml", "e\u0301.xml"), ("d/a.xml", "d//a.xml"))):
        yield case(f"twice-{n}.tar.gz", BAD, pair(a, b))
    leaving = ["../a.xml", "../../../../../../tmp/evil-fluxrsa", "/etc/evil-fluxrsa", "d/../../a.xml", "..", "C:\\a.xml", "..\\a.xml", "\\a.xml", "."]
    for n, name in enumerate(leaving):
        yield case(f"leaving-{n}.tar.gz", MEMBER, one(name))
    yield case("leaving-prefix.tar.gz", MEMBER, one("a.xml", prefix=b"../.."))
    yield case("leaving-pax.tar.gz", MEMBER, packed(pax(record("path", "../../evil-fluxrsa")), member("a.xml", flux)))
    yield case("leaving-pax-accent.tar.gz", MEMBER, packed(pax(record("path", "../\u00e9vil-fluxrsa")), member("a.xml", flux)))
    yield case("leaving-long.tar.gz", MEMBER, packed(member("././@LongLink", b"../" * 60 + b"a\0", kind=b"L"), member("a.xml", flux)))
    yield case("leaving-folder.tar.gz", MEMBER, packed(header("../d/", kind=b"5"), member("a.xml", flux)))
    yield case("no-name.tar.gz", f"{MEMBER} {BAD}", one(""))
    yield case("pax-empty-name.tar.gz", f"{MEMBER} {ACCEPT}", packed(pax(record("path", "")), member("a.xml", flux)))
    yield case("pax-nul-name.tar.gz", f"{MEMBER} {ACCEPT} {BAD}", packed(pax(record("path", b"b\0/../c.xml")), member("a.xml", flux)))
    yield case("escape-name.tar.gz", ACCEPT, one(b"\x1b[31ma\x07.xml"))
    yield case("latin-name.tar.gz", ACCEPT, one(b"\xe9.xml"))
    yield case("bidi-name.tar.gz", ACCEPT, one("a\u202elmx.xml"))
    yield case("xml-like-name.tar.gz", "F_ILLFORMED F_ROOT F_TRUNCATED F_ENCODING F_FORMAT F_ARCHIVE_MEMBER", one("<a>.xml"))
    yield case("65-members.tar.gz", "F_LIMIT_MEMBERS", packed(*(member(f"{n}.xml") for n in range(65))))
    yield case("65-folders.tar.gz", "F_LIMIT_MEMBERS", packed(*(header(f"{n}/", kind=b"5") for n in range(64)), member("a.xml", flux)))
    yield case("70000-members.tar.gz", "F_LIMIT_MEMBERS", packed(*(header(f"{n}.xml") for n in range(70000))))
    yield case("bomb.tar.gz", "F_LIMIT_RATIO F_LIMIT_TEXT", bomb(header("a.xml", 3000 << 20) + b"<Racine>", b" " * (1 << 20), 3000), True)
    yield case("bomb-after-end.tar.gz", "F_LIMIT_RATIO", bomb(member("a.xml", flux), bytes(1 << 20), 3000), True)


def cases(flux):
    for part in (plain, ends, kinds, sizes, names):
        yield from part(flux)
