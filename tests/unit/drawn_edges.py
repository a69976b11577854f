"""Reads a graph that is drawn as lanes back into its edges, by what the characters mean alone.

Every row has one sign, the only character of it that is no line. From it a horizontal line goes to
both sides. Where that line meets a corner or a branch, an edge of this row begins a lane (open
below only), a lane ends in this row (open above only), or an edge joins a lane (open to both). A
vertical line is a lane that goes by. What stands two cells behind the last lane is the row's label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

BEGINS, ENDS, JOINS = "begins", "ends", "joins"

MEANING = {
    **dict.fromkeys("╮╭┬.", BEGINS),
    **dict.fromkeys("╯╰┴'", ENDS),
    **dict.fromkeys("┤├┼+", JOINS),
}
OPEN_TO_THE_LEFT_ONLY = "╮╯┤"
OPEN_TO_THE_RIGHT_ONLY = "╭╰├"
LEVEL = "─-"
UPRIGHT = "│|"


class Unreadable(Exception):
    """The drawing is not one of lanes."""


def _demand(holds: bool, row: int, what: str) -> None:
    if not holds:
        raise Unreadable(f"row {row}: {what}")


class _Row:
    """One row: a character for each column, and whether the level line goes on behind it."""

    def __init__(self, number: int, text: str) -> None:
        self.number = number
        self.columns: list[str] = []
        self.level: list[bool] = []
        self.sign = -1
        at = 0
        while at < len(text):
            character = text[at]
            behind = text[at + 1 : at + 2] or " "
            line = character == " " or character in MEANING or character in LEVEL + UPRIGHT
            if not line and self.sign >= 0:
                break  # the label
            _demand(behind in " " + LEVEL, number, f"{behind!r} between two columns")
            if not line:
                self.sign = at // 2
            self.columns.append(character)
            self.level.append(behind in LEVEL)
            at += 2
        self.label = text[at:]
        _demand(self.sign >= 0, number, "no sign")

    def at(self, column: int) -> str:
        return self.columns[column] if column < len(self.columns) else " "

    @property
    def span(self) -> range:
        """The columns that the level line reaches."""
        first = last = self.sign
        while first > 0 and self.level[first - 1]:
            first -= 1
        while last < len(self.level) - 1 and self.level[last]:
            last += 1
        levels = [column for column, level in enumerate(self.level) if level]
        _demand(levels == list(range(first, last)), self.number, "a level line without a sign")
        return range(first, last + 1)

    def comes_from_above(self, column: int) -> bool:
        character = self.at(column)
        return (
            column == self.sign
            or character in UPRIGHT
            or MEANING.get(character, BEGINS) in (ENDS, JOINS)
        )

    def check_corner(self, column: int, span: range) -> None:
        character = self.columns[column]
        if character in OPEN_TO_THE_LEFT_ONLY:
            right_place = column == span[-1] > self.sign
        elif character in OPEN_TO_THE_RIGHT_ONLY:
            right_place = column == span[0] < self.sign
        elif character.isascii():
            right_place = True
        else:
            right_place = span[0] < column < span[-1]
        _demand(right_place, self.number, f"{character} in column {column}")


def read_edges(lines: Sequence[str]) -> Counter[tuple[int, int]]:
    """How many edges lead from a row to a row: `{(0, 1): 2}` for `x * x` and its `x`."""
    rows = [_Row(number, line) for number, line in enumerate(lines)]
    edges: Counter[tuple[int, int]] = Counter()
    lanes: dict[int, list[int]] = {}  # the rows whose edges share the lane in a column
    for row in rows:
        span = row.span
        for column in range(max(len(row.columns), max(lanes, default=0) + 1)):
            if column != row.sign:
                _read_column(row, column, span, lanes, edges)
        for source in lanes.pop(row.sign, []):
            edges[source, row.number] += 1
        below = rows[row.number + 1 : row.number + 2]
        if below and below[0].comes_from_above(row.sign):
            lanes[row.sign] = [row.number]
    _demand(not lanes, len(rows), f"lanes that lead nowhere: {lanes}")
    return edges


def _read_column(
    row: _Row,
    column: int,
    span: range,
    lanes: dict[int, list[int]],
    edges: Counter[tuple[int, int]],
) -> None:
    character = row.at(column)
    meaning = MEANING.get(character)
    if meaning is None:
        _demand((column in lanes) == (character in UPRIGHT), row.number, f"column {column}")
        level = character in LEVEL
        _demand(not level or column in span[1:-1], row.number, f"an end in column {column}")
        _demand(level or character != " " or column not in span, row.number, "a gap")
        _demand(column not in (span[0], span[-1]), row.number, "a line that ends at nothing")
        return
    _demand(column in span, row.number, f"{character} without a line to the sign")
    row.check_corner(column, span)
    _demand((column in lanes) == (meaning != BEGINS), row.number, f"{character} in {column}")
    if meaning == BEGINS:
        lanes[column] = [row.number]
    elif meaning == JOINS:
        lanes[column].append(row.number)
    else:
        for source in lanes.pop(column):
            edges[source, row.number] += 1


def read_labels(lines: Sequence[str]) -> list[str]:
    """What stands behind the lanes of each row."""
    return [_Row(number, line).label for number, line in enumerate(lines)]
