"""Questions of earlier lessons that come back: offered, asked, answered, and back again."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from asked import CODE, SECRET, answered, card, on_card
from made import result, snapshot
from msgspec.structs import replace as changed
from sitting import PlayedKernel, Sitting, sitting

from autograd_tutor.progress import Progress
from autograd_tutor.progress.notes import Key
from autograd_tutor.recording.model import Error
from autograd_tutor.recording.questions import Answer
from autograd_tutor.recording.wire import Record, ResultRecord, SnapshotRecord, StepRequest
from autograd_tutor.ui.lesson_screen import LessonScreen
from autograd_tutor.ui.options import Options
from autograd_tutor.ui.review_screen import ReviewScreen

ASKS = """\
format: 1
title: {title}
summary: It asks.
chapter: Asking
steps:
  - id: before
    title: Before
    explain: This comes first.
    code: start = list
    predict:
      - ask: Is this asked?
        kind: text
        answer: "'no'"
  - id: only
    title: The step
    explain: Read this first.
    then: The lesson's own words.
    code: |
{code}
    predict:
      - before: 2
        ask: What is secret?
        kind: number
        answer: secret
        wrong: {{2: That is of the lesson.}}
        because: It is the sum.
        again: {{w: other()}}
      - before: 4
        ask: And what is printed?
        kind: number
        answer: secret
        wrong: {{2: That is of the lesson.}}
