"""The process that reads lessons: `reading_process` starts it, asks it, and can end it.

What Python and YAML make of a file can take long and much memory, holds the GIL and cannot be
interrupted. So here the system itself ends what takes too long, takes too much, or is left alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from msgspec import Struct

from autograd_tutor import messages
from autograd_tutor.course import packed, translation_file
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import LessonError, Problem
from autograd_tutor.limits.lessons import READ_MEMORY, READER_MEMORY
from autograd_tutor.messages import _

READY = b"ready"
_MOST_MIB = READ_MEMORY // 2**20


def too_much() -> tuple[str, str]:
    """What is wrong with a file that takes too much memory, and the mend."""
    return (
        _("reading the file takes more than {most} MiB of memory").format(most=_MOST_MIB),
        _("make it shorter or simpler"),
    )


class Request(Struct, frozen=True):
    """Read the lesson in this file, in at most so many seconds."""

    path: bytes
    folder: bytes
    """What a relative path begins at; nothing where the folder is no longer there."""
    seconds: float
    languages: tuple[str, ...] = ()
    """Those to look for, the best first."""


class Reply(Struct, frozen=True):
    """The lesson without its id, which may be no text, or what is wrong with it."""

    lesson: Lesson | None = None
    problems: tuple[Problem, ...] = ()
    exhausted: bool = False
    """Whether the problem is one of memory, and not of the file alone."""
    spent: bool = False
    """Whether the process has grown too large to be kept."""


def main() -> None:
    """Serve the one who started the process, over standard input, until that is closed."""
    signals = (signal.SIGALRM, signal.SIGIO)
    for number in signals:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    for limit, most in ((resource.RLIMIT_AS, READ_MEMORY), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(OSError, ValueError):  # the system's own may be lower
            resource.setrlimit(limit, (most, most))
    serve(socket.socket(fileno=0))


def serve(connection: socket.socket) -> None:
    """Answer requests, one after the other."""
    packed.send(connection, READY)
    while (data := packed.receive(connection)) is not None:
        request = packed.unpack(data, Request)
        messages.choose(request.languages)
        with _bounded(connection, request.seconds):
            answer = packed.pack(_reply(request))
        packed.send(connection, answer)


def _reply(request: Request) -> Reply:
    with contextlib.suppress(OSError):
        os.chdir(request.folder)
    path = Path(os.fsdecode(request.path))
    lesson: Lesson | None = None
    problems: tuple[Problem, ...] = ()
    exhausted = False
    try:
        lesson = replace(translation_file.read(path, request.languages), id="")
    except LessonError as error:
        problems = error.problems
    except MemoryError:
        problems, exhausted = (Problem(path, 1, 1, *too_much()),), True
    return Reply(lesson, problems, exhausted, _peak() > READER_MEMORY)


def _peak() -> int:
    """The most bytes of memory that the process has held so far."""
    with contextlib.suppress(OSError):  # getrusage counts what its parent held when it was forked
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@contextlib.contextmanager
def _bounded(connection: socket.socket, seconds: float) -> Iterator[None]:
    """End the process when time is up, or the other end of the connection is closed meanwhile."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    flags = fcntl.fcntl(connection, fcntl.F_GETFL)
    fcntl.fcntl(connection, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(connection, fcntl.F_SETFL, flags | os.O_ASYNC)
    with contextlib.suppress(BlockingIOError):  # nothing comes now: what does is its end
        connection.recv(1, socket.MSG_DONTWAIT)
        os._exit(0)
    yield
    fcntl.fcntl(connection, fcntl.F_SETFL, flags)
    signal.setitimer(signal.ITIMER_REAL, 0)
