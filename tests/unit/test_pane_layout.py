"""How the panes of a lesson share the screen."""

from __future__ import annotations

import itertools

import pytest
from textual.geometry import Region, Size

from autograd_tutor.ui.pane_layout import Needs, regions

ALL = ("explanation", "code", "tensors", "graph", "gradients")
SIZES = [(100, 26), (120, 38), (159, 60), (160, 40), (200, 48), (250, 70)]


def needs(
    explanation: int = 12, rows: int = 8, width: int = 40, empty: tuple[str, ...] = ()
) -> Needs:
    return Needs(lambda _: explanation, lambda _: rows, width, empty)


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        *itertools.product([(80, 22), (60, 18), (40, 10), (30, 3)], [("code", "graph")]),
        *itertools.product(SIZES, [ALL, ALL[1:]]),
    ],
)
def test_panes_cover_the_area_and_do_not_overlap(
    size: tuple[int, int], shown: tuple[str, ...]
) -> None:
    kinds = itertools.product((0, 3, 200), (1, 300), (3, 500), ((), ("graph",), ALL[2:]))
    for explanation, rows, width, empty in kinds:
        found = regions(Size(*size), shown, needs(explanation, rows, width, empty))
        assert set(found) == set(shown)
        area = Region(0, 0, *size)
        assert sum(region.area for region in found.values()) == area.area
        assert all(area.contains_region(region) for region in found.values())
        assert not any(
            one.overlaps(other) for one, other in itertools.combinations(found.values(), 2)
        )


def test_a_pane_alone_has_it_all() -> None:
    assert regions(Size(80, 22), ("graph",), needs()) == {"graph": Region(0, 0, 80, 22)}


@pytest.mark.parametrize("size", SIZES)
def test_without_an_explanation_the_code_gets_its_room(size: tuple[int, int]) -> None:
    wide = size[0] >= 160
    with_text = regions(Size(*size), ALL, needs())["code"]
    without = regions(Size(*size), ALL[1:], needs())["code"]
    assert without.area > with_text.area
    assert without.height == size[1] if wide else without.width == size[0]


def test_long_lines_of_code_narrow_the_explanation_down_to_what_can_be_read() -> None:
    widths = [
        regions(Size(120, 38), ALL, needs(width=width))["explanation"].width
        for width in (20, 56, 57, 66, 67, 90, 300)
    ]
    assert widths == [76, 60, 50, 50, 44, 44, 44]


def test_what_text_and_code_do_not_need_goes_to_what_was_recorded() -> None:
    heights = [
        regions(Size(120, 38), ALL, needs(explanation, rows))["tensors"].height
        for explanation, rows in ((3, 3), (8, 3), (3, 12), (90, 3))
    ]
    assert heights == [30, 28, 24, 21]


def test_a_pane_that_stays_empty_is_narrow_and_still_there() -> None:
    found = regions(Size(120, 38), ALL, needs(empty=("graph", "gradients")))
    assert [found[name].width for name in ALL[2:]] == [76, 22, 22]
    found = regions(Size(120, 38), ALL, needs(empty=("gradients",)))
    assert [found[name].width for name in ALL[2:]] == [49, 49, 22]
    found = regions(Size(120, 38), ALL, needs(empty=ALL[2:]))
    assert [found[name].width for name in ALL[2:]] == [40, 40, 40]


@pytest.mark.parametrize("size", [(160, 40), (200, 48), (250, 70)])
def test_in_a_large_terminal_what_was_recorded_has_half_of_it_and_more(
    size: tuple[int, int],
) -> None:
    found = regions(Size(*size), ALL, needs(width=60))
    recorded = sum(found[name].area for name in ALL[2:])
    assert recorded >= size[0] * size[1] / 2
    assert found["explanation"].width == found["code"].width == 80 - 4
    assert found["tensors"].width == size[0] - 76


def test_in_a_small_terminal_code_takes_two_fifths_at_most() -> None:
    assert regions(Size(80, 22), ("code", "graph"), needs(rows=90))["code"].height == 8
    assert regions(Size(80, 22), ("code", "graph"), needs(rows=1))["code"].height == 6
