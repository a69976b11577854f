"""`--plain`: a lesson in lines, through pipes and on a terminal that can do nothing else."""

from __future__ import annotations

import json
import shlex
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len

from autograd_tutor.course import library
from autograd_tutor.dialogue.commands import COMMANDS
from terminal.asking import ANSWERS, ASKS, GOAL, WITHHELD
from terminal.commands import Run
from terminal.conftest import Start
from terminal.lessons import HOSTILE, SPIN, WALK, finish, write
from terminal.program import wait_until_gone

Talk = Callable[..., str]


@pytest.fixture
def talk(run: Run) -> Talk:
    """Types lines into a pipe, to their end; what was printed."""

    def talk(target: str | None, *typed: str | bytes, **variables: str) -> str:
        data = b"\n".join(each.encode() if isinstance(each, str) else each for each in typed)
        done = run("--plain", *([target] if target else []), typed=data, **variables)
        assert (done.returncode, done.stderr) == (0, "")
        assert "\x1b" not in done.stdout
        assert "\r" not in done.stdout
        return done.stdout

    return talk


def writing(folder: Path, code: str) -> str:
    """A command for EDITOR that writes this code into the file that it gets."""
    path = folder / "code.py"
    path.write_text(code)
    return f"cp {shlex.quote(str(path))}"


@pytest.fixture
def asks(home: Path) -> str:
    return write(home, "asks", ASKS)


def test_a_whole_lesson(talk: Talk, asks: str, home: Path) -> None:
    editor = writing(home, "x = torch.ones(2, requires_grad=True)\ny = x * 2\n")
    said = talk(asks, *ANSWERS, "N", "hint", "edit", "steps", "quit", EDITOR=editor)
    for line in (
        "Watch w with next.",
        "a | b",
        "2: a = w * 2411.0",
        "Question 1 of 5, before line 2, a = w * 2411.0: What is a?",
        "That is the factor. Try once more.",
        "Because: 3 times 2411.",
        "Made `a` with the value 7233 and recorded MulBackward0.",
        "  1. yes",
        "Question 3 of 5, before MulBackward0 runs: What leaves?",
        "Noted: you are not sure.",
        "Inside backward 1 of 1: node 2 of 3.",
        "  sends to w: grad * other = 1 * 2411 = 2411",
        "  w.grad was None, is now tensor(2412.)",
        "The result: w",
        "    printed 7412",
        "So it is.",
        "End of the step. N opens the next: More kinds",
        "Question 1 of 3, before the step: Which node is on top of d?",
        "Exercise 3 of 3: Exercise",
        "Make y the double of x.",
        "Hint: Look at the second line.",
        "Twice as much.",
        "3. Exercise, an exercise, done, you are here",
    ):
        assert line in said.splitlines(), line
    assert said.count("\nRight.\n") == 8
    assert "\nSolved." in said
    assert "1. All kinds, done" in said
    again = talk(asks, "steps", "open 1", "end", "show")
    assert "Question" not in again
    assert "Exercise 3 of 3" in again
    assert "y = x * 2" in again
    assert "6, has just run" in again
    wait_until_gone(home)


def test_an_exercise_that_is_not_solved_yet(talk: Talk, asks: str, home: Path) -> None:
    skip = ("n", "s", "s", "n", "s", "out", "s", "s", "N", "s", "s", "s", "N")
    square = writing(home, "x = torch.ones(2, requires_grad=True)\ny = x ** 2\n")
    said = talk(asks, *skip, "e", "H", "H", "H", "pieces 2 1", "solution", "R", "R", EDITOR=square)
    assert "That is the square of x." in said
    assert "Hint: Look at the second line.\n" in said
    assert "Hint: Multiply.\n" in said
    _, _, pieces = said.partition("these are a solution's lines.")
    assert "\n1: y = 2 * x\n2: x = torch.ones(2, requires_grad=True)\n" in pieces
    assert "In your order:\n1: x = torch.ones(2, requires_grad=True)\n2: y = 2 * x\n" in pieces
    assert "Solved." in pieces
    assert "The code is the starter again." in pieces
    wrong = writing(home, "y = nothing\n")
    said = talk(asks, "e", EDITOR=wrong)
    assert "Failed: Line 1: NameError: name 'nothing' is not defined" in said


