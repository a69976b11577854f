"""Forward mode: the tangent that a dual tensor carries, and that reading it changes nothing."""

from __future__ import annotations

import math
import struct

import pytest
import torch
from pass_oracle import bits, untraced
from recorded import Record, Recorded

from autograd_tutor.recording.batches import batches
from autograd_tutor.recording.model import Tensor, Wrapper
from autograd_tutor.recording.tensor_text import text

# Of torch's own code, where it is first used in forward mode.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.torch.jit.script. is deprecated:DeprecationWarning",
    "ignore:Attempted to insert a get_attr Node:UserWarning",
)

START = """
import torch.autograd.forward_ad as fwAD
x, t = torch.tensor([1., 2.]), torch.tensor([1., 0.])
w = torch.tensor([3., 4.], requires_grad=True)
"""
TRACED = "<not set: torch traces the call>"


def line_of(code: str, marked: str) -> int:
    return next(n for n, line in enumerate(code.split("\n"), 1) if marked in line)


def after(recorded: Recorded, line: int, name: str, turn: int = -1) -> Tensor:
    """What was recorded of a name after this line, the last time or at another `turn` of it."""
    at = [s.index for s in recorded.snapshots if s.event == "line" and s.line == line][turn]
    return recorded.state(at).tensors[name]


def floats(tensor: Tensor | None) -> list[float]:
    assert tensor is not None
    assert tensor.raw is not None
    return list(struct.unpack(f"<{len(tensor.raw) // 4}f", tensor.raw))


PRINTED = {
    "of the course": "y = d.sin() * d",
    "a scalar": "y = d.sum()",
    "a scalar with a graph": "y = (fwAD.make_dual(w, t) ** 2).sum()",
    "a graph behind the tangent": "y = fwAD.make_dual(w, w * 2) * t",
    "nan": "y = fwAD.make_dual(x, torch.tensor([float('nan'), 1.])) * 2",
    "a parameter's": "y = fwAD.make_dual(torch.nn.Parameter(x), t)",
    "two dimensions": "y = fwAD.make_dual(torch.ones(3, 4), torch.rand(3, 4)) / 3",
    "wide": "y = fwAD.make_dual(torch.ones(30), torch.rand(30)) / 3",
    "2,000 elements": "y = fwAD.make_dual(torch.zeros(2000), torch.rand(2000)) * 3",
    "without elements": "y = fwAD.make_dual(torch.zeros(0, 2), torch.ones(0, 2))",
    "float64": "y = fwAD.make_dual(x.double(), t.double())",
    "complex": "y = fwAD.make_dual(torch.complex(x, t), torch.complex(t, x))",
    "a complex scalar": "y = fwAD.make_dual(torch.complex(x, t), torch.complex(t, x)).sum()",
    "a lazy conjugation": "y = fwAD.make_dual(torch.complex(x, t), torch.complex(t, x)).conj()",
    "a view": "y = d[1:]",
    "a view after an edit": "d.mul_(2)\n    y = d[0]",
    "an edit": "y = d * 1\n    y.mul_(d)",
    "in no_grad": "with torch.no_grad():\n        y = d * 3",
    "of a constant and a dual": "y = torch.ones(2)\n    y.copy_(d)",
    "none": "y = x * 2",
}


@pytest.mark.parametrize("name", PRINTED)
def test_the_text_is_what_print_gives_with_the_tangent(record: Record, name: str) -> None:
    code = START + (
        f"with fwAD.dual_level():\n    d = fwAD.make_dual(x, t)\n    {PRINTED[name]}\n"
        "    printed = repr(y)\n    tangent = fwAD.unpack_dual(y).tangent\n    end = 1\n"
    )
    recorded = record(code)
    assert recorded.result.ok, recorded.result.error
    found = after(recorded, line_of(code, "printed ="), "y")
    assert text(found) == recorded.variables["printed"]
    true = recorded.variables["tangent"]
    if true is None:
        assert found.tangent is None
        return
    assert found.tangent is not None
    assert found.tangent.shape == tuple(true.shape)
    assert found.tangent.dtype == str(true.dtype)
    assert found.tangent.requires_grad == true.requires_grad
    assert found.tangent.tangent is found.tangent.grad is None
    if found.tangent.raw is not None:
        assert found.tangent.raw == bits(true)
    else:
        assert found.tangent.stats is not None
        assert found.tangent.stats.norm == pytest.approx(true.norm().item(), rel=1e-6)


