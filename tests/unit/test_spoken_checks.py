"""Checks and findings in lines: their signs are words."""

from __future__ import annotations

import pytest

from autograd_tutor.render.rows import row
from autograd_tutor.render.spoken import in_words
from autograd_tutor.render.spoken_checks import checked_in_words, found_in_words


@pytest.mark.parametrize(
    ("spans", "words"),
    [
        ((("✗", "failure"), "  w[2]  3  6"), "   w[2]  3  6  differs"),
        ((("✓", "done"), "  w[0]  1  1"), "   w[0]  1  1  agrees"),
        ((("≈", "changed"), "  w[1]  1  2"), "   w[1]  1  2  rounding"),
        ((("✓ ", "done"), "`.grad` agrees."), "Agrees: `.grad` agrees."),
        ((("✗ ", "failure"), "`F` is off."), "Differs: `F` is off."),
        (("Pass 1, line 3: it begins.",), "Pass 1, line 3: it begins."),
    ],
)
def test_a_verdict_is_a_word(spans, words: str) -> None:  # type: ignore[no-untyped-def]
    assert [in_words(each.text) for each in checked_in_words([row(*spans)])] == [words]


@pytest.mark.parametrize(
    ("spans", "words"),
    [
        ((("✗ line 2: ", "failure"), "It is cut."), "line 2: It is cut."),
        ((("? line 11: Perhaps: ", "changed"), "`w.grad`."), "line 11: Perhaps: `w.grad`."),
        ((("· line 4: Note: ", "dim"), "All."), "line 4: Note: All."),
        ((("  cut · more: x · lesson: y", "dim"),), "  cut, more: x, lesson: y"),
    ],
)
def test_a_finding_has_no_sign(spans, words: str) -> None:  # type: ignore[no-untyped-def]
    assert [in_words(each.text) for each in found_in_words([row(*spans)])] == [words]
