"""Losses of shapes and scores that they are not made for."""

from __future__ import annotations

from autograd_tutor.messages import _
from autograd_tutor.render.findings.wording import Words

_BROADCAST = _(
    "Broadcasting compares each prediction with the target of every sample, so the gradient is "
    "about pairs that do not belong together."
)
_COLUMN = _("Give both the same shape: `prediction.squeeze(1)`, or `target[:, None]`.")
_FLAT = _("Give both the same shape: `target.squeeze(1)`, or `prediction[:, None]`.")
_WARNED = _(
    "The loss in line {line} gets a prediction of shape {one} and a target of shape {other}, and "
    "makes {made} of them."
)
_SCORES = _(
    "The loss makes probabilities of what it gets; of numbers between 0 and 1 it makes ones that "
    "are nearly alike, and the gradients get small."
)


WORDS: dict[str, Words] = {
    "broadcast-loss": Words(
        what="Line {line} makes {made} of a prediction of shape {one} and `{name}` of shape "
        "{other}.",
        why=_BROADCAST,
        mend="Give both the same shape: `prediction.squeeze(1)`, or `{name}[:, None]`.",
    ),
    "broadcast-loss/flat": Words(
        what="Line {line} makes {made} of a prediction of shape {one} and `{name}` of shape "
        "{other}.",
        why=_BROADCAST,
        mend="Give both the same shape: `{name}.squeeze(1)`, or `prediction[:, None]`.",
    ),
    "broadcast-loss/warned": Words(what=_WARNED, why=_BROADCAST, mend=_COLUMN),
    "broadcast-loss/warned-flat": Words(what=_WARNED, why=_BROADCAST, mend=_FLAT),
    "broadcast-loss/warned-shapes": Words(
        what=_WARNED,
        why=_BROADCAST,
        mend=_("Give both the same shape before the loss."),
    ),
    "softmax-twice/softmax": Words(
        what="Softmax is applied twice: in line {inner}, and by the loss in line {line}.",
        why=_SCORES,
        mend="Take the softmax in line {inner} away, `{call}`: the loss takes scores.",
    ),
    "softmax-twice/softmax-layer": Words(
        what="Softmax is applied twice: by `{call}` of line {inner}, and by the loss in line "
        "{line}.",
        why=_SCORES,
        mend="Take `{call}` away: the loss takes scores.",
    ),
    "softmax-twice/softmax-module": Words(
        what="Softmax is applied twice: by the model in line {inner}, and by the loss in "
        "line {line}.",
        why=_SCORES,
        mend="Take the softmax at the end of the model away: the loss takes scores.",
    ),
    "softmax-twice/sigmoid": Words(
        what="Sigmoid is applied twice: in line {inner}, and by the loss in line {line}.",
        why=_SCORES,
        mend="Take the sigmoid in line {inner} away, `{call}`: the loss takes scores.",
    ),
    "softmax-twice/sigmoid-layer": Words(
        what="Sigmoid is applied twice: by `{call}` of line {inner}, and by the loss in line "
        "{line}.",
        why=_SCORES,
        mend="Take `{call}` away: the loss takes scores.",
    ),
    "softmax-twice/sigmoid-module": Words(
        what="Sigmoid is applied twice: by the model in line {inner}, and by the loss in "
        "line {line}.",
        why=_SCORES,
        mend="Take the sigmoid at the end of the model away: the loss takes scores.",
    ),
    "softmax-twice/log": Words(
        what="`log_softmax` is applied twice: in line {inner}, and by the loss in line {line}.",
        why="The second changes nothing, as the logarithms are normalised already.",
        mend="Take the first away, or use `nll_loss`, which takes logarithms.",
        meant="It costs time and does no harm.",
    ),
}
