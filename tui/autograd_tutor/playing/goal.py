"""The graph that an exercise wants to be built, from a run of its solution that nobody sees."""

from __future__ import annotations

from autograd_tutor.analysis.goal_graph import GoalGraph, goal_graph
from autograd_tutor.client import KernelEvent
from autograd_tutor.course.model import Step
from autograd_tutor.messages import _
from autograd_tutor.playing.played import Editable

NOT_DRAWN = _("The goal cannot be drawn: the lesson's solution makes no such graph here.")


class Goal:
    """It is known as soon as the solution has run; then the run is over."""

    def __init__(self, step: Step, run: Editable) -> None:
        """`run`: of the step's solution, in the place of its starter."""
        assert step.exercise is not None
        self.step = step
        self.graph: GoalGraph | None = None
        self.problem = ""
        """Why there is none, for people."""
        self._name = step.exercise.goal
        self._run = run
        self._known = False

    def take(self, event: KernelEvent) -> bool:
        """Take in what the kernel reports; whether more is known now."""
        if self._known:
            return False
        self._run.take(event)
        trace = self._run.trace
        self._known = trace.done or self._run.problem is not None
        if self._known:
            self.graph = goal_graph(trace, self._name) if trace.snapshots else None
            self.problem = "" if self.graph is not None else NOT_DRAWN
            self._run.close()
        return self._known

    def close(self) -> None:
        """End what runs."""
        self._run.close()
