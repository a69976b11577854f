"""What a snippet can reach where the system gives namespaces, and that it misses nothing."""

from __future__ import annotations

import os
import pty
import sys
from collections.abc import Iterator

import pytest
from process_session import KERNELS, Session, process_ids, zygote_like

from autograd_tutor import linux
from autograd_tutor.recording.wire import Limits

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")

PATIENT = Limits(seconds=60.0)
ATTEMPT = """\
import ctypes, fcntl, os, signal, termios
libc = ctypes.CDLL(None, use_errno=True)
def attempt(do, *arguments):
    try:
        return "did", do(*arguments)
    except OSError as error:
        return type(error).__name__
def call(name, *arguments):
    return "refused" if getattr(libc, name)(*arguments) else "did"
"""


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Session() as session:
        assert session.isolated, "run the tests where the system gives namespaces"
        yield session


def printed(session: Session, code: str, seconds: float = 60.0) -> list[str]:
    outcome = session.execute(f"{ATTEMPT}{code}", Limits(seconds=seconds))
    assert outcome.error is None, outcome.error
    assert outcome.ended is None
    return outcome.stdout.splitlines()


class TestReach:
    """What is out of reach."""

    def test_no_process_of_the_learner(self, session: Session) -> None:
        code = "print(sorted(int(name) for name in os.listdir('/proc') if name.isdigit()))"
        run = session.start(PATIENT)
        outcome = session.step(run, f"import os\n{code}", limits=PATIENT)

        mine = process_ids(session.pid(run))[-1]
        assert set(eval(outcome.stdout)) >= {1, mine}
        assert all(session.outside(pid) for pid in {1, mine})
        assert os.getpid() not in eval(outcome.stdout)
        session.kernel.kill(run)

    def test_not_the_learners_terminal(self, session: Session) -> None:
        controller, terminal = pty.openpty()
        name, number = os.ttyname(terminal), os.fstat(terminal).st_rdev
        code = (
            f"print(attempt(os.open, {name!r}, os.O_RDWR))\n"
            "print(attempt(os.open, '/dev/tty', os.O_RDWR))\n"
            "print(os.listdir('/dev/pts'))\n"
            f"print(attempt(os.mknod, '/tmp/terminal-{os.getpid()}', 0o20666, {number}))\n"
            "print(attempt(os.open, '/dev/console', os.O_RDWR), os.ttyname if 0 else '')\n"
            "terminals = []\n"
            "for folder, _, names in os.walk('/dev'):\n"
            "    for each in names:\n"
            "        if each == 'ptmx': continue\n"
            "        try: file = os.open(os.path.join(folder, each), os.O_RDWR | os.O_NOCTTY | "
            "os.O_NONBLOCK)\n"
            "        except OSError: continue\n"
            "        if os.isatty(file): terminals.append(each)\n"
            "        os.close(file)\n"
            "print(terminals)"
        )
        try:
            lines = printed(session, code)
        finally:
            os.close(controller)
            os.close(terminal)

        assert lines[:2] == ["FileNotFoundError", "OSError"]
        assert lines[2] == "['ptmx']"
        assert lines[3] == "PermissionError"
        assert lines[-1] == "[]"

    def test_not_the_first_process(self, session: Session) -> None:
        code = (
            "for number in set(range(1, 65)) - {32, 33}:\n"
            "    os.kill(1, number)\n"
            "print(call('ptrace', 16, 1, None, None), call('ptrace', 0x4206, 1, None, None))\n"
            "print(attempt(open, '/proc/1/mem', 'rb'), attempt(os.readlink, '/proc/1/fd/0'))\n"
            "print({attempt(os.open, f'/proc/1/fd/{number}', os.O_RDWR) for number in range(64)} - "
            "{'FileNotFoundError'})"
        )
        assert printed(session, code) == [
            "refused refused", "PermissionError PermissionError", "{'PermissionError'}",
        ]  # fmt: skip
        session.assert_works()
        assert len([event for event in session.events if type(event).__name__ == "Ready"]) == 1

    def test_no_namespace_inside_of_it(self, session: Session) -> None:
        new = {"user": 0x10000000, "mount": 0x20000, "process": 0x20000000}
        code = "\n".join(f"print(call('unshare', {flag}))" for flag in new.values())
        code += (
            "\nprint(attempt(open, '/proc/sys/user/max_user_namespaces', 'w'))"
            "\nprint(call('umount2', b'/dev/pts', 2), call('umount2', b'/proc', 2))"
            "\nprint(call('mount', b'devpts', b'/dev/pts', b'devpts', 0, None))"
        )
        assert printed(session, code) == [
            *["refused"] * 3, "PermissionError", "refused refused", "refused",
        ]  # fmt: skip


