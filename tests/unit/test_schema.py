"""The schema for editors: it takes what the reader takes, and refuses what that refuses."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from autograd_tutor.course import format1, library, schema
from autograd_tutor.course.lesson_fields import LESSON
from autograd_tutor.course.problem import LessonError
from autograd_tutor.course.shapes import Field, Group, ListOf

VALIDATOR = Draft202012Validator(schema.schema())

WHOLE: dict[str, Any] = {
    "format": 1,
    "title": "A title",
    "summary": "One line",
    "chapter": "Gradients",
    "seed": 7,
    "setup": "import torch\n",
    "limits": {"seconds": 2.5, "snapshots": 100, "nodes": 5, "output": 10, "memory": 100},
    "steps": [
        {
            "id": "first",
            "title": "The first",
            "explain": "Some *Markdown*.\n",
            "code": "x = 1\n",
            "graph": "y",
            "watch": ["x", "ws[0]", "params['a'].weight", "f().θ", "model.0.weight"],
            "expect": ["x == 1"],
            "raises": "ValueError",
            "findings": True,
            "plot": {"curve": ["x", "w.grad"]},
            "then": "So it is.",
            "predict": [
                {
                    "before": 1,
                    "node": "PowBackward0",
                    "ask": "How much?",
                    "kind": "number",
                    "answer": "x + 1",
                    "near": 0.5,
                    "wrong": {"3": "That is more."},
                    "because": "It is so.",
                    "again": {"x": 2, "y": "[1, 2]"},
                },
                {
                    "ask": "Which?",
                    "kind": "order",
                    "choices": ["one", "two"],
                    "answer": "['one', 'two']",
                },
            ],
        },
        {
            "id": "second",
            "title": "Another",
            "explain": "More.",
            "code": "y = 2",
            "plot": {"function": "lambda t: t", "at": "x", "from": -2, "to": 2.5},
        },
    ],
    "exercise": [
        {
            "title": "Try it",
            "task": "Make x 2.",
            "starter": "x = 1\n",
            "solution": "x = 2\n",
            "probe": "y = x\n",
            "check": [{"that": "x == 2", "say": "x is {x}."}],
            "hints": ["Look at x.", "Write 2."],
            "mistakes": [
                {"id": "as-it-was", "when": "x == 1", "say": "It is 1.", "like": "x = 1"},
                {"id": "more", "when": "x > 2", "say": "It is {x}.", "like": "x = 3"},
            ],
            "goal": "y",
            "pieces": True,
            "forbid": {"data": "It hides the change."},
            "then": "2 is 1 + 1.",
        },
    ],
    "needs": ["parameters"],
    "cures": ["zero-grad"],
}
"""A lesson with every field."""

VALUES: tuple[Any, ...] = (
    *(None, True, 0, 1, 2, -1, 2.5, -0.5, 10**6, 2**32, 10**12),
    *("", " ", "word", "two words", "θ", "9x", "a-b", "two\nlines", "a line\n", "ws[x]", "1"),
    *([], ["x"], ["x", 1], ["x", " "], [["x"]], [{}], {}, {"x": 1}, {"curve": "x"}),
    *({"seconds": 1}, {"seconds": "1"}, {"nodes": 0}),
)
"""What may stand where something else belongs."""

PYTHON_ALONE = {
    "setup",
    "code",
    "expect",
    "function",
    "starter",
    "solution",
    "probe",
    "like",
    "answer",
    "that",
    "when",
}
"""What is Python, the reader alone can tell."""

Place = tuple[str | int, ...]

ANY_KEY = {("wrong",), ("again",), ("forbid",)}


def places(value: Any = WHOLE, at: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every value of the whole lesson and where it is."""
    yield at, value
    inside = enumerate(value) if isinstance(value, list) else ()
    for key, each in value.items() if isinstance(value, dict) else inside:
        yield from places(each, (*at, key))


def replaced(at: Place, value: Any) -> Any:
    """The whole lesson with another value in this place."""
    if not at:
        return value
    lesson = copy.deepcopy(WHOLE)
    inner = lesson
    for key in at[:-1]:
        inner = inner[key]
    inner[at[-1]] = value
    return lesson


def without(at: Place) -> Any:
    lesson = copy.deepcopy(WHOLE)
    inner: Any = lesson
    for key in at[:-1]:
        inner = inner[key]
    del inner[at[-1]]
    return lesson


