"""One lesson in lines: what is typed, what that does, and what is said of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial

from autograd_tutor.dialogue import commands, terms
from autograd_tutor.dialogue.changes import Changes
from autograd_tutor.dialogue.commands import Command, NoCommand
from autograd_tutor.dialogue.console import BadLine, Console
from autograd_tutor.dialogue.elsewhere import After, Elsewhere
from autograd_tutor.dialogue.exercises import Exercises
from autograd_tutor.dialogue.kept import Kept
from autograd_tutor.dialogue.looks import LOOKS, ended_text, look, markdown_rows, open_step
from autograd_tutor.dialogue.place import FINDING, MOVES, Place
from autograd_tutor.dialogue.questions import Questions
from autograd_tutor.dialogue.reports import Reports
from autograd_tutor.messages import _, count
from autograd_tutor.playing.key_messages import ASKS_NOTHING
from autograd_tutor.playing.walk import Walk
from autograd_tutor.render import spoken
from autograd_tutor.render.rows import row
from autograd_tutor.render.sanitize import sanitize_line

_NOT_WAITING = _("Stopped waiting. The step still runs; an empty line goes on when it can.")
_HOW_TO_LEAVE = _("quit ends the program; so does Ctrl-D.")


class Talk:
    """A learner in one lesson."""

    def __init__(
        self, console: Console, walk: Walk, reports: Reports, kept: Kept, elsewhere: Elsewhere
    ) -> None:
        self.walk = walk
        self._console = console
        self._kept = kept
        self._elsewhere = elsewhere
        self._after: After | None = None
        self._warned = False
        """Whether the learner has just heard that edits end with the program."""
        self._place = Place(console, walk, reports, elsewhere.following)
        key = kept.key or ""
        self._questions = Questions(console, walk, kept, self._place.wait_until)
        self._exercises = Exercises(console, walk, self._place, kept.progress, key, self._run_code)
        self._changes = Changes(console, walk, self._run_anew)
        self._others = self._commands()

    def _commands(self) -> Mapping[str, Callable[[str], object]]:
        """What the commands do that neither move nor look."""
        walk, console = self.walk, self._console
        return {
            "go": lambda text: self._place.move(lambda: walk.go(text), to_find=True),
            "steps": self._steps,
            "open": self._open_number,
            "step": lambda _: self._next_step(),
            "stepback": lambda _: self._open(walk.previous_step),
            "text": lambda _: self._say_text(again=True),
            "edit": lambda _: self._edit(),
            "write": lambda _: self._changes.write(),
            "run": lambda _: self._changes.run_again(),
            "seed": self._changes.reseed,
            "reset": lambda _: self._reset(),
            "answer": lambda text: self._settle(partial(self._questions.answer, text)),
            "unsure": lambda _: self._questions.say_sure(False),
            "sure": lambda _: self._questions.say_sure(True),
            "skip": lambda _: self._settle(self._questions.skip),
            "question": lambda _: self._questions.ask(again=True),
            "askagain": lambda _: self._ask_again(),
            "review": lambda _: self._review(),
            "hint": lambda _: self._exercises.hint(),
            "pieces": self._exercises.pieces,
            "solution": lambda _: self._exercises.solution(),
            "goal": lambda _: self._exercises.goal(),
            "verdict": lambda _: self._exercises.verdict(),
            "why": self._why,
            "verify": lambda _: self._verify(),
            "what": lambda term: console.say_all(terms.rows(walk, term, console.width)),
            "find": self._find,
            "lessons": lambda _: self._elsewhere.lessons(),
            "lesson": self._lesson,
            "path": self._elsewhere.path,
            "help": lambda about: console.say_all(commands.help_rows(about)),
            "quit": lambda _: self._quit(),
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

    def _why(self, name: str) -> None:
        from autograd_tutor.dialogue import reasons  # late: few ask

        work = self._exercises.work
        settled = work is None or work.settled
        self._console.say_all(reasons.rows(self.walk, name, self._console.width, settled))

    def _verify(self) -> None:
        from autograd_tutor.dialogue.checks import verify  # late: few ask

        work = self._exercises.work
        verify(self._console, self.walk, self._place, work is None or work.settled)

    def _turn(self) -> None:
        """Take one line, and do what it says."""
        try:
            line = self._console.ask(_("Answer:") if self._questions.asking else ">")
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
        self._place.take_reports()
        if self._questions.is_answer(line):
            self._settle(partial(self._questions.answer, line))
        elif not line and self._questions.asking is not None:
            self._console.say(_("Type an answer, or skip; question asks it again."))
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
        if word == "next" and self.walk.finished:
            self._place.say_end()
        elif word in MOVES:
            self._place.move(partial(MOVES[word], self.walk), word in FINDING)
        elif word in LOOKS:
            self._place.wait_until(lambda: word == "show" or bool(self.walk.trace.snapshots))
            self._console.say_all(look(word, self.walk, argument))
        else:
            self._others[word](argument)

    # Walking

    def _settle(self, answer: Callable[[], None]) -> None:
        """Answer the question, or skip it; what it was about can be seen then."""
        before, asked = self.walk.timeline.index, self._questions.asking
        answer()
        self._place.wait_until(lambda: not self.walk.waiting)
        if asked != self._questions.asking and self.walk.timeline.index != before:
            self._place.say_moment()
        self._place.say_closing()

    def _ask(self) -> None:
        """Ask what is to be answered now; whether something is, the run may have yet to say."""
        walk = self.walk
        if self._questions.may_ask:
            self._place.wait_until(
                lambda: walk.run.asking is not None or walk.timeline.index + 1 < len(walk.trace)
            )
        self._questions.ask()
        self._kept.visit(walk)

    # Steps

    def _begin(self) -> None:
        walk, lesson = self.walk, self.walk.run.lesson
        steps = count(len(lesson.steps), "step")
        self._console.say(
            "",
            row(
                sanitize_line(
                    _("Lesson: {title}, {steps}.").format(title=lesson.title, steps=steps)
                )
            ),
        )
        if lesson.summary:
            self._console.say(row(sanitize_line(lesson.summary)))
        self._place.say_message()
        returns = bool(walk.moment)
        try:
            self._say_step()
            if returns:
                self._place.wait_until(lambda: not walk.waiting)
                self._console.say(_("You were here:"))
                self._place.say_moment()
            self._ask()
        except KeyboardInterrupt:
            walk.stop_waiting()
            self._console.say("", _NOT_WAITING)
        self._kept.visit(walk)

    def _say_step(self) -> None:
        run, step = self.walk.run, open_step(self.walk.run)
        kind = _("Exercise") if step.exercise is not None else _("Step")
        number = _("{kind} {step} of {count}: {title}").format(
            kind=kind, step=run.step + 1, count=len(run.lesson.steps), title=step.title
        )
        self._console.say("", row(sanitize_line(number)), "")
        self._say_text()
        self._console.say(_("Your code:") if run.edited else _("The code:"))
        self._console.say_all(spoken.code_rows(run.codes[run.step], step.first_line))
        if step.exercise is not None:
            self._place.wait_until(lambda: not (run.edited and run.running))
            self._exercises.verdict()
            if step.exercise.goal:
                self._console.say(_("goal reads the graph that is to be built."))
        else:
            self._console.say(_("An empty line runs the next line of code; ? lists the commands."))

    def _say_text(self, again: bool = False) -> None:
        step, width = open_step(self.walk.run), self._console.width
        work = self._exercises.work
        text = step.explain if work is None else work.text
        if again and not text.strip():
            self._console.say(_("This step has no text. show reads its code."))
            return
        self._console.say_all(markdown_rows(text, width))
        self._console.say("")
        self._place.say_closing(anew=True)

    def _open(self, move: Callable[[], bool], again: bool = False) -> None:
        """Open another step and say it; where a question comes first, that one's moment.

        `again`: say the step also where it is open already.
        """
        before = self.walk.run.step
        moved = move()
        self._place.say_message()
        if self.walk.run.step != before or (moved and again):
            self._say_step()
        elif moved:
            self._place.say_moment()

    def _next_step(self) -> None:
        after = self._elsewhere.following() if self.walk.after_last.last_step else None
        self.walk.next_lesson = "" if after is None else after[0]
        if after is not None and self.walk.finished:
            self._after = After(after[1])
        else:
            self._open(self.walk.next_step)

    def _open_number(self, number: str) -> None:
        if not (number.isascii() and number.isdigit() and len(number) < 9):
            self._console.say(_("Type open and the number of a step; steps lists them."))
        else:
            at = int(number) - 1
            self._open(lambda: self.walk.open(at), again=at == self.walk.run.step)

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
            self._place.say_message()

    def _run_anew(self) -> None:
        """The step runs from its start: wait for its end, and say how that was."""
        walk, run = self.walk, self.walk.run
        self._questions.forget()
        self._exercises.begin_try()
        self._place.wait_until(lambda: not run.running)
        self._place.say_message()
        if self._exercises.work is not None and run.edited:
            walk.last()
            walk.message = ""
            self._exercises.verdict()
            self._place.say_after()
            return
        walk.message = ""
        self._console.say(_("It has run. You are at the start of the step."))
        if text := ended_text(walk, at_end=True):
            self._console.say(text)

    def _reset(self) -> None:
        if self._exercises.work is not None:
            self._exercises.reset()
        elif not self.walk.run.edited:
            self._console.say(_("The code is the lesson's own."))
        else:
            self._run_code(open_step(self.walk.run).code)

    # Other lessons

    def _find(self, words: str) -> None:
        self._after = self._elsewhere.find(words)

    def _lesson(self, name: str) -> None:
        self._after = self._elsewhere.lesson(name)

    def _ask_again(self) -> None:
        lesson = self.walk.run.lesson
        asks = next((step.id for step in lesson.steps if step.predictions), None)
        if asks is None or self.walk.run.editable is None:
            self._console.say(ASKS_NOTHING)
        else:
            self._after = After(lesson.path, asks, again=True)

    def _review(self) -> None:
        self._after = self._elsewhere.review()

    def _quit(self) -> None:
        run = self.walk.run.editable
        edits = () if run is None else run.edits
        if not self._warned and any(each.step.exercise is None for each in edits):
            self._warned = True
            self._console.say(_("Your edits end with the program. quit again ends it."))
        else:
            self._after = After()
