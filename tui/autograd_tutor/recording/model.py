"""What a recording consists of: plain, frozen, bounded values, alike on both sides of the wire."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from autograd_tutor.limits.kernel import MOST_PASSES
from autograd_tutor.limits.records import (
    HISTOGRAM_BINS,
    LESSON_ITEMS,
    MOST_FOLLOWED,
    MOST_WRAPPERS,
)
from autograd_tutor.recording.bounded import (
    Count,
    Elements,
    Id,
    Inputs,
    Name,
    Names,
    NodeList,
    SavedList,
    Shape,
    Text,
)
from autograd_tutor.recording.checks import Checked
from autograd_tutor.recording.evidence import Evidence
from autograd_tutor.recording.followed import Followed, Unfollowed
from autograd_tutor.recording.kinds import Event, Refused, TensorKind, Truncated
from autograd_tutor.recording.picture import Picture
from autograd_tutor.recording.plots import PlottedFunction
from autograd_tutor.recording.questions import Answer, Verdict
from autograd_tutor.recording.window import LeftOut

EDGE_ITEMS = 3
"""How many elements print() shows at either end of each dimension of a larger tensor."""

# Below, gc=False: there are many of these records, and none can be part of a cycle.


class Stats(Struct, frozen=True, array_like=True, gc=False):
    """Summary of a tensor with more than RAW_ELEMENTS elements.

    `sampled` is the number of elements looked at, less than `count` for very large tensors: all
    else is about those. `min`, `max`, `mean` and `std` (unbiased) are over the finite ones, which
    `histogram` counts in equal bins from `min` to `max`. `norm` (Euclidean) is over all of them:
    NaN where one is NaN, else infinite where one is.
    """

    count: Count
    sampled: Count
    min: float
    max: float
    mean: float
    std: float
    norm: float
    nan: Count
    inf: Count
    histogram: Annotated[tuple[Count, ...], Meta(max_length=HISTOGRAM_BINS)]


class Wrapper(Struct, frozen=True, array_like=True, gc=False):
    """What a `torch.func` transform puts around a tensor."""

    level: Id | None
    """How many transforms there were when it began; None of one that has ended, and of the vmap
    that computes batched gradients (`is_grads_batched`)."""
    bdim: Count | None
    """Of vmap, the dimension that holds the batch, of what it is around; None of `grad`, `vjp`."""


class Tensor(Struct, frozen=True, array_like=True, gc=False):
    """One tensor at one moment."""

    shape: Shape | None
    """With those of batches. None where torch has none to give (old-layout nested tensors)."""
    dtype: Name
    """As torch prints it: `torch.float32`."""
    device: Name
    requires_grad: bool
    is_leaf: bool
    retains_grad: bool
    kind: TensorKind
    grad_fn: Id | None
    """The id of the node that made it."""
    grad_fn_name: Name | None
    """As print() shows it: `AddBackward0`."""
    output_nr: Count
    version: Count | None
    """The in-place version counter; None where the tensor has none (inference tensors)."""
    raw: Elements | None
    """The elements, row-major, little-endian, in `dtype`; None if large or without values."""
    shown: Text | None
    """What print() gives, where it cannot be derived from `raw` or `edges` and the fields above."""
    stats: Stats | None
    grad: Tensor | None
    edges: Elements | None = None
    """As `raw`, but of a large tensor and only what print() shows of it: the first and the last
    EDGE_ITEMS of each dimension, or all of a dimension that has no more."""
    identity: Id | None = None
    """A number that no other tensor of the run has, whatever its names are; None of a tensor that
    was only passing by, such as a gradient on its way."""
    storage: Id | None = None
    """The number of its storage: tensors with the same one share their memory."""
    tangent: Tensor | None = None
    """Its tangent in forward mode, inside of a `dual_level` or a `torch.func.jvp`. Has itself no
    tangent and no `grad`."""
    wrappers: Annotated[tuple[Wrapper, ...], Meta(max_length=MOST_WRAPPERS)] = ()
    """What `torch.func` transforms have put around it, the outermost first. Inside of vmap the
    elements are those of the whole batch."""

    @property
    def leaf(self) -> Id | None:
        """Of a leaf that requires grad, its number."""
        return self.identity if self.is_leaf and self.requires_grad else None


class Node(Struct, frozen=True, array_like=True, gc=False):
    """One `grad_fn`; `next` is `next_functions` with ids for nodes.

    A None in `next` stands for an input without gradient, or for a node beyond the node limit.
    """

    id: Id
    name: Name
    """`MulBackward0`; `AccumulateGrad` without its namespace."""
    next: Annotated[tuple[tuple[Id, Count] | None, ...], Inputs]
    variable: Name | None
    """The name bound to the node's output (for AccumulateGrad: to its leaf) when it was found."""
    line: Count
    """The line of the step's code that made it; 0 for the setup code."""
    step: Count
    custom: bool
    """Made by a torch.autograd.Function written in Python."""
    shape: Shape | None
    """Shape of the (first) output, where torch has it."""
    order: int = -1
    """torch's sequence number: of the nodes that are ready, a backward pass runs the one with the
    highest first. -1 for AccumulateGrad, which runs as soon as it is ready."""
    leaf: Id | None = None
    """Of AccumulateGrad, the number of its leaf, as in `Tensor.identity`."""
    cut: bool = False
    """It has further inputs, more than are recorded."""


