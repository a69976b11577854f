"""`record`, `record_step` and `watch`: what programs call."""

from __future__ import annotations

import contextlib
import inspect
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import CodeType, FrameType, FunctionType, MethodType, TracebackType
from typing import Any, ParamSpec, Self, TypeVar

import torch

from autograd_tutor.inside.block import block_around, block_of
from autograd_tutor.inside.findings import Finding, findings_of
from autograd_tutor.inside.recorder import BlockRecorder, Busy, Record
from autograd_tutor.kernel.failure import one_line
from autograd_tutor.recording.file import check_writable, save_frames
from autograd_tutor.recording.recognition import RecordingError
from autograd_tutor.recording.saved_lesson import Origin

P = ParamSpec("P")
R = TypeVar("R")

MOMENTS = 10_000
_ENDED_EARLY = {
    "snapshots": "it has as many moments as it may",
    "nodes": "its graph has as many nodes as are recorded",
    "bytes": "it takes as much memory as it may",
    "inputs": "a node has more inputs than are recorded",
    "tracing replaced": "another trace function was set in it",
}
"""Why a recording has ended before its block."""


class _Block:
    """Records the block of a `with` statement. What is computed, and raised, stays the same."""

    def __init__(self, moments: int) -> None:
        self._moments = moments
        self._recorder: BlockRecorder | None = None
        self._function: tuple[CodeType, dict[str, Any]] | None = None
        self._previous: Any = None
        """The trace function that there was."""

    def __enter__(self) -> Self:
        self._check()
        self._previous = sys.gettrace()
        self._begin(_entering(sys._getframe(1)))
        if self._recorder is not None:
            sys.settrace(self._recorder.trace_function)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return
        ours = sys.gettrace() is recorder.trace_function
        if ours:
            sys.settrace(None)
        self._end(recorder, error, replaced=not ours)
        if ours:
            sys.settrace(self._previous)
        self._previous = None

    def _begin(self, frame: FrameType) -> None:
        """Begin to record: `frame` is the one that enters the block."""
        function = self._function
        try:
            block = block_around(frame) if function is None else block_of(*function)
            variables = frame.f_globals if function is None else function[1]
            recorder = BlockRecorder(block, variables, self._moments)
            recorder.begin(frame if function is None else None)
        except Busy:
            self._failed("another block is being recorded")
        except Exception as fault:  # noqa: BLE001 - the program goes on
            self._failed(one_line(fault))
        else:
            self._recorder = recorder

    def _end(self, recorder: BlockRecorder, error: BaseException | None, replaced: bool) -> None:
        try:
            result = recorder.end(error, replaced)
            if result is not None:  # else this is a fork
                if result.truncated is not None:
                    reason = _ENDED_EARLY.get(result.truncated, result.fault or "")
                    self._say(f"not all of the block was recorded: {reason}")
                self._keep(*recorder.recorded(result))
        except RecordingError as flaw:
            self._say(str(flaw))
        except Exception as fault:  # noqa: BLE001 - the program goes on
            self._failed(one_line(fault))

    def _check(self) -> None:
        """Before anything is recorded. Raises RecordingError."""

    def _keep(self, origin: Origin, records: Iterator[Record]) -> None:
        """Do with a recording what it was made for. Raises RecordingError."""

    def _failed(self, reason: str) -> None:
        self._say(f"nothing was recorded: {reason}")

    def _say(self, text: str) -> None:
        """On standard error: a warning could be made an exception."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            print(f"autograd-tutor: {text}", file=sys.stderr)


class record(_Block):
    """Record the block of a `with` statement into a file, which `autograd-tutor FILE` opens.

    Of a process with a RANK among several, as torchrun starts them, `run.agt` becomes
    `run.rank0.agt`. Raises RecordingError, before the block, where the file cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], *, moments: int = MOMENTS) -> None:
        """`moments`: after so many the recording ends, and the block goes on."""
        super().__init__(moments)
        self.path = _of_rank(Path(path))
        """Where the recording is written when the block is over."""

    def _check(self) -> None:
        check_writable(self.path)

    def _keep(self, origin: Origin, records: Iterator[Record]) -> None:
        save_frames(origin, records, self.path)


def record_step(
    path: str | os.PathLike[str],
    function: Callable[P, R],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> R:
    """Call a function with these arguments, and record its lines into a file, as `record` does.

    A module's are those of its `forward`. Raises TypeError for what is not written in Python.
    """
    recording = record(path)
    recording._function = _python_of(function)
    with recording:
        return function(*args, **kwargs)


class watch(_Block):
    """Look at the block of a `with` statement for what goes wrong with autograd in it."""

    def __init__(self, *, moments: int = MOMENTS) -> None:
        """`moments`: after so many it is not looked at any more, and goes on."""
        super().__init__(moments)
        self._found: tuple[Finding, ...] | None = None
        self._reason = "the block is not over"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What goes wrong, or probably does, the worst first. Raises RuntimeError: not known."""
        return tuple([each for each in self._all if each.certainty != "note"])

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What would be a mistake if it were not, most likely, meant."""
        return tuple([each for each in self._all if each.certainty == "note"])

    @property
    def _all(self) -> tuple[Finding, ...]:
        if self._found is None:
            raise RuntimeError(f"there are no findings: {self._reason}")
        return self._found

    def _keep(self, origin: Origin, records: Iterator[Record]) -> None:
        self._found = findings_of(origin, records)

    def _failed(self, reason: str) -> None:
        self._reason = f"nothing was recorded, as {reason}"


def _entering(frame: FrameType) -> FrameType:
    """The frame whose block begins: that of a program, if this comes by way of an ExitStack."""
    while frame.f_code.co_filename == contextlib.__file__ and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _of_rank(path: Path) -> Path:
    rank, ranks = os.environ.get("RANK", ""), os.environ.get("WORLD_SIZE", "")
    if not (rank.isdecimal() and ranks.isdecimal() and int(ranks) > 1):
        return path
    return path.with_name(f"{path.stem}.rank{rank}{path.suffix}")


def _python_of(function: Any) -> tuple[CodeType, dict[str, Any]]:
    """The code of what is called, and its global variables."""
    while not isinstance(function, FunctionType):
        if isinstance(function, partial):
            function = function.func
        elif isinstance(function, MethodType):
            function = function.__func__
        elif isinstance(function, torch.nn.Module):
            function = type(function).forward
        else:
            function = getattr(type(function), "__call__", None)  # noqa: B004
            if not isinstance(function, FunctionType):
                raise TypeError("only functions written in Python can be recorded")
    inner = inspect.unwrap(function)
    return inner.__code__, inner.__globals__
