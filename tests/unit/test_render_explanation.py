"""Explanations: Markdown laid out for reading."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from autograd_tutor.course import library
from autograd_tutor.render.explanation import MEASURE, explanation_listing
from autograd_tutor.render.rows import Row

LONG = "word " * 60


def rows(markdown: str, width: int = 60) -> Sequence[Row]:
    return explanation_listing("Title", markdown, width).rows


def body(markdown: str, width: int = 60) -> list[str]:
    """What stands below the title."""
    found = [line.text for line in rows(markdown, width)]
    assert found[0] == "Title"
    return found[2:]


def styled(markdown: str) -> dict[str, str]:
    return {text.strip(): style for line in rows(markdown)[1:] for text, style in line.spans}


def test_the_title_stands_out() -> None:
    assert rows("text")[0].spans == (("Title", "title"),)
    assert rows("text")[1].text == ""


def test_paragraphs_are_filled_and_set_apart() -> None:
    assert body("one\ntwo\n\nthree") == ["one two", "", "three"]


def test_a_hard_break() -> None:
    assert body("one  \ntwo\\\nthree") == ["one", "two", "three"]


@pytest.mark.parametrize("width", [12, 40, 72, 73, 200])
@pytest.mark.parametrize(
    "markdown",
    [LONG, f"# {LONG}", f"- {LONG}", f"> {LONG}", f"1. {LONG}\n\n   {LONG}", f"> - {LONG}", "***"],
)
def test_no_line_of_running_text_is_longer_than_the_measure(markdown: str, width: int) -> None:
    assert all(line.width <= min(width, MEASURE) for line in rows(markdown, width))


def test_inline_styles() -> None:
    found = styled("plain **strong** *emphasis* `code` [link](https://a.b) ***both***")
    assert found["strong"] == "strong"
    assert found["emphasis"] == "emphasis"
    assert found["code"] == "string"
    assert found["link"] == "key"
    assert set(found["both"].split()) == {"strong", "emphasis"}
    assert found["plain"] == ""


def test_code_touches_the_punctuation_behind_it() -> None:
    assert body("`a`, (`b`).") == ["a, (b)."]


def test_markup_of_another_language_is_text() -> None:
    assert body("[bold]x[/bold] <b>y</b> &lt;") == ["[bold]x[/bold] <b>y</b> <"]


def test_a_block_of_html_is_text() -> None:
    assert body("<AddBackward0>\n\nafter") == ["<AddBackward0>", "", "after"]


def test_headings() -> None:
    assert body("# One\ntext\n\n## Two") == ["One", "", "text", "", "Two"]
    assert styled("# One")["One"] == "strong"
    assert styled("# One\ntext")["text"] == ""


def test_bullets() -> None:
    assert body("before\n\n- a\n- b\n\nafter") == ["before", "", "• a", "• b", "", "after"]


def test_a_bullet_of_several_rows_hangs() -> None:
    assert body("- one two three", 10) == ["• one two", "  three"]


def test_a_bullet_of_several_paragraphs() -> None:
    assert body("- one\n\n  two\n- three") == ["• one", "  two", "• three"]


def test_numbers_count_from_where_they_begin() -> None:
    assert body("9. a\n10. b") == ["9. a", "10. b"]


def test_the_rows_of_a_numbered_item_stand_below_each_other() -> None:
    assert body("1. one two\n\n   three", 10) == ["1. one two", "   three"]


def test_lists_in_lists() -> None:
    markdown = "- a\n  - b\n    1. c\n- d\n\nend"
    assert body(markdown) == ["• a", "  • b", "    1. c", "• d", "", "end"]


def test_a_quote_has_a_bar_before_every_row() -> None:
    assert body("> one two three\n\nafter", 10) == ["▏ one two", "▏ three", "", "after"]


def test_quotes_in_quotes_and_in_lists() -> None:
    assert body("> a\n> > b") == ["▏ a", "", "▏ ▏ b"]
    assert body("- a\n\n  > b") == ["• a", "  ▏ b"]
    assert body("> - a\n> - b") == ["▏ • a", "▏ • b"]


def test_code_blocks_keep_their_lines_and_blanks() -> None:
    code = "a = 1\n\n  b  =  2"
    assert body(f"see\n\n```python\n{code}\n```\nafter") == [
        "see",
        "",
        "  a = 1",
        "  ",
        "    b  =  2",
        "",
        "after",
    ]
    indented = "\n".join(f"    {line}" for line in code.split("\n"))
    assert body(indented) == ["  a = 1", "  ", "    b  =  2"]


def test_a_long_line_of_code_is_not_wrapped() -> None:
    assert body("    " + "x" * 90, 40) == ["  " + "x" * 90]


def test_a_code_block_in_a_list_stands_below_its_text() -> None:
    assert body("- a\n\n      code\n- b") == ["• a", "    code", "", "• b"]


def test_a_rule() -> None:
    assert body("a\n\n---\n\nb", 20) == ["a", "", "─" * 20, "", "b"]


def test_formulas_stay_as_they_are() -> None:
    assert body("    L(θ)  = θ²\n    L′(θ) = 2θ") == ["  L(θ)  = θ²", "  L′(θ) = 2θ"]


@pytest.mark.parametrize("markdown", ["", "\n\n", "[a]: b"])
def test_nothing_to_explain_leaves_the_title(markdown: str) -> None:
    assert [line.text for line in rows(markdown)] == ["Title"]


def test_nothing_can_steer_the_terminal() -> None:
    evil = "\x1b[2J\x07\u202e"
    markdown = f"{evil}\n\n`{evil}`\n\n    {evil}\n\n> {evil}\n\n&#27;[2J &#x202e;"
    listing = explanation_listing(evil, markdown, 60)
    assert all(line.text.isprintable() for line in listing.rows)
    assert listing.rows[0].text == "␛[2J␇\\u202e"


@given(
    st.lists(
        st.sampled_from(
            [
                "- ",
                "1. ",
                "> ",
                "# ",
                "    ",
                "`",
                "**",
                "_",
                "\n",
                "\n\n",
                "```\n",
                "word",
                "語",
                " ",
            ]
        )
    ).map("".join),
    st.integers(1, 90),
)
@example("```word", 1)
def test_any_markdown_is_laid_out_and_loses_no_word(markdown: str, width: int) -> None:
    found = "".join(line.text for line in rows(markdown, width)[1:])
    found = "".join(found.replace("▏", "").split())
    languages = "".join(token.info for token in MarkdownIt("commonmark").parse(markdown))
    for word in ("word", "語"):
        # What stands behind the fence of a block of code names its language, and is not shown.
        assert found.count(word) == markdown.count(word) - languages.count(word)


def test_the_course_reads_well() -> None:
    for path in library.course_files():
        for step in library.load(path).steps:
            for line in explanation_listing(step.title, step.explain, 200).rows:
                assert line.width <= MEASURE, (path, step.id, line.text)
