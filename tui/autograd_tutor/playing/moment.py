"""A moment of a step as text, by which it is found again in another run of the same code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd_tutor.playing.played import Played
    from autograd_tutor.recording.trace import Trace

_DIGITS = 18
"""No index has more; of thousands, as a damaged file may hold, Python makes no number."""

_NEAR = "near"
"""Stands where a moment has its hash: whatever code ran."""


def moment_at(run: Played, index: int) -> str:
    """The moment at an index of the open step; `` for its start.

    It holds what ran (seed, setup and the code of every step so far) and the way of lines and nodes
    up to there, in a hash: in a run that differs in any of it, `index_of` finds no such moment.
    """
    if index <= 0 or index >= len(run.trace):
        return ""
    # Late: OpenSSL is slow to load, and no first screen needs it.
    from hashlib import sha256

    lesson = run.lesson
    digest = sha256(repr((lesson.seed, lesson.setup, *run.codes[: run.step + 1])).encode())
    digest.update(repr(_way(run.trace, index)).encode())
    return f"{index} {digest.hexdigest()[:16]}"


def index_of(run: Played, moment: str) -> int | None:
    """Where in the open step a moment is; None where its run took another way.

    Raises LookupError as long as that is not recorded.
    """
    number, _, way = moment.partition(" ")
    if not (number.isascii() and number.isdigit() and len(number) <= _DIGITS):
        return None
    index = int(number)
    if index >= len(run.trace) and run.running:
        raise LookupError(moment)
    if way == _NEAR:
        return min(index, len(run.trace) - 1) if len(run.trace) else None
    return index if moment_at(run, index) == moment else None


def near(moment: str) -> str:
    """The moment that is as many moments after the start of the step, or its end, in any run."""
    return f"{moment.partition(' ')[0]} {_NEAR}" if moment else ""


def _way(trace: Trace, index: int) -> list[tuple[int, int, str, str]]:
    """Line, depth, event and node of every snapshot up to one."""
    found: list[tuple[int, int, str, str]] = []
    for snapshot in trace.snapshots[: index + 1]:
        backward = snapshot.backward
        node = None if backward is None else trace.nodes.get(backward.node)
        ran = "" if backward is None else f"{backward.call} {node and node.name}"
        found.append((snapshot.line, snapshot.depth, snapshot.event, ran))
    return found
