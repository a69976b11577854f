"""The commands that change what runs: the editor, the file, the seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from autograd_tutor.course import library, script_writing
from autograd_tutor.course.problem import LessonError
from autograd_tutor.course.script_writing import NotWritten
from autograd_tutor.dialogue.console import Console
from autograd_tutor.dialogue.editor import NotEdited, edited
from autograd_tutor.dialogue.looks import open_step
from autograd_tutor.messages import _
from autograd_tutor.playing import key_messages
from autograd_tutor.playing.walk import Walk

_LARGEST_SEED = 2**63 - 1


class Changes:
    """What a learner changes in one lesson."""

    def __init__(self, console: Console, walk: Walk, run_anew: Callable[[], None]) -> None:
        """`run_anew` says what has come of a new run."""
        self._console = console
        self._walk = walk
        self._run_anew = run_anew

    def edited(self, environment: Mapping[str, str]) -> str | None:
        """The open step's code as the learner leaves it in the editor; None if it is as it was."""
        walk = self._walk
        if not walk.may_edit():
            self._console.say(walk.message)
            return None
        before = walk.run.codes[walk.run.step]
        try:
            code = edited(before, environment)
        except NotEdited as error:
            self._console.say(str(error))
            return None
        if code == before:
            self._console.say(_("The code is as it was."))
            return None
        return code

    def write(self) -> None:
        """Write the code of the open step into the script's file, and run that."""
        walk = self._walk
        if not walk.may_edit():
            self._console.say(walk.message)
            return
        run, lesson = walk.run, walk.run.lesson
        if not script_writing.is_script(lesson):
            self._console.say(_("Only the steps of a script can be written into its file."))
        elif not run.edited:
            self._console.say(_("The code is as it is in the file."))
        else:
            try:
                script_writing.write_step(lesson, open_step(run), run.codes[run.step])
            except NotWritten as error:
                self._console.say(str(error))
            else:
                self._read_again(written=True)

    def run_again(self) -> None:
        """Run the lesson again, as its file is now."""
        if not self._walk.may_edit():
            self._console.say(self._walk.message)
        elif library.changed(self._walk.run.lesson):
            self._read_again(written=False)
        else:
            self._walk.run_again()
            self._run_anew()

    def reseed(self, number: str) -> None:
        """Run the lesson again with another seed."""
        run = self._walk.run.editable
        if run is None:
            self._console.say(key_messages.WHY_NOT_EDIT)
        elif not (number.isascii() and number.isdigit() and len(number) < 20):
            self._console.say(
                _("Type seed and a number. The seed is {seed}.").format(seed=run.lesson.seed)
            )
        elif int(number) > _LARGEST_SEED:
            self._console.say(_("That is too large for a seed."))
        else:
            run.reseed(int(number))
            self._walk.message = _("This run has seed {number}.").format(number=number)
            self._run_anew()

    def _read_again(self, written: bool) -> None:
        walk = self._walk
        try:
            found = library.load(walk.run.lesson.path)
        except LessonError as error:
            self._console.say(key_messages.unreadable(error.problems[0]))
            return
        walk.run_again(found, written=written)
        self._run_anew()
