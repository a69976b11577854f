"""Graphs that are kept alive, from turn to turn."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from autograd_tutor.analysis.diagnosis.expressions import after
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding
from autograd_tutor.analysis.diagnosis.naming import recorded
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import END, Line, Moment, Run, spoken
from autograd_tutor.analysis.diagnosis.source import SourceLine
from autograd_tutor.recording.model import Tensor

TURNS = 3
"""Turns in which something has to grow before it is said to."""

_LOOKED_AT = 16
"""Items of a list that are looked at."""

_JOINING = ("cat", "stack", "concat", "vstack", "hstack")
_SOON = 8
"""Moments after a list's last turn in which it may be made one tensor."""

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
        facts |= {"name": spoken(name), "line": where.in_file, "first": sizes[0], "third": sizes[2]}
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
        for name in _grown_names(source):
            tensor = after(line, name)
            if tensor is None or tensor.grad_fn is None or tensor.shape != ():
                continue
            if run.found.get(tensor.grad_fn, END) >= Moment(line.trace.step, line.since):
                # Else it is another tensor, as the first loss itself.
                found[name, (line.trace.step, line.number)].append((line, tensor))
    return found


@lru_cache(maxsize=4096)
def _grown_names(source: SourceLine) -> tuple[str, ...]:
    """What a line sets anew from what it was: `total`, `self.total`, `sums["loss"]`."""
    statement = source.statement
    if isinstance(statement, ast.AugAssign):
        return (recorded(statement.target),)
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return ()
    name = recorded(statement.targets[0])
    parts = (each for each in ast.walk(statement.value) if isinstance(each, ast.expr))
    return (name,) if any(recorded(each) == name for each in parts) else ()


def _is_kept(run: Run, grown: Sequence[Tensor]) -> bool:
    """Whether no pass begins at one of the sums, or behind it, nor can one that is not recorded.

    None can if another has freed a part of the sum.
    """
    nodes = {each.grad_fn for each in grown}
    if not grown or any(not nodes.isdisjoint(reached) for reached in run.reached):
        return False
    if run.known_until == END:
        return True
    return _is_spent(run, grown[-1])


def _is_spent(run: Run, tensor: Tensor, until: Moment = END) -> bool:
    """Whether a pass has run until a moment, and freed, a part of a tensor's graph."""
    behind = run.reachable([tensor.grad_fn or 0])
    ran = (
        each.nodes
        for each in run.passes
        if each.line.moment <= until and not each.ended.retain_graph
    )
    return any(
        number in behind and run.nodes[number].leaf is None for each in ran for number in each
    )


def kept_outputs(run: Run) -> Iterator[Finding]:
    """A list to which each turn adds a tensor that has a graph, and which no pass uses."""
    for (name, _place), added in _added(run).items():
        lines, last = [line for line, _ in added], added[-1][0]
        tensors = [
            tensor
            for each, tensor in last.trace.state(last.index).tensors.items()
            if (match := _ITEM.match(each)) and match[1] == name and tensor.grad_fn is not None
        ]
        if len(lines) < TURNS or len(tensors) < TURNS:
            continue
        since = run.found.get(tensors[0].grad_fn or 0, END)
        is_new = since > lines[1].moment
        if is_new:  # the list was made anew: that of the last turns counts
            added = [each for each in added if each[0].moment >= since]
            lines = [line for line, _ in added]
        is_over = len(added) >= TURNS and all(
            _is_spent(run, each, line.moment) for (_, each), (line, _) in pairwise(added[:TURNS])
        )
        if not is_over and any(_is_used(run, each, last.moment) for each in tensors):
            continue
        if not is_over and any(
            _is_passed(run, each, line.moment) for line, each in added[:_LOOKED_AT]
        ):
            continue
        if _is_collected(run, spoken(name), lines):
            continue
        if is_new and not is_over:
            continue  # it was emptied: what is in it now waits for its turn
        if tensors[0].grad_fn in run.reachable([tensors[-1].grad_fn or 0]):
            continue  # states, each made of the one before: the last one keeps them anyway
        if run.known_until != END and not _is_spent(run, tensors[0]):
            continue
        facts: dict[str, Fact] = {
            "name": spoken(name),
            "line": lines[0].in_file,
            "count": len(tensors),
            "nodes": len(run.reachable([each.grad_fn or 0 for each in tensors])),
            "text": lines[0].text,
        }
        proofs = tuple([each.proof for each in lines[:TURNS]])
        form = "" if is_over else "unused"
        yield Finding("kept-outputs", proofs, facts, form, about=(name, f"{name}[0]"))


def _added(run: Run) -> dict[tuple[str, tuple[int, int]], list[tuple[Line, Tensor]]]:
    """By list and line the executions that have put a tensor with a graph into the list."""
    found: dict[tuple[str, tuple[int, int]], list[tuple[Line, Tensor]]] = defaultdict(list)
    for line in run.lines:
        lists = _lists(line.source) if line.source is not None else []
        for name, tensor in line.tensors_made().items() if lists else ():
            match = _ITEM.match(name)
            if match is not None and tensor.grad_fn is not None and _is_one(match[1], lists):
                found[match[1], (line.trace.step, line.number)].append((line, tensor))
    return found


def _lists(source: SourceLine) -> list[str]:
    """The lists that a line adds to."""
    found = [call.on.replace("'", '"') for call in source.calls_of("append", "extend")]
    statement = source.statement
    if isinstance(statement, ast.AugAssign):
        found.append(recorded(statement.target))
    return found


def _is_one(name: str, lists: list[str]) -> bool:
    """Whether a recorded name is that of a list; the owner of `self.losses` has another name."""
    return any(
        spoken(name) == each or ("." in each and name.endswith(each[each.index(".") :]))
        for each in lists
    )


def _is_used(run: Run, tensor: Tensor, whole: Moment) -> bool:
    """Whether something was computed from an item when the list was whole, losses of a sum, or a
    pass came to it then: states of a sequence, each made of the one before."""
    users = run.users.get(tensor.grad_fn or 0, ())
    return any(run.found[each] > whole for each in users) or _is_passed(run, tensor, whole)


def _is_collected(run: Run, name: str, lines: Sequence[Line]) -> bool:
    """Whether a list was filled without a pass in between, to be made one tensor: it ends there."""
    first, last = lines[0], lines[-1]
    if any(first.moment < each.line.moment < last.moment for each in run.passes):
        return False
    return any(
        line.number != last.number and any(name in map(recorded, call.arguments)
        for call in line.source.calls_of(*_JOINING))
        for line in run.lines_between(last.moment, Moment(last.trace.step, last.index + _SOON))
        if line.source is not None
    )  # fmt: skip


def _is_passed(run: Run, tensor: Tensor, since: Moment) -> bool:
    """Whether a pass came to a tensor after a moment: when it was in its list."""
    return any(
        tensor.grad_fn in reached
        for each, reached in zip(run.passes, run.reached, strict=True)
        if each.line.moment > since
    )


RULES: tuple[Rule, ...] = (history, kept_outputs)
