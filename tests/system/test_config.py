"""What config check finds: each fault alone, then all at once; none hides another, and each is told where the setting stands."""
import json
import os
import re
import subprocess
import tempfile

from kit import BUILD, FLUXRSA, Instance, check, equal, main, run, sample

SET_CLOCK = os.path.join(BUILD, "tests", "libset_clock.so")
MOUNTS = subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0
ROOT = os.geteuid() == 0


def put(i, section, key, value):
    """Sets a key in its section; the line where it stands then."""
    with open(i.config, encoding="utf-8") as f:
        lines = f.read().split("\n")
    if f"[{section}]" not in lines:
        lines[-1:] = ["", f"[{section}]", ""]
    at = lines.index(f"[{section}]") + 1
    end = at
    while end < len(lines) and not lines[end].startswith("["):
        end += 1
    for n in range(at, end):
        if re.match(rf"#?{key} *=", lines[n]):
            lines[n] = f"{key} = {value}"
            break
    else:
        lines.insert(at, f"{key} = {value}")
        n = at
    with open(i.config, "w", encoding="utf-8") as f:
        f.write("\n".join(lines))
    return n + 1


def at(i, *names):
    return os.path.join(i.folder, *names)


def folder(i, name, mode=0o700):
    os.mkdir(at(i, name))
    os.chmod(at(i, name), mode)
    return at(i, name)


def rewrite(path, data, mode):
    os.unlink(path)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, mode), "wb") as f:
        f.write(data)
    os.chmod(path, mode)


# Each seed plants one thing and says what must be told: (fault or warning, subject, part of the message, line or None for a default).
FAULT, WARNING = "faults", "warnings"


def no_source_folder(i):
    os.rmdir(at(i, "drop", "pe"))
    return [(FAULT, "[source.pe] folder", "no such folder", None)]


def source_folder_is_a_file(i):
    os.rmdir(at(i, "drop", "msa"))
    with open(at(i, "drop", "msa"), "wb"):
        pass
    return [(FAULT, "[source.msa] folder", "not a folder", None)]


def world_writable_drop(i):
    os.chmod(at(i, "drop", "caf"), 0o777)
    return [(FAULT, "[source.caf] folder", "chmod o-w", None)]


def world_readable_drop(i):
    line = put(i, "source.cg", "folder", folder(i, "cg", 0o755))
    return [(WARNING, "[source.cg] folder", "chmod o-rwx", line)]


def drop_of_a_group(i):
    put(i, "source.sftp", "folder", folder(i, "sftp", 0o2770))
    return []


def world_writable_above(i):
    os.chmod(at(i, "drop"), 0o777)
    return [(FAULT, "[instance] drop", "chmod o-w", None)]


def open_work(i):
    os.chmod(at(i, "work"), 0o750)
    return [(FAULT, "[instance] work", "chmod 700", None)]


def shut_refused(i):
    os.chmod(at(i, "refused"), 0o500)
    return [(FAULT, "[instance] refused", "closed to its own user", None)]


def open_held_of_another(i):
    if ROOT:
        os.chown(at(i, "held"), 12345, 12345)
    os.chmod(at(i, "held"), 0o705)
    return [(FAULT, "[instance] held", "chown", None)] * ROOT + [(FAULT, "[instance] held", "chmod 700", None)]


def source_inside_another(i):
    line = put(i, "source.inner", "folder", "drop/caf/inner")
    os.mkdir(at(i, "drop", "caf", "inner"), 0o700)
    return [(FAULT, "[source.inner] folder", "inside that of [source.caf] folder", line)]


def source_by_a_link(i):
    put(i, "source.first", "folder", folder(i, "first"))
    os.symlink(at(i, "first"), at(i, "second"))
    line = put(i, "source.second", "folder", "second")
    return [(FAULT, "[source.second] folder", "this is a link, and fluxrsad follows none", line)]


def done_is_a_source(i):
    line = put(i, "instance", "done", folder(i, "both"))
    other = put(i, "source.both", "folder", "both")
    check(line < other, "in this order")
    return [(FAULT, "[source.both] folder", "the folder of [instance] done too", other)]


def backup_inside_the_store(i):
    line = put(i, "backup", "folder", "store/backup")
    os.mkdir(at(i, "store", "backup"), 0o700)
    return [(FAULT, "[backup] folder", "inside that of [instance] store", line)]


