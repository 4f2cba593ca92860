"""Nights in which the daemon, its imports and their parsers are killed at random instants and at named steps, and started again: no flux is
lost, applied twice or half applied, and the morning is that of a night without a kill."""
import os
import re
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faults import LONG, SANITIZED, SEED, Findings, check, children_of, clock, environment, main, rng  # noqa: E402
from night import Night, counted  # noqa: E402

KILLS = int(os.environ.get("FLUXRSA_KILLS", "2000" if LONG else "30" if SANITIZED else "200"))
TARGETS = ("daemon", "daemon", "daemon step", "daemon step", "worker", "worker step", "parser", "daemon, then its recovery")


def said_by(pid, name):
    """What the kernel says of a process, nothing once it has gone."""
    try:
        with open(f"/proc/{pid}/{name}", "rb") as f:
            return f.read()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def imports(pid):
    """Whether this is an import, and no look at headers."""
    return b"import" in said_by(pid, "cmdline").split(b"\0")


def running(pid, program):
    """Its children that run this program. A sanitizer looks for leaks at the end in a child of its own, and goes round for ever when that one dies."""
    return [child for child in children_of(pid) if said_by(child, "comm") == program.encode() + b"\n"]


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def kill_below(daemon, depth, chance, wanted=lambda pid: True):
    """SIGKILL of a wanted worker (depth 1) or its parser (2), once it is there, after a little while. False when there was none."""
    until = clock() + 1
    while clock() < until and daemon.poll() is None:
        pids = [pid for pid in running(daemon.pid, "fluxrsa") if wanted(pid)]
        if pids and depth == 2:
            pids = running(pids[0], "fluxrsa-parse")
        if pids:
            # A parser says hello after some milliseconds: before and after are two cases.
            time.sleep(chance.random() * (0.02 if depth == 1 else chance.choice((0.004, 0.03))))
            return kill(pids[0])
        time.sleep(0.0005)
    return False


class Campaign:
    def __init__(self, night):
        self.night, self.chance, self.kills, self.by_target, self.poisoned, self.rounds = night, rng(), 0, {}, 0, 0
        self.targets = []
        self.steps = {"daemon step": counted(night, "fluxrsad"), "worker step": counted(night, "fluxrsa")}

    def one_step(self, target, once):
        """A run of the daemon in which a program is killed before or after its n-th step."""
        program = "fluxrsad" if target == "daemon step" else "fluxrsa"
        if os.path.exists(once):
            os.unlink(once)
        # Early steps are those of the recovery of what the last kill left.
        n = self.chance.randint(1, max(2, int(self.steps[target] * self.chance.choice((0.1, 0.3, 1)))))
        spec = f"step:{self.chance.choice(('KILL', 'KILLED'))}:{n}"
        self.night.start("--once", env=environment(program=program, spec=spec, once=once)).wait(timeout=300)
        return os.path.exists(once)

    def one(self, target):
        night, chance = self.night, self.chance
        if target.endswith("step"):
            return int(self.one_step(target, os.path.join(night.folder, "once")))
        daemon = night.start()
        if target.startswith("daemon"):
            time.sleep(0.01 + chance.random() * chance.choice((0.03, 0.2)))
            killed = 1
        else:
            # One after the other they make a file that dies too often.
            times = chance.choice((1, 1, 5))
            killed = sum(kill_below(daemon, 1 if target == "worker" else 2, chance) for _ in range(times))
            # The daemon sees it, and goes on, or is killed while it does.
            time.sleep(chance.choice((0, 0.005, 0.05)))
            killed += 1
        kill(daemon.pid)
        daemon.wait()
        if target.endswith("recovery"):
            again = night.start()
            time.sleep(chance.random() * 0.03)
            kill(again.pid)
            again.wait()
            killed += 1
        return killed

    def target(self):
        """At random, and each of them in turn."""
        self.targets = self.targets or self.chance.sample(TARGETS, len(TARGETS))
        return self.targets.pop()

    def round(self, findings):
        """One night: files come while things die, until all are settled or enough have died."""
        night, to_come, dropped = self.night, list(self.night.names), []
        night.reset()
        self.chance.shuffle(to_come)
        kills = 0
        with findings:
            while kills < 40 and self.kills < KILLS:
                for _ in range(self.chance.choice((0, 0, 1, 1, 3))):
                    if to_come:
                        dropped.append(to_come.pop())
                        night.drop(dropped[-1])
                target = self.target()
                done = self.one(target)
                kills += done
                self.kills += done
                self.by_target[target] = self.by_target.get(target, 0) + done
                night.nothing_lost(dropped, f"round {self.rounds} after {kills} kills, the last of a {target}")
                if not to_come and not any(p in ("drop", "work") for places in night.where().values() for p in places):
                    break
            for name in to_come:
                night.drop(name)
            self.poisoned += night.morning(f"round {self.rounds} after {kills} kills")
        self.rounds += 1


def campaign(folder, keep_done, share):
    global KILLS
    findings, all_kills = Findings(), KILLS
    KILLS = max(10, int(all_kills * share))
    c = Campaign(Night(folder, keep_done=keep_done))
    started = clock()
    while c.kills < KILLS and len(findings.said) < 5:
        c.round(findings)
    KILLS = all_kills
    findings.end()
    check(set(c.by_target) == set(TARGETS) or c.kills < 40, f"not everything was killed: {c.by_target}")
    print(f"seed {SEED}: {c.kills} kills in {c.rounds} nights and {clock() - started:.0f} s, {c.poisoned} files put back: {c.by_target}")


def test_nights(folder):
    campaign(folder, "30 d", 0.6)


def test_nights_that_destroy(folder):
    """Originals are destroyed once they are applied."""
    campaign(folder, "0 d", 0.4)


def test_poison(folder):
    """Each import dies, whatever it imports: every file is refused, an operator puts them back, and they go through."""
    night = Night(folder, 10, 2)
    night.reset()
    for name in night.names:
        night.drop(name)
    code = night.start("--once", env=environment(program="fluxrsa", spec="step:KILL:3")).wait(timeout=300)
    check(code == 0, f"the poisoned night: exit {code}")
    check(all(places == ["refused"] * len(places) for places in night.where().values()), f"not all were refused: {night.where()}")
    poisoned = night.morning("after the poison")
    check(poisoned == len(night.names), f"{poisoned} of {len(night.names)} files were put back")


def test_parser(folder):
    """A parser that is killed once in a while refuses nothing: the file is imported again."""
    night, chance, killed, deaths = Night(folder, 2000, 1), rng(3), 0, 0
    log = os.path.join(folder, "log")
    for _ in range(12):
        if killed >= 6 and deaths >= 1:
            break
        night.reset()
        os.truncate(log, 0)
        for name in night.names:
            night.drop(name)
        daemon = night.start("--once")
        killed += sum(kill_below(daemon, 2, chance, *wanted) for wanted in ((), (), (imports,), (imports,), (imports,)))
        daemon.wait(timeout=300)
        with open(log, encoding="utf-8") as f:
            # A peek dies of it too, and that is another word.
            deaths += len(re.findall("the import of .* died", f.read()))
        # Five kills may still be three of one file.
        night.morning("after dead parsers")
    check(killed >= 6 and deaths >= 1, f"{killed} parsers killed, {deaths} imports told as dead")


main(test_nights, test_nights_that_destroy, test_poison, test_parser)
