"""Which lessons are done, which comes after another, and which path is followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import dropwhile

from autograd_tutor.course.learning_path import LearningPath
from autograd_tutor.course.on_path import Course, OnPath
from autograd_tutor.course.summary import OPENED_CHAPTER, Summary
from autograd_tutor.progress.done import standing
from autograd_tutor.progress.known import Seen

SeenOf = Callable[[str], Seen]
"""What was seen of a lesson, by its progress key."""


def course_of(lessons: Iterable[Summary], seen: SeenOf) -> Course:
    """The lessons that can be opened, and how far the learner is in them."""
    found = {
        each.id: each for each in lessons if each.problem is None and each.chapter != OPENED_CHAPTER
    }
    known = {name: seen(name) for name in found}
    done = frozenset(
        name
        for name, each in found.items()
        if standing(each.questions, each.exercises, known[name]).finished
    )
    begun = frozenset(name for name in found if _is_begun(known[name]))
    return Course(found, done, begun | done)


def lesson_after(
    lesson: str, lessons: Sequence[Summary], path: LearningPath | None, seen: SeenOf
) -> Summary | None:
    """The lesson that comes after one: on the path that is followed, or in the list.

    After the last of a path comes none; off the path, what the path goes on with.
    """
    on = None if path is None else OnPath(path, course_of(lessons, seen))
    if on is not None and (lesson in on.path.lessons or on.next is not None):
        return on.after(lesson)
    later = dropwhile(lambda each: each.id != lesson, lessons)
    return next((each for each in later if each.id != lesson and each.problem is None), None)


def _is_begun(seen: Seen) -> bool:
    return bool(seen.left_in or seen.finished or seen.settled or seen.solved or seen.shown)
