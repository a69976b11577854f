"""Captures what a run prints, whoever writes it: Python, a C library or a child process."""

from __future__ import annotations

import _thread
import codecs
import contextlib
import ctypes
import fcntl
import io
import os
import sys
import threading
from builtins import OSError, len

_PIPE_BYTES = 2**20
_CHUNK = 64 * 1024
_PUMP_SECONDS = 0.02
_C_LINE_BUFFERED = 1  # _IOLBF of glibc, musl and macOS


class Output:
    """The pipe behind file descriptors 1 and 2, and the text that came through it.

    The recorder calls `drain` after every line. A line may print more than a pipe can hold, so a
    thread empties the pipe now and then. It polls: a thread that wakes at every print would compete
    with the snippet for the interpreter lock.
    """

    def __init__(self) -> None:
        self.truncated = False
        """Whether the current step printed more than its limit."""
        self._pid = os.getpid()
        self._limit = 0
        self._used = 0
        self._text: list[str] = []
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._lock = threading.Lock()
        self._in_step = threading.Event()
        self._read, self._write = os.pipe()
        self._identity = identity(self._read)
        os.set_blocking(self._read, False)
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            with contextlib.suppress(OSError):  # over the user's share of pipe memory
                fcntl.fcntl(self._write, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        self._redirect(self._write)
        _replace_streams()
        _thread.start_new_thread(self._pump, ())

    def begin(self, limit: int) -> None:
        """Start a step that may print `limit` bytes; drop what was printed before."""
        self.drain()
        with self._lock:
            if self.truncated:
                self._redirect(self._write)
            self.truncated, self._limit, self._used = False, limit, 0
            self._text.clear()
            self._decoder.reset()
        self._in_step.set()

    def end(self) -> None:
        """The step is over: stop polling until the next one begins."""
        self._in_step.clear()

    def drain(self) -> str:
        """The text that was printed since the last call; returns at once."""
        if os.getpid() != self._pid:
            return ""
        with self._lock:
            self._take_all()
            text = "".join(self._text)
            self._text.clear()
        return text

    def _take_all(self) -> None:
        """Empty the pipe. After the limit take one chunk only: the snippet may print for ever."""
        while data := self._read_pipe(_PIPE_BYTES if self.truncated else _CHUNK):
            if self.truncated:
                return
            self._add(data)

    def _read_pipe(self, size: int) -> bytes:
        try:
            if identity(self._read) != self._identity:
                return b""
            return os.read(self._read, size)
        except OSError:  # the pipe is empty, or the snippet has closed it
            return b""

    def _add(self, data: bytes) -> None:
        room = self._limit - self._used
        self._used += len(data)
        if len(data) <= room:
            self._text.append(self._decoder.decode(data))
            return
        self.truncated = True
        self._text += (self._decoder.decode(data[:room], final=True), cut_notice(self._limit))
        null = os.open(os.devnull, os.O_WRONLY)
        self._redirect(null)
        os.close(null)

    def _redirect(self, target: int) -> None:
        for stream in (1, 2):
            os.dup2(target, stream)

    def _pump(self) -> None:
        pause = threading.Lock()
        pause.acquire()
        while True:
            self._in_step.wait()
            with self._lock:
                self._take_all()
                flooded = self.truncated
            # A write that began before the limit was reached may still wait for room.
            pause.acquire(timeout=_PUMP_SECONDS / 20 if flooded else _PUMP_SECONDS)


def identity(descriptor: int) -> tuple[int, int]:
    """What stays the same while a descriptor refers to the same file. Raises OSError if closed."""
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino


def cut_notice(limit: int) -> str:
    """The line shown in place of the output beyond `limit` bytes."""
    size = f"{limit // 1024} KiB" if limit % 1024 == 0 else f"{limit} bytes"
    return f"\n… output cut at {size}\n"


def _replace_streams() -> None:
    """Make new standard streams without buffers, also those of C."""
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        raw = io.FileIO(descriptor, "w", closefd=False)
        stream = io.TextIOWrapper(
            raw,  # as `python -u` does
            encoding="utf-8",
            errors="backslashreplace",
            write_through=True,
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding="utf-8")
    libc = ctypes.CDLL(None)
    for symbol in ("stdout", "__stdoutp"):
        with contextlib.suppress(ValueError):  # glibc and musl have the first, macOS the second
            libc.setvbuf(ctypes.c_void_p.in_dll(libc, symbol), None, _C_LINE_BUFFERED, 0)
