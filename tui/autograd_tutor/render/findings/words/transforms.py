"""Forward mode and torch.func."""

from __future__ import annotations

from autograd_tutor.messages import _
from autograd_tutor.render.findings.wording import Words

_WHAT = _("Line {line}, `{text}`, fails inside of a function that torch.func transforms.")

WORDS: dict[str, Words] = {
    "func-side/item": Words(
        what=_WHAT,
        why="Inside of vmap a tensor stands for the whole batch: "
        "it has no single number that Python could be given.",
        mend="Compute with the tensor; take numbers out of the result, outside of vmap.",
    ),
    "func-side/branch": Words(
        what=_WHAT,
        why="Inside of vmap a tensor stands for the whole batch: "
        "an `if` or `while` on its values would have to go both ways.",
        mend="Use `torch.where`, which computes both sides and chooses for each element.",
    ),
    "func-side/random": Words(
        what=_WHAT,
        why="vmap does not know whether all samples are to get the same random numbers.",
        mend='Say so, `vmap(…, randomness="different")`, or draw them outside.',
    ),
    "func-side/in-place": Words(
        what=_WHAT,
        why="It writes the numbers of the whole batch into a tensor that has room for one sample.",
        mend="Make a new tensor in its place: `torch.stack`, `torch.cat`, `x + y`.",
    ),
    "func-side/backward": Words(
        what=_WHAT,
        why="torch.func returns gradients; it fills no `.grad`, and `backward()` cannot run in it.",
        mend="Return the loss, and take what `torch.func.grad` returns.",
    ),
    "func-side/escaped": Words(
        what="Line {line}, `{text}`, uses a tensor from inside of a function of vmap, outside of "
        "it.",
        why="It was stored on the way, and what it stands for ended with the transform.",
        mend="Return it: `return loss, kept`, or `has_aux=True`.",
    ),
    "func-side/number": Words(
        what="The function that line {line} transforms, `{text}`, returns no tensor.",
        why="A number of Python's has no graph, so there is nothing to differentiate.",
        mend="Return the tensor itself, without `.item()`; give other things back with "
        "`has_aux=True`.",
    ),
    "func-side/dynamic": Words(
        what=_WHAT,
        why="Inside of vmap a tensor stands for the whole batch: "
        "the shape of this result depends on its values, and differs by sample.",
        mend="Keep the shape: multiply with a mask, or use `torch.where`.",
    ),
    "jvp-vjp/direction": Words(
        what="Line {line} gives a direction of shape {given}; the input has {should}.",
        why="A JVP asks how the output changes where the input moves along a direction: one "
        "number for each element of the input.",
        mend="Give a direction of shape {should}; weights of the outputs are for a VJP.",
    ),
    "jvp-vjp/weights": Words(
        what="Line {line} gives weights of shape {given}; the output has {should}.",
        why="A VJP, as `backward` is one, sums the outputs' gradients: one weight for each element "
        "of the output.",
        mend="Give weights of shape {should}; a direction of the inputs is for a JVP.",
    ),
    "jvp-vjp/no-direction": Words(
        what="Line {line} gives no direction, and the input has several elements.",
        why="A JVP asks how the output changes where the input moves along a direction.",
        mend="Give a direction of the shape of the input.",
    ),
    "jvp-vjp/no-weights": Words(
        what="Line {line} gives no weights, and the output has several elements.",
        why="A VJP sums the outputs' gradients, with one weight for each element of the output.",
        mend="Give weights of the shape of the output.",
    ),
}
