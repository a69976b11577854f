"""Python code in colours: what each piece of a line is."""

from __future__ import annotations

import io
import keyword
import tokenize
from collections.abc import Sequence
from functools import lru_cache

from rich.cells import cell_len

from autograd_tutor.render.rows import Row, Span, row, wrap
from autograd_tutor.render.sanitize import sanitize_line


@lru_cache(maxsize=32)
def highlighted(code: str) -> tuple[tuple[Span, ...], ...]:
    """The spans of every line of a Python snippet; without colours behind a syntax error.

    By the standard library's own tokenizer: a highlighting library takes longer to load than all
    the rest of the first screen takes to draw.
    """
    lines = code.rstrip("\n").split("\n")
    styled: list[list[tuple[int, int, str]]] = [[] for _ in lines]
    before = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            style = _style(token, before)
            before = token.string
            (top, left), (bottom, right) = token.start, token.end
            if style:
                for number in range(top, min(bottom, len(lines)) + 1):
                    start = left if number == top else 0
                    end = right if number == bottom else len(lines[number - 1])
                    styled[number - 1].append((start, end, style))
    except (tokenize.TokenError, SyntaxError):
        pass  # the kernel says where the error is; what comes before it keeps its colours
    return tuple(_spans(line, pieces) for line, pieces in zip(lines, styled, strict=True))


def wrapped_code(lead: Span, spans: Sequence[Span], width: int) -> list[Row]:
    """A line of code behind a sign, in as many rows as it takes, the further ones indented."""
    text = Row(tuple(spans)).text
    blanks = len(text) - len(text.lstrip())
    rest, skip = [], blanks
    for piece, style in spans:
        rest.append((piece[skip:], style))
        skip = max(0, skip - len(piece))
    further = min(cell_len(lead[0]) + blanks + 2, width // 2)
    return wrap(rest, width, row(lead, " " * min(blanks, width // 2)), further)


def _style(token: tokenize.TokenInfo, before: str) -> str:
    match token.type:
        case tokenize.NAME if before in ("def", "class"):
            return "definition"
        case tokenize.NAME if keyword.iskeyword(token.string):
            return "keyword"
        case tokenize.STRING:
            return "string"
        case tokenize.NUMBER:
            return "number"
        case tokenize.COMMENT:
            return "comment"
    # From Python 3.12 on, an f-string is several tokens.
    return "string" if tokenize.tok_name[token.type].startswith("FSTRING") else ""


def _spans(line: str, pieces: list[tuple[int, int, str]]) -> tuple[Span, ...]:
    spans: list[Span] = []
    at = 0
    for start, end, style in pieces:
        spans += [(sanitize_line(line[at:start]), ""), (sanitize_line(line[start:end]), style)]
        at = end
    spans.append((sanitize_line(line[at:]), ""))
    return tuple(span for span in spans if span[0])
