"""Gradients that vanish, explode, or are exactly 0."""

from __future__ import annotations

from autograd_tutor.messages import _
from autograd_tutor.render.findings.wording import Words

_TIMES = _("From one `{node}` to the next, it is multiplied by {factor} in the mean.")

WORDS: dict[str, Words] = {
    "vanishing": Words(
        what="In the pass of line {line} the gradient falls from {first} to {last} over {count} "
        "`{node}`: the first layers hardly learn.",
        why=_TIMES,
        mend="Choose larger start values or another activation (sigmoid passes on a quarter at "
        "most), or add residual connections or normalisation.",
        meant="If only the last layers are to learn, or the last moments to count, it does no "
        "harm.",
    ),
    "exploding": Words(
        what="In the pass of line {line} the gradient grows from {first} to {last} over {count} "
        "`{node}`.",
        why=_TIMES,
        mend="Choose smaller start values, add normalisation, or clip the norm before the step: "
        "`clip_grad_norm_`.",
        meant="Where the norm is clipped before the step, the steps stay short.",
    ),
    "dead-relu": Words(
        what="In the pass of line {line}, the relu of line {made} gets a gradient and sends 0 for "
        "all {count} of its results, {shape}.",
        why="None of its inputs is above 0, and below relu is flat: nothing behind it learns, and "
        "nothing brings it back.",
        mend="Choose other start values or smaller steps, or `leaky_relu`.",
        meant="In a single pass over a few samples it may be an accident.",
    ),
    "no-slope": Words(
        what="`{name}` gets a gradient of 0 from the pass in line {line}.",
        why="All ways to it lead through `{function}` in line {made}, `{text}`, which is flat "
        "everywhere.",
        mend="Let the gradient pass: `x + ({function}(x) - x).detach()`, or use a smooth function.",
    ),
}
