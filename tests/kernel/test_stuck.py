"""A kernel that no longer answers is ended and replaced, and the learner reads why."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import pytest
from process_session import KERNELS, Session, alive, wait_until

from autograd_tutor.client import KernelLost, process, run_connection
from autograd_tutor.recording.wire import Limits

PATIENT = Limits(seconds=600.0)
KEEP_STOPPING = """\
import os, signal, time
zygote = os.getppid()
guard = int(open(f"/proc/{zygote}/stat").read().rpartition(")")[2].split()[1])
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while os.getppid() != 1:
            for pid in (guard, zygote):
                try: os.kill(pid, signal.SIGSTOP)
                except OSError: pass
            time.sleep(0.001)
    os._exit(0)
while True: pass
"""
FORGE_IDLE = """\
import gc, time
from autograd_tutor.kernel.run import _StepServer
from autograd_tutor.recording.wire import Idle
(server,) = (each for each in gc.get_objects() if type(each) is _StepServer)
server._zygote.send(Idle(0, server._token))
"""


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that waits for two seconds only."""
    monkeypatch.setattr(process, "ANSWER_SECONDS", 2.0)
    monkeypatch.setattr(run_connection, "ANSWER_SECONDS", 2.0)
    monkeypatch.setattr(run_connection, "LATE_SECONDS", 2.0)


@pytest.fixture(params=KERNELS)
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    with Session(KERNELS[request.param]) as session:
        session.wait_ready()
        yield session


@pytest.fixture(scope="module", params=KERNELS)
def lasting(request: pytest.FixtureRequest) -> Iterator[Session]:
    """A session that outlives what its runs do: one for all tests of that."""
    with Session(KERNELS[request.param]) as session:
        session.wait_ready()
        yield session


def assert_replaced(session: Session, run: int) -> None:
    """The run is lost, the reason is given, and the next one works."""
    assert session.ended(run).cause == "lost"
    (lost,) = (event for event in session.events if isinstance(event, KernelLost))
    assert "no longer answers" in lost.reason
    assert "The next run starts a new one." in lost.reason
    session.assert_works()


@pytest.mark.usefixtures("_impatient")
class TestNoAnswer:
    """The zygote or its guard is stopped."""

    def test_both_are_stopped(self, session: Session) -> None:
        run = session.start(PATIENT)
        session.ask(run, "while True: pass", limits=PATIENT)
        pids = session.guard, session.zygote, session.pid(run)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)

        assert_replaced(session, run)
        for pid in pids:
            wait_until(lambda pid=pid: not alive(pid), f"{pid} is gone")  # type: ignore[misc]

    def test_a_run_that_is_asked_for_from_a_stopped_one(self, session: Session) -> None:
        session.assert_works()
        for pid in (session.guard, session.zygote):
            os.kill(pid, signal.SIGSTOP)
        run = session.start(PATIENT)
        session.ask(run, "x = 1", limits=PATIENT)

        assert_replaced(session, run)

    @pytest.mark.skipif(sys.platform != "linux", reason="stops are seen by the guard")
    def test_the_guard_lets_a_stopped_zygote_go_on(self, session: Session) -> None:
        run = session.start(PATIENT)
        session.step(run, "x = 1", limits=PATIENT)
        os.kill(session.zygote, signal.SIGSTOP)

        assert session.step(run, "print(x)", 1, PATIENT).stdout == "1\n"
        session.kernel.kill(run)
        assert session.ended(run).cause == "killed"

    @pytest.mark.skipif(sys.platform != "linux", reason="finds the guard in /proc")
    def test_a_daemon_keeps_stopping_them(self) -> None:
        with Session(KERNELS["not isolated"]) as session:
            run = session.start(PATIENT)
            session.ask(run, KEEP_STOPPING, limits=PATIENT)

            assert_replaced(session, run)


