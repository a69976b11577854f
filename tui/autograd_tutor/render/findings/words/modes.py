"""Grad mode, inference mode, train and eval; and what torch warns of."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

WORDS: dict[str, Words] = {
    "eval-mode/train": Words(
        what="Line {line} changes `{name}`, though grad mode is off: `{module}` still trains.",
        why="`no_grad` stops the recording of a graph; only `eval()` stops dropout and the "
        "statistics of batch norm.",
        mend="Call `{module}.eval()` before validation, and `{module}.train()` after it.",
        meant="If the statistics are to be computed anew, or samples made as in training, all is "
        "well.",
    ),
    "eval-mode/graph": Words(
        what="Line {line} records a graph though `{module}` evaluates, and no pass uses it.",
        why="`{module}.eval()` stops dropout and the statistics of batch norm, but not the "
        "recording.",
        mend="Put validation under `torch.no_grad()`, too.",
        meant="Where a graph is needed later, outside of this run, all is well.",
    ),
    "eval-mode/still": Words(
        what="`{module}` still evaluates at the pass in line {line}, though it trained before.",
        why="Line {switch} switched it to eval mode, and nothing switched it back: no dropout, no "
        "new statistics of batch norm.",
        mend="Call `{module}.train()` at the start of each epoch.",
        meant="If the model is to be tuned with its statistics as they are, all is well.",
    ),
    "non-leaf-grad": Words(
        what="Line {line} reads `{name}.grad`, which is None: `{name}` is no leaf.",
        why="A pass fills `.grad` of leaves only; gradients in between are not kept.",
        mend="Call `{name}.retain_grad()` before the pass, or ask `torch.autograd.grad`.",
        meant="If it is only asked whether there is one, all is well.",
    ),
    "checkpoint": Words(
        what="Line {line}: no gradient comes to `{name}`, as the checkpoint passes none on.",
        why="A reentrant checkpoint looks at its inputs alone, and none of them requires grad.",
        mend="Write `use_reentrant=False`.",
    ),
    "cycle": Words(
        what="After line {line}, `{name}` and its `.grad` keep each other alive.",
        why="`create_graph=True` gives `{name}.grad` a graph, and that graph holds `{name}`.",
        mend="Use `torch.autograd.grad(…, create_graph=True)`, or set `.grad` to None afterwards.",
        meant="Where each `.grad` is set to None before the next pass, nothing is kept.",
    ),
    "order/scheduler": Words(
        what="Line {line} moves the schedule before the optimizer has made a step.",
        why="So the first value of the schedule is never used.",
        mend="Call `scheduler.step()` after `optimizer.step()`.",
    ),
}
