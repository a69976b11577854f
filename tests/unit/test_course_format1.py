"""The YAML loader: what a good file gives, and that each fault is reported where it is."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from autograd_tutor.course import format1
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import LessonError
from autograd_tutor.limits.lessons import LARGEST_LESSON, MOST_PROBLEMS_SHOWN
from autograd_tutor.recording.plots import Plot
from autograd_tutor.recording.wire import Limits

PATH = Path("some.yaml")

GOOD = """\
format: 1
title: A title
summary: One line
chapter: Gradients
seed: 7
setup: |
  import torch
limits: {seconds: 2.5, snapshots: 100}
steps:
  - id: first
    title: The first
    explain: |
      Some *Markdown*.
    code: |

      x = torch.ones(2)
      y = x.sum()
    graph: y
    watch: [x, "ws[0]", "params['a'].weight"]
    expect:
      - y.item() == 2
      - 'x.tolist() == [1.0, 1.0]'
    raises: ValueError
"""


def read(text: str | bytes) -> Lesson:
    data = text.encode() if isinstance(text, str) else text
    return format1.read(data, PATH, "some")


def test_a_question_inside_of_a_statement_is_about_its_first_line() -> None:
    """There the run stops; no moment has the line itself."""
    code = "      x = (1 +\n        2)\n\n      def f(a,\n          b):\n        return a\n"
    asked = "".join(
        f"      - {{before: {line}, ask: What?, kind: number, answer: x}}\n" for line in range(1, 7)
    )
    step = "steps:\n  - id: only\n    title: Only\n    explain: Read.\n    code: |\n"
    step = f"{step}{code}    predict:\n{asked}"
    lesson = read(f"format: 1\ntitle: T\nsummary: S\n{step}")
    assert [each.line for each in lesson.steps[0].predictions] == [1, 1, 3, 4, 4, 6]


def problems(text: str | bytes) -> list[str]:
    """The problems of a file as they are printed, without its name."""
    with pytest.raises(LessonError) as caught:
        read(text)
    return [str(each).removeprefix("some.yaml:") for each in caught.value.problems]


def only(text: str | bytes) -> str:
    found = problems(text)
    assert len(found) == 1, found
    return found[0]


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


class TestGoodFile:
    def test_every_field_is_read(self) -> None:
        lesson = read(GOOD)
        assert (lesson.id, lesson.path) == ("some", PATH)
        assert (lesson.title, lesson.summary) == ("A title", "One line")
        assert (lesson.chapter, lesson.seed, lesson.setup) == ("Gradients", 7, "import torch\n")
        assert lesson.limits == Limits(seconds=2.5, snapshots=100)
        (step,) = lesson.steps
        assert (step.id, step.title, step.explain) == ("first", "The first", "Some *Markdown*.\n")
        assert step.code == "\nx = torch.ones(2)\ny = x.sum()\n"
        assert (step.graph, step.raises) == ("y", "ValueError")
        assert step.watch == ("x", "ws[0]", 'params["a"].weight')
        assert step.expect == ("y.item() == 2", "x.tolist() == [1.0, 1.0]")

    def test_fields_that_are_left_out_have_defaults(self) -> None:
        lesson = read(
            "format: 1\ntitle: t\nsummary: s\nsteps:\n"
            "- {id: a, title: b, explain: c, code: x = 1}\n"
        )
        assert (lesson.seed, lesson.setup, lesson.chapter) == (0, "", "")
        assert lesson.limits == Limits()
        step = lesson.steps[0]
        assert (step.graph, step.watch, step.expect, step.raises) == (None, (), (), None)

    def test_places_point_at_the_text_in_the_file(self) -> None:
        lines = GOOD.split("\n")
        places = read(GOOD).steps[0].locations

        def text_at(line: int, column: int) -> str:
            return lines[line - 1][column - 1 :]

        assert text_at(*places.code.at(2)[:2]) == "x = torch.ones(2)"
        assert text_at(*places.code.at(3, 5)[:2]) == "x.sum()"
        assert text_at(*places.graph[:2]) == "y"
        assert text_at(*places.expect[0].at(1, 3)[:2]) == "item() == 2"
        assert text_at(*places.expect[1][:2]).startswith("x.tolist()")
        assert text_at(*places.raises[:2]) == "ValueError"
        assert text_at(*places.watch[1][:2]).startswith('"ws[0]"')

    def test_windows_line_ends_are_read_alike(self) -> None:
        assert read(GOOD.replace("\n", "\r\n")) == read(GOOD)

    def test_a_step_becomes_a_request(self) -> None:
        lesson = read(GOOD)
        request = lesson.request(4, 0)
        assert (request.run, request.step, request.filename) == (4, 0, "<step 1>")
        assert request.code == lesson.steps[0].code
        assert request.expect == lesson.steps[0].expect
        assert (request.raises, request.limits) == ("ValueError", lesson.limits)

    def test_nothing_is_expected_of_edited_code(self) -> None:
        request = read(GOOD).request(4, 0, code="x = 1\n")
        assert (request.code, request.expect, request.raises) == ("x = 1\n", (), None)


class TestKeys:
    def test_an_unknown_key_names_the_nearest(self) -> None:
        assert only(changed("title: A title", "tilte: A title\ntitle: A title")) == (
            '2:1: the lesson has an unknown key "tilte"; did you mean title?'
        )

    def test_an_unknown_key_in_a_step(self) -> None:
        found = only(changed("    raises: ValueError", "    raise: ValueError"))
        assert found == '23:5: a step has an unknown key "raise"; did you mean raises?'

    def test_an_unknown_key_like_no_other_lists_the_known_ones(self) -> None:
        found = only("zzz: 1\n" + GOOD)
        assert found.startswith('1:1: the lesson has an unknown key "zzz"; known are format, title')

    def test_a_duplicate_key_names_the_first(self) -> None:
        assert only(changed("seed: 7", "seed: 7\ntitle: Another")) == (
            "6:1: title is there twice, first at line 2; remove one of the two"
        )

    def test_a_duplicate_key_in_a_step(self) -> None:
        assert only(GOOD + "    graph: y\n").startswith("24:5: graph is there twice, first at")

    @pytest.mark.parametrize("key", ["format: 1\n", "title: A title\n", "summary: One line\n"])
    def test_a_missing_field_of_the_lesson(self, key: str) -> None:
        name = key.partition(":")[0]
        assert only(changed(key, "")).startswith(f"1:1: the lesson has no {name}; add ")

    def test_missing_fields_of_a_step_are_reported_at_the_step(self) -> None:
        start = GOOD.index("steps:")
        assert problems(GOOD[:start] + "steps:\n  - id: a\n    title: b\n") == [
            "10:5: a step has no code; add code: …",
            "10:5: a step has no explain; add explain: …",
        ]

    def test_a_key_that_is_no_text(self) -> None:
        assert "a list for a key" in only("[1, 2]: 3\n" + GOOD)


class TestTypes:
    @pytest.mark.parametrize(
        ("value", "taken_for"),
        [
            ("no", "a truth value"),
            ("1.0", "a number"),
            ("12", "a number"),
            ("~", "nothing at all"),
            ("2024-01-01", "a date"),
        ],
    )
    def test_a_title_that_yaml_takes_for_something_else(self, value: str, taken_for: str) -> None:
        assert only(changed("title: A title", f"title: {value}")) == (
            f'2:8: title is {value}, which YAML takes for {taken_for}; put it in quotes: "{value}"'
        )

    def test_a_quoted_no_is_a_title(self) -> None:
        assert read(changed("title: A title", 'title: "no"')).title == "no"

    def test_a_title_that_is_empty(self) -> None:
        assert only(changed("title: A title", "title:")).startswith("2:7: title is empty;")

    def test_a_title_that_is_a_list(self) -> None:
        assert only(changed("title: A title", "title: [a]")).startswith("2:8: title is a list,")

    def test_a_title_of_two_lines(self) -> None:
        found = only(changed("title: A title", "title: |\n  a\n  b"))
        assert found == "2:8: title is longer than one line; write it on one line"

    def test_expect_that_is_no_list(self) -> None:
        start = GOOD.index("    expect:")
        text = GOOD[:start] + "    expect: y.item() == 2\n"
        assert only(text) == ('20:13: expect is a text, not a list; put "- " before each item')

    def test_expect_that_yaml_takes_for_a_mapping(self) -> None:
        text = changed("- y.item() == 2", "- y == {1: 2}[1]")
        assert only(text).startswith("21:9: expect is a set of fields, not a text; put a text")

    def test_steps_that_are_no_list(self) -> None:
        start = GOOD.index("steps:")
        assert only(GOOD[:start] + "steps: yes\n").startswith("9:8: steps is a truth value, not")

    def test_a_step_that_is_no_mapping(self) -> None:
        assert only(GOOD + "  - more\n").startswith("24:5: a step is a text, not a set of fields")

    def test_a_lesson_that_is_a_list(self) -> None:
        assert only("- 1\n- 2\n").startswith("1:1: the lesson is a list, not a set of fields;")

    @pytest.mark.parametrize("seed", ["x", "1.5", "yes", '"7"', "[1]"])
    def test_a_seed_that_is_no_whole_number(self, seed: str) -> None:
        found = only(changed("seed: 7", f"seed: {seed}"))
        assert found.startswith("5:7: seed is ")
        assert "not a whole number" in found

    @pytest.mark.parametrize("seed", ["-1", "4294967296"])
    def test_a_seed_that_is_out_of_range(self, seed: str) -> None:
        assert only(changed("seed: 7", f"seed: {seed}")).startswith(
            f"5:7: the seed {seed} is out of range; write a whole number from 0 to 4294967295"
        )

    def test_the_largest_seed(self) -> None:
        assert read(changed("seed: 7", "seed: 4294967295")).seed == 2**32 - 1


class TestLimits:
    @pytest.mark.parametrize("field", Limits.__struct_fields__)
    def test_every_limit_can_be_lowered_to_any_positive_number(self, field: str) -> None:
        text = changed("limits: {seconds: 2.5, snapshots: 100}", f"limits: {{{field}: 3}}")
        limits = read(text).limits
        assert getattr(limits, field) == 3
        others = set(Limits.__struct_fields__) - {field}
        assert all(getattr(limits, each) == getattr(Limits(), each) for each in others)

    @pytest.mark.parametrize("field", Limits.__struct_fields__)
    def test_no_limit_can_be_raised(self, field: str) -> None:
        text = changed("snapshots: 100", "").replace("seconds: 2.5, ", f"{field}: 1000000")
        assert f"the limit {field} is more than the" in only(text)

    @pytest.mark.parametrize("value", ["0", "-1", "0.0"])
    def test_a_limit_is_more_than_0(self, value: str) -> None:
        found = only(changed("seconds: 2.5", f"seconds: {value}"))
        assert found.startswith("8:19: the limit seconds is not more than 0;")

    @pytest.mark.parametrize("value", [".nan", ".inf", "1e999", "true", "'1'", "1:30", "ten"])
    def test_a_limit_is_a_number(self, value: str) -> None:
        assert "not a number" in only(changed("seconds: 2.5", f"seconds: {value}"))

    def test_half_a_snapshot(self) -> None:
        assert "not a whole number" in only(changed("snapshots: 100", "snapshots: 1.5"))

    def test_an_unknown_limit(self) -> None:
        assert only(changed("seconds: 2.5", "second: 2.5")) == (
            '8:10: limits has an unknown key "second"; did you mean seconds?'
        )


class TestSteps:
    def test_no_steps(self) -> None:
        start = GOOD.index("steps:")
        assert only(GOOD[:start] + "steps: []\n").startswith("9:8: there are no steps;")

    @pytest.mark.parametrize("code", ["''", '"  "', "", "|\n"])
    def test_a_step_without_code(self, code: str) -> None:
        start, end = GOOD.index("    code: |"), GOOD.index("    graph:")
        text = f"{GOOD[:start]}    code: {code}\n{GOOD[end:]}"
        assert only(text).startswith("14:")
        assert "code is empty" in only(text)

    def test_a_step_with_comments_only(self) -> None:
        text = changed("x = torch.ones(2)", "# nothing").replace("y = x.sum()", "# at all")
        assert "there is no statement in it" in only(text)

    def test_an_id_that_is_taken(self) -> None:
        step = GOOD[GOOD.index("  - id:") :]
        assert only(GOOD + step) == (
            '24:9: the id "first" is taken by the step at line 10; give each step an id of its own'
        )

    @pytest.mark.parametrize("step_id", ["two words", "é", "-x", "a/b"])
    def test_an_id_that_is_not_one_word(self, step_id: str) -> None:
        assert "is not one word" in only(changed("id: first", f'id: "{step_id}"'))

    @pytest.mark.parametrize("name", ["1x", "x +", "x.", "ws[", "ws[i]", "lambda", "x y", "f(1)"])
    def test_a_graph_that_is_no_name(self, name: str) -> None:
        found = only(changed("graph: y", f'graph: "{name}"'))
        assert found.startswith(f'18:12: graph: "{name}" is no name of a value; write a variable')

    @pytest.mark.parametrize("name", ["θ", "model.0.weight", "ws[-1][2]", 'p["a b"].x', "f().t"])
    def test_graphs_that_are_names(self, name: str) -> None:
        assert read(changed("graph: y", f"graph: '{name}'")).steps[0].graph == name

    def test_a_watched_name_that_is_none(self) -> None:
        found = only(changed("watch: [x,", "watch: [x+1,"))
        assert found.startswith('19:13: watch: "x+1" is no name')

    @pytest.mark.parametrize("name", ["Runtime Error", "torch.OutOfMemoryError", "class", "3"])
    def test_raises_that_is_no_class(self, name: str) -> None:
        found = only(changed("raises: ValueError", f'raises: "{name}"'))
        assert found.startswith(f'23:13: raises: "{name}" is no name of an exception;')


class TestPythonSource:
    def test_a_syntax_error_in_a_block_is_reported_where_it_is(self) -> None:
        found = only(changed("      y = x.sum()", "      y = x.sum("))
        assert found.startswith("17:16: code is not Python: '(' was never closed;")

    def test_a_syntax_error_behind_blank_lines_and_indentation(self) -> None:
        text = changed("      y = x.sum()", "\n\n      if x:\n        y = = 2")
        assert only(text).startswith("20:13: code is not Python: invalid syntax")

    def test_a_syntax_error_in_a_block_with_an_indentation_mark(self) -> None:
        text = changed("setup: |\n  import torch", "setup: |2-\n\n  a = 1\n  b = = 2")
        assert only(text).startswith("9:7: setup is not Python: invalid syntax")

    def test_a_syntax_error_in_code_on_one_line(self) -> None:
        start, end = GOOD.index("    code: |"), GOOD.index("    graph:")
        for quote in ("", "'"):
            text = f"{GOOD[:start]}    code: {quote}y = = 2{quote}\n{GOOD[end:]}"
            assert only(text).startswith(f"14:{15 + len(quote)}: code is not Python")

    def test_a_syntax_error_in_quoted_code_with_escapes_is_reported_at_its_beginning(self) -> None:
        start, end = GOOD.index("    code: |"), GOOD.index("    graph:")
        text = f'{GOOD[:start]}    code: "a = 1\\ny = = 2"\n{GOOD[end:]}'
        assert only(text).startswith("14:11: code is not Python: invalid syntax")

    def test_columns_count_characters(self) -> None:
        found = only(changed("      y = x.sum()", "      θθθ = = 2"))
        assert found.startswith("17:13: code is not Python: invalid syntax")

    def test_what_only_the_compiler_sees(self) -> None:
        assert "'return' outside function" in only(changed("y = x.sum()", "return x"))

    def test_wrong_indentation(self) -> None:
        assert "18:" in only(changed("y = x.sum()", "y = 1\n        z = 2"))

    def test_an_expectation_that_is_no_expression(self) -> None:
        found = only(changed("- y.item() == 2", "- y.item() = 2"))
        assert found.startswith("21:18: expect is no Python expression: ")

    def test_an_expectation_in_quotes(self) -> None:
        found = only(changed("'x.tolist() == [1.0, 1.0]'", "'x.tolist() == = 1'"))
        assert found.startswith("22:24: expect is no Python expression: invalid syntax")

    def test_folded_code_is_refused(self) -> None:
        start, end = GOOD.index("    code: |"), GOOD.index("    graph:")
        text = f"{GOOD[:start]}    code: >\n      a = 1\n      b = 2\n{GOOD[end:]}"
        assert only(text) == (
            "14:11: code is folded by its >, which joins its lines; write code: | instead"
        )

    @pytest.mark.parametrize("code", ["(" * 5000 + ")" * 5000, "-" * 100_000 + "1"])
    def test_nesting_too_deep_for_python(self, code: str) -> None:
        found = only(changed("y = x.sum()", f"y = {code}"))
        assert re.match(r"1[57]:\d+: code is not Python: too ", found)


class TestAllAtOnce:
    def test_problems_are_sorted_by_place(self) -> None:
        text = (
            GOOD.replace("title: A title", "title: no")
            .replace("seed: 7", "sead: 7")
            .replace("y = x.sum()", "y = x.sum(")
            .replace("graph: y", "graph: 3y")
            .replace("y.item() == 2", "y.item() = 2")
        )
        places = [tuple(map(int, re.findall(r"\d+", each)[:2])) for each in problems(text)]
        assert places == [(2, 8), (5, 1), (17, 16), (18, 12), (21, 18)]

    def test_a_long_list_ends_with_a_number(self) -> None:
        found = problems(GOOD + "".join(f"key{number}: 1\n" for number in range(5000)))
        assert len(found) == MOST_PROBLEMS_SHOWN + 1
        assert found[-1] == "74:1: and 4950 more problems from here on; mend those above first"

    def test_one_more_than_are_shown(self) -> None:
        count = MOST_PROBLEMS_SHOWN + 1
        found = problems(GOOD + "".join(f"key{number}: 1\n" for number in range(count)))
        assert found[-1].endswith("and 1 more problem from here on; mend those above first")


class TestFormat:
    def test_a_later_format_is_the_only_problem(self) -> None:
        found = only(changed("format: 1", "format: 2\nnew: 1"))
        assert found == (
            '1:9: the format "2" is not known; this version reads lessons that say: format: 1'
        )

    @pytest.mark.parametrize("value", ["'1'", "1.0", "one", "yes"])
    def test_other_formats(self, value: str) -> None:
        assert only(changed("format: 1", f"format: {value}")).startswith("1:9: the format ")


class TestYaml:
    def test_text_that_is_not_yaml(self) -> None:
        assert only("format: 1\ntitle: [a\nsteps: b\n").startswith("3:6: this is not YAML: ")

    def test_a_colon_in_a_title(self) -> None:
        found = only(changed("title: A title", "title: A: title"))
        assert found.startswith("2:9: this is not YAML: mapping values are not allowed")
        assert "in quotes" in found

    @pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "---\n...\n"])
    def test_an_empty_file(self, text: str) -> None:
        assert only(text) == "1:1: there is nothing in the file; begin it with: format: 1"

    @pytest.mark.parametrize(
        "text", ["[" * 10_000, "[" * 10_000 + "]" * 10_000, "{a: " * 10_000, "- " * 10_000 + "x"]
    )
    def test_deep_nesting(self, text: str) -> None:
        assert "nested more than 16 levels deep" in only(text)

    def test_deep_nesting_by_indentation(self) -> None:
        text = "".join(f"{' ' * depth}a:\n" for depth in range(1000))
        assert only(text).startswith("16:16: nested more than 16 levels deep;")

    def test_aliases_that_would_explode(self) -> None:
        rows = ["a: &a [x,x,x,x,x,x,x,x,x]"]
        rows += [f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]" for a, b in pairwise("abcdefghi")]
        found = problems("\n".join(rows) + "\n" + GOOD)
        assert found[0].startswith("1:1: the lesson has an unknown key")
        assert any("1:4: the anchor &a: a lesson's file has no tags" in each for each in found)
        assert any("2:8: the alias *a: a lesson's file has no tags" in each for each in found)

    @pytest.mark.parametrize("tag", ["!!str", "!x", "!!python/name:os.system", "!<tag:a>"])
    def test_tags_are_refused(self, tag: str) -> None:
        found = only(changed("title: A title", f"title: {tag} A title"))
        assert found.startswith("2:8: the tag ")

    @pytest.mark.parametrize("text", [GOOD, GOOD + "x: 1\n", "a: [b", "[" * 50, "a: &b !c *d\n"])
    def test_without_libyaml_it_is_all_the_same(
        self, text: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def outcome() -> tuple[Lesson | None, list[tuple[int, int]]]:
            try:
                return read(text), []
            except LessonError as error:
                return None, [(each.line, each.column) for each in error.problems]

        with_libyaml = outcome()
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
        assert outcome() == with_libyaml

    def test_a_merge_key_is_just_unknown(self) -> None:
        assert 'unknown key "<<"' in only("<<: {}\n" + GOOD)

    def test_a_second_document(self) -> None:
        assert only(GOOD + "---\n" + GOOD) == (
            "24:1: a second document begins here; write one lesson to a file"
        )

    def test_a_directive_is_harmless(self) -> None:
        assert read("%YAML 1.1\n---\n" + GOOD).title == "A title"


class TestCharacters:
    def test_tabs_are_reported_line_by_line(self) -> None:
        text = changed("y = x.sum()", "y\t= x.\tsum()").replace("title: A title", "title:\tA title")
        assert problems(text) == [
            "2:7: a tab character; write spaces in its place",
            "17:8: a tab character; write spaces in its place",
        ]

    def test_a_tab_as_indentation_is_reported_once(self) -> None:
        text = changed("    graph: y", "\tgraph: y")
        assert only(text) == "18:1: a tab character; write spaces in its place"

    @pytest.mark.parametrize(
        "character", ["\0", "\x1b", "\x7f", "\x85", "\u2028", "\u202e", "\ufeff"]
    )
    def test_characters_that_do_not_show(self, character: str) -> None:
        found = only(changed("One line", f"One {character}line"))
        code = f"U+{ord(character):04X}"
        assert found.startswith(f"3:14: the character {code}, which does not show; remove it")

    def test_their_escapes_are_refused_as_well(self) -> None:
        found = only(changed("One line", '"One \\x1b[31mline"'))
        assert found == (
            "3:10: the escape for U+001B, a character which does not show; leave it out"
        )

    def test_other_problems_are_reported_all_the_same(self) -> None:
        assert len(problems(changed("One line", "One \x1bline").replace("seed:", "sed:"))) == 2

    def test_the_message_holds_nothing_that_a_terminal_acts_on(self) -> None:
        found = problems(f'"a\\e[31m\x1b": 1\n{GOOD}')
        assert all(each.isprintable() for each in found)

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
    def test_utf_16_and_32(self, encoding: str) -> None:
        assert problems(GOOD.encode(encoding))[0].startswith("1:")

    def test_utf_16_is_named(self) -> None:
        assert only(GOOD.encode("utf-16")) == (
            "1:1: the file is in UTF-16 or UTF-32; save it as UTF-8"
        )

    def test_a_byte_order_mark(self) -> None:
        found = only(GOOD.encode("utf-8-sig"))
        assert found == "1:1: the file begins with a byte order mark; save it as UTF-8 without one"

    def test_latin_1_is_reported_at_its_first_byte(self) -> None:
        found = only(changed("One line", "One façade").encode("latin-1"))
        assert found == "3:16: the byte 0xe7 is not UTF-8; save the file as UTF-8"

    def test_a_byte_behind_other_letters(self) -> None:
        assert only("título: é".encode() + b"\xff").startswith("1:10: the byte 0xff")


WORDS = """\
format: 1 ;title: ;summary: s;steps:;- ;  - ;id: a;    ;explain: x;code: ;x = 1;y = = 2;expect: ;
limits: ;seconds: 1;[;];{;};,;&a ;*a;!!str ;? ;: ;#;|;>;|2-;...;%;@;`;-;0x;1e5;no;~;é;😀;\\"""
PIECES = [*WORDS.replace("\n", "").split(";"), "'", '"', "\t", "\n", "\n  ", "\r", "---\n"]


