"""What a lesson reaches in a sandbox, what is refused to it, and how that is said."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from left_over import USERS, as_ordinary_user
from process_session import (
    KERNELS,
    PATIENT,
    Outcome,
    Session,
    alive,
    wait_until,
    zygote_like,
)
from sandbox_cases import REFUSED, WORKS

from autograd_tutor import linux
from autograd_tutor.kernel import seccomp
from autograd_tutor.kernel.scratch import Scratch
from autograd_tutor.recording.wire import Limits

pytestmark = [
    pytest.mark.skipif(linux.why_no_sandbox() is not None, reason=str(linux.why_no_sandbox())),
    pytest.mark.timeout(300),
]

TEMPORARY = "import tempfile; print(tempfile.gettempdir())"


@pytest.fixture(scope="module", params=KERNELS)
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    with Session(KERNELS[request.param]) as session:
        session.wait_ready()
        yield session


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    """A lesson's file, with others beside it."""
    folder = tmp_path / "lessons"
    (folder / "deep").mkdir(parents=True)
    for name in ("data.txt", "deep/er.txt"):
        (folder / name).write_text(f"{name} is read")
    (folder / "helper.py").write_text("value = 7")
    return folder / "lesson.yaml"


def sandboxed(session: Session, code: str, lesson: Path | None = None) -> Outcome:
    folder = str(lesson.parent) if lesson else "/nowhere"
    setup = f"import torch\nfolder = {folder!r}"
    return session.execute(code, PATIENT, setup, path=lesson, sandboxed=True)


def printed(session: Session, code: str, lesson: Path | None = None) -> str:
    outcome = sandboxed(session, code, lesson)
    assert outcome.ended is None, outcome.ended
    assert outcome.error is None, outcome.error
    return outcome.stdout


class TestWorks:
    """What a lesson needs."""

    @pytest.mark.parametrize("name", WORKS)
    def test_it_prints_what_it_prints_outside(self, session: Session, name: str) -> None:
        inside, outside = (
            session.execute(WORKS[name], PATIENT, sandboxed=where) for where in (True, False)
        )

        assert inside.error is None, inside.error
        assert inside.result is not None
        assert inside.result.refused == ()
        assert inside.stdout == outside.stdout
        assert inside.stdout

    def test_what_lies_beside_the_lesson(self, session: Session, lesson: Path) -> None:
        code = (
            "import helper\nprint(helper.value, open(folder + '/data.txt').read())\n"
            "import os; print(sorted(os.listdir(folder)), open(folder + '/deep/er.txt').read())"
        )
        expected = "7 data.txt is read\n['data.txt', 'deep', 'helper.py'] deep/er.txt is read\n"
        assert printed(session, code, lesson) == expected

    def test_further_steps_of_the_run(self, session: Session) -> None:
        run = session.start(PATIENT, sandboxed=True)
        session.step(run, "x = torch.ones(2, requires_grad=True)")
        refused = session.step(run, "import os\nos.system('true')", 1)
        last = session.step(run, "x.sum().backward()\nprint(x.grad)", 2)
        session.kernel.kill(run)

        assert refused.result is not None
        assert last.result is not None
        assert (refused.result.refused, last.result.refused) == (("programs",), ())
        assert last.stdout == "tensor([1., 1.])\n"

    def test_a_deadline_holds(self, session: Session) -> None:
        outcome = session.execute("while True: pass", Limits(seconds=0.5), sandboxed=True)
        assert outcome.error is not None
        assert outcome.error.type == "TimeLimit"

    def test_a_run_without_it_is_as_before(self, session: Session) -> None:
        sandboxed(session, "x = 1")
        code = "import os, socket\nsocket.socket()\nprint(os.system('true'), os.waitpid(-1, 0) if "
        outcome = session.execute(f"{code}os.fork() else os._exit(0))", PATIENT)
        assert outcome.stdout.startswith("0 (")
        assert outcome.result is not None
        assert outcome.result.refused == ()


