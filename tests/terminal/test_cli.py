"""The commands as a shell runs them: what they print where, and how they end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from autograd_tutor import __version__
from autograd_tutor.progress import Progress
from terminal.conftest import Start
from terminal.lessons import HOSTILE, write
from terminal.program import PROGRAM, environment, wait_until_gone

SQUARE = """\
format: 1
title: A square
summary: What a square's slope is.
steps:
  - id: square
    title: The square
    explain: |
      L(θ) = **θ²**
    code: |
      import torch
      w = torch.nn.Parameter(torch.tensor([3.0, float("nan")]))
      def f(t):
          return t * t
      loss = f(w)
      loss.sum().backward()
      print("done", 7 * 6)
    expect:
      - w.grad[0] == 6
  - id: raise
    title: A failure that is meant
    explain: It fails.
    code: |
      torch.ones(2) @ torch.ones(3)
    raises: RuntimeError
"""

FAILS = """\
format: 1
title: Fails
summary: In its second step.
steps:
  - {id: one, title: One, explain: One., code: n = 1, expect: [n == 2]}
  - {id: two, title: Two, explain: Two., code: "\\nn / 0"}
  - {id: three, title: Three, explain: Three., code: n = 3}
"""

Result = subprocess.CompletedProcess[str]
Run = Callable[..., Result]


@pytest.fixture
def run(home: Path) -> Run:
    """Runs one command to its end, without a terminal."""

    def run(*arguments: str, **variables: str) -> Result:
        return subprocess.run(
            [*PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            env=environment(home, **variables),
            cwd=home,
            timeout=60,
        )

    return run


@pytest.fixture
def square(home: Path) -> str:
    return write(home, "square", SQUARE)


def one_step(code: str, limits: str = "{}", setup: str = "pass") -> str:
    step = json.dumps({"id": "only", "title": "Only", "explain": "Only.", "code": code})
    head = "format: 1\ntitle: One\nsummary: One.\n"
    return f"{head}limits: {limits}\nsetup: {json.dumps(setup)}\nsteps: [{step}]\n"


def objects(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def of_type(output: str, kind: str) -> list[dict[str, Any]]:
    return [each for each in objects(output) if each["type"] == kind]


def test_version(run: Run) -> None:
    done = run("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"autograd-tutor, version {__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["parameters", "--help"]])
def test_help_names_every_command_and_option(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    for word in (
        "TARGET",
        "list",
        "trace",
        "record",
        "check",
        "--mouse",
        "--ascii",
        "--theme",
        "./list",
    ):
        assert word in done.stdout


@pytest.mark.parametrize("command", ["list", "trace", "record", "check"])
def test_every_command_has_help(run: Run, command: str) -> None:
    done = run(command, "-h")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"autograd-tutor {command}" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--mous"], "did you mean --mouse?"),
        (["a", "b"], "only one lesson"),
        (["trace"], "TARGET"),
        (["trace", "a", "b"], "autograd-tutor trace --help"),
        (["trace", "a", "--jso"], "--json"),
        (["list", "x"], "autograd-tutor list --help"),
        (["trace", "paramters"], 'did you mean "parameters"'),
        (["trace", "gone.yaml"], "gone.yaml:1:1: "),
        (["trace", ""], "autograd-tutor list"),
    ],
)
def test_wrong_use_is_explained_in_a_line_or_two(
    run: Run, arguments: Sequence[str], words: str
) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert 1 <= len(done.stderr.splitlines()) <= 2


@pytest.mark.parametrize("arguments", [[], ["parameters"], ["paramters"]])
def test_opening_without_a_terminal_points_to_trace(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "autograd-tutor trace" in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_opening_on_a_dumb_terminal_points_to_trace(start: Start) -> None:
    terminal = start("parameters", TERM="dumb")
    assert terminal.wait_end() == 2
    assert "autograd-tutor trace parameters" in terminal.text
    assert b"\x1b" not in terminal.raw


def test_a_mistyped_lesson_is_reported_and_not_opened(start: Start) -> None:
    terminal = start("paramters")
    assert terminal.wait_end() == 2
    assert 'did you mean "parameters"' in " ".join(terminal.text.split())


# list


def test_list_prints_the_lessons_by_chapter_with_progress(run: Run, home: Path) -> None:
    progress = Progress.open(home / "state" / "autograd-tutor")
    lessons = json.loads(run("list", "--json").stdout)
    first = lessons[0]
    progress.finish(first["id"], "any")
    progress.visit(first["id"], "any", 0)
    progress.close()

    done = run("list")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    for lesson in lessons:
        assert f"  {lesson['id']}  {lesson['title']}, " in done.stdout
        assert f"\n      {lesson['summary']}\n" in done.stdout
        assert lesson["chapter"] in done.stdout.splitlines()
    assert f"1 of {first['steps']} steps done, you were here last" in done.stdout


def test_list_as_json(run: Run) -> None:
    done = run("list", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    lessons = json.loads(done.stdout)
    assert len(lessons) >= 3
    for lesson in lessons:
        assert lesson.keys() >= {"id", "title", "summary", "chapter", "steps", "finished", "path"}
        assert lesson["steps"] >= 6
        assert lesson["finished"] == 0
        assert Path(lesson["path"]).is_file()


def test_list_names_broken_lessons_of_ones_own(run: Run, home: Path) -> None:
    own = home / "own"
    own.mkdir()
    (own / "broken\x1b[2J.yaml").write_text("format: 9\n")
    (own / "good.yaml").write_text(SQUARE)
    done = run("list", AUTOGRAD_TUTOR_LESSONS=str(own))
    assert done.returncode == 0
    assert "good  A square, 0 of 2 steps done" in done.stdout
    assert "cannot be opened: autograd-tutor check says more" in done.stdout
    assert "\x1b" not in done.stdout
    listed = json.loads(run("list", "--json", AUTOGRAD_TUTOR_LESSONS=str(own)).stdout)
    assert [bool(lesson["problem"]) for lesson in listed[-2:]] == [True, False]


def test_list_goes_on_with_damaged_progress(run: Run, home: Path) -> None:
    state = home / "state" / "autograd-tutor"
    state.mkdir(parents=True)
    (state / "progress.sqlite").write_bytes(b"garbage" * 1000)
    done = run("list")
    assert done.returncode == 0
    assert "The saved progress was damaged; it is now" in done.stdout
    assert "progress was damaged" not in run("list").stdout


def test_colour_is_for_terminals_that_want_it(start: Start) -> None:
    coloured = start("list")
    assert coloured.wait_end() == 0
    assert b"\x1b[1m" in coloured.raw
    plain = start("list", NO_COLOR="1")
    assert plain.wait_end() == 0
    assert b"\x1b[3" not in plain.raw


# trace


def test_trace_prints_everything_that_happened(run: Run, square: str) -> None:
    done = run("trace", square)
    assert (done.returncode, done.stderr) == (0, "")
    for line in (
        "Lesson square: A square",
        "Step 1 of 2: The square",
        "L(θ) = **θ²**",
        'Line 2: w = torch.nn.Parameter(torch.tensor([3.0, float("nan")]))',
        "  w is new: ! 1 of 2 nan, parameter, shape (2,)",
        "    tensor([3., nan], requires_grad=True)",
        "Line 4 in f: return t * t",
        "Line 5: loss = f(w)",
        "  loss is new: ! 1 of 2 nan, intermediate, shape (2,)",
        "  w.grad was None, is now ! 1 of 2 nan, tensor([6., nan])",
        'Line 7: print("done", 7 * 6)',
        "    done 42",
        "Step 2 of 2: A failure that is meant",
        "Line 1 failed: torch.ones(2) @ torch.ones(3)",
    ):
        assert line in done.stdout.splitlines(), line
    assert "AccumulateGrad of w" in done.stdout
    assert "It raised RuntimeError, as it was meant to." in done.stdout


def test_trace_as_json(run: Run, square: str) -> None:
    done = run("trace", square, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    printed = objects(done.stdout)
    assert printed[0].items() >= {"type": "lesson", "id": "square", "title": "A square"}.items()
    assert printed[0]["torch"][0].isdigit()
    assert [each["step"] for each in printed if each["type"] == "step"] == [1, 2]
    results = of_type(done.stdout, "result")
    assert [(each["step"], each["ok"], each["failed"]) for each in results] == [
        (1, True, []),
        (2, True, []),
    ]
    snapshots = [each for each in of_type(done.stdout, "snapshot") if each["step"] == 1]
    assert [each["index"] for each in snapshots] == list(range(len(snapshots)))
    assert results[0]["snapshots"] == len(snapshots)
    assert snapshots[0]["event"] == "start"
    assert "".join(each["stdout"] for each in snapshots) == "done 42\n"
    last = next(each["tensors"]["w"] for each in reversed(snapshots) if "w" in each["tensors"])
    assert (last["kind"], last["data"]) == ("parameter", [3.0, "nan"])
    assert last["grad"]["data"] == [6.0, "nan"]
    failing = of_type(done.stdout, "snapshot")[-1]
    assert (failing["event"], failing["error"]["type"]) == ("error", "RuntimeError")


MASKED = """import torch
w = torch.randn(50, 32, requires_grad=True)
scores = w.masked_fill(torch.ones(50, 32, dtype=torch.bool), float("-inf"))
probs = scores.softmax(1)
probs.square().mean().backward()
"""


def test_trace_says_first_what_is_nan(run: Run, tmp_path: Path) -> None:
    script = tmp_path / "masked.py"
    script.write_text(MASKED)
    lines = run("trace", str(script), "--backward").stdout.splitlines()
    for line in (
        "  scores is new: ! 1,600 of 1,600 inf, intermediate, shape (50, 32)",
        "  ! the first inf of this step",
        "  probs is new: ! 1,600 of 1,600 nan, intermediate, shape (50, 32)",
        "  ! the first nan of this step",
        "    arrives: ! 1,600 of 1,600 nan, no finite elements of shape (50, 32), norm nan",
    ):
        assert line in lines, line
    assert sum("! makes" in line for line in lines) == 1
    snapshots = of_type(run("trace", str(script), "--json").stdout, "snapshot")
    (probs,) = (each["tensors"]["probs"] for each in snapshots if "probs" in each["tensors"])
    assert probs["nonfinite"] == {"nan": 1600, "inf": 0, "examined": 1600, "total": 1600}
    stats = probs["stats"]
    assert (stats["nan"], stats["norm"], stats["finite"]) == (1600, "nan", 0)


def test_trace_as_json_prints_nodes_before_what_refers_to_them(run: Run, square: str) -> None:
    known: dict[int, str] = {}
    for each in objects(run("trace", square, "--json").stdout):
        if each["type"] == "node":
            known[each["id"]] = each["name"]
        if each["type"] == "snapshot":
            made_by = [tensor["grad_fn"] for tensor in each["tensors"].values()]
            assert {number for number in made_by if number is not None} <= known.keys()
    assert {"MulBackward0", "AccumulateGrad"} <= set(known.values())


# trace of backward passes

GOLDEN = Path(__file__).parent / "golden"

WITHIN_A_LAST_DIGIT = {
    "0.04693#": r"0\.04693[67]",
    "0.09387#": r"0\.09387[2-5]",
    "0.02346#": r"0\.02346[89]",
}
"""What may come out otherwise on another CPU: step 5 multiplies with 1 − tanh(e)², a difference of
nearly equal numbers, and exp and tanh are right to two units in the last place of float32 or so.
All other numbers of the lesson stay as they are when theirs move by so much.
"""

CHAIN = """\
x = torch.tensor(1.0, requires_grad=True)
y = (3 * x + 1) ** 2
y.backward()
"""


def printed_anywhere(output: str) -> str:
    """The output without what differs between machines, versions of torch and runs."""
    text = re.sub(r"^torch \S+,", "torch #,", output, flags=re.MULTILINE)
    text = re.sub(r" in \d+\.\d\d s\.", " in # s.", text)
    for sign, pattern in WITHIN_A_LAST_DIGIT.items():
        text = re.sub(pattern, sign, text)
    # Whether such numbers are equal as they are written hangs on the digit too.
    return re.sub(r"^(.*)≈(.*#)$", r"\1=\2", text, flags=re.MULTILINE)


def check_golden(name: str, text: str) -> None:
    """Compare with the file; UPDATE_GOLDEN=1 writes it instead, to be read before it is kept."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text.splitlines() == path.read_text(encoding="utf-8").splitlines()