class Error(Struct, frozen=True, array_like=True, gc=False):
    """What a snippet raised. `traceback` has its own frames only; `line` 0: none of its lines."""

    type: Name
    message: Text
    line: Count
    traceback: Text
    refused: Refused | None = None
    """What the sandbox refused, where that is what it comes from."""


SAME_AS_VARIABLE = ""
"""Stands on the wire for a saved tensor that need not be sent again."""


class Saved(Struct, frozen=True, array_like=True, gc=False):
    """What a node kept from the forward pass under one name (`self`, `other`, `result`, `dim`, …).

    `value` is a tensor, or the text of anything else; of a list of tensors each has a record of
    its own, `tensors[0]`, `tensors[1]`, … On the wire it is SAME_AS_VARIABLE where the record of
    `variable` that was sent last is the same; a `Trace` puts that in.
    """

    name: Name
    value: Tensor | Text
    variable: Name | None = None
    """The name of a variable that is bound to this very tensor, if any is."""


class Backward(Struct, frozen=True, array_like=True, gc=False):
    """One node ran in a backward pass."""

    call: Id
    """Which pass of the step it was, from 1."""
    node: Id
    grad_outputs: Annotated[tuple[Tensor | None, ...], Inputs]
    """What arrived, for each output of the operation: already summed over all its consumers."""
    grad_inputs: Annotated[tuple[Tensor | None, ...], Inputs]
    """What it sent to each of `Node.next`; empty for AccumulateGrad."""
    leaf: Name | None = None
    """The name of the leaf whose `.grad` it filled."""
    saved: Annotated[tuple[Saved, ...], SavedList] = ()
    note: Text | None = None
    """Why saved tensors were not recorded, in one line."""


class Root(Struct, frozen=True, array_like=True, gc=False):
    """A tensor at which a backward pass begins, and the gradient that it begins with."""

    name: Name | None
    node: Id | None
    output_nr: Count
    seed: Tensor | None


class Pass(Struct, frozen=True, array_like=True, gc=False):
    """A backward pass that has ended. On the snapshot of the line that made it."""

    call: Id
    """Which pass of the step it was, from 1, by when it began."""
    function: Literal["backward", "grad"]
    """`grad`: torch.autograd.grad, which returns gradients and fills no `.grad`."""
    roots: Annotated[tuple[Root, ...], Inputs]
    inputs: Annotated[tuple[Name, ...], Inputs] | None
    """The names of the `inputs` that it was limited to; None where it was not."""
    retain_graph: bool
    create_graph: bool
    nodes: Count
    """How many of its nodes have a snapshot."""
    left_out: Text | None = None
    """Why some nodes, or all, have none, in one line."""
    failed: Id | None = None
    """The node at which it raised."""
    targets: Annotated[tuple[Id | None, ...], Inputs] = ()
    """Of `grad`, the node of each input, where known. Such a node is not run for that."""
    returned: Annotated[tuple[Tensor | None, ...], Inputs] = ()
    """Of `grad`, what it has handed back for each input."""
    saved: Annotated[tuple[Saved, ...], SavedList] = ()
    """What the node at which it raised had kept, at that moment."""
    note: Text | None = None
    """Why some of that is missing, in one line."""


