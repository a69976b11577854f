"""What an optimizer holds, and what it does not."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

WORDS: dict[str, Words] = {
    "not-listed": Words(
        what="No step changes {names}, though the pass in line {line} gives a gradient.",
        why="It lies in a plain list or dict, and `parameters()` does not look there: {optimizer} "
        "does not hold it.",
        mend="Keep layers in an `nn.ModuleList` or `nn.ModuleDict`, tensors in an "
        "`nn.ParameterList`.",
        meant="If it is frozen on purpose, set `requires_grad` to False: then its gradient is "
        "not computed, either.",
    ),
    "not-listed/leaf": Words(
        what="No step changes {names}, though the pass in line {line} gives a gradient.",
        why="It is a tensor that requires grad, no `nn.Parameter` of a module: {optimizer} was "
        "not given it.",
        mend="Make it an `nn.Parameter` of its module, or give it to {optimizer}.",
        meant="If you need its gradient only, and no step, all is well.",
    ),
    "not-listed/unfrozen": Words(
        what="No step changes {names}, though the pass in line {line} gives a gradient.",
        why="It was frozen at first, and {optimizer} was not given it when it was set free.",
        mend="Give it to {optimizer} then: `add_param_group`.",
        meant="If it is to stay as it is, `requires_grad_(False)` spares the work.",
    ),
    "not-listed/left-out": Words(
        what="{names}: the pass in line {line} computes a gradient, and no step uses it.",
        why="What {optimizer} was given are other parameters.",
        mend="Give it to {optimizer}, too.",
        meant="If it is to stay as it is, `requires_grad_(False)` spares the work.",
    ),
    "old-params": Words(
        what="The step in line {step} does not change {names}, though there are gradients.",
        why="Since line {made}, that name stands for another tensor, and {optimizer} still holds "
        "the old one.",
        mend="Make the optimizer last, when the model has the parameters that it will train.",
    ),
    "frozen-held": Words(
        what="The step in line {step} changes nothing: what gets gradients is not held, {names}.",
        why="All that {optimizer} holds is frozen: {other}.",
        mend="Make {optimizer} of what is to be trained, when all is frozen and exchanged: of "
        "those with `requires_grad`, such as {names}.",
    ),
    "frozen": Words(
        what="The step in line {line} changed `{name}`, which is frozen.",
        why="It has a `.grad` from before, and the step of {optimizer} uses each that is not None.",
        mend="Set `{name}.grad` to None when you freeze it, or leave it out of the optimizer.",
    ),
    "frozen/statistics": Words(
        what="Line {line} changed `{name}`, though `{module}` is frozen.",
        why="`requires_grad` stops gradients; the statistics of batch norm stop with `eval()` "
        "alone.",
        mend="Call `{module}.eval()` after each `train()` of the whole.",
        meant="If the statistics are to follow the new data, all is well.",
    ),
    "forward-layers": Words(
        what="Line {line} makes new parameters in each call, and no step ever changes them.",
        why="`{text}` runs in `{function}`: what an earlier call has made is gone by then.",
        mend="Make the layer once, in `__init__`, and keep it as `self.…`.",
        meant="A layer of fixed random numbers needs no gradient: set `requires_grad` to False.",
    ),
}
