"""After a step that failed the screen and `trace` agree on what was not run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from terminal.conftest import Start
from terminal.program import PROGRAM, environment

FAILS = """\
# %% One
a = 1
# %% Two
raise ValueError("no")
# %% Three
print("ran", 40 + 2)
"""

NO_PYTHON_SETUP = """\
import torch
x = torch.ones(3, requires_grad=True)
x.backward()
# %%
print("ran", 40 + 2)
# %%
print("ran", 40 + 2)
"""

MEANT = """\
format: 1
title: Meant
summary: A failure that is meant.
steps:
  - id: fails
    title: Fails
    explain: It fails.
    raises: ValueError
    code: |
      raise ValueError("no")
  - id: after
    title: After
    explain: It runs.
    code: |
      print("ran", 40 + 2)
"""


@pytest.mark.parametrize(
    ("name", "text", "forward", "runs"),
    [
        ("two.py", FAILS, 2, False),
        ("first.py", NO_PYTHON_SETUP, 2, False),
        ("meant.yaml", MEANT, 1, True),
    ],
)
def test_the_screen_runs_the_steps_that_trace_runs(
    start: Start, home: Path, name: str, text: str, forward: int, runs: bool
) -> None:
    (home / name).write_text(text, encoding="utf-8")
    traced = subprocess.run(
        [*PROGRAM, "trace", name], env=environment(home), cwd=home, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert ("ran 42" in traced.stdout) is runs
    assert ("not run" in traced.stdout) is not runs
    terminal = start(name)
    terminal.wait_for("step 1/")
    terminal.press(*["N"] * forward)
    terminal.wait_for(f"step {forward + 1}/")
    terminal.press("end")
    terminal.wait_for("ran 42" if runs else "This step was not run: step")
    assert ("ran 42" in terminal.text) is runs
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0
