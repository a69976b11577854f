"""`python -m autograd_tutor.kernel CONTROL BOUND`: the zygote; started by the client.

CONTROL is the descriptor of the control socket. BOUND is 1 if the kernel shall end with the thread
that started it, which then has to last as long as the client.
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
from typing import NoReturn

from autograd_tutor.kernel import os_limits
from autograd_tutor.kernel.zygote import Zygote
from autograd_tutor.recording.wire import Broken, Ready, encode


def main() -> NoReturn:
    """Import torch, then serve the client until it is gone."""
    number, bound = map(int, sys.argv[1:3])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if bound:
        os_limits.die_with_parent(signal.SIGTERM)
    os.set_inheritable(number, False)
    control = socket.socket(fileno=number)
    with contextlib.suppress(BrokenPipeError):  # the client is gone
        report = _import_torch()
        control.sendall(encode(report))
        if isinstance(report, Ready):
            Zygote(control).serve()
    os._exit(0)  # the system frees everything faster than Python would


def _import_torch() -> Ready | Broken:
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
    return Ready(str(torch.__version__), time.perf_counter() - began)


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
