"""Passes over graphs that are gone, or that have been passed before."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

WORDS: dict[str, Words] = {
    "second-time/same": Words(
        what="The pass in line {line} goes through a graph that is gone: that of `{name}`.",
        why="What its nodes had kept was freed by {earlier}, which went through it.",
        mend="Make one pass; or compute `{name}` anew before the second.",
        meant="`retain_graph=True` keeps the graph for a second pass that is wanted.",
    ),
    "second-time/shared": Words(
        what="The pass in line {line} comes to `{name}`, whose graph is gone.",
        why="Line {made} made `{name}` once, and line {read} used it again after {earlier} had "
        "freed its graph.",
        mend="Compute `{name}` anew for each pass, or add the losses and make one pass.",
    ),
    "second-time/kept": Words(
        what="The pass in line {line} comes to `{name}`, whose graph is gone.",
        why="Line {made} made `{name}` once, and line {read} used it again after {earlier} had "
        "freed its graph.",
        mend="Keep the graph for the second pass with `retain_graph=True` in line {first} (so does "
        "`create_graph=True`); or compute `{name}` anew for each pass.",
    ),
    "second-time/part": Words(
        what="The pass in line {line} begins inside of a graph that is gone: at `{name}`.",
        why="`{name}` is a part of what {earlier} went through, which has freed all that it had "
        "kept.",
        mend="Add the losses and make one pass; or keep the graph for the second one with "
        "`retain_graph=True` in line {first}.",
    ),
    "second-time/node": Words(
        what="The pass in line {line} comes to `{node}` (line {made}), whose graph is gone.",
        why="What it had kept was freed by {earlier}, which went through it.",
        mend="Compute what line {made} makes anew for each pass, or make one pass; "
        "`retain_graph=True` in line {first} keeps the graph for a second one.",
    ),
    "second-time/both": Words(
        what="The pass in line {line} comes to `{name}`, whose graph is gone.",
        why="Both losses were computed from `{name}` (line {made}), and {earlier} has freed its "
        "graph.",
        mend="Add the losses and make one pass; or keep the graph for the second one with "
        "`retain_graph=True` in the first.",
    ),
    "hidden-state": Words(
        what="The pass in line {line} goes back into an earlier turn, through `{name}`.",
        why="`{name}` carries its graph from turn to turn, and {earlier} has freed what that "
        "turn had kept.",
        mend="Detach what is carried over from turn to turn: {all}.",
    ),
    "retain-cure": Words(
        what="Each pass in line {line} goes through all turns before it: {first}, {second}, "
        "{third} nodes.",
        why="`{name}` carries its graph from turn to turn, and `retain_graph=True` keeps it all.",
        mend="Detach {all} once a turn, and take `retain_graph=True` away.",
    ),
    "no-error": Words(
        what="The pass in line {line} goes through the graph of `{name}` again: its gradients are "
        "added a second time.",
        why="No error came after {earlier}, as `{node}` and what is behind it keep nothing that "
        "could be missing.",
        mend="Make one pass; for twice the gradient, multiply the loss by 2.",
        meant="`retain_graph=True` in the first says that a second one is wanted.",
    ),
    "no-error/stale": Words(
        what="The pass in line {line} goes through `{node}` (line {made}) again, which was made "
        "before `{leaf}` changed.",
        why="Line {by}, `{text}`, changed `{leaf}`; no error came after {earlier}, as the node "
        "keeps nothing that could be missing.",
        mend="Compute it anew in each turn.",
        meant="If the value is to stay as it was, `.detach()` says so.",
    ),
    "second-by-sum": Words(
        what="`{name}.grad` is the sum of the first and the second derivative.",
        why="Line {first} filled it, and the pass of the gradient in line {line} added to it.",
        mend="Ask with `torch.autograd.grad(…, create_graph=True)`, which fills no `.grad`.",
    ),
}
