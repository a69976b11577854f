"""Does every operation a second time in float64, beside the one of the script.

Each storage of floating numbers has a *shadow*, a storage of as many float64 numbers; views of a
tensor are views of its shadow. What an operation reads of shadows it writes to shadows, forwards
and in backward passes alike, so that only rounding differs. Taken over as they are: random numbers,
integers and truth values, and what Python decides by them; once a number was moved, masks and
indices are those of the shadows. The shadow of a leaf begins with the leaf's own numbers, also
after each change, so that no rounding of earlier turns counts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from math import isfinite
from typing import Any, NamedTuple

import torch
from torch.multiprocessing import reductions
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_unflatten

from autograd_tutor.kernel.torch_print import without_modes
from autograd_tutor.kernel.unseen import unseen
from autograd_tutor.kernel.verifying.forks import is_foreign
from autograd_tutor.kernel.verifying.operands import (
    DOUBLE,
    differs_on_purpose,
    drawing_again,
    draws_alone,
    generator_state,
    has_shadow,
    in_double,
    is_decided,
    is_out_of_reach,
    is_random,
    is_same_but_for_rounding,
    with_shadow,
    written_by,
)
from autograd_tutor.limits.checks import CHECKED_NAMES

StorageWeakRef: Any = reductions.StorageWeakRef

_item: Any = torch.ops.aten._local_scalar_dense.default
_lift: Any = torch.ops.aten.lift_fresh.default
_ones: Any = torch.ops.aten.ones_like.default
"""What a pass begins with."""
_TIDY = 512
"""Operations between two looks for storages that are gone."""
MOVED, LOST = 1, 2
"""Levels of shadows. MOVED: a number that was moved went into it; LOST: one went into it through an
operation that was not done in float64."""
_below_autograd: Callable[[], AbstractContextManager[None]] = torch._C._AutoDispatchBelowAutograd
_sequence_nr: Callable[[], int] = torch._C._autograd._get_sequence_nr


class Moment(NamedTuple):
    """Where a tensor is first read after it was written: before which operation, as what of it."""

    operation: int
    argument: int


class _Shadow(NamedTuple):
    storage: Any
    """A weak reference, which keeps its address from being used again."""
    dtype: torch.dtype
    """Of the script's numbers; of complex ones, that of their parts."""
    numbers: torch.Tensor
    """In float64, as many as the storage has; of complex ones both parts, one after the other."""
    level: int = 0


class _Operand(NamedTuple):
    numbers: torch.Tensor
    level: int


class _Call(NamedTuple):
    """An operation that was done on the script's numbers."""

    func: Any
    values: list[Any]
    structure: Any
    operands: list[_Operand]
    written: list[torch.Tensor]
    outcome: list[Any]
    level: int
    """The highest of its operands."""
    drawn: torch.Tensor | None
    """The state of the generator that it drew from; None: it is not random."""


