"""Pictures of large tensors, held against torch: what they say, when they come, what they cost."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from autograd_tutor.analysis.heat import NAN, NEGATIVE, POSITIVE, Cells, bounds, picture_cells
from autograd_tutor.kernel.picture import picture, slice_picture
from autograd_tutor.limits.kernel import PICTURE_BYTES, PICTURE_ELEMENTS, PICTURE_SIDE
from autograd_tutor.recording.picture import LookRequest, Picture


def cells_of(found: Picture | None) -> Cells:
    assert found is not None
    cells = picture_cells(found)
    assert cells is not None
    return cells


def blocks(tensor: torch.Tensor, cells: Cells) -> list[torch.Tensor]:
    """The elements of each cell, by torch."""
    matrix = tensor.detach().reshape(cells.height, cells.width)
    return [
        matrix[top:bottom, left:right]
        for top, bottom in bounds(cells.height, cells.rows)
        for left, right in bounds(cells.width, cells.columns)
    ]


def number(tensor: torch.Tensor) -> torch.Tensor:
    tensor = tensor.detach()
    return tensor.abs().double() if tensor.is_complex() else tensor.double()


def assert_shows(cells: Cells, tensor: torch.Tensor, step: float) -> None:
    """`step`: how far a cell may be off, as a part of the greatest |x|, where that is near."""
    greatest = float(number(tensor)[torch.isfinite(number(tensor))].abs().max())
    for at, block in enumerate(blocks(tensor, cells)):
        values = number(block)
        finite = values[torch.isfinite(values)]
        mean = float(finite.mean()) if finite.numel() else 0.0
        largest = float(finite.abs().max()) if finite.numel() else 0.0
        near = step * math.sqrt(greatest * max(abs(mean), greatest * step)) * 2
        assert abs(cells.means[at] - mean) <= near + 1e-6 * greatest
        # Of a single element the mean says how large it is, which is rounded either way.
        assert cells.exact or cells.largest[at] >= largest * (1 - 1e-6)
        assert (
            cells.largest[at] - largest
            <= 4 * step * math.sqrt(greatest * largest) + greatest * step**2
        )
        marks = cells.marks[at] if cells.marks else 0
        assert bool(marks & NAN) == bool(values.isnan().any())
        assert bool(marks & POSITIVE) == bool((values == math.inf).any())
        assert bool(marks & NEGATIVE) == bool((values == -math.inf).any())


TENSORS = {
    "64x64": lambda: torch.randn(64, 64),
    "1000x3": lambda: torch.randn(1000, 3),
    "100x100": lambda: torch.randn(100, 100),
    "vector": lambda: torch.randn(5000),
    "conv": lambda: torch.randn(16, 3, 5, 5),
    "transposed": lambda: torch.randn(70, 90).t(),
    "strided": lambda: torch.randn(130, 130)[::2, ::3],
    "expanded": lambda: torch.randn(1, 40).expand(60, 40),
    "int": lambda: torch.randint(-9, 9, (40, 50)),
    "bool": lambda: torch.randn(40, 50) > 0,
    "bfloat16": lambda: torch.randn(40, 50).bfloat16(),
    "half": lambda: torch.randn(40, 50).half(),
    "complex": lambda: torch.randn(40, 50, dtype=torch.complex64),
    "conjugate": lambda: torch.randn(40, 50, dtype=torch.complex64).conj(),
    "negative": lambda: torch.randn(40, 50, dtype=torch.complex64).conj().imag,
    "inference": lambda: torch.inference_mode()(lambda: torch.randn(40, 50))(),
    "one sign": lambda: torch.rand(80, 80) + 5,
    "zeros": lambda: torch.zeros(40, 40),
    "double": lambda: torch.randn(90, 70, dtype=torch.float64) * 1e200,
    "needs grad": lambda: torch.randn(90, 70, requires_grad=True),
}


@pytest.mark.parametrize("name", TENSORS)
def test_a_picture_shows_the_mean_and_the_largest_of_each_block(name: str) -> None:
    torch.manual_seed(1)
    tensor = TENSORS[name]()
    found = picture(tensor, PICTURE_ELEMENTS)
    cells = cells_of(found)
    assert (cells.rows, cells.columns) == (
        min(cells.height, PICTURE_SIDE), min(cells.width, PICTURE_SIDE),
    )  # fmt: skip
    assert cells.height == (tensor.shape[0] if tensor.dim() > 1 else 1)
    assert cells.height * cells.width == tensor.numel()
    assert_shows(cells, tensor, 1 / 127)
    assert found is not None
    assert not found.sampled
    assert len(found.means) + len(found.largest) <= 2 * PICTURE_SIDE**2


def test_a_single_spike_nan_and_infinities_are_in_it() -> None:
    tensor = torch.randn(300, 300)
    tensor[17, 250] = 1e6
    tensor[100, 100], tensor[200, 0], tensor[299, 299] = math.nan, math.inf, -math.inf
    cells = cells_of(picture(tensor, PICTURE_ELEMENTS))
    assert_shows(cells, tensor, 1 / 127)
    assert max(cells.largest) == pytest.approx(1e6)
    assert sum(map(bool, cells.marks)) == 3


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_tensor_without_a_finite_element(value: float) -> None:
    cells = cells_of(picture(torch.full((40, 50), value), PICTURE_ELEMENTS))
    assert set(cells.means) == {0.0}
    assert all(cells.marks)


def test_of_a_very_large_tensor_a_sample_is_taken() -> None:
    tensor = torch.arange(2048.0).repeat(2048, 1)
    found = picture(tensor, 2**16)
    cells = cells_of(found)
    assert found is not None
    assert found.sampled
    assert (cells.height, cells.width) == (2048, 2048)
    assert list(cells.means[:64]) == sorted(cells.means[:64])


@pytest.mark.parametrize(
    "tensor",
    [
        torch.empty(0, 5),
        torch.eye(40).to_sparse(),
        torch.empty(40, 40, device="meta"),
    ],
    ids=["empty", "sparse", "meta"],
)
def test_what_has_no_numbers_in_memory_has_no_picture(tensor: torch.Tensor) -> None:
    assert picture(tensor, PICTURE_ELEMENTS) is None


def look(
    name: str = "w", at: tuple[int, ...] = (), rows: int = 64, columns: int = 64
) -> LookRequest:
    return LookRequest(0, 1, name, at, rows, columns)


def test_a_slice_is_exact() -> None:
    torch.manual_seed(2)
    tensor = torch.randn(8, 3, 5, 5, dtype=torch.float64)
    cells = cells_of(slice_picture(tensor, look(at=(6, 2))))
    assert cells.exact
    assert list(cells.means) == tensor[6, 2].flatten().tolist()


@pytest.mark.parametrize("at", [(), (1,), (8, 0), (0, 3), (1, 1, 1)])
def test_a_slice_that_is_not_there(at: tuple[int, ...]) -> None:
    assert slice_picture(torch.randn(8, 3, 5, 5), look(at=at)) is None


@pytest.mark.parametrize("shape", [(), (7,), (50, 50), (2, 300, 200)])
def test_slices_of_any_dimension(shape: tuple[int, ...]) -> None:
    tensor = torch.randn(shape)
    index = (1,) * max(0, len(shape) - 2)
    cells = cells_of(slice_picture(tensor, look(at=index, rows=20, columns=30)))
    assert_shows(cells, tensor[index], 1e-9)
    assert cells.rows <= 20
    assert cells.columns <= 30


def of_name(recorded: Any, name: str) -> list[int]:
    return [s.index for s in recorded.snapshots if name in s.pictures]


def test_what_is_new_has_a_picture_and_what_changes_often_some(record: Any) -> None:
    recorded = record(
        "w = torch.zeros(40, 40)\nfor turn in range(40):\n    w += 1\nsmall = torch.ones(10)"
    )
    turns = [s.index for s in recorded.snapshots if "w" in s.tensors]
    # The 1st, 2nd, 4th, … content of the name; the last one has one at the end in any case.
    expected = [turns[n - 1] for n in (1, 2, 4, 8, 16, 32)]
    assert of_name(recorded, "w") == [*expected, recorded.snapshots[-1].index]
    last = cells_of(recorded.snapshots[-1].pictures["w"])
    assert set(last.means) == {40.0}
    assert not of_name(recorded, "small")


def test_a_gradient_has_a_picture_of_its_own(record: Any) -> None:
    recorded = record(
        "w = torch.ones(40, 40, requires_grad=True)\nloss = (3 * w).sum()\nloss.backward()"
    )
    assert of_name(recorded, "w.grad")
    at = of_name(recorded, "w.grad")[0]
    assert set(cells_of(recorded.snapshots[at].pictures["w.grad"]).means) == {3.0}


def test_pictures_are_bounded_whatever_the_step_does(record: Any) -> None:
    recorded = record("ts = [torch.randn(64, 64) for _ in range(90)]\nz = torch.randn(64, 65)\n")
    first = list(recorded.snapshots[:-1])
    for snapshots, times in ((first, 1), (recorded.snapshots[-1:], 4)):
        size = sum(len(p.means) + len(p.largest) for s in snapshots for p in s.pictures.values())
        assert 0 < size <= times * PICTURE_BYTES
    assert "z" in recorded.snapshots[-1].pictures  # what came last comes first


def test_looking_changes_nothing(record: Any) -> None:
    recorded = record(
        "w = torch.randn(50, 50, requires_grad=True)\nv = (w * 2)[:, 0]\nh = w.exp()\n"
        "state = torch.get_rng_state()"
    )
    space = recorded.recorder.namespace
    names = ("w", "h", "v")
    before = [(space[n]._version, space[n].grad_fn, space[n].is_leaf) for n in names]
    for name in (*names, "w.grad", "nothing", "h.grad"):
        found = recorded.recorder.look(look(name))
        assert (found is None) == (name in ("w.grad", "nothing", "h.grad"))
    assert torch.equal(torch.get_rng_state(), space["state"])
    assert before == [
        (space[n]._version, space[n].grad_fn, space[n].is_leaf) for n in ("w", "h", "v")
    ]
    recorded.step("h.sum().backward()")
    cells = cells_of(recorded.recorder.look(look("w.grad")))
    assert list(cells.means) == pytest.approx(space["h"].flatten().tolist())
