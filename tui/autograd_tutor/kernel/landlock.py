"""Landlock: from here on, this process and its threads reach only the files that are granted."""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from typing import NamedTuple

from autograd_tutor.linux import LANDLOCK_CREATE_RULESET, landlock_abi, libc

_ADD_RULE, _RESTRICT_SELF = LANDLOCK_CREATE_RULESET + 1, LANDLOCK_CREATE_RULESET + 2
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_REMOVE_DIR, _REMOVE_FILE = 16, 32
_MAKE_DIR, _MAKE_FILE, _MAKE_FIFO, _MAKE_LINK = 1 << 7, 1 << 8, 1 << 10, 1 << 12
_REFER, _TRUNCATE, _DEVICE_IOCTL = 1 << 13, 1 << 14, 1 << 15

_READ = _READ_FILE | _READ_DIR
_WRITE = (
    _READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_FILE | _MAKE_FIFO
    | _MAKE_LINK | _REFER | _TRUNCATE
)  # fmt: skip
_USE = _READ | _WRITE_FILE | _DEVICE_IOCTL
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICE_IOCTL
"""What may be granted for a path that is no folder."""

_TCP = 1 | 2
_ABSTRACT_SOCKETS_AND_SIGNALS = 1 | 2


class Granted(NamedTuple):
    """Files and folders, with all in them; what is not there is passed over."""

    readable: tuple[str, ...]
    writable: tuple[str, ...]
    """To read, write, make and remove."""
    devices: tuple[str, ...] = ()
    """To read, to write, and to control."""


def restrict(granted: Granted) -> None:
    """Refuse everything else: files, TCP, processes outside to signal. Raises OSError.

    This holds for the thread that calls it and for those that it starts. It needs
    `linux.gain_no_rights`.
    """
    abi = landlock_abi()
    handled = (_REFER - 1) | sum(
        right for right, since in ((_REFER, 2), (_TRUNCATE, 3), (_DEVICE_IOCTL, 5)) if abi >= since
    )
    attributes = struct.pack("=QQQ", handled, _TCP, _ABSTRACT_SOCKETS_AND_SIGNALS)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = _call(LANDLOCK_CREATE_RULESET, attributes, size, 0)
    try:
        for paths, rights in (
            (granted.readable, _READ), (granted.writable, _WRITE), (granted.devices, _USE)
        ):  # fmt: skip
            _grant(ruleset, paths, rights & handled)
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _grant(ruleset: int, paths: Iterable[str], rights: int) -> None:
    for path in paths:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            file = os.open(path, os.O_PATH | os.O_CLOEXEC)
            try:
                is_folder = stat.S_ISDIR(os.fstat(file).st_mode)
                rule = struct.pack("=Qi", rights if is_folder else rights & _OF_FILES, file)
                _call(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
            finally:
                os.close(file)


def _call(number: int, *arguments: int | bytes) -> int:
    plain = (ctypes.c_long(each) if isinstance(each, int) else each for each in arguments)
    result: int = libc().syscall(ctypes.c_long(number), *plain)
    if result < 0:
        raise OSError(ctypes.get_errno(), "Landlock")
    return result