class Shadows(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts operations, and keeps the shadows of what they read and write."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.count = 0
        """Operations so far that read numbers. Others come when processes and files are ready."""
        self.before: Callable[[int, Sequence[torch.Tensor]], None] | None = None
        """Called before each operation, with its number and its tensors."""
        self.numbers_follow = False
        """Whether `item()` gives the number of the shadow."""
        self.moved = False
        """Whether a shadow was changed on purpose, so that leaves keep theirs."""
        self.cuts = False
        """Whether what autograd does not follow keeps the script's own numbers."""
        self.lost = False
        """Whether a number that was moved went where it cannot be followed."""
        self.single: dict[str, None] = {}
        """Operations that could not be done in float64."""
        self.coarsest: torch.dtype | None = None
        """Of the dtypes of results, the one that rounds most."""
        self.rounded: set[int] = set()
        """Operations whose masks or indices are others in float64 though nothing was moved: theirs
        are taken over as they are, moved or not."""
        self.largest = 0.0
        """The absolute value of the largest single number in a graph, which a loss may cancel."""
        self._moved_storage = 0
        self._given_cut: set[int] | None = None
        """In the forward of a Function, which autograd does not record: the ids of its arguments
        that are cut already."""
        self._shadows: dict[int, _Shadow] = {}
        self._leaves: set[int] = set()
        """The storages of leaves that have been read."""
        self._reads: dict[int, list[tuple[int, Moment]]] = {}
        """Of each storage: after which operation it was written, and where it was read first."""
        self._written: dict[int, int] = {}
        """Storages that were not read since they were written, by which operation."""
        self._created: list[int] = []
        """How many nodes there were at each operation."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """`unseen` does that, without Dynamo's import, which takes seconds."""
        return False

    @unseen
    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Do the operation, and beside it the one on shadows."""
        if is_foreign():
            return func(*args, **(kwargs or {}))
        values, structure = tree_flatten((args, kwargs or {}))
        tensors = [each for each in values if isinstance(each, torch.Tensor)]
        recording = torch.is_grad_enabled()  # else views in a pass look like leaves
        with ExitStack() as stack:
            stack.enter_context(_below_autograd())
            stack.enter_context(torch.no_grad())
            if func is _lift:  # what was made of Python's numbers, which is no operation
                self._note_made(tensors)
            if any(has_shadow(each) and each.numel() for each in tensors):
                self._note(tensors, recording)
                if self.before is not None:
                    self.before(self.count, tensors)
            if func is _item and self.numbers_follow and has_shadow(tensors[0]):
                return func(self.left(tensors[0]))
            written = written_by(func, args, kwargs or {})
            operands = self._operands(func, tensors, written)
            drawn = generator_state(values) if is_random(func) and operands else None
        result = func(*args, **(kwargs or {}))
        with _below_autograd(), torch.no_grad():
            outcome = tree_flatten(result)[0]
            level = max((each.level for each in operands), default=0)
            if level and any(map(is_out_of_reach, outcome)):
                self.lost = True
            call = _Call(func, values, structure, operands, written, outcome, level, drawn)
            self._follow(call)
            self._note_written(written)
            if recording and func is not _ones and any(each.requires_grad for each in tensors):
                self.largest = max(self.largest, _size(result))
            if results := with_shadow(outcome):
                self._note_dtypes(results)
                known = {each.untyped_storage()._cdata for each in with_shadow(tensors)}
                made = [each for each in results if each.untyped_storage()._cdata not in known]
                self._note_made(made)
        return result

    def left(self, tensor: torch.Tensor) -> torch.Tensor:
        """The shadow of a tensor whose numbers go to Python."""
        self.lost = self.lost or self.level(tensor) == LOST
        return self.of(tensor)

    def level(self, tensor: torch.Tensor) -> int:
        """That of its shadow."""
        held = self._shadows.get(tensor.untyped_storage()._cdata) if has_shadow(tensor) else None
        return 0 if held is None else held.level

    def _operands(
        self, func: Any, tensors: Sequence[torch.Tensor], written: Sequence[torch.Tensor]
    ) -> list[_Operand]:
        """What it reads and writes in float64; nothing where its results are taken over."""
        if is_random(func) and draws_alone(func):
            return []
        return [
            _Operand(tensor.to(DOUBLE[tensor.dtype], copy=True), 0)
            if self._is_cut(tensor) and not any(tensor is each for each in written)
            else _Operand(self.of(tensor), self.level(tensor))
            for tensor in tensors
            if has_shadow(tensor)
        ]

    def _is_cut(self, tensor: torch.Tensor) -> bool:
        """Whether autograd does not follow how it depends on what was moved."""
        if not self.cuts or not self.level(tensor):
            return False
        if self._given_cut is not None:
            return id(tensor) in self._given_cut
        other = tensor.is_leaf and tensor.untyped_storage()._cdata != self._moved_storage
        return not tensor.requires_grad or other

    def _follow(self, call: _Call) -> None:
        """Do on shadows what was done on the script's numbers."""
        useful = call.written or any(has_shadow(e) or is_decided(e) for e in call.outcome)
        if call.operands and useful:
            self._double(call)
        elif call.written:
            self._forget(call.written)

    def of(self, tensor: torch.Tensor) -> torch.Tensor:
        """The shadow of a tensor, of the same shape: a view, through which it can be changed."""
        if not has_shadow(tensor):
            return tensor.to(DOUBLE.get(tensor.dtype, torch.float64))
        storage, dtype = tensor.untyped_storage(), tensor.dtype.to_real()
        key, length = storage._cdata, storage.nbytes() // dtype.itemsize
        held = self._shadows.get(key)
        if held is None or held.dtype is not dtype or len(held.numbers) != length:
            whole = torch.empty(0, dtype=dtype, device=tensor.device)
            whole.set_(storage, 0, (length,), (1,))
            held = _Shadow(StorageWeakRef(storage), dtype, whole.to(torch.float64, copy=True))
            self._shadows[key] = held
        return _seen_as(tensor, held.numbers)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What is done inside is neither counted nor recorded by autograd."""
        with without_modes(), _below_autograd(), torch.no_grad():
            yield

    def forget_largest(self) -> None:
        """What follows is another graph."""
        self.largest = 0.0

    def move(self, tensor: torch.Tensor, element: int, by: float, cuts: bool = False) -> None:
        """Change one number, by its place in the tensor's storage, in its shadow alone."""
        self.moved, self.cuts, self.numbers_follow = True, cuts, not cuts
        self.of(tensor)
        for key, each in self._shadows.items():
            self._shadows[key] = each._replace(level=0)
        self._moved_storage = tensor.untyped_storage()._cdata
        self._shadows[self._moved_storage].numbers[element] += by
        self._raise_to(MOVED, [tensor])

    @contextmanager
    def in_function(self, arguments: Sequence[Any]) -> Iterator[None]:
        """What is done inside belongs to one node, that of a custom Function."""
        before = self._given_cut
        tensors = with_shadow(tree_flatten(arguments)[0])
        self._given_cut = {id(each) for each in tensors if self._is_cut(each)}
        try:
            yield
        finally:
            self._given_cut = before

    def replace(self, tensor: torch.Tensor, numbers: torch.Tensor) -> None:
        """Give a tensor that Python has made of numbers the shadow that it should have."""
        self.of(tensor).copy_(numbers)
        self._note_made([tensor])

    def read_before(self, tensor: torch.Tensor, node: int | None) -> Moment | None:
        """Where it was first read after it was last written before a node was made.

        `node`: the sequence number of the node; None: up to now.
        """
        begins = self.count + 1 if node is None else bisect_left(self._created, node + 1) + 1
        reads = self._reads.get(tensor.untyped_storage()._cdata, ())
        return max((each for each in reads if each[0] < begins), default=(0, None))[1]

    def _note(self, tensors: Sequence[torch.Tensor], recording: bool) -> None:
        self.count += 1
        self._created.append(_sequence_nr())
        for position, tensor in enumerate(tensors):
            if not has_shadow(tensor):
                continue
            key = tensor.untyped_storage()._cdata
            if key not in self._reads or key in self._written:
                written = self._written.pop(key, 0)
                self._reads.setdefault(key, []).append((written, Moment(self.count, position)))
            if recording and tensor.requires_grad and tensor.is_leaf and key not in self._leaves:
                self._leaves.add(key)
                if not self.moved:
                    self._shadows.pop(key, None)
        if self.count % _TIDY == 0:
            self._tidy()

    def _note_dtypes(self, results: Sequence[torch.Tensor]) -> None:
        for dtype in {each.dtype for each in results}:
            known = self.coarsest
            if known is None or torch.finfo(dtype).eps > torch.finfo(known).eps:
                self.coarsest = dtype.to_real()

    def _note_made(self, made: Sequence[torch.Tensor]) -> None:
        """They are new, whatever was at their addresses before."""
        for tensor in with_shadow(made):
            key = tensor.untyped_storage()._cdata
            self._written[key] = self.count
            self._leaves.discard(key)

    def _note_written(self, written: Sequence[torch.Tensor]) -> None:
        for tensor in written:
            key = tensor.untyped_storage()._cdata
            self._written[key] = self.count
            if key in self._leaves and not self.moved:
                self._shadows.pop(key, None)

    def _double(self, call: _Call) -> None:
        results, func = with_shadow(call.outcome), call.func
        shadows = iter([each.numbers for each in call.operands])
        values = [in_double(each, shadows, call.written) for each in call.values]
        args, kwargs = tree_unflatten(values, call.structure)
        try:
            with drawing_again(call.values, call.drawn):
                outcome = tree_flatten(func(*args, **kwargs))[0]
        except Exception:  # noqa: BLE001 - an operation of the script's own may raise anything
            if len(self.single) < CHECKED_NAMES:
                self.single[func._overloadpacket.__name__] = None
            self._lose([*results, *call.written], call.level)
            return
        found = [each for each in outcome if isinstance(each, torch.Tensor)]
        found = [each for each in found if each.is_floating_point() or each.is_complex()]
        drawn_alike = call.drawn is None or all(map(is_same_but_for_rounding, results, found))
        if differs_on_purpose(func) or not drawn_alike:
            self._lose([*results, *call.written], call.level)
            return
        self._decide(call.outcome, outcome)
        inputs = {each.numbers.untyped_storage()._cdata for each in call.operands}
        known = {each.untyped_storage()._cdata for each in with_shadow(call.values)}
        for tensor, numbers in zip(results, found, strict=False):
            if tensor.untyped_storage()._cdata not in known and tensor.numel():
                self._install(tensor, numbers, inputs)
                self._raise_to(call.level, [tensor])
        self._raise_to(call.level, call.written)

    def _lose(self, tensors: Sequence[torch.Tensor], level: int) -> None:
        """Take over the script's numbers, in which no move is seen."""
        self._forget(tensors)
        if level or not self.moved:
            self._raise_to(LOST, tensors)

    def _raise_to(self, level: int, tensors: Sequence[torch.Tensor]) -> None:
        for tensor in with_shadow(tensors) if level else ():
            self.of(tensor)
            key = tensor.untyped_storage()._cdata
            held = self._shadows[key]
            self._shadows[key] = held._replace(level=max(level, held.level))

    def _decide(self, outcome: Sequence[Any], in_double: Sequence[Any]) -> None:
        """Let masks and indices follow what was moved."""
        own, double = (list(filter(is_decided, each)) for each in (outcome, in_double))
        if self.moved and self.count not in self.rounded:
            for each, other in zip(own, double, strict=False):
                if each.shape == other.shape:
                    each.copy_(other)
        elif not self.moved and not all(map(torch.equal, own, double)):
            self.rounded.add(self.count)

    def _install(self, tensor: torch.Tensor, numbers: torch.Tensor, inputs: set[int]) -> None:
        storage, dtype = tensor.untyped_storage(), tensor.dtype.to_real()
        length = storage.nbytes() // dtype.itemsize
        whole = torch.view_as_real(numbers.resolve_conj()) if numbers.is_complex() else numbers
        fits = tensor.is_contiguous() and whole.is_contiguous() and whole.numel() == length
        own = whole.untyped_storage()._cdata not in inputs and not whole.storage_offset()
        if fits and own and not (whole.is_neg() or tensor.is_conj() or tensor.is_neg()):
            whole = whole.view(-1)
        else:
            whole = torch.zeros(length, dtype=torch.float64)
            _seen_as(tensor, whole).copy_(numbers)
        self._shadows[storage._cdata] = _Shadow(StorageWeakRef(storage), dtype, whole)

    def _forget(self, tensors: Sequence[torch.Tensor]) -> None:
        for tensor in tensors:
            self._shadows.pop(tensor.untyped_storage()._cdata, None)

    def _tidy(self) -> None:
        gone = [key for key, each in self._shadows.items() if each.storage.expired()]
        for key in gone:
            del self._shadows[key]
            self._reads.pop(key, None)
            self._leaves.discard(key)
            self._written.pop(key, None)


def _size(value: Any) -> float:
    """Of a single number; of others, and of what is not finite, 0."""
    if not has_shadow(value) or value.numel() != 1:
        return 0.0
    size = float(value.abs())
    return size if isfinite(size) else 0.0


def _seen_as(tensor: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
    """The numbers of its storage, seen as the tensor sees that."""
    geometry = tensor.size(), tensor.stride(), tensor.storage_offset()
    if tensor.is_complex():
        numbers = torch.view_as_complex(numbers[: len(numbers) // 2 * 2].view(-1, 2))
    seen = numbers.as_strided(*geometry)
    seen = torch._conj(seen) if tensor.is_conj() else seen
    return torch._neg_view(seen) if tensor.is_neg() else seen