def test_a_graph_to_be_built_is_read(talk: Talk, home: Path) -> None:
    editor = writing(home, "y = (2 * theta).exp().mean()\n")
    said = talk(write(home, "goal", GOAL), "end", "N", "goal", "e", "goal", EDITOR=editor)
    assert "goal reads the graph that is to be built." in said
    before, _, after = said.partition("> e\n")
    assert "Yours is not the same yet." in before
    rows = "1. MeanBackward0 of y; leads to 2\n2. ExpBackward0; leads to 3\n"
    assert f"{rows}3. MulBackward0; leads to 4\n4. AccumulateGrad of theta\n" in before
    assert "Solved." in after
    assert "Yours is the same." in after


def test_no_command_shows_what_is_withheld(talk: Talk, asks: str) -> None:
    behind = ("", "a", "w.grad", "n > 7000", "line 6", "nan", "6", "printed")
    settling = ("quit", "skip", "answer", "lesson", "find")
    names = [
        name
        for each in COMMANDS
        if each.word not in settling
        for name in (each.word, *each.letters)
        if not name.isdigit()
    ]
    typed = [line for name in names for text in behind for line in ("end", f"{name} {text}")]
    said = talk(asks, "n", *typed, "end", "skip")
    before, _, after = said.rpartition("Answer: skip")
    assert "What is a?" in before
    assert [each for each in WITHHELD if each in before] == []
    assert "7233" in after


def test_the_course_without_a_target(talk: Talk) -> None:
    said = talk(None, "nothing", "99", "2", "n", "lessons", "q")
    assert "There is no lesson 99" in said
    assert "Type the number of a lesson; an empty line opens the first." in said
    assert "Lesson: The dynamic graph" in said
    said = talk(None, "", "show", "find chain rule", "1", "q")
    assert "an empty line goes on where you were." in said
    assert "You were here:" in said
    assert "Lesson: Automatic gradients" in said


def test_a_pass_is_walked_node_by_node(talk: Talk, home: Path) -> None:
    walk = write(home, "walk", WALK)
    said = talk(walk, "b", "", "graph", "gradients", "tensor x", "back", "o", "v", "N", "P", "c")
    for line in (
        "Inside backward 1 of 1: node 1 of 3.",
        "Backward 1, node 1: SumBackward0 of total, made by line 3",
        "1. SumBackward0 of total, shape (), made by line 3; leads to 2; has run, norm 1",
        "2. MulBackward0, shape (3,), made by line 3; leads to 3 twice; has just run,",
        "  norm 1.7321",
        "3. AccumulateGrad of x, shape (3,), first used by line 3; waiting",
        "x.grad: None",
        "    tensor([ 37.,  74., 111.], requires_grad=True)",
        "Ran 3 nodes and filled `x.grad`.",
    ):
        assert line in said.splitlines(), line


@pytest.mark.parametrize(
    "typed",
    [
        b"\x1b[A\x1b[2J\x1b]0;pwned\x07",
        b"\xff\xfe\x80",
        b"x" * 100_000,
        b"g " + b"(" * 40_000,
        b"tensor " + b"\xf0\x9f\x98\x80" * 3_000,
        b"find \x1b[31mred",
        b"\x00\x01\x02",
        b"open 99999999999999999999999999",
        b"seed 9223372036854775808",
        b"answer 1e400",
    ],
    ids=lambda typed: repr(typed[:12]),
)
def test_no_line_does_harm(talk: Talk, home: Path, typed: bytes) -> None:
    said = talk(write(home, "walk", WALK), typed, b"n", b"q")
    assert "Line 1: x = torch.arange(1, 4) * 37.0" in said
    assert len(said) < 5_000


def test_answers_of_any_text(talk: Talk, asks: str) -> None:
    odd = ("1e400", "nan", "\x1b[31m7", "x" * 10_000, "7" * 60_000, "-", "２４１１")
    said = talk(asks, "n", *odd, "q")
    assert "What is a?" in said
    assert "That is the factor." in said or "The result" in said


def test_what_a_snippet_prints_steers_nothing(talk: Talk, home: Path) -> None:
    said = talk(write(home, "hostile", HOSTILE), "n", "", "", "", "tensors", "output", "show")
    assert "pwned-print" in said
    assert "Failed: " in said


def test_ascii_where_the_locale_has_nothing_else(talk: Talk, home: Path, square: str) -> None:
    said = talk(square, "n", "", "", "", "", "end", "tensors", "graph", "N", LC_ALL="C")
    assert said.isascii()
    assert "L(theta) = theta^2" in said


def test_a_recording_needs_no_kernel(talk: Talk, run: Run, home: Path, square: str) -> None:
    run("record", square, "-o", "square.agt")
    said = talk("square.agt", "end", "e", "seed 3", "tensors", "N", "end", "run")
    assert said.count("This is a saved recording") == 3
    assert "Running" not in said
    assert "This step raised" in said or "RuntimeError" in said


