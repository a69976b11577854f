"""Parts of a batch, sums and means, shared parameters."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

WORDS: dict[str, Words] = {
    "share": Words(
        what="The {count} passes of line {line} before one step add up to {sum} means.",
        why="Each loss is the mean of its part and comes in whole, so that the gradient is about "
        "{count} times that of one batch.",
        mend="Divide each loss by the number of parts, {count}, before `backward()`.",
        meant="If the losses are of different things, or the learning rate allows for it, all is "
        "well.",
    ),
    "share/uneven": Words(
        what="The {count} passes of line {line} before one step add up to {sum} means.",
        why="Each loss is the mean of its part, and comes in whole; the parts have {first} "
        "samples, and {last}.",
        mend="Take the sum in each part, and divide by the number of all samples.",
        meant="If the losses are of different things, or the learning rate allows for it, all is "
        "well.",
    ),
    "uneven": Words(
        what="The passes of line {line} give each part the share {share}, and the parts differ: "
        "{first} samples and {last}.",
        why="The mean of means counts each sample of a small part for more than one of a large "
        "part.",
        mend="Take the sum in each part, and divide by the number of all samples.",
        meant="If each part is to count alike, whatever its size, all is well.",
    ),
    "mean-sum/term": Words(
        what="A term of the loss of line {line} is a sum over {first} samples, then over {second}.",
        why="It grows with the number of samples: so does its weight beside terms that are means.",
        mend="Take means of all terms, or sums of all.",
        meant="If each sample is to count alike, the sum is right.",
    ),
    "mean-sum": Words(
        what="The loss of line {line} is a sum over {first} samples, then over {second}.",
        why="The gradient of a sum grows with the number of samples, and so does the step.",
        mend="Take the mean, or choose the learning rate for the sum.",
        meant="If each sample is to count alike, the sum is right.",
    ),
    "tied": Words(
        what="`{first}` and `{second}` are one and the same parameter.",
        why="`parameters()` lists it once, and its gradient is the sum over both uses.",
        mend="Copy the numbers to get two parameters.",
        meant="Tied weights are meant to be one.",
    ),
    "tied/listed": Words(
        what="`{name}` stands in the {list} of line {line} {count}: it is one module.",
        why="`parameters()` lists each of its parameters once, and its gradient is the sum over "
        "all uses.",
        mend="Make a module for each place, or `copy.deepcopy({name})`.",
        meant="Layers that share their weights are one module.",
    ),
}
