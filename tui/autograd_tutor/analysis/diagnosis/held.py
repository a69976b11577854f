"""What optimizers hold at a time, and what their steps have changed."""

from __future__ import annotations

from typing import NamedTuple

from autograd_tutor.analysis.diagnosis.run import Line, Run, spoken
from autograd_tutor.recording.evidence import Stepped


class Step(NamedTuple):
    """An optimizer's step, and the line that made it."""

    line: Line
    stepped: Stepped

    @property
    def name(self) -> str:
        """That of the optimizer."""
        return self.stepped.optimizer or "the optimizer"

    @property
    def spoken(self) -> str:
        """The optimizer in a sentence."""
        name = self.stepped.optimizer
        return f"`{spoken(name)}`" if name else "the optimizer"


def steps(run: Run) -> list[Step]:
    """All steps of optimizers, in their order."""
    return [
        Step(line, stepped)
        for line in run.lines
        if line.snapshot.evidence is not None
        for stepped in line.snapshot.evidence.stepped
    ]


def ever_held(run: Run) -> frozenset[int]:
    """The numbers of all tensors that an optimizer held at a time."""
    found = {each for step in steps(run) for each in step.stepped.held}
    for trace in run.traces:
        for snapshot in trace.snapshots:
            if snapshot.evidence is not None:
                for optimizer in snapshot.evidence.optimizers.values():
                    found.update(optimizer.held)
    return frozenset(found)
