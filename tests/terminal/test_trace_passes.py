"""`trace` of backward passes: in a line, node by node, and as JSON."""

from __future__ import annotations

import os
import re
from pathlib import Path

from terminal.commands import Run, of_type, one_step
from terminal.lessons import write

GOLDEN = Path(__file__).parent / "golden"

CHAIN = """\
x = torch.tensor(1.0, requires_grad=True)
y = (3 * x + 1) ** 2
y.backward()
"""


def printed_anywhere(output: str) -> str:
    """The output without what differs between machines, versions of torch and runs."""
    text = re.sub(r"^torch \S+,", "torch #,", output, flags=re.MULTILINE)
    return re.sub(r" in \d+\.\d\d s\.", " in # s.", text)


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
    done = run("trace", "--no-sandbox", write(home, "chain", one_step(CHAIN, setup="import torch")))
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
    assert "  arrives: 7, the sum of 1 to begin with, 3 from s and 3 from s\n" in printed
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
