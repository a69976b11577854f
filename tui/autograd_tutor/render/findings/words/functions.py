"""Functions that people write themselves."""

from __future__ import annotations

from autograd_tutor.messages import _
from autograd_tutor.render.findings.wording import Words

_NOT_KNOWN = _(
    "An input or output that is kept has its graph; for `{kept}` none was recorded, as "
    "forward runs with grad mode off."
)

WORDS: dict[str, Words] = {
    "own-factor": Words(
        what="The backward of `{name}` (line {made}) never reads the numbers of `{gradient}`, the "
        "gradient that arrives.",
        why="The pass in line {line} ran it: what it sends is the local derivative, and is right "
        "only where exactly 1 arrives.",
        mend="Return the local derivative times `{gradient}`.",
    ),
    "own-saved": Words(
        what="The second derivative of line {line} is wrong: `{name}` keeps `{kept}` in line "
        "{made}, an intermediate without a graph.",
        why=_NOT_KNOWN,
        mend="Keep inputs and outputs only, by `save_for_backward`, and compute `{kept}` in "
        "backward; or mark backward as `once_differentiable`.",
    ),
    "own-saved/saved": Words(
        what="The second derivative of line {line} is wrong: `{name}` saves `{kept}` in line "
        "{made}, which is neither an input nor an output.",
        why=_NOT_KNOWN,
        mend="Save inputs and outputs only, and compute `{kept}` in backward; or return it as an "
        "output, too.",
    ),
    "own-saved/error": Words(
        what="The second derivative of line {line} has no graph: `{name}` keeps `{kept}` in line "
        "{made}, which is neither an input nor an output.",
        why=_NOT_KNOWN,
        mend="Keep inputs and outputs only, by `save_for_backward`, and compute `{kept}` in "
        "backward.",
    ),
}