HALF_A_RECORD = """\
import gc
from autograd_tutor.kernel.run import _StepServer
from autograd_tutor.recording.wire import HEADER, MAGIC
(server,) = (each for each in gc.get_objects() if type(each) is _StepServer)
server._data.send_bytes((MAGIC + (2**20).to_bytes(4, "big"))[:{length}])
"""


@pytest.mark.usefixtures("_impatient")
class TestBrokenOff:
    """A part of a record arrives, and nothing of the rest."""

    @pytest.mark.parametrize("length", ["HEADER", "HEADER - 1"])
    def test_a_step_whose_result_is_taken_for_the_rest(self, lasting: Session, length: str) -> None:
        run = lasting.start(PATIENT)
        lasting.ask(run, HALF_A_RECORD.format(length=length), limits=PATIENT)

        assert lasting.ended(run).cause == "protocol"
        lasting.assert_works()

    def test_one_whose_rest_comes_is_not(self, lasting: Session) -> None:
        code = (
            "import time\nwhole = server._data.send_bytes\n"
            "def in_parts(frame):\n"
            "    for part in (frame[:3], frame[3:9], frame[9:]):\n"
            "        whole(part); time.sleep(0.3)\n"
            "server._data.send_bytes = in_parts\nx = 1"
        )
        run = lasting.start(PATIENT)
        lasting.ask(run, HALF_A_RECORD.format(length="0") + code, limits=PATIENT)

        assert lasting.outcome(run).ended is None
        lasting.kernel.kill(run)


@pytest.mark.usefixtures("_impatient")
class TestDeceived:
    """A snippet says that its step is done, and goes on."""

    def test_it_works_on(self, lasting: Session) -> None:
        run = lasting.start(PATIENT)
        lasting.ask(run, f"{FORGE_IDLE}while True: pass", limits=Limits(seconds=1.0))

        assert lasting.ended(run).cause in ("busy", "deadline")

    def test_it_sleeps(self, lasting: Session) -> None:
        run = lasting.start(Limits(seconds=30.0))
        lasting.step(run, "x = 1", limits=Limits(seconds=30.0))
        code = f"{FORGE_IDLE.replace('Idle(0', 'Idle(1')}time.sleep(1000)"
        lasting.ask(run, code, 1, Limits(seconds=1.0))

        assert lasting.ended(run).cause == "deadline"


class TestAfterTheStep:
    """What goes on when nothing is asked of the run."""

    @pytest.mark.skipif(sys.platform != "linux", reason="processor time is read in /proc")
    @pytest.mark.parametrize(
        "code",
        [
            "import threading\ndef spin():\n    while True: pass\n"
            "threading.Thread(target=spin, daemon=True).start()",
            "import subprocess\nsubprocess.Popen(['sh', '-c', 'while :; do :; done'])",
            "import os\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
            "        while True: pass\n    os._exit(0)",
            "import os\nif os.fork() == 0:\n"
            "    while True:\n        if os.fork() == 0:\n            sum(range(10**6))\n"
            "            os._exit(0)\n        os.wait()",
        ],
        ids=["a thread", "a child", "a daemon", "many short ones"],
    )
    def test_it_is_ended(self, lasting: Session, code: str) -> None:
        limits = Limits(seconds=1.0)
        run = lasting.start(PATIENT, setup="")
        outcome = lasting.step(run, code, limits=limits)
        assert outcome.ended is None

        assert lasting.ended(run).cause == "busy"
        lasting.assert_works()

    def test_what_only_waits_is_not(self, lasting: Session) -> None:
        code = (
            "import subprocess, threading\nevent = threading.Event()\n"
            "thread = threading.Thread(target=event.wait)\nthread.start()\n"
            "child = subprocess.Popen(['sleep', '1000'])"
        )
        run = lasting.start(PATIENT, setup="")
        lasting.step(run, code, limits=Limits(seconds=1.0))
        lasting.assert_works()
        done = "event.set()\nthread.join()\nprint(child.poll())"
        assert lasting.step(run, done, 1, PATIENT).stdout == "None\n"
        lasting.kernel.kill(run)
