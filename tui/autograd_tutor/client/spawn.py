"""How a kernel process is started."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Sequence

_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",  # macOS
    "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",  # or macOS aborts runs that use its frameworks
    "PYTHONHASHSEED": "0",  # the same run twice goes through its sets in the same order
}
"""What makes forks safe and runs alike."""


def spawn(command: Sequence[str], control: socket.socket) -> subprocess.Popen[bytes]:
    """Start a zygote in a session of its own, away from the terminal and its signals."""
    bound = threading.current_thread() is threading.main_thread()
    return subprocess.Popen(
        (*command, str(control.fileno()), str(int(bound))),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        bufsize=0,
        env={**os.environ, **_ENVIRONMENT},
        pass_fds=(control.fileno(),),
        start_new_session=True,
    )
