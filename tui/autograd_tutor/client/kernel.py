"""A kernel that is there whenever a run is asked for: its thread, and its restart when lost."""

from __future__ import annotations

import contextlib
import functools
import os
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from types import TracebackType

from autograd_tutor import environment
from autograd_tutor.client.events import KernelEvent
from autograd_tutor.client.process import ZygoteProcess
from autograd_tutor.limits.records import CLOSE_SECONDS
from autograd_tutor.messages import _
from autograd_tutor.recording.invocation import Invocation
from autograd_tutor.recording.picture import LookRequest
from autograd_tutor.recording.wire import Broken, Ended, KillRun, Limits, StartRun, StepRequest

_ATTEND_SECONDS = 1.0


class Kernel:
    """A kernel process, started again when it is needed and gone.

    All methods return at once. `notify` gets what happens on a thread of the kernel's own, all
    events that arrived in one go, in order. `notify` must be quick (post and return) and must not
    raise: while it runs nothing is read, and a snippet that waits to be read is on the
    clock. For each run the last event is `Ended`, whatever happens.

    """

    def __init__(
        self, notify: Callable[[list[KernelEvent]], None], command: Sequence[str] | None = None
    ) -> None:
        self._notify = notify
        self._command = tuple(command or environment.boot("autograd_tutor.kernel.__main__"))
        self._ids = count(1)
        self._calls: deque[Callable[[], None]] = deque()
        self._events: list[KernelEvent] = []
        self._selector = selectors.DefaultSelector()
        self._woken, self._waker = socket.socketpair()
        for end in (self._woken, self._waker):
            end.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ, self._on_wake)
        self._closing = False
        self._lock = threading.Lock()
        self._zygote: ZygoteProcess | None = self._start_zygote()
        self._thread = threading.Thread(target=self._serve, name="kernel", daemon=True)
        self._thread.start()

    @property
    def torch(self) -> str | None:
        """The version of torch, once it is imported, so that runs start at once."""
        zygote = self._zygote
        return None if zygote is None or zygote.lost else zygote.torch

    def start_run(
        self,
        seed: int,
        setup: str,
        limits: Limits,
        path: Path | None = None,
        sandboxed: bool = False,
        invocation: Invocation = Invocation(),  # noqa: B008 - a frozen value
    ) -> int:
        """Start a fresh run; returns its id. It waits where torch is still being imported.

        `path` is the lesson's file. Modules beside it can be imported; a `.py` file is run as if
        by `python PATH`: it is the snippets' `__file__` and `sys.argv[0]`, and started as
        `invocation` says. `sandboxed`: without
        network, other programs, and files of the learner.

        Raises RuntimeError: the kernel has been closed.
        """
        if self._closing:
            raise RuntimeError("the kernel has been closed")
        with self._lock:
            if self._zygote is None or self._zygote.lost:
                self._zygote = self._start_zygote()
            zygote = self._zygote
        run = next(self._ids)
        file = None if path is None else os.fsencode(path)
        start = StartRun(run, seed, setup, limits, file, sandboxed, invocation)
        if zygote is None:
            self._call(lambda: self._events.append(Ended(run, "lost", 0)))
        else:
            self._call(lambda: zygote.start_run(start))
        return run

    def step(self, request: StepRequest) -> None:
        """Record one step in the run `request.run`, after those asked for before."""
        self._call(lambda: self._to_run(request.run, request))

    def look(self, request: LookRequest) -> None:
        """Ask for a picture of what exists in `request.run` after the steps asked for before."""
        self._call(lambda: self._to_run(request.run, request))

    def kill(self, run: int) -> None:
        """End a run now, whatever it does."""
        self._call(lambda: self._to_run(run, KillRun(run)))

    def close(self) -> None:
        """End the kernel and all of its runs; returns when they are gone. Can be repeated."""
        self._closing = True
        self._call(lambda: None)
        self._thread.join(3 * CLOSE_SECONDS)
        if self._thread.is_alive() and self._zygote is not None:
            # `notify` hangs, which is no reason to leave things running.
            self._zygote.guard.terminate()

    def __enter__(self) -> Kernel:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _start_zygote(self) -> ZygoteProcess | None:
        try:
            zygote = ZygoteProcess(self._command, self._selector, self._report)
        except OSError as error:
            reason = _("{command} cannot be started: {strerror}.").format(
                command=self._command[0], strerror=error.strerror
            )
            self._call(functools.partial(self._report, Broken(reason)))
            return None
        self._call(zygote.watch)
        return zygote

    def _report(self, event: KernelEvent) -> None:
        self._events.append(event)

    def _call(self, call: Callable[[], None]) -> None:
        """Have the kernel's thread do something: everything below belongs to it alone."""
        self._calls.append(call)
        with contextlib.suppress(BlockingIOError, OSError):  # awake anyway, or closed
            self._waker.send(b"\0")

    def _to_run(self, run: int, command: StepRequest | LookRequest | KillRun) -> None:
        zygote = self._zygote
        if zygote is not None and not zygote.lost:
            zygote.to_run(run, command)

    def _serve(self) -> None:
        attend_at = 0.0
        while not self._closing:
            awaited = self._zygote is not None and self._zygote.awaited
            ready = self._selector.select(_ATTEND_SECONDS if awaited else None)
            for key, events in ready:
                key.data(events)
            while self._calls:
                self._calls.popleft()()
            if self._zygote is not None and (not ready or time.monotonic() > attend_at):
                self._zygote.attend()
                attend_at = time.monotonic() + _ATTEND_SECONDS
            if self._events:
                events_now, self._events = self._events, []
                self._notify(events_now)
        if self._zygote is not None and not self._zygote.lost:
            self._zygote.close()
        self._selector.close()
        for end in (self._woken, self._waker):
            end.close()

    def _on_wake(self, _events: int) -> None:
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(4096)
