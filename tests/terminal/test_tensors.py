"""Tensors and gradients at a terminal of every size, with and without colours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from terminal.conftest import Start
from terminal.emulator import Terminal

SIZES = [(60, 20), (80, 24), (120, 40), (200, 50)]

SCRIPT = """\
import torch
torch.manual_seed(0)
x = torch.randn(32, 2)
grid = torch.arange(96.).reshape(8, 12) - 40
w = torch.tensor([3., -4.], requires_grad=True)
frozen = torch.zeros(2, requires_grad=True)
tiny = torch.tensor([1e-4], requires_grad=True)
loss = (x @ w).mean() * 0 - w.sum() * 2 + tiny.sum() * 1e-3
loss.backward()
done = True
"""


def opened(start: Start, home: Path, columns: int, rows: int) -> Terminal:
    """The script."""
    path = home / "rows.py"
    path.write_text(SCRIPT)
    terminal = start(str(path), columns=columns, rows=rows)
    return terminal.wait_for("import torch")


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_one_row_a_tensor_and_all_about_it_on_the_whole_screen(
    start: Start, home: Path, columns: int, rows: int
) -> None:
    terminal = opened(start, home, columns, rows)
    terminal.press("end", "3")
    terminal.wait_for("▸ done = True")
    for name, shown in (("x", "(32, 2)"), ("w", "(2,)"), ("loss", "()")):
        row = re.compile(rf"[◆●○] {name} +{re.escape(shown)} ")
        terminal.wait_for(lambda it, row=row: len(row.findall(it.text)) == 1)
        (line,) = [each for each in terminal.lines if row.search(each)]
        assert "…" not in line[: columns // 3]
    terminal.press("down", "down", "down", "enter")
    terminal.wait_for("3 Tensors · ")
    terminal.wait_for("Enter tensors")
    terminal.press("q")
    terminal.wait_for(lambda it: "3 Tensors · " not in it.text and "2 Code" in it.text)


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_gradients_are_a_table_that_can_be_sorted(
    start: Start, home: Path, columns: int, rows: int
) -> None:
    terminal = opened(start, home, columns, rows)
    terminal.press("end", "5")
    terminal.wait_for("0.001")
    assert "2.8284" in terminal.text
    terminal.press("s")
    terminal.wait_for("The largest .grad first.")
    rows_of = [line for line in terminal.lines if "∇ " in line and ".grad" in line]
    order = [line.split("∇ ")[1].split(".grad")[0] for line in rows_of]
    assert order == ["w", "tiny", "frozen"]
    bars = [line.count("█") for line in rows_of]
    assert bars[0] - bars[1] == 3
    assert bars[2] == 0
    terminal.press("!")
    terminal.press("enter")
    terminal.wait_for("3 Tensors · frozen")


COLOURS = {
    "truecolour": ((), {"COLORTERM": "truecolor"}),
    "256": ((), {"COLORTERM": "", "TERM": "xterm-256color"}),
    "16": ((), {"COLORTERM": "", "TERM": "xterm-16color"}),
    "none": ((), {"NO_COLOR": "1"}),
    "ASCII": (("--ascii",), {"NO_COLOR": "1"}),
}


@pytest.mark.parametrize("kind", COLOURS)
def test_what_does_not_fit_is_cells_and_a_range_in_all_colours(
    start: Start, home: Path, kind: str
) -> None:
    options, variables = COLOURS[kind]
    path = home / "rows.py"
    path.write_text(SCRIPT)
    terminal = start(*options, str(path), **variables)
    terminal.wait_for("import torch")
    terminal.press("end", "3", "z")
    whole = re.compile(r" grid .*-40 to 55 .*mean 7\.5")
    terminal.wait_for(lambda it: whole.search(it.text))
    (line,) = [each for each in terminal.lines if " grid " in each]
    assert "norm" in line
    assert "mean 7.5" in line
    y = terminal.lines.index(line)
    left, right = line.index("(8, 12)") + len("(8, 12)"), line.index("-40")
    cells = [terminal.screen.buffer[y][x] for x in range(left, right)]
    assert len(set(cells)) > 6  # as many looks as steps of the scale, whatever they are made of
    assert kind != "ASCII" or terminal.text.isascii()
