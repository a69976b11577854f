"""NaN and inf: where they are born."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

WORDS: dict[str, Words] = {
    "where-nan": Words(
        what="In the pass of line {line}, `{node}` (line {made}) makes NaN, though the loss is "
        "finite.",
        why="0 arrives for the elements that were not chosen, and is multiplied by a slope that is "
        "inf or NaN there.",
        mend="Choosing cannot undo it afterwards: put the condition on the input of line {made}.",
    ),
    "edge-slope": Words(
        what="In the pass of line {line}, `{node}` (line {made}) makes {what} of finite numbers.",
        why="The slope of `{text}` has no bound at the number that it got.",
        mend="Keep its input away from that: add a small number inside, or choose before, not "
        "after.",
    ),
    "edge-slope/nan": Words(
        what="In the pass of line {line}, `{node}` (line {made}) makes {what} of finite numbers.",
        why="The slope of `{text}` has no bound at the number that it got, and 0 times inf is NaN.",
        mend="Keep its input away from that: add a small number inside, or choose before, not "
        "after.",
    ),
    "overflow": Words(
        what="The loss of line {line} is not finite: line {made} made {what} of finite numbers.",
        why="`{text}` went beyond what floating point can hold, or to a place where it has no "
        "value.",
        mend="Use the stable function: `logsumexp`, `log_softmax`, "
        "`binary_cross_entropy_with_logits`.",
    ),
    "overflow/pass": Words(
        what="In the pass of line {line}, `{node}` (line {made}) makes {what} of finite numbers.",
        why="`{text}` kept numbers that are too large for its slope.",
        mend="Use the stable function: `logsumexp`, `log_softmax`, "
        "`binary_cross_entropy_with_logits`.",
    ),
}
