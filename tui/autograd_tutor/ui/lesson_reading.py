"""The part of the application that reads lessons: on threads, so that keys are served meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from textual.message import Message

from autograd_tutor.course import library
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import LessonError
from autograd_tutor.limits.interface import DISK_SECONDS, OPENING_SECONDS, REPAINT_SECONDS
from autograd_tutor.messages import _
from autograd_tutor.progress import Progress, state_folder
from autograd_tutor.ui.host import Host
from autograd_tutor.ui.line_view import StyledScreen
from autograd_tutor.ui.soon import aside, soon

if TYPE_CHECKING:
    from autograd_tutor.course.catalogue import Catalogue
    from autograd_tutor.course.learning_path import LearningPath
    from autograd_tutor.course.on_path import Course
    from autograd_tutor.course.summary import Summary
    from autograd_tutor.playing.played import Played


class LessonReading(Host):
    """Reads the lesson to open, and what lists show of all lessons."""

    class LessonRead(Message):
        """A lesson's file has been read, or cannot be; `step`: the id of the one to open."""

        def __init__(self, path: Path, step: str | None) -> None:
            super().__init__()
            self.path = path
            self.step = step
            self.found: Lesson | LessonError | None = None

    class LessonsListed(Message):
        """More is known of the lessons that lists show."""

        def __init__(self, lessons: Sequence[Summary]) -> None:
            super().__init__()
            self.lessons = lessons

    _progress: Progress

    def __init__(self, first: Lesson | Played | None, **options: Any) -> None:
        """`first`: what the program is opened with, if not the course."""
        super().__init__(**options)
        self._saved = None if isinstance(first, Lesson) else first
        self._first = first if first is None or isinstance(first, Lesson) else first.lesson
        self._listed: Sequence[Summary] = ()
        """What was found of them last."""
        self._looking = False
        """Whether the disk has yet to say which there are."""
        self._stands = False
        """Whether the first screen stands, so that more than that may be read."""
        self._paths: Sequence[LearningPath] = ()
        """Once they are needed."""
        self._progress_keys: dict[Path, str] = {}
        """What progress is stored under, of lessons that have been read."""
        self._listing = Lock()
        """Held by the thread that reads what lists show."""
        self._awaited: LessonReading.LessonRead | None = None
        """What comes when the lesson that was asked for last is read."""

    @cached_property
    def _catalogue(self) -> Catalogue:
        from autograd_tutor.course.catalogue import Catalogue

        return Catalogue(state_folder(), self._first)

    def open_lesson(self, path: Path, step: str | None = None) -> None:
        saved = self._saved
        if saved is not None and saved.lesson.path == path:
            self.show_lesson(saved, step)
            return
        self._awaited = message = self.LessonRead(path, step)
        if library.in_course(path):
            self._post(self._read_lesson(message))
        elif found := soon(lambda: self._read_lesson(message), self._post):
            self._post(found)
        else:
            self._say(_("Reading {name} …").format(name=path.name))

    def on_lesson_reading_lesson_read(self, message: LessonRead) -> None:
        if message is not self._awaited:
            return
        self._awaited = None
        if isinstance(message.found, Lesson):
            self.show_lesson(message.found, message.step)
        else:
            self._say(str(message.found))

    def forget_lesson(self) -> bool:
        """Open no lesson that is still being read; whether there was one."""
        forgotten = self._awaited is not None
        self._awaited = None
        return forgotten

    @property
    def lessons(self) -> Sequence[Summary]:
        if not self._looking:
            self._looking = True
            seconds = DISK_SECONDS if self.screen_stack[1:] else OPENING_SECONDS
            listed = soon(self._list, self._listed_late, seconds)
            if listed is not None:
                self._take_listed(listed)
        return self._listed

    def lesson_after(self, lesson: Lesson) -> Summary | None:
        from autograd_tutor.playing.paths import lesson_after

        if not library.is_listed(lesson):
            return None
        lessons = self._list()
        return lesson_after(lesson.id, lessons, self.path, self._progress.seen)

    @property
    def path(self) -> LearningPath | None:
        name = self._progress.path()
        return next((path for path in self._paths if path.id == name), None) if name else None

    def choose_path(self, course: Course, then: Callable[[], None]) -> None:
        from autograd_tutor.ui.path_screen import PathScreen

        soon(self._load_paths)
        screen = PathScreen(self._paths, course, self.path.id if self.path is not None else "")

        def chosen(_: None) -> None:
            if screen.chosen is not None:
                self._progress.note_path(screen.chosen)
                then()

        self.push_screen(screen, chosen)

    def _list(self) -> Sequence[Summary]:
        """All lessons, and the path that is followed. The disk is asked."""
        if self._progress.path():
            self._load_paths()
        return self._catalogue.listed()

    def _load_paths(self) -> None:
        if not self._paths:
            from autograd_tutor.course import paths

            self._paths = paths.load()

    def _listed_late(self, listed: Sequence[Summary]) -> None:
        self._post(self.LessonsListed(listed))  # first: what is read after that is newer
        self._take_listed(listed)

    def _take_listed(self, listed: Sequence[Summary]) -> None:
        self._listed, self._looking = listed, False
        if self._stands:
            self._read_more()

    def read_after_first_screen(self) -> None:
        """From now on, read also what lists do not show: the first screen does not wait for it."""
        self._stands = True
        self._read_more()

    def _read_more(self) -> None:
        listed = self._listed
        if listed and (self._catalogue.unsaved or any(each.partial for each in listed)):
            aside(self._read_listed)

    def on_lesson_reading_lessons_listed(self, message: LessonsListed) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, StyledScreen):
                screen.take_lessons(message.lessons)

    def show_lesson(self, lesson: Lesson | Played, step: str | None) -> None:
        """Show a lesson that has been read in the place of what is open."""
        raise NotImplementedError

    def _read_lesson(self, message: LessonRead) -> LessonRead:
        try:
            message.found = lesson = library.load(message.path)
            self._progress_keys[message.path] = library.progress_key(lesson)
        except LessonError as error:
            message.found = error
        return message

    def _read_listed(self) -> None:
        with self._listing:
            shown = time.monotonic()
            unshown = False
            for _unused in self._catalogue.read():
                unshown = True
                if time.monotonic() > shown + REPAINT_SECONDS:
                    self._post(self.LessonsListed(self._catalogue.listed()))
                    shown, unshown = time.monotonic(), False
            if unshown:
                self._post(self.LessonsListed(self._catalogue.listed()))

    def _post(self, message: Message) -> None:
        """Take a message to the event loop, from any thread."""
        with suppress(RuntimeError):  # the program has ended
            self.post_message(message)

    def _say(self, text: str) -> bool:
        """Say something on the screen that is open; whether it has a line for it."""
        return bool(text) and isinstance(self.screen, StyledScreen) and self.screen.say(text)
