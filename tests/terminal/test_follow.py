"""Functions of other modules are stepped into: in every command, on the screen and in lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.commands import Run, of_type
from terminal.conftest import Start

NET = """\
import torch


def scale(x, by=2.0):
    y = x * by
    return y


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)

    def forward(self, x):
        h = self.layer(x)
        return scale(h)
"""
TRAIN = """\
import torch
from pkg.net import Net


def train(turns):
    net = Net()
    for turn in range(turns):
        loss = net(torch.ones(1, 2)).sum()
        loss.backward()
        net.zero_grad()
    return net


if __name__ == "__main__":
    net = train(2)
"""
MAIN = """\
from pkg.train import train
net = train(2)
"""
CUTS = """\
import torch
from helpers import together
w = torch.tensor([1.0, 2.0], requires_grad=True)
parts = [w[0] * 2, w[1] * 3]
x = together(parts)
loss = (x * x).sum()
loss.backward()
"""
HELPERS = """\
import torch


def together(parts):
    # the numbers alone
    whole = torch.tensor(parts)
    whole.requires_grad_()
    return whole


def fails(x):
    y = x @ torch.ones(7)
    return y
"""
FAILS = """\
import torch
import helpers
helpers.fails(torch.ones(2))
"""


@pytest.fixture(autouse=True)
def _files(home: Path) -> None:
    (home / "pkg").mkdir()
    for name, text in (
        ("pkg/__init__.py", ""),
        ("pkg/net.py", NET),
        ("pkg/train.py", TRAIN),
        ("main.py", MAIN),
        ("helpers.py", HELPERS),
        ("cuts.py", CUTS),
        ("fails.py", FAILS),
    ):
        (home / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "there"),
    [
        (("main.py", "--follow", "pkg"), "Line 8 of pkg/train.py in train: loss = net("),
        (("main.py", "--follow", "pkg.train", "--follow=pkg.net"), "Line 8 of pkg/train.py in"),
        (("-m", "pkg.train", "--follow", "pkg"), "Line 8 in train: loss = net("),
        (("-m", "pkg.train", "--follow", "pkg.net"), "Line 8 in train: loss = net("),
    ],
)
def test_lines_of_followed_modules_are_reported_with_their_file(
    run: Run, words: tuple[str, ...], there: str
) -> None:
    traced = run("trace", *words)
    assert traced.returncode == 0, traced.stderr
    assert there in traced.stdout
    assert "Line 5 of pkg/net.py in scale: y = x * by" in traced.stdout
    assert "scale().y is new" in traced.stdout
    assert "Line 15 of pkg/net.py in Net.forward: h = self.layer(x)" in traced.stdout


def test_json_says_file_and_line_and_has_the_code(run: Run) -> None:
    output = run("trace", "main.py", "--json", "--follow", "pkg").stdout
    moments = of_type(output, "snapshot")
    files = {each["file"]: each for moment in moments for each in moment.get("followed", ())}
    assert {name: each["code"] for name, each in files.items()} == {
        "pkg/net.py": NET,
        "pkg/train.py": TRAIN,
    }
    inside = [each for each in [*moments, *of_type(output, "node")] if "file" in each]
    assert inside
    for each in inside:
        assert each["line"] == files[each["file"]]["first_line"] + each["file_line"] - 1
    [made] = {each["file_line"] for each in inside if each.get("name") == "MulBackward0"}
    assert NET.split("\n")[made - 1].strip() == "y = x * by"
    own = [each for each in moments if each["depth"] == 0]
    assert all("file" not in each for each in own)
    assert not [
        each for each in of_type(run("trace", "main.py", "--json").stdout, "node") if "file" in each
    ]


def test_a_recording_needs_the_files_no_more(run: Run, home: Path) -> None:
    assert run("record", "main.py", "-o", "a.agt", "--follow", "pkg").returncode == 0
    live = run("trace", "main.py", "--follow", "pkg").stdout
    for name in ("pkg/net.py", "pkg/train.py", "main.py"):
        (home / name).unlink()
    again = run("trace", "a.agt")
    assert again.returncode == 0, again.stderr
    lines = [each for each in again.stdout.split("\n") if each.startswith("Line")]
    assert lines == [each for each in live.split("\n") if each.startswith("Line")]
    assert any("of pkg/net.py in Net.forward" in each for each in lines)


def test_what_goes_wrong_in_a_followed_function_has_its_line(run: Run) -> None:
    explained = run("explain", "cuts.py", "--follow", "helpers")
    assert explained.returncode == 1
    assert "line 6 of helpers.py: Perhaps: `w.grad` stays None" in explained.stdout
    assert "Line 6 of helpers.py, `torch.tensor(parts)`, copied" in explained.stdout
    assert "     6 +     whole = torch.stack(parts)" in explained.stdout


def test_why_says_what_was_computed_from_a_tensor_here_and_there(run: Run, home: Path) -> None:
    code = "import torch\nfrom pkg.net import Net\nnet = Net()\nout = net(torch.ones(1, 2))\n"
    (home / "both.py").write_text(f"{code}mean = out.mean()\ntwice = net.layer.weight * 2\n")
    typed = b"end\nwhy net.layer.weight\nwhy net.layer.bias\nquit\n"
    asked = run("--plain", "both.py", "--follow", "pkg", typed=typed)
    assert asked.returncode == 0, asked.stderr
    said = " ".join(asked.stdout.split())
    assert "fault in the program" not in asked.stdout + asked.stderr
    assert "`mean` (line 5), `twice` (line 6) and `out` (line 5 of pkg/net.py)" in said


def test_a_failure_has_its_line_and_frame(run: Run) -> None:
    traced = run("trace", "fails.py", "--follow", "helpers")
    assert traced.returncode == 1
    assert "Line 12 of helpers.py in fails failed: y = x @ torch.ones(7)" in traced.stdout
    assert 'helpers.py", line 12, in fails' in traced.stdout


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nowhere", "Nothing has imported nowhere, which --follow names."),
        ("json", "No function of json has run where lines are recorded."),
        ("pkg.net", ""),
    ],
)
def test_a_name_that_matches_nothing_is_said_once(run: Run, name: str, sentence: str) -> None:
    for command in (("trace",), ("record", "-o", "b.agt"), ("explain",)):
        ran = run(*command, "main.py", "--follow", name)
        said = "".join(
            line
            for line in (ran.stdout + ran.stderr).splitlines(keepends=True)
            if not line.startswith("Not stepped into: ")  # what else is beside the script
        )
        assert said.count("--follow") + said.count("No function of") == bool(sentence)
        assert sentence in said


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("main.py", "--follow", "torch"), "--follow is for modules of your own: torch cannot"),
        (("main.py", "--follow", "torch.nn"), "modules of your own: torch.nn cannot"),
        (("main.py", "--follow", "autograd_tutor.kernel"), "autograd_tutor.kernel cannot be"),
        (("main.py", "--follow", "helpers.py"), "as pkg.net, not 'helpers.py'"),
        (("main.py", "--follow", "./pkg"), "as pkg.net, not './pkg'"),
        (("main.py", "--follow", ""), "as pkg.net, not ''"),
        (("parameters", "--follow", "pkg"), "--follow is for scripts: a lesson says"),
        (("main.py", *(f"--follow=m{at}" for at in range(17))), "--follow takes at most 16 names"),
    ],
)
@pytest.mark.parametrize("command", ["trace", "--plain"])
def test_wrong_use(run: Run, command: str, words: tuple[str, ...], reason: str) -> None:
    refused = run(command, *words)
    assert reason in refused.stderr
    assert refused.returncode == 2


def test_the_help_names_it(run: Run) -> None:
    for words in (("--help",), ("trace", "--help"), ("record", "--help"), ("explain", "--help")):
        assert "--follow NAME" in run(*words).stdout


def test_the_screen_shows_the_code_of_the_file(start: Start) -> None:
    with start("main.py", "--follow", "pkg") as terminal:
        terminal.wait_for("net = train(2)")
        terminal.wait_for("moment 0/35")
        terminal.send(b"l")
        terminal.wait_for("i: look inside")
        terminal.send(b"i")
        terminal.wait_for("Code of pkg/train.py")
        terminal.wait_for("in train · line 6/15 of pkg/train.py · moment")
        terminal.send(b"i")
        terminal.wait_for("Code of pkg/net.py")
        terminal.wait_for("in Net.__init__ · line")
        terminal.send(b"o")
        terminal.wait_for("in train · line 6/15 of pkg/train.py · moment")
        terminal.send(b"llli")
        terminal.wait_for("backward 1 of 2")
        terminal.send(b"oo")
        terminal.wait_for("2 ▶ net = train(2)")
        assert "Code of pkg" not in terminal.text


def test_lines_read_the_code_of_the_file(start: Start) -> None:
    with start("--plain", "cuts.py", "--follow", "helpers") as terminal:
        terminal.wait_for(">")
        terminal.send(b"end\rg :5\ri\rshow\r")
        terminal.wait_for("The code of helpers.py:")
        terminal.wait_for("6, has just run:     whole = torch.tensor(parts)")
        terminal.wait_for("Line 6 of helpers.py in together")
