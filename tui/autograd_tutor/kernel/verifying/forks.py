"""A fork of the run that goes on where it is, and sends one answer."""

from __future__ import annotations

import contextlib
import os
import random
import select
import signal
import struct
from collections.abc import Callable
from os import _exit
from time import monotonic
from typing import Generic, NoReturn, TypeVar

import msgspec

from autograd_tutor import linux

_Answer = TypeVar("_Answer")
_CHUNK = 2**16
_LENGTH = struct.Struct("!Q")


class _Own:
    pid = 0


def is_foreign() -> bool:
    """Whether this is a process that the script has forked, in which nothing is checked."""
    return os.getpid() != _Own.pid


class NoFork(Exception):
    """The system refuses another process, as a sandbox does."""


class Fork(Generic[_Answer]):
    """Forks where it is made. Of the two processes one has `is_child`. Raises NoFork."""

    def __init__(self, answer: type[_Answer]) -> None:
        self._answer = answer
        self._read, self._write = os.pipe()
        drawn = random.getstate()
        try:
            self._pid = os.fork()
        except OSError as error:
            os.close(self._read)
            os.close(self._write)
            raise NoFork from error
        self.is_child = self._pid == 0
        if self.is_child:
            _Own.pid = os.getpid()
            with contextlib.suppress(OSError):
                linux.die_with_parent(signal.SIGKILL)
            os.close(self._read)
            random.setstate(drawn)  # Python seeds it anew in a fork
            _silence()
        else:
            os.close(self._write)

    def send(self, answer: _Answer) -> NoReturn:
        """In the child: answer, and end. Its length goes first: others may keep the pipe open."""
        try:
            encoded = msgspec.msgpack.encode(answer)
            data = memoryview(_LENGTH.pack(len(encoded)) + encoded)
            while data and not is_foreign():
                data = data[os.write(self._write, data) :]
        finally:
            _exit(0)

    def receive(self, until: float) -> _Answer | None:
        """What the child answers; None where it has ended without, or `until` (monotonic) came."""
        data, length = bytearray(), _LENGTH.size
        try:
            while len(data) < length and (left := until - monotonic()) > 0:
                if not select.select([self._read], [], [], left)[0]:
                    break
                chunk = os.read(self._read, _CHUNK)
                if not chunk:
                    break
                data += chunk
                if length == _LENGTH.size <= len(data):
                    length += _LENGTH.unpack_from(data)[0]
        finally:
            os.close(self._read)
            with contextlib.suppress(OSError):
                os.kill(self._pid, signal.SIGKILL)
                os.waitpid(self._pid, 0)
        try:
            return msgspec.msgpack.decode(bytes(data[_LENGTH.size :]), type=self._answer)
        except msgspec.MsgspecError:  # not all of it, or nothing
            return None


def answer_of(
    answer: type[_Answer], work: Callable[[Callable[[_Answer], NoReturn]], None], until: float
) -> _Answer | None:
    """Do work in a fork, which sends its answer by what it is called with. Raises NoFork."""
    fork = Fork(answer)
    if fork.is_child:
        try:
            work(fork.send)
        finally:
            _exit(1)
    return fork.receive(until)


def _silence() -> None:
    """What a fork prints is not the run's."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        with contextlib.suppress(OSError):
            os.dup2(nowhere, number)
    os.close(nowhere)
