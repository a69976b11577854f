"""Follows the lines of one code file as they run, with sys.settrace."""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable, Container
from types import CodeType, FrameType, TracebackType
from typing import Any

from autograd_tutor.kernel.categories import shown_name
from autograd_tutor.kernel.interrupts import Interrupts
from autograd_tutor.kernel.statements import Statements
from autograd_tutor.kernel.unseen import unseen
from autograd_tutor.limits import SPARE_FRAMES

_FUNCTION = 0x1 | 0x2  # CO_OPTIMIZED | CO_NEWLOCALS: class bodies and modules lack the first
_RESUMABLE = 0x20 | 0x80 | 0x200  # generators, coroutines, asynchronous generators
_Exception, _RecursionError = Exception, RecursionError  # the snippet may delete the builtins
_HANDLER = ("PUSH_EXC_INFO",)
_RETURNS = ("RETURN_VALUE", "RETURN_CONST")

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
        "failures",
        "frame",
        "function",
        "last",
        "line",
        "pending",
        "raised",
        "start",
        "tracer",
    )

    def __init__(self, tracer: Tracer, code: CodeType) -> None:
        self.tracer = tracer
        self.code = code
        self.frame: FrameType | None = None
        """None while it is not on the stack: the frame refers to its activation by `f_trace`, and a
        cycle would keep its locals alive, with their graphs."""
        self.function = tracer.function_name(code)
        self.pending = 0
        """First line of the statement that runs now; 0: none yet."""
        self.start = -1
        """Offset of the instruction at which that statement was entered."""
        self.last = -1
        """Offset of the latest line event in it."""
        self.line = 0
        """Physical line of that event."""
        self.raised = 0
        """The id() of the exception that has come since; 0: none."""
        self.failures: dict[int, int] = {}
        """By id() of an exception that a line raised, the snapshot of that line. Exceptions
        themselves are not held: their frames would live longer."""
        self.failure: int | None = None
        """The snapshot of the line that raised what was in flight when the statement was entered:
        an exception on its way out through `finally` or `with`, or one that is being handled."""

    @unseen
    def trace(self, frame: FrameType, event: str, arg: object) -> TraceFunction | None:
        """The local trace function of the frame."""
        tracer = self.tracer
        if not tracer.active:  # a generator of an earlier step resumes; that step is over
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

    def _handle(self, frame: FrameType, event: str, arg: object) -> None:
        if event == "line":
            self._line(frame)
        elif event == "exception":
            self.raised = id(arg[1])  # type: ignore[index]
        elif event == "return":
            self._return(frame, arg)

    def _line(self, frame: FrameType) -> None:
        tracer = self.tracer
        if tracer.stack[-1] is not self:
            tracer.enter(self, frame)
        if not self.pending and self.start < 0 and len(tracer.stack) > 1:
            tracer.observe_call(self, tracer.stack[-2].pending)
        physical = frame.f_lineno - tracer.lines_before
        line = tracer.statements.first_line(physical)
        offset = frame.f_lasti
        if self.pending:
            if line == self.pending and not self._is_repeated(physical, offset):
                self.last, self.line = offset, physical
                return
            raised = self.raised != 0 and self._is_handled(frame)
            index = tracer.line_done(self, self.pending, line, raised=raised)
            if raised:
                self.failures[self.raised] = index
            self.failure = self._in_flight(frame) if self.failures else None
        self.raised = 0
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

    def _is_handled(self, frame: FrameType) -> bool:
        """Whether this line handles the exception that has come: else that only ended a loop."""
        return self._is_at(frame, _HANDLER) or id(sys.exc_info()[1]) == self.raised

    def _in_flight(self, frame: FrameType) -> int | None:
        """The snapshot of the line that raised what is in flight where a line begins."""
        if self._is_at(frame, _HANDLER):  # of `with`; sys.exc_info() does not have it yet
            return self.failures[self.raised] if self.raised else self.failure
        handled = sys.exc_info()[1]
        if handled is None:
            self.failures.clear()
        return self.failures.get(id(handled))

    def _is_at(self, frame: FrameType, operations: Container[str]) -> bool:
        return dis.opname[self.code.co_code[frame.f_lasti]] in operations

    def _return(self, frame: FrameType, returned: object) -> None:
        tracer = self.tracer
        if tracer.stack[-1] is not self:
            tracer.enter(self, frame)
        # The last line of the step itself is recorded by `StepObserver.finish`.
        if self.pending and self.function:
            raised = self.raised != 0 and not self._is_at(frame, _RETURNS)
            tracer.line_done(self, self.pending, 0, returned, raised)
            suspended = not self.raised and self._suspended(frame)
            if not suspended or self.pending in tracer.statements.plain_yields:
                self.pending = 0
        tracer.leave(self)

    def _suspended(self, frame: FrameType) -> bool:
        if not self.code.co_flags & _RESUMABLE:
            return False
        return self._is_at(frame, ("YIELD_VALUE", "SEND"))


