"""Rows fit where they are to fit, and lose nothing on the way."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from autograd_tutor.render import rows
from autograd_tutor.render.rows import Row, Span, clip, edged, row, wrap

LETTERS = st.text("ab . 語\u0301ø", max_size=12)
SPANS = st.lists(st.tuples(LETTERS, st.sampled_from(["", "leaf", "dim strong"])), max_size=6)
BROKEN = st.lists(
    st.tuples(st.text("ab 語\n", max_size=12), st.sampled_from(["", "key"])), max_size=6
)
WIDTHS = st.integers(2, 30)


def characters(spans: list[Span] | tuple[Span, ...]) -> list[Span]:
    """Every character that shows something, with its styles."""
    return [(c, style) for text, style in spans for c in text if not c.isspace()]


def wrapped(rows: list[Row]) -> list[Span]:
    return [found for line in rows for found in characters(line.spans)]


@given(BROKEN, WIDTHS)
@example([("abcde", "key"), ("fgh", "")], 5)
@example([("abcd", "key"), ("語語", "")], 5)
@example([("      ", "")], 3)
@example([("ab ", "key"), ("  ", ""), ("ab", "")], 2)
def test_wrapped_rows_fit_and_hold_every_character_with_its_style(
    spans: list[Span], width: int
) -> None:
    lines = wrap(spans, width)
    assert all(line.width <= width for line in lines)
    assert wrapped(lines) == characters(spans)


@given(SPANS, WIDTHS, st.integers(0, 12))
def test_wrapping_below_a_first_row_loses_nothing_however_narrow_it_is(
    spans: list[Span], width: int, indent: int
) -> None:
    first = row(("-" * indent, "dim"))
    rows = wrap(spans, width, first, indent)
    assert wrapped(rows) == characters(first.spans) + characters(spans)
    if width - indent >= 2:
        assert all(line.width <= width for line in rows)
    assert all(line.text.startswith(" " * indent) or not line.text.strip() for line in rows[1:])


@given(SPANS)
def test_words_that_fit_into_a_row_are_not_broken(spans: list[Span]) -> None:
    words = "".join(text for text, _ in spans).split()
    width = max([2, *map(cell_len, words)])
    assert [word for line in wrap(spans, width) for word in line.text.split()] == words


def test_words_are_set_one_after_the_other_and_lines_end_without_blanks() -> None:
    rows = wrap([("one two ", ""), ("three", "key"), (", four\nfive", "")], 10)
    assert [line.text for line in rows] == ["one two", "three,", "four", "five"]
    assert rows[1].spans == (("three", "key"), (",", ""))


def test_a_hanging_indent() -> None:
    rows = wrap([("one two three", "")], 9, row("- "), 2)
    assert [line.text for line in rows] == ["- one two", "  three"]


@pytest.mark.parametrize("letter", ["x", "é", "語", "e\u0301", "\u0301", "x "])
def test_a_long_line_takes_as_much_work_as_its_parts(
    letter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = 0

    def counting(text: str) -> int:
        nonlocal measured
        measured += len(text)
        return cell_len(text)

    monkeypatch.setattr(rows, "cell_len", counting)
    text = letter * 20_000
    assert wrapped(wrap([(text, "")], 72)) == characters([(text, "")])
    assert measured < 20 * len(text)


def test_nothing_wraps_to_one_empty_row() -> None:
    assert [line.text for line in wrap([], 10)] == [""]
    assert [line.text for line in wrap([], 10, row("- "), 2)] == ["-"]


def test_line_breaks_that_follow_each_other_leave_a_row_empty() -> None:
    assert [line.text for line in wrap([("a\n\nb", "")], 10)] == ["a", "", "b"]


@given(SPANS, st.integers(-2, 60))
def test_a_clipped_row_is_the_beginning_of_the_row_and_says_when_it_goes_on(
    spans: list[Span], width: int
) -> None:
    line = row(*spans, base="bar")
    cut = clip(line, width)
    assert cut.base == "bar"
    assert cut.width <= max(0, width)
    if line.width <= width:
        assert cut == line
    elif width >= 1:
        assert cut.width == width
        assert cut.text.endswith("…")
        kept = characters(cut.spans[:-1])
        assert kept == characters(line.spans)[: len(kept)]


@given(SPANS, SPANS, st.integers(0, 80))
def test_both_edges_are_kept_as_long_as_the_right_one_fits(
    left: list[Span], right: list[Span], width: int
) -> None:
    ends = row(*left), row(*right)
    line = edged(*ends, width)
    if ends[0].width + 1 + ends[1].width <= width:
        assert line.width == width
        assert line.text.startswith(ends[0].text)
    if ends[1].width < width:
        assert line.width == width
        assert line.text.endswith(ends[1].text)
    assert line.width <= width


@pytest.mark.parametrize(("text", "width"), [("", 0), ("abc", 3), ("語語", 4), ("e\u0301", 1)])
def test_the_width_of_a_row_is_in_cells(text: str, width: int) -> None:
    assert row(text).width == width


def test_a_plain_string_is_a_span_without_style() -> None:
    assert row("a", ("b", "leaf"), base="current") == Row((("a", ""), ("b", "leaf")), "current")
