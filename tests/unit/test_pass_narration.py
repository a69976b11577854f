"""Backward passes in sentences."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from made import (
    backward,
    doubled,
    ended,
    node,
    ran,
    result_of,
    root,
    scalar,
    snapshot,
    tensor,
    trace,
)
from msgspec.structs import replace

from autograd_tutor.recording.model import Pass, Saved, Snapshot, Stats, Tensor
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.narration import snapshot_rows
from autograd_tutor.render.pass_narration import pass_rows
from autograd_tutor.render.rows import Row

ONE = scalar(1.0)
LEAF = scalar(1.0, kind="leaf", requires_grad=True)
NODES = (
    node(1, "MulBackward0", 2, None, variable="y", line=2),
    node(2, "AccumulateGrad", variable="x", line=2),
)


def words(rows: Iterable[Row]) -> str:
    return "\n".join(line.text for line in rows)


def text_of(made: Trace, index: int, since: int | None = None) -> str:
    return words(snapshot_rows(made, index, since))


def walk(*moments: Snapshot, passes: tuple[Pass, ...] = (ended(root(1, "y")),)) -> Trace:
    """A start with y = x · other, these moments, and the line that asked for the pass."""
    start = snapshot(0, tensors={"x": LEAF}, nodes=NODES)
    last = snapshot(len(moments) + 1, line=3, passes=passes)
    return trace(start, *moments, last, code="x = one()\ny = x * 5\ny.backward()\n")


def test_two_sums_node_by_node() -> None:
    made = doubled()
    assert [text_of(made, index) for index in (4, 5, 6, 7)] == [
        "Backward 1, node 1: AddBackward0 of c, made by line 3\n"
        "  arrives: 1\n"
        "  saved: alpha 1\n"
        "  sends to b: grad = 1\n"
        "  sends to b: grad = 1",
        "Backward 1, node 2: AddBackward0 of b, made by line 2\n"
        "  arrives: 2, the sum of 1 from c and 1 from c\n"
        "  saved: alpha 1\n"
        "  sends to a: grad = 2\n"
        "  sends to a: grad = 2",
        "Backward 1, node 3: AccumulateGrad of a, first used by line 2\n"
        "  arrives: 4, the sum of 2 from b and 2 from b\n"
        "  a.grad was None, is now tensor(4.)",
        "Line 4: c.backward()\n  backward pass 1 from c: 3 nodes ran; a.grad filled",
    ]


def test_without_the_nodes_the_line_has_the_gradient() -> None:
    assert text_of(doubled(), 7, since=4) == (
        "Line 4: c.backward()\n"
        "  backward pass 1 from c: 3 nodes ran; a.grad filled\n"
        "  a.grad was None, is now tensor(4.)"
    )


def test_a_gradient_is_not_said_twice() -> None:
    assert "a.grad was" not in text_of(doubled(), 7)


def test_what_a_node_saved() -> None:
    saved = (
        Saved("other", scalar(5.0), "w"),
        Saved("self", "None"),
        Saved("alpha", "1"),
        Saved("mask", tensor(1.0, 0.0)),
    )
    made = walk(ran(1, backward(1, ONE, (scalar(5.0), None), saved=saved, note="one is freed")))
    assert (
        "  saved: other, which is w, 5; alpha 1; mask [1, 0] of shape (2,); one is freed"
        in text_of(made, 1).splitlines()
    )


def test_of_sizes_that_torch_saves_only_shapes_are_given_in_plain_words() -> None:
    saved = (
        Saved("mat2_sym_sizes", "(1, 1)"),
        Saved("mat2_sym_strides", "(1, 1)"),
        Saved("self_sym_argsize_minus_1", "1"),
        Saved("self_sym_strides", "()"),
    )
    made = walk(ran(1, backward(1, ONE, (None, None), saved=saved)))
    assert "  saved: shape of mat2 (1, 1)" in text_of(made, 1).splitlines()
    made = walk(ran(1, backward(1, ONE, (None, None), saved=saved[1:])))
    assert "saved" not in text_of(made, 1)


def test_of_many_things_that_a_node_saved_the_first_are_named() -> None:
    saved = tuple(Saved(f"tensors[{place}]", ONE) for place in range(72))
    made = walk(ran(1, backward(1, ONE, (None, None), saved=saved)))
    (line,) = [text for text in text_of(made, 1).splitlines() if "saved" in text]
    assert line.endswith("; tensors[5] 1; and 66 more")


def test_a_hook_that_changed_what_arrives() -> None:
    made = walk(
        ran(1, backward(1, ONE, (scalar(5.0), None), saved=(Saved("other", scalar(5.0)),))),
        ran(2, backward(2, ONE, leaf="x"), tensors={"x": replace(LEAF, grad=ONE)}),
    )
    assert text_of(made, 2) == (
        "Backward 1, node 2: AccumulateGrad of x, first used by line 2\n"
        "  arrives: 1\n"
        "  that is not what was sent, 5 from y: a hook changed it before the node ran\n"
        "  x.grad was None, is now tensor(1.)"
    )


def test_a_hook_that_changed_what_was_sent() -> None:
    saved = (Saved("other", scalar(5.0)),)
    made = walk(ran(1, backward(1, ONE, (scalar(35.0), None), saved=saved)))
    assert text_of(made, 1).splitlines()[-2:] == [
        "  sends to x: grad · other = 1 · 5 = 5",
        "  but 35 was sent, 30 away; rounding explains 2e-05: a hook changed it",
    ]


def test_a_hook_that_took_the_gradient_away() -> None:
    made = walk(ran(1, backward(2, scalar(5.0), leaf="x")), passes=(ended(root(2), nodes=1),))
    assert text_of(made, 1).splitlines()[-1] == "  a hook changed x.grad when the node had run"
    assert "filled" not in text_of(made, 2)


def test_a_seed_is_part_of_the_sum() -> None:
    made = walk(
        ran(1, backward(1, ONE, (scalar(5.0), None))),
        ran(2, backward(2, scalar(6.0), leaf="x")),
        passes=(ended(root(1, "y"), root(2, "x")),),
    )
    assert "  arrives: 6, the sum of 1 to begin with and 5 from y" in text_of(made, 2)
    assert "backward pass 1 from y and x" in text_of(made, 3)


def test_each_output_has_a_line() -> None:
    nodes = (
        node(1, "AddBackward0", next=((2, 1), (2, 0))),
        node(2, "SplitBackward0", None, variable="p"),
    )
    tensors = {"p": result_of(2, 1.0), "q": result_of(2, 1.0, output_nr=1)}
    made = trace(
        snapshot(0, nodes=nodes, tensors=tensors),
        ran(1, backward(1, ONE, (ONE, scalar(2.0)))),
        ran(2, backward(2, (scalar(2.0), ONE))),
        snapshot(3, passes=(ended(root(1)),)),
    )
    assert "  sends to q: grad = 1\n  sends to p: grad" in text_of(made, 1)
    assert "  arrives at output 0: 2\n  arrives at output 1: 1" in text_of(made, 2)


def test_a_node_that_was_not_recorded() -> None:
    made = trace(snapshot(0), ran(1, backward(9, ONE)))
    assert text_of(made, 1) == "Backward 1, node 1: node 9"


def test_a_node_of_an_earlier_step() -> None:
    made = Trace(1, "y.backward()", nodes={1: node(1, "ExpBackward0", line=4)})
    made.add(ran(0, backward(1, ONE)))
    assert text_of(made, 0).startswith(
        "Backward 1, node 1: ExpBackward0, made by line 4 of step 1\n  arrives: 1"
    )


def test_what_a_hook_printed() -> None:
    made = walk(ran(1, backward(1, ONE, (None, None)), stdout="seen\n"))
    assert text_of(made, 1).splitlines()[1:3] == ["  prints:", "    seen"]


def test_large_gradients_are_shown_by_elements_shape_and_norm() -> None:
    large = tensor(shape=(0,), raw=None, shown="tensor([1., ..., 1.])")
    made = walk(ran(1, backward(1, large, (None, None))))
    assert "  arrives: tensor([1., ..., 1.]) of shape (0,)" in text_of(made, 1)


def large(shape: tuple[int, ...], norm: float) -> Tensor:
    stats = Stats(2000, 2000, 0.0, 1.0, 0.5, 0.1, norm, 0, 0, ())
    shown = "tensor([0., ..., 0.])"
    return replace(scalar(0.0), shape=shape, raw=None, shown=shown, stats=stats)


@pytest.mark.parametrize("name", ["AddmmBackward0", "AddBackward0"])
def test_a_large_gradient_that_was_summed_over_the_batch_says_so(name: str) -> None:
    nodes = node(1, name, 2, None, variable="y", line=2), NODES[1]
    sent = large((1600,), 2.3e-6)
    settings = Saved("beta", "1"), Saved("alpha", "1")
    record = backward(1, large((32, 1600), 0.5), (sent, None), saved=settings)
    made = trace(snapshot(0, nodes=nodes), ran(1, record))
    (line,) = [text for text in text_of(made, 1).splitlines() if "sends" in text]
    assert line.startswith(
        "  sends to x: grad, summed to the input's shape (1600,) = 0 … 1  mean 0.5"
    )
    assert line.endswith("of shape (1600,), norm 2.3e-06")


# A pass in one line


def passed(one: Pass, *moments: Snapshot) -> str:
    made = walk(*moments, passes=(one,))
    return words(pass_rows(made, len(made) - 1, one))


def test_a_pass_through_one_node() -> None:
    assert passed(ended(root(1, "y"), nodes=1)) == "  backward pass 1 from y: 1 node ran"


def limited_to(count: int) -> str:
    one = ended(root(1, "y"), nodes=1, inputs=tuple(f"w{place}" for place in range(count)))
    return passed(one, ran(1, backward(1, ONE, (None, None)))).partition("limited to ")[2]


def test_of_many_names_six_are_named_and_the_others_counted() -> None:
    assert limited_to(72) == "w0, w1, w2, w3, w4, w5 and 66 more"
    assert limited_to(8) == "w0, w1, w2, w3, w4, w5 and 2 more"
    assert limited_to(7) == "w0, w1, w2, w3, w4, w5 and w6"


def test_a_pass_for_gradients_that_are_returned() -> None:
    one = ended(root(1, "y"), function="grad", nodes=2, inputs=("x", "w"), retain_graph=True)
    assert passed(one) == (
        "  grad pass 1 from y: 2 nodes ran; limited to x and w; the graph is kept"
    )


def test_a_root_without_a_name() -> None:
    assert "from a tensor without a name:" in passed(ended(root(1)))


def test_a_pass_that_was_left_out_says_why() -> None:
    assert passed(ended(call=2, left_out="there is no room")) == (
        "  backward pass 2: there is no room"
    )


def test_a_pass_of_which_a_part_was_left_out() -> None:
    one = ended(root(1, "y"), nodes=1, left_out="only 1 of its nodes has a moment")
    assert passed(one, ran(1, backward(1, ONE, (None, None)))) == (
        "  backward pass 1 from y: 1 node ran; only 1 of its nodes has a moment"
    )


def test_a_pass_that_raised_says_where() -> None:
    one = ended(root(1, "y"), nodes=1, failed=2)
    assert passed(one, ran(1, backward(1, ONE, (None, None)))).splitlines()[1] == (
        "  it raised an error at AccumulateGrad of x, first used by line 2"
    )
    assert passed(ended(failed=77)).endswith("  it raised an error at a node that was not recorded")


def test_two_passes_of_one_line_are_two_lines() -> None:
    made = walk(passes=(ended(root(1, "y")), ended(root(1, "y"), call=2)))
    assert text_of(made, 1).splitlines()[1:] == [
        "  backward pass 1 from y: 0 nodes ran",
        "  backward pass 2 from y: 0 nodes ran",
    ]


def test_the_place_of_a_node_is_found_without_counting() -> None:
    """100,000 nodes are shown one by one; a search of each from the start would take minutes."""

    class Walk(list[int]):
        def index(self, *_: object) -> int:  # type: ignore[override]
            raise AssertionError

        def __iter__(self) -> object:  # type: ignore[override]
            raise AssertionError

    made = doubled()
    made.pass_snapshots[1] = Walk(made.pass_snapshots[1])
    assert text_of(made, 6).startswith("Backward 1, node 3: ")
