"""Raw bytes are decoded as torch would; torch itself is the oracle."""

from __future__ import annotations

import json
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from torch_records import DTYPES, record

from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Stats

pytestmark = pytest.mark.filterwarnings("ignore:ComplexHalf support is experimental")

shapes = st.lists(st.integers(0, 4), max_size=4).map(tuple)
nan, inf = math.nan, math.inf


def listed(tensor: torch.Tensor) -> object:
    """What tolist() gives; 8-bit floats have none of their own before torch 2.9."""
    return (tensor.float() if "float8" in str(tensor.dtype) else tensor).tolist()


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(DTYPES), shapes, st.data())
def test_nested_is_tolist(dtype: torch.dtype, shape: tuple[int, ...], data: st.DataObject) -> None:
    size = math.prod(shape) * torch.empty(0, dtype=dtype).element_size()
    raw = data.draw(st.binary(min_size=size, max_size=size))
    if dtype is torch.bool:
        raw = bytes(byte & 1 for byte in raw)
    tensor = torch.empty(shape, dtype=dtype)
    if raw:
        tensor = torch.frombuffer(bytearray(raw), dtype=dtype).reshape(shape)
    # repr tells NaN, -0.0, True and 1 apart, and is the same for all NaNs.
    assert repr(numbers.nested(record(tensor))) == repr(listed(tensor))


@pytest.mark.parametrize("name", ["e4m3fn", "e4m3fnuz", "e5m2", "e5m2fnuz"])
def test_every_8_bit_float(name: str) -> None:
    tensor = torch.arange(256, dtype=torch.uint8).view(getattr(torch, f"float8_{name}"))
    assert repr(numbers.nested(record(tensor))) == repr(listed(tensor))


def test_no_list_without_numbers() -> None:
    tensor = record(torch.ones(2))
    assert numbers.nested(replace(tensor, raw=None)) is None
    assert numbers.nested(replace(tensor, shape=None)) is None


def test_no_list_of_a_billion_empty_lists() -> None:
    assert numbers.nested(record(torch.empty(10**9, 0))) is None
    assert numbers.nested(record(torch.empty(0, 10**9))) == []


@pytest.mark.parametrize(
    ("raw", "dtype", "reason"),
    [
        (b"\0" * 3, "torch.float32", "whole number"),
        (b"\0" * 4, "torch.complex64", "whole number"),
        (b"\0" * 3, "torch.bfloat16", "whole number"),
        (b"\0", "torch.quint8", "cannot be decoded"),
        (b"\0", "torch.complexity", "cannot be decoded"),
    ],
)
def test_bytes_that_are_no_numbers(raw: bytes, dtype: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        numbers.decode(raw, dtype)


def test_json_form() -> None:
    value = [1, True, 0.5, [nan, inf, -inf], complex(1, -inf), complex(nan, 2)]
    form = numbers.to_json(value)
    assert form == [1, True, 0.5, ["nan", "inf", "-inf"], [1.0, "-inf"], ["nan", 2.0]]
    assert json.loads(json.dumps(form, allow_nan=False)) == form


@settings(deadline=None)
@given(
    st.sampled_from([torch.float64, torch.float32, torch.bfloat16, torch.complex64]),
    st.lists(st.floats(-1e6, 1e6, width=32), max_size=20),
)
def test_norm_is_that_of_torch(dtype: torch.dtype, values: list[float]) -> None:
    tensor = torch.tensor(values).to(dtype)
    tensor = tensor * (1 + 2j) if dtype.is_complex else tensor
    wide = tensor.to(torch.complex128 if dtype.is_complex else torch.float64)
    expected = torch.linalg.vector_norm(wide).item()
    assert numbers.norm(record(tensor)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("values", [[inf, 1.0], [nan, 1.0], [nan, inf], [-inf, inf]])
def test_norm_of_what_is_not_finite(values: list[float]) -> None:
    tensor = torch.tensor(values)
    assert repr(numbers.norm(record(tensor))) == repr(torch.linalg.vector_norm(tensor).item())


def test_norm_of_integers_and_truth_values() -> None:
    assert numbers.norm(record(torch.tensor([3, 4]))) == 5.0
    assert numbers.norm(record(torch.tensor([True, False]))) == 1.0


def test_norm_of_a_large_tensor_is_in_its_summary() -> None:
    large = replace(record(torch.ones(2)), raw=None)
    assert numbers.norm(large) is None
    stats = Stats(2000, 2000, 0.0, 1.0, 0.5, 0.1, 42.0, 0, 0, (1,))
    assert numbers.norm(replace(large, stats=stats)) == 42.0
