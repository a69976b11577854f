"""What a moment proves besides its values: modes, optimizers, warnings, what nodes have kept.

Everything here is on a snapshot only where there is some; modes, optimizers and training flags are
sent when they change. A `Trace` gives what holds at a moment.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from autograd_tutor.limits.records import LINE_CALLS, LINE_WARNINGS, MOST_AUTOCAST
from autograd_tutor.recording.bounded import Count, Id, Name, Names, NodeList, Text

Tensors = Annotated[tuple[Id, ...], Names]
"""Tensors by `Tensor.identity`."""


class Modes(Struct, frozen=True, array_like=True, gc=False):
    """The modes of the thread right after a line.

    These are what the line ran under, too, except for a line that sets them: a `with`, or
    `torch.set_grad_enabled`.
    """

    grad: bool = True
    """torch.is_grad_enabled(): off in `no_grad` and in `inference_mode`."""
    inference: bool = False
    """torch.is_inference_mode_enabled()"""
    autocast: Annotated[tuple[Name, ...], Meta(max_length=MOST_AUTOCAST)] = ()
    """The devices whose autocast is on, each with its dtype: `cpu torch.bfloat16`."""


class Optimizer(Struct, frozen=True, array_like=True, gc=False):
    """An optimizer that has a name."""

    kind: Name
    """Its class: `SGD`."""
    held: Tensors
    """All tensors of its `param_groups`, in their order."""


class Warned(Struct, frozen=True, array_like=True, gc=False):
    """A warning. Python shows most of them once for each place: `shown` is whether it did now."""

    category: Name
    """Its class: `UserWarning`."""
    message: Text
    line: Count
    """The line of the step's code that ran then; 0 where that is not known."""
    shown: bool = True
    """Whether it was printed, caught by `catch_warnings`, or raised as an error."""


class Kept(Struct, frozen=True, array_like=True, gc=False):
    """A tensor that a node keeps for its backward pass, as it was when the node was found."""

    node: Id
    name: Name
    """As in `Saved.name`: `self`, `result`, `saved_tensors[0]`."""
    identity: Id | None
    """The number of the very tensor, where one with a name is kept. None of the node's own output,
    which torch keeps without its graph: that is the tensor whose `grad_fn` the node is."""
    storage: Id | None
    """The number of its storage, where a tensor with a name is or was in it."""
    version: Count | None
    """Its version then, which it must still have in the pass. None where it had changed before it
    could be looked at, or has none."""


class Stepped(Struct, frozen=True, array_like=True, gc=False):
    """An optimizer's `step()` was called on this line."""

    optimizer: Name | None
    """None where it has no name."""
    held: Tensors
    """All tensors that it held then."""
    changed: Tensors
    """Those of them that are no longer what they were before the call."""
    calls: Id = 1
    """How often it was called, where the line has called code that is not followed."""


class Cleared(Struct, frozen=True, array_like=True, gc=False):
    """`zero_grad()` of an optimizer or a module was called on this line."""

    owner: Name | None
    """The optimizer or module; None where it has no name."""
    held: Tensors
    """All tensors whose gradient that clears."""
    calls: Id = 1


class Evidence(Struct, frozen=True, array_like=True, gc=False):
    """What else was found after a line. Default: nothing new."""

    modes: Modes | None = None
    """None: as before. A run begins with `Modes()`."""
    optimizers: Annotated[dict[Name, Optimizer], Names] = {}
    """Those with a name that are new or hold other tensors: `opt`, `self.opt`, `opts["d"]`."""
    training: Annotated[dict[Name, bool], Names] = {}
    """Of modules that are new or were switched, `model` and `model.0`: whether they train."""
    gone: Annotated[tuple[Name, ...], Names] = ()
    """Names of optimizers and modules, and aliases, that stand for none any more."""
    warned: Annotated[tuple[Warned, ...], Meta(max_length=LINE_WARNINGS)] = ()
    kept: Annotated[tuple[Kept, ...], NodeList] = ()
    """What the nodes of this snapshot have kept."""
    stepped: Annotated[tuple[Stepped, ...], Meta(max_length=LINE_CALLS)] = ()
    cleared: Annotated[tuple[Cleared, ...], Meta(max_length=LINE_CALLS)] = ()
    aliases: Annotated[dict[Name, Name], Names] = {}
    """Names that are new or stand for another object, whose parts have their names under the other
    name: `train().net` of `model`, when `train(model)` runs; `trainer.net` of `model`."""
    raised: Text = ""
    """The message of a RuntimeError that came to this line, and to none that it called, whether it
    is handled later or not."""