def test_a_tangent_that_changes_is_recorded_anew_and_is_gone_with_its_level(record: Record) -> None:
    code = START + (
        "with fwAD.dual_level():\n"
        "    d = fwAD.make_dual(x, t)\n"
        "    y = d * 2\n"
        "    y.mul_(2)\n"
        "    t.add_(1)\n"
        "    big = fwAD.make_dual(torch.zeros(2000), torch.zeros(2000))\n"
        "    fwAD.unpack_dual(big).tangent[1000] = 5\n"
        "after = 1\n"
    )
    recorded = record(code)
    first = line_of(code, "y = d * 2")
    assert floats(after(recorded, first, "y").tangent) == [2, 0]
    assert floats(after(recorded, first + 1, "y").tangent) == [4, 0]
    assert floats(after(recorded, first + 2, "y").tangent) == [4, 0]
    assert floats(after(recorded, first + 1, "d").tangent) == [1, 0]
    assert floats(after(recorded, first + 2, "d").tangent) == [2, 1]
    large = [after(recorded, first + 3 + n, "big").tangent for n in range(2)]
    assert [each and each.stats and each.stats.max for each in large] == [0, 5]
    left = recorded.final.tensors
    assert [left[name].tangent for name in ("d", "y", "big")] == [None] * 3
    assert floats(left["y"]) == [4, 8]
    changed = [s.index for s in recorded.snapshots if "y" in s.tensors]
    assert len(changed) == 3, "made, edited, and its tangent gone"


def test_the_gradient_of_a_dual_loss_is_dual(record: Record) -> None:
    """Forward over reverse: the tangent of `.grad` is a product with the Hessian."""
    code = START + (
        "with fwAD.dual_level():\n"
        "    d = fwAD.make_dual(w, t)\n"
        "    d.retain_grad()\n"
        "    (d ** 3).sum().backward()\n"
        "    h = fwAD.unpack_dual(d.grad).tangent.clone()\n"
    )
    recorded = record(code)
    grad = after(recorded, line_of(code, "backward"), "d").grad
    assert grad is not None
    assert floats(grad) == [27, 48]
    assert floats(grad.tangent) == recorded.variables["h"].tolist() == [18, 0]
    ran = [s.backward for s in recorded.snapshots if s.backward is not None]
    sent = [grad for each in ran for grad in each.grad_inputs if grad is not None]
    assert [18, 0] in [floats(grad.tangent) for grad in sent if grad.tangent is not None]


INSIDE = """
def f(a):
    b = a.sin() * a
    c = b[0]
    b.mul_(2)
    return b
"""
F_TANGENT = "torch.func.jvp(lambda a: a.sin() * a, (x,), (t,))[1]"


@pytest.mark.parametrize(
    "call",
    [
        "torch.func.jvp(f, (x,), (t,))",
        "torch.func.jvp(torch.func.grad(lambda a: f(a).sum()), (x,), (t,))",
        "torch.func.jvp(lambda a: torch.func.vjp(f, a)[0], (x,), (t,))",
        "torch.func.jvp(lambda a: torch.func.jvp(f, (a,), (t,)), (x,), (t,))",
    ],
)
def test_inside_a_jvp_locals_have_the_tangents_of_the_call(record: Record, call: str) -> None:
    recorded = record(f"{START}{INSIDE}out = {call}\ntrue = {F_TANGENT}\n")
    assert recorded.result.ok, recorded.result.error
    first = line_of(START + INSIDE, "b = a.sin()")
    true = recorded.variables["true"].tolist()
    assert floats(after(recorded, first, "f().a").tangent) == [1, 0]
    assert floats(after(recorded, first, "f().b").tangent) == true
    assert floats(after(recorded, first + 1, "f().c").tangent) == true[:1]
    assert floats(after(recorded, first + 2, "f().b").tangent) == [2 * each for each in true]


def test_an_outer_jvp_keeps_its_tangents_while_an_inner_one_runs(record: Record) -> None:
    code = (
        f"{START}{INSIDE}def g(a):\n    s = a * 3\n    return torch.func.jvp(f, (a,), (t,))[1]\n"
        "out = torch.func.jvp(g, (x,), (2 * t,))\n"
    )
    recorded = record(code)
    line = line_of(code, "b = a.sin()")
    assert floats(after(recorded, line, "g().s").tangent) == [6, 0]
    assert floats(after(recorded, line, "f().a").tangent) == [1, 0]


