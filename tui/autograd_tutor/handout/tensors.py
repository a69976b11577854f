"""A tensor in a cell of a table."""

from __future__ import annotations

from autograd_tutor.limits.handouts import MOST_CELL_LINES, MOST_CELL_WIDTH
from autograd_tutor.recording import numbers, tensor_text
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.nonfinite import nonfinite
from autograd_tutor.render.nonfinite_words import marked_text
from autograd_tutor.render.sanitize import sanitize
from autograd_tutor.render.spoken_values import short_text


def cell_text(tensor: Tensor) -> str:
    """All its numbers where these are few lines, else what they range over; NaN and inf first."""
    if tensor.stats is None and numbers.elements(tensor) is not None:
        written = tensor_text.values(tensor, MOST_CELL_WIDTH)
        if written.count("\n") < MOST_CELL_LINES:
            return sanitize(marked_text(nonfinite(tensor), written))
    return sanitize(short_text(tensor))
