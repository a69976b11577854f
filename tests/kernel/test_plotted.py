"""A lesson's function in numbers: held against calculus, and out of sight of the snippet."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from msgspec.structs import replace
from recorded import Record, Recorded

from autograd_tutor.limits.kernel import MOST_TANGENTS, PLOT_POINTS
from autograd_tutor.recording.model import Snapshot
from autograd_tutor.recording.plots import Plot, PlottedFunction

DESCENT = """\
theta = torch.nn.Parameter(torch.tensor([1.0]))
for turn in range(5):
    theta.grad = None
    loss = (theta * theta).sum()
    loss.backward()
    with torch.no_grad():
        theta -= 0.1 * theta.grad
noise = torch.rand(3)
"""


def plot(function: str = "lambda t: t ** 2", at: str = "theta", **changes: float) -> Plot:
    return Plot(function=function, at=at, **({"low": -2.0, "high": 2.0} | changes))


def plotted(recorded: Recorded) -> PlottedFunction:
    found = recorded.result.plotted
    assert found is not None
    return found


def seen(snapshots: list[Snapshot]) -> list[Any]:
    """What was recorded; of torch's sequence numbers, which of two nodes has the higher one."""
    nodes = [node for snapshot in snapshots for node in snapshot.nodes]
    ranks = {number: rank for rank, number in enumerate(sorted({node.order for node in nodes}))}
    found: list[Any] = [replace(node, order=ranks[node.order]) for node in nodes]
    for each in snapshots:
        found.append((each.line, each.tensors, each.values, each.passes, each.backward))
    return found


