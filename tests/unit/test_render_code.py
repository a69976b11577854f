"""The code pane: marks, colours, output and failures."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import backward, doubled, node, ran, scalar, snapshot, trace

from autograd_tutor.limits.interface import MOST_OUTPUT_CHARACTERS, MOST_OUTPUT_ROWS
from autograd_tutor.recording.model import Error, Snapshot
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.render.code import (
    INTO_CALL,
    INTO_PASS,
    code_listing,
    code_rows,
)
from autograd_tutor.render.highlight import highlighted
from autograd_tutor.render.rows import Listing, Row

CODE = "a = 1\nb = 2\nc = 3\n"
EVIL = "\x1b[2J\x07\u202e"


def listing(
    *snapshots: Snapshot, at: int | None = None, code: str = CODE, width: int = 80
) -> Listing:
    made = trace(*snapshots, code=code)
    return code_listing(code, Timeline(made, len(made) - 1 if at is None else at), width)


def texts(found: Listing | Sequence[Row]) -> list[str]:
    rows = found.rows if isinstance(found, Listing) else found
    return [line.text for line in rows]


def styles_of(code: str) -> dict[str, str]:
    """The styles of the pieces of code that have one."""
    return {text: style for spans in highlighted(code) for text, style in spans if style}


# Which lines ran


def test_the_bare_code_before_anything_was_recorded() -> None:
    assert texts(code_listing(CODE, None)) == ["1   a = 1", "2   b = 2", "3   c = 3"]
    assert texts(listing()) == texts(code_listing(CODE, None))


def test_at_the_start_only_the_line_that_comes_is_marked() -> None:
    assert texts(listing(snapshot(0))) == ["1 › a = 1", "2   b = 2", "3   c = 3"]


def test_done_current_and_next() -> None:
    found = listing(snapshot(0), snapshot(1), snapshot(2))
    assert texts(found) == ["1 ✓ a = 1", "2 ▶ b = 2", "3 › c = 3"]
    assert [line.base for line in found.rows] == ["", "current", ""]


def test_the_same_trace_one_step_back() -> None:
    moments = snapshot(0), snapshot(1), snapshot(2)
    assert texts(listing(*moments, at=1)) == ["1 ▶ a = 1", "2 › b = 2", "3   c = 3"]


def test_a_loop_goes_back_to_a_line_that_is_done() -> None:
    moments = snapshot(0), snapshot(1), snapshot(2), snapshot(3, line=1, next_line=2)
    assert texts(listing(*moments)) == ["1 ▶ a = 1", "2 › b = 2", "3   c = 3"]


def test_the_current_line_wins_over_next() -> None:
    moments = snapshot(0), snapshot(1, next_line=1)
    assert texts(listing(*moments)) == ["1 ▶ a = 1", "2   b = 2", "3   c = 3"]


def test_the_line_that_failed_is_marked_by_a_sign_and_a_style() -> None:
    error = Error("ValueError", "no", 2, "Traceback (most recent call last):\nValueError: no\n")
    found = listing(snapshot(0), snapshot(1), snapshot(2, event="error", error=error))
    assert texts(found)[:3] == ["1 ✓ a = 1", "2 ✗ b = 2", "3 › c = 3"]
    assert found.rows[1].base == "failure"
    assert texts(found)[3:] == ["", "Traceback (most recent call last):", "ValueError: no"]
    assert found.rows[-1].spans[0][1] == "failure strong"
    assert found.scroll_to[-1] == 1
    assert len(found.rows) - 1 in found.scroll_to


def test_an_error_without_traceback_or_line_is_shown_all_the_same() -> None:
    error = Error("SyntaxError", "bad", 0, "")
    found = listing(snapshot(0), snapshot(1, event="error", line=0, next_line=0, error=error))
    assert texts(found) == ["1   a = 1", "2   b = 2", "3   c = 3", "", "SyntaxError: bad"]


def test_what_an_error_says_is_wrapped() -> None:
    error = Error("ValueError", "", 1, "ValueError: " + "word " * 30)
    found = listing(snapshot(0), snapshot(1, event="error", error=error), width=30)
    assert all(line.width <= 30 for line in found.rows[4:])
    assert " ".join(texts(found)[4:]).split() == ["ValueError:", *["word"] * 30]


def test_a_line_that_can_be_entered_says_by_which_key() -> None:
    moments = snapshot(0), snapshot(1, line=2, depth=1, function="f"), snapshot(2, line=3)
    assert texts(listing(*moments))[2] == "3 ▶ c = 3   i: look inside"
    assert "i:" not in "".join(texts(listing(*moments, at=1)))


def test_the_current_line_comes_into_view_before_anything_else() -> None:
    found = listing(snapshot(0), snapshot(1), snapshot(2, stdout="x\n"))
    assert found.scroll_to[-1] == 1
    assert len(found.rows) - 1 in found.scroll_to


def test_numbers_of_lines_are_aligned() -> None:
    rows = texts(code_listing("pass\n" * 10, None))
    assert rows[0] == " 1   pass"
    assert rows[9] == "10   pass"


@pytest.mark.parametrize("line", [0, 4, 10**9])
def test_a_line_that_the_code_does_not_have_does_no_harm(line: int) -> None:
    moments = snapshot(0), snapshot(1, depth=1), snapshot(2, line=line, next_line=line + 1)
    assert texts(listing(*moments))[1:] == ["2   b = 2", "3   c = 3"]


def test_the_end_of_a_truncated_recording() -> None:
    moments = snapshot(0), snapshot(1), snapshot(2, event="end", line=3, next_line=0)
    assert texts(listing(*moments)) == ["1 ✓ a = 1", "2   b = 2", "3 ▶ c = 3"]


# Inside a backward pass


def inside(index: int) -> list[str]:
    made = doubled()
    return texts(code_listing(made.code, Timeline(made, index)))


def test_a_line_that_asked_for_a_pass_says_how_to_walk_it() -> None:
    assert inside(7)[3] == f"4 ▶ c.backward()   {INTO_PASS}"
    assert inside(3)[3] == f"4 › c.backward()   {INTO_PASS}"
    assert "i:" not in "".join(inside(2))


def test_a_line_that_called_a_function_too_says_what_i_leads_to() -> None:
    pass_of_it = ran(2, backward(1, scalar(1.0)), line=3)
    moments = snapshot(0), snapshot(1, line=1, depth=1, function="f"), pass_of_it
    made = trace(*moments, snapshot(3, next_line=0), code=CODE)
    cursor = Timeline(made, 3)
    hints = []
    for _ in range(3):
        hints.append(texts(code_listing(CODE, cursor))[2])
        cursor.into()
        cursor.out()
    assert hints == [f"3 ▶ c = 3   {hint}" for hint in (INTO_PASS, INTO_CALL, INTO_PASS)]


def test_in_a_pass_the_line_that_made_the_node_is_marked() -> None:
    assert inside(5) == [
        "1 ✓ a = one()",
        "2 ● b = a + a   made AddBackward0",
        "3 ✓ c = b + b",
        "4 ▶ c.backward()",
    ]
    assert inside(6)[1] == "2 ◆ b = a + a   first use of a"


def test_the_line_that_made_the_node_comes_into_view_last() -> None:
    made = doubled()
    assert code_listing(made.code, Timeline(made, 4)).scroll_to[-1] == 2


def test_a_line_that_makes_a_node_and_asks_for_the_pass_keeps_its_own_sign() -> None:
    made = trace(
        snapshot(0, nodes=(node(1, "ExpBackward0"),)), ran(1, backward(1, scalar(1.0))), code=CODE
    )
    assert texts(code_listing(CODE, Timeline(made, 1)))[0] == "1 ▶ a = 1   made ExpBackward0"


LONG = "hidden = torch.tanh(weights @ hidden + bias).sum()"


def noted(width: int, line: int = 2) -> list[str]:
    """The rows of the line that made the node that has run, or that asked for the pass."""
    made = trace(
        snapshot(0, nodes=(node(1, "MulBackward0", line=2),)),
        ran(1, backward(1, scalar(1.0)), line=1),
        snapshot(2, line=1, next_line=0),
        code=f"{LONG}\n{LONG}\n",
    )
    rows = texts(code_listing(made.code, Timeline(made, 1 if line == 2 else 2), width))
    second = next(at for at, text in enumerate(rows) if text.startswith("2 "))
    return rows[:second] if line == 1 else rows[second:]


def test_a_hint_that_does_not_fit_behind_its_line_stands_below_it() -> None:
    assert noted(80, line=1) == [f"1 ▶ {LONG}   i: walk inside"]
    assert noted(60, line=1) == [f"1 ▶ {LONG}", "      i: walk inside"]
    assert noted(44, line=1) == [
        "1 ▶ hidden = torch.tanh(weights @ hidden +",
        "      bias).sum()   i: walk inside",
    ]


def test_what_a_line_made_stands_behind_it_as_far_as_there_is_room() -> None:
    assert noted(80) == [f"2 ● {LONG}   made MulBackward0"]
    assert noted(70) == [f"2 ● {LONG}   made MulBack…"]
    assert noted(60) == [f"2 ● {LONG}"]
    assert noted(44)[1] == "      bias).sum()   made MulBackward0"


@given(st.integers(8, 100), st.sampled_from([1, 2]))
def test_a_line_and_its_hint_are_whole_in_any_pane(width: int, line: int) -> None:
    rows = noted(width, line)
    assert all(len(text) <= width for text in rows)
    shown = "".join(rows)[3:].replace(" ", "")
    code, hint = LONG.replace(" ", ""), INTO_PASS.replace(" ", "")
    assert shown == code + hint if line == 1 else shown.startswith(code)


# Lines that are wider than the pane

WIDE = """\
x = 1
total = sum(value * weight for value, weight in zip(values, weights, strict=True))
    return torch.nn.functional.cross_entropy(model(batch), targets, reduction="sum")
