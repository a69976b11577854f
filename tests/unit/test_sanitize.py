"""Nothing that a snippet prints, names or raises can steer the terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_tutor.render.sanitize import sanitize, sanitize_line

HARMFUL = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def harmful(text: str) -> list[str]:
    return [character for character in text if unicodedata.category(character) in HARMFUL]


any_text = st.text(st.characters(), max_size=60)
"""Every code point, lone surrogates among them."""

tricky = st.text(
    st.sampled_from(
        "a\t\n\r\x1b\x07\x7f\x9b\u200b\u200d\u202e\u2066\ufeff\u2028\ud800\u034f\ufe0f✔é界"
    ),
    max_size=20,
)


@given(any_text | tricky)
def test_only_newlines_are_left(text: str) -> None:
    assert harmful(sanitize(text).replace("\n", "")) == []


@given(any_text | tricky)
def test_a_line_stays_one_line(text: str) -> None:
    assert harmful(sanitize_line(text)) == []
    assert len(sanitize_line(text).splitlines()) <= 1


@given(any_text | tricky)
def test_what_is_clean_stays_as_it_is(text: str) -> None:
    assert sanitize(sanitize(text)) == sanitize(text)
    assert sanitize_line(sanitize_line(text)) == sanitize_line(text)


@given(any_text | tricky)
def test_lines_stay_lines(text: str) -> None:
    normal = text.replace("\r\n", "\n")
    assert sanitize(text).count("\n") == normal.count("\n")
    assert sanitize(text) == "\n".join(map(sanitize_line, normal.split("\n")))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("plain ~ text", "plain ~ text"),
        ("θ₀ → 界 é", "θ₀ → 界 é"),
        ("e\u0301", "e\u0301"),
        ("\x1b[2J\x1b]0;title\x07", "␛[2J␛]0;title␇"),
        ("\x00\x7f", "␀␡"),
        ("\x9b31m", "\\x9b31m"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("\u2028", "\\u2028"),
        ("\u034f\u3164", "\\u034f\\u3164"),
        ("✔\ufe0f", "✔"),
        ("a\u00a0b", "a\u00a0b"),
        ("a\tb", "a   b"),
        ("abcd\te", "abcd    e"),
        ("one\rtwo", "one␍two"),
    ],
)
def test_how_it_is_shown(text: str, shown: str) -> None:
    assert sanitize(text) == shown
    assert sanitize_line(text) == shown


def test_line_ends() -> None:
    assert sanitize("a\r\nb\n") == "a\nb\n"
    assert sanitize_line("a\r\nb\n") == "a␍␊b␊"
    assert sanitize("a\n\tb") == "a\n    b"
