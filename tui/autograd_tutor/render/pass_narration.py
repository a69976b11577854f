"""Backward passes in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.analysis.agreement import Agreement
from autograd_tutor.analysis.changes import changed_tensors
from autograd_tutor.analysis.nan_origin import saved_nonfinite
from autograd_tutor.analysis.node_gradient import (
    Accumulated,
    Arrival,
    NodeGradients,
    Sent,
    node_gradients,
)
from autograd_tutor.analysis.norms import grad_norm
from autograd_tutor.analysis.pass_names import filled_leaves
from autograd_tutor.analysis.pass_state import Contribution, PassState
from autograd_tutor.formulas.numbers_in import Numbers
from autograd_tutor.limits.interface import MOST_LISTED, MOST_SENTENCE_NUMBERS
from autograd_tutor.messages import _, count
from autograd_tutor.recording.model import Backward, Node, Pass, Saved, Tensor
from autograd_tutor.recording.nonfinite import NonFinite, nonfinite
from autograd_tutor.recording.tensor_text import one_line
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.grad_rows import grad_rows
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
from autograd_tutor.render.node_names import NodeNamer, called, namer_at, no_formula, origin
from autograd_tutor.render.nonfinite_words import marked_text, origin_text
from autograd_tutor.render.phrases import note_words
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.saved_words import saved_name, worth_showing
from autograd_tutor.render.sentences import block, joined, listed
from autograd_tutor.render.tensor_words import norm_text, shape_and_type

_HOW_MADE = {
    Agreement.AGREES: _("the sum of"),
    Agreement.NOTHING: _("the sum of"),
    Agreement.INCOMPLETE: _("known of it:"),
}
"""Where it is not known whether a gradient is the sum of its parts, it is only made of them."""


def pass_rows(trace: Trace, index: int, ended: Pass) -> Iterator[Row]:
    """A pass in one line: where it began, through how many nodes it went, what it filled.

    `index`: the snapshot of the line that asked for it.
    """
    names = [root.name or _("a tensor without a name") for root in ended.roots]
    begins = _(" from {names}").format(names=listed(names)) if names else ""
    name = _("backward pass") if ended.function == "backward" else _("grad pass")
    heading = f"  {name} {ended.call}{begins}: "
    parts = []
    if ended.call in trace.pass_snapshots or ended.left_out is None:
        parts.append(_("{nodes} ran").format(nodes=count(ended.nodes, "node")))
    if ended.left_out is not None:
        parts.append(ended.left_out)
    if ended.inputs is not None:
        parts.append(_("limited to {inputs}").format(inputs=listed(ended.inputs)))
    filled = [f"{leaf}.grad" for leaf in filled_leaves(trace, ended.call)]
    if filled:
        parts.append(_("{filled} filled").format(filled=listed(filled)))
    if ended.retain_graph:
        parts.append(_("the graph is kept"))
    yield row((sanitize_line(heading + "; ".join(parts)), "grad"))
    if ended.failed is not None:
        node = trace.nodes.get(ended.failed)
        namer = namer_at(trace.nodes, trace.state(index))
        where = _("a node that was not recorded") if node is None else _title(trace, node, namer)
        yield row(
            (sanitize_line(_("  it raised an error at {where}").format(where=where)), "failure")
        )
        if ended.failed not in trace.ran.get(ended.call, ()):
            yield from _saved_rows(trace, index, ended)


def node_rows(trace: Trace, index: int) -> Iterator[Row]:
    """One node of a pass that ran, the snapshot at `index`: what arrived, and what it sent on."""
    snapshot = trace.snapshots[index]
    record = snapshot.backward
    if record is None:
        return
    facts = node_gradients(trace, index)
    namer = namer_at(trace.nodes, trace.state(index))
    title = (
        _("node {node}").format(node=record.node)
        if facts is None
        else _title(trace, facts.node, namer)
    )
    position = PassState(trace, record.call, index).position
    yield row(
        (
            _("Backward {call}, node {position}: ").format(call=record.call, position=position),
            "strong",
        ),
        sanitize_line(title),
    )
    if snapshot.stdout:
        yield row(_("  prints:"))
        yield from block(snapshot.stdout)
    if facts is None:
        return
    yield from arrival_rows(facts, namer)
    yield from _saved_rows(trace, index, record)
    yield from sent_rows(facts, namer)
    for change in changed_tensors(trace, index, index):
        if change.same_as is None:
            yield from grad_rows(change)
    yield from changed_after_rows(facts.accumulated)
    if facts.origin is not None:
        yield row((sanitize_line(f"  {origin_text(facts.origin)}"), "failure"))


def _title(trace: Trace, node: Node, namer: NodeNamer) -> str:
    step = "" if node.step == trace.step else _(" of step {step}").format(step=node.step + 1)
    line = trace.place(node.line, node.step)
    made = (
        _(", {node} line {line}{step}").format(node=origin(node), line=line, step=step)
        if line
        else ""
    )
    return f"{called(node, namer)}{made}"


def arrival_rows(facts: NodeGradients, namer: NodeNamer) -> Iterator[Row]:
    """What arrived at each output, and what it is the sum of."""
    for arrival in facts.arrivals:
        which = (
            _(" at output {output_nr}").format(output_nr=arrival.output_nr)
            if len(facts.arrivals) > 1
            else ""
        )
        text = _("  arrives{which}: {grad}").format(which=which, grad=_grad(arrival.grad))
        if arrival.agreement is not Agreement.DIFFERS:
            yield row((sanitize_line(f"{text}{_made_of(arrival, namer)}"), "grad"))
            continue
        yield row((sanitize_line(text), "grad"))
        parts = _parts(arrival, namer)
        text = _("  that is not {arrival}, {parts}: {changed_before}").format(
            arrival=what_was_sent(arrival), parts=parts, changed_before=CHANGED_BEFORE
        )
        yield row((sanitize_line(text), "failure"))


def _made_of(arrival: Arrival, namer: NodeNamer) -> str:
    if arrival.part_count < 2:
        return ""
    return f", {_HOW_MADE.get(arrival.agreement, _('made of'))} {_parts(arrival, namer)}"


def _parts(arrival: Arrival, namer: NodeNamer) -> str:
    parts = [_part(part, namer) for part in arrival.parts]
    return joined(
        [*parts, _("{unlisted:,} more").format(unlisted=arrival.unlisted)]
        if arrival.unlisted
        else parts
    )


def _part(part: Contribution, namer: NodeNamer) -> str:
    if part.source is None:
        return _("{grad} to begin with").format(grad=_grad(part.grad))
    sent = _grad(part.grad) if part.arrived else _("something")
    return _("{sent} from {node}").format(sent=sent, node=namer.node(part.source))


def sent_rows(facts: NodeGradients, namer: NodeNamer) -> Iterator[Row]:
    """What was sent to each input, with the formula that gives it."""
    if facts.sent and (text := no_formula(facts.node)) is not None:
        yield row(sanitize_line(f"  {text}"))
    for sent in facts.sent:
        target = _("an input") if sent.edge is None else namer.output(sent.edge)
        yield row(
            (
                sanitize_line(
                    _("  sends to {target}: {sent}").format(target=target, sent=_calculation(sent))
                ),
                "grad",
            )
        )
        text = disagreement(sent)
        if text is not None:
            yield row((sanitize_line(f"  {text}"), "failure"))


def _calculation(sent: Sent) -> str:
    if sent.derivative is None or sent.grad is None:
        return _grad(sent.grad)
    if isinstance(sent.derivative.numbers, Numbers):
        line, which = sent.derivative.numbers.line, example(sent)
        if which is None:
            return line
        return f"{which}: {line}; {whole_batch(sent)} {_grad(sent.grad)}"
    if (why := undefined(sent)) is not None:
        return f"{_grad(sent.grad)} ({sent.derivative.text} {why})"
    how, remark = summed(sent), conjugated(sent)
    formula = sent.derivative.text if how is None else f"{sent.derivative.text}, {how}"
    return f"{formula} = {_grad(sent.grad)}" + ("" if remark is None else f" ({remark})")


def changed_after_rows(filled: Accumulated | None) -> Iterator[Row]:
    """Says that a `.grad` is not what the node made of it."""
    if filled is not None and filled.agreement is Agreement.DIFFERS:
        text = _("  a hook changed {leaf}.grad when the node had run").format(leaf=filled.leaf)
        yield row((sanitize_line(text), "failure"))


def _grad(grad: Tensor | None) -> str:
    return _("nothing") if grad is None else _tensor(grad, nonfinite(grad))


def _tensor(grad: Tensor, found: NonFinite | None) -> str:
    shape = "" if grad.shape == () else _(" of shape {grad}").format(grad=shape_and_type(grad))
    norm = grad_norm(grad) if grad.raw is None else None
    size = "" if norm is None else f", {norm_text(grad, norm)}"
    return f"{marked_text(found, one_line(grad, MOST_SENTENCE_NUMBERS))}{shape}{size}"


def _saved_rows(trace: Trace, index: int, record: Backward | Pass) -> Iterator[Row]:
    saved = [
        _saved(each, saved_nonfinite(trace, index, each)) for each in worth_showing(record.saved)
    ]
    if len(saved) > MOST_LISTED + 1:
        saved[MOST_LISTED:] = [_("and {count:,} more").format(count=len(saved) - MOST_LISTED)]
    if record.note is not None:
        saved.append(note_words(record.note))
    if saved:
        yield row(sanitize_line(_("  saved: {saved}").format(saved="; ".join(saved))))


def _saved(saved: Saved, found: NonFinite | None) -> str:
    if isinstance(saved.value, str):
        return f"{saved_name(saved)} {saved.value}"
    variable = _(", which is {variable},").format(variable=saved.variable) if saved.variable else ""
    return f"{saved.name}{variable} {_tensor(saved.value, found)}"
