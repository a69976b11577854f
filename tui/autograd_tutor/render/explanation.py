"""A step's explanation: Markdown as rows, wrapped for reading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING

from autograd_tutor.messages import _
from autograd_tutor.recording.plots import Plot
from autograd_tutor.render.markdown_table import Table, table_rows
from autograd_tutor.render.rows import Listing, Row, Span, row, wrap
from autograd_tutor.render.sanitize import sanitize, sanitize_line

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

MEASURE = 72
"""Lines of running text are never longer than this many cells."""

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_BREAK = re.compile(r"<br */?>", re.IGNORECASE)
_NOTE = re.compile(r"\[\^[^\]]+\]:")
"""The beginning of a footnote's text."""


@lru_cache(maxsize=64)
def explanation_listing(title: str, markdown: str, width: int, plot: Plot | None = None) -> Listing:
    """The step's title and its explanation, wrapped to `width` cells and at most MEASURE.

    Behind the title stands the key that shows what the step has drawn.
    """
    width = max(8, min(width, MEASURE))
    drawn = [] if plot is None else [("  v:", "key"), (f" {_drawn(plot)}", "dim")]
    text = markdown_rows(markdown, width)
    rows = [*wrap([(sanitize_line(title), "title"), *drawn], width), *([Row()] if text else [])]
    return Listing([*rows, *text])


def markdown_rows(markdown: str, width: int) -> list[Row]:
    """A text alone, wrapped to `width` cells."""
    rows = list(_Blocks(max(8, width)).rows(tokens(markdown)))
    while rows and not rows[-1].text.strip():
        rows.pop()
    return rows


def grown_listing(title: str, before: str, markdown: str, width: int) -> Listing:
    """The same of a text that begins as another one did; what is new in it comes into view."""
    listing = explanation_listing(title, markdown, width)
    last = len(listing.rows) - 1
    first = min(last, len(explanation_listing(title, before, width).rows) + 1)
    return listing._replace(scroll_to=(last, first))


def _drawn(plot: Plot) -> str:
    return _("function, tangent") if plot.function else ", ".join(map(sanitize_line, plot.curve))


@lru_cache(maxsize=64)
def tokens(markdown: str) -> Sequence[Token]:
    """A text taken apart; whatever is in it that could control a terminal is text."""
    if not markdown.strip():
        return ()
    from markdown_it import MarkdownIt  # slow to import: only where there is something to explain

    parser = MarkdownIt("commonmark").enable("table")
    parser.block.ruler.at("reference", _reference)
    return parser.parse(sanitize(markdown))


def _reference(state: StateBlock, line: int, last: int, silent: bool) -> bool:
    """The parser's rule for `[name]: address`, which takes the text of a footnote for one."""
    from markdown_it.rules_block import reference

    begin = state.bMarks[line] + state.tShift[line]
    return not state.src.startswith("[^", begin) and reference(state, line, last, silent)


