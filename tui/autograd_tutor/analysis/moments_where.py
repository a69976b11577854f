"""The moments of a step at which a condition over recorded values holds."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd_tutor.analysis.arrays import Missing, Unfit
from autograd_tutor.analysis.condition import Condition, QueryError
from autograd_tutor.analysis.variable_names import Variable
from autograd_tutor.limits.interface import QUERY_SECONDS
from autograd_tutor.messages import _
from autograd_tutor.recording.local_names import is_local
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.trace import Trace

Value = Tensor | str | None
"""What was recorded of a variable; None where there is none."""


class Answer(NamedTuple):
    """Where a condition holds next, if anywhere."""

    moment: int | None
    unknown: str = ""
    """Why it is not known at a moment before, if there is one such; not that something is None."""


def next_where(trace: Trace, index: int, condition: Condition, anew: bool = False) -> Answer:
    """The first moment after `index` at which the condition holds; from the start after the last.

    `anew`: only moments at which one of its variables has been recorded anew. It is evaluated only
    where one has. A moment that lacks one does not fit. Raises QueryError where it is not known at
    any moment, or takes too long.
    """
    history = _History(trace, condition.variables)
    deadline = time.monotonic() + QUERY_SECONDS
    missing, unknown, known = "", "", False
    for moment, values in history.after(index, anew):
        if None in values:
            continue
        if time.monotonic() > deadline:
            raise QueryError(
                _("Stopped after {seconds:g} s: this takes too long.").format(seconds=QUERY_SECONDS)
            )
        try:
            if condition.holds(values):  # type: ignore[arg-type]  # none of them is None
                return Answer(moment, unknown)
            known = True
        except Missing as error:
            missing = missing or str(error)
        except Unfit as error:
            unknown = unknown or str(error)
    if not known and (reason := unknown or missing):
        raise QueryError(f"{reason}.")
    return Answer(None, unknown)


class _History:
    """The values of the variables, from each moment on at which one of them changes."""

    def __init__(self, trace: Trace, variables: Sequence[Variable]) -> None:
        changes: dict[int, dict[int, Value]] = {-1: {}}
        for at, variable in enumerate(variables):
            for moment, value in _values(trace, variable):
                changes.setdefault(moment, {})[at] = value
        self._count = len(trace)
        self._moments = sorted(changes)
        self._values: list[tuple[Value, ...]] = []
        now: list[Value] = [None] * len(variables)
        for moment in self._moments:
            for at, value in changes[moment].items():
                now[at] = value
            self._values.append(tuple(now))

    def after(self, index: int, anew: bool) -> Iterator[tuple[int, tuple[Value, ...]]]:
        """The moments to ask, the first one after `index` first, and the values at each."""
        yield from self._between(index + 1, self._count, anew)
        yield from self._between(0, index + 1, anew)

    def _between(
        self, start: int, stop: int, anew: bool
    ) -> Iterator[tuple[int, tuple[Value, ...]]]:
        at = bisect_right(self._moments, start) - 1
        if start < stop and (not anew or self._moments[at] == start):
            yield start, self._values[at]
        for later in range(at + 1, len(self._moments)):
            if self._moments[later] >= stop:
                break
            yield self._moments[later], self._values[later]


def _values(trace: Trace, variable: Variable) -> list[tuple[int, Value]]:
    """What a variable is, since which moment: the local that was set last, if any, or the global.

    The names of locals come first in a variable's.
    """
    histories = [trace.records(name) for name in variable.names]
    if len(histories) == 1:
        return histories[0]
    events = sorted(
        (moment, rank, at)
        for rank, each in enumerate(histories)
        for at, (moment, _) in enumerate(each)
    )
    now: dict[int, Value] = {}
    found: list[tuple[int, Value]] = []
    for moment, rank, at in events:
        now.pop(rank, None)
        value = histories[rank][at][1]
        if value is not None:
            now[rank] = value
        local = [each for each in now if is_local(variable.names[each])]
        order = local or list(now)
        found.append((moment, now[order[-1]] if order else None))
    return found
