"""A lesson that somebody else wrote is sandboxed: what one sees of that, on screen and in text."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograd_tutor import linux
from terminal.commands import Run, objects, of_type
from terminal.conftest import Start
from terminal.lessons import write
from terminal.program import environment, wait_until_gone

pytestmark = [
    pytest.mark.starts,
    pytest.mark.skipif(linux.why_no_sandbox() is not None, reason=str(linux.why_no_sandbox())),
]

NETWORK = "This lesson may not use the network."
PROGRAMS = "This lesson may not start other programs."
READING = "This lesson may not read files outside of its folder."
SANDBOXED = "Sandboxed: no network, programs or files of yours. --no-sandbox goes without."
WITHOUT = "It is sandboxed; --no-sandbox opens it without."

HOSTILE = """\
format: 1
title: From elsewhere
summary: It reaches for more than it needs.
steps:
  - id: program
    title: A program
    explain: The first explanation.
    code: |
      import os
      status = os.system("true")
  - id: secret
    title: A secret
    explain: The second explanation.
    code: |
      import os
      try:
          text = open(os.path.expanduser("~/.ssh/id")).read()
      except FileNotFoundError:
          text = "absent"
  - id: page
    title: A page
    explain: The third explanation.
    code: |
      import socket
      socket.create_connection(("127.0.0.1", 9))
"""

SOCKET = """\
format: 1
title: From elsewhere
summary: It asks for a socket.
steps:
  - id: page
    title: A socket
    explain: It asks for a socket.
    code: |
      import socket
      found = socket.socket().fileno() > 2
