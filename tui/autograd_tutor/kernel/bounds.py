"""Which runs take more memory than they may, or work though nothing is asked of them."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator

from autograd_tutor.kernel import usage
from autograd_tutor.kernel.processes import RunProcess
from autograd_tutor.limits.kernel import USAGE_SECONDS, USAGE_SECONDS_IDLE
from autograd_tutor.recording.wire import EndCause


class Bounds:
    """Looks at what runs use, now and then. Nothing of that depends on what a run says."""

    def __init__(self) -> None:
        self.due = 0.0
        """When to look next, in seconds of monotonic()."""

    def look_soon(self) -> None:
        """A run has something to do now."""
        self.due = min(self.due, time.monotonic() + USAGE_SECONDS)

    def exceeded(
        self, runs: Collection[RunProcess], kept: Collection[int]
    ) -> Iterator[tuple[RunProcess, EndCause]]:
        """If it is time to look: the runs that are to be ended, and why.

        `kept`: the children of this process that are no runs.
        """
        now = time.monotonic()
        if not runs or now < self.due:
            return
        for run in [run for run in runs if run.cause is None]:
            pids = usage.members(run.pid, [*kept, *(other.pid for other in runs)])
            if usage.memory(pids, run.memory, run.folder) > run.memory:
                yield run, "memory"
            elif run.overworks(pids):
                yield run, "busy"
        busy = any(run.step is not None for run in runs)
        self.due = now + (USAGE_SECONDS if busy else USAGE_SECONDS_IDLE)
