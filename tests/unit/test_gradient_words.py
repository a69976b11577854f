"""Panes and plain output say the same of a node: both only word the same facts."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest
from made import backward, ended, node, ran, root, scalar, snapshot, tensor, trace
from msgspec.structs import replace

from autograd_tutor.analysis.agreement import Agreement
from autograd_tutor.analysis.node_gradient import NodeGradients, node_gradients
from autograd_tutor.analysis.pass_state import Contribution
from autograd_tutor.limits.interface import MOST_PARTS
from autograd_tutor.recording.model import Saved, Tensor
from autograd_tutor.recording.trace import State
from autograd_tutor.render.node_gradient_rows import node_gradient_rows
from autograd_tutor.render.node_names import namer_at
from autograd_tutor.render.pass_narration import arrival_rows, changed_after_rows, sent_rows
from autograd_tutor.render.rows import Row

ONE = scalar(1.0)
TEN = scalar(10.0)
NODES = {
    1: node(1, "MulBackward0", 2, None),
    2: node(2, "AccumulateGrad", variable="x"),
    3: node(3, "ExpBackward0", 1),
}
NAMER = namer_at(NODES, State({}, {}))


def multiplied(sent: Tensor = TEN) -> NodeGradients:
    """`y = x * 5`: node 3 sends 2 to node 1, which sends 10 to `x`, if no hook changes it."""
    saved = (Saved("other", scalar(5.0)),)
    arrived = replace(sent, raw=tensor(*[2.0] * math.prod(sent.shape or ())).raw)
    made = trace(
        snapshot(0, nodes=tuple(NODES.values())),
        ran(1, backward(3, ONE, (arrived,))),
        ran(2, backward(1, arrived, (sent, None), saved=saved)),
        snapshot(3, passes=(ended(root(3)),)),
    )
    facts = node_gradients(made, 2)
    assert facts is not None
    return facts


def accumulated() -> NodeGradients:
    leaf = scalar(1.0, kind="leaf", requires_grad=True)
    filled = replace(leaf, grad=ONE)
    made = trace(
        snapshot(0, tensors={"x": leaf}, nodes=(NODES[2],)),
        ran(1, backward(2, ONE, leaf="x"), tensors={"x": filled}),
    )
    facts = node_gradients(made, 1)
    assert facts is not None
    return facts


def text(rows: Iterable[Row]) -> str:
    return "\n".join(line.text for line in rows)


def both(facts: NodeGradients) -> tuple[str, str]:
    """What the panes and what the plain output say."""
    pane = node_gradient_rows(facts, NAMER, 200)
    plain = [*arrival_rows(facts, NAMER), *sent_rows(facts, NAMER)]
    return text(pane), text([*plain, *changed_after_rows(facts.accumulated)])


@pytest.mark.parametrize("agreement", Agreement)
def test_both_blame_a_hook_where_the_fact_says_so_and_nowhere_else(agreement: Agreement) -> None:
    facts = multiplied()
    (arrival,), (sent,) = facts.arrivals, facts.sent
    before = facts._replace(arrivals=(arrival._replace(agreement=agreement),))
    after = facts._replace(sent=(sent._replace(agreement=agreement),))
    leaf = accumulated()
    assert leaf.accumulated is not None
    filled = leaf._replace(accumulated=leaf.accumulated._replace(agreement=agreement))
    blamed = agreement is Agreement.DIFFERS
    for shown in both(before):
        assert ("a hook changed it before the node ran" in shown) == blamed
    for shown in both(after):
        assert ("but 10 was sent" in shown) == blamed
    for shown in both(filled):
        assert ("a hook changed x.grad" in shown) == blamed


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (scalar(10.5), "10.5 was sent, 0.5 away; rounding explains {allowed}: a hook changed it"),
        (tensor(10.0, 10.5),
         "[10, 10.5] was sent, 0.5 away at one element; rounding explains {allowed}: a hook"
         " changed it"),
        (scalar(10.001),
         "10.001 was sent, 0.001 away; rounding explains {allowed}: a hook changed it, or torch"
         " rounds more coarsely here"),
        (scalar(math.inf), "inf was sent: a hook changed it"),
    ],
    ids=["far", "at one element", "near", "infinite"],
)  # fmt: skip
def test_both_say_how_far_rounding_explains_it(sent: Tensor, shown: str) -> None:
    facts = multiplied(sent)
    assert facts.sent[0].rounding is not None
    expected = shown.format(allowed=f"{facts.sent[0].rounding.allowed:.1g}")
    for text_of_it in both(facts):
        assert text_of_it.splitlines().count(f"  but {expected}") == 1


@pytest.mark.parametrize(
    ("agreement", "how"),
    [
        (Agreement.AGREES, "the sum of"),
        (Agreement.INCOMPLETE, "known of it:"),
        (Agreement.TOO_MANY, "made of"),
        (Agreement.NO_NUMBERS, "made of"),
    ],
)
def test_a_sum_is_claimed_only_where_it_was_added(agreement: Agreement, how: str) -> None:
    facts = multiplied()
    (arrival,) = facts.arrivals
    arrival = arrival._replace(agreement=agreement, parts=arrival.parts * 2, part_count=2)
    assert f"arrives: 2, {how} 2 from" in both(facts._replace(arrivals=(arrival,)))[1]


@pytest.mark.parametrize("more", [0, 1, 99_992])
def test_both_list_the_same_parts_and_count_the_others(more: int) -> None:
    facts = multiplied()
    parts = tuple(Contribution(3, at, 0, scalar(float(at)), True) for at in range(MOST_PARTS))
    (arrival,) = facts.arrivals
    arrival = arrival._replace(parts=parts, part_count=MOST_PARTS + more)
    for shown in both(facts._replace(arrivals=(arrival,))):
        assert shown.count("ExpBackward0") == MOST_PARTS
        assert (f"and {more:,} more" in shown) == (more > 0)


def test_both_say_the_formula_with_its_numbers_and_what_it_was_summed_to() -> None:
    facts = multiplied()
    (sent,) = facts.sent
    assert sent.derivative is not None
    for shown in both(facts):
        assert "grad · other = 2 · 5 = 10" in shown
    derivative = sent.derivative._replace(numbers=None, is_summed=True, is_conjugated=True)
    for shown in both(facts._replace(sent=(sent._replace(derivative=derivative),))):
        assert "summed to the input's shape ()" in shown
        assert "of complex numbers, the conjugate of each factor of grad" in shown


def test_both_say_that_no_formula_is_known() -> None:
    facts = multiplied()
    (sent,) = facts.sent
    unknown = facts._replace(sent=(sent._replace(derivative=None),))
    for shown in both(unknown):
        assert "grad · other" not in shown
        assert "10" in shown
