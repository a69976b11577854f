"""The process that has imported all that commands and their kernels need, and forks them."""

from __future__ import annotations

import atexit
import fcntl
import gc
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import termios
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

from autograd_tutor import environment, linux
from autograd_tutor.client import guard_process
from autograd_tutor.course import reader
from autograd_tutor.kernel.preload import SLOW_MODULES

IMPORTED = (
    "torch", "numpy.random", "autograd_tutor.kernel.run", "autograd_tutor.kernel.zygote",
    "autograd_tutor.kernel.__main__", "autograd_tutor.cli", "autograd_tutor.plain",
    "autograd_tutor.check", "autograd_tutor.record_command", "autograd_tutor.grade",
    "autograd_tutor.dialogue.session", "autograd_tutor.ui.session", *SLOW_MODULES,
)  # fmt: skip


def serve(number: int) -> NoReturn:
    """Fork the commands that are asked for, until nobody can ask any more."""
    os.set_inheritable(number, False)
    linux.adopt_orphans()
    gc.disable()
    for name in IMPORTED:
        import_module(name)
    gc.collect()
    gc.freeze()
    vars(guard_process)["subprocess"] = SimpleNamespace(
        Popen=_popen,
        DEVNULL=subprocess.DEVNULL,
        PIPE=subprocess.PIPE,
        TimeoutExpired=subprocess.TimeoutExpired,
    )
    held = re.search(r"VmSize:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert held
    for name in ("READ_MEMORY", "READER_MEMORY"):  # a fork that reads lessons has torch, too
        setattr(reader, name, getattr(reader, name) + int(held[1]) * 1024)
    link = socket.socket(fileno=number)
    woken, waker = socket.socketpair()
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    link.sendall(b"\n")
    while True:
        ready, _, _ = select.select([link, woken], [], [])
        if woken in ready:
            woken.recv(1 << 12)
            for pid, status in iter(_ended, None):
                link.sendall(f"{pid} {status}\n".encode())
        if link in ready:
            _fork_command(link)


def _ended() -> tuple[int, int] | None:
    """A child that has ended, also one that another has left, and how."""
    with suppress(ChildProcessError):
        pid, status = os.waitpid(-1, os.WNOHANG)
        return (pid, status) if pid else None
    return None


def _fork_command(link: socket.socket) -> None:
    data, streams, _, _ = socket.recv_fds(link, 1 << 16, 3)
    if not data:
        os._exit(0)
    while not data.endswith(b"\n"):
        data += link.recv(1 << 16)
    pid = os.fork()
    if pid == 0:
        _be_command(streams, *json.loads(data))
    for each in streams:
        os.close(each)
    link.sendall(f"{pid}\n".encode())


def _be_command(
    streams: list[int], arguments: list[str], variables: dict[str, str], folder: str, terminal: bool
) -> NoReturn:
    """Be the program, as `python -m autograd_tutor ARGUMENTS` is."""
    from autograd_tutor.__main__ import main

    os.chdir(folder)
    _begin(variables, streams)
    if terminal:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        was = getattr(sys, name)
        stream = open(number, mode, encoding=was.encoding, errors=was.errors, closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    gc.enable()
    sys.argv = ["autograd_tutor", *arguments]
    try:
        status = main()
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(status)


def _begin(variables: Mapping[str, str], streams: Sequence[int], kept: int = 2) -> None:
    """Have what a program that begins has: these streams and variables. `kept` stays open."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            mine = number == signal.SIGINT
            signal.signal(number, signal.default_int_handler if mine else signal.SIG_DFL)
    for target, stream in enumerate(streams):
        os.dup2(stream, target)
    os.closerange(3, kept)
    os.closerange(max(kept + 1, 3), 1 << 16)
    os.environ.clear()
    os.environ.update(variables)


def _popen(command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    """The kernel, as a fork; one that is begun on a thread, anew, gets a start."""
    boot = environment.boot("autograd_tutor.kernel.__main__")
    if threading.current_thread() is not threading.main_thread() or tuple(command[:-1]) != boot:
        return subprocess.Popen(command, **options)
    return _ForkedKernel(command, options["env"])


class _ForkedKernel(subprocess.Popen[bytes]):
    """What `Popen` makes of the kernel's command, without a Python that starts."""

    def __init__(self, command: Sequence[str], variables: Mapping[str, str]) -> None:
        self.args, self.returncode = command, None
        self.stdin = self.stdout = None
        self._child_created = True
        self._waitpid_lock = threading.Lock()
        read, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            nothing = os.open(os.devnull, os.O_RDWR)
            _begin(variables, [nothing, nothing, write], int(command[-1]))
            gc.enable()
            sys.argv = ["-c", command[-1]]
            import_module("autograd_tutor.kernel.__main__").main()
        os.close(write)
        self.stderr = open(read, "rb", 0)  # noqa: SIM115  # the guard's handle closes it
