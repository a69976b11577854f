"""Heat maps at a real terminal, in every size and with every number of colours.

That the rows of a heat map say what its numbers are is tested by itself; here each character and
each colour on the terminal is held against these rows.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from made import tensor

from autograd_tutor.analysis.heat import LEVELS, exact_cells
from autograd_tutor.analysis.heat_map import HeatMap
from autograd_tutor.render.heat import Marks
from autograd_tutor.render.heat_map import heat_map_listing
from autograd_tutor.render.rows import Row
from autograd_tutor.render.signs import to_ascii
from terminal.conftest import Start
from terminal.emulator import Terminal
from terminal.test_walk import quit_program

SIZES = [(200, 50), (120, 40), (80, 24), (60, 20)]

MODES: dict[str, tuple[Marks, tuple[str, ...], dict[str, str]]] = {
    "truecolour": (Marks.COLOURS, (), {"COLORTERM": "truecolor"}),
    "light": (Marks.COLOURS, ("--theme", "light"), {"COLORTERM": "truecolor"}),
    "256 colours": (Marks.COLOURS, (), {}),
    "256 colours, light": (Marks.COLOURS, ("--theme", "light"), {}),
    "16 colours": (Marks.SIGNS, (), {"TERM": "xterm-16color"}),
    "no colours": (Marks.SIGNS, (), {"NO_COLOR": "1"}),
    "ASCII": (Marks.WHOLE, ("--ascii",), {"COLORTERM": "truecolor"}),
    "ASCII, no colours": (Marks.SIGNS, ("--ascii",), {"NO_COLOR": "1"}),
}

SCRIPT = """
import torch
def made(*shape):
    i = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    return (((i * 37) % 41 - 20) / 10 + 0.05).reshape(shape)
