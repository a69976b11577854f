"""Blocks that repeat in a graph, as the steps of a loop do: each can be shown as one row."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from autograd_tutor.limits.interface import LEAST_FOLDED_ROWS, LEAST_REPEATS, MOST_BLOCK_ROWS
from autograd_tutor.recording.model import Node

_DIFFERS = re.compile(rb"[^\0]")


class Repeat(NamedTuple):
    """`times` blocks of `period` rows each, from row `start` of the order on.

    `first`, the id of its first node, is what it is known by: rows may come to stand elsewhere.
    """

    first: int
    start: int
    period: int
    times: int

    @property
    def stop(self) -> int:
        """The row of the order behind its last one."""
        return self.start + self.period * self.times


Item = int | Repeat
"""What a row shows: a node, by its id, or a folded repeat."""


def find_repeats(
    order: Sequence[int], nodes: Mapping[int, Node], worth: int = LEAST_FOLDED_ROWS
) -> tuple[Repeat, ...]:
    """The repeats in `order`, from top to bottom, none overlapping another.

    Blocks are the same if their nodes have the same names, whatever the shapes. Where repeats
    overlap, the one with more rows goes first, then the one with the shorter block, and of the
    others what is left of them.
    """
    names = [nodes[number].name if number in nodes else "" for number in order]
    found = sorted(_repeats(names), key=lambda repeat: (repeat[0] - repeat[1], repeat[2]))
    taken: list[tuple[int, int]] = []
    repeats: list[Repeat] = []
    for begin, end, period in found:
        for start, stop in _gaps(begin, end, taken):
            start = _begin(names, start, stop, period)
            times = (stop - start) // period
            if times >= LEAST_REPEATS and period * times >= worth:
                repeat = Repeat(order[start], start, period, times)
                repeats.append(repeat)
                taken.insert(bisect_right(taken, (start,)), (start, repeat.stop))
    return tuple(sorted(repeats, key=lambda repeat: repeat.start))


def _begin(names: Sequence[str], start: int, stop: int, period: int) -> int:
    """Where a block begins with an operation, if that leaves enough blocks."""
    for at in range(start, min(start + period, stop - LEAST_REPEATS * period + 1)):
        if names[at] != "AccumulateGrad":
            return at
    return start


def _repeats(names: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Every stretch (start, stop, period) in which names are those `period` rows before.

    The names are the digits of one integer, which is compared with itself moved on by a period:
    zero bytes are where they agree.
    """
    codes: dict[str, int] = {}
    numbers = [codes.setdefault(name, len(codes)) for name in names]
    size = 1 if len(codes) <= 256 else 4
    text = b"".join([number.to_bytes(size, "little") for number in numbers])
    digits = int.from_bytes(text, "little")
    for period in range(1, min(MOST_BLOCK_ROWS, len(names) // LEAST_REPEATS) + 1):
        differences = (digits ^ (digits >> (8 * size * period))).to_bytes(len(text), "little")
        compared = differences[: len(text) - size * period]
        pattern = bytes(size * period * (LEAST_REPEATS - 1))
        at = compared.find(pattern)
        while at >= 0:
            differs = _DIFFERS.search(compared, at)
            end = differs.start() if differs else len(compared)
            start, stop = -(-at // size), end // size
            if stop - start >= period * (LEAST_REPEATS - 1):
                yield start, stop + period, period
            at = compared.find(pattern, end)


def _gaps(begin: int, end: int, taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """What of the rows from `begin` to `end` is not yet `taken` (sorted, without overlaps)."""
    gaps = []
    at = max(0, bisect_right(taken, (begin,)) - 1)
    while begin < end:
        if at == len(taken) or taken[at][0] >= end:
            gaps.append((begin, end))
            break
        start, stop = taken[at]
        if begin < start:
            gaps.append((begin, start))
        begin = max(begin, stop)
        at += 1
    return gaps


def fold(order: Sequence[int], repeats: Iterable[Repeat]) -> tuple[Item, ...]:
    """The rows of `order` with these repeats (some of `find_repeats`, in its order) a row each."""
    rows: list[Item] = []
    at = 0
    for repeat in repeats:
        rows += order[at : repeat.start]
        rows.append(repeat)
        at = repeat.stop
    rows += order[at:]
    return tuple(rows)


def links(
    rows: Sequence[Item], order: Sequence[int], nodes: Mapping[int, Node]
) -> list[tuple[int, ...]]:
    """For each row the rows that it leads to, one for each edge, as `Lanes` draws them.

    An edge that begins or ends in a folded repeat is there once, however many there are between the
    same two rows; those within a repeat are not there.
    """
    row_of: dict[int, int] = {}
    folded: set[int] = set()
    for row, item in enumerate(rows):
        if isinstance(item, int):
            row_of[item] = row
        else:
            folded.add(row)
            row_of.update(dict.fromkeys(order[item.start : item.stop], row))
    result: list[tuple[int, ...]] = []
    for row, item in enumerate(rows):
        if isinstance(item, int):
            targets = _targets(item, row, nodes, row_of)
            result.append(_without_repetitions(targets, folded) if folded else tuple(targets))
        else:
            members = order[item.start : item.stop]
            found = (t for each in members for t in _targets(each, row, nodes, row_of))
            result.append(tuple(dict.fromkeys(found)))
    return result


def _targets(
    number: int, row: int, nodes: Mapping[int, Node], row_of: Mapping[int, int]
) -> list[int]:
    """The rows below `row` that a node leads to: all of them, but in records with cycles."""
    node = nodes.get(number)
    if node is None:
        return []
    found = [row_of.get(edge[0], row) for edge in node.next if edge is not None]
    return [target for target in found if target > row]


def _without_repetitions(targets: Iterable[int], folded: Set[int]) -> tuple[int, ...]:
    """The targets, those that are folded without repetitions."""
    result: list[int] = []
    for target in targets:
        if target not in folded or target not in result:
            result.append(target)
    return tuple(result)
