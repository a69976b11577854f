"""Parameters whose `.grad` stays None."""

from __future__ import annotations

from autograd_tutor.messages import _
from autograd_tutor.render.findings.wording import Words

_WHAT = _("`{leaf}.grad` stays None: no path leads from {name} (line {line}) to it.")

WORDS: dict[str, Words] = {
    "cut": Words(
        what=_WHAT,
        why="Line {cut} read `{of}`, and `{call}` made a value without a graph of it.",
        mend="Take the cut out of the way from `{of}` to {name}.",
        meant="If `{leaf}` is not to be trained by this loss, it is as it should be.",
    ),
    "cut/detach": Words(
        what=_WHAT,
        why="Line {cut}, `{call}`, handed out the numbers of `{of}` without its graph.",
        mend="Compute with the value before it is detached.",
        meant="Targets and frozen features are detached on purpose.",
    ),
    "cut/unseen": Words(
        what=_WHAT,
        why="Line {read}, `{text}`, had it; what the code in `{module}` did with it was not "
        "recorded.",
        mend="Look there: `--follow {module}` records the lines of that module.",
        meant="If `{leaf}` is not used by this loss, it is as it should be.",
    ),
    "cut/idle": Words(
        what=_WHAT,
        why="The optimizer of line {step} holds it, and no line that {name} comes from has read "
        "it.",
        mend="Use it in the loss, or do not give it to the optimizer.",
        meant="A part that is used only later, or by another loss, waits as it should.",
    ),
    "cut/shared": Words(
        what=_WHAT,
        why="Line {cut}, `{call}`, handed out the numbers of `{of}` without its graph.",
        mend="Leave it its graph, and detach it only where the loss of line {other} reads it: "
        "`{made}.detach()`.",
    ),
    "no-slope/cut": Words(
        what=_WHAT,
        why="Line {cut}, `{call}`, has no derivative: a small change of `{of}` does not change it.",
        mend="Use something smooth in its place, such as `torch.sigmoid` of the difference; or a "
        "straight-through estimate.",
        meant="If `{leaf}` is not to be trained by this loss, it is as it should be.",
    ),
    "cut/copy": Words(
        what=_WHAT,
        why="Line {cut}, `{call}`, copied the numbers of `{of}` and made a new leaf.",
        mend="Put tensors together with `torch.stack` or `torch.cat`, which are recorded.",
        meant="If only its numbers are needed, `.detach()` says so.",
    ),
    "cut/number": Words(
        what=_WHAT,
        why="Line {cut}, `{call}`, turned `{of}` into numbers, which have no graph.",
        mend="Compute with the tensor; put several together with `torch.stack` or `torch.cat`.",
        meant="If only its number is needed, it is as it should be.",
    ),
    "cut/mode": Words(
        what=_WHAT,
        why="Line {cut} ran while grad mode was off, so what it did with `{of}` was not recorded.",
        mend="Compute it outside of `no_grad`.",
        meant="Targets and frozen features are computed so on purpose.",
    ),
}
