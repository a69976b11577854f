"""What is said around a question."""

from __future__ import annotations

import pytest

from autograd_tutor.course.tasks import Prediction
from autograd_tutor.playing import pane_titles
from autograd_tutor.playing.question_words import heading, pane_of, seen_in


@pytest.mark.parametrize(
    ("prediction", "pane"),
    [
        (Prediction("?", "number", "w.grad.item()", because="Look at Tensors."), "Tensors"),
        (Prediction("?", "number", "w.grad.item()"), "Gradients"),
        (Prediction("?", "choice", "str(x.grad_fn)"), "Graph"),
        (Prediction("?", "text", "grad_inputs[0]", node="PowBackward0"), "Gradients"),
        (Prediction("?", "node", "'PowBackward0'"), "Graph"),
        (Prediction("?", "line", "9"), "Code"),
        (Prediction("?", "number", "w.item()"), "Tensors"),
        (Prediction("?", "choice", "'yes' if done else 'no'"), ""),
        (Prediction("How many in the graph of `x`?", "number", "names(x).count('Mul')"), "Graph"),
        (Prediction("Wie viele?", "number", "names(x).count('MulBackward0')"), "Graph"),
        (Prediction("Wie viele `AddBackward0`?", "number", "len(n)"), "Graph"),
        (Prediction("`MulBackward0`?", "number", "w.grad.item()"), "Gradients"),
        (Prediction("In which order will **Graph** show them?", "order", "names(s)"), "Graph"),
        (Prediction("?", "number", "w", because="First Gradients, then Tensors."), "Gradients"),
    ],
)
def test_the_pane_is_the_one_that_is_named_or_that_shows_such_a_thing(
    prediction: Prediction, pane: str
) -> None:
    assert pane_of(prediction) == pane


def test_where_it_is_seen_in_a_sentence() -> None:
    at_line = Prediction("?", "number", "w.item()", line=3)
    assert seen_in(at_line) == "You see it in Tensors (3)."
    at_end = Prediction("?", "number", "w.grad.item()")
    assert seen_in(at_end) == "You see it in Gradients (5), at the end of the step."
    assert seen_in(Prediction("?", "text", "kind")) == ""


def test_the_heading_says_which_question_and_when() -> None:
    assert heading(Prediction("?", "text", "x", line=9), 1, 3) == "Question 2 of 3, before line 9"
    assert heading(Prediction("?", "text", "x"), 0, 1) == "Question, before the step"
    at_node = Prediction("?", "text", "x", node="PowBackward0")
    assert heading(at_node, 0, 1) == "Question, before PowBackward0 runs"


def test_in_german_only_an_emphasised_noun_is_a_pane(monkeypatch: pytest.MonkeyPatch) -> None:
    titles = ("Erklärung", "Code", "Tensoren", "Graph", "Gradienten")
    monkeypatch.setattr(pane_titles, "PANES", titles)
    monkeypatch.setattr(pane_titles, "chosen", lambda: "de")

    text = "Noch verlangt niemand Gradienten. Sieh auf **Tensoren**."
    assert pane_titles.panes_named(text) == [2]
    assert pane_titles.panes_named("Watch **Tensors**, then **Graph**.") == [2, 3]
    assert pane_titles.panes_named("Der Graph wächst.") == []
