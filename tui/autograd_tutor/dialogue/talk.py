"""One lesson in lines: what is typed, what that does, and what is said of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from autograd_tutor.dialogue import commands
from autograd_tutor.dialogue.changes import Changes
from autograd_tutor.dialogue.commands import Command, NoCommand
from autograd_tutor.dialogue.console import BadLine, Console
from autograd_tutor.dialogue.exercises import Exercises
from autograd_tutor.dialogue.kept import Kept
from autograd_tutor.dialogue.looks import LOOKS, ended_text, look, markdown_rows, open_step
from autograd_tutor.dialogue.questions import Questions
from autograd_tutor.dialogue.reports import Reports
from autograd_tutor.playing.walk import Walk
from autograd_tutor.render import spoken
from autograd_tutor.render.rows import row
from autograd_tutor.render.sanitize import sanitize_line

_NOT_WAITING = "Stopped waiting. The step still runs; an empty line goes on when it can."
_HOW_TO_LEAVE = "quit ends the program; so does Ctrl-D."

_KEYS = (
    ("q goes back to the course.", "lessons lists the lessons, quit ends the program."),
    ("End leads to it", "end leads to it"),
    ("the key counts as soon as it is", "the step is still running"),
    ("Left goes", "back goes"),
    ("Left, up to", "back, up to"),
    ("F5 reads", "run reads"),
    ("; F2 in the editor drops it", "; reset drops it"),
)
"""Where sentences name keys of the screen, what does the same here."""


_FINDING = ("pass", "passback", "again", "before")
"""Moves that look for something."""


class After(NamedTuple):
    """What comes after a lesson: another one, if it is named."""

    lesson: Path | None = None
    step: str | None = None


class Elsewhere(NamedTuple):
    """What the commands about other lessons do; each returns what comes after this one, if so."""

    find: Callable[[str], After | None]
    lessons: Callable[[], None]
    lesson: Callable[[str], After | None]
    following: Callable[[], tuple[str, Path] | None]
    """The title and the file of the lesson after this one."""


class Talk:
    """A learner in one lesson."""

    def __init__(
        self, console: Console, walk: Walk, reports: Reports, kept: Kept, elsewhere: Elsewhere
    ) -> None:
        self.walk = walk
        self._console = console
        self._reports = reports
        self._kept = kept
        self._elsewhere = elsewhere
        self._after: After | None = None
        self._warned = False
        """Whether the learner has just heard that edits end with the program."""
        self._closing: str | None = None
        """The step whose closing words were said."""
        key = kept.key or ""
        self._questions = Questions(console, walk, kept, self._wait_until)
        self._exercises = Exercises(console, walk, kept.progress, key, self._run_code)
        self._changes = Changes(console, walk, self._run_anew)
        self._others: Mapping[str, Callable[[str], object]] = {
            "go": self._go,
            "steps": self._steps,
            "open": self._open_number,
            "step": lambda _: self._next_step(),
            "stepback": lambda _: self._open(walk.previous_step),
            "text": lambda _: self._say_text(),
            "edit": lambda _: self._edit(),
            "write": lambda _: self._changes.write(),
            "run": lambda _: self._changes.run_again(),
            "seed": self._changes.reseed,
            "reset": lambda _: self._reset(),
            "answer": self._questions.answer,
            "unsure": lambda _: self._questions.say_sure(False),
            "sure": lambda _: self._questions.say_sure(True),
            "skip": lambda _: self._skip(),
            "question": lambda _: self._questions.ask(again=True),
            "hint": lambda _: self._exercises.hint(),
            "pieces": self._exercises.pieces,
            "solution": lambda _: self._exercises.solution(),
            "verdict": lambda _: self._exercises.verdict(),
            "find": self._find,
            "lessons": lambda _: elsewhere.lessons(),
            "lesson": self._lesson,
            "help": lambda about: console.say_all(commands.help_rows(about)),
            "quit": lambda _: self._quit(),
        }
        self._moves: Mapping[str, Callable[[], bool]] = {
            "next": walk.forward,
            "back": walk.back,
            "into": walk.into,
            "out": walk.out,
            "start": walk.first,
            "end": walk.last,
            "pass": lambda: walk.pass_by(1),
            "passback": lambda: walk.pass_by(-1),
            "again": lambda: walk.visit_by(1),
            "before": lambda: walk.visit_by(-1),
        }

    def play(self) -> After:
        """Talk until the learner leaves; what comes then."""
        try:
            self._begin()
            while self._after is None:
                self._turn()
        finally:
            self._kept.flush()
            self._kept.visit(self.walk)
        return self._after

    def _turn(self) -> None:
        """Take one line, and do what it says."""
        try:
            line = self._console.ask("Answer:" if self._questions.asking else ">")
        except KeyboardInterrupt:
            self._console.say("", _HOW_TO_LEAVE)
            return
        except BadLine as error:
            self._console.say(str(error))
            return
        if line is None:
            self._after = After()
            return
        try:
            self._take(line)
        except NoCommand as error:
            self._console.say(str(error))
        except KeyboardInterrupt:
            self.walk.stop_waiting()
            self._console.say("", _NOT_WAITING)

    def _take(self, line: str) -> None:
        self._take_reports()
        if self._questions.is_answer(line):
            self._answer(line)
        elif not line and self._questions.asking is not None:
            self._console.say("Type an answer, or skip; question asks it again.")
        else:
            self._do(*commands.read(line or "next"))
        if self._after is None:
            self._ask()

    def _do(self, command: Command, argument: str) -> None:
        word = command.word
        if word not in ("unsure", "sure"):
            self._kept.flush()
        if word != "quit":
            self._warned = False
        if word == "next" and self.walk.finished and not self.walk.message:
            self._say_end()
        elif word in self._moves:
            self._move(self._moves[word], word in _FINDING)
        elif word in LOOKS:
            self._wait_until(lambda: word == "show" or bool(self.walk.trace.snapshots))
            self._console.say_all(look(word, self.walk, argument))
        else:
            self._others[word](argument)

    # Walking

    def _move(self, move: Callable[[], bool], to_find: bool = False) -> None:
        """Move, and say what is there; where it is not recorded yet, as soon as it is.

        `to_find`: what it leads to is looked for in all that is recorded.
        """
        before = self.walk.trace, self.walk.timeline.index
        if to_find:
            self._wait_until(lambda: not self.walk.run.running)
        move()
        self._wait_until(lambda: not self.walk.waiting)
        if (self.walk.trace, self.walk.timeline.index) != before:
            self._say_moment()
        elif self._questions.asking is None or not self.walk.message:
            self._say_message()
        else:
            self._console.say("A question comes first; question asks it again.")

    def _go(self, text: str) -> None:
        self._move(lambda: self.walk.go(text), to_find=True)
        if self.walk.message and self.walk.timeline.index:
            self._say_message()

    def _answer(self, typed: str) -> None:
        before = self.walk.timeline.index
        asked = self._questions.asking
        self._questions.answer(typed)
        self._settled(before, asked is not self._questions.asking)

    def _skip(self) -> None:
        before = self.walk.timeline.index
        self._questions.skip()
        self._settled(before, True)

    def _settled(self, before: int, is_settled: bool) -> None:
        """What a question was about can be seen now."""
        if is_settled and self.walk.timeline.index != before:
            self._say_moment()
        self._say_closing()

    def _say_moment(self) -> None:
        snapshot, run = self.walk.timeline.snapshot, self.walk.run
        if snapshot is not None and not snapshot.next_line and not snapshot.depth:
            self._wait_until(lambda: not run.running)
        self._console.say_all(spoken.moment_rows(self.walk.timeline))
        if self.walk.finished:
            self._say_end()

    def _say_message(self) -> None:
        text = self.walk.message
        for key, command in _KEYS:
            text = text.replace(key, command)
        if text:
            self._console.say(row(sanitize_line(text)))

    def _say_end(self) -> None:
        """How the step ended, and what comes after it."""
        walk, run = self.walk, self.walk.run
        if text := ended_text(walk):
            self._console.say(text)
        if run.step + 1 < len(run.lesson.steps):
            title = run.lesson.steps[run.step + 1].title
            self._console.say(row(sanitize_line(f"End of the step. N opens the next: {title}")))
            return
        after = self._elsewhere.following()
        if after is None:
            self._console.say("End of the lesson. lessons lists the lessons, quit ends.")
        else:
            title = sanitize_line(after[0])
            self._console.say(f"End of the lesson. N opens the next lesson: {title}")

    def _say_closing(self) -> None:
        """What the step says once its questions are settled."""
        run, step = self.walk.run, open_step(self.walk.run)
        settled = run.asking is None and run.trace.done
        if step.then.strip() and settled and self._closing != step.id:
            self._closing = step.id
            self._console.say("")
            self._console.say_all(markdown_rows(step.then, self._console.width))

    def _ask(self) -> None:
        """Ask what is to be answered now; whether something is, the run may have yet to say."""
        walk = self.walk
        if self._questions.may_ask:
            self._wait_until(
                lambda: walk.run.asking is not None or walk.timeline.index + 1 < len(walk.trace)
            )
        self._questions.ask()
        self._kept.visit(walk)

    # Steps

    def _begin(self) -> None:
        walk, lesson = self.walk, self.walk.run.lesson
        count = len(lesson.steps)
        steps = f"{count} step{'' if count == 1 else 's'}"
        self._console.say("", row(sanitize_line(f"Lesson: {lesson.title}, {steps}.")))
        if lesson.summary:
            self._console.say(row(sanitize_line(lesson.summary)))
        self._say_message()
        returns = bool(walk.moment)
        try:
            self._say_step()
            if returns:
                self._wait_until(lambda: not walk.waiting)
                self._console.say("You were here:")
                self._say_moment()
            self._ask()
        except KeyboardInterrupt:
            walk.stop_waiting()
            self._console.say("", _NOT_WAITING)
        self._kept.visit(walk)

    def _say_step(self) -> None:
        run, step = self.walk.run, open_step(self.walk.run)
        self._closing = None
        kind = "Exercise" if step.exercise is not None else "Step"
        number = f"{kind} {run.step + 1} of {len(run.lesson.steps)}: {step.title}"
        self._console.say("", row(sanitize_line(number)), "")
        self._say_text()
        self._console.say("Your code:" if run.edited else "The code:")
        self._console.say_all(spoken.code_rows(run.codes[run.step], step.first_line))
        if step.exercise is not None:
            self._wait_until(lambda: not (run.edited and run.running))
            self._exercises.verdict()
        else:
            self._console.say("An empty line runs the next line of code; ? lists the commands.")

    def _say_text(self) -> None:
        step, width = open_step(self.walk.run), self._console.width
        work = self._exercises.work
        text = step.explain if work is None else work.text
        self._console.say_all(markdown_rows(text, width))
        self._closing = None
        self._console.say("")
        self._say_closing()

    def _open(self, move: Callable[[], bool]) -> None:
        """Open another step and say it; where a question comes first, that one's moment."""
        before = self.walk.run.step
        moved = move()
        self._say_message()
        if self.walk.run.step != before:
            self._say_step()
        elif moved:
            self._say_moment()

    def _next_step(self) -> None:
        after = self._elsewhere.following() if self.walk.after_last.last_step else None
        self.walk.next_lesson = "" if after is None else after[0]
        if after is not None and self.walk.finished:
            self._after = After(after[1])
        else:
            self._open(self.walk.next_step)

    def _open_number(self, number: str) -> None:
        if not (number.isascii() and number.isdigit() and len(number) < 9):
            self._console.say("Type open and the number of a step; steps lists them.")
        else:
            self._open(lambda: self.walk.open(int(number) - 1))

    def _steps(self, _: str) -> None:
        run = self.walk.run
        steps = run.lesson.steps
        done = [self._kept.done(each) for each in steps]
        tasks = [each.exercise is not None for each in steps]
        self._console.say_all(
            spoken.steps_rows([each.title for each in steps], run.step, done, tasks)
        )

    # Code

    def _edit(self) -> None:
        code = self._changes.edited(os.environ)
        if code is not None:
            self._exercises.keep(code)
            self._run_code(code)

    def _run_code(self, code: str) -> None:
        """Run code in the open step; of an exercise, say what the check says of it."""
        if self.walk.edit(code):
            self._run_anew()
        else:
            self._say_message()

    def _run_anew(self) -> None:
        """The step runs from its start: wait for its end, and say how that was."""
        walk, run = self.walk, self.walk.run
        self._questions.forget()
        self._wait_until(lambda: not run.running)
        self._say_message()
        walk.message = ""
        if self._exercises.work is not None and run.edited:
            self._exercises.judged()
            return
        self._console.say("It has run. You are at the start of the step.")
        if text := ended_text(walk, at_end=True):
            self._console.say(text)

    def _reset(self) -> None:
        if self._exercises.work is not None:
            self._exercises.reset()
        elif not self.walk.run.edited:
            self._console.say("The code is the lesson's own.")
        else:
            self._run_code(open_step(self.walk.run).code)

    # Other lessons

    def _find(self, words: str) -> None:
        self._after = self._elsewhere.find(words)

    def _lesson(self, name: str) -> None:
        self._after = self._elsewhere.lesson(name)

    def _quit(self) -> None:
        run = self.walk.run.editable
        steps = run.lesson.steps if run is not None else ()
        unkept = [
            each for each in (run.edits if run is not None else ()) if each.step.exercise is None
        ]
        if steps and unkept and not self._warned:
            self._warned = True
            self._console.say("Your edits end with the program. quit again ends it.")
        else:
            self._after = After()

    # The run

    def _take_reports(self) -> None:
        self.walk.take(self._reports.waiting())
        self.walk.catch_up()

    def _wait_until(self, is_over: Callable[[], bool]) -> None:
        """Take in what is reported until that is so; say once that this takes time."""
        self._take_reports()
        told = False
        while not is_over() and self.walk.run.recording_on:
            if not told:
                self._console.say("Running...")
            told = True
            self.walk.take(self._reports.next())
            self.walk.catch_up()
