"""The units: what systemd-analyze thinks of them, what they promise one another, and the programs under the filter that they set."""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import BUILD, FLUXRSA, SOURCE, Instance, check, equal, main, sample  # noqa: E402

UNITS = os.path.join(BUILD, "units")
RAW = os.path.join(SOURCE, "units")
FLUXRSAD = os.path.join(BUILD, "fluxrsad")
HARDENED = ("fluxrsad", "fluxrsad-once", "fluxrsa-backup", "fluxrsa-status")
SERVICES = HARDENED + ("fluxrsa-summary",)
TIMERS = ("fluxrsad-once", "fluxrsa-backup", "fluxrsa-status", "fluxrsa-summary")
SPOOL = "/var/spool/fluxrsa"
# Each of them means NoNewPrivileges for a service with a user. Source: systemd.exec(5), NoNewPrivileges.
IMPLY_NO_PRIVILEGES = ("DynamicUser", "LockPersonality", "MemoryDenyWriteExecute", "NoNewPrivileges", "PrivateDevices", "ProtectClock",
                       "ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables", "RestrictAddressFamilies",
                       "RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID", "SystemCallArchitectures", "SystemCallFilter",
                       "SystemCallLog")


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def settings(name, kind="service"):
    """(key, value) in the order of the file."""
    text = read(os.path.join(UNITS if kind == "service" else RAW, f"{name}.{kind}"))
    return [tuple(line.split("=", 1)) for line in text.split("\n") if re.match(r"[A-Z]\w*=", line)]


def values(name, key, kind="service"):
    return [v for k, v in settings(name, kind) if k == key]


