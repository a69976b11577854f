"""Lessons are read in a process that can be ended; here it is started, asked and ended.

A process that is ready is kept for the next file. Any thread may ask; it waits for the answer
without the GIL, so that keys are served meanwhile. Nothing is left when the program ends, however
it does: the process ends with its connection, even while it is stuck.

The first is a fork of this program, which is ready at once. That is safe only while there is one
thread; later ones start as programs of their own.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from autograd_tutor.course import packed, reader
from autograd_tutor.course.lesson_file import lesson_id
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import LessonError, Problem, Unread
from autograd_tutor.course.reader import Reply, Request, too_much
from autograd_tutor.course.reading import no_path
from autograd_tutor.descriptors import close_all_but
from autograd_tutor.limits.lessons import READ_SECONDS, READER_START_SECONDS
from autograd_tutor.limits.records import CLOSE_SECONDS
from autograd_tutor.messages import _

_BOOT = (
    "import sys; sys.path[:] = sys.argv[1:]; from autograd_tutor.course.reader import main; main()"
)
_SPARE_SECONDS = 1.0
"""Seconds more than the process gives itself, after which it is ended from here."""

_POLL_SECONDS = 0.001
"""Seconds between two looks at whether a fork has ended, which happens at once when it does."""


def prepare() -> None:
    """Have a process for the file that is read next; only while this program has one thread."""
    if not _ready:
        with contextlib.suppress(OSError):
            _ready.append(_Process(_fork))


def read(path: Path, seconds: float = READ_SECONDS, languages: tuple[str, ...] = ()) -> Lesson:
    """The lesson in a file, as `lesson_file.read` has it. Waits for at most about so many seconds.

    Raises LessonError with all its problems, Unread where reading it takes too much.
    """
    try:
        folder = os.fsencode(os.getcwd())
    except OSError:
        folder = b""
    try:
        request = Request(os.fsencode(path), folder, seconds, languages)
    except ValueError as error:
        raise no_path(path) from error
    reply = _ask(path, request)
    if reply.lesson is not None:
        return replace(reply.lesson, id=lesson_id(reply.lesson.path))
    raise (Unread if reply.exhausted else LessonError)(reply.problems)


def close() -> None:
    """End all processes, for good."""
    _closed.set()
    _ready.clear()
    for process in tuple(_running):
        process.end()


def _ask(path: Path, request: Request) -> Reply:
    try:
        process = _taken()
    except OSError as error:
        reason = _("the process that reads it cannot be started: {strerror}").format(
            strerror=error.strerror
        )
        raise _unread(path, reason, _("close other programs")) from error
    try:
        reply = process.ask(request)
    except (OSError, ValueError) as error:
        raise _unread(path, *_reason(process, error, request.seconds)) from error
    except BaseException:  # Ctrl-C, which is not to leave it busy
        process.end()
        raise
    if reply.spent or _ready:
        process.end()
    else:
        _ready.append(process)
    return reply


def _taken() -> _Process:
    """A process that nobody else asks meanwhile."""
    while _ready:
        with contextlib.suppress(IndexError):  # another thread was faster
            process = _ready.pop()
            if process.alive:
                return process
            process.end()
    if _closed.is_set():
        raise OSError(errno.ESHUTDOWN, _("the program is ending"))
    return _Process(_spawn)


def _unread(path: Path, reason: str, mend: str) -> Unread:
    return Unread((Problem(path, 1, 1, reason, mend),))


def _reason(process: _Process, error: Exception, seconds: float) -> tuple[str, str]:
    """Why there is no answer from a process, and the mend; the process is ended."""
    code = None if isinstance(error, TimeoutError) else process.status()
    process.end()
    if isinstance(error, _NotStarted):
        return _("the process that reads it does not start"), _("try again")
    if isinstance(error, TimeoutError) or code == -signal.SIGALRM:
        return _("reading the file takes longer than {seconds:g} s").format(seconds=seconds), _(
            "make it shorter or simpler"
        )
    if code == -signal.SIGKILL:
        return too_much()
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return _("Python crashes over the file ({name})").format(name=name), _(
            "make it shorter or simpler"
        )
    return _("reading the file failed, which is a fault of autograd-tutor"), _("please report it")


class _NotStarted(OSError):
    """A process takes longer to start than any does."""


class _Process:
    """One such process, and the connection to it."""

    def __init__(self, start: Callable[[socket.socket], _Started]) -> None:
        """Start it. Raises OSError."""
        self._connection, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = start(theirs)
            except BaseException:
                self._connection.close()
                raise
        self._started = False
        _running.add(self)

    @property
    def alive(self) -> bool:
        """Whether it is there to be asked."""
        return self._process.poll() is None

    def ask(self, request: Request) -> Reply:
        """Its answer. Raises OSError or ValueError where there is none."""
        if not self._started:
            self._await_start()
        self._connection.settimeout(request.seconds + _SPARE_SECONDS)
        packed.send(self._connection, packed.pack(request))
        return packed.unpack(self._receive(), Reply)

    def _await_start(self) -> None:
        self._connection.settimeout(READER_START_SECONDS)
        try:
            self._receive()
        except TimeoutError as error:
            raise _NotStarted from error
        self._started = True

    def status(self) -> int | None:
        """What it ended with, after its end of the connection was closed; None: not yet ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(CLOSE_SECONDS)
        return None

    def end(self) -> None:
        """End it, whatever it does."""
        _running.discard(self)
        self._connection.close()
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):  # the disk itself may hang
            self._process.wait(CLOSE_SECONDS)

    def _receive(self) -> bytes:
        data = packed.receive(self._connection)
        if data is None:
            raise ConnectionResetError(_("the reading process has ended"))
        return data


class _Fork:
    """A fork of this program, as far as it is used like a Popen."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        """What it ended with, as Popen has it, if it has ended."""
        with self._lock:
            if self._code is None:
                ended, status = os.waitpid(self.pid, os.WNOHANG)
                self._code = os.waitstatus_to_exitcode(status) if ended else None
            return self._code

    def wait(self, timeout: float) -> int:
        """What it ended with. Raises subprocess.TimeoutExpired if it does not in time."""
        end = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired("", timeout)
            time.sleep(_POLL_SECONDS)
        return code

    def kill(self) -> None:
        """Kill it, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


_Started = subprocess.Popen[bytes] | _Fork


def _spawn(connection: socket.socket) -> _Started:
    names = f"utf8={sys.flags.utf8_mode}"  # of files; isolated, it heeds no variable for that
    return subprocess.Popen(
        (sys.executable, "-I", "-X", names, "-c", _BOOT, *filter(None, sys.path)),
        stdin=connection.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,  # away from the terminal's signals
    )


def _fork(connection: socket.socket) -> _Started:
    pid = os.fork()
    if pid == 0:
        _serve(connection)
    return _Fork(pid)


def _serve(connection: socket.socket) -> NoReturn:
    """In the fork: keep nothing of this program but its modules."""
    try:
        os.setpgid(0, 0)  # away from the terminal's signals
        null = os.open(os.devnull, os.O_RDWR)
        for number, other in enumerate((connection.fileno(), null, null)):
            os.dup2(other, number)
        close_all_but({0, 1, 2})
        gc.enable()
        reader.main()
    finally:
        os._exit(1)


_closed = threading.Event()
_ready: list[_Process] = []
"""Those that wait to be asked: one, or for a moment some more."""
_running: set[_Process] = set()
"""All there are."""
atexit.register(close)
