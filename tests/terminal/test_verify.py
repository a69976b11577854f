"""`verify`: text, JSON, exit status, which pass, wrong use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from terminal.asking import ASKS
from terminal.commands import Run
from terminal.lessons import write

SQUARE = """import torch


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return x * grad_output


x = torch.tensor([3.0, -1.0], requires_grad=True)
loss = Square.apply(x).sum()
loss.backward()
(x**2).sum().backward()
"""
RIGHT = SQUARE.replace("return x * grad", "return 2 * x * grad")


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "square.py"
    path.write_text(SQUARE)
    return path


def test_a_wrong_backward_is_named_and_the_slope_beside_it(run: Run, script: Path) -> None:
    done = run("verify", str(script))

    assert done.returncode == 1
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "Pass 1, line 18: it begins at `loss` = 10.",
        "✗ `Square` (line 17): backward gives 3 for `x[0]`, finite differences give 6: off by the "
        "factor 0.5.",
        "✗ `x[0]`: autograd gives 3, finite differences give 6: off by the factor 0.5.",
        "✓ In float64 autograd gives the same, in 1 leaf.",
        "",
        "   entry  .grad  float64  differences",
        "✗  x[0]       3        3            6",
        "✗  x[1]      -1       -1           -2",
        "",
        "Central differences in float64, each entry moved by 1e-06 (or by that times its size); to "
        "agree means within 0.1 %, as in torch.autograd.gradcheck.",
    ]


def test_what_agrees_ends_with_0(run: Run, script: Path) -> None:
    script.write_text(RIGHT)
    done = run("verify", str(script))

    assert (done.returncode, done.stderr) == (0, "")
    assert "backward gives what finite differences give for `x`" in done.stdout


@pytest.mark.parametrize("which", [("--pass", "2"), ("--line", "19")])
def test_another_pass_can_be_named(run: Run, script: Path, which: tuple[str, str]) -> None:
    done = run("verify", str(script), *which, "--json")

    [checked] = json.loads(done.stdout)
    assert (checked["pass"], checked["line"]) == (2, 19)
    [leaf] = checked["leaves"]
    assert leaf["verdict"] == "agrees"  # of the second pass alone, though .grad is their sum
    assert leaf["entries"][0]["grad"] == 6.0


NET = """import torch


class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return 2 * x

    @staticmethod
    def backward(ctx, grad):
        return grad


class Net(torch.nn.Module):
    def forward(self, x):
        h = x + 1
        return Double.apply(h)


def train(net, x):
    loss = net(x).sum()
    loss.backward()
