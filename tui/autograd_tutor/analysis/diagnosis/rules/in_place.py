"""Tensors that were changed after a node had kept them, and memory that is shared."""

from __future__ import annotations

from autograd_tutor.analysis.diagnosis.rule import Rule

RULES: tuple[Rule, ...] = ()
