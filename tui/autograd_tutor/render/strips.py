"""The strip of cells that stands for the elements of a tensor."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tutor.recording.model import Tensor
from autograd_tutor.render.rows import Span


def tensor_strip(_tensor: Tensor, _width: int) -> Sequence[Span]:
    """The elements in at most `width` cells."""
    return ()
