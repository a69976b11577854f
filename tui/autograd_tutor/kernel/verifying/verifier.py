"""Checks the gradients of a pass: runs its step again, in forks of the run, up to that pass.

Two runs of the step, each in a fork. The first (`survey`) notes what the pass sends to each leaf,
in the dtype of the script and in float64 (`shadows`), and after which operation each leaf was last
written before the pass's graph read it. The second stops there, for each entry that is compared,
and forks: a fork moves the entry in its shadow, goes on to the pass, and sends the value at which
that begins. So every statement in between is executed again, also what Python does with numbers.
Not followed: numbers that leave by `numpy()`, and what the script does outside of its process
(files, other processes), which is done again in each fork.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from time import monotonic
from types import CodeType
from typing import Any, NoReturn

import torch
import torch.autograd.function
from msgspec import Struct
from msgspec.structs import replace

from autograd_tutor.kernel.aside import reason
from autograd_tutor.kernel.categories import shown_name
from autograd_tutor.kernel.interrupts import Interrupts
from autograd_tutor.kernel.passes import Passes
from autograd_tutor.kernel.preload import loaded
from autograd_tutor.kernel.running_pass import PassRequest
from autograd_tutor.kernel.torch_print import without_modes
from autograd_tutor.kernel.verifying.forks import Fork, NoFork, answer_of
from autograd_tutor.kernel.verifying.functions import check_function, is_differentiated
from autograd_tutor.kernel.verifying.leaving import LeavingNumbers
from autograd_tutor.kernel.verifying.shadows import Shadows
from autograd_tutor.kernel.verifying.survey import Move, Survey, Surveyed
from autograd_tutor.kernel.verifying.target import InTransform, Source, Target, value_of
from autograd_tutor.limits.checks import CHECKED_FUNCTIONS, FUNCTION_SECONDS, SPARE_SECONDS
from autograd_tutor.recording.checks import (
    Check,
    Checked,
    CheckedEntry,
    CheckedFunction,
    CheckProblem,
)
from autograd_tutor.recording.model import StepResult
from autograd_tutor.recording.wire import StepRequest

_Single: Any = torch.autograd.function._SingleLevelFunction
_apply: Any = torch._C._FunctionBase.__dict__["apply"]


class _Measured(Struct, frozen=True):
    """The value of the root in float64, with entries moved up and down; None: none came."""

    value: float
    moved: list[tuple[float | None, float | None, float | None]]
    """Of each move: up, down, not at all."""


def checked_step(
    request: StepRequest, check: Check, code: str, namespace: dict[str, Any]
) -> StepResult:
    """What came of a check of a step, whose `code` stands on the lines of its file."""
    begun = monotonic()
    try:
        compiled = compile(code, request.filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        checked = Checked(check.call, problem="raises", detail=reason(error))
    else:
        source = Source(request.filename, request.first_line - 1, namespace)
        checked = Verifier(check, compiled, source).checked()
    return StepResult(
        step=request.step, ok=not checked.problem, snapshots=0, nodes=0, truncated=None, failed=(),
        error=None, seconds=monotonic() - begun, checked=checked,
    )  # fmt: skip


class Verifier:
    """One check of one step."""

    def __init__(self, check: Check, code: CodeType, source: Source) -> None:
        self._check = check
        self._code = code
        self._source = source
        self._until = monotonic() + check.seconds
        self._functions: dict[Any, CheckedFunction] = {}

    def checked(self) -> Checked:
        """What came of it."""
        try:
            with without_modes():  # it imports something, which takes a second, once and not often
                begun = monotonic()
            surveyed = answer_of(Surveyed, self._survey, self._until)
            if surveyed is None:
                return self._failed()
            if surveyed.checked.problem or not surveyed.moves:
                return surveyed.checked
            for name in surveyed.slow:  # once, and not in each run
                with suppress(Exception):
                    import_module(name)
            most = 4 * (monotonic() - begun) + SPARE_SECONDS
            measured = answer_of(
                _Measured,
                lambda send: _Slopes(surveyed, self._until, most, send).run(self),
                self._until + SPARE_SECONDS,
            )
        except NoFork:
            return Checked(self._check.call, problem="no-fork")
        return _with_slopes(surveyed, measured)

    def _failed(self) -> Checked:
        problem: CheckProblem = "time" if monotonic() >= self._until else "died"
        return Checked(self._check.call, problem=problem)

    def _survey(self, send: Callable[[Surveyed], NoReturn]) -> None:
        shadows = Shadows()
        numbers = LeavingNumbers(shadows)

        def send_all(found: Surveyed) -> NoReturn:
            checked = replace(
                found.checked,
                functions=tuple(self._functions.values()),
                single=tuple(shadows.single),
                coarsest=str(shadows.coarsest or ""),
                left=tuple(numbers.left),
            )
            send(replace(found, checked=checked, slow=loaded(), rounded=shadows.rounded))

        survey = Survey(self._source, shadows, numbers, send_all)
        target = Target(
            self._check,
            self._source,
            survey.begins,
            lambda running: survey.ends(running, target.call),
        )
        problem: CheckProblem = "no-pass"
        detail = ""
        try:
            self._watch_functions(target)
            self.run(shadows, numbers, target)
        except BaseException as error:  # noqa: BLE001 - whatever the script raises
            problem, detail = "raises", reason(error)
        if isinstance(target.fault, InTransform):
            problem, detail = "transform", ""
        elif target.fault is not None:
            problem, detail = "died", reason(target.fault)
        passes = target.call - (problem != "no-pass" and target.call > 0)
        checked = Checked(
            self._check.call, self._check.line, problem=problem, detail=detail, passes=passes,
            lines=tuple(filter(None, target.lines)),
        )  # fmt: skip
        send_all(Surveyed(checked))

    def run(self, shadows: Shadows, numbers: LeavingNumbers, target: Target) -> None:
        """Execute the step, in a fork. Raises whatever it raises."""
        torch._C._set_mkldnn_enabled(False)  # it has no float64
        torch.set_num_threads(1)  # a fork cannot use the threads of the process that it is of
        torch.set_num_threads = _one_thread
        with Passes(target, Interrupts()), numbers, shadows:
            exec(self._code, self._source.namespace)

    def _watch_functions(self, target: Target) -> None:
        """Check each Function of the script where it is applied first."""

        def apply(function: Any, *args: Any, **kwargs: Any) -> Any:
            if not (function.__module__ or "").startswith("torch.") and not kwargs:
                self._note_function(function, args, target)
            return _apply.__get__(None, function)(*args, **kwargs)

        _Single.apply = classmethod(apply)

    def _note_function(self, function: Any, inputs: Sequence[Any], target: Target) -> None:
        known = self._functions
        if function in known or len(known) >= CHECKED_FUNCTIONS or not is_differentiated(inputs):
            return
        line, file = self._source.place()
        none = CheckedFunction(shown_name(function.__name__), line, file=file)

        def work(send: Callable[[CheckedFunction], NoReturn]) -> None:
            target.closed = True
            with without_modes():
                send(check_function(function, inputs, none))

        until = min(self._until, monotonic() + FUNCTION_SECONDS)
        known[function] = replace(none, problem="time")
        answer = answer_of(CheckedFunction, work, until)
        if answer is not None:
            known[function] = answer
        elif monotonic() < until:
            known[function] = replace(none, problem="died")


class _Slopes:
    """The second run: forks at each move, and gathers what comes of it."""

    def __init__(
        self,
        surveyed: Surveyed,
        until: float,
        most: float,
        send: Callable[[_Measured], NoReturn],
    ) -> None:
        """`most`: seconds of one fork."""
        self._moves = surveyed.moves
        self._until = until
        self._most = most
        self._send = send
        self._values: list[tuple[float | None, float | None, float | None]] = [
            (None, None, None)
        ] * len(surveyed.moves)
        self._fork: Fork[float] | None = None
        """In a fork that has moved something: where its value goes."""
        self._shadows = Shadows()
        self._shadows.before = self._before
        self._shadows.rounded = surveyed.rounded

    def run(self, verifier: Verifier) -> None:
        """Execute the step. Comes back where it does not reach the pass."""
        shadows, source = self._shadows, verifier._source
        target = Target(verifier._check, source, self._begins, lambda _: None)
        verifier.run(shadows, LeavingNumbers(shadows), target)

    def _before(self, operation: int, tensors: Sequence[torch.Tensor]) -> None:
        places = [i for i, each in enumerate(self._moves) if each.operation == operation]
        if not places or self._fork is not None:
            return
        here = self._value(tensors, self._moves[places[0]], 0.0)
        for place in places:
            move = self._moves[place]
            up = self._value(tensors, move, move.step)
            down = self._value(tensors, move, -move.step)
            self._values[place] = up, down, here  # in a fork nobody reads it

    def _value(self, tensors: Sequence[torch.Tensor], move: Move, by: float) -> float | None:
        """What comes of it; in the fork that is made for it, None at once, and it goes on."""
        if self._fork is not None or monotonic() > self._until:
            return None
        fork = Fork(float)
        if fork.is_child:
            self._fork = fork
            self._shadows.move(tensors[move.argument], move.element, by)
            return None
        return fork.receive(min(self._until, monotonic() + self._most))

    def _begins(self, request: PassRequest) -> bool:
        with self._shadows.aside():
            value = value_of(request, self._shadows.of)
        if self._fork is not None:
            self._fork.send(value)
        self._send(_Measured(value, self._values))


def _with_slopes(surveyed: Surveyed, measured: _Measured | None) -> Checked:
    """What was surveyed, with what was measured in it."""
    same = measured is not None and _same(measured.value, surveyed.value)
    found: dict[tuple[int, int], CheckedEntry] = {}
    for place, move in enumerate(surveyed.moves):
        entry = surveyed.checked.leaves[move.leaf].entries[move.entry]
        values = (None, None, None) if measured is None else measured.moved[place]
        found[move.leaf, move.entry] = _measured(entry, values, move.step, same)
    leaves = [
        replace(leaf, entries=tuple(found.get((i, j), each) for j, each in enumerate(leaf.entries)))
        for i, leaf in enumerate(surveyed.checked.leaves)
    ]
    return replace(surveyed.checked, leaves=tuple(leaves))


def _measured(
    entry: CheckedEntry,
    values: tuple[float | None, float | None, float | None],
    step: float,
    same: bool,
) -> CheckedEntry:
    up, down, here = values
    if not same or up is None or down is None or here is None:
        return replace(entry, problem="random" if not same else "time")
    return replace(
        entry,
        slope=(up - down) / (2 * step),
        below=(here - down) / step,
        above=(up - here) / step,
    )


def _same(one: float, other: float) -> bool:
    return one == other or (one != one and other != other)


def _one_thread(nthreads: int) -> None:
    """In the place of `torch.set_num_threads`."""
