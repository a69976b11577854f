"""Limits that are reached inside of a backward pass stop the recording, not the snippet."""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import Any

import pytest
import torch
from pass_oracle import backwards, bits, name_of, order, passes, untraced, walked
from recorded import Record, Recorded

from autograd_tutor.analysis.agreement import Agreement
from autograd_tutor.analysis.node_gradient import node_gradients
from autograd_tutor.kernel import graph, observer, pass_recorder, snapshots
from autograd_tutor.kernel.pass_recorder import MANY_NODES, MANY_PASSES, STOPPED
from autograd_tutor.recording.wire import Limits

CHAIN = """
x = torch.rand(3, requires_grad=True)
y = x
for i in range(20): y = y.sin()
loss = y.sum()
loss.backward()
after = 1
"""

LOOP = """
w = torch.rand(3, requires_grad=True)
for i in range(40):
    (w * i).sin().sum().backward()
"""


def assert_result_is_unchanged(recorded: Recorded, code: str, *names: str) -> None:
    plain = untraced(code).space
    assert recorded.result.ok, recorded.result.error
    for name in names:
        found = recorded.final.tensors[name]
        assert found.raw == bits(plain[name])
        assert found.grad is not None
        assert found.grad.raw == bits(plain[name].grad)


@pytest.mark.parametrize("snapshots", [3, 4, 5, 10, 24, 25, 26, 27, 28, 29, 40, 49, 50, 51, 52])
def test_the_snapshot_limit_holds_wherever_in_a_pass_it_is_reached(
    record: Record, snapshots: int
) -> None:
    recorded = record(CHAIN, limits=Limits(snapshots=snapshots))
    assert_result_is_unchanged(recorded, CHAIN, "x")
    assert len(recorded.snapshots) <= snapshots
    whole = len(record(CHAIN).snapshots)
    assert (recorded.result.truncated is None) == (snapshots > whole)
    assert recorded.final.values["after"] == "1"


def test_a_pass_too_large_for_the_step_says_how_many_nodes_were_recorded(record: Record) -> None:
    whole = record(CHAIN)
    recorded = record(CHAIN, limits=Limits(snapshots=36))
    (found,) = passes(recorded)
    assert 0 < found.nodes < len(order(whole))
    assert found.left_out == MANY_NODES.format(recorded=found.nodes)
    assert [b.node for b in backwards(recorded)] == [
        b.node for b in backwards(whole)[: found.nodes]
    ]
    assert recorded.snapshots[-1].event == "end"
    assert {s.event for s in recorded.snapshots} == {"start", "line", "backward", "end"}


def test_the_first_pass_may_take_all_the_room(record: Record) -> None:
    recorded = record(CHAIN, limits=Limits(snapshots=50))
    (found,) = passes(recorded)
    assert found.nodes == 22 == len(walked(recorded))


def test_passes_leave_half_of_the_moments_to_lines(record: Record) -> None:
    recorded = record(LOOP, limits=Limits(snapshots=200))
    assert recorded.result.truncated is None
    assert [each.call for each in passes(recorded)] == list(range(1, 41))
    recorded_in_part = [each.nodes for each in passes(recorded)]
    assert recorded_in_part == [4] * 25 + [0] * 15
    assert {each.left_out for each in passes(recorded)[25:]} == {MANY_PASSES}
    assert len(walked(recorded)) == 100
    assert_result_is_unchanged(recorded, LOOP, "w")


def test_a_pass_that_is_not_recorded_leaves_room_for_a_smaller_one(record: Record) -> None:
    recorded = record(
        "x = torch.rand(2, requires_grad=True)\n(x * 2).sum().backward()\n"
        "y = x\nfor i in range(30): y = y.sin()\ny.sum().backward()\n(x * 3).sum().backward()\n",
        limits=Limits(snapshots=60),
    )
    assert [each.nodes for each in passes(recorded)] == [3, 0, 3]
    assert [each.left_out for each in passes(recorded)] == [None, MANY_PASSES, None]


