"""The morning summary: what it says of a good night and of bad ones, and how it goes to sendmail."""
import email
import email.policy
import os
import re
import time

from kit import check, equal, main
from night_kit import Night, edited, holds_nobody, persons_of, seconds

MORNING = "2026-02-05 07:45"


def sendmail(folder, body):
    """A program that takes mail: a shell script; what it read lies in the file "mail"."""
    path = os.path.join(folder, "sendmail")
    with open(path, "w", encoding="utf-8") as f:
        f.write(f'#!/bin/sh\necho "$@" > "{folder}/words"\nenv > "{folder}/env"\n{body}\n')
    os.chmod(path, 0o755)
    return path


def mailed(folder):
    with open(os.path.join(folder, "mail"), "rb") as f:
        return email.message_from_bytes(f.read(), policy=email.policy.default)


def alone(text):
    """Without the free space: others write on this disk meanwhile."""
    return re.sub(r"[\d.]+ [kMGT]?B free on the disk", "", text)


def mailing(folder, body=None, **settings):
    n = Night(folder, "[source.caf]\n")
    n.put("summary", "to", "it@dep62.example, chef@dep62.example")
    n.put("summary", "from", "rsa@dep62.example")
    n.put("summary", "sendmail", sendmail(folder, body or f'cat > "{folder}/mail"'))
    for key, value in settings.items():
        n.put("summary", key, value)
    return n


def good_night(n):
    files = [n.daily("caf.xml", "2026-02-03"), n.daily("msa.xml", "2026-02-03", "msa")]
    n.come("2026-02-04 01:20", *files)
    files += [n.daily("caf2.xml", "2026-02-04"), n.daily("msa2.xml", "2026-02-04", "msa")]
    return files, n.come("2026-02-05 01:20", *files[2:])


def test_an_ordinary_night_takes_ten_lines(folder):
    n = Night(folder)
    n.put("alert", "backup_age", "0 d")
    files, done = good_night(n)
    text = n.look(MORNING, "report", "summary").out
    lines = [line for line in text.rstrip("\n").split("\n") if not line.startswith("WARNING: flux are expected, and fluxrsad")]
    check(len(lines) <= 10, f"{len(lines)} lines:\n{text}")
    check("From 2026-02-04 07:45 to 2026-02-05 07:45" in text, text)
    check("Expected: 2 due, 2 received, 0 late, 0 missing, 0 held" in text, text)
    check("Came: 2 applied, 0 refused, 0 held" in text, text)
    for e in done:
        check(any(e["file"] in line and f"{e['read']} read, {e['created']} created, {e['updated']} updated" in line for line in lines), e["file"])
    check("caf.xml" not in text, "the night before")
    holds_nobody(text, persons_of(*files), "the summary")
    said = n.look(MORNING, "report", "summary", "--json").json()
    equal((said["applied"], said["refused"], said["held"], [f["file"] for f in said["flux"]]), (2, 0, 0, ["caf2.xml", "msa2.xml"]), "for machines")
    equal(said["expected"], {"due": 2, "received": 2, "late": 0, "missing": 0, "held": 0}, "expected")
    holds_nobody(n.look(MORNING, "report", "summary", "--json").out, persons_of(*files), "its JSON")


def test_a_day_on_which_nothing_is_expected(folder):
    n = Night(folder, "[source.caf]\ndaily_by = 05:00\ndaily_days = tue,wed,thu,fri,sat\nmonthly_by = 10\n[source.pe]\n")
    sunday = n.look("2026-02-08 07:45", "report", "summary").out
    check("Expected: nothing was due; the next flux by 2026-02-10 05:00\n" in sunday, sunday)
    n.put("source.caf", "daily_by", "")
    check("the next flux by 2026-02-10 23:59\n" in n.look("2026-02-08 07:45", "report", "summary").out, "the day of a monthly one ends")
    n.put("source.caf", "monthly_by", "0")
    check("Expected: nothing was due\n" in n.look("2026-02-08 07:45", "report", "summary").out, "nothing ever")


def test_since(folder):
    n = Night(folder)
    good_night(n)
    for since, count in (("2026-02-03", 4), ("03/02/2026", 4), ("2026-02-04T01:20", 4), ("2026-02-04T01:21", 2), ("2026-02-05 01:20", 2), ("2026-02-05T01:21", 0)):
        equal(n.look(MORNING, "report", "summary", "--since", since, "--json").json()["applied"], count, since)
    for bad in ("yesterday", "2026-02-30", "2026-02-04T", "2026-02-04T25:00", "2026-02-04T12:60", "2026-02-04X12:00", "2026-02-04T1:200", "2026-02-04T12:00:00"):
        n.look(MORNING, "report", "summary", "--since", bad, expect=64)


