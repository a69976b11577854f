"""The long explanation of each mistake: its example makes the mistake, its mend does not."""

from __future__ import annotations

import re

import pytest
from recorded import Record

from autograd_tutor.analysis.diagnosis.catalogue import LESSONS
from autograd_tutor.analysis.diagnosis.diagnose import diagnose
from autograd_tutor.course import library
from autograd_tutor.course.lesson_file import lesson_id
from autograd_tutor.render.findings.explanations import explained, explanation

_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("key", explained())
class TestExplanation:
    def test_the_first_example_makes_the_mistake(self, record: Record, key: str) -> None:
        found = diagnose(record(_BLOCK.findall(explanation(key))[0]).recording)
        assert key in [each.key for each in found]

    def test_the_last_example_does_not(self, record: Record, key: str) -> None:
        found = diagnose(record(_BLOCK.findall(explanation(key))[-1]).recording)
        assert [each.key for each in found if each.certainty != "note"] == []

    def test_it_is_fit_for_a_terminal(self, key: str) -> None:
        text = explanation(key)
        assert text.startswith(f"# {key}: ")
        assert max(map(len, text.splitlines())) <= 72
        assert len(_BLOCK.findall(text)) >= 2


def test_every_key_has_a_lesson_that_there_is() -> None:
    there = {lesson_id(path) for path in library.course_files()}
    assert {lesson for lesson in LESSONS.values() if lesson} <= there
    assert set(explained()) <= set(LESSONS)
