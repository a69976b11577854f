"""Names and tensors: held against `is`, against the storages of torch, and against NumPy."""

from __future__ import annotations

import random
import re
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch
from recorded import Record, Recorded

from autograd_tutor.analysis.code_state import source_line
from autograd_tutor.analysis.identity import Identity, identity_at
from autograd_tutor.kernel.identity import Identities
from autograd_tutor.kernel.memory import storage_address
from autograd_tutor.limits.kernel import MOST_NUMBERED
from autograd_tutor.recording.model import Snapshot
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.graph import graph_listing
from autograd_tutor.render.narration import snapshot_rows
from autograd_tutor.render.pass_flow import flow_listing


def value_of(recorded: Recorded, name: str) -> Any:
    return eval(name, recorded.variables)


def trace_of(recorded: Recorded) -> Trace:
    return recorded.recording.traces[0]


def known_at_end(recorded: Recorded) -> Identity:
    return identity_at(trace_of(recorded), len(recorded.snapshots) - 1)


def text_of(recorded: Recorded) -> str:
    trace = trace_of(recorded)
    return "\n".join(row.text for at in range(len(trace)) for row in snapshot_rows(trace, at))


def check_numbers(recorded: Recorded) -> None:
    """Two names have one number if they are one tensor, one storage if they have that."""
    tensors = recorded.final.tensors
    names = [name for name in tensors if not name.startswith(("earlier ", "unnamed "))]
    for one, other in combinations(names, 2):
        a, b = value_of(recorded, one), value_of(recorded, other)
        same = tensors[one].identity == tensors[other].identity
        assert same is (a is b), (one, other)
        shares = tensors[one].storage == tensors[other].storage
        assert shares is (a.untyped_storage()._cdata == b.untyped_storage()._cdata), (one, other)


SAME_AND_SHARING = {
    "another name": "v = w",
    "views": "v = w.view(3, 2)\nu = v[0]\nc = v.t()\nd = w.clone()",
    "detach and data": "v = w.detach()\nu = w.data\nd = w.detach().clone()",
    "in containers": "ws = [w, w * 1]\nd = {'w': w, 'v': ws[1]}",
    "rebound": "v = w\nw = w * 2\nu = w\nw = w.view(6)",
    "data put in place": "v = torch.zeros(2, 3)\nu = torch.ones(2, 3)\nv.data = u\nw.data = v",
    "set_": "v = torch.zeros(2, 3)\nv.set_(w.detach())",
    "a module": "m = torch.nn.Linear(2, 2)\nv = m.weight\nn = torch.nn.Sequential(m)",
    "tied weights": "m = torch.nn.Linear(2, 2)\nn = torch.nn.Linear(2, 2)\nn.weight = m.weight",
    "swapped": "v = torch.ones(1)\nw, v = v, w",
    "a loop": "for i in range(3):\n    v = w\n    w = (w * 2).detach()",
}


@pytest.mark.parametrize("name", SAME_AND_SHARING)
def test_numbers_are_those_of_tensors_and_storages(record: Record, name: str) -> None:
    code = "w = torch.ones(2, 3, requires_grad=True)\n"
    recorded = record(code + SAME_AND_SHARING[name])
    assert recorded.result.ok, recorded.result.error
    check_numbers(recorded)


LINES = (
    "{a} = {b}", "{a} = {b}.detach()", "{a} = {b}.view(-1)", "{a} = {b}.data", "{a} = {b} * 2",
    "{a} = {b}.reshape(2, 2)[0].repeat(2)", "{a} = {b}.clone()", "{a} = [{b}, {b}][1]",
    "{a}.data = {b}.data.view_as({a}).clone()", "{a}, {b} = {b}, {a}", "ws = [{a}, {b}]",
    "({a} * {b}).sum().backward() if ({a}.requires_grad or {b}.requires_grad) else None",
    "{a} = {b}.detach().requires_grad_()",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(30))
