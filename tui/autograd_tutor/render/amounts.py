"""A recorded gradient in a row: its numbers where they are few, else its size."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd_tutor.analysis.norms import grad_norm
from autograd_tutor.analysis.sums import real_elements
from autograd_tutor.formulas.numbers_in import MOST_ELEMENTS, small_text
from autograd_tutor.limits.interface import MOST_WRITTEN_CHARACTERS
from autograd_tutor.messages import _
from autograd_tutor.recording import numbers
from autograd_tutor.recording.batches import batches
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.nonfinite import nonfinite
from autograd_tutor.recording.number_text import number_text
from autograd_tutor.recording.tensor_text import one_line
from autograd_tutor.render.nonfinite_words import mark
from autograd_tutor.render.rows import Row, Span, row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.tensor_words import norm_text, shape_and_type


def amount_rows(
    grad: Tensor | None, width: int, first: Row, indent: int, *label: Span
) -> list[Row]:
    """A gradient behind a label, as `wrap` lays it out: its numbers or its size, and its shape.

    Few numbers that do not fit beside the label stand below it.
    """
    if grad is None:
        return wrap([*label, (_("nothing"), "dim")], width, first, indent)
    shape = "" if grad.shape == () else f"  {shape_and_type(grad)}"
    lead = first.width + Row(label).width
    text = _few_numbers(grad)
    marked, style = mark(nonfinite(grad), behind="  "), "grad"
    if marked and text is not None and math.prod(grad.shape or ()) == 1:
        marked, style = marked[:1], "failure strong"  # the number says the rest
    below = text is not None and lead > indent
    if text is None:
        size = grad_norm(grad)
        room = max(8, width - lead - len(shape))
        text = one_line(grad, room) if size is None else norm_text(grad, size)
    amount = (*marked, (sanitize_line(text), style), (shape, "dim"))
    if not below or lead + Row(amount).width <= width:
        return wrap([*label, *amount], width, first, indent)
    margin = row(" " * indent)
    return [*wrap(label, width, first, indent), *wrap(amount, width, margin, indent)]


def is_written_out(grad: Tensor) -> bool:
    """Whether all numbers of a gradient stand in its row."""
    return small_text(grad) is not None


def _few_numbers(grad: Tensor) -> str | None:
    """The numbers of a gradient of at most MOST_ELEMENTS elements, if they were recorded."""
    if grad.shape is None or math.prod(grad.shape) > MOST_ELEMENTS:
        return None
    if not numbers.is_complex(grad.dtype):
        return small_text(grad)
    return None if numbers.elements(grad) is None else one_line(grad, MOST_WRITTEN_CHARACTERS)


def written_sum(parts: Sequence[Tensor | None], total: Tensor | None) -> str | None:
    """`1 + 2 = 3`, with ≈ where the numbers are rounded; None where they are not written out."""
    texts = [None if part is None else small_text(part) for part in parts]
    terms = [text for text in texts if text is not None]
    result = None if total is None else small_text(total)
    if len(parts) < 2 or result is None or len(terms) != len(parts):
        return None
    if total is None or any(part is None or _layout(part) != _layout(total) for part in parts):
        return None
    terms[1:] = [f"({text})" if text.startswith("-") else text for text in terms[1:]]
    equals = "=" if _is_exact([part for part in parts if part is not None], total) else "≈"
    return f"{' + '.join(terms)} {equals} {result}"


def _layout(tensor: Tensor) -> tuple[object, ...]:
    return tensor.shape, batches(tensor)


def _is_exact(parts: Sequence[Tensor], total: Tensor) -> bool:
    """Whether the numbers add up as they are written."""
    columns = [
        [float(number_text(x)) for x in real_elements(each) or ()] for each in (*parts, total)
    ]
    *terms, result = columns
    return all(
        math.isclose(sum(each), value, rel_tol=1e-12)
        or not math.isfinite(value)
        or value == sum(each)
        for value, *each in zip(result, *terms, strict=True)
    )
