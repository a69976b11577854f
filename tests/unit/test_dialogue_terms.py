"""`what`: a term in lines, and those of the moment."""

from __future__ import annotations

from pathlib import Path

import pytest
from dialogues import Played, lesson

from autograd_tutor.course.model import Step

STEP = Step("s", "Only", "A **leaf** has no `grad_fn`.", "a = 1\n")


def said(tmp_path: Path, *typed: str) -> list[str]:
    return Played(tmp_path, lesson(STEP), *typed).play().splitlines()


@pytest.mark.parametrize("line", ["what leaf", "d leaves", "WHAT `leaf`"])
def test_a_term(tmp_path: Path, line: str) -> None:
    lines = said(tmp_path, line)
    at = lines.index("leaf")
    assert lines[at + 1] == "also: leaves, is_leaf, leaf tensor"
    assert lines[at + 3].startswith("A tensor that no recorded operation has made")
    assert "lesson: Leaves and the rest" in lines
    assert "see: parameter, .grad, AccumulateGrad, retain_grad" in lines


def test_a_node(tmp_path: Path) -> None:
    lines = said(tmp_path, "what tanh")
    assert "The node of an operation: hyperbolic tangent." in lines
    assert "• to self: grad · (1 − result²)" in lines


def test_alone_it_lists_the_terms_of_the_explanation(tmp_path: Path) -> None:
    lines = said(tmp_path, "what")
    at = lines.index("> what")
    assert lines[at + 1].startswith("  leaf: A tensor that")
    assert lines[at + 2].startswith("  grad_fn: The node that")
    assert lines[at + 3].startswith("what leaf explains leaf")


def test_a_term_that_is_not_known(tmp_path: Path) -> None:
    assert "The glossary has no gradent. Did you mean gradient?" in said(tmp_path, "what gradent")
    assert "The glossary has no qqqqqq." in said(tmp_path, "what qqqqqq")


def test_the_help_names_it(tmp_path: Path) -> None:
    lines = said(tmp_path, "?", "? what")
    usage = "what TERM (d): says what a term means; alone, lists those in view."
    assert f"  {usage}" in lines
    assert usage in lines
