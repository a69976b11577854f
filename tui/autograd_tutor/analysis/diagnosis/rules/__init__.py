"""The rules, a module a group."""

from __future__ import annotations

from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.rules import (
    checking,
    clipping,
    cut,
    cuts,
    errors,
    forward_layers,
    functions,
    hooks,
    in_place,
    leaves,
    losses,
    memory,
    modes,
    nonfinite,
    optimizers,
    passes,
    questions,
    rebind,
    sizes,
    training,
    transforms,
    warned,
)

RULES: tuple[Rule, ...] = (
    *clipping.RULES,
    *cut.RULES,
    *cuts.RULES,
    *errors.RULES,
    *forward_layers.RULES,
    *checking.RULES,
    *functions.RULES,
    *hooks.RULES,
    *in_place.RULES,
    *leaves.RULES,
    *losses.RULES,
    *memory.RULES,
    *modes.RULES,
    *nonfinite.RULES,
    *optimizers.RULES,
    *passes.RULES,
    *rebind.RULES,
    *questions.RULES,
    *sizes.RULES,
    *training.RULES,
    *transforms.RULES,
    *warned.RULES,
)
