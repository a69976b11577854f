"""The kernel's own life: how it starts, fails to start, is lost, replaced and ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from process_session import (
    DEADLINES,
    KERNELS,
    PATIENCE,
    PATIENT,
    Session,
    alive,
    in_time,
    wait_until,
    zygote_like,
)

from autograd_tutor.client import Broken, Ended, Kernel, KernelEvent, KernelLost, Ready
from autograd_tutor.recording.wire import Limits


class TestStart:
    """Kernels that do not come up."""

    def test_torch_is_not_installed(self) -> None:
        command = zygote_like("sys.modules['torch'] = None")
        with Session(command) as session:
            run = session.start()
            broken = session.wait(lambda event: isinstance(event, Broken))

            assert isinstance(broken, Broken)
            assert broken.reason.startswith("torch is not installed. Install it with")
            assert session.ended(run) == Ended(run, "lost", 0)
            assert not any(isinstance(event, KernelLost) for event in session.events)
            assert session.kernel.torch is None

    def test_torch_fails_to_be_imported(self, tmp_path: Path) -> None:
        (tmp_path / "torch.py").write_text("raise OSError('libtorch.so: wrong ELF class')")
        with Session(zygote_like(f"sys.path.insert(0, {str(tmp_path)!r})")) as session:
            broken = session.wait(lambda event: isinstance(event, Broken))

            assert isinstance(broken, Broken)
            assert "OSError: libtorch.so: wrong ELF class" in broken.reason

    def test_torch_lacks_what_the_recorder_needs(self) -> None:
        command = zygote_like("import torch; del torch._C.TensorBase")
        with Session(command) as session:
            run = session.start()
            broken = session.wait(lambda event: isinstance(event, Broken))

            assert isinstance(broken, Broken)
            assert "does not work with this torch, 2." in broken.reason
            assert "TensorBase" in broken.reason
            assert session.ended(run) == Ended(run, "lost", 0)

    def test_the_interpreter_crashes(self) -> None:
        command = zygote_like("import os; os.write(2, b'no luck\\n'); os.abort()")
        with Session(command) as session:
            run = session.start()
            lost = session.wait(lambda event: isinstance(event, KernelLost))

            assert isinstance(lost, KernelLost)
            assert "SIGABRT while it imported torch" in lost.reason
            assert "no luck" in lost.reason
            assert session.ended(run).cause == "lost"

    def test_the_interpreter_is_missing(self) -> None:
        with Session(("/nonexistent/python",)) as session:
            run = session.start()
            broken = session.wait(lambda event: isinstance(event, Broken))

            assert isinstance(broken, Broken)
            assert "/nonexistent/python cannot be started" in broken.reason
            assert session.ended(run).cause == "lost"

    def test_its_output_does_not_reach_the_terminal(
        self, capfd: pytest.CaptureFixture[str]
    ) -> None:
        command = zygote_like("import os; os.write(1, b'out'); os.write(2, b'x' * 300_000)")
        with Session(command) as session:
            session.assert_works()

        assert capfd.readouterr() == ("", "")


class TestSlowImports:
    """Modules that take longer to import than a step may take."""

    @staticmethod
    def slow(folder: Path, seconds: float = 2.0) -> tuple[str, ...]:
        """A kernel for which one of them takes so long."""
        (folder / "slow_one.py").write_text(f"import time; time.sleep({seconds})")
        return zygote_like(
            f"sys.path.insert(0, {str(folder)!r})\n"
            "from autograd_tutor.kernel import preload; preload.SLOW_MODULES = ('slow_one',)"
        )

    def test_the_import_does_not_count_as_the_steps_time(self, tmp_path: Path) -> None:
        for seconds in DEADLINES:
            with Session(self.slow(tmp_path, 2 * seconds)) as session:
                run = session.start(PATIENT)
                outcome = session.step(run, "import slow_one", 0, Limits(seconds=seconds))
            if in_time(outcome) and outcome.error is None:
                break
        assert outcome.ended is None
        assert outcome.error is None

    def test_an_import_that_outlives_its_step_takes_no_time_from_the_next(
        self, tmp_path: Path
    ) -> None:
        with Session(self.slow(tmp_path)) as session:
            run = session.start(PATIENT)
            code = (
                "import threading\nthread = threading.Thread(target=__import__, args=['slow_one'])"
            )
            session.step(run, f"{code}\nthread.start()", 0, PATIENT)
            outcome = session.step(run, "thread.join()\nx = 1", 1, Limits(seconds=30.0))
            assert outcome.ended is None
            assert outcome.error is None

    def test_what_comes_after_it_does(self, tmp_path: Path) -> None:
        with Session(self.slow(tmp_path)) as session:
            outcome = session.execute_until_stopped(
                "import slow_one\nimport time; time.sleep(10**6)",
                reached=lambda outcome: in_time(outcome) and len(outcome.snapshots) > 2,
            )
            assert outcome.error is not None
            assert outcome.error.type == "TimeLimit"
            assert outcome.error.line == 2


class TestEnd:
    """Kernels that end, as they should or not."""

    @pytest.mark.parametrize("kind", KERNELS)
    def test_closing_ends_everything(self, kind: str) -> None:
        with Session(KERNELS[kind]) as session:
            run = session.start(PATIENT)
            session.ask(run, "while True: pass", limits=PATIENT)
            pids = session.pid(run), session.zygote, session.guard

        assert not any(map(alive, pids))
        assert not any(Path(f"/proc/{pid}").exists() for pid in pids), "they have been reaped"

    def test_closing_does_not_wait_for_torch(self) -> None:
        session = Session(zygote_like("import signal; signal.pause()"))
        session.kernel.close()
        session.kernel.close()

        with pytest.raises(RuntimeError, match="closed"):
            session.start()

    def test_closing_does_not_wait_for_a_listener_that_hangs(self) -> None:
        let_go, hanging = threading.Event(), threading.Event()

        def hang(_events: list[KernelEvent]) -> None:
            hanging.set()
            let_go.wait(PATIENCE)

        kernel = Kernel(hang)
        run = kernel.start_run(0, "", PATIENT)
        assert hanging.wait(PATIENCE)
        kernel.close()
        let_go.set()
        kernel.close()
        assert run == 1

    @pytest.mark.parametrize("kind", KERNELS)
    def test_a_kernel_that_is_killed_is_replaced(self, kind: str) -> None:
        with Session(KERNELS[kind]) as session:
            run = session.start(PATIENT)
            session.ask(run, "import subprocess\nsubprocess.run(['sleep', '1000'])", limits=PATIENT)
            pid = session.pid(run)
            os.kill(session.zygote, signal.SIGKILL)

            assert session.ended(run).cause == "lost"
            lost = [event for event in session.events if isinstance(event, KernelLost)]
            assert len(lost) == 1
            assert "SIGKILL" in lost[0].reason
            wait_until(lambda: not alive(pid), "the run is gone")
            session.assert_works()
            assert sum(isinstance(event, Ready) for event in session.events) == 2

    def test_a_kernel_that_dies_with_nothing_to_do_is_replaced(self) -> None:
        with Session() as session:
            session.assert_works()
            first = session.start()
            session.pid(first)
            os.kill(session.guard, signal.SIGTERM)
            session.wait(lambda event: isinstance(event, KernelLost))

            assert session.kernel.torch is None
            session.assert_works()

    @pytest.mark.parametrize("kind", KERNELS)
    @pytest.mark.parametrize("thread", ["main", "other"])
    def test_everything_dies_with_its_user(self, thread: str, kind: str, tmp_path: Path) -> None:
        driver = tmp_path / "driver.py"
        driver.write_text(DRIVER)
        with subprocess.Popen(
            [sys.executable, driver, thread, kind], stdout=subprocess.PIPE, text=True,
            cwd=Path(__file__).parent, env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        ) as program:  # fmt: skip
            assert program.stdout is not None
            pids = [int(pid) for pid in program.stdout.readline().split()]
            assert len(pids) == 4
            assert all(map(alive, pids))
            program.kill()

        for pid in pids:
            wait_until(lambda pid=pid: not alive(pid), f"{pid} is gone")  # type: ignore[misc]


DRIVER = """\
import sys, threading
from process_session import KERNELS, PATIENCE, Session
from autograd_tutor.recording.wire import Limits