def open_backup(i):
    os.chmod(at(i, "backup"), 0o755)
    return [(FAULT, "[backup] folder", "chmod 700", None)]


def unreadable_backup_key(i):
    os.chmod(at(i, "keys", "backup.key"), 0o000)
    return [] if ROOT else [(FAULT, "[backup] key", "may not read", None)]


def households_of_another(i):
    i.imported(sample(at(i, "..", "of-062.xml"), 20))
    line = put(i, "instance", "departement", "059")
    return [(FAULT, "[instance] departement", "the households of the département 062", line)]


def a_few_households_of_another(i):
    i.imported(sample(at(i, "..", "ours.xml"), 30, "--month", "2025-01"))
    i.imported("--force", "a test", sample(at(i, "..", "theirs.xml"), 20, "--month", "2025-02", "--departement", "059", "--seed", "5"))
    return []


def no_backup_folder(i):
    os.rmdir(at(i, "backup"))
    return [(WARNING, "[backup] folder", "no such folder", None)]


def no_backup_folder_where_one_was_given(i):
    line = put(i, "backup", "folder", "bakup")
    return [(FAULT, "[backup] folder", "no such folder", line)]


def open_backup_key(i):
    os.chmod(at(i, "keys", "backup.key"), 0o640)
    return [(FAULT, "[backup] key", "0400", None)]


def no_backup_key(i):
    os.unlink(at(i, "keys", "backup.key"))
    return [(WARNING, "[backup] key", "no backup key", None)]


def open_keys_one_and_all(i):
    os.chmod(at(i, "keys", "master.key"), 0o644)
    os.chmod(at(i, "keys", "index"), 0o644)
    os.chmod(at(i, "keys", "kek-1"), 0o600 | 0o020)
    return [(FAULT, "[instance] master_key", "master.key: the key has mode 0644", None), (FAULT, "[instance] keys", "index: the key has mode 0644", None),
            (FAULT, "[instance] keys", "kek-1: the key has mode 0620", None)]


def no_keys(i):
    line = put(i, "instance", "keys", "kyes")
    return [(FAULT, "[instance] keys", "no such folder of keys", line)]


def no_journal_folder(i):
    line = put(i, "instance", "journal", "no/journal.log")
    return [(FAULT, "[instance] journal", "folder of the journal", line)]


def no_store(i):
    line = put(i, "instance", "store", "stroe")
    return [(FAULT, "[instance] store", "no such folder", line)]


def store_that_is_none(i):
    line = put(i, "instance", "store", folder(i, "empty"))
    return [(FAULT, "[instance] store", "", line)]


def full_disk(i):
    put(i, "alert", "free_space", "100 %")
    return [(WARNING, "[instance] store", "are free on its file system", None), (WARNING, "[instance] store", "more files", None)]


def no_sendmail(i):
    put(i, "summary", "to", "exploitation@departement.example")
    line = put(i, "summary", "sendmail", "/nowhere/sendmail")
    return [(FAULT, "[summary] sendmail", "no such program", line)]


def sendmail_that_is_no_program(i):
    put(i, "summary", "to", "exploitation@departement.example")
    line = put(i, "summary", "sendmail", i.config)
    return [(FAULT, "[summary] sendmail", "may not run", line)]


def wrong_addresses(i):
    return [(FAULT, "[summary] to", "Chef <a@b.example>", put(i, "summary", "to", "a@b.example, Chef <a@b.example>")),
            (FAULT, "[summary] from", "mail addresses", put(i, "summary", "from", "a@b.example, c@b.example"))]


def wrong_values(i):
    return [(FAULT, "[daemon] scan", "from 1 s to 1 h", put(i, "daemon", "scan", "2 d")),
            (FAULT, "[daemon] deaths", "from 1 to 100", put(i, "daemon", "deaths", "0")),
            (FAULT, "[log] sink", "did you mean \"syslog\"", put(i, "log", "sink", "sylog")),
            (FAULT, "[source.caf] daily_days", "mon-fri", put(i, "source.caf", "daily_days", "sun-mon")),
            (FAULT, "[source.caf] daily_by", "05:00", put(i, "source.caf", "daily_by", "24:00")),
            (FAULT, "[source.msa] foldr", "did you mean \"folder\"", put(i, "source.msa", "foldr", "x"))]


