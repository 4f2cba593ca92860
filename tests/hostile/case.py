"""One hostile file: its name, the codes of which one must be the verdict, and how its bytes are made."""
import zlib
from collections import namedtuple

# What a right file gets: the verdict is no refusal.
ACCEPT = "ACCEPT"

# name: ends with the suffix of its file; codes: a set; make: bytes, or a function that writes the file at a path; heavy: run alone.
Case = namedtuple("Case", "name codes make heavy")


def case(name, codes, make, heavy=False):
    return Case(name, set(codes.split()), make, heavy)


def repeated(first, chunk, count):
    """A deflate stream of first and count times chunk, made of one packed chunk: gigabytes cost nothing to write."""
    z = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = z.compress(first) + z.flush(zlib.Z_FULL_FLUSH)
    return head + (z.compress(chunk) + z.flush(zlib.Z_FULL_FLUSH)) * count + b"\3\0"


def write(c, path):
    if callable(c.make):
        c.make(path)
        return
    with open(path, "wb") as f:
        f.write(c.make)
