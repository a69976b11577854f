"""The application: which screen is on, and what passes between the screens and the kernel."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen

from autograd_tutor.client import Kernel, KernelEvent
from autograd_tutor.course import library
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import CourseError
from autograd_tutor.progress import Progress
from autograd_tutor.trace.wire import Ready
from autograd_tutor.ui.course_screen import CourseScreen
from autograd_tutor.ui.help_screen import HelpScreen, Section
from autograd_tutor.ui.inbox import Inbox
from autograd_tutor.ui.lesson_screen import LessonScreen
from autograd_tutor.ui.search_screen import SearchScreen
from autograd_tutor.ui.session import Session
from autograd_tutor.ui.start import Options
from autograd_tutor.ui.theme import ANSI, DARK, DEFAULTS, THEMES


class TutorApp(App[None]):
    """The screens of one learner's sitting."""

    TITLE = "autograd-tutor"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q,ctrl+c", "quit", "quit", id="quit", priority=True, show=False),
    ]

    class KernelReports(Message):
        """Something arrived from the kernel."""

        def __init__(self, events: list[KernelEvent]) -> None:
            super().__init__()
            self.events = events

    def __init__(
        self,
        kernel: Kernel,
        inbox: Inbox[KernelEvent],
        progress: Progress,
        lesson: Lesson | None = None,
        options: Options | None = None,
    ) -> None:
        options = options or Options()
        few_colours = "NO_COLOR" in os.environ
        super().__init__(ansi_color=True if few_colours else None)
        self.ascii_only = options.ascii_only
        self.filters_lines = few_colours
        """Whether rows still need Textual's filters; our themes have no colours to translate."""
        self.torch_ready = False
        self._kernel = kernel
        self._inbox = inbox
        self._progress = progress
        self._first = lesson
        self._summaries: Sequence[library.Summary] | None = None
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
        first = self._first
        self.push_screen(self._lesson_screen(first) if first is not None else self._course_screen())
        self._inbox.attach(lambda events: self.post_message(self.KernelReports(events)))
        self.call_after_refresh(_collect_garbage_from_now_on)

    def on_tutor_app_kernel_reports(self, message: KernelReports) -> None:
        """Hand reports to the lesson that is open, wherever it is on the stack of screens."""
        self.torch_ready |= any(isinstance(event, Ready) for event in message.events)
        for screen in self.screen_stack:
            if isinstance(screen, LessonScreen):
                screen.take(message.events)

    def on_lesson_screen_moved(self, message: LessonScreen.Moved) -> None:
        """Keep the learner's place."""
        step = message.lesson.steps[message.step]
        if message.finished:
            self._progress.finish(message.lesson.id, step.id)
        else:
            self._progress.visit(message.lesson.id, step.id, message.step)

    def on_lesson_screen_left(self) -> None:
        """Back to the course."""
        lesson = self._close_lesson()
        self.switch_screen(self._course_screen(lesson))

    def on_course_screen_opened(self, message: CourseScreen.Opened) -> None:
        """Open the lesson that was chosen."""
        self.open_lesson(message.lesson_id)

    def open_lesson(self, lesson_id: str) -> None:
        """Open a lesson at the learner's place in it; say so where it has problems."""
        try:
            lesson = library.find(lesson_id)
        except CourseError as error:
            if isinstance(self.screen, CourseScreen):
                self.screen.say(str(error))
            return
        self._close_lesson()
        self.switch_screen(self._lesson_screen(lesson))

    def search(self) -> None:
        """Ask for a lesson by its words, and open it."""

        def found(lesson_id: str | None) -> None:
            if lesson_id is not None:
                self.open_lesson(lesson_id)

        self.push_screen(SearchScreen(self.lessons), found)

    def help(self, sections: Sequence[Section]) -> None:
        """Show all keys and signs."""
        self.push_screen(HelpScreen(sections))

    @property
    def lessons(self) -> Sequence[library.Summary]:
        """Every lesson there is."""
        if self._summaries is None:
            self._summaries = library.summaries()
        return self._summaries

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the command palette offers."""
        yield SystemCommand("Theme", "Change the colours", self.action_change_theme)
        yield SystemCommand("Quit", "End the program", self.action_quit)
        if isinstance(screen, LessonScreen):
            yield SystemCommand("Help", "Every key and sign", screen.action_help)
            yield SystemCommand("Edit", "Edit the snippet and run it", screen.action_edit)
            yield SystemCommand("Run again", "Run the lesson again", screen.action_run_again)
            for number, step in enumerate(screen.lesson.steps):
                text = f"Step {number + 1}: {step.title}"
                yield SystemCommand(text, "Open this step", lambda at=number: screen.open_step(at))
        for lesson in self.lessons:
            if lesson.problem is None:
                text = f"Lesson: {lesson.title}"
                yield SystemCommand(
                    text, lesson.summary, lambda chosen=lesson.id: self.open_lesson(chosen)
                )

    def _fatal_error(self) -> None:
        """End without a word: `run` hands the error on to where all of them are reported."""
        self._close_messages_no_wait()

    def _close_lesson(self) -> str | None:
        for screen in self.screen_stack:
            if isinstance(screen, LessonScreen):
                screen.session.close()
                return screen.lesson.id
        return None

    def _lesson_screen(self, lesson: Lesson) -> LessonScreen:
        place = self._progress.place(lesson.id)
        ids = [step.id for step in lesson.steps]
        step = ids.index(place.step) if place is not None and place.step in ids else 0
        session = Session(lesson, self._kernel, step)
        return LessonScreen(lesson, session, self._progress.notice or "")

    def _course_screen(self, chosen: str | None = None) -> CourseScreen:
        return CourseScreen(self.lessons, self._steps_done, chosen, self._progress.notice or "")

    def _steps_done(self, lesson_id: str) -> int:
        return len(self._progress.finished(lesson_id))


def _collect_garbage_from_now_on() -> None:
    gc.freeze()
    gc.enable()


def run(kernel: Kernel, inbox: Inbox[KernelEvent], target: str | None, options: Options) -> int:
    """Open a lesson, or the course where the learner left off; the program's exit status.

    Raises CourseError when the target is no lesson that can be opened.
    """
    progress = Progress.open()
    try:
        lesson = library.find(target) if target is not None else _left_off(progress)
        app = TutorApp(kernel, inbox, progress, lesson, options)
        app.run(mouse=options.mouse)
        if app._exception is not None:
            raise app._exception
        return app.return_code or 0
    finally:
        progress.close()


def _left_off(progress: Progress) -> Lesson | None:
    """The lesson the learner had open last, if it is still there and in order."""
    place = progress.last_place()
    try:
        return library.find(place.lesson) if place is not None else None
    except CourseError:
        return None