def test_numbers_of_random_programs(record: Record, seed: int) -> None:
    drawn = random.Random(seed)
    code = ["a, b, c = [torch.ones(4, requires_grad=i < 2) for i in range(3)]"]
    for _ in range(12):
        one, other = drawn.sample("abc", 2)
        code.append(drawn.choice(LINES).format(a=one, b=other))
    recorded = record("\n".join(code))
    check_numbers(recorded)
    plain: dict[str, Any] = {"torch": torch}
    if recorded.result.ok:
        exec("\n".join(code), plain)
        for name in "abc":
            now = recorded.variables[name]
            assert torch.equal(now, plain[name])
            grads = (now.grad, plain[name].grad) if now.is_leaf else (None, None)
            assert grads[0] is grads[1] is None or torch.equal(*grads)


def test_numbers_are_not_given_again(record: Record) -> None:
    """id() is, as soon as an object is gone."""
    recorded = record("for i in range(50):\n    t = torch.ones(1)\n    del t")
    found = [s.tensors["t"] for s in recorded.snapshots if "t" in s.tensors]
    numbers = [number for tensor in found for number in (tensor.identity, tensor.storage)]
    assert len(numbers) == len(set(numbers)) == 100


def test_numbers_of_tensors_that_are_gone_take_no_memory() -> None:
    identities = Identities()
    kept = torch.ones(1)
    number = identities.of(kept).number
    in_their_place, found = [], []
    for _ in range(3 * MOST_NUMBERED):
        found.append(identities.of(torch.ones(1)).number)
        in_their_place.append(torch.ones(1))  # so that no id() comes again
    assert len({number, *found}) == 3 * MOST_NUMBERED + 1
    assert identities.of(kept).number == number
    assert len(identities.known) <= MOST_NUMBERED


def test_another_name_is_no_change(record: Record) -> None:
    recorded = record("w = torch.ones(2, requires_grad=True)\n(w * w).sum().backward()\nv = w\n")
    assert "\nLine 3: v = w\n  v is w" in text_of(recorded)
    assert "v.grad" not in text_of(recorded)
    assert known_at_end(recorded).same == {"v": "w"}


def test_a_pass_fills_the_grad_of_one_tensor_once(record: Record) -> None:
    code = (
        "layers = [torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)]\n"
        "weights = [layer.weight for layer in layers]\n"
        "layers[0](torch.ones(1)).sum().backward()\n"
        "g = weights[0].grad\n"
    )
    recorded = record(code)
    text = text_of(recorded)
    assert "weights[0] is layers[0].weight" in text
    assert "layers[0].weight.grad was None, is now" in text
    assert "weights[0].grad was" not in text
    assert "g is layers[0].weight.grad" in text
    assert known_at_end(recorded).same["weights[0]"] == "layers[0].weight"


STEP = "loss = (w * w).sum()\nloss.backward()\n"


def test_a_leaf_that_lost_its_name_keeps_its_grad(record: Record) -> None:
    code = f"w = torch.tensor([1., 2.], requires_grad=True)\nleaf = [w]\n{STEP}"
    recorded = record(f"{code}w = w - 0.1 * w.grad\ndel leaf\n{STEP}", setup="import torch\n")
    text = text_of(recorded)
    assert (
        "w is another tensor since line 5; the earlier one is leaf[0] and keeps its .grad" in text
    )
    assert "w.grad was tensor([2., 4.]), is now None" not in text
    earlier = recorded.final.tensors["earlier leaf[0]"]
    assert earlier.grad is not None
    assert np.allclose(np.frombuffer(earlier.grad.raw or b"", "<f4"), [3.6, 7.2])
    filled = [s.backward.leaf for s in recorded.snapshots if s.backward and s.backward.leaf]
    assert filled == ["w", "earlier leaf[0]"]


def test_the_earlier_tensor_has_no_other_name(record: Record) -> None:
    recorded = record(f"w = torch.ones(2, requires_grad=True)\n{STEP}w = w - 0.1 * w.grad\n{STEP}")
    words = "  w is another tensor since line 4; the earlier one keeps its .grad"
    assert words in text_of(recorded).split("\n")
    rebound = known_at_end(recorded).rebound["w"]
    assert (rebound.line, rebound.earlier, rebound.keeps_grad) == (4, "earlier w", True)
    (leaf,) = [n.leaf for s in recorded.snapshots for n in s.nodes if n.name == "AccumulateGrad"]
    assert recorded.final.tensors["earlier w"].identity == leaf


