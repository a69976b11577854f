"""The part of the application that shows a lesson while it is written: read again at each save."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from textual.message import Message
from textual.screen import Screen

from autograd_tutor.course import library
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import LessonError
from autograd_tutor.limits.interface import PREVIEW_SECONDS
from autograd_tutor.messages import _
from autograd_tutor.playing.played import Played
from autograd_tutor.ui.lesson_reading import LessonReading
from autograd_tutor.ui.lesson_screen import LessonScreen
from autograd_tutor.ui.line_view import StyledScreen

if TYPE_CHECKING:
    from autograd_tutor.ui.problems_screen import ProblemsScreen

THREAD = "preview"
"""The name of the thread that watches the file."""


class Previewing(LessonReading):
    """Asks for the version of a file again and again, on a thread, as long as it is open."""

    class Saved(Message):
        """The file has changed, and this is in it now."""

        def __init__(self, found: Lesson | LessonError) -> None:
            super().__init__()
            self.found = found

    def __init__(
        self, first: Lesson | Played | LessonError | None, preview: bool, **options: Any
    ) -> None:
        """`first`: what the program is opened with; if that has problems, only to preview it."""
        self._broken = first if isinstance(first, LessonError) else None
        super().__init__(first=None if isinstance(first, LessonError) else first, **options)
        self._preview_ended = Event()
        self._previewed = None
        if preview and isinstance(first, Lesson):
            self._previewed, self._seen = first.translation or first.path, first.version
        elif isinstance(first, LessonError):
            # Which version had these problems nobody knows: it is read once more.
            self._previewed, self._seen = first.problems[0].path, None

    _seen: tuple[int, ...] | None
    """The version of the file that was read last."""

    def on_mount(self) -> None:
        if self._previewed is not None:
            Thread(target=self._watch, name=THREAD, daemon=True).start()

    def on_unmount(self) -> None:
        self._preview_ended.set()

    def _watch(self) -> None:
        """Read the file whenever its version has changed; on a thread of its own."""
        path = self._previewed
        assert path is not None
        while not self._preview_ended.wait(PREVIEW_SECONDS):
            version = library.version(path)
            if version == self._seen:
                continue
            try:
                found: Lesson | LessonError = library.load(path)
            except LessonError as error:
                found = error
                # Editors empty a file, or take it away, before they write it.
                if self._preview_ended.wait(PREVIEW_SECONDS) or library.version(path) != version:
                    continue
            self._seen = found.version if isinstance(found, Lesson) else version
            self._post(self.Saved(found))

    def on_previewing_saved(self, message: Saved) -> None:
        from autograd_tutor.ui.problems_screen import ProblemsScreen

        found, stack = message.found, self.screen_stack
        problems = next((each for each in stack if isinstance(each, ProblemsScreen)), None)
        lesson = next((each for each in stack if isinstance(each, LessonScreen)), None)
        if isinstance(found, LessonError):
            if problems is not None:
                problems.take(found)
            else:
                covered = self.screen
                screen = self._problems_screen(found, covers=True)
                self.push_screen(screen, lambda _: _warn(covered))
        elif lesson is None or lesson.run.lesson.path != found.path:
            self.show_lesson(found, None)
        else:
            if problems is not None:
                while self.screen is not problems:
                    self.pop_screen()
                self.pop_screen()
            lesson.take_saved(found)

    def _first_problems(self) -> ProblemsScreen | None:
        """What the program opens with where the file has problems."""
        return None if self._broken is None else self._problems_screen(self._broken)

    def _problems_screen(self, error: LessonError, covers: bool = False) -> ProblemsScreen:
        """`covers`: whether it lies on something to go back to."""
        from autograd_tutor.ui.problems_screen import ProblemsScreen  # no first screen needs it

        return ProblemsScreen(error, covers)


def _warn(covered: Screen[Any]) -> None:
    """Say, on the screen that is open again, that it is not what the file has."""
    if isinstance(covered, StyledScreen):
        covered.say(_("The file has problems still: this is as it was before."))
