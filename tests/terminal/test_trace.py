"""`trace`: what it prints of a run, as text and as JSON lines, and how it ends."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from terminal.commands import FAILS, Run, objects, of_type, one_step
from terminal.lessons import HOSTILE, write
from terminal.program import PROGRAM, environment, wait_until_gone


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
