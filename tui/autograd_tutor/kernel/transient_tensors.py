"""Records tensors that have no name, such as the gradients on their way through a pass."""

from __future__ import annotations

from typing import Any

import torch

from autograd_tutor.kernel import memory, opaque_tensors
from autograd_tutor.kernel.graph import Graph
from autograd_tutor.kernel.own_references import Reference
from autograd_tutor.kernel.readings import MemoryReading
from autograd_tutor.kernel.summary import summarize
from autograd_tutor.kernel.tensor_records import Summarize, TensorBuilder
from autograd_tutor.kernel.tensors import REFUSALS, TensorReader, has_bytes
from autograd_tutor.limits.kernel import MOST_TRANSIENT_TENSORS
from autograd_tutor.recording.model import Stats, Tensor

_Base: Any = torch._C.TensorBase
_numel = _Base.numel
_version = vars(_Base)["_version"].__get__
_base_of = vars(_Base)["_base"].__get__
_is_view = _Base._is_view


class TransientTensors:
    """Records tensors that are looked at once: they are compared with nothing and not kept.

    A tensor that goes from node to node unchanged is read once until `forget`. The statistics of
    large ones are without a histogram, as there are many of them.
    """

    def __init__(self, graph: Graph, reader: TensorReader, builder: TensorBuilder) -> None:
        self._graph = graph
        self._reader = reader
        self._builder = builder
        self._known: dict[int, tuple[Reference[Any], int, Tensor]] = {}
        """By id() of a tensor: the tensor, its version, its record."""
        self._statistics: dict[int, tuple[Reference[Any], int, int, Stats]] = {}
        """By id() of a tensor: the same, with the number of its elements. Views of all of a tensor
        have its statistics."""

    def record(self, tensor: Any, with_stats: bool = True) -> Tensor:
        """The record of a tensor; of a large one without statistics if not `with_stats`.

        Raises MemoryError only: one value that cannot be read hides no other.
        """
        try:
            record = self._recorded_before(tensor, with_stats)
            if record is not None:
                return record
            record = self._read(tensor, self._summarize if with_stats else _no_statistics)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - as promised
            unreadable: Tensor = opaque_tensors.UNREADABLE
            return unreadable
        if record.version is not None and not record.wrappers:
            if len(self._known) >= MOST_TRANSIENT_TENSORS:
                self.forget()
            self._known[id(tensor)] = Reference(tensor), record.version, record
        return record

    def _recorded_before(self, tensor: Any, with_stats: bool) -> Tensor | None:
        known = self._known.get(id(tensor))
        if known is None or known[0]() is not tensor or known[1] != _version(tensor):
            return None
        record = known[2]
        if record.raw is None:
            return record if record.stats is not None or not with_stats else None
        # `.data` changes elements behind the version; with a text there may be none.
        return record if record.shown is not None or has_bytes(tensor, record.raw) else None

    def forget(self) -> None:
        """The snippet's code has run: read every tensor again."""
        self._known.clear()
        self._statistics.clear()

    def _read(self, tensor: Any, summarize: Summarize) -> Tensor:
        try:
            reading = self._reader.read_transient(tensor)
            return self._builder.build(reading, tensor, summarize)
        except memory.OutOfBounds:
            return opaque_tensors.read("", tensor, self._graph, in_bounds=False, grads=0)
        except REFUSALS:
            return opaque_tensors.read("", tensor, self._graph, grads=0)

    def _summarize(self, tensor: Any, elements: memory.Array, reading: MemoryReading) -> Stats:
        """Statistics without a histogram."""
        base = _base_of(tensor) if _is_view(tensor) else tensor
        known = self._statistics.get(id(base))
        if (
            known is not None
            and known[0]() is base
            and known[1:3] == (reading.version, elements.size)
            and _without_gaps(elements)
        ):
            return known[3]
        stats = summarize(elements, reading.dtype, self._builder.budget, with_histogram=False)
        if (
            _numel(base) == elements.size
            and _without_gaps(elements)
            and reading.version is not None
        ):
            self._statistics[id(base)] = Reference(base), reading.version, elements.size, stats
        return stats


def _no_statistics(tensor: Any, elements: memory.Array, reading: MemoryReading) -> None:
    return None


def _without_gaps(elements: memory.Array) -> bool:
    return elements.flags.forc or memory.flat_view(elements) is not None
