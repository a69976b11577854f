"""What a pass goes through stands above the gradients of other graphs."""

from __future__ import annotations

import pytest
from recorded import Record

from autograd_tutor.analysis.pass_names import names_in_pass
from autograd_tutor.render.pass_flow import flow_listing

OLD = "old = torch.ones(2, requires_grad=True)\n(old * 2).sum().backward()\n"

PASSES = {
    "a leaf": ("a = torch.ones(2, requires_grad=True)\n(a * 3).sum().backward()\n", ["a"]),
    "what is retained": (
        "a = torch.ones(2, requires_grad=True)\nb = a * 3\nb.retain_grad()\nb.sum().backward()\n",
        ["a", "b"],
    ),
    "a module": (
        "net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))\n"
        "net(torch.ones(1, 2)).sum().backward()\n",
        ["net.0.weight", "net.0.bias", "net.1.weight", "net.1.bias"],
    ),
    "part of a graph": (
        "a = torch.ones(2, requires_grad=True)\nc = torch.ones(2, requires_grad=True)\n"
        "b = a * c\n(a * 3).sum().backward()\n",
        ["a"],
    ),
}


@pytest.mark.parametrize("name", PASSES)
def test_gradients_of_the_pass_come_first(record: Record, name: str) -> None:
    code, names = PASSES[name]
    trace = record(OLD + code).recording.traces[0]
    call = max(trace.ran)
    assert call == 2
    for index in trace.ran[call].values():
        assert [each for each in names_in_pass(trace, index) if each in names] == names
        assert "old" not in names_in_pass(trace, index)
        rows = [row.text for row in flow_listing(trace, index, index - 1).rows]
        graded = [row.split("∇ ")[1].split(".grad")[0] for row in rows if "∇" in row]
        assert sorted(graded[: len(names)]) == sorted(names)
        assert "old" in graded[len(names) :]


def test_what_is_watched_stays_on_top(record: Record) -> None:
    trace = record(OLD + PASSES["a leaf"][0]).recording.traces[0]
    index = next(iter(trace.ran[2].values()))
    rows = [row.text for row in flow_listing(trace, index, index - 1, ("old",)).rows]
    assert [row.split()[1] for row in rows if "∇" in row] == ["old.grad", "a.grad"]


def test_outside_of_a_pass_there_are_none(record: Record) -> None:
    trace = record(OLD).recording.traces[0]
    assert names_in_pass(trace, 1) == []
    assert names_in_pass(trace, len(trace)) == []
