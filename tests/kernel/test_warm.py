"""Runs that come from the warm process: alike in all but what is imported, and as well guarded."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from left_over import USERS, started
from process_session import (
    KERNELS,
    NO_NAMESPACES,
    Outcome,
    Session,
    alive,
    wait_until,
    zygote_like,
)

from autograd_tutor import linux
from autograd_tutor.client import KernelLost
from autograd_tutor.recording.wire import Limits, encode

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs a subreaper")

IS_WARM = "import sys\nprint('torch._dynamo' in sys.modules)"
SOON = "from autograd_tutor.kernel import warm; warm.WARM_IDLE_SECONDS = "
CHILDREN_OF_ZYGOTE = """\
import os, time
zygote = os.getppid()
began = time.monotonic()
while time.monotonic() < began + 0.5:
    found = open(f'/proc/{zygote}/task/{zygote}/children').read().split()
print(len(found))
"""
OPTIMIZER = f"""\
w = torch.ones(3, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.5)
{IS_WARM}
"""
SNIPPETS = {
    "gradients": """\
w = torch.tensor([1.0, 2.0], requires_grad=True)
loss = (w * w).sum()
loss.backward()
v = w
""",
    "random numbers": """\
import random, numpy
x = torch.randn(3, requires_grad=True)
values = [random.random(), float(numpy.random.rand()), str(torch.randperm(5))]
y = torch.nn.Linear(3, 2)(x).relu().sum()
y.backward()
""",
    "what is around it": """\
import os, signal, sys, threading, warnings
names = sorted(os.environ), sys.argv, sys.path, os.getcwd(), sys.flags.hash_randomization
numbers = torch.get_num_threads(), threading.active_count(), os.nice(0), os.sched_getscheduler(0)
open_now = len(os.listdir("/proc/self/fd"))
print(signal.getsignal(signal.SIGCHLD), signal.getsignal(signal.SIGINT), sys.stdin.read())
print({str(number) for number in range(100)}, os.getpid() == os.getsid(0))
""",
    "an optimizer": """\
model = torch.nn.Linear(2, 1)
optimizer = torch.optim.Adam(model.parameters())
for _ in range(2):
    optimizer.zero_grad()
    model(torch.ones(2)).sum().backward()
    optimizer.step()
""",
    "functional transforms": """\
def f(x):
    return (x * x).sum()
g = torch.func.grad(f)(torch.arange(3.0))
h = torch.func.vmap(torch.func.grad(f))(torch.ones(2, 3))
""",
    "checkpointing": """\
from torch.utils.checkpoint import checkpoint
x = torch.ones(3, requires_grad=True)
checkpoint(lambda t: (t * x).sin().sum(), x, use_reentrant=False).backward()
""",
    "an error": "x = torch.ones(3)\ny = x @ torch.ones(4)\n",
}


def is_warm(session: Session) -> bool:
    """Whether a run that is started now has what is slow to import."""
    outcome = session.execute(IS_WARM)
    session.ended(outcome.run)
    return outcome.stdout == "True\n"


def kept(session: Session) -> list[int]:
    """The zygote's children that are no runs, which lead sessions: the warm process, the spare."""
    zygote = session.zygote
    with contextlib.suppress(OSError):
        found = {pid: _numbers(pid) for pid in linux.children(zygote)}
        ours = [pid for pid in found if found[pid][_SESSION] == _numbers(zygote)[_SESSION]]
        return sorted(ours, key=lambda pid: found[pid][_BEGAN])
    return []


_SESSION, _BEGAN = 2, 18
"""Where they are among the numbers of a process."""


def _numbers(pid: int) -> list[int]:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [int(field) for field in fields[1:]]


def warmed(session: Session) -> Session:
    """Wait until runs come from the warm process."""
    session.wait_ready()
    wait_until(lambda: len(kept(session)) == 2, "warm process and spare are there")
    return session


NOT_IDLE = "import os; os.SCHED_IDLE = os.SCHED_OTHER\n"
"""Other tests may leave no processor idle."""


def eager(kind: str) -> tuple[str, ...]:
    """The command of a kernel that begins soon, also where other tests leave no processor idle."""
    namespaces = NO_NAMESPACES if kind == "not isolated" else ""
    return zygote_like(f"{NOT_IDLE}{SOON}0.1\n{namespaces}")


@pytest.fixture(scope="module", params=KERNELS)
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    with pytest.MonkeyPatch.context() as environment:
        # Parts of torch that another test has imported here set it.
        environment.delenv("TORCHINDUCTOR_CACHE_DIR", raising=False)
        with Session(eager(request.param)) as session:
            yield warmed(session)


