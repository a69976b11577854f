"""What nodes and their outputs are called."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from made import node, result_of, scalar

from autograd_tutor.analysis.names import NodeName, name_of
from autograd_tutor.recording.trace import State
from autograd_tutor.render.node_names import heading, namer_at, no_formula, no_formula_rows, origin


def test_of_several_outputs_the_one_that_receives_is_named() -> None:
    state = State({"p": result_of(4, 1.0), "q": result_of(4, 1.0, output_nr=1)}, {})
    namer = namer_at({4: node(4, "SplitBackward0", variable="p")}, state)
    assert (namer.output((4, 0)), namer.output((4, 1))) == ("p", "q")
    assert namer.output((4, 2)) == "output 2 of SplitBackward0"


def test_an_output_is_not_called_by_the_name_of_another_one() -> None:
    namer = namer_at(
        {4: node(4, "SplitBackward0", variable="q")},
        State({"q": result_of(4, 1.0, output_nr=1)}, {}),
    )
    assert namer.output((4, 0)) == "output 0 of SplitBackward0"


def test_a_variable_that_stands_for_something_else_now_is_an_earlier_one() -> None:
    first = node(4, "TanhBackward0", variable="h")
    leaf = node(5, "AccumulateGrad", variable="h")
    namer = namer_at({4: first, 5: leaf}, State({"h": result_of(6, 1.0)}, {}))
    assert namer.node(4) == "earlier h"
    assert namer.node(5) == "earlier h"
    assert name_of(first, {}, {"h": result_of(6, 1.0)}) == NodeName("h", is_earlier=True)
    assert name_of(first, {}, {}) == name_of(first, {4: "h"}, {}) == NodeName("h")
    assert namer_at({5: leaf}, State({"h": scalar(1.0)}, {})).node(5) == "h"


def test_a_node_that_was_not_recorded_has_no_name() -> None:
    assert namer_at({}, State({}, {})).output((1, 0)) == "a node that was not recorded"


@given(st.text(min_size=1, max_size=60), st.integers(20, 120))
def test_a_heading_fits_whatever_the_name(name: str, width: int) -> None:
    made = node(1, "MulBackward0", variable=name)
    rows = heading(made, namer_at({1: made}, State({}, {})), width)
    assert all(line.width <= width for line in rows)
    assert rows[0].text.startswith("●")


def test_the_node_of_a_leaf_is_made_when_the_leaf_is_first_used() -> None:
    assert origin(node(1, "AccumulateGrad")) == "first used by"
    assert origin(node(1, "MulBackward0")) == "made by"


def test_where_no_formula_is_simple_a_sentence_says_what_is_done() -> None:
    assert no_formula(node(1, "LinalgQrBackward0", 2)) == (
        "There is no simple formula. It solves a triangular system with R for a mixture of the "
        "gradients of Q and R."
    )
    assert no_formula(node(1, "MulBackward0", 2)) is None


def test_an_unknown_operation_says_so() -> None:
    made = node(1, "NobodyKnowsBackward0", 2)
    assert no_formula(made) == "No formula is known here for NobodyKnowsBackward0."
    assert [line.text for line in no_formula_rows(made, 80)] == [no_formula(made)]
    assert no_formula_rows(node(1, "MulBackward0", 2), 80) == []


def test_a_function_of_ones_own_is_no_riddle() -> None:
    assert no_formula(node(1, "DoubleBackward", 2, custom=True)) == (
        "DoubleBackward is a Function written in Python; its backward() is the formula, which V "
        "(verify) checks."
    )


def test_formulas_are_spelled_for_a_terminal_without_signs() -> None:
    assert namer_at({}, State({}, {}), ascii_only=True).formula("grad · x²") == "grad * x^2"
    assert namer_at({}, State({}, {})).formula("grad · x²") == "grad · x²"
