"""Passes over graphs that are gone, or that have been passed before."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

WORDS: dict[str, Words] = {
    "second-time/same": Words(
        what="The pass in line {line} goes through a graph that is gone: that of `{name}`.",
        why="The pass in line {first} went through it already, and freed what its nodes had kept.",
        mend="Make one pass; or compute `{name}` anew before the second.",
        meant="`retain_graph=True` keeps the graph for a second pass that is wanted.",
    ),
    "second-time/shared": Words(
        what="The pass in line {line} comes to `{name}`, whose graph is gone.",
        why="Line {made} made `{name}` once, line {read} used it again after the pass in line "
        "{first} had freed its graph.",
        mend="Compute `{name}` anew for each pass, or add the losses and make one pass.",
    ),
    "hidden-state": Words(
        what="The pass in line {line} goes back into an earlier turn, through `{name}`.",
        why="`{name}` carries its graph from turn to turn, and the pass in line {first} has freed "
        "that of the earlier one.",
        mend="Detach what is carried over, at the start of each turn.",
    ),
    "retain-cure": Words(
        what="Each pass in line {line} goes through all turns before it: {first}, {second}, "
        "{third} nodes.",
        why="`{name}` carries its graph from turn to turn, and `retain_graph=True` keeps it all.",
        mend="Detach `{name}` at the start of each turn, and take `retain_graph=True` away.",
    ),
    "no-error": Words(
        what="The passes in lines {first} and {line} go through the same graph: its gradients "
        "count twice.",
        why="No error came, as `{node}` and what is behind it keep nothing that could be missing.",
        mend="Make one pass.",
        meant="`retain_graph=True` in the first says that a second one is wanted.",
    ),
    "second-by-sum": Words(
        what="`{name}.grad` is the sum of the first and the second derivative.",
        why="Line {first} filled it, and the pass of the gradient in line {line} added to it.",
        mend="Ask with `torch.autograd.grad(…, create_graph=True)`, which fills no `.grad`.",
    ),
}
