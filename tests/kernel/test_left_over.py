"""Nothing is left of a run, whatever its snippet does to stay, once the program has ended."""

from __future__ import annotations

import sys

import pytest
from left_over import USERS, started
from process_session import KERNELS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs a subreaper")

DAEMON = """\
import ctypes, os, signal, sys, time
zygote, (reading, writing) = os.getppid(), os.pipe()
def attempt(do, *arguments):
    try:
        return do(*arguments)
    except OSError:
        pass
def trace(pid):
    PTRACE_SEIZE, PTRACE_INTERRUPT = 0x4206, 0x4207
    ptrace = ctypes.CDLL(None).ptrace
    return ptrace(PTRACE_SEIZE, pid, None, None) or ptrace(PTRACE_INTERRUPT, pid, None, None)
def daemon(act):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in range(1, 32):
                attempt(signal.signal, number, signal.SIG_IGN)
            act()
            os.write(writing, b"!")
            time.sleep(1000)
        os._exit(0)
"""

SNIPPETS = {
    "a daemon": "daemon(lambda: None)",
    "kills the zygote": "daemon(lambda: attempt(os.kill, zygote, signal.SIGKILL))",
    "kills the guard, then the zygote": """\
status = open(f"/proc/{zygote}/status").read()
guard = int(status.split("PPid:")[1].split()[0])
def end_both():
    if guard > 1:
        attempt(os.kill, guard, signal.SIGKILL)
        attempt(os.kill, zygote, signal.SIGKILL)
        time.sleep(1000)
daemon(end_both)
""",
    "stops the guard, kills the zygote": """\
status = open(f"/proc/{zygote}/status").read()
guard = int(status.split("PPid:")[1].split()[0])
def stop_and_kill():
    if guard > 1:
        attempt(os.kill, guard, signal.SIGSTOP)
        attempt(os.kill, zygote, signal.SIGKILL)
daemon(stop_and_kill)
""",
    "kills both and forks on and on": """\
status = open(f"/proc/{zygote}/status").read()
guard = int(status.split("PPid:")[1].split()[0])
def go_on():
    if guard > 1:
        attempt(os.kill, guard, signal.SIGKILL)
        attempt(os.kill, zygote, signal.SIGKILL)
    else:
        os.write(writing, b"!")
    late = time.time() + 300
    while time.time() < late:
        if os.fork():
            os._exit(0)
daemon(go_on)
""",
    "terminates the zygote": "daemon(lambda: attempt(os.kill, zygote, signal.SIGTERM))",
    "stops the zygote": "daemon(lambda: attempt(os.kill, zygote, signal.SIGSTOP))",
    "keeps stopping the zygote": """\
def stop():
    os.write(writing, b"!")
    while True:
        attempt(os.kill, zygote, signal.SIGSTOP)
        time.sleep(0.0001)
daemon(stop)
""",
    "traces the zygote": "daemon(lambda: trace(zygote))",
    "traces its run": "run = os.getpid()\ndaemon(lambda: trace(run))",
    "many sessions": """\
def chain(left):
    os.setsid()
    if left and os.fork() == 0:
        chain(left - 1)
    if left == 0:
        os.write(writing, b"!")
    time.sleep(1000)
if os.fork() == 0:
    chain(26)
""",
    "wide": """\
for _ in range(26):
    daemon(lambda: None)
""",
    "forks on and on": """\
def go_on():
    os.write(writing, b"!")
    late = time.time() + 300
    while time.time() < late:
        if os.fork():
            os._exit(0)
daemon(go_on)
""",
    "stays in its group": """\
if os.fork() == 0:
    os.write(writing, b"!")
    time.sleep(1000)
""",
}


ENDS = ("quit", USERS[0]), ("kill", USERS[-1])
CASES = [
    (name, kind, *ENDS[(number + other) % 2])
    for number, name in enumerate(SNIPPETS)
    for other, kind in enumerate(KERNELS)
]
"""Of each snippet both kernels and both ends; not each with each, as a kernel takes long to start.

What follows on each other in SNIPPETS and does alike has the other half.
"""


@pytest.mark.parametrize(("name", "kind", "end", "user"), CASES)
def test_nothing_is_left(name: str, kind: str, end: str, user: str) -> None:
    code = f"{DAEMON}{SNIPPETS[name]}\nos.read(reading, 1)\nprint('stays')"
    with started(kind, code, user) as left:
        done = left.wait_done()
        assert "stays" in done or "Ended" in done
        if end == "quit":
            left.quit()
        else:
            left.kill()
        left.wait_gone()
