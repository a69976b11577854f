"""`python -m autograd_tutor.kernel CONTROL BOUND`: the zygote; started by the client.

CONTROL is the descriptor of the control socket; BOUND is 1 if the kernel may be tied to the life of
the thread that started it, which has to be one that lasts as long as the client.
"""

from __future__ import annotations

import os
import signal
import socket
import sys

from autograd_tutor.kernel import limits
from autograd_tutor.kernel.zygote import serve


def main() -> None:
    """Take what the client hands over and serve until it is gone."""
    control, bound = map(int, sys.argv[1:3])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if bound:
        limits.die_with_parent(signal.SIGTERM)
    os.set_inheritable(control, False)
    serve(socket.socket(fileno=control))


if __name__ == "__main__":
    main()
