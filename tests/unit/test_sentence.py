"""One sentence a moment: what happened, in words that fit."""

from __future__ import annotations

import math

import pytest
from made import (
    backward,
    doubled,
    ended,
    node,
    parameter,
    ran,
    result_of,
    root,
    scalar,
    snapshot,
    tensor,
    trace,
)
from msgspec.structs import replace
from test_jumps import walk_loop

from autograd_tutor.recording.model import Error, Snapshot, Tensor
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.sentence import sentence_row


def sentence(step: Trace, index: int, width: int = 118) -> str:
    row = sentence_row(Timeline(step, index), width)
    assert row.width <= width
    return row.text.strip()


def after(code: str, *, before: Snapshot | None = None, **fields: object) -> str:
    """The sentence of the first line of the code, which did that."""
    moments = [before or snapshot(0), snapshot(1, **{"line": 1, "next_line": 0} | fields)]
    return sentence(trace(*moments, code=code), 1)


def test_a_pass_node_by_node() -> None:
    step = doubled()
    assert [sentence(step, index) for index in range(8)] == [
        "The step begins: none of its lines has run yet.",
        "`a = one()` made `a` with the value 1.",
        "`b = a + a` made `b` with the value 2 and recorded AddBackward0.",
        "`c = b + b` made `c` with the value 4 and recorded AddBackward0.",
        "AddBackward0 of `c` turned the gradient that arrived into one for `b`.",
        "AddBackward0 of `b` turned the gradient that arrived into one for `a`.",
        "AccumulateGrad put the gradient that arrived into `a.grad`.",
        "`c.backward()` ran 3 nodes and filled `a.grad`.",
    ]


def test_turns_of_a_loop_and_gradients_that_add_up() -> None:
    step = walk_loop().trace
    assert sentence(step, 7) == "`for n in (2.0, 3.0, 4.0):` began turn 2 of 3 (`n` is 3.0)."
    assert sentence(step, 10) == (
        "AccumulateGrad added the gradient that arrived to what `w.grad` held."
    )
    assert sentence(step, 11) == "`y.backward()` ran 2 nodes and added to `w.grad`."
    assert sentence(step, 17) == "`for n in (2.0, 3.0, 4.0):` ended the loop after 3 turns."


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (78, "`for n in (2.0, 3.0, 4.0):` began turn 2 of 3 (`n` is 3.0)."),
        (50, "Line 2 began turn 2 of 3 (`n` is 3.0)."),
        (30, "Line 2 began turn 2 of 3."),
        (16, "Line 2 ran."),
    ],
)
def test_where_it_is_narrow_a_shorter_form_stands(width: int, text: str) -> None:
    assert sentence(walk_loop().trace, 7, width) == text


@pytest.mark.parametrize("width", range(23, 130))
def test_at_no_width_anything_is_cut(width: int) -> None:
    for step in (doubled(), walk_loop().trace):
        for index in range(len(step)):
            text = sentence(step, index, width)
            assert text.endswith(".")
            assert "…" not in text


ONE, LEAF = scalar(1.0), parameter(1.0)
HAD = snapshot(0, tensors={"w": parameter(1.0, grad=tensor(3.0)), "v": scalar(2.0, identity=7)})


@pytest.mark.parametrize(
    ("code", "fields", "text"),
    [
        ("import torch", {}, "`import torch` made `torch` available."),
        ("import a.b as c, d", {}, "`import a.b as c, d` made `c` and `d` available."),
        ("from x import *", {}, "`from x import *` made the names of `x` available."),
        ("class A:\n    pass", {"values": {"A": "<class A>"}}, "`class A:` defined the class `A`."),
        ("def f(): pass", {"values": {"f": "<function f>"}},
         "`def f(): pass` defined the function `f`; its lines run when it is called."),
        ("n = 3", {"values": {"n": "3"}}, "`n = 3` set `n` to 3."),
        ("a, b = 1, 2", {"values": {"a": "1", "b": "2"}}, "`a, b = 1, 2` set `a` and `b`."),
        ("x = y = t", {"tensors": {"x": ONE, "y": ONE}}, "`x = y = t` made `x` and `y`."),
        ("print(1)", {"stdout": "1\n"}, "`print(1)` printed `1`."),
        ("print(s)", {"stdout": "a\nb\n"}, "`print(s)` printed 2 lines."),
        ("del n", {"gone": ("n",)}, "`del n` removed `n`."),
        ("f()", {}, "`f()` changed no variable."),
        ("pass", {}, "`pass` does nothing."),
        ("'text'", {}, "`'text'` does nothing by itself."),
        ("global n", {}, "`global n` does nothing by itself."),
        ("assert n", {}, "`assert n` found its condition true."),
        ("x = torch.log(y)", {"tensors": {"x": scalar(math.nan)}},
         "`x = torch.log(y)` made `x` with the value nan and brought up NaN."),
        ("h = w * 2 + 1", {"tensors": {"h": result_of(2, 1.0)},
         "nodes": (node(2, "AddBackward0", 1), node(1, "MulBackward0", None))},
         "`h = w * 2 + 1` made `h` with the value 1 and recorded MulBackward0 and AddBackward0."),
        ("if n:\n    a = 1", {"next_line": 2},
         "`if n:` found its condition true; line 2 comes next."),
        ("if n:\n    a = 1\nb = 1", {"next_line": 3},
         "`if n:` found its condition false; line 3 comes next."),
        ("while n:\n    a = 1\n", {"next_line": 3},
         "`while n:` made no turn: its condition is false."),
        ("for i in []:\n    a = 1\n", {"next_line": 3},
         "`for i in []:` made no turn: there is nothing to go through."),
        ("with torch.no_grad():\n    a = 1\n", {"next_line": 2},
         "`with torch.no_grad():` began a block in which no operation is recorded."),
        ("with f() as g:\n    a = 1\n", {"next_line": 2}, "`with f() as g:` began its block."),
        ("with f() as g:\n    a = 1\n", {"next_line": 0}, "`with f() as g:` ended its block."),
        ("1 / 0", {"raised": True}, "`1 / 0` raised an exception."),
        ("1 / 0", {"error": Error("ZeroDivisionError", "division by zero", 1, "")},
         "`1 / 0` failed with ZeroDivisionError: division by zero."),
        ("f(", {"values": {"n": "3"}}, "Line 1 set `n` to 3."),
        ("n = max(\n    1,\n)", {"values": {"n": "3"}}, "Line 1 set `n` to 3."),
        ("a = 1; b = 2", {"values": {"a": "1", "b": "2"}}, "`a = 1; b = 2` set `a` and `b`."),
        ("z\x1b = 1", {"values": {"n": "\x1b[31m"}}, "Line 1 set `n` to ␛[31m."),
    ],
)  # fmt: skip
def test_what_a_line_did(code: str, fields: dict[str, object], text: str) -> None:
    assert after(code, **fields) == text


