"""Sittings with thousands of keys, sizes and reruns: memory and descriptors stay as they were."""

from __future__ import annotations

from random import Random

from autograd_tutor import linux
from soak.sitting import WALKING, drain, forget, gone, opened, runs, usage, wait_until
from soak.trials import Measured, Part, folder
from terminal.emulator import Terminal
from terminal.test_leaving import assert_restored

KEYS_OF_A_SITTING = (*(key for key in WALKING if key != "f5"), "?")
ROUNDS = 100
"""In each: ten sizes, a hundred keys."""

RERUNS_OF_A_SITTING = 1000
WARM = 50
"""Rounds of which memory is not yet compared, while caches fill; a tenth of the reruns."""

MOST_GROWTH = 8.0
"""MiB: what caches and the allocator take; a leak of 2 KiB a key would be 10."""

MOST_DESCRIPTORS = 2.0
"""The process that reads files may be there or not."""


def keys_trial(_number: int, chance: Random) -> Measured:
    """Ten thousand keys and a thousand sizes in one sitting."""
    with folder() as home, opened(home, "inside-backward") as terminal:
        terminal.wait_for("Explanation")
        wait_until(lambda: runs(terminal), "a run", terminal)
        for number in range(ROUNDS):
            for _ in range(10):
                terminal._set_size(chance.randrange(20, 200), chance.randrange(5, 70))
                for _ in range(10):
                    _press(terminal, chance)
            _settle(terminal)
            if number == WARM:
                before = _usage(terminal)
        measured = _compared(terminal, before) | {"keys": 100 * ROUNDS, "sizes": 10 * ROUNDS}
        _quit(terminal)
        return measured | {"left, s": gone(home)}


def reruns_trial(_number: int, _chance: Random) -> Measured:
    """A thousand reruns in one sitting, each of them begun before the next."""
    with folder() as home, opened(home, "inside-backward") as terminal:
        terminal.wait_for("Explanation")
        wait_until(lambda: runs(terminal), "a run", terminal)
        for number in range(RERUNS_OF_A_SITTING):
            _run_again(terminal)
            if number == RERUNS_OF_A_SITTING // 10:
                _settle(terminal)
                before = _usage(terminal)
        _settle(terminal)
        measured = _compared(terminal, before) | {"reruns": RERUNS_OF_A_SITTING}
        _quit(terminal)
        return measured | {"left, s": gone(home)}


def _press(terminal: Terminal, chance: Random) -> None:
    key = chance.choice(KEYS_OF_A_SITTING)
    terminal.press(key)
    if key == "?":
        drain(terminal, 0.01)
        terminal.press("escape")
    drain(terminal, 0.01)


def _run_again(terminal: Terminal) -> None:
    before = set(runs(terminal))
    terminal.press("f5")
    wait_until(lambda: set(runs(terminal)) - before, "another run", terminal)


def _settle(terminal: Terminal) -> None:
    """Wait until nothing more is written."""
    terminal._set_size(120, 40)
    while terminal.read(0.15):
        forget(terminal)
    assert terminal.process.poll() is None, "it has ended"


def _usage(terminal: Terminal) -> dict[str, tuple[float, int]]:
    pid = terminal.process.pid
    zygotes = [z for guard in linux.children(pid) for z in linux.children(guard)]
    return {"interface": usage(pid), "kernel": usage(zygotes[0])}


def _compared(terminal: Terminal, before: dict[str, tuple[float, int]]) -> dict[str, float]:
    """Memory (MiB) and descriptors before and after; more of either is a failure."""
    after = _usage(terminal)
    measured: dict[str, float] = {}
    for name, (memory, descriptors) in after.items():
        was, had = before[name]
        measured |= {f"{name} before, MiB": was, f"{name} after, MiB": memory}
        measured |= {
            f"{name} descriptors before, ": had,
            f"{name} descriptors after, ": descriptors,
        }
        measured[f"{name} growth, MiB"] = memory - was
        measured[f"{name} more descriptors, "] = descriptors - had
    return measured


def _quit(terminal: Terminal) -> None:
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0
    assert_restored(terminal)


_MOST = {
    "interface growth, MiB": MOST_GROWTH, "kernel growth, MiB": MOST_GROWTH,
    "interface more descriptors, ": MOST_DESCRIPTORS,
    "kernel more descriptors, ": 0.0, "left, s": 3.0,
}  # fmt: skip
KEYS = Part("keys", 1, 3, keys_trial, most=_MOST, longest=900)
RERUNS = Part("reruns", 1, 3, reruns_trial, most=_MOST, longest=900)
