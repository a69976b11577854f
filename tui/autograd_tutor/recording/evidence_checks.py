"""Whether the evidence of a moment is such as the recorder finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from autograd_tutor.recording.evidence import Cleared, Evidence, Optimizer, Stepped
from autograd_tutor.recording.model import Node
from autograd_tutor.recording.value_checks import require


def names_in(evidence: Evidence) -> Iterator[str]:
    """Everything in it that is a name."""
    if evidence.modes is not None:
        yield from evidence.modes.autocast
    yield from evidence.optimizers
    yield from (optimizer.kind for optimizer in evidence.optimizers.values())
    yield from evidence.training
    yield from evidence.gone
    yield from evidence.aliases
    yield from evidence.aliases.values()
    yield from (each.category for each in evidence.warned)
    yield from (each.name for each in evidence.kept)
    yield from (each.optimizer or "" for each in evidence.stepped)
    yield from (each.owner or "" for each in evidence.cleared)


def parts_of(evidence: Evidence) -> int:
    """How many parts there are; a number of a tensor takes a third of what others take."""
    lists = (
        evidence.training, evidence.gone, evidence.warned, evidence.kept, evidence.aliases,
    )  # fmt: skip
    held: list[Optimizer | Stepped | Cleared] = [*evidence.optimizers.values()]
    held += (*evidence.stepped, *evidence.cleared)
    return sum(map(len, lists)) + sum(1 + len(each.held) // 3 for each in held)


def check_evidence(evidence: Evidence, nodes: Iterable[Node], lines: int) -> None:
    """Raise Invalid unless it is of these nodes, and of code with so many lines."""
    if evidence.kept:
        found = {node.id for node in nodes}
        fits = all(each.node in found for each in evidence.kept)
        require(fits, "something is kept by a node that was not found then")
    require(all(each.line <= lines for each in evidence.warned), "a warning is of no line")
    for stepped in evidence.stepped:
        fits = len(stepped.changed) <= len(stepped.held)
        require(fits, "an optimizer changes more tensors than it holds")
        fits = set(stepped.changed) <= set(stepped.held)
        require(fits, "an optimizer changes a tensor that it does not hold")
    both = evidence.optimizers.keys() & evidence.training.keys()
    require(not both, "a module is an optimizer, too")
    there = {*evidence.optimizers, *evidence.training}
    require(there.isdisjoint(evidence.aliases), "an alias has parts of its own")
    fits = not {*there, *evidence.aliases}.intersection(evidence.gone)
    require(fits, "an optimizer or a module is there and gone")
