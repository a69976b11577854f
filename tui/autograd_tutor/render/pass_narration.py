"""Backward passes told in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from autograd_tutor.analysis.pass_state import Contribution, Moment, arrived_size
from autograd_tutor.analysis.sums import is_other_than_sum
from autograd_tutor.formulas.numbers_in import numbers_in
from autograd_tutor.formulas.table import formula_of
from autograd_tutor.recording.model import Backward, Node, Pass, Saved, Tensor
from autograd_tutor.recording.tensor_text import one_line
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.flow import (
    CONJUGATED,
    NodeNamer,
    changed_after,
    conjugates,
    input_of,
    named_at,
    origin,
    summed,
    unknown,
)
from autograd_tutor.render.pass_flow import before_and_after
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import MOST_LISTED, block, count, grad_rows, listed
from autograd_tutor.render.sizes import size_text
from autograd_tutor.render.tensors import measures

_WIDTH = 100
"""Characters of a tensor's elements; of more, the rest is left out."""

_SHAPE = "_sym_sizes"
"""What torch puts behind the name of an input of which it keeps the shape."""


def pass_rows(trace: Trace, index: int, ended: Pass) -> Iterator[Row]:
    """A pass in one line: where it began, through how many nodes it went, what it filled.

    `index`: the snapshot of the line that asked for it.
    """
    names = [root.name or "a tensor without a name" for root in ended.roots]
    begins = f" from {listed(names)}" if names else ""
    kind = "backward pass" if ended.function == "backward" else "grad pass"
    said = f"  {kind} {ended.call}{begins}: "
    walked = trace.walks.get(ended.call, [])
    parts = []
    if walked or ended.left_out is None:
        parts.append(f"{count(ended.nodes, 'node')} ran")
    if ended.left_out is not None:
        parts.append(ended.left_out)
    if ended.inputs is not None:
        parts.append(f"limited to {listed(ended.inputs)}")
    filled = tuple(dict.fromkeys(_filled(trace, walked)))
    if filled:
        parts.append(f"{listed(filled)} filled")
    if ended.retain_graph:
        parts.append("the graph is kept")
    yield row((sanitize_line(said + "; ".join(parts)), "grad"))
    if ended.failed is not None:
        node = trace.nodes.get(ended.failed)
        named = named_at(trace.nodes, trace.state(index))
        where = "a node that was not recorded" if node is None else _title(trace, node, named)
        yield row((sanitize_line(f"  it raised an error at {where}"), "failure"))


def _filled(trace: Trace, walked: Iterable[int]) -> Iterator[str]:
    """Each `.grad` that was filled and is not gone again: a hook may take it away at once."""
    for at in walked:
        record = trace.snapshots[at].backward
        leaf = None if record is None or record.leaf is None else record.leaf
        tensor = None if leaf is None else trace.tensor(at, leaf)
        if tensor is not None and tensor.grad is not None:
            yield f"{leaf}.grad"


def node_rows(trace: Trace, index: int) -> Iterator[Row]:
    """One node of a pass that ran, the snapshot at `index`: what arrived, and what it sent on."""
    snapshot = trace.snapshots[index]
    record = snapshot.backward
    if record is None:
        return
    at = Moment(trace, record.call, index)
    node = trace.nodes.get(record.node)
    named = named_at(trace.nodes, trace.state(index))
    yield row(
        (f"Backward {record.call}, node {at.place}: ", "strong"),
        sanitize_line(f"node {record.node}" if node is None else _title(trace, node, named)),
    )
    if snapshot.stdout:
        yield row("  prints:")
        yield from block(snapshot.stdout)
    if node is None:
        return
    yield from _arrives(at, record, named)
    yield from _keeps(record)
    yield from _sends(record, node, named)
    for name, tensor in snapshot.tensors.items():
        was = trace.tensor(index - 1, name)
        before = None if was is None else was.grad
        if tensor.grad != before:
            yield from grad_rows(f"{name}.grad", before, tensor.grad)
    if record.leaf is not None and changed_after(record, *before_and_after(trace, index, record)):
        said = f"  a hook changed {record.leaf}.grad when the node had run"
        yield row((sanitize_line(said), "failure"))