def a_wrong_path_is_not_judged_by_its_default(i):
    os.rename(at(i, "store"), at(i, "elsewhere"))
    os.rmdir(at(i, "drop", "caf"))
    return [(FAULT, "[instance] store", "cannot be empty", put(i, "instance", "store", "")),
            (FAULT, "[source.caf] folder", "cannot be empty", put(i, "source.caf", "folder", ""))]


def open_to_others(i):
    os.chmod(i.config, 0o622)
    return [(FAULT, "", "chmod go-w", None)]


ALONE = [no_source_folder, source_folder_is_a_file, world_writable_drop, world_readable_drop, drop_of_a_group, world_writable_above, open_work,
         shut_refused, open_held_of_another, source_inside_another, source_by_a_link, done_is_a_source, backup_inside_the_store, open_backup,
         no_backup_folder, no_backup_folder_where_one_was_given, open_backup_key, no_backup_key, open_keys_one_and_all, no_keys, no_journal_folder,
         no_store, store_that_is_none, full_disk, no_sendmail, sendmail_that_is_no_program, wrong_addresses, wrong_values,
         a_wrong_path_is_not_judged_by_its_default, open_to_others, unreadable_backup_key, households_of_another, a_few_households_of_another]

# They do not take the ground from each other.
TOGETHER = [no_source_folder, source_folder_is_a_file, world_writable_drop, world_readable_drop, drop_of_a_group, world_writable_above, open_work,
            shut_refused, open_held_of_another, source_inside_another, source_by_a_link, done_is_a_source, backup_inside_the_store, open_backup_key,
            open_keys_one_and_all, no_journal_folder, full_disk, no_sendmail, wrong_values, open_to_others]


def found_are(found, code, expected, what):
    """What was found is what was planted: each once, and nothing else."""
    left = {kind: list(found[kind]) for kind in (FAULT, WARNING)}
    for kind, subject, message, line in expected:
        hits = [f for f in left[kind] if f["subject"] == subject and message in f"{f['path']}: {f['message']}" and (line is None or f["line"] == line)]
        check(hits, f"{what}: {subject} \"{message}\" line {line} is not among the {kind}: {json.dumps(found, indent=1)}")
        left[kind].remove(hits[0])
    equal(left, {FAULT: [], WARNING: []}, f"{what}: nothing else")
    wrong = any(kind == FAULT for kind, *_ in expected)
    equal((found["ok"], code), (not wrong, 78 if wrong else 0), f"{what}: verdict")


def checked(i, **options):
    done = i.run("config", "check", "--json", expect=None, **options)
    return done.json(), done.code


def renumbered(i, expected):
    """Lines move while others are planted: where the settings stand in the end."""
    with open(i.config, encoding="utf-8") as f:
        lines = f.read().split("\n")
    stands, section = {}, ""
    for n, line in enumerate(lines, 1):
        if line.startswith("["):
            section = line
        elif re.match(r"[a-z_]+ *=", line):
            stands[f"{section} {line.split('=')[0].strip()}"] = n
    return [(kind, subject, message, line and stands[subject]) for kind, subject, message, line in expected]


def test_an_instance_as_made_is_right(base):
    i = Instance(os.path.join(base, "i"))
    found_are(*checked(i), [], "as made")
    check("the configuration is right" in i.run("config", "check").out, "as people read it")
    equal(oct(os.stat(at(i, "backup")).st_mode & 0o7777), oct(0o700), "the folder of backups")
    key = os.stat(at(i, "keys", "backup.key"))
    equal((oct(key.st_mode & 0o7777), key.st_size), (oct(0o400), 32), "the backup key")
    other = Instance(os.path.join(base, "other"))
    with open(at(i, "keys", "backup.key"), "rb") as one, open(at(other, "keys", "backup.key"), "rb") as two:
        check(one.read() != two.read(), "a key of its own")
    said = run("init", os.path.join(base, "third"), "--departement", "062").out
    check("fluxrsad -c" in said and "fluxrsa store backup -c" in said, "the daemon and the backup are named")


