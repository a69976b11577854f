"""What a lesson is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from autograd_tutor.course.location import Location
from autograd_tutor.course.moved_lines import GONE, moved_lines
from autograd_tutor.course.numbering import Numbered, numbered
from autograd_tutor.course.problem import Problem
from autograd_tutor.course.tasks import Exercise, Prediction
from autograd_tutor.recording.invocation import Invocation
from autograd_tutor.recording.plots import Plot
from autograd_tutor.recording.questions import Question
from autograd_tutor.recording.wire import Limits, StepRequest


class Locations(NamedTuple):
    """Where the parts of a step stand in the lesson's file."""

    step: Location = Location()
    code: Location = Location()
    graph: Location = Location()
    raises: Location = Location()
    watch: tuple[Location, ...] = ()
    expect: tuple[Location, ...] = ()
    plot: tuple[Location, ...] = ()
    """Those of the names of curves; or of the function and of where it has its tangent."""
    explain: Location = Location()


@dataclass(frozen=True)
class Step:
    """One explanation and one snippet."""

    id: str
    title: str
    explain: str
    """Markdown."""
    code: str
    graph: str | None = None
    """The tensor whose graph is shown; None: the newest with a grad_fn."""
    watch: tuple[str, ...] = ()
    """Names shown first."""
    expect: tuple[str, ...] = ()
    """Python expressions that are true after the step."""
    raises: str | None = None
    """The exception the step is meant to end with."""
    first_line: int = 1
    """The number of the code's first line: those of a script are the file's."""
    file: str | None = field(default=None, compare=False)
    """What Python calls the file of the code, where that stands in one as it is: a script."""
    plot: Plot | None = None
    """A picture of numbers over time, or of a function."""
    predictions: tuple[Prediction, ...] = ()
    """What the learner is asked, in the order in which it is asked."""
    then: str = ""
    """What is said once that is settled, in Markdown."""
    exercise: Exercise | None = None
    """A task, to which the code is the starter, and the explanation the text."""
    findings: bool | None = None
    """Whether what goes wrong in it is marked at its lines. None: in scripts; in lessons it is only
    explained if asked for. False: not even then. Of an exercise, once it is solved."""
    limits: Limits | None = field(default=None, compare=False)
    """What this step may use; None: what any step of the lesson may."""
    locations: Locations = field(default=Locations(), compare=False)

    @property
    def marks_findings(self) -> bool:
        """Whether what goes wrong in it is marked at its lines."""
        return self.file is not None if self.findings is None else self.findings

    @property
    def code_line(self) -> int:
        """The line of the file on which the code begins."""
        return self.locations.code.line

    @property
    def questions(self) -> tuple[Question, ...]:
        """What a run has to answer."""
        asked = enumerate(self.predictions)
        return tuple([each.question(number) for number, each in asked if each.line != GONE])

    def explained(self, settled: bool) -> str:
        """What is explained; once its questions are settled, also what comes after them."""
        texts = (self.explain, self.then) if settled else (self.explain,)
        return "\n\n".join([text.strip("\n") for text in texts if text.strip()])

    def with_code(self, code: str) -> Step:
        """The step as it runs with this code, which the learner may have edited.

        Nothing is expected of edited code: what the lesson says was written for its own. Nor do
        its lines stand in the lesson's file. A picture stays: one wants to see what the edit does.
        """
        if code == self.code:
            return self
        at = self.locations
        return replace(
            self,
            code=code,
            graph=None,
            watch=(),
            expect=(),
            raises=None,
            predictions=self._moved_predictions(code),
            file=None,
            locations=Locations(step=at.step, code=at.code._replace(exact=False), plot=at.plot),
        )

    def _moved_predictions(self, code: str) -> tuple[Prediction, ...]:
        if not any(each.line for each in self.predictions):
            return self.predictions
        lines = moved_lines(self.code, code)
        return tuple([each.moved(lines) for each in self.predictions])


@dataclass(frozen=True)
class Lesson:
    """Steps that share one namespace, like the cells of a notebook."""

    id: str
    path: Path
    title: str
    summary: str
    chapter: str
    """`` where the file names none."""
    steps: tuple[Step, ...]
    seed: int = 0
    setup: str = ""
    """Code that runs before the first step, unseen."""
    setup_location: Location = field(default=Location(), compare=False)
    limits: Limits = field(default_factory=Limits)
    invocation: Invocation = field(default_factory=Invocation)
    """How Python is started for it, where it is a script."""
    needs: tuple[str, ...] = ()
    """The ids of lessons that come first; nothing is locked."""
    cures: tuple[str, ...] = ()
    """Keys of mistakes that it is about."""
    needs_locations: tuple[Location, ...] = field(default=(), compare=False)
    cures_locations: tuple[Location, ...] = field(default=(), compare=False)
    version: tuple[int, ...] = field(default=(), compare=False)
    """What differs once the file has changed since it was read."""
    translation: Path | None = field(default=None, compare=False)
    """The file that its texts are from, where they are in another language."""
    gaps: tuple[Problem, ...] = field(default=(), compare=False)
    """What of these texts is missing or out of date there, so that the original's is shown."""
    unfit_translation: str = field(default="", compare=False)
    """The name of a translation that has problems, so that the texts are the original's."""

    @property
    def shown(self) -> Lesson:
        """The lesson without what it asks, to be run and read as it is: its exercises are gone.

        What is said after a step's questions follows its explanation.
        """
        steps = [
            replace(each, predictions=(), explain=each.explained(settled=True), then="")
            for each in self.without_exercises.steps
        ]
        return replace(self, steps=tuple(steps))

    @property
    def without_exercises(self) -> Lesson:
        """The lesson with its own steps alone."""
        return replace(self, steps=tuple([each for each in self.steps if each.exercise is None]))

    def numbered(self, index: int) -> Numbered:
        """The number of the step or exercise at `index` (from 0), for people."""
        return numbered([each.exercise is not None for each in self.steps], index)

    def request(self, run: int, index: int, code: str | None = None) -> StepRequest:
        """What to ask the kernel for, to run the step at `index` (from 0) in `run`.

        `code`: what to run instead of the step's own, where the learner has edited it.
        """
        step = self.steps[index]
        if code is not None:
            step = step.with_code(code)
        return StepRequest(
            run=run,
            step=index,
            code=step.code,
            filename=step.file or f"<step {index + 1}>",
            expect=step.expect,
            raises=step.raises,
            limits=step.limits or self.limits,
            first_line=step.first_line,
            plot=step.plot,
            questions=step.questions,
            judge=None if step.exercise is None else step.exercise.judge,
            is_last=index == len(self.steps) - 1,
        )