def analyze(*words, expect=0):
    if not shutil.which("systemd-analyze"):
        print("skipped: systemd-analyze is not here")
        return None
    done = subprocess.run(["systemd-analyze", "--no-pager", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
                          check=False, env={**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"})
    check(expect is None or done.returncode == expect, f"systemd-analyze {' '.join(words)}: {done.returncode}\n{done.stdout}")
    return done


def exposure(_folder):
    for name in HARDENED:
        analyze("security", "--offline=true", "--threshold=10", os.path.join(UNITS, name + ".service"))


def exposure_is_judged(folder):
    bare = os.path.join(folder, "bare.service")
    with open(bare, "w", encoding="utf-8") as f:
        f.write("[Service]\nExecStart=/bin/true\n")
    done = analyze("security", "--offline=true", "--threshold=10", bare, expect=None)
    check(done is None or done.returncode != 0, "a bare unit passes: the threshold judges nothing")


def right_for_systemd(folder):
    """Every unit with the programs where they are in this build."""
    for name in ("fluxrsa", "fluxrsad"):
        program = os.path.join(BUILD, name)
        os.symlink(program if os.path.exists(program) else "/bin/true", os.path.join(folder, name))
    for name in SERVICES:
        text = re.sub(r"(?<=[= ])/\S*/(fluxrsad?)(?= )", rf"{folder}/\1", read(os.path.join(UNITS, name + ".service")))
        with open(os.path.join(folder, name + ".service"), "w", encoding="utf-8") as f:
            f.write(text)
    for name in TIMERS:
        shutil.copy(os.path.join(RAW, name + ".timer"), folder)
    files = [os.path.join(folder, f) for f in sorted(os.listdir(folder)) if "." in f]
    done = analyze("verify", "--man=no", *files)
    check(done is None or not re.search(r"fluxrsa\S*\.(service|timer)", done.stdout), f"systemd complains:\n{done.stdout if done else ''}")


def times_of_france(_folder):
    """Winter and summer, on a machine in UTC."""
    wanted = {("fluxrsa-summary", "2027-01-14"): "2027-01-15 06:30:00 UTC", ("fluxrsa-summary", "2027-07-14"): "2027-07-15 05:30:00 UTC",
              ("fluxrsa-backup", "2027-01-14"): "2027-01-15 02:30:00 UTC", ("fluxrsa-backup", "2027-07-14"): "2027-07-15 01:30:00 UTC"}
    for (name, day), utc in wanted.items():
        rule, = values(name, "OnCalendar", "timer")
        done = analyze("calendar", f"--base-time={day} 12:00:00 UTC", rule)
        check(done is None or utc in done.stdout, f"{name}: {utc} is not in\n{done.stdout if done else ''}")
    for name in TIMERS:
        analyze("calendar", *values(name, "OnCalendar", "timer"))
    for name in ("fluxrsa-summary", "fluxrsa-backup"):
        equal(values(name, "Persistent", "timer"), ["yes"], f"{name}: a night off is made up for")


def mail_apart(_folder):
    """Neither postdrop nor exim work under NoNewPrivileges, nor without /var and the network."""
    found = {key for key, _ in settings("fluxrsa-summary")}
    equal(sorted(found & set(IMPLY_NO_PRIVILEGES)), [], "settings of the mail unit that take away what postdrop needs")
    equal(values("fluxrsa-summary", "ProtectSystem"), ["full"], "/var stays writable for the mail system")
    check(not {"PrivateNetwork", "IPAddressDeny", "CapabilityBoundingSet"} & found, "the mail unit reaches no relay")
    for name in HARDENED:
        check("report" not in " ".join(values(name, "ExecStart")), f"{name} sends mail")
        equal(values(name, "NoNewPrivileges"), ["yes"], f"{name}: NoNewPrivileges")


def owners_seen(_folder):
    for name in SERVICES:
        equal(values(name, "PrivateUsers") + values(name, "DynamicUser"), [], f"{name}: owners of files and peers are seen as nobody")
        equal(values(name, "LimitCORE"), ["0"], f"{name}: core dumps")
        equal(values(name, "UMask"), ["0077"], f"{name}: umask")


def created():
    """path -> (mode, user, group) of the folders of tmpfiles.d."""
    rows = [line.split() for line in read(os.path.join(RAW, "fluxrsa.tmpfiles")).split("\n") if line.startswith("d ")]
    return {row[1]: tuple(row[2:5]) for row in rows}


def one_mount(_folder):
    """Between two paths of ReadWritePaths a rename fails, even on one disk."""
    for name in ("fluxrsad", "fluxrsad-once"):
        equal(values(name, "ReadWritePaths"), [SPOOL], f"{name}: where it writes")
    folders = created()
    for name in ("work", "done", "refused", "held"):
        equal(folders[f"{SPOOL}/{name}"], ("0700", "fluxrsa", "fluxrsa"), name)
    for source in ("caf", "msa", "pe"):
        equal(folders[f"{SPOOL}/drop/{source}"], ("2770", "fluxrsa", "fluxrsa-drop"), source)
    equal(folders[SPOOL], ("0755", "root", "root"), "what sshd takes as a ChrootDirectory")


def made_by_systemd(folder):
    """sysusers and tmpfiles in a root of their own."""
    if os.geteuid() != 0 or not shutil.which("systemd-sysusers") or not shutil.which("systemd-tmpfiles"):
        print("skipped: needs root, systemd-sysusers and systemd-tmpfiles")
        return
    os.chmod(folder, 0o755)
    os.makedirs(os.path.join(folder, "etc"))
    for kind, program, option in (("sysusers", "systemd-sysusers", []), ("tmpfiles", "systemd-tmpfiles", ["--create"])):
        os.makedirs(os.path.join(folder, "usr", "lib", kind + ".d"))
        shutil.copy(os.path.join(RAW, "fluxrsa." + kind), os.path.join(folder, "usr", "lib", kind + ".d", "fluxrsa.conf"))
        done = subprocess.run([program, "--root=" + folder, *option, "fluxrsa.conf"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              encoding="utf-8", check=False)
        equal(done.returncode, 0, f"{program}: {done.stdout}")
    ids = {"root": 0}
    for name in ("passwd", "group"):
        for line in read(os.path.join(folder, "etc", name)).split("\n"):
            if line:
                ids[(name, line.split(":")[0])] = int(line.split(":")[2])
    check("fluxrsa-drop:" in read(os.path.join(folder, "etc", "group")), "no group of those who drop")
    check(re.search(r"^fluxrsa-drop:.*:fluxrsa$", read(os.path.join(folder, "etc", "group")), re.M), "fluxrsa cannot read what is dropped")
    for path, (mode, user, group) in created().items():
        st = os.stat(folder + path)
        equal(f"{st.st_mode & 0o7777:04o}", mode, path)
        equal((st.st_uid, st.st_gid), (0 if user == "root" else ids[("passwd", user)], 0 if group == "root" else ids[("group", group)]), path)


def codes_of_units(_folder):
    """What a unit says of exit codes holds for ours."""
    ours = {int(n) for n in re.findall(r"^EXIT\((\d+),", read(os.path.join(SOURCE, "flux", "base", "exit.def")), re.M)}
    equal(values("fluxrsad", "RestartPreventExitStatus"), ["64 77 78"], "no restart")
    equal(values("fluxrsad", "StartLimitBurst") + values("fluxrsad", "StartLimitIntervalSec"), ["3", "10min"], "restarts")
    for name in SERVICES:
        for value in values(name, "RestartPreventExitStatus") + values(name, "SuccessExitStatus"):
            check({int(n) for n in value.split()} <= ours, f"{name}: {value}: not all of them are in exit.def")


def span(text):
    """Seconds of a time span of systemd."""
    unit = {"s": 1, "min": 60, "h": 3600}
    return sum(int(n) * unit[u or "s"] for n, u in re.findall(r"(\d+)\s*([a-z]*)", text))


def deaths_and_delays(_folder):
    """The daemon counts the deaths of imports, and has the time that it may need."""
    grace = int(re.search(r"GRACE_SECONDS = (\d+)", read(os.path.join(SOURCE, "flux", "daemon", "worker.c"))).group(1))
    for name in ("fluxrsad", "fluxrsad-once"):
        equal(values(name, "OOMPolicy"), ["continue"], f"{name}: an import without memory ends alone")
        equal(values(name, "KillMode"), ["mixed"], f"{name}: the daemon stops its import itself")
        stop, = values(name, "TimeoutStopSec")
        check(span(stop) >= grace + 120, f"{name}: {stop} to end a turn, then {grace} s for the import")
    watchdog, = values("fluxrsad", "WatchdogSec")
    check(span(watchdog) >= 120, f"WatchdogSec={watchdog}: a turn of the loop on a disk that is slow to sync")
    equal(values("fluxrsad-once", "Type") + values("fluxrsad-once", "TimeoutStartSec"), ["oneshot"], "a round takes as long as it takes")


def cron_is_guarded(_folder):
    lines = read(os.path.join(RAW, "fluxrsa.cron")).split("\n")
    jobs = [line for line in lines if re.match(r"#?[*\d]\S* ", line)]
    equal(len(jobs), 3, "jobs of the cron example")
    for job in jobs:
        check(job.startswith("#"), f"not commented out: {job}")
        check(re.search(r" fluxrsa \[ -d /run/systemd/system \] \|\| fluxrsad? ", job), f"not guarded, or not as fluxrsa: {job}")


def group_of(name, seen=None):
    """The system calls of a set of systemd, its own sets opened."""
    done = analyze("syscall-filter", name)
    found = set()
    for line in done.stdout.split("\n"):
        word = line.strip()
        if line.startswith("    ") and word.startswith("@"):
            found |= group_of(word)
        elif line.startswith("    ") and not word.startswith("#"):
            found.add(word)
    return found


def allowed(name):
    """As systemd reads SystemCallFilter: the first line begins the list, and @default is always in it."""
    calls = group_of("@default")
    for value in values(name, "SystemCallFilter"):
        words = value.lstrip("~").split()
        named = set().union(*(group_of(w) if w.startswith("@") else {w} for w in words))
        calls = calls - (named - group_of("@default")) if value.startswith("~") else calls | named
    return calls


class Filtered:
    """Programs under the filter of a unit."""

    def __init__(self, folder, unit):
        self.list = os.path.join(folder, unit + ".calls")
        self.unit = unit
        with open(self.list, "w", encoding="utf-8") as f:
            f.write("".join(call + "\n" for call in sorted(allowed(unit))))

    def run(self, *words, expect=0):
        helper = os.path.join(BUILD, "tests", "under_filter")
        done = subprocess.run([helper, self.list, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                              env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, check=False, timeout=300)
        check(done.returncode == expect, f"{self.unit}: {' '.join(map(str, words))}: {done.returncode}, -31 is SIGSYS\n{done.stdout}{done.stderr}")
        return done.stdout


def night_under_the_filter(folder):
    """The parser's own filter, limits and Landlock come on top: they must be allowed, or it ends."""
    if not shutil.which("systemd-analyze") or os.environ.get("FLUXRSA_SANITIZED") == "1":
        print("skipped: no systemd-analyze, or sanitizers, which use system calls of their own")
        return
    instance = Instance(os.path.join(folder, "instance"))
    config = ("-c", instance.config)
    good = sample(os.path.join(folder, "rsa.RSABEM.202501.xml"), 50)
    daemon = Filtered(folder, "fluxrsad")
    daemon.run(FLUXRSA, "config", "check", *config)
    check('"applied"' in daemon.run(FLUXRSA, "import", "--json", *config, good), "nothing is applied")
    if os.path.exists(FLUXRSAD):
        next_month = sample(os.path.join(folder, "next.xml"), 50, "--month", "2025-02")
        os.rename(next_month, os.path.join(instance.folder, "drop", "caf", "next.xml"))
        instance.set("still", "1 s")
        Filtered(folder, "fluxrsad-once").run(FLUXRSAD, "--once", *config)
        equal([f["status"] for f in instance.run("flux", "list", "--json").json()], ["applied", "applied"], "flux of the night")
    Filtered(folder, "fluxrsa-status").run(FLUXRSA, *words_of("fluxrsa-status"), *config)
    Filtered(folder, "fluxrsa-backup").run(FLUXRSA, *words_of("fluxrsa-backup"), *config)


def words_of(unit):
    """What a unit runs, without the program and the configuration."""
    line, = values(unit, "ExecStart")
    return re.search(r"/fluxrsad? (.*?) -c /etc", line).group(1).split()


def filter_bites(folder):
    """Without what the parser locks itself in with, nothing is imported: the case above would see it."""
    if not shutil.which("systemd-analyze") or os.environ.get("FLUXRSA_SANITIZED") == "1":
        print("skipped: no systemd-analyze, or sanitizers")
        return
    instance = Instance(os.path.join(folder, "instance"))
    good = sample(os.path.join(folder, "rsa.RSABEM.202501.xml"), 5)
    narrow = Filtered(folder, "fluxrsad")
    text = read(narrow.list)
    with open(narrow.list, "w", encoding="utf-8") as f:
        f.write("".join(c + "\n" for c in text.split() if c != "seccomp"))
    out = narrow.run(FLUXRSA, "import", "--json", "-c", instance.config, good, expect=70)
    check('"applied"' not in out, "a parser that could not lock itself in was used")


main(exposure, exposure_is_judged, right_for_systemd, times_of_france, mail_apart, owners_seen, one_mount, made_by_systemd, codes_of_units,
     deaths_and_delays, cron_is_guarded, night_under_the_filter, filter_bites)
