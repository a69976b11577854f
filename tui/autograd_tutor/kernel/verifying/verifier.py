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

import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from time import monotonic
from types import CodeType
from typing import Any, NoReturn

import torch
import torch.autograd.function
from msgspec.structs import replace

from autograd_tutor.kernel.aside import reason
from autograd_tutor.kernel.categories import shown_name
from autograd_tutor.kernel.interrupts import Interrupts
from autograd_tutor.kernel.passes import Passes
from autograd_tutor.kernel.preload import loaded
from autograd_tutor.kernel.scratch import Scratch
from autograd_tutor.kernel.torch_print import without_modes
from autograd_tutor.kernel.verifying.forks import NoFork, answer_of, is_foreign
from autograd_tutor.kernel.verifying.functions import check_function, is_differentiated
from autograd_tutor.kernel.verifying.leaving import LeavingNumbers
from autograd_tutor.kernel.verifying.second_run import Answer, Failure, SecondRun, with_slopes
from autograd_tutor.kernel.verifying.shadows import Shadows
from autograd_tutor.kernel.verifying.survey import Survey, Surveyed
from autograd_tutor.kernel.verifying.target import InTransform, Source, Target
from autograd_tutor.limits.checks import (
    CHECKED_FUNCTIONS,
    FUNCTION_SECONDS,
    SPARE_SECONDS,
)
from autograd_tutor.recording.checks import (
    Check,
    Checked,
    CheckedFunction,
    CheckProblem,
)
from autograd_tutor.recording.model import StepResult
from autograd_tutor.recording.wire import StepRequest

_Single: Any = torch.autograd.function._SingleLevelFunction
_apply: Any = torch._C._FunctionBase.__dict__["apply"]


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
        self._folder = ""
        """Where the script's temporary files go, of which the forks that are killed remove none."""
        self._functions: dict[Any, CheckedFunction] = {}

    def checked(self) -> Checked:
        """What came of it."""
        scratch = Scratch()
        try:
            self._folder = scratch.make(0)
            return self._checked()
        finally:
            scratch.remove(0)
            scratch.close()

    def _checked(self) -> Checked:
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
            answer = answer_of(
                Answer,
                lambda send: SecondRun(surveyed, self._until, most, send).run(
                    self.run, self._check, self._source
                ),
                self._until + SPARE_SECONDS,
            )
        except NoFork:
            return Checked(self._check.call, problem="no-fork")
        return with_slopes(surveyed, answer, self._late())

    def _failed(self) -> Checked:
        return Checked(self._check.call, problem=self._late().problem)

    def _late(self) -> Failure:
        """Why a fork has sent nothing."""
        return Failure("time" if monotonic() >= self._until else "died")

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
            send(
                replace(
                    found,
                    checked=checked,
                    slow=loaded(),
                    rounded=shadows.rounded,
                    largest=shadows.largest,
                )
            )

        survey = Survey(self._source, shadows, numbers, send_all)
        target = Target(
            self._check,
            self._source,
            survey.begins,
            lambda running: survey.ends(running, target.found),
        )
        target.others = shadows.forget_largest
        problem: CheckProblem = "no-pass"
        detail = ""
        try:
            self._watch_functions(target)
            self.run(shadows, numbers, target)
        except BaseException as error:  # noqa: BLE001 - whatever the script raises
            problem, detail = "raises", reason(error)
        if isinstance(target.fault, InTransform):
            problem, detail = target.fault.problem, ""
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
        if self._folder:
            os.environ["TMPDIR"] = tempfile.tempdir = self._folder
        torch._C._set_mkldnn_enabled(False)  # it has no float64
        torch.set_num_threads(1)  # a fork cannot use the threads of the process that it is of
        torch.set_num_threads = _one_thread
        with Passes(target, Interrupts()), numbers, shadows:
            exec(self._code, self._source.namespace)

    def _watch_functions(self, target: Target) -> None:
        """Check each Function of the script where it is applied first."""

        def apply(function: Any, *args: Any, **kwargs: Any) -> Any:
            if (
                not is_foreign()
                and not (function.__module__ or "").startswith("torch.")
                and not kwargs
            ):
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


def _one_thread(nthreads: int) -> None:
    """In the place of `torch.set_num_threads`."""
