"""Reading changes nothing, where reading has an effect in torch or in Python."""

from __future__ import annotations

import pytest
from pass_oracle import bits, graph_behind, order, untraced
from recorded import Record

OUT_OF_DATE = {
    "a leaf is changed in no_grad": """
w = torch.tensor(2., requires_grad=True)
v = w.view(1)
with torch.no_grad():
    w.sub_(0.5)
c1 = w * 1e8
c2 = w * -1e8
s = c1 + c2
out = s + v
out.backward()
""",
    "part of the base is written": """
w = torch.tensor([2., 3.], requires_grad=True)
b = w * 1
v = b[0]
b[1] = 5.0
c1 = b[0] * 1e8
c2 = b[0] * -1e8
out = c1 + c2 + v
out.backward()
""",
    "the view keeps its gradient": """
w = torch.tensor([2., 3.], requires_grad=True)
b = w * 1
v = b[:1]
v.retain_grad()
b.mul_(2)
c1 = b * 1e8
c2 = b * -1e8
out = (c1 + c2).sum() + v.sum()
out.backward()
""",
    "the view is an argument, and returned": """
w = torch.tensor(2., requires_grad=True)
def change(view):
    with torch.no_grad():
        w.sub_(0.5)
    return view
v = change(w.view(1))
c1 = w * 1e8
c2 = w * -1e8
out = c1 + c2 + v
out.backward()
""",
    "complex": """
w = torch.tensor([[2., 3.]], requires_grad=True)
b = w * 1
v = torch.view_as_complex(b)
u = v.conj()
b.mul_(2)
c1 = b.sum() * 1e8
c2 = b.sum() * -1e8
out = c1 + c2 + (u * v).real.sum()
out.backward()
""",
    "many elements": """
w = torch.ones(5000, requires_grad=True)
v = w.view(50, 100)
with torch.no_grad():
    w.sub_(0.5)
c1 = w * 1e8
c2 = w * -1e8
out = (c1 + c2).sum() + v.sum()
out.backward()
""",
    "the gradient is a view": """
w = torch.tensor(2., requires_grad=True)
p = torch.ones(1, requires_grad=True)
p.grad = w.view(1)
with torch.no_grad():
    w.sub_(0.5)
c1 = w * 1e8
c2 = w * -1e8
out = c1 + c2 + p.grad
out.backward(inputs=[w])
""",
    "a base begins to require grad": """
w = torch.tensor(2., requires_grad=True)
b = torch.ones(1)
v = b.view(1)
b.mul_(w)
c1 = w * 1e8
c2 = w * -1e8
out = c1 + c2 + v
out.backward()
""",
}  # fmt: skip


@pytest.mark.parametrize("name", OUT_OF_DATE)
def test_a_view_gets_its_new_grad_fn_when_the_snippet_uses_it(record: Record, name: str) -> None:
    plain = untraced(OUT_OF_DATE[name]).space
    found = record(OUT_OF_DATE[name]).variables
    assert bits(found["w"].grad) == bits(plain["w"].grad)
    assert graph_behind(found["out"]) == graph_behind(plain["out"])


def test_what_is_recorded_of_a_view_that_is_out_of_date_is_what_print_shows(record: Record) -> None:
    code = """
w = torch.tensor([2., 3.], requires_grad=True)
b = w * 1
v = b[0]
b[1] = 5.0
before = 1
text = str(v)
after = 2
"""
    recorded = record(code)
    states = {
        s.line: recorded.state(s.index).tensors["v"] for s in recorded.snapshots if s.line >= 4
    }
    assert [states[n].grad_fn is None for n in (4, 5, 6, 7, 8)] == [False, True, True, False, False]
    assert [states[n].grad_fn_name for n in (4, 5, 7)] == [
        "SelectBackward0",
        "AsStridedBackward0",
        "AsStridedBackward0",
    ]
    assert {states[n].is_leaf for n in states} == {False}
    number = states[7].grad_fn
    assert number is not None
    node = recorded.recording.nodes[number]
    assert (node.name, node.line) == ("AsStridedBackward0", 7)


def test_a_pass_goes_through_the_node_that_its_line_has_made(record: Record) -> None:
    recorded = record(OUT_OF_DATE["a leaf is changed in no_grad"])
    assert order(recorded) == [
        "AddBackward0", "AsStridedBackward0", "AddBackward0", "MulBackward0", "MulBackward0",
        "AccumulateGrad",
    ]  # fmt: skip


