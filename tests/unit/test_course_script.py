"""A script as a lesson: cells become steps, comments explanations, and lines keep their place."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_tutor.course import script
from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.course.problem import LessonError, Problem

PATH = Path("some_script.py")


def read(text: str | bytes) -> Lesson:
    data = text.encode() if isinstance(text, str) else text
    return script.read(data, PATH, "some_script")


def problems(text: str | bytes) -> list[str]:
    with pytest.raises(LessonError) as caught:
        read(text)
    return [str(each).removeprefix("some_script.py:") for each in caught.value.problems]


EXAMPLE = '''\
#!/usr/bin/env python3
"""A training loop.

It trains
nothing much.

More of it.
"""

import torch

# %% Make a parameter
# A *parameter* asks for
# gradients.
#
# - see

# And the second block.

w = torch.ones(2)
# a comment in the code
y = w.sum()

# %%

z = y

'''


class TestCells:
    def test_the_docstring_names_the_lesson(self) -> None:
        lesson = read(EXAMPLE)
        assert (lesson.id, lesson.title) == ("some_script", "A training loop")
        assert lesson.summary == "It trains nothing much."

    def test_marks_divide_the_steps_and_name_them(self) -> None:
        titles = [(step.id, step.title) for step in read(EXAMPLE).steps]
        assert titles == [
            ("step-1", "Step 1"),
            ("step-2", "Make a parameter"),
            ("step-3", "Step 3"),
        ]

    def test_leading_comments_become_markdown(self) -> None:
        first, second, third = read(EXAMPLE).steps
        assert first.explain == "It trains\nnothing much.\n\nMore of it."
        assert second.explain == (
            "A *parameter* asks for\ngradients.\n\n- see\n\nAnd the second block."
        )
        assert third.explain == ""

    def test_code_keeps_its_lines_without_blank_ones_around_it(self) -> None:
        first, second, third = read(EXAMPLE).steps
        assert (first.code, first.code_line) == ("import torch\n", 10)
        assert second.code == "w = torch.ones(2)\n# a comment in the code\ny = w.sum()\n"
        assert (second.code_line, third.code_line) == (20, 26)
        assert third.code == "z = y\n"

    def test_a_script_without_marks_is_one_step(self) -> None:
        lesson = read("# About it.\nx = 1\ny = 2\n")
        (step,) = lesson.steps
        assert (step.explain, step.code, step.code_line) == ("About it.", "x = 1\ny = 2\n", 2)
        assert (lesson.title, lesson.summary, lesson.chapter) == ("some_script", "", "")

    def test_a_cell_of_comments_explains_the_step_after_it(self) -> None:
        lesson = read("# %% [markdown]\n# First.\n# %% [markdown] Named\n# More.\n# %%\nx = 1\n")
        (step,) = lesson.steps
        assert (step.title, step.explain) == ("Named", "First.\n\nMore.")

    def test_comments_after_the_last_step_end_its_explanation(self) -> None:
        (step,) = read("# Before.\nx = 1\n# %%\n# After.\n").steps
        assert step.explain == "Before.\n\nAfter."

    def test_a_mark_inside_of_a_string_divides_nothing(self) -> None:
        (step,) = read('x = """\n# %%\n"""\n').steps
        assert step.code == 'x = """\n# %%\n"""\n'

    @pytest.mark.parametrize("mark", ["# %%", "#%%", "# %%%", "# %% "])
    def test_the_forms_of_a_mark(self, mark: str) -> None:
        assert len(read(f"x = 1\n{mark}\ny = 2\n").steps) == 2

    @pytest.mark.parametrize("mark", ["  # %%", "x = 3  # %%", "# 100 %%", "## %%"])
    def test_what_is_no_mark(self, mark: str) -> None:
        assert len(read(f"x = 1\n{mark}\ny = 2\n").steps) == 1

    def test_a_docstring_with_code_on_its_line_stays(self) -> None:
        lesson = read('"""Title"""; x = 1\n')
        assert lesson.title == "Title"
        assert lesson.steps[0].code == '"""Title"""; x = 1\n'

    def test_marks_for_tools_explain_nothing(self) -> None:
        (step,) = read("# -*- coding: utf-8 -*-\n# ruff: noqa\n# Read me.\nx = 1\n").steps
        assert step.explain == "Read me."

    def test_windows_line_ends_are_read_alike(self) -> None:
        assert read(EXAMPLE.replace("\n", "\r\n")) == read(EXAMPLE)


