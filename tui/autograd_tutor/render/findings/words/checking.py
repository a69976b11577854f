"""Checks of gradients that have too few digits."""

from __future__ import annotations

from autograd_tutor.messages import _
from autograd_tutor.render.findings.wording import Words

_DIGITS = _("The difference of two nearly equal numbers has few digits left in single precision.")

WORDS: dict[str, Words] = {
    "f32-check/error": Words(
        what="The check in line {line} failed, and `{name}` has single precision: that proves "
        "nothing.",
        why=_DIGITS,
        mend="Check with tensors of `torch.float64`: `{name}.double()`, before `requires_grad_()`.",
    ),
    "f32-check/warned": Words(
        what="Line {line} checks gradients with `{name}`, which has single precision.",
        why=_DIGITS,
        mend="Check with tensors of `torch.float64`.",
        meant="With a large `eps` and wide tolerances it may pass, and then proves little.",
    ),
    "f32-check/step": Words(
        what="Line {line} divides a difference in single precision by {h}: few or none of its "
        "digits are true.",
        why="`{text}`: float32 has seven digits, and nearly all of them cancel.",
        mend="Compute it in `torch.float64`, or with a step of 1e-2 to both sides.",
    ),
}
