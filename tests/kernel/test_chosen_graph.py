"""The graph of any tensor that one names, held against what torch has."""

from __future__ import annotations

import pytest
import torch
from recorded import Record, Recorded

from autograd_tutor.analysis.graph_order import graph_order
from autograd_tutor.analysis.shown_graph import ShownGraph, graph_of
from autograd_tutor.render.graph import graph_listing
from autograd_tutor.render.graph_choice import Choice

CODE = """\
class M(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Linear(2, 2)
    def forward(self, x):
        self.h = self.inner(x).relu()
        return self.h.sum()
m = M()
first = m(torch.ones(1, 2))
box = [first.exp(), {"deep": first * 2}]
w = torch.tensor(2.0, requires_grad=True)
(w ** 3).backward(create_graph=True)
v = w.view(1)
frozen = torch.ones(2)
loss = first + w
loss.backward()
text = "none"
"""


def names(node: torch.autograd.graph.Node) -> list[str]:
    """The operations of a graph as torch has them, each node once."""
    seen, pending = {node}, [node]
    while pending:
        for each, _number in pending.pop().next_functions:
            if each is not None and each not in seen:
                seen.add(each)
                pending.append(each)
    return sorted(each.name().rpartition("::")[2] for each in seen)


def shown(recorded: Recorded, name: str) -> list[str]:
    """The operations of the graph that is shown of a name at the end."""
    trace = list(recorded.recording.traces.values())[-1]
    found = graph_of(trace, len(trace) - 1, len(trace) - 2, name)
    assert isinstance(found, ShownGraph)
    assert found.names == (name,)
    return sorted(trace.nodes[each].name for each in graph_order(trace, found.roots, None).nodes)


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("first", "first"),
        ("m.h", "m.h"),
        ("box[0]", "box[0]"),
        ('box[1]["deep"]', 'box[1]["deep"]'),
        ("v", "v"),
        ("loss", "loss"),
        ("w.grad", "w.grad"),
    ],
)
def test_it_is_that_of_torch_also_from_an_earlier_step(record: Record, name: str, of: str) -> None:
    recorded = record(CODE.replace("loss.backward()", "n = 1"))
    expected = names(eval(of, recorded.variables).grad_fn)
    assert shown(recorded, name) == expected
    recorded.step("n = 2")
    assert shown(recorded, name) == expected


@pytest.mark.parametrize(
    ("name", "why", "said"),
    [
        ("w", "leaf", "no graph of its own. Computed from it: `v` and `loss`."),
        ("m.inner.weight", "leaf", '`m.h`, `first`, `box[0]`, `box[1]["deep"]` and `loss`'),
        ("frozen", "constant", "`frozen` does not require grad: no graph of it was recorded."),
        ("m.inner.bias.grad", "gradient", "it was made without create_graph=True."),
        ("text", "value", "`text` is no tensor, so it has no graph."),
        ("nothing", "missing", "There is no tensor `nothing` at this moment."),
    ],
)
def test_what_has_none_says_what_it_is(record: Record, name: str, why: str, said: str) -> None:
    trace = record(CODE).recording.traces[0]
    last = len(trace) - 1
    assert graph_of(trace, last, last - 1, name) == why
    listing = graph_listing(trace, last, last - 1, None, 200, Choice(of=name))
    assert said in " ".join(row.text for row in listing.rows)
    assert listing.title == f"Graph of {name}, chosen"


def test_inside_a_pass_it_is_the_pass_that_is_shown(record: Record) -> None:
    trace = record(CODE).recording.traces[0]
    at = trace.pass_snapshots[2][0]
    title = graph_listing(trace, at, at - 1, None, 80, Choice(of="v")).title
    assert title == "Graph of loss, backward 2"
    assert graph_listing(trace, len(trace) - 1, 0, None, 80, Choice(of="v")).title == (
        "Graph of v, chosen"
    )
