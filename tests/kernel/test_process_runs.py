"""Runs: fresh, seeded, one step after the other, and gone without a trace."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import torch
from process_session import LESSON, PATIENT, Session, alive, process_ids, zygote_like

from autograd_tutor.client import Ended, Ready, RunRecord, Started, reason_of_end
from autograd_tutor.recording.wire import EndCause, Limits, ResultRecord

DESCRIPTORS = Path("/proc/self/fd")


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Session() as session:
        session.wait_ready()
        yield session


class TestRuns:
    """What a run is."""

    def test_a_run_asked_for_before_torch_is_there_waits(self) -> None:
        with Session() as session:
            run = session.start(PATIENT)
            assert session.kernel.torch is None
            outcome = session.step(run, LESSON, limits=PATIENT)

            assert outcome.stdout == "tensor([2.])\n"
            assert session.kernel.torch == torch.__version__
            assert isinstance(session.events[0], Ready)
            assert session.events[1] == Started(run, process_ids(session.pid(run))[-1])

    def test_steps_share_a_namespace_and_keep_their_order(self, session: Session) -> None:
        run = session.start(PATIENT)
        for step, code in enumerate(["x = 1", "x += 1", "print(x)"]):
            session.ask(run, code, step, PATIENT)

        assert session.outcome(run, 2).stdout == "2\n"
        results = [
            event.record.result.step
            for event in session.events
            if isinstance(event, RunRecord)
            and event.run == run
            and isinstance(event.record, ResultRecord)
        ]
        assert results == [0, 1, 2]
        session.kernel.kill(run)

    def test_runs_know_nothing_of_each_other(self, session: Session) -> None:
        first = session.start(PATIENT)
        session.step(first, "torch.marker = x = 1", limits=PATIENT)
        code = "print('x' in globals(), hasattr(torch, 'marker'))"

        assert session.execute(code, PATIENT).stdout == "False False\n"
        assert session.step(first, "print(x)", 1, PATIENT).stdout == "1\n"
        session.kernel.kill(first)

    def test_the_seed_makes_runs_alike(self, session: Session) -> None:
        code = "import random, numpy\nprint(torch.rand(1), random.random(), numpy.random.rand())"

        def printed(seed: int) -> str:
            run = session.start(PATIENT, seed=seed)
            text = session.step(run, code, limits=PATIENT).stdout
            session.kernel.kill(run)
            return text

        assert printed(7) == printed(7) != printed(8)

    def test_setup_is_executed_and_not_recorded(self, session: Session) -> None:
        outcome = session.execute("print(hidden)", PATIENT, setup="hidden = 3\nprint('quiet')")

        assert outcome.stdout == "3\n"

    def test_a_setup_that_fails_ends_the_run(self, session: Session) -> None:
        outcome = session.execute("x = 1", PATIENT, setup="import torch\nfail()")

        assert outcome.setup_failed is not None
        assert outcome.setup_failed.type == "NameError"
        assert outcome.result is None
        assert outcome.ended == Ended(outcome.run, "closed", 0)

    def test_a_step_that_fails_leaves_the_run_alive(self, session: Session) -> None:
        run = session.start(PATIENT)
        assert session.step(run, "x = 1\nfail()", 0, PATIENT).error is not None

        assert session.step(run, "print(x)", 1, PATIENT).stdout == "1\n"
        session.kernel.kill(run)

    def test_code_longer_than_a_socket_holds(self, session: Session) -> None:
        code = "x = '''" + "y" * 2_000_000 + "'''\nprint(len(x))"

        assert session.execute(code, PATIENT).stdout == "2000000\n"

    def test_a_killed_run_is_gone(self, session: Session) -> None:
        run = session.start(PATIENT)
        session.ask(run, "while True: pass", limits=PATIENT)
        pid = session.pid(run)
        session.kernel.kill(run)

        assert session.ended(run).cause == "killed"
        assert not alive(pid)

    def test_what_is_asked_of_a_run_that_is_gone_is_forgotten(self, session: Session) -> None:
        run = session.start(PATIENT)
        session.kernel.kill(run)
        session.ended(run)
        session.kernel.kill(run)
        session.ask(run, "x = 1")

        session.assert_works()

    def test_two_runs_at_once(self, session: Session) -> None:
        spinning = session.start(PATIENT)
        session.ask(spinning, "while True: pass", limits=PATIENT)

        session.assert_works()
        session.kernel.kill(spinning)
        assert session.ended(spinning).cause == "killed"

    def test_the_end_comes_last(self, session: Session) -> None:
        outcome = session.execute("for i in range(500): print(i)\nimport os; os._exit(0)", PATIENT)
        session.ended(outcome.run)
        found = [event for event in session.events if getattr(event, "run", 0) == outcome.run]

        assert isinstance(found[-1], Ended)
        assert len(outcome.snapshots) > 500

    def test_the_snippet_has_the_environment_to_itself(self, session: Session) -> None:
        code = (
            "import os, sys, signal\n"
            "print(sys.argv, __name__, sys.stdin.read() == '')\n"
            "print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)\n"
            "print(os.getpid() == os.getpgrp() == os.getsid(0), torch.get_num_threads())"
        )

        assert session.execute(code, PATIENT).stdout == ("[''] __main__ True\nTrue\nTrue 1\n")

    def test_sets_of_strings_keep_their_order_in_another_kernel(self, session: Session) -> None:
        code = "print({str(number) for number in range(100)})"
        with Session() as other:
            assert other.execute(code, PATIENT).stdout == session.execute(code, PATIENT).stdout

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("OMP_NUM_THREADS", "1"),
            ("OPENBLAS_NUM_THREADS", "1"),
            ("MKL_NUM_THREADS", "1"),
            ("VECLIB_MAXIMUM_THREADS", "1"),
            ("OBJC_DISABLE_INITIALIZE_FORK_SAFETY", "YES"),
        ],
    )
    def test_nothing_starts_threads_before_a_fork(
        self, session: Session, name: str, value: str
    ) -> None:
        code = f"import os\nprint(os.environ[{name!r}])"

        assert session.execute(code, PATIENT).stdout == f"{value}\n"

    @pytest.mark.skipif(not DESCRIPTORS.exists(), reason="counts descriptors in /proc")
    def test_the_snippet_sees_only_its_own_descriptors(self, session: Session) -> None:
        code = "import os\nprint(sorted(map(int, os.listdir('/proc/self/fd'))))"
        printed = [session.execute(code, PATIENT).stdout for _ in range(2)]

        # 0, 1, 2; both connections; the pipe's ends; the listing itself
        assert [len(each.split(",")) for each in printed] == [8, 8], printed

    @pytest.mark.skipif(not DESCRIPTORS.exists(), reason="counts descriptors in /proc")
    def test_a_hundred_runs_leave_nothing_behind(self) -> None:
        open_book = "from autograd_tutor import linux; linux.refuse_tracers = lambda refuse: None"
        with Session(zygote_like(open_book)) as session:

            def one_run() -> int:
                run = session.start(PATIENT, setup="")
                session.step(run, "x = 1", limits=PATIENT)
                session.kernel.kill(run)
                session.ended(run)
                return session.pid(run)

            def open_now() -> tuple[int, int]:
                return len(os.listdir(DESCRIPTORS)), len(os.listdir(f"/proc/{session.zygote}/fd"))

            one_run()
            gc.collect()  # of what tests before have left
            before = open_now()
            pids = [one_run() for _ in range(100)]

            assert open_now() == before
            assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


class TestFiles:
    """Runs of a lesson that is a file."""

    def test_a_script_is_what_it_is_under_python(self, session: Session, tmp_path: Path) -> None:
        path = tmp_path / "train.py"
        path.with_name("beside_it.py").write_text("value = 3\n")
        code = "import beside_it, sys\nprint(beside_it.value, __file__, sys.argv)"
        path.write_text(code)
        outcome = session.execute(code, PATIENT, path=path)

        assert outcome.error is None
        assert outcome.stdout == f"3 {path} {[str(path)]}\n"

    def test_a_lesson_finds_modules_beside_it(self, session: Session, tmp_path: Path) -> None:
        (tmp_path / "beside_it.py").write_text("value = 3\n")
        code = "import beside_it, sys\nprint(beside_it.value, sys.argv, '__file__' in globals())"
        outcome = session.execute(code, PATIENT, path=tmp_path / "lesson.yaml")

        assert outcome.stdout == "3 [''] False\n"

    def test_runs_of_other_files_do_not_find_them(self, session: Session, tmp_path: Path) -> None:
        (tmp_path / "beside_it.py").write_text("value = 3\n")
        session.execute("import beside_it", PATIENT, path=tmp_path / "lesson.yaml")
        outcome = session.execute("import beside_it", PATIENT)

        assert outcome.error is not None
        assert outcome.error.type == "ModuleNotFoundError"

    def test_a_relative_path_is_made_full(self, session: Session) -> None:
        code = "import os, sys\nprint(__file__ == os.path.abspath('some.py'), sys.argv)"

        assert session.execute(code, PATIENT, path=Path("some.py")).stdout == "True ['some.py']\n"

    def test_the_source_of_classes_is_found(self, session: Session) -> None:
        code = "import inspect\nclass A:\n    x = 1\nprint(inspect.getsource(A))"

        assert session.execute(code, PATIENT).stdout == "class A:\n    x = 1\n\n"


class TestWorkers:
    """Snippets whose libraries start processes."""

    def test_spawned_processes_do_not_run_the_snippet(self, session: Session) -> None:
        code = (
            "import math, multiprocessing\nprint('once')\n"
            "with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
            "    print(pool.map(math.sqrt, [4.0]))"
        )
        outcome = session.execute(code, PATIENT)

        assert outcome.error is None
        assert outcome.stdout == "once\n[2.0]\n"

    def test_spawned_processes_find_the_functions_of_a_script(
        self, session: Session, tmp_path: Path
    ) -> None:
        path = tmp_path / "train.py"
        code = (
            "import multiprocessing\ndef double(x): return 2 * x\n"
            "if __name__ == '__main__':\n"
            "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
            "        print(pool.map(double, [4]))"
        )
        path.write_text(code)
        outcome = session.execute(code, PATIENT, path=path)

        assert outcome.error is None
        assert outcome.stdout == "[8]\n"

    def test_a_loader_with_workers_ends(self, session: Session) -> None:
        code = (
            "from torch.utils.data import DataLoader, TensorDataset\n"
            "data = TensorDataset(torch.arange(4.0))\n"
            "for (batch,) in DataLoader(data, batch_size=2, num_workers=1): print(batch)"
        )
        outcome = session.execute(code, PATIENT)

        assert outcome.error is None
        assert outcome.stdout == "tensor([0., 1.])\ntensor([2., 3.])\n"


class TestOutput:
    """What is printed, whoever prints it."""

    @pytest.mark.parametrize(
        ("code", "printed"),
        [
            ("import sys\nprint('out')\nprint('err', file=sys.stderr)", "out\nerr\n"),
            ("import os\nprint('a')\nos.write(1, b'b\\n')\nprint('c')", "a\nb\nc\n"),
            ("import subprocess\nsubprocess.run(['echo', 'child'])", "child\n"),
            ("import ctypes\nctypes.CDLL(None).puts(b'from C')", "from C\n"),
            ("import os\nos.write(1, b'\\xff\\xc3')\nos.write(1, b'\\xa9')", "\\xffé"),
            ("print('\\udc80é')", "\\udc80é\n"),
            ("import sys\nsys.stdout.buffer.write(b'raw')", "raw"),
            ("import sys\nsys.stdout.close()\nx = 1", ""),
            ("import sys\nsys.stdout = None\nprint('nowhere')", ""),
        ],
        ids=["streams", "order", "child", "C", "bytes", "surrogate", "raw", "closed", "None"],
    )
    def test_it_is_captured(self, session: Session, code: str, printed: str) -> None:
        outcome = session.execute(code, PATIENT)

        assert outcome.stdout == printed
        assert outcome.error is None

    def test_it_belongs_to_its_line(self, session: Session) -> None:
        outcome = session.execute("print('one')\nx = 1\nprint('two')", PATIENT)

        lines = {snapshot.line: snapshot.stdout for snapshot in outcome.snapshots}
        assert lines == {0: "", 1: "one\n", 2: "", 3: "two\n"}

    def test_a_line_may_print_more_than_a_pipe_holds(self, session: Session) -> None:
        limits = Limits(seconds=60.0, output=4 * 2**20)
        outcome = session.execute("print('x' * (3 * 2**20))", limits)

        assert outcome.stdout == "x" * (3 * 2**20) + "\n"
        assert outcome.result is not None
        assert outcome.result.truncated is None

    def test_each_step_may_print_as_much(self, session: Session) -> None:
        limits = Limits(seconds=60.0, output=1000)
        run = session.start(limits)
        flooded = session.step(run, "print('x' * 2000)\nprint('y')", 0, limits)
        after = session.step(run, "print('z' * 900)", 1, limits)
        session.kernel.kill(run)

        assert flooded.result is not None
        assert flooded.result.truncated == "output"
        assert flooded.stdout == "x" * 1000 + "\n… output cut at 1000 bytes\n"
        assert after.stdout == "z" * 900 + "\n"
        assert after.result is not None
        assert after.result.truncated is None


class TestExplain:
    """Words for how a run ended."""

    @pytest.mark.parametrize("cause", get_args(EndCause))
    def test_every_end_has_words_and_a_next_step(self, cause: str) -> None:
        text = reason_of_end(Ended(1, cause, 9), Limits())  # type: ignore[arg-type]

        assert "un" in text.partition(". ")[2] or "un it again" in text
        assert len(text) < 200

    def test_it_names_what_there_was(self) -> None:
        assert "status 3" in reason_of_end(Ended(1, "exit", 3), Limits())
        assert "SIGSEGV" in reason_of_end(Ended(1, "signal", 11), Limits())
        assert "signal 200" in reason_of_end(Ended(1, "signal", 200), Limits())
        assert "0.5 s" in reason_of_end(Ended(1, "deadline", 9), Limits(seconds=0.5))
        assert "256 MiB" in reason_of_end(Ended(1, "memory", 9), Limits(memory=256))
