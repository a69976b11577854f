"""Cuts: ways from a loss to a parameter that lead nowhere."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

_WHAT = "`{name}` has no graph: the pass in line {line} has no way to any parameter."

WORDS: dict[str, Words] = {
    "no-grad-fn": Words(
        what=_WHAT,
        why="Line {cut} read `{of}`, and `{call}` made a value without a graph of it.",
        mend="Take the cut out of the way from `{of}` to `{name}`.",
    ),
    "no-grad-fn/nothing": Words(
        what=_WHAT,
        why="Nothing that it was computed from asks for gradients.",
        mend="Set `requires_grad` of the parameters before the computation, not after it.",
    ),
    "no-grad-fn/detach": Words(
        what=_WHAT,
        why="Line {cut}, `{call}`, handed out the numbers of `{of}` without its graph.",
        mend="Compute the loss from the value before it is detached.",
    ),
    "no-grad-fn/copy": Words(
        what=_WHAT,
        why="Line {cut}, `{call}`, copied the numbers of `{of}` into a new tensor.",
        mend="Put tensors together with `torch.stack` or `torch.cat`, which are recorded.",
    ),
    "no-grad-fn/number": Words(
        what=_WHAT,
        why="Line {cut}, `{call}`, took a number of Python's out of `{of}`; numbers have no graph.",
        mend="Compute with the tensor; take its number only for printing.",
    ),
    "no-grad-fn/mode": Words(
        what=_WHAT,
        why="Line {cut} ran while grad mode was off, so what it did with `{of}` was not recorded.",
        mend="Compute the loss outside of `no_grad` and `inference_mode`.",
    ),
    "no-slope/error": Words(
        what=_WHAT,
        why="Line {cut}, `{call}`, has no derivative: a small change of `{of}` does not change it.",
        mend="Compute the loss from the scores themselves, not from what was chosen by them.",
    ),
    "silenced": Words(
        what="The pass in line {line} ends where it begins: `{name}` is a leaf itself.",
        why="Line {silent} made it require grad, but no graph leads from it to a parameter.",
        mend="Take that back, and look for the line that cuts the way.",
    ),
    "silenced/cut": Words(
        what="The pass in line {line} ends where it begins: `{name}` is a leaf itself.",
        why="Line {silent} only made the error go away. The way was cut in line {cut}: `{call}`.",
        mend="Take line {silent} back, and compute `{name}` from `{of}` with its graph.",
    ),
}
