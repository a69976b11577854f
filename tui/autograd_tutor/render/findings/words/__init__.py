"""What findings say, by key, or by key and form (`cut/detach`); `{…}` are a finding's facts."""

from __future__ import annotations

from collections.abc import Mapping

from autograd_tutor.render.findings.wording import Words
from autograd_tutor.render.findings.words import (
    accumulation,
    checking,
    cut,
    cuts,
    errors,
    functions,
    graphs,
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
    sizes,
    training,
    transforms,
)

WORDS: Mapping[str, Words] = {
    **accumulation.WORDS,
    **cut.WORDS,
    **cuts.WORDS,
    **errors.WORDS,
    **checking.WORDS,
    **functions.WORDS,
    **graphs.WORDS,
    **hooks.WORDS,
    **in_place.WORDS,
    **leaves.WORDS,
    **losses.WORDS,
    **memory.WORDS,
    **modes.WORDS,
    **nonfinite.WORDS,
    **optimizers.WORDS,
    **passes.WORDS,
    **questions.WORDS,
    **sizes.WORDS,
    **training.WORDS,
    **transforms.WORDS,
}
