"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import wraps
from itertools import groupby

from autograd_tutor.analysis.diagnosis.finding import Finding
from autograd_tutor.analysis.diagnosis.run import Run, RunPass

Rule = Callable[[Run], Iterable[Finding]]
"""A pure function from a run to its findings of one kind."""
PassRule = Callable[[Run, Sequence[RunPass]], Iterable[Finding]]
"""The same of the passes of one step."""


def in_each_step(rule: PassRule) -> Rule:
    """A rule that looks at the passes of each step by themselves, and finds one thing in each."""

    @wraps(rule)
    def of_run(run: Run) -> Iterator[Finding]:
        for _, passes in groupby(run.passes, key=lambda each: each.trace.step):
            yield from rule(run, tuple(passes))

    return of_run
