"""What is wrong with a lesson's file: every problem with its place and its mend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autograd_tutor.messages import count
from autograd_tutor.render import signs
from autograd_tutor.render.rows import Listing, Row, row, wrap
from autograd_tutor.render.sanitize import sanitize_line

_INDENT = 2


class Flaw(NamedTuple):
    """One problem: `where` is file:line:column, `excerpt` some lines of source, if any."""

    where: str
    message: str
    mend: str
    excerpt: str = ""


def problems_listing(flaws: Sequence[Flaw], width: int) -> Listing:
    """All problems of a file, one below the other."""
    rows: list[Row] = []
    for flaw in flaws:
        sign = row((f"{signs.FAILURE} ", "failure"), (sanitize_line(flaw.where), "failure strong"))
        rows.append(sign)
        rows += _indented(flaw.message, "strong", width)
        rows += [row((f"    {sanitize_line(line)}", "")) for line in flaw.excerpt.splitlines()]
        rows += _indented(flaw.mend, "", width)
        rows.append(Row())
    return Listing(rows[:-1], title=count(len(flaws), "problem"))


def _indented(text: str, style: str, width: int) -> list[Row]:
    """A sentence, each of its rows indented."""
    first = row((" " * _INDENT, ""))
    return wrap([(sanitize_line(text), style)], max(_INDENT + 1, width), first, _INDENT)
