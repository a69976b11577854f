"""Cuts: ways from a loss to a parameter that lead nowhere."""

from __future__ import annotations

from autograd_tutor.analysis.diagnosis.rule import Rule

RULES: tuple[Rule, ...] = ()
