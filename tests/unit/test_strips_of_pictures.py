"""The row of a large tensor has a strip of cells, too: that of the picture that was recorded."""

from __future__ import annotations

import pytest
from made import snapshot, tensor, trace
from msgspec.structs import replace

from autograd_tutor.analysis.contents import contents_at
from autograd_tutor.recording.model import Stats, Tensor
from autograd_tutor.recording.picture import Picture
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.heat import BELOW, NAN_SIGN, Marks
from autograd_tutor.render.tensors import tensors_listing

BELOW_AND_ABOVE = Picture(1, 2, 1, 2000, 1.0, b"\x81\x7f", b"\xff\xff")
WITH_NAN = Picture(1, 2, 1, 2000, 1.0, b"\x00\x7f", b"\x00\xff", b"\x01\x00")


def large(greatest: float = 1.0) -> Tensor:
    stats = Stats(2000, 2000, -1.0, greatest, 0.0, 0.3, 25.0, 0, 0, (2000,))
    return tensor(*[0.0] * 2000, raw=None, stats=stats)


def rows(found: Trace, index: int, marks: Marks, width: int = 100) -> str:
    listing = tensors_listing(contents_at(found, index, index), width, marks=marks)
    return "\n".join(line.text for line in listing.rows)


def styles(found: Trace, index: int) -> set[str]:
    listing = tensors_listing(contents_at(found, index, index), 100)
    return {style for line in listing.rows for _, style in line.spans}


def recorded(picture: Picture) -> Trace:
    return trace(
        snapshot(0),
        snapshot(1, tensors={"w": large()}),
        snapshot(2, tensors={"w": large(2.0)}),
        snapshot(3, tensors={"w": large()}, pictures={"w": picture}),
    )


@pytest.mark.parametrize("index", [1, 3], ids=["recorded later", "recorded here"])
def test_a_strip_is_that_of_the_picture_with_the_same_numbers(index: int) -> None:
    found = recorded(BELOW_AND_ABOVE)
    assert {"heat-10", "heat+10"} <= styles(found, index)
    assert f"{BELOW[-1]}@  -1 to 1" in rows(found, index, Marks.SIGNS)


def test_other_numbers_have_no_strip() -> None:
    assert not any(style.startswith("heat") for style in styles(recorded(BELOW_AND_ABOVE), 2))
    assert "  -1 to 2" in rows(recorded(BELOW_AND_ABOVE), 2, Marks.SIGNS)


@pytest.mark.parametrize("marks", Marks)
def test_nan_is_seen_in_every_mode(marks: Marks) -> None:
    assert NAN_SIGN in rows(recorded(WITH_NAN), 3, marks)


@pytest.mark.parametrize("changes", [{"means": b"\x7f"}, {"scale": float("inf")}, {"rows": 10**9}])
def test_a_forged_picture_is_no_strip(changes: dict[str, object]) -> None:
    found = recorded(replace(BELOW_AND_ABOVE, **changes))
    assert not any(style.startswith("heat") for style in styles(found, 3))
    assert "-1 to 1" in rows(found, 3, Marks.SIGNS)


@pytest.mark.parametrize("width", [20, 30, 40, 60])
def test_a_strip_gives_way_to_the_row(width: int) -> None:
    found = recorded(BELOW_AND_ABOVE)
    listing = tensors_listing(contents_at(found, 3, 3), width)
    assert all(line.width <= width for line in listing.rows)
