"""Errors whose message says nearly all."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

WORDS: dict[str, Words] = {
    "non-scalar": Words(
        what="Line {line} asks for a pass at `{name}`, which has the shape {shape}.",
        why="A pass begins with one number, or with a weight for each element.",
        mend="Reduce it, `{name}.sum()` or `.mean()`, or give `gradient=` of the same shape.",
    ),
    "non-scalar/unknown": Words(
        what="Line {line} asks for a pass at `{name}`, which has several elements.",
        why="A pass begins with one number, or with a weight for each element.",
        mend="Reduce it with `.sum()` or `.mean()`, or give `gradient=` of the same shape.",
    ),
    "leaf-in-place": Words(
        what="Line {line} changes `{name}` in place while grad mode is on.",
        why="A leaf that requires grad has no history to which the change could be added.",
        mend="Change it inside of `torch.no_grad()`.",
    ),
    "views": Words(
        what="Line {line} changes `{name}` in place, a view of the memory of `{whole}`.",
        why="Autograd cannot record what this change means for the whole.",
        mend="Make a new tensor instead, or change a `clone()` of `{name}`.",
    ),
    "views/leaf": Words(
        what="Line {line} changes `{name}` in place, a view of the memory of `{whole}`.",
        why="`{whole}` is a leaf that requires grad: it has no history to which the change could "
        "be added.",
        mend="Change it inside of `torch.no_grad()`, or make a new tensor.",
    ),
    "views/several": Words(
        what="Line {line} changes `{name}` in place, one of the views that line {made} made.",
        why="`{text}` gives several views of one tensor at once, and autograd lets none of them "
        "be changed.",
        mend="Make a new tensor instead, or change a `clone()` of `{name}`.",
    ),
    "views/unknown": Words(
        what="Line {line} changes `{name}` in place, which is a view.",
        why="Autograd cannot record what this change means for the whole.",
        mend="Make a new tensor instead, or change a `clone()`.",
    ),
    "numpy": Words(
        what="Line {line} hands `{name}` to NumPy, which records no graph.",
        why="`{name}` requires grad, and no gradient could come back from what NumPy computes.",
        mend="To look at the numbers: `.detach().numpy()`. In a loss: the same function of torch.",
    ),
    "unused": Words(
        what="Line {line} asks for the gradient of `{name}`, which is not on the way to `{of}`.",
        why="No path leads from `{of}` to it.",
        mend="Ask for what `{of}` was computed from; `allow_unused=True` gives None.",
    ),
    "unused/part": Words(
        what="Line {line} asks for the gradient of `{name}`, a new tensor made in this line.",
        why="`{of}` was computed from `{base}`, not from this copy of a part of it.",
        mend="Ask for the gradient of `{base}`, and take the part of that.",
    ),
    "unused/copy": Words(
        what="Line {line} asks for the gradient of `{name}`, which is not on the way to `{of}`.",
        why="Line {made}, `{text}`, made `{name}` of `{base}`; `{of}` was computed from `{base}`.",
        mend="Ask for the gradient of `{base}`, or compute `{of}` from `{name}`.",
    ),
    "unused/cut": Words(
        what="Line {line} asks for the gradient of `{name}`, which is not on the way to `{of}`.",
        why="Line {cut} cut the way: `{call}` has no graph.",
        mend="Take the cut in line {cut} away; `allow_unused=True` gives None.",
    ),
    "unused/plain": Words(
        what="Line {line} asks for the gradient of `{name}`, which does not require grad.",
        why="So no path to it was recorded when `{of}` was computed.",
        mend="Call `{name}.requires_grad_()` before `{of}` is computed.",
    ),
    "int": Words(
        what="Line {line} asks for gradients of integers: `{name}`.",
        why="An integer cannot change a little, so there is no slope.",
        mend="Write floating-point numbers, `1.0` in the place of `1`, or give "
        "`dtype=torch.float32`.",
    ),
    "int/tensor": Words(
        what="Line {line} asks for gradients of `{name}`, which holds integers: {dtype}.",
        why="An integer cannot change a little, so there is no slope.",
        mend="Make it of floating-point numbers, `{name}.float()`, before it requires grad.",
    ),
    "inference": Words(
        what="Line {line} would keep `{name}` for a pass, and inference mode has made it.",
        why="Line {made} ran in inference mode: its tensors have no version counter.",
        mend="Make it under `no_grad` instead, or use `{name}.clone()` outside.",
    ),
    "inference/change": Words(
        what="Line {line} changes `{name}` in place, and inference mode has made it.",
        why="Line {made} ran in inference mode: its tensors have no version counter, so outside "
        "of it a change would not be noticed.",
        mend="Make it under `no_grad` instead, or change `{name}.clone()`.",
    ),
    "own-count": Words(
        what="The backward of `{node}` (line {made}) returned {given} gradients; its forward has "
        "only {inputs} arguments.",
        why="Each value that backward returns belongs to one argument of forward.",
        mend="Return one value for each, None for what has no gradient.",
    ),
    "own-count/few": Words(
        what="The backward of `{node}` (line {made}) returned too few gradients: {given}; its "
        "forward has {inputs} arguments.",
        why="Each argument of forward, `ctx` aside, needs its place in what backward returns.",
        mend="Return one value for each, None for what has no gradient.",
    ),
    "not-listed/empty": Words(
        what="Line {line} makes an optimizer of no parameters at all.",
        why="`{text}` lists none: layers in a plain list or dict, and tensors that are no "
        "`nn.Parameter`, are not listed.",
        mend="Use `nn.ModuleList`, `nn.ModuleDict` and `nn.Parameter`.",
    ),
    "not-listed/used-up": Words(
        what="Line {line} makes an optimizer of no parameters at all.",
        why="`{name}` gave none: `parameters()` and `filter(…)` can be gone through once, and "
        "give nothing the second time.",
        mend="Keep a list, `{name} = list(…)`, and see that it is not empty.",
    ),
}
