"""The JSON Schema of a lesson's file, with which editors complete, explain and check it.

It has what can be said of a field by itself; what is Python, and what must be there once, the
reader alone knows.
"""

from __future__ import annotations

import json
from typing import Any

from autograd_tutor.course.lesson_fields import LESSON
from autograd_tutor.course.shapes import (
    Constant,
    Either,
    Field,
    GoesWith,
    Group,
    ListOf,
    Number,
    Pairs,
    Shape,
    Text,
    Truth,
    Word,
)

FILE_NAME = "lesson.schema.json"
"""What its file is called where lessons lie beside it."""

_ONE_LINE = r"^\s*\S[^\n]*\s*$"
_NOT_BLANK = r"\S"

Schema = dict[str, Any]


def schema() -> Schema:
    """The schema, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A lesson for autograd-tutor, format 1",
        "description": "Steps of an explanation and a snippet, which share one namespace.",
        **_of_shape(LESSON),
    }


def text() -> str:
    """The schema as it stands in a file."""
    return json.dumps(schema(), indent=2) + "\n"


def _of_shape(shape: Shape) -> Schema:
    match shape:
        case Constant(value):
            return {"const": value}
        case Text(one_line, pattern):
            plain = _ONE_LINE if one_line else _NOT_BLANK
            return {"type": "string", "pattern": rf"^\s*(?:{pattern})\s*$" if pattern else plain}
        case Word(words):
            return {"enum": list(words)}
        case Truth():
            return {"type": "boolean"}
        case Number():
            return _of_number(shape)
        case ListOf(items, least):
            return {"type": "array", "items": _of_shape(items), "minItems": least}
        case Pairs(numeric):
            of_text = _of_shape(Text())
            either = {"anyOf": [of_text, {"type": "number"}]} if numeric else of_text
            return {
                "type": "object",
                "propertyNames": {"pattern": _NOT_BLANK},
                "additionalProperties": either,
                "minProperties": 1,
            }
        case Either(shapes):
            return {"anyOf": [_of_shape(each) for each in shapes]}
        case Group():
            return _of_group(shape)


def _of_number(shape: Number) -> Schema:
    bounds = {
        "minimum": shape.least,
        "exclusiveMinimum": shape.above,
        "maximum": shape.most,
    }
    kind = {"type": "integer" if shape.whole else "number"}
    return kind | {key: bound for key, bound in bounds.items() if bound is not None}


def _of_group(group: Group) -> Schema:
    found: Schema = {
        "type": "object",
        "properties": {field.name: _of_field(field) for field in group.fields},
        "required": list(group.required),
        "additionalProperties": False,
    }
    if group.choices:
        found["oneOf"] = [_choice(chosen, group) for chosen in group.choices]
    if group.goes_with:
        found["allOf"] = [_condition(each) for each in group.goes_with]
    return found


def _choice(chosen: tuple[str, ...], group: Group) -> Schema:
    """These fields are there, and none of another choice."""
    others = (name for choice in group.choices if choice is not chosen for name in choice)
    return {"required": list(chosen), "properties": dict.fromkeys(others, False)}


def _condition(each: GoesWith) -> Schema:
    """What is there where a key has one of some words, and is not where it has another."""
    is_one = {"properties": {each.key: {"enum": list(each.words)}}, "required": [each.key]}
    there: Schema = {"required": [each.field]} if each.needed else {}
    return {"if": is_one, "then": there, "else": {"properties": {each.field: False}}}


def _of_field(field: Field) -> Schema:
    found = {"title": field.title, "description": field.about, **_of_shape(field.shape)}
    return found if field.default is None else found | {"default": field.default}
