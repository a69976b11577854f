"""`explain` and what `trace` says of findings: text, JSON, exit status, wrong use."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from terminal.commands import Run
from terminal.conftest import Start

NEVER_CLEARED = """import torch

w = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for turn in range(2):
    loss = w ** 2
    loss.backward()
    opt.step()
"""
RIGHT = NEVER_CLEARED.replace("    loss = w", "    opt.zero_grad()\n    loss = w")


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text(NEVER_CLEARED)
    return path


def test_a_finding_has_its_line_its_reason_and_its_mend(run: Run, script: Path) -> None:
    done = run("explain", str(script))

    assert done.returncode == 1
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "✗ line 7: `w.grad` is never cleared: the pass in line 7 adds to a gradient from before "
        "the step.",
        "  Line 7 filled it, line 8 changed `w`, and nothing cleared it since.",
        "  Mend: Clear it before each pass: `zero_grad()`.",
        "     7 +     opt.zero_grad()",
        "  zero-grad · more: autograd-tutor explain zero-grad · lesson: four-lines",
        "",
        "1 finding.",
    ]


def test_for_programs_it_is_a_list_of_objects(run: Run, script: Path) -> None:
    done = run("explain", "--json", str(script))

    [finding] = json.loads(done.stdout)
    assert finding["key"] == "zero-grad"
    assert finding["line"] == 7
    assert [each["line"] for each in finding["proofs"]] == [7, 8, 7]
    assert finding["change"] == {
        "step": 0, "first": 7, "remove": 0, "insert": "    opt.zero_grad()",
    }  # fmt: skip


def test_nothing_that_goes_wrong_is_said_and_ends_well(run: Run, script: Path) -> None:
    script.write_text(RIGHT)
    done = run("explain", str(script))

    assert done.returncode == 0
    assert done.stdout == "No known mistake was found.\n"
    assert json.loads(run("explain", str(script), "--json").stdout) == []


def test_a_recording_is_explained_as_its_script_is(run: Run, script: Path, tmp_path: Path) -> None:
    file = tmp_path / "train.agt"
    assert run("record", str(script), "-o", str(file)).returncode == 0

    assert run("explain", str(file)).stdout == run("explain", str(script)).stdout


def test_a_key_is_explained_with_an_example(run: Run) -> None:
    done = run("explain", "zero-grad")

    assert done.returncode == 0
    assert done.stdout.startswith("# zero-grad: nobody clears the gradient\n")
    assert done.stdout.endswith("The lesson about it: autograd-tutor four-lines\n")
    assert json.loads(run("explain", "zero-grad", "--json").stdout)["lesson"] == "four-lines"


def test_trace_says_it_at_the_end_of_a_script(run: Run, script: Path) -> None:
    lines = run("trace", str(script)).stdout.splitlines()
    objects = [json.loads(line) for line in run("trace", "--json", str(script)).stdout.splitlines()]

    assert "✗ line 7: `w.grad` is never cleared" in "\n".join(lines[-6:])
    assert objects[-1]["type"] == "finding"
    assert objects[-1]["key"] == "zero-grad"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["explain"], "name a script, a lesson or a recording"),
        (["explain", "nothing-so-named"], "nothing-so-named"),
        (["explain", "qq"], "Keys of mistakes: no-grad-fn, second-time, "),
        (["explain", "zero-gard"], "did you mean zero-grad?"),
        (["explain", "paramters"], 'did you mean "parameters"'),
        (["explain", "a.py", "--lr", "1"], "the script's own go behind --: a.py -- --lr"),
        (["trace", "a.py", "--epochs=3"], "the script's own go behind --: a.py -- --epochs"),
        (["a.py", "--lr=1"], "the script's own go behind --: a.py -- --lr=1"),
        (["explain", "a.py", "--evry", "1"], "did you mean --every?"),
        (["a.py", "--evry", "1"], "did you mean --every?"),
        (["explain", "zero-grad", "more"], "unexpected extra argument"),
    ],
)
def test_wrong_use(run: Run, arguments: list[str], words: str) -> None:
    done = run(*arguments)

    assert done.returncode == 2
    assert words in done.stderr


def test_without_a_screen_why_says_it(run: Run, script: Path) -> None:
    done = run("--plain", str(script), typed=b"end\nwhy\nwhy w\nwhy nope\nquit\n")
    said = " ".join(done.stdout.split())

    assert "`w.grad` is never cleared" in said
    assert "Where does it come from?" in said
    assert "There is no tensor nope at this moment." in said


FAILS = "import torch\nx = torch.ones(2)\nraise ValueError('boom')\n"
ARGUMENTS = "import argparse\nparser = argparse.ArgumentParser()\nparser.parse_args()\n"
MET = "Step 1 failed: what comes after it did not run."


@pytest.mark.parametrize(
    ("code", "options", "status", "last", "errors"),
    [
        (FAILS, (), 1, [MET], "ValueError: boom"),
        (ARGUMENTS, ("--", "--lrr", "1"), 1, [MET], "error: unrecognized arguments: --lrr 1"),
        (f"{RIGHT}1 / 0", (), 1, [MET], "ZeroDivisionError"),
        (
            NEVER_CLEARED, ("--every", "100"), 0,
            ["Not recorded: 1 turn of the loop in line 5, with 1 backward pass."], "",
        ),
        (
            RIGHT, ("--from", "turn:40"), 0,
            ["Not recorded: 2 turns of the loop in line 5, with 2 backward passes."], "",
        ),
        (RIGHT, ("--from", "line:400"), 1, ["Nothing was recorded."], ""),
        (RIGHT, ("--moments", "5"), 0, ["Step 1 is recorded up to a limit only."], "5 moments"),
    ],
)  # fmt: skip
def test_what_was_not_looked_at_is_said(
    run: Run,
    script: Path,
    tmp_path: Path,
    code: str,
    options: tuple[str, ...],
    status: int,
    last: list[str],
    errors: str,
) -> None:
    script.write_text(code)
    done = run("explain", str(script), *options)

    assert done.returncode == status
    assert done.stdout.splitlines() == ["No known mistake was found in what was recorded.", *last]
    assert errors in done.stderr
    file = str(tmp_path / "part.agt")
    run("record", str(script), "-o", file, *options)
    again = run("explain", file)
    assert (again.returncode, again.stdout) == (status, done.stdout)


IMPORTS = "import torch\nimport json, helpers\nfrom pkg.net import scale\nx = torch.ones(2)\n"


@pytest.mark.parametrize(
    ("follow", "last"),
    [
        ((), ["Not stepped into: helpers, pkg.net (--follow helpers --follow pkg)."]),
        (("--follow", "pkg"), ["Not stepped into: helpers (--follow helpers)."]),
        (("--follow", "pkg.net", "--follow", "helpers"), []),
    ],
)
def test_modules_beside_the_script_that_were_not_stepped_into_are_named(
    run: Run, script: Path, follow: tuple[str, ...], last: list[str]
) -> None:
    (script.parent / "pkg").mkdir()
    (script.parent / "pkg" / "net.py").write_text("def scale(x):\n    return 2 * x\n")
    (script.parent / "helpers.py").write_text("def double(x):\n    return 2 * x\n")
    script.write_text(f"{IMPORTS}helpers.double(x)\nscale(x)\n")

    done = run("explain", str(script), *follow)
    assert done.returncode == 0
    assert done.stdout.splitlines() == ["No known mistake was found.", *last]


OWN = """import torch
class {name}(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return 2 * x
    @staticmethod
    def backward(ctx, g):
        return g
x = torch.ones(2, requires_grad=True)
{name}.apply(x).sum().backward()
print(x.grad)
"""
CHECKPOINTED = """import torch
from torch.utils.checkpoint import checkpoint
x = torch.ones(2, requires_grad=True)
checkpoint(torch.exp, x, use_reentrant=True).sum().backward()
print(x.grad)
"""


@pytest.mark.parametrize("name", ["Double", "MySquare"])
@pytest.mark.parametrize("records", [False, True])
def test_a_function_of_the_script_is_left_to_verify(
    run: Run, script: Path, name: str, records: bool, tmp_path: Path
) -> None:
    script.write_text(OWN.format(name=name))
    target = script
    if records:
        target = tmp_path / "own.agt"
        run("record", str(script), "-o", str(target))
    done = run("explain", str(target))

    assert done.returncode == 0  # which is no finding
    assert done.stdout.splitlines()[-1] == (
        f"The backward of `{name}` was not checked: autograd-tutor verify does that."
    )


def test_a_function_of_torch_is_not(run: Run, script: Path) -> None:
    script.write_text(CHECKPOINTED)

    assert "verify" not in run("explain", str(script)).stdout


@pytest.mark.parametrize(
    ("code", "where"),
    [
        (
            "def f():\n    raise ValueError('boom')\nf()\n",
            "at line 2, called from line 3: ValueError",
        ),
        (
            "def f(x):\n    return 1 / x\ndef g(x):\n    return f(x)\nfor x in (1, 0):\n    g(x)\n",
            "at line 2, called from line 6: ZeroDivisionError",
        ),
        (
            "def f():\n    1 / 0\ntry:\n    f()\nexcept ZeroDivisionError:\n    x = 1\n[][1]\n",
            "at line 7: IndexError",
        ),
    ],
)
def test_a_failure_in_a_function_has_its_line(
    run: Run, script: Path, code: str, where: str
) -> None:
    script.write_text(code)
    done = run("explain", str(script))

    assert f"Step 1 failed {where}" in done.stderr


@pytest.mark.parametrize(
    ("words", "last"),
    [
        (("explain", "train.py"), "No known mistake was found."),
        (("record", "train.py", "-o", "a.agt"), "a.agt: 1 step"),
        (("explain", "fails.py"), "Step 1 failed: what comes after it did not run."),
    ],
)
def test_on_a_terminal_a_word_stands_while_it_runs(
    start: Start, home: Path, words: tuple[str, ...], last: str
) -> None:
    (home / "train.py").write_text(f"{RIGHT}open('go', 'r').read()\n")
    (home / "fails.py").write_text(f"open('go', 'r').read()\n{FAILS}")
    os.mkfifo(home / "go")
    terminal = start(*words)
    terminal.wait_for("running…")
    (home / "go").write_text("")  # the script waits for that
    terminal.wait_for(last)
    assert terminal.wait_end() == ("fails.py" in words)
    assert "running" not in terminal.text
