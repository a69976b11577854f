"""What is said around a question: which it is, which keys answer it, where its answer is seen."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograd_tutor.course.tasks import Kind, Prediction
from autograd_tutor.messages import _
from autograd_tutor.playing.key_messages import Hint
from autograd_tutor.playing.pane_titles import PANES, panes_named

_OF_GRADIENTS = re.compile(r"\.grad\b|\bgrad_inputs\b")
_OF_GRAPH = re.compile(r"\bgrad_fn\b|\bnext_functions\b|\bgraph of\b|Backward\d")


def heading(prediction: Prediction, number: int, count: int) -> str:
    """`Question 2 of 3, before line 9`; `number` counts from 0."""
    which = (
        _("Question {number} of {count}").format(number=number + 1, count=count)
        if count > 1
        else _("Question")
    )
    if prediction.line:
        return _("{which}, before line {line}").format(which=which, line=prediction.line)
    if prediction.node:
        return _("{which}, before {node} runs").format(which=which, node=prediction.node)
    return _("{which}, before the step").format(which=which)


def pane_of(prediction: Prediction) -> str:
    """The title of the pane in which the answer is seen; `` where nobody knows.

    The one that the lesson names, or else the one that shows what the answer is made of.
    """
    for text in (prediction.because, prediction.ask):
        if named := panes_named(text):
            return PANES[named[0]]
    if prediction.node or _OF_GRADIENTS.search(prediction.answer):
        return PANES[4]
    if prediction.kind == "node" or _OF_GRAPH.search(f"{prediction.answer} {prediction.ask}"):
        return PANES[3]
    if prediction.kind == "line":
        return PANES[1]
    return PANES[2] if prediction.kind == "number" else ""


def seen_in(prediction: Prediction) -> str:
    """Where the answer can be seen, in a sentence; `` where nobody knows."""
    pane = pane_of(prediction)
    when = "" if prediction.line or prediction.node else _(", at the end of the step")
    return (
        _("You see it in {pane} ({index}){when}.").format(
            pane=pane, index=PANES.index(pane) + 1, when=when
        )
        if pane
        else ""
    )


TYPING = (Hint("Enter", _("answer"), True), Hint("Esc", _("leave the field")))
GOES_ON = (Hint("Enter", _("go on"), True),)
SKIPS = _("s once more skips it; Enter opens the field to type in.")


def hints(kind: Kind, choices: int, enter: str) -> Sequence[Hint]:
    """The keys that answer; `enter`: that which does what Enter does elsewhere."""
    first = {
        "choice": Hint(f"1-{choices}", _("choose")),
        "several": Hint(f"1-{choices}", _("choose, or not")),
        "order": Hint(f"1-{choices}", _("put next")),
    }.get(kind)
    does = _("answer") if first is not None else _("type an answer")
    rest = (Hint(enter, does, True), Hint("u", _("unsure")), Hint("s", _("skip")))
    return rest if first is None else (first, *rest)
