"""The second run of a check: forks at each entry that is compared, moves it, and goes on.

A fork sends the value at which the pass then begins, or why it has not come to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import isfinite
from time import monotonic
from typing import Any, NoReturn

import torch
import torch.autograd.function
from msgspec import Struct
from msgspec.structs import replace

from autograd_tutor.kernel.aside import reason
from autograd_tutor.kernel.running_pass import PassRequest
from autograd_tutor.kernel.verifying.differences import Slopes, is_close, slopes
from autograd_tutor.kernel.verifying.forks import Fork
from autograd_tutor.kernel.verifying.leaving import LeavingNumbers
from autograd_tutor.kernel.verifying.shadows import Shadows
from autograd_tutor.kernel.verifying.survey import Move, Surveyed
from autograd_tutor.kernel.verifying.target import Source, Target, value_of
from autograd_tutor.limits.checks import ABSOLUTE_TOLERANCE
from autograd_tutor.recording.checks import Check, Checked, CheckedEntry, CheckProblem

_Single: Any = torch.autograd.function._SingleLevelFunction
_apply: Any = torch._C._FunctionBase.__dict__["apply"]
Run = Callable[[Shadows, LeavingNumbers, Target], None]
"""Executes the step."""


class Failure(Struct, frozen=True):
    """Why the pass was not come to."""

    problem: CheckProblem
    detail: str = ""


class _Value(Struct, frozen=True):
    """Of the root in float64, in a fork that has moved something; None: it did not come there."""

    value: float | None
    failure: Failure | None = None


class Answer(Struct, frozen=True):
    """The value of the root in float64, and what was found at each move."""

    value: float
    moved: list[Slopes | Failure]
    failure: Failure | None = None
    """Why it has no value."""


class SecondRun:
    """Forks at each move, and gathers what comes of it."""

    def __init__(
        self,
        surveyed: Surveyed,
        until: float,
        most: float,
        send: Callable[[Answer], NoReturn],
    ) -> None:
        """`most`: seconds of one fork."""
        self._surveyed = surveyed
        self._until = until
        self._most = most
        self._send = send
        self._found: list[Slopes | Failure] = [Failure("outside")] * len(surveyed.moves)
        self._fork: Fork[_Value] | None = None
        """In a fork that has moved something: where its value goes."""
        self._failure = Failure("")
        """Of the fork that was waited for last."""
        self._shadows = Shadows()
        self._shadows.before = self._before
        self._shadows.rounded = surveyed.rounded

    def run(self, run: Run, check: Check, source: Source) -> NoReturn:
        """Execute the step, up to the pass."""
        shadows = self._shadows
        _watch_functions(shadows)
        target = Target(check, source, self._begins, lambda _: None)
        failure = Failure("unreached")
        try:
            run(shadows, LeavingNumbers(shadows), target)
        except BaseException as error:  # noqa: BLE001 - whatever the script raises
            failure = Failure("raises", reason(error))
        if target.fault is not None:
            failure = Failure("died", reason(target.fault))
        if self._fork is not None:
            self._fork.send(_Value(None, failure))
        self._send(Answer(0.0, [], failure))

    def _before(self, operation: int, tensors: Sequence[torch.Tensor]) -> None:
        if self._fork is not None:
            return
        moves = self._surveyed.moves
        places = [i for i, each in enumerate(moves) if each.operation == operation]
        if not places:
            return
        here = self._value(tensors, moves[places[0]], 0.0)
        for place in places:
            found = None if here is None else self._slopes(tensors, moves[place], here)
            self._found[place] = self._failure if found is None else found

    def _slopes(self, tensors: Sequence[torch.Tensor], move: Move, here: float) -> Slopes | None:
        leaf = self._surveyed.checked.leaves[move.leaf]
        entry = leaf.entries[move.entry]
        gradient = entry.grad if entry.double is None else entry.double
        least = ABSOLUTE_TOLERANCE * leaf.largest if isfinite(leaf.largest) else 0.0
        value_at = partial(self._value, tensors, move)
        size = self._surveyed.largest
        found = slopes(value_at, here, move.value, gradient or 0.0, least, size)
        if found is None or is_close(found, gradient or 0.0, least):
            return found
        value_at = partial(value_at, cuts=True)
        cut = slopes(value_at, here, move.value, gradient or 0.0, least, size)
        return found if cut is None else found._replace(cut=cut.slope)

    def _value(
        self, tensors: Sequence[torch.Tensor], move: Move, by: float, cuts: bool = False
    ) -> float | None:
        """What comes of it; in the fork that is made for it, None at once, and it goes on."""
        self._failure = Failure("time")
        if self._fork is not None or monotonic() > self._until:  # in a fork nobody reads it
            return None
        fork = Fork(_Value)
        if fork.is_child:
            self._fork = fork
            self._shadows.move(tensors[move.argument], move.element, by, cuts)
            return None
        until = min(self._until, monotonic() + self._most)
        answer = fork.receive(until)
        if answer is None:
            self._failure = Failure("time" if monotonic() >= until else "died")
            return None
        self._failure = answer.failure or self._failure
        return answer.value

    def _begins(self, request: PassRequest) -> NoReturn:
        with self._shadows.aside():
            value = value_of(request, self._shadows.left)
        if self._fork is not None:
            lost = self._shadows.lost
            self._fork.send(_Value(None, Failure("single")) if lost else _Value(value))
        self._send(Answer(value, self._found))


def with_slopes(surveyed: Surveyed, answer: Answer | None, late: Failure) -> Checked:
    """What was surveyed, with what was measured in it; `late`: why nothing was, if so."""
    moves = surveyed.moves
    failure = late if answer is None else answer.failure
    if answer is not None and failure is None and not _same(answer.value, surveyed.value):
        failure = Failure("random")
    moved: list[Slopes | Failure] = [] if answer is None else answer.moved
    if failure is not None:
        moved = [failure] * len(moves)
    found = {
        (move.leaf, move.entry): _with(surveyed.checked.leaves[move.leaf].entries[move.entry], each)
        for move, each in zip(moves, moved, strict=True)
    }
    leaves = [
        replace(leaf, entries=tuple(found.get((i, j), each) for j, each in enumerate(leaf.entries)))
        for i, leaf in enumerate(surveyed.checked.leaves)
    ]
    return replace(surveyed.checked, leaves=tuple(leaves))


def _with(entry: CheckedEntry, found: Slopes | Failure) -> CheckedEntry:
    if isinstance(found, Failure):
        return replace(entry, problem=found.problem, detail=found.detail)
    return replace(
        entry,
        slope=found.slope,
        below=found.below,
        above=found.above,
        noise=found.noise,
        spread=found.spread,
        closing=found.closing,
        cut=found.cut,
    )


def _watch_functions(shadows: Shadows) -> None:
    def apply(function: Any, *args: Any, **kwargs: Any) -> Any:
        with shadows.in_function(args):
            return _apply.__get__(None, function)(*args, **kwargs)

    _Single.apply = classmethod(apply)


def _same(one: float, other: float) -> bool:
    return one == other or (one != one and other != other)
