"""The first run of a check: what the pass sends to each leaf, and which entries are compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

import torch
from msgspec import Struct
from msgspec.structs import replace

from autograd_tutor.kernel.running_pass import PassRequest, RunningPass
from autograd_tutor.kernel.verifying.differences import chosen
from autograd_tutor.kernel.verifying.leaving import LeavingNumbers
from autograd_tutor.kernel.verifying.operands import has_shadow
from autograd_tutor.kernel.verifying.shadows import LOST, Shadows
from autograd_tutor.kernel.verifying.target import (
    ReachedLeaf,
    Source,
    reached_leaves,
    value_of,
    watch_gradients,
)
from autograd_tutor.limits.checks import CHECKED_ENTRIES, CHECKED_LEAVES, ENTRIES_OF_ONE
from autograd_tutor.recording.checks import Checked, CheckedEntry, CheckedLeaf, CheckProblem

_sequence_nr: Callable[[], int] = torch._C._autograd._get_sequence_nr


class Move(Struct, frozen=True):
    """One entry of a leaf that is to be moved, and when: before the operation that first reads it.

    `argument` says as which of its tensors, `element` where in that one's storage.
    """

    leaf: int
    entry: int
    operation: int
    argument: int
    element: int
    value: float
    """Of the entry."""


class Surveyed(Struct, frozen=True):
    """What the first run has found; `value` is that of the root in float64."""

    checked: Checked
    value: float = 0.0
    moves: list[Move] = []
    slow: tuple[str, ...] = ()
    """Modules that it has imported and that take long."""
    rounded: set[int] = set()
    """`Shadows.rounded`."""
    largest: float = 0.0
    """`Shadows.largest`."""


class _Gradient(NamedTuple):
    """Both dense and in float64; `double` is that of the shadows. None: it cannot be read here."""

    single: torch.Tensor | None
    double: torch.Tensor | None
    lost: bool = False
    """Whether something on the way was not done in float64."""


class Survey:
    """Looks at the pass when it begins and when it has ended, and sends what it has found."""

    def __init__(
        self,
        source: Source,
        shadows: Shadows,
        numbers: LeavingNumbers,
        send: Callable[[Surveyed], NoReturn],
    ) -> None:
        self._source = source
        self._shadows = shadows
        self._numbers = numbers
        self._send = send
        self._since = _sequence_nr()
        self._leaves: list[ReachedLeaf] = []
        self._gradients: dict[int, _Gradient] = {}
        self._handles: list[Any] = []
        self._checked = Checked(0)
        self._value = 0.0

    def begins(self, request: PassRequest) -> bool:
        """The pass begins: note its leaves and its value."""
        self._leaves, older = reached_leaves(request, self._since)
        self._handles = watch_gradients(self._leaves, self._note)
        if request.inputs is None:
            known = {id(each.tensor) for each in self._leaves}
            others = [each for each in self._source.leaves() if id(each) not in known]
            self._leaves += [ReachedLeaf(each, None, None, older) for each in others]
        names = self._source.names()
        root = request.roots[0].tensor
        with self._shadows.aside():
            self._value = value_of(request, self._shadows.of)
            value = value_of(request, lambda tensor: tensor)
        name = names.get(id(root), "") if len(request.roots) == 1 else ""
        line, file = self._source.place()
        self._checked = Checked(0, line, name, value, file=file)
        return True

    def ends(self, running: RunningPass, call: int) -> None:
        """The pass is over: send what it has done."""
        for handle in self._handles:
            handle.remove()
        request = running.request
        if request is not None and request.is_grad and request.inputs is not None:
            places = {id(each.tensor): place for place, each in enumerate(self._leaves)}
            for tensor, gradient in zip(request.inputs, running.returned or (), strict=False):
                if id(tensor) in places and gradient is not None:
                    self._note(places[id(tensor)], gradient)
        with self._shadows.aside():
            self._send(self._surveyed(call))

    def _note(self, place: int, gradient: torch.Tensor) -> None:
        with self._shadows.aside():
            if gradient.device.type != "cpu" or gradient.is_complex():
                noted = _Gradient(None, None)
            elif gradient.layout is not torch.strided:
                noted = _Gradient(gradient.to_dense().double(), None)
            else:
                double = self._shadows.of(gradient).clone()
                lost = self._shadows.level(gradient) == LOST
                noted = _Gradient(gradient.double().clone(), double, lost)
            self._gradients[place] = noted

    def _surveyed(self, call: int) -> Surveyed:
        names = self._source.names()
        ordered = sorted(range(len(self._leaves)), key=self._size, reverse=True)
        places = sorted(ordered[:CHECKED_LEAVES])
        most = max(1, min(ENTRIES_OF_ONE, CHECKED_ENTRIES // max(1, len(places))))
        leaves: list[CheckedLeaf] = []
        moves: list[Move] = []
        for place in places:
            name = names.get(id(self._leaves[place].tensor), "")
            leaf, its_moves = self._leaf(place, name, most, len(leaves))
            leaves.append(leaf)
            moves += its_moves
        unchecked = len(ordered) - len(places)
        checked = replace(self._checked, call=call, leaves=tuple(leaves), unchecked=unchecked)
        return Surveyed(checked, self._value, moves)

    def _size(self, place: int) -> float:
        """Of its gradient: what is not reached comes first, as something may be wrong there."""
        if place not in self._gradients:
            return torch.inf
        single = self._gradients[place].single
        return _largest(single) if single is not None else torch.inf

    def _shares_memory(self, tensor: torch.Tensor) -> bool:
        """Whether a move of one entry would move another one, of it or of another leaf."""
        if not has_shadow(tensor):
            return False
        key, span = tensor.untyped_storage()._cdata, _span(tensor)
        others = [each.tensor for each in self._leaves if each.tensor is not tensor]
        same = [e for e in others if has_shadow(e) and e.untyped_storage()._cdata == key]
        spans = map(_span, same)
        return overlaps_itself(tensor) or any(
            max(span.start, each.start) < min(span.stop, each.stop) for each in spans
        )

    def _leaf(
        self, place: int, name: str, most: int, number: int
    ) -> tuple[CheckedLeaf, list[Move]]:
        tensor, node, first, outside = self._leaves[place]
        problem: CheckProblem = ""
        if tensor.device.type != "cpu":
            problem = "device"
        elif tensor.is_complex():
            problem = "complex"
        elif self._shares_memory(tensor):
            problem = "shared"
        gradient = self._gradients.get(place, _Gradient(None, None))
        moment = None if problem else self._shadows.read_before(tensor, first)
        if not problem and (outside or (node is not None and moment is None)):
            problem = "outside"
        entries: list[CheckedEntry] = []
        moves: list[Move] = []
        for index in [] if problem else chosen(gradient.single, tensor.shape, most):
            at = sum(map(int.__mul__, index, tensor.stride()))
            if moment is not None:
                element = tensor.storage_offset() + at
                value = float(tensor[index])
                moves.append(Move(number, len(entries), *moment, element, value))
            entries.append(_entry(index, gradient, unread=moment is None))
        leaf = CheckedLeaf(
            name,
            tuple(tensor.shape),
            str(tensor.dtype),
            place in self._gradients,
            tuple(entries),
            *_sizes(gradient),
            problem,
        )
        return leaf, moves


def overlaps_itself(tensor: torch.Tensor) -> bool:
    """Whether two of its entries may be the same number in memory."""
    reach = 0
    for stride, length in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if length > 1:
            if stride <= reach:
                return True
            reach += stride * (length - 1)
    return False


def _span(tensor: torch.Tensor) -> range:
    """Of its storage, in bytes."""
    first, size = tensor.storage_offset(), tensor.element_size()
    pairs = zip(tensor.stride(), tensor.shape, strict=True)
    last = first + sum(stride * (length - 1) for stride, length in pairs)
    return range(first * size, (last + 1) * size) if tensor.numel() else range(0)


def _entry(index: tuple[int, ...], gradient: _Gradient, unread: bool) -> CheckedEntry:
    """What is not read before the pass has no influence on it: its slope is 0."""
    single, double = (None if each is None else float(each[index]) for each in gradient[:2])
    slope = 0.0 if unread else None
    return CheckedEntry(index, single, slope, double, lost=gradient.lost)


def _sizes(gradient: _Gradient) -> tuple[float | None, float]:
    """How far it is from the one in float64, and how large that is."""
    single, double, lost = gradient
    if single is None or double is None or lost:
        return None, 0.0
    return _largest(torch.where(single == double, 0.0, single - double)), _largest(double)


def _largest(numbers: torch.Tensor) -> float:
    absolute = torch.nan_to_num(numbers.abs(), nan=torch.inf, posinf=torch.inf)
    return float(absolute.max()) if numbers.numel() else 0.0
