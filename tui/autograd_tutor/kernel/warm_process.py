"""The warm process: a fork of the zygote that imports what is slow to import, then forks spares.

Over its link to the zygote it sends of each spare the process id, with a socket. The zygote answers
with YES when it knows the spare; a second YES asks for the next.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import socket
import threading
import time
from contextlib import suppress
from importlib import import_module
from select import select
from typing import NoReturn

from autograd_tutor import linux
from autograd_tutor.kernel import preload
from autograd_tutor.kernel.processes import fork
from autograd_tutor.limits.kernel import WARM_PROCESSOR_SECONDS
from autograd_tutor.recording.wire import ForkRun, FrameReader

NUMBER = 4
"""Bytes of a process id."""
YES = b"!"

_CHUNK = 2**18
_NICE = 5
"""What is left to runs is three times as much."""
_PAUSE = 0.001
_THREAD_END_SECONDS = 2.0


def serve(link: socket.socket, zygote: int, urgent: bool) -> NoReturn:
    """Import, then make a spare, and another one each time it is used."""
    linux.die_with_parent(signal.SIGKILL)
    if os.getppid() != zygote:  # it ended before die_with_parent
        os._exit(0)
    _import_slow(urgent)
    _make_spare(link, zygote)
    while link.recv(len(YES)):
        _make_spare(link, zygote)
    os._exit(0)


def _import_slow(urgent: bool) -> None:
    """Import SLOW_MODULES or end this process. If that is not `urgent`, when a processor is idle.

    On a thread: an ordinary user cannot take a low priority back, and runs would inherit it.
    """
    imported: list[str] = []

    def import_all() -> None:
        with suppress(OSError):
            if urgent:
                os.setpriority(os.PRIO_PROCESS, 0, _NICE)  # of this thread, in Linux
            else:
                os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        for name in preload.SLOW_MODULES:
            import_module(name)
            imported.append(name)
        for name in preload.ALSO:
            with suppress(ImportError):
                import_module(name)

    before = dict(os.environ)
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    ignored = signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    with suppress(ValueError, OSError):  # less is allowed anyway
        resource.setrlimit(resource.RLIMIT_CPU, (WARM_PROCESSOR_SECONDS, hard))
    gc.disable()  # as when torch itself is imported
    thread = threading.Thread(target=import_all)
    thread.start()
    thread.join()
    if len(imported) < len(preload.SLOW_MODULES) or not _alone():
        os._exit(1)
    gc.freeze()
    gc.enable()
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
    signal.signal(signal.SIGXCPU, ignored)
    for name in os.environ.keys() - before.keys():
        del os.environ[name]  # it may name the temporary folder, which is another in a sandbox


def _alone() -> bool:
    """Whether this process has one thread only, so that its forks are safe; one may just end."""
    late = time.monotonic() + _THREAD_END_SECONDS
    while len(os.listdir("/proc/self/task")) > 1:
        if time.monotonic() > late:
            return False
        time.sleep(_PAUSE)
    return True


def _make_spare(link: socket.socket, zygote: int) -> None:
    """Fork a process that forks the spare and ends, so that the zygote adopts the spare."""
    ours, theirs = socket.socketpair()

    def be_spare() -> None:
        ours.close()
        link.close()
        _be_spare(theirs, zygote)

    def be_between() -> None:
        if pid := fork(be_spare):
            socket.send_fds(link, [pid.to_bytes(NUMBER, "big")], [ours.fileno()])
            link.recv(len(YES))
            os._exit(0)

    with ours, theirs:
        between = fork(be_between)
        if not between or os.waitpid(between, 0)[1] != 0:
            os._exit(1)


def _be_spare(link: socket.socket, zygote: int) -> NoReturn:
    """Wait until the zygote asks for a run, and be that."""
    from autograd_tutor.kernel.run import execute

    while os.getppid() != zygote:
        if select([link], [], [], _PAUSE)[0]:  # the zygote does not want it, or is gone
            os._exit(0)
    linux.die_with_parent(signal.SIGKILL)
    if os.getppid() != zygote:
        os._exit(0)
    link.sendall(YES)
    _, descriptors, _, _ = socket.recv_fds(link, len(YES), 1)
    if not descriptors:
        os._exit(0)
    link.sendall(YES)
    os.set_inheritable(descriptors[0], False)
    data = socket.socket(fileno=descriptors[0])
    reader: FrameReader[ForkRun] = FrameReader(ForkRun)
    while received := link.recv(_CHUNK):
        for request in reader.feed(received):
            execute(request, link, data, zygote)
    os._exit(0)
