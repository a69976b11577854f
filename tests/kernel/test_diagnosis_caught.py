"""Errors of autograd that a script catches are explained as those that end it; as notes."""

from __future__ import annotations

import pytest
from diagnosed import findings
from recorded import Record

W = "w = torch.ones(2, requires_grad=True)\n"
TRY = "try:\n    {}\nexcept RuntimeError as error:\n    text = str(error)\n"
AGAIN = f"{W}loss = (w * w).sum()\nloss.backward()\n"
CAUGHT = {
    "detached": (
        f"{W}h = (w * 2).detach()\nloss = h.sum()\n" + TRY.format("loss.backward()"),
        "no-grad-fn/detach", 3,
    ),
    "a second time, suppressed": (
        f"import contextlib\n{AGAIN}with contextlib.suppress(RuntimeError):\n    loss.backward()\n",
        "second-time/same", 7,
    ),
    "changed in place, in a function": (
        f"{W}y = w.exp()\ny += 1\ndef run(t):\n    t.sum().backward()\n" + TRY.format("run(y)"),
        "in-place", 4,
    ),
    "in a loop": (
        f"{W}for turn in range(3):\n    y = w.detach() * turn\n    try:\n"
        "        y.sum().backward()\n    except Exception:\n        continue\n",
        "no-grad-fn/detach", 4,
    ),
    "before another failure": (
        f"{W}h = w.detach() * 2\n" + TRY.format("h.sum().backward()") + "x = w.numpy()\n",
        "no-grad-fn/detach", 3,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CAUGHT)
def test_an_error_that_is_caught_is_explained(record: Record, case: str) -> None:
    code, spelled, line = CAUGHT[case]

    found = [each for each in findings(record, code) if each.spelled == spelled]

    assert [(each.certainty, each.place.line) for each in found] == [("note", line)]


@pytest.mark.parametrize(
    "code",
    [
        f"import pytest\n{AGAIN}with pytest.raises(RuntimeError):\n    loss.backward()\n",
        "try:\n    raise RuntimeError('a second time')\nexcept RuntimeError:\n    pass\n",
        TRY.format("torch.ones(2) @ torch.ones(3)"),
        f"{W}x = w.detach()\n" + TRY.format("raise RuntimeError('does not require grad')"),
    ],
)
def test_what_is_meant_or_no_error_of_autograd_is_not(record: Record, code: str) -> None:
    assert findings(record, code) == ()


def test_the_message_is_that_of_the_innermost_line(record: Record) -> None:
    code = "import torch\ndef run(t):\n    t.backward()\ndef outer(t):\n    run(t)\n"
    code += "try:\n    outer(torch.ones(()))\nexcept RuntimeError:\n    pass\nx = 1\n"
    recorded = record(code)

    messages = {
        each.line: each.evidence.raised[:9]
        for each in recorded.snapshots
        if each.evidence and each.evidence.raised
    }
    assert messages == {3: "element 0"}
    assert [each.line for each in recorded.snapshots if each.raised] == [3, 5, 7]


def test_an_error_that_ends_the_step_is_a_finding_once(record: Record) -> None:
    found = findings(record, f"{W}loss = w.detach().sum()\nloss.backward()\n")

    assert [(each.spelled, each.certainty) for each in found] == [("no-grad-fn/detach", "finding")]