def test_a_lesson_printed_node_by_node(run: Run) -> None:
    done = run("trace", "inside-backward", "--backward")
    assert (done.returncode, done.stderr) == (0, "")
    check_golden("inside-backward", printed_anywhere(done.stdout))


def test_without_the_option_a_pass_is_a_line_and_what_became_of_gradients(
    run: Run, home: Path
) -> None:
    done = run("trace", write(home, "chain", one_step(CHAIN, setup="import torch")))
    assert (done.returncode, done.stderr) == (0, "")
    check_golden("chain", printed_anywhere(done.stdout))


def test_with_the_option_the_nodes_stand_under_the_line_that_asked_for_them(
    run: Run, home: Path
) -> None:
    lesson = write(home, "chain", one_step(CHAIN, setup="import torch"))
    printed = run("trace", lesson, "--backward").stdout.splitlines()
    titles = [line for line in printed if line.startswith(("  Backward", "Line 3"))]
    assert titles == [
        "Line 3: y.backward()",
        "  Backward 1, node 1: PowBackward0 of y, made by line 2",
        "  Backward 1, node 2: AddBackward0, made by line 2",
        "  Backward 1, node 3: MulBackward0, made by line 2",
        "  Backward 1, node 4: AccumulateGrad of x, first used by line 2",
    ]
    assert printed.count("    x.grad was None, is now tensor(24.)") == 1