FUNCTIONS: dict[str, tuple[Any, Any]] = {
    "lambda t: t ** 2": (lambda t: t * t, lambda t: 2 * t),
    "torch.tanh": (math.tanh, lambda t: 1 - math.tanh(t) ** 2),
    "lambda t: (3 * t - 1).sum()": (lambda t: 3 * t - 1, lambda t: 3.0),
    "lambda t: torch.sin(t) * torch.exp(t / 2)": (
        lambda t: math.sin(t) * math.exp(t / 2),
        lambda t: math.exp(t / 2) * (math.cos(t) + math.sin(t) / 2),
    ),
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_values_and_slopes_are_those_of_calculus(record: Record, function: str) -> None:
    found = plotted(record(DESCENT, plot=plot(function)))
    value, slope = FUNCTIONS[function]
    assert found.problem is None
    assert len(found.points) == PLOT_POINTS
    assert (found.points[0][0], found.points[-1][0]) == (-2.0, 2.0)
    assert 0.0 in [place for place, _, _ in found.points]
    for place, at, steepness in (*found.points, *found.at):
        assert at == pytest.approx(value(place), rel=1e-5, abs=1e-6)
        assert steepness == pytest.approx(slope(place), rel=1e-5, abs=1e-6)


def test_there_is_a_tangent_at_every_number_that_the_step_had(record: Record) -> None:
    recorded = record(DESCENT, plot=plot())
    had = {
        float(tensor.raw and torch.frombuffer(bytearray(tensor.raw), dtype=torch.float32)[0])
        for snapshot in recorded.snapshots
        if (tensor := snapshot.tensors.get("theta")) is not None
    }
    assert len(had) == 6
    assert {place for place, _, _ in plotted(recorded).at} == had


@pytest.mark.parametrize(
    ("code", "at", "places"),
    [
        ("x = 2\nx = -1.5", "x", [-1.5, 2.0]),
        ("m = torch.nn.Linear(1, 1)\nwith torch.no_grad():\n    m.bias.fill_(0.5)", "m.bias", None),
        ("ws = [torch.tensor(1.0), torch.tensor(3.0)]", "ws[1]", [3.0]),
        ("x = torch.tensor([[4.0]], dtype=torch.float64)", "x", [4.0]),
        ("x = torch.tensor(3)", "x", [3.0]),
        ("x = float('nan')\nx = 1.0", "x", [1.0]),
        ("x = torch.ones(2)", "x", []),
        ("x = 'text'", "x", []),
        ("y = 1", "x", []),
    ],
)
def test_where_the_tangent_can_be(
    record: Record, code: str, at: str, places: list[float] | None
) -> None:
    found = plotted(record(code, plot=plot(at=at)))
    assert found.problem is None
    here = [place for place, _, _ in found.at]
    assert here == places if places is not None else 0.5 in here


def test_a_number_of_an_earlier_step_has_its_tangent_too(record: Record) -> None:
    recorded = record("theta = torch.tensor(1.5)")
    recorded.step("y = 1", plot=plot())
    assert [place for place, _, _ in plotted(recorded).at] == [1.5]
    recorded.step("theta = torch.tensor(0.5)", plot=plot())
    assert [place for place, _, _ in plotted(recorded).at] == [0.5, 1.5]


def test_the_argument_is_like_the_number_that_the_tangent_is_at(record: Record) -> None:
    code = "seen = []\nx = torch.tensor([[2.0]], dtype=torch.float64)"
    function = "lambda t: (seen.append((t.shape, t.dtype, t.requires_grad)), t.sum())[1]"
    recorded = record(code, plot=plot(function, at="x"))
    assert set(recorded.variables["seen"]) == {((1, 1), torch.float64, True)}


def test_the_step_is_recorded_as_without_a_plot(record: Record) -> None:
    function = "lambda t: (torch.rand(()) * 0 + t * t.new_ones(1)).sum()"
    code = f"{DESCENT}after = torch.rand(2)\n"
    later = "later = torch.rand(3), loss.detach() * 2\n(theta * 3).sum().backward()"
    found = []
    for options in ({}, {"plot": plot(function)}):
        recorded = record(code, **options)
        first, nodes = seen(recorded.snapshots), recorded.result.nodes
        recorded.step(later)
        found.append((first, nodes, seen(recorded.snapshots)))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "function",
    [
        "lambda t: t * torch.rand(()) + random.random() * numpy.random.rand()",
        "lambda t: (print('seen'), t)[1]",
        "lambda t: (warnings.warn('seen'), t)[1]",
        "lambda t: (t * theta.detach()).sum()",
        "lambda t: (t * theta).sum() + loss",
    ],
)
def test_the_function_leaves_no_trace(
    record: Record, function: str, capfd: pytest.CaptureFixture[str]
) -> None:
    setup = "import random, warnings, numpy, torch"
    code = DESCENT + "loss = (theta * 2).sum()\n"
    recorded = record(code, setup, plot=plot(function))
    assert plotted(recorded).problem is None
    grad, enabled = recorded.variables["theta"].grad.clone(), torch.is_grad_enabled()
    recorded.step("loss.backward()\nnumbers = torch.rand(2), random.random(), numpy.random.rand()")
    assert recorded.result.ok
    assert enabled
    plain = record(code, setup)
    plain.step("loss.backward()\nnumbers = torch.rand(2), random.random(), numpy.random.rand()")
    assert recorded.variables["numbers"][1:] == plain.variables["numbers"][1:]
    assert torch.equal(recorded.variables["numbers"][0], plain.variables["numbers"][0])
    assert torch.equal(recorded.variables["theta"].grad, plain.variables["theta"].grad)
    assert not torch.equal(recorded.variables["theta"].grad, grad)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "code", ["torch.set_grad_enabled(False)", "g = torch.no_grad()\ng.__enter__()"]
)
def test_grad_mode_stays_as_the_step_has_left_it(record: Record, code: str) -> None:
    try:
        recorded = record(f"theta = torch.tensor(1.0)\n{code}", plot=plot())
        assert not torch.is_grad_enabled()
    finally:
        torch.set_grad_enabled(True)
    assert plotted(recorded).at == ((1.0, 1.0, 2.0),)


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        ("3", "is no function"),
        ("lambda t: 1.0", "gives no tensor but float"),
        ("lambda t: torch.zeros(3) * t", "gives no single number but a tensor of shape (3,)"),
        ("lambda t: t.nope", "fails: AttributeError: 'Tensor' object has no attribute 'nope'"),
        ("nowhere", "fails: NameError: name 'nowhere' is not defined"),
        ("lambda: 1", "fails: TypeError: <lambda>() takes 0 positional arguments but 1 was given"),
        ("lambda t: t.detach()", "does not depend on its argument, as autograd sees it"),
        ("lambda t: exit()", "fails: SystemExit"),
        ("lambda t: torch.complex(t, t)", "gives no single number"),
    ],
)
def test_what_is_wrong_with_a_function_is_said(record: Record, function: str, problem: str) -> None:
    recorded = record(DESCENT, plot=plot(function))
    assert (plotted(recorded).problem or "").startswith(problem)
    assert recorded.result.ok


def test_where_a_function_is_not_finite_that_is_recorded(record: Record) -> None:
    found = plotted(record("x = 1.0", plot=plot("torch.sqrt", at="x", low=-1.0, high=1.0)))
    values = {place: (value, slope) for place, value, slope in found.points}
    assert all(math.isnan(value) for place, (value, _) in values.items() if place < 0)
    assert values[0.0] == (0.0, math.inf)
    assert values[1.0] == (1.0, 0.5)


def test_there_are_no_more_tangents_than_the_limit(record: Record) -> None:
    code = "x = 0.0\nfor turn in range(1500):\n    x += 1"
    assert len(plotted(record(code, plot=plot(at="x"))).at) == MOST_TANGENTS


def test_a_function_that_takes_long_is_stopped(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograd_tutor.kernel.plotted.PLOT_SECONDS", 0.0)
    found = plotted(record(DESCENT, plot=plot()))
    assert found.problem == "takes longer than 0 s for its points"


@pytest.mark.parametrize("code", ["1 / 0", "theta = torch.tensor(1.0)\nnope"])
def test_a_step_that_failed_has_nothing_drawn(record: Record, code: str) -> None:
    assert record(code, plot=plot()).result.plotted is None


def test_a_curve_asks_nothing_of_the_run(record: Record) -> None:
    assert record(DESCENT, plot=Plot(curve=("loss",))).result.plotted is None
