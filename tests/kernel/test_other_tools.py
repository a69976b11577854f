"""Tools that follow the code that runs see the snippet alone, and print what they print plainly."""

from __future__ import annotations

import linecache
import re
import warnings
from typing import Any

import pytest
import torch
from pass_oracle import order, passes
from recorded import Record, Recorded

STEP = "<step 1>"
Output = tuple[str, list[tuple[str, str, str, int]]]
"""What was printed, and the warnings: class, text, file, line."""

COMPILED = """
import torch, torch._dynamo
from torch._dynamo.utils import counters
torch._dynamo.reset(); counters.clear()
"""
COUNTED = (
    "\nprint(dict(counters['frames']), dict(counters['stats']), dict(counters['graph_break']))\n"
)

DYNAMO = {
    "a module, eagerly": """
net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
f = torch.compile(net, backend="eager")
loss = f(torch.ones(2, 3)).sum()
loss.backward()
print(net[0].weight.grad)
""",
    "a function, by AOTAutograd": """
@torch.compile(backend="aot_eager")
def f(x):
    y = x * 2
    return y.sin()
x = torch.ones(3, requires_grad=True)
out = f(x)
out.sum().backward()
print(x.grad)
""",
    "a pass inside of the function": """
@torch.compile(backend="aot_eager")
def f(x, w):
    y = (x * w).sum()
    y.backward()
    return w.grad
w = torch.ones(3, requires_grad=True)
print(f(torch.arange(3.0), w))
""",
    "a graph break, and functions that are called": """
def scaled(x):
    print("scaling")
    return x * 3
@torch.compile(backend="eager")
def f(x):
    y = x * 2
    z = scaled(y)
    return z + y
x = torch.ones(2, requires_grad=True)
for _ in range(3):
    f(x).sum().backward()
print(x.grad)
""",
    "a hook inside of a compiled function": """
@torch.compile(backend="eager")
def f(x):
    y = x * 2
    y.sum().backward()
    return y
x = torch.ones(2, requires_grad=True)
def hook(g):
    return g * 2 + 1
x.register_hook(hook)
print(f(x), x.grad)
""",
    "a method, with a size that changes": """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = torch.nn.Linear(2, 2)
    @torch.compile(backend="aot_eager")
    def forward(self, x):
        if x.shape[0] > 2:
            x = x * 2
        return self.lin(x).relu()
m = Net()
for n in (1, 2, 3, 4):
    out = m(torch.ones(n, 2))
out.sum().backward()
print(m.lin.bias.grad)
""",
}  # fmt: skip

OTHERS = {
    "jit.trace of a function": """
def f(x):
    y = x * 2
    z = y + x.shape[0]
    return z.sum()
f = torch.jit.trace(f, torch.ones(1, 2))
print(f.code, f(torch.ones(3, 2)))
""",
    "jit.trace of a module": """
class M(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = torch.nn.Linear(2, 2)
    def forward(self, x):
        y = self.lin(x)
        return y.relu()
print(torch.jit.trace(M(), torch.ones(1, 2)).code)
""",
    "fx.symbolic_trace": """
class M(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = torch.nn.Linear(2, 2)
    def forward(self, x):
        y = self.lin(x)
        return y.relu() + x.shape[0]
print(torch.fx.symbolic_trace(M()).code)
""",
    "make_fx": """
from torch.fx.experimental.proxy_tensor import make_fx
def f(x, w):
    y = (x * w).sum()
    (g,) = torch.autograd.grad(y, w)
    return g * 2
w = torch.ones(3, requires_grad=True)
print(make_fx(f)(torch.arange(3.0), w).code)
""",
    "make_fx with symbols": """
from torch.fx.experimental.proxy_tensor import make_fx
def f(x, w):
    y = (x * w).sum()
    (g,) = torch.autograd.grad(y, w)
    return g * 2
w = torch.ones(3, requires_grad=True)
print(make_fx(f, tracing_mode="symbolic")(torch.arange(3.0), w).code)
""",
    "the profiler": """
x = torch.ones(3, requires_grad=True)
with torch.autograd.profiler.profile() as found:
    y = (x * 2).sin()
    y.sum().backward()
print([event.name for event in found.function_events])
""",
    "anomaly detection": """
with torch.autograd.set_detect_anomaly(True):
    y = torch.tensor([-1.0], requires_grad=True)
    z = y.sqrt()
    try:
        z.backward()
    except RuntimeError as e:
        print(e)
""",
    "the stack in hooks": """
import inspect
def names():
    found = [f.function for f in inspect.stack()[1:]]
    return found[: found.index("<module>") + 1]
x = torch.ones(1, requires_grad=True)
y = x * 2
y.register_hook(lambda g: print(names()))
x.register_post_accumulate_grad_hook(lambda p: print(names()))
y.backward(retain_graph=True)
torch.autograd.grad(y, x)
print(names())
""",
    "the traceback of a hook": """
import traceback
x = torch.ones(1, requires_grad=True)
y = x * 2
y.register_hook(lambda g: 1 / 0)
try:
    y.backward()
except ZeroDivisionError:
    print(traceback.format_exc())
""",
    "the stack in a custom backward": """
import traceback
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2
    @staticmethod
    def backward(ctx, g):
        found = traceback.format_stack()
        print("".join(found[next(n for n, text in enumerate(found) if "<step 1>" in text):]))
        return g
F.apply(torch.ones(1, requires_grad=True)).backward()
""",
    "warnings with a stacklevel": """
import warnings
def warn():
    warnings.warn("at the call", stacklevel=2)
    warnings.warn("here")
def hook(g):
    for level in range(1, 6):
        warnings.warn(f"level {level}", stacklevel=level)
warn()
x = torch.ones(1, requires_grad=True)
y = x * 2
y.register_hook(hook)
y.backward()
""",
}  # fmt: skip