def test_a_gradient_that_a_pass_begins_with_is_part_of_the_sum(run: Run, home: Path) -> None:
    """The 1 of r itself, beside 3 for each edge, is known only when the pass has ended."""
    code = (
        "r = torch.tensor(3.0, requires_grad=True) * 1\ns = r * r\n"
        "torch.autograd.backward([s, r])\n"
    )
    lesson = write(home, "seeds", one_step(code, setup="import torch"))
    printed = run("trace", lesson, "--backward").stdout
    assert "  arrives: 7., the sum of 1. to begin with, 3. from s and 3. from s\n" in printed
    assert "hook" not in printed


def test_the_nodes_of_a_pass_that_was_stopped_are_printed_all_the_same(
    run: Run, home: Path
) -> None:
    code = (
        "x = torch.tensor(1.0, requires_grad=True)\nh = x * 3\n"
        "def spin(grad):\n    while True: pass\nh.register_hook(spin)\n(h * 5).backward()\n"
    )
    lesson = write(home, "spin", one_step(code, "{seconds: 2.0}", "import torch"))
    done = run("trace", lesson, "--backward")
    assert done.returncode == 1
    assert "  sends to h: grad · other = 1 · 5 = 5\n" in done.stdout
    assert done.stdout.index("Backward 1, node 1") < done.stdout.index("Step 1 failed")