def test_a_script_is_written(talk: Talk, home: Path) -> None:
    script = home / "own.py"
    script.write_text("x = 1\n")
    said = talk("own.py", "write", "e", "write", "n", EDITOR=writing(home, "x = 5\n"))
    assert script.read_text() == "x = 5\n"
    assert "Set `x` to 5." in said


def test_the_screen_says_that_there_are_lines(start: Start, run: Run) -> None:
    assert "line by line: autograd-tutor --plain parameters;" in run("parameters").stderr
    with start("parameters", TERM="dumb") as terminal:
        terminal.wait_for("autograd-tutor --plain parameters")


# On a terminal


@pytest.mark.parametrize("columns", [80, 40])
def test_a_dumb_terminal(start: Start, asks: str, columns: int) -> None:
    terminal = start("--plain", asks, columns=columns, rows=200, TERM="dumb")
    terminal.wait_for("commands.\n>")
    terminal.send(b"n\n")
    terminal.wait_for("Answer:")
    terminal.send(b"?\n")
    terminal.wait_for("reads the")
    terminal.send(b"7233\n")
    terminal.wait_for("yes")
    terminal.send(b"tensors\n")
    terminal.wait_for("about one.\nAnswer:")
    terminal.send(b"steps\n")
    terminal.wait_for("an exercise\nAnswer:")
    terminal.send(b"q\n")
    assert terminal.wait_end() == 0
    assert b"\x1b" not in terminal.raw
    printed = terminal.raw.decode().replace("\r\n", "\n").splitlines()
    assert [line for line in printed if cell_len(line) > columns] == []


def test_ctrl_c_and_ctrl_d(start: Start, home: Path) -> None:
    terminal = start("--plain", write(home, "spin", SPIN), TERM="dumb")
    terminal.wait_for("commands.\n>")
    terminal.send(b"\x03")
    terminal.wait_for("quit ends the program; so does Ctrl-D.\n>")
    terminal.send(b"n\n")
    terminal.wait_for("43.])\n>")
    terminal.send(b"end\n")
    terminal.wait_for("> end\nRunning...")
    terminal.send(b"\x03")
    terminal.wait_for("Stopped waiting.")
    terminal.send(b"show\n")
    terminal.wait_for("2, runs next: while True: pass")
    terminal.send(b"\x04")
    assert terminal.wait_end() == 0
    assert b"\x1b" not in terminal.raw
    wait_until_gone(home)


def test_a_signal_ends_it_and_keeps_what_was_done(start: Start, talk: Talk, asks: str) -> None:
    terminal = start("--plain", asks, TERM="dumb")
    terminal.wait_for("commands.\n>")
    terminal.send(b"n\n7233\n")
    terminal.wait_for("yes")
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.wait_end() == 128 + signal.SIGTERM
    assert "What is a?" not in talk(asks, "n")


def test_where_no_lesson_is_open_one_can_be_found(talk: Talk) -> None:
    odd = "000000001" + "0" * 5_000
    still = "still a tensor isinstance"
    said = talk(None, "?", "help", "lessons", f"find {still}", odd, f"/ {still}", "1", "quit")
    assert said.count("Type the number or name of a lesson") == 2
    assert "There is no" not in said
    assert said.count("Parameters and graphs:") == 2
    assert "so nothing was opened." in said
    assert "\nStep 3 of 10: A parameter is still a tensor\n" in said


def test_the_open_exercise_opened_again(talk: Talk, asks: str) -> None:
    skip = ("n", "s", "s", "n", "s", "out", "s", "s", "N", "s", "s", "s", "N")
    said = talk(asks, *skip, "open 3")
    assert said.count("Make y the double of x.") == 2


def test_the_graph_of_a_name(talk: Talk, square: str) -> None:
    said = talk(square, "end", "graph loss", "graph nothing", "graph w", "i", "graph x", "graph")
    assert "Graph of loss: " in said
    assert "`w` is a leaf: no operation made it, so it has no graph of its own." in said
    assert "There is no tensor nothing at this moment." in said


LOCALS = """\
import torch
w = torch.tensor([1.0, 2.0], requires_grad=True)
h = torch.tensor(5.0)
class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t):
        twice = t * 2
        return twice
    @staticmethod
    def backward(ctx, grad):
        return grad * 2
def inner(k):
    m = k + h
    return m
def outer(k):
    h = Twice.apply(k)
    s = inner(h).sum()
    return s
loss = outer(w)
loss.backward()
"""


