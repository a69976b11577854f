"""A whole step as one row of cells."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import result, scalar, snapshot, trace
from test_jumps import walk_loop
from test_turns import nested

from autograd_tutor.analysis.strip import Mark, Scale, scale_of, strip
from autograd_tutor.recording.model import Error
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.rows import Row
from autograd_tutor.render.signs import to_ascii
from autograd_tutor.render.strip import strip_row


def cells(row: Row) -> list[tuple[str, str]]:
    return [(character, style) for text, style in row.spans for character in text]


def test_where_they_fit_each_moment_is_a_cell() -> None:
    step = walk_loop().trace
    assert strip_row(step, 0, 40).text == " ▶·1·∇∇·2·∇∇·3·∇∇··"
    assert strip_row(step, 4, 40).text == " ··1·▶∇·2·∇∇·3·∇∇··"
    assert to_ascii(strip_row(step, 4, 40).text) == " --1->g-2-gg-3-gg--"


def test_inner_turns_have_a_sign() -> None:
    assert strip_row(nested(), 0, 40).text == " ▶1·│·│··2·│·│··3·│·│···"


def test_failures_and_nan_stand_out() -> None:
    moments = [
        snapshot(0),
        snapshot(1, tensors={"a": scalar(math.nan)}),
        snapshot(2, tensors={"a": scalar(math.nan)}),
        snapshot(3, raised=True),
        snapshot(4),
        snapshot(5, error=Error("ValueError", "no", 5, "")),
    ]
    row = strip_row(trace(*moments), 4, 40)
    assert row.text == " ·!·✗▶✗"
    assert [style for _, style in cells(row)][1:] == [
        "dim", "failure", "dim", "failure", "current", "failure"
    ]  # fmt: skip


def loop_of(turns: int, done: bool = True) -> Trace:
    """A loop of so many turns of five lines each, and a line before and after it."""
    moments = [snapshot(0, next_line=1)]
    for _ in range(turns):
        for line in range(1, 6):
            moments.append(snapshot(len(moments), line=line, next_line=line % 5 + 1))
    moments.append(snapshot(len(moments), line=1, next_line=0))
    made = trace(*moments, code="for i in x:\n" + "    a = 1\n" * 4)
    if done:
        made.finish(result(snapshots=len(moments)))
    return made


def test_a_long_step_has_its_turns_numbered() -> None:
    step = loop_of(500)
    text = strip_row(step, 0, 80).text
    assert len(text) == 79
    numbers = [int(each) for each in text.replace("│", " ").replace("▶", " ").split()]
    assert numbers == [50, 100, 150, 200, 250, 300, 350, 400, 450]
    at = step.snapshots.index(next(s for s in step.snapshots if s.index == 5 * 299 + 1))
    assert strip_row(step, at, 80).text.index("▶") == text.index("300")


@given(st.integers(1, 400), st.integers(10, 220), st.data())
def test_one_moment_further_changes_two_cells_at_most(
    turns: int, width: int, data: st.DataObject
) -> None:
    step = loop_of(turns)
    index = data.draw(st.integers(0, len(step) - 2))
    before, after = cells(strip_row(step, index, width)), cells(strip_row(step, index + 1, width))
    assert len(before) == len(after) <= width
    changed = [at for at, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    assert len(changed) <= 2
    assert not changed or changed[-1] - changed[0] <= 1


@given(st.integers(1, 12_000), st.integers(1, 220), st.booleans())
def test_cells_go_from_left_to_right_and_all_fit(moments: int, width: int, done: bool) -> None:
    scale = Scale(moments, width, done)
    found = [scale.cell(moment) for moment in range(moments)]
    assert found[0] == 0
    assert all(0 <= after - before <= 1 for before, after in pairwise(found))
    assert found[-1] < width
    assert not done or moments < width or found[-1] == width - 1


def test_while_more_is_recorded_what_is_drawn_mostly_stays() -> None:
    scales = [Scale(moments, 80, is_whole=False) for moments in range(1, 10_000)]
    kinds = {tuple(scale.cell(moment) for moment in (50, 500, 5_000)) for scale in scales}
    assert len(kinds) <= 8


def test_a_step_without_moments_is_empty() -> None:
    step = trace()
    assert strip_row(step, 0, 20).text == " "
    assert strip(step, scale_of(step, 0)).marks == []


@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_a_narrow_row_does_no_harm(width: int) -> None:
    assert strip_row(loop_of(30), 7, width).width <= max(2, width)


def test_the_greatest_mark_of_a_cell_counts() -> None:
    step = walk_loop().trace
    step.finish(result())
    assert strip(step, scale_of(step, 3)).marks == [Mark.PASS] * 3
