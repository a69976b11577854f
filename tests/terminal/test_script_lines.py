"""Of a script, every line number is that of its file; a pass is reported with its line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from terminal.conftest import Start
from terminal.program import PROGRAM, environment

Result = subprocess.CompletedProcess[str]

SCRIPT = '''\
"""Lines of a script.

Two steps.
"""
import warnings
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
def square(v):
    return v * v
# %% The second
# It fails.

warnings.warn("watch out for this one, which is a long one, and goes on behind the end of a row")
y = x.exp()
z = square(y).sum()
z.backward(retain_graph=True)
with torch.no_grad():
    y.add_(1)
with torch.enable_grad():
    z.backward()
'''
LINES = SCRIPT.split("\n")


def number(code: str) -> int:
    """The last line of the file that is this."""
    return max(at for at, line in enumerate(LINES, 1) if line.strip() == code)


@pytest.fixture
def run(home: Path) -> Callable[..., Result]:
    (home / "script.py").write_text(SCRIPT, encoding="utf-8")

    def run(*arguments: str) -> Result:
        return subprocess.run(
            [*PROGRAM, *arguments],
            stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
            env=environment(home), cwd=home, timeout=60, check=False,
        )  # fmt: skip

    return run


def test_headings_tracebacks_and_warnings_count_as_python_does(
    home: Path, run: Callable[..., Result]
) -> None:
    output = run("trace", "script.py").stdout
    headings = re.findall(r"^Line (\d+)(?: in \w+)?(?: failed)?: (.*)$", output, re.MULTILINE)
    assert headings
    for found, code in headings:
        assert LINES[int(found) - 1].strip() == code
    plain = subprocess.run(
        [sys.executable, "script.py"],
        capture_output=True, encoding="utf-8", cwd=home, check=False,
    ).stderr  # fmt: skip
    assert re.findall(r", line (\d+), in <module>", output) == re.findall(
        r", line (\d+), in <module>", plain
    )
    (warned,) = re.findall(r":(\d+): UserWarning", plain)
    assert re.findall(r":(\d+): UserWarning", output) == [warned]
    failing = number("z.backward()")
    assert f"Line {failing} failed: z.backward()" in output
    assert f"The failure of line {failing} ends the step:" in output
    assert f"(line {failing})" in output
    assert (
        f"raised an error at MulBackward0, made by line {number('z = square(y).sum()')}" in output
    )


def test_in_json_lines_count_from_the_step_and_it_says_where_that_begins(
    run: Callable[..., Result],
) -> None:
    output = [json.loads(line) for line in run("trace", "--json", "script.py").stdout.splitlines()]
    steps = {each["step"]: each for each in output if each["type"] == "step"}
    assert [each["first_line"] for each in steps.values()] == [5, 14]
    for each in output:
        if each["type"] == "snapshot" and each["line"]:
            step = steps[each["step"]]
            code = step["code"].split("\n")[each["line"] - 1]
            assert code == LINES[each["line"] + step["first_line"] - 2]


def test_a_recording_keeps_the_numbers(run: Callable[..., Result]) -> None:
    live = run("trace", "--backward", "script.py").stdout
    run("record", "script.py", "-o", "run.agt")
    again = run("trace", "--backward", "run.agt").stdout
    assert re.sub(r"\d+\.\d\d s", "", live) == re.sub(r"\d+\.\d\d s", "", again)


def test_a_pass_is_reported_with_its_line_and_not_before_it(run: Callable[..., Result]) -> None:
    output = run("trace", "--backward", "script.py").stdout
    rows = [row for row in output.splitlines() if re.match(r"Line|  Backward|  backward", row)]
    heads = {at: row for at, row in enumerate(rows) if row.startswith("  Backward ")}
    assert len(heads) > 4
    for at, row in heads.items():
        line = next(each for each in reversed(rows[:at]) if each.startswith("Line"))
        call = row.split()[1].rstrip(",")
        assert "z.backward(" in line
        assert f"  backward pass {call} from z" in "\n".join(rows[at:])


def test_on_the_screen_the_numbers_are_the_files_and_a_warning_is_read_whole(
    start: Start, run: Callable[..., Result]
) -> None:
    assert run("--version").returncode == 0
    terminal = start("script.py")
    failing, last = number("z.backward()"), len(LINES) - 1
    terminal.wait_for(f"{number('import torch')}   import torch")
    terminal.press("N")
    terminal.wait_for(lambda it: re.search(r"14 . warnings\.warn", it.text) is not None)
    terminal.press("end")
    terminal.wait_for(f"line {failing}/{last}")
    terminal.wait_for(f"{failing} ✗     z.backward()")
    terminal.wait_for(f"Line {failing}: RuntimeError: one of the variables")
    terminal.press("z")
    terminal.wait_for("behind the end of a row")
    terminal.press("z", "i")
    terminal.wait_for("backward 2 of 2")
    terminal.press("end")
    terminal.wait_for(f"{failing} ✗     z.backward()   i: walk inside")