class _Blocks:
    """Lays out block tokens one after the other, at one width."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._numbers: list[int | None] = []
        """The next number of each open list; None for bullets."""
        self._margins: list[str] = []
        """What stands before every row, one piece for each open quote and list item."""
        self._first: list[str] = []
        """The same for the next row alone, which may begin with a bullet or a number."""
        self._heading = False

    def rows(self, tokens: Iterable[Token]) -> Iterator[Row]:
        waiting = iter(tokens)
        for token in waiting:
            match token.type:
                case "bullet_list_open":
                    self._numbers.append(None)
                case "ordered_list_open":
                    self._numbers.append(int(token.attrs.get("start", 1)))
                case "table_open":
                    yield from self._table(_table(waiting))
                case "bullet_list_close" | "ordered_list_close":
                    self._numbers.pop()
                    if not self._numbers:
                        yield Row()
                case "list_item_open":
                    marker = self._next_marker(token.markup)
                    self._enter(marker, " " * len(marker))
                case "blockquote_open":
                    self._enter("▏ ", "▏ ")
                case "list_item_close" | "blockquote_close":
                    if self._first != self._margins:  # there is nothing in it
                        yield row((self._lead().rstrip(), "dim"))
                    self._margins.pop()
                    self._first = self._margins[:]
                case "heading_open":
                    self._heading = True
                case "inline":
                    yield from self._text(_inline(token))
                    self._heading = False
                case "html_block":
                    if text := _COMMENT.sub("", sanitize(token.content)).strip("\n"):
                        yield from self._text([(text, "")])
                case "fence" | "code_block":
                    for line in token.content.splitlines():
                        yield row((self._lead(), "dim"), "  ", (sanitize_line(line), "string"))
                    yield Row()
                case "hr":
                    lead = self._lead()
                    yield row((lead + "─" * (self._width - len(lead)), "dim"))
                    yield Row()

    def _enter(self, first: str, rest: str) -> None:
        self._first.append(first)
        self._margins.append(rest)

    def _table(self, table: Table) -> Iterator[Row]:
        width = self._width - min(len("".join(self._margins)), self._width // 2)
        for line in table_rows(table, width):
            yield Row(((self._lead(), "dim"), *line.spans))
        yield Row()

    def _next_marker(self, sign: str) -> str:
        number = self._numbers[-1]
        if number is None:
            return "• "
        self._numbers[-1] = number + 1
        return f"{number}{sign} "

    def _lead(self) -> str:
        """What the next row begins with; in a narrow pane, only the innermost of it."""
        lead = "".join(self._first)[-(self._width // 2) :]
        self._first = self._margins[:]
        return lead

    def _text(self, text: Iterable[Span]) -> Iterator[Row]:
        style = "strong" if self._heading else ""
        spans = [(part, f"{names} {style}".strip()) for part, names in text]
        lead, margin = self._lead(), self._lead()
        first, *rest = wrap(spans, self._width, row((lead, "dim")), len(margin))
        yield first
        for line in rest:
            yield row((margin, "dim"), *line.spans[1:]) if margin.strip() else line
        if not self._numbers:
            yield Row()


def _table(tokens: Iterator[Token]) -> Table:
    """The table that has been opened; takes its tokens, its end among them."""
    rows: list[list[Sequence[Span]]] = []
    alignments: list[str] = []
    for token in tokens:
        match token.type:
            case "table_close":
                break
            case "tr_open":
                rows.append([])
            case "th_open":
                alignments.append(str(token.attrs.get("style", "left")).rpartition(":")[2])
            case "inline":
                rows[-1].append(list(_inline(token)))
    return Table(rows[0], rows[1:], alignments)


def _inline(token: Token) -> Iterator[Span]:
    children = token.children or []
    styles: list[str] = []
    addresses: list[str] = []
    for child, after in zip_longest(children, children[1:]):
        match child.type:
            case "link_open":
                styles.append("key")
                addresses.append(_address(child, after))
            case "strong_open" | "em_open":
                styles.append("strong" if child.type == "strong_open" else "emphasis")
            case "link_close":
                styles.pop()
                if address := addresses.pop():
                    yield f" ({address})", "dim"
            case "strong_close" | "em_close":
                styles.pop()
            case "softbreak":
                is_note = after is not None and _NOTE.match(after.content)
                yield "\n" if is_note else " ", ""
            case "hardbreak":
                yield "\n", ""
            case "html_inline":
                text = _COMMENT.sub("", child.content)
                yield "\n" if _BREAK.fullmatch(text) else sanitize_line(text), " ".join(styles)
            case "image":
                source = sanitize_line(str(child.attrs.get("src", "")))
                yield (
                    _("[image: {content} ({source})]").format(
                        content=sanitize_line(child.content), source=source
                    ),
                    " ".join(styles),
                )
            case _:
                # Cleaned here too: an entity such as &#27; becomes a character only when parsed.
                style = "string" if child.type == "code_inline" else " ".join(styles)
                yield sanitize_line(child.content), style


def _address(link: Token, text: Token | None) -> str:
    """Where a link leads, unless its text says so."""
    address = sanitize_line(str(link.attrs.get("href", "")))
    is_text = text is not None and address.removeprefix("mailto:") == text.content
    return "" if is_text else address
