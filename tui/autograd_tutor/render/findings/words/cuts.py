"""Cuts: ways from a loss to a parameter that lead nowhere."""

from __future__ import annotations

from autograd_tutor.messages import _
from autograd_tutor.render.findings.wording import Words

_WHAT = _("{name} has no graph: the pass in line {line} has no way to any parameter.")

WORDS: dict[str, Words] = {
    "no-grad-fn": Words(
        what=_WHAT,
        why="Line {cut} read `{of}`, and `{call}` made a value without a graph of it.",
        mend="Take the cut out of the way from `{of}` to {name}.",
    ),
    "no-grad-fn/nothing": Words(
        what=_WHAT,
        why="Nothing that it was computed from requires grad.",
        mend="Make what is to be learned with `requires_grad=True`, or as an `nn.Parameter`.",
    ),
    "no-grad-fn/unseen": Words(
        what=_WHAT,
        why="Line {made}, `{text}`, had `{of}`, which requires grad, and what it called gave back "
        "a value without a graph; its own lines were not recorded.",
        mend="Look for the cut in there; `--follow NAME` records the lines of a module.",
    ),
    "no-grad-fn/held": Words(
        what=_WHAT,
        why="The optimizer holds `{of}`, which does not require grad, nor does anything else.",
        mend="Make `{of}` with `requires_grad=True`, or as an `nn.Parameter`.",
    ),
    "no-grad-fn/late": Words(
        what=_WHAT,
        why="`{of}` requires grad only since line {since}; line {made} had read it before.",
        mend="Let `{of}` require grad before line {made}.",
    ),
    "no-grad-fn/frozen": Words(
        what=_WHAT,
        why="Line {since} froze `{of}`, which line {made} reads, and nothing else requires grad.",
        mend="Leave what is to be learned as it is; freeze only the rest.",
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
        why="Line {cut}, `{call}`, turned `{of}` into numbers, which have no graph.",
        mend="Compute with the tensor, several with `torch.stack`; take numbers only for printing.",
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
        what="The pass in line {line} ends where it begins: {name} is a leaf itself.",
        why="Line {silent} made it require grad, but no graph leads from it to a parameter.",
        mend="Take that back, and look for the line that cuts the way.",
    ),
    "silenced/cut": Words(
        what="The pass in line {line} ends where it begins: {name} is a leaf itself.",
        why="Line {silent} only made the error go away. The way was cut in line {cut}: `{call}`.",
        mend="Take line {silent} back, and compute {name} from `{of}` with its graph.",
    ),
    "silenced/copy": Words(
        what="The pass in line {line} ends where it begins: {name} is a leaf itself.",
        why="Line {cut}, `{call}`, copied the numbers of `{of}` into a new leaf.",
        mend="Compute {name} from `{of}` without a copy.",
    ),
    "silenced/middle-cut": Words(
        what="The pass in line {line} ends at {name}, which is a leaf itself: it gives no "
        "parameter a gradient.",
        why="Line {silent} only made the error go away. The way was cut in line {cut}: `{call}`.",
        mend="Compute {name} from `{of}` with its graph; several tensors go together with "
        "`torch.stack`.",
    ),
    "silenced/middle-copy": Words(
        what="The pass in line {line} ends at {name}, which is a leaf itself: it gives no "
        "parameter a gradient.",
        why="Line {cut}, `{call}`, copied the numbers of `{of}` into a new leaf.",
        mend="Compute {name} from `{of}` without a copy; several tensors go together with "
        "`torch.stack`.",
    ),
    "no-create-graph": Words(
        what=_WHAT,
        why="Line {first} computed the gradient that it comes from, without recording how.",
        mend="Ask for that gradient with `create_graph=True`.",
    ),
    "no-create-graph/term": Words(
        what="`{term}` (line {made}) is a constant for the pass in line {line}: it changes the "
        "loss, and no gradient.",
        why="Line {first} computed the gradient that it comes from, without recording how.",
        mend="Ask for that gradient with `create_graph=True`.",
        meant="Write `.detach()` where it is to be a constant.",
    ),
    "no-create-graph/term-backward": Words(
        what="`{term}` (line {made}) is a constant for the pass in line {line}: it changes the "
        "loss, and no gradient.",
        why="It was computed from a `.grad` that line {first} filled without recording how.",
        mend="Ask for that gradient with `torch.autograd.grad(…, create_graph=True)`.",
        meant="Write `.detach()` where it is to be a constant.",
    ),
    "no-create-graph/backward": Words(
        what=_WHAT,
        why="It was computed from a `.grad` that line {first} filled without recording how.",
        mend="Ask for that gradient with `torch.autograd.grad(…, create_graph=True)`.",
    ),
}
