"""Which large tensors get a picture, and when: within what one step may spend on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch

from autograd_tutor.kernel.change import Change
from autograd_tutor.kernel.grad_fns import origin_of
from autograd_tutor.kernel.picture import picture, slice_picture
from autograd_tutor.kernel.unseen import Untraced
from autograd_tutor.limits.kernel import (
    PICTURE_BYTES,
    PICTURE_ELEMENTS,
    PICTURE_SAMPLE,
    PICTURE_SIDE,
)
from autograd_tutor.recording.model import Stats, Tensor
from autograd_tutor.recording.picture import LookRequest, Picture

GRAD = ".grad"
_LAST = 4
"""How many times as much the last moment may have."""
_Base: Any = torch._C.TensorBase
grad_of, retains_grad = (vars(_Base)[name].__get__ for name in ("grad", "retains_grad"))


class Pictures:
    """Gives a picture to what is new under a name, then to its 2nd, 4th, 8th, … change of the step,
    and at the step's last moment to what is there and has none.

    A loop so costs no more than the logarithm of its turns.
    """

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """A step begins."""
        self._changes: dict[str, int] = {}
        self._pictured: dict[str, Stats] = {}
        """The statistics of what had a picture last: one object stands for the same numbers."""
        self._latest: dict[str, Stats] = {}
        self._grant(1)

    def add(self, change: Change, tensors: Mapping[str, Any]) -> None:
        """Add pictures of some of the tensors that have changed."""
        for name, stats, owner in _large(change.tensors):
            if self._latest.get(name) is stats:
                continue
            self._latest[name] = stats
            count = self._changes[name] = self._changes.get(name, 0) + 1
            if count & (count - 1) == 0 and owner in tensors:
                self._take(change, (name, stats, owner), tensors[owner], PICTURE_ELEMENTS)

    def add_last(
        self, change: Change, records: Mapping[str, Tensor], tensors: Mapping[str, Any]
    ) -> None:
        """Add those of the step's last moment; `records`: of all large tensors."""
        self._grant(_LAST)
        # What came last is what a step is about.
        for name, stats, owner in reversed([*_large(records)]):
            if self._pictured.get(name) is not stats and owner in tensors:
                self._take(change, (name, stats, owner), tensors[owner], _LAST * PICTURE_ELEMENTS)

    def _grant(self, times: int) -> None:
        self._elements_left = times * PICTURE_ELEMENTS
        self._bytes_left = times * PICTURE_BYTES

    def _take(self, change: Change, large: tuple[str, Stats, str], tensor: Any, most: int) -> None:
        name, stats, owner = large
        if name != owner and (tensor := grad_of(tensor)) is None:
            return
        cost = stats.count if stats.count <= most else PICTURE_SAMPLE
        size = 2 * min(stats.count, PICTURE_SIDE**2)
        if cost > self._elements_left or size > self._bytes_left:
            return
        found = picture(tensor, most)
        if found is not None:
            self._elements_left -= cost
            self._bytes_left -= size
            self._pictured[name] = stats
            change.pictures[name] = found


def look(request: LookRequest, tensors: Mapping[str, Any]) -> Picture | None:
    """The picture that is asked for, of what has a name now; None where there is none."""
    with torch._C.DisableTorchFunction(), Untraced():
        tensor = tensors.get(request.name)
        if tensor is None and request.name.endswith(GRAD):
            owner = tensors.get(request.name[: -len(GRAD)])
            has_grad = owner is not None and (origin_of(owner)[0] or retains_grad(owner))
            tensor = grad_of(owner) if has_grad else None  # of others, asking for it warns
        return None if tensor is None else slice_picture(tensor, request)


def _large(records: Mapping[str, Tensor]) -> Iterator[tuple[str, Stats, str]]:
    """The large tensors and gradients of records: name, statistics, and whose name that is."""
    for name, record in records.items():
        if record.stats is not None:
            yield name, record.stats, name
        if record.grad is not None and record.grad.stats is not None:
            yield f"{name}{GRAD}", record.grad.stats, name
