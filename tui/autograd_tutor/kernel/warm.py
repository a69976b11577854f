"""The zygote's handle on its warm process, and on the run that this keeps ready, the *spare*.

The spare is a child of the zygote, so deadlines, kills and counts stay with the zygote. Where warm
process or spare are not there, or do not answer, the zygote forks the run itself.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from selectors import EVENT_READ, BaseSelector
from typing import NamedTuple

from autograd_tutor import linux
from autograd_tutor.kernel import usage
from autograd_tutor.kernel.processes import fork
from autograd_tutor.kernel.warm_process import NUMBER, YES, serve
from autograd_tutor.limits.kernel import (
    WARM_ANSWER_SECONDS,
    WARM_AVAILABLE_MEMORY,
    WARM_IDLE_SECONDS,
    WARM_MEMORY,
    WARM_SPARE_SECONDS,
    WARM_TRIES,
)

VARIABLE = "AUTOGRAD_TUTOR_WARM"
"""0: there is to be no warm process."""

_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


class Spare(NamedTuple):
    """A process that becomes a run when a data socket and a `ForkRun` come over `link`."""

    pid: int
    link: socket.socket
    inherited: int
    """MiB that it has from the warm process."""


class Warm:
    """Begins the warm process when there is nothing to do, and has it keep a spare ready."""

    def __init__(self, selector: BaseSelector, close_in_fork: Callable[[], None]) -> None:
        """`close_in_fork` closes what belongs to the zygote, this handle too."""
        self._selector = selector
        self._close_in_fork = close_in_fork
        self._pid = 0
        self._link: socket.socket | None = None
        self._urgent = False
        self._spare: Spare | None = None
        self._ready = False
        """Whether the spare is the zygote's child by now, and listens."""
        self._inherited: int | None = None
        """MiB of the warm process when it has imported all; None before."""
        self._ended: set[int] = set()
        """Killed, and not reaped yet."""
        self._possible = sys.platform == "linux" and os.environ.get(VARIABLE) != "0"
        """Whether the system lets the zygote adopt a spare, and this is not switched off."""
        self._tries = WARM_TRIES
        self._asked = False
        """Whether the warm process makes a spare."""
        self._next: float | None = None
        """When to begin the warm process, or to ask it for a spare."""
        self._late: float | None = None
        """When not to wait any more for a spare that is to come; both in seconds of monotonic()."""

    @property
    def pids(self) -> set[int]:
        """The processes that are the zygote's children, or will be, and no runs."""
        return {pid for pid in (self._pid, self._spare and self._spare.pid) if pid} | self._ended

    @property
    def coming(self) -> bool:
        """Whether there is a spare in some milliseconds, so that a run had better wait for it."""
        return self._late is not None

    @property
    def due(self) -> list[float]:
        """When to call `look`, if nothing happens before."""
        return [time for time in (self._next, self._late) if time is not None]

    def look(self, idle: bool) -> None:
        """Call this when something has happened. `idle`: no run has anything to do."""
        now = time.monotonic()
        for pid in list(self._ended):
            with suppress(ChildProcessError):
                if os.waitpid(pid, os.WNOHANG)[0] == 0:
                    continue
            self._ended.discard(pid)
        if self._late is not None and now >= self._late:
            self._late = None
        if any(map(_halted, self.pids - self._ended)):
            self._fail()
        if self._pid:
            wanted, seconds = self._lacks_spare, WARM_SPARE_SECONDS
        else:
            wanted = idle and self._possible and self._tries > 0
            seconds = WARM_IDLE_SECONDS
        if not wanted:
            self._next = None
        elif self._next is None:
            self._next = now + seconds
        elif now >= self._next:
            self._next = None
            self.prepare()
            self.begin(urgent=False)

    def begin(self, urgent: bool) -> bool:
        """See that there is a warm process; False: this system is to have none.

        `urgent`: a run has waited for what it imports. Else it waits for an idle processor.
        """
        if self._pid and urgent and not self._urgent and self._inherited is None:
            self._end()
        if not self._pid and self._possible and self._tries:
            self._urgent = urgent
            self._possible = _enough_memory() and self._fork()
        return self._possible

    def prepare(self) -> None:
        """See that there is a spare, if there can be one by now."""
        if self._lacks_spare:
            self._asked = True
            self._late = time.monotonic() + WARM_ANSWER_SECONDS
            self._send()

    @property
    def _lacks_spare(self) -> bool:
        return self._inherited is not None and self._spare is None and not self._asked

    def take(self, data: socket.socket) -> Spare | None:
        """A spare that has this data socket now, and leaves its link to the caller; None: none."""
        spare = self._spare
        if spare is None or not self._ready:
            return None
        self._spare, self._ready = None, False
        self._selector.unregister(spare.link)
        try:
            if _halted(spare.pid):
                raise ConnectionError
            spare.link.settimeout(WARM_ANSWER_SECONDS)
            socket.send_fds(spare.link, [YES], [data.fileno()])
            if spare.link.recv(len(YES)) != YES:  # it was killed just now
                raise ConnectionError
            spare.link.setblocking(False)
        except OSError:
            spare.link.close()
            self._ended.add(spare.pid)
            linux.kill(spare.pid)
            self._fail()
            return None
        return spare

    def close(self) -> None:
        """In a fork: leave it to the zygote."""
        for end in (self._link, self._spare and self._spare.link):
            if end is not None:
                end.close()

    def _fork(self) -> bool:
        zygote = os.getpid()
        try:
            ours, theirs = socket.socketpair()
        except OSError:
            return False

        def be_warm() -> None:
            ours.close()
            self._close_in_fork()
            serve(theirs, zygote, self._urgent)

        with theirs:
            self._pid = fork(be_warm)
        if not self._pid:
            ours.close()
            return False
        ours.setblocking(False)
        self._link = ours
        self._selector.register(ours, EVENT_READ, lambda _events: self._on_link(ours))
        return True

    def _on_link(self, link: socket.socket) -> None:
        """A spare arrives, or the warm process has ended."""
        if link is not self._link:
            return
        try:
            number, descriptors, _, _ = socket.recv_fds(link, NUMBER, 1)
        except OSError:
            number, descriptors = b"", []
        ends = [socket.socket(fileno=descriptor) for descriptor in descriptors]
        if len(number) < NUMBER or len(ends) != 1 or self._spare is not None:
            for end in ends:
                end.close()
            self._fail()
            return
        pid, end = int.from_bytes(number, "big"), ends[0]
        end.set_inheritable(False)
        end.setblocking(False)
        if self._inherited is None:
            self._inherited = usage.memory([pid], sys.maxsize)
        self._spare, self._asked = Spare(pid, end, self._inherited), False
        self._selector.register(end, EVENT_READ, lambda _events: self._on_spare(end))
        self._late = time.monotonic() + WARM_ANSWER_SECONDS
        self._send()  # it may be adopted now, since `pids` has it

    def _on_spare(self, link: socket.socket) -> None:
        """The spare is ready, or it has ended."""
        if self._spare is None or self._spare.link is not link:
            return
        try:
            self._ready = link.recv(len(YES)) == YES and not self._ready
        except OSError:
            self._ready = False
        self._late = None
        if not self._ready:
            self._fail()

    def _send(self) -> None:
        if self._link is not None:
            with suppress(OSError):  # it has ended, which reading shows
                self._link.send(YES)

    def _fail(self) -> None:
        self._tries -= 1
        self._end()

    def _end(self) -> None:
        """End warm process and spare."""
        for end in (self._link, self._spare and self._spare.link):
            if end is not None:
                self._selector.unregister(end)
                end.close()
        self._ended |= self.pids
        for pid in self._ended:
            linux.kill(pid)
        self._pid, self._link, self._spare = 0, None, None
        self._ready = self._asked = False
        self._inherited = self._late = None


def _halted(pid: int) -> bool:
    """Whether a child has ended, or was stopped."""
    options = os.WEXITED | os.WSTOPPED | os.WNOHANG | os.WNOWAIT
    with suppress(ChildProcessError):  # a spare that is not adopted yet
        return os.waitid(os.P_PID, pid, options) is not None
    return False


def _enough_memory() -> bool:
    """Whether the machine, or the container, has WARM_MEMORY, of which enough is available."""
    kibibytes: dict[str, int] = {}
    with suppress(OSError, ValueError, IndexError):
        for row in Path("/proc/meminfo").read_text().splitlines():
            kibibytes[row.split()[0]] = int(row.split()[1])
    total = kibibytes.get("MemTotal:", 0) // 1024
    for path in _CGROUP_LIMITS:
        with suppress(OSError, ValueError):  # not there, or `max`
            total = min(total, int(Path(path).read_text()) // 2**20)
    available = kibibytes.get("MemAvailable:", 0) // 1024
    return total >= WARM_MEMORY and available >= WARM_AVAILABLE_MEMORY
