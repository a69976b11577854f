"""The state of a run as the receiver knows it, and how it differs from that of now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import torch

from autograd_tutor.kernel import opaque_tensors
from autograd_tutor.kernel.categories import Category, type_info_of
from autograd_tutor.kernel.change import UNCHANGED, Change
from autograd_tutor.kernel.conditions import RecordedConditions
from autograd_tutor.kernel.engine import reachable
from autograd_tutor.kernel.evidence import with_calls
from autograd_tutor.kernel.grad_fns import grad_fn_of
from autograd_tutor.kernel.graph import ACCUMULATE_GRAD, Found, Graph
from autograd_tutor.kernel.names import Names
from autograd_tutor.kernel.own_references import Reference
from autograd_tutor.kernel.pictures import Pictures
from autograd_tutor.kernel.readings import Reading, is_trainable_leaf
from autograd_tutor.kernel.recorded_values import RecordedValues
from autograd_tutor.kernel.scope import Scope
from autograd_tutor.kernel.tensor_records import TensorBuilder
from autograd_tutor.kernel.tensors import TensorReader
from autograd_tutor.kernel.tracer import Activation
from autograd_tutor.kernel.transient_tensors import TransientTensors
from autograd_tutor.kernel.unnamed import UnnamedLeaves
from autograd_tutor.kernel.unseen import Untraced
from autograd_tutor.kernel.watched_calls import Calls
from autograd_tutor.limits.kernel import MOST_SEARCHED, RAW_ELEMENTS
from autograd_tutor.recording.local_names import is_local, local_prefix
from autograd_tutor.recording.model import SAME_AS_VARIABLE, Tensor

_encode = msgspec.msgpack.Encoder().encode
_numel = torch._C.TensorBase.numel
_no_overrides = torch._C.DisableTorchFunction


class RecordedState:
    """The state of a run as the receiver knows it. Holds no tensor alive."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._reader = TensorReader(graph)
        self._builder = TensorBuilder()
        self._transient = TransientTensors(graph, self._reader, self._builder)
        self._readings: dict[str, Reading] = {}
        self._leaves: dict[str, Reference[Any]] = {}
        """The tensors behind the readings that are leaves requiring grad."""
        self._large: dict[str, Tensor] = {}
        """The records that have statistics."""
        self._pictures = Pictures()
        self._values = RecordedValues(graph.identities)
        self._conditions = RecordedConditions(graph.identities)
        self._unnamed = UnnamedLeaves()
        self._has_locals = False
        """Whether locals of functions were sent."""

    @property
    def bytes_sent(self) -> int:
        """About how many bytes of the receiver's memory all that was sent takes."""
        return self._builder.bytes_sent + self._values.bytes_sent

    def reading(self, name: str) -> Reading | None:
        """The tensor of this name that was sent last."""
        return self._readings.get(name)

    def text(self, name: str) -> str | None:
        """The text of this name, of a value that is no tensor, that was sent last."""
        known = self._values.texts.get(name)
        return None if known is None else known[1]

    def diff(
        self,
        variables: dict[str, Any],
        stack: Iterable[Activation],
        line: int,
        returned: Any = None,
        thorough: bool = False,
        called: Calls | None = None,
    ) -> Change:
        """Compare everything that has a name with what was sent.

        `line` made the new nodes; `returned` is what a function is about to return. If `thorough`,
        large tensors are read again that seem unchanged but were compared in part only. `called`:
        calls that the line has made.
        """
        change = Change()
        with _no_overrides(), Untraced():
            self._reader.begin()
            self._builder.reset_budget()
            scope = self._scope(variables, stack)
            change.has_locals = scope.has_locals
            self._diff_tensors(scope.tensors, change, thorough)
            self._values.diff(scope, change)
            if returned is not None:
                self._note_returned(returned, line)
            if self._graph.pending:
                change.found = self._graph.collect(line, lambda: self._names_by_id(scope.tensors))
            differs = (
                self._readings.keys() != change.readings.keys()
                or self._values.texts.keys() != change.texts.keys()
            )
            missing = self._missing_in(change) if differs else []
            if differs or change.leaves:
                self._diff_unnamed(scope, change)
            if missing:
                change.gone = tuple([name for name in missing if name not in scope.holders])
                change.held = tuple([name for name in missing if name in scope.holders])
            change.conditions = self._conditions.now(scope)
            change.evidence = self._conditions.difference(change.conditions)
            if called is not None:
                change.evidence = with_calls(
                    called, scope, change, self._readings, self._graph.identities
                )
        return change

    def _missing_in(self, change: Change) -> list[str]:
        """The names that were sent and that are not there any more."""
        return [
            name
            for name in (*self._readings, *self._values.texts)
            if name not in change.readings and name not in change.texts
        ]

    def _diff_unnamed(self, scope: Scope, change: Change) -> None:
        """Find the leaves that have lost their names."""
        unnamed: dict[str, Any] = {}
        elsewhere = [name for name in self._leaves if name not in scope.tensors]
        names = [*change.leaves, *elsewhere]
        for had, leaf in self._unnamed.lost(self._leaves, names, scope.tensors):
            if self._matters(leaf, scope.tensors.get(had)):
                name = self._unnamed.adopt(leaf)
                if name is not None:
                    unnamed[name] = leaf
        self._diff_tensors(unnamed, change, thorough=False)

    def _matters(self, leaf: Any, instead: Any) -> bool:
        """Whether a leaf that lost its name to the tensor `instead` is still of interest.

        The one of an earlier step is not, unless that tensor comes from it: `w = w - 0.1 * w.grad`.
        """
        identities = self._graph.identities
        if identities.of(leaf).number > identities.before_step:
            return True
        grad_fn = None if instead is None else grad_fn_of(instead)
        behind = () if grad_fn is None else reachable([grad_fn], MOST_SEARCHED).values()
        return any(type(n).__name__ == ACCUMULATE_GRAD and n.variable is leaf for n in behind)

    def commit(self, change: Change) -> None:
        """The change that `diff` has found was sent."""
        self._values.commit(change)
        if change.conditions is not None:
            self._conditions.commit(change.conditions)
        self._readings = change.readings
        self._has_locals = change.has_locals
        self._reader.commit()
        self._commit_tensors(change)

    def commit_part(self, change: Change) -> None:
        """The change that `diff_names` has found was sent."""
        self._readings.update(change.readings)
        for name in change.gone:
            self._readings.pop(name, None)
            self._values.texts.pop(name, None)
        self._commit_tensors(change)
        self._has_locals = self._has_locals and not change.gone

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
        for name in (*change.gone, *change.held, *change.values):
            self._large.pop(name, None)
            self._leaves.pop(name, None)

    def begin_pictures(self) -> None:
        """A step begins: grant the pictures that it may have."""
        self._pictures.begin()

    def add_last_pictures(self, change: Change, variables: dict[str, Any]) -> None:
        """To the last change of a step, add pictures of large tensors that have none."""
        records = {**self._large, **change.tensors}
        self._pictures.add_last(change, records, self.tensors(variables))

    def tensors(self, variables: dict[str, Any]) -> Mapping[str, Any]:
        """Every tensor that has a name now, while no function of the snippet runs."""
        with _no_overrides(), Untraced():
            return self._scope(variables, ()).tensors

    def note_call_arguments(self, activation: Activation, line: int) -> None:
        """The nodes that the arguments of a call come from were made by the line of the call."""
        frame = activation.frame
        for value in () if frame is None else list(frame.f_locals.values()):
            if type_info_of(value).category is Category.TENSOR:
                grad_fn = grad_fn_of(value)
                if grad_fn is not None:
                    self._graph.note_line(grad_fn, line)

    def names(self, variables: dict[str, Any], stack: Iterable[Activation]) -> Names:
        """What has a name now."""
        return Names(self._scope(variables, stack), self._graph)

    def adopt(self, leaf: Any, names: Names) -> str | None:
        """Give a leaf without a name one among `names`, as long as there are few."""
        had = next((name for name, known in self._leaves.items() if known() is leaf), None)
        name = self._unnamed.adopt(leaf, had)
        if name is not None:
            names.add(name, leaf)
        return name

    def nodes_behind(self, roots: Iterable[Any], line: int, names: Names) -> Found:
        """The nodes that `roots` lead to and that were not sent yet; `line` made the new ones."""
        for root in roots:
            self._graph.identify(root, "")
        return self._graph.collect(line, lambda: self._names_by_id(names.tensors()))

    def changed_leaves(self, names: Names) -> list[str]:
        """Leaves that seem to have changed since they were sent, or whose `.grad` has."""
        found = []
        for name, tensor in names.tensors().items():
            reading = self._readings.get(name)
            if reading is not None and not self._reader.seems_unchanged(tensor, reading):
                found.append(name)
        return found

    def diff_names(self, tensor_names: Iterable[str], names: Names) -> Change:
        """Compare the tensors under a few names with what was sent of them."""
        change = Change()
        self._builder.reset_budget()
        found = {name: names.tensor(name) for name in tensor_names}
        tensors = {name: tensor for name, tensor in found.items() if tensor is not None}
        self._diff_tensors(tensors, change, thorough=False)
        return change

    def diff_after_node(
        self, tensor_names: Sequence[str], names: Names, stack: Iterable[Activation]
    ) -> Change:
        """As `diff_names`, and with the locals of calls that are no longer on the stack."""
        gone = self._locals_of_returned(stack) if self._has_locals else ()
        if not tensor_names and not gone:
            self._builder.reset_budget()
            return UNCHANGED
        change = self.diff_names(tensor_names, names)
        change.gone = gone
        return change

    def _locals_of_returned(self, stack: Iterable[Activation]) -> tuple[str, ...]:
        """The locals that were sent, of calls that are no longer on the stack."""
        running = tuple(local_prefix(activation.function) for activation in stack)
        sent = (*self._readings, *self._values.texts)
        return tuple(name for name in sent if is_local(name) and not name.startswith(running))

    def gradients_sent(self, node: int, gradients: Sequence[Any]) -> tuple[Tensor | None, ...]:
        """The records of what a node sends to those of its inputs that are recorded."""
        return tuple([self.gradient(grad) for grad in gradients[: self._graph.cut.get(node)]])

    def gradient(self, tensor: Any) -> Tensor | None:
        """The record of a gradient on its way; None for None."""
        return None if tensor is None else self._transient.record(tensor)

    def saved(self, tensor: Any, name: str | None) -> Tensor | str:
        """The record of a saved tensor; SAME_AS_VARIABLE where it is what was sent of `name`."""
        if name is not None and _numel(tensor) > RAW_ELEMENTS:
            known = self._readings.get(name)
            if known is not None and known == self._reader.read(name, tensor):
                return SAME_AS_VARIABLE
        return self._transient.record(tensor, with_stats=False)

    def forget_transient(self) -> None:
        """The snippet's code has run: tensors on their way may have changed."""
        self._transient.forget()

    def _scope(self, variables: dict[str, Any], stack: Iterable[Activation]) -> Scope:
        scope = Scope(variables, stack)
        self._unnamed.add_to(scope.tensors)
        return scope

    def _names_by_id(self, tensors: Mapping[str, Any]) -> Mapping[int, str]:
        """The names of tensors by id(): those of now, then of leaves that have just lost theirs."""
        found: dict[int, str] = {}
        for name, tensor in tensors.items():
            found.setdefault(id(tensor), name)
        for name, leaf in self._leaves.items():
            tensor = leaf()
            if tensor is not None:
                found.setdefault(id(tensor), name)
        return found

    def _note_returned(self, returned: Any, line: int) -> None:
        """The nodes of what a function returns were made by the line that returns it."""
        if type_info_of(returned).category is Category.PLAIN:
            return
        for tensor in Scope({"returned": returned}, ()).tensors.values():
            grad_fn = grad_fn_of(tensor)
            if grad_fn is not None:
                self._graph.note_returned(grad_fn, line)

    def _diff_tensors(self, tensors: Mapping[str, Any], change: Change, thorough: bool) -> None:
        read, before, now = self._reader.read, self._readings, change.readings
        for name, tensor in tensors.items():
            try:
                reading = now[name] = read(name, tensor)
                if before.get(name) != reading:
                    change.tensors[name] = self._builder.build(reading, tensor)
                    change.leaves[name] = Reference(tensor) if is_trainable_leaf(reading) else None
                    continue
            except MemoryError:
                raise
            except Exception:  # noqa: BLE001 - one value that cannot be read hides no other
                unreadable = now[name] = opaque_tensors.UNREADABLE
                if before.get(name) != unreadable:
                    change.tensors[name] = unreadable
                continue
            if thorough and name in self._large and not self._reader.compared_fully(name):
                record = self._builder.build_again(reading, tensor)
                if _encode(record) != _encode(self._large[name]):  # as bytes, nan equals nan
                    change.tensors[name] = record
        if change.tensors:
            self._pictures.add(change, tensors)
