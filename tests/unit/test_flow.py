"""What arrives at a node, and what it sends: parts and sums, formulas, and what hooks changed."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import backward, ended, node, ran, result_of, root, scalar, snapshot, tensor, trace

from autograd_tutor.analysis.pass_state import moment
from autograd_tutor.analysis.sums import is_other_than_sum, written_sum
from autograd_tutor.recording.model import Backward, Node, Saved, Stats, Tensor
from autograd_tutor.recording.trace import State
from autograd_tutor.render.flow import (
    CONJUGATED,
    arriving_rows,
    changed_after,
    heading,
    leaving_rows,
    named_at,
)
from autograd_tutor.render.rows import Row

ONE = scalar(1.0)


def texts(rows: Sequence[Row]) -> list[str]:
    return [line.text for line in rows]


def complex_scalar(real: float, imag: float) -> Tensor:
    return scalar(0.0, dtype="torch.complex64", raw=struct.pack("<2f", real, imag))


def halves(*values: float) -> Tensor:
    return tensor(*values, dtype="torch.float16", raw=struct.pack(f"<{len(values)}e", *values))


# Sums


@pytest.mark.parametrize(
    ("parts", "total", "said"),
    [
        ((1.0, 2.0), 3.0, "1 + 2 = 3"),
        ((1.0, -2.0), -1.0, "1 + (-2) = -1"),
        ((-1.0, 2.0, 3.0), 4.0, "-1 + 2 + 3 = 4"),
        ((1.0, 0.0234684), 1.0234684, "1 + 0.023468 ≈ 1.0235"),
        ((0.1, 0.2), 0.3, "0.1 + 0.2 = 0.3"),
        ((1.0, math.inf), math.inf, "1 + inf = inf"),
        ((5.0,), 5.0, None),
    ],
)
def test_a_sum_in_numbers(parts: tuple[float, ...], total: float, said: str | None) -> None:
    assert written_sum([scalar(each) for each in parts], scalar(total)) == said


def test_a_sum_of_vectors_and_what_is_not_written_out() -> None:
    pair = tensor(1.0, 2.0)
    assert written_sum([pair, pair], tensor(2.0, 4.0)) == "[1, 2] + [1, 2] = [2, 4]"
    many = tensor(*range(7))
    assert written_sum([many, many], many) is None
    assert written_sum([ONE, None], ONE) is None
    assert written_sum([ONE, ONE], None) is None
    assert written_sum([tensor(1.0), ONE], ONE) is None


@given(st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=1, max_size=6), st.randoms())
def test_rounding_in_whatever_order_is_no_other_sum(terms: list[float], random: object) -> None:
    total = 0.0
    for each in random.sample(terms, len(terms)):  # type: ignore[attr-defined]
        total = struct.unpack("<f", struct.pack("<f", total + each))[0]
    assert not is_other_than_sum([scalar(each) for each in terms], scalar(total))


@pytest.mark.parametrize(
    ("parts", "total"),
    [((1.0, 1.0), 20.0), ((1.0,), 1.5), ((1.0, 2.0), -3.0), ((1.0, 2.0), math.nan)],
)
def test_another_sum(parts: tuple[float, ...], total: float) -> None:
    assert is_other_than_sum([scalar(each) for each in parts], scalar(total))


def test_coarse_numbers_may_lose_what_fine_ones_keep() -> None:
    """2048 is followed by 2050 in float16."""
    assert not is_other_than_sum([halves(2048.0), halves(1.0)], halves(2048.0))
    assert is_other_than_sum([scalar(2048.0), scalar(1.0)], scalar(2048.0))


def test_large_terms_that_cancel_leave_room_for_what_they_swallowed() -> None:
    assert not is_other_than_sum([scalar(1e8), scalar(1.0), scalar(-1e8)], scalar(0.0))


@pytest.mark.parametrize(
    ("parts", "total"),
    [
        ([], ONE),
        ([None], ONE),
        ([ONE], None),
        ([tensor(1.0)], ONE),
        ([halves(1.0)], tensor(2.0)),
        ([scalar(1.0, raw=None)], scalar(2.0)),
        ([scalar(1.0, raw=b"\0")], scalar(2.0)),
        ([complex_scalar(1.0, 0.0)], complex_scalar(2.0, 0.0)),
        ([scalar(math.inf)], ONE),
        ([scalar(3e38), scalar(3e38)], scalar(math.inf)),
    ],
)
def test_where_it_cannot_be_told_nothing_is_claimed(
    parts: list[Tensor | None], total: Tensor | None
) -> None:
    assert not is_other_than_sum(parts, total)


def test_parts_that_were_not_sent_add_nothing() -> None:
    assert not is_other_than_sum([ONE, None], ONE)
    assert is_other_than_sum([ONE, None], scalar(2.0))


# What arrives


def arriving(
    sent: Sequence[Tensor | None],
    arrived: Tensor | None,
    seed: Tensor | None = None,
    width: int = 80,
    **changes: object,
) -> list[str]:
    """Of node 9, which nodes 1, 2, … send something to; with a seed it is a root as well."""
    nodes = [node(9, "ExpBackward0", None)]
    nodes += [node(at, f"N{at}Backward0", 9) for at in range(1, len(sent) + 1)]
    moments = [snapshot(0, nodes=tuple(nodes))]
    moments += [ran(at, backward(at, ONE, (grad,))) for at, grad in enumerate(sent, 1)]
    last = backward(9, arrived, (None,))
    moments.append(ran(len(moments), last))
    roots = [root(at) for at in range(1, len(sent) + 1)]
    if seed is not None:
        roots.append(root(9, "h", seed))
    index = len(moments)
    moments.append(snapshot(index, passes=(ended(*roots, **changes),)))
    made = trace(*moments)
    at = moment(made, index - 1)
    assert at is not None
    return texts(arriving_rows(at, last, named_at(made.nodes, made.state(index - 1)), width))


def test_one_contribution_is_what_arrives() -> None:
    assert arriving([scalar(3.0)], scalar(3.0)) == ["arrives  3"]


def test_several_are_told_one_by_one_and_added_up() -> None:
    assert arriving([scalar(1.0), scalar(5.0)], scalar(6.0)) == [
        "  from N1Backward0  1",
        "  from N2Backward0  5",
        "arrives  1 + 5 = 6",
    ]


def test_a_root_that_is_used_inside_begins_with_its_seed() -> None:
    assert arriving([scalar(6.0)], scalar(7.0), seed=ONE) == [
        "  begins with 1",
        "  from N1Backward0  6",
        "arrives  1 + 6 = 7",
    ]


def test_a_sum_too_long_for_its_row_is_its_result() -> None:
    assert arriving([scalar(1.25), scalar(5.5)], scalar(6.75), width=24)[-1] == "arrives  6.75"


def test_a_consumer_that_sends_nothing_says_so() -> None:
    assert arriving([ONE, None], ONE) == [
        "  from N1Backward0  1",
        "  from N2Backward0  nothing",
        "arrives  1",
    ]


def test_nothing_arrives_where_nothing_was_sent() -> None:
    assert arriving([None], None) == ["arrives  nothing"]


def test_a_hook_that_changed_the_sum_is_told_and_no_equation_is() -> None:
    assert arriving([ONE, ONE], scalar(20.0)) == [
        "  from N1Backward0  1",
        "  from N2Backward0  1",
        "arrives  20",
        "  that is not the sum of what was sent: a hook changed it before the node ran",
    ]


def test_a_hook_that_changed_the_only_contribution() -> None:
    assert arriving([scalar(5.0)], ONE) == [
        "  from N1Backward0  5",
        "arrives  1",
        "  that is not what was sent: a hook changed it before the node ran",
    ]


def test_a_hook_that_changed_the_seed() -> None:
    assert arriving([], scalar(2.0), seed=ONE)[0] == "  begins with 1"


@pytest.mark.parametrize("left_out", ["only 2 of its nodes have a moment"])
def test_where_a_limit_left_out_consumers_no_hook_is_blamed(left_out: str) -> None:
    made = trace(
        snapshot(
            0,
            nodes=(
                node(1, "AddBackward0", 2, 3),
                node(2, "MulBackward0", 3),
                node(3, "ExpBackward0"),
            ),
        ),
        ran(1, backward(1, ONE, (ONE, ONE))),
        ran(2, backward(3, scalar(6.0))),
        snapshot(3, passes=(ended(root(1), left_out=left_out),)),
    )
    at, record = moment(made, 2), made.snapshots[2].backward
    assert at is not None
    assert record is not None
    assert texts(arriving_rows(at, record, named_at(made.nodes, made.state(2)), 80)) == [
        "  from AddBackward0  1",
        "  from MulBackward0  was not recorded",
        "arrives  6",
    ]


def test_a_large_gradient_is_told_by_its_size() -> None:
    stats = Stats(2000, 2000, 0.0, 1.0, 0.5, 0.1, 22.5, 0, 0, ())
    large = tensor(shape=(0,), raw=None, stats=stats)
    assert arriving([large], large) == ["arrives  norm 22.5  (0,)"]


THREE = tensor(0.123456, -0.234567, 0.345678)


def test_few_numbers_that_do_not_fit_beside_their_label_stand_below_it() -> None:
    assert arriving([THREE], THREE, width=43) == ["arrives  [0.12346, -0.23457, 0.34568]  (3,)"]
    assert arriving([THREE], THREE, width=42) == [
        "arrives",
        "  [0.12346, -0.23457, 0.34568]  (3,)",
    ]
    assert arriving([THREE, None], THREE, width=42)[:2] == [
        "  from N1Backward0",
        "    [0.12346, -0.23457, 0.34568]  (3,)",
    ]


def test_few_numbers_are_told_where_no_row_has_room_for_them_all() -> None:
    assert arriving([THREE], THREE, width=19) == [
        "arrives",
        "  [0.12346,",
        "  -0.23457,",
        "  0.34568]  (3,)",
    ]


def test_few_complex_numbers_are_told_in_full_as_well() -> None:
    pair = tensor(0.0, 0.0, dtype="torch.complex64", raw=struct.pack("<4f", 1.25, -2.5, 0.125, 3.0))
    assert arriving([pair], pair, width=30) == [
        "arrives",
        "  [1.2500-2.5000j,",
        "  0.1250+3.0000j]  (2,)",
        "  complex64",
    ]


def test_each_output_receives_its_own() -> None:
    nodes = (
        node(1, "AddBackward0", next=((2, 1), (2, 1), (2, 0))),
        node(2, "UnbindBackward0", None),
    )
    record = backward(2, (scalar(3.0), scalar(2.0), None), (None,))
    made = trace(
        snapshot(0, nodes=nodes),
        ran(1, backward(1, ONE, (ONE, ONE, scalar(3.0)))),
        ran(2, record),
        snapshot(3, passes=(ended(root(1)),)),
    )
    at = moment(made, 2)
    assert at is not None
    assert texts(arriving_rows(at, record, named_at(made.nodes, made.state(2)), 80)) == [
        "arrives at output 0  3",
        "  from AddBackward0  1",
        "  from AddBackward0  1",
        "arrives at output 1  1 + 1 = 2",
        "arrives at output 2  nothing",
    ]


# What leaves


def leaving(
    made: Node, record: Backward, state: State | None = None, width: int = 80, spelled: bool = False
) -> list[str]:
    nodes = {made.id: made, 2: node(2, "AccumulateGrad", variable="x"), 3: node(3, "ExpBackward0")}
    named = named_at(nodes, state or State({}, {}), spelled)
    return texts(leaving_rows(record, made, named, width))


PRODUCT = (Saved("self", scalar(3.0)), Saved("other", scalar(5.0)))


def test_a_formula_with_its_numbers_for_each_input() -> None:
    record = backward(1, scalar(2.0), (scalar(10.0), scalar(6.0)), saved=PRODUCT)
    assert leaving(node(1, "MulBackward0", 2, 3), record) == [
        "→ x as self",
        "  grad · other = 2 · 5 = 10",
        "→ ExpBackward0 as other",
        "  grad · self = 2 · 3 = 6",
    ]


def test_what_a_hook_changed_is_not_called_equal() -> None:
    record = backward(1, scalar(2.0), (scalar(70.0), None), saved=PRODUCT)
    assert leaving(node(1, "MulBackward0", 2, None), record) == [
        "→ x as self",
        "  grad · other = 2 · 5 = 10",
        "  but 70 was sent: a hook changed it, or rounding",
    ]


def test_an_input_that_receives_nothing() -> None:
    record = backward(1, scalar(2.0), (scalar(10.0), None), saved=PRODUCT)
    assert leaving(node(1, "MulBackward0", 2, 3), record)[-2:] == [
        "→ ExpBackward0 as other",
        "  nothing is sent",
    ]


def test_fewer_gradients_than_inputs_are_none() -> None:
    record = backward(1, scalar(2.0), (), saved=PRODUCT)
    assert leaving(node(1, "MulBackward0", 2, 3), record)[1] == "  nothing is sent"


def test_an_unknown_operation_says_so_and_what_it_sent() -> None:
    record = backward(1, ONE, (scalar(4.0),))
    assert leaving(node(1, "NobodyKnowsBackward0", 2), record) == [
        "No formula is known here for NobodyKnowsBackward0.",
        "→ x",
        "  4",
    ]


def test_where_no_formula_is_simple_a_sentence_says_what_is_done() -> None:
    record = backward(1, ONE, (scalar(4.0),))
    assert leaving(node(1, "LinalgQrBackward0", 2), record) == [
        "There is no simple formula. It solves a triangular system with R for a mixture",
        "of the gradients of Q and R.",
        "→ x",
        "  4",
    ]


def test_a_function_of_ones_own_is_no_riddle() -> None:
    record = backward(1, ONE, (scalar(4.0),))
    assert leaving(node(1, "DoubleBackward", 2, custom=True), record)[0] == (
        "DoubleBackward is a Function written in Python; its backward() is the formula."
    )


def test_a_formula_without_numbers_stands_beside_what_was_sent() -> None:
    many, one = tensor(*[2.0] * 8), tensor(*[1.0] * 8)
    record = backward(1, one, (many, None), saved=(Saved("other", many),))
    assert leaving(node(1, "MulBackward0", 2, None), record) == [
        "→ x as self",
        "  grad · other",
        "  = norm 5.66  (8,)",
    ]


def test_a_sum_over_what_was_broadcast_is_told() -> None:
    many = tensor(*[1.0] * 8)
    record = backward(1, many, (scalar(8.0), None), saved=(Saved("other", many),))
    assert leaving(node(1, "MulBackward0", 2, None), record, width=36) == [
        "→ x as self",
        "  grad · other",
        "  summed to the input's shape ()",
        "  = 8",
    ]


@pytest.mark.parametrize(
    "name",
    ["AddmmBackward0", "AddmvBackward0", "AddrBackward0", "AddbmmBackward0", "BaddbmmBackward0"],
)
def test_the_input_that_is_added_to_a_product_is_broadcast_and_its_factors_are_not(
    name: str,
) -> None:
    arrived = tensor(*[0.5] * 32, shape=(4, 8))
    bias, factor = tensor(*[2.0] * 8), tensor(*[1.0] * 12, shape=(4, 3))
    record = backward(1, arrived, (bias, factor, None), saved=(Saved("beta", "1"),))
    rows = leaving(node(1, name, 2, 3, None), record)
    assert rows[:4] == [
        "→ x as self",
        "  grad",
        "  summed to the input's shape (8,)",
        "  = norm 5.66  (8,)",
    ]
    assert not any("summed" in text for text in rows[4:])


def test_a_slope_for_each_channel_is_broadcast() -> None:
    arrived, slopes = tensor(*[0.5] * 32, shape=(4, 8)), tensor(*[2.0] * 8, shape=(1, 8))
    record = backward(1, arrived, (None, slopes))
    rows = leaving(node(1, "PreluKernelBackward0", None, 2), record)
    assert rows[2] == "  summed to the input's shape (1, 8)"


def test_an_input_that_has_the_shape_of_grad_is_not_summed() -> None:
    many = tensor(*[0.5] * 8)
    record = backward(1, many, (many, None, None), saved=(Saved("beta", "1"),))
    assert leaving(node(1, "AddmmBackward0", 2, None, None), record)[1:] == [
        "  grad",
        "  = norm 1.41  (8,)",
    ]


def test_of_complex_numbers_conjugates_are_mentioned() -> None:
    sent, other = complex_scalar(1.0, 2.0), complex_scalar(1.0, -2.0)
    record = backward(1, complex_scalar(1.0, 0.0), (sent, None), saved=(Saved("other", other),))
    assert leaving(node(1, "MulBackward0", 2, None), record) == [
        "→ x as self",
        "  grad · other",
        "  = 1.+2.j",
        f"  {CONJUGATED}",
    ]


def test_formulas_are_spelled_for_a_terminal_without_signs() -> None:
    record = backward(1, scalar(2.0), (scalar(10.0), None), saved=PRODUCT)
    spelled = leaving(node(1, "MulBackward0", 2, None), record, spelled=True)
    assert spelled[1] == "  grad * other = 2 * 5 = 10"


# Names


def test_of_several_outputs_the_one_that_receives_is_named() -> None:
    state = State({"p": result_of(4, 1.0), "q": result_of(4, 1.0, output_nr=1)}, {})
    named = named_at({4: node(4, "SplitBackward0", variable="p")}, state)
    assert (named.output((4, 0)), named.output((4, 1))) == ("p", "q")
    assert named.output((4, 2)) == "output 2 of SplitBackward0"


def test_an_output_is_not_called_by_the_name_of_another_one() -> None:
    named = named_at(
        {4: node(4, "SplitBackward0", variable="q")},
        State({"q": result_of(4, 1.0, output_nr=1)}, {}),
    )
    assert named.output((4, 0)) == "output 0 of SplitBackward0"


def test_a_variable_that_stands_for_something_else_now_is_an_earlier_one() -> None:
    first = node(4, "TanhBackward0", variable="h")
    leaf = node(5, "AccumulateGrad", variable="h")
    named = named_at({4: first, 5: leaf}, State({"h": result_of(6, 1.0)}, {}))
    assert named.called(4) == "earlier h"
    assert named.called(5) == "earlier h"
    assert named_at({5: leaf}, State({"h": ONE}, {})).called(5) == "h"


def test_a_node_that_was_not_recorded_has_no_name() -> None:
    assert named_at({}, State({}, {})).output((1, 0)) == "a node that was not recorded"


@given(st.text(min_size=1, max_size=60), st.integers(20, 120))
def test_a_heading_fits_whatever_the_name(name: str, width: int) -> None:
    made = node(1, "MulBackward0", variable=name)
    rows = heading(made, named_at({1: made}, State({}, {})), width)
    assert all(line.width <= width for line in rows)
    assert rows[0].text.startswith("●")


# What becomes of a `.grad`


@pytest.mark.parametrize(
    ("was", "now", "changed"),
    [
        (None, 5.0, False),
        (3.0, 8.0, False),
        (3.0, 5.0, True),
        (None, 4.0, True),
        (None, None, True),
    ],
)
def test_a_gradient_that_is_not_what_was_added(
    was: float | None, now: float | None, changed: bool
) -> None:
    record = backward(1, scalar(5.0), leaf="w")
    before, after = (None if each is None else scalar(each) for each in (was, now))
    assert changed_after(record, before, after) == changed


def test_where_nothing_arrived_nothing_is_claimed() -> None:
    assert not changed_after(backward(1, None, leaf="w"), None, None)
    assert not changed_after(backward(1, (), leaf="w"), None, None)