def test_a_leaf_of_an_earlier_step(record: Record) -> None:
    """It matters to a tensor that comes from it, and not to one that has nothing but its name."""
    recorded = record(f"w = torch.ones(2, requires_grad=True)\n{STEP}")
    recorded.step("w = w - 0.1 * w.grad\n")
    assert recorded.final.tensors["earlier w"].grad is not None
    recorded.step("w = torch.ones(2, requires_grad=True)\n")
    recorded.step("kept = loss\nw = torch.zeros(2, requires_grad=True)\n(w * w).sum().backward()\n")
    assert not {"earlier w (2)", "unnamed leaf"} & recorded.final.tensors.keys()


def test_a_pass_fills_a_leaf_of_an_earlier_step(record: Record) -> None:
    recorded = record("w = torch.ones(2, requires_grad=True)\nloss = (w * w).sum()\n")
    recorded.step("w = None\nloss.backward()\n")
    grad = recorded.final.tensors["earlier w"].grad
    assert grad is not None
    assert np.frombuffer(grad.raw or b"", "<f4").tolist() == [2.0, 2.0]


def test_a_leaf_that_an_optimizer_holds(record: Record) -> None:
    code = (
        "w = torch.ones(1, requires_grad=True)\noptimizer = torch.optim.SGD([w], 0.1)\n"
        "w = torch.zeros(1, requires_grad=True)\n(w * 3).sum().backward()\noptimizer.step()\n"
    )
    tensors = record(code).final.tensors
    assert tensors["earlier w"].grad is None
    assert tensors["w"].grad is not None


def test_earlier_tensors_that_are_gone_have_no_row(record: Record) -> None:
    code = (
        "w = torch.ones(2, requires_grad=True)\nfor i in range(4):\n"
        "    loss = (w * w).sum()\n    loss.backward()\n"
        "    w = (w - 0.1 * w.grad).detach().requires_grad_()\ndel loss\n"
    )
    recorded = record(code)
    assert recorded.final.tensors.keys() == {"w"}
    assert any("earlier w" in snapshot.tensors for snapshot in recorded.snapshots)
    alive = [s for s in range(len(recorded.snapshots)) if "earlier w (2)" in recorded.state(s)[0]]
    assert not alive


def test_leaves_that_never_had_a_name(record: Record) -> None:
    code = "y = (torch.ones(2, requires_grad=True) * 3).sum()\ny.backward()\ny = None\n"
    recorded = record(code)
    ran = [s for s in recorded.snapshots if s.backward is not None and s.backward.leaf is not None]
    assert [s.backward.leaf for s in ran if s.backward] == ["unnamed leaf"]
    before = recorded.state(ran[0].index - 1).tensors["unnamed leaf"]
    assert before.grad is None
    grad = recorded.state(ran[0].index).tensors["unnamed leaf"].grad
    assert grad is not None
    assert np.frombuffer(grad.raw or b"", "<f4").tolist() == [3.0, 3.0]
    assert "unnamed leaf" not in recorded.final.tensors


def test_watching_keeps_no_leaf_alive(record: Record) -> None:
    code = (
        "import weakref\nw = torch.ones(2, requires_grad=True)\nref = weakref.ref(w)\n"
        "y = (w * 2).sum()\ny.backward()\nw = None\nheld = ref() is not None\ny = None\n"
        "gone = ref() is None\n"
    )
    values = record(code).final.values
    assert (values["held"], values["gone"]) == ("True", "True")


