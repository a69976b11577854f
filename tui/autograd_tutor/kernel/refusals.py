"""What the sandbox has refused to a snippet, as facts: Python announces what it is about to do.

An exception alone does not say whether a socket or a program was refused. Before each of these,
Python raises an audit event, of which the last is remembered for each thread.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
from _thread import get_ident
from collections.abc import Iterator
from types import TracebackType
from typing import Any, NamedTuple

from autograd_tutor.kernel.landlock import Granted
from autograd_tutor.recording.kinds import Refused

_NETWORK = ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo",
            "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo")  # fmt: skip
_PROGRAMS = ("os.system", "os.exec", "os.posix_spawn", "subprocess.Popen")
_CHANGES = ("chmod", "chown", "utime", "setxattr", "removexattr")
_WRITES = ("mkdir", "remove", "rename", "rmdir", "link", "symlink", "truncate")
_READS = ("listdir", "scandir")
_OPENS_TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class _Event(NamedTuple):
    """What an audit event announces, and of which path."""

    kind: Refused
    path: str | None = None
    always: bool = True
    """Whether it is refused in any case, and not only for some paths or arguments."""


_EVENTS: dict[str, _Event] = {
    **dict.fromkeys(_NETWORK, _Event("network")),
    "socket.__new__": _Event("network", None, False),  # a pair of sockets is not refused
    **dict.fromkeys(_PROGRAMS, _Event("programs")),
    **dict.fromkeys(("os.fork", "os.forkpty"), _Event("processes")),
    **dict.fromkeys(("os.kill", "os.killpg"), _Event("signals")),
    **{f"os.{name}": _Event("changing") for name in _CHANGES},
    **{f"os.{name}": _Event("writing", None, False) for name in _WRITES},
    **{f"os.{name}": _Event("reading", None, False) for name in _READS},
    "open": _Event("reading", None, False),
    "sqlite3.connect": _Event("writing", None, False),
}
_HEARD = frozenset(_EVENTS)
_NOTED: frozenset[Refused] = frozenset({"network", "programs", "processes", "signals"})
"""What is worth a word even if the snippet goes on as if nothing had been refused."""

_IN_C: dict[tuple[str, str], Refused] = {
    ("torch.serialization", "_open_zipfile_writer_file.__init__"): "writing",
    ("torch.storage", "UntypedStorage._share_fd_cpu_"): "processes",
    ("torch.storage", "UntypedStorage._share_filename_cpu_"): "processes",
    ("socket", "socketpair"): "network",
    ("multiprocessing.synchronize", "SemLock.__init__"): "processes",
    ("multiprocessing.shared_memory", "SharedMemory.__init__"): "processes",
    ("multiprocessing.util", "spawnv_passfds"): "processes",
}
"""Functions that reach for a file without Python's knowing, and what fails in them then."""

_IN_WORDS = ("EPERM", "EACCES", os.strerror(errno.EPERM), os.strerror(errno.EACCES))
"""How libraries say it that raise errors of their own."""


class Refusals:
    """Listens in the process of a run. `granted`: what its sandbox lets it reach, if it has one."""

    def __init__(self, granted: Granted | None = None) -> None:
        self._last: dict[int, _Event] = {}
        """By thread."""
        self._noted: dict[Refused, None] = {}
        self._pid = os.getpid()
        self._on = granted is not None
        if granted is None:
            return
        self._readable = _real((*granted.readable, *granted.writable, *granted.devices))
        self._writable = _real((*granted.writable, *granted.devices))
        hear = self._hear

        # No method: Python asks every hook for an attribute first, which takes a microsecond there.
        def hook(name: str, arguments: tuple[Any, ...], heard: frozenset[str] = _HEARD) -> None:
            if name in heard:
                hear(name, arguments)

        sys.addaudithook(hook)

    def take(self) -> tuple[Refused, ...]:
        """What was refused for certain since the last call, whether it raised anything or not."""
        noted, self._noted = self._noted, {}
        return tuple(noted)

    def kind(self, error: BaseException) -> Refused | None:
        """Which refusal an exception comes from, itself or one that led to it; None: from none."""
        if not self._on:
            return None
        try:
            return self._kind(error)
        except Exception:  # noqa: BLE001 - a hostile exception; it is still shown
            return None

    def _kind(self, error: BaseException) -> Refused | None:
        last = self._last.get(get_ident())
        for each in _chain(error):
            in_c = _in_c(each.__traceback__)
            if in_c is not None and not (in_c[1] and self._reaches(in_c[1], True)):
                return in_c[0]
            if isinstance(each, socket.gaierror):
                return "network"
            if isinstance(each, OSError) and each.errno in (errno.EPERM, errno.EACCES):
                return self._of_event(each, last)
            if isinstance(each, RuntimeError) and any(word in str(each) for word in _IN_WORDS):
                return "other"
            if getattr(each, "sqlite_errorname", "") == "SQLITE_CANTOPEN" and last and last.path:
                return None if self._reaches(os.path.dirname(last.path), True) else last.kind
        return None

    def _of_event(self, error: OSError, last: _Event | None) -> Refused | None:
        if last is not None and (last.always or last.path is None):
            return last.kind
        path = error.filename
        if not isinstance(path, str | bytes):
            return "other"
        path = os.fsdecode(path)
        # The event of another path, or of an earlier one that went well, says nothing.
        writes = last is not None and last.path == path and last.kind == "writing"
        if self._reaches(path, writes):
            return None
        return "writing" if writes else "reading"

    def _reaches(self, path: str, writes: bool) -> bool:
        real = os.path.join(os.path.realpath(path), "")
        return real.startswith(self._writable if writes else self._readable)

    def _hear(self, name: str, arguments: tuple[Any, ...]) -> None:
        event = _EVENTS[name]
        if event.kind in _NOTED and event.always:
            if event.kind == "signals" and arguments[:1] == (self._pid,):
                return
            self._noted[event.kind] = None
        elif not event.always and name != "socket.__new__" and arguments:
            event = _of_path(event, arguments, name == "open")
        self._last[get_ident()] = event


def _of_path(event: _Event, arguments: tuple[Any, ...], opens: bool) -> _Event:
    path, kind = arguments[0], event.kind
    if opens and isinstance(arguments[-1], int) and arguments[-1] & _OPENS_TO_WRITE:
        kind = "writing"
    return _Event(kind, os.fsdecode(path) if isinstance(path, str | bytes) else "", False)


def _real(paths: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(os.path.join(os.path.realpath(path), "") for path in paths if path)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and those that led to it."""
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        each = pending.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            pending += [each.__context__, each.__cause__]


def _in_c(trace: TracebackType | None) -> tuple[Refused, str | None] | None:
    """What failed in the innermost function of a traceback, if it is one of `_IN_C`; a path."""
    frame = None
    while trace is not None:
        frame, trace = trace.tb_frame, trace.tb_next
    if frame is None:
        return None
    kind = _IN_C.get((frame.f_globals.get("__name__", ""), frame.f_code.co_qualname))
    if kind is None:
        return None
    return kind, frame.f_locals.get("name") if kind == "writing" else None
