"""Passes over graphs that are gone, or that have been passed before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from autograd_tutor.analysis.diagnosis.edits import inserted
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Moment, Run, RunPass
from autograd_tutor.analysis.diagnosis.source import source_lines
from autograd_tutor.analysis.loops import find_loops
from autograd_tutor.recording.model import Tensor

_SECOND_TIME = "Trying to backward through the graph a second time"


def second_time(run: Run) -> Iterator[Finding]:
    """A pass came to a node whose saved tensors an earlier pass had freed."""
    failed = next((each for each in reversed(run.passes) if each.ended.failed is not None), None)
    if run.failure is None or _SECOND_TIME not in run.failure[1].message or failed is None:
        return
    earlier = _pass_that_ran(run, failed)
    if earlier is None:
        return
    facts: dict[str, Fact] = {"line": failed.line.in_file, "first": earlier.line.in_file}
    if set(failed.roots) & set(earlier.roots):
        name = _root_name(run, failed)
        proofs = (earlier.line.proof, failed.line.proof)
        yield Finding("second-time", proofs, facts | {"name": name}, "same", about=(name,))
        return
    shared = _shared(run, earlier, failed)
    if shared is None:
        return
    key = "hidden-state" if shared.carried else "second-time"
    facts |= {
        "name": shared.name,
        "made": 0 if shared.made is None else shared.made.in_file,
        "read": shared.line.in_file,
    }
    made = () if shared.made is None else (shared.made.proof,)
    yield Finding(
        key,
        (*made, earlier.line.proof, shared.line.proof, failed.line.proof),
        facts,
        "" if shared.carried else "shared",
        about=(shared.name,),
        nodes=(failed.ended.failed or 0,),
        mark=shared.line.proof,
        mend=inserted(shared.line, f"{shared.name} = {shared.name}.detach()")
        if shared.carried
        else None,
    )


class _Shared(NamedTuple):
    """A tensor whose graph an earlier pass has freed, and that a later line has read."""

    name: str
    line: Line
    made: Line | None
    carried: bool
    """Whether the loop that reads it sets its name again in each turn."""


def _shared(run: Run, earlier: RunPass, failed: RunPass) -> _Shared | None:
    freed = earlier.nodes.keys()
    leading = run.reachable(failed.roots)
    for line in run.lines_between(earlier.line.moment, failed.line.moment):
        for name, tensor in line.tensors_read().items():
            if tensor.grad_fn is not None and tensor.grad_fn in freed & leading:
                story = run.stories.get(tensor.identity or 0, ())
                made = run.line_of(story[0].moment) if story else None
                short = name.rpartition("().")[2]
                return _Shared(short, line, made, _is_carried(line, made, short))
    return None


def _is_carried(line: Line, made: Line | None, name: str) -> bool:
    """Whether the tensor was made in an earlier turn of the loop that reads it."""
    if made is None or made.trace is not line.trace or not made.number:
        return False
    loops = find_loops(line.trace.code).values()
    return any(each.holds(line.number) and each.holds(made.number) for each in loops) or any(
        each.holds(line.number) and _is_set_in(line, each.first, each.last, name) for each in loops
    )


def _is_set_in(line: Line, first: int, last: int, name: str) -> bool:
    sources = source_lines(line.trace.code).items()
    return any(first <= number <= last and name in source.sets for number, source in sources)


def _pass_that_ran(run: Run, failed: RunPass) -> RunPass | None:
    """The pass before the failed one in which the node ran at which that failed."""
    node = failed.ended.failed
    found = (each for each in reversed(run.passes) if each is not failed and node in each.nodes)
    return next(found, None)


def retain_cure(run: Run) -> Iterator[Finding]:
    """Each pass of a line goes through all turns before it, as their graphs are retained."""
    by_line: dict[tuple[int, int], list[RunPass]] = defaultdict(list)
    for each in run.passes:
        by_line[each.trace.step, each.line.number].append(each)
    for passes in by_line.values():
        if len(passes) < 3 or not all(each.ended.retain_graph for each in passes):
            continue
        if any(each.ended.create_graph for each in passes) or not _goes_on(run, *passes[:2]):
            continue
        sizes = [len(run.reachable(each.roots)) for each in passes[:4]]
        grown = {second - first for first, second in pairwise(sizes)}
        again = set(passes[0].nodes) & set(passes[1].nodes)
        if len(grown) != 1 or min(grown) <= 0 or not _operations(run, again):
            continue
        line = passes[0].line
        shared = _shared(run, passes[0], passes[1])
        name = shared.name if shared is not None else _root_name(run, passes[1])
        facts: dict[str, Fact] = {
            "line": line.in_file, "name": name,
            "first": sizes[0], "second": sizes[1], "third": sizes[2],
        }  # fmt: skip
        proofs = tuple([each.line.proof for each in passes[:3]])
        yield Finding("retain-cure", proofs, facts, about=(name,))


def _goes_on(run: Run, first: RunPass, second: RunPass) -> bool:
    """Whether what the second pass adds was computed after the first.

    Else both ask for parts of a calculation that was ready before: the states of a sequence.
    """
    more = run.reachable(second.roots) - run.reachable(first.roots)
    since = Moment(first.trace.step, first.line.since)
    return all(run.found.get(each, since) >= since for each in _operations(run, more))


def no_error(run: Run) -> Iterator[Finding]:
    """Two passes went through the same nodes, and no error came, as these keep nothing."""
    seen: dict[int, RunPass] = {}
    """The pass that ran each node last, of those that retained nothing."""
    for each in run.passes:
        if each.ended.failed is not None:
            return
        for node in _operations(run, each.nodes):
            first = seen.get(node)
            if first is not None and set(first.roots) & set(each.roots):
                facts: dict[str, Fact] = {
                    "first": first.line.in_file,
                    "line": each.line.in_file,
                    "name": _root_name(run, each),
                    "node": run.nodes[node].name,
                }
                proofs = (first.line.proof, each.line.proof)
                yield Finding("no-error", proofs, facts, about=(str(facts["name"]),), nodes=(node,))
                return
        if not each.ended.retain_graph and not each.ended.create_graph:
            seen |= dict.fromkeys(_operations(run, each.nodes), each)


def second_by_sum(run: Run) -> Iterator[Finding]:
    """A pass of a gradient adds the second derivative to the first, in the same `.grad`."""
    for first, second in pairwise(each for each in run.passes if each.ended.function == "backward"):
        if not first.ended.create_graph:
            continue
        behind = run.reachable(second.roots)
        before = Moment(second.trace.step, second.line.since - 1)
        for leaf in first.leaves().keys() & second.leaves().keys():
            tensor = run.at(leaf, before)
            if tensor is not None and _grad_fn(tensor) in behind:
                name = run.names.get(leaf, "")
                facts: dict[str, Fact] = {
                    "name": name, "first": first.line.in_file, "line": second.line.in_file,
                }  # fmt: skip
                proofs = (first.line.proof, second.line.proof)
                yield Finding("second-by-sum", proofs, facts, about=(name, f"{name}.grad"))
                return


def _grad_fn(tensor: Tensor) -> int | None:
    return None if tensor.grad is None else tensor.grad.grad_fn


def _operations(run: Run, nodes: Iterable[int]) -> list[int]:
    """Of some nodes those that are no leaves."""
    return [each for each in nodes if each in run.nodes and run.nodes[each].leaf is None]


def _root_name(run: Run, run_pass: RunPass) -> str:
    root = next(iter(run_pass.ended.roots), None)
    node = None if root is None else run.nodes.get(root.node or 0)
    name = (root.name if root is not None else None) or (node.variable if node else None)
    return name or "its root"


RULES: tuple[Rule, ...] = (second_time, retain_cure, no_error, second_by_sum)