class TestRefused:
    """What leads out of it."""

    @pytest.mark.parametrize("name", REFUSED)
    def test_it_raises_and_the_kind_is_known(
        self, session: Session, lesson: Path, name: str
    ) -> None:
        code, kind = REFUSED[name]
        outcome = sandboxed(session, code, lesson)

        assert outcome.ended is None, outcome.ended
        assert outcome.error is not None, outcome.stdout
        assert outcome.error.refused == kind, outcome.error
        assert (lesson.parent / "data.txt").read_text() == "data.txt is read"

    @pytest.mark.parametrize(
        ("code", "kinds"),
        [
            ("import os\nos.system('true')", ("programs",)),
            ("import os\ntry: os.fork()\nexcept OSError: pass", ("processes",)),
            (
                "import socket, subprocess\n"
                "try: socket.create_connection(('127.0.0.1', 9))\nexcept OSError: pass\n"
                "try: socket.getaddrinfo('a.example', 80)\nexcept OSError: pass\n"
                "try: subprocess.run('true')\nexcept OSError: pass",
                ("network", "programs"),
            ),
        ],
    )
    def test_what_raises_nothing_is_noted(
        self, session: Session, code: str, kinds: tuple[str, ...]
    ) -> None:
        outcome = sandboxed(session, code)
        assert outcome.error is None
        assert outcome.result is not None
        assert outcome.result.refused == kinds

    def test_in_the_setup(self, session: Session) -> None:
        outcome = session.execute(
            "x = 1", PATIENT, "import socket; socket.socket()", sandboxed=True
        )
        assert outcome.setup_failed is not None
        assert outcome.setup_failed.refused == "network"

    @pytest.mark.parametrize(
        "code",
        [
            "raise ValueError('network')",
            "class Hostile(OSError):\n    errno = property(lambda self: 1 / 0)\nraise Hostile(1)",
            "raise PermissionError('nothing that the system said')",
            "open(folder + '/absent')",
            "import os, tempfile; os.rmdir(tempfile.gettempdir() + '/absent')",
            "torch.save(torch.ones(1), torch)",
            "raise RuntimeError('it may not be')",
            "import sqlite3; sqlite3.connect(':memory:').execute('select nothing')",
            "import sqlite3, tempfile\n"
            "sqlite3.connect(tempfile.gettempdir() + '/x').execute('select nothing')",
            "import tempfile; torch.save(torch.ones(1), tempfile.gettempdir() + '/absent/x.pt')",
        ],
    )
    def test_other_failures_are_none(self, session: Session, lesson: Path, code: str) -> None:
        outcome = sandboxed(session, code, lesson)
        assert outcome.error is not None
        assert outcome.error.refused is None

    def test_an_exception_that_it_led_to(self, session: Session) -> None:
        code = "try: open('/etc/shadow')\nexcept OSError as e: raise ValueError('no data') from e"
        error = sandboxed(session, code).error
        assert error is not None
        assert (error.type, error.refused) == ("ValueError", "reading")

    def test_outside_nothing_is_called_refused(self, session: Session) -> None:
        outcome = session.execute(
            "import os\nos.kill(1, 0) if os.getuid() else open('/proc/1/mem')"
        )
        assert outcome.error is not None
        assert outcome.error.refused is None


CALLS = """\
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
    return ctypes.get_errno() if result == -1 else 0
"""
EPERM, ENOSYS = 1, 38
MACHINE = os.uname().machine


