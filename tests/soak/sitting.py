"""A sitting of the soak at a real terminal: what it shows and uses, and how it ends."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from autograd_tutor import linux
from terminal.emulator import Terminal
from terminal.program import PROGRAM, environment, left_behind

PATIENCE = 40.0
"""Seconds after which what is waited for does not come."""

WALKING = (
    "right", "left", "l", "h", "space", "i", "o", "home", "end", "N", "P", "1", "2", "3", "4", "5",
    "tab", "shift+tab", "z", "enter", "t", "f", "j", "k", "up", "down", "pagedown", "pageup", ">",
    "<", "f5",
)  # fmt: skip
"""Keys that do not leave the lesson."""

ANY = (*WALKING, "e", "?", "/", "escape", "escape", "a", "x", "0", "\x13", "\x7f")
"""Nearly all keys; none that quits, by itself or as one of a few."""


@contextlib.contextmanager
def opened(home: Path, *args: str, columns: int = 120, rows: int = 40) -> Iterator[Terminal]:
    """The program on a terminal, with its own folder for temporary files."""
    (home / "tmp").mkdir(exist_ok=True)
    env = environment(home, TMPDIR=str(home / "tmp"))
    with Terminal(
        (*PROGRAM, *args), env=env, cwd=str(home), columns=columns, rows=rows
    ) as terminal:
        yield terminal


def drain(terminal: Terminal, seconds: float) -> None:
    """Read what is written for so long; the screen is not needed."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and terminal._open:
        terminal.read(left)
    forget(terminal)


def forget(terminal: Terminal) -> None:
    """Keep nothing of what was written: it can be much."""
    terminal.chunks.clear()
    terminal._fed = 0


def press_any(
    terminal: Terminal, chance: Random, keys: tuple[str, ...], count: int, pause: float = 0.03
) -> None:
    """Press keys at random, most of them before the last has been answered."""
    for _ in range(count):
        terminal.press(chance.choice(keys))
        drain(terminal, pause * chance.random())


def wait_until(true: Callable[[], object], what: str, terminal: Terminal | None = None) -> float:
    """Wait for something that sends no event; the seconds that it took."""
    begin = time.monotonic()
    while not true():
        if time.monotonic() - begin > PATIENCE:
            shown = f"\n{terminal.text}" if terminal else ""
            raise AssertionError(f"not so after {PATIENCE:g} s: {what}{shown}")
        if terminal:
            drain(terminal, 0.02)
        else:
            time.sleep(0.005)
    return time.monotonic() - begin


def gone(home: Path) -> float:
    """Wait until nothing of the program is left; the seconds that it took."""
    begin = time.monotonic()
    while left := left_behind(home):
        if time.monotonic() - begin > PATIENCE:
            raise AssertionError(f"left behind: {left}")
        time.sleep(0.01)
    seconds = time.monotonic() - begin
    with contextlib.suppress(ChildProcessError):  # those that this process has adopted
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return seconds


def runs(terminal: Terminal) -> list[int]:
    """The processes of runs: interface, guard and zygote stand above them."""
    pid = terminal.process.pid
    zygotes = [z for guard in linux.children(pid) for z in linux.children(guard)]
    found = [pid for zygote in zygotes for pid in linux.children(zygote)]
    return [pid for pid in found if _leads_session(pid)]  # the warm process does not


def _leads_session(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        return os.getsid(pid) == pid
    return False


def usage(pid: int) -> tuple[float, int]:
    """MiB of memory that a process holds, and its descriptors."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20, len(os.listdir(f"/proc/{pid}/fd"))
