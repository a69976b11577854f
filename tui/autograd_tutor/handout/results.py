"""What a run shows of a step, as blocks of a handout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograd_tutor.analysis.ending import error_at
from autograd_tutor.analysis.graph_order import RanSoFar, graph_order
from autograd_tutor.analysis.shown_graph import ShownGraph, shown_graph
from autograd_tutor.analysis.watch import is_watched, sort_watched
from autograd_tutor.course.model import Step
from autograd_tutor.handout import labels
from autograd_tutor.handout.blocks import Block, Graph, Note, Printed, Table
from autograd_tutor.handout.charts import chart
from autograd_tutor.handout.gradients import gradients
from autograd_tutor.handout.tensors import cell_text
from autograd_tutor.handout.withholding import Hidden
from autograd_tutor.limits.handouts import (
    MOST_GRAPH_CELLS,
    MOST_GRAPH_ROWS,
    MOST_PRINTED_LINES,
    MOST_TABLE_ROWS,
    MOST_UNFOLDED,
)
from autograd_tutor.messages import _, noun
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render import spoken_graph
from autograd_tutor.render.graph import graph_listing
from autograd_tutor.render.graph_choice import Choice
from autograd_tutor.render.sanitize import sanitize, sanitize_line
from autograd_tutor.render.tensor_words import own_shape_and_type


@dataclass
class Drawn:
    """The graph that was drawn last, and in which step: it is not drawn again."""

    key: object = None
    where: str = ""


@dataclass
class Results:
    """The results of one step, from a snapshot on."""

    trace: Trace
    step: Step
    where: str
    """The step's heading."""
    drawn: Drawn
    hidden: Hidden
    hidden_before: frozenset[str] = frozenset()
    """The names that were hidden when the step began."""
    since: int = 0

    def blocks(self) -> tuple[Block, ...]:
        """All there is to show."""
        if len(self.trace) <= self.since:
            return ()
        found: list[Block] = [*self._printed(), *self._error(), *self._table(), *self._graph()]
        found += gradients(self.trace, self.since)
        if self.trace.done and self.step.plot is not None:
            found += chart(self.trace, self.step.plot, self.hidden.names | self.hidden_before)
        return tuple(found)

    @property
    def _last(self) -> int:
        return len(self.trace) - 1

    def _printed(self) -> Iterator[Block]:
        text = "".join(each.stdout for each in self.trace.snapshots[self.since :])
        if text.strip():
            title = labels.OUTPUT_OF_REST if self.since > 1 else labels.OUTPUT
            yield Printed(title, _cut(sanitize(text).strip("\n")))

    def _error(self) -> Iterator[Block]:
        error = error_at(self.trace, self._last)
        if error is not None:
            text = error.traceback.strip("\n") or f"{error.type}: {error.message}"
            title = labels.FAILS if self.step.raises else labels.FAILED
            yield Printed(title, _cut(sanitize(text)), is_error=True)

    def _table(self) -> Iterator[Block]:
        state = self.trace.state(self._last)
        known: dict[str, Tensor | str] = {**state.tensors, **state.values}
        watch = self.step.watch
        own = self.trace.own(self._last)
        names = sort_watched((name for name in known if is_watched(name, watch)), watch)
        names = names or [name for name in own if name in known]
        rows = [self._row(name, known[name]) for name in names[:MOST_TABLE_ROWS]]
        if rows:
            yield Table(labels.TENSORS, labels.TENSOR_HEADS, tuple(rows))
        if len(names) > len(rows):
            yield Note(labels.more(len(names) - len(rows), noun("name")))

    def _row(self, name: str, value: Tensor | str) -> tuple[str, ...]:
        shown = sanitize_line(name)
        if isinstance(value, str):
            text = labels.HIDDEN if name in self.hidden.values else sanitize_line(value)
            return shown, labels.NOTHING, text, labels.NOTHING
        numbers = labels.HIDDEN if name in self.hidden.values else cell_text(value)
        grad = labels.HIDDEN if name in self.hidden.grads else _grad_text(value)
        shape = own_shape_and_type(value).replace(", ", ",\N{NO-BREAK SPACE}")
        return shown, shape, numbers, grad

    def _graph(self) -> Iterator[Block]:
        trace, at = self.trace, self._last
        graph = shown_graph(trace, at, at, self.step.graph)
        if graph is None:
            return
        numbers = _numbers(trace, graph)
        if self.hidden.nodes.intersection(numbers):
            yield Note(labels.graph_withheld())
            return
        name, folded = self.step.graph, _folded(trace, graph)
        listing = graph_listing(trace, at, at, name, MOST_GRAPH_CELLS, folded)
        rows = listing.rows[:MOST_GRAPH_ROWS]
        title = listing.title or _("Graph")
        key = graph.names, numbers, tuple(each.text for each in rows)
        if key == self.drawn.key:
            yield Note(labels.same_graph(title, self.drawn.where))
            return
        self.drawn.key, self.drawn.where = key, self.where
        listed = [each.text for each in spoken_graph.graph_rows(trace, at, graph)]
        yield Graph(title, tuple(rows), tuple(listed))
        if len(listing.rows) > len(rows):
            yield Note(labels.more(len(listing.rows) - len(rows), noun("row")))


def _numbers(trace: Trace, graph: ShownGraph) -> Sequence[int]:
    """The nodes that are drawn."""
    return tuple(graph_order(trace, graph.roots, _ran(graph)).nodes)


def _ran(graph: ShownGraph) -> RanSoFar | None:
    return RanSoFar(graph.at.call, len(graph.at.ran)) if graph.at is not None else None


def _folded(trace: Trace, graph: ShownGraph) -> Choice:
    order = graph_order(trace, graph.roots, _ran(graph))
    if len(order.nodes) <= MOST_UNFOLDED:
        return Choice()
    return Choice(folded=frozenset(each.first for each in order.repeats))


def _grad_text(tensor: Tensor) -> str:
    if tensor.grad is not None:
        return cell_text(tensor.grad)
    return "None" if tensor.requires_grad and (tensor.is_leaf or tensor.retains_grad) else "–"


def _cut(text: str) -> str:
    """The first lines of a long text, and how many more there are."""
    lines = text.split("\n")
    if len(lines) <= MOST_PRINTED_LINES:
        return text
    rest = labels.more(len(lines) - MOST_PRINTED_LINES, noun("line"))
    return "\n".join([*lines[:MOST_PRINTED_LINES], rest])
