"""Of a graph as it is, of which no line was recorded."""

from __future__ import annotations

from autograd_tutor.messages import _
from autograd_tutor.render.findings.wording import Words

_WATCH = _(
    "`with autograd_tutor.watch() as watched:` around its computation and its `backward()` finds "
    "the line."
)
_WATCH_STEPS = _(
    "`with autograd_tutor.watch() as watched:` around two turns of the training, with "
    "`optimizer.step()`, finds the line that cuts it, if there is one."
)

WORDS: dict[str, Words] = {
    "no-grad-fn/graph": Words(
        what="The loss has no graph: a pass from it has no way to any parameter.",
        why="It was computed while grad mode was off, or from values without a graph.",
        mend=_WATCH,
    ),
    "no-grad-fn/graph-frozen": Words(
        what="The loss has no graph: a pass from it has no way to any parameter.",
        why="No parameter of the model requires grad.",
        mend="Set `requires_grad` of those that are to be trained, before the computation.",
    ),
    "silenced/graph": Words(
        what="The loss is a leaf: a pass from it ends where it begins.",
        why="It was made to require grad itself, and no graph leads from it to a parameter.",
        mend=_WATCH,
    ),
    "non-scalar/graph": Words(
        what="The loss has the shape {shape}: `backward()` cannot begin there.",
        why="A pass begins with one number, or with a weight for each element.",
        mend="Reduce it with `.sum()` or `.mean()`, or give `gradient=` of the same shape.",
    ),
    "in-place/graph": Words(
        what="`{node}` needs `{name}` as it was; it was changed in place since.",
        why="A pass from the loss raises an error when it comes to that node.",
        mend=_WATCH,
    ),
    "unused/graph": Words(
        what="No path leads from the loss to {names}, which require grad: a pass leaves `.grad` "
        "as it is.",
        why="What was computed with them is not part of the loss, or was cut from its graph.",
        mend=_WATCH_STEPS,
    ),
}