square = made(64, 64)
conv = made(8, 3, 5, 5)
zeros = torch.zeros(5, 4)
one = torch.full((1, 1), 3.0)
positive = made(6, 7).abs()
bad = made(4, 6)
bad[1, 2], bad[2, 3], bad[3, 0] = float("nan"), float("inf"), float("-inf")
signed = made(12, 9)
"""
"""Numbers by a rule that is written down a second time below."""


def made(*shape: int) -> list[float]:
    return [((i * 37) % 41 - 20) / 10 + 0.05 for i in range(math.prod(shape))]


class Matrix(NamedTuple):
    name: str
    shape: tuple[int, ...]
    numbers: list[float]
    at: tuple[int, ...] = ()


BAD = {8: math.nan, 15: math.inf, 18: -math.inf}
MATRICES = [
    Matrix("signed", (12, 9), made(12, 9)),
    Matrix("bad", (4, 6), [BAD.get(at, x) for at, x in enumerate(made(4, 6))]),
    Matrix("positive", (6, 7), list(map(abs, made(6, 7)))),
    Matrix("one", (1, 1), [3.0]),
    Matrix("zeros", (5, 4), [0.0] * 20),
    Matrix("conv", (8, 3, 5, 5), made(8, 3, 5, 5)[:25], (0, 0)),
    Matrix("square", (64, 64), made(64, 64)),
]
"""In the order in which the key for the tensor before leads to them."""
EVERYWHERE = {"signed", "bad", "conv", "square"}
"""Those that are looked at in every size."""


def rows_of(matrix: Matrix, columns: int, rows: int, marks: Marks) -> list[Row]:
    """What is to be inside of the frame."""
    dtype = "torch.float32" if matrix.name == "one" or matrix.name == "zeros" else "torch.float64"
    record = tensor(*[0.0] * math.prod(matrix.shape), shape=matrix.shape, dtype=dtype)
    cells = exact_cells(matrix.numbers, *matrix.shape[-2:])
    found = HeatMap(matrix.name, record, cells, at=matrix.at)
    listing = heat_map_listing(found, columns - 4, rows - 4, marks)
    return list(listing.rows)


class Colours:
    """The colours that levels have on the terminal; one for each, alike everywhere."""

    def __init__(self) -> None:
        self.of_level: dict[int, str] = {}
        self.of_style: dict[str, str] = {}

    def note(self, style: str, fg: str | None, bg: str) -> None:
        for name in style.split():
            if found := re.fullmatch(r"(heat|ink|upper)([+-]\d+)", name):
                colour = fg if found[1] == "upper" else bg
                assert colour is not None
                assert self.of_level.setdefault(int(found[2]), colour) == colour, style
            elif name in ("below", "above") and fg is not None:
                assert self.of_style.setdefault(name, fg) == fg

    def check(self, dark: bool) -> None:
        """The farther from 0, the lighter or darker; blue below, orange above."""
        assert sorted(self.of_level) == list(range(-LEVELS, LEVELS + 1))
        assert len(set(self.of_level.values())) == 2 * LEVELS + 1
        for side in (1, -1):
            light = [brightness(self.of_level[side * level]) for level in range(1, LEVELS + 1)]
            far, near = (light, light[::-1]) if dark else (light[::-1], light)
            assert far == sorted(far)
            assert near == sorted(near, reverse=True)
        for level in range(1, LEVELS + 1):
            assert redness(self.of_level[level]) > 0 > redness(self.of_level[-level]), level


def channels(colour: str) -> tuple[int, int, int]:
    return int(colour[:2], 16), int(colour[2:4], 16), int(colour[4:], 16)


def brightness(colour: str) -> float:
    """Relative luminance, as WCAG has it."""
    linear = [(x / 255) ** 2.2 for x in channels(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def redness(colour: str) -> int:
    red, _, blue = channels(colour)
    return red - blue


def assert_shown(terminal: Terminal, rows: list[Row], ascii_only: bool, colours: Colours) -> None:
    """Wait for the rows, then look at each cell."""
    texts = [to_ascii(line.text) if ascii_only else line.text for line in rows]

    def there(it: Terminal) -> bool:
        shown = [line[2:-2].rstrip() for line in it.screen.display[2 : 2 + len(texts)]]
        return shown == [text.rstrip() for text in texts]

    terminal.wait_for(there)
    terminal.wait_quiet(0.05)
    for y, line in enumerate(rows, 2):
        x = 2
        for text, style in line.spans:
            for _ in text:
                cell = terminal.screen.buffer[y][x]
                letters = cell.fg if cell.data != " " else None  # nobody sees it on a blank
                colours.note(style, letters, cell.bg)
                x += 1


@pytest.mark.parametrize("mode", MODES)
def test_heat_maps_at_a_terminal(start: Start, home: Path, mode: str) -> None:
    marks, options, env = MODES[mode]
    ascii_only = "--ascii" in options
    script = home / "maps.py"
    script.write_text(SCRIPT)
    terminal = start(*options, str(script), columns=SIZES[0][0], rows=SIZES[0][1], **env)
    terminal.wait_for("1/1")
    terminal.press("end")
    terminal.wait_for("line 13/13")
    terminal.press("m")
    colours = Colours()
    for matrix in MATRICES:
        for columns, rows in SIZES if matrix.name in EVERYWHERE else SIZES[:1]:
            if matrix.name == "square" and rows < 40:  # not all of its rows have room
                continue
            terminal.resize(columns, rows)
            expected = rows_of(matrix, columns, rows, marks)
            assert_shown(terminal, expected, ascii_only, colours)
        terminal.resize(*SIZES[0])
        terminal.press("up")
    if marks is not Marks.SIGNS:
        colours.check(dark="light" not in mode)
    elif mode == "16 colours":
        assert len(set(colours.of_style.values())) == 2
    terminal.press("q")
    terminal.wait_for("line 13/13")
    quit_program(terminal)


@pytest.mark.parametrize(("columns", "rows"), SIZES[2:])
def test_what_has_no_room_is_reduced_and_says_so(
    start: Start, home: Path, columns: int, rows: int
) -> None:
    script = home / "large.py"
    script.write_text("import torch\nlarge = torch.arange(300 * 200.0).reshape(300, 200)\n")
    terminal = start(str(script), columns=columns, rows=rows)
    terminal.wait_for("1/1")
    terminal.press("end")
    terminal.wait_for("line 2/2")
    terminal.press("m")
    said = re.compile(r"each cell (about )?\d+×\d+ elements:")
    terminal.wait_for(lambda it: said.search(it.text) is not None)
    terminal.wait_for("large  (300, 200)")