def main():
    session = Session(KERNELS[sys.argv[2]])
    run = session.start(Limits(seconds=600.0))
    code = "import os, subprocess\\nchild = subprocess.Popen(['sleep', '1000'])\\n"
    code += "print(child.pid)"
    child = session.outside(int(session.step(run, code, limits=Limits(seconds=600.0)).stdout))
    print(session.guard, session.zygote, session.pid(run), child, flush=True)
    session.ask(run, "while True:\\n try:\\n  while True: pass\\n except BaseException: pass", 1,
                Limits(seconds=600.0))
    threading.Event().wait(600)

if sys.argv[1] == "main":
    main()
else:
    thread = threading.Thread(target=main, daemon=True)
    thread.start()
    thread.join()
"""


class TestMemory:
    """The ceiling where the system enforces none."""

    def test_the_kernel_checks_resident_memory(self) -> None:
        command = zygote_like(
            "from autograd_tutor.kernel import os_limits; os_limits.MEMORY_ENFORCED = False"
        )
        with Session(command) as session:
            code = "ts = []\nwhile len(ts) < 250: ts.append(torch.ones(2**20))\nwhile True: pass"
            outcome = session.execute(code, Limits(seconds=60.0, memory=600))

            assert outcome.ended is not None
            assert outcome.ended.cause == "memory"
            session.assert_works()
