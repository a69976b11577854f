"""Heat maps are read back from their rows, and held against the numbers.

What a style or a character means is read from the legend, as a person does.
"""

from __future__ import annotations

import math
import random
import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from made import snapshot, tensor, trace
from msgspec.structs import replace

from autograd_tutor.analysis.heat import bounds
from autograd_tutor.analysis.heat_map import (
    HeatMap,
    first_mapped,
    heat_map,
    is_newest,
    mapped_names,
    picture_at,
    slice_index,
    slices,
)
from autograd_tutor.recording.model import Stats, Tensor
from autograd_tutor.recording.picture import Picture
from autograd_tutor.render.heat import ABOVE, BELOW, Marks
from autograd_tutor.render.heat_map import Grid, grid_of, heat_map_listing, label_width
from autograd_tutor.render.rows import Listing, Row
from autograd_tutor.render.styles import HEAT, STYLES

SIZES = [(56, 18), (76, 22), (116, 38), (196, 48)]
"""Inside of the frame of terminals with 60×20, 80×24, 120×40 and 200×50 characters."""

NUMBER = re.compile(r"-?\d[\d.]*(?:e[+-]\d+)?")


class Matrix(NamedTuple):
    height: int
    width: int
    numbers: list[float]


def gauss(height: int, width: int, sign: int = 0) -> Matrix:
    rng = random.Random(height * width)
    numbers = [rng.gauss(0, 1) for _ in range(height * width)]
    return Matrix(height, width, [sign * abs(x) for x in numbers] if sign else numbers)


def smooth(height: int, width: int) -> Matrix:
    numbers = [math.sin(3 * y / height + x / width) for y in range(height) for x in range(width)]
    return Matrix(height, width, numbers)


def with_signs() -> Matrix:
    found = gauss(7, 9)
    found.numbers[3], found.numbers[40], found.numbers[62] = math.nan, math.inf, -math.inf
    return found


def with_spike() -> Matrix:
    found = gauss(9, 9)
    found.numbers[30] = -900.0
    return found


MATRICES = {
    "both signs": gauss(12, 9),
    "few": gauss(3, 4),
    "above 0": gauss(6, 7, 1),
    "below 0": gauss(6, 7, -1),
    "far from 0": Matrix(2, 3, [100.0, 100.25, 100.5, 101.0, 100.75, 100.1]),
    "zeros": Matrix(5, 4, [0.0] * 20),
    "one": Matrix(1, 1, [-3.0]),
    "row": gauss(1, 30),
    "long row": smooth(1, 900),
    "column": gauss(40, 1),
    "64 by 15": gauss(64, 15),
    "30 by 33": gauss(30, 33),
    "tall": smooth(300, 3),
    "nan and inf": with_signs(),
    "a spike": with_spike(),
    "tiny": Matrix(2, 2, [1e-30, -2e-30, 0.0, 3e-30]),
    "huge": Matrix(2, 2, [1e38, -2e38, 0.0, 3e38]),
}


def shown(matrix: Matrix) -> HeatMap:
    raw = struct.pack(f"<{len(matrix.numbers)}d", *matrix.numbers)
    shape = (matrix.height, matrix.width)
    zeros = [0.0] * len(matrix.numbers)
    return heat_map("w", tensor(*zeros, shape=shape, raw=raw, dtype="torch.float64"))


def characters(line: Row) -> list[tuple[str, str]]:
    return [(character, style) for text, style in line.spans for character in text]


class Legend:
    """What the legend of a listing says."""

    def __init__(self, listing: Listing, marks: Marks) -> None:
        for above, below in zip(listing.rows, listing.rows[1:], strict=False):
            looks = [self.look(cell, marks) for cell in characters(above)]
            found = [at for at, look in enumerate(looks) if look]
            if marks is Marks.SIGNS:
                ramp = re.search(r"(W+m+a+o+c+v+)? (\.+:+\++\*+#+@+)?$", above.text)
                found = [] if ramp is None else list(range(ramp.start(), ramp.end()))
            while found and found[0] < found[-1] + 1 - len(found):  # what stands left of a gap
                found.pop(0)
            ends = below.text[found[0] :].split() if found else []
            behind = " ".join(style for _, style in characters(below)[found[0] :]) if found else ""
            if "heat" in behind or "ink" in behind:  # a cell with its number
                continue
            if ends and all(NUMBER.fullmatch(end) for end in ends) and len(ends) <= 3:
                self.bar = [looks[at] for at in found]
                self.ends = [float(end) for end in ends]
                return
        raise AssertionError("no legend")

    @staticmethod
    def look(cell: tuple[str, str], marks: Marks) -> str:
        """What says how large a number is."""
        character, style = cell
        if marks is Marks.SIGNS:
            return character if character in BELOW + ABOVE + " " else ""
        return next((name[4:] for name in style.split() if name.startswith("heat")), "")

    def range_of(self, look: str) -> tuple[float, float]:
        """The least and the greatest number that looks so."""
        at = [place for place, each in enumerate(self.bar) if each == look]
        assert at, f"{look!r} is not in the legend {self.bar}"
        last = len(self.bar) - 1
        if not last:
            return self.ends[0], self.ends[0]
        least, greatest = self.ends[0], self.ends[-1]
        zero = last / 2 if least < 0 < greatest else 0 if greatest > 0 else last
        step = (greatest - least) / last
        low, high = least + step * at[0], least + step * at[-1]
        return low - step * (at[0] > zero), high + step * (at[-1] < zero)


