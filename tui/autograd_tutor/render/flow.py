"""What goes through one node of a backward pass: what arrives, what the node makes of it, for whom.

The parts of which the gradients pane and the node's own view are made.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autograd_tutor.analysis.names import name_of, node_names, output_names
from autograd_tutor.analysis.norms import grad_norm
from autograd_tutor.analysis.pass_state import Contribution, Moment
from autograd_tutor.analysis.sums import is_other_than_sum, written_sum
from autograd_tutor.formulas.formula import Formula, Input
from autograd_tutor.formulas.numbers_in import fitting, numbers_in, small_text
from autograd_tutor.formulas.table import formula_of
from autograd_tutor.limits import MOST_ELEMENTS
from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Backward, Node, Tensor
from autograd_tutor.recording.tensor_text import one_line
from autograd_tutor.recording.trace import State
from autograd_tutor.render import signs
from autograd_tutor.render.node_sign import node_sign
from autograd_tutor.render.rows import Row, Span, row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.signs import spelled_formula
from autograd_tutor.render.sizes import size_text
from autograd_tutor.render.tensors import measures, shape_text

_COMPLEX_WIDTH = 200
"""Characters that MOST_ELEMENTS complex numbers have room in."""


MOST_PARTS = 8
"""So many of the gradients that arrive at a node are listed; a leaf may be used 100,000 times."""

MOST_ADDED = 50_000
"""Numbers that are added to see whether what arrived is their sum."""


class NodeNamer(NamedTuple):
    """The nodes of a graph, what their outputs are called, and how formulas are spelled."""

    nodes: Mapping[int, Node]
    state: State
    names: Mapping[int, str]
    outputs: Mapping[tuple[int, int], str]
    ascii_only: bool = False

    def formula(self, text: str) -> str:
        """A formula as it is to be laid out."""
        return spelled_formula(text) if self.ascii_only else text

    def called(self, number: int) -> str:
        """The variable of a node's output, or the operation where it has none."""
        node = self.nodes.get(number)
        if node is None:
            return "a node that was not recorded"
        return sanitize_line(name_of(node, self.names, self.state.tensors) or node.name)

    def output(self, edge: tuple[int, int]) -> str:
        """The same of what an edge leads to: of a node with several outputs, one of them."""
        number, output_nr = edge
        name, node = self.outputs.get(edge), self.nodes.get(number)
        if name is not None:
            return sanitize_line(name)
        if node is not None and (output_nr or number in self.names):
            return sanitize_line(f"output {output_nr} of {node.name}")
        return self.called(number)

    def span(self, number: int, output_nr: int | None = None) -> Span:
        """The node's name, or that of its output, in the style of the node."""
        node = self.nodes.get(number)
        said = self.called(number) if output_nr is None else self.output((number, output_nr))
        return said, "dim" if node is None else node_sign(node)[1]


def named_at(nodes: Mapping[int, Node], state: State, ascii_only: bool = False) -> NodeNamer:
    """What nodes are called where `state` is what exists."""
    return NodeNamer(nodes, state, node_names(state), output_names(state), ascii_only)


def heading(node: Node, named: NodeNamer, width: int) -> list[Row]:
    """The node: its sign, what its output is called, and the operation."""
    sign, style = node_sign(node)
    called = named.called(node.id)
    spans: list[Span] = []
    if called != node.name:
        spans.append((f"{called}  ", f"{style} strong"))
    spans.append((sanitize_line(node.name), "dim" if called != node.name else f"{style} strong"))
    return wrap(spans, width, row((f"{sign} ", style)), 2)


def arriving_rows(at: Moment, record: Backward, named: NodeNamer, width: int) -> list[Row]:
    """What arrives at a node: from each consumer where there are several, then the sum."""
    rows: list[Row] = []
    contributions = at.contributions(record.node)
    several = len(record.grad_outputs) > 1
    for output_nr, grad in enumerate(record.grad_outputs):
        parts = [each for each in contributions if each.output_nr == output_nr]
        tensors = [each.tensor for each in parts]
        whole = at.is_whole(parts)
        changed = whole and _can_be_added(tensors) and is_other_than_sum(tensors, grad)
        label = f"arrives at output {output_nr}  " if several else "arrives  "
        for each in parts[:MOST_PARTS] if len(parts) > 1 or changed else ():
            rows += part_rows(each, named, width)
        rows += more_rows(parts)
        written = whole and not changed and len(parts) <= MOST_PARTS
        sums = written_sum(tensors, grad) if written else None
        fits = sums is not None and len(label) + len(sums) <= width
        if sums and fits:
            rows += wrap([(label, "dim"), (sums, "grad strong")], width, indent=2)
        else:
            rows += amount_rows(grad, width, Row(), 2, (label, "dim"))
        if changed:
            what = "the sum of what was sent" if len(parts) > 1 else "what was sent"
            said = f"that is not {what}: a hook changed it before the node ran"
            rows += wrap([(said, "failure")], width, row("  "), 2)
    return rows


