"""The application: which screen is on, and what passes between the screens and the kernel."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer

from autograd_tutor.client import Kernel, KernelEvent, KernelLost
from autograd_tutor.course import library
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import LessonError
from autograd_tutor.course.trust import sandboxing
from autograd_tutor.limits.lessons import PLACE_SECONDS
from autograd_tutor.messages import _, count
from autograd_tutor.playing import key_messages
from autograd_tutor.playing.edits import Edit
from autograd_tutor.playing.lesson_run import LessonRun
from autograd_tutor.progress import Progress
from autograd_tutor.recording.wire import Ready
from autograd_tutor.ui.inbox import Inbox
from autograd_tutor.ui.keys import Section
from autograd_tutor.ui.keys_in_order import KeysInOrder
from autograd_tutor.ui.late import import_for_first_values
from autograd_tutor.ui.lesson_screen import LessonScreen
from autograd_tutor.ui.line_view import StyledScreen
from autograd_tutor.ui.options import Options
from autograd_tutor.ui.pane import Pane
from autograd_tutor.ui.question_keys import QuestionKeys
from autograd_tutor.ui.reviewing import Reviewing
from autograd_tutor.ui.theme import ANSI, DARK, DEFAULTS, THEMES

if TYPE_CHECKING:
    from autograd_tutor.course.search import Hit
    from autograd_tutor.playing.played import Played
    from autograd_tutor.ui.course_screen import CourseScreen

_TURN_SECONDS = 0.001


class TutorApp(KeysInOrder, Reviewing):
    """The screens, from the start of the program to its end."""

    TITLE = "autograd-tutor"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", _("quit"), id="quit", priority=True, show=False),
        Binding("ctrl+l", "redraw", _("draw again"), id="redraw", priority=True, show=False),
        Binding("ctrl+c", "quit", _("quit"), id="interrupt", show=False),  # where it copies nothing
    ]

    class KernelReports(Message):
        """Something arrived from the kernel."""

        def __init__(self, events: list[KernelEvent]) -> None:
            super().__init__()
            self.events = events

    class ProgressNoticed(Message):
        """Something has happened to the learner's file."""

    def __init__(
        self,
        kernel: Callable[[], Kernel],
        inbox: Inbox[KernelEvent],
        progress: Progress,
        first: Lesson | Played | LessonError | None = None,
        options: Options | None = None,
        driver: type[Driver] | None = None,
    ) -> None:
        """`kernel` gives the one that runs all lessons; `first`: what is opened, if not the course.

        `inbox`: where the kernel's reports arrive. `driver`: what draws on the terminal.
        """
        options = options or Options()
        few_colours = "NO_COLOR" in os.environ
        of_textual = {"driver_class": driver, "ansi_color": few_colours or None}
        super().__init__(first=first, preview=options.preview, **of_textual)
        self._opening = ExitStack()
        self._opening.enter_context(self.batch_update())
        self.ascii_only = options.ascii_only
        self.filters_lines = few_colours
        self.torch_ready = False
        self._kernel = kernel
        self._inbox = inbox
        self._progress = progress
        self._saving: Timer | None = None
        """Until the place is written, where it has changed since."""
        self._sandbox = options.sandbox
        self._reviews_first = options.review
        self._edits: dict[str, Sequence[Edit]] = {}
        """What the learner has made of a lesson's snippets, since the start."""
        self._warned = False
        """Whether the learner has just heard that these end with the program."""
        for theme in THEMES:
            self.register_theme(theme)
        small_palette = self.console.color_system == "standard"
        self.theme = options.theme or (ANSI if few_colours or small_palette else DARK)
        self._colours = self.get_css_variables()
        """Those that styles are parsed with."""
        self.stylesheet.set_variables(self._colours)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Colours for our style names under any theme."""
        return DEFAULTS

    def refresh_css(self, animate: bool = True) -> None:
        """Parse all styles anew, unless that has been done with these colours, as at the start."""
        colours = self.get_css_variables()
        if colours != self._colours:
            self._colours = colours
            super().refresh_css(animate)

    def on_mount(self) -> None:
        """Show the lesson asked for, or the one last open, or the course.

        From now on, what the kernel reports reaches the screens.
        """
        self.push_screen(self._first_problems() or self._first_screen())
        self._inbox.attach(lambda events: self.post_message(self.KernelReports(events)))
        self._progress.attach(lambda: self.post_message(self.ProgressNoticed()))
        self.call_after_refresh(self._opened)

    def on_unmount(self) -> None:
        """Let go of the kernel: it reports from a thread, and the event loop is about to end."""
        self._inbox.detach()
        self._progress.attach(None)

    def on_tutor_app_kernel_reports(self, message: KernelReports) -> None:
        """Hand reports to the lesson that is open, wherever it is on the stack of screens."""
        for event in message.events:
            if isinstance(event, Ready | KernelLost):
                self.torch_ready = isinstance(event, Ready)
        for screen in self.screen_stack:
            if isinstance(screen, LessonScreen):
                screen.take(message.events)
        if isinstance(self.screen, StyledScreen):
            self.screen.recorded()
        # Not at once, or this would go on and on before a key has its turn.
        asyncio.get_running_loop().call_later(_TURN_SECONDS, self._inbox.taken)

    def on_lesson_screen_moved(self, message: LessonScreen.Moved) -> None:
        key = message.screen.key
        assert key is not None
        match message.what:
            case "finished":
                self._progress.finish(key, message.step.id)
                self.note_if_finished(message.screen)
            case "step":
                self._save_place()
            case "moment":
                self._save_place_soon()
        self.on_tutor_app_progress_noticed()  # if the screen before had no line for it

    def on_question_keys_settled(self, message: QuestionKeys.Settled) -> None:
        where, guessing = (message.key, message.step.id, message.number), message.guessing
        if guessing.skipped or guessing.found == "unclear":
            self._progress.note_skip(*where)
        else:
            right, sure, tries = guessing.right, guessing.sure, guessing.tries
            self._progress.note_guess(*where, right=right, sure=sure, tries=tries)
        self._save_place_soon()

    def on_tutor_app_progress_noticed(self) -> None:
        if self._say(self._progress.notice or ""):
            self._notice()

    def on_lesson_screen_left(self, message: LessonScreen.Left) -> None:
        self._keep()
        self._show_instead(self._course_screen(message.path))

    def on_command_palette_opened(self) -> None:
        """A cursor that blinks writes to the terminal without end."""
        from textual.widgets import Input

        for field in self.screen.query(Input):
            field.cursor_blink = False

    def on_course_screen_opened(self, message: CourseScreen.Opened) -> None:
        self.open_lesson(message.path)

    def show_lesson(self, lesson: Lesson | Played, step: str | None) -> None:
        self._keep()
        self._show_instead(self._lesson_screen(lesson, step))

    def ask_again(self, run: Played) -> None:
        lesson = run.lesson
        asks = next((step.id for step in lesson.steps if step.predictions), None)
        if run.editable is None or asks is None:
            self._say(key_messages.ASKS_NOTHING)
            return
        self._keep()
        self._show_instead(self._lesson_screen(lesson, asks, again=True))

    def search(self) -> None:
        from autograd_tutor.ui.search_screen import SearchScreen

        def found(hit: Hit | None) -> None:
            if hit is not None:
                self.open_lesson(hit.lesson.path, hit.step_id)

        self.push_screen(SearchScreen(self.lessons, self._progress.seen), found)

    def leave(self) -> None:
        edited = sum(map(len, self._edits.values()))
        if self.forget_lesson():
            self._say(_("Not opened."))
        elif edited and not self._warned:
            self._warned = True
            self._say(
                _("Your edits of {steps} end with the program. q again quits.").format(
                    steps=count(edited, "step")
                )
            )
        else:
            self.exit()

    def help(self, sections: Sequence[Section]) -> None:
        from autograd_tutor.ui.help_screen import HelpScreen

        self.push_screen(HelpScreen(sections))

    def search_themes(self) -> None:
        """Let the learner choose the colours."""
        names = sorted(self.available_themes)
        choices = [(name, partial(setattr, self, "theme", name)) for name in names]
        self.search_commands(choices, _("Search for themes…"))

    def action_command_palette(self) -> None:
        """Open the palette, with exercise 10 after exercise 9."""
        from textual.command import CommandPalette

        from autograd_tutor.ui.commands import NumbersInOrder

        if not isinstance(self.screen, CommandPalette):
            hint = _("Search for commands…")
            self.push_screen(CommandPalette([NumbersInOrder], placeholder=hint))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the command palette offers: every key's action, every step, every lesson."""
        from autograd_tutor.ui.commands import commands

        yield from commands(self, screen)

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
        import_for_first_values()
        self.read_after_first_screen()
        if self._reviews_first:
            self.review()

    def exit(self, result: None = None, return_code: int = 0, message: Any = None) -> None:
        """End the program; the place the learner leaves is kept, and what is being written."""
        self._keep()
        super().exit(result, return_code, message)

    def _keep(self) -> None:
        """Keep what is to be found again when the lesson that is open is opened anew."""
        self._save_place()
        for screen in self.screen_stack:
            if isinstance(screen, StyledScreen):
                screen.keep()
            if isinstance(screen, LessonScreen) and screen.key and screen.run.editable:
                edits = screen.run.editable.edits
                self._edits[screen.key] = [each for each in edits if each.step.exercise is None]

    def _save_place_soon(self) -> None:
        if self._saving is None:
            self._saving = self.set_timer(PLACE_SECONDS, self._save_place)

    def _save_place(self) -> None:
        """Write where the learner is in the lesson that is open."""
        if self._saving is not None:
            self._saving.stop()
            self._saving = None
        for screen in self.screen_stack:
            if isinstance(screen, LessonScreen) and screen.key is not None:
                run = screen.run
                step = run.lesson.steps[run.step]
                self._progress.visit(screen.key, step.id, run.step, screen.walk.moment)

    def _show_instead(self, screen: Screen[None]) -> None:
        """Replace the screen that was open, and all that lay on it."""
        self._warned = False
        self.forget_lesson()
        for old in self.screen_stack:
            if isinstance(old, LessonScreen):
                old.close_runs()
        while len(self.screen_stack) > 2:
            self.pop_screen()
        self.switch_screen(screen)

    def _first_screen(self) -> LessonScreen | CourseScreen:
        first = self._saved or self._first
        return self._course_screen() if first is None else self._lesson_screen(first)

    def _lesson_screen(
        self, lesson: Lesson | Played, step: str | None = None, again: bool = False
    ) -> LessonScreen:
        """`step`: the id of the one to open, instead of the one where the learner was.

        `again`: from its start, with all of its questions open.
        """
        if not isinstance(lesson, Lesson):
            ids = [each.id for each in lesson.lesson.steps]
            lesson.go(ids.index(step) if step else lesson.step)
            return LessonScreen(lesson, None, self._notice())
        key = self._progress_keys.get(lesson.path) or library.progress_key(lesson)
        left = self._progress.bookmark(key)
        moment = ""
        if left is not None and step in (None, left.step) and not again:
            step, moment = left.step, left.moment
        ids = [each.id for each in lesson.steps]
        at, moment = (ids.index(step), moment) if step in ids else (0, "")
        sandboxed = sandboxing(lesson.path, self._sandbox)
        settled = {} if again else self._progress.settled(key)
        edits = [*self._edits.get(key, ()), *self._written(lesson, key)]
        run = LessonRun(lesson, self._kernel(), at, edits, sandboxed, settled)
        asked = key_messages.ASKED_AGAIN if again else ""
        notice = f"{key_messages.untranslated(lesson)} {run.protection}".strip() or self._notice()
        message = asked or key_messages.lost_edits(run) or notice
        screen = LessonScreen(run, key, message, moment, self._progress)
        if at == 0 and moment in ("", "0") and not again:
            self.offer_review(screen)
        return screen

    def _written(self, lesson: Lesson, key: str) -> Iterator[Edit]:
        """What the learner has written in a lesson's exercises."""
        for step in lesson.steps:
            code = self._progress.exercise(key, step.id).code.text
            if step.exercise is not None and code:
                yield Edit(step, code, lesson.steps)

    def _course_screen(self, chosen: Path | None = None) -> CourseScreen:
        from autograd_tutor.ui.course_screen import CourseScreen

        seen, due = self._progress.seen, self.due_among
        return CourseScreen(self.lessons, seen, due, chosen, self._notice())

    def _notice(self) -> str:
        return self._progress.take_notice()
