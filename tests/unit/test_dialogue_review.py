"""Questions of earlier lessons that come back, in lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dialogues import PlayedReports, Typed, Typing, lesson, lines, secret
from played_kernel import PlayedKernel

from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.course.tasks import Prediction
from autograd_tutor.dialogue.elsewhere import After, Elsewhere
from autograd_tutor.dialogue.review import ReviewTalks
from autograd_tutor.playing.lesson_run import LessonRun
from autograd_tutor.playing.review import NO_EDITING, Returning, Review
from autograd_tutor.progress import Progress
from autograd_tutor.progress.notes import Key
from autograd_tutor.recording.questions import Answer
from autograd_tutor.recording.wire import Record, StepRequest

ASKED = Prediction("What is v2?", "number", "v2", line=2, because="It is so.")
KEYS = [Key("review", f"l{number}", "s") for number in range(3)]


def answered(request: StepRequest) -> list[Record]:
    return lines(request, [Answer(each.number, ("4",), 4.0) for each in request.questions])


def asking(key: Key) -> Returning:
    step = Step("s", "Only", "Read.", "a = 1\nb = 2\nc = 3\n", predictions=(ASKED,))
    return Returning(key, f"Lesson {key.lesson}", lesson(step))


def play(
    folder: Path,
    *typed: Typed,
    asked: list[Returning] | None = None,
    answer: Callable[[StepRequest], list[Record]] = answered,
    elsewhere: Elsewhere | None = None,
) -> tuple[str, Review, set[str], After | None]:
    """All that was said, what came of it, the lessons that are done, and what comes after."""
    kernel = PlayedKernel(answer)
    reports = PlayedReports(kernel)
    kernel.inbox.attach(reports.take)
    console, progress = Typing(typed), Progress.open(folder)
    progress.note_reviews(KEYS)
    review = Review([asking(key) for key in KEYS] if asked is None else asked)
    nowhere = Elsewhere(
        lambda _: None, lambda: None, lambda _: None, lambda: None, lambda: None, str
    )

    def run_of(made: Lesson) -> LessonRun:
        return LessonRun(made, kernel)  # type: ignore[arg-type]

    try:
        after = ReviewTalks(console, progress, reports, elsewhere or nowhere).play(review, run_of)
        done = {key.lesson for key, note in progress.reviews().items() if note.done}
        assert progress.questions() == {}
        assert progress.last_bookmark() is None
    finally:
        progress.close()
    return console.text, review, done, after


def test_all_are_asked_one_after_the_other(tmp_path: Path) -> None:
    said, review, done, after = play(tmp_path, "4", "", "5", "6", "", "skip", "")
    assert [line for line in said.splitlines() if line.startswith("Review ")] == [
        "Review 1 of 3, from: Lesson l0.",
        "Review 2 of 3, from: Lesson l1.",
        "Review 3 of 3, from: Lesson l2.",
    ]
    assert said.count("What is v2?") == 3
    assert "Because: It is so." in said
    assert said.count("An empty line goes on; quit ends the review.") == 3
    assert "It counts as done. An empty line goes on" in said
    assert review.summary == "Review done: 1 of 3 right, 1 skipped."
    assert done == {"l0", "l1", "l2"}
    assert after is None


def test_nothing_of_the_moment_is_said_before_the_answer(tmp_path: Path) -> None:
    said, _, _, _ = play(tmp_path, "end", "tensors", "show", "4", "end")
    before, _, behind = said.partition("Right.")
    assert f"{secret(1)}" in before
    assert f"{secret(2)}" not in before
    assert f"{secret(3)}" in behind


def test_what_was_left_stays_due(tmp_path: Path) -> None:
    said, review, done, after = play(tmp_path, "4", "tensors", "", "quit")
    assert "Review 2 of 3" in said
    assert review.summary == "Review ended: 1 of 3 right, 2 still due."
    assert done == {"l0"}
    assert after is None


def test_the_end_of_the_input_ends_it(tmp_path: Path) -> None:
    _, review, done, _ = play(tmp_path, "4")
    assert review.summary == "Review ended: 1 of 3 right, 2 still due."
    assert done == {"l0"}


def test_other_code_is_not_run_in_a_review(tmp_path: Path) -> None:
    said, _, _, _ = play(tmp_path, "edit", "run", "seed 3", "reset", "write", "review", "A")
    assert said.count(NO_EDITING) == 5
    assert said.count("This is the review.") == 2


def test_another_lesson_may_be_opened(tmp_path: Path) -> None:
    there = After(tmp_path / "other.yaml")
    nowhere = Elsewhere(
        lambda _: None, lambda: None, lambda _: there, lambda: None, lambda: None, str
    )
    _, review, done, after = play(tmp_path, "lesson other", elsewhere=nowhere)
    assert after == there
    assert review.summary == "Review ended: 0 of 3 right, 3 still due."
    assert done == set()


def test_what_cannot_be_asked_is_said_and_left_out(tmp_path: Path) -> None:
    gone = Returning(KEYS[0], "Lesson l0", None, "its lesson has changed")
    said, review, done, _ = play(tmp_path, "4", "", asked=[gone, asking(KEYS[1])])
    assert "Not asked, of Lesson l0: its lesson has changed. It counts as done." in said
    assert review.summary == "Review done: 1 of 2 right, 1 not asked."
    assert done == {"l0", "l1"}


def test_a_run_that_does_not_come_to_the_question_is_said(tmp_path: Path) -> None:
    def ends(request: StepRequest) -> list[Record]:
        return lines(replace_code(request), ok=False)

    said, review, done, _ = play(tmp_path, "", asked=[asking(KEYS[0])], answer=ends)
    assert "Not asked: the run of its lesson does not come to it. It counts as done." in said
    assert review.summary == "Review done: 0 of 1 right, 1 not asked."
    assert done == {"l0"}


def replace_code(request: StepRequest) -> StepRequest:
    """A step of which only the first line has run."""
    from msgspec.structs import replace as changed

    return changed(request, code="a = 1\n")


def test_the_question_of_another_kind(tmp_path: Path) -> None:
    end = replace(ASKED, line=0)
    step = Step("s", "Only", "Read.", "a = 1\nb = 2\nc = 3\n", predictions=(end,))
    said, review, _, _ = play(tmp_path, "4", "", asked=[Returning(KEYS[0], "L", lesson(step))])
    assert "Question, before the step: What is v2?" in said
    assert review.summary == "Review done: 1 of 1 right."
