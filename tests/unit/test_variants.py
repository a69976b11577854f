"""Questions of a review: the names of `again` get other values, all around them stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.course.tasks import Prediction
from autograd_tutor.course.variants import NoVariant, variant


def lesson(*codes: str, setup: str = "") -> Lesson:
    steps = tuple(
        Step(f"s{n}", f"Step {n}", "", code, expect=("True",)) for n, code in enumerate(codes)
    )
    return Lesson("made", Path("made"), "Made", "", "", steps, setup=setup)


def asked(line: int = 0, **again: str) -> Prediction:
    return Prediction("?", "number", "w", line=line, again=tuple(again.items()))


def varied(code: str, question: Prediction) -> str:
    return variant(lesson(code), 0, question).steps[0].code


@pytest.mark.parametrize(
    ("code", "line", "value", "expected"),
    [
        ("lr = 0.1  # small\nw = lr\n", 2, "0.2", "lr = 0.2  # small\nw = lr\n"),
        ("if 1:\n    lr=0.1; x = 1\nw = lr", 3, "0.2", "if 1:\n    lr=0.2; x = 1\nw = lr"),
        ("lr = 1\nlr = 2\nw = lr\nlr = 3", 3, "9", "lr = 1\nlr = 9\nw = lr\nlr = 3"),
        ("lr = 1\nw = lr\nlr = 3", 0, "9", "lr = 1\nw = lr\nlr = 9"),
        ("θ, lr = 'é', 1\n", 0, "9", "θ, lr = 'é', 9\n"),
        ("s = 'é'; lr = 1\n", 0, "f(9)", "s = 'é'; lr = f(9)\n"),
        ("lr: float = 0.1\nlr += 1", 2, "0.2", "lr: float = 0.2\nlr += 1"),
        ("lr = 1\n", 1, "2", "lr = 2\n"),
        ("x, lr = 1, 2", 0, "3, 4", "x, lr = 1, (3, 4)"),
        ("lr = 1\ndef f():\n    lr = 2\n", 0, "9", "lr = 9\ndef f():\n    lr = 2\n"),
        ("if x:\n    lr = i\nelse:\n    lr = 0", 0, "9", "if x:\n    lr = i\nelse:\n    lr = 9"),
        ("lr = 1", 0, "2  # two", "lr = 2"),
    ],
)  # fmt: skip
def test_the_newest_assignment_before_the_moment_gets_the_value(
    code: str, line: int, value: str, expected: str
) -> None:
    assert varied(code, asked(line, lr=value)) == expected


def test_a_line_moves_with_the_code_above_it() -> None:
    code = "xs = [\n    1,\n    2,\n]\ny = 3\nz = xs"
    found = variant(lesson(code), 0, asked(6, xs="[5]"))
    assert found.steps[0].code == "xs = [5]\ny = 3\nz = xs"
    assert found.steps[0].predictions[0].line == 3
    longer = variant(lesson("x = 1\ny = x"), 0, asked(2, x="[\n1]"))
    assert longer.steps[0].code == "x = ([\n1])\ny = x"
    assert longer.steps[0].predictions[0].line == 3


def test_several_names_in_steps_before_and_in_the_setup() -> None:
    made = lesson("lr = 1", "n = 2", "w = lr * n * m", "late = 1", setup="m = 3\n")
    found = variant(made, 2, asked(lr="4", n="5", m="6"))
    assert [each.code for each in found.steps] == ["lr = 4", "n = 5", "w = lr * n * m"]
    assert found.setup == "m = 6\n"
    assert [len(each.predictions) for each in found.steps] == [0, 0, 1]
    assert all(each.expect == () for each in found.steps)


@pytest.mark.parametrize(
    ("code", "line", "again", "why"),
    [
        ("w = 1", 0, {"lr": "2"}, "no line before the moment assigns it"),
        ("w = 1\nx = 1\nlr = 2", 2, {"lr": "2"}, "no line before the moment assigns it"),
        ("lr += 1", 0, {"lr": "2"}, "no line before the moment assigns it"),
        ("for lr in x:\n    pass", 0, {"lr": "2"}, "no line before the moment assigns it"),
        ("a, *lr = x, y", 0, {"a": "2"}, "no line before the moment assigns it"),
        ("lr = a = 2", 0, {"lr": "2"}, "no line before the moment assigns it"),
        ("lr = 2", 0, {"lr": "2 +"}, "its value is no Python expression: invalid syntax"),
        ("lr = 2", 0, {}, "nothing is to be set anew"),
    ],
)
def test_where_there_is_none_it_says_why(
    code: str, line: int, again: dict[str, str], why: str
) -> None:
    with pytest.raises(NoVariant, match=why.replace("+", r"\+")):
        variant(lesson(code), 0, asked(line, **again))
