"""Executes the snippets of one run and turns what they do into snapshots."""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
import os
import random
import sys
import types
import warnings
import weakref
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from os import _exit
from time import perf_counter
from typing import Any

import numpy as np
import torch

from autograd_tutor.kernel.categories import Category, type_info_of
from autograd_tutor.kernel.failure import Gate, OutOfTime, OwnStack, describe, matches
from autograd_tutor.kernel.graph import Graph
from autograd_tutor.kernel.observer import StepObserver
from autograd_tutor.kernel.pass_recorder import PassRecorder
from autograd_tutor.kernel.passes import Passes
from autograd_tutor.kernel.recorded_state import RecordedState
from autograd_tutor.kernel.saved import notice_hooks
from autograd_tutor.kernel.statements import Statements
from autograd_tutor.kernel.torch_print import described
from autograd_tutor.kernel.tracer import Tracer
from autograd_tutor.kernel.values import text_of
from autograd_tutor.recording.model import Error, FailedExpectation, Snapshot, StepResult
from autograd_tutor.recording.wire import StepRequest

SETUP_FILENAME = "<setup>"

_REASON_CHARACTERS = 300


class _Main(types.ModuleType):
    """The snippets' `__main__`; a script's if they are one, else of no file, as in a notebook.

    `inspect` looks for the source of classes in what the attribute `__file__` names, which is the
    newest step where the name `__file__` means nothing.
    """

    __slots__ = ("newest",)

    def __init__(self, script: str | None) -> None:
        super().__init__("__main__")
        self.newest = ""
        if script is not None:
            vars(self)["__file__"] = script
        else:  # the name tells multiprocessing that there is nothing to import in its children
            self.__spec__ = ModuleSpec("__main__", None)

    @property
    def __file__(self) -> str:  # type: ignore[override]
        return str(vars(self).get("__file__", self.newest))


