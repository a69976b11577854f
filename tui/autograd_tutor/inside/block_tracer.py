"""Follows the lines of a block in a frame that runs already, and of functions of the same file."""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import Any

from autograd_tutor.inside.block import Block
from autograd_tutor.inside.variables import FrameVariables
from autograd_tutor.kernel.interrupts import Interrupts
from autograd_tutor.kernel.observer import StepObserver
from autograd_tutor.kernel.statements import Statements
from autograd_tutor.kernel.step_code import StepCode
from autograd_tutor.kernel.tracer import Activation, TraceFunction, Tracer
from autograd_tutor.kernel.unseen import unseen


class BlockActivation(Activation):
    """The run of the block itself: of its frame, the lines that are in it."""

    __slots__ = ()

    tracer: BlockTracer

    def _line(self, frame: FrameType) -> None:
        # Leaving a block, Python comes to the line of its `with` again.
        if frame.f_lineno in self.tracer.block.span:
            super()._line(frame)


class BlockTracer(Tracer):
    """A tracer that whoever uses it installs, and that gives back what it has found.

    `begin` and `end` instead of entering and leaving it as a context manager.
    """

    def __init__(self, block: Block, observer: StepObserver, variables: FrameVariables) -> None:
        statements = Statements(block.tree, "".join(block.lines))
        statements.first = statements.first_line(block.span.first)
        self.block = block
        self._variables = variables
        self._frame: FrameType | None = None
        self._followed_before: Any = None
        super().__init__(
            block.code, statements, observer.line_done, observer.called, Interrupts(),
            observer.watcher,
        )  # fmt: skip
        own = self._own_code = StepCode(block.code)
        own.function, own.is_followed = "", True
        self.codes.clear()
        self.own.clear()
        self.own.update(self.watcher.codes)
        self.codes[id(block.code)] = self.own[id(block.code)] = own

    @property
    def called(self) -> list[CodeType]:
        """The functions of the file that have run, but for the block's own."""
        every = self.codes.values()
        return [each.code for each in every if each.is_followed and each is not self._own_code]

    @property
    def trace_function(self) -> TraceFunction:
        """What is to be installed with `sys.settrace`."""
        return self._trace_function

    def begin(self, frame: FrameType | None) -> None:
        """Follow the lines of a frame; None: of the next one that runs the block's code."""
        self._previous = sys.gettrace()
        self.active = True
        if frame is not None:
            activation = self._activation(frame)
            frame.f_trace = activation.trace
            if self.block.in_header:  # no other line comes
                self.step_line = activation.pending = self.statements.first

    def end(self) -> Any:
        """Follow no further line; the trace function that is to be installed again."""
        self.active = False
        if self._frame is not None:
            self._frame.f_trace = self._followed_before
        for activation in self.stack:
            activation.frame = None
        self.stack.clear()
        self._frame = self._followed_before = None
        return self._previous

    def stop(self) -> None:
        """Follow no further line; whoever traced before goes on."""
        self.active = False
        if self.owns(sys.gettrace()):
            sys.settrace(self._previous)

    def _call_tracer(self) -> TraceFunction:
        call, codes, own, file = super()._call_tracer(), self.codes, self.own, self.block.file

        @unseen
        def call_in_file(frame: FrameType, event: str, arg: object) -> TraceFunction | None:
            code = frame.f_code
            if not self.active:  # the block has ended on another thread
                self.stop()
                return None
            if code.co_filename == file and id(code) not in own:
                codes[id(code)] = own[id(code)] = StepCode(code)
            followed: TraceFunction | None = call(frame, event, arg)
            return followed

        return call_in_file

    def _follow(self, frame: FrameType, code: StepCode) -> TraceFunction:
        if code is self._own_code and not self.stack and self._frame is None:
            begun: TraceFunction = self._activation(frame).trace
            return begun
        return super()._follow(frame, code)

    def _activation(self, frame: FrameType) -> BlockActivation:
        self._frame, self._followed_before = frame, frame.f_trace
        activation = BlockActivation(self, self._own_code)
        activation.frame = self._variables.frame = frame
        self.stack.append(activation)
        return activation
