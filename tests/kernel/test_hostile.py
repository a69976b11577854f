"""Whatever a snippet does, the right thing is said about it and the next run works."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from process_session import (
    DEADLINES,
    KERNELS,
    PATIENT,
    Outcome,
    Session,
    alive,
    in_time,
    wait_until,
)

from autograd_tutor.client import Ended, KernelLost
from autograd_tutor.recording.wire import Limits

QUICK = Limits(seconds=0.5)


@pytest.fixture(scope="module", params=KERNELS)
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    with Session(KERNELS[request.param]) as session:
        session.wait_ready()
        yield session


@pytest.fixture(autouse=True)
def _the_next_run_works(session: Session) -> Iterator[None]:
    yield
    session.assert_works()


def ended(outcome: Outcome) -> Ended:
    assert outcome.ended is not None, outcome.result
    assert outcome.result is None
    return outcome.ended


def error_type(outcome: Outcome) -> str:
    assert outcome.ended is None, outcome.ended
    assert outcome.error is not None
    return outcome.error.type.rpartition(".")[2]


def assert_stopped(outcome: Outcome) -> None:
    """Out of time: the snippet was interrupted, or its process was killed."""
    if outcome.ended is not None:
        assert ended(outcome).cause == "deadline"
    else:
        assert error_type(outcome) == "TimeLimit"


def truncated(outcome: Outcome) -> bool:
    """Whether a step came to one of its limits before its deadline."""
    return outcome.result is not None and outcome.result.truncated is not None


class TestTime:
    """Snippets that do not come to an end by themselves."""

    @pytest.mark.parametrize(
        "code",
        [
            "while True: pass",
            "while True:\n    pass",
            "import time\ntime.sleep(10**6)",
            "pow(7, 10**9)",
        ],
        ids=["one line", "two lines", "sleep", "in C"],
    )
    def test_an_endless_snippet_is_stopped(self, session: Session, code: str) -> None:
        outcome = session.execute_until_stopped(
            f"x = torch.ones(2)\n{code}", reached=lambda outcome: len(outcome.snapshots) > 1
        )

        assert "x" in outcome.snapshots[1].tensors
        assert_stopped(outcome)

    @pytest.mark.parametrize(
        "code",
        [
            "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
            "def again():\n    try:\n        while True: pass\n    finally: again()\nagain()",
            "import signal\nfor n in range(1, 32):\n    try: signal.signal(n, signal.SIG_IGN)\n"
            "    except OSError: pass\nwhile True: pass",
            "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))\n"
            "while True: pass",
            "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
        ],
        ids=[
            "swallows every exception",
            "goes on in finally",
            "ignores signals",
            "blocks signals",
            "stops itself",
        ],
    )
    def test_one_that_will_not_be_stopped_is_ended(self, session: Session, code: str) -> None:
        assert_stopped(session.execute(code, QUICK))

    def test_a_repr_that_never_returns(self, session: Session) -> None:
        outcome = session.execute(
            "class Endless:\n    def __repr__(self):\n        while True: pass\nx = Endless()",
            QUICK,
        )

        assert outcome.ended is None or outcome.ended.cause == "deadline"

    def test_the_deadline_is_for_each_step(self, session: Session) -> None:
        for seconds in DEADLINES:  # together the steps take longer
            run, limits = session.start(PATIENT), Limits(seconds=seconds)
            code = f"import time; time.sleep({0.4 * seconds})"
            errors = [session.step(run, code, step, limits).error for step in range(3)]
            session.kernel.kill(run)
            if not any(errors):
                break
        assert errors == [None] * 3

    def test_a_run_goes_on_after_a_step_that_was_stopped(self, session: Session) -> None:
        stopped = session.execute_until_stopped(
            "x = 1\nimport time; time.sleep(10**6)",
            reached=lambda outcome: in_time(outcome) and len(outcome.snapshots) > 2,
            keep=True,
        )
        assert error_type(stopped) == "TimeLimit"

        assert session.step(stopped.run, "print(x)", 1, PATIENT).stdout == "1\n"
        session.kernel.kill(stopped.run)

    def test_setup_that_does_not_end(self, session: Session) -> None:
        outcome = session.execute("x = 1", QUICK, "while True: pass", setup_seconds=0.5)

        assert outcome.result is None
        assert outcome.ended is not None
        assert outcome.setup_failed is not None or outcome.ended.cause == "deadline"


class TestExits:
    """Snippets that end their process."""

    def test_sys_exit_is_an_exception_like_any_other(self, session: Session) -> None:
        assert error_type(session.execute("import sys\nsys.exit(3)", PATIENT)) == "SystemExit"

    def test_os_exit(self, session: Session) -> None:
        outcome = session.execute("import os\nos._exit(3)", PATIENT)

        assert ended(outcome) == Ended(outcome.run, "exit", 3)

    @pytest.mark.parametrize("status", [0, 70, 94, 95])
    def test_no_exit_status_passes_for_the_recorders_own_end(
        self, session: Session, status: int
    ) -> None:
        outcome = session.execute(f"import os\nos._exit({status})", PATIENT)

        assert ended(outcome) == Ended(outcome.run, "exit", status)

    @pytest.mark.parametrize(
        ("code", "signal"),
        [
            ("import ctypes\nctypes.string_at(0)", 11),
            ("import os\nos.abort()", 6),
            ("import os\nos.kill(os.getpid(), 9)", 9),
            ("import os\nos.kill(0, 9)", 9),
        ],
        ids=["segfault", "abort", "kill itself", "kill its group"],
    )
    def test_a_crash(self, session: Session, code: str, signal: int) -> None:
        outcome = session.execute(f"x = torch.ones(2)\n{code}", PATIENT)

        assert (ended(outcome).cause, ended(outcome).code) == ("signal", signal)
        assert any("x" in snapshot.tensors for snapshot in outcome.snapshots)

    @pytest.mark.parametrize("number", ["SIGKILL", "SIGTERM", "SIGSTOP"])
    def test_a_snippet_that_signals_its_parent(self, session: Session, number: str) -> None:
        seen = len(session.events)
        code = f"import os, signal\nos.kill(os.getppid(), signal.{number})\nwhile True: pass"
        outcome = session.execute(
            code, QUICK if session.isolated or number == "SIGSTOP" else PATIENT
        )

        if number == "SIGSTOP" or session.isolated:  # the first process of a namespace is safe
            assert_stopped(outcome)
        else:
            assert ended(outcome).cause == "lost"
            lost = session.wait(lambda event: isinstance(event, KernelLost), since=seen)
            assert isinstance(lost, KernelLost)
            assert "next run" in lost.reason
            wait_until(lambda: not alive(session.pid(outcome.run)), "the run is gone")


class TestTerminal:
    """Snippets that want the keyboard or the screen."""

    def test_input_says_that_there_is_no_keyboard(self, session: Session) -> None:
        outcome = session.execute("name = input('name? ')", PATIENT)

        assert error_type(outcome) == "EOFError"
        assert outcome.error is not None
        assert "cannot read from the keyboard" in outcome.error.message

    def test_breakpoint_stops_nothing_and_says_so(self, session: Session) -> None:
        outcome = session.execute("x = 1\nbreakpoint()\nprint('on')", PATIENT)

        assert outcome.error is None
        assert outcome.result is not None
        assert outcome.result.ok
        assert [s.line for s in outcome.snapshots if s.event == "line"] == [1, 2, 3]
        assert "breakpoint()" in outcome.stdout
        assert "every line is recorded already" in outcome.stdout
        assert outcome.stdout.endswith("on\n")

    def test_a_debugger_started_by_hand_finds_no_keyboard(self, session: Session) -> None:
        outcome = session.execute("import pdb; pdb.set_trace()\nx = 1", PATIENT)

        assert outcome.result is not None

    def test_there_is_no_terminal(self, session: Session) -> None:
        assert error_type(session.execute("open('/dev/tty')", PATIENT)) == "OSError"

    def test_escape_sequences_are_data(self, session: Session) -> None:
        outcome = session.execute(r"print('\x1b[2J\x1b]0;title\x07')", PATIENT)

        assert outcome.stdout == "\x1b[2J\x1b]0;title\x07\n"


class TestOutput:
    """Floods."""

    @pytest.mark.parametrize(
        ("code", "ends"),
        [
            ("print('x\\n' * 10_000_000)", True),
            ("any(map(print, range(10_000_000)))", False),
            ("import os\nos.write(1, b'x' * 50_000_000)", True),
            ("import os\nall(iter(lambda: os.write(2, b'x' * 4096), -1))", False),
            ("import subprocess\nsubprocess.run(['yes'], timeout=0.2)", True),
        ],
        ids=["one print", "many prints", "write", "endless writes", "child"],
    )
    def test_a_flood_is_cut(self, session: Session, code: str, ends: bool) -> None:
        code, limits = f"x = 1\n{code}", Limits(seconds=60.0, output=1000)
        if ends:
            outcome = session.execute(code, limits)
        else:
            outcome = session.execute_until_stopped(code, limits, truncated)

        assert outcome.ended is None
        assert outcome.result is not None
        assert outcome.result.truncated == "output"
        assert len(outcome.stdout.encode()) < 1100
        assert outcome.stdout.endswith("… output cut at 1000 bytes\n")

    def test_ten_million_printed_lines(self, session: Session) -> None:
        code = "for number in range(10_000_000):\n    print(number)"
        limits = Limits(snapshots=50, output=2048)
        outcome = session.execute_until_stopped(code, limits, truncated)

        assert outcome.ended is None
        assert outcome.result is not None
        assert outcome.result.truncated is not None
        assert len(outcome.stdout.encode()) <= 2048 + len("\n… output cut at 2 KiB\n".encode())


class TestMemory:
    """Allocation without end."""

    @pytest.mark.skipif(os.uname().sysname != "Linux", reason="RLIMIT_DATA is Linux's")
    @pytest.mark.parametrize(
        ("code", "error"),
        [
            # In large pieces, so that what is left is enough to record the failure.
            ("ts = []\nwhile True: ts.append(torch.ones(3 * 2**22))", "RuntimeError"),
            ("text = 'x'\nwhile True: text += text", "MemoryError"),
        ],
        ids=["tensors", "Python objects"],
    )
    def test_allocation_without_end_fails(self, session: Session, code: str, error: str) -> None:
        outcome = session.execute(code, Limits(seconds=60.0, memory=256))

        assert error_type(outcome) == error

    @pytest.mark.skipif(os.uname().sysname != "Linux", reason="RLIMIT_DATA is Linux's")
    @pytest.mark.parametrize(
        "code",
        [
            "kept = []\nwhile True: kept.append([])",
            "kept = []\nwhile True:\n    try: kept.append([])\n    except MemoryError: pass",
            "kept = None\nwhile True: kept = [kept]",
        ],
        ids=["a list", "an error that is swallowed", "nested lists"],
    )
    def test_allocation_in_small_pieces(self, session: Session, code: str) -> None:
        outcome = session.execute(code, Limits(seconds=2.5, memory=64, snapshots=50))

        if outcome.ended is not None:
            assert outcome.ended.cause in ("memory", "deadline")
        else:
            assert error_type(outcome) in ("MemoryError", "TimeLimit")

    def test_a_recorder_without_memory_says_so(self, session: Session) -> None:
        code = "import autograd_tutor.kernel.observer as theirs\ndef fail(*_): raise MemoryError\n"
        code += "theirs.StepObserver.finish = fail"
        outcome = session.execute(code, Limits(seconds=60.0, memory=256))

        assert ended(outcome) == Ended(outcome.run, "memory", 0)

    def test_a_failure_of_the_recorder_is_not_the_snippets(self, session: Session) -> None:
        code = "import autograd_tutor.kernel.run as theirs\ntheirs.loaded = None"
        outcome = session.execute(code, PATIENT)

        assert ended(outcome) == Ended(outcome.run, "fault", 0)


class TestDescriptors:
    """Snippets that reach for what is not theirs."""

    @pytest.mark.parametrize(
        "code",
        [
            "import os\nos.closerange(3, 4096)\nx = 1",
            "import os\nos.closerange(3, 4096)\nfiles = [open('/dev/zero') for _ in range(20)]",
            "import os, socket\nos.closerange(3, 4096)\n"
            "pairs = [socket.socketpair() for _ in range(20)]\nx = 1",
            "import os\nfor number in range(3, 256):\n"
            "    try: os.write(number, b'junk' * 100)\n    except OSError: pass\nx = 1",
        ],
        ids=["closes all", "reopens them as files", "reopens them as sockets", "writes junk"],
    )
    def test_a_run_without_its_connections_is_ended(self, session: Session, code: str) -> None:
        assert ended(session.execute(code, PATIENT)).cause == "protocol"

    def test_one_that_closes_all_and_spins(self, session: Session) -> None:
        outcome = session.execute(
            "import os, time\nos.closerange(0, 4096); time.sleep(10**6)", PATIENT
        )

        assert ended(outcome).cause == "protocol"

    def test_closed_standard_streams_do_no_harm(self, session: Session) -> None:
        outcome = session.execute("import os\nos.closerange(0, 3)\nx = 1", PATIENT)

        assert outcome.ended is None
        assert any("x" in snapshot.values for snapshot in outcome.snapshots)

    def test_a_forged_report_that_the_step_is_done(self, session: Session) -> None:
        code = (
            "import os, time\n"
            "from autograd_tutor.recording.wire import Idle, encode\n"
            "for number in range(3, 64):\n"
            "    try: os.write(number, encode(Idle(0, bytes(16))))\n    except OSError: pass\n"
            "time.sleep(10**6)"
        )
        assert ended(session.execute(code, PATIENT)).cause == "protocol"

    def test_a_forged_record(self, session: Session) -> None:
        code = (
            "import os\n"
            "from autograd_tutor.recording.wire import ResultRecord, encode\n"
            "from autograd_tutor.recording.model import StepResult\n"
            "forged = encode(ResultRecord(StepResult(7, True, 0, 0, None, (), None, 0.0)))\n"
            "for number in range(3, 64):\n"
            "    try: os.write(number, forged)\n    except OSError: pass\n"
            "import time; time.sleep(10**6)"
        )
        assert ended(session.execute(code, PATIENT)).cause == "protocol"

    @pytest.mark.parametrize("grads", [500, 5_000])
    def test_a_forged_gradient_of_gradients_without_end(self, session: Session, grads: int) -> None:
        """Neither its decoding nor what is done with it may end the reader of the records."""
        code = (
            "import os, time\n"
            "from msgspec import msgpack\n"
            "from autograd_tutor.recording.model import Snapshot, Tensor\n"
            "from autograd_tutor.recording.wire import HEADER, MAGIC, SnapshotRecord, encode\n"
            "tensor = Tensor((), 'd', 'cpu', False, True, False, 'leaf', None, None, 0, 0, None,"
            " None, None, 'HERE')\n"
            "moment = Snapshot(0, 1, 'line', 1, 0, 0, '', '', {'x': tensor}, {}, (), (), None)\n"
            "before, after = msgpack.encode(tensor).split(msgpack.encode('HERE'))\n"
            "head, tail = encode(SnapshotRecord(moment))[HEADER:].split(msgpack.encode('HERE'))\n"
            f"body = head + before * {grads} + b'\\xc0' + after * {grads} + tail\n"
            "frame = MAGIC + len(body).to_bytes(4, 'big') + body\n"
            "for number in range(3, 64):\n"
            "    try: os.write(number, frame)\n    except OSError: pass\n"
            "time.sleep(10**6)"
        )
        assert ended(session.execute(code, PATIENT)).cause == "protocol"


class TestPython:
    """Snippets that change what the recorder stands on."""

    def test_a_repr_that_raises(self, session: Session) -> None:
        outcome = session.execute(
            "class Bad:\n    def __repr__(self): raise ValueError\nx = Bad()\ny = 2", PATIENT
        )

        assert outcome.error is None
        assert any("y" in snapshot.values for snapshot in outcome.snapshots)

    def test_a_replaced_backward(self, session: Session) -> None:
        code = (
            "torch.Tensor.backward = lambda *a, **k: print('no')\n"
            "x = torch.ones(1, requires_grad=True)\n(x * x).sum().backward()"
        )
        outcome = session.execute(code, PATIENT)

        assert outcome.error is None
        assert outcome.stdout == "no\n"

    def test_a_replaced_exit(self, session: Session) -> None:
        run = session.start(PATIENT)
        session.step(run, "import os, sys\nos._exit = sys.exit = print", limits=PATIENT)
        session.kernel.kill(run)

        assert session.ended(run).cause == "killed"

    def test_broken_builtins(self, session: Session) -> None:
        code = "import builtins\nbuiltins.len = builtins.isinstance = builtins.print = None\nx = 1"
        outcome = session.execute(code, PATIENT)

        assert outcome.result is not None or outcome.ended is not None


class TestProcesses:
    """Snippets that start others."""

    def test_a_fork_records_nothing_and_goes(self, session: Session) -> None:
        code = (
            "import os\npid = os.fork()\nx = 1\n"
            "if pid: status = os.waitpid(pid, 0)[1]\nprint(pid > 0)"
        )
        outcome = session.execute(code, PATIENT)

        assert outcome.error is None
        assert outcome.stdout.splitlines() in (["False", "True"], ["True", "False"])
        assert [snapshot.index for snapshot in outcome.snapshots] == list(
            range(len(outcome.snapshots))
        )

    def test_threads_left_running(self, session: Session) -> None:
        code = (
            "import threading, time\n"
            "def spin():\n    while True: time.sleep(0.001)\n"
            "threading.Thread(target=spin).start()\nx = 1"
        )
        run = session.start(PATIENT)
        assert session.step(run, code, 0, PATIENT).error is None
        assert session.step(run, "print(x)", 1, PATIENT).stdout == "1\n"
        session.kernel.kill(run)
        assert session.ended(run).cause == "killed"

    @pytest.mark.parametrize(
        "how",
        [
            "",
            pytest.param(
                "start_new_session=True",
                marks=pytest.mark.skipif(os.uname().sysname != "Linux", reason="needs a subreaper"),
            ),
        ],
        ids=["in its group", "in a session of its own"],
    )
    def test_children_end_with_the_run(self, session: Session, how: str) -> None:
        code = (
            f"import subprocess\nchild = subprocess.Popen(['sleep', '1000'], {how})\n"
            "print(child.pid)"
        )
        run = session.start(PATIENT)
        child = session.outside(int(session.step(run, code, limits=PATIENT).stdout))
        assert alive(child)

        session.kernel.kill(run)

        assert session.ended(run).cause == "killed"
        wait_until(lambda: not alive(child), "the child is gone")

    def test_children_end_when_the_snippet_exits(self, session: Session) -> None:
        code = (
            "import os, subprocess\nchild = subprocess.Popen(['sleep', '1000'])\nprint(child.pid)"
        )
        run = session.start(PATIENT)
        child = session.outside(int(session.step(run, code, limits=PATIENT).stdout))
        assert alive(child)

        assert ended(session.step(run, "os._exit(0)", 1, PATIENT)).cause == "exit"
        wait_until(lambda: not alive(child), "the child is gone")