y = "a-text-without-a-single-blank-that-is-wider-than-any-pane-of-this-test-could-be"
z = 3
"""
"""What a pane of 40 cells cannot show in a row each; line 3 is indented."""


def test_a_line_wider_than_the_pane_goes_on_below_behind_its_indentation() -> None:
    assert texts(code_listing(WIDE, None, 40)) == [
        "1   x = 1",
        "2   total = sum(value * weight for",
        "      value, weight in zip(values,",
        "      weights, strict=True))",
        "3       return",
        "          torch.nn.functional.cross_entr",
        "          opy(model(batch), targets,",
        '          reduction="sum")',
        "4   y =",
        '      "a-text-without-a-single-blank-tha',
        "      t-is-wider-than-any-pane-of-this-t",
        '      est-could-be"',
        "5   z = 3",
    ]


@given(st.integers(16, 120), st.integers(0, 4))
def test_every_line_is_whole_at_every_moment(width: int, index: int) -> None:
    """Also that of the moment, whose rows the pane brings into view: its first comes last."""
    moments = [snapshot(at) for at in range(5)]
    found = listing(*moments, at=index, code=WIDE, width=width)
    rows = texts(found)
    assert all(len(text) <= width for text in rows)
    starts = [at for at, text in enumerate(rows) if text[:1].isdigit()]
    assert len(starts) == 5
    lines = ["".join(rows[at:to]) for at, to in zip(starts, [*starts[1:], len(rows)], strict=True)]
    code = [line[3:].replace(" ", "") for line in lines]
    assert code == [line.replace(" ", "") for line in WIDE.splitlines()]
    assert code_rows(WIDE, 1, width) == len(rows)
    if index:
        current = [at for at, line in enumerate(found.rows) if line.base == "current"]
        assert found.scroll_to[-3:] == [current[0], current[-1], current[0]]
        assert current == list(range(current[0], current[-1] + 1))


def test_what_was_printed_stands_below_the_rows_of_wide_lines() -> None:
    found = listing(snapshot(0), snapshot(1, stdout="out\n"), code=WIDE, width=40)
    assert texts(found)[13:] == ["", "Output", "▸ out"]
    assert found.scroll_to[0] == 15


def test_colours_go_on_in_the_rows_of_a_wide_line() -> None:
    rows = code_listing(WIDE, None, 40).rows
    assert (rows[9].spans[1][1], rows[10].spans[1][1]) == ("string", "string")
    assert ("return", "keyword") in rows[4].spans


@pytest.mark.parametrize("changes", [{"step": 1}, {"line": 0}, {"line": 9}, {"line": -1}])
def test_a_node_that_no_line_here_made_marks_none(changes: dict[str, int]) -> None:
    made = trace(
        snapshot(0, nodes=(node(1, "ExpBackward0", **changes),)),
        ran(1, backward(1, scalar(1.0))),
        code=CODE,
    )
    assert texts(code_listing(CODE, Timeline(made, 1))) == ["1 ▶ a = 1", "2   b = 2", "3   c = 3"]


def test_the_name_of_a_node_cannot_steer_the_terminal() -> None:
    made = trace(
        snapshot(0, nodes=(node(1, EVIL, line=2),)), ran(1, backward(1, scalar(1.0))), code=CODE
    )
    assert texts(code_listing(CODE, Timeline(made, 1)))[1] == "2 ● b = 2   made ␛[2J␇\\u202e"


# Colours


def test_python_has_colours() -> None:
    styles = styles_of("def f(x):\n    return 2.5 * 'a'  # why\n")
    assert styles == {
        "def": "keyword",
        "f": "definition",
        "return": "keyword",
        "2.5": "number",
        "'a'": "string",
        "# why": "comment",
    }


def test_a_string_of_several_lines_is_one_on_each_of_them() -> None:
    spans = highlighted('a = """one\n  two\nthree"""; b = 1\n')
    assert spans[0] == (("a = ", ""), ('"""one', "string"))
    assert spans[1] == (("  two", "string"),)
    assert spans[2][0] == ('three"""', "string")


