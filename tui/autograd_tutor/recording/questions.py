"""What a lesson asks the learner, as far as a run has to answer or judge it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from autograd_tutor.limits.records import LESSON_ITEMS
from autograd_tutor.recording.bounded import Count, Name, Text

Items = Meta(max_length=LESSON_ITEMS)


class Question(Struct, frozen=True, array_like=True):
    """A prediction: its answer is worked out right after its moment.

    That is after `line` (counted from 1 in the step's code) has run for the first time, or after
    the first node of this name has run in a backward pass; with neither, at the end of the step.
    """

    number: Count
    """Which of the step's predictions, from 0."""
    answer: Text
    """A Python expression. After a node it may use `grad_inputs`, what the node has sent."""
    line: Count = 0
    node: Name = ""


class Answer(Struct, frozen=True, array_like=True):
    """The value of a question's answer."""

    question: Count
    texts: Annotated[tuple[Text, ...], Items] = ()
    """A text as it is, each of a list or tuple as `str` has it; of anything else, one `str`."""
    number: float | None = None
    """Of a number, or of a tensor with one element."""
    problem: Text = ""
    """Why there is no value, in one line: the expression raises, takes too long, …"""


class Check(Struct, frozen=True, array_like=True):
    """One thing that must be true once the learner's code has run."""

    that: Text
    """A Python expression. It may use what a mistake may, unless there is a variable so called."""
    say: Text
    """What the learner is said where it is not: the text of an f-string."""


class Mistake(Struct, frozen=True, array_like=True):
    """A known mistake."""

    id: Name
    when: Text
    """A Python expression that is true where it was made. `error` is the exception that ended the
    learner's code, or None; `output` what it printed, `code` its text."""
    say: Text
    """The text of an f-string."""


class Judge(Struct, frozen=True, array_like=True):
    """How an exercise is judged once the learner's code has run."""

    checks: Annotated[tuple[Check, ...], Items]
    mistakes: Annotated[tuple[Mistake, ...], Items] = ()
    """Tried before the checks; the first that is recognised is said."""
    probe: Text = ""
    """Hidden code that runs after the learner's, unrecorded; checks may use its names."""


class Verdict(Struct, frozen=True, array_like=True):
    """What an exercise's judge says of the learner's code."""

    solved: bool
    say: Text = ""
    """What the learner is said, with the numbers of the run; `` where it is solved, or where the
    code raised and no known mistake says more."""
    mistake: Name = ""
    """The id of the known mistake that was recognised."""
    check: Count | None = None
    """The index of the first check that fails."""
    problem: Text = ""
    """What is wrong with the lesson itself, in one line: a check that raises NameError, …"""
