"""The list of lessons on a real terminal: a path is chosen, followed, and found again."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.conftest import Start
from terminal.lessons import finish


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
def test_a_path_is_chosen_and_kept(start: Start, size: tuple[int, int], theme: str) -> None:
    columns, rows = size
    screen = start("--theme", theme, columns=columns, rows=rows)
    screen.wait_for("▶ › Parameters")
    screen.press("p")
    screen.wait_for("▶ The whole course  followed now")
    screen.press("down")
    screen.wait_for("▶ Autograd in an hour")
    screen.press("enter")
    screen.wait_for("8 lessons")
    screen.wait_for("▶ › Parameters")
    screen.press("q")
    assert screen.wait_end() == 0
    again = start("--theme", theme, columns=columns, rows=rows)
    again.wait_for("8 lessons")
    again.wait_for("Autograd in an hour")


def test_the_next_of_the_path_is_chosen_and_what_it_needs_is_said(start: Start, home: Path) -> None:
    for lesson in ("parameters", "dynamic-graph", "automatic-gradients"):
        finish(home, lesson)
    screen = start(columns=120, rows=40)
    screen.wait_for("▶ ✓ Parameters")
    screen.wait_for("  › Leaves and the rest")
    screen.wait_for("3 of 30 lessons done")
    screen.press("p", "down", "down", "enter")
    screen.wait_for("Path: Training that works")
    screen.wait_for("▶ › Four lines, one order")
    screen.wait_for("Needs: ✓ Automatic gradients")
    screen.wait_for("Leads to: Losses that mislead")
    screen.press("end")
    screen.wait_for("Needs: Inside backward (open)")
