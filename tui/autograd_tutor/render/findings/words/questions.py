"""What makes people wonder and is as it should be; and a view that may not be."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

WORDS: dict[str, Words] = {
    "ties": Words(
        what="`{function}` in line {made} had {count} equal numbers to choose from.",
        why="In the pass of line {line}, each of them gets an equal share of the gradient.",
        mend="Ask with `dim=`: then `max` and `min` give all of it to one.",
        meant="At equal numbers there is no single slope, and this is torch's choice.",
    ),
    "ties/pair": Words(
        what="`{function}` in line {made} got numbers that are equal in both of its inputs.",
        why="In the pass of line {line}, each of the two gets half of the gradient there.",
        mend="`torch.where(a > b, a, b)` gives all of it to one.",
        meant="At equal numbers there is no single slope, and this is torch's choice.",
    ),
    "ties/picked": Words(
        what="`{function}` in line {made} had {count} equal numbers to choose from.",
        why="In the pass of line {line}, one of them gets the whole gradient, the others 0.",
        mend="Use `amax` or `amin`: they divide it among them.",
        meant="At equal numbers there is no single slope, and this is torch's choice.",
    ),
    "duplicates": Words(
        what="Line {made} reads index {index} more than once: {count} times.",
        why="In the pass of line {line}, that row gets the sum of {count} gradients.",
        mend="Divide by the counts to get the mean.",
        meant="What is used several times gets the sum of its gradients, here as everywhere.",
    ),
    "complex": Words(
        what="`{name}` is complex, and the pass in line {line} fills its gradient.",
        why="torch gives the direction in which the loss rises fastest, d/da + i d/db: of |z|² "
        "that is 2z.",
        mend="To descend, subtract it as ever, `z -= lr * z.grad`; `z.grad.conj()` is the other "
        "convention.",
        meant="Formulas of other books have the conjugate or half of it.",
    ),
    "view-permute": Words(
        what="Line {made}, `{text}`, turns {before} into {after}, but swaps no axes.",
        why="A view keeps the order of the numbers and only draws the rows anew.",
        mend="To swap axes: `permute`, `transpose` or `.T`.",
        meant="If the numbers are to be cut into other rows in their order, it is right.",
    ),
    "view-permute/moved": Words(
        what="Line {made}, `{text}`, turns {before} into {after}, but moves no axis.",
        why="A view keeps the order of the numbers and only draws the rows anew.",
        mend="Bring the axes into their order first, with `permute` or `transpose`, then "
        "`reshape`.",
        meant="If the numbers are to be cut into other rows in their order, it is right.",
    ),
}
