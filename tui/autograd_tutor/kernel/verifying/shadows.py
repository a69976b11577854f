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
from autograd_tutor.limits.checks import CHECKED_NAMES

StorageWeakRef: Any = reductions.StorageWeakRef

DOUBLE = {
    torch.float16: torch.float64,
    torch.bfloat16: torch.float64,
    torch.float32: torch.float64,
    torch.float64: torch.float64,
    torch.complex64: torch.complex128,
    torch.complex128: torch.complex128,
}
_item: Any = torch.ops.aten._local_scalar_dense.default
_lift: Any = torch.ops.aten.lift_fresh.default
_ones: Any = torch.ops.aten.ones_like.default
"""What a pass begins with."""
_RANDOM = torch.Tag.nondeterministic_seeded
_TIDY = 512
"""Operations between two looks for storages that are gone."""
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
    numbers: torch.Tensor


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
        self.single: dict[str, None] = {}
        """Operations that could not be done in float64."""
        self.rounded: set[int] = set()
        """Operations whose masks or indices are others in float64 though nothing was moved: theirs
        are taken over as they are, moved or not."""
        self.largest = 0.0
        """The absolute value of the largest single number in a graph, which a loss may cancel."""
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
                return func(self.of(tensors[0]))
            random = _RANDOM in func.tags
            doubled = [self.of(t) for t in tensors if has_shadow(t)] if not random else []
        result = func(*args, **(kwargs or {}))
        with _below_autograd(), torch.no_grad():
            written = _written(func, args, kwargs or {})
            outcome = tree_flatten(result)[0]
            results = [each for each in outcome if has_shadow(each)]
            if doubled and (results or written or any(map(_decides, outcome))):
                self._double(func, (values, structure), doubled, outcome, written)
            elif written:
                self._forget(written)
            self._note_written(written)
            if recording and func is not _ones and any(each.requires_grad for each in tensors):
                self.largest = max(self.largest, _size(result))
            if results:
                known = {each.untyped_storage()._cdata for each in _with_shadow(tensors)}
                made = [each for each in results if each.untyped_storage()._cdata not in known]
                self._note_made(made)
        return result

    def of(self, tensor: torch.Tensor) -> torch.Tensor:
        """The shadow of a tensor, of the same shape: a view, through which it can be changed."""
        storage = tensor.untyped_storage()
        key, length = storage._cdata, storage.nbytes() // tensor.element_size()
        held = self._shadows.get(key)
        if held is None or held.dtype is not tensor.dtype or len(held.numbers) != length:
            whole = torch.empty(0, dtype=tensor.dtype, device=tensor.device)
            whole.set_(storage, 0, (length,), (1,))
            held = _Shadow(StorageWeakRef(storage), tensor.dtype, whole.to(DOUBLE[tensor.dtype]))
            if held.numbers is whole:
                held = held._replace(numbers=whole.clone())
            self._shadows[key] = held
        return held.numbers.as_strided(tensor.size(), tensor.stride(), tensor.storage_offset())

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What is done inside is neither counted nor recorded by autograd."""
        with without_modes(), _below_autograd(), torch.no_grad():
            yield

    def forget_largest(self) -> None:
        """What follows is another graph."""
        self.largest = 0.0

    def move(self, tensor: torch.Tensor, element: int, by: float) -> None:
        """Change one number, by its place in the tensor's storage, in its shadow alone."""
        self.moved = self.numbers_follow = True
        self.of(tensor)
        self._shadows[tensor.untyped_storage()._cdata].numbers[element] += by

    def replace(self, tensor: torch.Tensor, numbers: torch.Tensor) -> None:
        """Give a tensor that no operation has made the shadow that it should have."""
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

    def _note_made(self, made: Sequence[torch.Tensor]) -> None:
        """They are new, whatever was at their addresses before."""
        for tensor in _with_shadow(made):
            key = tensor.untyped_storage()._cdata
            self._written[key] = self.count
            self._leaves.discard(key)

    def _note_written(self, written: Sequence[torch.Tensor]) -> None:
        for tensor in written:
            key = tensor.untyped_storage()._cdata
            self._written[key] = self.count
            if key in self._leaves and not self.moved:
                self._shadows.pop(key, None)

    def _double(
        self,
        func: Any,
        called: tuple[list[Any], Any],
        doubled: Sequence[torch.Tensor],
        outcome: Sequence[Any],
        written: Sequence[torch.Tensor],
    ) -> None:
        results = _with_shadow(outcome)
        shadows = iter(doubled)
        values = [_doubled(each, shadows, written) for each in called[0]]
        args, kwargs = tree_unflatten(values, called[1])
        try:
            result = func(*args, **kwargs)
        except (RuntimeError, NotImplementedError, TypeError):
            if len(self.single) < CHECKED_NAMES:
                self.single[func._overloadpacket.__name__] = None
            self._forget([*results, *written])
            return
        self._decide(outcome, tree_flatten(result)[0])
        inputs = {each.untyped_storage()._cdata for each in doubled}
        found = [each for each in tree_flatten(result)[0] if isinstance(each, torch.Tensor)]
        found = [each for each in found if each.is_floating_point() or each.is_complex()]
        known = {each.untyped_storage()._cdata for each in _with_shadow(called[0])}
        for tensor, numbers in zip(results, found, strict=False):
            if tensor.untyped_storage()._cdata not in known and tensor.numel():
                self._install(tensor, numbers, inputs)

    def _decide(self, outcome: Sequence[Any], in_double: Sequence[Any]) -> None:
        """Let masks and indices follow what was moved."""
        own, double = (list(filter(_decides, each)) for each in (outcome, in_double))
        if self.moved and self.count not in self.rounded:
            for each, other in zip(own, double, strict=False):
                if each.shape == other.shape:
                    each.copy_(other)
        elif not self.moved and not all(map(torch.equal, own, double)):
            self.rounded.add(self.count)

    def _install(self, tensor: torch.Tensor, numbers: torch.Tensor, inputs: set[int]) -> None:
        storage = tensor.untyped_storage()
        length = storage.nbytes() // tensor.element_size()
        if (
            tensor.is_contiguous()
            and numbers.is_contiguous()
            and numbers.numel() == length
            and numbers.untyped_storage()._cdata not in inputs
        ):
            whole = numbers.view(-1)
        else:
            whole = numbers.new_zeros(length)
            geometry = tensor.size(), tensor.stride(), tensor.storage_offset()
            whole.as_strided(*geometry).copy_(numbers)
        self._shadows[storage._cdata] = _Shadow(StorageWeakRef(storage), tensor.dtype, whole)

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