def test_a_formatted_string_is_a_string() -> None:
    spans = highlighted("x = f'a {b} c'\n")[0]
    strings = "".join(text for text, style in spans if style == "string")
    assert strings.startswith("f'a ")
    assert strings.endswith(" c'")


@given(
    st.lists(
        st.text("ab =1'\"#(\n\\:é語") | st.sampled_from(['"""', "def ", "  ", "f'{", "\n"])
    ).map("".join)
)
def test_whatever_is_written_stays_as_it_is_written(code: str) -> None:
    lines = ["".join(text for text, _ in spans) for spans in highlighted(code)]
    assert lines == code.rstrip("\n").split("\n")


@pytest.mark.parametrize("code", ["", "(", "'", '"""', "a = (1,\nb\n", "  x\n y\n", "\x00", "0x\n"])
def test_invalid_code_is_shown_as_it_is(code: str) -> None:
    rows = texts(code_listing(code, None))
    assert len(rows) == len(code.rstrip("\n").split("\n"))


def test_colours_before_an_error_stay() -> None:
    assert styles_of("if a:\n    b = (1,\n")["if"] == "keyword"


def test_the_current_line_has_no_colours_of_its_own() -> None:
    found = listing(snapshot(0), snapshot(1), code="if 1: pass\n")
    assert [style for _, style in found.rows[0].spans] == [""]