def test_the_example_is_right(base):
    i = Instance(os.path.join(base, "i"))
    example = run("config", "example").out
    with open(i.config, "w", encoding="utf-8") as f:
        f.write(example)
    found_are(*checked(i), [], "the example")
    bare = re.sub(r"(?m)^#([a-z_]+ =)", r"\1", example)
    check(bare.count("\nfolder = drop/") == 3, "the folder of each source is shown")
    with open(i.config, "w", encoding="utf-8") as f:
        f.write(bare)
    found_are(*checked(i), [], "every default written out")
    with open(i.config, "w", encoding="utf-8") as f:
        f.write(run("config", "example", env={"LC_ALL": "C.UTF-8", "LANGUAGE": "fr"}).out)
    found_are(*checked(i), [], "in French")


def test_each_fault_alone(base):
    for n, seed in enumerate(ALONE):
        i = Instance(os.path.join(base, str(n)))
        expected = seed(i)
        found_are(*checked(i), renumbered(i, expected), seed.__name__)


def test_all_faults_at_once(base):
    i = Instance(os.path.join(base, "i"))
    expected = renumbered(i, [e for seed in TOGETHER for e in seed(i)])
    found_are(*checked(i), expected, "all at once")
    said = i.run("config", "check", expect=78).err
    equal(len(said.strip().split("\n")), len(expected), "one line each")
    for kind, subject, _, line in expected:
        where = f"{i.config}:{line}: {subject}:" if line else f"{subject} (default):" if subject else "go-w"
        check(any(where in one and ("warning: " in one) == (kind == WARNING) for one in said.split("\n")), f"{where} in {said}")


def test_the_store_and_the_journal_are_opened_whatever_else_is_wrong(base):
    i = Instance(os.path.join(base, "i"))
    i.imported(sample(os.path.join(base, "m.xml"), 20))
    os.chmod(at(i, "held"), 0o755)
    with open(at(i, "journal", "journal.log"), "ab") as f:
        f.write(b"{}\n")
    found_are(*checked(i), [(FAULT, "[instance] held", "chmod 700", None), (FAULT, "[instance] journal", "does not verify", None)], "both")
    with open(at(i, "keys", "master.key"), "rb") as f:
        key = f.read()
    rewrite(at(i, "keys", "master.key"), b"a" * 64, 0o400)
    found_are(*checked(i), [(FAULT, "[instance] held", "chmod 700", None), (FAULT, "[instance] master_key", "not the master key", None)], "another key")
    rewrite(at(i, "keys", "master.key"), key, 0o400)


def test_the_clock(base):
    i = Instance(os.path.join(base, "i"))
    i.imported(sample(os.path.join(base, "m.xml"), 20))
    options = os.environ.get("ASAN_OPTIONS", "")
    clock = {"LD_PRELOAD": SET_CLOCK, "ASAN_OPTIONS": options + (":" if options else "") + "verify_asan_link_order=0"}
    now = int(os.stat(at(i, "journal", "journal.log")).st_mtime)

    def told(seconds):
        return checked(i, env={**clock, "SET_CLOCK": str(seconds)})

    for seconds in (now, now - 86000, now + 86400 * 365):
        found_are(*told(seconds), [], "a clock that may be right")
    back = [(FAULT, "clock", "behind what was done last", None)]
    found_are(*told(now - 90000), back, "a day before the journal and the store")
    found_are(*told(1000000000), [(FAULT, "clock", "before 2026", None)], "2001")
    os.unlink(at(i, "journal", "journal.log"))
    found_are(*told(now - 90000), back, "by the store alone")
    empty = Instance(os.path.join(base, "empty"))
    equal(checked(empty, env={**clock, "SET_CLOCK": str(1767225600)})[0]["faults"], [], "an instance where nothing was done")