@pytest.mark.parametrize("nodes", range(26))
def test_nodes_beyond_the_node_limit_are_left_out(record: Record, nodes: int) -> None:
    recorded = record(CHAIN, limits=Limits(nodes=nodes))
    assert_result_is_unchanged(recorded, CHAIN, "x")
    assert len(recorded.recording.nodes) == min(nodes, 22)
    assert {b.node for b in backwards(recorded)} <= recorded.recording.nodes.keys()
    assert (recorded.result.truncated == "nodes") == (nodes < 22)


def test_a_step_that_adds_no_node_may_pass_through_those_of_the_step_before(record: Record) -> None:
    recorded = record("x = torch.rand(3, requires_grad=True)\ny = x.sin().sum()\n")
    recorded.step("y.backward()\n", limits=Limits(nodes=0))
    assert recorded.result.truncated is None
    assert order(recorded) == ["SumBackward0", "SinBackward0", "AccumulateGrad"]


def test_a_recording_too_large_to_keep_stops_inside_of_a_pass(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = len(walked(record(CHAIN)))
    monkeypatch.setattr(observer, "STEP_BYTES", 50_000)
    recorded = record(CHAIN)
    assert recorded.result.truncated == "bytes"
    assert 0 < len(walked(recorded)) < whole
    assert recorded.snapshots[-1].event == "end"
    assert_result_is_unchanged(recorded, CHAIN, "x")


def test_a_pass_that_outlasts_the_recording_is_sent_with_what_was_recorded(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observer, "STEP_BYTES", 50_000)
    recorded = record(CHAIN)
    (found,) = passes(recorded)
    assert recorded.snapshots[-1].passes == (found,)
    assert found.failed is None
    assert found.nodes == len(walked(recorded))
    assert found.left_out == STOPPED


def test_a_pass_after_the_recording_has_stopped_is_not_recorded(record: Record) -> None:
    code = (
        "for n in range(30): a = n\nx = torch.rand(3, requires_grad=True)\n"
        "x.sin().sum().backward()\n"
    )
    recorded = record(code, limits=Limits(snapshots=6))
    assert recorded.result.truncated == "snapshots"
    assert passes(recorded) == []
    assert_result_is_unchanged(recorded, code, "x")


def test_a_pass_under_another_trace_function_is_not_recorded(record: Record) -> None:
    code = "x = torch.rand(3, requires_grad=True)\nx.sin().sum().backward()\n"
    recorded = record("import sys\nsys.settrace(lambda *a: None)\n" + code)
    assert recorded.result.truncated == "tracing replaced"
    assert passes(recorded) == []
    assert_result_is_unchanged(recorded, code, "x")


class Interruption:
    """Interrupts the recorder when the snippet sends this process a signal."""

    def __init__(self, recorder: Any) -> None:
        self._recorder = recorder

    def __enter__(self) -> None:
        self._before = signal.signal(signal.SIGUSR1, self._interrupt)

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGUSR1, self._before)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._recorder.interrupt()


STOP = "import os, signal\ndef stop(g):\n    os.kill(os.getpid(), signal.SIGUSR1)\n"


@pytest.mark.parametrize(
    "hook",
    [
        "h.register_hook(stop)",
        "h.grad_fn.register_hook(lambda s, g: stop(g))",
        "x.register_hook(lambda g: stop(g))",
    ],
)
def test_a_deadline_in_the_middle_of_a_pass_ends_the_step(record: Record, hook: str) -> None:
    recorded = record(None)
    with Interruption(recorded.recorder):
        recorded.step(
            f"{STOP}x = torch.rand(3, requires_grad=True)\nh = x.sin()\n{hook}\n"
            "h.exp().sum().backward()\nnever = 1\n"
        )
    assert recorded.result.error is not None
    assert recorded.result.error.type == "TimeLimit"
    assert "never" not in recorded.variables
    (found,) = passes(recorded)
    assert found.failed is None
    assert 2 <= found.nodes <= 4
    recorded.step("x = torch.rand(3, requires_grad=True)\n(x * 2).sum().backward()\n")
    assert recorded.result.ok
    assert order(recorded) == ["SumBackward0", "MulBackward0", "AccumulateGrad"]


