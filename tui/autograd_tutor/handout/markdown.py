"""A handout as Markdown, as GitHub and others read it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from autograd_tutor.handout import labels
from autograd_tutor.handout.blocks import (
    Answered,
    Block,
    Chart,
    Code,
    Graph,
    Handout,
    Hints,
    Note,
    Part,
    Printed,
    Prose,
    Question,
    Room,
    Section,
    Table,
)
from autograd_tutor.render.explanation import tokens
from autograd_tutor.render.sanitize import sanitize, sanitize_line

BEGINNING = "<!-- autograd-tutor print -->\n"
"""By this an earlier handout is known."""

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_HEADING = re.compile(r"^( {0,3})(#{1,6})(?=\s|$)")
_BACKTICKS = re.compile(r"`{3,}")
_LINE = "\\_" * 40


def text(handout: Handout) -> str:
    """All of it."""
    return BEGINNING + "\n" + "\n\n".join(_pieces(handout)) + "\n"


def _pieces(handout: Handout) -> Iterator[str]:
    yield f"# {_plain(handout.title)}"
    yield _plain(handout.summary)
    yield "\n".join(f"- {name}: {_plain(value)}" for name, value in handout.facts)
    yield _plain(handout.how_to)
    for section in (*handout.steps, *([handout.answers] if handout.answers else [])):
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    yield f"## {_plain(section.title)}"
    for each in section.blocks:
        if isinstance(each, Part):
            yield f"### {_plain(each.title)}"
            for block in each.blocks:
                yield from _block(block, 3)
        else:
            yield from _block(each, 2)


def _block(block: Block, above: int) -> Iterator[str]:
    """Paragraphs of one block; `above`: the level of the heading over it."""
    match block:
        case Prose(markdown):
            yield _prose(markdown, above)
        case Note(remark):
            yield f"*{_plain(remark)}*"
        case Code():
            yield f"{_plain(block.title)}:"
            yield _code(block)
        case Printed(title, printed):
            yield f"{_plain(title)}:"
            yield _fenced(printed, "text")
        case Table():
            yield f"{_plain(block.caption)}:"
            yield _table(block)
        case Graph():
            yield f"{_plain(block.title)}:"
            yield _fenced("\n".join(each.text.rstrip() for each in block.rows), "text")
        case Chart():
            yield f"{_plain(block.title)}:"
            yield _fenced("\n".join(block.cells), "text")
        case Question():
            yield f"### {_plain(block.heading)}"
            yield _prose(block.ask, 3)
            yield from _room(block)
        case Answered():
            answer = _choice(block.answer)
            yield f"**{_plain(block.heading)}.** {labels.THE_RUN} **{answer}**"
            yield _prose(block.because, above)
        case Room(title, lines):
            yield f"{_plain(title)}:"
            yield _fenced("\n" * lines, "python")
        case Hints(title, texts):
            yield f"{_plain(title)}:"
            yield "\n".join(_item(number, each) for number, each in enumerate(texts, 1))


def _room(block: Question) -> Iterator[str]:
    if not block.choices:
        yield f"{labels.YOUR_ANSWER} {_LINE}"
        return
    how = {"choice": labels.CHOOSE, "several": labels.CHOOSE_SEVERAL}.get(block.kind, labels.ORDER)
    box = "\\_\\_\\_" if how is labels.ORDER else "[ ]"
    yield how
    yield "\n".join(f"- {box} {_choice(each)}" for each in block.choices)


def _item(number: int, markdown: str) -> str:
    lines = _prose(markdown, 6).split("\n")
    return f"{number}. " + "\n".join(f"   {each}".rstrip() for each in lines).lstrip()


def _code(block: Code) -> str:
    """The code, to be copied; with numbers where these are what one needs."""
    lines = sanitize(block.code).rstrip("\n").split("\n")
    if not block.numbers_matter:
        return _fenced("\n".join(lines), "python")
    width = len(str(block.first_line + len(lines) - 1))
    numbered = enumerate(lines, block.first_line)
    return _fenced("\n".join(f"{at:{width}}  {line}".rstrip() for at, line in numbered), "text")


def _table(block: Table) -> str:
    rows = [block.heads, ("---",) * len(block.heads), *block.rows]
    return "\n".join(
        "| " + " | ".join(each if row is rows[1] else _cell(each) for each in row) + " |"
        for row in rows
    )


def _cell(value: str) -> str:
    return _plain(" ".join(value.split()))


def _prose(markdown: str, above: int) -> str:
    """The lesson's text, its headings below that over it, and its HTML as text."""
    source = sanitize(markdown).strip("\n")
    found = tokens(source)
    code = {
        line
        for token in found
        if token.type in ("fence", "code_block") and token.map
        for line in range(*token.map)
    }
    has_html = any(
        each.type.startswith("html") for token in found for each in (token, *(token.children or ()))
    )
    lines = source.split("\n")
    if has_html:
        lines = list(_without_tags(lines, code))
        again = tokens("\n".join(lines))
        if any(
            each.type.startswith("html")
            for token in again
            for each in (token, *(token.children or ()))
        ):
            return _fenced(source, "text")
    return "\n".join(
        line if at in code else _HEADING.sub(lambda found: _heading(found, above), line)
        for at, line in enumerate(lines)
    )


def _heading(found: re.Match[str], above: int) -> str:
    return f"{found[1]}{'#' * min(6, above + len(found[2]))}"


def _without_tags(lines: Iterable[str], code: set[int]) -> Iterator[str]:
    for at, line in enumerate(lines):
        # Of HTML no tag is left; between backticks it reads a little worse, and is as harmless.
        yield line if at in code else _TAG.sub("&lt;", line)


def _fenced(content: str, language: str) -> str:
    longest = max((len(each) for each in _BACKTICKS.findall(content)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{content}\n{fence}"


def _plain(value: str) -> str:
    """Plain text that means nothing else in Markdown."""
    return _SPECIAL.sub(r"\\\1", sanitize_line(value))


def _choice(value: str) -> str:
    """Plain text in which code stands between backticks."""
    parts = enumerate(sanitize_line(" ".join(value.split())).split("`"))
    return "".join(f"`{part}`" if at % 2 else _plain(part) for at, part in parts if part)
