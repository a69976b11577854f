"""What the program writes to the terminal: no more than needed, nothing dangerous, as asked for."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from terminal.conftest import Start
from terminal.emulator import Terminal
from terminal.lessons import HOSTILE, WALK, write
from terminal.program import PROGRAM, environment

pytestmark = pytest.mark.starts

_SGR = re.compile(rb"\x1b\[([0-9;:]*)m")


@pytest.fixture
def walk(home: Path) -> str:
    return write(home, "walk", WALK)


def colours(raw: bytes) -> set[str]:
    """The kinds of colour that were asked for: "16", "256", "rgb"."""
    kinds: set[str] = set()
    for match in _SGR.findall(raw):
        codes = iter(match.decode().replace(":", ";").split(";"))
        for code in codes:
            number = int(code or 0)
            if number in (38, 48, 58):
                kind = next(codes, "")
                kinds.add({"5": "256", "2": "rgb"}[kind])
                for _ in range(1 if kind == "5" else 3):
                    next(codes, "")
            elif (30 <= number <= 47 and number != 39) or 90 <= number <= 107:
                kinds.add("16")
    return kinds


def walked(terminal: Terminal) -> Terminal:
    """Go through a step and the help, so that everything has been painted once."""
    terminal.wait_for("The first explanation.")
    terminal.press("right")
    terminal.wait_for("111")
    terminal.press("end")
    terminal.wait_for("222")
    terminal.press("?")
    terminal.wait_for("Shift-Tab")
    terminal.press("escape")
    return terminal.wait_for(lambda it: "Shift-Tab" not in it.text and "222" in it.text)


def test_an_idle_screen_writes_nothing(start: Start, walk: str) -> None:
    terminal = walked(start(walk))
    terminal.wait_quiet(3.0)


def test_an_idle_course_writes_nothing(start: Start) -> None:
    terminal = start()
    terminal.wait_for("Automatic gradients")
    terminal.wait_quiet(3.0)


def test_no_color_means_no_colour(start: Start, walk: str) -> None:
    terminal = walked(start(walk, NO_COLOR="1"))
    assert colours(terminal.raw) == set()


def test_without_colours_what_changed_and_where_we_are_is_still_marked(
    start: Start, walk: str
) -> None:
    terminal = start(walk, NO_COLOR="1")
    terminal.wait_for("The first explanation.")
    terminal.press("right", "right", "right")
    terminal.wait_for(lambda it: "19166" in it.text and "▶" in it.text and "▸" in it.text)


@pytest.mark.parametrize(
    ("env", "kinds"),
    [
        ({"TERM": "xterm"}, {"16"}),
        ({"TERM": "xterm-256color"}, {"16", "256"}),
        ({"TERM": "screen-256color"}, {"16", "256"}),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, {"16", "256", "rgb"}),
    ],
)
def test_colours_are_those_that_the_terminal_has(
    start: Start, walk: str, env: dict[str, str], kinds: set[str]
) -> None:
    terminal = walked(start(walk, **env))
    assert colours(terminal.raw) <= kinds
    assert colours(terminal.raw)


@pytest.mark.parametrize("env", [{"LC_ALL": "C", "LANG": ""}, {"LC_ALL": "POSIX", "LANG": ""}])
def test_the_c_locale_walks_all_the_same(start: Start, walk: str, env: dict[str, str]) -> None:
    terminal = walked(start(walk, **env))
    assert "Traceback" not in terminal.text
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0


def test_escape_sequences_of_a_lesson_never_reach_the_terminal(start: Start, home: Path) -> None:
    terminal = start(write(home, "hostile", HOSTILE))
    terminal.wait_for("An explanation")
    terminal.press("right")
    terminal.wait_for("pwned-print")
    terminal.press("end")
    terminal.wait_for(lambda it: "failed" in it.text and "ValueError" in it.text)
    for pane in "12345":
        terminal.press(pane, "z")
        terminal.wait_for(lambda it: "step 1/1" in it.text)
        terminal.press("z")
    terminal.press("?")
    terminal.wait_for("Shift-Tab")
    terminal.press("escape", "ctrl+q")
    assert terminal.wait_end() == 0
    assert b"pwned-print" in terminal.raw, "the output was shown, escaped"
    assert not re.search(rb"\x1b[\]P_^X][^\x07\x1b]*pwned", terminal.raw)
    assert "pwned" not in terminal.screen.title
    assert b"\x1b[3J" not in terminal.raw
    assert b"\x1b[6m" not in terminal.raw
    assert 1005 not in terminal.modes
    assert not re.search("[\x80-\x9f]", terminal.raw.decode("utf-8"))


def test_without_a_terminal_opening_a_lesson_says_so(home: Path, walk: str) -> None:
    done = subprocess.run(
        [*PROGRAM, walk],
        env=environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert done.stdout == ""
    assert "terminal" in done.stderr
    assert "autograd-tutor trace" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 2


def test_a_dumb_terminal_is_told_so(start: Start, walk: str) -> None:
    terminal = start(walk, TERM="dumb")
    assert terminal.wait_end() != 0
    assert "trace" in terminal.text
    assert b"\x1b[" not in terminal.raw
