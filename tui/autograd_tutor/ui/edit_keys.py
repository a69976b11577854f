"""What the keys do that change what runs: the editor, and reading a file again."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from textual.message import Message

from autograd_tutor.course import library, script_writing
from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.course.problem import LessonError
from autograd_tutor.course.script_writing import NotWritten
from autograd_tutor.messages import _
from autograd_tutor.playing import key_messages
from autograd_tutor.playing.edits import step_like
from autograd_tutor.playing.moment import near
from autograd_tutor.recording.printable import printable
from autograd_tutor.ui.jump_keys import JumpKeys
from autograd_tutor.ui.soon import aside, soon

if TYPE_CHECKING:
    from autograd_tutor.playing.played import Played
    from autograd_tutor.ui.edit_screen import Edited


class EditKeys(JumpKeys):
    """A lesson whose code can be edited, written to its file and run again."""

    class ReadAgain(Message):
        """The lesson's file has been read again, if it had changed; perhaps by a key here."""

        def __init__(
            self, before: Lesson, found: Lesson | LessonError | NotWritten, written: bool
        ) -> None:
            super().__init__()
            self.before = before
            self.found = found
            self.written = written

    run: Played

    def action_edit(self) -> None:
        if not self.walk.may_edit():
            self._opened(False)
            return
        from autograd_tutor.ui.edit_screen import EditScreen

        step, lesson = self._step, self.run.lesson
        file = printable(lesson.path.name) if script_writing.is_script(lesson) else ""
        screen = EditScreen(step, self.run.codes[self.run.step], file)
        self.app.push_screen(screen, partial(self._edited, step, lesson))

    def action_compare(self) -> None:
        from autograd_tutor.ui.compare_screen import CompareScreen

        self.app.push_screen(CompareScreen(self.run), partial(self._compared, self.run.lesson.seed))

    def _compared(self, seed: int, _result: None) -> None:
        self._opened(True)
        if self.run.lesson.seed != seed:
            self.say(
                _("This run has seed {seed}, the one before had {before}.").format(
                    seed=self.run.lesson.seed, before=seed
                )
            )

    def action_run_again(self) -> None:
        lesson = self.run.lesson
        changed = self.walk.may_edit() and soon(lambda: library.changed(lesson))
        if changed is False:
            self._opened(self.walk.run_again())
        else:  # or perhaps: the disk may be slow
            self.say(_("Reading {name} again …").format(name=lesson.path.name))
            aside(partial(self._read_again, lesson))

    def _read_again(self, before: Lesson, step: Step | None = None, code: str = "") -> None:
        """Read a lesson's file again; of a step with its new code, after writing that to it."""
        found: Lesson | LessonError | NotWritten = before
        try:
            if step is not None:
                script_writing.write_step(before, step, code)
            if step is not None or library.changed(before):
                found = library.load(before.path)
        except (LessonError, NotWritten) as error:
            found = error
        with suppress(RuntimeError):  # the program has ended
            self.post_message(self.ReadAgain(before, found, written=step is not None))

    def on_edit_keys_read_again(self, message: ReadAgain) -> None:
        if message.before is not self.run.lesson:
            return
        if isinstance(message.found, NotWritten):
            self.say(str(message.found))
        elif isinstance(message.found, LessonError):
            self.say(key_messages.unreadable(message.found.problems[0]))
        else:
            again = message.found is message.before
            found = None if again else message.found
            self._opened(self.walk.run_again(found, written=message.written))

    def take_saved(self, lesson: Lesson) -> None:
        """Play the lesson as its file is now; the learner stays at the step and at the moment."""
        if lesson == self.run.lesson:
            return
        moment, step = self.walk.moment, self._step
        again = self.walk.run_again(lesson)
        if self._step.id == step.id:
            self.walk.go_to(near(moment))
        self._opened(again)

    def _edited(self, step: Step, lesson: Lesson, edited: Edited | None) -> None:
        if edited is None:
            return
        # Its file may have been read again meanwhile.
        at = step_like(step, lesson.steps, self.run.lesson.steps)
        if at is None:
            self.say(key_messages.step_gone(step))
            return
        if at != self.run.step:
            self.walk.open(at)
        self._run_code(edited.code)
        if edited.write:
            self.say(_("Writing to {name} …").format(name=printable(lesson.path.name)))
            aside(partial(self._read_again, self.run.lesson, self._step, edited.code))

    def _run_code(self, code: str) -> None:
        """Run the learner's code in the open step."""
        self._opened(self.walk.edit(code))

    def _opened(self, opened: bool) -> None:
        """Show a step that was opened, or run anew; else why it was not."""
        raise NotImplementedError

    @property
    def _step(self) -> Step:
        """The open step."""
        raise NotImplementedError