def test_a_bad_night(folder):
    n = Night(folder)
    n.put("import", "max_reject_share", "100 %")
    good_night(n)
    cut = edited(n.daily("c.xml", "2026-02-05"), os.path.join(folder, "cut.xml"), "TransmissionFlux/NBTOTDOSRSATRANSM", "00000099")
    empty = os.path.join(folder, "empty.xml")
    with open(empty, "wb"):
        pass
    bad = n.daily("bad.xml", "2026-02-05", "caf", 900, "--faults", "no-key,person-key")
    n.come("2026-02-06 01:20", cut, empty, bad, expect=65)
    text = n.look("2026-02-06 07:45", "report", "summary").out
    lines = text.split("\n")
    check("HELD: cut.xml, F_TOTALS; fluxrsa flux show" in text, text)
    check("REFUSED: empty.xml, F_EMPTY; fluxrsa flux show" in text, text)
    check("Came: 1 applied, 1 refused, 1 held" in text, text)
    check("WARNING: msa: the daily flux is late" in text, text)
    rejects = next(line for line in lines if line.startswith("Rejects open: "))
    check("D_NO_KEY" in rejects and "D_PERSON_KEY" in rejects, rejects)
    holds_nobody(text, persons_of(bad), "the summary")


def test_files_that_never_reached_the_ledger(folder):
    n = Night(folder)
    arrival = os.path.join(n.folder, "refused", "20260205T012000Z-0001-caf")
    os.mkdir(arrival, 0o700)
    moment = seconds("2026-02-05 01:30")
    with open(os.path.join(arrival, "poison.xml"), "wb") as f:
        f.write(b"x")
    slip = (("source", "caf"), ("name", "poison.xml"), ("file", "poison.xml"), ("size", 1), ("claimed_at", moment), ("settled_at", moment),
            ("deaths", 3), ("tries", 3), ("not_before", 0), ("order", ""), ("sidecar", 0), ("sidecar_changed", 0), ("end", ""))
    with open(os.path.join(arrival, "arrival"), "w", encoding="ascii") as f:
        f.write("".join(f"{k}={v}\n" for k, v in slip))
    text = n.look(MORNING, "report", "summary").out
    check("REFUSED: poison.xml; " in text and os.path.join(arrival, "reason.txt") in text, text)
    equal([a["file"] for a in n.look(MORNING, "report", "summary", "--json").json()["aside"]], ["poison.xml"], "for machines")
    check("poison" not in n.look("2026-02-06 07:45", "report", "summary").out, "the morning after")
    with open(os.path.join(arrival, "result.json"), "w", encoding="ascii") as f:
        f.write("[]")
    check("poison" not in n.look(MORNING, "report", "summary").out, "the ledger tells it")


def test_many_flux_are_summed_up(folder):
    n = Night(folder)
    days = [f"2026-02-{d:02}" for d in range(2, 8)]
    done = n.come("2026-02-08 01:20", *(n.daily(f"{d}.xml", d) for d in days))
    text = n.look("2026-02-08 07:45", "report", "summary").out
    check(f"Came: {len(days)} applied" in text, text)
    check(f"  {sum(e['announced'] for e in done)} announced, {sum(e['read'] for e in done)} read" in text, text)
    check("2026-02-03.xml" not in text, "not one by one")


def test_many_refused_are_summed_up(folder):
    n = Night(folder)
    bad = []
    for i in range(5):
        bad.append(os.path.join(folder, f"empty{i}.xml"))
        open(bad[-1], "w").close()
    for i in range(2):
        bad.append(os.path.join(folder, f"none{i}.txt"))
        with open(bad[-1], "w") as f:
            f.write(f"no flux {i}\n")
    n.come("2026-02-08 01:20", *bad, expect=65)
    text = n.look("2026-02-08 07:45", "report", "summary").out
    line = [l for l in text.splitlines() if l.startswith("REFUSED")]
    equal(line, ["REFUSED: 7; 5 F_EMPTY, 2 F_FORMAT; fluxrsa flux list"], text)


def test_mail(folder):
    n = mailing(folder)
    files = [n.daily("caf.xml", "2026-02-04")]
    n.come("2026-02-05 01:20", *files)
    done = n.look(MORNING, "report", "summary", "--mail")
    equal((done.out, done.err), ("", ""), "nothing else is said")
    with open(os.path.join(folder, "words"), encoding="utf-8") as f:
        equal(f.read(), "-t -oi\n", "its arguments")
    with open(os.path.join(folder, "mail"), "rb") as f:
        raw = f.read()
    check(all(b < 128 for b in raw), "seven bits")
    check(all(len(line) <= 78 for line in raw.split(b"\n")), "short lines")
    m = mailed(folder)
    equal((m["To"], m["From"], m["Auto-Submitted"]), ("it@dep62.example, chef@dep62.example", "rsa@dep62.example", "auto-generated"), "headers")
    equal(m["Subject"], "fluxrsa, département 062: OK, 2026-02-05", "subject")
    equal((m.get_content_type(), m.get_content_charset()), ("text/plain", "utf-8"), "type")
    equal(m["Date"], "Thu, 05 Feb 2026 07:45:00 +0000", "date")
    equal(alone(m.get_content()), alone(n.look(MORNING, "report", "summary").out), "what it says")
    holds_nobody(m.get_content(), persons_of(*files), "the mail")
    french = n.look(MORNING, "report", "summary", "--mail", LC_ALL="fr_FR.UTF-8", LANGUAGE="fr")
    equal(french.code, 0, "in French")
    check("062" in mailed(folder)["Subject"], "subject")


