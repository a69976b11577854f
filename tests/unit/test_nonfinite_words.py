"""NaN and inf are said before all else, wherever a number stands for a tensor."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import (
    backward,
    doubled,
    ended,
    layers,
    node,
    parameter,
    ran,
    root,
    scalar,
    snapshot,
    tensor,
    trace,
)
from msgspec.structs import replace

from autograd_tutor.analysis.contents import contents, contents_at
from autograd_tutor.analysis.gradient_table import gradient_rows
from autograd_tutor.recording.model import Saved, Stats, Tensor
from autograd_tutor.recording.nonfinite import NonFinite
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.recording.trace import State, Trace
from autograd_tutor.render.code import code_listing
from autograd_tutor.render.gradients import gradients_listing
from autograd_tutor.render.graph import graph_listing
from autograd_tutor.render.graph_choice import Choice
from autograd_tutor.render.narration import snapshot_rows
from autograd_tutor.render.node_view import node_listing
from autograd_tutor.render.nonfinite_words import nonfinite_text, short_text
from autograd_tutor.render.pass_flow import flow_listing
from autograd_tutor.render.sizes import WIDTH, size_spans
from autograd_tutor.render.tensors import tensors_listing

nan, inf = math.nan, math.inf

HALF_NAN = Stats(1600, 1600, -1.0, 1.0, 0.0, 0.5, nan, 800, 0, ())
SAMPLED = Stats(90_000, 1000, -1.0, 1.0, 0.0, 0.5, 3.0, 0, 0, ())


def large(stats: Stats) -> Tensor:
    return tensor(shape=(0,), raw=None, shown="tensor([...])", stats=stats)


@pytest.mark.parametrize(
    ("found", "text", "short"),
    [
        (NonFinite(1600, 0, 1600, 1600), "1,600 of 1,600 nan", "all nan"),
        (NonFinite(0, 2, 12, 12), "2 of 12 inf", "2 inf"),
        (NonFinite(3, 2, 12, 12), "3 nan and 2 inf of 12", "3 nan"),
        (NonFinite(1, 0, 1, 1), "nan", "nan"),
        (NonFinite(0, 1, 1, 1), "inf", "inf"),
        (NonFinite(999, 0, 5000, 5000), "999 of 5,000 nan", "999 nan"),
        (NonFinite(2000, 0, 5000, 5000), "2,000 of 5,000 nan", "40% nan"),
        (NonFinite(0, 1000, 10**6, 10**6), "1,000 of 1,000,000 inf", "<1% inf"),
        (NonFinite(16, 0, 64, 128), "16 nan in a sample of 64", "25% nan"),
        (NonFinite(64, 0, 64, 128), "64 nan in a sample of 64", "all nan"),
    ],
)
def test_how_many_there_are(found: NonFinite, text: str, short: str) -> None:
    assert nonfinite_text(found) == text
    assert short_text(found) == short


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 10**12), st.booleans())
def test_in_a_graph_they_take_the_place_of_bar_and_number(
    nan_count: int, inf_count: int, finite: int, sampled: bool
) -> None:
    examined = nan_count + inf_count + finite
    found = NonFinite(nan_count, inf_count, examined, examined + sampled)
    text = "".join(text for text, _ in size_spans(1.0, 1.0, found))
    assert len(text) == WIDTH
    assert text.endswith(" ")
    assert text.startswith("! ") == found.any


def heads(state: State) -> list[str]:
    listings = (
        tensors_listing(contents(state, state)),
        gradients_listing(gradient_rows(state, state)),
    )
    return [row.text.rstrip() for each in listings for row in each.rows if row.text[2:3].strip()]


def test_a_tensor_and_a_gradient_carry_the_mark_behind_their_name() -> None:
    grad = large(HALF_NAN)
    weights = parameter(1.0, inf, grad=grad)
    assert heads(State({"w": weights, "c": tensor(1.0)}, {})) == [
        "  ◆ w  (2,)  ! 1 of 2 inf  [1, inf]",
        "  ○ c  (1,)  [1]",
        "  ∇ w.grad  ! 800 nan  (0,)",
    ]


def test_a_norm_of_a_sample_says_so() -> None:
    assert heads(State({"w": large(SAMPLED)}, {}))[-1].endswith("norm 3 of a sample  mean 0")


def test_what_is_nan_as_before_has_not_changed() -> None:
    nothing = Stats(1600, 1600, nan, nan, nan, nan, nan, 1600, 0, ())
    before, now = (
        State({"w": replace(large(replace(nothing)), version=version)}, {}) for version in (0, 1)
    )
    (head, *_) = tensors_listing(contents(now, before)).rows
    assert head.text.startswith("  ○ w")


def halves() -> Trace:
    """Node 1 makes NaN of what it saved, node 2 passes it on to a leaf."""
    broken = large(HALF_NAN)
    nodes = (
        node(1, "MulBackward0", 2, variable="y", line=1),
        node(2, "ExpBackward0", 3, line=1),
        node(3, "AccumulateGrad", variable="x", line=1),
    )
    saved = (Saved("other", tensor(inf, 1.0)),)
    leaf = tensor(1.0, kind="leaf", requires_grad=True)
    return trace(
        snapshot(0, nodes=nodes, tensors={"x": leaf}),
        ran(1, backward(1, tensor(0.0, 1.0), (broken,), saved=saved), line=2),
        ran(2, backward(2, broken, (broken,)), line=2),
        ran(3, backward(3, broken, leaf="x"), line=2, tensors={"x": replace(leaf, grad=broken)}),
        snapshot(4, line=2, passes=(ended(root(1, "y", tensor(0.0, 1.0))),)),
        code="y = x.exp() * other\ny.backward()\n",
    )


MADE = "! makes 800 nan of finite gradients; saved in the forward pass, other holds 1 of 2 inf"


def test_the_graph_marks_the_node_that_makes_them_and_those_that_receive_them() -> None:
    made = halves()
    for choice in (Choice(), Choice(as_tree=True)):
        rows = [row.text.rstrip() for row in graph_listing(made, 2, 1, None, 80, choice).rows]
        assert rows[0].startswith("✓ ████ 1 ")
        assert rows[0].endswith("● ! makes nan  y  MulBackward0")
        assert rows[1].startswith("▶ ! 800 nan ")
        assert "makes" not in "".join(rows[1:])


def test_the_panes_and_the_text_say_what_was_made_and_of_what() -> None:
    made = halves()
    flow = [row.text for row in flow_listing(made, 1, 0, width=100).rows]
    assert MADE in flow
    assert MADE in [row.text for row in node_listing(made, 1, 1, 100).rows]
    assert f"  {MADE}" in [row.text for row in snapshot_rows(made, 1)]
    assert "  = ! 800 of 1,600 nan  norm nan  (0,)" in flow
    after = [row.text for row in flow_listing(made, 2, 1, width=100).rows]
    assert "arrives  ! 800 of 1,600 nan  norm nan  (0,)" in after
    assert not [line for line in after if "makes" in line]


def test_a_saved_tensor_has_the_counts_of_its_variable() -> None:
    value = replace(large(HALF_NAN), shape=(1600,), shown=None, edges=b"\0" * 24)
    saved = Saved("self", replace(value, stats=None), "h")
    made = trace(
        snapshot(0, nodes=(node(1, "ExpBackward0", None),), tensors={"h": value}),
        ran(1, backward(1, scalar(1.0), (None,), saved=(saved,))),
    )
    assert "  self = h  ! 800 of 1,600 nan  (1600,)" in [
        row.text for row in node_listing(made, 1, 1).rows
    ]


def noted(made: Trace, index: int) -> list[str]:
    rows = code_listing(made.code, Timeline(made, index)).rows
    return [row.text for row in rows if "!" in row.text]


def test_the_line_with_the_first_is_marked_from_then_on() -> None:
    made = trace(
        snapshot(0),
        snapshot(1, tensors={"a": tensor(0.0)}),
        snapshot(2, tensors={"b": tensor(inf)}),
        snapshot(3, tensors={"c": tensor(nan, inf)}),
        code="a = 0\nb = 1 / a\nc = b - b\n",
    )
    assert noted(made, 1) == []
    assert noted(made, 2) == ["2 ▶ b = 1 / a   ! first inf"]
    assert noted(made, 3) == ["2 ✓ b = 1 / a   ! first inf", "3 ▶ c = b - b   ! first nan"]
    words = [row.text for row in snapshot_rows(made, 3)]
    assert words[-1] == "  ! the first nan of this step"
    assert "  c is new: ! 1 nan and 1 inf of 2, no grad, shape (2,)" in words


def test_nothing_is_marked_where_everything_is_finite() -> None:
    made = doubled()
    for index in range(len(made)):
        assert noted(made, index) == []
        shown = [
            *graph_listing(made, index, index - 1, None).rows,
            *flow_listing(made, index, index - 1).rows,
            *tensors_listing(contents_at(made, index, index - 1)).rows,
        ]
        assert "!" not in "".join(row.text for row in shown)


def with_nan_from(first: int) -> Trace:
    """Eight layers whose gradients are NaN from the node `first` on."""
    good = layers(8, 16)
    moments = [good.snapshots[0]]
    for number in range(16):
        arrived, sent = (scalar(nan if at >= first else 0.5) for at in (number, number + 1))
        moments.append(ran(number + 1, backward(number, arrived, (sent,))))
    return trace(*moments, snapshot(17, passes=(ended(root(0, "y")),)))


@pytest.mark.parametrize(
    ("first", "index", "words"),
    [
        (7, 16, "! nan at 9 nodes, made here  ×8  0.5 → nan  of 2 nodes"),
        (7, 9, "! nan at 2 nodes, made here  ×8  0.5 → nan  of 2 nodes"),
        (15, 16, "! nan at 1 node, made here  ×8  0.5 → 0.5  of 2 nodes"),
        (99, 16, "■ ×8  0.5 → 0.5  of 2 nodes"),
    ],
)
def test_a_folded_row_says_what_is_inside(first: int, index: int, words: str) -> None:
    made = with_nan_from(first)
    rows = graph_listing(made, index, index - 1, None, 80, Choice(folded=frozenset({0}))).rows
    assert words in rows[0].text
