"""Graphs that are kept alive, from turn to turn."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from autograd_tutor.analysis.diagnosis.finding import Fact, Finding
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import END, Line, Moment, Run
from autograd_tutor.recording.model import Tensor

TURNS = 3
"""Turns in which something has to grow before it is said to."""

_ITEM = re.compile(r"^(.*)\[\d+\]$")


def history(run: Run) -> Iterator[Finding]:
    """A sum over turns that keeps the graph of each: it is only ever read to be added to."""
    for (name, _line), grown in _sums(run).items():
        sizes = [len(run.reachable([tensor.grad_fn or 0])) for _, tensor in grown[:TURNS]]
        steps = {second - first for first, second in pairwise(sizes)}
        if len(grown) < TURNS or len(steps) != 1 or min(steps) <= 0:
            continue
        if not _is_kept(run, [tensor for line, tensor in grown if line.moment < run.known_until]):
            continue
        where, facts = grown[0][0], dict[str, Fact]()
        facts |= {"name": name, "line": where.in_file, "first": sizes[0], "third": sizes[2]}
        facts["text"] = where.text
        proofs = tuple([each.proof for each, _ in grown[:TURNS]])
        yield Finding("history", proofs, facts, about=(name,))


def _sums(run: Run) -> dict[tuple[str, tuple[int, int]], list[tuple[Line, Tensor]]]:
    """By name and line what lines that read a tensor and set it anew have made of it."""
    found: dict[tuple[str, tuple[int, int]], list[tuple[Line, Tensor]]] = defaultdict(list)
    for line in run.lines:
        source = line.source
        if source is None:
            continue
        for name in source.sets & source.reads:
            tensor = line.after(name)
            if tensor is not None and tensor.grad_fn is not None and tensor.shape == ():
                found[name, (line.trace.step, line.number)].append((line, tensor))
    return found


def _is_kept(run: Run, grown: Sequence[Tensor]) -> bool:
    """Whether no pass begins at the last sum, or behind it, nor can one that is not recorded.

    None can if another has freed a part of the sum.
    """
    if not grown or any(grown[-1].grad_fn in reached for reached in run.reached):
        return False
    if run.known_until == END:
        return True
    return _is_spent(run, grown[-1])


def _is_spent(run: Run, tensor: Tensor) -> bool:
    """Whether a pass has run, and freed, a part of a tensor's graph."""
    behind = run.reachable([tensor.grad_fn or 0])
    ran = (each.nodes for each in run.passes if not each.ended.retain_graph)
    return any(
        number in behind and run.nodes[number].leaf is None for each in ran for number in each
    )


def kept_outputs(run: Run) -> Iterator[Finding]:
    """A list to which each turn adds a tensor that has a graph, and which no pass uses."""
    for trace in run.traces:
        last = trace.state(len(trace) - 1).tensors
        lists: dict[str, list[Tensor]] = defaultdict(list)
        for name, tensor in last.items():
            match = _ITEM.match(name)
            if match is not None and tensor.grad_fn is not None:
                lists[match[1]].append(tensor)
        for name, tensors in lists.items():
            # Of tensors that one line has made at once, nothing grows.
            lines = {run.found.get(each.grad_fn or 0) for each in tensors}
            if len(tensors) < TURNS or len(lines) < TURNS:
                continue
            appends = _appends(run, name)
            if len(appends) < TURNS or _is_used(run, tensors[0], appends[-1].moment):
                continue
            if run.known_until != END and not _is_spent(run, tensors[0]):
                continue
            facts: dict[str, Fact] = {
                "name": name,
                "line": appends[0].in_file,
                "count": len(tensors),
                "nodes": len(run.reachable([each.grad_fn or 0 for each in tensors])),
                "text": appends[0].text,
            }
            proofs = tuple([each.proof for each in appends[:TURNS]])
            yield Finding("kept-outputs", proofs, facts, about=(name, f"{name}[0]"))


def _is_used(run: Run, tensor: Tensor, after: Moment) -> bool:
    """Whether something was computed from an item when the list was whole, losses of a sum, or a
    pass came to it then: states of a sequence, each made of the one before."""
    users = run.users.get(tensor.grad_fn or 0, ())
    return any(run.found[each] > after for each in users) or any(
        tensor.grad_fn in reached
        for each, reached in zip(run.passes, run.reached, strict=True)
        if each.line.moment > after
    )


def _appends(run: Run, name: str) -> list[Line]:
    spelled = name.rpartition("().")[2]
    return [
        line
        for line in run.lines
        if line.source is not None
        and any(call.on == spelled for call in line.source.calls_of("append"))
    ]


RULES: tuple[Rule, ...] = (history, kept_outputs)