def warned(found: list[warnings.WarningMessage]) -> list[tuple[str, str, str, int]]:
    """Without the frames of the test itself, which a message may name below those of the step."""
    step = f'  File "{STEP}"'
    texts = [
        re.sub(rf'  File "(?!{STEP}).*?(?={step})', "", str(w.message), flags=re.DOTALL)
        for w in found
    ]
    return [
        (w.category.__name__, text, w.filename, w.lineno)
        for w, text in zip(found, texts, strict=True)
    ]


def plainly(code: str, capsys: pytest.CaptureFixture[str]) -> Output:
    """A run without the recorder, from a file of the same name."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    linecache.cache[STEP] = (len(code), None, code.splitlines(keepends=True), STEP)
    space: dict[str, Any] = {"__name__": "plain", "torch": torch}
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        exec(compile(code, STEP, "exec"), space)
    return capsys.readouterr().out, warned(found)


def recorded_output(
    record: Record, code: str, capsys: pytest.CaptureFixture[str]
) -> tuple[Output, Recorded]:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        recorded = record(code)
    assert recorded.result.ok, recorded.result.error
    assert recorded.result.truncated is None, recorded.result.fault
    return (capsys.readouterr().out, warned(found)), recorded


@pytest.mark.parametrize("name", DYNAMO)
def test_dynamo_compiles_what_it_compiles_without_the_recorder(
    record: Record, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    code = COMPILED + DYNAMO[name] + COUNTED
    expected = plainly(code, capsys)
    found, recorded = recorded_output(record, code, capsys)
    assert found == expected
    names = {n for s in recorded.snapshots for n in (*s.tensors, *s.values)}
    assert not [n for n in names if "__" in n and "__init__" not in n]
    assert {each.left_out for each in passes(recorded)} == {None}
    assert not [n for n in order(recorded) if n == "Error"]


@pytest.mark.parametrize("name", OTHERS)
def test_what_other_tools_print_is_what_they_print_without_the_recorder(
    record: Record, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    expected = plainly(OTHERS[name], capsys)
    found, _ = recorded_output(record, OTHERS[name], capsys)
    assert found == expected
    assert any(found)


def test_what_exists_only_while_something_is_compiled_is_not_recorded(record: Record) -> None:
    recorded = record(COMPILED + DYNAMO["a function, by AOTAutograd"])
    (found,) = passes(recorded)
    assert (found.call, found.function) == (1, "backward")
    assert order(recorded) == ["SumBackward0", "CompiledFunctionBackward", "AccumulateGrad"]
    assert [s.line for s in recorded.snapshots if "out" in s.tensors] == [11]
    assert {depth for _, depth, _ in recorded.lines} == {0}


def test_what_export_runs_with_fake_tensors_is_not_recorded(record: Record) -> None:
    recorded = record(
        """
class M(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.ones(2))
    def forward(self, x):
        y = self.w * x
        return y.sum()
m = M()
exported = torch.export.export(m, (torch.ones(2),))
m(torch.ones(2)).backward()
"""
    )
    assert recorded.result.ok, recorded.result.error
    inside = [s.index for s in recorded.snapshots if s.function == "M.forward"]
    last = next(s.index for s in recorded.snapshots if s.line == 10)
    assert len(inside) == 2
    assert min(inside) > last
    assert {"AccumulateGrad", "MulBackward0", "SumBackward0"} == set(order(recorded))


def test_a_warning_from_beyond_the_snippet_does_not_point_into_this_program(
    record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    (_, found), _ = recorded_output(
        record, "import warnings\nwarnings.warn('far away', stacklevel=2)\n", capsys
    )
    assert found == [("UserWarning", "far away", "sys", 1)]