class TestAnyText:
    """Whatever is in a file: either a lesson or a LessonError with places inside of it."""

    @staticmethod
    def examine(data: bytes) -> None:
        try:
            assert read(data).steps
        except LessonError as error:
            found = error.problems
        else:
            return
        assert found
        lines = data.count(b"\n") + data.count(b"\r") + 2
        for each in found:
            assert 1 <= each.line <= lines
            assert each.column >= 1
            assert str(each).isprintable()

    @given(st.binary(max_size=200))
    def test_bytes(self, data: bytes) -> None:
        self.examine(data)

    @given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
    def test_what_looks_like_yaml(self, text: str) -> None:
        self.examine(text.encode())

    @given(st.integers(0, len(GOOD)), st.integers(0, 30), st.text(max_size=8))
    def test_a_good_file_that_was_cut_into(self, start: int, cut: int, new: str) -> None:
        text = GOOD[:start] + new + GOOD[start + cut :]
        self.examine(text.encode("utf-8", "surrogatepass"))


def test_a_file_of_the_largest_size_is_read_in_bounded_work() -> None:
    """A file as full of problems as it can be is reported, not choked on."""
    data = (b"- *a\n" * (LARGEST_LESSON // 5))[:LARGEST_LESSON]
    assert len(problems(data)) == MOST_PROBLEMS_SHOWN + 1


class TestPlot:
    """What a step has drawn."""

    @staticmethod
    def plotted(text: str) -> str:
        return changed("    raises: ValueError\n", f"    raises: ValueError\n    plot: {text}\n")

    def test_a_curve(self) -> None:
        (step,) = read(self.plotted("{curve: y}")).steps
        assert step.plot == Plot(curve=("y",))
        assert step.locations.plot == ((24, 19, True),)

    def test_several_curves(self) -> None:
        (step,) = read(self.plotted("{curve: [y, x.grad]}")).steps
        assert step.plot == Plot(curve=("y", "x.grad"))
        assert [at.column for at in step.locations.plot] == [20, 23]

    def test_a_function(self) -> None:
        text = '{function: "lambda t: t ** 2", at: x, from: -2, to: 2.5}'
        (step,) = read(self.plotted(text)).steps
        assert step.plot == Plot(function="lambda t: t ** 2", at="x", low=-2.0, high=2.5)
        assert [at[:2] for at in step.locations.plot] == [(24, 23), (24, 46)]

    def test_without_one_there_is_none(self) -> None:
        assert read(GOOD).steps[0].plot is None

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("loss", "24:11: plot is a text, not a set of fields"),
            ("{}", "24:11: plot has neither curve nor function"),
            ("{curve: []}", "24:19: curve names nothing"),
            ("{curve: 3 + 4}", '24:19: curve: "3 + 4" is no name of a value'),
            ("{curve: [y, a b]}", '24:23: curve: "a b" is no name of a value'),
            ("{curve: y, at: x}", "24:26: plot has at, which belongs to a function"),
            ("{curve: y, function: torch.sin}", "24:32: plot has both a curve and a function"),
            ("{function: torch.sin, at: x, from: 0}", "24:11: plot has no to"),
            ("{function: torch.sin, from: 0, to: 1}", "24:11: plot has no at"),
            (
                "{function: torch.sin, at: x, from: 1, to: 1}",
                "24:53: the plot goes from 1 to 1, which is not more",
            ),
            ("{function: torch.sin, at: x, from: a, to: 1}", '24:46: from is "a", not a number'),
            ("{function: torch.sin, at: 3 x, from: 0, to: 1}", '24:37: at: "3 x" is no name'),
            (
                '{function: "lambda t: t *", at: x, from: 0, to: 1}',
                "24:23: function is no Python expression: invalid syntax",
            ),
            (
                '{function: "lambda a, b: a", at: x, from: 0, to: 1}',
                '24:23: function "lambda a, b: a" does not take one number',
            ),
            (
                '{function: "lambda: 1", at: x, from: 0, to: 1}',
                '24:23: function "lambda: 1" does not take one number',
            ),
            ("{kurve: y}", '24:12: plot has an unknown key "kurve"; did you mean curve?'),
        ],
    )
    def test_each_fault_is_reported_where_it_is(self, text: str, problem: str) -> None:
        found = problems(self.plotted(text))
        assert any(each.startswith(problem) for each in found), found

    @pytest.mark.parametrize(
        "source", ["lambda t, power=2: t ** power", "lambda *t: t[0]", "lambda t, /: t", "f"]
    )
    def test_functions_that_can_take_one_number(self, source: str) -> None:
        text = f'{{function: "{source}", at: x, from: 0, to: 1}}'
        (step,) = read(self.plotted(text)).steps
        assert step.plot is not None
        assert step.plot.function == source

    def test_edited_code_keeps_the_plot(self) -> None:
        (step,) = read(self.plotted("{curve: y}")).steps
        edited = step.with_code("y = 3")
        assert edited.plot == step.plot
        assert edited.locations.plot == step.locations.plot
