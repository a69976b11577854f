"""Starts runs: has the spare of the warm process be one, or forks it from the zygote."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from selectors import BaseSelector

from autograd_tutor.kernel import usage
from autograd_tutor.kernel.preload import Preloader
from autograd_tutor.kernel.processes import RunProcess, fork
from autograd_tutor.kernel.scratch import Scratch
from autograd_tutor.kernel.warm import Warm
from autograd_tutor.recording.wire import ForkRun, StartRun, encode

_TOKEN_BYTES = 16


class Starter:
    """Makes the processes of runs, and sees that they find imported what is slow to import."""

    def __init__(
        self,
        selector: BaseSelector,
        scratch: Scratch,
        close_in_fork: Callable[[], None],
        wake: Callable[[], None],
    ) -> None:
        """`close_in_fork` closes what belongs to the zygote; `wake` wakes its loop."""
        self._scratch = scratch
        self._close_in_fork = close_in_fork
        self._preloader = Preloader(wake)
        self._memory = usage.memory([os.getpid()], 0)
        """MiB, which runs inherit."""
        self.warm = Warm(selector, close_in_fork)

    def has_to_wait(self) -> bool:
        """Whether a run had better not start now: until this calls `wake`, or `warm.due`."""
        self.warm.prepare()
        return self._preloader.busy or self.warm.coming

    def finish(self) -> None:
        """Call this when the loop was woken."""
        self._preloader.finish()

    def note_slow(self, run: RunProcess, names: tuple[str, ...]) -> None:
        """A run has imported these: have later runs find them imported."""
        if names and not run.warm and not self.warm.begin(urgent=True):
            self._preloader.request(names)

    def start(self, start: StartRun, data: socket.socket) -> RunProcess | None:
        """A new run, to which its `outgoing` is to be sent; None: there can be none."""
        folder = self._scratch.make(start.run) if start.sandboxed else ""
        request = ForkRun(start, os.urandom(_TOKEN_BYTES), folder)
        with data:
            spare = self.warm.take(data)
            if spare is None:
                return self._fork(request, data)
        run = RunProcess(request, spare.pid, spare.link, spare.inherited, warm=True)
        run.outgoing = encode(request)
        return run

    def _fork(self, request: ForkRun, data: socket.socket) -> RunProcess | None:
        from autograd_tutor.kernel.run import execute

        ours, theirs = socket.socketpair()
        zygote = os.getpid()

        def be_run() -> None:
            ours.close()
            self._close_in_fork()
            execute(request, theirs, data, zygote)

        with theirs:
            pid = fork(be_run)
        if not pid:
            ours.close()
            return None
        ours.setblocking(False)
        return RunProcess(request, pid, ours, self._memory)
