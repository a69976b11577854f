"""Explanations: Markdown laid out for reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from autograd_tutor.course import library
from autograd_tutor.render.explanation import MEASURE, explanation_listing
from autograd_tutor.render.rows import Row
from autograd_tutor.render.signs import to_ascii

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


def test_numbers_keep_their_sign_and_an_empty_item_its_marker() -> None:
    assert body("3) a\n4) b") == ["3) a", "4) b"]
    assert body("- a\n-\n- c") == ["• a", "•", "• c"]
    assert body("1.\n2. b") == ["1.", "2. b"]


def test_a_rule_in_a_list_and_in_a_quote() -> None:
    assert body("> a\n>\n> ---", 12) == ["▏ a", "", "▏ " + "─" * 10]
    assert body("- a\n\n  ***\n- b", 12)[:2] == ["• a", "  " + "─" * 10]


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("see [the note](https://a.b/c).", "see the note (https://a.b/c)."),
        ("<https://a.b> and <me@a.b>", "https://a.b and me@a.b"),
        ("[https://a.b](https://a.b)", "https://a.b"),
        ("[a `b`][c]\n\n[c]: /d", "a b (/d)"),
        ("![a *graph*](graph.png)", "[image: a *graph* (graph.png)]"),
        ("[![one](a.png)](b)", "[image: one (a.png)] (b)"),
        ("a <!-- not this --> b", "a  b"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("a <AddBackward0> b", "a <AddBackward0> b"),
        ("<!--\nnothing\n\nof this -->\n\nb", "b"),
        ("~~gone~~ ==marked==", "~~gone~~ ==marked=="),
        ("- [ ] to do\n- [x] done", "• [ ] to do\n• [x] done"),
        ("a[^1] b[^b]\n\n[^1]: First\n[^b]: Second", "a[^1] b[^b]\n\n[^1]: First\n[^b]: Second"),
        ("A\n===\nb\n\nC\n---", "A\n\nb\n\nC"),
        ("- a\n\n  ```\n  x = 1\n\n    y\n  ```", "• a\n    x = 1\n    \n      y"),
        ("> ```\n> x = 1\n> ```", "▏   x = 1"),
        ("1. a\n   - b\n\n     c\n2. d", "1. a\n   • b\n     c\n2. d"),
    ],
)  # fmt: skip
def test_other_markdown_is_read_as_it_is_meant(markdown: str, text: str) -> None:
    assert "\n".join(body(markdown)) == text


TABLE = """\
before

| op | local derivative | size |
|:---|:----------------:|-----:|
| `mul` | other · **grad** | 1 |
| a\\|b | | 12,000 |

after
"""


def test_a_table_has_columns() -> None:
    assert body(TABLE) == [
        "before",
        "",
        "op  │ local derivative │   size",
        "────┼──────────────────┼───────",
        "mul │   other · grad   │      1",
        "a|b │                  │ 12,000",
        "",
        "after",
    ]
    found = styled(TABLE)
    assert (found["op"], found["mul"], found["grad"]) == ("strong", "string", "strong")
    assert (found["│"], found["12,000"]) == ("dim", "")


def test_what_is_too_wide_for_its_column_is_wrapped_at_words() -> None:
    markdown = "a | b\n-|-\n`x = y + z` | " + "some words that go on\nlast | one"
    assert body(markdown, 20) == [
        "a         │ b",
        "──────────┼─────────",
        "x = y + z │ some",
        "          │ words",
        "          │ that go",
        "          │ on",
        "last      │ one",
    ]


def test_a_cell_has_lines_where_it_says_so() -> None:
    assert body("|a|b|\n|-|-|\n|one<br>two|語|") == ["a   │ b", "────┼───", "one │ 語", "two │ "]


def test_tables_in_quotes_and_lists_stand_inside_of_them() -> None:
    table = "|a|b|\n  |-|-|\n  |1|2|"
    assert body(f"- see\n\n  {table}") == ["• see", "  a │ b", "  ──┼──", "  1 │ 2"]
    assert body("> |a|b|\n> |-|-|\n> |1|2|") == ["▏ a │ b", "▏ ──┼──", "▏ 1 │ 2"]


def test_where_columns_do_not_fit_every_cell_has_its_name_before_it() -> None:
    markdown = "|one|two|three|\n|-|-|-|\n|a|b|c d e fg|\n|g|h||"
    assert body(markdown, 14) == [
        "one: a", "two: b", "three: c d e", "  fg", "", "one: g", "two: h", "three:",
    ]  # fmt: skip
    assert body("|one|two|three|\n|-|-|-|", 14) == ["one two three"]


def test_a_table_has_ascii_signs() -> None:
    found = [to_ascii(line) for line in body("|a|b|\n|-|-|\n|1|2|")]
    assert found == ["a | b", "--+--", "1 | 2"]


CELL = st.lists(st.sampled_from(["word", "語", "**x**", "`y z`", "1"]), max_size=6).map(" ".join)


@given(
    st.integers(1, 6).flatmap(
        lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=2)
    ),
    st.sampled_from([":-", ":-:", "-:", "-"]),
    st.integers(8, 90),
)
def test_any_table_fits_and_loses_no_letter(cells: list[list[str]], sign: str, width: int) -> None:
    header, *rest = cells
    lines = [header, [sign] * len(header), *rest]
    found = rows("".join(f"|{'|'.join(line)}|\n" for line in lines), width)[1:]
    assert all(line.width <= min(width, MEASURE) for line in found)
    seen = Counter("".join(line.text for line in found))
    times = len(rest) if ": " in "".join(line.text for line in found) and rest else 1
    expected = Counter("".join(map("".join, rest)))
    for sign in "word語xyz1":
        assert seen[sign] == expected[sign] + times * Counter("".join(header))[sign]


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
                "|",
                "|-|\n",
                "[^1]: ",
                "3) ",
                "***\n",
                "![](a)",
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
