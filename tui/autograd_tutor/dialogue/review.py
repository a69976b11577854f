"""Asks questions of earlier lessons again, in lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from autograd_tutor.course.model import Lesson
from autograd_tutor.dialogue.commands import Command
from autograd_tutor.dialogue.console import Console
from autograd_tutor.dialogue.elsewhere import After, Elsewhere
from autograd_tutor.dialogue.kept import Kept
from autograd_tutor.dialogue.reports import Reports
from autograd_tutor.dialogue.talk import Talk
from autograd_tutor.messages import _
from autograd_tutor.playing import review
from autograd_tutor.playing.lesson_run import LessonRun
from autograd_tutor.playing.review import Outcome, Review
from autograd_tutor.playing.walk import Walk
from autograd_tutor.progress import Progress
from autograd_tutor.render.rows import row
from autograd_tutor.render.sanitize import sanitize_line

_GOES_ON = _("An empty line goes on; quit ends the review.")
_NOT_HERE = ("edit", "write", "run", "seed", "reset")
"""Commands that run other code than what is asked about."""


class ReviewTalk(Talk):
    """A learner at one question of an earlier lesson."""

    def __init__(
        self, console: Console, walk: Walk, reports: Reports, kept: Kept, elsewhere: Elsewhere
    ) -> None:
        super().__init__(console, walk, reports, kept, elsewhere)
        self.outcome: Outcome | None = None
        """What came of the question, once that is known."""
        self.goes_on = False
        """Whether the learner goes on to the next question."""

    def _commands(self) -> Mapping[str, Callable[[str], object]]:
        refused = dict.fromkeys(_NOT_HERE, lambda _: self._console.say(review.NO_EDITING))
        return {**super()._commands(), **refused}

    def _begin(self) -> None:
        self._console.say("", row(sanitize_line(f"{self.walk.run.lesson.title}.")))
        self._place.say_message()
        self._say_step()
        self.walk.last()
        run = self.walk.run
        self._place.wait_until(lambda: run.asking is not None or not run.running)
        self.walk.last()
        if run.asking is None:
            self._end("not asked", review.unreached(run.problem, counts=True))
        elif self.walk.timeline.index:
            self._place.say_moment()
        self._ask()

    def _settle(self, answer: Callable[[], None]) -> None:
        super()._settle(answer)
        guessing = self._questions.guessing
        if self.outcome is None and guessing is not None and guessing.settled:
            outcome = review.outcome_of(guessing)
            self._end(outcome, review.COUNTS if outcome == "skipped" else "")

    def _end(self, outcome: Outcome, said: str) -> None:
        self.outcome = outcome
        self._console.say(row(sanitize_line(f"{said} {_GOES_ON}".strip())))

    def _do(self, command: Command, argument: str) -> None:
        if self.outcome is not None and command.word in ("next", "step"):
            self.goes_on = True
            self._after = After()
        else:
            super()._do(command, argument)

    def _review(self) -> None:
        self._console.say(_("This is the review."))

    def _ask_again(self) -> None:
        self._review()


class ReviewTalks:
    """One question after the other."""

    def __init__(
        self, console: Console, progress: Progress, reports: Reports, elsewhere: Elsewhere
    ) -> None:
        self._console = console
        self._progress = progress
        self._reports = reports
        self._elsewhere = elsewhere._replace(following=lambda: None)

    def play(self, asked: Review, run_of: Callable[[Lesson], LessonRun]) -> After | None:
        """Ask all, until the learner leaves; where to, if that is another lesson."""
        while (question := asked.following()) is not None:
            if question.lesson is None:
                problem = _("Not asked, of {title}: {problem}. {counts}").format(
                    title=question.title, problem=question.problem, counts=review.COUNTS
                )
                self._console.say(row(sanitize_line(problem)))
                asked.note("not asked")
                self._progress.note_reviewed(question.key)
                continue
            run = run_of(replace(question.lesson, title=asked.place.replace(" · ", ", ")))
            kept = Kept(self._progress, None)
            talk = ReviewTalk(
                self._console, Walk(run, run.protection), self._reports, kept, self._elsewhere
            )
            try:
                after = talk.play()
            finally:
                run.close()
                if talk.outcome is not None:
                    asked.note(talk.outcome)
                    self._progress.note_reviewed(question.key)
            if not talk.goes_on:
                return after if after.lesson is not None else None
        return None
