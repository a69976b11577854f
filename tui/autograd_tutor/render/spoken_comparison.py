"""What differs between two moments in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.analysis.comparison import Comparison, Pair
from autograd_tutor.messages import _
from autograd_tutor.recording.model import Node, Tensor
from autograd_tutor.recording.number_text import number_text
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.spoken_values import short_text

_NOTHING = _("nothing")


def comparison_rows(found: Comparison, before: str, now: str) -> Iterator[Row]:
    """What differs; `before` and `now` say what the two sides are."""
    rows = [*_code_rows(found, before, now), *_value_rows(found), *_graph_rows(found)]
    yield row(sanitize_line(_("Compared: {before}, and {now}.").format(before=before, now=now)))
    yield from rows
    if not rows:
        yield row(_("Nothing differs."))


def _code_rows(found: Comparison, before: str, now: str) -> Iterator[Row]:
    for pair in found.code:
        if pair.differs:
            side = now if pair.left is None else before
            yield row(
                sanitize_line(
                    _("Only in {side}, line {right}: {name}").format(
                        side=side, right=pair.right or pair.left, name=pair.name
                    )
                )
            )


def _value_rows(found: Comparison) -> Iterator[Row]:
    for pair in found.values:
        if pair.differs:
            yield _pair_row(pair.name, pair.left, pair.right, pair.largest)
    for grad in found.gradients:
        if grad.differs:
            yield _pair_row(f"{grad.name}.grad", grad.left, grad.right, grad.largest)


def _pair_row(
    name: str, left: Tensor | str | None, right: Tensor | str | None, largest: float | None
) -> Row:
    by = _("; differs by up to {largest}").format(largest=number_text(largest)) if largest else ""
    return row(
        sanitize_line(
            _("{name}: before {left}, now {right}{by}").format(
                name=name, left=_text(left), right=_text(right), by=by
            )
        )
    )


def _text(value: Tensor | str | None) -> str:
    if value is None:
        return _NOTHING
    return value if isinstance(value, str) else short_text(value)


def _graph_rows(found: Comparison) -> Iterator[Row]:
    nodes: list[Pair[Node]] = [pair for pair in found.nodes or () if pair.differs]
    for pair in nodes:
        left, right = (_NOTHING if each is None else each.name for each in (pair.left, pair.right))
        yield row(
            sanitize_line(_("Graph: before {left}, now {right}").format(left=left, right=right))
        )
    for operation in found.operations:
        if operation.differs:
            often = _("before {left:,} times, now {right:,} times").format(
                left=operation.left or 0, right=operation.right or 0
            )
            yield row(sanitize_line(f"{operation.name}: {often}"))
