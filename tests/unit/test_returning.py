"""How a question that comes back is made of its lesson, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.course.problem import Problem
from autograd_tutor.course.summary import Summary, unread
from autograd_tutor.course.tasks import Prediction
from autograd_tutor.playing.guessing import Guessing
from autograd_tutor.playing.review import (
    NotAsked,
    Returning,
    Review,
    asked_again,
    offer,
    outcome_of,
    returning,
)
from autograd_tutor.progress.notes import Key
from autograd_tutor.recording.questions import Answer

FIRST = Prediction("What is y?", "number", "y", line=2, wrong=(("1", "That is x."),))
OTHER = replace(FIRST, again=(("x", "7"),))
LATER = Prediction("And z?", "number", "z", line=3)


def lesson(*asked: Prediction) -> Lesson:
    before = Step("before", "Before", "First.", "start = 0\n", predictions=(LATER,))
    code = "x = 1\ny = x + 1\nz = y\n"
    step = Step("step", "Step", "It is 1.", code, predictions=asked, then="y is 2.")
    after = Step("after", "After", "Last.", "end = 0\n", predictions=(LATER,))
    return Lesson("made", Path("made"), "Made", "", "", (before, step, after))


def test_only_the_question_that_comes_back_is_asked() -> None:
    made = asked_again(lesson(FIRST, LATER), "step", 1)
    assert [step.id for step in made.steps] == ["before", "step"]
    assert [step.predictions for step in made.steps] == [(), (LATER,)]
    assert (made.steps[1].code, made.steps[1].then) == ("x = 1\ny = x + 1\nz = y\n", "")


def test_with_other_values_nothing_is_said_of_those_of_the_lesson() -> None:
    made = asked_again(lesson(LATER, OTHER), "step", 1)
    step = made.steps[1]
    assert step.code == "x = 7\ny = x + 1\nz = y\n"
    assert step.predictions == (replace(OTHER, wrong=()),)
    assert step.then == ""
    assert step.explain.startswith("*In this review:* `x = 7`.")
    assert step.explain.endswith("It is 1.")


@pytest.mark.parametrize(
    ("step", "number", "asked", "why"),
    [
        ("gone", 0, FIRST, "its lesson has changed"),
        ("step", 1, FIRST, "its lesson has changed"),
        ("step", 0, replace(FIRST, again=(("q", "7"),)), "its lesson has no other value for q: "),
        ("step", 0, replace(FIRST, again=(("x", "7 +"),)), "its lesson has no other value for x: "),
    ],
)
def test_what_cannot_be_asked_says_why(step: str, number: int, asked: Prediction, why: str) -> None:
    with pytest.raises(NotAsked, match=why):
        asked_again(lesson(asked), step, number)


def test_a_file_that_is_gone_stops_nothing(tmp_path: Path) -> None:
    good = tmp_path / "good.yaml"
    good.write_text(
        "format: 1\ntitle: Good\nsummary: Good.\nsteps:\n  - id: a\n    title: A\n"
        "    explain: Look.\n    code: x = 1\n"
        "    predict: [{ask: What?, kind: number, answer: x}]\n"
    )
    gone = unread(tmp_path / "gone.yaml", True)
    summaries = [gone, Summary("good", good, "Good", "", "", 1, True)]
    keys = [Key("review", "gone", "a"), Key("review", "good", "a"), Key("review", "good", "b")]
    found = returning(keys, summaries)
    assert [each.key for each in found] == keys
    assert [each.lesson is not None for each in found] == [False, True, False]
    assert found[0].problem.startswith("its lesson cannot be read: ")
    assert found[2].problem.startswith("its lesson has changed")


def of(number: int) -> list[Returning]:
    return [Returning(Key("review", f"l{at}", "s"), f"L{at}", None) for at in range(number)]


def test_a_review_counts_what_came_of_it() -> None:
    review = Review(of(5))
    assert review.following() == of(5)[0]
    assert review.place == "Review 1 of 5 · from: L0"
    review.note("right")
    review.note("wrong")  # it is known already
    for outcome in ("wrong", "skipped", "not asked"):
        assert review.following() is not None
        review.note(outcome)  # type: ignore[arg-type]
    assert review.following() is not None
    assert review.summary == "Review ended: 1 of 5 right, 1 skipped, 1 not asked, 1 still due."
    review.note("right")
    assert review.following() is None
    assert review.summary == "Review done: 2 of 5 right, 1 skipped, 1 not asked."


def test_what_came_of_an_answer() -> None:
    asked = Guessing(FIRST)
    assert outcome_of(asked.skip(None)) == "skipped"
    from autograd_tutor.playing.guesses import read

    right, wrong = read(FIRST, "2", ()), read(FIRST, "3", ())
    answer = Answer(0, ("2",), 2.0)
    assert outcome_of(asked.guessed(right, answer)) == "right"
    assert outcome_of(asked.guessed(wrong, answer).guessed(wrong, answer)) == "wrong"
    assert outcome_of(asked.guessed(right, Answer(0, problem="no"))) == "not asked"


def test_the_offer_says_how_many() -> None:
    assert offer(1).startswith("1 question of an earlier lesson is due")
    assert offer(3).startswith("3 questions of earlier lessons are due")


def test_a_broken_summary_says_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("title: [")
    bad = unread(path, True, Problem(path, 1, 1, "no", "mend it"))
    (found,) = returning([Key("review", "bad", "a")], [bad])
    assert "bad.yaml:" in found.problem
