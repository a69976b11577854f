"""NaN and inf are counted as torch counts them, and the norm of what holds them is torch's."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from recorded import Record, Recorded

from autograd_tutor.analysis.nan_origin import Maker, Origin, pass_origin
from autograd_tutor.analysis.nonfinite_moments import first_moments
from autograd_tutor.analysis.pass_state import PassState
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.nonfinite import NonFinite, count_nonfinite
from autograd_tutor.recording.numbers import norm
from autograd_tutor.recording.trace import Trace

nan, inf = math.nan, math.inf

SOFTMAX = """
w = torch.randn(50, 32, requires_grad=True)
mask = torch.zeros(50, 32, dtype=torch.bool)
mask[3] = True
scores = (w * 2).masked_fill(mask, float("-inf"))
probs = scores.softmax(1)
loss = probs.square().mean()
loss.backward()
"""
ALL_MASKED = SOFTMAX.replace("mask[3]", "mask[:]")
LOG = "x = torch.tensor([0.0, 1.0], requires_grad=True)\ny = x.log()\ny.sum().backward()\n"
SQRT = LOG.replace("log", "sqrt")
ZERO_TIMES_INF = """
x = torch.tensor([1.0, 1.0], requires_grad=True)
y = x * torch.tensor([float("inf"), 1.0])
z = y * 0
z.sum().backward()
"""
SUM = """
x = torch.ones(2, dtype=torch.float16, requires_grad=True)
y = x * 1
z = (y * 40_000).sum() + (y * 40_000).sum()
z.backward(torch.tensor(1.0, dtype=torch.float16))
"""
TWICE = """
x = torch.ones(2, dtype=torch.float16, requires_grad=True)
for turn in range(2):
    (x * 40_000).backward(torch.ones(2, dtype=torch.float16))
