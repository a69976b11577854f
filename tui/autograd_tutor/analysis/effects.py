"""What a line did, as far as it is recorded: what it made, changed, removed, printed, recorded."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from autograd_tutor.analysis.changes import TensorChange, changed_tensors
from autograd_tutor.analysis.nonfinite_moments import nonfinite_moments
from autograd_tutor.analysis.pass_names import filled_leaves
from autograd_tutor.analysis.statements import sets, statements
from autograd_tutor.recording import numbers
from autograd_tutor.recording.local_names import is_local, local_prefix
from autograd_tutor.recording.model import Pass, Snapshot, Tensor
from autograd_tutor.recording.trace import Trace


class PassEffect(NamedTuple):
    """What a backward pass of the line did."""

    ended: Pass
    filled: tuple[str, ...]
    """The leaves, then the tensors that retain it, whose `.grad` was None before."""
    added_to: tuple[str, ...]
    """Those whose `.grad` it has added to."""


class GradEffects(NamedTuple):
    """The tensors whose `.grad` was changed, and by no pass of the line."""

    cleared: tuple[str, ...] = ()
    """It is None now."""
    zeroed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


class Effects(NamedTuple):
    """All that a line did. Names are those of variables, or of parts of them."""

    made: tuple[TensorChange, ...] = ()
    """Tensors that are new, or new under their name."""
    other_names: tuple[tuple[str, str], ...] = ()
    """New names of tensors that have another one, and that."""
    changed: tuple[str, ...] = ()
    """Tensors that were changed in place."""
    values: tuple[tuple[str, str], ...] = ()
    """Other variables that were set, and their texts."""
    gone: tuple[str, ...] = ()
    grads: GradEffects = GradEffects()
    operations: tuple[str, ...] = ()
    """The names of nodes that were recorded, without those of leaves."""
    stdout: str = ""
    passes: tuple[PassEffect, ...] = ()
    nonfinite: tuple[str, ...] = ()
    """`nan`, `inf`: which of them came up."""


class _Naming(NamedTuple):
    """Which names a line may have set, and what they are called in its function."""

    prefix: str
    """Of the locals of the function that the line is in."""
    own: frozenset[str] | None
    """The variables that the line sets, where that is known."""

    def is_own(self, name: str) -> bool:
        """Whether the line has set it: arguments are set by the call; `earlier w` is no name."""
        is_here = name.startswith(self.prefix)
        base = _BASE.split(name[len(self.prefix) if is_here else 0 :], maxsplit=1)[0]
        if self.own is None or not self.prefix or not is_here:
            return base.isidentifier()
        return base in self.own

    def called(self, name: str) -> str:
        """The name as one writes it there."""
        return name.removeprefix(self.prefix)


_BASE = re.compile(r"[.\[(]")


def _naming(trace: Trace, snapshot: Snapshot) -> _Naming:
    statement = statements(trace.source).get(snapshot.line)
    prefix = local_prefix(snapshot.function) if snapshot.function else ""
    return _Naming(prefix, None if statement is None else sets(statement))


def effects(trace: Trace, since: int, index: int) -> Effects:
    """What the line of snapshot `index` did, with all that it called: from snapshot `since` on."""
    snapshots = trace.snapshots[since : index + 1]
    last, naming = snapshots[-1], _naming(trace, snapshots[-1])
    changes = list(changed_tensors(trace, since, index))
    passes = tuple(_pass_effect(trace, since, each, changes, naming) for each in last.passes)
    found = nonfinite_moments(trace)
    return _with_tensors(
        Effects(
            values=tuple(
                (naming.called(name), text)
                for name, text in last.values.items()
                if naming.is_own(name)
            ),
            gone=tuple(name for name in last.gone if not is_local(name) and naming.is_own(name)),
            operations=tuple(
                node.name
                for snapshot in snapshots
                for node in reversed(snapshot.nodes)
                if node.name != "AccumulateGrad"
            ),
            stdout="".join(snapshot.stdout for snapshot in snapshots),
            passes=passes,
            nonfinite=tuple(
                kind
                for kind, moments in found.items()
                if bisect_left(moments, since) < bisect_right(moments, index)
            ),
        ),
        [
            each._replace(name=naming.called(each.name))
            for each in changes
            if naming.is_own(each.name) or not (each.before is None or each.is_rebound)
        ],
    )


def _with_tensors(did: Effects, changes: Sequence[TensorChange]) -> Effects:
    new = [each for each in changes if each.before is None or each.is_rebound]
    before = [each for each in changes if each.same_as is None and each not in new]
    return did._replace(
        made=tuple(each for each in new if each.same_as is None),
        other_names=tuple((each.name, each.same_as) for each in new if each.same_as is not None),
        changed=tuple(each.name for each in before if each.prints_otherwise),
        grads=_grad_effects(before, did.passes),
    )


def _pass_effect(
    trace: Trace, since: int, ended: Pass, changes: Sequence[TensorChange], naming: _Naming
) -> PassEffect:
    leaves = filled_leaves(trace, ended.call)
    before = {name: trace.tensor(since - 1, name) for name in leaves}
    had = {name for name, was in before.items() if was is not None and was.grad is not None}
    retained = [each for each in changes if _is_filled_by(trace, ended, each)]
    had |= {each.name for each in retained if each.grad_before is not None}
    names = (*leaves, *(each.name for each in retained))
    return PassEffect(
        ended,
        tuple(naming.called(name) for name in names if name not in had),
        tuple(naming.called(name) for name in names if name in had),
    )


def _is_filled_by(trace: Trace, ended: Pass, change: TensorChange) -> bool:
    """Whether the pass put its gradient into the `.grad` that the tensor retains."""
    tensor = change.now
    ran = tensor.grad_fn is not None and tensor.grad_fn in trace.ran.get(ended.call, {})
    is_filled = tensor.retains_grad and tensor.grad is not None and change.grad_differs
    return ran and is_filled and change.same_as is None


def _grad_effects(changes: Sequence[TensorChange], passes: Sequence[PassEffect]) -> GradEffects:
    filled = {name for each in passes for name in (*each.filled, *each.added_to)}
    differ = [each for each in changes if each.name not in filled and each.grad_differs]
    cleared = [each.name for each in differ if each.now.grad is None]
    zeroed = [each.name for each in differ if _is_zero(each.now.grad)]
    others = [each.name for each in differ if each.name not in {*cleared, *zeroed}]
    return GradEffects(tuple(cleared), tuple(zeroed), tuple(others))


def _is_zero(grad: Tensor | None) -> bool:
    return grad is not None and numbers.norm(grad) == 0
