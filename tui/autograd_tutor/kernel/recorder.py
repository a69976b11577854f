"""Executes the snippets of one run and turns what they do into snapshots."""

from __future__ import annotations

import importlib
import os
import random
import sys
import types
import weakref
from collections.abc import Callable, Container
from time import perf_counter
from typing import Any

import msgspec
import numpy as np
import torch

from autograd_tutor.kernel.aside import done
from autograd_tutor.kernel.builtin_names import BuiltinNames
from autograd_tutor.kernel.categories import follow_modules
from autograd_tutor.kernel.expectations import Asked, ask, why_not
from autograd_tutor.kernel.failure import describe, end_like_a_script, matches
from autograd_tutor.kernel.followed import ModuleFiles, StepFiles
from autograd_tutor.kernel.graph import Graph
from autograd_tutor.kernel.hooked_code import Kind, hooked
from autograd_tutor.kernel.hooked_imports import HookedImports
from autograd_tutor.kernel.interrupts import Interrupts, OutOfTime
from autograd_tutor.kernel.judge import Judgement, judgement_of
from autograd_tutor.kernel.main_module import MainModule
from autograd_tutor.kernel.memory import notice_resizing
from autograd_tutor.kernel.observer import StepObserver
from autograd_tutor.kernel.other_threads import OtherThreads
from autograd_tutor.kernel.own_references import hide_own_references
from autograd_tutor.kernel.own_stack import hide_own_stack
from autograd_tutor.kernel.pass_recorder import PassRecorder
from autograd_tutor.kernel.passes import Passes
from autograd_tutor.kernel.pictures import look
from autograd_tutor.kernel.plotted import FunctionPlotter, plotter_of
from autograd_tutor.kernel.protected import Protected
from autograd_tutor.kernel.questions import questions_of
from autograd_tutor.kernel.recorded_state import RecordedState
from autograd_tutor.kernel.refusals import Refusals
from autograd_tutor.kernel.saved import notice_hooks
from autograd_tutor.kernel.sources import Sources
from autograd_tutor.kernel.statements import Statements, tree_of
from autograd_tutor.kernel.tracer import Tracer
from autograd_tutor.kernel.unseen import unseen
from autograd_tutor.kernel.window import StepWindow
from autograd_tutor.recording.invocation import Invocation
from autograd_tutor.recording.model import Error, Snapshot, StepResult
from autograd_tutor.recording.picture import LookRequest, Picture
from autograd_tutor.recording.wire import StepRequest

SETUP_FILENAME = "<setup>"
_exec = exec  # what is executed may have deleted the builtin


