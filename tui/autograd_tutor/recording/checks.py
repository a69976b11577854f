"""A check of a step's gradients, which runs code: what is asked for, and what came of it."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from autograd_tutor.limits.checks import (
    CHECK_SECONDS,
    CHECKED_ENTRIES,
    CHECKED_FUNCTIONS,
    CHECKED_LEAVES,
    CHECKED_NAMES,
    MOST_CHECK_SECONDS,
)
from autograd_tutor.recording.bounded import Count, Name, Shape, Text

CheckProblem = Literal[
    "",
    "no-pass",
    "raises",
    "time",
    "random",
    "no-fork",
    "device",
    "dtype",
    "complex",
    "died",
    "transform",
    "shared",
    "single",
    "outside",
    "batched",
    "unreached",
]
"""Why something cannot be compared. `no-pass`: it did not come to one; `random`: two runs of the
same statements differ; `dtype`: it computes in a dtype of its own; `died`: its process ended;
`transform`: the pass is one of torch.func, `batched` one of several vectors; `outside`: nodes of it
are older than the step, or of another thread; `unreached`: with moved entries it does not begin;
`shared`: its entries, or another leaf, are the same numbers in memory; `single`: float64 numbers
cannot be followed through an operation."""


class Check(Struct, frozen=True, array_like=True):
    """Check the gradients of a pass of the step, and each Function of the script before it.

    The step is run for that in forks of the run, and not recorded; the run itself stays before it.
    """

    call: Count = 1
    """Which pass of the step, from 1."""
    line: Count = 0
    """Else the first pass that this line, counted as in the step's code, has asked for."""
    seconds: Annotated[float, Meta(gt=0, le=MOST_CHECK_SECONDS)] = CHECK_SECONDS
    """How long all of it may take."""


Size = Annotated[float, Meta(ge=0)]


class CheckedEntry(Struct, frozen=True, array_like=True):
    """One entry of a gradient. All numbers as they are, NaN and infinities too."""

    index: Shape
    grad: float | None
    """What autograd gave; None: nothing came."""
    slope: float | None
    """By central finite differences in float64; None: `problem` says why."""
    double: float | None = None
    """`grad` where every operation is done in float64. Of a Function: what finite differences give
    for `other`."""
    below: float = 0.0
    above: float = 0.0
    """The slopes on both sides."""
    other: float | None = None
    """Of a Function: `grad` for another incoming gradient."""
    problem: CheckProblem = ""
    noise: Size = 0.0
    """How far the slope may be off by rounding in float64."""
    spread: Size = 0.0
    """How far the slopes by other steps are from it, at most; infinite where they are not known."""
    closing: bool = False
    """Whether the slopes on both sides come closer to each other as the step becomes smaller."""
    detail: Text = ""
    """Of `problem`."""
    lost: bool = False
    """Whether `double` went through an operation that was not done in float64."""
    cut: float | None = None
    """The slope where all that autograd does not follow (detach, no_grad, numbers in Python, other
    leaves and buffers) keeps its numbers; None: it was not measured."""


Entries = Annotated[tuple[CheckedEntry, ...], Meta(max_length=CHECKED_ENTRIES)]


class CheckedLeaf(Struct, frozen=True, array_like=True):
    """A leaf, and the gradient that the pass gave it."""

    name: Name
    """`` where it has none."""
    shape: Shape
    dtype: Name
    reached: bool
    """Whether the pass sent it a gradient."""
    entries: Entries = ()
    difference: float | None = None
    """The largest difference to the gradient in float64; None: there is none, or no other."""
    largest: float = 0.0
    """The largest absolute value in the gradient in float64."""
    problem: CheckProblem = ""


class CheckedInput(Struct, frozen=True, array_like=True):
    """An input of a Function that requires grad."""

    name: Name
    """That of the parameter of `forward`."""
    shape: Shape
    entries: Entries = ()
    scale: Size = 1.0
    """What the outputs change by when it changes by as much as it is large, at most 1."""


class CheckedFunction(Struct, frozen=True, array_like=True):
    """A custom `torch.autograd.Function` at the inputs of its first call, in float64."""

    name: Name
    line: Count
    """That has applied it, of the step; where `file` is set as that counts."""
    inputs: Annotated[tuple[CheckedInput, ...], Meta(max_length=CHECKED_LEAVES)] = ()
    problem: CheckProblem = ""
    detail: Text = ""
    file: Name = ""
    """Of `line`: `pkg/net.py`; `` the step's own."""


Strings = Annotated[tuple[Name, ...], Meta(max_length=CHECKED_NAMES)]


class Checked(Struct, frozen=True, array_like=True):
    """What came of a check."""

    call: Count
    line: Count = 0
    """That has asked for the pass, of the step; where `file` is set as that counts."""
    root: Name = ""
    """The tensor that the pass began at; `` where it has no name."""
    value: float = 0.0
    """Of the root: its elements times the gradients that the pass began with, summed."""
    leaves: Annotated[tuple[CheckedLeaf, ...], Meta(max_length=CHECKED_LEAVES)] = ()
    unchecked: Count = 0
    """How many more leaves there are."""
    functions: Annotated[tuple[CheckedFunction, ...], Meta(max_length=CHECKED_FUNCTIONS)] = ()
    single: Strings = ()
    """Operations that could not be done in float64: their results are taken as they were."""
    left: Strings = ()
    """Ways by which numbers left torch and are not followed: `Tensor.numpy`."""
    problem: CheckProblem = ""
    detail: Text = ""
    file: Name = ""
    """Of `line`: `pkg/net.py`; `` the step's own."""
    passes: Count = 0
    """How many passes there were; where it fails, before the one in which it does."""
    lines: Annotated[tuple[Count, ...], Meta(max_length=CHECKED_NAMES)] = ()
    """Of the step, that have asked for them."""
    coarsest: Name = ""
    """The dtype that operations have given results in, of those that round most."""
