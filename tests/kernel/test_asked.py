"""What can be asked of a tensor, held against torch."""

from __future__ import annotations

import pytest
import torch
from recorded import Record, Recorded

from autograd_tutor.analysis.asked import Ways, held, ways_to
from autograd_tutor.analysis.diagnosis.run import Run
from autograd_tutor.analysis.uses import users, uses
from autograd_tutor.analysis.why_none import why_none
from autograd_tutor.recording.numbers import nested
from autograd_tutor.recording.trace import Trace
from autograd_tutor.recording.wire import Limits
from autograd_tutor.render.findings.asked_view import asked_view


def last(recorded: Recorded) -> tuple[Run, Trace, int]:
    """The run, its last step, and the end of that."""
    trace = list(recorded.recording.traces.values())[-1]
    return Run(recorded.recording), trace, len(trace) - 1


def ways_of(recorded: Recorded, name: str) -> Ways:
    """The ways at the end of the last step."""
    found = ways_to(*last(recorded), name)
    assert found is not None
    return found


def view(recorded: Recorded, name: str) -> list[str]:
    """All that is said of a tensor at the end of the last step."""
    return [each.text for each in asked_view(*last(recorded), name, 100)]


REASONS = {
    "requires no grad": ("w = torch.ones(2)", "w"),
    "no pass": ("w = torch.ones(2, requires_grad=True)\ny = w.sum()", "w"),
    "no leaf": ("w = torch.ones(2, requires_grad=True)\ny = w * 2\ny.sum().backward()", "y"),
    "no path": (
        "w = torch.ones(2, requires_grad=True)\nv = torch.ones(2, requires_grad=True)\n"
        "y = w * v.detach()\nloss = y.sum()\nloss.backward()",
        "v",
    ),
    "cleared": (
        "w = torch.ones(2, requires_grad=True)\nw.sum().backward()\nw.grad = None\nx = 1",
        "w",
    ),
}


@pytest.mark.parametrize("reason", REASONS)
def test_why_a_gradient_is_none(record: Record, reason: str) -> None:
    code, name = REASONS[reason]
    recorded = record(f"import torch\n{code}")

    found = why_none(*last(recorded), name)

    assert found is not None
    assert found.reason == reason
    assert "is None" in " ".join(view(recorded, name))


def test_a_path_that_is_missing_is_named_with_its_root_and_line(record: Record) -> None:
    code, name = REASONS["no path"]
    rows = view(record(f"import torch\n{code}"), name)

    assert "`v.grad` is None: no path leads from `loss` (line 6) to `v`." in rows


WAYS = """
import torch
w = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor(1.0, requires_grad=True)
y = w * w + w * b
loss = y.sum() + w.sum()
loss.backward()
"""


def test_what_comes_over_all_ways_is_the_gradient(record: Record) -> None:
    recorded = record(WAYS)

    ways = ways_of(recorded, "w")

    assert len(ways.ways) == 4
    sent = [torch.tensor(nested(each.grad)) for each in ways.ways if each.grad is not None]
    assert torch.stack(sent).sum(0).equal(recorded.variables["w"].grad)
    assert sum(each.share or 0 for each in ways.ways) == pytest.approx(1)
    assert ("loss AddBackward0", "SumBackward0") in [each.names for each in ways.ways]


def test_ways_that_join_before_the_last_node_are_counted(record: Record) -> None:
    recorded = record(
        "import torch\nw = torch.tensor(2.0, requires_grad=True)\nu = w * 3\n"
        "y = u * u + u\ny.backward()"
    )

    [way] = ways_of(recorded, "w").ways
    assert way.others == 2


def test_who_uses_a_tensor(record: Record) -> None:
    _run, trace, index = last(record(WAYS))

    assert users(trace, index, "b") == ["y", "loss"]
    assert users(trace, index, "y") == ["loss"]
    assert users(trace, index, "loss") == []


