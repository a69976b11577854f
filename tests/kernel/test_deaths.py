"""Objects die when they die in a run without a recorder."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from pass_oracle import untraced
from process_session import Session
from recorded import Record

from autograd_tutor.recording.wire import Limits

BEGIN = """
import gc, sys, weakref
class A:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        print("dies", self.name)
def ends(what):
    return lambda ref: print("ends", what)
x = torch.ones(3, requires_grad=True)
"""
DEATHS = {
    "names that are deleted or bound anew": """
a = A("a")
b = a
del a
print("held by b")
b = A("b")
print("b is another")
c = [A("in a list")]
c[0] = None
print("end")
""",
    "weak references to tensors and storages": """
y = x * 2
loss = y.sum()
refs = [weakref.ref(y, ends("y")), weakref.ref(y.untyped_storage(), ends("storage"))]
loss.backward()
del y
print("the graph is freed")
loss = None
print([r() for r in refs])
""",
    "a gradient that is replaced": """
(x * 2).sum().backward()
ref = weakref.ref(x.grad, ends("the first"))
x.grad = None
print("none")
(x * 3).sum().backward()
(g,) = torch.autograd.grad((x * 4).sum(), x)
refs = weakref.ref(x.grad, ends("the second")), weakref.ref(g, ends("g"))
del g
x.grad = torch.zeros(3)
print("zeros")
""",
    "what saved tensors hold": """
h = x.exp()
ref = weakref.ref(h, ends("h"))
y = h.sum()
del h
print("held by the graph")
y.backward()
print("freed with it", y.grad_fn.next_functions[0][0].name())
""",
    "locals, at the end of their call and before": """
def f(name):
    a = A(name)
    b = A("other")
    a = None
    print("a is gone")
    t = x * 2
    t.sum().backward()
    return t
for n in range(2):
    f("local")
    print("returned")
""",
    "locals of a call that raises": """
def f():
    a = A("local")
    raise ValueError("here")
try:
    f()
except ValueError as error:
    print("handled")
print("after")
try:
    f()
except ValueError as error:
    kept = error
print("kept")
kept = None
print("let go")
""",
    "a hook and what it has closed over": """
def hook():
    a = A("closed over")
    return lambda g: None
y = x * 2
y.register_hook(hook())
y.sum().backward()
print("ran")
y = None
print("gone")
""",
    "generators": """
def items():
    a = A("in items")
    try:
        yield x * 2
        yield x * 3
    finally:
        print("finally")
g = items()
next(g)
print("suspended")
g = None
print("closed")
for t in items():
    break
print("left")
list(items())
""",
    "a context manager that is left": """
import contextlib
@contextlib.contextmanager
def held():
    a = A("held")
    try:
        yield a
    finally:
        print("leaving")
with held() as a:
    t = x * 2
del a
print("after")
""",
    "cycles": """
gc.collect()
a = A("cycle")
a.me = a
del a
print("not yet", gc.collect() > 0)
y = (x * x).sum()
y.backward()
try:
    y.backward()
except RuntimeError:
    pass
try:
    x.mul_(2)
except RuntimeError:
    pass
with torch.autograd.set_detect_anomaly(True):
    (x * 3).sum().backward()
print(gc.collect(), gc.garbage)
""",
    "counts of references": """
y = x * 2
l = [y, x]
class M(torch.nn.Module):
    def forward(self, t):
        return t * 2
m = M()
z = m(y)
z.sum().backward()
d = {"x": x}
print([sys.getrefcount(o) for o in (x, y, z, l, d, m, x.grad, y.grad_fn)])
""",
    "the collector's settings": """
print(gc.isenabled(), gc.get_threshold(), gc.get_debug(), gc.callbacks)
gc.set_threshold(50, 2, 2)
gc.disable()
y = x * 2
print(gc.isenabled(), gc.get_threshold(), any(o is y for o in gc.get_objects()))
gc.set_threshold(700, 10, 10)
print(len([r for r in gc.get_referrers(y) if r is not globals()]))
""",
}  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def no_collector() -> Iterator[None]:
    """Garbage goes when a snippet asks for it."""
    gc.collect()
    gc.freeze()
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


@pytest.mark.parametrize("name", DEATHS)
def test_objects_die_when_they_die_without_a_recorder(
    record: Record, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    code = BEGIN + DEATHS[name]
    gc.collect()
    capsys.readouterr()
    plain = untraced(code)
    output = capsys.readouterr().out
    assert plain.error is None, plain.error
    gc.disable()
    run = record(None)
    gc.collect()
    capsys.readouterr()
    run.step(code)
    assert run.result.error is None, run.result.error
    assert capsys.readouterr().out == output
    assert output
    gc.disable()


def test_a_run_begins_without_garbage_and_recording_makes_none() -> None:
    code = (
        "import gc\nfound = [gc.collect()]\nx = torch.ones(3, 500, requires_grad=True)\n"
        "def f(t):\n    y = t * 2\n    return y.sum()\n"
        "for i in range(3):\n    f(x).backward()\n"
        "try:\n    torch.ones(1).backward()\nexcept RuntimeError:\n    pass\n"
        "x.view(-1)\nfound.append(gc.collect())\nprint(found, gc.isenabled(), gc.get_threshold())\n"
    )
    with Session() as session:
        outcome = session.execute(code, Limits(seconds=30))
    assert outcome.error is None
    assert outcome.stdout == "[0, 0] True (700, 10, 10)\n"
