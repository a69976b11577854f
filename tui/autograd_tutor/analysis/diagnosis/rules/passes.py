"""Passes over graphs that are gone, or that have been passed before."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from autograd_tutor.analysis.changes import looks
from autograd_tutor.analysis.diagnosis.edits import inserted
from autograd_tutor.analysis.diagnosis.fills import is_nonzero, moved
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding, Mend
from autograd_tutor.analysis.diagnosis.held import Step, steps
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Moment, Run, RunPass, spoken
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
    facts: dict[str, Fact] = {"line": failed.line.in_file, "earlier": _earlier(earlier, failed)}
    if set(failed.roots) & set(earlier.roots):
        name = _root_name(run, failed)
        proofs = (earlier.line.proof, failed.line.proof)
        yield Finding("second-time", proofs, facts | {"name": name}, "same", about=(name,))
        return
    shared = _shared(run, earlier, failed)
    if shared is None:
        return
    key = "hidden-state" if shared.carried else "second-time"
    facts |= {"name": shared.name, "made": shared.made.in_file, "read": shared.line.in_file}
    yield Finding(
        key,
        (shared.made.proof, earlier.line.proof, shared.line.proof, failed.line.proof),
        facts,
        "" if shared.carried else "shared" if shared.after else "both",
        about=(shared.recorded, shared.name),
        nodes=(failed.ended.failed or 0,),
        mark=shared.line.proof,
        mend=_detached(shared) if shared.carried else None,
    )


def _earlier(earlier: RunPass, later: RunPass) -> str:
    """A pass as a sentence about a later one speaks of it."""
    same = earlier.line.number == later.line.number and earlier.trace is later.trace
    return f"{'an earlier' if same else 'the'} pass in line {earlier.line.in_file}"


class _Shared(NamedTuple):
    """A tensor whose graph an earlier pass has freed, and that a later pass comes to."""

    recorded: str
    line: Line
    """The line that has read it for the later pass."""
    made: Line
    carried: bool
    """Whether the line that made it has made another since: it goes from turn to turn."""
    after: bool
    """Whether it was read after the earlier pass."""

    @property
    def name(self) -> str:
        """As the code has it."""
        return spoken(self.recorded)


def _shared(run: Run, earlier: RunPass, failed: RunPass) -> _Shared | None:
    leading, passed = run.reachable(failed.roots), earlier.line.moment
    old = {each for each in leading if each in run.found and run.found[each] <= passed}
    # Where the later pass goes from what was made since to what was there; or, of two losses that
    # were both there, from its own part to that which the earlier one has run.
    meeting = [(each, True) for each in _met(run, old, leading - old)]
    freed = earlier.nodes.keys() & leading
    meeting += [(each, False) for each in _met(run, freed, leading - freed)]
    for (node, user), after in meeting:
        identity = run.outputs.get(node)
        made, line = (run.line_of(run.found[each]) for each in (node, user))
        if identity is None or identity not in run.names or made is None or line is None:
            continue
        again = any(
            each.number == made.number and each.trace is made.trace
            for each in run.lines_between(passed, failed.line.moment)
        )
        return _Shared(run.names[identity], line, made, again and after, after)
    return None


def _met(run: Run, nodes: Collection[int], users: Collection[int]) -> list[tuple[int, int]]:
    """Of some nodes, no leaves, those that others were made from; and which."""
    return [
        (node, user)
        for node in sorted(_operations(run, nodes))
        for user in run.users.get(node, ())
        if user in users and user in run.found
    ]


def _detached(shared: _Shared) -> Mend | None:
    """What is carried over is detached before the line that reads it."""
    source = shared.line.source
    if source is None or shared.name not in source.reads:
        return None
    return inserted(shared.line, f"{shared.name} = {shared.name}.detach()")


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
    """Two passes went through the same nodes, and no error came, as these keep nothing.

    That of two losses the shared part is passed twice is as it should be: gradients add up.
    """
    seen: dict[int, RunPass] = {}
    """The pass that ran each node last, of those that retained nothing."""
    for each in run.passes:
        if each.ended.failed is not None:
            return
        for node in _operations(run, each.nodes) if each.ended.function == "backward" else ():
            first = seen.get(node)
            found = _no_error_finding(run, first, each, node) if first is not None else None
            if found is not None:
                yield found
                return
        if each.ended.function == "backward":
            seen |= dict.fromkeys(_operations(run, each.nodes), each)


def _no_error_finding(run: Run, first: RunPass, second: RunPass, node: int) -> Finding | None:
    facts: dict[str, Fact] = {
        "earlier": _earlier(first, second),
        "line": second.line.in_file,
        "name": _root_name(run, second),
        "node": run.nodes[node].name,
    }
    about = (str(facts["name"]),)
    change = _moved_since(run, node, second)
    if change is not None:
        leaf, line = change
        facts |= {"leaf": leaf, "by": line.in_file, "text": line.text}
        facts["made"] = second.trace.line_number(run.nodes[node].line, run.nodes[node].step)
        story = (first.line.proof, line.proof, second.line.proof)
        return Finding("no-error", story, facts, "stale", "suspicion", about, (node,))
    if first.ended.retain_graph or first.ended.create_graph or not _same_seeds(first, second):
        return None
    added = [
        leaf
        for leaf in run.leaves_behind([node])
        if (before := run.at(leaf, Moment(second.trace.step, second.line.since - 1)))
        and is_nonzero(before.grad)
    ]
    proofs = (first.line.proof, second.line.proof)
    return Finding("no-error", proofs, facts, about=about, nodes=(node,)) if added else None


def _same_seeds(first: RunPass, second: RunPass) -> bool:
    """Whether both began at the same results with the same weights: they have sent the same."""
    starts = [
        {(root.node, root.output_nr): root.seed for root in each.ended.roots}
        for each in (first, second)
    ]
    return starts[0].keys() == starts[1].keys() and all(
        seed is None or other is None or looks(seed) == looks(other)
        for seed, other in zip(starts[0].values(), starts[1].values(), strict=True)
    )


def _moved_since(run: Run, node: int, run_pass: RunPass) -> tuple[str, Line] | None:
    """A leaf behind a node that was changed after the node was made, and the line that did it."""
    begun = Moment(run_pass.trace.step, run_pass.line.since - 1)
    if node not in run.found:
        return None
    for leaf in sorted(run.leaves_behind([node])):
        at = moved(run, leaf, run.found[node], begun)
        line = run.line_of(at) if at is not None else None
        if line is not None and leaf in run.names:
            return spoken(run.names[leaf]), line
    return None


def second_by_sum(run: Run) -> Iterator[Finding]:
    """A pass of a gradient adds the second derivative to the first, in the same `.grad`."""
    made: list[Step] | None = None
    for first, second in pairwise(each for each in run.passes if each.ended.function == "backward"):
        if not first.ended.create_graph:
            continue
        behind = run.reachable(second.roots)
        before = Moment(second.trace.step, second.line.since - 1)
        for leaf in first.leaves().keys() & second.leaves().keys():
            tensor = run.at(leaf, before)
            if tensor is not None and _grad_fn(tensor) in behind:
                made = steps(run) if made is None else made
                if _is_of_both(run, made, second, leaf):
                    break
                name = run.names.get(leaf, "")
                facts: dict[str, Fact] = {
                    "name": spoken(name), "first": first.line.in_file, "line": second.line.in_file,
                }  # fmt: skip
                proofs = (first.line.proof, second.line.proof)
                yield Finding("second-by-sum", proofs, facts, about=(name, f"{name}.grad"))
                return


def _is_of_both(run: Run, made: Sequence[Step], second: RunPass, leaf: int) -> bool:
    """Whether an optimizer takes the sum before a line reads it: of a loss and its penalty."""
    at = bisect_right(made, second.line.moment, key=lambda each: each.line.moment)
    stepped = made[at] if at < len(made) else None
    if stepped is None or leaf not in stepped.stepped.changed:
        return False
    between = run.lines_between(second.line.moment, stepped.line.moment)
    return not any(
        isinstance(call.node, ast.Attribute)
        for line in between
        for call in (line.source.calls_of("grad") if line.source is not None else ())
    )


def _grad_fn(tensor: Tensor) -> int | None:
    return None if tensor.grad is None else tensor.grad.grad_fn


def _operations(run: Run, nodes: Iterable[int]) -> list[int]:
    """Of some nodes those that are no leaves."""
    return [each for each in nodes if each in run.nodes and run.nodes[each].leaf is None]


def _root_name(run: Run, run_pass: RunPass) -> str:
    root = next(iter(run_pass.ended.roots), None)
    node = None if root is None else run.nodes.get(root.node or 0)
    name = (root.name if root is not None else None) or (node.variable if node else None)
    return spoken(name or "its root")


RULES: tuple[Rule, ...] = (second_time, retain_cure, no_error, second_by_sum)
