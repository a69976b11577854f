"""The words of a handout that are not the lesson's own."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tutor.render.sentences import joined

CHAPTER = "Chapter"
NEEDS = "Comes after"
RAN_IN = "Run in"
SANDBOXED = "sandboxed"
SKIP = "Skip to the first step"
CONTENTS = "Steps"
CODE = "Code"
STARTER = "The code to start with"
ANSWER_FIRST = "Answer before you read on."
YOUR_ANSWER = "Your answer:"
YOUR_CODE = "Your code"
CHOOSE = "Tick one."
CHOOSE_SEVERAL = "Tick all that are right; it may be none."
ORDER = "Number them, the first one 1."
RESULTS = "What the run shows"
OUTPUT = "Output"
OUTPUT_OF_REST = "Output of the rest"
FAILS = "It fails, as it is meant to"
FAILED = "It failed"
TABLE = "Table"
TENSORS = "Names and values"
TENSOR_HEADS = ("Name", "Shape", "Value", ".grad")
GRADIENT_HEADS = ("Leaf", "Gradient", "From", ".grad afterwards")
INPUT_HEADS = ("Input", "Gradient", "From")
THE_START = "the start of the pass"
AS_LIST = "The same as a list"
NOT_RUN = "This step was not run."
NOTHING = "–"
HIDDEN = "asked above"
ANSWERS = "Answers"
THE_RUN = "The run:"
NO_ANSWER = "The run gives no answer"
HINTS = "Hints"
SOLUTION = "A solution"
MOMENT = "moment"


def step(number: int, title: str) -> str:
    """The heading of a step."""
    return f"Step {number}: {title}"


def exercise(title: str) -> str:
    """The heading of an exercise."""
    return f"Exercise: {title}"


def how_to(target: str) -> str:
    """How the lesson is opened."""
    return f"Keys that a text names are those of the terminal: autograd-tutor {target}"


def results_before(line: int) -> str:
    """The heading of results that end before a question's moment."""
    return f"{RESULTS} before line {line}" if line else f"{RESULTS} before that"


def withheld(has_answers: bool) -> str:
    """Says that the rest of the results would answer the question."""
    where = "under Answers" if has_answers else "when you run it"
    return f"The rest would answer a question: see it {where}."


def graph_withheld() -> str:
    """Says that a graph is not drawn, as it would answer an earlier question."""
    return "The graph would answer a question above."


def same_graph(title: str, where: str) -> str:
    """Says that a graph was drawn before."""
    return f"{title}: as in “{where}”."


def graph(title: str) -> str:
    """The caption of a graph."""
    return title


def gradients(function: str, call: int, calls: int, line: int) -> str:
    """The caption of a table of gradients."""
    which = f"{function} {call} of {calls}" if calls > 1 else function
    return f"Gradients after {which}, line {line}" if line else f"Gradients after {which}"


def more(number: int, what: str) -> str:
    """Says how much is left out."""
    return f"… {number:,} more {what}"


def function(source: str) -> str:
    """The caption of a function's plot."""
    return f"Function and tangent: {source}"


def curves(names: Sequence[str]) -> str:
    """The caption of curves over the moments of a step: each with its letter, if it has one."""
    return f"{joined(names)}, over the moments of the step"
