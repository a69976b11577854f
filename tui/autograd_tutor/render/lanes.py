"""A graph as lanes: one row a node, its edges lines in the columns beside it, as in git's log.

What the characters of a row mean, seen from the node's sign along the horizontal line `─`:

- `╮ ╭ ┬` an edge of this node begins a lane here, which goes down to the node that it leads to;
- `╯ ╰ ┴` a lane from above ends here: it leads to this node;
- `┤ ├ ┼` an edge of this node joins a lane that goes on: both lead to the same node;
- `│` a lane that has nothing to do with this node, which the line passes behind.

In the sign's own column a lane from above may end, and one more edge of the node may begin.
Every edge is drawn by one of these signs, so that edges can be counted, `x * x` has two.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from typing import NamedTuple, overload

NARROW = 8
"""While fewer lanes than this are open, an edge may have one of its own."""

HUB = 3
"""Edges to a node with more consumers than this share lanes wherever they can."""

LONG = 24
"""A lane of more rows than this leaves the columns near the main chain to shorter ones."""

ROOM = 4
"""It leaves them at most so many columns, as they will need within the next LONG rows or so."""

CHECKPOINT_ROWS = 256
"""Rows between two checkpoints, from which the rows behind them are drawn."""

BEGINS, ENDS, JOINS, GOES_ON = range(4)

_RIGHT = {BEGINS: "╮", ENDS: "╯", JOINS: "┤"}
_LEFT = {BEGINS: "╭", ENDS: "╰", JOINS: "├"}
_PASSED = {BEGINS: "┬", ENDS: "┴", JOINS: "┼"}
_OPEN = bytes.maketrans(b"\0\1", b" |")


class Line(NamedTuple):
    """The lanes of one row: what stands left of the node's sign, and right of it.

    A lane takes two cells, the second blank or part of a horizontal line.
    """

    before: str
    after: str

    @property
    def width(self) -> int:
        """In terminal cells, the sign's own one among them."""
        return len(self.before) + 1 + len(self.after)

    def clipped(self, width: int) -> Line:
        """At most `width` cells (4 or more) of it, always with the sign; `⋯` where it is cut."""
        if self.width <= width:
            return self
        if len(self.before) + 2 <= width:
            return Line(self.before, self.after[: width - len(self.before) - 2] + "⋯")
        return Line(self.before[: width - 2] + "⋯", "")