def test_ways_that_double_are_counted_up_to_a_limit(record: Record) -> None:
    recorded = record(
        "import torch\nw = torch.tensor(1.0, requires_grad=True)\nh = w * 1\n"
        "for _ in range(60):\n    h = h + h\nh.backward()"
    )

    assert any("and 1,000+ more ways" in each for each in view(recorded, "w"))


W = "w = torch.tensor([1.0, 2.0], requires_grad=True)\n"

SUMS = {
    "a recurrent net over five turns": (
        "cell = torch.nn.RNNCell(2, 3)\nh = torch.zeros(1, 3)\nfor t in range(5):\n"
        "    h = cell(torch.ones(1, 2), h)\nloss = h.sum()\nloss.backward()",
        "cell.weight_hh",
        5,
    ),
    "a residual connection": (W + "y = w + torch.tanh(w)\nloss = y.sum()\nloss.backward()", "w", 2),
    "tied weights": (
        "emb = torch.nn.Embedding(4, 3)\nhead = torch.nn.Linear(3, 4, bias=False)\n"
        "head.weight = emb.weight\nlogits = head(emb(torch.tensor([0, 1])))\n"
        "loss = torch.nn.functional.cross_entropy(logits, torch.tensor([1, 2]))\nloss.backward()",
        "emb.weight",
        2,
    ),
    "two losses in one pass": (
        W + "a = (w * 2).sum()\nb = (w ** 2).sum()\ntorch.autograd.backward([a, b])",
        "w",
        2,
    ),
    "an output of several": (
        W + "p, q = (w * 1).unbind()\np.retain_grad()\nloss = p * 3 + p + q\nloss.backward()",
        "p",
        2,
    ),
    "twenty turns": (
        W + "h = torch.zeros(2)\nfor t in range(20):\n    h = torch.tanh(h + w * 0.1)\n"
        "h.sum().backward()",
        "w",
        20,
    ),
}


@pytest.mark.parametrize("case", SUMS)
def test_ways_are_counted_and_add_up_to_the_gradient(record: Record, case: str) -> None:
    code, name, number = SUMS[case]
    recorded = record(code)
    ways = ways_of(recorded, name)

    assert len(ways.ways) + ways.left_out == number
    owner, _dot, leaf = name.rpartition(".")
    variables = recorded.variables
    tensor = getattr(variables[owner], leaf) if owner else variables[name]
    assert ways.arrived is not None
    assert torch.tensor(nested(ways.arrived)).equal(tensor.grad)
    if not ways.left_out:
        sent = [torch.tensor(nested(each.grad)) for each in ways.ways if each.grad is not None]
        assert torch.stack(sent).sum(0).allclose(tensor.grad, atol=1e-6)
        norms = [each.norm().item() for each in sent]
        for way, norm in zip(ways.ways, norms, strict=True):
            assert way.share == pytest.approx(norm / sum(norms), abs=1e-5)
    assert not ways.is_hooked
    assert any(text.startswith("  sum ") for text in view(recorded, name))


def test_a_way_says_which_turn_used_the_tensor_and_begins_at_the_root(record: Record) -> None:
    recorded = record(SUMS["a recurrent net over five turns"][0])
    ways = ways_of(recorded, "cell.weight_hh").ways

    assert [each.turn for each in ways] == [5, 4, 3, 2, 1]
    assert {each.used.line for each in ways if each.used} == {4}
    assert {each.names[0] for each in ways} == {"loss SumBackward0"}


@pytest.mark.parametrize(
    ("of", "cancel"), [("w * 3 - w * 2.5", True), ("w - w", True), ("w * 3 + w * 2.5", False)]
)
def test_that_ways_cancel_each_other_is_said(record: Record, of: str, cancel: bool) -> None:
    recorded = record(f"{W}loss = ({of}).sum()\nloss.backward()")

    assert ways_of(recorded, "w").is_opposed is cancel
    assert ("They cancel each other in part." in view(recorded, "w")) is cancel


