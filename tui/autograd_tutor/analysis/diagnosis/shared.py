"""What a pass has in common with one before it, whose graph is gone or walked again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from autograd_tutor.analysis.diagnosis.fills import moved
from autograd_tutor.analysis.diagnosis.run import Line, Moment, Run, RunPass, spoken
from autograd_tutor.recording.local_names import is_local, local_prefix

MOST_NAMES = 4
"""How many tensors that are carried over are named."""


class Shared(NamedTuple):
    """A tensor whose graph an earlier pass has freed, and that a later pass comes to."""

    node: int
    """That made it."""
    identity: int
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


def shared_with(run: Run, earlier: RunPass, failed: RunPass) -> list[Shared]:
    """All of them with a name; of those that go from turn to turn, the others of their kind."""
    leading, passed = run.reachable(failed.roots), earlier.line.moment
    old = {each for each in leading if each in run.found and run.found[each] <= passed}
    # Where the later pass goes from what was made since to what was there; or, of two losses that
    # were both there, from its own part to that which the earlier one has run.
    meeting = [(each, True) for each in _met(run, old, leading - old)]
    freed = earlier.nodes.keys() & leading
    meeting += [(each, False) for each in _met(run, freed, leading - freed)]
    lines = run.lines_between(passed, failed.line.moment)
    again = {(each.trace.step, each.number) for each in lines}
    found: dict[int, Shared] = {}
    for (node, user), after in meeting:
        identity = run.outputs.get(node)
        made, line = (run.line_of(run.found[each]) for each in (node, user))
        if identity is None or identity not in run.names or made is None or line is None:
            continue
        carried = after and (run.nodes[node].step, run.nodes[node].line) in again
        one = Shared(node, identity, run.names[identity], line, made, carried, after)
        if not found or (carried and next(iter(found.values())).carried):
            found.setdefault(identity, one)
    return list(found.values())


def listed(shared: Sequence[Shared]) -> str:
    """Their names in a sentence."""
    names = sorted(dict.fromkeys(each.name for each in shared))
    return ", ".join(f"`{each}`" for each in names[:MOST_NAMES])


def _met(run: Run, nodes: Collection[int], users: Collection[int]) -> list[tuple[int, int]]:
    """Of some nodes, no leaves, those that others were made from; and which."""
    return [
        (node, user)
        for node in sorted(operations(run, nodes))
        for user in run.users.get(node, ())
        if user in users and user in run.found
    ]


def detaching(line: Line, identities: frozenset[int]) -> list[str]:
    """Statements that detach some tensors, by the names that a line's code has for them."""
    found: dict[int, str] = {}
    for each, tensor in line.trace.state(line.index).tensors.items():
        number = tensor.identity
        if number not in identities or number is None or not _is_visible(line, each):
            continue
        known = found.get(number)
        found[number] = spoken(each) if known is None or len(known) > len(spoken(each)) else known
    if found.keys() != identities:
        return []
    texts: dict[str, None] = {}
    for name in sorted(found.values()):
        whole = name.rpartition("[")[0] if name.endswith("]") else ""
        if not whole and name.replace(".", "").isidentifier():
            texts[f"{name} = {name}.detach()"] = None
        elif whole.replace(".", "").isidentifier():
            texts[f"{whole} = tuple(each.detach() for each in {whole})"] = None
        else:
            return []
    return list(texts)


def _is_visible(line: Line, name: str) -> bool:
    """Whether the code around a line can set what a recorded name stands for."""
    function = line.snapshot.function
    if is_local(name):
        return name.startswith(local_prefix(function))
    return not function or "." in name  # to set a global variable would make a local one


def earlier_pass(earlier: RunPass, later: RunPass) -> str:
    """A pass as a sentence about a later one speaks of it."""
    same = earlier.line.number == later.line.number and earlier.trace is later.trace
    return f"{'an earlier' if same else 'the'} pass in line {earlier.line.in_file}"


def moved_since(run: Run, node: int, run_pass: RunPass) -> tuple[str, Line] | None:
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


def operations(run: Run, nodes: Iterable[int]) -> list[int]:
    """Of some nodes those that are no leaves."""
    return [each for each in nodes if each in run.nodes and run.nodes[each].leaf is None]


def root_name(run: Run, run_pass: RunPass) -> str:
    """What the code calls the tensor that a pass begins at."""
    root = next(iter(run_pass.ended.roots), None)
    node = None if root is None else run.nodes.get(root.node or 0)
    name = (root.name if root is not None else None) or (node.variable if node else None)
    return spoken(name or "its root")
