"""Sequences: pieces, padding and recurrent layers; losses over classes and alignments."""

from __future__ import annotations

from autograd_tutor.formulas.formula import described, op

FORMULAS = (
    op(
        "UnsafeSplitBackward0",
        "taken apart into pieces of a size",
        "split(self)",
        self="cat(grads)",
    ),
    op(
        "UnsafeSplitWithSizesBackward0",
        "taken apart into pieces",
        "split(self)",
        self="cat(grads)",
    ),
    op(
        "SafeSoftmaxBackward0",
        "softmax: positive, of sum 1; 0 in a row of −inf",
        "exp(self) / Σ exp(self)",
        self="result * (grad - sum(grad * result))",
    ),
    op(
        "PackPaddedSequenceBackward0",
        "sequences of different lengths packed without their padding",
        "packed input",
        input="unpacked(grad)",
    ),
    op(
        "TrilinearBackward0",
        "product of three, summed",
        "Σ i1 · i2 · i3",
        i1="total(grad * i2 * i3)",
        i2="total(i1 * grad * i3)",
        i3="total(i1 * i2 * grad)",
    ),
    described(
        "MkldnnRnnLayerBackward0",
        "a whole recurrent layer in one kernel",
        "rnn(input, weights)",
        "It runs through the sequence from its end, step by step, as for a recurrent layer that"
        " is written out.",
    ),
    described(
        "MultiMarginLossBackward0",
        "how much other classes come within a margin of the target's",
        "Σ max(0, margin − self at target + self)^p / classes",
        "Each class within the margin gets grad / classes (times p · what is missing^(p − 1)), the"
        " target minus their sum; all divided by n for a mean.",
    ),
    described(
        "MultilabelMarginLossBackward0",
        "how much unwanted classes come within a margin of wanted ones",
        "Σ max(0, 1 − self at wanted + self at unwanted) / classes",
        "Each pair within the margin adds grad / classes at the unwanted class and subtracts it"
        " at the wanted one; all divided by n for a mean.",
    ),
    described(
        "CtcLossBackward0",
        "cross entropy over all alignments of a sequence",
        "−log(Σ of the probabilities of all alignments)",
        "It is grad · (exp(log_probs) − the share that each class has in the alignments), which a"
        " run through the sequence in both directions gives.",
    ),
)