@pytest.fixture(params=KERNELS)
def fresh(request: pytest.FixtureRequest) -> Iterator[Session]:
    with Session(eager(request.param)) as session:
        yield session


@pytest.fixture(scope="module")
def cold() -> Iterator[Session]:
    """A kernel that never has a warm process."""
    code = "from autograd_tutor.kernel import warm; warm.WARM_IDLE_SECONDS = 1e6\n"
    with Session(zygote_like(code + NO_NAMESPACES)) as session:
        session.wait_ready()
        yield session


class TestWhen:
    """Which runs find imported what is slow to import."""

    def test_a_run_before_it_is_cold(self) -> None:
        with Session() as session:
            assert not is_warm(session)

    def test_every_run_after_it_is_warm(self, session: Session) -> None:
        assert [is_warm(session) for _ in range(20)] == [True] * 20

    def test_two_at_once(self, session: Session) -> None:
        runs = [session.start() for _ in range(4)]
        printed = [session.step(run, IS_WARM).stdout for run in runs]
        for run in runs:
            session.kernel.kill(run)
            session.ended(run)

        assert printed == ["True\n"] * 4

    def test_nothing_has_to_be_asked_for(self, fresh: Session) -> None:
        assert is_warm(warmed(fresh))

    def test_it_begins_when_a_run_has_needed_it(self) -> None:
        with Session(zygote_like(f"{NOT_IDLE}{SOON}1e6")) as session:
            assert session.execute(OPTIMIZER).stdout == "True\n"
            assert is_warm(warmed(session))

    def test_it_does_not_begin_while_a_run_works(self) -> None:
        with Session(zygote_like(f"{NOT_IDLE}{SOON}0.2")) as session:
            printed = session.execute(CHILDREN_OF_ZYGOTE).stdout
            assert printed == "1\n"
            assert is_warm(warmed(session))

    @pytest.mark.parametrize(
        "no",
        [
            "import os; os.environ['AUTOGRAD_TUTOR_WARM'] = '0'",
            "from autograd_tutor.kernel import warm; warm.WARM_MEMORY = 2**40",
            "from autograd_tutor.kernel import warm; warm.WARM_AVAILABLE_MEMORY = 2**40",
        ],
    )
    def test_switched_off_or_without_memory_the_zygote_imports_once_a_run_has_needed_it(
        self, no: str
    ) -> None:
        with Session(zygote_like(f"{no}\n{SOON}0.01")) as session:
            assert session.execute(CHILDREN_OF_ZYGOTE).stdout == "1\n"
            first = session.execute(f"{IS_WARM}\n{OPTIMIZER}")
            waiting = session.start()
            session.kernel.kill(waiting)

            assert first.stdout == "False\nTrue\n"
            assert session.ended(waiting).cause == "killed"
            assert is_warm(session)
            assert session.execute(CHILDREN_OF_ZYGOTE).stdout == "1\n"

    def test_a_need_does_not_wait_for_an_idle_processor(self, tmp_path: Path) -> None:
        with Session(broken(tmp_path, "time.sleep(1e6)")) as session:
            marks = tmp_path / "tried"
            session.wait_ready()
            wait_until(lambda: marks.exists() and marks.read_text() == "x", "it imports")
            idle = kept(session)
            # It is no run of ours that has needed it, but one is said to have.
            assert session.execute("import no_such_either").error is None
            wait_until(lambda: marks.read_text() == "xx", "it imports anew")

            wait_until(lambda: not any(map(alive, idle)), "the idle one is gone")
            wait_until(lambda: len(kept(session)) == 1, "there is one")


class TestBroken:
    """Imports that fail, crash or hang in the warm process cost nothing."""

    @pytest.mark.parametrize(
        "code",
        [
            "raise ImportError",
            "os.abort()",
            "os._exit(0)",
            "threading.Thread(target=time.sleep, args=(1e6,), daemon=True).start()",
            "while True: pass",
        ],
    )
    def test_it_is_given_up(self, tmp_path: Path, code: str) -> None:
        with Session(broken(tmp_path, code)) as session:
            session.assert_works()
            marks = tmp_path / "tried"
            wait_until(lambda: marks.exists() and marks.read_text() == "xxx", "it was tried")
            wait_until(lambda: not kept(session), "it was given up")
            session.assert_works()
            assert marks.read_text() == "xxx"

    def test_one_that_hangs(self, tmp_path: Path) -> None:
        with Session(broken(tmp_path, "time.sleep(1e6)")) as session:
            session.wait_ready()
            wait_until(lambda: (tmp_path / "tried").exists(), "it imports")
            pids = kept(session)
            for _ in range(3):
                session.assert_works()
            assert kept(session) == pids
            session.kernel.close()
            assert not any(map(alive, pids))

    def test_it_imports_when_a_processor_is_idle_and_its_runs_do_not_wait_for_that(
        self, tmp_path: Path
    ) -> None:
        code = "print(os.sched_getscheduler(0), file=open(FOLDER + '/scheduler', 'w'))"
        with Session(broken(tmp_path, code)) as session:
            warmed(session)
            printed = session.execute(
                "import os, sys\nprint('no_such' in sys.modules, os.sched_getscheduler(0))"
            ).stdout

        assert (tmp_path / "scheduler").read_text() == f"{os.SCHED_IDLE}\n"
        assert printed == f"True {os.SCHED_OTHER}\n"


