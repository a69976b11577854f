"""Gradients that vanish, explode, or are exactly 0."""

from __future__ import annotations

from autograd_tutor.analysis.diagnosis.rule import Rule

RULES: tuple[Rule, ...] = ()
