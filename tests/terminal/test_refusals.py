"""What stands outside of the program is not called a fault of the program."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from terminal.conftest import Start
from terminal.lessons import WALK, write
from terminal.program import PROGRAM, environment

pytestmark = pytest.mark.starts

COMMANDS = (("--help",), ("list",), ("list", "--json"), ("trace", "walk.yaml"),
            ("trace", "--json", "walk.yaml"), ("check", "broken.yaml"))  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_full_device_is_said_to_be_one(home: Path, command: tuple[str, ...]) -> None:
    write(home, "walk", WALK)
    write(home, "broken", "format: 1\n")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*PROGRAM, *command], stdin=subprocess.DEVNULL, stdout=full,
            stderr=subprocess.PIPE, encoding="utf-8", env=environment(home), cwd=home,
            timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "autograd-tutor: The output cannot be written: No space left on device."
    )


@pytest.mark.parametrize("value", ["nonsense", "", "TRUECOLOR"])
def test_a_color_system_that_does_not_exist_is_refused_by_its_name(
    start: Start, value: str
) -> None:
    terminal = start("parameters", TEXTUAL_COLOR_SYSTEM=value, columns=100)
    terminal.wait_for("TEXTUAL_COLOR_SYSTEM has to be one of auto, standard, 256, truecolor")
    assert "fault" not in terminal.text


@pytest.mark.parametrize("value", ["auto", "standard", "256", "truecolor"])
def test_those_that_exist_are_taken(start: Start, home: Path, value: str) -> None:
    terminal = start(write(home, "walk", WALK), TEXTUAL_COLOR_SYSTEM=value)
    terminal.wait_for("The first explanation.")


LONG = "190" + ":20" * 100_000


@pytest.mark.parametrize(
    "text",
    [
        f"format: 1\ntitle: {LONG}\nsummary: {LONG}\nsteps: [{{id: {LONG}, title: a}}]\n",
        f"format: 1\ntitle: a\nseed: {'9' * 300_000}\n{'k' * 100_000}: 1\nsteps: []\n",
        f"format: 1\nlimits: {{{'s' * 100_000}: {LONG}}}\nsteps: {LONG}\nneeds: '{'n' * 90_000}\n",
    ],
)
def test_messages_about_a_lesson_have_a_length(home: Path, text: str) -> None:
    path = write(home, "long", text)
    for command in ("check", "trace"):
        done = subprocess.run(
            [*PROGRAM, command, path], stdin=subprocess.DEVNULL, capture_output=True,
            encoding="utf-8", env=environment(home), cwd=home, timeout=60, check=False,
        )  # fmt: skip
        rows = (done.stdout + done.stderr).splitlines()
        assert any(row.startswith(path) for row in rows)
        assert max(map(len, rows)) < len(path) + 1_100