def more_rows(parts: Sequence[Contribution]) -> list[Row]:
    """Counts the gradients beyond the first MOST_PARTS."""
    more = len(parts) - MOST_PARTS
    return [row((f"  … and {more:,} more", "dim"))] if more > 0 else []


def _can_be_added(tensors: Sequence[Tensor | None]) -> bool:
    """Whether there are few enough numbers to add them while a key is being pressed."""
    shapes = [each.shape for each in tensors if each is not None]
    return sum(math.prod(shape) for shape in shapes if shape is not None) <= MOST_ADDED


def part_rows(part: Contribution, named: NodeNamer, width: int) -> list[Row]:
    """One of the gradients that a node receives, and who sent it."""
    first = row("  ")
    if part.source is None:
        return amount_rows(part.tensor, width, first, 4, ("begins with ", "dim"))
    label = [("from ", "dim"), named.span(part.source), ("  ", "")]
    if not part.arrived:
        return wrap([*label, ("was not recorded", "dim")], width, first, 4)
    return amount_rows(part.tensor, width, first, 4, *label)


def amount_rows(
    grad: Tensor | None, width: int, first: Row, indent: int, *label: Span
) -> list[Row]:
    """A gradient behind a label, as `wrap` lays it out: its numbers or its size, and its shape.

    Few numbers that do not fit beside the label stand below it.
    """
    if grad is None:
        return wrap([*label, ("nothing", "dim")], width, first, indent)
    shape = "" if grad.shape == () else f"  {measures(grad)}"
    lead = first.width + Row(label).width
    text = _few_numbers(grad)
    below = text is not None and lead + len(text) + len(shape) > width and lead > indent
    if text is None:
        size = grad_norm(grad)
        room = max(8, width - lead - len(shape))
        text = one_line(grad, room) if size is None else f"norm {size_text(size)}"
    shown = (sanitize_line(text), "grad"), (shape, "dim")
    if not below:
        return wrap([*label, *shown], width, first, indent)
    margin = row(" " * indent)
    return [*wrap(label, width, first, indent), *wrap(shown, width, margin, indent)]


def _few_numbers(grad: Tensor) -> str | None:
    """The numbers of a gradient of at most MOST_ELEMENTS elements, if they were recorded."""
    if grad.shape is None or math.prod(grad.shape) > MOST_ELEMENTS:
        return None
    if not numbers.is_complex(grad.dtype):
        return small_text(grad)
    return None if numbers.elements(grad) is None else one_line(grad, _COMPLEX_WIDTH)


def leaving_rows(record: Backward, node: Node, named: NodeNamer, width: int) -> list[Row]:
    """For each input what it receives: the formula of the local derivative, with its numbers."""
    formula = formula_of(node.name)
    rows: list[Row] = []
    if formula is None or formula.sentence:
        rows += wrap([(named.formula(unknown(node)), "dim")], width)
    for place, edge in enumerate(node.next):
        grad = record.grad_inputs[place] if place < len(record.grad_inputs) else None
        if edge is None and grad is None:
            continue
        given = None if formula is None else input_of(formula, place, record)
        target = named.span(*edge) if edge is not None else ("an input", "dim")
        label = f" as {given.name}" if given is not None else ""
        rows += wrap([target, (label, "dim")], width, row((f"{signs.BECOMES} ", "grad")), 2)
        rows += _local(formula, given, place, record, named, width)
    return rows


def origin(node: Node) -> str:
    """What a line has to do with a node: the node of a leaf is made when the leaf is first used."""
    return "first used by" if node.name == "AccumulateGrad" else "made by"


