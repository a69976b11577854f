"""What a lesson asks of the learner: predictions in its steps, exercises at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from autograd_tutor.course.location import Location
from autograd_tutor.course.moved_lines import GONE
from autograd_tutor.recording.questions import Check, Judge, Mistake, Question

Kind = Literal["number", "choice", "several", "order", "text", "line", "node"]

KINDS: tuple[Kind, ...] = get_args(Kind)
WITH_CHOICES: tuple[Kind, ...] = ("choice", "several", "order")


@dataclass(frozen=True)
class Prediction:
    """A question that is asked before a moment, and whose answer the run itself gives.

    The moment is `line` of the step's code, or the first node called `node` in a backward pass;
    where there is neither, the step's start, and its end has the answer.
    """

    ask: str
    kind: Kind
    answer: str
    """A Python expression that torch evaluates right after the moment. It gives a number; one of
    the choices; a list of them; a text; the number of a line; the name of a node."""
    line: int = 0
    """GONE, where the learner's code has no such line any more."""
    node: str = ""
    near: float | None = None
    """How far a number may be from the answer; None: as far as its digits are rounded."""
    choices: tuple[str, ...] = ()
    """As they are shown."""
    wrong: tuple[tuple[str, str], ...] = ()
    """Wrong answers that people give, and what is said of each."""
    because: str = ""
    """Why it is so; said after the answer."""
    again: tuple[tuple[str, str], ...] = ()
    """Names of the lesson's code, and what they are set to when it is asked again."""
    location: Location = field(default=Location(), compare=False)
    ask_location: Location = field(default=Location(), compare=False)
    moment_location: Location = field(default=Location(), compare=False)
    answer_location: Location = field(default=Location(), compare=False)
    wrong_locations: tuple[Location, ...] = field(default=(), compare=False)
    again_locations: tuple[Location, ...] = field(default=(), compare=False)
    given_choices: tuple[str, ...] = ()
    """As the answer gives them, and the keys of `wrong` name them, where those that are shown are
    in another language."""

    def question(self, number: int) -> Question:
        """What the run has to answer; `number` counts the step's predictions from 0."""
        return Question(number, self.answer, self.line, self.node)

    def moved(self, lines: Sequence[int]) -> Prediction:
        """The same question about code that was edited; `lines`: as `moved_lines` has them."""
        if not self.line:
            return self
        return replace(self, line=lines[self.line - 1] if self.line <= len(lines) else GONE)


@dataclass(frozen=True)
class KnownMistake:
    """A mistake that learners make in an exercise."""

    id: str
    when: str
    """A Python expression that is true where it was made."""
    say: str
    """The text of an f-string."""
    like: str
    """A program that makes it."""
    location: Location = field(default=Location(), compare=False)
    when_location: Location = field(default=Location(), compare=False)
    say_location: Location = field(default=Location(), compare=False)
    like_location: Location = field(default=Location(), compare=False)


@dataclass(frozen=True)
class Requirement:
    """What must be true once the learner's code has run."""

    that: str
    say: str
    """The text of an f-string, said where it is not true."""
    location: Location = field(default=Location(), compare=False)
    say_location: Location = field(default=Location(), compare=False)


@dataclass(frozen=True)
class Exercise:
    """A task; its text and its starter are those of the step that it belongs to."""

    solution: str
    check: tuple[Requirement, ...]
    """In this order; the first that fails is said."""
    hints: tuple[str, ...]
    """From where to look to what to write."""
    mistakes: tuple[KnownMistake, ...] = ()
    probe: str = ""
    """Hidden code that runs after the learner's."""
    goal: str = ""
    """The name of the tensor whose graph is to be built: that of the solution is drawn beside."""
    pieces: bool = False
    """Whether the solution's lines are offered in another order before the solution."""
    forbid: tuple[tuple[str, str], ...] = ()
    """Names that may not be used, and why."""
    then: str = ""
    """What is said of the solution, once it is shown or found."""
    location: Location = field(default=Location(), compare=False)
    solution_location: Location = field(default=Location(), compare=False)
    probe_location: Location = field(default=Location(), compare=False)
    pieces_location: Location = field(default=Location(), compare=False)
    hint_locations: tuple[Location, ...] = field(default=(), compare=False)
    forbid_locations: tuple[Location, ...] = field(default=(), compare=False)

    @property
    def judge(self) -> Judge:
        """How a run judges it."""
        return Judge(
            tuple(Check(each.that, each.say) for each in self.check),
            tuple(Mistake(each.id, each.when, each.say) for each in self.mistakes),
            self.probe,
        )
