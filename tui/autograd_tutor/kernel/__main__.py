"""`python -m autograd_tutor.kernel CONTROL`: the guard, and in a fork the zygote.

CONTROL is the descriptor of the control socket.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from autograd_tutor import environment, linux
from autograd_tutor.kernel.guard import fork_zygote
from autograd_tutor.kernel.scratch import Scratch

if TYPE_CHECKING:
    from autograd_tutor.recording.wire import Broken, Ready


def main() -> NoReturn:
    """Import torch, then serve the client until it is gone."""
    environment.give_back()
    number = int(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.set_inheritable(number, False)
    control = socket.socket(fileno=number)
    scratch = Scratch()
    isolated = fork_zygote(control, scratch)
    # Late: the guard, which this was, stays small.
    from autograd_tutor.kernel.zygote import Zygote
    from autograd_tutor.recording.wire import Ready, encode

    with contextlib.suppress(BrokenPipeError):  # the client is gone
        report = _import_torch(isolated)
        control.sendall(encode(report))
        if isinstance(report, Ready):
            linux.refuse_tracers(True)
            Zygote(control, scratch).serve()
    os._exit(0)  # the system frees everything faster than Python would


def _import_torch(isolated: bool) -> Ready | Broken:
    from autograd_tutor.recording.wire import Broken, Ready

    try:
        os.getcwd()
    except OSError:  # some of torch's libraries cannot be loaded then
        return Broken("The folder that the program was started in is gone. Start it in another.")
    began = time.perf_counter()
    gc.disable()  # imports make little garbage, and the collector would run often
    try:
        torch = import_module("torch")
        import_module("numpy.random")  # if it is missing, torch only warns
    except Exception as error:  # noqa: BLE001  # whatever a broken installation raises
        return Broken(_why_broken(error))
    try:
        import_module("autograd_tutor.kernel.run")  # here once, not in every fork
    except Exception as error:  # noqa: BLE001  # it needs private names of torch
        return Broken(_why_unfit(str(torch.__version__), error))
    gc.freeze()
    gc.enable()
    return Ready(str(torch.__version__), time.perf_counter() - began, isolated)


def _why_broken(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name in {"torch", "numpy"}:
        return f"{error.name} is not installed. Install it with `pip install {error.name}`."
    return f"torch cannot be imported ({_first_line(error)}). Reinstall it."


def _why_unfit(version: str, error: Exception) -> str:
    return (
        f"The recorder does not work with this torch, {version} ({_first_line(error)}). "
        "Install another version of torch, 2.6 or later."
    )


def _first_line(error: Exception) -> str:
    reason = (str(error).strip() or "no reason given").splitlines()[0]
    return f"{type(error).__name__}: {reason}"


if __name__ == "__main__":
    main()