def _has_statements(name: str) -> bool:
    """Whether code of this name is a function: not a lambda or a comprehension, nor generated."""
    return name[:1] != "<" and name != "__annotate__"


def _codes_in(step: CodeType) -> dict[int, CodeType]:
    """A code object and all inside of it, by id(): comparing them takes longer."""
    found = {id(step): step}
    waiting = [step]
    while waiting:
        inner = [each for each in waiting.pop().co_consts if isinstance(each, CodeType)]
        found |= {id(each): each for each in inner}
        waiting += inner
    return found


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
        lines_before: int = 0,
    ) -> None:
        """`lines_before`: of the file, which Python counts and `statements` and records do not."""
        self.filename = step.co_filename
        self.lines_before = lines_before
        self.statements = statements
        self.observe_line = observe_line
        self.observe_call = observe_call
        self.interrupts = interrupts
        self.stack: list[Activation] = []
        """The calls that run, the step itself first."""
        self.active = False
        """Whether lines are followed."""
        self.fault: Exception | None = None
        """What this program itself raised; the recording ended there, the snippet ran on."""
        self.step_line = 0
        """First line of the step's own statement that runs or ran last."""
        self.step_failure: int | None = None
        """The `failure` of that statement."""
        self.passes = 0
        """How many backward passes run: each makes the functions that it calls one deeper."""
        self.codes = _codes_in(step)
        """All code of the step, by id()."""
        self._names: dict[CodeType, str] = {}
        self._previous: Any = None
        self._trace_function = self._call_tracer()

    def __enter__(self) -> Tracer:
        self._previous = sys.gettrace()
        self.active = True
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

    @property
    def is_installed(self) -> bool:
        """Whether nobody has replaced the trace function."""
        return self.owns(sys.gettrace())

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
        if self.is_installed:
            sys.settrace(None)

    def fail(self, fault: Exception) -> None:
        """This program itself raised: follow no further line."""
        self.fault = fault
        self.stop()

    def function_name(self, code: CodeType) -> str:
        """`Net.forward`; `` for the step itself."""
        name = self._names.get(code)
        if name is None:
            whole = code.co_qualname.replace("<locals>.", "")
            name = self._names[code] = "" if whole == "<module>" else shown_name(whole)
        return name

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
        filename, own = self.filename, self.codes

        @unseen
        def call(frame: FrameType, event: str, arg: object) -> TraceFunction | None:
            code = frame.f_code
            if code.co_filename != filename or id(code) not in own or not self.active:
                return None
            if code.co_name == "<module>":
                return None if self.stack else self._follow(frame, code)
            if code.co_flags & _FUNCTION != _FUNCTION or not _has_statements(code.co_name):
                return None
            try:
                return self._follow(frame, code)
            except _RecursionError:
                limit = sys.getrecursionlimit()
                sys.setrecursionlimit(limit + SPARE_FRAMES)
                try:
                    return self._follow(frame, code)
                finally:
                    sys.setrecursionlimit(limit)
            except _Exception as error:
                self.fail(error)
                return None

        return call

    def _follow(self, frame: FrameType, code: CodeType) -> TraceFunction:
        owner = getattr(frame.f_trace, "__self__", None)
        if type(owner) is Activation and owner.tracer is self:  # a generator resumes
            self.enter(owner, frame)
            owner.start = owner.last = -1
            return owner.trace
        activation = Activation(self, code)
        activation.frame = frame
        self.stack.append(activation)
        return activation.trace
