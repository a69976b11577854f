"""What has been told of the state of a run, and what has changed since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch

from autograd_tutor.kernel.graph import Graph
from autograd_tutor.kernel.scope import Scope
from autograd_tutor.kernel.sorts import Sort, kind_of
from autograd_tutor.kernel.tensors import Reading, TensorReader
from autograd_tutor.kernel.tracer import Activation
from autograd_tutor.kernel.values import text_of
from autograd_tutor.trace.model import Node, Tensor

_without_overrides = torch._C.DisableTorchFunction


class Change:
    """What differs from the state told before. Counts as told once `State.commit` is called."""

    __slots__ = ("gone", "names", "nodes", "readings", "tensors", "texts", "values")

    def __init__(self) -> None:
        self.tensors: dict[str, Tensor] = {}
        self.values: dict[str, str] = {}
        self.gone: tuple[str, ...] = ()
        self.nodes: tuple[Node, ...] = ()
        self.readings: dict[str, Reading] = {}
        self.texts: dict[str, tuple[Any, str]] = {}


class State:
    """The state of a run as the other side knows it."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._reader = TensorReader(graph)
        self._readings: dict[str, Reading] = {}
        self._texts: dict[str, tuple[Any, str]] = {}

    def look(self, variables: dict[str, Any], stack: Iterable[Activation], line: int) -> Change:
        """Compare everything that has a name with what was told."""
        change = Change()
        with _without_overrides():
            self._reader.begin()
            scope = Scope(variables, stack)
            self._compare_tensors(scope.tensors, change)
            self._compare_values(scope.values, change)
            if self._graph.pending:
                change.nodes = self._graph.collect(line, scope.names)
        gone = [name for name in self._readings if name not in change.readings]
        gone += [name for name in self._texts if name not in change.texts]
        if gone:
            change.gone = tuple(name for name in gone if not _still(name, change))
        return change

    def commit(self, change: Change) -> None:
        """The other side has been told of the change."""
        self._readings, self._texts = change.readings, change.texts
        self._reader.commit()

    def _compare_tensors(self, tensors: Mapping[str, Any], change: Change) -> None:
        read, before, now = self._reader.read, self._readings, change.readings
        for name, tensor in tensors.items():
            reading = now[name] = read(name, tensor)
            if before.get(name) != reading:
                change.tensors[name] = self._reader.build(reading, tensor)

    def _compare_values(self, values: Mapping[str, Any], change: Change) -> None:
        before, now = self._texts, change.texts
        for name, value in values.items():
            known = before.get(name)
            plain = kind_of(value).sort is Sort.PLAIN
            if known is not None and plain and known[0] is value:
                now[name] = known
                continue
            text = text_of(value)
            now[name] = (value if plain else None, text)
            if known is None or known[1] != text:
                change.values[name] = text


def _still(name: str, change: Change) -> bool:
    return name in change.readings or name in change.texts
