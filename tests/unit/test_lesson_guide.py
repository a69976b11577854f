"""The guide for authors: its lesson does what it says, its tables are those of the program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from autograd_tutor import check
from autograd_tutor.course import format1, schema, translation
from autograd_tutor.course.lesson_fields import (
    CHECK,
    EXERCISE,
    LESSON,
    LIMITS,
    MISTAKE,
    PLOT,
    PREDICTION,
    STEP,
)
from autograd_tutor.course.shapes import Group

GROUPS = (LESSON, STEP, LIMITS, PLOT, PREDICTION, EXERCISE, CHECK, MISTAKE)

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "lessons.md").read_text(encoding="utf-8")

_LESSON = re.compile(r"```yaml\n(format: 1\n.*?)```", re.DOTALL)


def lesson_in(document: str) -> str:
    (found,) = _LESSON.findall((ROOT / document).read_text(encoding="utf-8"))
    return str(found)


def test_the_lesson_of_the_guide_is_in_order(tmp_path: Path) -> None:
    path = tmp_path / "guide.yaml"
    path.write_text(lesson_in("docs/lessons.md"), encoding="utf-8")
    assert check.run([path], sandbox=False) == (1, [])


def test_its_translation_is_that_of_this_lesson() -> None:
    (text,) = re.findall(r"```yaml\n(of: .*?)```", GUIDE, re.DOTALL)
    lesson = format1.read(lesson_in("docs/lessons.md").encode(), Path("guide.yaml"), "guide")
    found = translation.read(text.encode(), Path("guide.de.yaml"), lesson)
    assert [each.message for each in found.gaps] == [
        "steps.twice is not translated, so the original is shown"
    ]


@pytest.mark.parametrize("document", ["docs/lessons.md", "README.md"])
def test_what_is_printed_is_a_lesson(document: str) -> None:
    Draft202012Validator(schema.schema()).validate(yaml.safe_load(lesson_in(document)))


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.owner)
def test_every_field_has_its_row(group: Group) -> None:
    for field in group.fields:
        there = " must be there " if field.required else " "
        assert f"| `{field.name}` |{there}| {field.about} |\n" in GUIDE


def test_no_field_is_in_it_that_is_none() -> None:
    named = set(re.findall(r"^\| `(\w+)` \|", GUIDE, re.MULTILINE))
    assert named == {field.name for group in GROUPS for field in group.fields}
