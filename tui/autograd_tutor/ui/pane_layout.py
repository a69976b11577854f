"""How the panes of a lesson share the screen: each by what it has to show."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement

from autograd_tutor.render.explanation import MEASURE
from autograd_tutor.ui.pane import FRAME

if TYPE_CHECKING:
    from textual.widget import Widget

SMALL_WIDTH, SMALL_HEIGHT = 100, 28
"""Below either, the code and one other pane share the screen."""

LARGE_WIDTH, LARGE_HEIGHT = 160, 40
"""From both on, text and code stand on the left, and what was recorded has the rest."""

SIDES = 2 * FRAME
"""Cells that the frame takes of a row."""

_LEAST_ROWS = 8
"""Of either row of panes, frames included."""
_LEAST_TEXT, _LEAST_CODE, _LEAST_EMPTY = 44, 40, 22
"""Cells of a pane: of running text, of code, of one that only says that it is empty."""
_STEP = 10
"""Panes of neighbouring steps stand alike: widths differ by so many cells, or not at all."""


@dataclass(frozen=True)
class Needs:
    """What the panes have to show in the open step."""

    explanation: Callable[[int], int]
    """How many rows it takes in so many cells; 0: there is none."""
    code_rows: Callable[[int], int]
    """The same of the code, with some of what it prints."""
    code_width: int
    empty: Collection[str] = ()
    """Panes that say in a sentence that they have nothing, during the whole step."""


def is_small(size: Size) -> bool:
    """Whether only the code and one other pane have room."""
    return size.width < SMALL_WIDTH or size.height < SMALL_HEIGHT


def regions(size: Size, shown: Collection[str], needs: Needs) -> Mapping[str, Region]:
    """Where each of the panes that are shown stands in an area of this size."""
    if len(shown) == 1:
        return dict.fromkeys(shown, size.region)
    if len(shown) == 2:
        return dict(_below_each_other(size, shown, needs))
    if size.width >= LARGE_WIDTH and size.height >= LARGE_HEIGHT:
        return dict(_in_columns(size, shown, needs))
    return dict(_in_rows(size, shown, needs))


Placed = Iterator[tuple[str, Region]]


def _below_each_other(size: Size, shown: Collection[str], needs: Needs) -> Placed:
    """The code on top, as high as it has lines, up to two fifths."""
    other = next(name for name in shown if name != "code")
    most = max(1, size.height * 2 // 5)
    top = min(most, max(needs.code_rows(size.width - SIDES) + FRAME, most - 2))
    yield "code", Region(0, 0, size.width, top)
    yield other, Region(0, top, size.width, size.height - top)


def _in_rows(size: Size, shown: Collection[str], needs: Needs) -> Placed:
    """Text and code beside each other; below them what was recorded."""
    text = _text_width(size.width, needs) if "explanation" in shown else 0
    rows = max(
        needs.explanation(text - SIDES) if text else 0,
        needs.code_rows(size.width - text - SIDES),
    )
    top = max(_LEAST_ROWS, min(rows + FRAME, size.height * 5 // 11))
    if text:
        yield "explanation", Region(0, 0, text, top)
    yield "code", Region(text, 0, size.width - text, top)
    recorded = [name for name in shown if name not in ("explanation", "code")]
    yield from _side_by_side(Region(0, top, size.width, size.height - top), recorded, needs)


def _in_columns(size: Size, shown: Collection[str], needs: Needs) -> Placed:
    """Text over code on the left; on the right the tensors over graph and gradients."""
    left = min(size.width // 2, max(MEASURE + SIDES, needs.code_width + SIDES))
    text = 0
    if "explanation" in shown:
        rows = needs.explanation(left - SIDES) + FRAME
        text = max(_LEAST_ROWS, min(rows, size.height // 2))
        yield "explanation", Region(0, 0, left, text)
    yield "code", Region(0, text, left, size.height - text)
    right, upper = size.width - left, size.height * 2 // 5
    yield "tensors", Region(left, 0, right, upper)
    lower = Region(left, upper, right, size.height - upper)
    yield from _side_by_side(lower, ["graph", "gradients"], needs)


def _text_width(width: int, needs: Needs) -> int:
    """Half for the explanation; less where the code is wider, more where it is narrower."""
    half = width // 2
    for_code = max(_LEAST_CODE, needs.code_width + SIDES)
    if for_code > half:
        return max(min(_LEAST_TEXT, half), half - _up(for_code - half))
    return min(max(half, MEASURE + SIDES), half + (half - for_code) // _STEP * _STEP)


def _up(cells: int) -> int:
    return -(-cells // _STEP) * _STEP


def _side_by_side(area: Region, names: Collection[str], needs: Needs) -> Placed:
    """Alike, but for those that stay empty: these are narrow."""
    empty = [name for name in names if name in needs.empty]
    narrow = min(_LEAST_EMPTY, area.width // len(names)) if len(empty) < len(names) else 0
    rest = area.width - narrow * len(empty)
    x = area.x
    wide = len(names) - len(empty) if narrow else len(names)
    for name in names:
        if narrow and name in empty:
            cells = narrow
        else:
            cells = rest // wide
            rest, wide = rest - cells, wide - 1
        yield name, Region(x, area.y, cells, area.height)
        x += cells


class PaneLayout(Layout):
    """Places the panes that are shown by what they need."""

    name = "panes"

    def __init__(self) -> None:
        self.needs = Needs(lambda _: 1, lambda _: 1, 1)

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        shown = {str(child.id): child for child in children if child.display}
        placed = regions(size, tuple(shown), self.needs) if shown else {}
        return [
            WidgetPlacement(region, NULL_OFFSET, NULL_SPACING, shown[name])
            for name, region in placed.items()
            if name in shown  # while a screen closes, its panes go before it does
        ]