def unknown(node: Node) -> str:
    """Says that there is no formula for a node, and what its backward does if that is known."""
    name = sanitize_line(node.name)
    if node.custom:
        return f"{name} is a Function written in Python; its backward() is the formula."
    formula = formula_of(node.name)
    if formula is not None and formula.sentence:
        return f"There is no simple formula. {formula.sentence}"
    return f"No formula is known here for {name}."


def input_of(formula: Formula, place: int, record: Backward | None) -> Input | None:
    """The formula of one input, in the form that fits what the node saved."""
    return formula.input_at(place) if record is None else fitting(formula, place, record)


def _local(
    formula: Formula | None,
    given: Input | None,
    place: int,
    record: Backward,
    named: NodeNamer,
    width: int,
) -> list[Row]:
    grad = record.grad_inputs[place] if place < len(record.grad_inputs) else None
    if grad is None:
        return [row(("  nothing is sent", "dim"))]
    if formula is None or given is None:
        return amount_rows(grad, width, row("  "), 4)
    shown = numbers_in(formula, place, record)
    if shown is None:
        rows = wrap([(named.formula(given.text), "")], width, row("  "), 4)
        said = summed(given, record, grad)
        if said is not None:
            rows += wrap([(said, "dim")], width, row("  "), 2)
        rows += amount_rows(grad, width, row(("  = ", "dim")), 4)
        if conjugates(given, grad):
            rows += wrap([(CONJUGATED, "dim")], width, row("  "), 2)
        return rows
    rows = wrap([(named.formula(shown.line), "grad" if shown.agrees else "")], width, row("  "), 4)
    if not shown.agrees:
        said = f"but {shown.sent} was sent: a hook changed it, or rounding"
        rows += wrap([(said, "failure")], width, row("  "), 4)
    return rows


CONJUGATED = "of complex numbers, the conjugate of each factor of grad"
"""What formulas leave to be said, as they are about real numbers."""


def conjugates(given: Input, grad: Tensor) -> bool:
    """Whether a formula, as it is read, holds for real numbers alone."""
    return numbers.is_complex(grad.dtype) and given.leaves_out_conjugates


def summed(given: Input, record: Backward, grad: Tensor) -> str | None:
    """Says that what a formula gives was summed, where the operation broadcast the input.

    `grad`: what was sent to that input.
    """
    arrived = next((each for each in record.grad_outputs if each is not None), None)
    if arrived is None or arrived.shape == grad.shape or not given.broadcast:
        return None
    return f"summed to the input's shape {shape_text(grad.shape)}"


def filled_rows(
    record: Backward, was: Tensor | None, now: Tensor | None, named: NodeNamer, width: int
) -> list[Row]:
    """What an AccumulateGrad did to the `.grad` of its leaf, from what it was to what it is."""
    if record.leaf is None and not any(record.grad_outputs):
        return wrap(
            [(f"Nothing arrives: {_grad_of_leaf(record, named)} stays as it is.", "")], width
        )
    if record.leaf is None:
        return wrap([("It adds what arrives to the .grad of a leaf without a name.", "")], width)
    name = f"{sanitize_line(record.leaf)}.grad"
    said = f"{name} was None: what arrives becomes it." if was is None else f"is added to {name}:"
    rows = wrap([(said, "")], width, indent=2)
    if was is not None:
        rows += amount_rows(was, width, row("  "), 4)
    changed = changed_after(record, was, now)
    if changed:
        rows += wrap([(f"After that a hook changed {name}:", "failure")], width, indent=2)
    if was is not None or changed:
        first = row((f"  {signs.BECOMES} ", "grad"))
        none: Span = ("None", "dim")
        rows += wrap([none], width, first, 4) if now is None else amount_rows(now, width, first, 4)
    return rows


def _grad_of_leaf(record: Backward, named: NodeNamer) -> str:
    """What the `.grad` that an AccumulateGrad fills is called."""
    node = named.nodes.get(record.node)
    called = named.called(record.node)
    nameless = node is None or called == sanitize_line(node.name)
    return "the leaf's .grad" if nameless else f"{called}.grad"


def changed_after(record: Backward, was: Tensor | None, now: Tensor | None) -> bool:
    """Whether a `.grad` is not what AccumulateGrad makes of it: a hook came after that."""
    arrived = record.grad_outputs[:1]
    if not arrived or arrived[0] is None:
        return False
    return now is None or is_other_than_sum([*([] if was is None else [was]), *arrived], now)