class Cell(NamedTuple):
    text: str
    look: str
    style: str


def cells(listing: Listing, grid: Grid, labels: int, marks: Marks) -> Iterator[list[Cell]]:
    """Row after row of cells."""
    high = 1 if grid.halves else grid.high
    begin, count = 3, -(-grid.cells.rows // (2 if grid.halves else 1))
    for at in range(begin, begin + count * high, high):
        block = [characters(each)[labels:] for each in listing.rows[at : at + high]]
        upper, lower = [], []
        for x in range(0, grid.cells.columns * grid.wide, grid.wide):
            part = [line[x : x + grid.wide] for line in block]
            text = " ".join("".join(c for c, _ in line).strip() for line in part).strip()
            character, style = part[0][0]
            look = Legend.look((character, style), marks) or _ink(style)
            half = next((n[5:] for n in style.split() if n.startswith("upper")), look)
            upper.append(Cell(text, half, style))
            lower.append(Cell(text, look, style))
        yield upper
        if grid.halves and at - begin + 1 <= grid.cells.rows // 2:
            yield lower


def _ink(style: str) -> str:
    return next((name[3:] for name in style.split() if name.startswith("ink")), "")


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("marks", Marks)
@pytest.mark.parametrize("name", MATRICES)
def test_a_heat_map_says_what_the_numbers_are(
    name: str, marks: Marks, width: int, height: int
) -> None:
    matrix = MATRICES[name]
    found = shown(matrix)
    assert found.cells is not None
    listing = heat_map_listing(found, width, height, marks)
    assert len(listing.rows) <= height
    assert max(line.width for line in listing.rows) <= width
    used = {name for line in listing.rows for _, style in line.spans for name in style.split()}
    assert used <= {*STYLES, *HEAT}
    if marks is not Marks.COLOURS:
        assert not any("▀" in line.text for line in listing.rows)
    grid = grid_of(found.cells, width, height, marks)
    legend = Legend(listing, marks)
    rows = list(cells(listing, grid, label_width(found.cells.height), marks))
    down, along = bounds(matrix.height, len(rows)), bounds(matrix.width, grid.cells.columns)
    assert len(rows) == grid.cells.rows
    for (top, bottom), line in zip(down, rows, strict=True):
        for (left, right), cell in zip(along, line, strict=True):
            block = [
                matrix.numbers[y * matrix.width + x]
                for y in range(top, bottom)
                for x in range(left, right)
            ]
            assert_says(cell, block, legend, grid, marks)


def assert_says(cell: Cell, block: list[float], legend: Legend, grid: Grid, marks: Marks) -> None:
    finite = [x for x in block if math.isfinite(x)]
    if len(finite) < len(block):
        assert "failure" in cell.style
        assert any(sign in cell.text for sign in ("N", "∞", "nan", "inf"))
        return
    assert "failure" not in cell.style or grid.halves
    if "failure" in cell.style:  # the other half of a character
        return
    mean = sum(finite) / len(finite)
    if number := re.search(NUMBER.pattern, cell.text):
        assert float(number[0]) == pytest.approx(mean, rel=6e-3, abs=6e-5)
    greatest = max(map(abs, legend.ends))
    if "^" in cell.text:
        assert grid.halves or abs(mean) > greatest  # else it may be the other half
        return
    if marks is Marks.SIGNS and number:
        return
    least, most = legend.range_of(cell.look or " ")
    slack = 2e-3 * greatest + 1e-4 * (greatest > 0.01)
    assert least - slack <= mean <= most + slack or abs(mean) >= greatest - slack


def whole_text(listing: Listing) -> str:
    return re.sub(r"\s+", " ", " ".join(line.text for line in listing.rows))


def test_what_is_reduced_says_so() -> None:
    text = whole_text(heat_map_listing(shown(smooth(300, 3)), 60, 18, Marks.SIGNS))
    assert "each cell about 38×1 elements: their mean" in text
    text = whole_text(heat_map_listing(shown(smooth(48, 1)), 60, 22, Marks.SIGNS))
    assert "each cell 4×1 elements: their mean" in text


@pytest.mark.parametrize(
    ("changes", "shape", "why"),
    [
        ({"raw": b""}, (0, 4), "no elements"),
        ({"raw": None}, (2, 2), "cannot be read"),
        ({"raw": None, "stats": Stats(4, 4, 0, 0, 0, 0, 0, 0, 0, ())}, (2, 2), "no picture"),
    ],
)
def test_where_there_is_none_it_says_why(
    changes: dict[str, object], shape: tuple[int, ...], why: str
) -> None:
    found = heat_map("w", tensor(*[0.0] * math.prod(shape), shape=shape, **changes))
    assert why in whole_text(heat_map_listing(found, 60, 20))


def test_slices_are_gone_through_in_the_order_of_memory() -> None:
    conv = tensor(*range(8 * 3 * 5 * 5), shape=(8, 3, 5, 5))
    assert slices(conv) == 24
    assert [slice_index(conv, n) for n in (0, 1, 3, 23)] == [(0, 0), (0, 1), (1, 0), (7, 2)]
    found = heat_map("conv", conv, 4)
    assert found.cells is not None
    assert list(found.cells.means) == list(range(100, 125))
    text = whole_text(heat_map_listing(found, 80, 20))
    assert "conv[1, 1, :, :] (8, 3, 5, 5) one of 24 matrices" in text


def test_complex_numbers_are_shown_by_their_magnitude() -> None:
    raw = struct.pack("<4f", 3, 4, 0, 1)
    text = whole_text(
        heat_map_listing(heat_map("z", tensor(0, 0, raw=raw, dtype="torch.complex64")), 80, 20)
    )
    assert "the magnitude" in text
    assert " 5 " in text


@pytest.mark.parametrize(("dtype", "code"), [("torch.bool", "?"), ("torch.int64", "q")])
def test_bool_and_int(dtype: str, code: str) -> None:
    raw = struct.pack(f"<4{code}", 0, 1, 1, 0)
    found = heat_map("b", tensor(0, 0, 0, 0, shape=(2, 2), raw=raw, dtype=dtype))
    assert found.cells is not None
    assert list(found.cells.means) == [0, 1, 1, 0]


# Pictures of large tensors


def large(mean: float = 0.0, edges: bytes = b"") -> Tensor:
    return tensor(
        *[0.0] * 4096, shape=(64, 64), raw=None, edges=edges or None,
        stats=Stats(4096, 4096, 0, 1, mean, 1, math.nan, 1, 0, ()),
    )  # fmt: skip


def picture(value: int = 127) -> Picture:
    return Picture(2, 2, 64, 64, 1.0, bytes([value] * 4), b"\xff" * 4)


def test_a_recorded_picture_is_shown_rounded() -> None:
    found = heat_map("w", large(), picture=picture())
    text = whole_text(heat_map_listing(found, 80, 20))
    assert "each cell 32×32 elements: their mean" in text
    assert "8 bits" in text


def test_what_the_run_answers_is_shown_instead() -> None:
    exact = Picture(1, 2, 1, 2, 2.0, struct.pack("<2d", 1, 2), struct.pack("<2d", 1, 2))
    found = heat_map("w", large(), picture=picture(), exact=exact)
    assert found.cells is not None
    assert (list(found.cells.means), found.rounded) == ([1, 2], False)


@pytest.mark.parametrize(
    "changes",
    [{"rows": 3}, {"means": b""}, {"largest": b"1"}, {"scale": math.nan}, {"marks": b"1"}],
)
def test_a_picture_with_other_cells_than_it_says_is_none(changes: dict[str, object]) -> None:
    found = heat_map("w", large(), picture=replace(picture(), **changes))
    assert found.cells is None


def test_a_picture_is_that_of_the_moments_with_the_same_numbers() -> None:
    recorded = trace(
        snapshot(0),
        snapshot(1, tensors={"w": large(1.0)}, pictures={"w": picture(1)}),
        snapshot(2, tensors={"w": large(2.0)}),
        snapshot(3, tensors={"w": replace(large(2.0), requires_grad=True)}),
        snapshot(4, pictures={"w": picture(4)}),
        snapshot(5, tensors={"w": large(1.0)}),
    )
    found = [picture_at(recorded, index, "w") for index in range(6)]
    assert found == [None, picture(1), picture(4), picture(4), picture(4), picture(1)]
    assert is_newest(recorded, 1, recorded, "w")
    assert not is_newest(recorded, 3, recorded, "w")


def test_names_of_what_there_is_a_map_of() -> None:
    grad = tensor(1, 2)
    recorded = trace(
        snapshot(
            0,
            tensors={
                "scalar": tensor(1, shape=()), "w": tensor(1, 2, grad=grad),
                "m": tensor(1, 2, shape=(1, 2)), "v": tensor(1),
            },
        ),
        snapshot(1, tensors={"v": tensor(2)}),
    )  # fmt: skip
    assert mapped_names(recorded, 1) == ["w", "w.grad", "m", "v"]
    assert first_mapped(recorded, 1) == "m"
    assert first_mapped(trace(snapshot(0)), 0) is None
