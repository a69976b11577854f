"""What went wrong, in the rows above the keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_tutor.render.keybar import MOST_NOTICE_ROWS, notice_rows


def texts(text: str, width: int, most: int) -> list[str]:
    return [line.text for line in notice_rows(text, width, most)]


def test_nothing_takes_no_row() -> None:
    assert notice_rows("", 80, 3) == []


@pytest.mark.parametrize(
    ("most", "rows"),
    [
        (3, [" one two", "   three", "   four …"]),
        (2, [" one two", "   three…"]),
        (1, [" one two…"]),
        (0, [" one two…"]),
        (9, [" one two", "   three", "   four …"]),
    ],
)
def test_a_text_takes_as_many_rows_as_it_may(most: int, rows: list[str]) -> None:
    assert texts("one two three four five six", 9, most) == rows


@given(st.text(st.sampled_from("ab 語"), min_size=1), st.integers(8, 90), st.integers(0, 5))
def test_rows_fit_and_what_is_not_cut_is_whole(text: str, width: int, most: int) -> None:
    rows = notice_rows(text, width, most)
    assert 1 <= len(rows) <= max(1, min(most, MOST_NOTICE_ROWS))
    assert all(line.width <= width and line.base == "bar" for line in rows)
    shown = "".join("".join(line.text for line in rows).split())
    assert shown == "".join(text.split()) or shown.endswith("…")
