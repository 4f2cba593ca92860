"""Peers: the same households read with lxml and put into SQL, by SQLite and by a PostgreSQL of their own that nobody else can reach."""
import glob
import importlib.util
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from measure import measured
from subjects import Flux, Skipped

HOUSEHOLDS = 5000  # at most: peers take minutes for what takes seconds
READY_SECONDS = 30
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer_sql.py")


def need(*modules):
    for name in modules:
        if importlib.util.find_spec(name) is None:
            raise Skipped(f"no python3 module {name} here")


def run_peer(kind, where, path, households):
    used = measured(sys.executable, SCRIPT, kind, where, path)
    said = json.loads(used.out)
    if said["dossiers"] != households:
        sys.exit(f"{kind}: {said['dossiers']} dossiers of {households}")
    used.server = said["server_cpu"]
    used.households = households
    return used


class Postgres:
    """A cluster in a folder, on a Unix socket only. It does not run as root: then as nobody."""

    def __init__(self):
        self.server = self.folder = None
        self.who = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []} if os.getuid() == 0 else {}

    def program(self, name):
        found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), key=lambda path: int(path.split("/")[4]))
        if not found and not shutil.which(name):
            raise Skipped("no PostgreSQL here")
        return found[-1] if found else shutil.which(name)

    def start(self):
        need("psycopg2", "lxml")
        initdb, postgres = self.program("initdb"), self.program("postgres")
        self.folder = tempfile.mkdtemp(prefix="fluxrsa-bench-pg-")
        if self.who:
            shutil.chown(self.folder, self.who["user"], self.who["group"])
        data = os.path.join(self.folder, "data")
        made = subprocess.run([initdb, "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C"], cwd=self.folder,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self.who)
        if made.returncode != 0:
            raise Skipped("PostgreSQL makes no cluster here")
        with open(os.path.join(self.folder, "log"), "wb") as log:
            self.server = subprocess.Popen([postgres, "-D", data, "-k", self.folder, "-c", "listen_addresses=", "-c",
                                            "unix_socket_permissions=0700"], cwd=self.folder, stdout=log, stderr=log, **self.who)
        self.wait()

    def wait(self):
        socket = os.path.join(self.folder, ".s.PGSQL.5432")
        end = time.monotonic() + READY_SECONDS
        import psycopg2
        while time.monotonic() < end and self.server.poll() is None:
            try:
                if os.path.exists(socket):
                    psycopg2.connect(self.where("postgres")).close()
                    return
            except psycopg2.OperationalError:
                pass
            time.sleep(0.05)
        raise Skipped("PostgreSQL does not start here")

    def where(self, base):
        return f"host={self.folder} port=5432 user=bench dbname={base}"

    def new_base(self, name):
        import psycopg2
        connection = psycopg2.connect(self.where("postgres"))
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
            cursor.execute(f"CREATE DATABASE {name}")
        connection.close()
        return self.where(name)

    def stop(self):
        if self.server and self.server.poll() is None:
            self.server.send_signal(signal.SIGINT)
            self.server.wait()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.server = self.folder = None


class Peers:
    """All peers, round by round."""

    def __init__(self, folder, households):
        self.flux = Flux(os.path.join(folder, "peers"), min(households, HOUSEHOLDS))
        self.postgres, self.why_not = Postgres(), None
        try:
            self.postgres.start()
        except Skipped as why:
            self.why_not = str(why)
            self.postgres.stop()

    def close(self):
        self.postgres.stop()

    def one_round(self):
        """Rows by name."""
        return {**self.both("sqlite", self.new_sqlite), **self.both("postgres", self.new_postgres)}

    def both(self, kind, new):
        try:
            where = new()
        except Skipped as why:
            return {f"{kind}": why, f"{kind}-5": why}
        households = self.flux.households
        return {f"{kind}": run_peer(kind, where, self.flux.xml, households),
                f"{kind}-5": run_peer(kind, where, self.flux.second, households)}

    def new_sqlite(self):
        need("lxml", "sqlite3")
        path = self.flux.path("peer.sqlite")
        for name in (path, path + "-wal", path + "-shm"):
            if os.path.exists(name):
                os.unlink(name)
        return path

    def new_postgres(self):
        if self.why_not:
            raise Skipped(self.why_not)
        return self.postgres.new_base("peer")


# name in JSON, name in the table, row of fluxrsa that does the same
PEER_ROWS = (
    ("sqlite", "lxml + SQLite, empty base", "import"),
    ("sqlite-5", "lxml + SQLite, 5 % changed", "import-5"),
    ("postgres", "lxml + PostgreSQL, empty base", "import"),
    ("postgres-5", "lxml + PostgreSQL, 5 % changed", "import-5"),
)