def test_a_local_has_the_name_that_the_code_gives_it(talk: Talk, home: Path) -> None:
    path = home / "locals.py"
    path.write_text(LOCALS)
    inside = ("why h", "graph h", "tensor h", "curve h", "why h.grad")
    said = talk("locals.py", "g line 16", *inside, "g line 13", "why m", "tensor s", "graph k")
    assert said.count("`outer().h.grad` is None: `outer().h` was computed") == 2
    assert said.count("`h.retain_grad()` before the pass keeps it.") == 2
    assert "Graph of outer().h: 2 nodes." in said
    assert "[2., 4.]" in said.partition("> tensor h")[2].partition("> curve")[0]
    assert "`m.retain_grad()` before the pass keeps it." in said.replace("\n", " ")
    assert "s does not exist at this moment." in said
    assert "Graph of inner().k: 2 nodes." in said
    globally = talk("locals.py", "g line 3", "tensor h", "g line 7", "tensor t", "tensor twice")
    assert "tensor(5.)" in globally.partition("> tensor h")[2]
    assert "does not exist" not in globally
    passing = talk("locals.py", "start", "b", "graph", "graph loss", "G loss")
    assert "Graph of loss, backward 1: " in passing
    assert passing.count("Graph of loss: ") == 2


UNFILLED = """\
import torch
w = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor(2.0, requires_grad=True)
for turn in range(2):
    loss = ((w * 3).detach() * b).sum()
    loss.backward()
"""


def test_a_tensor_is_asked_why(talk: Talk, home: Path) -> None:
    (home / "unfilled.py").write_text(UNFILLED)
    said = talk(str(home / "unfilled.py"), "end", "why w", "why b", "why nothing")
    assert "`w.grad` is None: no path leads from `loss` (line 6) to `w`." in said
    assert "`(w * 3).detach()` in line 5 cut the path off." in said
    assert "`b.grad` is the sum of what 2 passes brought:" in said
    assert "In pass 2 (line 6) over 1 way:" in said
    assert "There is no tensor nothing at this moment." in said


def test_a_lesson_of_ones_own_is_finished_though_no_list_has_read_it(
    talk: Talk, run: Run, home: Path
) -> None:
    (home / "lessons").mkdir()
    own = write(home / "lessons", "walk", WALK)
    talk(own, "open 2", "end", "P", "q")
    write(home / "lessons", "walk", f"{WALK}# changed\n")  # what was read of it is no more true
    talk(own, "end", "q")  # and nothing asks for the lessons after it
    results = {each["id"]: each for each in json.loads(run("results", "--json").stdout)}
    assert results["walk"]["done"]
    assert results["walk"]["done_at"] is not None


def test_a_lesson_that_cannot_be_opened(talk: Talk, home: Path) -> None:
    (home / "lessons").mkdir()
    write(home / "lessons", "broken", "format: 1\ntitel: Broken\nsteps: 3\n")
    said = talk(None, "broken", "1", "lesson broken", "n", "q")
    assert said.count('has an unknown key "titel"') == 2, said
    assert "cannot be opened: " in said
    assert "Line 1: numbers = " in said


def test_a_path_is_followed_from_lesson_to_lesson(talk: Talk) -> None:
    said = talk(
        None, "path", "path clinc", "path engine", "lessons", "1", "lessons", "path all", "q"
    )
    assert "engine  Inside the engine, 0 of 13 done, next: Inside backward" in said
    assert 'There is no path "clinc"; did you mean "clinic"?' in said
    assert 'Needs "Automatic gradients" (not on this path)' in said
    listed = said.split("You follow this path now")[1]
    assert "Path: Inside the engine, 0 of 13 done:\n  1. Inside backward, 0 of 10 steps" in listed
    assert "Next on the path: 1. Inside backward" in listed
    assert "Lesson: Inside backward" in listed
    assert listed.count("Path: Inside the engine") == 2
    assert "The whole course is followed." in listed
    again = talk(None, "q")
    assert "Path:" not in again
    assert "  30. The clinic" in again


def test_the_next_lesson_is_that_of_the_path(talk: Talk, home: Path) -> None:
    finish(home, "inside-backward")  # nothing is asked any more
    last = len(library.find("inside-backward").steps)
    said = talk("inside-backward", f"open {last}", "step", "q")
    assert 'the next lesson, "Checking a gradient"' in " ".join(said.split())
    talk(None, "path engine", "q")
    said = talk("inside-backward", f"open {last}", "step", "q")
    assert 'the next lesson, "Every path counts"' in " ".join(said.split())
