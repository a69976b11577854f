"""Lines that are to be put in order, as rows."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tutor.render import signs
from autograd_tutor.render.highlight import highlighted, wrapped_code
from autograd_tutor.render.rows import Listing, Row, row


def pieces_listing(order: Sequence[str], chosen: int, taken: bool, width: int) -> Listing:
    """The pieces in their present order; the chosen one stands out, more so when it is taken."""
    rows: list[Row] = []
    begins = []
    for at, piece in enumerate(order):
        begins.append(len(rows))
        sign = (signs.CURRENT if taken else signs.CHANGED) if at == chosen else " "
        base = "" if at != chosen else "current" if taken else "chosen"
        for number, spans in enumerate(highlighted(piece)):
            lead = (f"{sign if not number else ' '} ", "key")
            rows += [line._replace(base=base) for line in wrapped_code(lead, spans, width)]
    first, last = begins[chosen], [*begins, len(rows)][chosen + 1] - 1
    return Listing([_plain(line) for line in rows], (last, first))


def _plain(line: Row) -> Row:
    """A reversed row without styles, as they would be hard to read."""
    return row(line.text, base=line.base) if line.base == "current" else line
