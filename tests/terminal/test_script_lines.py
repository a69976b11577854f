"""Of a script, every line number is that of its file; a pass is reported with its line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from terminal.commands import Run
from terminal.conftest import Start
from terminal.program import PROGRAM, environment

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


@pytest.fixture(autouse=True)
def _script(home: Path) -> None:
    (home / "script.py").write_text(SCRIPT, encoding="utf-8")


def test_headings_tracebacks_and_warnings_count_as_python_does(home: Path, run: Run) -> None:
    output = run("trace", "script.py").stdout
    headings = re.findall(r"^Line (\d+)(?: in \w+)?(?: failed)?: (.*)$", output, re.MULTILINE)
    assert headings
    for found, code in headings:
        assert LINES[int(found) - 1].strip() == code
    plain = subprocess.run(
        [sys.executable, "script.py"],
        capture_output=True, encoding="utf-8", cwd=home, check=False,
    ).stderr  # fmt: skip
    assert re.findall(r'File "script.py", line (\d+), in <module>', output) == re.findall(
        r", line (\d+), in <module>", plain
    )
    (warned,) = re.findall(r":(\d+): UserWarning", plain)
    assert re.findall(r"script.py:(\d+): UserWarning", output) == [warned]
    failing = number("z.backward()")
    assert f"Line {failing} failed: z.backward()" in output
    assert f"The failure of line {failing} ends the step:" in output
    assert f"(line {failing})" in output
    assert (
        f"raised an error at MulBackward0, made by line {number('z = square(y).sum()')}" in output
    )


NAMES = """\
# What the file is called.
import inspect, linecache, traceback, warnings
import torch

# %% Functions
def deep(v):
    warnings.warn("from here")
    warnings.warn("from the caller", stacklevel=2)
    return v @ torch.ones(3)

class Net:
    def call(self, v):
        return deep(v)

# %% What is said of them
# Between the steps.
warnings.warn("at the top")
print(__file__, linecache.getline(__file__, 16), inspect.getsource(deep), inspect.getsource(Net))
print(deep.__code__.co_filename, inspect.getsourcefile(deep), inspect.getsourcelines(Net)[1])
try:
    exec("a = = 1")
except SyntaxError:
    traceback.print_exc()
try:
    Net().call(torch.ones(2))
except RuntimeError as error:
    raise ValueError(
        "the last line"
    ) from error
