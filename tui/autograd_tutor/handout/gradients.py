"""What a backward pass brought to the leaves, as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from autograd_tutor.analysis.curves import ACCUMULATE_GRAD
from autograd_tutor.analysis.pass_state import PassState
from autograd_tutor.handout import labels
from autograd_tutor.handout.blocks import Block, Note, Table
from autograd_tutor.handout.tensors import cell_text
from autograd_tutor.limits.handouts import MOST_TABLE_ROWS
from autograd_tutor.messages import noun
from autograd_tutor.recording.model import Pass, Tensor
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.node_names import NodeNamer, namer_at
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import listed, times

Cells = tuple[str, ...]


def gradients(trace: Trace, since: int) -> Iterator[Block]:
    """The table of the last pass that ended from snapshot `since` on; nothing without one."""
    found = [
        (index, ended)
        for index in range(since, len(trace))
        for ended in trace.snapshots[index].passes
        if ended.failed is None
    ]
    if not found:
        return
    index, ended = found[-1]
    namer = namer_at(trace.nodes, trace.state(index))
    state = PassState(trace, ended.call, index, failing=True)
    rows = _handed_back(ended, state, namer) if ended.targets else _filled(trace, state, namer)
    if rows:
        line = trace.place(trace.snapshots[index].line)
        same = [each.call for _, each in found if each.function == ended.function]
        caption = labels.gradients(ended.function, len(same), line)
        heads = labels.INPUT_HEADS if ended.targets else labels.GRADIENT_HEADS
        yield Table(caption, heads, tuple(rows[:MOST_TABLE_ROWS]))
    if len(rows) > MOST_TABLE_ROWS:
        yield Note(labels.more(len(rows) - MOST_TABLE_ROWS, noun("row")))


def _filled(trace: Trace, state: PassState, namer: NodeNamer) -> list[Cells]:
    """A row for each leaf that the pass came to."""
    rows: list[Cells] = []
    for number in state.ran:
        node, record = trace.nodes.get(number), state.record(number)
        if node is None or node.name != ACCUMULATE_GRAD or record is None:
            continue
        leaf = record.leaf
        tensor = None if leaf is None else trace.tensor(state.index, leaf)
        after = labels.NOTHING if tensor is None else _text(tensor.grad)
        arrived = record.grad_outputs[0] if record.grad_outputs else None
        name = sanitize_line(leaf or namer.node(number))
        rows.append((name, _text(arrived), _sources(state, number, namer), after))
    return rows


def _handed_back(ended: Pass, state: PassState, namer: NodeNamer) -> list[Cells]:
    """A row for each input of `torch.autograd.grad`."""
    names = ended.inputs or ()
    rows: list[Cells] = []
    for at, (node, grad) in enumerate(zip(ended.targets, ended.returned, strict=False)):
        name = names[at] if at < len(names) else "" if node is None else namer.node(node)
        source = labels.NOTHING if node is None else _sources(state, node, namer)
        rows.append((sanitize_line(name), _text(grad), source))
    return rows


def _sources(state: PassState, number: int, namer: NodeNamer) -> str:
    """What has sent it: the variables or operations, each with how often."""
    names = Counter(
        labels.THE_START if part.source is None else _sender(part.source, namer)
        for part in state.contributions(number)
        if part.grad is not None
    )
    parts = [f"{name} {times(often)}" if often > 1 else name for name, often in names.items()]
    return listed(parts) or labels.NOTHING


def _sender(number: int, namer: NodeNamer) -> str:
    node = namer.nodes.get(number)
    return namer.node(number) if node is None else sanitize_line(node.name)


def _text(grad: Tensor | None) -> str:
    return "None" if grad is None else cell_text(grad)