def refusals(lesson: Any) -> list[str]:
    """What the reader says of it, as a file."""
    text = yaml.safe_dump(lesson, allow_unicode=True, sort_keys=False)
    try:
        format1.read(text.encode(), Path("some.yaml"), "some")
    except LessonError as error:
        return [f"{each.message}; {each.mend}" for each in error.problems]
    return []


def agree(lesson: Any) -> None:
    """Schema and reader have the same opinion of it."""
    said = refusals(lesson)
    found = [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(lesson)]
    assert bool(said) == bool(found), (said, found, lesson)


def named(at: Place) -> str:
    return "/".join(map(str, at))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema.schema())
    assert json.loads(schema.text()) == schema.schema()
    assert schema.text().isascii()


@pytest.mark.parametrize("path", library.course_files(), ids=lambda path: path.stem)
def test_every_lesson_of_the_course_is_valid(path: Path) -> None:
    VALIDATOR.validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_a_lesson_with_every_field_is_valid_for_both() -> None:
    assert refusals(WHOLE) == []
    VALIDATOR.validate(WHOLE)
    of_step = {key for step in WHOLE["steps"] for key in step}
    assert of_step == {*fields(LESSON)["steps"]}


def fields(group: Group) -> dict[str, tuple[str, ...]]:
    """The names of fields, and those of the group that one holds."""
    return {field.name: inner(field) for field in group.fields}


def inner(field: Field) -> tuple[str, ...]:
    shape = field.shape.items if isinstance(field.shape, ListOf) else field.shape
    return shape.names if isinstance(shape, Group) else ()


@pytest.mark.parametrize("at", [at for at, _ in places()], ids=named)
def test_any_value_anywhere_is_refused_by_both_or_by_none(at: Place) -> None:
    of_python = any(key in PYTHON_ALONE for key in at)
    for value in VALUES:
        if of_python and isinstance(value, str) and value.strip():
            continue
        if of_python and isinstance(value, list):
            continue
        if at[-1:] in (("from",), ("to",)) and isinstance(value, int | float):
            continue  # which of them is the greater, the reader alone can tell
        agree(replaced(at, value))


@pytest.mark.parametrize("at", [at for at, _ in places() if at], ids=named)
def test_what_is_left_out_is_missed_by_both_or_by_none(at: Place) -> None:
    agree(without(at))


@pytest.mark.parametrize(
    "at",
    [at for at, value in places() if isinstance(value, dict) and at[-1:] not in ANY_KEY],
    ids=lambda at: named(at) or ".",
)
def test_a_field_that_is_not_known_is_refused_by_both(at: Place) -> None:
    value = next(value for place, value in places() if place == at)
    lesson = replaced(at, {**value, "tilte": "x"})
    assert any("unknown key" in said for said in refusals(lesson))
    assert not VALIDATOR.is_valid(lesson)


@pytest.mark.parametrize(
    "plot",
    [
        {"curve": "x", "at": "x"},
        {"curve": "x", "function": "lambda t: t"},
        {"curve": "x", "function": "lambda t: t", "at": "x", "from": 0, "to": 1},
        {"function": "lambda t: t", "at": "x", "from": 0},
        {"at": "x"},
        {"curve": []},
    ],
    ids=str,
)
def test_a_plot_is_a_curve_or_a_function_and_not_both(plot: dict[str, Any]) -> None:
    lesson = replaced(("steps", 0, "plot"), plot)
    assert refusals(lesson)
    assert not VALIDATOR.is_valid(lesson)


def described(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "title" in node or "additionalProperties" in node:
            yield from node.get("properties", {}).values()
        for value in node.values():
            yield from described(value)
    elif isinstance(node, list):
        for value in node:
            yield from described(value)


def test_every_field_has_a_title_and_a_description() -> None:
    found = [field for field in described(schema.schema()) if field is not False]
    assert len(found) > 20
    for field in found:
        assert field["title"][0].isupper()
        assert field["description"].endswith(".")
        assert "\n" not in field["description"]


def test_names_are_taken_whatever_their_letters_are() -> None:
    graph = schema.schema()["properties"]["steps"]["items"]["properties"]["graph"]
    assert "\\w" not in graph["pattern"], "in JavaScript these are the letters of ASCII alone"
