"""What a node did to a gradient, in rows. The facts are proved in test_node_gradient."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest
from made import backward, ended, hub, node, ran, root, scalar, snapshot, tensor, trace, used
from msgspec.structs import replace

from autograd_tutor.analysis.node_gradient import node_gradients
from autograd_tutor.limits.interface import MOST_PARTS
from autograd_tutor.recording.model import Backward, Node, Saved, Tensor
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.gradient_words import CONJUGATED
from autograd_tutor.render.node_gradient_rows import node_gradient_rows
from autograd_tutor.render.node_names import namer_at

ONE = scalar(1.0)


def shown(made: Trace, index: int, width: int = 80) -> list[str]:
    """The rows of the node that ran at that snapshot."""
    facts = node_gradients(made, index)
    assert facts is not None
    namer = namer_at(made.nodes, made.state(index))
    return [line.text for line in node_gradient_rows(facts, namer, width)]


# What arrives


def arriving(
    sent: Sequence[Tensor | None],
    arrived: Tensor | None,
    seed: Tensor | None = None,
    width: int = 80,
) -> list[str]:
    """What is said of a node with one input, from which nothing is sent on."""
    return shown(*used(sent, arrived, seed), width)


def test_one_contribution_is_what_arrives() -> None:
    assert arriving([scalar(3.0)], scalar(3.0)) == ["arrives  3"]


def test_several_are_listed_and_added_up() -> None:
    assert arriving([scalar(1.0), scalar(5.0)], scalar(6.0), seed=ONE) == [
        "  begins with 1",
        "  from N1Backward0  1",
        "  from N2Backward0  5",
        "arrives  6",
        "  that is not the sum of what was sent: a hook changed it before the node ran",
    ]
    assert arriving([scalar(1.0), scalar(5.0)], scalar(7.0), seed=ONE)[-1] == (
        "arrives  1 + 1 + 5 = 7"
    )


def test_a_sum_too_long_for_its_row_is_its_result() -> None:
    assert arriving([scalar(1.25), scalar(5.5)], scalar(6.75), width=24)[-1] == "arrives  6.75"


def test_a_consumer_that_sends_nothing_says_so() -> None:
    assert arriving([ONE, None], ONE) == [
        "  from N1Backward0  1",
        "  from N2Backward0  nothing",
        "arrives  1",
    ]
    assert arriving([None], None) == ["arrives  nothing"]


def test_a_hook_that_changed_the_only_contribution() -> None:
    assert arriving([scalar(5.0)], ONE) == [
        "  from N1Backward0  5",
        "arrives  1",
        "  that is not what was sent: a hook changed it before the node ran",
    ]


def test_a_consumer_that_was_not_recorded() -> None:
    nodes = node(1, "AddBackward0", 2, 3), node(2, "MulBackward0", 3), node(3, "ExpBackward0")
    made = trace(
        snapshot(0, nodes=nodes),
        ran(1, backward(1, ONE, (ONE, ONE))),
        ran(2, backward(3, scalar(6.0))),
        snapshot(3, passes=(ended(root(1), left_out="only 2 of its nodes have a moment"),)),
    )
    assert shown(made, 2) == [
        "  from AddBackward0  1",
        "  from MulBackward0  was not recorded",
        "arrives  6",
    ]


def test_each_output_receives_its_own() -> None:
    nodes = (
        node(1, "AddBackward0", next=((2, 1), (2, 1), (2, 0))),
        node(2, "UnbindBackward0", None),
    )
    made = trace(
        snapshot(0, nodes=nodes),
        ran(1, backward(1, ONE, (ONE, ONE, scalar(3.0)))),
        ran(2, backward(2, (scalar(3.0), scalar(2.0), None), (None,))),
        snapshot(3, passes=(ended(root(1)),)),
    )
    assert shown(made, 2) == [
        "arrives at output 0  3",
        "  from AddBackward0  1",
        "  from AddBackward0  1",
        "arrives at output 1  1 + 1 = 2",
        "arrives at output 2  nothing",
    ]


def test_of_many_the_first_are_listed() -> None:
    assert shown(hub(4_000), 4_002)[:10] == [
        *["  from NegBackward0  1"] * MOST_PARTS,
        "  … and 3,992 more",
        "arrives  4000",
    ]


# What is sent


def leaving(made: Node, record: Backward, width: int = 80) -> list[str]:
    """What is said of what node 1 sends to `x`, which is node 2, or to node 3."""
    others = node(2, "AccumulateGrad", variable="x"), node(3, "ExpBackward0")
    return shown(trace(snapshot(0, nodes=(made, *others)), ran(1, record)), 1, width)[1:]


PRODUCT = (Saved("self", scalar(3.0)), Saved("other", scalar(5.0)))


def test_a_formula_with_its_numbers_for_each_input() -> None:
    record = backward(1, scalar(2.0), (scalar(10.0), scalar(6.0)), saved=PRODUCT)
    assert leaving(node(1, "MulBackward0", 2, 3), record) == [
        "→ x as self",
        "  grad · other = 2 · 5 = 10",
        "→ ExpBackward0 as other",
        "  grad · self = 2 · 3 = 6",
    ]


def test_what_a_hook_changed_and_what_is_not_sent() -> None:
    record = backward(1, scalar(2.0), (scalar(70.0), None), saved=PRODUCT)
    assert leaving(node(1, "MulBackward0", 2, 3), record) == [
        "→ x as self",
        "  grad · other = 2 · 5 = 10",
        "  but 70 was sent, 60 away; rounding explains 4e-05: a hook changed it",
        "→ ExpBackward0 as other",
        "  nothing is sent",
    ]


def test_of_an_unknown_operation_there_is_what_it_sent() -> None:
    record = backward(1, ONE, (scalar(4.0), ONE))
    assert leaving(node(1, "NobodyKnowsBackward0", 2, None), record) == [
        "→ x",
        "  4",
        "→ an input",
        "  1",
    ]


def test_a_formula_without_numbers_stands_beside_what_was_sent() -> None:
    many, one = tensor(*[2.0] * 8), tensor(*[1.0] * 8)
    record = backward(1, one, (many, None), saved=(Saved("other", many),))
    assert leaving(node(1, "MulBackward0", 2, None), record) == [
        "→ x as self",
        "  grad · other",
        "  = norm 5.6569  (8,)",
    ]


def test_a_sum_over_what_was_broadcast_is_mentioned() -> None:
    many = tensor(*[1.0] * 8)
    record = backward(1, many, (scalar(8.0), None), saved=(Saved("other", many),))
    assert leaving(node(1, "MulBackward0", 2, None), record, width=36) == [
        "→ x as self",
        "  grad · other",
        "  summed to the input's shape ()",
        "  = 8",
    ]


def test_of_complex_numbers_conjugates_are_mentioned() -> None:
    def number(real: float, imag: float) -> Tensor:
        return scalar(0.0, dtype="torch.complex64", raw=struct.pack("<2f", real, imag))

    saved = (Saved("other", number(1.0, -2.0)),)
    record = backward(1, number(1.0, 0.0), (number(1.0, 2.0), None), saved=saved)
    assert leaving(node(1, "MulBackward0", 2, None), record) == [
        "→ x as self",
        "  grad · other",
        "  = 1+2j",
        f"  {CONJUGATED}",
    ]


# What is filled


def filling(was: Tensor | None, now: Tensor | None, variable: str | None = "w") -> list[str]:
    """What is said of the `.grad` of `w`, at which 5 arrives."""
    leaf = scalar(1.0, kind="leaf", requires_grad=True)
    accumulate = node(1, "AccumulateGrad", variable=variable)
    made = trace(
        snapshot(0, tensors={"w": replace(leaf, grad=was)}, nodes=(accumulate,)),
        ran(1, backward(1, scalar(5.0), leaf=variable), tensors={"w": replace(leaf, grad=now)}),
    )
    return shown(made, 1)[1:]


def test_what_arrives_becomes_the_gradient_or_is_added_to_it() -> None:
    assert filling(None, scalar(5.0)) == ["w.grad was None: what arrives becomes it."]
    assert filling(scalar(3.0), scalar(8.0)) == ["is added to w.grad:", "  3", "  → 8"]


def test_a_gradient_that_a_hook_changes_or_takes_away() -> None:
    assert filling(scalar(3.0), scalar(1.0))[-2:] == [
        "After that a hook changed w.grad:",
        "  → 1",
    ]
    assert filling(None, None) == [
        "w.grad was None: what arrives becomes it.",
        "After that a hook changed w.grad:",
        "  → None",
    ]


def test_a_leaf_without_a_name() -> None:
    assert filling(None, None, variable=None) == [
        "It adds what arrives to the .grad of a leaf without a name."
    ]


@pytest.mark.parametrize(("variable", "name"), [("b", "b.grad"), (None, "the leaf's .grad")])
def test_a_leaf_at_which_nothing_arrives(variable: str | None, name: str) -> None:
    leaf = node(1, "AccumulateGrad", variable=variable)
    assert shown(trace(snapshot(0, nodes=(leaf,)), ran(1, backward(1, None))), 1) == [
        "arrives  nothing",
        f"Nothing arrives: {name} stays as it is.",
    ]
