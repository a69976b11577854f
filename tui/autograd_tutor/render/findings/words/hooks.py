"""Hooks."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

WORDS: dict[str, Words] = {
    "hooks": Words(
        what="The hook `{name}` changes nothing: line {made}, `{text}`, makes a new gradient, and "
        "the hook does not return it.",
        why="A hook of `{tensor}` (line {line}) that returns None leaves the gradient as it is.",
        mend="Return it: `return {given}`.",
    ),
    "hooks/edit": Words(
        what="The hook `{name}` changes its argument in place: line {made}, `{text}`.",
        why="Others may hold the same memory: another consumer's gradient changes with it.",
        mend="Return a new tensor, and leave `{gradient}` as it is.",
        meant="Where nobody else holds that gradient, it comes out right.",
    ),
    "hooks/error": Words(
        what="Line {line} registers a hook on `{name}`, which does not require grad.",
        why="No pass comes by there, so the hook would never run.",
        mend="Register it on a tensor that requires grad: look for the line that cut its graph, "
        "or set `requires_grad_()` before.",
    ),
    "hooks/size": Words(
        what="In the pass of line {line}, the hook of line {hooked} returns a tensor of another "
        "shape.",
        why="What a hook returns takes the place of the gradient of `{name}`, and must have its "
        "shape.",
        mend="Return a gradient of the same shape; to look at a number only, return nothing.",
    ),
    "hooks/type": Words(
        what="In the pass of line {line}, the hook of line {hooked} returns something that is no "
        "tensor.",
        why="What a hook returns takes the place of the gradient of `{name}`.",
        mend="Return a tensor of the same shape, or nothing.",
    ),
}
