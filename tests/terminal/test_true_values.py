"""What is true of values, names, failures and threads, as a person sees it at a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.conftest import Start
from terminal.emulator import Terminal
from terminal.test_walk import quit_program

SCRIPT = """\
# %% Values
import torch, threading, warnings
w = torch.ones(50, 32, requires_grad=True)
mask = torch.ones(50, 32, dtype=torch.bool)
scores = w.masked_fill(mask, float("-inf"))
probs = scores.softmax(1)
loss = probs.square().mean()
loss.backward()
# %% Names
w = torch.tensor([1., 2.], requires_grad=True)
v = w
loss = (w * w).sum()
loss.backward()
del v
w = w - 0.1 * w.grad
flat = w.detach()
# %% Threads
def work():
    return (torch.ones(2, requires_grad=True) * 2).sum()
t = threading.Thread(target=work)
t.start()
t.join()
warnings.warn("a warning that is long, and goes on, and has its answer at the very end of it")
# %% Failures
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x.exp()
loss = (3 * y).sum()
with torch.no_grad():
    y.add_(1)
with torch.enable_grad():
    try:
        loss.backward()  # fails
    finally:
        tidy = 1
        tidy = 2
"""
SIZES = [(120, 40), (80, 24)]


def line(code: str) -> int:
    """The line of the script that is this, whatever its indentation."""
    return [each.strip() for each in SCRIPT.split("\n")].index(code) + 1


def at(terminal: Terminal, code: str) -> None:
    """Wait until a line of the script is the one that has run."""
    terminal.wait_for(f"line {line(code)}/")


def step(terminal: Terminal, number: int) -> None:
    """Open the next step and go to its end."""
    terminal.press("N")
    terminal.wait_for(f"step {number}/4")
    terminal.press("end")


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_values_names_threads_and_failures(
    start: Start, home: Path, columns: int, rows: int
) -> None:
    (home / "script.py").write_text(SCRIPT, encoding="utf-8")
    terminal = start("script.py", columns=columns, rows=rows)
    terminal.wait_for("step 1/4")
    terminal.press("end")
    look_at_values(terminal)
    step(terminal, 2)
    look_at_names(terminal)
    step(terminal, 3)
    look_at_threads(terminal)
    step(terminal, 4)
    look_at_a_failure(terminal)
    quit_program(terminal)


def look_at_values(terminal: Terminal) -> None:
    at(terminal, "loss.backward()")
    terminal.wait_for("! first inf")
    terminal.wait_for("6 ✓ probs = scores.softmax(1)   ! first nan")
    terminal.press("i", "right")
    terminal.wait_for("node 2 of 5")
    terminal.press("4")
    terminal.wait_for("● ! makes nan  Pow")
    terminal.press("5", "right")
    terminal.wait_for("arrives  ! 1,600 of 1,600 nan")


def look_at_names(terminal: Terminal) -> None:
    at(terminal, "flat = w.detach()")
    terminal.press("3")
    since = line("w = w - 0.1 * w.grad")
    terminal.wait_for(f"another tensor since line {since};")
    terminal.wait_for("shares its memory with w")
    terminal.press("5")
    terminal.wait_for("∇ earlier w.grad")
    terminal.press("3", "home")
    terminal.press(*["right"] * 3)
    terminal.wait_for("◆ w is v")


def look_at_threads(terminal: Terminal) -> None:
    terminal.wait_for("Lines that ran in 1 other thread are not recorded.")
    terminal.press("2", "z")
    terminal.wait_for("at the very end of it")
    terminal.press("z")


def look_at_a_failure(terminal: Terminal) -> None:
    failing = line("loss.backward()  # fails")
    row = f"{failing} ✗         loss.backward()  # fails   i: walk inside"
    terminal.wait_for(row)
    terminal.wait_for(f"Line {failing}: RuntimeError: one of the variables")
    terminal.press("left")
    at(terminal, "with torch.enable_grad():")
    assert row in terminal.text
    terminal.press("i")
    terminal.wait_for("backward 1 of 1 · node 1 of")
    terminal.press("end")
    terminal.wait_for(row)
    terminal.press("4", "enter")
    terminal.wait_for("Node · ExpBackward0")
    terminal.press("z")
    terminal.wait_for("result was changed in place")
