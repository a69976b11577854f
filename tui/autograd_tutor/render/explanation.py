"""A step's explanation: Markdown as rows, wrapped for reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from autograd_tutor.render.rows import Listing, Row, Span, row, wrap
from autograd_tutor.render.sanitize import sanitize, sanitize_line

if TYPE_CHECKING:
    from markdown_it.token import Token

MEASURE = 72
"""Lines of running text are never longer than this many cells."""

_INLINE = {"strong_open": "strong", "em_open": "emphasis", "link_open": "key"}


@lru_cache(maxsize=64)
def explanation_listing(title: str, markdown: str, width: int) -> Listing:
    """The step's title and its explanation, wrapped to `width` cells and at most MEASURE."""
    width = max(8, min(width, MEASURE))
    rows = [*wrap([(sanitize_line(title), "title")], width), Row()]
    rows += _Blocks(width).rows(_tokens(markdown))
    while rows and not rows[-1].text.strip():
        rows.pop()
    return Listing(rows)


@lru_cache(maxsize=64)
def _tokens(markdown: str) -> Sequence[Token]:
    from markdown_it import MarkdownIt  # slow to import: only where there is something to explain

    return MarkdownIt("commonmark").parse(sanitize(markdown))


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
                    marker = self._next_marker()
                    self._enter(marker, " " * len(marker))
                case "blockquote_open":
                    self._enter("▏ ", "▏ ")
                case "list_item_close" | "blockquote_close":
                    self._margins.pop()
                    self._first = self._margins[:]
                case "heading_open":
                    self._heading = True
                case "inline":
                    yield from self._text(_inline(token))
                    self._heading = False
                case "html_block":
                    yield from self._text([(sanitize(token.content).strip("\n"), "")])
                case "fence" | "code_block":
                    for line in token.content.splitlines():
                        yield row((self._lead(), "dim"), "  ", (sanitize_line(line), "string"))
                    yield Row()
                case "hr":
                    yield row(("─" * self._width, "dim"))
                    yield Row()

    def _enter(self, first: str, rest: str) -> None:
        self._first.append(first)
        self._margins.append(rest)

    def _next_marker(self) -> str:
        number = self._numbers[-1]
        if number is None:
            return "• "
        self._numbers[-1] = number + 1
        return f"{number}. "

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
        else:
            # Cleaned here too: an entity such as &#27; becomes a character only when it is parsed.
            style = "string" if child.type == "code_inline" else " ".join(styles)
            yield sanitize_line(child.content), style
