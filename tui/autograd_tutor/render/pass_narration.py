"""Backward passes told in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.formulas.numbers_in import numbers_in
from autograd_tutor.formulas.table import formula_of
from autograd_tutor.render.clean import clean_line
from autograd_tutor.render.flow import Named, changed_on_the_way, input_of, unknown
from autograd_tutor.render.graph import node_names
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sentences import block, count, grad_rows, listed
from autograd_tutor.render.sizes import size_text
from autograd_tutor.render.tensors import measures
from autograd_tutor.render.walking import Moment, arrived_size
from autograd_tutor.trace.model import Backward, Node, Pass, Saved, Tensor
from autograd_tutor.trace.tensor_text import one_line
from autograd_tutor.trace.trace import Trace

_WIDTH = 100
"""Characters of a tensor's elements; of more, the rest is left out."""


def pass_rows(trace: Trace, ended: Pass) -> Iterator[Row]:
    """A pass in one line: where it began, through how many nodes it went, what it filled."""
    names = [root.name or "a tensor without a name" for root in ended.roots]
    begins = f" from {listed(names)}" if names else ""
    kind = "backward pass" if ended.function == "backward" else "grad"
    said = f"  {kind} {ended.call}{begins}: "
    walked = trace.walks.get(ended.call, [])
    parts = []
    if walked or ended.left_out is None:
        parts.append(f"{count(ended.nodes, 'node')} ran")
    if ended.left_out is not None:
        parts.append(ended.left_out)
    if ended.inputs is not None:
        parts.append(f"limited to {listed(ended.inputs)}")
    records = [trace.snapshots[at].backward for at in walked]
    filled = dict.fromkeys(f"{r.leaf}.grad" for r in records if r is not None and r.leaf)
    if filled:
        parts.append(f"{listed(tuple(filled))} filled")
    if ended.retain_graph:
        parts.append("the graph is kept")
    yield row((clean_line(said + "; ".join(parts)), "grad"))
    if ended.failed is not None:
        where = _called(trace, ended.failed)
        yield row((clean_line(f"  it raised at node {ended.failed}, {where}"), "failure"))


def _called(trace: Trace, number: int) -> str:
    node = trace.nodes.get(number)
    if node is None:
        return "which was not recorded"
    return f"{node.name} of {node.variable}" if node.variable else node.name


def node_rows(trace: Trace, index: int) -> Iterator[Row]:
    """One node of a pass that ran, the snapshot at `index`: what arrived, and what it sent on."""
    snapshot = trace.snapshots[index]
    record = snapshot.backward
    if record is None:
        return
    walk = trace.walks[record.call]
    node = trace.nodes.get(record.node)
    named = Named(trace.nodes, node_names(trace.state(index)))
    yield row(
        (f"Backward {record.call}, node {walk.index(index) + 1}: ", "strong"),
        clean_line(_title(trace, record, node, named)),
    )
    if snapshot.stdout:
        yield row("  prints:")
        yield from block(snapshot.stdout)
    if node is None:
        return
    yield from _arrives(Moment(trace, record.call, index), record, named)
    yield from _keeps(record)
    yield from _sends(record, node, named)
    for name, tensor in snapshot.tensors.items():
        was = trace.tensor(index - 1, name)
        before = None if was is None else was.grad
        if tensor.grad != before:
            yield from grad_rows(f"{name}.grad", before, tensor.grad)


def _title(trace: Trace, record: Backward, node: Node | None, named: Named) -> str:
    if node is None:
        return f"node {record.node}"
    called = named.called(node.id)
    whose = "" if called == node.name else f" of {called}"
    step = "" if node.step == trace.step else f" of step {node.step + 1}"
    made = f", made by line {node.line}{step}" if node.line else ""
    return f"{node.name}{whose}{made}"


def _arrives(at: Moment, record: Backward, named: Named) -> Iterator[Row]:
    parts = at.contributions(record.node)
    for output_nr, grad in enumerate(record.grad_outputs):
        mine = [part for part in parts if part.output_nr == output_nr]
        which = f" at output {output_nr}" if len(record.grad_outputs) > 1 else ""
        said = f"  arrives{which}: {_grad(grad)}"
        if len(mine) > 1:
            each = [
                f"{_grad(part.tensor)} "
                + ("to begin with" if part.source is None else f"from {named.called(part.source)}")
                for part in mine
            ]
            said += f", the sum of {listed(each)}"
        yield row((clean_line(said), "grad"))
        if changed_on_the_way(mine, grad):
            yield row(("  a hook changed that sum before the node ran", "failure"))


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
    kept = [_saved(saved) for saved in record.saved if saved.value != "None"]
    if record.note is not None:
        kept.append(record.note)
    if kept:
        yield row(clean_line(f"  keeps: {'; '.join(kept)}"))


def _saved(saved: Saved) -> str:
    if isinstance(saved.value, str):
        return f"{saved.name} {saved.value}"
    variable = f", which is {saved.variable}," if saved.variable else ""
    return f"{saved.name}{variable} {_grad(saved.value)}"


def _sends(record: Backward, node: Node, named: Named) -> Iterator[Row]:
    formula = formula_of(node.name)
    if formula is None and record.grad_inputs:
        yield row(clean_line(f"  {unknown(node)}"))
    for place, edge in enumerate(node.next):
        grad = record.grad_inputs[place] if place < len(record.grad_inputs) else None
        if edge is None and grad is None:
            continue
        target = "an input" if edge is None else named.called(edge[0])
        given = None if formula is None else input_of(formula, place, record)
        shown = None if formula is None else numbers_in(formula, place, record)
        how = "" if given is None or grad is None else f"{given.text} = "
        said = f"  sends to {target}: {how}{_grad(grad)}"
        if shown is not None:
            said = f"  sends to {target}: {shown.line}"
        yield row((clean_line(said), "grad"))
        if shown is not None and not shown.agrees:
            yield row((clean_line(f"  but a hook changed it to {shown.sent}"), "failure"))
