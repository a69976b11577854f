"""The tensors pane: one row a tensor or other value; those that the lesson watches are open."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from autograd_tutor.analysis.contents import Contents, Item, Part
from autograd_tutor.analysis.identity import Identity
from autograd_tutor.analysis.summaries import summary
from autograd_tutor.limits.interface import LEAST_NAME_CELLS, MOST_OPEN, MOST_OPEN_LINES
from autograd_tutor.messages import _
from autograd_tutor.recording import tensor_text
from autograd_tutor.recording.model import Tensor
from autograd_tutor.render import signs
from autograd_tutor.render.heat import Marks
from autograd_tutor.render.identity_words import rebound_remarks, remarks
from autograd_tutor.render.rows import Listing, Row, Span, elide, row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.short import short_spans, summary_texts, whole_numbers
from autograd_tutor.render.short_names import short_name
from autograd_tutor.render.sparkline import sparkline
from autograd_tutor.render.tangents import tangent_rows
from autograd_tutor.render.tensor_words import (
    TENSOR_SIGNS,
    kind_text,
    own_shape_and_type,
    transform_text,
)

EARLIER = "\x00earlier"
"""The key of the row that stands for what earlier steps have made: no name has such a character."""

MARGIN = 4
"""Cells before a name: whether it is fresh, and its sign."""

LEAST_SPARK, MOST_SPARK = 5, 16
"""Cells of a sparkline."""

_LEAST_FOLDED = 2

_LEAST_ALIGNED = 60
"""Cells of a row from which on shapes take a column of their own: before, numbers need the room."""

_LEAST_CELLS = 8
"""Cells of a very long name, and then of what is behind the shape, however narrow the pane is."""


class _Columns:
    """How wide the columns of names and of shapes are, so that what is short lines up."""

    def __init__(self, items: Sequence[Item], width: int) -> None:
        self.width = width
        self.names = tuple(sanitize_line(item.name) for item in items)
        names = [cell_len(_names(item)) for item in items if item.tensor]
        shapes = [len(own_shape_and_type(item.tensor)) for item in items if item.tensor]
        self.name = max((size for size in names if size <= width // 3), default=0)
        aligned = [size for size in shapes if size <= width // 5 and width >= _LEAST_ALIGNED]
        self.shape = max(aligned, default=0)


def tensors_listing(
    contents: Contents, width: int = 80, unfolded: bool = False, marks: Marks = Marks.COLOURS
) -> Listing:
    """All items in `width` cells; `unfolded`: with a row for each of an earlier step, too."""
    earlier = [item for item in contents.items if item.part is Part.EARLIER]
    near = [item for item in contents.items if item.part is not Part.EARLIER]
    if len(earlier) < _LEAST_FOLDED:
        near, earlier = [*near, *earlier], []
    shown = [*near, *earlier] if unfolded else near
    columns = _Columns(shown, width)
    watched = sum(item.part is Part.WATCHED for item in near)
    rows: list[Row] = []
    keys: list[str | None] = []
    fresh: list[int] = []
    for at, item in enumerate(shown):
        if earlier and at == len(near):
            rows.append(_fold_row(earlier, width, unfolded))
            keys.append(EARLIER)
        is_open = item.part is Part.WATCHED and watched <= MOST_OPEN
        found = _item_rows(item, columns, contents.identity, is_open, marks)
        if item.fresh:
            fresh += [len(rows), len(rows) + len(found) - 1]
        rows += found
        keys += [item.name, *[None] * (len(found) - 1)]
    if earlier and not unfolded:
        rows.append(_fold_row(earlier, width, unfolded))
        keys.append(EARLIER)
    if contents.gone:
        gone = sanitize_line(_("gone: ") + ", ".join(contents.gone))
        found = wrap([(gone, "dim")], width, row("  "), 4)
        rows += found
        keys += [None] * len(found)
    return Listing(rows, fresh[::-1], keys=keys)


def _fold_row(earlier: Sequence[Item], width: int, unfolded: bool) -> Row:
    text = _("{count:,} from earlier steps").format(count=len(earlier))
    names = "" if unfolded else ", ".join(sanitize_line(item.name) for item in earlier)
    room = width - MARGIN - len(text) - 2
    behind = f"  {elide(names, room, room // 3)}" if names and room > LEAST_NAME_CELLS else ""
    return row(f"  {signs.FOLDED} ", (text, "strong"), (behind, "dim"))


def _item_rows(
    item: Item, columns: _Columns, identity: Identity, is_open: bool, marks: Marks
) -> list[Row]:
    tensor, width = item.tensor, columns.width
    if tensor is None:
        return _value_rows(item, columns, is_open)
    style = "strong" if item.fresh else ""
    head, other_names = _head(item, tensor, columns)
    head.append(("  ", ""))
    room = width - Row(tuple(head)).width
    opened = _open_rows(tensor, room, width, style) if is_open else []
    short = [] if opened else short_spans(tensor, room, style, marks, item.picture)
    spans = [*head, *short] if short else head[:-1]
    spans += _spark(item, width - Row(tuple(spans)).width)
    words = _words(tensor, item, identity, is_open)
    if other_names:
        words.insert(0, other_names)
    while words and Row(tuple(spans)).width + 2 + len(words[0]) <= width:
        spans.append((f"  {words.pop(0)}", "dim"))
    below: list[Row] = []
    needed = [other_names, *rebound_remarks((item.name,), identity)]
    for text in words:
        if is_open or item.fresh or text in needed:
            below += wrap([(text, "dim")], width, row("    "), 4)
    below += opened or (_summary_rows(tensor, Row(tuple(spans)), width) if is_open else [])
    below += tangent_rows(tensor, item.was, width, style)
    return [Row(tuple(spans)), *below]


def _words(tensor: Tensor, item: Item, identity: Identity, is_open: bool) -> list[str]:
    """What there is to say besides, the most important first."""
    transform = transform_text(tensor)
    found = [transform] if transform else []
    found += remarks((item.name,), identity)
    made_by = sanitize_line(tensor.grad_fn_name or "")
    if is_open:
        found.append(made_by or kind_text(tensor))
    return found


def _names(item: Item) -> str:
    return sanitize_line(_(" is ").join((item.name, *item.also)))


def _head(item: Item, tensor: Tensor, columns: _Columns) -> tuple[list[Span], str]:
    """Signs, names and shape; and what has no room of the names."""
    sign, style = TENSOR_SIGNS[tensor.kind]
    shape = own_shape_and_type(tensor)
    room = columns.width - MARGIN - len(shape) - 4
    if cell_len(_names(item)) > 2 * columns.width // 3:
        room = max(_LEAST_CELLS, room - _LEAST_CELLS)
    also = (
        _(" is {also}").format(also=sanitize_line(_(" is ").join(item.also))) if item.also else ""
    )
    name = sanitize_line(item.name)
    left_out = also.strip() if cell_len(name + also) > room else ""
    name = short_name(name, columns.names, room, room // 2)
    also = "" if left_out else also
    gap = " " * max(0, columns.name - cell_len(name + also))
    return [
        (f"{signs.CHANGED} " if item.fresh else "  ", "changed" if item.fresh else ""),
        (f"{sign} ", style),
        (name, f"{style} changed" if item.fresh else style),
        (also + gap, "dim"),
        (f"  {shape.ljust(columns.shape)}", "dim"),
    ], left_out


def _spark(item: Item, room: int) -> list[Span]:
    cells = min(MOST_SPARK, room - 2)
    if not item.followed or (cells < len(item.followed) and cells < LEAST_SPARK):
        return []
    return [("  ", ""), *sparkline(item.followed, cells, style="operation")]


def _open_rows(tensor: Tensor, room: int, width: int, style: str) -> list[Row]:
    """The numbers below each other, where they do not fit into `room` cells and lines are few."""
    if tensor.raw is None or whole_numbers(tensor, room) is not None:
        return []
    lines = tensor_text.values(tensor, width - MARGIN).split("\n")
    return [row("    ", (line, style)) for line in lines] if len(lines) <= MOST_OPEN_LINES else []


def _summary_rows(tensor: Tensor, above: Row, width: int) -> list[Row]:
    """What the row above has no room for of many numbers."""
    found = summary(tensor)
    if found is None or whole_numbers(tensor, width) is not None:
        return []
    texts = [text for text in summary_texts(found) if text not in above.text]
    return wrap([("  ".join(texts), "dim")], width, row("    "), 4) if texts else []


def _value_rows(item: Item, columns: _Columns, is_open: bool) -> list[Row]:
    """`name = value`; of what is too long for the row the middle is left out, if it is not open."""
    style = "changed" if item.fresh else ""
    room = max(LEAST_NAME_CELLS, columns.width // 2)
    name = elide(_names(item), room, room // 2)
    room = max(3, columns.width - 2 - cell_len(name) - 3)
    value, strong = sanitize_line(item.value), "strong" if item.fresh else ""
    head = row((f"{signs.CHANGED} " if item.fresh else "  ", style), (name, style), (" = ", "dim"))
    if is_open and cell_len(value) > room:
        whole = wrap([(value, strong)], columns.width, head, MARGIN)
        if len(whole) <= MOST_OPEN_LINES:
            return whole
    spark = _spark(item, room - cell_len(value)) if item.followed else []
    return [Row((*head.spans, (elide(value, room, room // 3), strong), *spark))]
