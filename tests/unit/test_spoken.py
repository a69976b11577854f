"""Moments, values and graphs in sentences: no signs, no columns, nothing drawn."""

from __future__ import annotations

import pytest
from made import doubled, layers, parameter, result, scalar, snapshot, tensor, trace

from autograd_tutor.analysis.contents import contents_at
from autograd_tutor.analysis.gradient_table import gradient_rows_at
from autograd_tutor.analysis.shown_graph import shown_graph
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.spoken import code_rows, coming_row, in_words, moment_rows, place_row
from autograd_tutor.render.spoken_graph import graph_rows
from autograd_tutor.render.spoken_values import (
    curve_rows,
    gradients_rows,
    pass_rows,
    short_text,
    tensor_rows,
    tensors_rows,
)


def said(rows) -> list[str]:  # type: ignore[no-untyped-def]
    return [in_words(each.text) for each in rows]


def at(made: Trace, index: int) -> Timeline:
    return Timeline(made, index)


def test_a_moment_is_its_line_what_it_did_and_where_one_can_go() -> None:
    assert said(moment_rows(at(doubled(), 2))) == [
        "Line 2: b = a + a",
        "Made `b` with the value 2 and recorded AddBackward0.",
        "  b is new: intermediate, shape ()",
        "    tensor(2., requires_grad=True)",
    ]
    assert said(moment_rows(at(doubled(), 3)))[-1] == (
        "The next line runs a backward pass: i goes inside, node by node."
    )


def test_a_node_of_a_pass_says_where_it_is() -> None:
    rows = said(moment_rows(at(doubled(), 5)))
    assert rows[:2] == [
        "Inside backward 1 of 1: node 2 of 3.",
        "Backward 1, node 2: AddBackward0 of b, made by line 2",
    ]
    assert "  arrives: 2, the sum of 1 from c and 1 from c" in rows


def test_the_norms_of_a_pass_have_no_heading_without_numbers() -> None:
    made = layers(ran_nodes=17)
    (call,) = made.ran
    first = next(iter(made.ran[call].values()))
    assert len(said(pass_rows(made, call, first))) == 2
    whole = said(pass_rows(made, call, len(made) - 1))
    assert [each for each in whole if each.endswith(":")] == [
        "Norm at operations of backward 1:",
        "Norm at leaves of backward 1:",
    ]


def test_the_start_and_nothing_at_all() -> None:
    assert said(moment_rows(at(trace(), 0))) == ["Nothing has been recorded yet."]
    assert said([place_row(at(trace(), 0))]) == ["Nothing has been recorded yet."]
    assert said(moment_rows(at(doubled(), 0))) == [
        "The step begins: none of its lines has run yet."
    ]


def test_the_lines_of_code_say_what_has_run() -> None:
    made = doubled()
    assert said(code_rows(made.code, 11, at(made, 5))) == [
        "11, has run: a = one()",
        "12, has run and made the node that has just run: b = a + a",
        "13, has run: c = b + b",
        "14, has just run: c.backward()",
    ]
    assert said(code_rows("a\n\nb")) == ["1: a", "2:", "3: b"]
    coming = coming_row(at(made, 2))
    assert coming is not None
    assert coming.text == "Next is line 3: c = b + b"


def test_a_long_tensor_is_cut_and_an_error_is_not() -> None:
    long = tensor(*range(400), shape=(100, 4))
    printed = "".join(f"line {n}\n" for n in range(30))
    made = trace(snapshot(0), snapshot(1, tensors={"w": long}, stdout=printed))
    rows = said(moment_rows(at(made, 1)))
    assert "    line 7" in rows
    assert "    line 8" not in rows
    assert "    and 22 lines more; tensor NAME and output have all." in rows
    assert "    and 92 lines more; tensor NAME and output have all." in rows
    assert len(rows) < 25


def test_tensors_are_one_line_each() -> None:
    made = doubled()
    rows = said(tensors_rows(contents_at(made, 3, 2, ["a"])))
    assert rows == [
        "The lesson watches:",
        "  a, leaf, shape (): 1",
        "Changed at this moment:",
        "  c, intermediate, shape (), changed: 4",
        "Of this step:",
        "  b, intermediate, shape (): 2",
        "tensor NAME says all about one.",
    ]


def test_all_about_one_tensor() -> None:
    made = doubled()
    rows = said(tensor_rows(made, 7, contents_at(made, 7, 6), "a"))
    assert rows[0] == "a: leaf, shape (), torch.float32, cpu, requires_grad=True, version 0"
    for line in ("Values:", "    tensor(1., requires_grad=True)", ".grad:", "    tensor(4.)"):
        assert line in rows
    inside = said(tensor_rows(made, 7, contents_at(made, 7, 6), "b"))
    assert "In backward pass 1 reached it: 2" in inside
    assert said(tensor_rows(made, 7, contents_at(made, 7, 6), "zz")) == [
        "zz does not exist at this moment."
    ]


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (scalar(2.5), "2.5"),
        (tensor(1, 2), "[1, 2]"),
        (tensor(float("nan"), 2), "! 1 of 2 nan, [nan, 2]"),
        (tensor(*range(200)), "0 to 199, norm 1626.8682, mean 99.5"),
    ],
)
def test_a_tensor_in_short(shown, text: str) -> None:  # type: ignore[no-untyped-def]
    assert short_text(shown) == text


def test_gradients() -> None:
    w = parameter(3.0, 4.0, grad=tensor(6.0, 8.0))
    made = trace(snapshot(0), snapshot(1, tensors={"w": w, "v": parameter(1.0)}))
    assert said(gradients_rows(gradient_rows_at(made, 1, 0))) == [
        "w.grad, changed: [6, 8]; norm 10; ratio to its tensor 2",
        "v.grad: None",
    ]


def test_curves_are_numbers_in_their_order() -> None:
    moments = [snapshot(n, tensors={"loss": scalar(float(n))}) for n in range(100)]
    made = trace(*moments)
    made.finish(result(snapshots=100))
    rows = said(curve_rows(made, 99, 100, (), ()))
    assert rows[0] == "loss, 100 numbers:"
    assert rows[1] == "  moment 0: 0"
    assert rows[-1] == "  moment 99, you are here: 99"
    assert len(rows) == 25
    assert said(curve_rows(made, 9, 100, ("zz",), ()))[0] == (
        "zz has no numbers that change in this step."
    )


def test_a_graph_is_a_numbered_list() -> None:
    trace = doubled()
    assert said(graph_rows(trace, 5, shown_graph(trace, 5, 4, None))) == [
        "Graph of c, backward 1: 3 nodes.",
        "1. AddBackward0 of c, shape (), made by line 3; leads to 2 twice; has run, norm 1",
        "2. AddBackward0 of b, shape (), made by line 2; leads to 3 twice; has just run, norm 2",
        "3. AccumulateGrad of a, shape (), first used by line 2; waiting",
    ]
    assert said(graph_rows(trace, 3, shown_graph(trace, 3, 2, None)))[1].endswith(
        ", new; leads to 2 twice"
    )


def test_of_a_large_graph_the_first_nodes_are_read() -> None:
    trace = layers(60, 3)
    rows = said(graph_rows(trace, 3, shown_graph(trace, 3, 2, None)))
    assert rows[-1] == "and 61 more."
    assert len(rows) == 62