"""
HOOKED = """
x = torch.ones(2, requires_grad=True)
y = x * 2
y.register_hook(lambda grad: grad / 0)
(y * 3).sum().backward()
"""
INF_TO_NAN = """
x = torch.ones(2, requires_grad=True)
y = x * torch.tensor([1.0, 0.0])
y.backward(torch.tensor([1.0, float("inf")]))
"""

TENSORS: dict[str, Callable[[], torch.Tensor]] = {
    "small": lambda: torch.tensor([nan, 1.0, inf, -inf]),
    "scalar": lambda: torch.tensor(nan),
    "empty": lambda: torch.zeros(0),
    "finite": lambda: torch.ones(3),
    "all of 1,600": lambda: torch.full((50, 32), nan),
    "one of 5,000": lambda: torch.ones(5000).index_fill(0, torch.tensor([77]), nan),
    "inf alone": lambda: torch.ones(5000).index_fill(0, torch.tensor([7, 8]), -inf),
    "both": lambda: torch.tensor([nan, inf, 1.0]).repeat(700),
    "expanded": lambda: torch.tensor([[nan], [1.0]]).expand(2, 3000),
    "half, overflown": lambda: torch.full((2000,), 6e4, dtype=torch.float16) * 2,
    "bfloat16": lambda: torch.tensor([nan, inf], dtype=torch.bfloat16).repeat(800),
    "float64": lambda: torch.tensor([1e308, -inf], dtype=torch.float64).repeat(800),
    "integers": lambda: torch.arange(3000),
    "truth values": lambda: torch.ones(5, dtype=torch.bool),
    "complex": lambda: torch.tensor([complex(nan, 1), complex(1, -inf), 1j]),
    "complex, inf beside nan": lambda: torch.tensor([complex(inf, nan), 2j]),
    "complex, large": lambda: torch.tensor([complex(nan, inf), complex(0, nan), 1j]).repeat(900),
    "complex, nearly too large": lambda: torch.full((2000,), complex(3e38, 3e38)),
}  # fmt: skip


@pytest.mark.parametrize("make", TENSORS.values(), ids=TENSORS)
def test_counts_and_norm_are_torchs(record: Record, make: Callable[[], torch.Tensor]) -> None:
    value = make()
    recorded = record("x = 0\n", setup="import torch")
    recorded.variables["t"] = value
    recorded.step("y = t\n")
    assert_as_torch(recorded.final.tensors["t"], value)


def assert_as_torch(tensor: Tensor, value: torch.Tensor) -> None:
    infinite = value.isinf()
    both = int((value.isnan() & ~infinite).sum()), int(infinite.sum())
    assert count_nonfinite(tensor) == NonFinite(*both, value.numel(), value.numel())
    wide = value.to(torch.complex128 if value.is_complex() else torch.float64)
    assert norm(tensor) == pytest.approx(torch.linalg.vector_norm(wide).item(), nan_ok=True)


def test_a_sample_says_how_much_of_a_huge_tensor_it_is(record: Record) -> None:
    recorded = record("t = torch.full((20_000_000,), float('nan'))\n")
    found = count_nonfinite(recorded.final.tensors["t"])
    assert found is not None
    assert found.is_sample
    assert found.nan == found.examined < found.total == 20_000_000


def test_of_what_cannot_be_read_nothing_is_known(record: Record) -> None:
    recorded = record("t = torch.ones(3, device='meta')\n")
    assert count_nonfinite(recorded.final.tensors["t"]) is None


def trace_of(recorded: Recorded) -> Trace:
    return recorded.recording.traces[len(recorded.results) - 1]


def origins(recorded: Recorded, call: int = 1) -> dict[str, Origin]:
    """By operation, what was made at the nodes of a pass, in their order."""
    trace = trace_of(recorded)
    at = PassState(trace, call, len(trace) - 1, failing=True)
    found = {trace.nodes[number].name: pass_origin(at, number) for number in at.ran}
    return {name: origin for name, origin in found.items() if origin is not None}


@pytest.mark.parametrize(
    ("code", "name", "made", "kept"),
    [
        (SOFTMAX, "PowBackward0", NonFinite(32, 0, 1600, 1600), ["self"]),
        (ALL_MASKED, "PowBackward0", NonFinite(1600, 0, 1600, 1600), ["self"]),
        (LOG, "LogBackward0", NonFinite(0, 1, 2, 2), []),
        (SQRT, "SqrtBackward0", NonFinite(0, 1, 2, 2), []),
        (ZERO_TIMES_INF, "MulBackward0", NonFinite(1, 0, 2, 2), ["other"]),
    ],
    ids=["softmax", "all masked", "log", "sqrt", "0 times inf"],
)
def test_the_node_that_makes_them_of_finite_gradients(
    record: Record, code: str, name: str, made: NonFinite, kept: list[str]
) -> None:
    found = origins(record(code))
    assert list(found) == [name]
    origin = found[name]
    assert (origin.maker, origin.made, origin.of_inf) == (Maker.NODE, made, False)
    assert [name for name, _ in origin.saved] == kept


def test_a_sum_that_overflows_is_made_by_no_node(record: Record) -> None:
    found = origins(record(SUM))
    assert {name: origin.maker for name, origin in found.items()} == {"MulBackward0": Maker.SUM}


def test_what_is_added_to_a_grad_may_overflow(record: Record) -> None:
    recorded = record(TWICE)
    assert origins(recorded, 1) == {}
    assert {name: each.maker for name, each in origins(recorded, 2).items()} == {
        "AccumulateGrad": Maker.ACCUMULATION
    }


def test_a_hook_may_make_them(record: Record) -> None:
    found = origins(record(HOOKED))
    assert {name: (each.maker, each.made.inf) for name, each in found.items()} == {
        "MulBackward0": (Maker.HOOK, 2)
    }


def test_a_hook_may_hide_what_a_node_made(record: Record) -> None:
    code = SQRT.replace("y = x", "h = x * 1\nh.register_hook(torch.nan_to_num)\ny = h")
    recorded = record(code)
    assert recorded.variables["x"].grad.isfinite().all()
    assert {name: each.maker for name, each in origins(recorded).items()} == {
        "SqrtBackward0": Maker.NODE
    }


def test_nan_of_inf_is_made_and_says_of_what(record: Record) -> None:
    (origin,) = origins(record(INF_TO_NAN)).values()
    assert (origin.made.nan, origin.made.inf, origin.of_inf) == (1, 0, True)


def test_nothing_is_made_where_everything_is_finite(record: Record) -> None:
    assert origins(record("x = torch.ones(3, requires_grad=True)\nx.exp().sum().backward()")) == {}


@pytest.mark.parametrize(
    ("code", "nan_line", "inf_line"),
    [
        (SOFTMAX, 6, 5),
        (LOG, None, 2),
        (SQRT, None, 3),
        (ZERO_TIMES_INF, 4, 3),
        ("a = torch.tensor(0.0)\nfor n in range(3):\n    a = a / n\n", 3, None),
        ("def f(x):\n    y = x.log()\n    return y\nz = f(torch.zeros(2))\n", None, 2),
        ("a = torch.ones(2)\n", None, None),
    ],
    ids=["softmax", "log", "sqrt", "0 times inf", "in a loop", "in a function", "finite"],
)
def test_the_first_line_with_nan_and_with_inf(
    record: Record, code: str, nan_line: int | None, inf_line: int | None
) -> None:
    trace = trace_of(record(code))
    found = first_moments(trace, len(trace) - 1)
    lines = [None if index is None else trace.snapshots[index].line for index in found]
    assert lines == [nan_line, inf_line]
    for index in filter(None, found):
        assert first_moments(trace, index - 1) != found


def test_what_was_there_before_the_step_is_not_its_first(record: Record) -> None:
    recorded = record("a = torch.tensor([float('nan')])\n")
    recorded.step("b = a + 1\nc = torch.ones(1) / 0\n")
    found = first_moments(trace_of(recorded), 2)
    assert (found.nan, found.inf) == (None, 2)
