"""Grad mode, inference mode, train and eval; and what torch warns of."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

WORDS: dict[str, Words] = {
    "eval-mode/train": Words(
        what="Line {line} changes `{name}`, though grad mode is off: `{module}` still trains.",
        why="`no_grad` stops the recording of a graph; only `eval()` stops dropout and the "
        "statistics of batch norm.",
        mend="Call `{module}.eval()` before validation, and `{module}.train()` after it.",
        meant="If the statistics are to be computed anew, it is as it should be.",
    ),
    "eval-mode/graph": Words(
        what="Line {line} records a graph in each turn, and no pass uses it.",
        why="`{module}.eval()` stops dropout and the statistics of batch norm, but not the "
        "recording.",
        mend="Put validation under `torch.no_grad()`, too.",
    ),
    "non-leaf-grad": Words(
        what="Line {line} reads the `.grad` of a tensor that is no leaf: it is None.",
        why="A pass fills `.grad` of leaves only; gradients in between are not kept.",
        mend="Call `retain_grad()` on it before the pass, or ask `torch.autograd.grad`.",
    ),
    "checkpoint": Words(
        what="Line {line}: the checkpoint passes no gradient on.",
        why="The reentrant checkpoint looks at its inputs alone, and none of them requires grad.",
        mend="Write `use_reentrant=False`.",
    ),
    "cycle": Words(
        what="Line {line} makes `.grad` and its parameter keep each other alive.",
        why="`backward(create_graph=True)` gives `.grad` a graph, and that holds the parameter.",
        mend="Use `torch.autograd.grad(…, create_graph=True)`, or set `.grad` to None afterwards.",
        meant="Where each `.grad` is set to None before the next pass, nothing is kept.",
    ),
    "order/scheduler": Words(
        what="Line {line} moves the schedule before the optimizer has made a step.",
        why="So the first value of the schedule is never used.",
        mend="Call `scheduler.step()` after `optimizer.step()`.",
    ),
}
