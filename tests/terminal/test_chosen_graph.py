"""The graph of a chosen tensor, at a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.conftest import Start

SCRIPT = """\
import torch
w = torch.tensor(2.0, requires_grad=True)
for turn in range(3):
    y = w * turn
    loss = y.exp()
    loss.backward()
late = w.sin()
"""


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])
def test_g_shows_the_graph_of_the_chosen_tensor_and_keeps_it(
    start: Start, home: Path, columns: int, rows: int
) -> None:
    path = home / "chosen.py"
    path.write_text(SCRIPT)
    terminal = start(str(path), columns=columns, rows=rows)
    terminal.wait_for("import torch")
    terminal.press("end")
    terminal.wait_for("made `late`")
    terminal.press("3")
    terminal.wait_for("▸ ● late")
    terminal.press("down", "down")
    terminal.wait_for("Enter open")
    terminal.press("G")
    terminal.wait_for("4 Graph of y, chosen").wait_for("MulBackward0")
    terminal.press("left")
    terminal.wait_for("line 3/7").wait_for("4 Graph of y, chosen")
    terminal.press("home")
    terminal.wait_for("There is no tensor `y`")
    terminal.press("end", "4", "G")
    terminal.wait_for("4 Graph of late")