@pytest.mark.parametrize("call", ["jacfwd(f)", "hessian(lambda a: f(a).sum())"])
def test_the_tangents_of_a_jacobian_are_a_batch(record: Record, call: str) -> None:
    recorded = record(f"{START}{INSIDE}out = torch.func.{call}(x)\n")
    assert recorded.result.ok, recorded.result.error
    line = line_of(START + INSIDE, "b = a.sin()")
    of_argument = after(recorded, line, "f().a").tangent
    found = after(recorded, line, "f().b").tangent
    assert found is not None
    assert floats(of_argument) == [1, 0, 0, 1]
    slopes = [math.sin(x) + x * math.cos(x) for x in (1, 2)]
    assert floats(found) == pytest.approx([slopes[0], 0, 0, slopes[1]])
    assert [each.bdim for each in found.wrappers] == [0]


BATCHED = {
    "vmap": ("torch.vmap(f)", [Wrapper(2, 0)]),
    "another dimension": ("torch.vmap(f, in_dims=1, out_dims=1)", [Wrapper(2, 1)]),
    "vmap of vmap": ("torch.vmap(torch.vmap(g))", [Wrapper(3, 0), Wrapper(2, 0)]),
    "vmap of grad": ("torch.vmap(torch.func.grad(lambda a: f(a).sum()))", [Wrapper(2, 0)]),
}


@pytest.mark.parametrize("name", BATCHED)
def test_the_tangents_within_a_vmap_are_a_batch(record: Record, name: str) -> None:
    function, wrappers = BATCHED[name]
    recorded = record(
        f"{START}{INSIDE}def g(a):\n    return f(a[None])[0]\n"
        "xs, ts = torch.rand(2, 3, 2).unbind()\n"
        f"out = torch.func.jvp({function}, (xs,), (ts,))\n"
    )
    assert recorded.result.ok, recorded.result.error
    xs, ts = recorded.variables["xs"], recorded.variables["ts"]
    line = line_of(START + INSIDE, "b = a.sin()")
    of_argument = after(recorded, line, "f().a").tangent
    assert of_argument is not None
    assert list(of_argument.wrappers) == wrappers
    assert floats(of_argument) == ts.flatten().tolist()
    value = after(recorded, line, "f().b")
    assert value.tangent is not None
    assert batches(value.tangent) == batches(value)
    assert value.tangent.shape == value.shape
    true = ts * (xs.sin() + xs * xs.cos())
    if name == "another dimension":  # torch has moved it to the front
        true = true.t()
    assert floats(value.tangent) == pytest.approx(true.flatten().tolist())


def test_a_large_batch_of_tangents_has_statistics(record: Record) -> None:
    recorded = record(
        f"{START}{INSIDE}xs, ts = torch.rand(2, 40, 50).unbind()\n"
        "out = torch.func.jvp(torch.vmap(f), (xs,), (ts,))\n"
        "true = ts * (xs.sin() + xs * xs.cos())\n"
    )
    found = after(recorded, line_of(START + INSIDE, "b = a.sin()"), "f().b").tangent
    assert found is not None
    assert found.stats is not None
    assert found.stats.norm == pytest.approx(recorded.variables["true"].norm().item(), rel=1e-5)
    assert [(each.dim, each.size) for each in batches(found)] == [(0, 40)]


def test_a_tangent_that_cannot_be_read_says_why(record: Record) -> None:
    recorded = record(f"{START}{INSIDE}out = torch.func.linearize(f, x)\n")
    assert recorded.result.ok, recorded.result.error
    found = after(recorded, line_of(START + INSIDE, "b = a.sin()"), "f().b").tangent
    assert found is not None
    assert (found.raw, found.shown) == (None, TRACED)


def test_outside_of_forward_mode_nothing_has_a_tangent(record: Record) -> None:
    recorded = record(f"{START}{INSIDE}g = torch.func.grad(lambda a: f(a).sum())(x)\nf(w)\n")
    tensors = [tensor for s in recorded.snapshots for tensor in s.tensors.values()]
    assert tensors
    assert all(tensor.tangent is None for tensor in tensors)


