"""The conditions of jumps against torch: what Python itself makes of the same expression."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from recorded import Record, Recorded

from autograd_tutor.analysis.arrays import Array, Unfit
from autograd_tutor.analysis.condition import Condition, QueryError, read_condition

CODE = """\
a = torch.tensor([1.0, -2.5, 0.1], requires_grad=True)
s = torch.tensor(0.1)
z = torch.tensor(0.0)
w = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
d = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64)
n = torch.tensor([3, -4, 7])
t = torch.tensor([True, False, True])
h = torch.tensor([0.1, 3.0, 1.5], dtype=torch.float16)
q = torch.tensor([float("nan"), 1.0, float("inf")])
loss = (a * a).sum()
loss.backward()
v = a
big = torch.arange(2000.0) / 7 - 100
model = torch.nn.Linear(3, 1)
ws = [torch.ones(2), torch.zeros(2)]
box = {"first": torch.tensor(2.0)}
epoch, rate, name, flag, nothing, pair = 20, 0.5, "adam", True, None, (1, 2)
history = [0.5, 0.25]
"""

EXPRESSIONS = (
    """\
loss < 0.1;loss > 7;loss.item() > 2 and epoch % 10 == 0;a.grad is None;a.grad is not None
w.grad is None;a.shape[0] != 4;w.shape == (2, 3);w.shape[1] - 1 == w.ndim;len(a) == 3
len(w.shape) == 2;w.size() == (2, 3);s < 0.1;s == 0.1;s <= 0.1;s != 0.1;s >= .1;0 < s < 1
1 < s < 2;0 < s <= 0.1 <= s;not s > 1;not (s > 1 or s < 0);a[0] == 1;a[-1] > 0;a[1].abs() > 2
w[1, 2] == 6;w[0][1] == 2;w[:, 1].sum() == 7;w[1:].max() == 6;w[0, ::2].sum() == 4;(a > 0).any()
(a > 0).all();(a > -3).all();((a > 0) & (a < 1)).any();(~(a > 0)).any();((a > 0) | t).all()
a.isnan().any();q.isnan().any();q.isinf().sum() == 1;q.isfinite().all();torch.isnan(q).any()
torch.isfinite(a).all();q.max() > 0;q.norm() > 0;a.norm() > 2.69;a.mean() < 0;a.min() == -2.5
a.max() == 1;a.sum() < -1.3;a.abs().max() == 2.5;abs(a).sum() > 3;a.std() > 1;n.sum() == 6
n[0] / 2 == 1.5;n[1] // 2 == -2;n[1] % 3 == 2;n[0] ** 2 == 9;n.max() == 7;n[0] + 0.5 == 3.5
(n > 0).sum() == 2;d[0] + d[1] == d[2];d[0] == 0.1;d[0] == s;d.dtype == torch.float64
a.dtype == torch.float32;t.dtype == torch.bool;n.dtype != a.dtype;h[0] == 0.1;h[0] + h[1] == 3.1
h.sum() > 4;h[1] * 2 == 6;t.any();t.all();t[0];t.sum() == 2;t[0] + t[2] == 1;a.requires_grad
w.requires_grad;a.is_leaf;loss.is_leaf;loss.grad_fn is None;a.grad_fn is None;a.grad.norm() > 5
a.grad[1] == -5;v is a;v is w;v is not a;epoch == 20;epoch % 3;rate * 2 == 1;name == "adam"
name != 'sgd';flag;flag is True;nothing is None;pair == (1, 2);pair[1] == 2;2 in pair
3 not in pair;"ad" in name;len(history) == 2;history[-1] < 0.3;min(history) == 0.25;sum(pair) == 3
big.norm() > 5000;big.min() == -100;big.max() > 185;big.mean() > 42;big.isnan().any()
big.isfinite().all();big.abs().max() > 185;big.shape[0] == 2000;big.numel() == 2000;big.dim() == 1
model.weight.shape == (1, 3);model.weight.requires_grad;model.bias.grad is None;ws[0].sum() == 2
ws[1].norm() == 0;ws[0][1] > 0;box["first"] == 2;box['first'] * 2 == 4;float(s) > 0.1
int(a[1]) == -2;bool(s);z / z != 0;z / z == 0;1 / z > 1000;-1 / z < -1000;a[1] // 0 < 0;z % z == 0
a[1] % 2 == 1.5;a[1] ** 2 == 6.25;a[1] ** 0.5 == 1;-s < 0;+s > 0;-epoch == -20;~epoch == -21
epoch / 8 == 2.5;epoch // 8 == 2;2 ** 10 == epoch * 51.2;1 < epoch < 30 < 40;s * 2 + 1 > 1
1 if flag else 0;[x for x in pair];epoch & 4 == 4;True and epoch;nothing or epoch
w.sum().item() == 21;a.detach().norm() > 2;a.data[0] == 1
""".replace("\n", ";")
    .strip(";")
    .split(";")
)

UNKNOWN = {"1 if flag else 0", "[x for x in pair]"}


@pytest.fixture
def made(record: Record) -> Recorded:
    made = record(CODE)
    assert made.result.ok
    return made


def asked(made: Recorded, text: str) -> bool:
    """What our own evaluation says at the last moment."""
    trace = made.recording.traces[0]
    return holds(read_condition(text, trace.names), made)


def holds(condition: Condition, made: Recorded) -> bool:
    trace, last = made.recording.traces[0], len(made.snapshots) - 1
    values = []
    for variable in condition.variables:
        (name,) = variable.names
        value = trace.tensor(last, name) or trace.value(last, name)
        assert value is not None
        values.append(value)
    return condition.holds(values)


def python(made: Recorded, text: str) -> bool:
    """What Python says, on the very tensors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bool(eval(text, dict(made.variables)))


