"""Follows the lines of one code file as they run, with sys.settrace."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType, FrameType, TracebackType
from typing import Any

from autograd_tutor.kernel.followed import StepFiles
from autograd_tutor.kernel.interrupts import Interrupts
from autograd_tutor.kernel.statements import Statements
from autograd_tutor.kernel.step_code import RETURNS, StepCode, codes_of
from autograd_tutor.kernel.unseen import unseen
from autograd_tutor.kernel.unwinding import Unwinding, stops_recomputation
from autograd_tutor.kernel.watched_calls import CallWatcher, Watcher
from autograd_tutor.limits.kernel import SPARE_FRAMES

_is_subclass: Callable[[type, type], bool] = type.__subclasscheck__
_Exception, _RecursionError = Exception, RecursionError  # the snippet may delete the builtins
LineObserver = Callable[["Activation", int, int, int, Any, bool], int]
"""Called after every line: the activation, the first line of its statement, the line that comes
next in that frame (0: none), the depth of the call, what the function returns there, and whether
the line raised. Returns the index of the snapshot."""

CallObserver = Callable[["Activation", int], None]
"""Called at every call of a function of the snippet, with the line that made the call."""

TraceFunction = Callable[[FrameType, str, Any], Any]


class Activation:
    """One run of a function of the snippet, or of the step itself."""

    __slots__ = (
        "code",
        "failure",
        "frame",
        "function",
        "last",
        "line",
        "pending",
        "start",
        "tracer",
        "unwinding",
    )

    def __init__(self, tracer: Tracer, code: StepCode) -> None:
        self.tracer = tracer
        self.code = code
        self.frame: FrameType | None = None
        """None while it is not on the stack: the frame refers to its activation by `f_trace`, and a
        cycle would keep its locals alive, with their graphs."""
        self.function = code.function
        self.pending = 0
        """First line of the statement that runs now; 0: none yet."""
        self.start = -1
        """Offset of the instruction at which that statement was entered."""
        self.last = -1
        """Offset of the latest line event in it."""
        self.line = 0
        """Physical line of that event."""
        self.unwinding: Unwinding | None = None
        """None until an exception comes."""
        self.failure: int | None = None
        """That of `unwinding`."""

    @unseen
    def trace(self, frame: FrameType, event: str, arg: object) -> TraceFunction | None:
        """The local trace function of the frame."""
        tracer = self.tracer
        if not tracer.active or tracer.paused:  # a generator of a step that is over, for example
            frame.f_trace = None
            return None
        interrupts = tracer.interrupts
        interrupts.blocked = True
        try:
            self._handle(frame, event, arg)
        except _RecursionError:
            limit = sys.getrecursionlimit()
            sys.setrecursionlimit(limit + SPARE_FRAMES)
            try:
                self._handle(frame, event, arg)
            except _Exception as error:
                tracer.fail(error)
            finally:
                sys.setrecursionlimit(limit)
        except _Exception as error:
            tracer.fail(error)
        finally:
            interrupts.blocked = False
        if interrupts.pending:
            interrupts.unblock()
        return self.trace if tracer.active else None

    def _handle(self, frame: FrameType, event: str, arg: Any) -> None:
        if event == "line":
            self._line(frame)
        elif event == "exception":
            kind, came, trace = arg
            if not stops_recomputation(kind):
                self.tracer.note_raised(kind, came, trace)
                if self.unwinding is None:
                    self.unwinding = Unwinding(self.code)
                self.unwinding.take(came)
        elif event == "return":
            self._return(frame, arg)

    def _line(self, frame: FrameType) -> None:
        tracer = self.tracer
        if tracer.stack[-1] is not self:
            tracer.enter(self, frame)
        if not self.pending and self.start < 0 and len(tracer.stack) > 1:
            tracer.observe_call(self, tracer.stack[-2].pending)
        physical = frame.f_lineno - self.code.lines_before
        if physical == self.code.hook_line:
            return
        line = tracer.statements.first_line(physical)
        offset = frame.f_lasti
        if self.pending:
            if line == self.pending and not self._is_repeated(physical, offset):
                self.last, self.line = offset, physical
                return
            self._end_statement(line, offset)
            if tracer.paused:
                self.pending = 0
                return
        elif self.unwinding is not None:
            self.unwinding.came = 0
        self.pending = line
        self.start = self.last = offset
        self.line = physical
        if not self.function:
            tracer.step_line, tracer.step_failure = line, self.failure

    def _is_repeated(self, physical: int, offset: int) -> bool:
        """Whether a line event in the running statement means that the statement runs once more.

        Python reports a line again after a jump back, and whenever another line came between.
        """
        if self.pending in self.tracer.statements.loops:
            return offset <= self.last or physical == self.line
        return offset == self.start

    def _end_statement(self, next_line: int, next_offset: int) -> None:
        unwinding = self.unwinding
        if unwinding is None:
            self.tracer.line_done(self, self.pending, next_line)
            if self.tracer.closing:
                self.tracer.pause()
            return
        raised = unwinding.line_raised(next_offset)
        index = self.tracer.line_done(self, self.pending, next_line, raised=raised)
        unwinding.statement_entered(next_offset, index if raised else None)
        self.failure = unwinding.failure
        if self.tracer.closing:
            self.tracer.pause()

    def _return(self, frame: FrameType, returned: object) -> None:
        tracer = self.tracer
        if tracer.stack[-1] is not self:
            tracer.enter(self, frame)
        # The last line of the step itself is recorded by `StepObserver.finish`.
        if self.pending and self.function:
            came = self.unwinding is not None and self.unwinding.came
            raised = came and not self.code.is_at(frame.f_lasti, RETURNS)
            tracer.line_done(self, self.pending, 0, returned, bool(raised))
            if tracer.closing:
                tracer.pause()
                return
            suspended = not came and self.code.is_suspended_at(frame.f_lasti)
            if not suspended or self.pending in tracer.statements.plain_yields:
                self.pending = 0
        tracer.leave(self)


class Tracer:
    """A context manager that follows one step and then restores the earlier trace function.

    It follows the code `step` on the thread that entered: the step itself and functions with
    statements of their own (no lambdas, comprehensions or class bodies). Code that torch.compile
    has made of such a function is no code of the step: its lines do not run.
    """

    def __init__(
        self,
        step: CodeType,
        statements: Statements,
        observe_line: LineObserver,
        observe_call: CallObserver,
        interrupts: Interrupts,
        watcher: CallWatcher,
        lines_before: int = 0,
        hook_line: int = 0,
        files: StepFiles | None = None,
    ) -> None:
        """`lines_before`: of the file, which Python counts and `statements` and records do not.

        `hook_line`: where our own calls in the code are, which are no lines of it; 0: nowhere.
        `files`: others whose functions are followed, too.
        """
        self.watcher = watcher
        self.statements = statements
        self.observe_line = observe_line
        self.observe_call = observe_call
        self.interrupts = interrupts
        self.stack: list[Activation] = []
        """The calls that run, the step itself first."""
        self.active = False
        """Whether lines are followed."""
        self.paused = False
        """Whether they are not at the moment, so that the step runs at its plain speed."""
        self.left_out = False
        """Whether something has run since the last moment that was not followed."""
        self.closing = False
        """Whether to pause as soon as the statement that runs has ended."""
        self.fault: Exception | None = None
        """What this program itself raised; the recording ended there, the snippet ran on."""
        self.step_line = 0
        """First line of the step's own statement that runs or ran last."""
        self.step_failure: int | None = None
        """The `failure` of that statement."""
        self.passes = 0
        """How many backward passes run: each makes the functions that it calls one deeper."""
        self.codes = codes_of(step, lines_before, hook_line)
        """All code of the step, by id(), and what is followed of other files."""
        self.files = files
        if files is not None:
            files.take(self.codes)
        self.own: dict[int, StepCode | Watcher] = {**self.codes, **self.watcher.codes}
        """All code whose calls matter, by id()."""
        self._previous: Any = None
        self._trace_function = self._call_tracer()

    def __enter__(self) -> Tracer:
        self._previous = sys.gettrace()
        self.active = True
        if not self.paused:
            sys.settrace(self._trace_function)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.active = False
        sys.settrace(self._previous)
        self.stack.clear()

    def owns(self, trace_function: object) -> bool:
        """Whether that is the trace function of this tracer."""
        return trace_function is self._trace_function

    @property
    def depth(self) -> int:
        """The depth of the line that runs: 0 in the step itself."""
        return len(self.stack) - 1 + self.passes

    def stop(self) -> None:
        """Follow no further line; the snippet runs on."""
        self.active = False
        if self.owns(sys.gettrace()):
            sys.settrace(None)

    def pause(self) -> None:
        """Follow no line until `resume`."""
        if not self.owns(sys.gettrace()):  # the snippet has one of its own now
            return
        self.paused, self.closing, self.left_out = True, False, True
        self.step_line, self.step_failure = 0, None
        for activation in self.stack:
            activation.frame = None
        self.stack.clear()
        sys.settrace(None)

    def resume(self, frame: FrameType, line: int | None, came: bool) -> None:
        """Follow the lines of the step again, from the next one in `frame` on.

        `line` ran last there, 0: none; None: the one that `frame` is at, or its caller that is of
        the step. `came`: the exception that there is came to it, and is on its way.
        """
        self.paused = False
        if sys.gettrace() is not None:  # the snippet has one of its own now
            return
        self._on_stack(frame)
        if not self.stack:
            return
        top = self.stack[-1]
        if line is not None and top.frame is frame:
            top.pending = top.line = line
        raised = sys.exc_info()[1] if came else None
        if raised is not None and (at := _line_in(raised, top.frame)):
            top.pending = self.statements.first_line(at - top.code.lines_before)
            top.unwinding = Unwinding(top.code)
            top.unwinding.take(raised)
        if not self.stack[0].function:
            self.step_line = self.stack[0].pending
        sys.settrace(self._trace_function)

    def line_at(self, frame: FrameType, line: int) -> int:
        """A line of the file of the code in a frame, as records count it; 0: none."""
        code = self.codes.get(id(frame.f_code)) or self._adopted(frame)
        return max(0, line - code.lines_before) if line and code is not None else 0

    def _on_stack(self, frame: FrameType) -> None:
        """Make the calls of the step's functions that run the `stack`."""
        at: FrameType | None = frame
        while at is not None:
            code = self.codes.get(id(at.f_code)) or self._adopted(at)
            if code is not None and code.is_followed:
                owner = getattr(at.f_trace, "__self__", None)
                if type(owner) is not Activation or owner.tracer is not self:
                    owner = Activation(self, code)
                activation: Activation = owner
                activation.frame, at.f_trace = at, activation.trace
                activation.line = at.f_lineno - code.lines_before
                activation.pending = self.statements.first_line(activation.line)
                activation.start = activation.last = at.f_lasti
                self.stack.insert(0, activation)
                if not code.function:
                    return
            at = at.f_back

    def fail(self, fault: Exception) -> None:
        """This program itself raised: follow no further line."""
        self.fault = fault
        self.stop()

    def line_done(
        self,
        activation: Activation,
        line: int,
        next_line: int,
        returned: object = None,
        raised: bool = False,
    ) -> int:
        """A line has run; the index of its snapshot."""
        if not self.active:
            return 0
        return self.observe_line(activation, line, next_line, self.depth, returned, raised)

    def note_raised(self, kind: type, came: BaseException, trace: TracebackType) -> None:
        """An exception came to a line: a warning, and a RuntimeError, the innermost line notes."""
        if kind is RuntimeError or _is_subclass(Warning, kind):
            inner = trace.tb_next
            while inner is not None and id(inner.tb_frame.f_code) not in self.codes:
                inner = inner.tb_next
            if inner is None:
                self.watcher.raised(kind, came, self.depth, self.stack[-1].pending)

    def enter(self, activation: Activation, frame: FrameType) -> None:
        """Put an activation on top of the stack; what was above it has ended without an event."""
        if activation in self.stack:
            del self.stack[self.stack.index(activation) + 1 :]
        else:
            activation.frame = frame
            self.stack.append(activation)

    def leave(self, activation: Activation) -> None:
        """Take an activation off the stack, with what is above it."""
        index = self.stack.index(activation)
        for ended in self.stack[index:]:
            ended.frame = None
        del self.stack[index:]

    def _call_tracer(self) -> TraceFunction:
        """The global trace function. Python calls it at every call, also in torch: it is quick."""
        own = self.own

        @unseen
        def call(frame: FrameType, event: str, arg: object) -> TraceFunction | None:
            code = own.get(id(frame.f_code))
            if code is None or not self.active:
                return None
            try:
                if not isinstance(code, StepCode):
                    code(frame, self.depth, self.stack[-1].pending if self.stack else 0)
                    return None
                if not code.is_followed or (not code.function and self.stack):
                    return None
                return self._follow(frame, code)
            except _RecursionError:
                limit = sys.getrecursionlimit()
                sys.setrecursionlimit(limit + SPARE_FRAMES)
                try:
                    return self._follow(frame, code) if isinstance(code, StepCode) else None
                finally:
                    sys.setrecursionlimit(limit)
            except _Exception as error:
                self.fail(error)
                return None

        return call if self.files is None else self._call_tracer_of_files(call, self.files)

    def _call_tracer_of_files(self, call: TraceFunction, files: StepFiles) -> TraceFunction:
        """The same where functions of other files are followed."""
        own, known = self.own, files.known

        @unseen
        def call_of_files(frame: FrameType, event: str, arg: object) -> TraceFunction | None:
            code = frame.f_code
            # Python calls it in torch, too: what is no file of ours is found out by its name.
            if known.get(code.co_filename, frame) is not None and id(code) not in own:
                interrupts = self.interrupts
                blocked, interrupts.blocked = interrupts.blocked, True
                try:
                    self._adopted(frame)
                except _RecursionError:  # so deep, it is looked at another time
                    return None
                except _Exception as error:
                    self.fail(error)
                finally:
                    interrupts.blocked = blocked
                if interrupts.pending and not blocked:
                    interrupts.unblock()
            followed: TraceFunction | None = call(frame, event, arg)
            return followed

        return call_of_files

    def _adopted(self, frame: FrameType) -> StepCode | None:
        """What is known of code that is not the step's own, and may be of a file followed."""
        if self.files is None or not self.active:
            return None
        code = self.files.code_of(frame)
        if code is not None:
            self.codes[id(code.code)] = self.own[id(code.code)] = code
        elif self.files.known.get(frame.f_code.co_filename) is not None:
            self.own[id(frame.f_code)] = other = StepCode(frame.f_code)
            other.is_followed = False
        return code

    def _follow(self, frame: FrameType, code: StepCode) -> TraceFunction:
        owner: Any = getattr(frame.f_trace, "__self__", None)
        if _is_subclass(Activation, type(owner)) and owner.tracer is self:  # a generator resumes
            self.enter(owner, frame)
            owner.start = owner.last = -1
            resumed: TraceFunction = owner.trace
            return resumed
        activation = Activation(self, code)
        activation.frame = frame
        self.stack.append(activation)
        return activation.trace


def _line_in(raised: BaseException, frame: FrameType | None) -> int:
    """The line of a frame by which an exception has come to it; 0: it has not."""
    trace = raised.__traceback__
    while trace is not None and trace.tb_frame is not frame:
        trace = trace.tb_next
    return 0 if trace is None else trace.tb_lineno