def broken(folder: Path, code: str) -> tuple[str, ...]:
    """The command of a kernel whose warm process executes `code` when it imports."""
    (folder / "no_such.py").write_text(
        f"import os, threading, time\nFOLDER = {str(folder)!r}\n"
        f"open(FOLDER + '/tried', 'a').write('x')\n{code}\n"
    )
    (folder / "no_such_either.py").write_text("")
    return zygote_like(
        f"sys.path.insert(0, {str(folder)!r})\n{SOON}0.01\n"
        "from autograd_tutor.kernel import preload, warm_process\n"
        "warm_process.WARM_PROCESSOR_SECONDS = 1\n"
        "preload.SLOW_MODULES = ('no_such',)\n"
        "preload.loaded.__code__ = (lambda: tuple(\n"
        "    name for name in ('no_such_either',) if name in sys.modules)).__code__\n"
    )


class TestAlike:
    """A warm run records what a cold one does."""

    @pytest.mark.parametrize("name", SNIPPETS)
    def test_recordings_are_the_same_bytes(
        self, session: Session, cold: Session, name: str
    ) -> None:
        warm, other = (each.execute(SNIPPETS[name]) for each in (session, cold))

        assert recorded(warm) == recorded(other)
        assert warm.result is not None
        assert len(warm.snapshots) > 1

    def test_a_setup_larger_than_a_socket_holds(self, session: Session) -> None:
        setup = f"text = '{'x' * 3_000_000}'"
        assert session.execute(f"{IS_WARM}\nprint(len(text))", setup=setup).stdout == (
            "True\n3000000\n"
        )

    def test_a_script(self, session: Session, tmp_path: Path) -> None:
        path = tmp_path / "train.py"
        path.with_name("beside_it.py").write_text("value = 3\n")
        code = f"{IS_WARM}\nimport beside_it\nprint(beside_it.value, __file__)"
        assert session.execute(code, path=path).stdout == f"True\n3 {path}\n"

    @pytest.mark.skipif(linux.why_no_sandbox() is not None, reason="there is no sandbox here")
    def test_a_sandbox(self, session: Session) -> None:
        code = (
            f"{IS_WARM}\nimport os, tempfile\nprint(len(os.listdir(tempfile.gettempdir())))\n"
            "print(os.environ.get('TORCHINDUCTOR_CACHE_DIR'))\nopen('/etc/shadow')"
        )
        outcome = session.execute(code, sandboxed=True)

        assert outcome.stdout == "True\n0\nNone\n"
        assert outcome.error is not None
        assert outcome.error.type == "PermissionError"


def recorded(outcome: Outcome) -> tuple[object, ...]:
    """What a step has recorded, without how long it took and at which addresses things lie."""
    assert outcome.result is not None
    snapshots = [re.sub(rb"0x[0-9a-f]+", b"0x", encode(each)) for each in outcome.snapshots]
    result = outcome.result
    return snapshots, result.ok, result.nodes, result.error, result.truncated, result.failed