def test_passes_that_add_up_are_listed_up_to_the_last_clearing(record: Record) -> None:
    code = W + "w.sum().backward()\nw.grad = None\nfor k in (1, 2, 3):\n"
    recorded = record(code + "    loss = (w * k).sum()\n    loss.backward()\n    del loss")
    found = held(*last(recorded), "w")

    assert found is not None
    assert [each.call for each in found.brought] == [2, 3, 4]
    sent = [torch.tensor(nested(each.grad)) for each in found.brought if each.grad is not None]
    assert torch.stack(sent).sum(0).equal(recorded.variables["w"].grad)
    said = view(recorded, "w")
    assert "`w.grad` is the sum of what 3 passes brought:" in said
    assert "  pass 4 (line 6)  [3, 3]  norm 4.2426" in said


@pytest.mark.parametrize("clear", ["w.grad = None", "w.grad.zero_()"])
def test_of_a_gradient_that_was_cleared_before_only_the_last_pass_is_there(
    record: Record, clear: str
) -> None:
    recorded = record(f"{W}w.sum().backward()\n{clear}\n(w * 2).sum().backward()")
    found = held(*last(recorded), "w")

    assert found is not None
    assert [each.call for each in found.brought] == [2]


CHANGED = {
    "clipped": (
        W + "(w * 9).sum().backward()\nnorm = torch.nn.utils.clip_grad_norm_([w], 1.0)",
        "`w.grad` was changed in line 3 (`norm = torch.nn.utils.clip_grad_norm_([w], 1.0)`), too.",
    ),
    "halved": (
        W + "w.sum().backward()\nw.grad /= 2\nn = 1",
        "`w.grad` was changed in line 3 (`w.grad /= 2`), too.",
    ),
    "set by hand": (
        W + "w.grad = torch.ones(2)\nn = 1",
        "No recorded pass has brought it: it was set in line 2 (`w.grad = torch.ones(2)`).",
    ),
}


@pytest.mark.parametrize("case", CHANGED)
def test_what_else_has_changed_a_gradient_is_said(record: Record, case: str) -> None:
    code, sentence = CHANGED[case]
    assert sentence in " ".join(view(record(code), "w"))


def test_a_hook_that_changed_what_was_sent_is_noticed(record: Record) -> None:
    recorded = record(f"{W}w.register_hook(lambda g: g * 10)\nw.sum().backward()")

    assert ways_of(recorded, "w").is_hooked
    assert "That is not what was sent: a hook has changed it." in view(recorded, "w")


def test_what_was_broadcast_gets_the_sum_over_its_copies(record: Record) -> None:
    code = "b = torch.tensor(1.0, requires_grad=True)\ny = torch.ones(3, 4) + b\n"
    recorded = record(code + "y.sum().backward()")

    [way] = ways_of(recorded, "b").ways
    assert way.is_summed
    assert "        summed to the input's shape ()" in view(recorded, "b")


def test_a_gradient_of_an_earlier_step_keeps_its_pass(record: Record) -> None:
    recorded = record(W + "loss = (w * 3).sum()\nloss.backward()")
    recorded.step("n = 1")

    assert ways_of(recorded, "w").at.step == 0
    said = view(recorded, "w")
    assert "Where does it come from? In pass 1 (line 3 of step 1) over 1 way:" in said
    assert "`loss` (line 2 of step 1)." in said


USED = (
    W
    + """y = w * 2
v = w.view(2, 1)
with torch.no_grad():
    h = w + 1
d = w.detach()
z = torch.zeros(2)
z += w
item = w[0].item()
box = [y + 1]
y.add_(1)
def f(q):
    r = q * 5
    return r
o = f(w)
alike = torch.zeros_like(w)
other = torch.ones(2)
"""
)


