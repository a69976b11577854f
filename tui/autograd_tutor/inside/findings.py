"""What is found in a recording or in a graph, in words, for a program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from autograd_tutor.analysis.diagnosis import finding as diagnosed
from autograd_tutor.analysis.diagnosis.diagnose import diagnose
from autograd_tutor.inside.recorder import Record
from autograd_tutor.kernel.engine import node_of
from autograd_tutor.kernel.graph import ACCUMULATE_GRAD, node_name
from autograd_tutor.kernel.saved import changed_in_place
from autograd_tutor.limits.interface import MOST_LISTED
from autograd_tutor.limits.kernel import MOST_CHAIN_NODES
from autograd_tutor.recording.saved_lesson import Origin
from autograd_tutor.recording.trace import Recording
from autograd_tutor.render.findings.finding_words import LEADS, words_of

_OWN_GRAPH = "CheckpointFunctionBackward"
"""A node with a graph of its own, of which nothing is known before its pass."""


@dataclass(frozen=True)
class Finding:
    """Something that goes wrong with autograd."""

    key: str
    """Which kind of mistake: `zero-grad`. `autograd-tutor explain zero-grad` says all about it."""
    certainty: diagnosed.Certainty
    what: str
    why: str
    mend: str
    file: str = ""
    line: int = 0
    """Where the mistake is made; 0: not known."""

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}: " if self.line else ""
        lead = LEADS[self.certainty]
        return f"{place}{lead}{self.what}\n  {self.why}\n  Mend: {self.mend} [{self.key}]"


def findings_of(origin: Origin, records: Iterator[Record]) -> tuple[Finding, ...]:
    """What goes wrong in a recording of one step, with what is likely meant."""
    recording = Recording(origin)
    trace = recording.begin(0, origin.codes[0], origin.lesson.steps[0].first_line)
    for record in records:
        recording.add(record)
    file = origin.lesson.file
    found = diagnose(recording)
    return tuple([_in_words(each, file, trace.line_number(each.place.line)) for each in found])


def explain(loss: torch.Tensor, model: torch.nn.Module | None = None) -> tuple[Finding, ...]:
    """What goes wrong in the graph of a tensor, before a pass begins at it; () if nothing does.

    `model`: whose parameters the pass is to reach, all of those that require grad. Nothing is
    computed, and nothing changes.
    """
    _check_type("loss", loss, torch.Tensor)
    if model is not None:
        _check_type("model", model, torch.nn.Module)
    required = {
        name: each
        for name, each in ({} if model is None else dict(model.named_parameters())).items()
        if each.requires_grad
    }
    return tuple([_in_words(each) for each in _graph_findings(loss, model, required)])


def _check_type(name: str, given: object, kind: type) -> None:
    if not isinstance(given, kind):
        raise TypeError(f"{name} has to be a {kind.__name__}, not {type(given).__name__}")


def _graph_findings(
    loss: torch.Tensor, model: torch.nn.Module | None, required: dict[str, torch.nn.Parameter]
) -> Iterator[diagnosed.Finding]:
    if not loss.requires_grad:
        frozen = model is not None and not required
        yield diagnosed.Finding("no-grad-fn", (), form="graph-frozen" if frozen else "graph")
        return
    if loss.grad_fn is None:
        yield diagnosed.Finding("silenced", (), form="graph")
        return
    if loss.numel() != 1:
        yield diagnosed.Finding("non-scalar", (), {"shape": str(tuple(loss.shape))}, "graph")
    nodes = _nodes_behind(loss)
    if nodes is None:  # too many to be looked at
        return
    for node in nodes:
        name = changed_in_place(node)
        if name is not None:
            yield diagnosed.Finding(
                "in-place", (), {"node": node_name(node), "name": name}, "graph"
            )
    if not any(node_name(node) == _OWN_GRAPH for node in nodes):
        yield from _unreached(nodes, required)


def _unreached(
    nodes: list[torch.autograd.graph.Node], required: dict[str, torch.nn.Parameter]
) -> Iterator[diagnosed.Finding]:
    leaves = {id(each.variable) for each in nodes if node_name(each) == ACCUMULATE_GRAD}  # type: ignore[attr-defined]
    missing = [f"`{name}`" for name, each in required.items() if id(each) not in leaves]
    if missing:
        names = ", ".join(missing[:MOST_LISTED])
        more = len(missing) - MOST_LISTED
        facts = {"names": f"{names} and {more} more" if more > 0 else names}
        yield diagnosed.Finding("unused", (), facts, "graph")


def _nodes_behind(loss: torch.Tensor) -> list[torch.autograd.graph.Node] | None:
    """All nodes of the graph; None: too many to free them again once they were looked at."""
    found = dict.fromkeys([node_of(loss)])
    waiting = list(found)
    while waiting:
        if len(found) > MOST_CHAIN_NODES:
            return None
        for child, _ in waiting.pop().next_functions:
            if child is not None and child not in found:
                found[child] = None
                waiting.append(child)
    return list(found)


def _in_words(found: diagnosed.Finding, file: str = "", line: int = 0) -> Finding:
    words = words_of(found)
    return Finding(found.key, found.certainty, words.what, words.why, words.mend, file, line)