def test_limits(base):
    i = Instance(os.path.join(base, "i"))
    done = subprocess.run(["prlimit", "--nofile=48", FLUXRSA, "-c", i.config, "config", "check", "--json"], stdout=subprocess.PIPE, check=False,
                          env={**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en"})
    found_are(json.loads(done.stdout), done.returncode, [(WARNING, "limits", "may open 48 files", None)], "descriptors")


def mounted(i, script, *words):
    """config check --json in mounts of its own, which end with it."""
    done = subprocess.run(["unshare", "-m", "sh", "-ec", script + '\nshift "$N"; exec "$@"', "sh", *words, FLUXRSA, "-c", i.config, "config", "check", "--json"],
                          stdout=subprocess.PIPE, check=False, env={**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en", "N": str(len(words))})
    return json.loads(done.stdout), done.returncode


def test_file_systems(base):
    if not MOUNTS:
        print("skipped: nothing can be mounted here")
        return
    i = Instance(os.path.join(base, "i"))
    done, store = at(i, "done"), at(i, "store")
    found_are(*mounted(i, 'mount --bind "$1" "$1"', done), [(FAULT, "[instance] done", "behind another mount than that of [instance] work", None)],
              "one file system, two mounts")
    found_are(*mounted(i, 'mount -t tmpfs -o mode=700 none "$1"', done), [(FAULT, "[instance] done", "not on the same file system as that of [instance] work",
                                                                         None)], "two file systems")
    found_are(*mounted(i, 'mount -t tmpfs -o mode=700 none "$2"; cp -a "$1/." "$2/"; mount --move "$2" "$1"', store, folder(i, "aside")),
              [(WARNING, "[instance] store", "in memory", None)], "a store in memory")
    folder(i, "up")
    folder(i, "job")
    found_are(*mounted(i, 'mount -t overlay -o "lowerdir=$1,upperdir=$2,workdir=$3" none "$1"', store, at(i, "up"), at(i, "job")),
              [(WARNING, "[instance] store", "overlay", None)], "a store on an overlay")


def test_inotify(base):
    if not MOUNTS:
        print("skipped: nothing can be mounted here")
        return
    i = Instance(os.path.join(base, "i"))
    with tempfile.NamedTemporaryFile(dir=base) as f:
        f.write(b"2\n")
        f.flush()
        found_are(*mounted(i, 'mount --bind "$1" /proc/sys/fs/inotify/max_user_watches', f.name),
                  [(WARNING, "inotify", "fs.inotify.max_user_watches is 2", None)], "watches")
        f.seek(0)
        f.write(b"0\n")
        f.flush()
        found_are(*mounted(i, 'mount --bind "$1" /proc/sys/fs/inotify/max_user_instances', f.name),
                  [(WARNING, "inotify", "fs.inotify.max_user_instances is 0", None)], "instances")


def test_drop_folders_of_others(base):
    """As the user of the service, where SFTP accounts own the drop folders."""
    if not ROOT:
        print("skipped: not root")
        return
    i = Instance(os.path.join(base, "i"))
    os.chmod(base, 0o755)
    subprocess.run(["chown", "-R", "65534:65534", i.folder], check=True)
    for name, mode in (("caf", 0o1777), ("msa", 0o2770), ("pe", 0o700)):
        os.chown(at(i, "drop", name), 0, 65534)
        os.chmod(at(i, "drop", name), mode)
    done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", FLUXRSA, "-c", i.config, "config", "check", "--json"],
                          stdout=subprocess.PIPE, check=False, env={**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en"})
    found_are(json.loads(done.stdout), done.returncode, [(FAULT, "[source.caf] folder", "chmod o-w", None), (FAULT, "[source.caf] folder", "chmod -t", None),
                                                         (FAULT, "[source.pe] folder", "may not read the folder", None)], "drop folders of root")


def test_where_each_value_comes_from(base):
    i = Instance(os.path.join(base, "i"))
    line, source = put(i, "daemon", "scan", "30 s"), put(i, "source.msa", "still", "2 min")
    shown = i.run("config", "show", "--json").json()["settings"]
    equal(shown["daemon"]["scan"], {"value": "30 s", "origin": "file", "line": line}, "a setting of the file")
    equal(shown["daemon"]["deaths"], {"value": "3", "origin": "default", "line": None}, "a default")
    equal(shown["source.msa"]["still"], {"value": "2 min", "origin": "file", "line": source}, "a setting of a source")
    equal(shown["source.msa"]["folder"], {"value": at(i, "drop", "msa"), "origin": "default", "line": None}, "the default of a source")
    said = i.run("config", "show").out
    check(re.search(rf"(?m)^daemon +scan +30 s +fluxrsa\.conf:{line}$", said), f"as people read it: {said}")
    check(re.search(rf"(?m)^source\.msa +still +2 min +fluxrsa\.conf:{source}$", said) and re.search(r"(?m)^source\.msa +suffix +\.ok +default$", said),
          f"of a source: {said}")


main(test_an_instance_as_made_is_right, test_the_example_is_right, test_each_fault_alone, test_all_faults_at_once,
     test_the_store_and_the_journal_are_opened_whatever_else_is_wrong, test_the_clock, test_limits, test_file_systems, test_inotify,
     test_drop_folders_of_others, test_where_each_value_comes_from)
