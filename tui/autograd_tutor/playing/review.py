"""Questions of earlier lessons that are asked again, one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from autograd_tutor.course import library
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import CourseError
from autograd_tutor.course.summary import Summary
from autograd_tutor.course.variants import NoVariant, variant
from autograd_tutor.messages import _
from autograd_tutor.playing.guessing import Guessing
from autograd_tutor.progress.notes import Key

Outcome = Literal["right", "wrong", "skipped", "not asked"]
"""What came of a question; "not asked": its lesson has changed, has no answer, or does not run."""

NOTHING_DUE = _("Nothing is due for review. Questions come back as you finish lessons.")
COUNTS = _("It counts as done.")
NO_EDITING = _("A review asks about the lesson's own code: that is edited in the lesson itself.")
NO_REVIEW_IN_REVIEW = _("This is the review. q ends it; what was not asked stays due.")


class NotAsked(Exception):
    """A question cannot be asked again; the text says why, as part of a sentence."""


class Returning(NamedTuple):
    """A question that comes back."""

    key: Key
    title: str
    """That of its lesson."""
    lesson: Lesson | None
    """The lesson up to the question, and this question alone; None where it cannot be asked."""
    problem: str = ""
    """Why it cannot be."""


class Review:
    """How far the learner is with what is due."""

    def __init__(self, returning: Sequence[Returning]) -> None:
        self._returning = returning
        self._at = -1
        self._outcomes: dict[int, Outcome] = {}

    def following(self) -> Returning | None:
        """Go on to the next question; None after the last."""
        self._at += 1
        return self._returning[self._at] if self._at < len(self._returning) else None

    @property
    def asked(self) -> Returning:
        """The question that the learner is at."""
        return self._returning[self._at]

    @property
    def place(self) -> str:
        """`Review 1 of 3 · from: Parameters`."""
        return _("Review {at} of {count} · from: {title}").format(
            at=self._at + 1, count=len(self._returning), title=self.asked.title
        )

    def note(self, outcome: Outcome) -> None:
        """Note what came of the question that is asked."""
        self._outcomes.setdefault(self._at, outcome)

    @property
    def summary(self) -> str:
        """What came of all that was asked, in a sentence."""
        found = Counter(self._outcomes.values())
        parts = [
            _("{right} of {count} right").format(right=found["right"], count=len(self._returning))
        ]
        if found["skipped"]:
            parts.append(_("{n} skipped").format(n=found["skipped"]))
        if found["not asked"]:
            parts.append(_("{n} not asked").format(n=found["not asked"]))
        left = len(self._returning) - found.total()
        parts += [_("{left} still due").format(left=left)] if left else []
        summary = _("Review ended: {parts}.") if left else _("Review done: {parts}.")
        return summary.format(parts=", ".join(parts))


def offer(due: int, asks: str = "r") -> str:
    """That questions are due, and which key or command asks them."""
    if due == 1:
        return _("1 question of an earlier lesson is due for review: {asks} asks it now.").format(
            asks=asks
        )
    return _("{due} questions of earlier lessons are due for review: {asks} asks them now.").format(
        due=due, asks=asks
    )


def unreached(problem: str | None, counts: bool) -> str:
    """That the run does not come to the question; `counts`: whether that counts as done."""
    why = (problem or _("the run of its lesson does not come to it")).rstrip(".")
    reason = _("Not asked: {why}.").format(why=why)
    return f"{reason} {COUNTS if counts else _('It stays due.')}"


def outcome_of(guessing: Guessing) -> Outcome:
    """What came of a question that is settled."""
    if guessing.skipped:
        return "skipped"
    if guessing.found == "unclear":
        return "not asked"
    return "right" if guessing.right else "wrong"


def returning(due: Sequence[Key], lessons: Sequence[Summary]) -> list[Returning]:
    """What is due, read from the files of the lessons: the disk is asked."""
    summaries = {each.id: each for each in lessons}
    read: dict[str, Lesson | CourseError] = {}
    found = []
    for key in due:
        summary = summaries[key.lesson]
        if key.lesson not in read:
            read[key.lesson] = _read(summary)
        lesson: Lesson | None = None
        problem = ""
        try:
            lesson = _made(read[key.lesson], key)
        except NotAsked as error:
            problem = str(error)
        found.append(Returning(key, summary.title, lesson, problem))
    return found


def _read(summary: Summary) -> Lesson | CourseError:
    try:
        return library.load(summary.path)
    except CourseError as error:
        return error


def _made(lesson: Lesson | CourseError, key: Key) -> Lesson:
    if isinstance(lesson, CourseError):
        raise NotAsked(_("its lesson cannot be read: {lesson}").format(lesson=lesson))
    return asked_again(lesson, key.step, key.number)


def asked_again(lesson: Lesson, step_id: str, number: int) -> Lesson:
    """The lesson up to a step, which asks this one question; with other values, where it has some.

    What the lesson says after the question is about what comes next in it, and left out; what it
    says of wrong answers is about its own values. Raises NotAsked.
    """
    at = next((at for at, step in enumerate(lesson.steps) if step.id == step_id), None)
    if at is None or number >= len(lesson.steps[at].predictions):
        raise NotAsked(_("its lesson has changed, and does not ask it any more"))
    asked = lesson.steps[at].predictions[number]
    if not asked.again:
        steps = [replace(each, predictions=()) for each in lesson.steps[: at + 1]]
        steps[at] = replace(steps[at], predictions=(asked,), then="")
        return replace(lesson, steps=tuple(steps))
    try:
        made = variant(lesson, at, replace(asked, wrong=()))
    except NoVariant as error:
        raise NotAsked(
            _("its lesson has no other value for {name}: {error}").format(
                name=error.name, error=error
            )
        ) from error
    values = ", ".join(f"`{name} = {' '.join(value.split())}`" for name, value in asked.again)
    explain = _("*In this review:* {values}. *The text is the lesson's own.*\n\n").format(
        values=values
    )
    last = replace(made.steps[at], explain=explain + lesson.steps[at].explain, then="")
    return replace(made, steps=(*made.steps[:at], last))
