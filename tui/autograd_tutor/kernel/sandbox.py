"""The sandbox of a run: which files it may read, and where it may write; all else is refused.

For lessons that others wrote. Python, torch and the system need many files; what they do not need
are those of the learner.
"""

from __future__ import annotations

import os
import pwd
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from importlib.machinery import PathFinder
from pathlib import Path

from autograd_tutor import linux
from autograd_tutor.kernel import landlock, seccomp
from autograd_tutor.kernel.landlock import Granted
from autograd_tutor.limits.kernel import MOST_FILES_BESIDE

_SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/sys",
    "/opt/rocm", "/opt/cuda", "/nix/store", "/gnu/store",
    *(
        f"/etc/{name}"
        for name in (
            "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "timezone", "passwd",
            "group", "nsswitch.conf", "os-release", "locale.conf", "mime.types",
        )
    ),
    *(
        f"/proc/{name}"
        for name in (
            "self", "cpuinfo", "meminfo", "stat", "version", "uptime", "loadavg", "filesystems",
            "devices", "modules", "driver", "sys",
        )
    ),
)  # fmt: skip
_OF_PYTHON = ("bin", "include", "lib", "lib64", "share/zoneinfo", "pyvenv.cfg")
"""What Python has in its prefix, which may be a home folder that has much else."""
_DEVICES = ("null", "zero", "full", "random", "urandom", "dri", "kfd", "dxg")
"""Of /dev, besides those of NVIDIA."""


def enter(folder: str, lesson: str | None) -> Granted:
    """Restrict this process, which may have one thread only; what it may still reach.

    It writes into `folder`, its temporary one, and reads what lies beside the file `lesson`. To be
    called when `sys.path` is complete. Raises OSError; nothing of the lesson must run then.
    """
    if not folder or linux.why_no_sandbox():
        raise OSError("what it takes is not there")
    os.environ["TMPDIR"] = folder
    tempfile.tempdir = None
    sys.dont_write_bytecode = True
    granted = Granted((*_SYSTEM, *_python(), *_own(lesson)), (folder,), tuple(_devices()))
    linux.gain_no_rights()
    landlock.restrict(granted)
    seccomp.install(os.uname().machine, os.getpid(), linux.landlock_abi())
    return granted


def _python() -> Iterator[str]:
    """Where Python and its packages are."""
    for prefix in {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}:
        yield from (os.path.join(prefix, name) for name in _OF_PYTHON)
    yield from _ELSEWHERE


def _elsewhere() -> Iterator[str]:
    """The folders of packages in no folder of `sys.path`: they were installed to be edited."""
    known = tuple(os.path.join(folder, "") for folder in sys.path if folder)
    for name in [name for name in sys.modules if "." not in name]:
        for path in getattr(sys.modules[name], "__path__", ()):
            if not path.startswith(known):
                yield path


_ELSEWHERE = tuple(_elsewhere())
"""Looked for once: in a fork, to touch all modules takes milliseconds, since memory is copied."""


def _own(lesson: str | None) -> Iterator[str]:
    """What the lesson may read besides: where modules are found, and what lies beside it."""
    libraries = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    folders = [os.path.realpath(path) for path in (*sys.path, *libraries) if path]
    if lesson is not None:
        folders.append(os.path.dirname(os.path.realpath(lesson)))
    for folder in dict.fromkeys(folders):
        if not _is_shared(folder):
            yield folder
        else:
            with suppress(OSError):
                PathFinder.find_spec("", [folder])  # the last time that it can be listed
            yield from _files(folder)


def _is_shared(folder: str) -> bool:
    """Whether much else is in a folder: a home folder, what holds one, or one that is for all."""
    homes = {os.path.expanduser("~")}
    with suppress(KeyError):
        homes.add(pwd.getpwuid(os.getuid()).pw_dir)
    within = os.path.join(folder, "")
    if any(os.path.join(os.path.realpath(home), "").startswith(within) for home in homes):
        return True
    with suppress(OSError):
        return bool(os.stat(folder).st_mode & stat.S_ISVTX)
    return False


def _files(folder: str) -> Iterator[str]:
    """The files right in a folder that are not hidden."""
    with suppress(OSError), os.scandir(folder) as entries:
        found = (entry for entry in entries if not entry.name.startswith("."))
        files = (entry.path for entry in found if entry.is_file(follow_symlinks=False))
        yield from (path for path, _ in zip(files, range(MOST_FILES_BESIDE), strict=False))


def _devices() -> Iterator[str]:
    yield from (f"/dev/{name}" for name in _DEVICES)
    with suppress(OSError):
        yield from (str(path) for path in Path("/dev").glob("nvidia*"))