def _title(trace: Trace, node: Node, named: NodeNamer) -> str:
    called = named.called(node.id)
    whose = "" if called == sanitize_line(node.name) else f" of {called}"
    step = "" if node.step == trace.step else f" of step {node.step + 1}"
    made = f", {origin(node)} line {node.line}{step}" if node.line else ""
    return f"{node.name}{whose}{made}"


def _arrives(at: Moment, record: Backward, named: NodeNamer) -> Iterator[Row]:
    parts = at.contributions(record.node)
    for output_nr, grad in enumerate(record.grad_outputs):
        mine = [part for part in parts if part.output_nr == output_nr]
        which = f" at output {output_nr}" if len(record.grad_outputs) > 1 else ""
        said = f"  arrives{which}: {_grad(grad)}"
        changed = at.is_whole(mine) and is_other_than_sum([part.tensor for part in mine], grad)
        told = listed([_part(part, named) for part in mine])
        if changed:
            yield row((sanitize_line(said), "grad"))
            what = "the sum of what was sent" if len(mine) > 1 else "what was sent"
            more = f"  that is not {what}, {told}: a hook changed it before the node ran"
            yield row((sanitize_line(more), "failure"))
            continue
        if len(mine) > 1:
            said += f", {'the sum of' if at.is_whole(mine) else 'known of it:'} {told}"
        yield row((sanitize_line(said), "grad"))


def _part(part: Contribution, named: NodeNamer) -> str:
    if part.source is None:
        return f"{_grad(part.tensor)} to begin with"
    sent = _grad(part.tensor) if part.arrived else "something"
    return f"{sent} from {named.called(part.source)}"


def _grad(grad: Tensor | None) -> str:
    if grad is None:
        return "nothing"
    shape = "" if grad.shape == () else f" of shape {measures(grad)}"
    size = ""
    if grad.raw is None:
        found = arrived_size(Backward(0, 0, (grad,), ()))
        size = "" if found is None else f", norm {size_text(found)}"
    return f"{one_line(grad, _WIDTH)}{shape}{size}"


def _keeps(record: Backward) -> Iterator[Row]:
    kept = [_saved(each) for each in record.saved if each.value != "None" and not _inner(each)]
    if len(kept) > MOST_LISTED + 1:
        kept[MOST_LISTED:] = [f"and {len(kept) - MOST_LISTED:,} more"]
    if record.note is not None:
        kept.append(record.note)
    if kept:
        yield row(sanitize_line(f"  keeps: {'; '.join(kept)}"))


def _inner(saved: Saved) -> bool:
    """Whether it is one of torch's symbolic sizes that say nothing beside a shape."""
    return "_sym_" in saved.name and not saved.name.endswith(_SHAPE)


def _saved(saved: Saved) -> str:
    if isinstance(saved.value, str):
        if saved.name.endswith(_SHAPE):
            return f"shape of {saved.name.removesuffix(_SHAPE)} {saved.value}"
        return f"{saved.name} {saved.value}"
    variable = f", which is {saved.variable}," if saved.variable else ""
    return f"{saved.name}{variable} {_grad(saved.value)}"


def _sends(record: Backward, node: Node, named: NodeNamer) -> Iterator[Row]:
    formula = formula_of(node.name)
    if (formula is None or formula.sentence) and record.grad_inputs:
        yield row(sanitize_line(f"  {unknown(node)}"))
    for place, edge in enumerate(node.next):
        grad = record.grad_inputs[place] if place < len(record.grad_inputs) else None
        if edge is None and grad is None:
            continue
        target = "an input" if edge is None else named.output(edge)
        given = None if formula is None else input_of(formula, place, record)
        shown = None if formula is None else numbers_in(formula, place, record)
        what = _grad(grad)
        if shown is not None:
            what = shown.line
        elif formula is not None and given is not None and grad is not None:
            how = summed(given, record, grad)
            what = f"{given.text}{'' if how is None else f', {how}'} = {what}"
            if conjugates(given, grad):
                what += f" ({CONJUGATED})"
        yield row((sanitize_line(f"  sends to {target}: {what}"), "grad"))
        if shown is not None and not shown.agrees:
            yield row(
                (
                    sanitize_line(f"  but {shown.sent} was sent: a hook changed it, or rounding"),
                    "failure",
                )
            )
