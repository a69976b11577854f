"""Where the lines of a snippet are once it has been edited."""

from __future__ import annotations

from itertools import takewhile

from autograd_tutor.limits.interface import MOST_COMPARED

GONE = -1


def moved_lines(before: str, after: str) -> tuple[int, ...]:
    """Which line of `after` each line of `before` is, from 1; GONE where there is none.

    A line in a changed part that has as many lines as it had is the one in its place. Where too
    much has changed to be compared, that is one such part.
    """
    old, new = before.split("\n"), after.split("\n")
    top = _alike(old, new)
    end = _alike(old[top:][::-1], new[top:][::-1])
    inner, inner_new = old[top : len(old) - end], new[top : len(new) - end]
    found = list(range(1, top + 1))
    for begin, stop, begin_new, stop_new, same in _parts(inner, inner_new):
        in_place = same or stop - begin == stop_new - begin_new
        first = top + begin_new + 1
        found += [first + at if in_place else GONE for at in range(stop - begin)]
    return (*found, *range(len(new) - end + 1, len(new) + 1))


def _alike(one: list[str], other: list[str]) -> int:
    """How many lines are the same from the start."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _parts(old: list[str], new: list[str]) -> list[tuple[int, int, int, int, bool]]:
    """Parts that follow each other: where each begins and ends, and whether it is the same."""
    if len(old) * len(new) > MOST_COMPARED:
        return [(0, len(old), 0, len(new), False)]
    from difflib import SequenceMatcher  # for edited code alone

    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [(i1, i2, j1, j2, tag == "equal") for tag, i1, i2, j1, j2 in matcher.get_opcodes()]
