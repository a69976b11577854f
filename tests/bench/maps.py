"""How long a person waits for a heat map."""

from __future__ import annotations

from pathlib import Path

from bench.measured import Figure, median, say
from bench.screens import SNIPPETS, Answer, Keys, Steps, home
from terminal.emulator import Terminal
from terminal.program import PROGRAM, environment

MAPS = SNIPPETS / "maps.py"
OPENED = 10
"""Times that a map is opened in one start of the program."""


def figures(repetitions: int) -> list[Figure]:
    """The rows of the table."""
    first: list[float] = []
    opened, tensors = Steps(), Steps()
    for number in range(repetitions):
        say(f"maps {number + 1}/{repetitions}")
        with home() as folder:
            answer = open_again_and_again(folder, opened, tensors)
        first.append(1000 * answer.seconds)
    return [
        Figure("the first heat map, 784 by 128", median(first), "ms", at_most=60),
        Figure("the same opened again, median", opened.median_ms, "ms", at_most=60),
        Figure("written for it, median", median(opened.written), "B"),
        Figure("from it to one of 16 by 16, median", tensors.median_ms, "ms", at_most=60),
    ]


def open_again_and_again(folder: Path, opened: Steps, tensors: Steps) -> Answer:
    """Open the map of the large tensor, go to that of the small one, close it; the first one."""
    with Terminal((*PROGRAM, str(MAPS)), env=environment(folder), cwd=str(folder)) as terminal:
        terminal.wait_for("1/1")
        terminal.press("end")
        terminal.wait_for("line 5/5")
        terminal.wait_quiet(0.5)
        keys = Keys(terminal)
        first: Answer | None = None
        for _ in range(OPENED):
            answer = keys.press("m")
            terminal.wait_for("Heat map · weight")
            if first is None:
                first = answer
            else:
                opened.add(answer)
            terminal.wait_quiet(0.3)
            tensors.add(keys.press("up"))
            terminal.wait_for("Heat map · small")
            terminal.press("escape")
            terminal.wait_for("line 5/5")
            terminal.wait_quiet(0.3)
        assert first is not None
        return first