# Output


def test_output_stands_below_the_code_and_what_is_new_is_marked() -> None:
    found = listing(snapshot(0), snapshot(1, stdout="one\n"), snapshot(2, stdout="two\nthree"))
    assert texts(found)[3:] == ["", "Output", "  one", "▸ two", "▸ three"]
    assert [line.spans[1][1] for line in found.rows[5:]] == ["", "strong", "strong"]


def test_output_one_step_back_is_what_was_printed_then() -> None:
    moments = snapshot(0), snapshot(1, stdout="one\n"), snapshot(2, stdout="two\n")
    assert texts(listing(*moments, at=1))[4:] == ["Output", "▸ one"]
    assert texts(listing(*moments, at=0))[3:] == []


def test_what_a_call_printed_is_new_after_the_line_that_made_it() -> None:
    moments = snapshot(0), snapshot(1, depth=1, stdout="in\n"), snapshot(2, stdout="out\n")
    assert texts(listing(*moments))[5:] == ["▸ in", "▸ out"]


def test_a_line_that_was_continued_is_new() -> None:
    found = listing(snapshot(0), snapshot(1, stdout="a, "), snapshot(2, stdout="b\n"))
    assert texts(found)[5:] == ["▸ a, b"]


def test_of_much_output_the_end_is_shown() -> None:
    printed = "".join(f"{number}\n" for number in range(MOST_OUTPUT_ROWS + 7))
    rows = texts(listing(snapshot(0), snapshot(1, stdout=printed)))
    assert rows[5] == "  … 7 lines before these"
    assert rows[6] == "▸ 7"
    assert rows[-1] == f"▸ {MOST_OUTPUT_ROWS + 6}"


@pytest.mark.parametrize("piece", ["x", "é\n", "漢 ", "\n"])
def test_of_output_without_end_only_the_end_is_laid_out(piece: str) -> None:
    printed = f"{piece * MOST_OUTPUT_CHARACTERS}{piece * MOST_OUTPUT_CHARACTERS}the end\n"
    rows = texts(listing(snapshot(0), snapshot(1, stdout=printed), width=40))
    assert rows[-1].endswith("the end")
    assert sum(map(len, rows[5:])) < 1.2 * MOST_OUTPUT_CHARACTERS
    lines = printed.count("\n") - MOST_OUTPUT_ROWS
    assert (rows[5] == f"  … {lines} lines before these") == (lines > 0)


def test_what_is_new_of_output_without_end_stands_out() -> None:
    first, new = "x\n" * MOST_OUTPUT_CHARACTERS, "y\n" * 3
    rows = texts(listing(snapshot(0), snapshot(1, stdout=first), snapshot(2, stdout=new)))
    assert rows[-5:] == ["  x", "  x", "▸ y", "▸ y", "▸ y"]


@pytest.mark.parametrize("markup", ["[bold]x[/bold]", "[/]", "[link=x]", "\\[a]", ":smile:"])
def test_markup_is_shown_as_it_is(markup: str) -> None:
    error = Error("ValueError", markup, 1, "")
    found = listing(
        snapshot(0), snapshot(1, stdout=markup, event="error", error=error), code=f"# {markup}\n"
    )
    assert texts(found) == [
        f"1 ✗ # {markup}",
        "",
        "Output",
        f"▸ {markup}",
        "",
        f"ValueError: {markup}",
    ]


def test_nothing_can_steer_the_terminal() -> None:
    error = Error(EVIL, EVIL, 1, EVIL)
    found = listing(
        snapshot(0),
        snapshot(1, stdout=EVIL + "\x85\x0c" + EVIL, event="error", error=error),
        code=f"a = '{EVIL}'\n",
    )
    assert all(text.isprintable() for text in texts(found))
    assert texts(found)[0] == "1 ✗ a = '␛[2J␇\\u202e'"
