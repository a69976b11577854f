"""The words of a handout that are not the lesson's own."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tutor.messages import _, count
from autograd_tutor.recording.followed import Place
from autograd_tutor.render.sentences import joined

CHAPTER = _("Chapter")
NEEDS = _("Comes after")
RAN_IN = _("Run in")
SANDBOXED = _("sandboxed")
SKIP = _("Skip to the first step")
CONTENTS = _("Steps")
CODE = _("Code")
STARTER = _("The code to start with")
ANSWER_FIRST = _("Answer before you read on.")
YOUR_ANSWER = _("Your answer:")
YOUR_CODE = _("Your code")
CHOOSE = _("Tick one.")
CHOOSE_SEVERAL = _("Tick all that are right; it may be none.")
ORDER = _("Number them, the first one 1.")
RESULTS = _("What the run shows")
OUTPUT = _("Output")
OUTPUT_OF_REST = _("Output of the rest")
FAILS = _("It fails, as it is meant to")
FAILED = _("It failed")
TABLE = _("Table")
TENSORS = _("Names and values")
TENSOR_HEADS = (_("Name"), _("Shape"), _("Value"), ".grad")
GRADIENT_HEADS = (_("Leaf"), _("Gradient"), _("From"), _(".grad afterwards"))
INPUT_HEADS = (_("Input"), _("Gradient"), _("From"))
THE_START = _("the start of the pass")
AS_LIST = _("The same as a list")
NOT_RUN = _("This step was not run.")
NOTHING = "–"
HIDDEN = _("asked above")
ANSWERS = _("Answers")
THE_RUN = _("The run:")
NO_ANSWER = _("The run gives no answer")
HINTS = _("Hints")
SOLUTION = _("A solution")
MOMENT = _("moment")


def step(number: int, title: str) -> str:
    """The heading of a step."""
    return _("Step {number}: {title}").format(number=number, title=title)


def exercise(title: str) -> str:
    """The heading of an exercise."""
    return _("Exercise: {title}").format(title=title)


def how_to(target: str) -> str:
    """How the lesson is opened."""
    text = _("Keys that a text names are those of the terminal: autograd-tutor {target}")
    return text.format(target=target)


def results_before(line: int) -> str:
    """The heading of results that end before a question's moment."""
    if not line:
        return _("What the run shows before that")
    return _("What the run shows before line {line}").format(line=line)


def withheld(has_answers: bool) -> str:
    """Says that the rest of the results would answer the question."""
    if has_answers:
        return _("The rest would answer a question: see it under Answers.")
    return _("The rest would answer a question: see it when you run it.")


def graph_withheld() -> str:
    """Says that a graph is not drawn, as it would answer an earlier question."""
    return _("The graph would answer a question above.")


def chart_withheld() -> str:
    """The same of curves."""
    return _("The picture would answer a question above.")


def same_graph(title: str, where: str) -> str:
    """Says that a graph was drawn before."""
    return _("{title}: as in “{where}”.").format(title=title, where=where)


def gradients(function: str, calls: int, line: int | Place) -> str:
    """The caption of the table of the last of so many passes."""
    which = _("{function}, the last of {calls}") if calls > 1 else "{function}"
    which = which.format(function=function, calls=calls)
    return _("Gradients after {which}, line {line}").format(which=which, line=line)


def more(number: int, what: str) -> str:
    """Says how much is left out."""
    return _("… and {parts} more").format(parts=count(number, what))


def function(source: str) -> str:
    """The caption of a function's plot."""
    return _("Function and tangent: {source}").format(source=source)


def curves(names: Sequence[str]) -> str:
    """The caption of curves over the moments of a step: each with its letter, if it has one."""
    return _("{names}, over the moments of the step").format(names=joined(names))
