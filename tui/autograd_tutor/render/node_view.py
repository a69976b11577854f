"""A node's own view: all that is known of it, at one moment."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tutor.analysis.code_state import source_line
from autograd_tutor.analysis.local_derivative import local_derivative, operation_of
from autograd_tutor.analysis.names import name_of
from autograd_tutor.analysis.nan_origin import saved_nonfinite
from autograd_tutor.analysis.node_gradient import node_gradients
from autograd_tutor.analysis.pass_state import PassState, Stage, pass_of
from autograd_tutor.analysis.waiting import Reason, Waiting, waiting
from autograd_tutor.messages import _, count
from autograd_tutor.recording.model import Backward, Node, Pass, Saved, Tensor
from autograd_tutor.recording.nonfinite import NonFinite, nonfinite
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render import signs
from autograd_tutor.render.amounts import amount_rows, is_written_out
from autograd_tutor.render.node_gradient_rows import node_gradient_rows, part_rows, unlisted_rows
from autograd_tutor.render.node_names import NodeNamer, heading, namer_at, no_formula_rows, origin
from autograd_tutor.render.nonfinite_words import mark
from autograd_tutor.render.phrases import note_words
from autograd_tutor.render.rows import Listing, Row, Span, row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.saved_words import saved_name, worth_showing
from autograd_tutor.render.sentences import listed
from autograd_tutor.render.tensor_words import shape_and_type, shape_text, stats_rows, text_lines


def node_listing(
    trace: Trace, index: int, number: int, width: int = 80, ascii_only: bool = False
) -> Listing:
    """Everything about a node at snapshot `index`: of the pass that is under way, or the last.

    `ascii_only`: formulas are spelled out in ASCII.
    """
    node = trace.nodes.get(number)
    if node is None:
        return Listing(wrap([(_("This node was not recorded."), "dim")], width), title=_("Node"))
    namer = namer_at(trace.nodes, trace.state(index), ascii_only)
    at = pass_of(trace, index, number)
    record = None if at is None else at.record(number)
    parts = [
        [*heading(node, namer, width), *_origin(trace, node, width)],
        _operation(node, record, namer, width),
    ]
    failing = at.ended if at is not None and at.stage(number) is Stage.FAILED else None
    if record is None and at is not None and failing is not None:
        parts.append(_saved_rows(trace, at.index, failing, width))
    if record is not None and at is not None:
        parts.append(_saved_rows(trace, at.ran[number], record, width))
        facts = node_gradients(trace, at.ran[number])
        if facts is not None:
            title = row((_("in backward {call}").format(call=at.call), "strong"))
            parts.append([title, *node_gradient_rows(facts, namer, width)])
        parts.append(_in_full(record, width))
    if at is not None and (record is None or failing is not None):
        parts.append(_waiting_rows(at, node, namer, width))
    rows: list[Row] = []
    for part in parts:
        rows += [Row(), *part] if rows and part else part
    return Listing(rows, title=_("Node · {name}").format(name=sanitize_line(node.name)))


def _origin(trace: Trace, node: Node, width: int) -> list[Row]:
    """Which line made it, and the shape of what that line computed."""
    rows = []
    made_by = origin(node)
    line = trace.place(node.line, node.step)
    if node.step != trace.step:
        rows.append(
            row(
                (
                    _("{made_by} line {line} of step {step}").format(
                        made_by=made_by, line=line, step=node.step + 1
                    ),
                    "dim",
                )
            )
        )
    elif node.line > 0:
        source = sanitize_line(source_line(trace.source, node.line))
        made = [
            (_("{made_by} line {line}: ").format(made_by=made_by, line=line), "dim"),
            (source, ""),
        ]
        rows += wrap(made, width, indent=2)
    if node.shape is not None:
        what = _("leaf") if node.name == "AccumulateGrad" else _("output")
        rows.append(
            row(
                (
                    _("{what} of shape {shape}").format(what=what, shape=shape_text(node.shape)),
                    "dim",
                )
            )
        )
    return rows


def _operation(node: Node, record: Backward | None, namer: NodeNamer, width: int) -> list[Row]:
    """What the operation computes, and before a pass the local derivative for each input."""
    operation = operation_of(node)
    if operation is None:
        return no_formula_rows(node, width)
    rows = wrap([(namer.formula(operation.operation), "strong")], width)
    if operation.forward:
        forward = namer.formula(operation.forward)
        rows += wrap([(_("computes "), "dim"), (forward, "")], width, indent=2)
    rows += no_formula_rows(node, width)
    for index, edge in enumerate(node.next if record is None else ()):
        derivative = local_derivative(node, index)
        if derivative is None or edge is None:
            continue
        target = [namer.span(*edge), (_(" as {name}").format(name=derivative.name), "dim")]
        rows += wrap(target, width, row((f"{signs.ARROW} ", "grad")), 2)
        rows += wrap([(namer.formula(derivative.text), "")], width, row("  "), 4)
    return rows


def _saved_rows(trace: Trace, index: int, record: Backward | Pass, width: int) -> list[Row]:
    """What the node saved in the forward pass."""
    saved = worth_showing(record.saved)
    if not saved and record.note is None:
        return wrap([(_("saved nothing in the forward pass"), "dim")], width)
    rows = wrap([(_("saved in the forward pass"), "strong")], width)
    for each in saved:
        rows += _saved(each, saved_nonfinite(trace, index, each), width)
    if record.note is not None:
        rows += wrap([(sanitize_line(note_words(record.note)), "dim")], width, row("  "), 2)
    return rows


def _saved(saved: Saved, found: NonFinite | None, width: int) -> list[Row]:
    name = sanitize_line(saved_name(saved))
    if isinstance(saved.value, str):
        return wrap([(f"  {name} ", ""), (sanitize_line(saved.value), "strong")], width, indent=4)
    variable = f" = {sanitize_line(saved.variable)}" if saved.variable else ""
    spans = [(name, ""), (variable, "strong"), *_shape(saved.value, found)]
    return [*wrap(spans, width, row("  "), 4), *_values(saved.value, width)]


def _shape(tensor: Tensor, found: NonFinite | None) -> list[Span]:
    return [*mark(found, ahead="  "), (f"  {shape_and_type(tensor)}", "dim")]


def _values(tensor: Tensor, width: int) -> Sequence[Row]:
    lines = [row("    ", line) for line in text_lines(tensor, width - 4)]
    stats = stats_rows(tensor.stats) if tensor.stats is not None else ()
    return [*lines, *(row("    ", (line, "dim")) for line in stats)]


def _in_full(record: Backward, width: int) -> list[Row]:
    """The gradients of which the lines above give the size alone."""
    rows: list[Row] = []
    for label, grads in (
        ("grad_outputs", record.grad_outputs),
        ("grad_inputs", record.grad_inputs),
    ):
        for at, grad in enumerate(grads):
            if grad is not None and not is_written_out(grad):
                head = [(f"{label}[{at}]", "strong"), *_shape(grad, nonfinite(grad))]
                rows += wrap(head, width, indent=2)
                rows += _values(grad, width)
    return rows


def _waiting_rows(at: PassState, node: Node, namer: NodeNamer, width: int) -> list[Row]:
    """Of a node that has not run, why that is so, and what has arrived."""
    name = name_of(node, namer.names, namer.state.tensors)
    variable = node.name if name is None or name.is_earlier else name.variable
    found = waiting(at, node.id, (variable,))
    rows = wrap([_why_waiting(at, found)], width)
    match found.reason:
        case Reason.FAILED:
            return rows if at.record(node.id) is not None else rows + _came(found, namer, width)
        case Reason.WAITING | Reason.READY:
            return rows + _came(found, namer, width)
        case Reason.HANDED_BACK:
            label: Span = (_("returns  "), "dim")
            rows += _came(found, namer, width)
            return rows + amount_rows(found.returned, width, row(), 4, label)
    return rows


def _why_waiting(at: PassState, found: Waiting) -> Span:
    ended = at.ended
    limited = listed(ended.inputs or ()) if ended is not None else ""
    match found.reason:
        case Reason.FAILED:
            error = at.trace.snapshots[at.index].error
            what = "" if error is None else f": {error.type}: {error.message}".rstrip(": ")
            return sanitize_line(
                _("The pass raised an error at this node{what}").format(what=what)
            ), "failure"
        case Reason.HANDED_BACK:
            return _("It does not run: grad() returns what arrives here."), ""
        case Reason.IS_INPUT:
            text = _("It does not run: grad() returns what arrives here, for {limited}.").format(
                limited=limited
            )
        case Reason.LIMITED:
            text = _("This pass does not come to it: it is limited to {limited}.").format(
                limited=limited
            )
        case Reason.NOT_REACHED:
            text = _("This pass does not come to it.")
        case Reason.NOT_RECORDED:
            why = (ended.left_out if ended is not None else None) or ""
            text = _("Nothing was recorded of it: {why}.").format(why=why)
        case Reason.READY:
            return _("All that it waits for has arrived: it can run."), ""
        case Reason.WAITING:
            awaited = count(found.part_count, "gradient")
            return _("It waits: {arrived} of {awaited} arrived so far.").format(
                arrived=found.arrived, awaited=awaited
            ), ""
    return sanitize_line(text), "dim"


def _came(found: Waiting, namer: NodeNamer, width: int) -> list[Row]:
    """What has come to a node from each of its consumers, of many the first."""
    rows: list[Row] = []
    for each in found.parts:
        if each.arrived:
            rows += part_rows(each, namer, width)
        elif each.source is not None:
            text = [namer.span(each.source), (_(" has not run yet"), "dim")]
            rows += wrap(text, width, row("  "), 4)
    return rows + unlisted_rows(found.unlisted)
