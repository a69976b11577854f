"""Over a real SSH connection: the same screen, a mouse left alone, nothing left when it drops."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal import ssh
from terminal.emulator import Terminal
from terminal.lessons import SPIN, WALK, write
from terminal.program import PROGRAM, environment, left_behind, wait_until_gone
from terminal.test_leaving import MOUSE, assert_restored, needs_proc

_lacking = ssh.missing()
pytestmark = pytest.mark.skipif(_lacking is not None, reason=_lacking or "")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ssh.SshServer]:
    with ssh.SshServer(tmp_path_factory.mktemp("sshd")) as running:
        yield running


def connect(server: ssh.SshServer, home: Path, *args: str) -> Terminal:
    """Start the program at the other end of a connection, on a terminal of 120×40 at this one."""
    remote = environment(home)
    # The client itself is not marked: what is looked for is what the server started.
    local = {name: remote[name] for name in ("PATH", "HOME", "TERM", "LANG")}
    return Terminal(server.command((*PROGRAM, *args), remote), env=local)


@needs_proc
def test_a_lesson_is_walked_and_left(server: ssh.SshServer, home: Path) -> None:
    with connect(server, home, write(home, "walk", WALK)) as terminal:
        terminal.wait_for("The first explanation.")
        terminal.press("right")
        terminal.wait_for("111")
        terminal.press("right", "right", "right")
        terminal.wait_for(lambda it: "148" in it.text and "222" in it.text)
        terminal.press("left")
        terminal.wait_for(lambda it: "222" not in it.text and "19166" in it.text)
        terminal.resize(80, 24)
        terminal.wait_for(lambda it: it.lines[0].endswith("moment 3/7") and "╯" in it.text)
        terminal.press("ctrl+q")
        assert terminal.wait_end() == 0
        assert_restored(terminal)
        assert not {mode for mode in MOUSE if f"\x1b[?{mode}h".encode() in terminal.raw}
    wait_until_gone(home)


@needs_proc
def test_the_mouse_is_on_when_asked_for(server: ssh.SshServer, home: Path) -> None:
    with connect(server, home, "--mouse", write(home, "walk", WALK)) as terminal:
        terminal.wait_for("The first explanation.")
        terminal.wait_for(lambda it: it.modes.get(1000))
        terminal.press("ctrl+q")
        assert terminal.wait_end() == 0
        assert_restored(terminal)
    wait_until_gone(home)


@needs_proc
def test_nothing_is_left_running_when_the_connection_drops(
    server: ssh.SshServer, home: Path
) -> None:
    with connect(server, home, write(home, "spin", SPIN)) as terminal:
        terminal.wait_for("This never ends.")
        terminal.press("right")
        terminal.wait_for("43, 43")
        assert len(left_behind(home)) >= 3
        terminal.kill()
    wait_until_gone(home)
