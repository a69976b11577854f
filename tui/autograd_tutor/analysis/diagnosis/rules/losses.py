"""Losses of shapes, scores or sizes that they are not made for."""

from __future__ import annotations

from autograd_tutor.analysis.diagnosis.rule import Rule

RULES: tuple[Rule, ...] = ()
