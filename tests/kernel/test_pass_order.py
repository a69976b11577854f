"""The nodes of a backward pass are recorded as torch's engine runs them, one snapshot each."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from pass_oracle import backwards, engine_order, name_of, order, passes, seen, walked
from pass_programs import examples, programs
from pass_snippets import PASSES
from recorded import Record

from autograd_tutor.recording.timeline import Timeline

pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")


NESTED = ("a pass inside of a hook", "checkpoints")
"""Passes that no line asks for but a node: they lie deeper than its own pass."""


@pytest.mark.parametrize("name", PASSES)
def test_nodes_are_recorded_in_the_order_in_which_the_engine_runs_them(
    record: Record, name: str
) -> None:
    recorded = record(PASSES[name])
    assert recorded.result.ok, recorded.result.error
    assert recorded.result.truncated is None
    assert len(order(recorded)) > 0
    assert order(recorded) == engine_order(PASSES[name])


@examples
@given(code=programs())
def test_random_programs_are_recorded_in_the_order_of_the_engine(record: Record, code: str) -> None:
    assert order(record(code)) == engine_order(code)


@pytest.mark.parametrize("name", PASSES)
def test_a_node_has_one_snapshot_in_each_pass(record: Record, name: str) -> None:
    recorded = record(PASSES[name])
    ran = [(backward.call, backward.node) for backward in backwards(recorded)]
    assert len(set(ran)) == len(ran)
    assert Counter({each.call: each.nodes for each in passes(recorded)}) == Counter(
        call for call, _ in ran
    )


@pytest.mark.parametrize("name", PASSES)
def test_passes_are_numbered_by_when_they_begin(record: Record, name: str) -> None:
    recorded = record(PASSES[name])
    began = list(dict.fromkeys(seen_pass.call for seen_pass in seen(PASSES[name])))
    assert list(dict.fromkeys(backward.call for backward in backwards(recorded))) == began
    found = sorted(passes(recorded), key=lambda each: each.call)
    assert [each.call for each in found if each.nodes] == began
    assert [each.call for each in found] == list(range(1, len(found) + 1))
    assert {(each.left_out, each.failed) for each in found} == {(None, None)}


@pytest.mark.parametrize("name", PASSES)
def test_nodes_lie_deeper_than_the_line_that_asked_for_the_pass(record: Record, name: str) -> None:
    recorded = record(PASSES[name])
    lines: dict[int, tuple[int, int, str]] = {}
    for snapshot in recorded.snapshots:
        for ended in snapshot.passes:
            lines[ended.call] = (snapshot.line, snapshot.depth + 1, snapshot.function)
    assert lines
    for snapshot in walked(recorded):
        assert snapshot.backward is not None
        line, depth, function = lines[snapshot.backward.call]
        assert (snapshot.line, snapshot.function) == (line, function)
        nested = name in NESTED and snapshot.backward.call > 1
        assert snapshot.depth >= depth if nested else snapshot.depth == depth


def test_a_jacobian_is_one_pass_for_each_of_its_rows(record: Record) -> None:
    recorded = record(
        "x = torch.rand(3)\ngot = torch.autograd.functional.jacobian(lambda t: t.sin() * t, x)\n"
    )
    assert [each.function for each in passes(recorded)] == ["grad"] * 3
    ran = [list(recorded.recording.traces[0].ran[call]) for call in (1, 2, 3)]
    assert len({tuple(nodes[-2:]) for nodes in ran}) == 1  # each row has a root of its own


def test_the_timeline_goes_into_a_pass_from_its_line_and_out_to_it_again(record: Record) -> None:
    recorded = record(PASSES["a polynomial"])
    timeline = Timeline(recorded.recording.traces[0])
    timeline.last()
    line = timeline.index
    assert timeline.into()
    walk = [timeline.backward]
    while timeline.forward() and timeline.backward is not None:
        walk.append(timeline.backward)
    assert walk == backwards(recorded)
    assert timeline.index == line
    assert timeline.into()
    assert timeline.last()
    while timeline.backward is not None:
        assert timeline.backward == walk.pop()
        assert timeline.back()
    assert walk == []
    assert timeline.into()
    assert timeline.out()
    assert timeline.index == line


def test_the_timeline_comes_to_either_end_of_a_pass(record: Record) -> None:
    recorded = record(PASSES["the graph is retained"])
    timeline = Timeline(recorded.recording.traces[0])
    timeline.last()
    timeline.into()
    assert timeline.last()
    assert timeline.pass_position is not None
    assert (timeline.pass_position.call, timeline.pass_position.calls) == (3, 3)
    assert timeline.pass_position.node == timeline.pass_position.nodes == 3
    assert timeline.first()
    assert timeline.pass_position is not None
    assert timeline.pass_position.node == 1


def test_lines_of_a_custom_backward_lie_inside_of_its_node(record: Record) -> None:
    recorded = record(
        "class F(torch.autograd.Function):\n"
        "    @staticmethod\n    def forward(ctx, x):\n        return x * 2\n"
        "    @staticmethod\n    def backward(ctx, g):\n        h = g * 2\n        return h\n"
        "x = torch.ones(2, requires_grad=True)\n"
        "y = F.apply(x).sum()\ny.backward()\n"
    )
    timeline = Timeline(recorded.recording.traces[0])
    timeline.last()
    timeline.into()
    timeline.forward()
    assert timeline.backward is not None
    assert name_of(recorded, timeline.backward.node) == "FBackward"
    node = timeline.index
    assert timeline.into()
    inside = timeline.snapshot
    assert inside is not None
    assert (inside.line, inside.function, inside.event) == (7, "F.backward", "line")
    assert inside.depth == 2
    assert timeline.out()
    assert timeline.index == node


def test_nodes_of_a_pass_inside_of_a_custom_backward_lie_deepest(record: Record) -> None:
    recorded = record(PASSES["a pass inside of a custom backward"])
    found = [(s.event, s.depth, s.backward.call if s.backward else 0) for s in recorded.snapshots]
    begin = found.index(("backward", 3, 2))
    assert set(found[begin : begin + 3]) == {("backward", 3, 2)}
    assert ("line", 2, 0) in found[:begin]
    assert ("backward", 1, 1) in found[begin:]
    nested, whole = passes(recorded)
    assert (nested.call, whole.call) == (2, 1)


def test_a_second_pass_goes_through_the_graph_that_the_first_has_made(record: Record) -> None:
    recorded = record(
        "x = torch.tensor([0.5], requires_grad=True)\n"
        "(g,) = torch.autograd.grad(x.sin().sum(), x, create_graph=True)\ng.backward()\n"
    )
    assert order(recorded) == [
        "SumBackward0", "SinBackward0", "MulBackward0", "CosBackward0", "AccumulateGrad"
    ]  # fmt: skip
    assert recorded.final.tensors["g"].grad_fn == backwards(recorded)[2].node


def test_a_large_model_is_recorded_whole(record: Record) -> None:
    code = (
        "m = torch.nn.TransformerEncoder(\n"
        "    torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 4,\n"
        "    enable_nested_tensor=False)\n"
        "m(torch.rand(2, 3, 8)).square().mean().backward()\n"
    )
    recorded = record(code)
    assert len(order(recorded)) > 250
    assert order(recorded) == engine_order(code)


def test_a_step_after_another_numbers_its_passes_anew(record: Record) -> None:
    recorded = record(PASSES["a loop"])
    recorded.step("(w * 2).sum().backward()\n")
    assert [each.call for each in passes(recorded)] == [1]
    assert [backward.call for backward in backwards(recorded)] == [1, 1, 1]
