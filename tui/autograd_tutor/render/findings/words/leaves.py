"""Names for results of an operation on a leaf, where the leaf itself was meant."""

from __future__ import annotations

from autograd_tutor.messages import _
from autograd_tutor.render.findings.wording import Words

_MEND = _("Compute the numbers first, then `requires_grad_()`; or make it an `nn.Parameter`.")

WORDS: dict[str, Words] = {
    "scaled-leaf": Words(
        what="Line {line} gives `{name}` to an optimizer, and it is no leaf.",
        why="Line {made}, `{text}`, computed it from a leaf that has no name: `{node}`.",
        mend=_MEND,
    ),
    "scaled-leaf/named": Words(
        what="Line {line} gives `{name}` to an optimizer, and it is no leaf.",
        why="Line {made}, `{text}`, computed it from `{leaf}`: `{node}`.",
        mend="Give `{leaf}` to the optimizer, and compute `{name}` from it in each turn.",
    ),
    "scaled-leaf/grad": Words(
        what="`{name}.grad` is None in line {line}: `{name}` is no leaf.",
        why="Line {made}, `{text}`, computed it from a leaf that has no name: `{node}`. That one "
        "gets the gradient.",
        mend=_MEND,
    ),
}
