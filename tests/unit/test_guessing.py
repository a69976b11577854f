"""Two tries, and what is said after each."""

from __future__ import annotations

from autograd_tutor.course.tasks import Prediction
from autograd_tutor.playing.guesses import read
from autograd_tutor.playing.guessing import NOT_YET, Guessing
from autograd_tutor.recording.questions import Answer

ASKED = Prediction("w?", "number", "w", wrong=(("0.8", "Nothing was done."),), because="Why.")
ANSWER = Answer(0, ("0.44",), 0.44)


def after(*typed: str, answer: Answer | None = ANSWER) -> Guessing:
    guessing = Guessing(ASKED)
    for each in typed:
        guessing = guessing.guessed(read(ASKED, each), answer)
    return guessing


def test_before_a_guess_nothing_is_said() -> None:
    assert not after().settled
    assert after().say == ""
    assert after().answer_text == ""


def test_a_right_guess_settles() -> None:
    guessing = after("0.44")
    assert (guessing.settled, guessing.right, guessing.tries) == (True, True, 1)
    assert guessing.say == "Right."
    assert (guessing.guess_text, guessing.answer_text) == ("0.44", "0.44")


def test_a_wrong_guess_leaves_a_second_try_and_gives_nothing_away() -> None:
    known, unknown = after("0.8"), after("3")
    assert known.say == "Nothing was done. Try once more."
    assert unknown.say == "That is not it. Try once more."
    assert not known.settled
    assert not unknown.settled
    assert known.answer_text == ""


def test_the_second_try_settles() -> None:
    guessing = after("3", "0.8")
    assert (guessing.settled, guessing.right, guessing.tries) == (True, False, 2)
    assert guessing.say == "Nothing was done."
    assert guessing.answer_text == "0.44"
    assert after("0.8", "3").say == "The run says something else."
    assert after("0.8", "0.44").right


def test_a_guess_waits_for_the_answer() -> None:
    guessing = after("3", answer=None)
    assert guessing.say == NOT_YET
    assert not guessing.settled
    changed = guessing.guessed(read(ASKED, "0.44"), None)
    assert changed.tries == 1, "a guess that was not compared can be replaced"
    judged = changed.taken(ANSWER)
    assert judged.right
    assert judged.taken(ANSWER) == judged
    assert Guessing(ASKED).taken(ANSWER) == Guessing(ASKED)


def test_nobody_is_wrong_where_the_lesson_has_no_answer() -> None:
    guessing = after("3", answer=Answer(0, problem="NameError: w"))
    assert guessing.settled
    assert not guessing.right
    assert "No guess is wrong: the lesson has no answer here (NameError: w)." in guessing.say
    assert guessing.answer_text == ""


def test_a_skipped_question_shows_its_answer() -> None:
    guessing = Guessing(ASKED).skip(ANSWER)
    assert guessing.settled
    assert guessing.answer_text == "0.44"
    assert Guessing(ASKED).skip(None).answer_text == ""


def test_one_key_says_unsure_then_sure_then_nothing() -> None:
    guessing = Guessing(ASKED)
    said = []
    for _ in range(4):
        said.append(guessing.sure)
        guessing = guessing.with_certainty()
    assert said == [None, False, True, None]
