"""Passes over graphs that are gone, or that have been passed before."""

from __future__ import annotations

from autograd_tutor.analysis.diagnosis.rule import Rule

RULES: tuple[Rule, ...] = ()
