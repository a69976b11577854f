"""Runs code of a lesson beside the learner's, which must not notice, within a time of its own."""

from __future__ import annotations

import builtins
import contextlib
import os
import signal
import sys
from _thread import get_ident
from collections.abc import Callable, Iterator
from os import _exit, getpid
from time import perf_counter
from types import FrameType
from typing import Any, Generic, NamedTuple, TypeVar

import torch

from autograd_tutor.kernel.failure import class_name, describe
from autograd_tutor.kernel.interrupts import Interrupts, OutOfTime
from autograd_tutor.kernel.torch_print import without_modes
from autograd_tutor.kernel.undisturbed import undisturbed
from autograd_tutor.kernel.unseen import Untraced, unseen
from autograd_tutor.limits.kernel import REASON_CHARACTERS, RING_AGAIN_SECONDS, SPARE_FRAMES
from autograd_tutor.recording.printable import one_line

_Result = TypeVar("_Result")
_eval, _compile, _BaseException = eval, compile, BaseException
_grad_enabled, _set_grad_enabled = torch.is_grad_enabled, torch._C._set_grad_enabled
_BUILTINS = vars(builtins)
_ALARM, _REAL = signal.SIGALRM, signal.ITIMER_REAL
_handler, _handle, _set_timer = signal.getsignal, signal.signal, signal.setitimer

TIME_IS_UP = "was not evaluated: the time of the step was up"
"""The problem of what did not run any more."""


class Outcome(NamedTuple, Generic[_Result]):
    """What some work has returned, or why it has returned nothing."""

    result: _Result | None
    problem: str = ""
    """In one line; `` where it returned."""


class _Forks:
    """Counts the processes that this one has forked."""

    count = 0

    @classmethod
    def note(cls) -> None:
        cls.count += 1


os.register_at_fork(after_in_parent=_Forks.note)


class Aside:
    """Runs work that prints nothing and is not recorded; all of it together has so many seconds.

    Only on the thread that made it: a signal ends what takes too long.
    """

    def __init__(self, interrupts: Interrupts, seconds: float, most: float) -> None:
        """`most`: seconds of one piece of work."""
        self._interrupts = interrupts
        self._left = seconds
        self._most = most
        self._thread = get_ident()
        self.running = False
        """Whether work runs at this moment."""

    @property
    def is_here(self) -> bool:
        """Whether the calling thread is the one that made it: others must not read its frames."""
        return get_ident() == self._thread

    @property
    def over(self) -> bool:
        """Whether there is no time left."""
        return self._interrupts.due or self._left <= 0

    def run(self, work: Callable[[], _Result]) -> Outcome[_Result]:
        """Do the work. Whatever it raises, and however long it takes, becomes a problem."""
        if not self.is_here:
            return Outcome(None, "was not evaluated: it is about another thread")
        if self._interrupts.due:
            return Outcome(None, TIME_IS_UP)
        if self._left <= 0:
            return Outcome(None, "was not evaluated: others have taken too long")
        begun, forks = perf_counter(), _Forks.count
        try:
            with undisturbed(), _as_before(), without_modes(), Untraced():
                outcome = self._within(work, min(self._left, self._most))
        except Exception as fault:  # noqa: BLE001 - what is needed was replaced by the snippet
            outcome = Outcome(None, f"was not evaluated: {class_name(type(fault))}")
        self._left -= perf_counter() - begun
        if _Forks.count > forks and not outcome.problem:
            return Outcome(None, "starts another process")
        return outcome

    def _within(self, work: Callable[[], _Result], seconds: float) -> Outcome[_Result]:
        interrupts = self._interrupts
        try:
            with self._alarm(seconds):
                try:
                    self.running = True
                    interrupts.unblock()
                    return done(work)
                finally:
                    interrupts.blocked, self.running = True, False
        except OutOfTime:
            problem = TIME_IS_UP if interrupts.due else f"takes longer than {seconds:.2g} s"
            return Outcome(None, problem)
        finally:
            interrupts.blocked, self.running = True, False
            interrupts.pending = interrupts.due  # that ends the snippet, too

    @contextlib.contextmanager
    def _alarm(self, seconds: float) -> Iterator[None]:
        """End the work after so many seconds. The snippet's own alarm goes off when it is over."""
        handler = _handler(_ALARM)
        if handler is None:  # not from Python, so that it could not be put back
            yield
            return
        delay, interval = _set_timer(_REAL, 0)
        begun = perf_counter()
        _handle(_ALARM, self._ring)
        _set_timer(_REAL, seconds, RING_AGAIN_SECONDS)
        try:
            yield
        finally:
            _set_timer(_REAL, 0)
            _handle(_ALARM, handler)
            if delay:
                left = max(1e-6, delay - (perf_counter() - begun))
                _set_timer(_REAL, left, interval)

    @unseen
    def _ring(self, _signal: int, _frame: FrameType | None) -> None:
        if self.running:
            self._interrupts.stop()


def evaluated(expression: str, names: dict[str, Any]) -> Any:
    """The value of a Python expression. Raises whatever it raises."""
    return _eval(_compile(expression.strip(), "<lesson>", "eval", dont_inherit=True), names)


def reason(error: BaseException) -> str:
    """What an exception says, in one line. Runs its `__str__`."""
    if isinstance(error, SystemExit):
        return "ends the program"
    if isinstance(error, SyntaxError) and error.filename == "<lesson>":
        return line(f"is no Python: {error.msg}")
    described = describe(error, "<lesson>", ())
    return line(f"raises {described.type}: {described.message}".rstrip(": "))


def line(text: str) -> str:
    """The text as one line of a record."""
    return one_line(text, REASON_CHARACTERS)


def done(work: Callable[[], _Result]) -> Outcome[_Result]:
    """What comes of the work, or why it fails. Looks up no builtin before these are as before."""
    before, pid, failure = _BUILTINS.copy(), getpid(), None
    try:
        result = work()
    except OutOfTime:
        raise
    except _BaseException as error:
        failure = error
    finally:
        if getpid() != pid:  # a fork of the run ends where it began
            _exit(0)
        _BUILTINS.update(before)
    if failure is None:
        return Outcome(result)
    try:
        return Outcome(None, reason(failure))
    except OutOfTime:
        raise
    except BaseException:  # noqa: BLE001 - of a __str__
        return Outcome(None, f"raises {class_name(type(failure))}")
    finally:
        del failure  # it refers to this frame: a cycle


@contextlib.contextmanager
def _as_before() -> Iterator[None]:
    """No trace function inside, room for its frames, and afterwards all as it was."""
    trace_function, grad_enabled = sys.gettrace(), _grad_enabled()
    limit = sys.getrecursionlimit()
    if trace_function is not None:
        sys.settrace(None)
    sys.setrecursionlimit(limit + SPARE_FRAMES)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
        if _grad_enabled() is not grad_enabled:
            _set_grad_enabled(grad_enabled)
        if sys.gettrace() is not trace_function:
            sys.settrace(trace_function)
