"""What a finished lesson brings back later, and what is due: of the lessons that are listed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograd_tutor.course.summary import OPENED_CHAPTER, Summary
from autograd_tutor.progress import Progress
from autograd_tutor.progress.done import standing
from autograd_tutor.progress.notes import Key
from autograd_tutor.progress.review import Candidate, due, plan, plan_chapter


def note_if_finished(progress: Progress, lessons: Sequence[Summary], lesson: str) -> bool:
    """Note that all of a lesson is done, where it is and was not before, and what comes back of it.

    `lesson`: its progress key. Returns whether it has just been finished.
    """
    course = _listed(lessons)
    own = next((each for each in course if each.id == lesson), None)
    if own is None or lesson in progress.finished_lessons() or not _is_finished(progress, own):
        return False
    progress.note_finished(lesson)
    asked, answers = candidates(course), progress.questions()
    progress.note_reviews(plan(lesson, asked, answers))
    ids = {each.id for each in course if (each.chapter, each.own) == (own.chapter, own.own)}
    if ids <= progress.finished_lessons().keys():
        progress.note_reviews(plan_chapter(ids, asked, answers, progress.reviews()))
    return True


def note_finished(progress: Progress, lessons: Sequence[Summary]) -> None:
    """Note each lesson that is done and was not noted, as after an import."""
    for each in lessons:
        note_if_finished(progress, lessons, each.id)


def due_now(
    progress: Progress, lessons: Sequence[Summary], here: str | None = None
) -> tuple[Key, ...]:
    """The reviews that are due, those that are due longest first.

    `here`: the lesson that begins; None: the one that the learner was in last.
    """
    course = _listed(lessons)
    last = progress.last_bookmark()
    if here is None and last is not None:
        here = last.lesson
    there = {(each.lesson, each.step, each.number) for each in candidates(course)}
    planned = {key: note for key, note in progress.reviews().items() if key[1:4] in there}
    return due(planned, [each.id for each in course], progress.finished_lessons(), here)


def candidates(lessons: Iterable[Summary]) -> list[Candidate]:
    """All questions of the lessons, in order."""
    return [
        Candidate(lesson.id, step.id, number, again)
        for lesson in lessons
        for step, asks in zip(lesson.passages, lesson.asks, strict=False)
        for number, again in enumerate(asks)
    ]


def _listed(lessons: Sequence[Summary]) -> list[Summary]:
    """Without those that cannot be opened, and what is open and stands in no list."""
    return [each for each in lessons if not each.problem and each.chapter != OPENED_CHAPTER]


def _is_finished(progress: Progress, lesson: Summary) -> bool:
    return standing(lesson.questions, lesson.exercises, progress.seen(lesson.id)).finished