def test_expressions_are_what_python_makes_of_them(made: Recorded) -> None:
    wrong = {}
    for text in EXPRESSIONS:
        if text in UNKNOWN:
            with pytest.raises(QueryError):
                asked(made, text)
        elif asked(made, text) is not python(made, text):
            wrong[text] = python(made, text)
    assert wrong == {}
    assert len(EXPRESSIONS) > 120


NUMBERS = st.one_of(
    st.integers(-4, 9),
    st.sampled_from([0.1, 0.5, -2.5, 3.0, 1e-3, 0.30000001, 7.25]),
    st.sampled_from([True, False]),
).map(repr)
TENSORS = st.sampled_from(
    ["a", "s", "z", "w", "d", "n", "t", "h", "q", "w[0]", "n[1]", "t[0]", "d[2]", "a.grad", "loss"]
)
OTHERS = st.sampled_from(["epoch", "rate", "flag", "history[0]", "pair[1]", "a.shape[0]", "len(w)"])


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arithmetic = st.builds(
        lambda a, sign, b: f"({a} {sign} {b})", inner, st.sampled_from(["+", "-", "*", "/"]), inner
    )
    whole = st.builds(
        lambda a, sign, b: f"({a} {sign} {b})", inner, st.sampled_from(["//", "%"]), inner
    )
    return arithmetic | whole | inner.map(lambda a: f"(-{a})")


VALUES = st.recursive(TENSORS | OTHERS | NUMBERS, _larger, max_leaves=4)
COMPARISONS = st.builds(
    lambda a, sign, b: f"({a} {sign} {b})",
    VALUES,
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    VALUES,
)


def test_elements_are_those_of_torch_bit_for_bit(made: Recorded) -> None:
    """Whatever both can calculate; where torch refuses, so do we, or say that we do not know."""
    compared = 0

    @settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
    @given(COMPARISONS)
    @example("(a < (a / (epoch % a)))")  # which sign a remainder of 0 has
    def check(text: str) -> None:
        nonlocal compared
        try:
            expected = eval(text, dict(made.variables))
        except (RuntimeError, TypeError, ArithmeticError, ValueError):
            return
        try:
            found = value_of(made, text)
        except Unfit:
            return
        if isinstance(expected, torch.Tensor):
            assert isinstance(found, Array)
            assert (found.shape, found.dtype) == (tuple(expected.shape), str(expected.dtype))
            assert list(found.items) == expected.flatten().tolist(), text
            compared += 1
        else:
            assert found == expected

    check()
    assert compared > 100


def value_of(made: Recorded, text: str) -> Any:
    trace, last = made.recording.traces[0], len(made.snapshots) - 1
    condition = read_condition(text, trace.names)
    names = [variable.names[0] for variable in condition.variables]
    values = [trace.tensor(last, name) or trace.value(last, name) for name in names]
    return condition.evaluate([value for value in values if value is not None])