def has_shadow(value: Any) -> bool:
    """Whether it is a tensor that has one: of floating numbers, on the CPU."""
    return (
        isinstance(value, torch.Tensor)
        and value.dtype in DOUBLE
        and value.layout is torch.strided
        and value.device.type == "cpu"
        and not value.is_conj()
        and not value.is_neg()
    )


def _size(value: Any) -> float:
    """Of a single number; of others, and of what is not finite, 0."""
    if not has_shadow(value) or value.numel() != 1:
        return 0.0
    size = float(value.abs())
    return size if isfinite(size) else 0.0


def _decides(value: Any) -> bool:
    """Whether it is a mask or has indices, on the CPU."""
    return (
        isinstance(value, torch.Tensor)
        and not (value.is_floating_point() or value.is_complex() or value.is_quantized)
        and value.layout is torch.strided
        and value.device.type == "cpu"
    )


def _with_shadow(values: Sequence[Any]) -> list[torch.Tensor]:
    return [each for each in values if has_shadow(each)]


def _doubled(value: Any, shadows: Any, written: Sequence[torch.Tensor]) -> Any:
    """What the operation on shadows gets in the place of a value."""
    if isinstance(value, torch.dtype):
        return DOUBLE.get(value, value)
    if has_shadow(value):
        return next(shadows)
    if any(value is each for each in written):  # it has been changed already
        return value.clone()
    return value


def _written(func: Any, args: Any, kwargs: dict[str, Any]) -> list[torch.Tensor]:
    """The tensors that an operation changes."""
    if not func._schema.is_mutable:
        return []
    found: list[Any] = []
    for position, argument in enumerate(func._schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            given = args[position] if position < len(args) else kwargs.get(argument.name)
            found += given if isinstance(given, list | tuple) else [given]
    return [each for each in found if isinstance(each, torch.Tensor)]
