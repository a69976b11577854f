"""Gradients that vanish, explode, or are exactly 0."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

WORDS: dict[str, Words] = {
    "vanishing": Words(
        what="In the pass of line {line} the gradient falls from {first} to {last} over {count} "
        "`{node}`.",
        why="Each layer multiplies it by about {factor}.",
        mend="Choose other start values or activations, add residual connections or normalisation.",
        meant="Of a network that is not to be trained, it does no harm.",
    ),
    "exploding": Words(
        what="In the pass of line {line} the gradient grows from {first} to {last} over {count} "
        "`{node}`.",
        why="Each layer multiplies it by about {factor}.",
        mend="Choose smaller start values, clip the norm, add normalisation.",
    ),
    "dead-relu": Words(
        what="In the pass of line {line}, `{node}` (line {made}) gets a gradient and sends only 0.",
        why="All of its inputs are below 0, where relu is flat: nothing behind it learns.",
        mend="Choose other start values or smaller steps, or `leaky_relu`.",
    ),
    "no-slope": Words(
        what="In the pass of line {line}, `{node}` (line {made}) gets a gradient and sends only 0.",
        why="`{text}` is flat everywhere, so what lies behind it learns nothing.",
        mend="Let the gradient pass: `x + (rounded - x).detach()`, or use a smooth function.",
    ),
}