@pytest.mark.parametrize("event", range(2, 12))
def test_a_deadline_that_comes_while_a_node_is_recorded_waits_for_its_end(
    record: Record, event: int
) -> None:
    recorded = record(None)
    emit = recorded.recorder._emit
    counted = []

    def interrupting(snapshot: Any) -> None:
        emit(snapshot)
        counted.append(snapshot)
        if len(counted) == event:
            os.kill(os.getpid(), signal.SIGUSR1)

    recorded.recorder._emit = interrupting  # type: ignore[method-assign]
    with Interruption(recorded.recorder):
        recorded.step(
            "x = torch.rand(3, requires_grad=True)\ny = x.sin().exp().sum()\ny.backward()\n"
            "(x * 2).sum().backward()\nz = 1\n"
        )
    assert event < len(recorded.snapshots) <= event + 2
    assert all(snapshot.backward is None for snapshot in recorded.snapshots[event:])
    error = recorded.result.error
    assert error is not None
    assert error.type == "TimeLimit"
    assert recorded.result.truncated is None
    assert recorded.step("(x * 2).sum().backward()\n").ok


def test_a_fault_of_the_recorder_in_a_pass_is_not_the_snippets(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = record(None)
    found = recorded.recorder._state.gradient
    asked = []

    def failing(tensor: object) -> object:
        asked.append(tensor)
        if len(asked) == 5:
            raise IndexError("ours")
        return found(tensor)

    monkeypatch.setattr(recorded.recorder._state, "gradient", failing)
    recorded.step(CHAIN)
    assert recorded.result.truncated == "recording failed"
    assert recorded.result.fault is not None
    assert recorded.result.fault.startswith("IndexError: ours")
    assert_result_is_unchanged(recorded, CHAIN, "x")


def test_a_fault_as_a_pass_begins_is_not_the_snippets(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = record(None)

    def failing(*_: object) -> object:
        raise IndexError("ours")

    monkeypatch.setattr(recorded.recorder._state, "nodes_behind", failing)
    recorded.step(CHAIN)
    assert recorded.result.truncated == "recording failed"
    assert_result_is_unchanged(recorded, CHAIN, "x")


def test_a_graph_deeper_than_pythons_stack_is_recorded(record: Record) -> None:
    recorded = record(
        "import sys\nx = torch.rand(1, requires_grad=True)\ny = x\n"
        "for i in range(3 * sys.getrecursionlimit()): y = y * 1\ny.backward()\n",
        limits=Limits(snapshots=20_000),
    )
    assert recorded.result.truncated is None
    (found,) = passes(recorded)
    assert found.nodes == len(walked(recorded)) > 3000
    assert name_of(recorded, backwards(recorded)[-1].node) == "AccumulateGrad"


def test_a_pass_from_deep_within_the_snippets_own_recursion_is_recorded(record: Record) -> None:
    code = (
        "import sys\nx = torch.rand(1, requires_grad=True)\ny = x.sin()\nloss = y.sum()\n"
        "def f(n):\n    if n:\n        f(n - 1)\n    else:\n        loss.backward()\n"
        "f(400)\n"
    )
    recorded = record(code, limits=Limits(snapshots=5000))
    assert recorded.result.truncated is None
    assert order(recorded) == ["SumBackward0", "SinBackward0", "AccumulateGrad"]
    assert {snapshot.depth for snapshot in walked(recorded)} == {402}


def _deep(x: torch.Tensor) -> torch.Tensor:
    y = x
    for _ in range(75_000):
        y = y + 1
    return y


@pytest.mark.timeout(300)
def test_a_pass_through_300_000_nodes_is_recorded_in_part_and_freed(record: Record) -> None:
    recorded = record(None)
    recorded.variables["deep"] = _deep
    recorded.step("x = torch.ones(1, requires_grad=True)\nz = deep(x)\n")
    for _ in range(3):
        recorded.step("z = deep(z)\n")
        assert recorded.result.truncated is None
    recorded.step(
        "z.backward()\ndeep(x).backward()\n",
        limits=Limits(snapshots=1000, seconds=200),
    )
    assert recorded.result.error is None
    (found,) = passes(recorded)  # it takes all of the moments that there are
    assert found.left_out == MANY_NODES.format(recorded=found.nodes)
    assert 900 < found.nodes < 1000
    assert recorded.final.tensors["x"].grad is not None
    assert recorded.final.tensors["x"].grad.raw == bits(torch.tensor([2.0]))
    recorded.step("del z\n")
    assert recorded.result.ok


MANY = "w = torch.ones(2, requires_grad=True)\nv = torch.zeros(2)\n"


@pytest.mark.parametrize(
    "code",
    [
        "y = torch.stack([w] * 30)\nn = 1\n",
        "y = torch.cat([v] * 29 + [w])\nn = 1\n",
        "y = [torch.stack([w] * 15) for _ in range(3)]\nn = 1\n",
    ],
)
def test_too_many_inputs_stop_the_recording_not_the_snippet(
    record: Record, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(graph, "MOST_INPUTS", 20)
    monkeypatch.setattr(graph, "MOST_EDGES", 40)
    recorded = record(MANY)
    recorded.step(code)
    assert recorded.result.ok
    assert recorded.result.truncated == "inputs"
    assert recorded.snapshots[-1].event == "end"
    assert recorded.final.values["n"] == "1"
    nodes = recorded.recording.nodes.values()
    assert any(node.cut for node in nodes)
    assert max(len(node.next) for node in nodes) <= 20
    assert sum(len(node.next) for node in nodes) <= 40
    recorded.step("z = w * 2\n")
    assert recorded.result.truncated is None


def test_of_a_cut_node_as_many_gradients_are_recorded_as_inputs(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph, "MOST_INPUTS", 20)
    recorded = record(MANY + "y = torch.stack([w] * 30).sum()\n")
    recorded.step("y.backward()\n")
    (stacked,) = [node for node in recorded.recording.nodes.values() if node.cut]
    sent = next(each.grad_inputs for each in backwards(recorded) if each.node == stacked.id)
    assert len(sent) == len(stacked.next) == 20
    at = len(recorded.snapshots) - 1
    trace = recorded.recording.traces[1]
    (index,) = [n for n in range(at) if (b := trace.snapshots[n].backward) and b.leaf == "w"]
    found = node_gradients(trace, index)
    assert found is not None
    assert [each.agreement for each in found.arrivals] == [Agreement.INCOMPLETE]


@pytest.mark.parametrize("what", ["roots", "inputs"])
def test_a_pass_with_many_roots_or_inputs_is_recorded_with_the_first(
    record: Record, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(pass_recorder, "MOST_INPUTS", 20)
    code = MANY + "ws = [torch.ones(2, requires_grad=True) for _ in range(30)]\n"
    if what == "roots":
        code += "gs = torch.autograd.grad([(w * k).sum() for k in range(30)], w)\n"
    else:
        code += "gs = torch.autograd.grad(torch.stack(ws).sum(), ws)\n"
    recorded = record(code)
    (found,) = passes(recorded)
    sizes = len(found.roots), len(found.inputs or ()), len(found.targets), len(found.returned)
    assert sizes == ((20, 1, 1, 1) if what == "roots" else (1, 20, 20, 20))
    assert recorded.result.ok
    assert recorded.result.truncated is None


def test_too_many_passes_of_one_line_stop_the_recording(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "MOST_PASSES", 10)
    recorded = record(MANY)
    recorded.step("[w.sum().backward() for _ in range(30)]\nn = 1\n", limits=Limits(snapshots=50))
    assert recorded.result.ok
    assert recorded.result.truncated == "bytes"
    assert [len(each.passes) for each in recorded.snapshots if each.passes] == [10]
    assert recorded.variables["w"].grad.tolist() == [30.0, 30.0]