def test_a_pass_that_raises_is_printed_up_to_there(run: Run, home: Path) -> None:
    code = CHAIN.replace("y.backward()", "y.backward()\ny.backward()")
    lesson = write(home, "twice", one_step(code, setup="import torch"))
    printed = run("trace", lesson, "--backward").stdout.splitlines()
    failed = printed.index("Line 4 failed: y.backward()")
    assert printed[failed + 1 : failed + 3] == [
        "  backward pass 2 from y: 0 nodes ran",
        "  it raised an error at PowBackward0 of y, made by line 2",
    ]


def test_a_pass_as_json(run: Run, home: Path) -> None:
    lesson = write(home, "chain", one_step(CHAIN, setup="import torch"))
    output = run("trace", lesson, "--json").stdout
    names = {each["id"]: each["name"] for each in of_type(output, "node")}
    snapshots = of_type(output, "snapshot")
    walked = [each["backward"] for each in snapshots if each["event"] == "backward"]
    assert [names[each["node"]] for each in walked] == [
        "PowBackward0",
        "AddBackward0",
        "MulBackward0",
        "AccumulateGrad",
    ]
    assert [each["grad_outputs"][0]["data"] for each in walked] == [1.0, 8.0, 8.0, 24.0]
    assert [len(each["grad_inputs"]) for each in walked] == [1, 2, 2, 0]
    assert walked[2]["grad_inputs"][0]["data"] == 24.0
    assert walked[2]["grad_inputs"][1] is None
    assert walked[0]["saved"]["self"]["data"] == 4.0
    assert [each["leaf"] for each in walked] == [None, None, None, "x"]
    (ended,) = [one for each in snapshots for one in each["passes"]]
    assert ended.items() >= {"call": 1, "function": "backward", "nodes": 4, "failed": None}.items()
    assert (ended["roots"][0]["name"], ended["roots"][0]["seed"]["data"]) == ("y", 1.0)


