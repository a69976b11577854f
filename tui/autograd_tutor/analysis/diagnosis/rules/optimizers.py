"""What an optimizer holds, and what it does not."""

from __future__ import annotations

from autograd_tutor.analysis.diagnosis.rule import Rule

RULES: tuple[Rule, ...] = ()
