"""A lesson's Markdown as HTML: nothing in it can run, load or close what is around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from autograd_tutor.handout import labels
from autograd_tutor.render.explanation import tokens
from autograd_tutor.render.sanitize import sanitize, sanitize_line

if TYPE_CHECKING:
    from markdown_it.token import Token

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_BREAK = re.compile(r"<br */?>", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://|mailto:", re.IGNORECASE)
"""Where a link may lead from a page that lies on a disk."""

_TAGS = {
    "paragraph": "p",
    "bullet_list": "ul",
    "ordered_list": "ol",
    "list_item": "li",
    "blockquote": "blockquote",
    "strong": "strong",
    "em": "em",
    "thead": "thead",
    "tbody": "tbody",
    "tr": "tr",
}


def inline_html(text: str) -> str:
    """Plain text in which code stands between backticks."""
    parts = enumerate(sanitize_line(" ".join(text.split())).split("`"))
    return "".join(
        f"<code>{escape(part)}</code>" if at % 2 else escape(part) for at, part in parts if part
    )


@lru_cache(maxsize=256)
def markdown_html(markdown: str, heading: int) -> str:
    """The text as HTML. Its headings are of level `heading` or more, and leave none out."""
    return _Writer(heading).blocks(tokens(markdown))


class _Writer:
    """Writes tokens; what it has no rule for is written as text."""

    def __init__(self, heading: int) -> None:
        self._above = heading - 1
        self._least = heading
        self._heading = heading
        self._links: list[bool] = []

    def blocks(self, found: Sequence[Token]) -> str:
        """A sequence of block tokens."""
        return "".join(map(self._block, found))

    def _block(self, token: Token) -> str:
        name, _, part = token.type.rpartition("_")
        if token.type == "inline":
            return "".join(map(self._inline, token.children or ()))
        if token.hidden:  # the paragraphs of a tight list
            return ""
        if name == "heading":
            return self._heading_tag(token, part)
        if name in ("th", "td"):
            scope = ' scope="col"' if name == "th" else ""
            return f"<{name}{scope}>" if part == "open" else f"</{name}>"
        if name == "table":
            wide = f'<div class="wide" tabindex="0" role="group" aria-label="{labels.TABLE}">'
            return f"{wide}<table>" if part == "open" else "</table></div>\n"
        if name in _TAGS:
            return self._tag(token, _TAGS[name], part)
        if token.type in ("fence", "code_block"):
            return f"<pre><code>{escape(sanitize(token.content).rstrip())}</code></pre>\n"
        if token.type == "hr":
            return "<hr>\n"
        text = _COMMENT.sub("", token.content).strip()
        return f"<p>{escape(sanitize(text))}</p>\n" if text else ""

    def _heading_tag(self, token: Token, part: str) -> str:
        if part == "open":
            wanted = self._least - 1 + int(token.tag[1:])
            self._heading = min(6, wanted, self._above + 1)
            self._above = self._heading
        return f"<{'/' if part == 'close' else ''}h{self._heading}>" + (
            "\n" if part == "close" else ""
        )

    @staticmethod
    def _tag(token: Token, tag: str, part: str) -> str:
        if part == "close":
            return f"</{tag}>" if tag in ("strong", "em") else f"</{tag}>\n"
        start = token.attrs.get("start")
        return f'<{tag} start="{int(start)}">' if start is not None else f"<{tag}>"

    def _inline(self, token: Token) -> str:
        name, _, part = token.type.rpartition("_")
        if name in ("strong", "em"):
            return self._tag(token, _TAGS[name], part)
        match token.type:
            case "link_open":
                address = sanitize_line(str(token.attrs.get("href", "")))
                self._links.append(bool(_ADDRESS.match(address)))
                return f'<a href="{escape(address)}">' if self._links[-1] else ""
            case "link_close":
                return "</a>" if self._links.pop() else ""
            case "softbreak":
                return "\n"
            case "hardbreak":
                return "<br>\n"
            case "code_inline":
                return f"<code>{escape(sanitize_line(token.content))}</code>"
            case "image":
                source = sanitize_line(str(token.attrs.get("src", "")))
                return escape(f"[image: {sanitize_line(token.content)} ({source})]")
            case "html_inline":
                text = _COMMENT.sub("", token.content)
                return "<br>" if _BREAK.fullmatch(text) else escape(sanitize_line(text))
        return escape(sanitize_line(token.content))
