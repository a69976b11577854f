"""Of training loops."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

WORDS: dict[str, Words] = {
    "zero-grad": Words(
        what="`{name}.grad` is never cleared: the pass in line {line} adds to a gradient from "
        "before the step.",
        why="Line {first} filled it, line {step} changed `{name}`, and nothing cleared it since.",
        mend="Clear it before each pass: `zero_grad()`.",
        meant="Several passes before one step add up their gradients: that is accumulation, "
        "and none of them stands after the step.",
    ),
}
