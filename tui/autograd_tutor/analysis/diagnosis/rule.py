"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from autograd_tutor.analysis.diagnosis.finding import Finding
from autograd_tutor.analysis.diagnosis.run import Run

Rule = Callable[[Run], Iterable[Finding]]
"""A pure function from a run to its findings of one kind."""
