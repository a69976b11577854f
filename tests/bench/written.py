"""What keys write where much is on the screen: six tensors, and the lessons of the course."""

from __future__ import annotations

import re
from pathlib import Path

from bench.measured import Figure, median, say
from bench.screens import SNIPPETS, WARM_UP, Keys, first_frame, home
from terminal.emulator import Terminal
from terminal.lessons import skip_questions
from terminal.program import PROGRAM, environment

KEYS = 60
LESSONS = ("parameters", "dynamic-graph", "automatic-gradients", "inside-backward")
MOST_KEYS = 25
"""Of a step of a lesson."""
MOST_BYTES = 2_000

_MOMENT = re.compile(r"moment ([\d,]+)/([\d,]+)")


def figures(_repetitions: int) -> list[Figure]:
    """The rows of the table. Bytes do not depend on the machine: once is enough."""
    say("written")
    with home() as folder:
        tensors = of_tensors(folder)
    with home() as folder:
        lessons = [written for name in LESSONS for written in of_lesson(folder, name)]
    return [
        Figure("written per step with six tensors", median(tensors), "B", at_most=MOST_BYTES),
        Figure("written per step of a lesson", median(lessons), "B", at_most=MOST_BYTES),
    ]


def of_tensors(folder: Path) -> list[int]:
    """Bytes of each step in a loop over 14 lines, after the first ones."""
    argv = (*PROGRAM, str(SNIPPETS / "tensors.py"))
    with Terminal(argv, env=environment(folder), cwd=str(folder)) as terminal:
        first_frame(terminal, ("Code", "Tensors"))
        keys = Keys(terminal)
        return [keys.press("right").written for _ in range(WARM_UP + KEYS)][WARM_UP:]


def of_lesson(folder: Path, name: str) -> list[int]:
    """Bytes of each key that goes on in a lesson, but for those that open a step."""
    argv, found = (*PROGRAM, skip_questions(folder, name)), []
    with Terminal(argv, env=environment(folder), cwd=str(folder)) as terminal:
        first_frame(terminal, ("Code", "Tensors"))
        terminal.wait_for(lambda it: _MOMENT.search(it.text))
        keys, steps = Keys(terminal), int(re.findall(r"step 1/(\d+)", terminal.text)[0])
        for number in range(1, steps + 1):
            terminal.wait_for(f"step {number}/{steps} ")
            terminal.wait_for(lambda it: _MOMENT.search(it.text))
            for _ in range(MOST_KEYS):
                if _at_end(terminal):
                    break
                found.append(keys.press("right").written)
            if number < steps:
                keys.press("N")
    return found


def _at_end(terminal: Terminal) -> bool:
    at = _MOMENT.search(terminal.text)
    return at is not None and at[1] == at[2]
