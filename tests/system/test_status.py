"""How an instance is doing, in every format: empty, after a good night, after bad ones, without its store."""
import fcntl
import json
import os
import pwd
import re
import shutil
import stat
import subprocess

from kit import check, equal, main, sample
from night_kit import Night, came_by, edited, holds_nobody, persons_of

PERF = re.compile(r" '([a-zA-Z0-9_.-]+)'=(-?\d+(?:\.\d+)?)(s|B|%|c|)((?:;-?[\d.]*:?)*)(?= '|$)")
NAME = re.compile(r"[a-z][a-z0-9_]*$")
SAMPLE = re.compile(r'([a-z][a-z0-9_]*)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (-?\d+(?:\.\d+)?)$')


def perf(line):
    """{name: value} of a line of nagios."""
    check(line.endswith("\n") and line.count("\n") == 1, f"one line: {line!r}")
    check(line.count("|") == 1, f"one bar: {line!r}")
    data = line[:-1].split("|")[1]
    found = PERF.findall(data)
    equal("".join(f" '{n}'={v}{u}{w}" for n, v, u, w in found), data, "performance data")
    equal(len({n for n, *_ in found}), len(found), "names that stand once")
    return {n: float(v) for n, v, *_ in found}


def metrics(text):
    """{(name, labels): value}; whatever the exposition format forbids is a failure."""
    values, kind, helped, done = {}, {}, set(), set()
    current = None
    check(text.endswith("\n"), "the last line ends")
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            name = line.split(" ")[2]
            check(name not in helped and len(line.split(" ", 3)[3]) > 5, f"one help: {line}")
            helped.add(name)
        elif line.startswith("# TYPE "):
            _, _, name, what = line.split(" ")
            check(name in helped and name not in kind and what in ("gauge", "counter"), line)
            kind[name] = what
        else:
            found = SAMPLE.match(line)
            check(found, f"no sample: {line}")
            name, labels, value = found.groups()
            check(name in kind and NAME.match(name) and name.startswith("fluxrsa_"), f"a sample without a type: {line}")
            equal(kind[name] == "counter", name.endswith("_total"), f"kind of {name}")
            if name != current:
                check(name not in done, f"{name} stands in two places")
                done.add(name)
                current = name
            check((name, labels) not in values, f"twice: {line}")
            values[name, labels or ""] = float(value)
    equal(set(kind), done, "metrics with samples")
    return values


