"""Kills at random moments: nothing is left, nothing of the progress is lost or goes backwards."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import time
from pathlib import Path
from random import Random

from autograd_tutor import linux
from autograd_tutor.progress import FILE_NAME
from soak.sitting import ANY, WALKING, drain, gone, opened, press_any, runs, wait_until
from soak.trials import Measured, Part, folder
from terminal.emulator import Terminal

SITTINGS = 2
MOST_INSIDE = 3
"""Kills of what the interface has started, in a sitting that its own end follows."""

Saved = tuple[frozenset[tuple[str, str]], dict[str, int], int]
"""Finished steps; lessons with the visit that their bookmark is of; the newest visit."""


def trial(_number: int, chance: Random) -> Measured:
    """Two sittings in one home, each with kills inside, and ended by one."""
    kills, slowest = 0, 0.0
    with folder() as home:
        saved = saved_in(home)
        for _ in range(SITTINGS):
            with opened(home, *_target(chance)) as terminal:
                drain(terminal, 2.5 * chance.random() ** 2)
                inside = chance.randrange(MOST_INSIDE + 1)
                for _ in range(inside):
                    kills += _kill_inside(terminal, chance)
                if not inside:
                    press_any(terminal, chance, ANY, chance.randrange(40))
                    assert terminal.process.poll() is None, terminal.text
                saved = not_less(saved_in(home), saved)
                terminal.kill()
                kills += 1
                slowest = max(slowest, gone(home))
            saved = not_less(saved_in(home), saved)
            assert not list(home.rglob("*damaged*"))
    return {"kills": kills, "clean-up, s": slowest}


def saved_in(home: Path) -> Saved:
    """What the file holds, read without the program."""
    path = home / "state" / "autograd-tutor" / FILE_NAME
    if not path.exists():
        return frozenset(), {}, 0
    with contextlib.closing(sqlite3.connect(path, timeout=20)) as db:
        if not db.execute("SELECT 1 FROM sqlite_master").fetchone():
            return frozenset(), {}, 0
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        visits = dict(db.execute("SELECT lesson, visit FROM place").fetchall())
        finished = frozenset(db.execute("SELECT lesson, step FROM finished").fetchall())
    return finished, visits, max(visits.values(), default=0)


def not_less(now: Saved, before: Saved) -> Saved:
    """What is saved now, if nothing of what was saved before is lost."""
    assert now[0] >= before[0], before[0] - now[0]
    assert all(now[1].get(lesson, 0) >= visit for lesson, visit in before[1].items())
    assert now[2] >= before[2]
    return now


def _target(chance: Random) -> tuple[str, ...]:
    return chance.choice(((), ("parameters",), ("automatic-gradients",), ("inside-backward",)))


def _kill_inside(terminal: Terminal, chance: Random) -> int:
    """Kill a process that the interface has started; the lesson works on when it is run again."""
    press_any(terminal, chance, WALKING, chance.randrange(20))
    victims = list(linux.descendants(terminal.process.pid))
    if not victims:
        return 0
    victim = chance.choice(victims)
    with contextlib.suppress(ProcessLookupError):
        os.kill(victim, signal.SIGKILL)
    press_any(terminal, chance, WALKING, chance.randrange(10))
    asked = time.monotonic()

    def again() -> bool:
        nonlocal asked
        assert terminal.process.poll() is None, "the interface has ended with it"
        if time.monotonic() - asked > 0.5:
            terminal.press("enter", "f5")  # the list may be open
            asked = time.monotonic()
        return any(pid != victim for pid in runs(terminal))

    wait_until(again, "a run after one that was killed", terminal)
    return 1


PART = Part("kills", 210, 12, trial, most={"clean-up, s": 3.0})