def test_a_leaf_keeps_its_name_in_the_graph(record: Record) -> None:
    from autograd_tutor.render.node_names import namer_at

    recorded = record(
        "theta = torch.ones(1, requires_grad=True)\ny = theta * 2\ntheta.requires_grad_(False)\n"
    )
    (leaf,) = [n.id for s in recorded.snapshots for n in s.nodes if n.name == "AccumulateGrad"]
    namer = namer_at(recorded.recording.nodes, recorded.final)
    assert namer.node(leaf) == "theta"


BEGINS_TO_HOLD = {
    "a list": ("ws = []", "ws.append(torch.ones(1))", "ws"),
    "a dict": ("d = {}", "d['w'] = torch.ones(1)", "d"),
    "an object": ("class A: pass\na = A()", "a.w = torch.ones(1)", "a"),
    "an attribute": (
        "class M(torch.nn.Module): pass\nm = M()\nm.kept = []",
        "m.kept.append(torch.ones(1))",
        "m.kept",
    ),
}


@pytest.mark.parametrize("name", BEGINS_TO_HOLD)
def test_what_begins_to_hold_tensors_is_not_gone(record: Record, name: str) -> None:
    first, then, held = BEGINS_TO_HOLD[name]
    recorded = record(f"{first}\n{then}\n")
    assert all(not snapshot.gone for snapshot in recorded.snapshots)
    assert [s.held for s in recorded.snapshots if s.held] == [(held,)]
    assert held not in recorded.final.values
    assert "gone" not in text_of(recorded)


NUMBERS = {
    "torch.nn.DataParallel(net)": "DataParallel with 12 numbers in its parameters",
    "torch.nn.Sequential(net, torch.nn.Linear(1, 1))": (
        "Sequential with 14 numbers in its parameters"
    ),
    "torch.nn.Sequential(net, net[0])": "Sequential with 12 numbers in its parameters",
    "torch.compile(net)": "OptimizedModule with 12 numbers in its parameters",
}


@pytest.mark.parametrize("made", NUMBERS)
@pytest.mark.filterwarnings("ignore")
def test_parameters_that_are_shown_elsewhere_count(record: Record, made: str) -> None:
    layers = "torch.nn.Linear(2, 3), torch.nn.Linear(3, 1, bias=False)"
    recorded = record(f"net = torch.nn.Sequential({layers})\nm = {made}")
    assert recorded.result.ok, recorded.result.error
    assert recorded.final.values["m"] == NUMBERS[made]
    assert recorded.final.values["net"] == "Sequential with 12 numbers in its parameters"


UNREGISTERED = {
    "weight_norm": ("torch.nn.utils.weight_norm(torch.nn.Linear(2, 3))", "weight"),
    "spectral_norm": ("torch.nn.utils.spectral_norm(torch.nn.Linear(2, 3))", "weight"),
    "put on it": ("torch.nn.Linear(2, 3)\nm.scale = torch.ones(1)", "scale"),
    "put inside": ("torch.nn.Sequential(torch.nn.ReLU())\nm[0].scale = torch.ones(1)", "0.scale"),
}


@pytest.mark.parametrize("name", UNREGISTERED)
@pytest.mark.filterwarnings("ignore")
def test_tensors_that_a_module_holds_besides_those_that_it_registers(
    record: Record, name: str
) -> None:
    made, attribute = UNREGISTERED[name]
    recorded = record(f"plain = torch.nn.Linear(2, 3)\nm = {made}\n")
    found = recorded.final.tensors[f"m.{attribute}"]
    module = recorded.variables["m"]
    for part in attribute.split("."):
        module = getattr(module, part)
    assert np.frombuffer(found.raw or b"", "<f4").tolist() == module.flatten().tolist()


