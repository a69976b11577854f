"""The elements of a tensor as a table: an index before each row, and one above each column."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import EDGE_ITEMS, Tensor
from autograd_tutor.recording.number_text import aligned
from autograd_tutor.render.rows import Row, Span, merged, row


def number_table(tensor: Tensor) -> list[Row]:
    """A table of the last two dimensions for each index of those before; nothing without numbers.

    Of a large tensor the first and the last of each dimension, as they were recorded. Rows are as
    wide as they need to be.
    """
    shape = tensor.shape or ()
    raw = numbers.elements(tensor)
    kept = shape
    if raw is None and (raw := numbers.edges(tensor)) is not None:
        kept = numbers.edges_shape(shape)
    if not raw:
        return []
    written, _ = aligned(raw, tensor.dtype)
    indices = [_indices(size, part) for size, part in zip(shape, kept, strict=True)]
    if len(shape) < 2:
        return _flat(written, indices[0] if indices else [])
    rows: list[Row] = []
    height, width = kept[-2], kept[-1]
    block = height * width
    for number, outer in enumerate(product(*indices[:-2])):
        if len(shape) > 2:
            rows.append(row((f"[{', '.join(map(str, outer))}]", "strong")))
        part = written[number * block : (number + 1) * block]
        rows += _matrix(part, indices[-2], indices[-1])
    return rows


def _indices(size: int, kept: int) -> list[int]:
    """The indices of a dimension of which only the ends may have been kept."""
    if kept == size:
        return list(range(size))
    return [*range(EDGE_ITEMS), *range(size - EDGE_ITEMS, size)]


def _flat(written: Sequence[str], indices: Sequence[int]) -> list[Row]:
    if not indices:
        return [row(_cell(written[0].strip()))]
    return _matrix(written, [], indices)


def _matrix(written: Sequence[str], down: Sequence[int], across: Sequence[int]) -> list[Row]:
    """Rows of numbers; without indices at their left where there is but one row."""
    if not across:
        return []
    size = max(len(str(max(across))), *map(len, written))
    margin = max((len(str(at)) for at in down), default=0)
    heads = "".join(f"  {at:>{size}}" for at in across)
    rows = [row((" " * margin + heads, "dim"))]
    width = len(across)
    for at in range(max(1, len(down)) if written else 0):
        cells = written[at * width : (at + 1) * width]
        label = f"{down[at]:>{margin}}" if down else ""
        spans: list[Span] = [(label, "dim")]
        for cell in cells:
            spans += [("  ", ""), _cell(cell.rjust(size))]
        rows.append(Row(merged(spans)))
    return rows


def _cell(text: str) -> Span:
    return text, "failure strong" if "n" in text else ""  # nan and inf alone have this letter
