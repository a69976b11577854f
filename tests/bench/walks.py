"""What a person waits for inside of a backward pass, and in a graph of 100,000 rows."""

from __future__ import annotations

from pathlib import Path

from bench.measured import Figure, median, say
from bench.screens import SNIPPETS, STEPS, Keys, Steps, first_frame, home
from terminal.emulator import Terminal
from terminal.program import PROGRAM, environment

INSIDE = SNIPPETS / "inside.py"
BACKWARD = "line 10/"
"""In the headline, after the line that makes a pass."""
NODES = 10
"""Nodes of a pass."""
MOMENTS = 306
"""Of the whole training, once it is recorded."""
LONG = SNIPPETS / "long.yaml"
PAGES = 40


def figures(repetitions: int) -> list[Figure]:
    """The rows of the table."""
    inside, down = Steps(), Steps()
    for number in range(repetitions):
        say(f"walks {number + 1}/{repetitions}")
        with home() as folder:
            inside.extend(node_by_node(folder))
        with home() as folder:
            down.extend(pages(folder))
    return [
        Figure("a key inside a pass, median", inside.median_ms, "ms", at_most=12),
        Figure("a key inside a pass, 95th percentile", inside.p95_ms, "ms"),
        Figure("written per key inside, median", median(inside.written), "B", at_most=2000),
        Figure("the same compressed, as by ssh -C", median(inside.compressed), "B"),
        Figure("PgDn in a graph of 100,000 rows, median", down.median_ms, "ms", at_most=30),
        Figure("the same, 95th percentile", down.p95_ms, "ms"),
        Figure("written per PgDn, median", median(down.written), "B"),
    ]


def node_by_node(folder: Path) -> Steps:
    """Walk through passes of a training loop, one after the other; only keys inside count.

    The first pass warms up and does not count.
    """
    measured = Steps()
    with _open(INSIDE, folder) as terminal:
        first_frame(terminal, ("Code", "Tensors", "Graph", "Gradients", "optimizer.step()"))
        terminal.press("right")
        terminal.wait_for(f"/{MOMENTS}")
        terminal.wait_quiet(0.5)
        keys, warm = Keys(terminal), False
        while len(measured.seconds) < STEPS:
            _enter_next(terminal, keys)
            for number in range(2, NODES + 1):
                answer = keys.press("right")
                _check(terminal, f"node {number} of {NODES}")
                if warm:
                    measured.add(answer)
            warm = True
    return measured


def _enter_next(terminal: Terminal, keys: Keys) -> None:
    """Go on to the next line that makes a pass, and into that."""
    keys.press("right")
    while BACKWARD not in terminal.lines[0]:
        keys.press("right")
    keys.press("i")
    _check(terminal, f"node 1 of {NODES}")


def pages(folder: Path) -> Steps:
    """Go down in a graph of 100,000 rows page by page."""
    measured = Steps()
    with _open(LONG, folder) as terminal:
        first_frame(terminal, ("Code", "Graph"))
        keys = Keys(terminal)
        keys.press("right")
        terminal.wait_for("of 100,000", timeout=60)
        terminal.wait_quiet(0.5)
        keys.press("4")
        for number in range(PAGES + 1):
            answer = keys.press("pagedown")
            if number:
                measured.add(answer)
        _check(terminal, "of 100,000")
    return measured


def _open(lesson: Path, folder: Path) -> Terminal:
    return Terminal((*PROGRAM, str(lesson)), env=environment(folder), cwd=str(folder))


def _check(terminal: Terminal, expected: str) -> None:
    if expected not in terminal.text:
        raise RuntimeError(f"the screen does not say {expected!r}:\n{terminal.text}")
