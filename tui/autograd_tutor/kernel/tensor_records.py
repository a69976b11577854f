"""Turns readings of tensors into the records that are sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from autograd_tutor.kernel import memory, torch_print
from autograd_tutor.kernel.grad_fns import is_out_of_date
from autograd_tutor.kernel.readings import Access, MemoryReading, Reading, tensor_kind
from autograd_tutor.kernel.summary import Budget, summarize
from autograd_tutor.kernel.tangents import tangent_of
from autograd_tutor.kernel.tensors import resolved
from autograd_tutor.kernel.wrapped_tensors import unwrap
from autograd_tutor.limits.kernel import MOST_STATISTICS, SNAPSHOT_BYTES
from autograd_tutor.recording.kinds import TensorKind
from autograd_tutor.recording.model import Stats, Tensor
from autograd_tutor.recording.tensor_text import in_wrappers

TENSOR_BYTES = 1_000
"""About what a tensor takes in the memory of the receiver, besides its elements and its text."""

_OVER_BUDGET = "<too much at once: its values are shown again when they change>"
_DTYPES = {dtype: str(dtype) for dtype in memory.KNOWN}
_Base: Any = torch._C.TensorBase
_grad = vars(_Base)["grad"].__get__
_requires_grad = vars(_Base)["requires_grad"].__get__
_is_view = _Base._is_view

Summarize = Callable[[Any, memory.Array, MemoryReading], Stats | None]
"""Works out the statistics of a large tensor: the tensor, its elements, its reading."""


class TensorBuilder:
    """Makes `Tensor`s, within what one snapshot may carry."""

    def __init__(self) -> None:
        self.bytes_sent = 0
        """About how many bytes of the receiver's memory all tensors made so far take."""
        self.budget = Budget()
        """How many elements may still be looked at for statistics."""
        self._bytes_left = SNAPSHOT_BYTES
        self._summaries: dict[int, tuple[Stats, bytes]] = {}
        """Statistics and edges of large tensors, by the number of their contents."""

    def reset_budget(self) -> None:
        """Grant what one snapshot may carry."""
        self.budget.reset()
        self._bytes_left = SNAPSHOT_BYTES

    def build(self, reading: Reading, tensor: Any, summarize: Summarize | None = None) -> Tensor:
        """The record of `tensor`, of which `reading` was made.

        `summarize` works out the statistics of more than RAW_ELEMENTS elements: those with a
        histogram if it is not given.
        """
        if isinstance(reading, Tensor):
            return reading
        tangent = printed = None
        if reading.tangent is not None:
            tangent = self.build(reading.tangent, tangent_of(tensor), summarize)
        if reading.wrappers and (behind := unwrap(tensor)) is not None:
            tensor = behind.value
            printed = _text_in_wrappers(reading, tensor)
        raw = reading.content if type(reading.content) is bytes else None
        shown, stats, edges = None, None, None
        if raw is None:
            shown, stats, edges = self._summary(reading, tensor, summarize or self._statistics)
        size = len(raw or edges or b"")
        self._bytes_left -= size
        if self._bytes_left < 0 and (size or shown):
            raw, edges, shown = None, None, _OVER_BUDGET
        elif raw is not None and not reading.prints_as_usual:
            shown = _text(reading, resolved(tensor))
        shown = printed or shown
        characters = len(shown or "")
        self._bytes_left -= characters
        self.bytes_sent += TENSOR_BYTES + len(raw or edges or b"") + characters
        # By position: there are many of them, and names take time.
        return Tensor(
            tuple(reading.shape), _DTYPES.get(reading.dtype) or str(reading.dtype), "cpu",
            reading.requires_grad, reading.is_leaf, reading.retains_grad, _kind(reading),
            reading.grad_fn, reading.grad_fn_name, reading.output_nr, reading.version,
            raw, shown, stats,
            None if reading.grad is None else self.build(reading.grad, _grad(tensor)),
            edges, reading.identity, reading.storage, tangent, reading.wrappers,
        )  # fmt: skip

    def build_again(self, reading: Reading, tensor: Any) -> Tensor:
        """As `build`, with the statistics of now, even if the reading has not changed."""
        self._summaries.clear()
        return self.build(reading, tensor)

    def _statistics(
        self, tensor: Any, elements: memory.Array, reading: MemoryReading
    ) -> Stats | None:
        return summarize(elements, reading.dtype, self.budget)

    def _summary(
        self, reading: MemoryReading, tensor: Any, summarize: Summarize
    ) -> tuple[str | None, Stats | None, bytes | None]:
        """Of a large tensor: its text if its edges do not give that, statistics, and edges."""
        as_usual, content = reading.prints_as_usual, reading.content
        known = self._summaries.get(content) if as_usual and type(content) is int else None
        if known is not None:
            return None, *known
        elements, lazy = memory.array(tensor), _lazy(reading, tensor)
        stats = summarize(tensor, elements, reading)
        edges = torch_print.edges(elements, reading.dtype, lazy) if as_usual else None
        if edges is None:
            return _text(reading, elements, lazy), stats, None
        if stats is not None and content and type(content) is int:
            if len(self._summaries) >= MOST_STATISTICS:
                self._summaries.clear()
            self._summaries[content] = stats, edges
        return None, stats, edges


def _kind(reading: MemoryReading) -> TensorKind:
    is_parameter = reading.type_info.is_parameter
    return tensor_kind(is_parameter, reading.requires_grad, reading.is_leaf)


def _text(
    reading: MemoryReading, elements: memory.Array, lazy: tuple[bool, bool] = (False, False)
) -> str:
    """What print() gives."""
    flags = []
    if reading.grad_fn_name is not None:
        flags.append(f"grad_fn=<{reading.grad_fn_name}>")
    elif reading.requires_grad:
        flags.append("requires_grad=True")
    info = reading.type_info
    text = torch_print.text_of_elements(elements, reading.dtype, info.prefix, flags, lazy)
    return f"{info.heading}{text}"


def _text_in_wrappers(reading: MemoryReading, value: Any) -> str | None:
    """What print() gives, where the text of the `value` inside does not follow from its elements.

    That is so where it takes part in the autograd outside of the transform.
    """
    if reading.prints_as_usual and not _requires_grad(value):
        return None
    if _is_view(value) and is_out_of_date(value):
        return None
    return in_wrappers(torch_print.text_of_tensor(value), reading.wrappers)


def _lazy(reading: MemoryReading, tensor: Any) -> tuple[bool, bool]:
    """Whether a conjugation, a negation is not applied yet."""
    if reading.access is not Access.LAZY:
        return False, False
    return bool(_Base.is_conj(tensor)), bool(_Base.is_neg(tensor))
