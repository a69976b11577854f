"""The gradients pane in a backward pass: the flow at the node that has run, then every `.grad`."""

from __future__ import annotations

import math

import pytest
from made import (
    backward,
    doubled,
    ended,
    hub,
    node,
    ran,
    result_of,
    root,
    scalar,
    snapshot,
    trace,
)
from msgspec.structs import replace

from autograd_tutor.recording.model import (
    Saved,
)
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.node_view import node_listing
from autograd_tutor.render.pass_flow import flow_listing

EVIL = "\x1b]0;x\x07\u202e"
SHOWN = "␛]0;x␇\\u202e"


def shown(made: Trace, index: int, width: int = 36, ascii_only: bool = False) -> list[str]:
    found = flow_listing(made, index, index - 1, width=width, ascii_only=ascii_only)
    assert found.title == "Gradients"
    return [line.text.rstrip() for line in found.rows]


# Word by word


@pytest.mark.parametrize(
    ("index", "rows"),
    [
        (3, ["  ∇ a.grad  None  ()"]),
        (
            4,
            [
                "● c  AddBackward0",
                "arrives  1",
                "→ b as self",
                "  grad = 1",
                "→ b as other",
                "  grad = 1",
                "",
                "  ∇ a.grad  None  ()",
            ],
        ),
        (
            5,
            [
                "● b  AddBackward0",
                "  from c  1",
                "  from c  1",
                "arrives  1 + 1 = 2",
                "→ a as self",
                "  grad = 2",
                "→ a as other",
                "  grad = 2",
                "",
                "  ∇ a.grad  None  ()",
            ],
        ),
        (
            6,
            [
                "◆ a  AccumulateGrad",
                "  from b  2",
                "  from b  2",
                "arrives  2 + 2 = 4",
                "a.grad was None: what arrives",
                "  becomes it.",
                "",
                "▸ ∇ a.grad  None → 4  ████████",
            ],
        ),
        (7, ["  ∇ a.grad      4  ████████  ()"]),
    ],
)
def test_the_pane_at_each_moment_of_two_sums(index: int, rows: list[str]) -> None:
    assert shown(doubled(), index) == rows


def test_the_node_comes_into_view_before_the_gradient_that_it_filled() -> None:
    assert flow_listing(doubled(), 6, 5, width=36).scroll_to == (7, 7, 0)
    assert flow_listing(doubled(), 5, 4, width=36).scroll_to == (0,)


def test_a_node_that_was_not_recorded_leaves_the_gradients_alone() -> None:
    made = trace(snapshot(0, tensors={"w": scalar(1.0, kind="leaf", requires_grad=True)}))
    made.add(ran(1, backward(99, scalar(1.0))))
    assert shown(made, 1) == ["  ∇ w.grad  None  ()"]


def test_of_many_gradients_the_one_that_was_filled_comes_first() -> None:
    leaves = {f"w{n}": scalar(1.0, kind="leaf", requires_grad=True) for n in range(30)}
    filled_now = replace(leaves["w29"], grad=scalar(2.0))
    made = trace(
        snapshot(0, tensors=leaves, nodes=(node(1, "AccumulateGrad", variable="w29"),)),
        ran(1, backward(1, scalar(2.0), leaf="w29"), tensors={"w29": filled_now}),
        snapshot(2, passes=(ended(root(1, "w29", scalar(2.0)), nodes=1),)),
    )
    rows = shown(made, 1)
    below = rows[rows.index("") + 1 :]
    assert below[:2] == ["▸ ∇ w29.grad  None → 2  ████████", "  ∇ w0.grad       None"]
    heads = [text for text in shown(made, 2) if "∇" in text]
    assert heads[-1].startswith("  ∇ w29.grad")  # outside of the pass they keep their order


def test_of_many_gradients_that_arrive_pane_and_node_view_list_the_first() -> None:
    rows = shown(hub(4_000), 4_002, 80)
    assert rows[9:11] == ["  … and 3,992 more", "arrives  4000"]
    view = [line.text for line in node_listing(hub(4_000), 4_002, 4_001).rows]
    assert view.count("  from NegBackward0  1") == 8
    assert "  … and 3,992 more" in view


def test_a_retained_gradient_is_shown_where_its_node_runs() -> None:
    h = result_of(1, 6.0, retains_grad=True)
    made = trace(
        snapshot(0, tensors={"h": h}, nodes=(node(1, "ExpBackward0", None, variable="h"),)),
        ran(1, backward(1, scalar(6.0), (None,)), tensors={"h": replace(h, grad=scalar(6.0))}),
    )
    assert shown(made, 0) == ["  ∇ h.grad  None  ()"]
    assert shown(made, 1)[-1] == "▸ ∇ h.grad  None → 6  ████████"


def test_names_cannot_steer_the_terminal() -> None:
    made = trace(
        snapshot(
            0,
            tensors={EVIL: scalar(1.0, kind="leaf", requires_grad=True)},
            nodes=(node(1, EVIL, 2, variable=EVIL), node(2, "AccumulateGrad", variable=EVIL)),
        ),
        ran(1, backward(1, scalar(1.0), (scalar(2.0),), note=EVIL)),
        ran(2, backward(2, scalar(2.0), leaf=EVIL)),
    )
    first, last = shown(made, 1, 80), shown(made, 2, 80)
    assert first[0] == f"● earlier {SHOWN}  {SHOWN}"
    assert f"→ {SHOWN}" in first
    assert last[:2] == [f"◆ {SHOWN}  AccumulateGrad", "arrives  2"]
    assert f"{SHOWN}.grad was None: what arrives becomes it." in last


def test_formulas_are_spelled_in_ascii() -> None:
    made = trace(
        snapshot(0, nodes=(node(1, "TanhBackward0", 2), node(2, "AccumulateGrad", variable="x"))),
        ran(
            1,
            backward(1, scalar(1.0), (scalar(0.75),), saved=(Saved("result", scalar(0.5)),)),
        ),
    )
    assert "  grad · (1 − result²) = 1 · (1 − 0.5²) = 0.75" in shown(made, 1, 80)
    assert "  grad * (1 − result^2) = 1 * (1 − 0.5^2) = 0.75" in shown(made, 1, 80, True)


def test_an_infinite_gradient_is_shown_as_it_is() -> None:
    made = trace(
        snapshot(0, nodes=(node(1, "NegBackward0", 2), node(2, "AccumulateGrad", variable="x"))),
        ran(1, backward(1, scalar(math.inf), (scalar(-math.inf),))),
    )
    assert shown(made, 1)[1:4] == ["arrives  ! inf", "→ x as self", "  −grad = −inf = -inf"]