SAME = {
    "who": "import os; print(os.getuid(), os.geteuid(), os.getgid(), os.access('/', os.R_OK))",
    "own files": "import os, tempfile\nwith tempfile.NamedTemporaryFile() as file:\n"
    "    status = os.stat(file.name)\nprint(status.st_uid == os.getuid(), oct(status.st_mode))",
    "shared tensors": "print(torch.ones(2).share_memory_().is_shared())",
    "workers": "from torch.utils.data import DataLoader\n"
    "print(list(DataLoader(torch.arange(4.), num_workers=2)))",
    "a queue": "import torch.multiprocessing as mp\nqueue = mp.get_context('fork').Queue()\n"
    "def put():\n    queue.put(torch.ones(2))\n    queue.close()\n    queue.join_thread()\n"
    "    event.wait()\n"
    "event = mp.get_context('fork').Event()\n"
    "worker = mp.get_context('fork').Process(target=put)\nworker.start()\n"
    "print(queue.get())\nevent.set()\nworker.join()\nprint(worker.exitcode)",
    "threads": "import threading\nfound = []\n"
    "threads = [threading.Thread(target=found.append, args=[n]) for n in range(4)]\n"
    "for thread in threads: thread.start()\nfor thread in threads: thread.join()\nprint(found)",
    "itself": "import os\nfor name in ('environ', 'maps', 'fd', 'status', 'mem'):\n"
    "    path = f'/proc/self/{name}'\n"
    "    print(name, bool(os.listdir(path)) if name == 'fd' else open(path, 'rb') is not None)\n"
    "print(os.path.realpath('/proc/self') == f'/proc/{os.getpid()}')",
    "a terminal": "import os, pty\none, other = pty.openpty()\nos.write(one, b'x\\n')\n"
    "print(os.isatty(other), os.read(other, 10), os.ttyname(other).startswith('/dev/pts/'))",
    "a program": "import subprocess\nprint(subprocess.run(['id', '-u'], capture_output=True))",
    "devices": "import os\nprint([open(f'/dev/{name}', 'rb').read(1)[:0] for name in "
    "('null', 'zero', 'urandom')], os.path.isdir('/dev/shm'))",
    "the machine": "import os; print(os.cpu_count(), os.uname(), os.getcwd())",
}


class TestSame:
    """What works as it does under plain Python."""

    @pytest.fixture(scope="class")
    def plain(self) -> Iterator[Session]:
        with Session(KERNELS["not isolated"]) as session:
            yield session

    @pytest.mark.parametrize("name", SAME)
    def test_what_it_prints(self, session: Session, plain: Session, name: str) -> None:
        here, there = (each.execute(SAME[name], PATIENT) for each in (session, plain))

        assert here.error is None
        assert here.stdout == there.stdout
        assert here.stdout


@pytest.mark.parametrize(
    "code",
    [
        "n._CLONE_NEWUSER = 1",
        "def refuse(pid): raise PermissionError\nn._map_users = refuse",
        "def refuse(*_): raise n._Unavailable\nn._mount = refuse",
        "def refuse(): raise PermissionError\nn._drop_capabilities = refuse",
        "import os\nn._furnish = lambda: os._exit(3)",
    ],
    ids=["no namespaces", "no users", "no mounts", "no capabilities", "its end"],
)
def test_where_a_part_is_refused_it_goes_on_without(code: str) -> None:
    with Session(
        zygote_like(f"from autograd_tutor.kernel import namespaces as n\n{code}")
    ) as session:
        assert not session.isolated
        assert linux.children(session.guard) == [session.zygote]
        session.assert_works()
