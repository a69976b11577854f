"""A recording in sentences."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from made import node, parameter, result, snapshot, tensor, trace
from msgspec.structs import replace

from autograd_tutor.recording.model import Error, FailedExpectation, Snapshot, Stats
from autograd_tutor.recording.trace import State, Trace
from autograd_tutor.render import narration
from autograd_tutor.render.rows import Row

ERROR = Error("RuntimeError", "no", 2, "Traceback (most recent call last):\nRuntimeError: no\n")


def words(rows: Iterable[Row]) -> str:
    return "\n".join(row.text for row in rows)


def text_of(*snapshots: Snapshot, code: str = "w = make()\nloss = w * w\nloss.backward()\n") -> str:
    """What is said of the last of these snapshots."""
    made = trace(*snapshots, code=code)
    return words(narration.snapshot_rows(made, len(made) - 1))


@pytest.mark.parametrize(
    ("explanation", "rows"),
    [
        ("", ["", "Step 2 of 3: NaN", ""]),
        ("\n  \n", ["", "Step 2 of 3: NaN", ""]),
        ("Look.\n\nGuess.\n", ["", "Step 2 of 3: NaN", "", "Look.", "", "Guess.", ""]),
    ],
)
def test_one_empty_line_stands_before_the_lines_of_a_step(
    explanation: str, rows: list[str]
) -> None:
    assert [each.text for each in narration.step_rows(1, 3, "NaN", explanation)] == rows


def test_a_line_that_changed_nothing() -> None:
    assert text_of(snapshot(0), snapshot(1)) == "Line 1: w = make()"


def test_a_start_without_anything_is_not_worth_a_word() -> None:
    assert text_of(snapshot(0)) == ""


def test_a_start_with_what_the_setup_made() -> None:
    assert text_of(snapshot(0, values={"n": "3"})) == "Before the first line:\n  n = 3"


def test_a_new_tensor() -> None:
    assert text_of(snapshot(0), snapshot(1, tensors={"w": parameter(1.0)})) == (
        "Line 1: w = make()\n"
        "  w is new: parameter, shape (1,)\n"
        "    Parameter containing:\n"
        "    tensor([1.], requires_grad=True)"
    )


def test_a_tensor_that_changed() -> None:
    text = text_of(snapshot(0, tensors={"w": tensor(1.0)}), snapshot(1, tensors={"w": tensor(2.0)}))
    assert "  w is changed: no grad, shape (1,)\n    tensor([2.])" in text


def test_a_tensor_of_the_step_before_has_changed_and_is_not_new() -> None:
    made = Trace(1, "w = 1", State({"w": tensor(1.0)}, {}))
    made.add(snapshot(0, tensors={"w": tensor(2.0)}))
    assert "w is changed" in words(narration.snapshot_rows(made, 0))


def test_a_gradient_that_arrived_is_all_that_is_said() -> None:
    before, after = parameter(1.0), parameter(1.0, grad=tensor(2.0))
    text = text_of(snapshot(0, tensors={"w": before}), snapshot(1, line=3, tensors={"w": after}))
    assert text == "Line 3: loss.backward()\n  w.grad was None, is now tensor([2.])"


def test_a_gradient_that_went() -> None:
    before, after = parameter(1.0, grad=tensor(2.0)), parameter(1.0)
    text = text_of(snapshot(0, tensors={"w": before}), snapshot(1, tensors={"w": after}))
    assert "w.grad was tensor([2.]), is now None" in text


def test_a_gradient_of_several_lines() -> None:
    grad = tensor(1.0, 2.0, shape=(2, 1))
    before = parameter(1.0)
    text = text_of(
        snapshot(0, tensors={"w": before}),
        snapshot(1, tensors={"w": replace(before, grad=grad)}),
    )
    assert text.endswith(
        "  w.grad was:\n    None\n  and is now:\n    tensor([[1.],\n            [2.]])"
    )


def test_a_large_tensor_is_shown_with_its_summary() -> None:
    stats = Stats(2000, 2000, -1.0, 1.0, 0.0, 0.5, 3.0, 0, 0, ())
    large = tensor(shape=(0,), raw=None, shown="tensor([0., ...])", stats=stats)
    text = text_of(snapshot(0), snapshot(1, tensors={"w": large}))
    assert "    tensor([0., ...])\n    min -1  max 1\n    mean 0  std 0.5" in text


def test_nodes_are_named_inputs_first_and_by_their_names() -> None:
    nodes = (node(1, "MulBackward0", 2, 2, None, variable="loss"),)
    nodes += (node(2, "AccumulateGrad", variable="w"),)
    text = text_of(snapshot(0), snapshot(2, nodes=nodes))
    assert text == (
        "Line 2: loss = w * w\n"
        "  graph: node 2, AccumulateGrad of w\n"
        "  graph: node 1, MulBackward0 of loss, leads to node 2 AccumulateGrad twice "
        "and an input without gradient"
    )


def test_output_values_and_what_is_gone() -> None:
    text = text_of(snapshot(0), snapshot(1, stdout="a\nb\n", values={"n": "3"}, gone=("x", "y")))
    assert text == "Line 1: w = make()\n  prints:\n    a\n    b\n  n = 3\n  gone: x, y"


def test_a_line_inside_a_function() -> None:
    text = text_of(snapshot(0), snapshot(1, line=2, depth=1, function="Net.forward"))
    assert text == "Line 2 in Net.forward: loss = w * w"


def test_a_line_that_failed() -> None:
    text = text_of(snapshot(0), snapshot(2, event="error", error=ERROR))
    assert text == (
        "Line 2 failed: loss = w * w\n    Traceback (most recent call last):\n    RuntimeError: no"
    )


def test_a_step_that_failed_before_any_line() -> None:
    error = Error("SyntaxError", "bad", 0, "")
    text = text_of(snapshot(0), snapshot(1, event="error", line=0, error=error))
    assert text == "The step failed: \n    SyntaxError: bad"


def test_the_final_state_after_a_truncation() -> None:
    assert text_of(snapshot(0), snapshot(1, event="end", values={"n": "3"})) == (
        "In the end:\n  n = 3"
    )


EVIL = "\x1b]0;x\x07\u202e"


def test_nothing_of_a_snippet_reaches_the_terminal_as_it_is() -> None:
    evil = snapshot(
        1,
        stdout=EVIL,
        function=EVIL,
        tensors={EVIL: tensor(1.0, grad_fn_name=EVIL, device=EVIL)},
        values={EVIL: EVIL},
        gone=(EVIL,),
        nodes=(node(1, EVIL, variable=EVIL),),
        event="error",
        error=Error(EVIL, EVIL, 1, EVIL),
    )
    failed = (FailedExpectation(0, EVIL, EVIL),)
    everything = [
        text_of(snapshot(0), evil, code=EVIL),
        words(narration.lesson_rows(EVIL, EVIL, EVIL, 0)),
        words(narration.step_rows(0, 1, EVIL, EVIL)),
        words(narration.result_rows(result(ok=False, failed=failed), EVIL, 1)),
        words(narration.result_rows(result(ok=False, error=Error(EVIL, EVIL, 1, "")), None, 1)),
        words(narration.result_rows(result(), EVIL, 1)),
        words(narration.stopped_rows(0, 1, EVIL)),
        words(narration.setup_rows(Error(EVIL, EVIL, 1, EVIL))),
    ]
    for text in everything:
        assert "␛]0;x␇\\u202e" in text
        assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("changes", "raises", "expected", "text"),
    [
        ({}, None, 0, "Step 1 is done: 0 moments in 0.25 s."),
        (
            {"threads": 2},
            None,
            0,
            "Lines that ran in 2 other threads are not recorded.\n"
            "Step 1 is done: 0 moments in 0.25 s.",
        ),
        (
            {"snapshots": 1200},
            None,
            2,
            "Step 1 is done: 1,199 moments in 0.25 s. The 2 things it expects hold.",
        ),
        (
            {},
            "RuntimeError",
            1,
            "Step 1 is done: 0 moments in 0.25 s. It raised RuntimeError, as it was meant to. "
            "What it expects holds.",
        ),
        ({"ok": False}, "RuntimeError", 0, "Step 1 failed: it was meant to raise RuntimeError."),
        ({"ok": False, "error": ERROR}, None, 0, "Step 1 failed: RuntimeError: no (line 2)"),
        (
            {"ok": False, "failed": (FailedExpectation(0, "x == 1", "it is 2"),)},
            None,
            1,
            "Not as expected: x == 1 (it is 2)\nStep 1 failed: not everything is as expected.",
        ),
    ],
)
def test_how_a_step_ended(
    changes: dict[str, object], raises: str | None, expected: int, text: str
) -> None:
    assert words(narration.result_rows(result(**changes), raises, expected)) == text


def test_a_step_that_reached_a_limit_says_so() -> None:
    truncated = result(snapshots=10_001, truncated="snapshots")
    assert "10,000" in words(narration.result_rows(truncated, None, 0)).split("\n")[0]


@pytest.mark.parametrize(
    ("index", "count", "text"),
    [
        (2, 3, ""),
        (1, 3, "Step 3 was not run."),
        (0, 3, "Steps 2 to 3 were not run."),
    ],
)
def test_what_was_not_run(index: int, count: int, text: str) -> None:
    assert words(narration.unrun_rows(index, count)) == text
