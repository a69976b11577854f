"""What an optimizer holds, and what it does not."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

WORDS: dict[str, Words] = {
    "not-listed": Words(
        what="{names}: the pass in line {line} gives a gradient, and no step changes it.",
        why="No optimizer holds it: what `{optimizer}` was made of did not list it.",
        mend="Register it: layers in an `nn.ModuleList`, tensors as `nn.Parameter`; make the "
        "optimizer afterwards.",
        meant="If it is frozen on purpose, set `requires_grad` to False: then its gradient is "
        "not computed, either.",
    ),
    "not-listed/leaf": Words(
        what="{names}: the pass in line {line} gives a gradient, and no step changes it.",
        why="`{optimizer}` does not hold it: it is a tensor that requires grad, and no "
        "`nn.Parameter` that a module lists.",
        mend="Make it an `nn.Parameter` of its module, or give it to the optimizer.",
        meant="If you need its gradient only, and no step, all is well.",
    ),
    "not-listed/left-out": Words(
        what="{names}: the pass in line {line} computes a gradient, and no step uses it.",
        why="`{optimizer}` was given other parameters.",
        mend="Give it to `{optimizer}`, too.",
        meant="If it is to stay as it is, `requires_grad_(False)` spares the work.",
    ),
    "old-params": Words(
        what="{names}: there are gradients, but the step in line {step} does not change it.",
        why="`{optimizer}` holds other tensors, which the model has no more.",
        mend="Make the optimizer last, when the model has the parameters it will train.",
    ),
    "frozen-held": Words(
        what="The step in line {step} changes nothing: {names} gets gradients and is not held.",
        why="`{optimizer}` holds only what is frozen: {other}.",
        mend="Give it `[p for p in model.parameters() if p.requires_grad]`.",
    ),
    "frozen": Words(
        what="The step in line {line} changed `{name}`, which is frozen.",
        why="It has a `.grad` from before, and `{optimizer}` uses what is there.",
        mend="Set `{name}.grad` to None, or leave it out of the optimizer.",
    ),
}
