"""A mount namespace of our own, in which everything that is mounted goes with the last process."""
import fcntl
import os
import shutil
import struct
import subprocess
import sys
import time

SKIP = 77
# The same number for ext4 and XFS.
IOC_SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2
# How it is made, and the smallest that is.
KINDS = {"ext4": (["mkfs.ext4", "-q", "-F"], "64M"), "xfs": (["mkfs.xfs", "-q", "-f"], "300M")}


def enter():
    """Runs this program again in its own mount namespace; returns in there only."""
    if os.environ.get("FLUXRSA_MOUNTS") == "1":
        return
    if os.geteuid() != 0:
        print("skipped: only root may mount")
        sys.exit(SKIP)
    if subprocess.run(["unshare", "-m", "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        print("skipped: no mount namespace is to be had here")
        sys.exit(SKIP)
    words = ["unshare", "-m", "--propagation", "private", sys.executable, "-B", *sys.argv]
    os.execvpe("unshare", words, {**os.environ, "FLUXRSA_MOUNTS": "1"})


def run(*words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise OSError(f"{' '.join(words)}: {done.stdout.decode().strip()}")


class Tmpfs:
    def __init__(self, place, options):
        self.place = place
        os.makedirs(place, exist_ok=True)
        run("mount", "-t", "tmpfs", "-o", options, "tmpfs", place)

    def again(self, options):
        run("mount", "-o", "remount," + options, self.place)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        run("umount", self.place)


def no_disk(kind="ext4"):
    """Why there is none of this kind here; "" when there is."""
    program = KINDS[kind][0][0]
    if shutil.which("modprobe"):
        subprocess.run(["modprobe", "-q", kind], stderr=subprocess.DEVNULL)
    with open("/proc/filesystems", encoding="ascii") as f:
        why = "" if kind in f.read().split() else f"the kernel does not know {kind}"
    if not shutil.which(program) or not shutil.which("losetup"):
        return f"{program} or losetup is not installed"
    # In a container the kernel may name a device that is not there.
    free = subprocess.run(["losetup", "-f"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode().strip()
    return why if os.path.exists(free) else "there are no loop devices"


def skipped(kind="ext4"):
    """Says why, and True, when there is none of this kind."""
    why = no_disk(kind)
    if why:
        print(f"skipped: {why}")
    return bool(why)


class Disk:
    """A file system in a file, which can be cut off as if its disk had lost power."""

    def __init__(self, image, place, kind="ext4", size=None, options=()):
        self.image, self.place = image, place
        make, smallest = KINDS[kind]
        os.makedirs(place, exist_ok=True)
        run("truncate", "-s", size or smallest, image)
        run(*make, *options, image)
        self.mount()

    def mount(self):
        run("mount", "-o", "loop", self.image, self.place)

    def sync(self):
        run("sync", "-f", self.place)

    def leave_files(self, left):
        """Room for so many more files, whatever space there is."""
        folder, count = os.path.join(self.place, "filler"), 0
        os.mkdir(folder)
        while os.statvfs(self.place).f_favail > left:
            with open(os.path.join(folder, str(count)), "xb"):
                count += 1

    def give_files_back(self):
        shutil.rmtree(os.path.join(self.place, "filler"))

    def cut(self):
        fd = os.open(self.place, os.O_RDONLY)
        fcntl.ioctl(fd, IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        os.close(fd)

    def back(self):
        self.leave()
        self.mount()

    def leave(self):
        """What was killed may take a moment to be gone."""
        end = time.monotonic() + 60
        while subprocess.run(["umount", self.place], stderr=subprocess.DEVNULL).returncode and time.monotonic() < end:
            time.sleep(0.05)
        if os.path.ismount(self.place):
            run("umount", self.place)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # The loop device goes with the mount.
        self.leave()