@pytest.mark.parametrize(
    ("code", "tensors", "text"),
    [
        ("w.grad = None", {"w": LEAF}, "`w.grad = None` set `w.grad` to None."),
        ("o.zero_grad(False)", {"w": parameter(1.0, grad=tensor(0.0))},
         "`o.zero_grad(False)` set `w.grad` to 0."),
        ("clip(w)", {"w": parameter(1.0, grad=tensor(1.0))}, "`clip(w)` changed `w.grad`."),
        ("o.step()", {"w": parameter(5.0, grad=tensor(3.0))}, "`o.step()` changed `w` in place."),
        ("u = v", {"u": scalar(2.0, identity=7)},
         "`u = v` made `u` another name of the tensor `v`."),
        ("a, b = v, v", {"a": scalar(2.0, identity=7), "b": scalar(2.0, identity=7)},
         "`a, b = v, v` made `a` and `b` other names of tensors."),
        ("a = b = c = d = v", {name: scalar(2.0, identity=7) for name in "abcd"},
         "`a = b = c = d = v` gave 4 tensors other names."),
        ("v = one", {"v": scalar(4.0, identity=8)},
         "`v = one` made a new `v` with the value 4."),
    ],
)  # fmt: skip
def test_what_a_line_did_to_tensors_that_were_there(
    code: str, tensors: dict[str, Tensor], text: str
) -> None:
    assert after(code, before=HAD, tensors=tensors) == text


def test_an_argument_is_no_effect_of_the_line_that_runs_first() -> None:
    step = trace(
        snapshot(0, tensors={"w": scalar(2.0, identity=7)}),
        snapshot(
            1, line=2, depth=1, function="f",
            tensors={"f().x": scalar(2.0, identity=7), "f().y": ONE}, values={"f().n": "3"},
        ),
        snapshot(2, line=3, next_line=0, depth=1, function="f"),
        code="def f(x, n):\n    y = x * n\n    return y\nf(w, 3)\n",
    )  # fmt: skip
    assert sentence(step, 1) == "`y = x * n` made `y` with the value 1."
    assert sentence(step, 2) == "`return y` ended `f` and handed its value back."


def test_a_pass_fills_what_a_tensor_retains() -> None:
    """The tensor `b` of `doubled` keeps its gradient, which is no change beside the pass."""
    step = doubled(retains=True)
    assert sentence(step, 7) == "`c.backward()` ran 3 nodes and filled `a.grad` and `b.grad`."


def test_a_pass_adds_to_what_a_tensor_retains() -> None:
    step = doubled(retains=True, before=scalar(2.0))
    assert sentence(step, 7) == (
        "`c.backward()` ran 3 nodes and filled `a.grad` and added to `b.grad`."
    )


def test_what_a_pass_in_a_function_fills_is_called_as_there() -> None:
    leaf = scalar(1.0, kind="leaf", requires_grad=True)
    filled = {"f().w": replace(leaf, grad=ONE)}
    where = {"line": 3, "function": "f"}
    step = trace(
        snapshot(0),
        snapshot(
            1, line=2, depth=1, function="f", tensors={"f().w": leaf},
            nodes=(node(1, "AccumulateGrad", variable="f().w", line=2, shape=()),),
        ),
        ran(2, backward(1, ONE, leaf="f().w"), tensors=filled, **where),
        snapshot(3, next_line=0, depth=1, passes=(ended(root(1, "f().w"), nodes=1),), **where),
        code="def f():\n    w = leaf()\n    w.backward()\nf()\n",
    )  # fmt: skip
    assert sentence(step, 3) == "`w.backward()` ran 1 node and filled `w.grad`."


def test_the_end_of_a_recording_that_was_cut() -> None:
    step = trace(snapshot(0), snapshot(1, event="end", line=0))
    assert sentence(step, 1) == (
        "The recording stopped before the step's end; this is how everything was then."
    )


def test_a_step_without_moments() -> None:
    assert sentence(trace(), 0) == "Nothing has been recorded yet."