"""


def test_what_python_prints_of_a_script_names_its_file(home: Path) -> None:
    path = home / "names.py"
    path.write_text(NAMES, encoding="utf-8")
    plain, traced = (
        subprocess.run(
            [*command, str(path)], env=environment(home), cwd=home, check=False, timeout=60,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding="utf-8",
            stderr=subprocess.STDOUT,
        ).stdout.splitlines()
        for command in ([sys.executable, "-u"], [*PROGRAM, "trace"])
    )  # fmt: skip
    assert traced[0] == "Script names.py: names"
    shown = {line[4:] for line in traced if line.startswith("    ")}
    assert len(plain) > 35
    assert [line for line in plain if line.strip() and line not in shown] == []
    whole = "\n".join(line[4:] for line in traced)
    first, second = "\n".join(plain).split("\n\nThe above exception was", 1)
    assert first[first.rindex("Traceback") :] in whole
    assert second in whole


def test_a_relative_path_is_named_as_it_was_given(home: Path) -> None:
    (home / "sub").mkdir()
    (home / "sub" / "fails.py").write_text("import torch\n# %%\n\ntorch.ones(2) @ torch.ones(3)\n")
    done = subprocess.run(
        [*PROGRAM, "trace", "--json", "sub/fails.py"],
        capture_output=True, encoding="utf-8", env=environment(home), cwd=home, check=False,
    )  # fmt: skip
    output = [json.loads(line) for line in done.stdout.splitlines()]
    assert output[0]["file"] == "fails.py"
    assert 'File "sub/fails.py", line 4, in <module>' in output[-1]["error"]["traceback"]


@pytest.mark.parametrize("code", ["x = 1\nb = = 2\n", "x = (1\n\n", "def f():\nreturn 1\n"])
def test_a_script_that_is_no_python_is_shown_with_its_line_and_a_caret(
    home: Path, code: str
) -> None:
    (home / "wrong.py").write_text(code)
    plain, found = (
        subprocess.run(
            [*command, "wrong.py"],
            capture_output=True, encoding="utf-8", env=environment(home), cwd=home, check=False,
        ).stderr.splitlines()
        for command in ([sys.executable], [*PROGRAM, "trace"])
    )  # fmt: skip
    line = re.findall(r"line (\d+)", plain[0])[0]
    assert found[0].startswith(f"wrong.py:{line}:")
    assert [each.rstrip("^") for each in found[1:3]] == [each.rstrip("^") for each in plain[1:3]]


def test_in_json_lines_count_from_the_step_and_it_says_where_that_begins(
    run: Run,
) -> None:
    output = [json.loads(line) for line in run("trace", "--json", "script.py").stdout.splitlines()]
    steps = {each["step"]: each for each in output if each["type"] == "step"}
    assert [each["first_line"] for each in steps.values()] == [5, 14]
    for each in output:
        if each["type"] == "snapshot" and each["line"]:
            step = steps[each["step"]]
            code = step["code"].split("\n")[each["line"] - 1]
            assert code == LINES[each["line"] + step["first_line"] - 2]


def test_a_recording_keeps_the_numbers(run: Run) -> None:
    live = run("trace", "--backward", "script.py").stdout
    recorded = run("record", "script.py", "-o", "run.agt")
    assert f"Step 2 failed at line {number('z.backward()')}: " in recorded.stderr
    again = run("trace", "--backward", "run.agt").stdout
    assert again.startswith("Script script.py: ")
    assert re.sub(r"\d+\.\d\d s", "", live) == re.sub(r"\d+\.\d\d s", "", again)


def test_a_pass_is_reported_with_its_line_and_not_before_it(run: Run) -> None:
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
    start: Start, run: Run
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


def test_since_when_a_name_stands_for_another_tensor_is_a_line_of_the_file(home: Path) -> None:
    code = "# About.\nimport torch\n# %%\nw = torch.ones(1, requires_grad=True)\nv = w\nw = w * 2\n"
    (home / "names.py").write_text(code)
    printed = subprocess.run(
        [*PROGRAM, "trace", "names.py"],
        capture_output=True, encoding="utf-8", env=environment(home), cwd=home, check=False,
    ).stdout  # fmt: skip
    assert "  w is another tensor since line 6; the earlier one is v\n" in printed


UNENDED = {
    "an exit": ("lambda g: os._exit(3)", "y.backward()", "Line 8", 2),
    "a fault": (
        "lambda g: os.kill(os.getpid(), signal.SIGSEGV)", "go()", "Line 6 in go", 2,
    ),
    "a time limit of C code": ("lambda g: sum(iter(int, 1))", "go()", "Line 6 in go", 2),
    "an exit in the second pass": (
        "lambda g: os._exit(3) if w.grad is not None else None", "go(); go()", "Line 6 in go", 2,
    ),
}  # fmt: skip


@pytest.mark.parametrize("ends", UNENDED)
def test_nodes_of_a_pass_that_never_ended_stand_under_its_line(home: Path, ends: str) -> None:
    hook, call, heading, ran = UNENDED[ends]
    code = (
        "import os, signal, torch\nw = torch.ones(2, requires_grad=True)\ny = (w * w).sum()\n"
        f"w.register_hook({hook})\ndef go():\n    y.backward(retain_graph=True)\n\n{call}\n"
    )
    step = {"id": "a", "title": "A", "explain": "x", "code": code}
    lesson = {"format": 1, "title": "T", "summary": "s", "limits": {"seconds": 1}, "steps": [step]}
    (home / "ends.yaml").write_text(json.dumps(lesson))
    texts = []
    for options in ([], ["--backward"]):
        done = subprocess.run(
            [*PROGRAM, "trace", *options, "ends.yaml"],
            capture_output=True, encoding="utf-8", env=environment(home), cwd=home, check=False,
        )  # fmt: skip
        texts.append(done.stdout)
    number = 2 if "second" in ends else 1
    for text in texts:
        head = f"{heading} did not end: {'y.backward' if 'go' in heading else call[:10]}("
        assert text.count(" did not end: ") == 1
        _, _, below = text.partition(head)
        assert f"\n  backward pass {number}: {ran} nodes ran\n" in below
        assert f"Backward {number}, node" not in text.partition(head)[0]
    nodes = re.findall(rf"^(.*)Backward {number}, node (\d+): ", texts[1], re.MULTILINE)
    assert nodes == [("  ", "1"), ("  ", "2")]
