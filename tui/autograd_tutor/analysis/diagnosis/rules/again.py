"""Passes that come to a graph of an earlier one: it is gone, or kept and walked again and again."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from autograd_tutor.analysis.diagnosis.edits import (
    indented,
    inserted,
    inserted_after,
    replaced,
    segment,
)
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding, Mend
from autograd_tutor.analysis.diagnosis.kept import failed_pass
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Moment, Run, RunPass
from autograd_tutor.analysis.diagnosis.shared import (
    Shared,
    detaching,
    earlier_pass,
    listed,
    operations,
    root_name,
    shared_with,
)
from autograd_tutor.analysis.diagnosis.source import written

_SECOND_TIME = "Trying to backward through the graph a second time"


def second_time(run: Run) -> Iterator[Finding]:
    """A pass came to a node whose saved tensors an earlier pass had freed."""
    failed = failed_pass(run)
    if run.failure is None or _SECOND_TIME not in run.failure[1].message or failed is None:
        return
    earlier = _pass_that_ran(run, failed)
    if earlier is None:
        return
    facts: dict[str, Fact] = {"line": failed.line.in_file, "earlier": earlier_pass(earlier, failed)}
    if set(failed.roots) & set(earlier.roots):
        name = root_name(run, failed)
        proofs = (earlier.line.proof, failed.line.proof)
        yield Finding("second-time", proofs, facts | {"name": name}, "same", about=(name,))
        return
    shared = shared_with(run, earlier, failed)
    if not shared:
        yield _without_a_name(run, earlier, failed, facts)
        return
    first = shared[0]
    key = "hidden-state" if first.carried else "second-time"
    facts |= {
        "name": first.name, "made": first.made.in_file, "read": first.line.in_file,
        "all": listed(shared), "first": earlier.line.in_file,
    }  # fmt: skip
    form = "shared" if first.after else "both"
    again = earlier.line.number == failed.line.number and earlier.trace is failed.trace
    if form == "shared" and not again and not _has_stepped(run, earlier, failed):
        form = "kept"
    yield Finding(
        key,
        (first.made.proof, earlier.line.proof, first.line.proof, failed.line.proof),
        facts,
        "" if first.carried else form,
        about=(first.recorded, first.name),
        nodes=(failed.ended.failed or 0,),
        mark=first.line.proof,
        mend=_detached(run, shared, earlier, failed) if first.carried else None,
    )


def _has_stepped(run: Run, earlier: RunPass, failed: RunPass) -> bool:
    """Whether an optimizer came between two passes, after which a graph is one of old numbers."""
    between = run.lines_between(earlier.line.moment, failed.line.moment)
    return any(each.snapshot.evidence and each.snapshot.evidence.stepped for each in between)


def _without_a_name(run: Run, earlier: RunPass, failed: RunPass, facts: dict[str, Fact]) -> Finding:
    """The later pass begins inside of the graph that is gone, or comes to it by no variable."""
    number = failed.ended.failed or 0
    node = run.nodes[number]
    name = root_name(run, failed)
    facts |= {"name": name, "made": failed.trace.place(node.line, node.step)}
    facts |= {"first": earlier.line.in_file, "node": node.name}
    form = "part" if set(failed.roots) <= earlier.nodes.keys() else "node"
    proofs = (earlier.line.proof, failed.line.proof)
    return Finding("second-time", proofs, facts, form, about=(name,), nodes=(number,))


def _detached(run: Run, shared: Sequence[Shared], earlier: RunPass, failed: RunPass) -> Mend | None:
    """What is carried over is detached: before the line that reads it, or after the pass.

    After the pass where that line runs several times in a turn, or where a part of a tuple or of
    a module is carried, which the code there has under another name.
    """
    line, name = shared[0].line, shared[0].name
    turn = run.lines_between(earlier.line.moment, failed.line.moment)
    once = sum(each.number == line.number and each.trace is line.trace for each in turn) == 1
    if len(shared) == 1 and once and line.source is not None and name in line.source.reads:
        return inserted(line, f"{name} = {name}.detach()")
    texts = detaching(earlier.line, shared)
    return inserted_after(earlier.line, texts) if texts else None


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
        if any(each.ended.create_graph for each in passes):
            continue
        shared = shared_with(run, *passes[:2])
        carried = bool(shared) and shared[0].carried
        if not carried and not _goes_on(run, *passes[:2]):
            continue
        sizes = [len(run.reachable(each.roots)) for each in passes[:4]]
        grown = {second - first for first, second in pairwise(sizes)}
        again = set(passes[0].nodes) & set(passes[1].nodes)
        if len(grown) != 1 or min(grown) <= 0 or not operations(run, again):
            continue
        line = passes[0].line
        name = shared[0].name if shared else root_name(run, passes[1])
        facts: dict[str, Fact] = {
            "line": line.in_file, "name": name, "all": listed(shared) or f"`{name}`",
            "first": sizes[0], "second": sizes[1], "third": sizes[2],
        }  # fmt: skip
        proofs = tuple([each.line.proof for each in passes[:3]])
        mend = _not_retained(run, shared, passes[0], passes[1]) if carried else None
        yield Finding("retain-cure", proofs, facts, about=(name,), mend=mend)


def _not_retained(
    run: Run, shared: Sequence[Shared], first: RunPass, second: RunPass
) -> Mend | None:
    """The pass without `retain_graph`, and what is carried over detached after it."""
    line = first.line
    texts = detaching(line, shared)
    calls = line.source.calls_of("backward") if line.source is not None and texts else ()
    for call in calls:
        value = call.keyword("retain_graph")
        if value is None or not isinstance(call.node, ast.Call) or len(call.keywords) > 1:
            continue
        text = f"{segment(line, call.node.func)}({', '.join(map(written, call.arguments))})"
        plain = replaced(line, call.node, text)
        return (
            None
            if plain is None
            else plain._replace(
                code="\n".join([plain.code, *(indented(line, each) for each in texts)])
            )
        )
    return None


def _goes_on(run: Run, first: RunPass, second: RunPass) -> bool:
    """Whether what the second pass adds was computed after the first.

    Else both ask for parts of a calculation that was ready before: the states of a sequence.
    """
    more = run.reachable(second.roots) - run.reachable(first.roots)
    since = Moment(first.trace.step, first.line.since)
    return all(run.found.get(each, since) >= since for each in operations(run, more))


RULES: tuple[Rule, ...] = (second_time, retain_cure)
