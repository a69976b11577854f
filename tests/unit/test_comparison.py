"""Two moments side by side: what differs, and how it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from made import node, parameter, result_of, scalar, snapshot, tensor, trace

from autograd_tutor.analysis.comparison import Side, compare, corresponding
from autograd_tutor.limits.lessons import COMPARED_NODES
from autograd_tutor.recording.followed import Sources
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.comparison import comparison_listing
from autograd_tutor.render.heat import Marks


def run(code: str = "w = p\nloss = w * w\n", **last: Any) -> Trace:
    return trace(snapshot(0), snapshot(1, **last), code=code)


def at_end(run: Trace) -> Side:
    return Side(run, len(run) - 1)


def shown(left: Trace, right: Trace, width: int = 100, by_seed: bool = False) -> list[str]:
    found = compare(at_end(left), at_end(right), None)
    listing = comparison_listing(
        found, (("before", "line 1"), ("now", "line 2")), by_seed, Marks.COLOURS, width
    )
    assert all(line.width <= width for line in listing.rows)
    return [line.text.rstrip() for line in listing.rows]


def test_two_runs_that_are_alike_differ_in_nothing() -> None:
    both = [run(tensors={"w": parameter(1.0, grad=tensor(2.0))}) for _ in range(2)]
    found = compare(*map(at_end, both), None)
    assert not any(pair.differs for pair in (*found.code, *found.values, *found.gradients))
    assert shown(*both)[3] == "  Nothing differs."
    assert shown(*both)[-1] == "  Alike: 2 lines, 1 value, 1 gradient"
    assert "or sets a seed of its own." in shown(*both, by_seed=True)[3]


def test_lines_of_code_have_the_numbers_of_the_file_that_they_are_in() -> None:
    """As in the pane of the code, and at the head of either side."""
    left, right = (
        Trace(2, code, sources={2: Sources(code, first)})
        for code, first in (("w = 1\nloss = w\n", 19), ("w = 1\nw += 1\nloss = w * w\n", 20))
    )
    left.add(snapshot(0))
    right.add(snapshot(0))
    found = compare(Side(left, 0), Side(right, 0), None).code
    assert [(pair.left, pair.right) for pair in found] == [
        (19, 20),
        (20, None),
        (None, 21),
        (None, 22),
    ]
    assert "  +  22 loss = w * w" in shown(left, right)


def test_a_tensor_that_is_another_object_with_the_same_numbers_is_alike() -> None:
    left, right = (run(tensors={"w": scalar(1.0, identity=number)}) for number in (3, 8))
    (pair,) = compare(at_end(left), at_end(right), None).values
    assert not pair.differs


def test_values_that_differ_come_with_the_largest_difference() -> None:
    left = run(tensors={"w": tensor(1.0, 2.0), "v": scalar(1.0)}, values={"n": "3"})
    right = run(tensors={"w": tensor(1.5, 0.0), "v": scalar(1.0)}, values={"n": "4", "m": "1"})
    found = {pair.name: pair for pair in compare(at_end(left), at_end(right), None).values}
    assert (found["w"].differs, found["w"].largest) == (True, 2.0)
    assert not found["v"].differs
    assert (found["n"].left, found["n"].right, found["n"].differs) == ("3", "4", True)
    assert (found["m"].left, found["m"].right, found["m"].differs) == (None, "1", True)
    text = "\n".join(shown(left, right))
    for words in ("[1, 2]", "[1.5, 0]", "by up to 2", "▸ n", "▸ m"):
        assert words in text


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (tensor(1.0, 2.0), tensor(1.0, 2.0, shape=(2, 1))),
        (scalar(1.0), scalar(1.0, dtype="torch.float64", raw=b"\0" * 6 + b"\xf0\x3f")),
        (scalar(1.0), parameter(1.0)),
        (scalar(1.0), scalar(float("nan"))),
    ],
)
def test_shape_dtype_and_kind_count(here: Any, there: Any) -> None:
    (pair,) = compare(
        at_end(run(tensors={"w": here})), at_end(run(tensors={"w": there})), None
    ).values
    assert pair.differs
    assert shown(run(tensors={"w": here}), run(tensors={"w": there}))


def test_gradients_are_compared_with_none_as_well() -> None:
    grads = (None, tensor(1.0), tensor(3.0))
    left, right = (
        run(tensors={n: parameter(0.0, grad=g) for n, g in zip("abc", each, strict=True)})
        for each in (grads, (tensor(1.0), tensor(1.0), tensor(2.5)))
    )
    found = compare(at_end(left), at_end(right), None).gradients
    assert [(pair.name, pair.differs, pair.largest) for pair in found] == [
        ("a", True, None),
        ("b", False, None),
        ("c", True, 0.5),
    ]
    text = "\n".join(shown(left, right))
    assert "a.grad" in text
    assert "b.grad" not in text
    assert "Alike: 2 lines, 3 values, 1 gradient" in text


def test_graphs_are_compared_node_by_node() -> None:
    leaf = node(1, "AccumulateGrad", variable="w")
    left = run(nodes=(leaf, node(2, "MulBackward0", 1, 1)), tensors={"loss": result_of(2, 1.0)})
    right = run(
        nodes=(leaf, node(2, "MulBackward0", 1, 1), node(3, "ExpBackward0", 2)),
        tensors={"loss": result_of(3, 1.0)},
    )
    nodes = compare(at_end(left), at_end(right), None).nodes
    assert nodes is not None
    assert [(pair.name, pair.left is None, pair.right is None) for pair in nodes] == [
        ("ExpBackward0", True, False),
        ("MulBackward0", False, False),
        ("AccumulateGrad", False, False),
    ]
    rows = shown(left, right)
    assert any("–" in line and "● ExpBackward0" in line for line in rows)
    left = run(tensors={"loss": scalar(1.0)})
    assert any("◆ w AccumulateGrad" in line for line in shown(left, right))


def test_large_graphs_are_compared_by_their_operations() -> None:
    def chain(length: int) -> Trace:
        nodes = [node(1, "AccumulateGrad", variable="w")]
        nodes += [node(at, "MulBackward0", at - 1) for at in range(2, length + 1)]
        return run(nodes=tuple(nodes), tensors={"loss": result_of(length, 1.0)})

    found = compare(at_end(chain(5)), at_end(chain(COMPARED_NODES + 1)), None)
    assert found.nodes is None
    assert [(pair.name, pair.left, pair.right, pair.differs) for pair in found.operations] == [
        ("MulBackward0", 4, COMPARED_NODES, True),
        ("AccumulateGrad", 1, 1, False),
    ]


def test_code_is_a_diff() -> None:
    left, right = run(code="a = 1\nb = 2\nc = 3\n"), run(code="a = 1\nb = 20\nc = 3\nd = 4\n")
    lines = shown(left, right)
    assert lines[lines.index("Code") + 1 :][:3] == [
        "  -   2 b = 2",
        "  +   2 b = 20",
        "  +   4 d = 4",
    ]
    assert lines[-1] == "  Alike: 2 lines"


@dataclass
class Loop:
    """A loop of two lines: line 1 is its head."""

    turns: int
    first: int = 1

    def trace(self, code: str) -> Trace:
        lines = [self.first + at for _ in range(self.turns) for at in (0, 1)]
        moments = [snapshot(at + 1, line=line) for at, line in enumerate(lines)]
        return trace(snapshot(0), *moments, code=code)


def test_a_moment_stands_for_the_same_visit_of_the_same_line() -> None:
    loop = "for i in r:\n    x = i\n"
    left, right = Loop(3).trace(loop), Loop(3, first=2).trace("# new\n" + loop)
    assert corresponding(left, right) == list(range(7))
    shorter = Loop(2).trace(loop)
    assert corresponding(shorter, right) == [0, 1, 2, 3, 4, 4, 4]


def test_a_line_that_is_new_stands_beside_the_moment_before_it() -> None:
    left = trace(*map(snapshot, range(3)), code="a = 1\nc = 3\n")
    right = trace(*map(snapshot, range(4)), code="a = 1\nb = 2\nc = 3\n")
    assert corresponding(left, right) == [0, 1, 1, 2]
    assert corresponding(right, left) == [0, 1, 3]


@pytest.mark.parametrize("width", [20, 40, 60, 200])
def test_nothing_is_wider_than_the_pane_or_steers_the_terminal(width: int) -> None:
    evil = "\x1b]0;x\x07"
    left = run(tensors={f"w{evil}" * 9: tensor(*range(400))}, values={evil: evil}, code=evil)
    right = run(tensors={f"w{evil}" * 9: tensor(*range(1, 401))}, values={evil: "1"})
    lines = shown(left, right, width)
    assert all(line.isprintable() for line in lines)


def test_an_edited_line_stands_for_the_one_in_its_place() -> None:
    left = trace(*map(snapshot, range(3)), code="a = 1\nb = 2\n")
    right = trace(*map(snapshot, range(4)), code="a = 10\nb = 2\nc = 3\n")
    assert corresponding(left, right) == [0, 1, 2, 2]