class RunRecorder:
    """One run: its namespace, its steps, and what has been told of them.

    `emit` is handed every snapshot as it is taken; `drain` returns the text that was printed since
    it was last asked. `script` is the path of the file that the snippets are, if any. Lives in a
    process of its own, where `__main__` is the snippets' module.
    """

    def __init__(
        self,
        emit: Callable[[Snapshot], None],
        drain: Callable[[], str],
        script: str | None = None,
    ) -> None:
        self._emit = emit
        self._drain = drain
        self._gate = Gate()
        self._graph = Graph()
        self._state = RecordedState(self._graph)
        self._files: set[str] = set()
        self._pid = os.getpid()
        self._observer: StepObserver | None = None
        self._module = _Main(script)
        sys.modules["__main__"] = self._module
        sys.breakpointhook = _no_breakpoint
        OwnStack(_OUTERMOST).install()
        notice_hooks()
        here = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _forked(here()))

    @property
    def namespace(self) -> dict[str, Any]:
        """The variables of the run."""
        return self._module.__dict__

    def seed(self, seed: int) -> None:
        """Make the run start alike every time, on one thread."""
        torch.set_num_threads(1)
        torch.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed % 2**32)

    def setup(self, code: str) -> Error | None:
        """Execute the lesson's hidden code, unrecorded; what it raised, if anything."""
        if not code.strip():
            return None
        self._register(SETUP_FILENAME, code)
        try:
            self._gate.open()
            exec(compile(code, SETUP_FILENAME, "exec", dont_inherit=True), self.namespace)
            self._gate.busy = True
        except BaseException as error:  # noqa: BLE001 - whatever a snippet raises is told
            self._gate.busy = True
            self._leave_if_forked(error)
            return describe(error, SETUP_FILENAME, self._files)
        self._leave_if_forked(None)
        return None

    def step(self, request: StepRequest) -> StepResult:
        """Execute and record a step. The last snapshot handed to `emit` holds the final state."""
        begun = perf_counter()
        self._gate.wanted = False  # it was meant for the step before, which is over
        self._register(request.filename, request.code)
        observer = self._observer = StepObserver(
            request, self._state, self._graph, self.namespace, self._emit, self._drain
        )
        try:
            error = self._execute(request, observer)
            self._gate.busy = True
        except OutOfTime as late:  # after the snippet's last line, or in an exception's __str__
            self._gate.busy = True
            self._matched = False
            error = describe(late, request.filename, self._files, request.limits.seconds)
        try:
            observer.finish(error)
        finally:
            self._observer = None
        self._gate.wanted = False
        raised_as_meant = (error is None) == (request.raises is None) and self._matched
        failed = self._expectations(request) if raised_as_meant else ()
        return StepResult(
            step=request.step,
            ok=raised_as_meant and not failed,
            snapshots=observer.count,
            nodes=observer.nodes,
            truncated=observer.truncated,
            failed=failed,
            error=error,
            seconds=perf_counter() - begun,
            fault=observer.fault,
        )

    def interrupt(self) -> None:
        """Raise OutOfTime into the snippet: at once, or when bookkeeping under way is done.

        For a signal handler on the thread that runs the step.
        """
        self._gate.interrupt()

    def _execute(self, request: StepRequest, observer: StepObserver) -> Error | None:
        self._matched = True
        try:
            code = compile(request.code, request.filename, "exec", dont_inherit=True)
            statements = Statements(_tree(request.code), request.code)
            tracer = Tracer(
                request.filename, statements, observer.line_done, observer.called, self._gate
            )
            observer.begin(tracer)
            passes = Passes(PassRecorder(observer, self._state, self._graph), self._gate)
            self._gate.open()
            with passes, tracer:
                try:
                    exec(code, self.namespace)
                finally:
                    observer.replaced = tracer.active and not tracer.in_place
        except BaseException as raised:  # noqa: BLE001 - whatever a snippet raises is told
            self._leave_if_forked(raised)
            if isinstance(raised, OutOfTime):  # raised in a trace function, it unsets that
                observer.replaced = False
            self._matched = request.raises is not None and matches(raised, request.raises)
            return describe(raised, request.filename, self._files, request.limits.seconds)
        self._leave_if_forked(None)
        return None

    def _register(self, filename: str, code: str) -> None:
        """Let tracebacks and `inspect` find the source."""
        self._files.add(filename)
        lines = code.splitlines(keepends=True)
        linecache.cache[filename] = (len(code), None, lines, filename)
        self._module.newest = filename

    def _expectations(self, request: StepRequest) -> tuple[FailedExpectation, ...]:
        if not request.expect:
            return ()
        before = torch.get_rng_state(), random.getstate(), np.random.get_state()
        failed = []
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            for index, expression in enumerate(request.expect):
                reason = self._reason(expression)
                if reason is not None:
                    failed.append(FailedExpectation(index, expression, reason))
        torch.set_rng_state(before[0])
        random.setstate(before[1])
        np.random.set_state(before[2])
        self._drain()
        return tuple(failed)

    def _reason(self, expression: str) -> str | None:
        """Why an expectation does not hold; None if it does."""
        try:
            self._gate.open()
            reason = self._judged(expression)
            self._gate.busy = True
        except OutOfTime:
            self._gate.busy = True
            return "took too long"
        except BaseException as error:  # noqa: BLE001 - any failure is the reason
            self._gate.busy = True
            told = describe(error, "<expect>", ())
            return f"{told.type}: {told.message}"[:_REASON_CHARACTERS]
        return reason

    def _judged(self, expression: str) -> str | None:
        value = eval(compile(expression.strip(), "<expect>", "eval"), self.namespace)
        if value:
            return None
        is_tensor = type_info_of(value).sort is Category.TENSOR
        return f"is {described(value) if is_tensor else text_of(value)}"[:_REASON_CHARACTERS]

    def abandon(self) -> None:
        """In a process that the snippet forked: record nothing."""
        if self._observer is not None:
            self._observer.abandon()

    def _leave_if_forked(self, error: BaseException | None) -> None:
        """A process that the snippet forked ends where the snippet does, as a script's would."""
        if os.getpid() == self._pid:
            return
        status = 0
        if isinstance(error, SystemExit):
            status = error.code if type(error.code) is int else int(error.code is not None)
        elif error is not None:
            told = describe(error, "", self._files)
            print(told.traceback, end="", file=sys.stderr)
            status = 1
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        _exit(status)


_OUTERMOST = (
    RunRecorder._execute.__code__,
    RunRecorder.setup.__code__,
    RunRecorder._reason.__code__,
)


def _tree(code: str) -> ast.Module | None:
    """The syntax tree of code that compiles; None for one too deep to become Python objects."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the compiler has said so already
        try:
            return ast.parse(code)
        except (RecursionError, MemoryError):
            return None


def _forked(recorder: RunRecorder | None) -> None:
    if recorder is not None:
        recorder.abandon()


def _no_breakpoint(*_: object, **__: object) -> None:
    print("breakpoint() does nothing here: every line is recorded already", file=sys.stderr)
