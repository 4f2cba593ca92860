"""How large a flux may be is a setting: an import and a check refuse what is beyond it, and say so."""
import os
import struct
import zipfile

from kit import Instance, check, equal, main, run, sample

GIB = 1 << 30
CENTRAL, LOCAL = b"PK\x01\x02", b"PK\x03\x04"


def declaring(path, size):
    """A zip of a small flux that says it is this large. The directory is believed until the bytes are there: no need to make them."""
    source = sample(path + ".xml", 3)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.write(source, "a.xml")
    with open(path, "rb") as f:
        data = bytearray(f.read())
    struct.pack_into("<I", data, data.index(CENTRAL) + 24, size)
    struct.pack_into("<I", data, data.index(LOCAL) + 22, size)
    with open(path, "wb") as f:
        f.write(data)
    return path


def codes(report):
    return {r["code"] for r in report.get("reasons", report.get("causes"))}


def refused_otherwise(report, what):
    """The zip lies about its size: what is within the limit is refused for that."""
    found = codes(report)
    check(found and "F_LIMIT_BYTES" not in found, f"{what}: {found}")


def check_option(folder):
    path = declaring(os.path.join(folder, "a.zip"), 3 * GIB)
    equal(codes(run("check", "--json", "--max-size", "2", path, expect=65).json()[0]), {"F_LIMIT_BYTES"}, "3 GiB, 2 allowed")
    for words in (("--max-size", "3"), ()):
        refused_otherwise(run("check", "--json", *words, path, expect=65).json()[0], f"3 GiB, {words or 'the usual 4'} allowed")


def check_refuses_no_size(folder):
    path = sample(os.path.join(folder, "a.xml"), 1)
    for word in ("0", "65", "-1", "4G", "", "1e1", "4 ", "99999999999999999999"):
        done = run("check", f"--max-size={word}", path, expect=64)
        check("--max-size" in done.err and "1" in done.err and "64" in done.err, f"{word!r}: {done.err}")
    run("check", "--max-size", "64", path)


def import_setting(folder):
    path = declaring(os.path.join(folder, "a.zip"), 3 * GIB)
    low = Instance(os.path.join(folder, "low"), max_member_size="2")
    equal(codes(low.imported(path, expect=65)[0]), {"F_LIMIT_BYTES"}, "3 GiB, 2 allowed")
    usual = Instance(os.path.join(folder, "usual"))
    refused_otherwise(usual.imported(path, expect=65)[0], "3 GiB, the usual 4 allowed")
    wrong = Instance(os.path.join(folder, "wrong"), max_member_size="65")
    equal(wrong.run("config", "check", expect=None).code, 78, "a size out of bounds")


main(check_option, check_refuses_no_size, import_setting)