def test_a_sendmail_that_fails(folder):
    n = mailing(folder, "cat > /dev/null\nexit 75")
    done = n.look(MORNING, "report", "summary", "--mail", expect=74)
    check("sendmail" in done.err and "75" in done.err, done.err)
    sendmail(folder, "exit 0")
    n.look(MORNING, "report", "summary", "--mail")
    sendmail(folder, "kill -9 $$")
    n.look(MORNING, "report", "summary", "--mail", expect=74)
    os.unlink(os.path.join(folder, "sendmail"))
    check("sendmail" in n.look(MORNING, "report", "summary", "--mail", expect=74).err, "it is not there")


def test_a_sendmail_that_is_slow(folder):
    n = mailing(folder, f'sleep 2\ncat > "{folder}/mail"\nsleep 1')
    began = time.monotonic()
    n.look(MORNING, "report", "summary", "--mail")
    check(time.monotonic() - began >= 3, "it was waited for")
    check("062" in mailed(folder)["Subject"], "it got all")


def test_what_a_sendmail_is_given(folder):
    n = mailing(folder)
    n.look(MORNING, "report", "summary", "--mail", FLUXRSA_SECRET="x", HOME="/nowhere")
    with open(os.path.join(folder, "env"), encoding="utf-8") as f:
        env = f.read()
    check("SECRET" not in env and "LD_PRELOAD" not in env and "HOME=/nowhere\n" in env, "its environment")


def test_mail_to_nobody(folder):
    n = Night(folder, "[source.caf]\n")
    check("[summary] to" in n.look(MORNING, "report", "summary", "--mail", expect=78).err, "the setting is named")
    n.look(MORNING, "report", "summary", "--mail", "--json", expect=64)


def test_no_address_makes_a_header(folder):
    for number, bad in enumerate(("a@b.example\\nBcc: c@d.example", "a b@c.example", "<a@b.example>", '"a"@b.example', "é@b.example", "a@b.example;c@d.example")):
        home = os.path.join(folder, str(number))
        os.mkdir(home)
        n = mailing(home)
        n.put("summary", "to", bad)
        n.look(MORNING, "report", "summary", "--mail", expect=78)
        check(not os.path.exists(os.path.join(n.home, "mail")), f"nothing is sent: {bad}")


def test_a_store_that_is_gone_is_told(folder):
    n = mailing(folder)
    os.rename(os.path.join(n.folder, "keys"), os.path.join(n.folder, "away"))
    n.look(MORNING, "report", "summary", "--mail", expect=69)
    m = mailed(folder)
    check("CRITICAL" in m["Subject"] and "cannot be opened" in m.get_content(), m.get_content())
    os.unlink(os.path.join(folder, "mail"))
    os.rename(os.path.join(n.folder, "store"), os.path.join(n.folder, "lost"))
    n.look(MORNING, "report", "summary", "--mail", expect=69)
    check("cannot be opened" in mailed(folder).get_content(), "no folder at all")


def test_names_of_files_steer_nothing(folder):
    n = mailing(folder)
    name = "x\x1b[31m\nBcc: evil@example.xml"
    os.rename(n.daily("x.xml", "2026-02-04"), os.path.join(folder, name))
    n.come("2026-02-05 01:20", os.path.join(folder, name))
    n.look(MORNING, "report", "summary", "--mail")
    m = mailed(folder)
    equal(m["Bcc"], None, "no header")
    check("\x1b" not in m.get_content() and "\nBcc" not in m.get_content(), "no line of its own")


if __name__ == "__main__":
    main(test_an_ordinary_night_takes_ten_lines, test_a_day_on_which_nothing_is_expected, test_since, test_a_bad_night, test_files_that_never_reached_the_ledger, test_many_flux_are_summed_up, test_many_refused_are_summed_up, test_mail, test_a_sendmail_that_fails,
         test_a_sendmail_that_is_slow, test_what_a_sendmail_is_given, test_mail_to_nobody, test_no_address_makes_a_header,
         test_a_store_that_is_gone_is_told, test_names_of_files_steer_nothing)