class Lanes(Sequence[Line]):
    """The rows of a graph, laid out as far as they have been asked for.

    `links[row]` are the rows that the node of this row leads to, one for each edge, all below it.
    """

    def __init__(self, links: Sequence[Sequence[int]], widest: int | None = None) -> None:
        """`widest`: what a line is clipped to, in cells (4 or more); None: nothing is cut."""
        self._layout = _Layout(links)
        self._rows = len(links)
        self._widest = widest

    def __len__(self) -> int:
        return self._rows

    @overload
    def __getitem__(self, at: int) -> Line: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Line, ...]: ...
    def __getitem__(self, at: int | slice) -> Line | tuple[Line, ...]:
        if isinstance(at, slice):
            rows = range(*at.indices(self._rows))
            if not rows:
                return ()
            lines = self._between(min(rows), max(rows) + 1)
            return tuple(lines[row - min(rows)] for row in rows)
        row = range(self._rows)[at]
        return self._between(row, row + 1)[0]

    def _between(self, start: int, stop: int) -> list[Line]:
        layout = self._layout
        layout.extend(stop)
        lines = []
        open_ = bytearray(layout.checkpoints[start // CHECKPOINT_ROWS])
        for row in range(start - start % CHECKPOINT_ROWS, stop):
            column, events = layout.row(row)
            if row >= start:
                lines.append(self._line(column, events, open_))
            _pass(column, events, open_)
        return lines

    def _line(self, column: int, events: Sequence[int], above: bytearray) -> Line:
        widest = self._widest
        if widest is None:
            return _line(column, events, above)
        return _line(column, events, above, widest // 2 + 1).clipped(widest)


def _line(column: int, events: Sequence[int], above: bytearray, most: int = sys.maxsize) -> Line:
    """Draw a row with its sign in `column`, `above` says in which columns lanes come in.

    Of the columns only the first `most` are drawn; a sign beyond them stands behind them.
    """
    touched = [column, *(event >> 2 for event in events)]
    left, right = min(touched), max(touched)
    stop = min(right + 1, most)
    cells = list(_straight(above[:stop]).ljust(2 * stop))
    for cell in range(2 * left, min(2 * right, 2 * stop)):
        if cells[cell] == " ":
            cells[cell] = "─"
    for event in events:
        at, event_type = event >> 2, event & 3
        if event_type != GOES_ON and at < stop:
            ends = _RIGHT if at == right else _LEFT if at == left else _PASSED
            cells[2 * at] = ends[event_type]
    sign = 2 * column
    after = "".join(cells[sign + 1 :]) + _straight(above[right + 1 : most])
    # Of a row that is cut, the blanks before the cut stay: without them it would seem to end there.
    is_cut = above.find(1, most) >= 0
    return Line("".join(cells[:sign]), after if is_cut else after.rstrip())


def _straight(open_: bytearray) -> str:
    """Lanes that pass, two cells each."""
    return open_.translate(_OPEN).decode().replace(" ", "  ").replace("|", "│ ")


def _pass(column: int, events: Sequence[int], open_: bytearray) -> None:
    """Turn the lanes that come in at a row into those that leave it."""
    furthest = max(column, *(event >> 2 for event in events), column)
    if furthest >= len(open_):
        open_.extend(bytes(furthest + 1 - len(open_)))
    open_[column] = 0
    for event in events:
        open_[event >> 2] = event & 3 != ENDS


class _Layout:
    """Decides row by row which columns the edges take, and remembers it."""

    def __init__(self, links: Sequence[Sequence[int]]) -> None:
        self._links = links
        self._heights, self._consumers = _measure(links)
        self._room: dict[int, int] = {}
        self._lanes: dict[int, list[int]] = {}
        """The columns of the lanes that lead to a row."""
        self._open = bytearray()
        """Whether a column has a lane."""
        self._count = 0
        """How many lanes are open."""
        self._columns = array("l")
        self._events = array("l")
        self._ends = array("l", [0])
        self.checkpoints: list[bytes] = []
        """The open columns above every CHECKPOINT_ROWS-th row."""

    def row(self, row: int) -> tuple[int, Sequence[int]]:
        """The column of a row's sign, and what happens in which columns: four times it + event."""
        return self._columns[row], self._events[self._ends[row] : self._ends[row + 1]]

    def extend(self, stop: int) -> None:
        """Lay out the rows up to `stop`, if they are not yet."""
        for row in range(len(self._columns), stop):
            if row % CHECKPOINT_ROWS == 0:
                self.checkpoints.append(bytes(self._open))
            column, events = self._lay_out(row)
            self._columns.append(column)
            self._events.extend(events)
            self._ends.append(len(self._events))

    def _lay_out(self, row: int) -> tuple[int, list[int]]:
        came = self._lanes.pop(row, ())
        column = min(came) if came else self._apart()
        ended = [at for at in came if at != column] if len(came) > 1 else []
        joined, own = self._shared(column, self._links[row])
        begun = self._begin(row, column, own)
        self._mark(column, bool(own))
        open_ = self._open
        for at in ended:
            open_[at] = 0
        while open_ and not open_[-1]:
            open_.pop()
        self._count += len(begun) + bool(own) - len(came)
        events = [at << 2 | ENDS for at in ended]
        events += [at << 2 | JOINS for at in joined]
        events += [at << 2 | BEGINS for at in begun]
        if own:
            events.append(column << 2 | GOES_ON)
        return column, events

    def _mark(self, column: int, open_: bool) -> None:
        if column >= len(self._open):
            self._open.extend(bytes(column + 1 - len(self._open)))
        self._open[column] = open_

    def _apart(self) -> int:
        """A column for a node that nothing leads to; under a sign that one would seem to."""
        column = self._free(0)
        if self._columns and column == self._columns[-1]:
            return self._free(column + 1)
        return column

    def _free(self, start: int) -> int:
        """The first column from `start` without a lane."""
        found = self._open.find(0, start)
        return found if found >= 0 else max(start, len(self._open))

    def _shared(self, column: int, targets: Sequence[int]) -> tuple[list[int], list[int]]:
        """The columns of lanes that edges join, each by one edge, and the targets of the others."""
        joined: list[int] = []
        own: list[int] = []
        wide = self._count >= NARROW
        for target in targets:
            lanes = self._lanes.get(target)
            if lanes and (wide or self._consumers[target] > HUB):
                near = [at for at in lanes if at not in joined]
                if near:
                    joined.append(min(near, key=lambda at: abs(at - column)))
                    continue
            own.append(target)
        return joined, own

    def _begin(self, row: int, column: int, targets: list[int]) -> list[int]:
        """Give each target a lane: the main one in the sign's own column, the others beside it."""
        if not targets:
            return []
        if len(targets) == 1:
            self._lanes.setdefault(targets[0], []).append(column)
            return []
        heights = self._heights
        main = max(targets, key=lambda target: (heights[target], target))
        self._lanes.setdefault(main, []).append(column)
        begun = []
        beside = sorted(targets)
        beside.remove(main)
        for target in beside:
            at = self._beside(row, column, target)
            self._mark(at, True)
            self._lanes.setdefault(target, []).append(at)
            begun.append(at)
        return begun

    def _beside(self, row: int, column: int, target: int) -> int:
        """The nearest free column, right of the sign rather than left of it."""
        first = 1 + self._room_at(row) if target - row > LONG else 0
        right = self._free(max(column + 1, first))
        left = self._open.rfind(0, first, column) if first < column else -1
        return left if left >= 0 and column - left < right - column else right

    def _room_at(self, row: int) -> int:
        """How many short lanes will be open at once, beside the main chain, near this row."""
        block = row // LONG
        if block not in self._room:
            start = block * LONG
            change = [0] * (5 * LONG)
            for at in range(start, min(start + 3 * LONG, len(self._links))):
                short = sorted(to for to in self._links[at] if to - at <= LONG)
                for target in short[:-1]:
                    change[at - start] += 1
                    change[target + 1 - start] -= 1
            most = now = 0
            for each in change:
                now += each
                most = max(most, now)
            self._room[block] = min(most, ROOM)
        return self._room[block]


def _measure(links: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
    """How many rows the longest way from each row down has, and how many edges come in."""
    heights = [0] * len(links)
    consumers = [0] * len(links)
    for row in range(len(links) - 1, -1, -1):
        highest = -1
        for target in links[row]:
            consumers[target] += 1
            if heights[target] > highest:
                highest = heights[target]
        heights[row] = highest + 1
    return heights, consumers
