"""The gradients pane in a backward pass: the flow at the node that has run, then every `.grad`."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tutor.analysis.pass_state import moment
from autograd_tutor.recording.model import Backward, Tensor
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.flow import arriving_rows, filled_rows, heading, leaving_rows, named_at
from autograd_tutor.render.gradients import gradients_listing
from autograd_tutor.render.rows import Listing, Row

MOST = 3
"""So many lines of each `.grad`: outside of the pass they are shown in full."""


def flow_listing(
    trace: Trace,
    index: int,
    previous: int,
    watch: Sequence[str] = (),
    width: int = 80,
    ascii_only: bool = False,
) -> Listing:
    """The gradients at snapshot `index`; what differs from snapshot `previous` stands out.

    Right after a node of a backward pass ran, what arrived at it and what it sent come first.
    `ascii_only`: formulas are spelled out in ASCII.
    """
    state, before = trace.state(index), trace.state(previous)
    at = moment(trace, index)
    inside = at is not None and at.now is not None
    grads = gradients_listing(state, before, watch, width, MOST, changed_first=inside)
    record = None if at is None else at.now
    node = None if record is None else trace.nodes.get(record.node)
    if at is None or record is None or node is None:
        return grads._replace(title="Gradients")
    named = named_at(trace.nodes, state, ascii_only)
    rows: list[Row] = heading(node, named, width)
    rows += arriving_rows(at, record, named, width)
    if node.name == "AccumulateGrad":
        was, now = before_and_after(trace, index, record)
        rows += filled_rows(record, was, now, named, width)
    else:
        rows += leaving_rows(record, node, named, width)
    scroll_to = [len(rows) + 1 + place for place in grads.scroll_to]
    return Listing((*rows, Row(), *grads.rows), (*scroll_to, 0), "Gradients")


def before_and_after(
    trace: Trace, index: int, record: Backward
) -> tuple[Tensor | None, Tensor | None]:
    """The `.grad` of the leaf that the node at snapshot `index` filled, before and after."""
    if record.leaf is None:
        return None, None
    was, now = trace.tensor(index - 1, record.leaf), trace.tensor(index, record.leaf)
    return (was.grad if was is not None else None), (now.grad if now is not None else None)
