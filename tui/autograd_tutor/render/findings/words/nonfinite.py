"""NaN and inf: where they are born."""

from __future__ import annotations

from autograd_tutor.messages import _
from autograd_tutor.render.findings.wording import Words

_PASS = _("In the pass of line {line}, `{node}` (line {made}) makes {what} of a finite gradient.")
_LOSS = _("The loss of line {line} is not finite: line {made} made `{name}` {what}.")
_AWAY = _("Keep its input away from there: add a small number inside, or replace it before.")

WORDS: dict[str, Words] = {
    "where-nan": Words(
        what=_PASS,
        why="For what `{chooser}` (line {chosen}) left out, 0 arrives, and is multiplied by the "
        "inf that is the slope of `{function}` there: NaN.",
        mend="`{chooser}` cannot undo it afterwards: put the condition on the input of "
        "`{function}`, `safe = torch.where(…, x, 1.0)`, and choose again afterwards.",
    ),
    "where-nan/kept": Words(
        what=_PASS,
        why="For what `{chooser}` (line {chosen}) left out, 0 arrives, and is multiplied by the "
        "inf that `{function}` kept from the forward pass: NaN.",
        mend="`{chooser}` cannot undo it afterwards: put the condition on the input of line "
        "{made}, `safe = torch.where(…, x, 1.0)`, and choose again afterwards.",
    ),
    "edge-slope": Words(
        what=_PASS,
        why="The slope of `{function}` has no bound where its {where}.",
        mend=_AWAY,
    ),
    "edge-slope/nan": Words(
        what=_PASS,
        why="The slope of `{function}` has no bound where its {where}, and 0 times inf is NaN.",
        mend=_AWAY,
    ),
    "edge-slope/inf-somewhere": Words(
        what=_PASS,
        why="Some of the numbers that `{function}` got are where its slope has no bound.",
        mend=_AWAY,
    ),
    "edge-slope/nan-somewhere": Words(
        what=_PASS,
        why="`{function}` has no slope at some of the numbers that it got.",
        mend=_AWAY,
    ),
    "overflow": Words(
        what=_LOSS,
        why="`{text}` read finite numbers only.",
        mend="Look for a division by 0, a logarithm or root outside of its domain, or too large a "
        "result in line {made}.",
    ),
    "overflow/exp": Words(
        what="In line {made}, `{function}` becomes inf; the pass of line {line} meets it.",
        why="`{text}` goes beyond the largest number of its dtype: `exp` does so in float32 from "
        "89 on.",
        mend="Use `logsumexp`, `softmax`, `sigmoid` or `softplus`, which subtract the largest "
        "first.",
    ),
    "overflow/large": Words(
        what="In line {made}, `{function}` becomes inf; the pass of line {line} meets it.",
        why="`{text}` goes beyond the largest number of its dtype: 3.4e38 in float32.",
        mend="Scale what goes in, or compute with the logarithms.",
    ),
    "overflow/log": Words(
        what=_LOSS,
        why="The logarithm of 0 is -inf: in `{text}`, something has become exactly 0.",
        mend="Of probabilities, use `log_softmax`, `logsigmoid` or "
        "`binary_cross_entropy_with_logits`; else `clamp(min=1e-8)` before.",
    ),
    "overflow/log-negative": Words(
        what=_LOSS,
        why="`{text}` takes the logarithm of a negative number, which is NaN.",
        mend="Let only positive numbers reach it: `clamp(min=1e-8)`, or compute with `exp` of what "
        "is learned.",
    ),
    "overflow/zero": Words(
        what=_LOSS,
        why="`{text}` divides by 0.",
        mend="Add a small number to the divisor, or leave such elements out before.",
    ),
    "overflow/root": Words(
        what=_LOSS,
        why="`{text}` takes the root of a negative number, which is NaN.",
        mend="Let no negative number reach it: `clamp(min=1e-8)`.",
    ),
    "overflow/masked": Words(
        what=_LOSS,
        why="It computed with the inf of line {fed}: a softmax over nothing but -inf, inf minus "
        "inf or 0 times inf is NaN.",
        mend="Let each row keep at least one finite number, or fill with a large finite one: "
        "`torch.finfo(x.dtype).min`.",
    ),
    "overflow/step": Words(
        what="The loss of line {line} is not finite: the step in line {made} made `{name}` {what}.",
        why="Its gradient, or that times the learning rate, is beyond the largest number of the "
        "dtype.",
        mend="Choose a smaller learning rate, or clip the gradients' norm before the step.",
    ),
    "overflow/grown": Words(
        what="The loss of line {line} is not finite: the steps in line {step} have made `{grown}` "
        "grow from {first} to {last}.",
        why="Each step went further beyond the minimum than the one before it, until line {made} "
        "made {what}.",
        mend="Choose a smaller learning rate, or clip the gradients' norm before the step.",
    ),
    "overflow/data": Words(
        what="The loss of line {line} is not finite: `{name}` holds {what} since line {made}.",
        why="All that is computed from it is so, too.",
        mend="Look at the data with `torch.isfinite`, and leave such samples out.",
    ),
    "overflow/kept": Words(
        what=_PASS,
        why="It kept `{saved}` from the forward pass, which is not finite.",
        mend="Look for the inf of `{text}`; use the stable function where there is one.",
    ),
    "overflow/pass": Words(
        what=_PASS,
        why="The product is too large for the dtype.",
        mend="Scale what goes into line {made}, or use a dtype of wider range.",
    ),
}