class TestCalls:
    """System calls by their numbers, as no Python function makes them."""

    def test_each_is_refused(self, session: Session) -> None:
        numbers = {name: getattr(call, MACHINE) for name, call in seccomp.REFUSED.items()}
        numbers = {name: number for name, number in numbers.items() if number is not None}
        code = f"{CALLS}print({{name: call(number) for name, number in {numbers}.items()}})"
        assert eval(printed(session, code)) == dict.fromkeys(numbers, EPERM)

    @pytest.mark.parametrize(
        ("call", "error"),
        [
            ("call(clone, 17)", EPERM),  # SIGCHLD: a fork
            ("call(clone, 0x10000000 | 17)", EPERM),  # a user namespace
            ("call(clone, 0x4000 | 0x100 | 17)", EPERM),  # a vfork
            ("call(435, 0, 0)", ENOSYS),  # clone3
            ("call(470, 0)", ENOSYS),
            ("call(3000, 0)", ENOSYS),
            ("call(kill, os.getppid(), 0)", EPERM),
            ("call(kill, 0, 0)", EPERM),
            ("call(kill, os.getpid(), 0)", 0),
            ("call(tgkill, os.getpid(), threading.get_native_id(), 0)", 0),
            ("call(tgkill, 1, 1, 0)", EPERM),
            ("call(prlimit, 1, 0, 0, 0)", EPERM),
            ("call(prlimit, 0, 0, 0, 0)", 0),
            ("call(prctl, 1, 0)", EPERM),  # PR_SET_PDEATHSIG
            ("call(prctl, 4, 0)", EPERM),  # PR_SET_DUMPABLE
            ("call(prctl, 3)", 0),  # PR_GET_DUMPABLE
            ("call(fcntl, 0, 8, 1)", EPERM),  # F_SETOWN
            ("call(fcntl, 0, 1, 0)", 0),  # F_GETFD
            ("call(fcntl, 0, 1024, 2)", EPERM),  # F_SETLEASE
            ("call(sched_setaffinity, 1, 0, 0)", EPERM),
            ("call(sched_setparam, os.getppid(), 0)", EPERM),
            ("call(437, -100, 0, 0, 24)", ENOSYS),  # openat2
            ("os.sched_setaffinity(0, os.sched_getaffinity(0)) or 0", 0),
            ("call(ioctl, 0, 0x5412, 0)", EPERM),  # TIOCSTI
            ("call(ioctl, 0, 0x541C, 0)", EPERM),  # TIOCLINUX
        ],
    )
    def test_it_depends_on_the_arguments(self, session: Session, call: str, error: int) -> None:
        names = {
            "clone": seccomp._CLONE, "kill": seccomp._TO_OWN_PROCESS["kill"],
            "tgkill": seccomp._TO_OWN_PROCESS["tgkill"],
            "prlimit": seccomp._OF_OWN_PROCESS["prlimit64"],
            "sched_setaffinity": seccomp._OF_OWN_PROCESS["sched_setaffinity"],
            "sched_setparam": seccomp._OF_OWN_PROCESS["sched_setparam"],
            "prctl": seccomp._PRCTL, "fcntl": seccomp._FCNTL, "ioctl": seccomp._IOCTL,
        }  # fmt: skip
        numbers = "\n".join(f"{name} = {getattr(each, MACHINE)}" for name, each in names.items())
        outcome = printed(session, f"{CALLS}import os, threading\n{numbers}\nprint({call})")
        assert outcome == f"{error}\n"

    def test_a_file_is_opened_neither_to_read_nor_to_write(
        self, session: Session, lesson: Path
    ) -> None:
        code = (
            "import os\nfor path in ('/etc/shadow', folder + '/data.txt', '/dev/null'):\n"
            "    try: print(os.open(path, os.O_ACCMODE))\n    except PermissionError: print('no')"
        )
        assert printed(session, code, lesson).split() == ["no"] * 3

    def test_what_a_file_is_like_stays(self, session: Session, lesson: Path) -> None:
        code = (
            "import fcntl\nwith open(folder + '/data.txt') as file:\n"
            "    for request in (0x40086602, 0x401C5820):\n"
            "        try: print(fcntl.ioctl(file, request, bytes(28)))\n"
            "        except PermissionError: print('no')"
        )
        assert printed(session, code, lesson).split() == ["no"] * 2

    @pytest.mark.skipif(MACHINE != "x86_64", reason="x32 is x86-64's")
    def test_another_architecture_ends_the_run(self, session: Session) -> None:
        ended = sandboxed(session, f"{CALLS}call(0x40000000 | 39)").ended
        assert ended is not None
        assert (ended.cause, ended.code) == ("signal", signal.SIGSYS)


