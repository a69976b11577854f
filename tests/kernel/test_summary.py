"""Statistics of large tensors: sums without rounding are the oracle."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from autograd_tutor.kernel import memory
from autograd_tutor.kernel.summary import BINS, Budget, summarize
from autograd_tutor.recording.model import Stats

LARGE = 40_013  # one piece, and no multiple of anything
PIECES = 200_003


def stats_of(tensor: torch.Tensor) -> Stats:
    return summarize(memory.array(tensor), tensor.dtype, Budget())


def normal(count: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.randn(count, generator=torch.Generator().manual_seed(7), dtype=dtype)


TENSORS: dict[str, Callable[[], torch.Tensor]] = {
    "normal": lambda: normal(LARGE),
    "normal, few": lambda: normal(1001),
    "normal, in pieces": lambda: normal(PIECES),
    "normal float64": lambda: normal(LARGE, torch.float64),
    "normal float64, in pieces": lambda: normal(PIECES, torch.float64),
    "far from zero": lambda: normal(LARGE) + 1e5,
    "very far from zero": lambda: normal(LARGE, torch.float64) + 1e9,
    "one far away": lambda: torch.cat([normal(LARGE) + 1e6, torch.zeros(1)]),
    "after a relu": lambda: normal(LARGE).relu(),
    "large": lambda: normal(LARGE) * 1e36,
    "small": lambda: normal(LARGE) * 1e-36,
    "columns": lambda: normal(LARGE * 2).reshape(-1, 2)[:, 1],
    "transposed": lambda: normal(30_000).reshape(300, 100).t(),
    "gaps": lambda: normal(30_000).reshape(300, 100)[:, ::3],
    "gaps, in pieces": lambda: normal(PIECES * 2)[::2],
    "expanded": lambda: normal(100).reshape(100, 1).expand(100, 50),
    "half": lambda: normal(LARGE).half(),
    "bfloat16": lambda: normal(LARGE).bfloat16(),
    "integers": lambda: (normal(LARGE) * 100).int(),
}


@pytest.mark.parametrize("make", TENSORS.values(), ids=TENSORS)
def test_moments_are_those_of_exact_sums(make: Callable[[], torch.Tensor]) -> None:
    tensor = make()
    stats = stats_of(tensor)
    values = tensor.double().flatten().tolist()
    mean = math.fsum(values) / len(values)
    deviations = math.fsum([(value - mean) ** 2 for value in values])
    largest = max(map(abs, values))
    assert (stats.count, stats.sampled, stats.nan, stats.inf) == (len(values), len(values), 0, 0)
    assert (stats.min, stats.max) == (min(values), max(values))
    assert stats.mean == pytest.approx(mean, rel=1e-12, abs=1e-14 * largest)
    assert stats.std == pytest.approx(math.sqrt(deviations / (len(values) - 1)), rel=1e-10)
    assert stats.norm == pytest.approx(math.hypot(*values), rel=1e-12)


@pytest.mark.parametrize("make", TENSORS.values(), ids=TENSORS)
def test_without_a_histogram_the_rest_is_the_same_to_five_digits(
    make: Callable[[], torch.Tensor],
) -> None:
    tensor = make()
    quick = summarize(memory.array(tensor), tensor.dtype, Budget(), with_histogram=False)
    whole = stats_of(tensor)
    assert quick.histogram == ()
    assert (quick.count, quick.sampled, quick.min, quick.max, quick.nan, quick.inf) == (
        whole.count, whole.sampled, whole.min, whole.max, whole.nan, whole.inf,
    )  # fmt: skip
    assert quick.norm == pytest.approx(whole.norm, rel=1e-5)
    assert quick.std == pytest.approx(whole.std, rel=1e-5)
    assert quick.mean == pytest.approx(whole.mean, rel=1e-5, abs=1e-5 * whole.std)


@pytest.mark.parametrize("make", TENSORS.values(), ids=TENSORS)
def test_bins_are_equal_parts_of_the_range(make: Callable[[], torch.Tensor]) -> None:
    values = make().double().flatten()
    stats = stats_of(make())
    assert len(stats.histogram) == BINS
    assert sum(stats.histogram) == values.numel()
    span = stats.max - stats.min
    for number in range(1, BINS):
        edge, near = stats.min + span * number / BINS, 1e-6 * span
        below = sum(stats.histogram[:number])
        # An element at the very edge may be on either side.
        assert int((values < edge - near).sum()) <= below <= int((values < edge + near).sum())


@pytest.mark.parametrize("count", [1001, LARGE, PIECES])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64])
def test_whole_numbers_fall_where_they_belong(count: int, dtype: torch.dtype) -> None:
    tensor = (torch.arange(count) % 17).to(dtype)
    each = [int((tensor == value).sum()) for value in range(17)]
    assert stats_of(tensor).histogram == (*each[:15], each[15] + each[16])


HOSTILE: dict[str, Callable[[], torch.Tensor]] = {
    "one value": lambda: torch.full((2000,), 0.1),
    "zeros of both signs": lambda: torch.tensor([0.0, -0.0]).repeat(1000),
    "all of float64": lambda: torch.tensor([-1.7e308, 1.7e308, 1.0] * 700, dtype=torch.float64),
    "all of float32": lambda: torch.tensor([-3.4e38, 3.4e38, 1.0] * 700),
    "the least of float64": lambda: torch.tensor([0.0, 5e-324] * 700, dtype=torch.float64),
    "the least of float32": lambda: torch.tensor([0.0, 1e-45] * 700),
    "squares beyond float64": lambda: torch.tensor([1e200, 2e200] * 700, dtype=torch.float64),
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_every_element_has_a_bin_however_extreme(make: Callable[[], torch.Tensor]) -> None:
    tensor = make()
    stats = stats_of(tensor)
    assert (stats.min, stats.max) == (tensor.min().item(), tensor.max().item())
    lowest = int((tensor == tensor.min()).sum())
    highest = (
        tensor.numel() - lowest if stats.min == stats.max else int((tensor == stats.max).sum())
    )
    assert sum(stats.histogram) == tensor.numel()
    assert (stats.histogram[0], stats.histogram[-1]) == (lowest, highest)


def test_equal_values_have_no_deviation() -> None:
    tensor = torch.full((PIECES,), 0.1)
    stats = stats_of(tensor)
    assert (stats.mean, stats.std) == (tensor[0].item(), 0.0)


def test_denormals_that_the_processor_takes_for_zero() -> None:
    tensor = torch.tensor([3e-308, 3.1e-308] * 700, dtype=torch.float64)
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor keeps them")
    try:
        stats = stats_of(tensor)
    finally:
        torch.set_flush_denormal(False)
    assert sum(stats.histogram) == tensor.numel()


@pytest.mark.parametrize("count", [1001, LARGE, PIECES])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_nan_and_inf_are_counted_separately(count: int, dtype: torch.dtype) -> None:
    tensor = normal(count, dtype)
    clean = tensor[5:]
    tensor[:2], tensor[2], tensor[3:5] = math.nan, math.inf, -math.inf
    found, rest = stats_of(tensor), stats_of(clean)
    assert (found.nan, found.inf) == (2, 3)
    assert (found.min, found.max, found.histogram) == (rest.min, rest.max, rest.histogram)
    assert found.mean == pytest.approx(rest.mean, rel=1e-11)
    assert found.std == pytest.approx(rest.std, rel=1e-11)


def test_without_finite_elements_there_are_no_moments() -> None:
    stats = stats_of(torch.tensor([math.nan, math.inf, -math.inf]).repeat(500))
    assert (stats.nan, stats.inf, stats.histogram) == (500, 1000, ())
    assert all(map(math.isnan, (stats.min, stats.max, stats.mean, stats.std, stats.norm)))


@pytest.mark.parametrize("count", [1001, LARGE, PIECES])
def test_the_tensor_stays_what_it_was(count: int) -> None:
    for dtype in (torch.float32, torch.float64):
        tensor = normal(count, dtype) + 1e5
        before: NDArray[np.uint8] = tensor.numpy().view(np.uint8).copy()
        stats_of(tensor)
        assert (tensor.numpy().view(np.uint8) == before).all()
