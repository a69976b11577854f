"""The text of a tensor is what torch prints; torch itself is the oracle."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from torch_records import DTYPES, record

from autograd_tutor.trace import numbers, tensor_text
from autograd_tutor.trace.model import RAW_ELEMENTS, Stats

pytestmark = pytest.mark.filterwarnings("ignore:ComplexHalf support is experimental")

nan, inf = math.nan, math.inf
leaf = torch.tensor([1.0, 2.0], requires_grad=True)

TABLE: dict[str, Callable[[], torch.Tensor]] = {
    "scalar": lambda: torch.tensor(3.5),
    "whole scalar": lambda: torch.tensor(3.0),
    "integer scalar": lambda: torch.tensor(7),
    "bool": lambda: torch.tensor([True, False]),
    "whole floats": lambda: torch.tensor([[1.0, 2.0], [3.0, 400.0]]),
    "four digits": lambda: torch.exp(torch.tensor([[1.0, 2.0], [3.0, 4.0]])),
    "negative zero": lambda: torch.tensor([-0.0, 1.0]),
    "nothing but zeros": lambda: torch.zeros(3, 3),
    "nan alone": lambda: torch.tensor([nan, nan]),
    "nan and infinities among whole": lambda: torch.tensor([nan, inf, -inf, 3.0]),
    "nan and infinities among fractions": lambda: torch.tensor([nan, inf, -inf, 3.25]),
    "scientific because of the range": lambda: torch.tensor([1.0, 1001.5, nan, -inf, 0.0]),
    "not yet scientific": lambda: torch.tensor([1.0, 1000.0]),
    "scientific because large": lambda: torch.tensor([1.1e8]),
    "scientific because small": lambda: torch.tensor([9e-5]),
    "scientific of three exponent digits": lambda: torch.tensor(
        [1e-300, 2.5e300], dtype=torch.float64
    ),
    "double range overflow": lambda: torch.tensor([5e-324, 1.7e308], dtype=torch.float64),
    "half the largest": lambda: torch.tensor([65504.0, 1.0], dtype=torch.float16),
    "empty": lambda: torch.empty(0),
    "empty integers": lambda: torch.empty(0, dtype=torch.int64),
    "empty matrix": lambda: torch.empty(0, 3),
    "empty matrix of integers": lambda: torch.empty(2, 0, dtype=torch.int32),
    "empty parameter": lambda: torch.nn.Parameter(torch.empty(3, 0, 2)),
    "empty with a billion rows": lambda: torch.empty(10**9, 0),
    "parameter": lambda: torch.nn.Parameter(torch.Tensor([[1, 2], [3, 4]])),
    "frozen parameter": lambda: torch.nn.Parameter(torch.ones(2), requires_grad=False),
    "leaf": lambda: leaf,
    "sum": lambda: leaf + 5,
    "no room for grad_fn": lambda: leaf.repeat(37) * 1.5,
    "long vector": lambda: torch.arange(100.0),
    "long rows": lambda: torch.arange(120.0).reshape(3, 40) / 7,
    "four dimensions": lambda: torch.arange(24).reshape(2, 3, 2, 2),
    "many dimensions": lambda: torch.ones((1,) * 30),
    "as many elements as are not summarised": lambda: torch.arange(RAW_ELEMENTS) * 1.5,
    "complex": lambda: torch.tensor([1 + 2j, -3.5 - 0.25j]),
    "complex scalar": lambda: torch.tensor(1 - 2j),
    "complex with signed zeros": lambda: torch.tensor([complex(0.0, -0.0), complex(-0.0, 0.0)]),
    "complex with nan": lambda: torch.tensor([complex(nan, inf), complex(-inf, nan)]),
    "complex conjugate": lambda: torch.tensor([1 + 2j, 3 - 4j]).conj(),
    "complex and scientific": lambda: torch.tensor([1e-9 + 2j, 3 - 4e9j]),
    "complex gradient": lambda: torch.tensor([1 + 2j], requires_grad=True) * 2,
    "largest uint64": lambda: torch.tensor([2**64 - 1, 0], dtype=torch.uint64),
}


@pytest.mark.parametrize("make", TABLE.values(), ids=TABLE)
def test_text_is_what_torch_prints(make: Callable[[], torch.Tensor]) -> None:
    tensor = make()
    assert tensor_text.text(record(tensor)) == repr(tensor)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_text_of_every_dtype(dtype: torch.dtype) -> None:
    tensor = torch.tensor([[0, 1, 5], [2, 3, 7]]).to(dtype)
    assert tensor_text.text(record(tensor)) == repr(tensor)


shapes = st.lists(st.integers(0, 5), max_size=4).map(tuple)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(DTYPES), shapes, st.data())
def test_text_of_any_bytes(dtype: torch.dtype, shape: tuple[int, ...], data: st.DataObject) -> None:
    count = math.prod(shape)
    size = torch.empty(0, dtype=dtype).element_size()
    raw = data.draw(st.binary(min_size=count * size, max_size=count * size))
    if dtype is torch.bool:
        raw = bytes(byte & 1 for byte in raw)
    tensor = torch.empty(shape, dtype=dtype)
    if count:
        tensor = torch.frombuffer(bytearray(raw), dtype=dtype).reshape(shape)
    assert tensor_text.text(record(tensor)) == repr(tensor)


numbers_people_use = st.one_of(
    st.integers(-1200, 1200).map(float),
    st.floats(-2000, 2000, width=32),
    st.sampled_from([0.0, -0.0, nan, inf, -inf, 1e-4, 1e-5, 1e8, 1.1e8, 0.5, 2.5]),
)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([torch.float64, torch.float32, torch.float16, torch.bfloat16]),
    st.lists(numbers_people_use, min_size=1, max_size=60),
    st.booleans(),
)
def test_text_of_usual_numbers(dtype: torch.dtype, numbers: list[float], tracked: bool) -> None:
    tensor = torch.tensor(numbers).to(dtype).requires_grad_(tracked)
    tensor = torch.exp(tensor) if tracked and len(numbers) % 2 else tensor
    assert tensor_text.text(record(tensor)) == repr(tensor)


def test_device_comes_first_among_the_suffixes() -> None:
    tensor = replace(record(torch.ones(2, dtype=torch.float64)), device="cuda:0")
    expected = "tensor([1., 1.], device='cuda:0', dtype=torch.float64)"
    assert tensor_text.text(tensor) == expected


def test_recorded_text_wins() -> None:
    tensor = replace(record(torch.ones(2)), raw=None, shown="BatchedTensor(…)")
    assert tensor_text.text(tensor) == "BatchedTensor(…)"
    assert tensor_text.values(tensor) == "BatchedTensor(…)"
    assert tensor_text.one_line(tensor, 8) == "Batched…"


@settings(max_examples=200, deadline=None)
@given(shapes, st.sampled_from([torch.float32, torch.int64, torch.complex64]), st.integers(1, 90))
def test_values_keep_to_the_width(shape: tuple[int, ...], dtype: torch.dtype, width: int) -> None:
    tensor = record((torch.arange(math.prod(shape)) * 3).reshape(shape).to(dtype))
    widest = len(tensor_text.one_line(replace(tensor, shape=()), 99)) if tensor.raw else 2
    room = max(width, widest + 40 + 2 * len(shape))
    assert max(map(len, tensor_text.values(tensor, room).split("\n"))) <= room
    assert "".join(tensor_text.values(tensor, width).split()) == "".join(
        tensor_text.values(tensor, 500).split()
    )


def test_values_of_a_matrix_align() -> None:
    tensor = record(torch.tensor([[1.0, -2.0], [30.0, 4.0]]))
    assert tensor_text.values(tensor) == "[[ 1., -2.],\n [30.,  4.]]"


@pytest.mark.parametrize(
    ("shape", "width", "line"),
    [
        ((2, 2), 40, "[[0., 1.], [2., 3.]]"),
        ((2, 2), 20, "[[0., 1.], [2., 3.]]"),
        ((2, 2), 19, "[[0., 1.], [2., …]]"),
        ((2, 2), 18, "[[0., 1.], …]"),
        ((2, 2), 12, "[[0., …]]"),
        ((2, 2), 5, "[[…]]"),
        ((4,), 10, "[0., …]"),
        ((1,), 4, "[0.]"),
        ((0, 3), 4, "[]"),
    ],
)
def test_one_line(shape: tuple[int, ...], width: int, line: str) -> None:
    tensor = torch.arange(float(math.prod(shape))).reshape(shape)
    assert tensor_text.one_line(record(tensor), width) == line


@settings(deadline=None)
@given(shapes, st.integers(0, 60))
def test_one_line_never_exceeds_its_width(shape: tuple[int, ...], width: int) -> None:
    tensor = record(torch.arange(float(math.prod(shape))).reshape(shape))
    line = tensor_text.one_line(tensor, width)
    assert len(line) <= width
    assert "\n" not in line


def test_one_line_of_a_large_tensor_is_its_summary() -> None:
    stats = Stats(2000, 2000, -1.5, 2.0, 0.25, 1.0, 3.0, 1, 2, (1,))
    tensor = replace(record(torch.ones(2)), raw=None, stats=stats, shown="tensor([...])")
    assert tensor_text.one_line(tensor, 80) == "-1.5 … 2  mean 0.25  std 1  nan 1  inf 2"
    assert tensor_text.one_line(tensor, 8) == "-1.5 … …"


@pytest.mark.parametrize(
    "changes",
    [
        {"raw": b"\0" * 5},
        {"raw": b"\0" * 4},
        {"raw": b""},
        {"shape": (3,)},
        {"shape": (0,)},
        {"shape": (-1, -2)},
        {"shape": None},
        {"dtype": "torch.float64"},
        {"dtype": "torch.quint8"},
        {"dtype": "nonsense"},
    ],
)
def test_a_record_that_does_not_fit_does_no_harm(changes: dict[str, Any]) -> None:
    """A snippet can find the recorder's connection and write what it likes."""
    tensor = replace(record(torch.ones(2)), **changes)
    assert tensor_text.text(tensor).startswith("tensor(..., size=")
    assert tensor_text.values(tensor) == tensor_text.text(tensor)
    assert tensor_text.one_line(tensor, 20)
    assert numbers.nested(tensor) is None
    assert numbers.norm(tensor) is None
