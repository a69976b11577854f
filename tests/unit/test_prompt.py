"""What is typed at the prompt of `g`, and how it is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_tutor.render.keybar import prompt_row
from autograd_tutor.ui.prompt import Prompt


def typed(*keys: str, earlier: tuple[str, ...] = ()) -> str:
    """The text with `|` where the cursor is, after these keys."""
    prompt = Prompt(earlier)
    for key in keys:
        if len(key) == 1:
            prompt.insert(key)
        else:
            prompt.press(key)
    return f"{prompt.text[: prompt.cursor]}|{prompt.text[prompt.cursor :]}"


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("a b c", "abc|"), ("a b left left x", "x|ab"), ("a left right right", "a|"),
        ("a b backspace", "a|"), ("backspace", "|"), ("a b home delete", "|b"),
        ("a b home end c", "abc|"), ("a b left ctrl+u", "|b"), ("a tab f5", "a|"),
        ("up", "two|"), ("up up", "one|"), ("up up up down", "two|"), ("x up down", "x|"),
        ("up y up", "two|"), ("up y", "twoy|"), ("up backspace down", "tw|"),
    ],
)  # fmt: skip
def test_keys(keys: str, text: str) -> None:
    assert typed(*keys.split(), earlier=("one", "two")) == text


def test_a_word_is_deleted_and_a_paste_is_one_line() -> None:
    prompt = Prompt(())
    prompt.insert("loss < 0.1\nx\x1b[31m")
    assert prompt.text == "loss < 0.1"
    prompt.press("ctrl+w")
    assert prompt.text == "loss <"
    prompt.insert("")
    prompt.insert("\x1b\t")
    assert prompt.text == "loss <"


def test_the_row() -> None:
    row = prompt_row("loss", 4, "hint", 30)
    assert row.text == " go to loss "
    assert row.spans[2] == (" ", "current")
    assert prompt_row("loss", 1, "hint", 30).spans[2] == ("o", "current")
    assert prompt_row("", 0, "hint", 30).text == " go to   hint"


@given(st.text("ab 語\x1b", max_size=60), st.integers(0, 60), st.integers(10, 80))
def test_the_cursor_is_in_view(text: str, cursor: int, width: int) -> None:
    row = prompt_row(text, min(cursor, len(text)), "", width)
    assert row.width <= width
    assert any(style == "current" for _, style in row.spans)
