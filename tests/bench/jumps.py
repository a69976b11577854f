"""How long a jump takes in a step of 10,000 moments, from the key to the last byte."""

from __future__ import annotations

from pathlib import Path

from bench.measured import Figure, median, say
from bench.screens import SNIPPETS, Keys, Steps, first_frame, home
from terminal.emulator import Terminal
from terminal.program import PROGRAM, environment

MOMENTS = "/9,902"
QUERIES = {
    "turn 2900": "turn 2,900",
    "5000": "moment 5,000",
    ":4": "line 4/4",
    "loss < 0.25 and turn > 1 or w > 9": "line 3/4",
    "loss < 0": "At no moment",
}
"""What is typed, and what is on the screen then. The last two are asked of almost all moments."""


def figures(repetitions: int) -> list[Figure]:
    """The rows of the table."""
    jumps = Steps()
    for number in range(repetitions):
        say(f"jumps {number + 1}/{repetitions}")
        with home() as folder:
            jumps.extend(there_and_back(folder))
    return [
        Figure("a jump in 10,000 moments, median", jumps.median_ms, "ms", at_most=50),
        Figure("the same, 95th percentile", jumps.p95_ms, "ms"),
        Figure("written per jump, median", median(jumps.written), "B"),
    ]


def there_and_back(folder: Path) -> Steps:
    """Type every query; only Enter counts. The first round warms up and does not count."""
    measured = Steps()
    argv = (*PROGRAM, str(SNIPPETS / "turns.py"))
    with Terminal(argv, env=environment(folder), cwd=str(folder)) as terminal:
        first_frame(terminal, ("Code", "Tensors"))
        keys = Keys(terminal)
        keys.press("right")
        terminal.wait_for(MOMENTS, timeout=120)
        terminal.wait_quiet(0.5)
        for is_warm in (False, True, True):
            for text, expected in QUERIES.items():
                keys.press("home")
                terminal.press("g", *["space" if each == " " else each for each in text])
                terminal.wait_for(text)
                terminal.wait_quiet(0.2)
                answer = keys.press("enter")
                if expected not in terminal.text:
                    raise RuntimeError(f"{text} did not lead to {expected!r}:\n{terminal.text}")
                if is_warm:
                    measured.add(answer)
    return measured
