"""One parameter under two names."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.analysis.diagnosis.finding import Fact, Finding
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.rules.modes import outermost
from autograd_tutor.analysis.diagnosis.run import Run, spoken


def tied(run: Run) -> Iterator[Finding]:
    """A module has one parameter twice: it is listed once, and its gradient is the sum."""
    for trace in run.traces:
        training = trace.training(len(trace) - 1)
        names: dict[tuple[str, int], str] = {}
        for name, tensor in trace.state(len(trace) - 1).tensors.items():
            root = outermost(training, name) if tensor.kind == "parameter" else ""
            if not root or tensor.identity is None or "[" in name[len(root) :]:
                continue
            first = names.setdefault((root, tensor.identity), name)
            line = run.maker(tensor.identity)
            if first != name and line is not None:
                facts: dict[str, Fact] = {
                    "first": spoken(first),
                    "second": spoken(name),
                    "line": line.in_file,
                }
                yield Finding("tied", (line.proof,), facts, certainty="note", about=(first, name))
                return


RULES: tuple[Rule, ...] = (tied,)
