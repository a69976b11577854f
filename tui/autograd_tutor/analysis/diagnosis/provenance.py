"""Where a value comes from: the line that made it, and the lines that made what that one read."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from autograd_tutor.analysis.diagnosis.run import Line, Moment, Run
from autograd_tutor.limits.interface import MOST_LINES_BACK
from autograd_tutor.recording.local_names import local_prefix
from autograd_tutor.recording.model import Tensor


class Read(NamedTuple):
    """A variable that a line has read."""

    name: str
    """As it is recorded: `w`, `model.0.weight`, `f().x`."""
    tensor: Tensor | None
    """None: it is no tensor, or holds none."""
    since: Moment | None
    """Since when it is what it is; None where that is not known."""


def reads(run: Run, line: Line) -> Iterator[Read]:
    """What a line has read, as far as it is recorded."""
    tensors = line.tensors_read()
    for name, tensor in tensors.items():
        story = run.stories.get(tensor.identity or 0, ())
        yield Read(name, tensor, story[0].moment if story else None)
    source = line.source
    for name in sorted(source.reads if source is not None else ()):
        yield from _values(run, line, name)


def lines_behind(run: Run, line: Line, seen: set[Moment] | None = None) -> Iterator[Line]:
    """A line and those that made what it has read, and so on; the nearest first.

    `seen`: the moments of lines that have been looked at, and that are left out.
    """
    seen = set() if seen is None else seen
    pending, begun = deque([line] if line.moment not in seen else []), len(seen)
    seen.add(line.moment)
    while pending and len(seen) - begun <= MOST_LINES_BACK:
        at = pending.popleft()
        yield at
        before = [each.since for each in reads(run, at) if each.since is not None]
        inner = [each.moment for each in run.lines_in(at)]
        for moment in (*reversed(inner), *before):
            found = run.line_of(moment)
            if found is not None and found.moment not in seen and found.moment < line.moment:
                seen.add(found.moment)
                pending.append(found)
    seen.difference_update(each.moment for each in pending)


def _values(run: Run, line: Line, name: str) -> Iterator[Read]:
    """A variable that is no tensor: a number, a list of numbers."""
    prefix = local_prefix(line.snapshot.function) if line.snapshot.function else ""
    for each in (prefix + name, name) if prefix else (name,):
        since = run.value_since(line, each)
        if since is not None:
            yield Read(each, None, since)
            return
