"""The application: which screen is on, and what passes between the screens and the kernel."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ScreenStackError, SystemCommand
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.dom import NoScreen
from textual.markup import escape
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input
from textual.worker import WorkerFailed

from autograd_tutor.client import Kernel, KernelEvent, KernelLost
from autograd_tutor.course import library
from autograd_tutor.course import target as targets
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import CourseError
from autograd_tutor.playing.lesson_run import LessonRun
from autograd_tutor.progress import Progress
from autograd_tutor.recording.wire import Ready
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.ui import keys
from autograd_tutor.ui.host import Host
from autograd_tutor.ui.inbox import Inbox
from autograd_tutor.ui.keys import Section
from autograd_tutor.ui.lesson_screen import LessonScreen
from autograd_tutor.ui.line_view import StyledScreen
from autograd_tutor.ui.options import Options
from autograd_tutor.ui.pane import Pane
from autograd_tutor.ui.theme import ANSI, DARK, DEFAULTS, THEMES

if TYPE_CHECKING:
    from autograd_tutor.playing.played import Played
    from autograd_tutor.ui.course_screen import CourseScreen


class TutorApp(Host):
    """The screens, from the start of the program to its end."""

    TITLE = "autograd-tutor"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "quit", id="quit", priority=True, show=False),
        Binding("ctrl+c", "quit", "quit", id="interrupt", show=False),  # where it copies nothing
    ]

    class KernelReports(Message):
        """Something arrived from the kernel."""

        def __init__(self, events: list[KernelEvent]) -> None:
            super().__init__()
            self.events = events

    def __init__(
        self,
        kernel: Callable[[], Kernel],
        inbox: Inbox[KernelEvent],
        progress: Progress,
        first: Lesson | Played | None = None,
        options: Options | None = None,
    ) -> None:
        """`kernel` gives the one that runs all lessons; `first`: what is opened, if not the course.

        `inbox`: where the kernel's reports arrive.
        """
        options = options or Options()
        few_colours = "NO_COLOR" in os.environ
        super().__init__(ansi_color=True if few_colours else None)
        self._opening = ExitStack()
        self._opening.enter_context(self.batch_update())
        self.ascii_only = options.ascii_only
        self.filters_lines = few_colours
        self.torch_ready = False
        self._kernel = kernel
        self._inbox = inbox
        self._progress = progress
        self._first = first
        self._edits: dict[str, Sequence[str]] = {}
        """What the learner has made of a lesson's snippets, since the start."""
        for theme in THEMES:
            self.register_theme(theme)
        small_palette = self.console.color_system == "standard"
        self.theme = options.theme or (ANSI if few_colours or small_palette else DARK)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Colours for our style names under any theme."""
        return DEFAULTS

    def on_mount(self) -> None:
        """Show the lesson asked for, or the one last open, or the course.

        From now on, what the kernel reports reaches the screens.
        """
        terminate = partial(self.exit, return_code=128 + signal.SIGTERM)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminate)
        self.push_screen(self._first_screen())
        self._inbox.attach(lambda events: self.post_message(self.KernelReports(events)))
        self.call_after_refresh(self._opened)

    def on_unmount(self) -> None:
        """Let go of the kernel: it reports from a thread, and the event loop is about to end."""
        self._inbox.attach(lambda events: None)

    def on_tutor_app_kernel_reports(self, message: KernelReports) -> None:
        """Hand reports to the lesson that is open, wherever it is on the stack of screens."""
        for event in message.events:
            if isinstance(event, Ready | KernelLost):
                self.torch_ready = isinstance(event, Ready)
        for screen in self.screen_stack:
            if isinstance(screen, LessonScreen):
                screen.take(message.events)

    def on_lesson_screen_moved(self, message: LessonScreen.Moved) -> None:
        if message.finished:
            self._progress.finish(message.key, message.step.id)
        else:
            self._progress.visit(message.key, message.step.id, message.index)
        self._say(self._notice())

    def on_lesson_screen_left(self, message: LessonScreen.Left) -> None:
        self._show_instead(self._course_screen(message.path))

    def on_command_palette_opened(self) -> None:
        """A cursor that blinks writes to the terminal without end."""
        for field in self.screen.query(Input):
            field.cursor_blink = False

    def on_course_screen_opened(self, message: CourseScreen.Opened) -> None:
        self.open_lesson(message.path)

    def open_lesson(self, path: Path) -> None:
        """Open a lesson where the learner left it; say so where it has problems."""
        try:
            lesson = library.load(path)
        except CourseError as error:
            self._say(str(error))
        else:
            self._show_instead(self._lesson_screen(lesson))

    def search(self) -> None:
        from autograd_tutor.ui.search_screen import SearchScreen

        def found(path: Path | None) -> None:
            if path is not None:
                self.open_lesson(path)

        self.push_screen(SearchScreen(library.summaries(), self._steps_done), found)

    def help(self, sections: Sequence[Section]) -> None:
        from autograd_tutor.ui.help_screen import HelpScreen

        self.push_screen(HelpScreen(sections))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the command palette offers: every key's action, every step, every lesson."""
        yield SystemCommand("Theme", "Change the colours", self.action_change_theme)
        yield SystemCommand("Quit", "End the program", self.action_quit)
        from autograd_tutor.ui.course_screen import CourseScreen

        if isinstance(screen, LessonScreen | CourseScreen):
            for binding in screen.BINDINGS:
                assert isinstance(binding, Binding)
                action = partial(screen.run_action, binding.action)
                title = f"{binding.tooltip} ({keys.names(binding)})"
                yield SystemCommand(escape(title), "", action)
        if isinstance(screen, LessonScreen):
            for number, step in enumerate(screen.run.lesson.steps):
                title = escape(sanitize_line(f"Step {number + 1}: {step.title}"))
                yield SystemCommand(title, "", partial(screen.open_step, number))
        for lesson in library.summaries():
            if lesson.problem is None:
                title = escape(sanitize_line(f"Lesson: {lesson.title}"))
                text = escape(sanitize_line(lesson.summary))
                yield SystemCommand(title, text, partial(self.open_lesson, lesson.path))

    def _opened(self, patience: int = 50) -> None:
        """Paint the first screen when all of it is laid out; then begin to collect garbage."""
        if not self.screen_stack:  # closed before it was opened
            return
        waiting = any(pane.display and not pane.laid_out for pane in self.screen.query(Pane))
        if waiting and patience:
            self.call_later(self._opened, patience - 1)
        else:  # after what is due already, which paints parts, has been dropped
            self.set_timer(0.001, self._paint_first)

    def _paint_first(self) -> None:
        self._opening.close()
        if self.screen_stack:
            self.screen.refresh()
        gc.freeze()
        gc.enable()

    def _handle_exception(self, error: Exception) -> None:
        """Report an error; not that a screen that opens at the program's end lacks its parts."""
        cause = error.error if isinstance(error, WorkerFailed) else error
        if not (self._exit and isinstance(cause, NoMatches | NoScreen | ScreenStackError)):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """End without a word: `run` hands the error on to where all of them are reported."""
        self._close_messages_no_wait()

    def _show_instead(self, screen: Screen[None]) -> None:
        """Replace the screen that was open, and all that lay on it."""
        for old in self.screen_stack:
            if isinstance(old, LessonScreen):
                old.run.close()
                if old.key is not None:
                    self._edits[old.key] = old.run.codes
        while len(self.screen_stack) > 2:
            self.pop_screen()
        self.switch_screen(screen)

    def _first_screen(self) -> LessonScreen | CourseScreen:
        first = self._first
        if first is None:
            return self._course_screen()
        if isinstance(first, Lesson):
            return self._lesson_screen(first)
        return LessonScreen(first, None, self._notice())

    def _lesson_screen(self, lesson: Lesson) -> LessonScreen:
        key = library.progress_key(lesson)
        left = self._progress.bookmark(key)
        ids = [step.id for step in lesson.steps]
        step = ids.index(left.step) if left is not None and left.step in ids else 0
        run = LessonRun(lesson, self._kernel(), step, self._edits.get(key))
        return LessonScreen(run, key, self._notice())

    def _course_screen(self, chosen: Path | None = None) -> CourseScreen:
        from autograd_tutor.ui.course_screen import CourseScreen

        return CourseScreen(library.summaries(), self._steps_done, chosen, self._notice())

    def _steps_done(self, lesson_id: str) -> int:
        return len(self._progress.finished(lesson_id))

    def _notice(self) -> str:
        """What the learner has to know of the progress file, once."""
        notice, self._progress.notice = self._progress.notice or "", None
        return notice

    def _say(self, text: str) -> None:
        """Say something on the screen that is open."""
        if text and isinstance(self.screen, StyledScreen):
            self.screen.say(text)


def run(
    kernel: Callable[[], Kernel],
    inbox: Inbox[KernelEvent],
    target: str | None,
    options: Options,
) -> int:
    """Open a lesson, or the course where the learner left off; the program's exit status.

    Raises CourseError or RecordingError when the target cannot be opened.
    """
    progress = Progress.open()
    try:
        first = _found(target) if target is not None else _left_off(progress)
        app = TutorApp(kernel, inbox, progress, first, options)
        app.run(mouse=options.mouse)
        if app._exception is not None:
            raise app._exception
        return app.return_code or 0
    finally:
        progress.close()


def _found(target: str) -> Lesson | Played:
    """The lesson, or the recording of one, that a person means."""
    found = targets.find(target)
    if found.recording is None:
        return found.lesson
    from autograd_tutor.playing.saved_run import SavedRun

    return SavedRun(found)


def _left_off(progress: Progress) -> Lesson | None:
    """The lesson the learner had open last, if it is still there and in order."""
    left = progress.last_bookmark()
    try:
        return library.find(left.lesson) if left is not None else None
    except CourseError:
        return None
