"""The rules, a module a group."""

from __future__ import annotations

from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.rules import (
    checking,
    cut,
    cuts,
    errors,
    functions,
    hooks,
    in_place,
    losses,
    memory,
    modes,
    nonfinite,
    optimizers,
    passes,
    questions,
    sizes,
    training,
    transforms,
)

RULES: tuple[Rule, ...] = (
    *cut.RULES,
    *cuts.RULES,
    *errors.RULES,
    *checking.RULES,
    *functions.RULES,
    *hooks.RULES,
    *in_place.RULES,
    *losses.RULES,
    *memory.RULES,
    *modes.RULES,
    *nonfinite.RULES,
    *optimizers.RULES,
    *passes.RULES,
    *questions.RULES,
    *sizes.RULES,
    *training.RULES,
    *transforms.RULES,
)
