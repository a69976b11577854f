"""What has been told of the state of a run, and what has changed since."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
import torch

from autograd_tutor.kernel import opaque_tensors
from autograd_tutor.kernel.categories import Category, type_info_of
from autograd_tutor.kernel.graph import Graph
from autograd_tutor.kernel.scope import Scope
from autograd_tutor.kernel.tensors import Reading, TensorReader, grad_fn_of, is_trainable_leaf
from autograd_tutor.kernel.tracer import Activation
from autograd_tutor.kernel.values import text_of, text_of_module
from autograd_tutor.limits import RAW_ELEMENTS
from autograd_tutor.recording.model import SAME_AS_VARIABLE, Node, Tensor

_TEXT_BYTES = 150
"""What a text takes on the other side besides its characters, with its name."""

REST = "…"
"""The name under which is told what is not shown. No variable can have it."""


_encode = msgspec.msgpack.Encoder().encode
_reference = weakref.ref
_output_nr = vars(torch._C.TensorBase)["output_nr"].__get__
_elements = torch._C.TensorBase.numel
_retains_grad = vars(torch._C.TensorBase)["retains_grad"].__get__
_without_overrides = torch._C.DisableTorchFunction


class Change:
    """What differs from the state sent before; `RecordedState.commit` says that it was sent."""

    __slots__ = ("gone", "leaves", "nodes", "readings", "tensors", "texts", "values")

    def __init__(self) -> None:
        self.tensors: dict[str, Tensor] = {}
        self.values: dict[str, str] = {}
        self.gone: tuple[str, ...] = ()
        self.nodes: tuple[Node, ...] = ()
        self.leaves: dict[str, weakref.ref[Any] | None] = {}
        """Of the tensors above: those that are trainable leaves, None for others."""
        self.readings: dict[str, Reading] = {}
        self.texts: dict[str, tuple[Any, str]] = {}


class Names(NamedTuple):
    """What the tensors of one moment are called."""

    scope: Scope
    by_tensor: dict[int, list[str]]
    """By id() of the tensor."""
    by_output: dict[tuple[int, int], str]
    """By the id of its node and its output_nr."""
    retained: dict[int, list[str]]
    """Names of tensors that retain their gradient, by the id of the node that made them."""


class RecordedState:
    """The state of a run as the other side knows it."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._reader = TensorReader(graph)
        self._readings: dict[str, Reading] = {}
        self._told = 0
        """About how many bytes the texts took that were told."""
        self._leaves: dict[str, weakref.ref[Any]] = {}
        """The trainable leaves behind the readings; nothing is held."""
        self._large: dict[str, Tensor] = {}
        self._texts: dict[str, tuple[Any, str]] = {}
        self._locals = False
        """Whether locals of functions were told of."""

    @property
    def bytes_sent(self) -> int:
        """About how many bytes of the other side's memory all that was told takes."""
        return self._reader.bytes_sent + self._told

    def diff(
        self,
        variables: dict[str, Any],
        stack: Iterable[Activation],
        line: int,
        returned: Any = None,
        thorough: bool = False,
    ) -> Change:
        """Compare everything that has a name with what was told.

        `line` made what is new; `returned` is on its way out of a function. A `thorough` look
        reads even those large tensors again that seem not to have changed.
        """
        change = Change()
        with _without_overrides():
            self._reader.begin()
            scope = Scope(variables, stack)
            self._compare_tensors(scope.tensors, change, thorough)
            self._compare_values(scope, change)
            if returned is not None:
                self._announce(returned, line)
            if self._graph.pending:
                change.nodes = self._graph.collect(line, lambda: self._names(scope))
        if (
            self._readings.keys() != change.readings.keys()
            or self._texts.keys() != change.texts.keys()
        ):
            before = (*self._readings, *self._texts)
            change.gone = tuple(name for name in before if not _still(name, change))
        return change

    def commit(self, change: Change) -> None:
        """The other side has been told of the change."""
        for text in change.values.values():
            self._told += _TEXT_BYTES + len(text)
        self._readings, self._texts = change.readings, change.texts
        self._locals = any("()." in name for name in (*change.readings, *change.texts))
        self._reader.commit()
        self._commit_tensors(change)

    def commit_part(self, change: Change) -> None:
        """The other side has been told of a change that `diff_names` has found."""
        self._readings.update(change.readings)
        for name in change.gone:
            self._readings.pop(name, None)
            self._texts.pop(name, None)
        self._commit_tensors(change)
        self._locals = self._locals and not change.gone

    def _commit_tensors(self, change: Change) -> None:
        for name, tensor in change.tensors.items():
            if tensor.stats is not None:
                self._large[name] = tensor
            else:
                self._large.pop(name, None)
        for name, leaf in change.leaves.items():
            if leaf is not None:
                self._leaves[name] = leaf
            else:
                self._leaves.pop(name, None)
        for name in change.gone:
            self._large.pop(name, None)
            self._leaves.pop(name, None)

    def note_call_arguments(self, activation: Activation, line: int) -> None:
        """Let nodes that the arguments of a call come from be known as made by the call's line."""
        frame = activation.frame
        for value in () if frame is None else list(frame.f_locals.values()):
            if type_info_of(value).sort is Category.TENSOR:
                grad_fn = grad_fn_of(value)
                if grad_fn is not None:
                    self._graph.made_by(grad_fn, line)

    def names(self, variables: dict[str, Any], stack: Iterable[Activation]) -> Names:
        """What has a name at this moment. Holds live tensors."""
        scope = Scope(variables, stack)
        by_tensor: dict[int, list[str]] = {}
        by_output: dict[tuple[int, int], str] = {}
        retained: dict[int, list[str]] = {}
        for name, tensor in scope.tensors.items():
            by_tensor.setdefault(id(tensor), []).append(name)
            grad_fn = grad_fn_of(tensor)
            if grad_fn is None:
                continue
            number = self._graph.identify(grad_fn, name)
            if number is not None:
                by_output.setdefault((number, _output_nr(tensor)), name)
                if _retains_grad(tensor):
                    retained.setdefault(number, []).append(name)
        return Names(scope, by_tensor, by_output, retained)

    def nodes_behind(self, roots: Iterable[Any], line: int, names: Names) -> tuple[Node, ...]:
        """The nodes that `roots` lead to and that were not told of; what is new `line` made."""
        for root in roots:
            self._graph.identify(root, "")
        return self._graph.collect(line, lambda: self._names(names.scope))

    def stale(self, names: Names) -> list[str]:
        """Leaves that were changed, or whose `.grad` was, since they were told of."""
        found = []
        for name, tensor in names.scope.tensors.items():
            reading = self._readings.get(name)
            if reading is not None and not self._reader.is_as_read(tensor, reading):
                found.append(name)
        return found

    def diff_names(self, held: Iterable[str], names: Names) -> Change:
        """Compare the tensors under a few names with what was told of them."""
        change = Change()
        self._reader.reset_budget()
        tensors = names.scope.tensors
        self._compare_tensors({name: tensors[name] for name in held}, change, thorough=False)
        return change

    def returned(self, stack: Iterable[Activation]) -> tuple[str, ...]:
        """The locals that were told of, of calls that have returned."""
        if not self._locals:
            return ()
        running = tuple(f"{activation.function}()." for activation in stack)
        told = (*self._readings, *self._texts)
        return tuple(name for name in told if "()." in name and not name.startswith(running))

    def gradient(self, tensor: Any) -> Tensor | None:
        """A gradient on its way, as it is told; None for None."""
        return None if tensor is None else self._once(tensor, with_stats=True)

    def saved(self, tensor: Any, name: str | None) -> Tensor | str:
        """A saved tensor's record; SAME_AS_VARIABLE where what was sent of `name` is the same."""
        if name is not None and _elements(tensor) > RAW_ELEMENTS:
            known = self._readings.get(name)
            if known is not None and known == self._reader.read(name, tensor):
                return SAME_AS_VARIABLE
        return self._once(tensor, with_stats=False)

    def _once(self, tensor: Any, with_stats: bool) -> Tensor:
        try:
            return self._reader.read_transient(tensor, with_stats)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - one value that defeats us hides no other
            told: Tensor = opaque_tensors.UNREADABLE[0]
            return told

    def forget_passing(self) -> None:
        """The snippet's code has run: what `once` was asked for may have changed."""
        self._reader.forget()

    def _names(self, scope: Scope) -> Mapping[int, str]:
        """The names of tensors by id(): those of now, then of leaves that have just lost theirs."""
        found: dict[int, str] = {}
        for name, tensor in scope.tensors.items():
            found.setdefault(id(tensor), name)
        for name, leaf in self._leaves.items():
            tensor = leaf()
            if tensor is not None:
                found.setdefault(id(tensor), name)
        return found

    def _announce(self, returned: Any, line: int) -> None:
        """Let nodes that a `return` made be known as made by that line."""
        if type_info_of(returned).sort is Category.PLAIN:
            return
        for tensor in Scope({"returned": returned}, ()).tensors.values():
            grad_fn = grad_fn_of(tensor)
            if grad_fn is not None:
                self._graph.announce(grad_fn, line)

    def _compare_tensors(self, tensors: Mapping[str, Any], change: Change, thorough: bool) -> None:
        read, before, now = self._reader.read, self._readings, change.readings
        for name, tensor in tensors.items():
            try:
                reading = now[name] = read(name, tensor)
                if before.get(name) != reading:
                    change.tensors[name] = self._reader.build(reading, tensor)
                    change.leaves[name] = _reference(tensor) if is_trainable_leaf(reading) else None
                    continue
            except MemoryError:
                raise
            except Exception:  # noqa: BLE001 - one value that defeats us hides no other
                reading = now[name] = opaque_tensors.UNREADABLE
                if before.get(name) != reading:
                    change.tensors[name] = reading[0]
                continue
            if thorough and name in self._large and not self._reader.exact(name):
                built = self._reader.build_anew(reading, tensor)
                if _encode(built) != _encode(self._large[name]):  # bytes: nan equals nan there
                    change.tensors[name] = built

    def _compare_values(self, scope: Scope, change: Change) -> None:
        before, now = self._texts, change.texts
        for name, value in scope.values.items():
            known = before.get(name)
            kind = type_info_of(value)
            sort = kind.sort
            # What decides the text, where that is cheaper to compare than the text.
            mark = value if sort is Category.PLAIN else kind if sort is Category.OPAQUE else None
            if known is not None and mark is not None and known[0] is mark:
                now[name] = known
                continue
            try:
                text = text_of(value)
            except MemoryError:
                raise
            except Exception:  # noqa: BLE001 - one value that defeats us hides no other
                text = opaque_tensors.HIDDEN_TEXT
            now[name] = (mark, text)
            if known is None or known[1] != text:
                change.values[name] = text
        if scope.note:
            now[REST] = (None, scope.note)
            if before.get(REST) != now[REST]:
                change.values[REST] = scope.note
        for name, told in scope.modules.items():
            known = before.get(name)
            if known is not None and type(known[0]) is tuple and known[0] == told:
                now[name] = known
                continue
            text = text_of_module(*told)
            now[name] = (told, text)
            change.values[name] = text


def _still(name: str, change: Change) -> bool:
    return name in change.readings or name in change.texts
