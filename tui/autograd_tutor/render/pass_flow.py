"""The gradients pane in a backward pass: what the node did that has run, then every `.grad`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograd_tutor.analysis.gradient_table import GradientRow, gradient_rows_at
from autograd_tutor.analysis.node_gradient import node_gradients
from autograd_tutor.analysis.pass_names import names_in_pass
from autograd_tutor.limits.interface import MOST_GRAD_LINES
from autograd_tutor.messages import _
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.gradients import gradients_listing
from autograd_tutor.render.node_gradient_rows import node_gradient_rows
from autograd_tutor.render.node_names import heading, namer_at, no_formula_rows
from autograd_tutor.render.rows import Listing, Row


def flow_listing(
    trace: Trace,
    index: int,
    previous: int,
    watch: Sequence[str] = (),
    width: int = 80,
    ascii_only: bool = False,
    sort: Callable[[list[GradientRow]], list[GradientRow]] = lambda rows: rows,
) -> Listing:
    """The gradients at snapshot `index`; what differs from snapshot `previous` stands out.

    Right after a node of a backward pass ran, what arrived at it and what it sent come first.
    `ascii_only`: formulas are spelled out in ASCII; `sort` puts the rows of the table in order.
    """
    inside = 0 <= index < len(trace) and trace.snapshots[index].backward is not None
    first = names_in_pass(trace, index) if inside else ()
    found = gradient_rows_at(trace, index, previous, watch, first)
    if inside:
        found.sort(key=lambda each: not each.grad.differs)
    grads = gradients_listing(sort(found), width, MOST_GRAD_LINES)
    facts = node_gradients(trace, index) if inside else None
    if facts is None:
        return grads._replace(title=_("Gradients"))
    namer = namer_at(trace.nodes, trace.state(index), ascii_only)
    rows: list[Row] = heading(facts.node, namer, width)
    rows += no_formula_rows(facts.node, width)
    rows += node_gradient_rows(facts, namer, width)
    scroll_to = [len(rows) + 1 + at for at in grads.scroll_to]
    keys = (*[None] * (len(rows) + 1), *grads.keys)
    return Listing((*rows, Row(), *grads.rows), (*scroll_to, 0), _("Gradients"), keys=keys)
