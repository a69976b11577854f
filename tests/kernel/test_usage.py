"""Memory counts for all processes of a run together, and what they share counts once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from process_session import KERNELS, Session

from autograd_tutor import linux
from autograd_tutor.kernel import usage
from autograd_tutor.linux import descendants
from autograd_tutor.recording.wire import Limits

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read in /proc")

LIMITS = Limits(seconds=60.0, memory=600)
FORK = "import os, time\nkept = None\nfor _ in range(3):\n    if os.fork() == 0:\n        break\n"


@pytest.fixture(scope="module", params=KERNELS)
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    with Session(KERNELS[request.param]) as session:
        session.wait_ready()
        yield session


@pytest.mark.parametrize(
    "code",
    [
        f"{FORK}kept = bytearray(os.urandom(1)) * (300 * 2**20)\ntime.sleep(1000)",
        "import os, time\nfile = os.memfd_create('x')\n"
        "for _ in range(900): os.write(file, bytes(2**20))\ntime.sleep(1000)",
        "import mmap, time\nkept = mmap.mmap(-1, 900 * 2**20)\n"
        "for _ in range(900): kept.write(bytes(2**20))\ntime.sleep(1000)",
        "import time\nkept = [torch.ones(2**26).share_memory_() for _ in range(4)]\n"
        "time.sleep(1000)",
        "import subprocess, sys, time\n"
        "code = 'import time; x = bytearray(b\"x\") * (400 * 2**20);'\n"
        "code += 'time.sleep(1000)'\nfor _ in range(2):\n"
        "    subprocess.Popen([sys.executable, '-c', code], start_new_session=True)\n"
        "time.sleep(1000)",
    ],
    ids=["forks", "a memory file", "shared pages", "shared tensors", "children in sessions"],
)
def test_a_run_may_take_so_much_in_all(session: Session, code: str) -> None:
    outcome = session.execute(code, LIMITS)

    assert outcome.ended is not None, outcome.result
    assert outcome.ended.cause == "memory"
    session.assert_works()


WRITE = "import os, tempfile, time\nos.chdir(tempfile.gettempdir())\n"
FILL = "file = open('x', 'wb')\n{}\nfor _ in range(900): file.write(bytes(2**20))\nfile.flush()\n"


@pytest.mark.skipif(linux.why_no_sandbox() is not None, reason=str(linux.why_no_sandbox()))
@pytest.mark.parametrize(
    "code",
    [
        FILL.format(""),
        FILL.format("os.remove('x')"),
        f"os.makedirs('a/b'); os.chdir('a/b')\n{FILL.format('')}file.close()\n",
        "for n in range(3):\n    with open(f'{n}', 'wb') as file: file.write(bytes(300 * 2**20))\n",
        "for n in range(10_100): open(f'{n}', 'wb').close()\n",
        "for n in range(2100): os.mkdir('a' * 9); os.chdir('a' * 9)\n",
    ],
    ids=["a file", "one that is removed", "one in folders", "many", "very many", "very deep"],
)
def test_what_is_written_in_a_sandbox_counts(session: Session, code: str) -> None:
    outcome = session.execute(f"{WRITE}{code}time.sleep(1000)", LIMITS, sandboxed=True)
    assert outcome.ended is not None, outcome.result
    assert outcome.ended.cause == "memory"
    session.assert_works()


def test_it_holds_after_the_step(session: Session) -> None:
    code = (
        "import os, time\nfile = os.memfd_create('x')\n"
        "if os.fork() == 0:\n    for _ in range(900): os.write(file, bytes(2**20))\n"
        "    time.sleep(1000)"
    )
    run = session.start(LIMITS)
    session.step(run, code, limits=LIMITS)

    assert session.ended(run).cause == "memory"


def test_what_processes_share_counts_once() -> None:
    code = (
        "import mmap, os, sys\nown = bytearray(b'x') * (200 * 2**20)\n"
        "shared = mmap.mmap(-1, 100 * 2**20)\n"
        "for _ in range(100): shared.write(bytes(2**20))\n"
        "for _ in range(4):\n    if os.fork() == 0: break\n"
        "sum(memoryview(shared)[::4096])\nos.write(1, b'ready\\n')\nsys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        for _ in range(5):
            assert program.stdout.readline() == "ready\n"
        pids = [program.pid, *descendants(program.pid)]
        exact, quick = usage.memory(pids, 0), usage.memory(pids, 10**6)
        program.stdin.close()

    assert len(pids) == 5
    assert 300 <= exact < 400
    assert quick >= 1500


def test_processor_time_is_of_all_there_are() -> None:
    processor = usage.ProcessorTime()
    processor.used([os.getpid()])
    before = os.times()
    while os.times().user - before.user < 0.2:
        pass
    used = os.times()

    spent = used.user + used.system - before.user - before.system
    assert processor.used([os.getpid()]) >= spent - 0.05
    assert processor.used([os.getpid()]) < 0.2
