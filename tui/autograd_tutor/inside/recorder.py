"""Records a block of a program that runs, and leaves the process as it was."""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from time import perf_counter
from types import FrameType
from typing import Any

from autograd_tutor.inside.block import Block, shown
from autograd_tutor.inside.block_tracer import BlockTracer
from autograd_tutor.inside.lines import ShownLines
from autograd_tutor.inside.origin import origin_of
from autograd_tutor.inside.variables import FrameVariables
from autograd_tutor.kernel.categories import SNIPPET_MODULES, TYPES
from autograd_tutor.kernel.failure import describe, one_line
from autograd_tutor.kernel.graph import Graph
from autograd_tutor.kernel.interrupts import Interrupts
from autograd_tutor.kernel.memory import notice_resizing
from autograd_tutor.kernel.observer import StepObserver
from autograd_tutor.kernel.other_threads import OtherThreads
from autograd_tutor.kernel.own_references import hide_own_references
from autograd_tutor.kernel.pass_recorder import PassRecorder
from autograd_tutor.kernel.passes import Passes
from autograd_tutor.kernel.recorded_state import RecordedState
from autograd_tutor.kernel.running_pass import RunningPass
from autograd_tutor.kernel.saved import assume_hooks
from autograd_tutor.kernel.unseen import unseen
from autograd_tutor.kernel.watched_calls import CallWatcher
from autograd_tutor.limits.kernel import MOST_CHAIN_NODES
from autograd_tutor.limits.records import RECORD_BYTES
from autograd_tutor.recording.model import Error, Snapshot, StepResult
from autograd_tutor.recording.saved_lesson import Origin
from autograd_tutor.recording.wire import (
    FrameReader,
    Limits,
    ResultRecord,
    SnapshotRecord,
    StepRequest,
    encode,
)

Record = SnapshotRecord | ResultRecord

_given = 0
"""How many nodes of this process have got an id."""
_one_at_a_time = threading.Lock()
_current: weakref.ref[BlockRecorder] | None = None


class Busy(Exception):
    """Another block is being recorded."""


class _OwnPasses(PassRecorder):
    """Records the passes of the thread that the block runs on."""

    def pass_begins(self, running: RunningPass) -> bool:
        return not running.in_thread and super().pass_begins(running)


class _FileThreads(OtherThreads):
    """Counts the threads that run code of a file."""

    def __init__(self, file: str) -> None:
        super().__init__(())
        self._file = file

    @unseen
    def _call(self, frame: FrameType, event: str, arg: object) -> None:
        if frame.f_code.co_filename == self._file:
            self.count += 1
            sys.settrace(None)


