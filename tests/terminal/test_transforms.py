"""Inside of `torch.func` transforms and in forward mode, as a person sees it at a terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from terminal.conftest import Start
from terminal.test_walk import quit_program

SCRIPT = """\
# %% Batches
import torch
xs = torch.tensor([[1., 2.], [3., 4.], [5., 6.]])
def f(x):
    y = x ** 3
    return y.sum()
got = torch.vmap(torch.func.grad(f))(xs)
# %% Tangents
def g(a):
    b = a * a
    return b
ts = torch.ones(3, 2)
out = torch.func.jvp(torch.vmap(g), (xs,), (ts,))
import torch.autograd.forward_ad as fwAD
with fwAD.dual_level():
    d = fwAD.make_dual(torch.tensor([1., 2.]), torch.tensor([1., 0.]))
    e = d * d
"""
SIZES = [(120, 40), (80, 24)]


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_batches_leaves_and_tangents(start: Start, home: Path, columns: int, rows: int) -> None:
    (home / "script.py").write_text(SCRIPT, encoding="utf-8")
    terminal = start("script.py", columns=columns, rows=rows)
    terminal.wait_for("step 1/2")
    terminal.press("end")
    terminal.wait_for("line 7/7")
    terminal.press("i", "3")
    terminal.wait_for("grad 1 of 1 · node 1 of 2")
    terminal.wait_for("◆ argument x at level 2")
    terminal.wait_for("torch.func level 2, batched: 3")
    terminal.wait_for("shares its memory with xs")
    terminal.press("4")
    waiting_leaf = re.compile("· +◆ argu.*t level 2")
    terminal.wait_for(lambda screen: waiting_leaf.search(screen.text) is not None)
    terminal.press("5")
    terminal.wait_for("in example 0 of 3: ")
    terminal.press("right")
    terminal.wait_for("node 2 of 2")
    terminal.wait_for("[27, 48]")
    terminal.press("3", "right")
    terminal.wait_for("▸ ○ got  ")
    terminal.wait_for(lambda screen: "argument x" not in screen.text)

    terminal.press("N")
    terminal.wait_for("step 2/2")
    terminal.press("end")
    terminal.wait_for("moment 10/10")
    terminal.press("home", "right", "right")
    terminal.wait_for("line 12/17")
    terminal.press("i", "3")
    terminal.wait_for("in g · line 10/17")
    terminal.press("z")
    terminal.wait_for("▸ ○ g().b")
    terminal.press("pagedown")
    terminal.wait_for("tangent, torch.func level 2, batched: 3 examples along dimension 0")
    terminal.wait_for("[10., 12.]")
    terminal.press("z", "end", "left")
    terminal.wait_for("tangent tensor([2., 0.])")
    terminal.press("right")
    terminal.wait_for("tangent is gone")
    quit_program(terminal)
