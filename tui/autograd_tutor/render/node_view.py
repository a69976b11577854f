"""A node's own view: all that is known of it, at one moment."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tutor.analysis.pass_state import Moment, Stage, moment
from autograd_tutor.formulas.numbers_in import small_text
from autograd_tutor.formulas.table import formula_of
from autograd_tutor.recording.model import Backward, Node, Saved, Tensor
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render import signs
from autograd_tutor.render.flow import (
    MOST_PARTS,
    NodeNamer,
    amount_rows,
    arriving_rows,
    filled_rows,
    heading,
    input_of,
    leaving_rows,
    more_rows,
    named_at,
    origin,
    part_rows,
    unknown,
)
from autograd_tutor.render.pass_flow import before_and_after
from autograd_tutor.render.rows import Listing, Row, row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import count, listed
from autograd_tutor.render.tensors import measures, shape_text, stats_rows, text_lines


def node_listing(
    trace: Trace, index: int, number: int, width: int = 80, ascii_only: bool = False
) -> Listing:
    """Everything about a node at snapshot `index`: of the pass that is under way, or the last.

    `ascii_only`: formulas are spelled out in ASCII.
    """
    node = trace.nodes.get(number)
    if node is None:
        return Listing(wrap([("This node was not recorded.", "dim")], width), title="Node")
    named = named_at(trace.nodes, trace.state(index), ascii_only)
    at = _pass_of(trace, index, number)
    record = None if at is None else at.record(number)
    parts = [
        [*heading(node, named, width), *_origin(trace, node, width)],
        _operation(node, record, named, width),
    ]
    if record is not None and at is not None:
        parts.append(_kept(record, width))
        parts.append(_through(trace, at, record, node, named, width))
        parts.append(_in_full(record, width))
    if at is not None and (record is None or at.stage(number) is Stage.FAILED):
        parts.append(_waiting(at, number, named, width))
    rows: list[Row] = []
    for part in parts:
        rows += [Row(), *part] if rows and part else part
    return Listing(rows, title=f"Node · {sanitize_line(node.name)}")


def _pass_of(trace: Trace, index: int, number: int) -> Moment | None:
    """The pass under way; outside of one, the last before `index` in which the node ran."""
    now = moment(trace, index)
    if now is not None:
        return now
    calls = [call for call, ran in trace.ran.items() if ran.get(number, index + 1) <= index]
    return Moment(trace, max(calls), index, failing=True) if calls else None


def _origin(trace: Trace, node: Node, width: int) -> list[Row]:
    """Which line made it, and the shape of what that line computed."""
    rows = []
    made_by = origin(node)
    if node.step != trace.step:
        rows.append(row((f"{made_by} line {node.line} of step {node.step + 1}", "dim")))
    elif node.line > 0:
        lines = trace.code.split("\n")
        source = lines[node.line - 1].strip() if node.line <= len(lines) else ""
        made = [(f"{made_by} line {node.line}: ", "dim"), (sanitize_line(source), "")]
        rows += wrap(made, width, indent=2)
    if node.shape is not None:
        what = "leaf" if node.name == "AccumulateGrad" else "output"
        rows.append(row((f"{what} of shape {shape_text(node.shape)}", "dim")))
    return rows


def _operation(node: Node, record: Backward | None, named: NodeNamer, width: int) -> list[Row]:
    """What the operation computes, and the local derivative for each input."""
    formula = formula_of(node.name)
    if formula is None:
        return wrap([(unknown(node), "dim")], width)
    rows = wrap([(named.formula(formula.operation), "strong")], width)
    if formula.forward:
        rows += wrap([("computes ", "dim"), (named.formula(formula.forward), "")], width, indent=2)
    if formula.sentence and record is None:
        rows += wrap([(named.formula(unknown(node)), "dim")], width)
    for place, edge in enumerate(node.next):
        given = input_of(formula, place, record)
        if given is None or edge is None or record is not None:
            continue
        target = [named.span(*edge), (f" as {given.name}", "dim")]
        rows += wrap(target, width, row((f"{signs.BECOMES} ", "grad")), 2)
        rows += wrap([(named.formula(given.text), "")], width, row("  "), 4)
    return rows


def _kept(record: Backward, width: int) -> list[Row]:
    """What the node saved in the forward pass."""
    kept = [saved for saved in record.saved if saved.value != "None"]
    if not kept and record.note is None:
        return wrap([("keeps nothing from the forward pass", "dim")], width)
    rows = wrap([("kept from the forward pass", "strong")], width)
    for saved in kept:
        rows += _saved(saved, width)
    if record.note is not None:
        rows += wrap([(sanitize_line(record.note), "dim")], width, row("  "), 2)
    return rows


def _saved(saved: Saved, width: int) -> list[Row]:
    name = sanitize_line(saved.name)
    if isinstance(saved.value, str):
        return wrap([(f"  {name} ", ""), (sanitize_line(saved.value), "strong")], width, indent=4)
    variable = f" = {sanitize_line(saved.variable)}" if saved.variable else ""
    spans = [(name, ""), (variable, "strong"), (f"  {measures(saved.value)}", "dim")]
    return [*wrap(spans, width, row("  "), 4), *_values(saved.value, width)]


def _values(tensor: Tensor, width: int) -> Sequence[Row]:
    lines = [row("    ", line) for line in text_lines(tensor, width - 4)]
    stats = stats_rows(tensor.stats) if tensor.stats is not None else ()
    return [*lines, *(row("    ", (line, "dim")) for line in stats)]


def _through(
    trace: Trace, at: Moment, record: Backward, node: Node, named: NodeNamer, width: int
) -> list[Row]:
    """What arrived in the pass, and what became of it."""
    rows = [row((f"in backward {at.call}", "strong"))]
    rows += arriving_rows(at, record, named, width)
    if node.name == "AccumulateGrad":
        was, now = before_and_after(trace, at.ran[node.id], record)
        return rows + filled_rows(record, was, now, named, width)
    return rows + leaving_rows(record, node, named, width)


def _in_full(record: Backward, width: int) -> list[Row]:
    """The gradients of which the lines above tell the size alone."""
    rows: list[Row] = []
    for label, grads in (
        ("grad_outputs", record.grad_outputs),
        ("grad_inputs", record.grad_inputs),
    ):
        for place, grad in enumerate(grads):
            if grad is not None and small_text(grad) is None:
                rows.append(row((f"{label}[{place}]", "strong"), (f"  {measures(grad)}", "dim")))
                rows += _values(grad, width)
    return rows


def _waiting(at: Moment, number: int, named: NodeNamer, width: int) -> list[Row]:
    """Of a node that has not run, why that is so, and what has arrived."""
    stage = at.stage(number)
    if stage is Stage.FAILED:
        error = at.trace.snapshots[at.index].error
        what = "" if error is None else f": {error.type}: {error.message}".rstrip(": ")
        said = f"The pass raised an error at this node{what}"
        came = _came(at, number, named, width) if at.record(number) is None else []
        return [*wrap([(sanitize_line(said), "failure")], width), *came]
    given = at.handed_back(number)
    if given is not None:
        rows = wrap([("It does not run: grad() hands back what arrives here.", "")], width)
        label = "hands back  "
        given_rows = amount_rows(given, width, row(), 4, (label, "dim"))
        return [*rows, *_came(at, number, named, width), *given_rows]
    if stage is Stage.UNREACHED:
        return wrap([(_unreached(at, number, named), "dim")], width)
    if stage is Stage.NOT_RECORDED:
        left_out = at.ended.left_out if at.ended is not None else None
        return wrap(
            [(f"Nothing is told of it here: {sanitize_line(left_out or '')}.", "dim")], width
        )
    coming = at.contributions(number)
    arrived = sum(each.arrived for each in coming)
    said = f"It waits: of {count(len(coming), 'gradient')}, {arrived} came so far."
    if arrived == len(coming):
        said = "All that it waits for has come: it can run."
    return [*wrap([(said, "")], width), *_came(at, number, named, width)]


def _came(at: Moment, number: int, named: NodeNamer, width: int) -> list[Row]:
    """What has come to a node from each of its consumers, of many the first."""
    rows: list[Row] = []
    parts = at.contributions(number)
    for each in parts[:MOST_PARTS]:
        if each.arrived:
            rows += part_rows(each, named, width)
        elif each.source is not None:
            said = [named.span(each.source), (" has not run yet", "dim")]
            rows += wrap(said, width, row("  "), 4)
    return rows + more_rows(parts)


def _unreached(at: Moment, number: int, named: NodeNamer) -> str:
    """Why a pass that has ended did not run a node."""
    ended = at.ended
    if ended is None or ended.inputs is None:
        return "This pass does not come to it."
    limited = sanitize_line(listed(ended.inputs))
    if ended.function == "grad" and named.called(number) in map(sanitize_line, ended.inputs):
        return f"It does not run: grad() hands back what arrives here, for {limited}."
    return f"This pass does not come to it: it is limited to {limited}."
