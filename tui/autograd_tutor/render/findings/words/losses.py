"""Losses of shapes and scores that they are not made for."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

_BROADCAST = (
    "Broadcasting compares each prediction with the target of every sample, so the gradient is "
    "about pairs that do not belong together."
)
_SAME = "Give both the same shape: `prediction.squeeze(1)`, or `target[:, None]`."
_SCORES = (
    "The loss makes probabilities of what it gets; of numbers between 0 and 1 it makes ones that "
    "are nearly alike, and the gradients get small."
)


def _twice(what: str) -> dict[str, Words]:
    form = what.lower()
    return {
        f"softmax-twice/{form}": Words(
            what=f"{what} is applied twice: in line {{inner}}, and by the loss in line {{line}}.",
            why=_SCORES,
            mend=f"Take the {form} in line {{inner}} away, `{{call}}`: the loss takes scores.",
        ),
        f"softmax-twice/{form}-module": Words(
            what=f"{what} is applied twice: by the model in line {{inner}}, and by the loss in "
            "line {line}.",
            why=_SCORES,
            mend=f"Take the {form} at the end of the model away: the loss takes scores.",
        ),
    }


WORDS: dict[str, Words] = {
    "broadcast-loss": Words(
        what="Line {line} makes {made} of a prediction of shape {one} and `{name}` of shape "
        "{other}.",
        why=_BROADCAST,
        mend=_SAME,
    ),
    "broadcast-loss/warned": Words(
        what="The loss in line {line} gets a prediction of shape {one} and a target of shape "
        "{other}, and makes {made} of them.",
        why=_BROADCAST,
        mend=_SAME,
    ),
    **_twice("Softmax"),
    **_twice("Sigmoid"),
    "softmax-twice/log": Words(
        what="`log_softmax` is applied twice: in line {inner}, and by the loss in line {line}.",
        why="The second changes nothing, as the logarithms are normalised already.",
        mend="Take the first away, or use `nll_loss`, which takes logarithms.",
        meant="It costs time and does no harm.",
    ),
}