"""

FIRST, SECOND = Key("review", "one", "only", 0), Key("review", "two", "only", 1)
RIGHT = (*str(SECRET), "enter")
SIZES = [(120, 40), (80, 24)]


def played(request: StepRequest) -> list[Record]:
    """What is asked about has its four lines; other steps have one."""
    if request.questions:
        return answered(request)
    begun = changed(snapshot(0, next_line=1), step=request.step)
    ran = changed(snapshot(1, line=1), step=request.step)
    ended = changed(result(step=request.step), snapshots=2)
    return [SnapshotRecord(begun), SnapshotRecord(ran), ResultRecord(ended)]


def write(name: str, title: str, code: str = CODE) -> Path:
    folder = Path(os.environ["AUTOGRAD_TUTOR_LESSONS"])
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.yaml"
    code = "\n".join(f"      {line}" for line in code.splitlines())
    path.write_text(ASKS.format(title=title, code=code))
    return path


@asynccontextmanager
async def due(
    *keys: Key,
    lesson: str | None = "squares",
    answer: Callable[[StepRequest], list[Record]] = played,
    **options: Any,
) -> AsyncIterator[Sitting]:
    """A sitting in which these come back."""
    write("1-one", "Lesson one")
    write("2-two", "Lesson two")
    progress = Progress.open()
    progress.note_reviews(keys)
    kernel = PlayedKernel(answer)
    async with sitting(lesson, kernel=kernel, progress=progress, **options) as sat:
        yield sat


def left(sat: Sitting) -> list[Key]:
    """What is still to come back."""
    return [key for key, note in sat.progress.reviews().items() if not note.done]


# The offer


@pytest.mark.parametrize("size", SIZES)
async def test_a_lesson_that_begins_offers_what_is_due(size: tuple[int, int]) -> None:
    async with due(FIRST, SECOND, size=size) as sat:
        await sat.until("2 questions of earlier lessons are due for review: r asks them now.")
        await sat.press("right")
        await sat.gone("due for review")
        assert "moment 1/" in sat.headline, "nothing is forced"


async def test_one_question_is_offered_as_one() -> None:
    async with due(FIRST) as sat:
        await sat.until("1 question of an earlier lesson is due for review: r asks it now.")


async def test_nothing_is_due_at_first() -> None:
    async with sitting() as sat:
        await sat.until("? help")
        assert "review" not in sat.text
        await sat.press("r")
        await sat.until("Nothing is due for review.")


async def test_a_lesson_that_goes_on_in_its_midst_offers_nothing() -> None:
    write("1-one", "Lesson one")
    progress = Progress.open()
    progress.note_reviews([FIRST])
    progress.visit("squares", "backward", 1, "")
    async with sitting(progress=progress) as sat:
        await sat.until("step 2/3")
        await sat.rest()
        assert "due" not in sat.text


async def test_the_course_says_what_is_due_and_asks_it() -> None:
    async with due(FIRST, SECOND, lesson=None) as sat:
        await sat.until("2 due for review")
        assert "r review 2 questions" in sat.keys
        await sat.press("r")
        await sat.until(on_card(sat, "What is secret?"))
        await sat.press("s", "enter")
        await sat.until("Review 2 of 2")
        await sat.press("q")
        await sat.until("Review ended: 0 of 2 right, 1 skipped, 1 still due.")
        assert "1 due for review" in sat.headline


# A review


@pytest.mark.parametrize("size", SIZES)
async def test_the_questions_come_one_after_the_other_and_lead_back(size: tuple[int, int]) -> None:
    async with due(FIRST, SECOND, size=size) as sat:
        await sat.press("right")
        await sat.until("moment 1/1")
        await sat.press("r")
        await sat.until(on_card(sat, "Question, before line 2"))
        assert "Review 1 of 2 · from: Lesson one" in sat.headline
        assert str(SECRET) not in sat.text
        await sat.press("u", *RIGHT)
        await sat.until(on_card(sat, "Right."))
        assert "It is the sum." in card(sat)
        assert left(sat) == [SECOND]
        await sat.press("enter")
        await sat.until("Review 2 of 2 · from: Lesson two")
        await sat.until(on_card(sat, "before line 4"))
        await sat.press("2", "enter")
        await sat.until(on_card(sat, "That is of the lesson. Try once more."))
        assert left(sat) == [SECOND]
        await sat.press("3", "enter")
        await sat.until(on_card(sat, "The run: "))
        assert left(sat) == []
        await sat.press("enter")
        await sat.until("Review done: 1 of 2 right.")
        assert "moment 1/1" in sat.headline
        assert "Squares" in sat.headline


async def test_other_values_are_asked_about_and_said() -> None:
    """What the lesson says of its own values is not said of them."""
    async with due(FIRST) as sat:
        await sat.press("r")
        await sat.until(on_card(sat, "What is secret?"))
        assert "In this review: w = other()." in " ".join(sat.text.split())
        assert "w = other()" in "\n".join(sat.pane("code"))
        (asked,) = sat.kernel.requests[-1].questions
        assert asked.line == 2
        assert sat.kernel.requests[-2].questions == ()
        await sat.press("2", "enter")
        await sat.until(on_card(sat, "That is not it. Try once more."))
        await sat.press(*RIGHT)
        await sat.until(on_card(sat, "Right."))
        await sat.press("right", "end")
        await sat.until("moment 5/5")
        assert "own words" not in sat.text


async def test_nothing_is_kept_but_what_came_of_the_review() -> None:
    async with due(FIRST) as sat:
        await sat.until("due for review")
        before = sat.progress.last_bookmark()
        await sat.press("r")
        await sat.until(on_card(sat, "What is secret?"))
        await sat.press(*RIGHT)
        await sat.until(on_card(sat, "Right."))
        await sat.press("end", "e")
        await sat.until("edited in the lesson itself")
        await sat.press("N")
        await sat.until("Review done: 1 of 1 right.")
        assert sat.progress.last_bookmark() == before
        assert sat.progress.questions() == {}
        assert not sat.progress.finished("one")


async def test_a_review_that_is_skipped_counts_as_done_and_says_so() -> None:
    async with due(FIRST) as sat:
        await sat.press("r")
        await sat.until(on_card(sat, "What is secret?"))
        await sat.press("s")
        await sat.until("Skipped. It counts as done. Enter goes on.")
        assert left(sat) == []
        await sat.press("enter")
        await sat.until("Review done: 0 of 1 right, 1 skipped.")


async def test_what_was_left_is_still_due() -> None:
    async with due(FIRST, SECOND) as sat:
        await sat.press("r")
        await sat.until(on_card(sat, "What is secret?"))
        await sat.press("q")
        await sat.until("Review ended: 0 of 2 right, 2 still due.")
        assert left(sat) == [FIRST, SECOND]
        await sat.press("r")
        await sat.until("Review 1 of 2")


async def test_keys_that_come_twice_skip_no_question() -> None:
    async with due(FIRST, SECOND) as sat:
        await sat.press("r")
        await sat.until(on_card(sat, "What is secret?"))
        await sat.press("s")
        await sat.until("Enter goes on")
        await sat.type_at_once("enter", "enter")
        await sat.until("Review 2 of 2")
        await sat.rest()
        assert left(sat) == [SECOND]
        assert "Review 2 of 2" in sat.headline


async def test_no_key_shows_what_is_asked_about() -> None:
    """All keys of a lesson but those that answer, skip or leave."""
    keys = [key for each in LessonScreen.BINDINGS for key in each.key.split(",")]  # type: ignore[union-attr]
    async with due(FIRST) as sat:
        await sat.press("r")
        await sat.until(on_card(sat, "What is secret?"))
        for key in [each for each in keys if each not in ("s", "q", "escape", "enter")]:
            await sat.press("end", key)
            await sat.rest()
            assert str(SECRET) not in sat.text, key
            screen = sat.app.screen
            if not isinstance(screen, ReviewScreen) or screen._prompt is not None:
                await sat.press("escape")
                await sat.until(lambda: isinstance(sat.app.screen, ReviewScreen))
            if "step 1/2" in sat.headline:
                await sat.press("N")
                await sat.until(on_card(sat, "What is secret?"))
        assert left(sat) == [FIRST]
        await sat.press("end", "a", *RIGHT)
        await sat.until(on_card(sat, "Right."))


async def test_one_walks_on_after_an_answer_and_then_on_to_the_next() -> None:
    async with due(FIRST, SECOND) as sat:
        await sat.press("r")
        await sat.until(on_card(sat, "What is secret?"))
        await sat.press("N")
        await sat.until("Answer the question first")
        await sat.press(*RIGHT)
        await sat.until(on_card(sat, "Right."))
        await sat.press("right")
        await sat.until("moment 4/5")
        assert card(sat) == ""
        await sat.press("P")
        await sat.until("step 1/2")
        assert "Is this asked?" not in sat.text
        await sat.press("r", "A")
        await sat.until("This is the review.")
        await sat.press("N", "N")
        await sat.until("Review 2 of 2")


# What cannot be asked


def failing(request: StepRequest) -> list[Record]:
    """The first line raises."""
    made = Error("ValueError", "no", 1, "")
    shown = changed(snapshot(1, event="error", line=1), error=made, step=request.step)
    begun = changed(snapshot(0, next_line=1), step=request.step)
    ended = changed(result(step=request.step, snapshots=2), ok=False, error=made)
    return [SnapshotRecord(begun), SnapshotRecord(shown), ResultRecord(ended)]


async def test_a_run_that_fails_before_the_question_is_said_and_counts_as_done() -> None:
    async with due(FIRST, SECOND) as sat:
        await sat.until("due for review")
        sat.kernel.answer = failing
        await sat.press("r")
        await sat.until("Not asked: ")
        assert "It counts as done. N goes on." in sat.text
        assert left(sat) == [SECOND]
        sat.kernel.answer = played
        await sat.press("N")
        await sat.until("Review 2 of 2")
        await sat.until(on_card(sat, "before line 4"))
        await sat.press("s", "enter")
        await sat.until("Review done: 0 of 2 right, 1 skipped, 1 not asked.")


async def test_a_question_without_an_answer_makes_nobody_wrong() -> None:
    none = Answer(0, problem="NameError: other")
    async with due(FIRST, answer=lambda request: answered(request, none)) as sat:
        await sat.press("r")
        await sat.until(on_card(sat, "What is secret?"))
        await sat.press(*RIGHT)
        await sat.until(on_card(sat, "the lesson has no answer here (NameError: other)"))
        assert left(sat) == []
        await sat.press("enter")
        await sat.until("Review done: 0 of 1 right, 1 not asked.")


async def test_a_kernel_that_is_gone_leaves_the_question_due() -> None:
    from autograd_tutor.client import KernelLost

    async with due(FIRST) as sat:
        await sat.until("due for review")
        sat.kernel.answer = lambda request: []
        await sat.press("r")
        await sat.until("Review 1 of 1")
        sat.kernel.report(KernelLost("torch is gone"))
        await sat.until("It stays due.")
        assert left(sat) == [FIRST]
        await sat.press("N")
        await sat.until("Review ended: 0 of 1 right, 1 still due.")


@pytest.mark.parametrize("last", [False, True])
async def test_a_question_whose_lesson_has_no_other_value_is_left_out(last: bool) -> None:
    keys: Sequence[Key] = (FIRST,) if last else (FIRST, SECOND)
    async with due(*keys) as sat:
        await sat.until("due for review")
        write("1-one", "Lesson one", CODE.replace("w = start()", "for w in start(): pass"))
        await sat.press("r")
        await sat.until("Not asked, of Lesson one: its lesson has no other value for w:")
        assert FIRST not in left(sat)
        await sat.until("right, 1 not asked." if last else "Review 2 of 2")


async def test_lessons_that_cannot_be_read_any_more_are_not_due() -> None:
    async with due(FIRST, SECOND) as sat:
        await sat.until("due for review")
        path = write("1-one", "Lesson one")
        path.write_text("title: [")
        await sat.press("r")
        await sat.until("Review 1 of 1 · from: Lesson two")
        path.unlink()


# A chapter that is finished


async def test_the_end_of_a_chapter_offers_three_of_its_questions() -> None:
    path = write("1-one", "Lesson one")
    progress = Progress.open()
    for step, number in (("before", 0), ("only", 0), ("only", 1)):
        progress.note_guess("one", step, number, right=True)
    progress.finish("one", "before")
    kernel = PlayedKernel(answered)
    from autograd_tutor.course import library

    async with sitting(library.load(path), kernel=kernel, progress=progress) as sat:
        await sat.press("N")
        await sat.until("step 2/2")
        await sat.press("end")
        await sat.until("3 questions of earlier lessons are due for review: r asks them now.")
        assert "one" in progress.finished_lessons()
        await sat.press("r")
        await sat.until("Review 1 of 3 · from: Lesson one")


# At the start of the program, and from the learner's own wish


async def test_the_program_begins_with_a_review_where_that_is_wanted() -> None:
    async with due(FIRST, lesson=None, options=Options(review=True)) as sat:
        await sat.until(on_card(sat, "What is secret?"))
        await sat.press(*RIGHT)
        await sat.until(on_card(sat, "Right."))
        await sat.press("enter")
        await sat.until("Review done: 1 of 1 right.")
        await sat.until("Lesson two")


async def test_a_lesson_asks_again_what_was_answered() -> None:
    from autograd_tutor.course import library

    path = write("1-one", "Lesson one")
    progress = Progress.open()
    progress.note_guess("one", "before", 0, right=False, tries=2)
    progress.note_guess("one", "only", 0, right=True)
    progress.note_skip("one", "only", 1)
    before = progress.questions()
    kernel = PlayedKernel(lambda request: answered(request, Answer(0, ("no",))))
    async with sitting(library.load(path), kernel=kernel, progress=progress) as sat:
        await sat.until("? help")
        assert card(sat) == ""
        await sat.press("A")
        await sat.until(on_card(sat, "Is this asked?"))
        await sat.until("Its questions are asked again.")
        await sat.press("a", "n", "o", "enter")
        await sat.until(on_card(sat, "Right."))
        noted = progress.question("one", "before", 0)
        assert (noted.tries, noted.right) == (3, True)
        assert noted.guesses[:1] == before[Key("question", "one", "before", 0)].guesses
        await sat.press("N")
        await sat.until("step 2/2")
        await sat.press("end")
        await sat.until(on_card(sat, "What is secret?"))
        assert progress.settled("one") == {"before": {0}, "only": {0, 1}}


async def test_a_lesson_that_asks_nothing_says_so() -> None:
    async with sitting() as sat:
        await sat.press("A")
        await sat.until("Nothing is asked here.")
