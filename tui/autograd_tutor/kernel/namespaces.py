"""Namespaces of the kernel's own, where Linux gives them: to root, and on most systems to all.

Inside, the kernel's first process cannot be signalled or traced by the snippets, no process of the
learner is in view, there is no terminal, and with the end of the first process all others end.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import sys
from glob import glob
from pathlib import Path

from autograd_tutor.linux import die_with_parent, kill, libc, prctl

AVAILABLE = sys.platform == "linux"
"""Whether to try."""

_CLONE_NEWNS = 0x00020000
_CLONE_NEWIPC = 0x08000000
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWPID = 0x20000000

_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_BIND = 2, 4, 8, 4096

_PR_CAPBSET_DROP = 24
_CAPABILITY_VERSION = 0x20080522
_CAPABILITIES = 64
"""More than there are."""
_FILE_CAPABILITIES = (0, 1, 2, 3, 4)
"""CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID: root's right to all files."""


class _Unavailable(Exception):
    """The system does not give namespaces, or not all that belongs into them."""


def fork_apart() -> int | None:
    """Fork into new namespaces: the child's id, 0 in the child, None where there are none.

    The child is the first process of its process namespace. This process stays where it is.
    """
    if not AVAILABLE:
        return None
    ours, theirs = socket.socketpair()
    with ours, theirs:
        helper = os.fork()
        if helper == 0:
            ours.close()
            _become_first(theirs)
            return 0
        theirs.close()
        return _await_first(ours, helper)


def _await_first(link: socket.socket, helper: int) -> int | None:
    """In this process: do what the helper cannot do from inside; the first process's id."""
    first = 0
    with contextlib.suppress(OSError):
        if link.recv(1):
            _map_users(helper)
            link.send(b"!")
            first = int.from_bytes(link.recv(4), "big")
    if not first:
        kill(helper)
    os.waitpid(helper, 0)  # the first process is this one's child from here on
    if not first:
        return None
    with contextlib.suppress(OSError):
        link.send(b"!")
        if link.recv(1):
            return first
    kill(first)
    with contextlib.suppress(ChildProcessError):  # this process cannot adopt orphans
        os.waitpid(first, 0)
    return None


def _map_users(pid: int) -> None:
    """Make every user and group that this process may speak for the same inside. Raises OSError."""
    users, groups = Path("/proc/self/uid_map").read_text(), Path("/proc/self/gid_map").read_text()
    folder = Path(f"/proc/{pid}")
    if os.geteuid() == 0:
        with contextlib.suppress(PermissionError):  # root of a container without the capabilities
            (folder / "uid_map").write_text(_same(users))
            (folder / "gid_map").write_text(_same(groups))
            return
    (folder / "setgroups").write_text("deny")
    (folder / "uid_map").write_text(f"{os.geteuid()} {os.geteuid()} 1")
    (folder / "gid_map").write_text(f"{os.getegid()} {os.getegid()} 1")


def _same(extents: str) -> str:
    """A map of all that the map `extents` has inside to itself."""
    rows = [row.split() for row in extents.splitlines()]
    return "\n".join(f"{first} {first} {count}" for first, _, count in rows)


def _become_first(link: socket.socket) -> None:
    """In the helper: return in a child of it, which is the first process of the namespaces."""
    try:
        _check(
            libc().unshare(_CLONE_NEWUSER | _CLONE_NEWNS | _CLONE_NEWPID | _CLONE_NEWIPC), "unshare"
        )
        link.send(b"!")
        if not link.recv(1):
            os._exit(1)
        if first := os.fork():
            link.send(first.to_bytes(4, "big"))
            os._exit(0)
        if not link.recv(1):
            os._exit(1)
        die_with_parent(signal.SIGKILL)  # which is not the helper any more
        _furnish()
        link.send(b"!")  # fails if the parent has ended before it would have been noticed
    except (OSError, _Unavailable):
        os._exit(1)


def _furnish() -> None:
    """Mount what belongs to the new namespaces, and give up the right to change that."""
    _mount("proc", "/proc", "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    if os.path.isdir("/dev/pts"):
        options = "newinstance,ptmxmode=0666,mode=0620"
        _mount("devpts", "/dev/pts", "devpts", _MS_NOSUID | _MS_NOEXEC, options)
    for path in _terminals():
        _mount("/dev/null", path, "", _MS_BIND)
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
    _drop_capabilities()


def _terminals() -> list[str]:
    """The terminals outside of /dev/pts that this user may open: consoles and serial lines."""
    found = ["/dev/console", *glob("/dev/tty[0-9A-Z]*"), *glob("/dev/hvc*")]
    return [path for path in found if os.access(path, os.R_OK) or os.access(path, os.W_OK)]


def _drop_capabilities() -> None:
    """Keep root's right to files, where this is root."""
    kept = _FILE_CAPABILITIES if os.geteuid() == 0 else ()
    for number in range(_CAPABILITIES):
        if number not in kept:
            prctl(_PR_CAPBSET_DROP, number)
    bits = sum(1 << number for number in kept)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    # Of the lower 32 capabilities what is effective, permitted and inheritable; then of the upper.
    data = (ctypes.c_uint32 * 6)(bits, bits, 0, 0, 0, 0)
    _check(libc().capset(ctypes.byref(header), ctypes.byref(data)), "capset")


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    result = libc().mount(
        source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode()
    )
    _check(result, target)


def _check(result: int, what: str) -> None:
    if result:
        raise _Unavailable(what, os.strerror(ctypes.get_errno()))