def promtool(text):
    if not shutil.which("promtool"):
        print("without promtool (package prometheus): only our own reading of the format")
        return
    done = subprocess.run(["promtool", "check", "metrics"], input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    equal((done.returncode, done.stdout.decode()), (0, ""), "promtool")


def all_formats(n, moment, nagios):
    """What every format says at a moment; the exit code of nagios is expected."""
    said = {f: n.look(moment, "status", "--format", f, expect=nagios if f == "nagios" else 0).out for f in ("text", "json", "nagios", "prometheus")}
    lines = said["text"].rstrip("\n").split("\n")
    check(len(lines) <= 20, f"{len(lines)} lines")
    status, again = json.loads(said["json"]), n.look(moment, "status", "--json").json()
    for one in (status, again):  # others write on this disk meanwhile
        one["free_bytes"] = None
        one["metrics"] = [m for m in one["metrics"] if not m["metric"].startswith("disk_")]
    check(status == again, "--json is --format json")
    perf(said["nagios"])
    promtool(said["prometheus"])
    return said["text"], status, said["nagios"], metrics(said["prometheus"])


def worked(n):
    """As a fluxrsad that runs: its lock, held until it is closed."""
    lock = open(os.path.join(n.folder, "work", ".lock"), "w", encoding="ascii")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def test_an_empty_instance(folder):
    n = Night(folder, "[source.caf]\n")
    text, status, nagios, values = all_formats(n, "2026-02-04 07:45", 0)
    check(text.startswith("OK  département 062, 2026-02-04 07:45\n"), text)
    equal((status["level"], status["faults"], status["flux_held"], status["newest_held"]), ("ok", [], 0, None), "status")
    equal(status["last"], {"monthly": None, "daily": None}, "last")
    check(nagios.startswith("FLUXRSA OK - "), nagios)
    equal((values["fluxrsa_up", ""], values["fluxrsa_dossiers", ""], values["fluxrsa_backup_last_timestamp_seconds", ""]), (1, 0, 0), "metrics")
    check("caf.age.seconds" not in perf(nagios), "no age where nothing came")


def test_a_good_night(folder):
    n = Night(folder)
    files = [n.daily("caf.xml", "2026-02-03"), n.daily("msa.xml", "2026-02-03", "msa")]
    done = n.come("2026-02-04 01:20", *files)
    equal([e["status"] for e in done], ["applied"] * 2, "imported")
    with worked(n):
        text, status, nagios, values = all_formats(n, "2026-02-04 07:20", 0)
    check(text.startswith("OK  "), text)
    equal(status["level"], "ok", "level")
    equal(perf(nagios)["caf.age.seconds"], 6 * 3600, "age of the last success")
    equal(values["fluxrsa_source_last_success_timestamp_seconds", 'source="msa"'], 1770168000, "its moment")
    equal((values["fluxrsa_daemon_running", ""], values["fluxrsa_flux_total", 'status="applied"']), (1, 2), "the daemon, the flux")
    for what in ("read", "created", "updated", "unchanged", "superseded", "rejected"):
        equal(values["fluxrsa_households_total", f'outcome="{what}"'], sum(e[what] for e in done), what)
        equal(values["fluxrsa_flux_last_households", f'frequency="daily",outcome="{what}"'], done[1][what], f"{what} of the last")
    persons = persons_of(*files)
    for f in ("text", "json", "nagios", "prometheus"):
        holds_nobody(n.look("2026-02-04 07:20", "status", "--format", f, expect=None).out, persons, f)


def test_late_then_missing(folder):
    n = Night(folder)
    n.put("alert", "backup_age", "0 d")
    n.come("2026-02-04 01:20", n.daily("caf.xml", "2026-02-03"), n.daily("msa.xml", "2026-02-03", "msa"))
    n.come("2026-02-05 01:20", n.daily("caf2.xml", "2026-02-04"))
    with worked(n):
        equal(n.look("2026-02-05 04:59", "status", "--json").json()["level"], "ok", "before its time")
        text, status, nagios, values = all_formats(n, "2026-02-05 07:45", 1)
        check("msa: the daily flux is late, it was expected by 2026-02-05 05:00" in text, text)
        check(text.startswith("WARNING  ") and "flux expected" in text, "what to do")
        equal([(f["metric"], f["labels"]["source"], f["level"]) for f in status["faults"]], [("flux_late", "msa", "warning")], "faults")
        check(nagios.startswith("FLUXRSA WARNING - msa: the daily flux is late"), nagios)
        late = {k[1] for k, v in values.items() if k[0] == "fluxrsa_flux_late" and v}
        equal(late, {'source="msa",frequency="daily"'}, "late")
        n.come("2026-02-06 01:20", n.daily("caf3.xml", "2026-02-05"))
        text, status, nagios, values = all_formats(n, "2026-02-06 07:45", 2)
        check(text.startswith("CRITICAL  ") and "msa: the daily flux is missing" in text.split("\n")[1], text)
        equal([f["metric"] for f in status["faults"]], ["flux_missing"], "missing, no more late")
        equal(values["fluxrsa_flux_missing", 'source="msa",frequency="daily"'], 1, "missing")


def test_without_a_daemon(folder):
    n = Night(folder)
    status = n.look("2026-02-04 07:45", "status", "--json").json()
    equal([(f["metric"], f["level"]) for f in status["faults"]], [("daemon_running", "warning")], "flux are expected")


def test_a_daemon_that_comes_by(folder):
    n = Night(folder)
    n.put("alert", "backup_age", "0 d")
    came_by(n, "2026-02-04 04:00")
    text, status, nagios, values = all_formats(n, "2026-02-05 06:00", 0)
    equal(status["faults"], [], "26 h are right, and no daemon has to stay")
    check("fluxrsad came by 26 h ago" in text, text)
    equal(perf(nagios)["round.seconds"], 26 * 3600, "since the last round")
    equal((values["fluxrsa_daemon_running", ""], values["fluxrsa_round_last_timestamp_seconds", ""]), (0, 1770177600), "metrics")
    text, status, nagios, _ = all_formats(n, "2026-02-05 06:01", 1)
    equal([(f["metric"], f["level"]) for f in status["faults"]], [("round_last", "warning")], "a round is missing")
    check("the last round of fluxrsad --once that ended well was 26 h ago" in nagios, nagios)
    n.put("alert", "once_age", "2 d")
    equal(n.look("2026-02-05 06:01", "status", "--json").json()["faults"], [], "as the setting says")
    n.put("alert", "once_age", "1 h")
    with worked(n):
        equal(n.look("2026-02-05 06:01", "status", "--json").json()["faults"], [], "one is at work")
    os.unlink(os.path.join(n.folder, "work", ".round"))
    os.symlink("/etc/hostname", os.path.join(n.folder, "work", ".round"))
    status = n.look("2026-02-05 06:01", "status", "--json").json()
    equal([f["metric"] for f in status["faults"]], ["daemon_running"], "a link is no mark")


def test_nothing_expected_of_a_daemon(folder):
    n = Night(folder, "[source.caf]\n")
    came_by(n, "2026-01-01 04:00")
    equal(n.look("2026-02-05 06:00", "status", "--json").json()["faults"], [], "no flux is expected")


def test_held_rejects_and_backup_have_their_ages(folder):
    n = Night(folder, "[source.caf]\n")
    n.put("alert", "reject_age", "2 d")
    n.put("alert", "backup_age", "3 d")
    n.put("import", "max_reject_share", "100 %")
    bad = n.daily("bad.xml", "2026-02-03", "caf", 600, "--faults", "no-key,person-key")
    equal(n.come("2026-02-04 01:20", bad)[0]["status"], "applied", "with rejects")
    cut = edited(n.daily("next.xml", "2026-02-04"), os.path.join(folder, "cut.xml"), "TransmissionFlux/NBTOTDOSRSATRANSM", "00000099")
    n.come("2026-02-04 02:00", cut, expect=65)
    text, status, nagios, values = all_formats(n, "2026-02-06 01:20", 1)
    equal([f["metric"] for f in status["faults"]], ["flux_held"], "not yet two days")
    check("fluxrsa flux show 2" in text and "fluxrsa flux show 2" in status["faults"][0]["advice"], "what to do with it")
    _, status, nagios, values = all_formats(n, "2026-02-06 01:21", 1)
    equal([f["metric"] for f in status["faults"]], ["flux_held", "reject_oldest"], "the reject is old")
    opened = n.run("rejects", "list", "--json").json()
    codes = {r["code"] for r in opened}
    check(codes, "rejects")
    for code in codes:
        count = sum(r["code"] == code for r in opened)
        equal((values["fluxrsa_rejects_open_by_code", f'code="{code}"'], status["rejects"][code]), (count, count), code)
    equal((values["fluxrsa_rejects_open", ""], perf(nagios)["rejects.oldest.seconds"]), (len(opened), 2 * 86400 + 60), "open")
    faults = [f["metric"] for f in n.look("2026-02-07 01:21", "status", "--json").json()["faults"]]
    check("backup_last" in faults, "no backup for three days")
    n.put("alert", "backup_age", "0 d")
    check("backup_last" not in [f["metric"] for f in n.look("2026-02-07 01:21", "status", "--json").json()["faults"]], "made by other means")


def test_the_list_says_of_what_is_old_the_year_and_not_the_hour(folder):
    n = Night(folder, "[source.caf]\n")
    n.come("2025-02-04 01:20", n.daily("old.xml", "2025-02-03"))
    n.come("2026-02-04 01:20", n.daily("new.xml", "2026-02-03"))
    for lang, new, old in (("en", "02-04 01:20", "2025-02-04"), ("fr", "04/02 01:20", "04/02/2025")):
        rows = n.look("2026-02-05 07:45", "flux", "list", LANGUAGE=lang, LC_ALL="fr_FR.UTF-8").out.split("\n")
        check(rows[1].split("  ")[0].startswith(f" 2 {new} ") and rows[2].startswith(f" 1 {old} "), f"{rows}")


def test_a_full_disk(folder):
    n = Night(folder, "[source.caf]\n")
    n.put("alert", "free_space", "100 %")
    _, status, nagios, _ = all_formats(n, "2026-02-04 07:45", None)
    equal([(f["metric"], f["labels"]) for f in status["faults"]], [("disk_available", {"disk": "store"})], "one disk, one fault")
    check(nagios.split(" ")[1] in ("WARNING", "CRITICAL"), nagios)


def test_files_of_the_spool_are_counted(folder):
    n = Night(folder, "[source.caf]\n")
    lock = open(os.path.join(n.folder, "work", ".lock"), "w", encoding="ascii")
    equal(n.look("2026-02-04 07:45", "status", "--json").json()["level"], "ok", "a lock that nobody holds")
    lock.close()
    values = metrics(n.look("2026-02-04 07:45", "status", "--format", "prometheus").out)
    equal([values["fluxrsa_spool_files", f'state="{s}"'] for s in ("work", "done", "refused", "held")], [0] * 4, "spool")


def test_a_store_that_cannot_be_opened(folder):
    n = Night(folder, "[source.caf]\n")
    shutil.move(os.path.join(n.folder, "store"), os.path.join(n.folder, "gone"))
    equal(n.run("status", expect=69).out, "", "nothing is shown")
    nagios = n.run("status", "--format", "nagios", expect=2).out
    check(nagios.startswith("FLUXRSA CRITICAL - the store cannot be opened"), nagios)
    perf(nagios)
    out = os.path.join(folder, "fluxrsa.prom")
    n.run("status", "--format", "prometheus", "--output", out, expect=69)
    with open(out, encoding="utf-8") as f:
        values = metrics(f.read())
    equal(values["fluxrsa_up", ""], 0, "it is told")
    shutil.move(os.path.join(n.folder, "gone"), os.path.join(n.folder, "store"))
    equal(n.run("status", "--format", "nagios").out.split(" - ")[0], "FLUXRSA OK", "it is there again")
    shutil.move(os.path.join(n.folder, "keys"), os.path.join(n.folder, "away"))
    equal(n.run("status", "--format", "nagios", expect=2).out.split(" - ")[0], "FLUXRSA CRITICAL", "without its keys")
    shutil.move(os.path.join(n.folder, "away"), os.path.join(n.folder, "keys"))
    data = next(os.path.join(top, f) for top, _, files in os.walk(os.path.join(n.folder, "store")) for f in files if f == "data.mdb")
    with open(data, "r+b") as f:
        f.write(b"\0" * 8192)
    nagios = n.run("status", "--format", "nagios", expect=2).out
    check(nagios.startswith("FLUXRSA CRITICAL - the store cannot be opened"), nagios)
    with open(n.config, "a", encoding="utf-8") as f:
        f.write("nonsense\n")
    equal(n.run("status", "--format", "nagios", expect=3).out.split(" - ")[0], "FLUXRSA UNKNOWN", "a configuration that is wrong")


def test_a_file_for_a_collector(folder):
    n = Night(folder, "[source.caf]\n")
    out = os.path.join(folder, "fluxrsa.prom")
    n.run("status", "--format", "prometheus", "--output", out)
    first = os.stat(out)
    equal(stat.S_IMODE(first.st_mode), 0o644, "another user reads it")
    n.run("status", "--format", "prometheus", "--output", out)
    check(os.stat(out).st_ino != first.st_ino, "replaced whole")
    equal(sorted(os.listdir(folder)), ["fluxrsa.prom", "i"], "nothing else is left")
    n.run("status", "--format", "prometheus", "--output", os.path.join(folder, "none", "x.prom"), expect=66)
    with open(os.path.join(folder, "file"), "w", encoding="ascii"):
        pass
    n.run("status", "--format", "prometheus", "--output", os.path.join(folder, "file", "x.prom"), expect=None)


def test_a_folder_that_may_not_be_written(folder):
    if os.geteuid() != 0:
        print("without root: skipped")
        return
    user = pwd.getpwnam("nobody")
    n = Night(folder, "[source.caf]\n")
    os.chmod(folder, 0o755)
    os.mkdir(os.path.join(folder, "textfile"), 0o755)
    for top, folders, files in os.walk(n.folder):
        for path in [top] + [os.path.join(top, f) for f in folders + files]:
            os.chown(path, user.pw_uid, user.pw_gid)
    words = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", os.path.join(os.environ["FLUXRSA_BUILD"], "fluxrsa"),
             "-c", n.config, "status"]
    done = subprocess.run(words + ["--format", "prometheus", "--output", os.path.join(folder, "textfile", "x.prom")], stderr=subprocess.PIPE,
                          stdout=subprocess.PIPE, check=False, env={"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]})
    equal(done.returncode, 77, f"not allowed: {done.stderr.decode()}")
    check("x.prom" in done.stderr.decode(), "the file is named")
    equal(os.listdir(os.path.join(folder, "textfile")), [], "nothing is left")
    equal(subprocess.call(words, stdout=subprocess.DEVNULL, env={"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}), 0, "it can be seen all the same")


def test_words_that_are_wrong(folder):
    n = Night(folder, "[source.caf]\n")
    check("nagios" in n.run("status", "--format", "csv", expect=64).err, "the formats are named")
    n.run("status", "--json", "--format", "text", expect=64)


def test_a_language_changes_no_number(folder):
    n = Night(folder, "[source.caf]\n")
    for env in ({"LC_ALL": "fr_FR.UTF-8", "LANGUAGE": "fr"}, {"LC_NUMERIC": "fr_FR.UTF-8"}):
        nagios = n.run("status", "--format", "nagios", env=env).out
        check("store.free.percentage" in perf(nagios), nagios)
        metrics(n.run("status", "--format", "prometheus", env=env).out)


def test_a_reader_that_lags_is_seen(folder):
    n = Night(folder, "[source.caf]\n")
    n.imported(sample(os.path.join(folder, "a.xml"), 30))
    values = metrics(n.run("status", "--format", "prometheus").out)
    equal(values["fluxrsa_store_reader_lag", ""], 0, "nobody lags")
    check(values["fluxrsa_store_room_bytes", ""] > values["fluxrsa_store_used_bytes", ""] > 0, "room")


if __name__ == "__main__":
    main(test_an_empty_instance, test_a_good_night, test_late_then_missing, test_without_a_daemon, test_a_daemon_that_comes_by,
         test_nothing_expected_of_a_daemon, test_held_rejects_and_backup_have_their_ages,
         test_the_list_says_of_what_is_old_the_year_and_not_the_hour, test_a_full_disk, test_files_of_the_spool_are_counted, test_a_store_that_cannot_be_opened, test_a_file_for_a_collector,
         test_a_folder_that_may_not_be_written, test_words_that_are_wrong, test_a_language_changes_no_number, test_a_reader_that_lags_is_seen)
