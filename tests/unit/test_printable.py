"""Text made safe to print."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograd_tutor.recording.printable import encodable, one_line, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain θ", "plain θ"),
        ("θ\x1b[2J", r"θ\x1b[2J"),
        ("a\nb\t", r"a\nb\t"),
        ("\udcff", r"\udcff"),
        ("\u202e", r"\u202e"),
    ],
)
def test_only_what_does_not_show_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == printable(Path(text)) == shown


def test_a_line_is_joined_and_cut() -> None:
    assert one_line(" a\n  b\x1b ", 20) == r"a b\x1b"
    assert one_line("abcdef", 6) == "abcdef"
    assert one_line("abcdefg", 6) == "abcde…"


def test_what_can_be_encoded_stays() -> None:
    assert encodable("a\x1bθ\n") == "a\x1bθ\n"
    assert encodable("θ\udcff") == r"θ\udcff"
