"""Losses of shapes, scores or sizes that they are not made for."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

_SCORES = "The loss takes scores as the model gives them, and makes probabilities of them itself."

WORDS: dict[str, Words] = {
    "broadcast-loss": Words(
        what="Line {line} compares `{first}` {one} with `{second}` {other}: that makes {made}.",
        why="Broadcasting compares each with each, so the loss is about pairs that do not belong "
        "together.",
        mend="Give both the same shape: `squeeze(1)`, or `[:, None]`.",
    ),
    "softmax-twice/softmax": Words(
        what="Softmax is applied twice: in line {inner}, and by the loss in line {line}.",
        why=_SCORES,
        mend="Take the softmax in line {inner} away: `{text}`.",
    ),
    "softmax-twice/sigmoid": Words(
        what="Sigmoid is applied twice: in line {inner}, and by the loss in line {line}.",
        why=_SCORES,
        mend="Take the sigmoid in line {inner} away: `{text}`.",
    ),
}
