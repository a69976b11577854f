"""The learner's edits stay with their steps when a lesson's file changes."""

from __future__ import annotations

import pytest

from autograd_tutor.course.model import Step
from autograd_tutor.playing.edits import Edit, edits_of, step_like, with_edits


def cell(number: int, code: str, title: str = "") -> Step:
    """A step of a script: its id only counts it."""
    return Step(f"step-{number}", title or f"Step {number}", "", code)


ONE, TWO, THREE = cell(1, "a = 1\n"), cell(2, "b = 2\n"), cell(3, "c = 3\n")
STEPS = (ONE, TWO, THREE)


def test_what_is_edited_is_what_differs() -> None:
    assert edits_of(STEPS, ["a = 1\n", "b = 9\n", "c = 3\n"]) == (Edit(TWO, "b = 9\n", STEPS),)
    assert edits_of(STEPS, [step.code for step in STEPS]) == ()


@pytest.mark.parametrize(
    ("steps", "codes"),
    [
        (STEPS, ["a = 1\n", "mine\n", "c = 3\n"]),
        ((ONE, cell(2, "new\n"), cell(3, "b = 2\n")), ["a = 1\n", "new\n", "mine\n"]),
        ((cell(1, "b = 2\n"),), ["mine\n"]),
        ((ONE, cell(2, "b = 22\n")), ["a = 1\n", "mine\n"]),
        ((cell(1, "b = 2\n"), cell(2, "b = 2\n")), ["b = 2\n", "mine\n"]),
    ],
    ids=["same", "one before it", "all others gone", "its own code changed", "twice"],
)
def test_an_edit_stays_with_its_step(steps: tuple[Step, ...], codes: list[str]) -> None:
    assert with_edits(steps, [Edit(TWO, "mine\n", STEPS)]) == (codes, ())


@pytest.mark.parametrize(
    "steps",
    [
        (ONE, cell(2, "c = 3\n")),
        (cell(1, "c = 3\n"), cell(2, "a = 1\n")),
        (cell(1, "new\n"), cell(2, "c = 3\n"), cell(3, "a = 1\n")),
    ],
    ids=["the next one has its number", "another order", "one more before"],
)
def test_an_edit_does_not_go_to_another_step_that_has_its_number_now(
    steps: tuple[Step, ...],
) -> None:
    lost = Edit(TWO, "mine\n", STEPS)
    assert with_edits(steps, [lost]) == ([step.code for step in steps], (lost,))


def test_a_title_is_worth_more_than_a_number() -> None:
    before = cell(2, "fit()\n", "Train")
    after = (cell(1, "a\n"), cell(2, "load()\n", "Load"), cell(3, "fit(9)\n", "Train"))
    assert step_like(before, (before,), after) == 2


def test_an_id_holds_where_all_else_has_changed() -> None:
    before = Step("fit", "A", "", "a\n")
    assert step_like(before, (ONE, before), (ONE, Step("fit", "B", "", "b\n"))) == 1


def test_an_edit_without_a_step_is_handed_back() -> None:
    lost = Edit(THREE, "mine\n")
    assert with_edits((ONE, TWO), [lost]) == (["a = 1\n", "b = 2\n"], (lost,))


def test_two_edits_do_not_overwrite_each_other() -> None:
    first, second = Edit(cell(1, "x\n"), "mine\n"), Edit(cell(2, "x\n"), "too\n")
    assert with_edits((cell(1, "x\n"),), [first, second]) == (["mine\n"], (second,))
