"""Reads tensors without running an operation on them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import torch
from torch.autograd import forward_ad

from autograd_tutor.kernel import memory, opaque_tensors, torch_print
from autograd_tutor.kernel.categories import TYPES, type_info_of
from autograd_tutor.kernel.fingerprints import Fingerprints, extent
from autograd_tutor.kernel.grad_fns import origin_of
from autograd_tutor.kernel.graph import Graph
from autograd_tutor.kernel.readings import ACCESS, Access, MemoryReading, Reading, access_of
from autograd_tutor.kernel.tangents import tangent_of
from autograd_tutor.kernel.wrapped_tensors import unwrap
from autograd_tutor.limits.kernel import GRAD_DEPTH, RAW_ELEMENTS
from autograd_tutor.recording.model import Tensor

# All of this runs for every tensor after every line, so attributes of torch's classes are looked up
# once. That also reads past what a snippet may put in their place.
_Base = torch._C.TensorBase
_NAMES = (
    "shape",
    "dtype",
    "requires_grad",
    "retains_grad",
    "output_nr",
    "_version",
)
Attributes = tuple[torch.Size, torch.dtype, bool, bool, int, int | None]
"""The values of _NAMES, as the fields of `MemoryReading` of the same names. `is_leaf` is none of
them: asking for it may make a grad_fn."""
_attributes: Callable[[Any], Attributes] = attrgetter(*_NAMES)
_keys_of = torch._C._dispatch_keys
_bytes_at = ctypes.string_at
_numel = _Base.numel
_DTYPES = memory.KNOWN
_DENSE = Access.DENSE
_own: Any = vars(_Base)
_grad = _own["grad"].__get__
_is_leaf = _own["is_leaf"].__get__
_shape_of = _own["shape"].__get__
_nbytes = _own["nbytes"].__get__
_dtype_of = _own["dtype"].__get__
_version = _own["_version"].__get__
_getters = tuple(_own[name].__get__ for name in _NAMES)
_size_of_class = len(vars(torch.Tensor))

REFUSALS = (RuntimeError, TypeError, NotImplementedError)
"""What torch raises when asked for what a tensor does not have."""


class TensorReader:
    """Turns tensors into readings.

    `begin` and `commit` enclose the reading of all tensors of a snapshot.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._fingerprints = Fingerprints()
        self._known = graph.identities.known.get
        self._options: torch_print.Options = ()
        self._unpatched = True
        """Whether torch.Tensor has only its own attributes: others could hide the base class's."""

    def begin(self) -> None:
        """Start a snapshot; print options and the default dtype may have changed."""
        self._unpatched = len(vars(torch.Tensor)) == _size_of_class
        self._options = torch_print.options()
        self._fingerprints.begin()

    def commit(self) -> None:
        """The snapshot was sent: later readings are compared with those of this one."""
        self._fingerprints.commit()

    def compared_fully(self, name: str) -> bool:
        """Whether every byte was compared of what is under the name, its gradient, its tangent."""
        whole = self._fingerprints.compared_fully
        return whole(name) and whole(f"{name}.grad") and whole(f"{name}.tangent")

    def read(
        self, name: str, tensor: Any, grads: int = GRAD_DEPTH, with_tangent: bool = True
    ) -> Reading:
        """Everything about a tensor that the learner may see change.

        `grads`: how far gradients of gradients are followed; they may form a cycle.
        """
        keys = _keys_of(tensor)
        access = ACCESS.get(keys.raw_repr()) or access_of(keys)
        try:
            if access is not _DENSE:
                return self._read_other(name, tensor, access, grads, with_tangent)
            info = TYPES.get(id(type(tensor))) or type_info_of(tensor)
            is_leaf, grad_fn, grad_fn_name = origin_of(tensor)
            plain = self._unpatched and info.prints_plainly
            shape, dtype, requires_grad, retains_grad, output_nr, version = (
                _attributes(tensor) if plain else attributes_of(tensor)
            )
            grad = _grad(tensor) if is_leaf or retains_grad else None
            node = None if grad_fn is None else self._graph.identify(grad_fn, name)
            span = memory.span(tensor)
            content: bytes | int = (
                _bytes_at(*span)
                if span is not None and span[1] <= RAW_ELEMENTS and dtype in _DTYPES
                else self._content(name, tensor, dtype, span)
            )
            known = self._known(id(tensor))
            if span is None or known is None or known[0]() is not tensor or known[1] != span[0]:
                known = self._graph.identities.of(tensor, elements=span and span[0])
        except (memory.OutOfBounds, *REFUSALS) as refusal:
            in_bounds = not isinstance(refusal, memory.OutOfBounds)
            return opaque_tensors.read(name, tensor, self._graph, in_bounds, grads, with_tangent)
        if grad is not None:
            grad = self.read(f"{name}.grad", grad, grads - 1) if grads else None
        has_tangent = forward_ad._current_level >= 0 and with_tangent
        tangent = self._read_tangent(name, tensor) if has_tangent else None
        return MemoryReading(
            access, shape, dtype, requires_grad, is_leaf, retains_grad, output_nr, version, info,
            node, grad_fn_name, content, grad, self._options, known[2], known[3], tangent,
        )  # fmt: skip

    def _read_tangent(self, name: str, tensor: Any) -> Reading | None:
        tangent = tangent_of(tensor)
        if tangent is None or isinstance(tangent, str):
            return opaque_tensors.without_values(tangent)
        if not name:
            return self.read_transient(tangent, with_tangent=False)
        return self.read(f"{name}.tangent", tangent, grads=0, with_tangent=False)

    def read_transient(self, tensor: Any, with_tangent: bool = True) -> Reading:
        """As `read`, for a tensor without a name: no node gets an id by it, nothing is compared.

        The `content` of more than RAW_ELEMENTS elements is 0; a gradient of its own is not read.
        Raises memory.OutOfBounds or one of REFUSALS for what cannot be read so.
        """
        keys = _keys_of(tensor)
        access = ACCESS.get(keys.raw_repr()) or access_of(keys)
        if access is Access.WRAPPED:
            return self._read_wrapped("", tensor, with_tangent)
        if access is not _DENSE or _dtype_of(tensor) not in _DTYPES:
            return opaque_tensors.read("", tensor, self._graph, True, 0, with_tangent)
        info = TYPES.get(id(type(tensor))) or type_info_of(tensor)
        is_leaf, grad_fn, grad_fn_name = origin_of(tensor)
        shape, dtype, requires_grad, retains_grad, output_nr, version = (
            _attributes(tensor)
            if self._unpatched and info.prints_plainly
            else attributes_of(tensor)
        )
        node = None if grad_fn is None else self._graph.known(grad_fn)
        content: bytes | int = few_bytes(tensor) or 0
        if not content and _numel(tensor) <= RAW_ELEMENTS:
            content = memory.array(tensor).tobytes()
        tangent = None
        if forward_ad._current_level >= 0 and with_tangent:
            tangent = self._read_tangent("", tensor)
        return MemoryReading(
            access, shape, dtype, requires_grad, is_leaf, retains_grad, output_nr, version, info,
            node, grad_fn_name, content, None, self._options, None, None,
            tangent,
        )  # fmt: skip

    def seems_unchanged(self, tensor: Any, reading: Reading) -> bool:
        """Whether the version counters of a leaf and its gradient are those of the reading.

        True for a tensor that is no leaf or has no counter: this is a quick look before a pass.
        """
        if isinstance(reading, Tensor) or reading.access is not _DENSE:
            return True
        if not (reading.is_leaf and reading.requires_grad):
            return True
        grad, old_grad = _grad(tensor), reading.grad
        if reading.version != _version(tensor) or (grad is None) != (old_grad is None):
            return False
        if not isinstance(old_grad, MemoryReading) or old_grad.access is not _DENSE:
            return True
        return bool(old_grad.version == _version(grad))

    def _content(
        self, name: str, tensor: Any, dtype: torch.dtype, span: tuple[int, int] | None = None
    ) -> bytes | int:
        """The bytes of a small tensor, a number for the contents of a large one."""
        if dtype not in _DTYPES:
            raise NotImplementedError
        if _numel(tensor) > RAW_ELEMENTS:
            return self._fingerprints.content_id(name, *(span or extent(memory.array(tensor))))
        return memory.array(tensor).tobytes()

    def _read_other(
        self, name: str, tensor: Any, access: Access, grads: int, with_tangent: bool
    ) -> Reading:
        if access is Access.OTHER:
            return opaque_tensors.read(name, tensor, self._graph, True, grads, with_tangent)
        if access is Access.LAZY:
            return self._read_lazy(name, tensor, with_tangent)
        if access is Access.WRAPPED:
            return self._read_wrapped(name, tensor, with_tangent)
        shape, dtype, requires_grad, retains_grad, output_nr = [
            get(tensor) for get in _getters[:-1]
        ]
        content = self._content(name, tensor, dtype)
        return MemoryReading(
            access, shape, dtype, requires_grad, _is_leaf(tensor), retains_grad, output_nr, None,
            type_info_of(tensor), None, None, content, None, self._options,
            *self._graph.identities.of(tensor)[2:4],
        )  # fmt: skip

    def _read_lazy(self, name: str, tensor: Any, with_tangent: bool) -> Reading:
        is_leaf, grad_fn, grad_fn_name = origin_of(tensor)
        shape, dtype, requires_grad, retains_grad, output_nr, version = attributes_of(tensor)
        node = None if grad_fn is None else self._graph.identify(grad_fn, name)
        content: bytes | int
        if _numel(tensor) > RAW_ELEMENTS:
            content = self._fingerprints.content_id(name, *extent(memory.array(tensor)))
        else:
            content = resolved(tensor).tobytes()
        return MemoryReading(
            Access.LAZY, shape, dtype, requires_grad, is_leaf, retains_grad, output_nr, version,
            type_info_of(tensor), node, grad_fn_name, content, None, self._options,
            *self._graph.identities.of(tensor)[2:4],
            self._read_tangent(name, tensor) if with_tangent else None,
        )  # fmt: skip

    def _read_wrapped(self, name: str, tensor: Any, with_tangent: bool) -> Reading:
        """The elements are those behind the wrappers; without a `name` as `read_transient`."""
        behind = unwrap(tensor)
        inner = Access.OTHER if behind is None else access_of(_keys_of(behind.value))
        if behind is None or inner in (Access.OTHER, Access.WRAPPED):
            return opaque_tensors.read(name, tensor, self._graph, True, 0, with_tangent)
        value, taking_part = behind.value, behind.differentiated
        is_leaf, grad_fn, grad_fn_name = origin_of(taking_part)
        requires_grad, retains_grad, output_nr = [get(taking_part) for get in _getters[2:5]]
        node = identity = storage = None
        if grad_fn is not None:
            node = self._graph.identify(grad_fn, name) if name else self._graph.known(grad_fn)
        if name:
            identity, storage = self._graph.identities.of(tensor, value)[2:4]
        content: bytes | int = 0
        if _numel(value) <= RAW_ELEMENTS:
            content = resolved(value).tobytes()
        elif name:
            content = self._fingerprints.content_id(name, *extent(memory.array(value)))
        tangent = None
        if forward_ad._current_level >= 0 and with_tangent:
            tangent = self._read_tangent(name, tensor)
        return MemoryReading(
            inner, _shape_of(value), _dtype_of(value), requires_grad, is_leaf, retains_grad,
            output_nr, _version_of(tensor), type_info_of(tensor), node, grad_fn_name, content, None,
            self._options, identity, storage, tangent, behind.wrappers,
        )  # fmt: skip


