"""Which questions come back when: counted in lessons, with a clock of the test."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from autograd_tutor.progress.notes import Guess, Key, Question, Review
from autograd_tutor.progress.review import AT_ONCE, Candidate, due, plan, plan_chapter

ORDER = [f"l{number}" for number in range(12)]


def asked(lesson: str, step: str, number: int = 0) -> Key:
    return Key("question", lesson, step, number)


def review(lesson: str, step: str, number: int, after: int) -> Key:
    return Key("review", lesson, step, number, after)


GOOD = Question((Guess(1, True, True),))
UNSURE = Question((Guess(1, True, False),))
MISSED = Question((Guess(1, False, True, 2),))
SECOND_TRY = Question((Guess(1, True, True, 2),))
LATER_RIGHT = Question((Guess(1, False), Guess(2, True)))
SKIPPED = Question(skipped=1)

FOUR = [Candidate("l0", step, 0, step in "cd") for step in "abcd"]


@pytest.mark.parametrize(
    ("answers", "steps"),
    [
        ({}, "cd"),
        ({"c": GOOD}, "dc"),
        ({"c": GOOD, "d": GOOD}, "cd"),
        ({"a": MISSED, "c": GOOD, "d": GOOD}, "cd"),  # with other numbers comes before missed
        ({"c": GOOD, "d": UNSURE}, "dc"),
        ({"c": GOOD, "d": SECOND_TRY}, "dc"),
        ({"c": GOOD, "d": SKIPPED}, "dc"),
        ({"c": GOOD, "d": LATER_RIGHT}, "dc"),
        ({"c": SKIPPED, "d": MISSED}, "cd"),
    ],
)
def test_two_questions_come_back_those_that_were_missed_first(
    answers: dict[str, Question], steps: str
) -> None:
    known = {asked("l0", step): answer for step, answer in answers.items()}
    first, second = steps
    assert plan("l0", FOUR, known) == (review("l0", first, 0, 2), review("l0", second, 0, 7))


def test_of_questions_without_other_numbers_the_missed_come_first() -> None:
    known = {asked("l0", "a"): GOOD, asked("l0", "b"): MISSED}
    assert plan("l0", FOUR[:2], known) == (review("l0", "b", 0, 2), review("l0", "a", 0, 7))


def test_a_lesson_with_fewer_questions_has_fewer_reviews() -> None:
    assert plan("l0", FOUR[:1], {}) == (review("l0", "a", 0, 2),)
    assert plan("l1", FOUR, {}) == ()


def test_three_come_back_at_the_end_of_a_chapter_of_different_lessons() -> None:
    candidates = [
        Candidate(lesson, step, 0, True) for lesson in ("l0", "l1", "l2") for step in "ab"
    ]
    planned = [review("l0", "a", 0, 2), review("l1", "a", 0, 7)]
    found = plan_chapter({"l0", "l1", "l2"}, candidates, {}, planned)
    assert set(found) == {
        review("l0", "b", 0, AT_ONCE),
        review("l1", "b", 0, AT_ONCE),
        review("l2", "a", 0, AT_ONCE),
    }
    found = plan_chapter({"l0"}, candidates, {}, planned)
    assert found == (review("l0", "b", 0, AT_ONCE), review("l0", "a", 0, AT_ONCE))
    assert plan_chapter({"l9"}, candidates, {}, planned) == ()
    again = plan_chapter({"l0", "l1", "l2"}, candidates, {}, (*planned, *found))
    assert len(again) == 3


FIRST, SECOND = review("l3", "a", 0, 2), review("l3", "b", 0, 7)


def when_due(
    finished_at: int, order: list[str] = ORDER, reviews: Mapping[Key, Review] | None = None
) -> dict[str, list[Key]]:
    """What is due as each lesson after `finished_at` begins, in order; each finished then."""
    known = dict(reviews or {FIRST: Review(100), SECOND: Review(100)})
    done = {each: number for number, each in enumerate(order[: finished_at + 1])}
    found: dict[str, list[Key]] = {}
    for number, lesson in enumerate(order[finished_at + 1 :]):
        if ready := due(known, order, done, lesson):
            found[lesson] = list(ready)
        known |= {key: Review(100, 200) for key in ready}
        done[lesson] = 101 + number
    return found


def test_one_comes_back_in_the_lesson_after_next_the_other_five_later() -> None:
    assert when_due(3) == {"l5": [FIRST], "l10": [SECOND]}


def test_near_the_end_of_the_course_they_come_in_its_last_lesson() -> None:
    assert when_due(3, ORDER[:9]) == {"l5": [FIRST], "l8": [SECOND]}
    assert when_due(3, ORDER[:5]) == {"l4": [FIRST, SECOND]}
    assert when_due(3, ORDER[:4]) == {}


def test_what_is_not_done_stays_due_the_longest_first() -> None:
    reviews = {FIRST: Review(100), SECOND: Review(100), review("l1", "x", 0, 2): Review(50)}
    finished = {lesson: 10 + number for number, lesson in enumerate(ORDER[:4])}
    found = due(reviews, ORDER, finished, "l11")
    assert found == (review("l1", "x", 0, 2), FIRST, SECOND)


def test_lessons_that_were_finished_before_do_not_count() -> None:
    """Who had done the later ones before has not had a pause yet."""
    finished = dict.fromkeys(ORDER, 10)
    assert due({FIRST: Review(100)}, ORDER, finished, "l4") == ()
    assert due({FIRST: Review(100)}, ORDER, finished, None) == ()
    assert due({FIRST: Review(100)}, ORDER, finished | {"l0": 101, "l9": 102}, None) == (FIRST,)


def test_a_lesson_that_is_begun_far_behind_counts_as_all_between() -> None:
    assert due({FIRST: Review(100)}, ORDER, {"l3": 99}, "l4") == ()
    assert due({FIRST: Review(100)}, ORDER, {"l3": 99}, "l5") == (FIRST,)
    assert due({FIRST: Review(100)}, ORDER, {"l3": 99}, "l2") == ()
    assert due({FIRST: Review(100)}, ORDER, {"l3": 99}, "/a/script.py") == ()


def test_a_chapters_reviews_are_due_at_once_and_what_is_done_or_gone_is_not() -> None:
    at_once = review("l3", "c", 0, AT_ONCE)
    assert due({at_once: Review(100)}, ORDER, {}, None) == (at_once,)
    assert due({at_once: Review(100, 101)}, ORDER, {}, None) == ()
    assert due({at_once: Review(0)}, ORDER, {}, None) == ()
    assert due({at_once: Review(100)}, ["l1"], {}, "l1") == ()