ARRAYS = {
    "from_numpy": "a = np.ones(4)\nt = torch.from_numpy(a)",
    "a part": "a = np.ones(4)\nt = torch.from_numpy(a[2:])",
    "twice": "a = np.ones(4)\nt = torch.from_numpy(a)\nu = torch.from_numpy(a)",
    "as_tensor": "a = np.ones(4)\nb = a[1:]\nt = torch.as_tensor(b)",
    "numpy": "t = torch.ones(4)\na = t.numpy()\nb = a[1:]",
    "copies": "a = np.ones(4)\nt = torch.tensor(a)\nu = torch.ones(4)\nb = u.numpy().copy()",
    "a buffer": (
        "x = bytearray(16)\na = np.frombuffer(x, 'f4')\n"
        "t = torch.frombuffer(x, dtype=torch.float32)"
    ),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_share_memory_with_tensors(record: Record, name: str) -> None:
    recorded = record(ARRAYS[name], setup="import torch, numpy as np")
    state = recorded.final
    arrays = trace_of(recorded).arrays(len(recorded.snapshots) - 1)
    assert arrays.keys() == {name for name in "ab" if name in recorded.variables}
    for array, number in arrays.items():
        for tensor, found in state.tensors.items():
            elements = recorded.variables[tensor].numpy()
            shares = np.shares_memory(recorded.variables[array], elements)
            assert (found.storage == number) is shares, (array, tensor)
    if name == "from_numpy":
        assert known_at_end(recorded).sharing == {"a": "t", "t": "a"}
        assert "t shares its memory with a" in text_of(recorded)


REBOUND = {
    "a view": ("u = torch.ones(4, requires_grad=True)\n", "u = u.view(2, 2)\n", "u"),
    "a view of a view": (
        "u = torch.ones(4, requires_grad=True)\n", "u = u.view(2, 2).t().reshape(4)\n", "u",
    ),
    "a parameter": ("u = torch.nn.Parameter(torch.ones(4))\n", "u = u * 3\n", "u"),
    "an item": ("u = [torch.ones(4, requires_grad=True)]\n", "u[0] = u[0].view(2, 2)\n", "u[0]"),
    "after a change in place": (
        "u = torch.ones(4, requires_grad=True)\nwith torch.no_grad():\n    u.mul_(2)\n",
        "u = u.view(2, 2)\n", "u",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REBOUND)
def test_a_leaf_and_what_has_taken_its_name_are_called_differently_everywhere(
    record: Record, name: str
) -> None:
    before, line, variable = REBOUND[name]
    recorded = record(f"{before}{line}{variable}.sum().backward()\n")
    trace, text = trace_of(recorded), text_of(recorded)
    made = re.findall(r"graph: node \d+, (\w+) of (.*?)(?:, leads|$)", text, re.MULTILINE)
    made += re.findall(r"Backward 1, node \d+: (\w+) of (.*?), ", text)
    assert len(made) >= 4
    for operation, called in made:
        assert called == (f"earlier {variable}" if operation == "AccumulateGrad" else variable)
    heads: list[str] = []
    index = next(s.index for s in recorded.snapshots if line.strip() in source(recorded, s))
    for at in range(index, len(trace)):
        rows = [row.text for row in graph_listing(trace, at, at - 1, None).rows]
        (leaf,) = [row for row in rows if "AccumulateGrad" in row]
        assert f"earlier {variable}  AccumulateGrad" in leaf
        assert not [row for row in rows if row is not leaf and "earlier" in row]
        flow = [row.text for row in flow_listing(trace, at, at - 1).rows]
        heads += [row for row in flow if row.endswith("  AccumulateGrad")]
    assert heads == [f"◆ earlier {variable}  AccumulateGrad"]


def source(recorded: Recorded, snapshot: Snapshot) -> str:
    return source_line(trace_of(recorded).code, snapshot.line)


def test_storages_that_lie_at_one_address_one_after_the_other_have_numbers_of_their_own() -> None:
    identities = Identities()
    tensor = torch.zeros(4)
    address = storage_address(tensor)
    first = identities.of(tensor).storage_number
    tensor.data = torch.zeros(4)
    second = identities.of(tensor).storage_number
    kept = [torch.zeros(4)]
    while storage_address(kept[-1]) != address and len(kept) < 100_000:
        kept.append(torch.zeros(4))
    assert storage_address(kept[-1]) == address
    tensor.data = kept.pop()
    assert len({first, second, identities.of(tensor).storage_number}) == 3
    assert identities.of(torch.zeros(4)).storage_number not in (first, second)