def _version_of(tensor: Any) -> int | None:
    try:
        return int(_version(tensor))
    except RuntimeError:  # made in inference mode
        return None


def attributes_of(tensor: Any) -> Attributes:
    """As `_attributes`, past whatever a subclass has put in the place of one."""
    return tuple(get(tensor) for get in _getters)


def few_bytes(tensor: Any) -> bytes:
    """The elements of a tensor that has few, side by side in memory, as most have; else b""."""
    if _nbytes(tensor) > RAW_ELEMENTS:  # bytes, so these cannot be more elements than that
        return b""
    span = memory.span(tensor)
    return b"" if span is None else _bytes_at(*span)


def has_bytes(tensor: Any, raw: bytes) -> bool:
    """Whether the elements of a tensor in memory are these."""
    span = memory.span(tensor)
    return (memory.array(tensor).tobytes() if span is None else _bytes_at(*span)) == raw


def resolved(tensor: Any) -> memory.Array:
    """The elements, with a conjugation or negation applied that torch has not applied yet."""
    conjugate, negative = bool(_Base.is_conj(tensor)), bool(_Base.is_neg(tensor))
    elements = memory.array(tensor)
    if conjugate or negative:
        return memory.resolved(elements, _dtype_of(tensor), conjugate, negative)
    return elements