class BlockRecorder:
    """The recording of one block. Between `begin` and `end`, `trace_function` has to be installed.

    Raises Busy in a process that records another one.
    """

    def __init__(self, block: Block, variables: dict[str, Any], moments: int) -> None:
        """`variables`: the globals of the block."""
        if not _one_at_a_time.acquire(blocking=False):
            raise Busy
        self._block = block
        self._frames: list[bytes] = []
        self._sent = 0
        self._pid, self._thread = os.getpid(), threading.get_ident()
        self._began = 0.0
        self._limits = Limits(snapshots=moments, nodes=MOST_CHAIN_NODES)
        with ExitStack() as undo:
            undo.callback(_one_at_a_time.release)
            undo.callback(TYPES.clear)
            TYPES.clear()  # which classes are the program's own depends on where the block is
            if block.module not in SNIPPET_MODULES:
                SNIPPET_MODULES.add(block.module)
                undo.callback(SNIPPET_MODULES.discard, block.module)
            self._make_parts(variables)
            self._undo = undo.pop_all()

    def _make_parts(self, variables: dict[str, Any]) -> None:
        self._graph = Graph(_given, own_process=False)
        state = RecordedState(self._graph)
        seen = self._seen = FrameVariables(variables)
        request = StepRequest(0, 0, "", self._block.file, (), None, self._limits)
        self._observer = StepObserver(
            request, state, self._graph, seen, self._emit, lambda: "", lambda: self._sent
        )
        self._watcher = self._observer.watcher = CallWatcher(variables)
        self._tracer = BlockTracer(self._block, self._observer, seen)
        self._passes = Passes(_OwnPasses(self._observer, state), Interrupts())
        self._threads = _FileThreads(self._block.file)

    @property
    def trace_function(self) -> Any:
        """What Python is to call."""
        return self._tracer.trace_function

    def begin(self, frame: FrameType | None) -> None:
        """Record what comes next in a frame; None: in the next one of the block's code."""
        global _current
        self._began = perf_counter()
        try:
            self._tracer.begin(frame)
            self._undo.callback(notice_resizing())
            self._undo.callback(hide_own_references())
            assume_hooks()
            self._observer.begin(self._tracer)
            self._undo.enter_context(self._passes)
            if threading.gettrace() is None:  # else that is a debugger's
                self._undo.enter_context(self._threads)
            self._undo.callback(self._watcher.remove_marks)
            _current = weakref.ref(self)
        except BaseException:
            self.leave()
            raise

    def end(self, error: BaseException | None, replaced: bool) -> StepResult | None:
        """The block is over. `replaced`: it has set a trace function of its own.

        None in a process that the block has forked.
        """
        try:
            if os.getpid() != self._pid:
                return None
            observer = self._observer
            observer.replaced = replaced and self._tracer.active
            raised, fault = None, None
            try:
                raised = None if error is None else self._described(error)
                observer.finish(raised)
            except Exception as flaw:  # noqa: BLE001 - the program goes on
                fault = one_line(flaw)
            return StepResult(
                step=0,
                ok=error is None,
                snapshots=observer.count,
                nodes=observer.nodes,
                truncated="recording failed" if fault else observer.truncated,
                failed=(),
                error=raised,
                seconds=perf_counter() - self._began,
                fault=fault or observer.fault,
                threads=self._threads.count,
            )
        finally:
            self.leave()

    def leave(self) -> Any:
        """Undo all that this has changed, but for the trace function: that is returned."""
        global _current, _given
        _current, _given = None, self._graph.count
        previous = self._tracer.end()
        self._undo.close()
        self._seen.forget()
        return previous

    def abandon(self) -> None:
        """Record nothing more: this process is a fork that the block has made."""
        self._observer.abandon()
        previous = self.leave()
        if threading.get_ident() == self._thread:
            sys.settrace(previous)

    def recorded(self, result: StepResult) -> tuple[Origin, Iterator[Record]]:
        """What a recording of it consists of, with the lines that are shown."""
        code, first_line = shown(self._block, self._tracer.called)
        lines = ShownLines(first_line, code.count("\n") + 1)
        origin = origin_of(self._block.name, code, first_line, self._limits)
        return origin, map(lines.record, chain(self._decoded(), [ResultRecord(result)]))

    def _decoded(self) -> Iterator[Record]:
        reader: FrameReader[Record] = FrameReader(SnapshotRecord | ResultRecord)
        frames, self._frames = self._frames, []
        for frame in frames:
            yield from reader.feed(frame)

    def _emit(self, snapshot: Snapshot) -> None:
        frame = encode(SnapshotRecord(snapshot))
        if len(frame) > RECORD_BYTES:
            raise ValueError(f"one moment would take more than {RECORD_BYTES // 2**20} MiB")
        self._sent += len(frame)
        self._frames.append(frame)

    def _described(self, error: BaseException) -> Error:
        code = self._block.code
        return describe(error, self._block.file, (self._block.file,), (id(code),))


def _forked() -> None:
    recorder = None if _current is None else _current()
    if recorder is not None:
        recorder.abandon()


os.register_at_fork(after_in_child=_forked)
