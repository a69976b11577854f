"""A node's own view: where it comes from, what it saved, what went through it or has yet to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import backward, doubled, ended, hub, node, ran, root, scalar, snapshot, tensor, trace
from msgspec.structs import replace

from autograd_tutor.recording.model import Error, Saved, Stats
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.node_view import node_listing

ONE = scalar(1.0)
EVIL = "\x1b]0;x\x07\u202e"
SHOWN = "␛]0;x␇\\u202e"


def shown(made: Trace, index: int, number: int, width: int = 80) -> list[str]:
    return [line.text for line in node_listing(made, index, number, width).rows]


def one_node(**changes: object) -> Trace:
    return trace(snapshot(0, nodes=(node(1, "ExpBackward0", None, **changes),)))


def test_before_any_pass_what_the_node_computes_and_its_derivative() -> None:
    assert shown(doubled(), 3, 2) == [
        "● b  AddBackward0",
        "made by line 2: b = a + a",
        "output of shape ()",
        "",
        "sum",
        "computes self + alpha · other",
        "→ a as self",
        "  grad",
        "→ a as other",
        "  grad · alpha",
    ]


def test_after_its_turn_what_it_kept_and_what_went_through_it() -> None:
    assert shown(doubled(), 5, 2) == [
        "● b  AddBackward0",
        "made by line 2: b = a + a",
        "output of shape ()",
        "",
        "sum",
        "computes self + alpha · other",
        "",
        "saved in the forward pass",
        "  alpha 1",
        "",
        "in backward 1",
        "  from c  1",
        "  from c  1",
        "arrives  1 + 1 = 2",
        "→ a as self",
        "  grad = 2",
        "→ a as other",
        "  grad = 2",
    ]


def test_after_the_pass_it_is_still_known_what_went_through() -> None:
    assert shown(doubled(), 7, 2) == shown(doubled(), 5, 2)


def test_a_leaf_says_what_became_of_its_gradient() -> None:
    rows = shown(doubled(), 7, 3)
    assert rows[rows.index("in backward 1") :] == [
        "in backward 1",
        "  from b  2",
        "  from b  2",
        "arrives  2 + 2 = 4",
        "a.grad was None: what arrives becomes it.",
    ]


# Before its turn


def test_a_node_waits_for_all_of_its_consumers() -> None:
    nodes = node(1, "AddBackward0", 2, 3, variable="y"), node(2, "NegBackward0", 3, variable="k")
    made = trace(
        snapshot(0, nodes=(*nodes, node(3, "ExpBackward0", None))),
        ran(1, backward(1, ONE, (ONE, ONE))),
        ran(2, backward(2, ONE, (ONE,))),
        ran(3, backward(3, scalar(2.0), (None,))),
        snapshot(4, passes=(ended(root(1, "y")),)),
    )
    assert shown(made, 1, 3)[-3:] == [
        "It waits: 1 of 2 gradients arrived so far.",
        "  from y  1",
        "  k has not run yet",
    ]
    assert shown(made, 2, 3)[-3] == "All that it waits for has arrived: it can run."


def test_of_many_gradients_that_a_node_waits_for_the_first_are_listed() -> None:
    view = shown(hub(20), 3, 21)
    assert "It waits: 2 of 20 gradients arrived so far." in view
    assert view[-9:] == [
        *["  from NegBackward0  1"] * 2,
        *["  NegBackward0 has not run yet"] * 6,
        "  … and 12 more",
    ]


def test_a_root_inside_waits_for_its_consumers_and_has_its_seed() -> None:
    made = trace(
        snapshot(0, nodes=(node(1, "NegBackward0", 2, variable="y"), node(2, "ExpBackward0"))),
        ran(1, backward(1, ONE, (ONE,))),
        snapshot(2, passes=(ended(root(1, "y"), root(2, "h")),)),
    )
    made.ran[1][2] = 2  # it has yet to run
    assert shown(made, 1, 2)[-2:] == ["  begins with 1", "  from y  1"]


def stopped(**changes: object) -> list[str]:
    """Node 2 when only node 1 ran."""
    nodes = node(1, "NegBackward0", 2), node(2, "AccumulateGrad", variable="x")
    failing = changes.get("failed") is not None
    made = trace(
        snapshot(0, nodes=nodes),
        ran(1, backward(1, ONE, (ONE,))),
        snapshot(
            2,
            error=Error("E", "", 1, "") if failing else None,
            passes=(ended(root(1), **changes),),
        ),
    )
    return shown(made, 2 if failing else 1, 2)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"failed": 2}, "The pass raised an error at this node"),
        ({"failed": 1}, "This pass does not come to it."),
        ({}, "This pass does not come to it."),
        ({"inputs": ("w",)}, "This pass does not come to it: it is limited to w."),
        (
            {"inputs": ("x", "w"), "function": "grad"},
            "It does not run: grad() returns what arrives here, for x and w.",
        ),
        ({"left_out": "there is no room"}, "Nothing was recorded of it: there is no room."),
    ],
)
def test_why_a_node_did_not_run(changes: dict[str, object], words: str) -> None:
    rows = stopped(**changes)
    assert any(line.startswith(words) for line in rows)
    # At the node that failed, what had come to it is shown too.
    assert rows[-1].startswith(words) == (changes != {"failed": 2})


def test_a_node_that_ran_and_failed_shows_both() -> None:
    made = trace(
        snapshot(0, nodes=(node(1, "NegBackward0", None),)),
        ran(1, backward(1, ONE, (None,))),
        snapshot(2, error=Error("E", "", 1, ""), passes=(ended(root(1), failed=1),)),
    )
    rows = shown(made, 2, 1)
    assert "arrives  1" in rows
    assert rows[-1] == "The pass raised an error at this node: E"


# Where it comes from


def test_a_node_that_was_not_recorded() -> None:
    assert shown(doubled(), 3, 99) == ["This node was not recorded."]
    assert node_listing(doubled(), 3, 99).title == "Node"


def test_the_title_is_the_operation() -> None:
    assert node_listing(doubled(), 3, 2).title == "Node · AddBackward0"


def test_a_node_of_another_step() -> None:
    assert shown(one_node(step=2, line=4), 0, 1)[1] == "made by line 4 of step 3"


@pytest.mark.parametrize("line", [0, -1, -99])
def test_a_node_of_no_line(line: int) -> None:
    assert not any("made" in text for text in shown(one_node(line=line), 0, 1))


def test_a_line_that_the_code_does_not_have() -> None:
    assert shown(one_node(line=99), 0, 1)[1] == "made by line 99:"


def test_an_unknown_operation_says_so() -> None:
    made = trace(snapshot(0, nodes=(node(1, "NobodyKnowsBackward0", None),)))
    assert "No formula is known here for NobodyKnowsBackward0." in shown(made, 0, 1)


def test_an_operation_without_a_simple_formula_says_what_is_done() -> None:
    made = trace(snapshot(0, nodes=(node(1, "LinalgQrBackward0", None),)))
    words = " ".join(shown(made, 0, 1))
    assert "computes A = Q @ R There is no simple formula. It solves" in words


# What it saved


def saved_rows(*saved: Saved, note: str | None = None, width: int = 80) -> list[str]:
    made = one_node(line=0)
    made.add(ran(1, backward(1, ONE, (None,), saved=saved, note=note)))
    rows = shown(made, 1, 1, width)
    start = next(at for at, text in enumerate(rows) if text.startswith("saved"))
    return rows[start : rows.index("", start)]


def test_saved_tensors_are_shown_with_their_variable_and_as_they_print() -> None:
    assert saved_rows(Saved("result", tensor(1.0, 2.0), "r"), Saved("self", "None")) == [
        "saved in the forward pass",
        "  result = r  (2,)",
        "    tensor([1., 2.])",
    ]


@pytest.mark.parametrize(
    ("name", "value", "rows"),
    [
        ("self_sym_sizes", "(3,)", ["  shape of self (3,)"]),
        ("mat2_sym_sizes", "(1, 1)", ["  shape of mat2 (1, 1)"]),
        ("dim", "1", ["  dim 1"]),
    ],
)
def test_a_shape_is_called_one(name: str, value: str, rows: list[str]) -> None:
    strides = Saved("mat2_sym_strides", "(1, 1)")
    assert saved_rows(Saved(name, value), strides) == ["saved in the forward pass", *rows]


def test_a_node_that_saved_nothing() -> None:
    assert saved_rows() == ["saved nothing in the forward pass"]


def test_why_saved_tensors_are_not_shown() -> None:
    assert saved_rows(note="they are freed") == ["saved in the forward pass", "  they are freed"]


def test_a_large_saved_tensor_has_its_summary() -> None:
    stats = Stats(2000, 2000, -1.0, 1.0, 0.0, 0.5, 3.0, 0, 0, ())
    rows = saved_rows(
        Saved("self", tensor(shape=(0,), raw=None, shown="tensor([0., ...])", stats=stats))
    )
    assert rows[2:] == ["    tensor([0., ...])", "    min -1  max 1", "    mean 0  std 0.5"]


def test_names_cannot_steer_the_terminal() -> None:
    made = trace(snapshot(0, nodes=(node(1, EVIL, 2, variable=EVIL), node(2, EVIL, variable=EVIL))))
    saved = Saved(EVIL, EVIL), Saved(EVIL, scalar(1.0, shown=EVIL), EVIL)
    made.add(ran(1, backward(1, ONE, (ONE,), saved=saved, note=EVIL)))
    made.add(snapshot(2, passes=(ended(root(1), inputs=(EVIL,), left_out=EVIL),)))
    for index in range(3):
        for number in (1, 2):
            found = node_listing(made, index, number)
            assert SHOWN in (found.title or "")
            assert all(line.text.isprintable() for line in found.rows)
    assert f"  {SHOWN} {SHOWN}" in shown(made, 1, 1)


@given(st.integers(20, 120), st.text(max_size=40), st.integers(3, 7))
def test_every_row_but_what_torch_prints_fits(width: int, name: str, index: int) -> None:
    whole = doubled()
    snapshots = [
        replace(each, nodes=tuple(replace(one, variable=name) for one in each.nodes))
        for each in whole.snapshots
    ]
    made = trace(*snapshots, code=whole.code)
    for number in (1, 2, 3):
        for line in node_listing(made, index, number, width).rows:
            assert line.width <= width, line.text


def test_what_grad_returns_for_an_input_is_shown_once_all_of_it_has_arrived() -> None:
    made = trace(
        snapshot(
            0,
            nodes=(
                node(1, "AddBackward0", 2, 2, variable="y"),
                node(2, "AccumulateGrad", variable="x"),
            ),
        ),
        ran(1, backward(1, ONE, (ONE, ONE))),
        snapshot(
            2,
            passes=(
                ended(
                    root(1, "y"),
                    function="grad",
                    inputs=("x",),
                    targets=(2,),
                    returned=(scalar(2.0),),
                ),
            ),
        ),
    )
    assert shown(made, 1, 2)[-4:] == [
        "It does not run: grad() returns what arrives here.",
        "  from y  1",
        "  from y  1",
        "returns  2",
    ]
