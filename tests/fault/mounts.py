"""A mount namespace of our own, in which everything that is mounted goes with the last process."""
import fcntl
import os
import struct
import subprocess
import sys
import time

SKIP = 77
EXT4_IOC_SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2


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


class Ext4:
    """A file system in a file, which can be cut off as if its disk had lost power."""

    def __init__(self, image, place, size="64M"):
        self.image, self.place = image, place
        os.makedirs(place, exist_ok=True)
        run("truncate", "-s", size, image)
        run("mkfs.ext4", "-q", "-F", image)
        self.mount()

    def mount(self):
        run("mount", "-o", "loop", self.image, self.place)

    def sync(self):
        run("sync", "-f", self.place)

    def cut(self):
        fd = os.open(self.place, os.O_RDONLY)
        fcntl.ioctl(fd, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        os.close(fd)

    def back(self):
        self.leave()
        self.mount()

    def leave(self):
        """What was killed may take a moment to be gone."""
        for wait in (0.01, 0.05, 0.2, 1, 3):
            if subprocess.run(["umount", self.place], stderr=subprocess.DEVNULL).returncode == 0:
                return
            time.sleep(wait)
        run("umount", self.place)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # The loop device goes with the mount.
        self.leave()
