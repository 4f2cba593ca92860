"""What commands say and how they end: closed streams, wrong rights, wrong words, terminals of every width."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
import zipfile

from lxml import etree

from kit import FLUXRSA, Instance, check, equal, main, run, sample


def instance(folder, **settings):
    return Instance(os.path.join(folder, "i"), **settings)


def flux(folder, name, households=30, *words):
    return sample(os.path.join(folder, name), households, *words)


def edited(path, to, edit):
    tree = etree.parse(path)
    edit(tree.getroot())
    tree.write(to, encoding="utf-8", xml_declaration=True)
    return to


def test_streams_that_are_closed_change_nothing(folder):
    i = instance(folder)
    for number, closing in enumerate(("<&-", ">&-", "2>&-", "<&- >&- 2>&-")):
        f = flux(folder, f"{number}.xml", 30, "--month", f"2025-0{number + 1}")
        code = subprocess.call(["sh", "-c", f'exec "$0" -c "$1" import "$2" {closing}', FLUXRSA, i.config, f], stdout=subprocess.DEVNULL)
        equal(code, 0, f"import {closing}")
    equal([e["status"] for e in i.run("flux", "list", "--json").json()], ["applied"] * 4, "the ledger")


def test_a_dry_run_of_several_says_that_each_was_judged_alone(folder):
    i = instance(folder)
    months = [flux(folder, f"{m}.xml", 30, "--month", f"2025-0{m}") for m in (1, 2)]
    check("judged alone" in i.run("import", "--dry-run", *months).err, "two files")
    check("judged alone" not in i.run("import", "--dry-run", months[0]).err, "one file")
    archive = os.path.join(folder, "two.zip")
    with zipfile.ZipFile(archive, "w") as z:
        for m in months:
            z.write(m, os.path.basename(m))
    check("judged alone" in i.run("import", "--dry-run", archive).err, "an archive of two")
    check("judged alone" not in i.run("import", *months).err, "applied")


def test_already_applied_names_the_file_given_and_asks_for_nothing(folder):
    i = instance(folder)
    f = flux(folder, "first.xml")
    i.imported(f)
    again = os.path.join(folder, "again.xml")
    os.link(f, again)
    text = i.run("import", "--force", "to see", again).out
    check("again.xml" in text and "first.xml" not in text, "the name given now")
    check("as flux 1" in text and "since" in text, "since when, and as which flux")
    check("Why" not in text and "What to do" not in text and "Forced" not in text, "nothing is asked")
    entry = i.imported(again)[0]
    equal((entry["status"], entry["file"], entry["flux"], entry["reasons"]), ("already", "again.xml", 1, []), "for machines")


def test_the_ledger_does_not_know_what_was_written(folder):
    i = instance(folder)
    check(i.imported(flux(folder, "m.xml"))[0]["bytes_written"] > 0, "an import knows")
    check("written" not in i.run("flux", "show", "1").out, "flux show")
    equal(i.run("flux", "show", "1", "--json").json()["bytes_written"], None, "flux show --json")
    equal(i.run("flux", "list", "--json").json()[0]["bytes_written"], None, "flux list --json")


def test_held_flux_wait_until_their_bytes_are_applied(folder):
    i = instance(folder)

    def more(root):
        root.find("TransmissionFlux/NBTOTDOSRSATRANSM").text = "00000099"

    cut = edited(flux(folder, "a.xml"), os.path.join(folder, "cut.xml"), more)
    other = edited(flux(folder, "b.xml", 30, "--month", "2025-02"), os.path.join(folder, "other.xml"), more)
    for f in (cut, cut, other):
        i.imported(f, expect=65)
    status = i.run("status", "--json").json()
    equal((status["flux_held"], status["newest_held"]), (2, 3), "each once")
    check("fluxrsa flux show 3" in i.run("status").out, "what to do with the newest")
    i.imported("--force", "checked", cut)
    equal(i.run("status", "--json").json()["flux_held"], 1, "applied since")
    i.imported("--force", "checked", other)
    status = i.run("status", "--json").json()
    equal((status["flux_held"], status["newest_held"]), (0, None), "none waits")


def faults(i, expect=78):
    return [f["subject"] + ": " + f["message"] for f in i.run("config", "check", "--json", expect=expect).json()["faults"]]


def test_config_check_opens_what_the_configuration_names(folder):
    i = instance(folder)
    keys, journal = os.path.join(i.folder, "keys"), os.path.join(i.folder, "journal", "journal.log")
    master = os.path.join(keys, "master.key")
    equal(faults(i, 0), [], "as made")
    check(not os.path.exists(journal), "a check makes no journal")
    i.imported(flux(folder, "m.xml"))
    for path, mode, right in ((master, 0o644, 0o400), (os.path.join(keys, "kek-1"), 0o440, 0o400), (keys, 0o755, 0o700), (journal, 0o644, 0o600)):
        os.chmod(path, mode)
        found = faults(i)
        equal(len(found), 1, f"faults of {path}")
        check(path in found[0] or "[instance] journal" in found[0], f"{path} is named: {found[0]}")
        os.chmod(path, right)
    with open(master, "rb") as f:
        key = f.read()
    os.unlink(master)
    check(master in faults(i)[0], "a missing key is named")
    with open(os.open(master, os.O_WRONLY | os.O_CREAT, 0o400), "wb") as f:
        f.write(b"a" * 64)
    check(master in faults(i)[0] and "not the master key" in faults(i)[0], "a key of another store is named")
    os.unlink(master)
    with open(os.open(master, os.O_WRONLY | os.O_CREAT, 0o400), "wb") as f:
        f.write(key)
    with open(journal, "ab") as f:
        f.write(b"{}\n")
    check("verify" in faults(i)[0], "a journal that was changed")


def test_a_key_of_wrong_mode_is_named_by_every_command(folder):
    i = instance(folder)
    f = flux(folder, "m.xml")
    master = os.path.join(i.folder, "keys", "master.key")
    os.chmod(master, 0o644)
    for words in (("status",), ("import", f), ("flux", "list")):
        said = i.run(*words, expect=77).err
        check(master in said and "0400" in said and "store" not in said.replace(i.folder, ""), f"{words[0]}: {said}")


def test_a_journal_that_cannot_be_used_is_not_the_flux_at_fault(folder):
    i = instance(folder)
    f = flux(folder, "m.xml")
    journal = os.path.join(i.folder, "journal", "journal.log")
    os.mkdir(journal)
    said = i.run("import", f, expect=74).err
    check(journal in said and "not at fault" in said, said)


def test_check_and_import_say_the_same_of_what_is_no_file(folder):
    i = instance(folder)
    fifo = os.path.join(folder, "fifo")
    os.mkfifo(fifo)
    for path in (folder, fifo, "/dev/null"):
        for done in (run("check", path, expect=66), i.run("import", path, expect=66)):
            equal(done.err, f"fluxrsa: {path}: not a file\n", path)


def test_check_counts_rejects_as_an_instance_would(folder):
    def nameless(root):
        for h in list(root.iter("InfosFoyerRSA"))[:10]:
            h.find("Personne/Identification/PRENOM").text = ""

    f = edited(flux(folder, "m.xml"), os.path.join(folder, "bad.xml"), nameless)
    report = run("check", "--json", f, expect=65).json()[0]
    equal(report["verdict"], "held", "verdict")
    check("F_REJECTS" in [c["code"] for c in report["causes"]], "the cause")
    equal(report["member"], None, "no member")


def test_words_that_cannot_be_meant_are_refused(folder):
    i = instance(folder)
    f = flux(folder, "m.xml")
    for words, named in ((("flux", "list", "--limit", "0"), "--limit"), (("dossier", "search", "1", "--limit", "0"), "--limit"),
                         (("rejects", "list", "--limit", "0"), "--limit"), (("sample", "generate", "--households", "0"), "--households"),
                         (("sample", "generate", "--month", "2025-13"), "--month"), (("sample", "generate", "--month", "1999-01"), "--month"),
                         (("sample", "generate", "--daily", "2205-01-01"), "--daily"), (("check", "--keep", ",", f), "--keep"),
                         (("check", "--keep", "NIR", f), "nir = sealed")):
        said = i.run(*words, expect=64).err
        check(named in said, f"{words}: {said}")


def test_what_looks_like_a_nir_is_pointed_at_its_option(folder):
    i = instance(folder)
    for typed in ("1800162001123", "180016200112345", "2 80 01 2A 001 123", "780016200112345"):
        done = i.run("dossier", "search", typed)
        check("--nir -" in done.err, "no hint")
        check(typed not in done.err + done.out, "what was typed is echoed")
    for typed in ("01024041052", "000001234567890"):
        check("--nir" not in i.run("dossier", "search", typed).err, "a number is no NIR")


def test_a_reader_that_has_seen_enough_is_no_failure(folder):
    i = instance(folder)
    i.imported(flux(folder, "m.xml"))
    for words in ("sample generate --households 5000", "config example", "dossier search 1 --json"):
        done = subprocess.run(["sh", "-c", f'"$0" -c "$1" {words} | head -1', FLUXRSA, i.config], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        equal(done.stderr, b"", words)


def test_a_signal_after_the_last_flux_stops_nothing(folder):
    i = instance(folder)
    i.imported(flux(folder, "0.xml"))
    f = flux(folder, "1.xml", 30, "--month", "2025-02")
    reader, writer = os.pipe()
    room = fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    os.write(writer, b"x" * room)
    p = subprocess.Popen([FLUXRSA, "-c", i.config, "import", f], stdout=writer, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(i.run("flux", "list", "--json").json()) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    p.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    os.read(reader, room)
    code = p.wait(60)
    os.close(reader)
    os.close(writer)
    equal(code, 0, "exit code of an import that was applied")


def test_init_names_the_folder_that_is_missing(folder):
    absent = os.path.join(folder, "absent")
    said = run("init", os.path.join(absent, "deep", "i"), "--departement", "062", expect=66).err
    check(f"the folder {absent} is not there" in said and "mkdir -p" in said, said)
    here = os.getcwd()
    try:
        os.chdir(folder)
        check(": the folder absent is not there" in run("init", "./absent/i/", "--departement", "062", expect=66).err.replace("./", ""), "as it was given")
        with open("file", "wb"):
            pass
        check("file is not a folder" in run("init", "file/i", "--departement", "062", expect=66).err, "a file above")
    finally:
        os.chdir(here)
    check(not os.path.exists(absent), "nothing is made")


def test_words_follow_the_place_they_speak_of(folder):
    odd = os.path.join(folder, "it's mine")
    line, = (said for said in run("init", odd, "--departement", "062").out.split("\n") if "fluxrsa import" in said)
    words = subprocess.run(["sh", "-c", "printf '%s\\n' " + line.strip()], stdout=subprocess.PIPE, check=True).stdout.decode().split("\n")
    equal(words[3], os.path.join(odd, "fluxrsa.conf"), "the path, as a shell takes it")
    i = instance(folder)
    said = i.run("status", "-c", i.folder, expect=78).err
    check("is a folder" in said and "fluxrsa.conf" in said, said)
    os.chmod(i.config, 0o622)
    equal(i.run("status", expect=78).err.count(i.config), 1, "the path is said once")
    os.chmod(i.config, 0o600)
    i.set("langue", "fr")
    check("Exemples" in i.run("--help").out, "help")
    check("inconnue" in i.run("nothing", expect=64).err and "inconnue" in i.run("--nothing", expect=64).err, "wrong words")
    check("inconnue" in run("nothing", expect=64, env={"FLUXRSA_CONFIG": i.config}).err, "by the environment")


def screen_rows(text):
    """What was drawn of the progress line, each drawing for itself."""
    return [re.sub(r"\x1b\[[0-9]*[A-Za-z]", "", part) for part in text.split("\r") if "%" in part]


def on_terminal(words, columns, what="stderr", **more):
    """Standard error, or standard output, of a run on a terminal of so many columns."""
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "LANGUAGE": "en", "TERM": "xterm", "NO_COLOR": "1", "PAGER": "cat", **more}
    p = subprocess.Popen([FLUXRSA, *words], env=env, **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, what: inner})
    os.close(inner)
    text = b""
    while True:
        ready, _, _ = select.select([outer], [], [], 60)
        try:
            part = os.read(outer, 65536) if ready else b""
        except OSError:
            part = b""
        if not part:
            break
        text += part
    os.close(outer)
    equal(p.wait(60), 0, "exit code")
    return text.decode()


def has_terminals():
    try:
        for end in pty.openpty():
            os.close(end)
    except OSError:
        return False
    return True


def test_the_list_of_flux_fits_a_terminal(folder):
    i = instance(folder)
    languages = ({}, {"LC_ALL": "fr_FR.UTF-8", "LANGUAGE": "fr"})
    i.imported("--source", "caf", flux(folder, "rsa.RSABEM.202501.xml", 1200))
    i.imported("--source", "msa", flux(folder, "rsa.RSABEI.202502.xml", 1200, "--daily", "2025-02-12", "--emitter", "msa"))
    for env in languages:
        lines = i.run("flux", "list", env=env).out.rstrip("\n").split("\n")
        equal([len(line) > 80 for line in lines], [False] * 3, f"too wide: {lines}")
        check(" 2025-01 " in lines[2] or " 01/2025 " in lines[2], f"the month of a monthly one: {lines}")
    i.imported(flux(folder, "of-another-département.xml", 1200, "--departement", "059"), expect=65)
    i.imported("--source", "pe", "--force", "a test", flux(folder, "a-rather-long-name-of-a-file.RSABEM.20250212.xml", 60, "--departement", "059"))
    for env in languages if has_terminals() else ():
        shown = on_terminal(("-c", i.config, "flux", "list"), 80, "stdout", **env)
        equal(shown.count("F_DEPARTEMENT"), 2, shown)
        for line in shown.split("\r\n"):
            check(len(line) <= 80, f"{len(line)} columns on a terminal: {line}")


def test_progress_fits_every_terminal(folder):
    if not has_terminals():
        print("skipped: this machine gives no pseudo-terminal")
        return
    i = instance(folder)
    f = flux(folder, "a-rather-long-name-of-a-file.RSABEM.202501.xml", 6000)
    for columns in (200, 80, 40, 20, 7, 3):
        text = on_terminal(("-c", i.config, "import", "--dry-run", f), columns)
        rows = screen_rows(text)
        check(rows or columns == 3, f"no progress on {columns} columns")
        for row in rows:
            check(len(row) < columns, f"{len(row)} columns of {columns}: {row!r}")
        equal(any("[" in row for row in rows), columns >= 80, f"a bar on {columns} columns")
        check(not rows or text.rstrip("\n").endswith("\x1b[K"), "the line is taken away")


main(test_streams_that_are_closed_change_nothing, test_a_dry_run_of_several_says_that_each_was_judged_alone,
     test_already_applied_names_the_file_given_and_asks_for_nothing, test_the_ledger_does_not_know_what_was_written,
     test_init_names_the_folder_that_is_missing, test_held_flux_wait_until_their_bytes_are_applied, test_config_check_opens_what_the_configuration_names,
     test_a_key_of_wrong_mode_is_named_by_every_command, test_a_journal_that_cannot_be_used_is_not_the_flux_at_fault,
     test_check_and_import_say_the_same_of_what_is_no_file, test_check_counts_rejects_as_an_instance_would,
     test_words_that_cannot_be_meant_are_refused, test_what_looks_like_a_nir_is_pointed_at_its_option,
     test_a_reader_that_has_seen_enough_is_no_failure, test_a_signal_after_the_last_flux_stops_nothing,
     test_words_follow_the_place_they_speak_of, test_the_list_of_flux_fits_a_terminal, test_progress_fits_every_terminal)
