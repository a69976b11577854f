"""A step's explanation: Markdown as rows, wrapped for reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from autograd_tutor.render.clean import clean, clean_line
from autograd_tutor.render.rows import Listing, Row, Span, row, wrap

if TYPE_CHECKING:
    from markdown_it.token import Token

MEASURE = 72
"""Lines of running text are never longer than this many cells."""

_INLINE = {"strong_open": "strong", "em_open": "emphasis", "link_open": "key"}


@lru_cache(maxsize=64)
def explanation_listing(title: str, markdown: str, width: int) -> Listing:
    """The step's title and its explanation, wrapped to `width` cells and at most MEASURE."""
    width = max(8, min(width, MEASURE))
    rows = [*wrap([(clean_line(title), "title")], width), Row()]
    rows += _Blocks(width).rows(_tokens(markdown))
    while rows and not rows[-1].text.strip():
        rows.pop()
    return Listing(rows)


@lru_cache(maxsize=64)
def _tokens(markdown: str) -> Sequence[Token]:
    from markdown_it import MarkdownIt  # slow to import: only where there is something to explain

    return MarkdownIt("commonmark").parse(clean(markdown))


class _Blocks:
    """Lays out block tokens one after the other, at one width."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._numbers: list[int | None] = []
        """The next number of each open list; None for bullets."""
        self._marker = ""
        self._quotes = 0
        self._heading = False

    def rows(self, tokens: Sequence[Token]) -> Iterator[Row]:
        for token in tokens:
            match token.type:
                case "bullet_list_open":
                    self._numbers.append(None)
                case "ordered_list_open":
                    self._numbers.append(int(token.attrs.get("start", 1)))
                case "bullet_list_close" | "ordered_list_close":
                    self._numbers.pop()
                    if not self._numbers:
                        yield Row()
                case "list_item_open":
                    self._marker = self._next_marker()
                case "blockquote_open":
                    self._quotes += 1
                case "blockquote_close":
                    self._quotes -= 1
                case "heading_open":
                    self._heading = True
                case "inline":
                    yield from self._text(token)
                    if token.level == 1 + self._quotes and not self._numbers:
                        yield Row()
                    self._heading = False
                case "fence" | "code_block":
                    for line in token.content.splitlines():
                        yield row("  ", (line, "string"))
                    yield Row()
                case "hr":
                    yield row(("─" * self._width, "dim"))
                    yield Row()

    def _next_marker(self) -> str:
        number = self._numbers[-1]
        if number is None:
            return "• "
        self._numbers[-1] = number + 1
        return f"{number}. "

    def _text(self, token: Token) -> list[Row]:
        margin = "▏ " * self._quotes + "  " * max(0, len(self._numbers) - 1)
        lead = margin + (self._marker or "  " * bool(self._numbers))
        self._marker = ""
        style = "strong" if self._heading else ""
        spans = [(text, f"{names} {style}".strip()) for text, names in _inline(token)]
        first = row((lead, "dim")) if lead else None
        return wrap(spans, self._width, first, len(lead))


def _inline(token: Token) -> Iterator[Span]:
    styles: list[str] = []
    for child in token.children or ():
        if child.type in _INLINE:
            styles.append(_INLINE[child.type])
        elif child.nesting < 0:
            styles.pop()
        elif child.type == "softbreak":
            yield " ", ""
        elif child.type == "hardbreak":
            yield "\n", ""
        elif child.type == "code_inline":
            yield child.content, "string"
        else:
            yield child.content, " ".join(styles)