def test_what_was_computed_from_a_tensor_has_its_line(record: Record) -> None:
    found = uses(*last(record(USED)), "w")

    assert [(each.name, each.how, each.at.line if each.at else 0) for each in found] == [
        ("v", "view", 3),
        ("h", "no graph", 5),
        ("d", "no graph", 6),
        ("z", "graph", 8),
        ("item", "no graph", 9),
        ("box[0]", "graph", 10),
        ("y", "graph", 11),
        ("o", "graph", 13),
    ]
    said = " ".join(view(record(USED), "w"))
    assert "`v` (line 3, a view: the same memory)" in said
    assert "Without a graph, so that no gradient comes back: `h` (line 5)" in said


SIBLINGS = {
    "unbind": ("a, b = (w * 3).unbind()\nc = b * 2\nc.backward()", 6),
    "split": ("b, a = torch.split(w * 1, 1)\nc = (b * 2).sum()\nc.backward()", 2),
    "a tuple of max": (
        "both = torch.stack([w, w * 2])\na, b = both.max(0).values.unbind()\nc = b ** 2\n"
        "c.backward()",
        16,
    ),
    "a Function": (
        "class Two(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n"
        "        return x * 2, x * 3\n    @staticmethod\n    def backward(ctx, g, h):\n"
        "        return g * 2 + h * 3\na, b = Two.apply(w)\nc = b.sum()\nc.backward()",
        3,
    ),
}


@pytest.mark.parametrize("case", SIBLINGS)
def test_outputs_of_one_node_are_kept_apart(record: Record, case: str) -> None:
    code, grad = SIBLINGS[case]
    recorded = record(f"{W}{code}")
    run, trace, index = last(recorded)

    assert recorded.variables["w"].grad.max() == grad
    assert [each.name for each in uses(run, trace, index, "a")] == []
    assert "c" in users(trace, index, "b")
    assert "a" not in users(trace, index, "b")
    assert "c" in users(trace, index, "w")
    assert len(ways_of(recorded, "b").ways) == 1


@pytest.mark.parametrize("case", ["unbind", "split", "a tuple of max"])
def test_over_no_way_comes_nothing(record: Record, case: str) -> None:
    code, _grad = SIBLINGS[case]
    recorded = record(f"{W}{code}")

    assert ways_to(*last(recorded), "a") is None
    assert "0 ways" not in " ".join(view(recorded, "a"))


def test_a_pass_that_came_to_another_output_is_not_the_last_one(record: Record) -> None:
    code = "a, b = (w * 3).unbind()\na.backward(retain_graph=True)\nb.backward()"
    recorded = record(f"{W}{code}")

    assert ways_of(recorded, "a").call == 1
    assert ways_of(recorded, "b").call == 2


def test_of_what_requires_no_grad_the_lines_that_read_it_are_named(record: Record) -> None:
    code = f"x = torch.ones(2)\n{W}loss = (w * x).sum()\nu = x + 1\nn = 1"
    said = view(record(code), "x")

    assert said[-1] == "Made by lines that read it: `loss` (line 3) and `u` (line 4)."


def test_that_the_nodes_of_a_pass_were_not_recorded_is_said(record: Record) -> None:
    code = W + "b = torch.ones(2, requires_grad=True)\nfor turn in range(4):\n    w.grad = None\n"
    code += "    loss = w.sin().sin().sin().sin().sum()\n    loss.backward()"
    recorded = record(code, limits=Limits(snapshots=40))

    passes = recorded.recording.traces[0].passes
    assert passes[max(passes)].left_out
    line = "line 6 (`loss.backward()`)"
    said = " ".join(view(recorded, "w"))
    assert f"The pass of {line} has changed it; its nodes were not recorded." in said
    assert "What came last, in pass 3 (line 6), came over 1 way:" in said
    sentence = f"`b.grad` is None: the nodes of the pass of {line} were not recorded."
    assert sentence in " ".join(view(recorded, "b"))
