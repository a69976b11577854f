"""The numbers of steps and exercises, for people."""

from __future__ import annotations

from autograd_tutor.course.numbering import Numbered, numbered


def test_several_exercises_have_numbers_of_their_own() -> None:
    exercises = [False, False, True, True, True]
    assert [numbered(exercises, index) for index in range(5)] == [
        Numbered("step", 1, 2),
        Numbered("step", 2, 2),
        Numbered("exercise", 1, 3),
        Numbered("exercise", 2, 3),
        Numbered("exercise", 3, 3),
    ]


def test_a_single_exercise_is_the_last_step() -> None:
    assert numbered([False, True], 0) == Numbered("step", 1, 2)
    assert numbered([False, True], 1) == Numbered("step", 2, 2)


def test_steps_without_an_exercise_are_counted() -> None:
    assert numbered([False, False, False], 1) == Numbered("step", 2, 3)
