"""Tensors, gradients and numbers over time in sentences: one line a thing, nothing drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd_tutor.analysis.contents import Contents, Item, Part
from autograd_tutor.analysis.curves import Curve, curve_names, curve_of, pass_curves, shown_first
from autograd_tutor.analysis.gradient_table import GradientRow
from autograd_tutor.analysis.summaries import summary
from autograd_tutor.analysis.tangent_point import tangent_point
from autograd_tutor.analysis.tensor_facts import changes, reached
from autograd_tutor.limits.interface import MOST_MOMENTS_LISTED, MOST_SENTENCE_NUMBERS
from autograd_tutor.messages import _, count
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.number_text import number_text
from autograd_tutor.recording.plots import FunctionPoint, Plot
from autograd_tutor.recording.tensor_text import one_line, text
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.identity_words import remarks
from autograd_tutor.render.nonfinite_words import marked
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import block, joined
from autograd_tutor.render.short import summary_texts
from autograd_tutor.render.tangents import tangent_rows
from autograd_tutor.render.tensor_view import made_by_rows, statistics_rows
from autograd_tutor.render.tensor_words import kind_text, norm_text, shape_and_type

_PARTS = {
    Part.WATCHED: _("The lesson watches:"),
    Part.CHANGED: _("Changed at this moment:"),
    Part.STEP: _("Of this step:"),
}
_WIDE = 10_000
_MOST_POINTS = 24
"""Numbers of a curve that are read out: of more, some from its whole length."""


def short_text(tensor: Tensor) -> str:
    """Its numbers where they are few, else its range, norm and mean; NaN and inf first."""
    found = summary(tensor)
    written = one_line(tensor, MOST_SENTENCE_NUMBERS)
    is_whole = tensor.stats is None and "..." not in written and "\u2026" not in written
    return marked(tensor, written if is_whole or found is None else ", ".join(summary_texts(found)))


def tensors_rows(contents: Contents) -> Iterator[Row]:
    """Everything that has a name at a moment; what earlier steps made by its names alone."""
    part: Part | None = None
    earlier: list[str] = []
    for item in contents.items:
        if item.part is Part.EARLIER:
            earlier.append(item.name)
            continue
        if item.part is not part:
            part = item.part
            yield row((_PARTS[part], "strong"))
        yield row(sanitize_line(f"  {_item_text(item)}"))
    if earlier:
        yield row(
            sanitize_line(_("From earlier steps: {earlier}.").format(earlier=joined(earlier)))
        )
    if contents.gone:
        yield row(sanitize_line(_("Gone: {gone}.").format(gone=joined(list(contents.gone)))))
    if not contents.items:
        yield row(_("There is no variable yet."))
    else:
        yield row((_("tensor NAME says all about one."), "dim"))


def _item_text(item: Item) -> str:
    names = _(" is ").join((item.name, *item.also))
    fresh = _(", changed") if item.fresh else ""
    if item.tensor is None:
        return f"{names} = {item.value}{fresh}"
    what = _("{kind}, shape {shape}{fresh}").format(
        kind=kind_text(item.tensor), shape=shape_and_type(item.tensor), fresh=fresh
    )
    return f"{names}, {what}: {short_text(item.tensor)}"


def tensor_rows(trace: Trace, index: int, contents: Contents, name: str) -> Iterator[Row]:
    """All about what has a name at a moment: where it comes from, its numbers, what it was."""
    item = next((each for each in contents.items if name in (each.name, *each.also)), None)
    if item is None:
        yield row(sanitize_line(_("{name} does not exist at this moment.").format(name=name)))
        return
    if item.tensor is None:
        yield row(sanitize_line(f"{item.name} = {item.value}"))
        return
    tensor = item.tensor
    names = _(" is ").join((item.name, *item.also))
    version = (
        "" if tensor.version is None else _(", version {version}").format(version=tensor.version)
    )
    what = _("{kind}, shape {shape}").format(kind=kind_text(tensor), shape=shape_and_type(tensor))
    dtype = f"{tensor.dtype}, {tensor.device}, requires_grad={tensor.requires_grad}{version}"
    yield row((sanitize_line(f"{names}: {what}, {dtype}"), "strong"))
    yield from made_by_rows(trace, index, item.name, tensor, _WIDE)
    for words in dict.fromkeys(remarks((item.name, *item.also), contents.identity)):
        yield row(sanitize_line(f"  {words}"))
    yield row(_("Values:"))
    yield from block(marked(tensor, text(tensor, with_tangent=False)))
    yield from tangent_rows(tensor, item.was)
    if tensor.grad is not None:
        yield row(".grad:")
        yield from block(marked(tensor.grad, text(tensor.grad)))
    elif tensor.requires_grad:
        yield row(_(".grad: None"))
    yield from statistics_rows(tensor, _WIDE)
    for each in reached(trace, index, tensor):
        grad = _("nothing") if each.grad is None else short_text(each.grad)
        yield row(
            sanitize_line(
                _("In backward pass {call} reached it: {grad}").format(call=each.call, grad=grad)
            )
        )
    yield from _history(trace, index, item.name)


def _history(trace: Trace, index: int, name: str) -> Iterator[Row]:
    found = changes(trace, index, name)
    if len(found) < 2:
        return
    yield row(_("It was, the newest first:"))
    for each in found[:MOST_MOMENTS_LISTED]:
        where = (
            _("before the step")
            if each.moment < 0
            else _("at moment {moment:,}").format(moment=each.moment)
        )
        line = _(", line {line}").format(line=each.line) if each.line else ""
        yield row(sanitize_line(f"  {where}{line}: {short_text(each.tensor)}"))
    if len(found) > MOST_MOMENTS_LISTED:
        yield row(_("  and {count:,} more.").format(count=len(found) - MOST_MOMENTS_LISTED))


def gradients_rows(found: Sequence[GradientRow]) -> Iterator[Row]:
    """Every `.grad` in a line."""
    if not found:
        yield row(_("No tensor here can receive a gradient."))
    for each in found:
        name, now = each.grad.name, each.grad.now
        if now is None:
            yield row(sanitize_line(_("{name}.grad: None").format(name=name)))
            continue
        parts = [short_text(now)]
        if each.size is not None and now.shape != ():
            parts.append(norm_text(now, each.size))
        if each.ratio is not None:
            parts.append(_("ratio to its tensor {ratio}").format(ratio=number_text(each.ratio)))
        if each.update is not None:
            parts.append(
                _("last change of the tensor {update}").format(update=number_text(each.update))
            )
        fresh = _(", changed") if each.grad.differs else ""
        yield row(
            sanitize_line(
                _("{name}.grad{fresh}: {parts}").format(
                    name=name, fresh=fresh, parts="; ".join(parts)
                )
            )
        )


def curve_rows(
    trace: Trace, index: int, count_seen: int, names: Sequence[str], watch: Sequence[str]
) -> Iterator[Row]:
    """Numbers over time, read out: those with these names, else what the lesson would draw."""
    known = {each.name: each for each in curve_names(trace, watch)}
    for name in names or shown_first(trace, watch):
        curve = curve_of(trace, name, count_seen) if name in known else None
        if curve is None:
            yield row(
                sanitize_line(
                    _("{name} has no numbers that change in this step.").format(name=name)
                )
            )
            continue
        yield from numbers_rows(curve, index)
    others = [name for name in known if name not in (names or shown_first(trace, watch))]
    if others:
        yield row(
            sanitize_line(_("curve NAME reads others: {others}.").format(others=joined(others)))
        )
    elif not known:
        yield row(_("No number changes in this step."))


def numbers_rows(curve: Curve, index: int = -1) -> Iterator[Row]:
    """The numbers of one curve, a line each; `index`: the moment at which one is."""
    points = [(at, value) for at, value in curve.points if value is not None]
    what = _("the norm of {name}").format(name=curve.name) if curve.is_norm else curve.name
    yield row((sanitize_line(f"{what}, {count(len(points), 'number')}:"), "strong"))
    for at, value in _some(points):
        here = _(", you are here") if at == index else ""
        yield row(
            _("  moment {at:,}{here}: {value}").format(at=at, here=here, value=number_text(value))
        )


def function_rows(trace: Trace, plot: Plot, index: int) -> Iterator[Row]:
    """A lesson's function at the learner's point: its value there, and how steep it is."""
    point = tangent_point(trace, plot, index)
    yield row(sanitize_line(_("The lesson's function: {function}").format(function=plot.function)))
    if point is None:
        yield row(sanitize_line(_("{at} has no number at this moment.").format(at=plot.at)))
    elif point.value is None or point.slope is None:
        yield row(
            sanitize_line(
                _("At {at} = {place} it is not known.").format(
                    at=plot.at, place=number_text(point.place)
                )
            )
        )
    else:
        value, slope = number_text(point.value), number_text(point.slope)
        where = _("At {at} = {place}").format(at=plot.at, place=number_text(point.place))
        yield row(
            sanitize_line(
                _("{where} it is {value}, and its slope {slope}.").format(
                    where=where, value=value, slope=slope
                )
            )
        )
    plotted = None if trace.result is None else trace.result.plotted
    for numbers in () if plotted is None else _ninth(plotted.points):
        place, height, steepness = map(number_text, numbers)
        yield row(
            _("  at {place}: {height}, slope {steepness}").format(
                place=place, height=height, steepness=steepness
            )
        )


def _ninth(points: Sequence[FunctionPoint]) -> Iterator[FunctionPoint]:
    """Nine of them in equal distances, the first and the last among them."""
    last = len(points) - 1
    return (points[at] for at in dict.fromkeys(round(n * last / 8) for n in range(9)) if points)


def pass_rows(trace: Trace, call: int, index: int) -> Iterator[Row]:
    """How large what arrived was at each node of a pass, as far as the moment."""
    ran = trace.ran.get(call, {})
    numbers = list(ran)
    for curve in pass_curves(trace, call):
        known = [each for each in curve.points if each[1] is not None]
        seen = [each for each in known if ran[numbers[each[0]]] <= index]
        if not seen:
            continue
        yield row(
            (
                _("{name} of backward {call}:").format(name=curve.name.capitalize(), call=call),
                "strong",
            )
        )
        for place, value in _some(seen):
            node = trace.nodes.get(numbers[place])
            name = _("a node") if node is None else sanitize_line(node.name)
            yield row(
                _("  node {place}, {name}: {value}").format(
                    place=place + 1, name=name, value=number_text(value)
                )
            )


def _some(points: Sequence[tuple[int, float | None]]) -> Iterator[tuple[int, float]]:
    """At most _MOST_POINTS of them, evenly, the first and the last among them."""
    if len(points) > _MOST_POINTS:
        last = len(points) - 1
        chosen = dict.fromkeys(round(n * last / (_MOST_POINTS - 1)) for n in range(_MOST_POINTS))
        points = [points[at] for at in chosen]
    return ((at, value) for at, value in points if value is not None)
