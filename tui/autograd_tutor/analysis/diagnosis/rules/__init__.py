"""The rules, a module a group."""

from __future__ import annotations

from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.rules import (
    clipping,
    cut,
    cuts,
    errors,
    forward_layers,
    functions,
    in_place,
    leaves,
    losses,
    memory,
    modes,
    nonfinite,
    optimizers,
    passes,
    rebind,
    sizes,
    training,
    transforms,
)

RULES: tuple[Rule, ...] = (
    *clipping.RULES,
    *cut.RULES,
    *cuts.RULES,
    *errors.RULES,
    *forward_layers.RULES,
    *functions.RULES,
    *in_place.RULES,
    *leaves.RULES,
    *losses.RULES,
    *memory.RULES,
    *modes.RULES,
    *nonfinite.RULES,
    *optimizers.RULES,
    *passes.RULES,
    *rebind.RULES,
    *sizes.RULES,
    *training.RULES,
    *transforms.RULES,
)
