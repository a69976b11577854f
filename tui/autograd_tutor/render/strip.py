"""The whole step as a row of signs, with the place on it."""

from __future__ import annotations

from autograd_tutor.analysis.strip import Mark, scale_of, strip
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render import signs
from autograd_tutor.render.rows import Row, Span, merged

_SIGNS: dict[Mark, Span] = {
    Mark.LINE: (signs.WAITING, "dim"),
    Mark.TURN: (signs.TURN, "dim"),
    Mark.PASS: (signs.GRAD, "grad"),
    Mark.NONFINITE: (signs.NONFINITE, "failure"),
    Mark.FAILURE: (signs.FAILURE, "failure"),
}
_MARGIN = 1


def strip_row(trace: Trace, index: int, width: int) -> Row:
    """The step in `width` cells, each a moment or several, and the one of snapshot `index`."""
    scale = scale_of(trace, width - 2 * _MARGIN)
    found = strip(trace, scale)
    cells = [_SIGNS[mark] for mark in found.marks]
    for label in found.labels:
        for at, digit in enumerate(str(label.number), label.cell):
            cells[at] = (digit, "number")
    if cells:
        cells[scale.cell(index)] = (signs.CURRENT, "current")
    return Row(((" " * _MARGIN, ""), *merged(cells)))
