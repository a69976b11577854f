"""The rules, a module a group."""

from __future__ import annotations

from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.rules import (
    cut,
    cuts,
    errors,
    functions,
    in_place,
    leaves,
    losses,
    memory,
    modes,
    nonfinite,
    optimizers,
    passes,
    sizes,
    training,
    transforms,
)

RULES: tuple[Rule, ...] = (
    *cut.RULES,
    *cuts.RULES,
    *errors.RULES,
    *functions.RULES,
    *in_place.RULES,
    *leaves.RULES,
    *losses.RULES,
    *memory.RULES,
    *modes.RULES,
    *nonfinite.RULES,
    *optimizers.RULES,
    *passes.RULES,
    *sizes.RULES,
    *training.RULES,
    *transforms.RULES,
)