def test_trace_of_a_script(run: Run, home: Path) -> None:
    (home / "try it.py").write_text("# A try\n\nimport torch\nx = torch.ones(2)\n# %%\ny = x + 1\n")
    done = run("trace", "try it.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert "tensor([2., 2.])" in done.stdout


def test_trace_of_what_fails(run: Run, home: Path) -> None:
    done = run("trace", write(home, "fails", FAILS))
    assert (done.returncode, done.stderr) == (1, "")
    assert "Not as expected: n == 2" in done.stdout
    assert "Step 1 failed: not everything is as expected." in done.stdout
    assert 'File "<step 2>", line 2' in done.stdout
    assert "autograd_tutor" not in done.stdout
    assert "Step 2 failed: ZeroDivisionError: division by zero (line 2)" in done.stdout
    assert done.stdout.endswith("Step 3 was not run.\n")


def test_trace_as_json_of_what_fails(run: Run, home: Path) -> None:
    done = run("trace", write(home, "fails", FAILS), "--json")
    assert (done.returncode, done.stderr) == (1, "")
    results = of_type(done.stdout, "result")
    assert [(each["ok"], each["failed"]) for each in results] == [(False, ["n == 2"]), (False, [])]
    assert [each["step"] for each in of_type(done.stdout, "step")] == [1, 2]


def test_trace_of_a_setup_that_fails(run: Run, home: Path) -> None:
    lesson = write(home, "setup", one_step("n = 1", setup="1 / 0"))
    done = run("trace", lesson)
    assert done.returncode == 1
    assert "The lesson's setup failed: ZeroDivisionError: division by zero" in done.stdout
    done = run("trace", lesson, "--json")
    assert done.returncode == 1
    assert "setup failed: ZeroDivisionError" in done.stderr


def test_trace_of_a_snippet_that_ends_its_process(run: Run, home: Path) -> None:
    lesson = write(home, "exit", one_step("n = 1\nimport os\nos._exit(7)"))
    done = run("trace", lesson)
    assert done.returncode == 1
    assert "  n = 1" in done.stdout
    assert "exit status 7" in done.stdout
    result = of_type(run("trace", lesson, "--json").stdout, "result")[-1]
    assert result["ok"] is False
    assert "exit status 7" in result["ended"]


def test_trace_of_a_loop_without_end(run: Run, home: Path) -> None:
    lesson = write(home, "spin", one_step("n = 1\nwhile True: pass", limits="{seconds: 1.0}"))
    done = run("trace", lesson)
    assert (done.returncode, done.stderr) == (1, "")
    assert "  n = 1" in done.stdout
    assert "after 1 s" in done.stdout


def test_trace_says_which_limit_was_reached(run: Run, home: Path) -> None:
    code = "for n in range(100):\n    m = n"
    lesson = write(home, "many", one_step(code, limits="{snapshots: 20}"))
    done = run("trace", lesson)
    assert done.returncode == 0
    assert "In the end:\n" in done.stdout
    assert "  m = 99" in done.stdout
    results = of_type(run("trace", lesson, "--json").stdout, "result")
    assert results[0]["truncated"] == "snapshots"


def test_nothing_steers_the_terminal(run: Run, home: Path) -> None:
    lesson = write(home, "hostile", HOSTILE)
    for options in ([], ["--json"]):
        done = run("trace", lesson, *options)
        shown = (done.stdout + done.stderr).replace("\n", "")
        assert shown
        assert shown.isprintable()


def test_trace_in_a_locale_without_utf8(run: Run, square: str) -> None:
    done = run("trace", square, PYTHONIOENCODING="ascii", LANG="C")
    assert (done.returncode, done.stderr) == (0, "")
    assert "L(\\u03b8) = **\\u03b8\\xb2**" in done.stdout


def test_a_pipe_that_is_closed_early_is_no_matter_for_words(home: Path, square: str) -> None:
    with subprocess.Popen(
        [*PROGRAM, "trace", square],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(home),
        cwd=home,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"Lesson square: A square\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 141
    wait_until_gone(home)


def test_an_interruption_ends_it_quietly(home: Path) -> None:
    lesson = write(home, "spin", one_step("n = 1\nwhile True: pass"))
    with subprocess.Popen(
        [*PROGRAM, "trace", lesson],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(home),
        cwd=home,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while process.stdout.readline() != b"  n = 1\n":
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr.read() == b""
    wait_until_gone(home)


def test_without_any_standard_output(home: Path, square: str) -> None:
    script = f'exec {PROGRAM[0]} -m autograd_tutor trace "$0" >&-'
    done = subprocess.run(
        ["sh", "-c", script, square],
        env=environment(home),
        cwd=home,
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")


# check


def test_check_of_a_good_lesson(run: Run, square: str) -> None:
    done = run("check", square)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "1 file checked: all well.\n"


def test_check_reports_every_problem_at_its_place(run: Run, home: Path) -> None:
    folder = home / "lessons"
    folder.mkdir()
    (folder / "fails.yaml").write_text(FAILS)
    (folder / "wrong.yaml").write_text("format: 1\ntitel: x\n")
    done = run("check", "lessons")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert any(line.startswith("lessons/fails.yaml:5:") and "n == 2" in line for line in lines)
    assert any(line.startswith("lessons/wrong.yaml:2:1: ") and "title" in line for line in lines)
    assert done.stderr == f"2 files checked: {len(lines)} problems.\n"


def test_what_list_says_of_a_broken_lesson_can_be_followed(run: Run, home: Path) -> None:
    own = home / "lessons"
    own.mkdir()
    (own / "07-half done.yaml").write_text("format: 1\ntitel: x\n")
    listed = run("list").stdout
    assert "cannot be opened: autograd-tutor check 'half done' says more" in listed
    done = run("check", "half done")
    assert done.returncode == 1
    assert f"{own}/07-half done.yaml:2:1: the lesson has an unknown key" in done.stdout


def test_check_of_what_is_not_there(run: Run) -> None:
    done = run("check", "gone.yaml")
    assert done.returncode == 1
    assert done.stdout.startswith("gone.yaml:1:1: ")


DUAL = """
import torch.autograd.forward_ad as fwAD
x, t = torch.tensor([3.0, 2.0]), torch.tensor([1.0, float("nan")])
with fwAD.dual_level():
    y = fwAD.make_dual(x, t) * x
end = 1
"""


def test_tangents_are_traced_as_text_and_as_json_live_and_from_a_file(run: Run, home: Path) -> None:
    target = write(home, "dual", one_step(DUAL, setup="import torch"))
    assert run("record", target, "-o", "dual.agt").returncode == 0
    for source in (target, "dual.agt"):
        lines = run("trace", source).stdout.splitlines()
        at = lines.index("  y is new: dual, shape (2,)")
        assert lines[at + 1] == "    tensor([9., 4.])"
        assert lines[at + 2] == "    tangent  ! 1 of 2 nan  tensor([3., nan])"
        assert lines.count("    tangent is gone") == 1
        snapshots = of_type(run("trace", source, "--json").stdout, "snapshot")
        found = [each["tensors"]["y"] for each in snapshots if "y" in each["tensors"]]
        assert [y["tangent"] and y["tangent"]["data"] for y in found] == [[3.0, "nan"], None]
        assert found[0]["text"] == "tensor([9., 4.], tangent=tensor([3., nan]))"
