"""Gzip files that lie, and packed forms that we do not read. Source of the fields: RFC 1952."""
import bz2
import lzma
import struct
import zlib

from case import ACCEPT, case, repeated

HCRC, EXTRA, NAME, COMMENT = 2, 4, 8, 16


def stream(data, flags=0, middle=b"", crc=None, size=None, packed=None, method=8, tail=b""):
    z = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = packed if packed is not None else z.compress(data) + z.flush()
    head = struct.pack("<BBBBIBB", 0x1f, 0x8b, method, flags, 0, 0, 3) + middle
    crc = zlib.crc32(data) if crc is None else crc
    size = len(data) & 0xffffffff if size is None else size
    return head + packed + struct.pack("<II", crc, size) + tail


def head_crc(flags, middle):
    return struct.pack("<H", zlib.crc32(struct.pack("<BBBBIBB", 0x1f, 0x8b, 8, flags, 0, 0, 3) + middle) & 0xffff)


def trailers(flux):
    one = stream(flux)
    yield case("plain.gz", ACCEPT, one)
    yield case("wrong-crc.gz", "F_CHECKSUM", stream(flux, crc=1))
    yield case("wrong-size.gz", "F_CHECKSUM", stream(flux, size=1))
    yield case("size-0.gz", "F_CHECKSUM", stream(flux, size=0))
    yield case("one-byte-more.gz", "F_ARCHIVE", one + b"x")
    yield case("one-zero-more.gz", "F_ARCHIVE", one + b"\0")
    yield case("padded.gz", "F_ARCHIVE", one + bytes(512))
    yield case("xml-after.gz", "F_ARCHIVE", one + flux)
    yield case("zip-after.gz", "F_ARCHIVE", one + b"PK\5\6" + bytes(18))
    yield case("half-a-mark.gz", "F_TRUNCATED", one + b"\x1f")
    yield case("half-a-head.gz", "F_TRUNCATED", one + one[:6])
    yield case("head-alone-after.gz", "F_TRUNCATED", one + one[:10])
    yield case("another-after.gz", "F_ILLFORMED", one + one)
    for n in range(1, 9):
        yield case(f"cut-trailer-{n}.gz", "F_TRUNCATED", one[:-n])
    for n in (2, 3, 4, 8, 9, 10, 11, 100, len(one) // 2, len(one) - 12):
        yield case(f"cut-at-{n}.gz", "F_TRUNCATED", one[:n])
    yield case("mark-half.gz", "F_FORMAT", one[:1])


def heads(flux):
    yield case("method-7.gz", "F_ARCHIVE", stream(flux, method=7))
    for bit in (5, 6, 7):
        yield case(f"reserved-{bit}.gz", "F_ARCHIVE", stream(flux, 1 << bit))
    yield case("text-flag.gz", ACCEPT, stream(flux, 1))
    yield case("named.gz", ACCEPT, stream(flux, NAME, b"rsa.xml\0"))
    yield case("named-leaving.gz", ACCEPT, stream(flux, NAME, b"../../../../tmp/evil-fluxrsa\0"))
    yield case("named-escape.gz", ACCEPT, stream(flux, NAME, b"\x1b[2Jx\r\n\0"))
    yield case("named-long.gz", ACCEPT, stream(flux, NAME, b"a" * 300000 + b"\0"))
    yield case("named-for-ever.gz", "F_TRUNCATED", stream(b"", NAME, b"a" * 300000, packed=b"a")[:-8])
    yield case("commented.gz", ACCEPT, stream(flux, COMMENT, b"hello\0"))
    yield case("extra.gz", ACCEPT, stream(flux, EXTRA, struct.pack("<H", 6) + b"AB\2\0xx"))
    yield case("extra-65k.gz", ACCEPT, stream(flux, EXTRA, struct.pack("<H", 65535) + bytes(65535)))
    yield case("extra-beyond.gz", "F_ARCHIVE F_TRUNCATED F_CHECKSUM", stream(flux, EXTRA, struct.pack("<H", 65535) + b"AB"))
    yield case("head-crc.gz", ACCEPT, stream(flux, HCRC, head_crc(HCRC, b"")))
    yield case("head-crc-wrong.gz", "F_ARCHIVE", stream(flux, HCRC, b"\x12\x34"))
    yield case("head-crc-name-wrong.gz", "F_ARCHIVE", stream(flux, HCRC | NAME, b"a\0\0\0"))
    yield case("block-type-3.gz", "F_ARCHIVE", stream(flux, packed=b"\x07"))
    yield case("stored-lengths.gz", "F_ARCHIVE", stream(flux, packed=b"\1\5\0\5\0hello"))
    yield case("far-distance.gz", "F_ARCHIVE", stream(flux, packed=b"\x4b\x04\x62\x00" + b"\x03\x7e\xff\xff"))
    yield case("zlib-inside.gz", "F_ARCHIVE", stream(flux, packed=zlib.compress(flux)))


def several(flux):
    part = len(flux) // 4
    pieces = [flux[i:i + part] for i in range(0, len(flux), part)]
    yield case("four-streams.gz", ACCEPT, b"".join(map(stream, pieces)))
    yield case("sixteen-streams.gz", ACCEPT, stream(flux) + stream(b"") * 15)
    yield case("seventeen-streams.gz", "F_LIMIT_MEMBERS", stream(flux) + stream(b"") * 16)
    yield case("100000-streams.gz", "F_LIMIT_MEMBERS", stream(b"") * 100000)
    yield case("second-wrong.gz", "F_CHECKSUM", stream(pieces[0]) + stream(flux[part:], crc=5))
    yield case("second-cut.gz", "F_TRUNCATED", stream(pieces[0]) + stream(flux[part:])[:-1])
    yield case("second-is-zip.gz", "F_ARCHIVE", stream(flux) + b"PK\3\4")
    yield case("empty.gz", "F_EMPTY", stream(b""))
    yield case("empty-first.gz", ACCEPT, stream(b"") + stream(flux))
    yield case("gzip-in-gzip.gz", "F_ARCHIVE_MEMBER", stream(stream(flux)))
    yield case("gzip-in-gzip-in-gzip.gz", "F_ARCHIVE_MEMBER", stream(stream(stream(flux))))
    yield case("zip-in-gzip.gz", "F_ARCHIVE_MEMBER", stream(b"PK\3\4" + bytes(300)))
    yield case("empty-zip-in-gzip.gz", "F_ARCHIVE_MEMBER", stream(b"PK\5\6" + bytes(18)))
    for name, data in packed_forms(flux):
        yield case(f"{name}-in-gzip.gz", "F_ARCHIVE_MEMBER F_FORMAT", stream(data))
    yield case("spaces-bomb.gz", "F_LIMIT_RATIO F_LIMIT_TEXT", bomb(b"<Racine>", b" " * (1 << 20), 5000), True)
    yield case("household-bomb.gz", "F_LIMIT_RATIO F_LIMIT_TEXT F_ENVELOPE", bomb(b"<Racine>", b"<A/>" * (1 << 18), 5000), True)
    yield case("bomb-for-size.gz", "F_LIMIT_RATIO F_LIMIT_TEXT", bomb(flux, b"\n" * (1 << 20), 9000), True)


def bomb(first, chunk, count):
    """Nobody gets as far as its CRC."""
    return stream(b"", packed=repeated(first, chunk, count))


def packed_forms(flux):
    """Magic and some content; none of these may cost anything."""
    yield "bzip2", bz2.compress(flux)
    yield "xz", lzma.compress(flux)
    yield "lzma", lzma.compress(flux, format=lzma.FORMAT_ALONE)
    yield "zstd", b"\x28\xb5\x2f\xfd\x24\x05\x29\0\0hello" + bytes(200)
    yield "lz4", b"\x04\x22\x4d\x18\x64\x40\xa7" + bytes(200)
    yield "lzip", b"LZIP\1\x0c" + bytes(200)
    yield "compress", b"\x1f\x9d\x90" + bytes(200)
    yield "pack", b"\x1f\x1e" + bytes(200)
    yield "7z", b"7z\xbc\xaf\x27\x1c\0\4" + bytes(200)
    yield "rar4", b"Rar!\x1a\7\0\xcf\x90\x73" + bytes(200)
    yield "rar5", b"Rar!\x1a\7\1\0" + bytes(200)
    yield "cab", b"MSCF\0\0\0\0" + bytes(200)
    yield "iso", bytes(32768) + b"\1CD001\1\0" + bytes(4096)
    yield "ar", b"!<arch>\ndebian-binary   1700000000  0     0     100644  4         `\n2.0\n"
    yield "cpio-new", b"070701" + b"0" * 104
    yield "cpio-odc", b"070707" + b"0" * 70
    yield "cpio-binary", b"\xc7\x71" + bytes(200)
    yield "xar", b"xar!\0\x1c\0\1" + bytes(200)
    yield "lha", b"\x20\x00-lh5-" + bytes(200)
    yield "arj", b"\x60\xea\x28\0" + bytes(200)
    yield "warc", b"WARC/1.0\r\nWARC-Type: resource\r\n\r\n"
    yield "mtree", b"#mtree\n./etc/passwd type=link link=/etc/passwd\n"
    yield "uu", b"begin 644 a.xml\n#0V%T\n`\nend\n"
    yield "rpm", b"\xed\xab\xee\xdb\3\0" + bytes(200)
    yield "squashfs", b"hsqs" + bytes(200)
    yield "elf", b"\x7fELF\2\1\1" + bytes(200)
    yield "script", b"#!/bin/sh\ntouch /tmp/evil-fluxrsa\n"
    yield "pdf", b"%PDF-1.7\n" + bytes(200)


def foreign(flux):
    for name, data in packed_forms(flux):
        yield case(f"{name}.zip", "F_FORMAT", data)
    yield case("plain-tar.tar", "F_FORMAT", b"a.xml".ljust(257, b"\0") + b"ustar\x0000" + bytes(248 + 1024))
    yield case("zeros.gz", "F_FORMAT", bytes(1 << 20))
    yield case("one-byte.gz", "F_FORMAT", b"\x1f")


def cases(flux):
    for part in (trailers, heads, several):
        yield from part(flux)