class Snapshot(Struct, frozen=True, array_like=True, gc=False):
    """The state right after one executed line, given as what changed since the one before.

    Or right after one node of a backward pass ran: `event` is `backward` then, `line` the line that
    called for the pass, and `depth` one more than that line's.
    """

    step: Count
    index: Count
    event: Event
    line: Count
    """The line that was executed (1-based in the step's code, behind which those of followed files
    come, see `followed.py`); 0 for `start`."""
    next_line: Count
    """The line about to be executed; 0 when there is none in this frame."""
    depth: Count
    """0 in the step itself, 1 in a function it calls, and so on."""
    function: Name
    """Qualified name of the function the line belongs to, `` for the step itself."""
    stdout: Text
    """What was printed since the last snapshot."""
    tensors: Annotated[dict[Name, Tensor], Names]
    """By name. A leaf that has lost its name and is still there is `earlier w`; one that a pass
    fills and that never had a name is `unnamed leaf`, or `argument x at level 1` of a function
    that torch.func transforms. The second of several is `earlier w (2)`."""
    values: Annotated[dict[Name, Text], Names]
    """Other variables: bounded text."""
    gone: Annotated[tuple[Name, ...], Names]
    """Names, of tensors or other values, that no longer exist."""
    nodes: Annotated[tuple[Node, ...], NodeList]
    """Nodes found since the last snapshot, those nearer to the output first."""
    error: Error | None
    backward: Backward | None = None
    passes: Annotated[tuple[Pass, ...], Meta(max_length=MOST_PASSES)] = ()
    """The passes that this line has made, in the order in which they ended."""
    held: Annotated[tuple[Name, ...], Names] = ()
    """Names that are among `values` no more: what they stand for holds tensors now, each of which
    has a name of its own (`ws[0]`)."""
    arrays: Annotated[dict[Name, Id], Names] | None = None
    """The storages of all NumPy arrays with a name, as in `Tensor.storage`; None: as before."""
    raised: bool = False
    """Whether the line raised an exception, handled later or not."""
    failure: Count | None = None
    """The earlier snapshot, of a line that `raised`, whose exception was on its way out or being
    handled when this line began; None where there was none. The line may have raised, too."""
    pictures: Annotated[dict[Name, Picture], Names] = {}
    """Of some large tensors, by name (`w`, `w.grad`), as they are at this snapshot."""
    answers: Annotated[tuple[Answer, ...], Meta(max_length=LESSON_ITEMS)] = ()
    """To the lesson's questions whose moment this is."""
    begun: Annotated[tuple[Count, ...], Meta(max_length=LESSON_ITEMS)] = ()
    """The questions whose line is running further out: it has called what this line is in."""
    evidence: Evidence | None = None
    """Modes, optimizers, warnings, what nodes have kept; None: nothing new."""
    left_out: LeftOut | None = None
    """What ran before and was not recorded; None: nothing."""
    followed: Annotated[tuple[Followed, ...], Meta(max_length=MOST_FOLLOWED)] = ()
    """Files that were stepped into for the first time in this step."""


class FailedExpectation(Struct, frozen=True, array_like=True, gc=False):
    """An `expect` line (its index, its text) that did not hold, and why."""

    index: Count
    expression: Text
    reason: Text


class StepResult(Struct, frozen=True, array_like=True, gc=False):
    """How a step ended. `ok`: it raised what it was meant to, if anything, and nothing failed."""

    step: Count
    ok: bool
    snapshots: Count
    nodes: Count
    truncated: Truncated | None
    failed: Annotated[tuple[FailedExpectation, ...], Meta(max_length=LESSON_ITEMS)]
    error: Error | None
    """What the snippet raised, whether meant or not."""
    seconds: float
    fault: Text | None = None
    """What became of the recording itself, in one line, where it failed; or which builtins the
    snippet changed."""
    threads: Count = 0
    """Threads that the step has started and in which lines of it ran: these are not recorded."""
    plotted: PlottedFunction | None = None
    """The function that the step's lesson has drawn, if it has one and nothing failed."""
    refused: Annotated[tuple[Refused, ...], Meta(max_length=8)] = ()
    """What the sandbox has refused, whether or not that raised anything."""
    answers: Annotated[tuple[Answer, ...], Meta(max_length=LESSON_ITEMS)] = ()
    """To the questions that are about the end of the step, or whose moment did not come."""
    verdict: Verdict | None = None
    """Of an exercise's judge."""
    checked: Checked | None = None
    """Where a check was asked for instead of a recording; in no file."""
    unfollowed: Annotated[tuple[Unfollowed, ...], Meta(max_length=MOST_FOLLOWED)] = ()
    """Of the last step: what was asked to be stepped into, and was not in the run."""
