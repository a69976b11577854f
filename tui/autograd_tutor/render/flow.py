"""What goes through one node of a backward pass: what arrives, what the node makes of it, for whom.

The parts of which the gradients pane and the node's own view are made.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autograd_tutor.formulas.formula import Formula, Input
from autograd_tutor.formulas.numbers_in import numbers_in, small_text
from autograd_tutor.formulas.table import BROADCASTING, formula_of
from autograd_tutor.render import signs
from autograd_tutor.render.clean import clean_line
from autograd_tutor.render.gradients import grad_norm
from autograd_tutor.render.graph_rows import node_sign
from autograd_tutor.render.rows import Row, Span, row, wrap
from autograd_tutor.render.signs import spelled_formula
from autograd_tutor.render.sizes import size_text
from autograd_tutor.render.tensors import measures, shape_text
from autograd_tutor.render.walking import Contribution, Moment
from autograd_tutor.trace import numbers
from autograd_tutor.trace.model import Backward, Node, Tensor
from autograd_tutor.trace.tensor_text import one_line

_CLOSE = 1e-5
"""Relative difference up to which two sums of the same numbers are the same (float32)."""


class Named(NamedTuple):
    """The nodes of a graph, what their outputs are called, and how formulas are spelled."""

    nodes: Mapping[int, Node]
    names: Mapping[int, str]
    ascii_only: bool = False

    def formula(self, text: str) -> str:
        """A formula as it is to be laid out."""
        return spelled_formula(text) if self.ascii_only else text

    def called(self, number: int) -> str:
        """The variable, or the operation without its ending, of a node."""
        node = self.nodes.get(number)
        if node is None:
            return "a node that was not recorded"
        return clean_line(self.names.get(number) or node.variable or node.name)

    def span(self, number: int) -> Span:
        """The same, in the style of the node."""
        node = self.nodes.get(number)
        return self.called(number), "dim" if node is None else node_sign(node)[1]


def heading(node: Node, named: Named) -> Row:
    """The node: its sign, what its output is called, and the operation."""
    sign, style = node_sign(node)
    called = named.called(node.id)
    spans: list[Span] = [(f"{sign} ", style)]
    if called != node.name:
        spans.append((f"{called}  ", f"{style} strong"))
    spans.append((clean_line(node.name), "dim" if called != node.name else f"{style} strong"))
    return row(*spans)


def arriving_rows(at: Moment, record: Backward, named: Named, width: int) -> list[Row]:
    """What arrives at a node: from each consumer where there are several, then the sum."""
    rows: list[Row] = []
    contributions = at.contributions(record.node)
    several = len(record.grad_outputs) > 1
    for output_nr, grad in enumerate(record.grad_outputs):
        parts = [each for each in contributions if each.output_nr == output_nr]
        label = f"arrives at output {output_nr}  " if several else "arrives  "
        if len(parts) > 1:
            rows += [_part(each, named, width) for each in parts]
        sums = _written_sum(parts, grad, width - len(label))
        shown = [(sums, "grad strong")] if sums else _grad(grad, width - len(label))
        rows.append(row((label, "dim"), *shown))
        if changed_on_the_way(parts, grad):
            said = "that is not the sum of what was sent: a hook changed it before the node ran"
            rows += wrap([(said, "failure")], width, row("  "), 2)
    return rows


def _written_sum(parts: Sequence[Contribution], grad: Tensor | None, width: int) -> str:
    """`1 + 2 = 3`, where that is the whole story and fits."""
    if len(parts) < 2 or grad is None or changed_on_the_way(parts, grad):
        return ""
    texts = [small_text(each.tensor) for each in parts if each.tensor is not None]
    total = small_text(grad)
    if total is None or len(texts) != len(parts) or None in texts:
        return ""
    terms = [f"({text})" if text and text.startswith("-") else str(text) for text in texts]
    line = f"{' + '.join(terms)} = {total}"
    return line if len(line) <= width else ""


def _part(part: Contribution, named: Named, width: int) -> Row:
    if part.source is None:
        return row(("  begins with ", "dim"), *_grad(part.tensor, width - 14))
    name, style = named.span(part.source)
    spans: list[Span] = [("  from ", "dim"), (name, style), ("  ", "")]
    return row(*spans, *_grad(part.tensor, max(8, width - 9 - len(name))))


def _grad(grad: Tensor | None, width: int) -> list[Span]:
    """The numbers where they are few and fit, else how large it is; and its shape."""
    if grad is None:
        return [("nothing", "dim")]
    shape = "" if grad.shape == () else f"  {measures(grad)}"
    room = max(8, width - len(shape))
    text, size = small_text(grad), grad_norm(grad)
    if text is None or len(text) > room:
        text = one_line(grad, room) if size is None else f"norm {size_text(size)}"
    return [(clean_line(text), "grad"), (shape, "dim")]


def changed_on_the_way(parts: Sequence[Contribution], grad: Tensor | None) -> bool:
    """Whether what arrived is not the sum of what was sent: a hook has been at work."""
    total, arrived = _sum(parts), _elements(grad)
    return total is not None and arrived is not None and not _same(total, arrived)


def _sum(parts: Sequence[Contribution]) -> list[float] | None:
    if not parts:
        return None
    each = [_elements(part.tensor) for part in parts if part.tensor is not None]
    known = [elements for elements in each if elements is not None]
    if len(known) != len(each) or len({len(elements) for elements in known}) != 1:
        return None
    return [sum(column) for column in zip(*known, strict=True)]


def _elements(tensor: Tensor | None) -> list[float] | None:
    raw = None if tensor is None else numbers.elements(tensor)
    if tensor is None or raw is None or numbers.is_complex(tensor.dtype):
        return None
    return [float(value.real) for value in numbers.decode(raw, tensor.dtype)]


def _same(one: Sequence[float], other: Sequence[float]) -> bool:
    scale = max((abs(value) for value in (*one, *other) if math.isfinite(value)), default=0.0)
    return len(one) == len(other) and all(
        a == b or not (math.isfinite(a) and math.isfinite(b)) or abs(a - b) <= _CLOSE * scale
        for a, b in zip(one, other, strict=True)
    )


def leaving_rows(record: Backward, node: Node, named: Named, width: int) -> list[Row]:
    """For each input what it receives: the formula of the local derivative, with its numbers."""
    formula = formula_of(node.name)
    rows: list[Row] = []
    if formula is None:
        rows += wrap([(unknown(node), "dim")], width)
    for place, edge in enumerate(node.next):
        grad = record.grad_inputs[place] if place < len(record.grad_inputs) else None
        if edge is None and grad is None:
            continue
        given = None if formula is None else input_of(formula, place, record)
        target = named.span(edge[0]) if edge is not None else ("an input", "dim")
        label = f" as {given.name}" if given is not None else ""
        rows.append(row((f"{signs.BECOMES} ", "grad"), target, (label, "dim")))
        rows += _local(formula, given, place, record, named, width)
    return rows


def unknown(node: Node) -> str:
    """Says that there is no formula for a node."""
    if node.custom:
        return f"{clean_line(node.name)} is a Function of your own; its backward() is the formula."
    return f"No formula is known here for {clean_line(node.name)}."


def input_of(formula: Formula, place: int, record: Backward | None) -> Input | None:
    """The formula of one input, in the form that fits what the node saved."""
    given = formula.input_at(place)
    if given is None or record is None:
        return given
    return given.where({s.name: s.value for s in record.saved if isinstance(s.value, str)})


def _local(
    formula: Formula | None,
    given: Input | None,
    place: int,
    record: Backward,
    named: Named,
    width: int,
) -> list[Row]:
    grad = record.grad_inputs[place] if place < len(record.grad_inputs) else None
    if grad is None:
        return [row(("  nothing is sent", "dim"))]
    if formula is None or given is None:
        return [row("  ", *_grad(grad, width - 2))]
    shown = numbers_in(formula, place, record)
    if shown is None:
        rows = wrap([(named.formula(given.text), "")], width, row("  "), 4)
        rows.append(row(("  = ", "dim"), *_grad(grad, width - 4)))
        if formula.node in BROADCASTING and _other_shape(record, grad):
            rows.append(row((f"  summed to the input's shape {shape_text(grad.shape)}", "dim")))
        return rows
    rows = wrap([(named.formula(shown.line), "grad" if shown.agrees else "")], width, row("  "), 4)
    if not shown.agrees:
        said = f"but {shown.sent} was sent: a hook changed it"
        rows += wrap([(said, "failure")], width, row("  "), 4)
    return rows


def _other_shape(record: Backward, grad: Tensor) -> bool:
    arrived = next((each for each in record.grad_outputs if each is not None), None)
    return arrived is not None and arrived.shape != grad.shape


def filled_rows(record: Backward, was: Tensor | None, now: Tensor | None, width: int) -> list[Row]:
    """What an AccumulateGrad did to the `.grad` of its leaf, from what it was to what it is."""
    if record.leaf is None:
        return wrap([("It adds what arrives to the .grad of a leaf without a name.", "")], width)
    name = f"{clean_line(record.leaf)}.grad"
    said = f"{name} was None: what arrives becomes it." if was is None else f"is added to {name}:"
    rows = wrap([(said, "")], width)
    if was is not None and now is not None:
        rows.append(row("  ", *_grad(was, width - 2)))
        rows.append(row((f"  {signs.BECOMES} ", "grad"), *_grad(now, width - 4)))
    return rows