FAITHFUL = {
    "duals": """
with fwAD.dual_level():
    d = fwAD.make_dual(x, t)
    y = d.sin() * d
    y.mul_(2)
    r = torch.rand(2)
    seen += [d._version, y._version, repr(y), repr(fwAD.unpack_dual(y)), d._is_view()]
""",
    "a view whose base gets its tangent later": """
with fwAD.dual_level():
    b = torch.zeros(2)
    v = b[0]
    b.copy_(fwAD.make_dual(x, t * w))
    u = 1
    tangent = fwAD.unpack_dual(v).tangent
    seen += [repr(v), tangent.grad_fn.name(), b._version]
    tangent.backward()
    seen.append(repr(w.grad))
""",
    "the same, of a tangent that is edited": """
with fwAD.dual_level():
    b = torch.zeros(2)
    v = b[:1]
    b.copy_(fwAD.make_dual(x, t))
    u = 1
    fwAD.unpack_dual(b).tangent.mul_(w)
    seen.append(repr(v))
    tangent = fwAD.unpack_dual(v).tangent
    tangent.sum().backward()
    seen.append(repr(w.grad))
""",
    "forward over reverse": """
with fwAD.dual_level():
    d = fwAD.make_dual(w, t * w.detach())
    y = (d ** 3).sum()
    (g,) = torch.autograd.grad(y, d, create_graph=True)
    seen += [repr(g), repr(fwAD.unpack_dual(g))]
    fwAD.unpack_dual(g).tangent.sum().backward()
    seen.append(repr(w.grad))
""",
    "jvp": """
def f(a):
    b = a.sin() * a
    c = b[0]
    b.mul_(2)
    seen.append(repr(b))
    return b
out = torch.func.jvp(f, (w,), (t,))
seen.append(repr(out))
out[1].sum().backward()
seen.append(repr(w.grad))
""",
    "nested": """
def f(a):
    b = a.sin() * a
    c = b[:1]
    seen.append(repr(b))
    return b
h = torch.func.hessian(lambda a: f(a).sum())(x)
i = torch.func.jvp(lambda a: torch.func.jvp(f, (a,), (t,))[1], (x,), (t,))
j = torch.func.jacfwd(f)(x)
k = torch.vmap(lambda a: torch.func.jvp(f, (a,), (t,))[1])(torch.stack([x, t]))
m = torch.func.jvp(torch.vmap(f), (x[None],), (t[None],))
o = torch.func.jvp(torch.vmap(torch.func.grad(lambda a: f(a).sum())), (x[None],), (t[None],))
n = torch.vmap(lambda a: torch.func.jvp(lambda q: q * torch.rand(2), (a,), (t,))[1],
               randomness="different")(torch.stack([x, t]))
seen += [repr(each) for each in (h, i, j, k, m, n, o)]
""",
    "linearize": """
def f(a):
    b = a.sin() * a
    return b
out, push = torch.func.linearize(f, x)
p = push(t)
seen += [repr(out), repr(p)]
""",
    "modes and a function of its own": """
from torch.utils._python_dispatch import TorchDispatchMode
class Count(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        seen.append(str(func))
        return func(*args, **(kwargs or {}))
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_forward(x)
        return x * x
    @staticmethod
    def jvp(ctx, dx):
        (x,) = ctx.saved_tensors
        seen.append(repr(dx))
        return 2 * x * dx
with fwAD.dual_level():
    d = fwAD.make_dual(x, t)
    with Count():
        y = Square.apply(d)
        z = y[0]
    with fwAD._set_fwd_grad_enabled(False):
        e = y * 3
    seen += [repr(y), repr(z), repr(e), torch._C._is_fwd_grad_enabled()]
""",
}


@pytest.mark.parametrize("name", FAITHFUL)
def test_reading_tangents_changes_nothing(record: Record, name: str) -> None:
    body = (
        f"{START}seen = []\nbegin = (w * 1).grad_fn._sequence_nr()\n{FAITHFUL[name]}\n"
        "nodes = (w * 1).grad_fn._sequence_nr() - begin\nlast = torch.rand(1)\n"
    )
    recorded, run = record(body), untraced(body)
    assert run.error is None
    assert recorded.result.ok, recorded.result.error
    watched, plain = recorded.variables, run.space
    assert watched["seen"] == plain["seen"]
    assert watched["nodes"] == plain["nodes"]
    for own, value in plain.items():
        if isinstance(value, torch.Tensor):
            assert bits(watched[own]) == bits(value), own
            assert watched[own]._version == value._version
