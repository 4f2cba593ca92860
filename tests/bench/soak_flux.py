"""Small daily flux, as many as are wanted, all different, all to be applied; and among them copies, files that are no flux, and flux of
another département."""
import datetime
import os
import random
import re
import subprocess

MONTHS, FIRST = 12, (2024, 1)
LEAST, MOST = 3, 10  # households in one flux
COPY, JUNK, FOREIGN = 50, 100, 200  # one in so many
HOUSEHOLD = re.compile(rb"<InfosFoyerRSA>.*?</InfosFoyerRSA>", re.DOTALL)
NUMBER = re.compile(rb"<NUMDEMRSA>([^<]*)<")


class Item:
    """A file to be dropped. fate: of applied, already, refused, held."""

    def __init__(self, name, data, fate, households=0):
        self.name, self.data, self.fate, self.households = name, data, fate, households


def month(program, folder, index, households, departement="062"):
    """Head, {NUMDEMRSA: household} and the day that it begins with, of one month."""
    year, number = FIRST[0] + (FIRST[1] - 1 + index) // 12, (FIRST[1] - 1 + index) % 12 + 1
    path = os.path.join(folder, "month.xml")
    subprocess.run([program, "sample", "generate", "--households", str(households), "--month", f"{year}-{number:02}", "--month-index",
                    str(index), "--changed", "300", "--departement", departement, "--no-indent", "-o", path],
                   check=True, stdout=subprocess.DEVNULL)
    with open(path, "rb") as f:
        text = f.read()
    os.unlink(path)
    found = {NUMBER.search(block).group(1): block for block in HOUSEHOLD.findall(text)}
    return text[:text.index(b"<InfosFoyerRSA>")], found, datetime.datetime(year, number, 1)


def leaf(text, name, value):
    return re.sub(rb"(<%b>)[^<]*(</)" % name, rb"\g<1>%b\2" % value, text)


def daily(head, blocks, at):
    """The flux that was made at this moment."""
    day = at.strftime("%Y-%m-%d").encode()
    head = leaf(leaf(head, b"TYPEFLUX", b"I"), b"DTCREAFLUX", day)
    head = leaf(leaf(head, b"HEUCREAFLUX", at.strftime("%H:%M:%S.0000").encode()), b"DTREF", day)
    tail = (b"<TransmissionFlux><NBTOTDOSRSATRANSM>%08d</NBTOTDOSRSATRANSM><NBTOTDOSRSATRANSMANO>00000000</NBTOTDOSRSATRANSMANO>"
            b"</TransmissionFlux></Racine>\n")
    return head + b"".join(blocks) + tail % len(blocks)


def applied(program, folder, count, households):
    """The flux to be applied, in the order of their headers."""
    chance, serial = random.Random(count), 0
    for index in range(MONTHS):
        head, found, start = month(program, folder, index, households)
        numbers, many = sorted(found), (index + 1) * count // MONTHS - index * count // MONTHS
        for k in range(many):
            serial += 1
            blocks = [found[n] for n in chance.sample(numbers, chance.randint(LEAST, MOST))]
            at = start + datetime.timedelta(seconds=k * 27 * 86400 // many)
            yield Item(f"rsa.RSABEI.{at:%Y%m%d}.{serial:06}.xml", daily(head, blocks, at), "applied", len(blocks))


def load(program, folder, count, households):
    """What is dropped, in this order."""
    head, found, start = month(program, folder, 0, MOST, departement="059")
    foreign = list(found.values())[:LEAST]
    for n, item in enumerate(applied(program, folder, count, households), 1):
        yield item
        if n % COPY == 0:
            yield Item(item.name + ".copy", item.data, "already")  # taken after the other one, which comes before it by name
        if n % JUNK == 0:
            yield Item(f"page.{n}.xml", b"<html>moved %d</html>\n" % n, "refused")
        if n % FOREIGN == 0:
            yield Item(f"foreign.{n}.xml", daily(head, foreign, start + datetime.timedelta(seconds=n)), "held")