"""


@pytest.mark.parametrize("words", [(), ("--follow", "pkg")])
@pytest.mark.parametrize("imported", ["pkg.net", "net"])
def test_lines_of_other_files_come_with_their_file(
    run: Run, tmp_path: Path, words: tuple[str, ...], imported: str
) -> None:
    (tmp_path / "pkg").mkdir()
    for path in ("pkg/__init__.py", "pkg/net.py", "net.py"):
        (tmp_path / path).write_text(NET if path.endswith("net.py") else "")
    script = tmp_path / "main.py"
    script.write_text(
        f"import torch\nfrom {imported} import Net, train\n"
        "x = torch.ones(2, requires_grad=True)\ntrain(Net(), x)\n"
    )
    file = imported.replace(".", "/") + ".py"
    done = run("verify", str(script), *words)

    assert f"Pass 1, line 22 of {file}: it begins at its root = 8." in done.stdout
    assert f"`Double` (line 17 of {file}): backward gives 1" in done.stdout
    [checked] = json.loads(run("verify", str(script), "--json", *words).stdout)
    assert (checked["line"], checked["file"]) == (22, file)
    [function] = checked["functions"]
    assert (function["line"], function["file"]) == (17, file)
    assert run("verify", str(script), "--line", "4").stdout == done.stdout


def test_code_of_installed_packages_is_not_where_it_is_applied(run: Run, script: Path) -> None:
    """torch calls the function that applies it; the line of the script is said."""
    mapped = "tree_map(Square.apply, [x])[0]"
    script.write_text(
        "from torch.utils._pytree import tree_map\n" + SQUARE.replace("Square.apply(x)", mapped)
    )

    assert "`Square` (line 18): backward" in run("verify", str(script)).stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--pass", "99"), "There is no pass 99: the step came to 2 passes, of lines 18 and 19."),
        (("--line", "17"), "No pass is asked for on line 17: there are 2 passes, of lines 18 and "),
        (
            ("--line", "1"),
            "there are 2 passes, of lines 18 and 19.",
        ),
    ],
)
def test_where_there_is_no_such_pass_those_there_are_are_said(
    run: Run, script: Path, words: tuple[str, str], says: str
) -> None:
    script.write_text(RIGHT)
    done = run("verify", str(script), *words)

    assert done.returncode == 1
    assert says in done.stdout
    [checked] = json.loads(run("verify", str(script), *words, "--json").stdout)
    assert (checked["problem"], checked["passes"], checked["lines"]) == ("no-pass", 2, [18, 19])


def test_a_loop_has_many_passes_of_one_line(run: Run, script: Path) -> None:
    script.write_text(
        "import torch\nx = torch.ones(1, requires_grad=True)\n"
        "for _ in range(1200):\n    x.sum().backward()\n"
    )

    assert "the step came to 1,200 passes, of line 4." in run(
        "verify", str(script), "--pass", "9999"
    ).stdout  # fmt: skip


@pytest.mark.parametrize("words", [(), ("--pass", "7"), ("--line", "2")])
def test_a_script_without_a_pass_says_so(run: Run, script: Path, words: tuple[str, ...]) -> None:
    script.write_text("import torch\nx = torch.ones(1, requires_grad=True)\n")

    assert run("verify", str(script), *words).stdout == (
        "Nothing to check: no backward pass was asked for, by backward() or "
        "torch.autograd.grad().\n"
    )


TWICE = """import torch
x = torch.ones(2, requires_grad=True)
y = (x * x).sum()
y.backward(){more}
y.backward()
"""


@pytest.mark.parametrize(
    ("more", "call", "says"),
    [
        ("", "2", "Pass 1 can be checked (verify --pass 1, or V at it)."),
        ("", "5", "Pass 1 can be checked (verify --pass 1, or V at it)."),
        ("\n(x * 2).sum().backward()", "3", "Passes 1 to 2 can be checked (verify --pass N, or V"),
    ],
)
def test_where_it_fails_the_passes_before_can_be_checked(
    run: Run, script: Path, more: str, call: str, says: str
) -> None:
    script.write_text(TWICE.format(more=more))
    done = run("verify", str(script), "--pass", call)

    assert done.returncode == 1
    assert "Trying to backward through the graph a second time" in done.stdout
    assert "access saved tensors after calling backward. " in done.stdout  # torch's last words
    assert says in done.stdout
    assert run("verify", str(script), "--pass", "1").returncode == 0


def test_where_the_first_pass_fails_no_other_is_named(run: Run, script: Path) -> None:
    script.write_text(
        "import torch\nx = torch.ones(2, requires_grad=True)\ny = x.exp()\n"
        "y.mul_(2)\ny.sum().backward()\n"
    )

    assert "can be checked" not in run("verify", str(script)).stdout


def test_for_programs_it_is_a_list_of_objects(run: Run, script: Path) -> None:
    done = run("verify", str(script), "--json")

    assert done.returncode == 1
    [checked] = json.loads(done.stdout)
    assert (checked["step"], checked["agrees"], checked["problem"]) == (0, False, None)
    [function] = checked["functions"]
    assert (function["name"], function["line"]) == ("Square", 17)
    [given] = function["inputs"]
    assert (given["name"], given["verdict"], given["off"]) == ("x", "differs", "factor")
    assert given["factor"] == pytest.approx(0.5)


def test_each_step_has_its_own_pass_and_those_before_have_run(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "steps.py"
    path.write_text(
        "# %% One\nimport torch\nx = torch.ones(2, requires_grad=True)\n"
        "# %% Two\n(x ** 2).sum().backward()\n# %% Three\ny = x.detach()\n"
        "# %% Four\n(x * y).sum().backward()\n"
    )
    done = run("verify", str(path))

    assert "Step 2: Two" in done.stdout
    assert "Step 4: Four" in done.stdout
    assert "Step 1" not in done.stdout  # nothing is to be checked there
    assert "Pass 1, line 9" in done.stdout


@pytest.mark.parametrize(
    "loss",
    [
        "(w ** 2).sum() + 1e13",
        "(w * 2).sum() * __import__('time').perf_counter_ns()",
        "torch.relu(w - 2).sum()",
    ],
)
def test_what_is_not_known_is_no_fault(run: Run, script: Path, loss: str) -> None:
    script.write_text(
        f"import torch\nw = torch.tensor([2.0], requires_grad=True)\n({loss}).backward()\n"
    )
    done = run("verify", str(script))

    assert "✗" not in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


def test_a_script_that_fails_says_so(run: Run, script: Path) -> None:
    script.write_text("import torch\nraise ValueError('no data')\n")
    done = run("verify", str(script))

    assert done.returncode == 1
    assert "it raises ValueError: no data" in done.stdout


def test_what_the_script_prints_is_not_repeated(run: Run, script: Path) -> None:
    script.write_text("print('hello')\n" + RIGHT)

    assert "hello" not in run("verify", str(script)).stdout


def test_a_recording_cannot_be_checked(run: Run, script: Path, tmp_path: Path) -> None:
    recording = tmp_path / "square.agt"
    run("record", str(script), "-o", str(recording))
    done = run("verify", str(recording))

    assert done.returncode == 2
    assert "a recording has numbers and no code that runs" in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--pass", "0"], "--pass needs a whole number from 1"),
        (["--line", "x"], "--line needs a whole number from 1"),
        (["--line", "3", "--pass", "1"], "leave one out"),
        (["--line", "99"], "there is no line 99 in it"),
    ],
)
def test_wrong_use(run: Run, script: Path, words: list[str], says: str) -> None:
    done = run("verify", str(script), *words)

    assert done.returncode == 2
    assert says in done.stderr


def test_a_sandbox_allows_no_check(run: Run, script: Path) -> None:
    done = run("verify", str(script), "--sandbox")

    if "There can be no sandbox here" in done.stderr:
        assert done.returncode == 2
        return
    assert done.returncode == 1
    assert "which the sandbox does not allow" in done.stdout


def test_in_lines_it_is_a_command(run: Run, script: Path) -> None:
    done = run("--plain", str(script), typed=b"end\nverify\nquit\n")

    assert done.returncode == 0
    assert "Pass 2, line 19: it begins at its root = 10." in done.stdout
    assert "agrees with finite differences at 2 entries of 1 leaf" in done.stdout


def test_in_lines_a_recording_cannot_be_checked(run: Run, script: Path, tmp_path: Path) -> None:
    recording = tmp_path / "square.agt"
    run("record", str(script), "-o", str(recording))

    done = run("--plain", str(recording), typed=b"V\nquit\n")
    assert "A recording has numbers and no code that runs" in done.stdout


def test_in_lines_a_question_comes_first(run: Run, home: Path) -> None:
    done = run("--plain", write(home, "asks", ASKS), typed=b"verify\nquit\n")

    assert "a check would say too much" in done.stdout
