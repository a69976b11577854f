"""The text of a tensor is what torch prints; torch itself is the oracle."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from torch_records import DTYPES, record

from autograd_tutor.limits.kernel import RAW_ELEMENTS
from autograd_tutor.recording import numbers, tensor_text
from autograd_tutor.recording.model import Stats

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


LARGE: dict[str, Callable[[], torch.Tensor]] = {
    "one more than is printed in full": lambda: torch.arange(1001.0) / 7,
    "short rows": lambda: torch.rand(1100, 1),
    "rows of six": lambda: torch.rand(200, 6),
    "rows of seven": lambda: torch.rand(200, 7),
    "six rows": lambda: torch.rand(6, 200),
    "seven rows": lambda: torch.rand(7, 200),
    "both sides long": lambda: torch.rand(33, 40),
    "three dimensions, one short": lambda: torch.rand(2, 3, 400),
    "three long dimensions": lambda: torch.rand(20, 30, 40),
    "four dimensions": lambda: torch.rand(4, 10, 2, 30),
    "five dimensions": lambda: torch.rand(2, 9, 3, 7, 6),
    "many dimensions of one": lambda: torch.rand(1, 1, 1200, 1, 1),
    "transposed": lambda: torch.rand(40, 33).t(),
    "with gaps": lambda: torch.rand(70, 30)[3:, ::2],
    "expanded": lambda: torch.rand(40, 1).expand(40, 50),
    "whole numbers": lambda: torch.arange(2000.0),
    "whole at the edges only": lambda: torch.arange(2000.0).index_put_(
        (torch.tensor([1000]),), torch.tensor(0.5)
    ),
    "scientific in the middle only": lambda: torch.ones(2000).index_put_(
        (torch.tensor([1000]),), torch.tensor(1e-9)
    ),
    "scientific": lambda: torch.logspace(-6, 6, 1500).reshape(30, 50),
    "scientific with nan and infinities": lambda: torch.tensor([nan, inf, -inf, 2e9]).repeat(300),
    "nan": lambda: torch.full((2000,), nan),
    "zeros": lambda: torch.zeros(50, 50),
    "leaf": lambda: torch.rand(2000, requires_grad=True),
    "leaf of float64": lambda: torch.rand(2000, dtype=torch.float64, requires_grad=True),
    "product": lambda: torch.rand(2000, requires_grad=True) * 2,
    "no room for grad_fn": lambda: torch.rand(2000, requires_grad=True) * 1e6,
    "parameter": lambda: torch.nn.Parameter(torch.rand(30, 100)),
    "frozen parameter": lambda: torch.nn.Parameter(torch.rand(3000), requires_grad=False),
    "conjugate": lambda: torch.rand(2000, dtype=torch.complex64).conj(),
    "complex and scientific": lambda: torch.complex(torch.rand(40, 40), torch.rand(40, 40) * 1e6),
    "wide lines": lambda: torch.rand(5, 300, dtype=torch.complex128) * 1e-7,
}


@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE)
def test_text_of_a_large_tensor_is_what_torch_prints(make: Callable[[], torch.Tensor]) -> None:
    tensor = make()
    sent = record(tensor)
    assert sent.raw is None
    assert tensor_text.text(sent) == repr(tensor)
    assert tensor_text.values(sent) == repr(tensor)


# torch itself cannot put together the edges of its 8-bit floats.
large_dtypes = [dtype for dtype in DTYPES if "float8" not in str(dtype)]
large_shapes = st.one_of(
    st.tuples(st.integers(1001, 1400)),
    st.lists(st.integers(1, 9), max_size=3).flatmap(
        lambda sizes: st.permutations([*sizes, -(-1001 // math.prod(sizes))]).map(tuple)
    ),
    st.tuples(*[st.integers(6, 9)] * 4),
    st.tuples(*[st.integers(4, 7)] * 5),
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(large_dtypes), large_shapes, st.integers(0, 2**32), st.booleans())
def test_text_of_any_large_bytes(
    dtype: torch.dtype, shape: tuple[int, ...], seed: int, turned: bool
) -> None:
    size = math.prod(shape) * torch.empty(0, dtype=dtype).element_size()
    raw = bytearray(random.Random(seed).randbytes(size))
    if dtype is torch.bool:
        raw = bytearray(byte & 1 for byte in raw)
    tensor = torch.frombuffer(raw, dtype=dtype).reshape(shape)
    tensor = tensor.transpose(0, -1) if turned else tensor
    assert tensor_text.text(record(tensor)) == repr(tensor)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([torch.float64, torch.float32, torch.float16, torch.bfloat16]),
    large_shapes,
    st.lists(numbers_people_use, min_size=1, max_size=7),
    st.booleans(),
)
def test_text_of_usual_large_tensors(
    dtype: torch.dtype, shape: tuple[int, ...], numbers: list[float], tracked: bool
) -> None:
    count = math.prod(shape)
    tensor = torch.tensor(numbers).repeat(-(-count // len(numbers)))[:count].reshape(shape)
    tensor = tensor.to(dtype).requires_grad_(tracked)
    tensor = tensor.neg() if tracked and len(numbers) % 2 else tensor
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
        ((2, 2), 40, "[[0, 1], [2, 3]]"),
        ((2, 2), 16, "[[0, 1], [2, 3]]"),
        ((2, 2), 15, "[[0, 1], …]"),
        ((2, 2), 9, "[[0, …]]"),
        ((2, 2), 5, "[[…]]"),
        ((4,), 9, "[0, 1, …]"),
        ((4,), 8, "[0, …]"),
        ((1,), 3, "[0]"),
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
    assert tensor_text.one_line(tensor, 80) == "of the 1,997 finite: -1.5 … 2  mean 0.25  std 1"
    assert tensor_text.one_line(tensor, 8) == "of the …"
    edges = replace(record(torch.ones(2000)), stats=stats)
    assert tensor_text.one_line(edges, 80) == tensor_text.one_line(tensor, 80)


def test_one_line_of_edges_alone_is_their_text() -> None:
    tensor = record(torch.ones(2000))
    assert tensor_text.one_line(tensor, 40) == "tensor([1., 1., 1., ..., 1., 1., 1.])"
    assert tensor_text.one_line(tensor, 12) == "tensor([1.,…"


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


@pytest.mark.parametrize(
    "changes",
    [
        {"edges": b"\0" * 5},
        {"edges": b""},
        {"edges": b"\0" * 8000},
        {"shape": (5,)},
        {"shape": (-1, 2000)},
        {"shape": None},
        {"dtype": "torch.float64"},
        {"dtype": "nonsense"},
    ],
)
def test_edges_that_do_not_fit_do_no_harm(changes: dict[str, Any]) -> None:
    tensor = replace(record(torch.ones(2000)), **changes)
    assert tensor_text.text(tensor).startswith("tensor(..., size=")
    assert tensor_text.one_line(tensor, 20)


def test_edges_are_not_taken_for_the_elements() -> None:
    tensor = record(torch.ones(2000))
    assert numbers.elements(tensor) is None
    assert numbers.nested(tensor) is None
    assert numbers.norm(tensor) is None
