"""What is read before a question must not hold its answer; what only looks like it is no matter."""

from __future__ import annotations

import pytest

from autograd_tutor.course.given_away import comments, given_away
from autograd_tutor.course.tasks import Kind, Prediction


def found(
    kind: Kind, answer: str | list[str], shown: str, code: str = "pass", *choices: str
) -> str | None:
    """The words that give it away."""
    texts = [answer] if isinstance(answer, str) else answer
    number = float(answer) if kind in ("number", "line") and isinstance(answer, str) else None
    asked = Prediction("?", kind, "", choices=choices)
    place = given_away(asked, texts, number, shown, code)
    if place is not None:
        assert shown[place.at :].startswith(place.words)
    return None if place is None else place.words


NAMES = ("['weight']", "['weight', 'offset']", "[]")


@pytest.mark.parametrize(
    ("kind", "answer", "shown", "words"),
    [
        ("number", "4.0", "The slope is 4 there.", "4"),
        ("number", "4.0", "The slope is **4**.", "4"),
        ("number", "4", "w.grad = 4, since", "4"),
        ("number", "-4", "w.grad → −4.", "−4"),
        ("number", "0.64", "Then you find 0.64 in w.", "0.64"),
        ("number", "38", "Count the 38 rows.", "38"),
        ("number", "1234", "all 1,234 of them", "1,234"),
        ("text", "(2, 3)", "J has the shape `(2,3)`.", "(2,3)"),
        ("text", "torch.float32", "It makes torch.float32 of it.", "torch.float32"),
        ("line", "9", "The mistake is in line 9.", "line 9"),
        ("line", "9", "See line **9**.", "line **9"),
        ("node", "ExpBackward0", "At ExpBackward0 it is nan.", "ExpBackward0"),
    ],
)
def test_an_answer_that_is_there(kind: Kind, answer: str, shown: str, words: str) -> None:
    assert found(kind, answer, shown) == words


@pytest.mark.parametrize(
    ("kind", "answer", "shown"),
    [
        ("number", "4", "The first of 4 steps; 4 nodes, each with its line."),
        ("number", "4", "w is 40, or 4.5, or x4, or 14."),
        ("number", "0.64", "from 10.64 to 0.645"),
        ("text", "(2, 3)", "between (2, 3, 4) and f(12, 3)"),
        ("text", "None", "What does it hold, or is it None?"),
        ("line", "9", "In line 90 there are 9 of them."),
        ("node", "ExpBackward0", "ExpBackward0 or MulBackward0: which runs first?"),
        ("node", "ExpBackward0", "MyExpBackward01 runs."),
        ("number", "nan", "It is nan."),
    ],
)
def test_what_stands_there_for_another_reason(kind: Kind, answer: str, shown: str) -> None:
    assert found(kind, answer, shown) is None


@pytest.mark.parametrize(
    ("kind", "answer", "shown", "code"),
    [
        ("number", "10", "10 is written into values[0, 0].", "values[0, 0] = 10"),
        ("number", "0", "The slope of relu is what at 0? At x = 0 …", "x = torch.tensor(0.0)"),
        ("text", "[1, 2]", "v holds [1, 2]", "v = [1, 2]"),
        ("node", "MulBackward0", "It is MulBackward0.", "print('MulBackward0')"),
    ],
)
def test_what_the_code_shows_in_any_case(kind: Kind, answer: str, shown: str, code: str) -> None:
    assert found(kind, answer, shown, code) is None
    assert found(kind, answer, shown, "pass  # " + code) is not None or kind == "number"


@pytest.mark.parametrize(
    ("answer", "shown", "choices", "words"),
    [
        ("fails", "The second call fails.", ("fails", "works"), "fails"),
        ("fails", "Which fails, which works?", ("fails", "works"), None),
        ("both sides", "Is it both sides, or one side?", ("both sides", "one side"), None),
        ("both sides", "Better from both\nsides.", ("both sides", "one side"), "both\nsides"),
        ("yes", "Oh yes, you see.", ("yes", "no"), None),
        ("['weight']", "It lists ['weight'] alone.", NAMES, "['weight']"),
        ("2", "There are 2 nodes.", ("1", "2"), None),
        ("2", "There is one for each: it is 2.", ("1", "2"), "2"),
    ],
)  # fmt: skip
def test_of_choices_only_one_that_stands_alone(
    answer: str, shown: str, choices: tuple[str, ...], words: str | None
) -> None:
    assert found("choice", answer, shown, "pass", *choices) == words


def test_several_and_an_order() -> None:
    lines = ("loss.backward()", "opt.step()", "opt.zero_grad()")
    right = ["opt.zero_grad()", "loss.backward()", "opt.step()"]
    told = "First `opt.zero_grad()`, then `loss.backward()`, then `opt.step()`."
    other = "`opt.step()`, `loss.backward()`, `opt.zero_grad()`: in which order?"
    assert found("order", right, told, "pass", *lines) == "opt.zero_grad()"
    assert found("order", right, other, "pass", *lines) is None
    names = ("weight", "offset", "scale")
    assert found("several", ["weight", "scale"], "It has weight and scale.", "x", *names)
    assert found("several", ["weight", "scale"], "weight, offset, scale", "x", *names) is None
    assert found("several", ["weight", "scale"], "It has weight.", "x", *names) is None
    assert found("several", [], "It has none.", "x", *names) is None


def test_comments_keep_their_place() -> None:
    code = "x = '#'  # it is 4\ny = 2 # θ"
    assert comments(code) == "         # it is 4\n      # θ"
    assert comments("x = (") == "     "
