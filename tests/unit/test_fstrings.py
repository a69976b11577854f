"""What is said of a learner's code is an f-string: what is wrong with one, and where."""

from __future__ import annotations

import pytest

from autograd_tutor.course.fstrings import fstring_fault


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "w is {w.item():.4f}, and {{not}} this",
        'it says "{x}"',
        "{d['a']} and {x!r} and {x:{width}}",
        "a\nb {x}\n",
        '"""{x}',
        "C:\\new {x}",
    ],
)
def test_texts_that_can_be_filled_in(text: str) -> None:
    assert fstring_fault(text) is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("w is {w.item(:.4f}", "{w.item("),
        ("{a} then {}", "{}"),
        ("{a} then } it", "} it"),
        ("{{a}} then { it", "{ it"),
        ("a\nb {x y}", "{x y}"),
    ],
)
def test_what_cannot_is_found_at_its_place(text: str, place: str) -> None:
    fault = fstring_fault(text)
    assert fault is not None
    assert text[fault[0] :].startswith(place)
    assert fault[1]


@pytest.mark.parametrize("quotes", ['"""', "'''"])
def test_no_text_leaves_its_quotes(quotes: str) -> None:
    other = "'''" if quotes == '"""' else '"""'
    text = f"{other} + str(1) + rf{other} {quotes}x"

    assert fstring_fault(text) is not None
