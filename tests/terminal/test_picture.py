"""Numbers over time at a terminal: at four sizes, with many colours, few, and none at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from read_picture import Read, read

from terminal.conftest import Skipped, Start
from terminal.emulator import Terminal

SIZES = [(60, 20), (80, 24), (120, 40), (200, 50)]
MODES = {
    "truecolor": {"COLORTERM": "truecolor"},
    "256": {"TERM": "xterm-256color"},
    "16": {"TERM": "xterm", "COLORTERM": ""},
    "none": {"NO_COLOR": "1"},
    "ascii": {"LC_ALL": "C", "LANG": "C"},
}

SCRIPT = """\
theta = 1.0
for turn in range(20):
    loss = theta ** 2
    theta = theta * 0.8
theta = float("nan")
"""


ALL_SIZES = ("truecolor", "ascii")


def inside(terminal: Terminal) -> list[str]:
    """What stands inside of the frame that fills the screen."""
    framed = [line for line in terminal.lines[1:] if line[:1] in ("│", "|")]
    return [line.rstrip()[2:-2].rstrip() for line in framed]


def picture(terminal: Terminal) -> Read:
    return read(inside(terminal))


def opened(start: Start, lesson: str, size: tuple[int, int], mode: str) -> Terminal:
    """The course's training loop, at the end of its step."""
    columns, rows = size
    terminal = start(lesson, columns=columns, rows=rows, **MODES[mode])
    terminal.wait_for("A squared loss")
    for step in range(2, 11):
        terminal.press("N")
        terminal.wait_for(f"step {step}/11")
    terminal.wait_for("moment 0/")
    terminal.press("right")
    terminal.wait_for("line 1/7")
    terminal.press("v")
    terminal.wait_for("Function and tangent")
    return terminal


@pytest.mark.parametrize(
    ("size", "mode"),
    # colours are alike at all sizes
    [(size, mode) for mode in MODES for size in SIZES if mode in ALL_SIZES or size == (80, 24)],
)
def test_the_function_with_its_tangent_and_the_curves(
    start: Start, skipped: Skipped, size: tuple[int, int], mode: str
) -> None:
    terminal = opened(start, skipped("automatic-gradients"), size, mode)
    terminal.wait_for("tangent: slope 1.6")
    seen = picture(terminal)
    leaf = "#" if mode == "ascii" else "◆"
    ((row, column),) = seen.signs[leaf]
    assert column == pytest.approx(0.9 * seen.width, abs=1)
    assert 4 * row == pytest.approx(seen.height_of(0.64), abs=6)
    assert {column // 2 for column in seen.dots} >= set(range(seen.width)) - {column}
    terminal.press("v")
    terminal.wait_for("Over time")
    terminal.press("end")
    terminal.wait_for("line 7/7")
    curves = picture(terminal)
    assert {"a", "b"} <= curves.signs.keys()
    assert not any(line.endswith(("…", "~")) for line in inside(terminal))
    assert all(line[:1] not in ("│", "|") or line.rstrip()[-1] == line[0]
               for line in terminal.lines[1:])  # fmt: skip
    if mode == "ascii":
        assert terminal.raw.isascii()
    terminal.press("q")
    terminal.wait_for("Code")


def test_the_curve_of_a_script_and_its_nan(start: Start, home: Path) -> None:
    (home / "train.py").write_text(SCRIPT)
    terminal = start("train.py")
    terminal.wait_for("theta = theta * 0.8")
    terminal.wait_for("moment 0/")
    terminal.press("v")
    terminal.wait_for("Over time")
    terminal.press("end")
    terminal.wait_for("line 5/5")
    terminal.wait_for("theta  nan")
    seen = picture(terminal)
    assert seen.axis.rstrip()[-1] == "!"
    last = max(seen.dots)
    assert seen.dots[last][0] == pytest.approx(seen.height_of(0.8**20), abs=6)
