"""The lessons in lines: all of them or those of a path, how far the learner is, what comes next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from autograd_tutor.course import library, paths
from autograd_tutor.course.catalogue import Catalogue
from autograd_tutor.course.learning_path import LearningPath
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.on_path import Course, OnPath
from autograd_tutor.course.paths import UnknownPath
from autograd_tutor.course.summary import Summary
from autograd_tutor.dialogue.console import Console
from autograd_tutor.messages import _
from autograd_tutor.playing.paths import course_of, lesson_after
from autograd_tutor.progress import Progress
from autograd_tutor.render.course import chapter_words
from autograd_tutor.render.paths import lesson_rows, path_rows
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.standing import exercise_words, standing_of

_ALL = "all"
"""The name that stands for the whole course."""


class Lists:
    """What is said of lessons as a whole."""

    def __init__(self, console: Console, progress: Progress, catalogue: Catalogue) -> None:
        self._console = console
        self._progress = progress
        self._catalogue = catalogue

    @property
    def shown(self) -> Sequence[Summary]:
        """The lessons that are listed, in order: those of the path that is followed, or all."""
        on = self._on
        return self._catalogue.summaries() if on is None else on.lessons

    def say(self) -> None:
        """Say the lessons."""
        last = self._progress.last_bookmark()
        self._console.say_all(self._rows(last.lesson if last is not None else ""))

    def say_paths(self, name: str) -> None:
        """Say all paths, or follow the one of this name and say its lessons."""
        if not name:
            every = [OnPath(path, self._course) for path in paths.load()]
            self._console.say_all(path_rows(every, self._progress.path()))
            self._console.say(_("path and a name follows one; path all follows the whole course."))
        elif name.lower() == _ALL:
            self._progress.note_path("")
            self._console.say(_("The whole course is followed. lessons lists it."))
        else:
            self._follow(name)

    def following(self, lesson: Lesson | None) -> tuple[str, Path] | None:
        """The title and the file of what comes after a lesson of the library, and can be opened."""
        if lesson is None or not library.is_listed(lesson):
            return None
        lessons, seen = self._catalogue.summaries(), self._progress.seen
        after = lesson_after(lesson.id, lessons, self._path, seen)
        return None if after is None else (after.title, after.path)

    def _follow(self, name: str) -> None:
        try:
            path = paths.find(name)
        except UnknownPath as error:
            self._console.say(str(error))
            return
        self._progress.note_path(path.id)
        self._console.say_all(lesson_rows(OnPath(path, self._course)))
        self._console.say(
            "",
            _("You follow this path now: lessons lists it, step goes from one of it to the next."),
        )

    @property
    def _path(self) -> LearningPath | None:
        name = self._progress.path()
        return next((path for path in paths.load() if path.id == name), None) if name else None

    @property
    def _on(self) -> OnPath | None:
        path = self._path
        return None if path is None else OnPath(path, self._course)

    @property
    def _course(self) -> Course:
        return course_of(self._catalogue.summaries(), self._progress.seen)

    def _rows(self, last: str) -> Iterator[Row]:
        on, course = self._on, self._course
        chapter: str | None = None
        if on is not None:
            yield row(
                sanitize_line(
                    _("Path: {title}, {done} of {count} done:").format(
                        title=on.path.title, done=on.done, count=len(on.lessons)
                    )
                )
            )
        for number, each in enumerate(self.shown, 1):
            if on is None and each.chapter != chapter:
                chapter = each.chapter
                yield row(f"{chapter_words(chapter)}:")
            words = [f"{number}. {each.title}", self._state(each)]
            words += [_("can be next")] if course.is_open(each) else []
            words += [_("you were here last")] if each.id == last else []
            yield row(sanitize_line(f"  {', '.join(words)}"))
        if not self.shown:
            yield row(_("There are no lessons."))
        if on is not None and on.next is not None:
            number = on.lessons.index(on.next) + 1
            yield row(
                sanitize_line(
                    _("Next on the path: {number}. {title}").format(
                        number=number, title=on.next.title
                    )
                )
            )

    def _state(self, summary: Summary) -> str:
        if summary.problem is not None:
            return _("cannot be opened: {message}").format(message=summary.problem.message)
        stands = standing_of(summary, self._progress.seen(summary.id))
        whole = stands.steps and stands.done == stands.steps
        steps = (
            _("all {steps}").format(steps=stands.steps)
            if whole
            else _("{done} of {steps}").format(done=stands.done, steps=stands.steps)
        )
        return ", ".join(
            filter(None, (_("{steps} steps done").format(steps=steps), exercise_words(stands)))
        )
