"""What the screens and panes ask of the application they are in; how its errors end it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.style import Style
from textual.app import App, ScreenStackError
from textual.css.query import NoMatches
from textual.dom import NoScreen
from textual.worker import WorkerFailed

from autograd_tutor.course.model import Lesson
from autograd_tutor.render.heat import Marks
from autograd_tutor.ui.keys import Section
from autograd_tutor.ui.theme import ANSI

if TYPE_CHECKING:
    from autograd_tutor.course.learning_path import LearningPath
    from autograd_tutor.course.on_path import Course
    from autograd_tutor.course.summary import Summary
    from autograd_tutor.playing.played import Played


class Host(App[None]):
    """The part of the application that screens and panes use."""

    ascii_only: bool
    filters_lines: bool
    """Whether rows still need Textual's filters; our themes have no colours to translate."""
    torch_ready: bool

    @property
    def heat_marks(self) -> Marks:
        """What says how large a number in a heat map is: the terminal may have few colours."""
        if self.theme == ANSI:
            return Marks.SIGNS
        return Marks.WHOLE if self.ascii_only else Marks.COLOURS

    @property
    def heat_styles(self) -> Mapping[str, Style]:
        """The styles of heat maps in the colours that the terminal has."""
        from autograd_tutor.ui.heat_colours import heat_styles

        return heat_styles(self.current_theme.dark, self.console.color_system == "truecolor")

    @property
    def lessons(self) -> Sequence[Summary]:
        """All that can be opened, in order: a file that is not in the library, then the library.

        Of some perhaps only the name is known yet: `StyledScreen.take_lessons` gets the rest.
        """
        raise NotImplementedError

    def open_lesson(self, path: Path, step: str | None = None) -> None:
        """Open a lesson at the step of this id, or where the learner left it, once it is read.

        Where the lesson has problems, say so.
        """
        raise NotImplementedError

    def lesson_after(self, lesson: Lesson) -> Summary | None:
        """The next lesson that can be opened: of the path that is followed, or of the library.

        On a thread: the disk is asked.
        """
        raise NotImplementedError

    @property
    def path(self) -> LearningPath | None:
        """The path that is followed; None where it is the whole course."""
        raise NotImplementedError

    def choose_path(self, course: Course, then: Callable[[], None]) -> None:
        """Ask which path is to be followed; what is to be done when one is chosen."""
        raise NotImplementedError

    def review(self, here: str | None = None) -> None:
        """Ask the questions that are due; `here`: the progress key of the lesson that is open."""
        raise NotImplementedError

    def ask_again(self, run: Played) -> None:
        """Open the lesson that is played with all of its questions open."""
        raise NotImplementedError

    def search(self) -> None:
        """Ask for a lesson by its words, and open it."""
        raise NotImplementedError

    def action_redraw(self) -> None:
        """Draw all of the screen; the driver sends it, whatever the terminal shows."""
        self.screen.refresh()

    def leave(self) -> None:
        """End the program; where something would be lost by that, only when asked again."""
        raise NotImplementedError

    def help(self, sections: Sequence[Section]) -> None:
        """Show all keys and signs."""
        raise NotImplementedError

    def _handle_exception(self, error: Exception) -> None:
        """Report an error; not that a screen that opens at the program's end lacks its parts."""
        cause = error.error if isinstance(error, WorkerFailed) else error
        if not (self._exit and isinstance(cause, NoMatches | NoScreen | ScreenStackError)):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """End without a word: `run` hands the error on to where all of them are reported."""
        self._close_messages_no_wait()
