"""What a node did to the gradient, as rows: what arrives, the formulas with their numbers, `.grad`.

The parts of which the gradients pane and the node's own view are made.
"""

from __future__ import annotations

from autograd_tutor.analysis.agreement import Agreement
from autograd_tutor.analysis.node_gradient import Accumulated, Arrival, NodeGradients, Sent
from autograd_tutor.analysis.pass_state import Contribution
from autograd_tutor.formulas.numbers_in import Numbers
from autograd_tutor.messages import _
from autograd_tutor.recording.model import Node
from autograd_tutor.render import signs
from autograd_tutor.render.amounts import amount_rows, written_sum
from autograd_tutor.render.gradient_words import (
    CHANGED_BEFORE,
    conjugated,
    disagreement,
    example,
    summed,
    undefined,
    what_was_sent,
    whole_batch,
)
from autograd_tutor.render.node_names import NodeNamer
from autograd_tutor.render.nonfinite_words import origin_text
from autograd_tutor.render.rows import Row, Span, row, wrap
from autograd_tutor.render.sanitize import sanitize_line


def node_gradient_rows(facts: NodeGradients, namer: NodeNamer, width: int) -> list[Row]:
    """What arrived at a node, and what became of it."""
    rows: list[Row] = []
    for arrival in facts.arrivals:
        rows += _arrival_rows(facts, arrival, namer, width)
    if facts.accumulated is not None:
        rows += _filled_rows(facts.accumulated, facts.node, namer, width)
    for sent in facts.sent:
        rows += _sent_rows(sent, namer, width)
    if facts.origin is not None:
        text = sanitize_line(origin_text(facts.origin))
        rows += wrap([(text, "failure strong")], width, indent=2)
    return rows


def _arrival_rows(
    facts: NodeGradients, arrival: Arrival, namer: NodeNamer, width: int
) -> list[Row]:
    """What arrives at one output: from each consumer where there are several, then the sum."""
    rows: list[Row] = []
    changed = arrival.agreement is Agreement.DIFFERS
    if arrival.part_count > 1 or changed:
        for part in arrival.parts:
            rows += part_rows(part, namer, width)
    rows += unlisted_rows(arrival.unlisted)
    several = len(facts.arrivals) > 1
    label = (
        _("arrives at output {output_nr}  ").format(output_nr=arrival.output_nr)
        if several
        else _("arrives  ")
    )
    total = _written_sum(arrival)
    if total is not None and len(label) + len(total) <= width:
        rows += wrap([(label, "dim"), (total, "grad strong")], width, indent=2)
    else:
        rows += amount_rows(arrival.grad, width, Row(), 2, (label, "dim"))
    if changed:
        text = _("that is not {arrival}: {changed_before}").format(
            arrival=what_was_sent(arrival), changed_before=CHANGED_BEFORE
        )
        rows += wrap([(text, "failure")], width, row("  "), 2)
    return rows


def _written_sum(arrival: Arrival) -> str | None:
    if arrival.unlisted or arrival.agreement in (Agreement.DIFFERS, Agreement.INCOMPLETE):
        return None
    return written_sum([part.grad for part in arrival.parts], arrival.grad)


def part_rows(part: Contribution, namer: NodeNamer, width: int) -> list[Row]:
    """One of the gradients that a node receives, and who sent it."""
    first = row("  ")
    if part.source is None:
        return amount_rows(part.grad, width, first, 4, (_("begins with "), "dim"))
    label = [(_("from "), "dim"), namer.span(part.source), ("  ", "")]
    if not part.arrived:
        return wrap([*label, (_("was not recorded"), "dim")], width, first, 4)
    return amount_rows(part.grad, width, first, 4, *label)


def unlisted_rows(count: int) -> list[Row]:
    """Counts the gradients beyond those that are listed."""
    return [row((_("  … and {count:,} more").format(count=count), "dim"))] if count > 0 else []


def _sent_rows(sent: Sent, namer: NodeNamer, width: int) -> list[Row]:
    """What one input receives: the formula of the local derivative, with its numbers."""
    target = namer.span(*sent.edge) if sent.edge is not None else (_("an input"), "dim")
    label = _(" as {name}").format(name=sent.derivative.name) if sent.derivative is not None else ""
    rows = wrap([target, (label, "dim")], width, row((f"{signs.ARROW} ", "grad")), 2)
    if sent.grad is None:
        return [*rows, row((_("  nothing is sent"), "dim"))]
    if sent.derivative is None:
        return rows + amount_rows(sent.grad, width, row("  "), 4)
    numbers = sent.derivative.numbers
    if not isinstance(numbers, Numbers):
        rows += wrap([(namer.formula(sent.derivative.text), "")], width, row("  "), 4)
        rows += _remark(undefined(sent), width)
        rows += _remark(summed(sent), width)
        sign = "=" if undefined(sent) is None else _("sent")
        rows += amount_rows(sent.grad, width, row((f"  {sign} ", "dim")), 4)
        return rows + _remark(conjugated(sent), width)
    text = disagreement(sent)
    style = "grad" if text is None else ""
    which = example(sent)
    label = "" if which is None else f"{which}: "
    rows += wrap([(label, "dim"), (namer.formula(numbers.line), style)], width, row("  "), 4)
    if text is not None:
        rows += wrap([(text, "failure")], width, row("  "), 4)
    if which is not None:
        rows += amount_rows(sent.grad, width, row("  "), 4, (f"{whole_batch(sent)}  ", "dim"))
    return rows


def _remark(text: str | None, width: int) -> list[Row]:
    return [] if text is None else wrap([(text, "dim")], width, row("  "), 2)


def _filled_rows(filled: Accumulated, node: Node, namer: NodeNamer, width: int) -> list[Row]:
    """What an AccumulateGrad did to the `.grad` of its leaf, from what it was to what it is."""
    if filled.leaf is None and not filled.arrived:
        text = _("Nothing arrives: {node} stays as it is.").format(node=_grad_of_leaf(node, namer))
        return wrap([(text, "")], width)
    if filled.leaf is None:
        return wrap([(_("It adds what arrives to the .grad of a leaf without a name."), "")], width)
    name = f"{sanitize_line(filled.leaf)}.grad"
    was, now = filled.was, filled.now
    text = (
        _("{name} was None: what arrives becomes it.").format(name=name)
        if was is None
        else _("is added to {name}:").format(name=name)
    )
    rows = wrap([(text, "")], width, indent=2)
    if was is not None:
        rows += amount_rows(was, width, row("  "), 4)
    changed = filled.agreement is Agreement.DIFFERS
    if changed:
        rows += wrap(
            [(_("After that a hook changed {name}:").format(name=name), "failure")], width, indent=2
        )
    if was is not None or changed:
        first = row((f"  {signs.ARROW} ", "grad"))
        none: Span = ("None", "dim")
        rows += wrap([none], width, first, 4) if now is None else amount_rows(now, width, first, 4)
    return rows


def _grad_of_leaf(node: Node, namer: NodeNamer) -> str:
    """What the `.grad` that an AccumulateGrad fills is called."""
    name = namer.node(node.id)
    return _("the leaf's .grad") if name == sanitize_line(node.name) else f"{name}.grad"
