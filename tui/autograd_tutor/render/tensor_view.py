"""A tensor's own view: all that is known of it, at one moment."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tutor.analysis.code_state import source_line
from autograd_tutor.analysis.contents import Contents, Item
from autograd_tutor.analysis.curves import curve_of
from autograd_tutor.analysis.heat_map import heat_map, picture_at
from autograd_tutor.analysis.norms import grad_norm
from autograd_tutor.analysis.summaries import Summary, summary
from autograd_tutor.analysis.tensor_facts import Change, changes, reached, sharing
from autograd_tutor.limits.interface import MOST_MOMENTS_LISTED
from autograd_tutor.messages import _
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.nonfinite import nonfinite
from autograd_tutor.recording.number_text import number_text
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.heat import Marks
from autograd_tutor.render.heat_map import heat_map_listing
from autograd_tutor.render.identity_words import rebound_remarks, remarks, shares_words
from autograd_tutor.render.nonfinite_words import mark
from autograd_tutor.render.number_table import number_table
from autograd_tutor.render.rows import Listing, Row, Span, row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import joined
from autograd_tutor.render.short import short_spans
from autograd_tutor.render.sparkline import sparkline
from autograd_tutor.render.tangents import tangent_rows
from autograd_tutor.render.tensor_words import (
    TENSOR_SIGNS,
    kind_text,
    own_shape_and_type,
    text_lines,
    transform_text,
)

_BESIDE = 4
"""Cells between a tensor and its `.grad` beside it."""

_BAR_CELLS = 24

_MAP_ROWS, _MAP_HEAD = 16, 2
"""Rows of a heat map, and those of them that say what this view has said."""

_LEAST_COUNTED = 10
"""Elements from which on a histogram shows more than the numbers themselves."""


def item_listing(
    trace: Trace,
    index: int,
    contents: Contents,
    name: str,
    width: int = 80,
    marks: Marks = Marks.COLOURS,
) -> Listing:
    """Everything about what has a name at snapshot `index`."""
    found = (each for each in contents.items if name in (each.name, *each.also))
    item = next(found, None)
    shown = sanitize_line(name)
    if item is None:
        text = _("{shown} does not exist at this moment.").format(shown=shown)
        return Listing(
            wrap([(text, "dim")], width), title=_("Tensors · {shown}").format(shown=shown)
        )
    if item.tensor is None:
        text = sanitize_line(item.value)
        return Listing(wrap([(text, "")], width), title=_("Tensors · {shown}").format(shown=shown))
    tensor = item.tensor
    history = changes(trace, index, item.name)
    parts = [
        _heading(trace, index, item, tensor, contents, width),
        statistics_rows(tensor, width),
        _gradients(trace, index, tensor, width, marks),
        _curve(trace, index, item.name, width),
        _heat_map(trace, index, item.name, tensor, width, marks),
        _numbers(tensor, width),
        tangent_rows(tensor, item.was, width),
        _histogram(tensor),
        _moments(history, width, marks),
    ]
    rows: list[Row] = []
    for part in parts:
        rows += [Row(), *part] if rows and part else part
    return Listing(rows, title=_("Tensors · {shown}").format(shown=shown))


def _heading(
    trace: Trace, index: int, item: Item, tensor: Tensor, contents: Contents, width: int
) -> list[Row]:
    """Names, kind, shape; what made it; whose memory it shares."""
    sign, style = TENSOR_SIGNS[tensor.kind]
    names = sanitize_line(_(" is ").join((item.name, *item.also)))
    words = [kind_text(tensor), tensor.dtype.removeprefix("torch."), tensor.device]
    words.append(f"requires_grad={tensor.requires_grad}")
    if tensor.version is not None:
        words.append(_("version {version}").format(version=tensor.version))
    head: list[Span] = [
        (f"{sign} ", style),
        (names, f"{style} strong"),
        *mark(nonfinite(tensor), ahead="  "),
        (f"  {own_shape_and_type(tensor)}  ", ""),
        (sanitize_line(", ".join(words)), "dim"),
    ]
    rows = wrap(head, width, indent=2)
    rows += made_by_rows(trace, index, item.name, tensor, width)
    names_of = (item.name, *item.also)
    remarked = remarks(names_of, contents.identity)
    shared = [name for name in sharing(trace.state(index), item.name) if name not in item.also]
    if shared:
        remarked = rebound_remarks(names_of, contents.identity)
        remarked.append(shares_words(joined(shared)))
    if transform := transform_text(tensor):
        remarked.insert(0, transform)
    for text in dict.fromkeys(remarked):
        rows += wrap([(text, "")], width, row("  "), 4)
    return rows


def made_by_rows(trace: Trace, index: int, name: str, tensor: Tensor, width: int) -> list[Row]:
    """The line that made it, and the operation if one was recorded."""
    node = None if tensor.grad_fn is None else trace.nodes.get(tensor.grad_fn)
    operation = f", {sanitize_line(tensor.grad_fn_name)}" if tensor.grad_fn_name else ""
    if node is not None:
        step, line = node.step, node.line
    else:
        since = trace.bound_since(index, name)
        step, line = trace.step, trace.snapshots[since].line if since >= 0 else 0
        if since < 0:
            return [
                row((_("  made before this step{operation}").format(operation=operation), "dim"))
            ]
    if not line:
        return [
            row((_("  made before the first line{operation}").format(operation=operation), "dim"))
        ]
    number = trace.place(line, step)
    if step != trace.step:
        return [
            row(
                (
                    _("  made by line {number} of step {step}{operation}").format(
                        number=number, step=step + 1, operation=operation
                    ),
                    "dim",
                )
            )
        ]
    source = sanitize_line(source_line(trace.source, line))
    made: list[Span] = [
        (_("made by line {number}{operation}: ").format(number=number, operation=operation), "dim"),
        (source, ""),
    ]
    return wrap(made, width, row("  "), 4)


def _heat_map(
    trace: Trace, index: int, name: str, tensor: Tensor, width: int, marks: Marks
) -> list[Row]:
    """A matrix as coloured cells; of more dimensions the first one."""
    if len(tensor.shape or ()) < 2:
        return []
    picture = picture_at(trace, index, name) if tensor.raw is None else None
    found = heat_map(name, tensor, 0, picture)
    if found.cells is None or found.missing is not None:
        return []
    title = row((_("heat map"), "strong"), (_("  m fills the screen with it"), "dim"))
    return [title, *heat_map_listing(found, width, _MAP_ROWS, marks).rows[_MAP_HEAD:]]


def _numbers(tensor: Tensor, width: int) -> list[Row]:
    """The elements, and those of the `.grad` beside them, or below where there is no room."""
    own = _titled(_("values"), tensor)
    if tensor.grad is None:
        return own
    grad = _titled(".grad", tensor.grad)
    room = max((each.width for each in own), default=0) + _BESIDE
    if room + max(each.width for each in grad) > width:
        return [*own, Row(), *grad]
    return [
        Row((*left.spans, (" " * (room - left.width), ""), *right.spans))
        for left, right in _pairs(own, grad)
    ]


def _pairs(left: Sequence[Row], right: Sequence[Row]) -> list[tuple[Row, Row]]:
    empty = Row()
    size = max(len(left), len(right))
    return [
        (left[at] if at < len(left) else empty, right[at] if at < len(right) else empty)
        for at in range(size)
    ]


def _titled(title: str, tensor: Tensor) -> list[Row]:
    size = grad_norm(tensor)
    norm = "" if size is None else _("  norm {size}").format(size=number_text(size))
    is_part = tensor.raw is None and tensor.edges is not None
    part = _("  first and last of each dimension") if is_part else ""
    head = row((title, "strong"), *mark(nonfinite(tensor), ahead="  "), (norm + part, "dim"))
    table = number_table(tensor)
    return [head, *(table or [row(line) for line in text_lines(tensor, 100)])]


def statistics_rows(tensor: Tensor, width: int) -> list[Row]:
    """Range, mean and spread."""
    found = summary(tensor)
    if found is None or found.finite < 2:
        return []
    rows = [row((_("statistics"), "strong"), *_scope(tensor, found))]
    pairs = [
        (_("min"), number_text(found.least)),
        (_("max"), number_text(found.greatest)),
        (_("mean"), number_text(found.mean)),
        (_("std"), number_text(found.std)),
        (_("norm"), number_text(found.norm)),
    ]
    if found.zeros is not None:
        pairs.append((_("zeros"), f"{found.zeros:,}"))
    spans: list[Span] = []
    for label, text in pairs:
        spans += [(f"{label} ", "dim"), (f"{text}   ", "")]
    return rows + wrap(spans, width, row("  "), 2)


def _scope(tensor: Tensor, found: Summary) -> list[Span]:
    nonfinites = nonfinite(tensor)
    words = []
    if nonfinites is not None:
        words.append(_("of the {finite:,} finite elements").format(finite=found.finite))
    if found.sampled and tensor.stats is not None:
        words.append(
            _("from a sample of {sampled:,} of {count:,}").format(
                sampled=tensor.stats.sampled, count=tensor.stats.count
            )
        )
    return [(f"  {', '.join(words)}", "dim")] if words else []


def _histogram(tensor: Tensor) -> list[Row]:
    """How many elements there are in equal parts of the range: one bar each."""
    found = summary(tensor)
    if found is None or found.least == found.greatest or found.finite < _LEAST_COUNTED:
        return []
    counts = found.histogram
    most = max(counts, default=0)
    if not most:
        return []
    span = found.greatest / len(counts) - found.least / len(counts)
    edges = [number_text(float(f"{found.least + at * span:.3g}")) for at in range(len(counts))]
    size = max(map(len, edges))
    rows = [row((_("histogram"), "strong"))]
    for edge, number in zip(edges, counts, strict=True):
        cells = -(-number * _BAR_CELLS // most)
        rows.append(
            row((f"  {edge:>{size}} ", "dim"), ("█" * cells, "operation"), (f" {number:,}", "dim"))
        )
    return rows


def _gradients(trace: Trace, index: int, tensor: Tensor, width: int, marks: Marks) -> list[Row]:
    """What reaches it in the passes so far."""
    found = reached(trace, index, tensor)
    if not found:
        return []
    rows = [row((_("gradients that reach it"), "strong"))]
    for each in found:
        head = row((_("  backward {call}  ").format(call=each.call), "dim"))
        if each.grad is None:
            rows.append(Row((*head.spans, (_("nothing"), "dim"))))
            continue
        rows.append(Row((*head.spans, *short_spans(each.grad, width - head.width, "grad", marks))))
    return rows


def _curve(trace: Trace, index: int, name: str, width: int) -> list[Row]:
    """How its number, or its norm, changed up to a moment."""
    curve = curve_of(trace, name, len(trace))
    values = [] if curve is None else [value for at, value in curve.points if at <= index]
    if curve is None or len(values) < 2:
        return []
    drawn = sparkline(values, width - 4, style="operation")
    title = _("how its norm changed") if curve.is_norm else _("how it changed")
    return [row((title, "strong")), row("  ", *drawn)]


def _moments(history: Sequence[Change], width: int, marks: Marks) -> list[Row]:
    """What it was at the moments at which it changed, the newest first."""
    if len(history) < 2:
        return []
    rows = [row((_("moments"), "strong"))]
    for each in history[:MOST_MOMENTS_LISTED]:
        where = (
            _("before the step")
            if each.moment < 0
            else _("moment {moment:,}").format(moment=each.moment)
        )
        line = _(", line {line}").format(line=each.line) if each.line else ""
        head = row((f"  {where}{line}  ", "dim"))
        short = short_spans(each.tensor, width - head.width, "", marks)
        rows.append(Row((*head.spans, *short)))
    return rows