EFFECTS = {
    "a parametrization that is not cached": """
from torch.nn.utils import parametrize
calls = []
class Double(torch.nn.Module):
    def forward(self, w):
        calls.append(1)
        return w * 2
lin = torch.nn.Linear(2, 2)
parametrize.register_parametrization(lin, "weight", Double())
before = len(calls)
a = 1
with parametrize.cached():
    b = len(parametrize._cache)
    c = len(parametrize._cache)
seen = len(calls) == before, b, c
""",
    "descriptors and __getattr__": """
calls = []
class Loud:
    def __init__(self):
        self.t = torch.ones(2)
    def __getattr__(self, name):
        calls.append(name)
        raise AttributeError(name)
    @property
    def value(self):
        calls.append("value")
        return self.t
x = Loud()
y = [x]
seen = list(calls)
""",
    "generators and iterators": """
g = (torch.ones(1) * n for n in range(3))
i = iter([1, 2, 3])
m = map(lambda n: n + 1, [1, 2])
seen = [float(t) for t in g], list(i), list(m)
""",
    "weak references": """
import weakref
x = torch.ones(2, requires_grad=True)
y = x * 2
r = weakref.ref(y)
n = weakref.WeakSet([y])
del y
seen = r() is None, len(n)
""",
    "grad accumulators that nothing holds": """
x = torch.ones(2, requires_grad=True)
calls = []
x.view_as(x).grad_fn.next_functions[0][0].register_hook(lambda *g: calls.append(1))
a = 1
(x * 2).sum().backward()
seen = len(calls)
""",
    "lazy copies": """
x = torch.ones(2)
y = torch._lazy_clone(x)
before = torch._C._is_cow_tensor(x), torch._C._is_cow_tensor(y)
a = 1
seen = before, torch._C._is_cow_tensor(x), torch._C._is_cow_tensor(y)
""",
    "the counter of sequence numbers": """
w = torch.ones(2, requires_grad=True)
first = torch._C._autograd._get_sequence_nr()
v = w * 1
u = v[0]
v.mul_(2)
a = 1
seen = torch._C._autograd._get_sequence_nr() - first
""",
    "versions of gradients that come from several places": """
x = torch.ones(3, requires_grad=True)
p = torch.ones(3, requires_grad=True)
((x * 3).sum() + (x * 4).sum() + (x * p).sum()).backward()
(g,) = torch.autograd.grad((x * 5 + x.sin()).sum(), x)
large = torch.ones(50, 50, requires_grad=True)
(large.exp().sum() + large.sin().sum()).backward()
seen = x.grad._version, p.grad._version, g._version, large.grad._version
""",
    "versions of a gradient that is a local of a backward": """
class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t):
        return t * 2
    @staticmethod
    def backward(ctx, g):
        doubled = g * 2
        return doubled
x = torch.ones(2, requires_grad=True)
m = x * 3
(Twice.apply(x) + m).sum().backward()
seen = x.grad._version
""",
    "versions of a gradient that is a local of a hook": """
def double(sent, arrived):
    doubled = sent[0] * 2
    return doubled, *sent[1:]
x = torch.ones(2, requires_grad=True)
m = x * 3
h = x * 1
h.grad_fn.register_hook(double)
(h + m).sum().backward()
large = torch.ones(50, 50, requires_grad=True)
m = large * 3
h = large * 1
h.grad_fn.register_hook(double)
(h + m).sum().backward()
seen = x.grad._version, large.grad._version
""",
    "versions of a gradient that a variable has held": """
class Given(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t):
        return t * 2
    @staticmethod
    def backward(ctx, g):
        return given.pop()
given = [torch.ones(2), torch.ones(2).t()]
x = torch.ones(2, requires_grad=True)
versions = []
for turn in range(2):
    m = x * 3
    t = Given.apply(x)
    (t + m).sum().backward()
    versions.append(x.grad._version)
    x.grad = None
seen = versions
""",
    "what dies while a pass runs": """
import weakref
x = torch.ones(2, requires_grad=True)
y = x * 2
kept = [torch.ones(1)]
b = torch.ones(1)
held, holder, alone = weakref.ref(kept[0]), weakref.ref(y), weakref.ref(b)
def drop(g):
    global b
    b = None
    kept.clear()
    seen.append([held() is None, holder() is None, alone() is None])
seen = []
y.register_hook(drop)
z = y.sum()
z.backward()
""",
    "how a view was made": """
w = torch.ones(2, requires_grad=True)
v = (w * 1)[0]
a = 1
seen = str(torch._C._autograd._get_creation_meta(v))
""",
}  # fmt: skip


@pytest.mark.parametrize("name", EFFECTS)
def test_what_reading_could_change_is_as_in_a_run_without_a_recorder(
    record: Record, name: str
) -> None:
    plain = untraced(EFFECTS[name])
    assert plain.error is None, plain.error
    assert record(EFFECTS[name]).variables["seen"] == plain.space["seen"]
