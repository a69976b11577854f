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
    "zero-grad/by-hand": Words(
        what="`{name}.grad` is never cleared: the pass in line {line} adds to a gradient from "
        "before the step.",
        why="Line {first} filled it, line {step} changed `{name}`, and nothing cleared it since.",
        mend="Clear it after each update: `{name}.grad = None`.",
    ),
    "rebind": Words(
        what="After line {line}, `{name}` is another tensor, and no leaf: its `.grad` stays None.",
        why="`{text}` makes a new tensor and gives it the name; the leaf is left as it was.",
        mend="Change the leaf itself: `{name} -= …` inside `torch.no_grad()`.",
    ),
    "rebind/constant": Words(
        what="After line {line}, `{name}` is another tensor, which requires no grad.",
        why="`{text}` makes a new tensor and gives it the name; the leaf is left as it was.",
        mend="Change the leaf itself: `{name} -= …` inside `torch.no_grad()`.",
    ),
    "rebind/loop": Words(
        what="Line {line} gives the name `{name}` to a new tensor; `{other}` keeps its numbers.",
        why="`{text}` computes what the parameter should become, and nothing reads it.",
        mend="Change the parameter itself: `{name} -= …` inside `torch.no_grad()`.",
    ),
    "order": Words(
        what="The step in line {line} finds no gradient.",
        why="The pass in line {first} filled `{name}.grad`, and line {cleared} cleared it before "
        "the step.",
        mend="Keep this order: clear, compute the loss, `backward()`, `step()`.",
    ),
    "order/early": Words(
        what="The step in line {line} comes before the first pass, and finds no gradient.",
        why="The gradients are there only after the pass in line {first}.",
        mend="Keep this order: clear, compute the loss, `backward()`, `step()`.",
    ),
    "order/late": Words(
        what="The step in line {line} comes before the pass of its turn, and uses the gradient of "
        "the turn before.",
        why="In the first turn it finds none, and what the last pass fills is never used.",
        mend="Keep this order: clear, compute the loss, `backward()`, `step()`.",
        meant="If a step of the last turn's gradient is meant to come first, all is well.",
    ),
    "clip-order/early": Words(
        what="Line {line} clips gradients that are not there yet.",
        why="No pass has run before it.",
        mend="Clip between `backward()` and `step()`.",
    ),
    "clip-order/late": Words(
        what="Line {line} clips gradients after they have been used.",
        why="The step in line {step} took them as they were.",
        mend="Clip between `backward()` and `step()`.",
    ),
}
