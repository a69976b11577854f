"""What the lessons of a course need of each other, and how far the learner is on a path.

Which are done is given here; `playing.paths` finds it out.
"""

from __future__ import annotations

from dataclasses import dataclass

from autograd_tutor.course.learning_path import LearningPath
from autograd_tutor.course.summary import Summary


@dataclass(frozen=True)
class Course:
    """The lessons that can be opened by their ids, in order, and which of them are done."""

    lessons: dict[str, Summary]
    done: frozenset[str]
    begun: frozenset[str]
    """Those that were opened; those that are done are among them."""

    def needs(self, lesson: Summary) -> list[tuple[Summary, bool]]:
        """What comes before a lesson, and whether that is done."""
        known = (self.lessons[each] for each in lesson.needs if each in self.lessons)
        return [(each, each.id in self.done) for each in known]

    def leads_to(self, lesson: Summary) -> list[Summary]:
        """The lessons that need this one."""
        return [each for each in self.lessons.values() if lesson.id in each.needs]

    def is_open(self, lesson: Summary) -> bool:
        """Whether a lesson can be next: all that it needs is done, and it was not begun.

        Where no lesson needs another, that says nothing, and none is.
        """
        ready = all(done for _, done in self.needs(lesson))
        return self._ordered and lesson.id not in self.begun and ready and not lesson.unread

    @property
    def _ordered(self) -> bool:
        return any(each.needs for each in self.lessons.values())


@dataclass(frozen=True)
class OnPath:
    """A path, as far as the learner has come on it."""

    path: LearningPath
    course: Course

    @property
    def lessons(self) -> list[Summary]:
        """Those of the path that can be opened, in its order."""
        known = self.course.lessons
        return [known[each] for each in self.path.lessons if each in known]

    @property
    def done(self) -> int:
        """How many of them are done."""
        return sum(each.id in self.course.done for each in self.lessons)

    @property
    def next(self) -> Summary | None:
        """The first that is not done; none where all are."""
        return next((each for each in self.lessons if each.id not in self.course.done), None)

    def after(self, lesson: str) -> Summary | None:
        """The one to go on with after a lesson: the next that is not done, or an earlier one."""
        ids = [each.id for each in self.lessons]
        at = ids.index(lesson) + 1 if lesson in ids else 0
        order = [*self.lessons[at:], *self.lessons[:at]]
        left = (each for each in order if each.id not in {*self.course.done, lesson})
        return next(left, None)

    def minutes(self, left: bool = False) -> tuple[int, int]:
        """Estimates for the steps of its lessons, and for their exercises.

        `left`: of those that are not done.
        """
        done = self.course.done if left else frozenset()
        lessons = [each for each in self.lessons if each.id not in done]
        return sum(each.minutes for each in lessons), sum(each.exercise_minutes for each in lessons)