class RunRecorder:
    """One run: its namespace, its steps, and the state that was recorded of them.

    `emit` gets every snapshot as it is taken, and `sent` says how many bytes it has sent; `drain`
    returns the text that was printed since its last call. `script` is the path of the file that the
    snippets come from, if any, `refusals` are those of a sandbox. Needs a process of its own:
    `__main__` becomes the snippets' module.
    """

    def __init__(
        self,
        emit: Callable[[Snapshot], None],
        drain: Callable[[], str],
        script: str | None = None,
        sent: Callable[[], int] = lambda: 0,
        refusals: Refusals | None = None,
        invocation: Invocation = Invocation(),  # noqa: B008 - a frozen value
    ) -> None:
        self._emit = emit
        self._sent = sent
        self._drain = drain
        self._refusals = refusals or Refusals()
        self._invocation = invocation
        self._interrupts = Interrupts()
        self._late_line = 0
        """The line that ran when the time was up, where it could not be interrupted at once."""
        self._code: types.CodeType | None = None
        """That of the step, and how many lines of its file come before it."""
        self._lines_before = 0
        self._hook_line = 0
        """Where our own calls in the code are, if there are any."""
        self._window: StepWindow | None = None
        self._builtins = BuiltinNames()
        self._graph = Graph()
        self._state = RecordedState(self._graph)
        self._codes: Container[int] = ()
        """All code of the step, by id()."""
        self._sources = Sources(script)
        self._files = ModuleFiles(invocation.follow, self._sources)
        follow_modules(invocation.follow)
        if invocation.follow and not invocation.window.is_all:
            hooked_imports = HookedImports(
                invocation.follow, self._hook_of_file, self._files.hooked.__setitem__
            )
            sys.meta_path.insert(0, hooked_imports)
        self._pid = os.getpid()
        self._observer: StepObserver | None = None
        self._threads: OtherThreads | None = None
        """The threads of the step; None: it does not compile."""
        self._error_matches = True
        """Whether the step raised nothing, or what it is meant to raise."""
        self._module = MainModule(script, invocation.module)
        self._protected = Protected(self.namespace)
        sys.modules["__main__"] = self._module
        sys.breakpointhook = _no_breakpoint
        sys.unraisablehook = self._unraisable
        hide_own_stack(_OUTERMOST)
        hide_own_references()
        notice_hooks()
        notice_resizing()
        here = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _forked(here()))

    @property
    def namespace(self) -> dict[str, Any]:
        """The variables of the run."""
        return self._module.__dict__

    def seed(self, seed: int) -> None:
        """Seed all random number generators, and let torch use one thread: runs are repeatable.

        A script may ask for more.
        """
        torch.set_num_threads(self._invocation.threads)
        torch.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed % 2**32)

    def prepare(self) -> Error | None:
        """Prepare torch and Python for a script as it was started; what cannot be, if anything."""
        device, package = self._invocation.device, self._invocation.package
        try:
            if device:
                what = f"There is no device {device} here"
                torch.empty(1, device=device)
                torch.set_default_device(device)
            if package:
                what = f"The package {package} cannot be imported"
                self._interrupts.unblock()
                importlib.import_module(package)
            self._interrupts.blocked = True
        except BaseException as error:  # noqa: BLE001 - a package may raise anything
            self._interrupts.blocked = True
            self._leave_if_forked(error)
            found = describe(error, SETUP_FILENAME, self._sources)
            reason = f"{what}: {found.type}: {found.message}"
            traceback = found.traceback if what.startswith("The package") else ""
            refused = self._refusals.kind(error)
            return Error("", reason, 0, traceback, refused)
        self._leave_if_forked(None)
        return None

    def setup(self, code: str) -> Error | None:
        """Execute the lesson's hidden code without recording it; what it raised, if anything."""
        if not code.strip():
            return None
        self._add_source(SETUP_FILENAME, code)
        try:
            self._interrupts.unblock()
            exec(compile(code, SETUP_FILENAME, "exec", dont_inherit=True), self.namespace)
            self._interrupts.blocked = True
        except BaseException as error:  # noqa: BLE001 - whatever a snippet raises is shown
            self._interrupts.blocked = True
            self._leave_if_forked(error)
            refused = self._refusals.kind(error)
            found = describe(error, SETUP_FILENAME, self._sources)
            return msgspec.structs.replace(found, refused=refused)
        self._leave_if_forked(None)
        self._protected.note_setup()
        return None

    def step(self, request: StepRequest) -> StepResult:
        """Execute and record a step. The last snapshot handed to `emit` holds the final state."""
        begun = perf_counter()
        self._interrupts.begin()
        self._late_line = 0
        self._add_source(request.filename, request.code, request.first_line)
        if request.check is not None:
            from autograd_tutor.kernel.verifying.verifier import checked_step  # seldom needed

            return checked_step(request, request.check, _placed(request), self.namespace)
        plotter = plotter_of(request.plot, self._state)
        judgement = judgement_of(request, self._protected, self._interrupts)
        self._window = self._window_of()
        observer = self._observer = self._observer_of(request, plotter, judgement)
        try:
            error = self._execute(request, observer, judgement)
            self._interrupts.blocked = True
        except OutOfTime as late:  # after the snippet's last line, or in an exception's __str__
            self._interrupts.blocked = True
            self._error_matches = False
            error = self._described(late, request)
        try:
            observer.finish(error)
            refused = self._refusals.take()
            answers = observer.last_answers()
        finally:
            self._observer = None
        self._interrupts.pending = False
        raised_as_meant = (error is None) == (request.raises is None) and self._error_matches
        asked = self._ask(request, plotter if raised_as_meant else None, judgement, raised_as_meant)
        return StepResult(
            step=request.step,
            ok=raised_as_meant and not asked.failed,
            snapshots=observer.count,
            nodes=observer.nodes,
            truncated=observer.truncated,
            failed=asked.failed,
            error=error,
            seconds=perf_counter() - begun,
            fault=observer.fault,
            threads=0 if self._threads is None else self._threads.count,
            refused=refused,
            plotted=asked.plotted,
            answers=answers,
            verdict=asked.verdict,
            unfollowed=self._files.unfollowed() if request.is_last else (),
        )

    def _ask(
        self,
        request: StepRequest,
        plotter: FunctionPlotter | None,
        judgement: Judgement | None,
        raised_as_meant: bool,
    ) -> Asked:
        """What the lesson wants to know of a step that has ended."""
        expect = request.expect if raised_as_meant else ()
        asked = ask(expect, plotter, self.namespace, self._interrupts)
        if judgement is not None:
            asked = asked._replace(verdict=judgement.verdict())
        self._drain()
        self._refusals.take()
        return asked

    def look(self, request: LookRequest) -> Picture | None:
        """A picture of a tensor as it is now, which changes nothing; None where there is none."""
        return look(request, self._state.tensors(self.namespace))

    @unseen
    def interrupt(self) -> None:
        """Raise OutOfTime into the snippet: now, or when the recorder is done with its work.

        For a signal handler on the thread that runs the step.
        """
        beside = self._observer is not None and self._observer.evaluates
        if self._interrupts.blocked or beside:
            self._late_line = self._line_now()
        self._interrupts.interrupt()

    def _unraisable(self, unraisable: Any) -> None:
        """Python has dropped an exception, of a `__del__` for example: not if the time is up."""
        if not isinstance(unraisable.exc_value, OutOfTime):
            sys.__unraisablehook__(unraisable)
            return
        self._interrupts.pending = True
        self._late_line = self._line_now()

    def _line_now(self) -> int:
        """The line of the step that runs; 0: none, or one of which nothing is known."""
        observer = self._observer
        if observer is None or observer.step_line:
            return 0 if observer is None else observer.step_line
        frame: types.FrameType | None = sys._getframe()
        while frame is not None and frame.f_code is not self._code:
            frame = frame.f_back
        if frame is None or frame.f_lineno == self._hook_line:
            return 0
        return frame.f_lineno - self._lines_before

    def _observer_of(
        self,
        request: StepRequest,
        plotter: FunctionPlotter | None,
        judgement: Judgement | None,
    ) -> StepObserver:
        emit = self._emit
        for follower in (plotter, judgement):
            emit = emit if follower is None else follower.following(emit)
        return StepObserver(
            request, self._state, self._graph, self.namespace, emit, self._drain, self._sent,
            questions_of(request, self._interrupts), self._window,
        )  # fmt: skip

    def _window_of(self) -> StepWindow | None:
        """Which part of the step is recorded; None: all of it."""
        window = self._invocation.window
        return None if window.is_all else StepWindow(window)

    @unseen
    def _hook_of_file(self, kind: Kind, line: int) -> None:
        """A loop in a followed file begins, turns or ends."""
        if self._window is not None:
            self._window.hook_in(sys._getframe(1), kind, line)

    def _execute(
        self, request: StepRequest, observer: StepObserver, judgement: Judgement | None
    ) -> Error | None:
        self._error_matches, self._threads, self._codes = True, None, ()
        try:
            code = compile(_placed(request), request.filename, "exec", dont_inherit=True)
            window, hook_line = self._window, 0
            if window is not None:
                hook_line = request.first_line + request.code.count("\n") + 1
                try:
                    code = hooked(
                        _placed(request), request.filename, window.hook, hook_line, window.lines
                    )
                except (RecursionError, SyntaxError, MemoryError):  # too deep with our calls in it
                    window, hook_line = None, 0
                    print(_ALL_RECORDED, file=sys.stderr)
            self._hook_line = hook_line
            self._code, self._lines_before = code, request.first_line - 1
            statements = Statements(tree_of(request.code), request.code)
            files = None
            if self._invocation.follow:
                files = StepFiles(self._files, request.code, statements, observer.follow)
            tracer = Tracer(
                code,
                statements,
                observer.line_done,
                observer.called,
                self._interrupts,
                observer.watcher,
                self._lines_before,
                max(0, hook_line - self._lines_before),
                files,
            )
            self._codes = tracer.codes
            observer.begin(tracer)
            if window is not None:
                window.begin(tracer)
            passes = Passes(PassRecorder(observer, self._state), self._interrupts)
            self._interrupts.unblock()
            threads = self._threads = OtherThreads(tracer.codes, self._files.followed)
            with passes, threads, tracer:
                try:
                    self._builtins.hand_over()
                    _exec(code, self.namespace)
                    self._interrupts.unblock()  # time that was up where nothing could be raised
                finally:
                    self._builtins.take_back()
                    observer.changed_builtins = self._builtins.changed
                    following = tracer.active and not tracer.paused
                    observer.replaced = following and not tracer.owns(sys.gettrace())
        except BaseException as raised:  # noqa: BLE001 - whatever a snippet raises is shown
            self._leave_if_forked(raised)
            if isinstance(raised, OutOfTime):  # raised in the trace function it uninstalls that
                observer.replaced = False
            self._error_matches = request.raises is not None and matches(raised, request.raises)
            described = self._described(raised, request)
            if judgement is not None:
                judgement.note(raised)
            return described
        self._leave_if_forked(None)
        return None

    def _described(self, error: BaseException, request: StepRequest) -> Error:
        """What a step raised; its lines are counted from 1, but in the traceback."""
        refused = self._refusals.kind(error)
        found = describe(
            error, request.filename, self._sources, self._codes, request.limits.seconds
        )
        line = max(0, found.line - request.first_line + 1)
        if isinstance(error, OutOfTime):
            line = self._late_line or (0 if found.line == self._hook_line else line)
        return msgspec.structs.replace(found, line=line, refused=refused)

    def _add_source(self, filename: str, code: str, first_line: int = 1) -> None:
        self._sources.add(filename, code, first_line)
        self._module.newest_step = filename

    def abandon(self) -> None:
        """Record nothing more: this process is a fork that the snippet has made."""
        if self._observer is not None:
            self._observer.abandon()

    def _leave_if_forked(self, error: BaseException | None) -> None:
        if os.getpid() != self._pid:
            end_like_a_script(error, self._sources)


_OUTERMOST = (
    done.__code__,
    RunRecorder._execute.__code__,
    RunRecorder.setup.__code__,
    why_not.__code__,
    FunctionPlotter._work_out.__code__,
)


_ALL_RECORDED = (
    "This step is nested too deeply for a part of it to be recorded: all of it is recorded."
)


def _placed(request: StepRequest) -> str:
    """The code on the lines that it has in its file, so that Python speaks of those."""
    return "\n" * (request.first_line - 1) + request.code


def _forked(recorder: RunRecorder | None) -> None:
    if recorder is not None:
        recorder.abandon()


def _no_breakpoint(*_: object, **__: object) -> None:
    print("breakpoint() has no effect here: every line is recorded already", file=sys.stderr)
