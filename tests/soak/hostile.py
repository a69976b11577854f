"""Hostile snippets, each in a sitting of its own: afterwards the lesson answers, and quits well."""

from __future__ import annotations

import re
import textwrap
import time
from functools import cache
from pathlib import Path
from random import Random

from soak.sitting import PATIENCE, gone, opened
from soak.trials import Measured, Part, folder
from terminal.emulator import Terminal
from terminal.lessons import write
from terminal.test_leaving import assert_restored

SNIPPETS = Path(__file__).with_name("snippets")
_HEADING = re.compile(r"^# %% ([a-z0-9-]+): .+$", re.MULTILINE)

_LESSON = """\
format: 1
title: Hostile
summary: Hostile once, innocent when it is run again.
setup: import torch
limits: {{seconds: 2, memory: 1024}}
steps:
  - id: hostile
    title: Hostile
    explain: It does its worst.
    code: |
      import os
      if not os.path.exists({flag!r}):
{hostile}
      else:
          w = torch.tensor([37.0], requires_grad=True)
          (w * w).sum().backward()
          answer = w.grad * 111
"""
ANSWER = "8214"
"""2 · 37 · 111, which stands nowhere in the lesson."""


@cache
def snippets() -> tuple[tuple[str, str], ...]:
    """All snippets by name, each behind what those of its file share."""
    found: list[tuple[str, str]] = []
    for path in sorted(SNIPPETS.glob("*.py")):
        base, *rest = _HEADING.split(path.read_text(encoding="utf-8"))
        found += [
            (f"{path.stem}/{name}", base + code)
            for name, code in zip(rest[::2], rest[1::2], strict=True)
        ]
    return tuple(found)


def trial(number: int, chance: Random) -> Measured:
    """One snippet in a sitting."""
    name, code = snippets()[number % len(snippets())]
    with folder() as home:
        flag = home / "innocent"
        hostile = textwrap.indent(code, " " * 10)
        lesson = write(home, "hostile", _LESSON.format(flag=str(flag), hostile=hostile))
        with opened(home, lesson) as terminal:
            before = terminal.settings()
            try:
                return _sit(terminal, flag, chance, before) | {"left, s": gone(home)}
            except AssertionError as error:
                raise AssertionError(f"{name}: {error}") from error


def _sit(terminal: Terminal, flag: Path, chance: Random, before: object) -> dict[str, float]:
    terminal.wait_for("It does its worst.")
    terminal.press(*chance.sample(("right", "end", "l", "i", "j", "4", "enter"), 3))
    _read(terminal, 1.5 + 3 * chance.random())
    flag.touch()
    seconds = _answer(terminal)
    terminal.press("ctrl+q")
    begin = time.monotonic()
    assert terminal.wait_end() == 0
    ending = time.monotonic() - begin
    assert_restored(terminal)
    assert terminal.settings() == before
    assert b"\x1b]0;pwned" not in terminal.raw, "it reached the terminal"
    return {"answer after, s": seconds, "quit, s": ending}


def _read(terminal: Terminal, seconds: float) -> None:
    """Read all that is written for so long."""
    late = time.monotonic() + seconds
    while (left := late - time.monotonic()) > 0:
        terminal.read(left)
    terminal.feed()


def _answer(terminal: Terminal) -> float:
    """Run it again until the innocent snippet's value is seen; the seconds that it takes."""
    begin = time.monotonic()
    while ANSWER not in terminal.text:
        assert terminal.process.poll() is None, f"it has ended:\n{terminal.text}"
        assert time.monotonic() - begin < PATIENCE, f"no answer:\n{terminal.text}"
        terminal.press("f5")
        late = time.monotonic() + 4
        while ANSWER not in terminal.text and time.monotonic() < late:
            terminal.press("end")
            terminal.read(0.2)
            while terminal.read(0.02):
                pass
            terminal.feed()
    return time.monotonic() - begin


PART = Part("snippets", len(snippets()), 8, trial, most={"left, s": 3.0, "quit, s": 3.5})