class TestHome:
    """The learner's own files."""

    @pytest.fixture(scope="class")
    def home(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        home = tmp_path_factory.mktemp("home")
        for name in (
            ".ssh/id",
            ".netrc",
            "notes.txt",
            "mine/plan.txt",
            "downloads/data.txt",
            "share/keys",
        ):
            (home / name).parent.mkdir(exist_ok=True)
            (home / name).write_text(f"{name} is read")
        (home / "beside.py").write_text("value = 8")
        return home

    @pytest.fixture(scope="class", params=["", "PYTHONPATH", "LD_LIBRARY_PATH", "prefix"])
    def session(self, home: Path, request: pytest.FixtureRequest) -> Iterator[Session]:
        more = f"os.environ[{request.param!r}] = {str(home)!r}" if request.param else ""
        if request.param == "prefix":  # Python was installed there
            more = f"import sys; sys.prefix = {str(home)!r}"
        code = f"import os\nos.environ['HOME'] = {str(home)!r}\n{more}"
        with Session(zygote_like(code)) as session:
            yield session

    @pytest.mark.parametrize("name", [".ssh/id", ".netrc", "mine/plan.txt", "share/keys"])
    @pytest.mark.parametrize("where", ["downloads", "."])
    def test_they_cannot_be_read(self, session: Session, home: Path, name: str, where: str) -> None:
        code = f"print(open({str(home / name)!r}).read())"
        outcome = sandboxed(session, code, home / where / "lesson.yaml")
        assert outcome.stdout == ""
        assert outcome.error is not None
        assert outcome.error.refused == "reading"

    def test_nor_be_reached_by_links_and_ways_round(self, session: Session, home: Path) -> None:
        link = home / "downloads" / "link"
        if not link.exists():
            link.symlink_to(home / ".ssh")
        code = (
            "for path in ('link/id', '../.ssh/id', '../.netrc'):\n"
            "    try: print(open(folder + '/' + path).read())\n"
            "    except PermissionError: print('refused')\n"
            "import os\n"
            "for path in (f'/proc/self/root{home}/.netrc', f'/proc/self/cwd/{home}/.netrc'):\n"
            "    try: print(open(path).read())\n"
            "    except OSError: print('refused')\n"
        )
        code = f"home = {str(home)!r}\n{code}"
        lines = printed(session, code, home / "downloads" / "lesson.yaml").split()
        assert lines == ["refused"] * 5

    def test_those_right_beside_a_lesson_can(self, session: Session, home: Path) -> None:
        code = "import beside\nprint(open(folder + '/notes.txt').read(), beside.value)"
        assert printed(session, code, home / "lesson.yaml") == "notes.txt is read 8\n"

    def test_a_folder_of_it_that_has_the_lesson_can(self, session: Session, home: Path) -> None:
        code = "import os; print(open(folder + '/data.txt').read(), os.listdir(folder)[:0])"
        lesson = home / "downloads" / "lesson.yaml"
        assert printed(session, code, lesson) == "downloads/data.txt is read []\n"


class TestTemporary:
    """The folder that a run may write into."""

    def test_it_is_the_runs_own_and_goes_with_it(self, session: Session) -> None:
        first, second = (session.start(PATIENT, sandboxed=True) for _ in range(2))
        code = f"{TEMPORARY}\nimport os; os.makedirs(tempfile.gettempdir() + '/a/b')\n"
        one = Path(
            session.step(first, f"{code}open(tempfile.gettempdir() + '/x', 'w')").stdout[:-1]
        )
        assert one.is_dir()
        assert one.stat().st_mode & 0o777 == 0o700
        intruder = session.step(second, f"import os; os.listdir({str(one)!r})")
        assert intruder.error is not None
        assert intruder.error.refused == "reading"

        for run in (first, second):
            session.kernel.kill(run)
            session.ended(run)
        assert not one.exists()
        assert not one.parent.exists()

    @pytest.mark.parametrize("kind", KERNELS)
    @pytest.mark.parametrize("how", ["closed", "killed"])
    def test_nothing_is_left_when_the_kernel_ends(self, kind: str, how: str) -> None:
        with Session(KERNELS[kind]) as session:
            run = session.start(PATIENT, sandboxed=True)
            code = f"{TEMPORARY}\nopen(tempfile.gettempdir() + '/x', 'w').write('x')"
            folder = Path(session.step(run, code).stdout[:-1])
            assert (folder / "x").exists()
            guard, zygote = session.guard, session.zygote
            if how == "killed":
                os.kill(zygote, signal.SIGKILL)
                session.ended(run)
        wait_until(lambda: not alive(guard), "the guard's end")
        assert not folder.parent.exists()

    def test_however_deep_it_is_the_kernel_goes_on(self, session: Session) -> None:
        code = (
            f"{TEMPORARY}\nimport os; os.chdir(tempfile.gettempdir())\n"
            "for _ in range(1200):\n    os.mkdir('a')\n    os.chdir('a')\nopen('file', 'w')"
        )
        run = session.start(PATIENT, sandboxed=True)
        zygote, folder = session.zygote, Path(session.step(run, code).stdout[:-1])
        session.kernel.kill(run)
        session.ended(run)
        session.assert_works()
        assert session.zygote == zygote
        assert not folder.exists() or os.listdir(folder)[0].startswith("deep-")

    @pytest.mark.parametrize("kind", KERNELS)
    def test_what_stays_when_all_are_killed_goes_with_the_next(self, kind: str) -> None:
        with Session(KERNELS[kind]) as session:
            run = session.start(PATIENT, sandboxed=True)
            folder = Path(session.step(run, TEMPORARY).stdout[:-1])
            Scratch().remove_all(1.0)
            assert folder.exists()  # it is in use
            zygote, guard = session.zygote, session.guard
            os.kill(guard, signal.SIGKILL)
            wait_until(lambda: not alive(zygote), "the zygote's end")
            session.ended(run)
        with Session(KERNELS[kind]) as session:
            session.wait_ready()
            guard = session.guard
        wait_until(lambda: not alive(guard), "the guard's end")
        assert not folder.parent.exists()


@pytest.mark.parametrize(
    "fault",
    [
        "linux.landlock_abi = lambda: 0",
        "from autograd_tutor.kernel import landlock\nlandlock._ADD_RULE = 1000",
        "from autograd_tutor.kernel import seccomp\nseccomp.program = None",
    ],
    ids=["no Landlock", "another Landlock", "no filter"],
)
def test_where_it_cannot_be_made_nothing_is_run(fault: str, tmp_path: Path) -> None:
    code = f"open({str(tmp_path / 'ran')!r}, 'w')"
    with Session(zygote_like(f"from autograd_tutor import linux\n{fault}")) as session:
        outcome = session.execute(code, PATIENT, code, sandboxed=True)
        assert outcome.result is None
        assert outcome.ended is not None
        assert outcome.ended.cause == "sandbox"
        assert not (tmp_path / "ran").exists()
        session.assert_works()


@functools.cache
def tried(kind: str, folder: str) -> dict[str, Any]:
    """What came of everything when an ordinary user tried it."""
    command = (sys.executable, "-B", str(Path(__file__).with_name("sandbox_cases.py")))
    paths = os.pathsep.join(path for path in sys.path if path)
    answer = subprocess.run(
        as_ordinary_user((*command, kind, folder)), check=True, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": paths, "HOME": folder},
    )  # fmt: skip
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


@pytest.mark.skipif("ordinary" not in USERS, reason="cannot become another user here")
@pytest.mark.parametrize("kind", KERNELS)
def test_an_ordinary_user_has_the_same(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp() / "ordinary"
    folder.mkdir(exist_ok=True)
    (folder / "data.txt").write_text("x")
    found = tried(kind, str(folder))
    worked = {name: found[name][2:] for name in WORKS}
    assert worked == {name: [None, None] for name in WORKS}
    refused = {name: found[name][1] for name in REFUSED}
    assert refused == {name: kind for name, (_, kind) in REFUSED.items()}
