"""Where the lines of a snippet are once it has been edited."""

from __future__ import annotations

import pytest

from autograd_tutor.course.moved_lines import GONE, moved_lines


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a b c", "a b c", (1, 2, 3)),
        ("a b c", "x a b c", (2, 3, 4)),
        ("a b c", "a x b c", (1, 3, 4)),
        ("a b c", "a c", (1, GONE, 2)),
        ("a b c", "a x c", (1, 2, 3)),  # in its place
        ("a b c", "a x y c", (1, GONE, 4)),
        ("a b c d", "a x y d", (1, 2, 3, 4)),
        ("a a a", "a a", (1, 2, GONE)),
        ("a a", "a a a", (1, 2)),
        ("a", "", (1,)),
        ("a b", "", (GONE, GONE)),
        ("a b c d e", "a x c y z e", (1, 2, 3, GONE, 6)),
    ],
)
def test_each_line_is_found(before: str, after: str, expected: tuple[int, ...]) -> None:
    assert moved_lines(before.replace(" ", "\n"), after.replace(" ", "\n")) == expected


def test_what_is_too_large_to_be_compared_is_one_change() -> None:
    """All lines of the largest lesson alike, and other ones on both sides: hours to compare."""
    alike = ["1"] * 100_000
    found = moved_lines("\n".join(["a", "b", *alike, "c"]), "\n".join(["a", "x", "y", *alike, "z"]))
    assert set(found[1:]) == {GONE}
    assert found[0] == 1
    same = moved_lines("\n".join(["a", *alike, "c"]), "\n".join(["a", *alike, "c", "d"]))
    assert same[-1] == len(alike) + 2
