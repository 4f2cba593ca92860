"""Disks that are really full, of bytes or of files, or really read-only: the import says so, keeps what was, and works once they are mended."""
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mounts  # noqa: E402
from faults import Scene, check, environment, equal, main  # noqa: E402
from night import Night  # noqa: E402

mounts.enter()
KIB = 1024


def plain():
    env = environment()
    del env["LD_PRELOAD"]
    return env


def used(folder):
    return sum(os.stat(os.path.join(at, name)).st_blocks * 512 for at, _, names in os.walk(folder) for name in names) // KIB


def test_full(folder):
    """The space that is left grows from nothing to enough."""
    scene, full, done = Scene(folder, 150), 0, 0
    with mounts.Tmpfs(os.path.join(folder, "small"), "size=256m,mode=700") as disk:
        # Not that of the model, which lies on another file system.
        scene.reset(os.path.join(disk.place, "i"))
        need = used(scene.place)
    for spare in list(range(0, 256, 16)) + list(range(256, 4096, 256)):
        with mounts.Tmpfs(os.path.join(folder, "small"), f"size={need + 64 + spare}k,mode=700") as disk:
            scene.reset(os.path.join(disk.place, "i"))
            result = scene.run(plain())
            full += b"no space left" in result.stderr
            what = f"{spare} KiB left"
            content = scene.instance.dump()
            check(content in (scene.before, scene.after), f"{what}: neither before nor after")
            scene.judge_words(result, what, content == scene.after, (74,))
            disk.again(f"size={need + 16384}k")
            scene.judge_next(what, content == scene.after)
            done += result.returncode == 0
            if done == 2:
                break
    check(full >= 3 and done == 2, f"{full} imports met a full disk, {done} did not")
    print(f"{full} imports met a full disk")


def test_full_for_a_backup(folder):
    """A backup that finds no room says so, leaves nothing, and the next one with room is made."""
    scene = Scene(folder, 150)
    scene.reset(os.path.join(folder, "i"))
    with mounts.Tmpfs(os.path.join(folder, "small"), "size=16k,mode=700") as disk:
        place, full = os.path.join(disk.place, "backups"), 0
        os.mkdir(place, 0o700)
        for room in [16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 8192]:
            disk.again(f"size={room}k")
            done = scene.instance.run("store", "backup", "--to", place, expect=None)
            check(done.code in (0, 74), f"{room} KiB: exit {done.code}: {done.err}")
            check(done.code == 0 or "no space left" in done.err, f"{room} KiB: {done.err}")
            full += done.code == 74
            equal(len([n for n in os.listdir(place) if n != "backup.lock"]), int(done.code == 0), f"{room} KiB: backups")
            if done.code == 0:
                break
        check(full >= 4 and done.code == 0, f"{full} backups met a full disk, the last one ended with {done.code}")


def test_read_only(folder):
    scene = Scene(folder)
    with mounts.Tmpfs(os.path.join(folder, "ro"), "size=64m,mode=700") as disk:
        scene.reset(os.path.join(disk.place, "i"))
        disk.again("ro")
        result = scene.run(plain())
        equal(result.returncode, 74, f"read-only: {result.stderr.decode()}")
        check(b"read-only" in result.stderr, f"read-only is not said: {result.stderr.decode()}")
        disk.again("rw")
        check(not scene.judge(result, "read-only"), "something was applied")


def test_no_more_files(folder):
    """Space, and no inode for another file: an import needs none."""
    if mounts.skipped():
        return
    scene = Scene(folder)
    with mounts.Disk(os.path.join(folder, "image"), os.path.join(folder, "m"), options=("-N", "96")) as disk:
        scene.reset(os.path.join(disk.place, "i"))
        disk.leave_files(0)
        result = scene.run(plain())
        disk.give_files_back()
        check(scene.judge(result, "no more files"), f"not applied: {result.stderr.decode()}")


def test_no_more_files_at_night(folder):
    """The daemon says so, and what it could not claim, settle or give its texts waits until there is room."""
    if mounts.skipped():
        return
    night, told = Night(folder, 8, 1), 0
    with mounts.Disk(os.path.join(folder, "image"), os.path.join(folder, "m"), options=("-N", "128")) as disk:
        for left in (0, 1, 2, 3, 5, 8, 12, 16, 24):
            what = f"room for {left} files"
            night.reset(os.path.join(disk.place, "i"))
            for name in night.names:
                night.drop(name)
            disk.leave_files(left)
            with open(os.path.join(folder, "log"), "wb"):
                pass
            code = night.start("--once").wait(timeout=300)
            with open(os.path.join(folder, "log"), "rb") as f:
                said = f.read()
            check(code in (0, 74) and (b"no space left" in said) == (code == 74), f"{what}: exit {code}: {said}")
            told += code == 74
            checked = night.instance.run("config", "check", expect=None)
            check(left or "room for 0 more files" in checked.out + checked.err, f"{what}: config check: {checked.out} {checked.err}")
            night.nothing_lost(night.names, what)
            disk.give_files_back()
            equal(night.morning(what), 0, f"{what}: files that had to be put back")
            shutil.rmtree(night.place)
    check(told >= 6 and code == 0, f"{told} nights had no room, the last one ended with {code}")
    print(f"{told} nights had no room for files")


def test_gone(folder):
    """The folder of the store is not mounted, then it is."""
    scene = Scene(folder)
    scene.reset()
    aside = os.path.join(folder, "aside")
    shutil.move(os.path.join(scene.place, "store"), aside)
    os.mkdir(os.path.join(scene.place, "store"), 0o700)
    result = scene.run(plain())
    equal(result.returncode, 69, f"no store: {result.stderr.decode()}")
    equal(os.listdir(os.path.join(scene.place, "store")), [], "a folder that is no store stays as it is")
    os.rmdir(os.path.join(scene.place, "store"))
    shutil.move(aside, os.path.join(scene.place, "store"))
    check(not scene.judge(result, "no store"), "something was applied")


main(test_full, test_full_for_a_backup, test_read_only, test_no_more_files, test_no_more_files_at_night, test_gone)