"""

WHY = "this system does not offer Landlock"
WITHOUT_LANDLOCK = (
    sys.executable,
    "-c",
    f"import sys; from autograd_tutor import linux; linux.why_no_sandbox = lambda: {WHY!r}\n"
    "from autograd_tutor.__main__ import main\nsys.exit(main(sys.argv[1:]))",
)


@pytest.fixture
def socket(home: Path) -> str:
    """A lesson that lies beside others' files, outside of the home folder's own lessons."""
    (home / "downloads").mkdir()
    return write(home / "downloads", "socket", SOCKET)


@pytest.fixture
def hostile(home: Path) -> str:
    (home / ".ssh").mkdir()
    (home / ".ssh" / "id").write_text("very secret")
    (home / "downloads").mkdir()
    return write(home / "downloads", "hostile", HOSTILE)


def without_landlock(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*WITHOUT_LANDLOCK, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
        encoding="utf-8", env=environment(home), cwd=home, timeout=60, check=False,
    )  # fmt: skip


def test_on_the_screen(start: Start, home: Path, socket: str) -> None:
    terminal = start(socket)
    terminal.wait_for("It asks for a socket.")
    terminal.wait_for("From elsewhere · sandboxed")
    terminal.wait_for(SANDBOXED)
    terminal.press("end")
    terminal.wait_for(NETWORK)
    terminal.wait_for("PermissionError")
    terminal.press("f5")
    terminal.wait_for(lambda shown: NETWORK not in shown.text)
    terminal.press("end")
    terminal.wait_for(NETWORK)
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0
    wait_until_gone(home)


@pytest.mark.parametrize("columns", [80, 120])
def test_an_edit_is_sandboxed_too_and_small_terminals_say_it(
    start: Start, socket: str, columns: int
) -> None:
    terminal = start(socket, columns=columns, rows=24)
    terminal.wait_for(SANDBOXED)
    terminal.press("e")
    terminal.wait_for("F5")
    terminal.press("f5")
    terminal.press("end")
    terminal.wait_for("use the network")
    terminal.wait_for("sandboxed")


def test_without_it_on_the_screen(start: Start, socket: str) -> None:
    terminal = start("--no-sandbox", socket)
    terminal.wait_for("It asks for a socket.")
    terminal.press("end")
    terminal.wait_for("found = True")
    assert "andboxed" not in terminal.text


def test_in_text(run: Run, hostile: str) -> None:
    result = run("trace", hostile)
    assert result.returncode == 1
    assert "seed 0, sandboxed\n" in result.stdout
    assert f"{PROGRAMS} {WITHOUT}\nStep 1 is done" in result.stdout
    assert f"{READING} {WITHOUT}\nStep 2 failed: PermissionError" in result.stdout
    assert "very secret" not in result.stdout
    assert "Step 3 was not run." in result.stdout


def test_in_json(run: Run, hostile: str) -> None:
    result = run("trace", hostile, "--json")
    assert [each["sandboxed"] for each in of_type(result.stdout, "lesson")] == [True]
    first, second = of_type(result.stdout, "result")
    assert (first["refused"], first["error"]) == (["programs"], None)
    assert second["error"]["refused"] == "reading"


def test_check_counts_it_as_a_problem(run: Run, hostile: str) -> None:
    result = run("check", hostile)
    first, second = result.stdout.splitlines()
    assert f"the sandbox refuses it: {PROGRAMS[:-1]}; " in first
    assert f"({READING})" in second
    assert run("check", hostile, "--no-sandbox").stdout.count("\n") == 1  # nobody listens there


def test_a_recording_says_it_when_it_is_replayed(run: Run, home: Path, hostile: str) -> None:
    live = run("trace", hostile).stdout
    result = run("record", hostile, "-o", "x.agt")
    assert f"Step 1: {PROGRAMS}" in result.stderr
    assert f"{READING}" in result.stderr
    replayed = run("trace", "x.agt").stdout
    assert [line for line in live.splitlines() if "in 0." not in line] == [
        line for line in replayed.splitlines() if "in 0." not in line
    ]


@pytest.mark.parametrize("where", ["lessons", "train.py", "--no-sandbox"])
def test_what_is_ones_own_has_all_rights(run: Run, home: Path, where: str) -> None:
    (home / "lessons").mkdir()
    more: list[str] = []
    if where == "train.py":
        path = str(home / where)
        Path(path).write_text("import socket\nfound = socket.socket().fileno() > 2\n")
    else:
        path = write(home / "lessons" if where == "lessons" else home, "mine", SOCKET)
        more = [] if where == "lessons" else [where]
    result = run("trace", path, *more)
    assert result.returncode == 0, result.stdout
    assert "found = True" in result.stdout
    assert "sandboxed" not in result.stdout


def test_a_script_is_sandboxed_where_that_is_asked_for(run: Run, home: Path) -> None:
    script = home / "train.py"
    script.write_text("import socket\nfound = socket.socket()\n")
    result = run("trace", str(script), "--sandbox")
    assert result.returncode == 1
    assert NETWORK in result.stdout


def test_so_is_a_lesson_of_the_course(run: Run) -> None:
    result = run("trace", "parameters", "--sandbox", "--json")
    assert result.returncode == 0
    assert [each["sandboxed"] for each in of_type(result.stdout, "lesson")] == [True]


class TestUnavailable:
    """A system that has none."""

    @pytest.mark.parametrize(
        "command",
        [("trace",), ("trace", "--json"), ("check",), ("record", "-o", "x.agt")],
        ids=" ".join,
    )
    def test_asked_for_in_vain_nothing_is_run(
        self, home: Path, socket: str, command: tuple[str, ...]
    ) -> None:
        result = without_landlock(home, *command, socket, "--sandbox")
        assert result.returncode == 2
        assert result.stdout == ""
        expected = f"autograd-tutor: There can be no sandbox here: {WHY}. Nothing was run.\n"
        assert result.stderr == expected
        assert not (home / "x.agt").exists()

    @pytest.mark.parametrize("command", ["trace", "check", "record"])
    def test_by_default_it_is_said_once_and_run(
        self, home: Path, socket: str, command: str
    ) -> None:
        more = ("-o", str(home / "x.agt")) if command == "record" else ()
        result = without_landlock(home, command, socket, *more)
        assert result.returncode == 0, result.stdout
        assert result.stderr.count("Not sandboxed: ") == 1
        assert f"Not sandboxed: {WHY}. What it runs has your rights." in result.stderr

    def test_on_the_screen(self, home: Path, start: Start, socket: str) -> None:
        from terminal.emulator import Terminal

        with Terminal(
            (*WITHOUT_LANDLOCK, socket), env=environment(home), columns=120, rows=40, cwd=str(home)
        ) as terminal:
            terminal.wait_for(f"Not sandboxed: {WHY}. What it runs has your rights.")
            terminal.press("end")
            terminal.wait_for("found = True")
        with Terminal(
            (*WITHOUT_LANDLOCK, "--sandbox", socket),
            env=environment(home), columns=120, rows=40, cwd=str(home),
        ) as terminal:  # fmt: skip
            assert terminal.wait_end() == 2


def test_help_names_it(run: Run) -> None:
    for command in ((), ("trace",), ("record",), ("check",)):
        assert "--sandbox / --no-sandbox" in run(*command, "--help").stdout


def test_the_recording_of_a_lesson_is_not_run(run: Run, home: Path, socket: str) -> None:
    run("record", socket, "-o", str(home / "x.agt"))
    lines = objects(run("trace", str(home / "x.agt"), "--json").stdout)
    assert lines[0]["sandboxed"] is True
    assert os.path.exists(home / "x.agt")