class TestEncoding:
    def test_a_declared_encoding(self) -> None:
        lesson = read("# coding: latin-1\n# Ein Maß.\nx = 1\n".encode("latin-1"))
        assert lesson.steps[0].explain == "Ein Maß."

    def test_a_byte_order_mark_is_allowed_in_python(self) -> None:
        assert read("x = 'é'\n".encode("utf-8-sig")).steps[0].code == "x = 'é'\n"

    def test_a_byte_that_is_not_utf_8(self) -> None:
        text = "# %%\n\n\nx = 1\ny = 'é'\n".encode("latin-1")
        assert problems(text) == ["5:6: the byte 0xe9 is not utf-8; save the file as UTF-8"]

    def test_an_encoding_that_does_not_exist(self) -> None:
        assert problems("# coding: klingon\nx = 1\n") == [
            "1:1: unknown encoding: klingon; save the file as UTF-8"
        ]

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
    def test_utf_16_and_32(self, encoding: str) -> None:
        assert problems("x = 1\n".encode(encoding))


class TestFaults:
    @pytest.mark.parametrize("text", ["", "\n\n", "# a comment\n", '"""Doc."""\n', "# %%\n# %%\n"])
    def test_a_script_without_code(self, text: str) -> None:
        assert problems(text) == [
            "1:1: there is no code in the file; write some code, with a line # %% before each step"
        ]

    def test_every_cell_with_a_syntax_error_is_reported_where_it_is(self) -> None:
        text = "x = 1\n\n# %%\n# Text.\n\ny = = 2\n# %%\nz = 3\n# %%\n  q = 1\n"
        places = [each.split(": ")[0] for each in problems(text)]
        assert places == ["6:5", "10:3"]

    def test_a_mark_inside_of_a_block(self) -> None:
        found = problems("def f():\n    x = 1\n# %%\n    return x\n")
        assert found[0].startswith("4:5: this is not Python: unexpected indent")

    def test_a_string_that_never_ends(self) -> None:
        assert problems('x = 1\n# %%\ny = """\n')[0].startswith("3:5: this is not Python: ")

    def test_a_character_that_does_not_show(self) -> None:
        assert problems("x = 1\ny = '\x1b[31m'\n") == [
            "2:6: the character U+001B, which does not show; "
            "remove it; in code write it as an escape such as \\x1b"
        ]

    def test_a_form_feed_is_python(self) -> None:
        assert read("x = 1\n\f\ny = 2\n").steps[0].code == "x = 1\n\f\ny = 2\n"

    def test_an_escape_that_python_warns_of_is_no_fault(self) -> None:
        assert read('"""A \\d"""\nx = "\\d"\n').steps[0].code == 'x = "\\d"\n'


PIECES = [
    "# %%", "# %% A title", "#%%", "# text", "#", "x = 1", "y = = 2", "'''", '"""', "(", ")", ":",
    "def f():", "    return 1", "    ", "\n", "\n", "\n", "\r\n", "\t", "\f", "\\", "é", "\x1b",
    "# coding: utf-8", "#!x",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_script_is_a_lesson_or_a_lesson_error(text: str) -> None:
    """Each step's code stands in the file at its line; each problem lies within the file."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    steps: tuple[Step, ...] = ()
    found: tuple[Problem, ...] = ()
    try:
        steps = read(text).steps
    except LessonError as error:
        found = error.problems
    assert bool(found) != bool(steps)
    assert all(1 <= each.line <= len(lines) and each.column >= 1 for each in found)
    for step in steps:
        code = step.code.rstrip().split("\n")
        there = lines[step.code_line - 1 :][: len(code)]
        assert code[0].strip()
        assert [line.rstrip() for line in there] == [line.rstrip() for line in code]


@given(st.binary(max_size=100))
def test_any_bytes_are_a_lesson_or_a_lesson_error(data: bytes) -> None:
    with contextlib.suppress(LessonError):
        assert all(step.code.strip() for step in read(data).steps)