class TestGuarded:
    """What holds for runs of the zygote holds for those of the warm process."""

    def test_deadline(self, session: Session) -> None:
        outcome = session.execute_until_stopped(f"{IS_WARM}\nwhile True: pass")

        assert outcome.stdout == "True\n"
        assert outcome.error is not None
        assert outcome.error.type == "TimeLimit"

    def test_one_that_does_not_stop(self, session: Session) -> None:
        code = "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"
        outcome = session.execute(code, Limits(seconds=0.5))

        assert outcome.ended is not None
        assert outcome.ended.cause == "deadline"

    def test_memory(self, session: Session) -> None:
        code = (
            "import os, time\nfor _ in range(3):\n    if os.fork() == 0: break\n"
            "kept = bytearray(b'x') * (300 * 2**20)\ntime.sleep(1000)"
        )
        outcome = session.execute(code, Limits(seconds=60.0, memory=600))

        assert outcome.ended is not None
        assert outcome.ended.cause == "memory"

    def test_a_run_may_take_its_memory_beside_warm_process_and_spare(
        self, session: Session
    ) -> None:
        code = (
            "kept = bytearray(b'x') * (500 * 2**20)\nimport time\n"
            "begin = time.monotonic()\nwhile time.monotonic() < begin + 1.5: pass"
        )
        outcome = session.execute(code, Limits(seconds=60.0, memory=600))

        assert outcome.ended is None
        assert outcome.error is None

    def test_a_killed_run_is_gone_with_its_daemons(self, session: Session) -> None:
        code = (
            "import subprocess\n"
            "print(subprocess.Popen(['sleep', '1000'], start_new_session=True).pid)"
        )
        outcome = session.execute(code, keep=True)
        pids = session.pid(outcome.run), session.outside(int(outcome.stdout))
        session.kernel.kill(outcome.run)

        assert session.ended(outcome.run).cause == "killed"
        assert not any(map(alive, pids))
        assert is_warm(session)

    def test_runs_leave_nothing_behind(self) -> None:
        open_book = "from autograd_tutor import linux; linux.refuse_tracers = lambda refuse: None"
        with Session(zygote_like(open_book)) as session:
            warmed(session)

            def open_now() -> list[int]:
                pids = session.zygote, *kept(session)
                return [len(os.listdir(f"/proc/{pid}/fd")) for pid in pids]

            for _ in range(30):
                session.ended(session.execute(IS_WARM).run)
            wait_until(lambda: len(kept(session)) == 2, "there is a spare")

            wait_until(lambda: max(open_now()) < 30, "no descriptor is left of 30 runs")


class TestLost:
    """Warm process or spare are gone or stopped: the zygote forks, and all goes on."""

    @pytest.mark.parametrize(
        ("fresh", "which", "number"),
        [
            (kind, which, number)
            for kind, first in zip(KERNELS, (0, 1), strict=False)
            for which, number in (
                ("warm process", (signal.SIGKILL, signal.SIGSTOP)[first]),
                ("spare", (signal.SIGSTOP, signal.SIGKILL)[first]),
            )
        ],
        indirect=["fresh"],
    )
    def test_a_signal(self, fresh: Session, which: str, number: signal.Signals) -> None:
        pids = kept(warmed(fresh))
        os.kill(pids[0 if which == "warm process" else 1], number)
        for _ in range(3):
            fresh.assert_works()

        wait_until(lambda: not any(map(alive, pids)), "both are gone")
        assert is_warm(warmed(fresh)), "another one is made"

    def test_a_snippet_that_kills_all_it_can(self, fresh: Session) -> None:
        warmed(fresh)
        code = (
            "import os, signal\nzygote = os.getppid()\n"
            "children = open(f'/proc/{zygote}/task/{zygote}/children').read().split()\n"
            "for pid in map(int, children):\n"
            "    if pid != os.getpid(): os.kill(pid, signal.SIGKILL)"
        )
        outcome = fresh.execute(code)

        assert outcome.error is None
        fresh.assert_works()

    def test_it_is_not_made_again_without_end(self, fresh: Session) -> None:
        for _ in range(3):
            pids = kept(warmed(fresh))
            os.kill(pids[0], signal.SIGKILL)
            wait_until(lambda pids=pids: not any(map(alive, pids)), "both are gone")  # type: ignore[misc]
        run = fresh.start()
        fresh.step(run, "x = 1")

        assert linux.children(fresh.zygote) == [fresh.pid(run)]
        assert not is_warm(fresh)

    def test_the_zygote_is_killed(self, fresh: Session) -> None:
        warmed(fresh)
        pids = kept(fresh)
        os.kill(fresh.zygote, signal.SIGKILL)

        fresh.wait(lambda event: isinstance(event, KernelLost))
        wait_until(lambda: not any(map(alive, pids)), "both are gone")
        fresh.assert_works()

    def test_closing_ends_it(self, fresh: Session) -> None:
        warmed(fresh)
        pids = kept(fresh)
        fresh.kernel.close()

        assert not any(Path(f"/proc/{pid}").exists() for pid in pids)

    @pytest.mark.parametrize("end", ["quit", "kill"])
    @pytest.mark.parametrize("kind", KERNELS)
    def test_nothing_is_left_of_it(self, kind: str, end: str) -> None:
        with started(kind, "print('ready')", USERS[-1]) as left:
            assert left.wait_done() == "done None None ['ready']\n"
            processes = "guard, zygote, run, warm process, spare"
            wait_until(lambda: len(list(linux.descendants(left.program))) == 5, processes)
            if end == "quit":
                left.quit()
            else:
                left.kill()
            left.wait_gone()
