"""Reads tensors without running an operation on them, and tells which of them have changed."""

from __future__ import annotations

import ctypes
import weakref
from enum import IntEnum
from operator import attrgetter
from typing import Any

import torch

from autograd_tutor.kernel import memory, opaque_tensors, torch_print
from autograd_tutor.kernel.categories import KINDS, NAME_CHARACTERS, told_name, type_info_of
from autograd_tutor.kernel.fingerprints import Fingerprints, extent
from autograd_tutor.kernel.graph import KEY, Graph
from autograd_tutor.kernel.summary import Budget, summarize
from autograd_tutor.limits import RAW_ELEMENTS
from autograd_tutor.recording.model import Stats, Tensor, TensorKind

_Base = torch._C.TensorBase
_NAMES = ("shape", "dtype", "requires_grad", "is_leaf", "retains_grad", "output_nr")
_fields = attrgetter(*_NAMES, "_version")
_keys_of = torch._C._dispatch_keys
_bytes_at = ctypes.string_at
_elements = _Base.numel
_KNOWN = memory.KNOWN
_FEW = RAW_ELEMENTS
"""Bytes that cannot be more than RAW_ELEMENTS elements."""
_own: Any = vars(_Base)
_grad_fn = _own["grad_fn"].__get__
_grad = _own["grad"].__get__
_nbytes = _own["nbytes"].__get__
_dtype_of = _own["dtype"].__get__
_version = _own["_version"].__get__
_base_of = _own["_base"].__get__
_is_view = _Base._is_view
_getters = tuple(_own[name].__get__ for name in (*_NAMES, "_version"))
_size_of_class = len(vars(torch.Tensor))

SNAPSHOT_BYTES = 8 * 2**20
"""Elements that one snapshot may carry; those of further tensors are left out."""
TENSOR_BYTES = 1_000
"""What a tensor takes on the other side besides its elements and its text, about."""
_PASSING = 512
"""How many tensors `read_transient` remembers."""
_SUMMARIES = 1_000
"""How many of them are kept, at about a kilobyte."""
_NO_STATS, _RANGE, _HISTOGRAM = range(3)
_TOO_MUCH = "<too much at once: its values are shown again when they change>"

Reading = tuple[Any, ...]
"""What a tensor was at one moment; equal readings mean that nothing has changed."""


class Route(IntEnum):
    """How a tensor is read; follows from its dispatch keys."""

    DENSE = 0
    """Elements in CPU memory."""
    LAZY = 1
    """The same, with a conjugation or negation yet to be done."""
    INFERENCE = 2
    """Dense, without a version counter."""
    OTHER = 3


_DENSE = frozenset({"CPU", "ADInplaceOrView", "AutogradCPU", "AutocastCPU"})
_LAZY = frozenset({"Conjugate", "Negative"})
_routes: dict[int, Route] = {}


def _route(keys: Any, raw: int) -> Route:
    names = {name.strip() for name in str(keys).partition("(")[2].rstrip(")").split(",")}
    route = Route.OTHER
    if names <= _DENSE:
        route = Route.DENSE if "ADInplaceOrView" in names else Route.INFERENCE
    elif names <= _DENSE | _LAZY and "ADInplaceOrView" in names:
        route = Route.LAZY
    _routes[raw] = route
    return route


class TensorReader:
    """Turns tensors into readings, and readings that are new into `Tensor`s.

    `begin` and `commit` enclose one look at all tensors.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._contents = Fingerprints()
        self._budget = Budget()
        self._room = SNAPSHOT_BYTES
        self.bytes_sent = 0
        """About how many bytes all tensors built so far take on the other side."""
        self._style: torch_print.Style = ()
        self._direct = True
        self._summaries: dict[int, tuple[Stats, bytes]] = {}
        """Of large tensors, by the number of their contents."""
        self._passing: dict[int, tuple[weakref.ref[Any], int, Tensor]] = {}
        """What `read_transient` has read: the tensor, its version, the record."""
        self._ranges: dict[int, tuple[weakref.ref[Any], int, int, Stats]] = {}
        """The same of statistics, with the number of elements: views have those of their base."""

    def begin(self) -> None:
        """A new look begins; print options and the default dtype may have changed."""
        # Names added to the class may hide those of its base.
        self._direct = len(vars(torch.Tensor)) == _size_of_class
        self._style = torch_print.style()
        self._contents.begin()
        self._budget = Budget()
        self._room = SNAPSHOT_BYTES

    def commit(self) -> None:
        """The look was told of."""
        self._contents.commit()

    def exact(self, name: str) -> bool:
        """Whether all of what is under the name, and its gradient, was compared in this look."""
        return self._contents.exact(name) and self._contents.exact(f"{name}.grad")

    def read(self, name: str, tensor: Any, grads: int = opaque_tensors.GRADS) -> Reading:
        """Everything about a tensor that the learner may see change.

        `grads`: how far gradients of gradients are followed; they may form a circle.
        """
        keys = _keys_of(tensor)
        raw_keys = keys.raw_repr()
        route = _routes.get(raw_keys)
        if route is None:
            route = _route(keys, raw_keys)
        try:
            if route is not Route.DENSE:
                return self._read_otherwise(name, tensor, route, grads)
            kind = KINDS.get(id(type(tensor))) or type_info_of(tensor)
            fields = _fields(tensor) if self._direct and kind.prints_plainly else _each(tensor)
            node: int | None = None
            made_by: str | None = None
            grad = leaf = None
            if fields[3]:
                grad = _grad(tensor)
                if fields[2]:
                    leaf = self._graph.leaf_number(tensor)
            else:
                grad_fn = _grad_fn(tensor)
                made_by = _name_of(grad_fn)
                node = self._graph.identify(grad_fn, name)
                if fields[4]:
                    grad = _grad(tensor)
            content: bytes | int = (_few(tensor) if fields[1] in _KNOWN else b"") or self._content(
                name, tensor, fields[1]
            )
        except memory.OutOfBounds:
            return opaque_tensors.read(name, tensor, self._graph, in_bounds=False, grads=grads)
        except (RuntimeError, TypeError, NotImplementedError):
            return opaque_tensors.read(name, tensor, self._graph, grads=grads)
        if grad is not None:
            grad = self.read(f"{name}.grad", grad, grads - 1) if grads else None
        return (route, fields, kind, node, made_by, content, grad, self._style, leaf)

    def _content(self, name: str, tensor: Any, dtype: torch.dtype) -> bytes | int:
        """The bytes of a small tensor, a number for the contents of a large one."""
        if dtype not in _KNOWN:
            raise NotImplementedError
        if _elements(tensor) > RAW_ELEMENTS:
            place = memory.span(tensor) or extent(memory.array(tensor))
            return self._contents.token(name, *place)
        return memory.array(tensor).tobytes()

    def _read_otherwise(self, name: str, tensor: Any, route: Route, grads: int) -> Reading:
        if route is Route.INFERENCE:
            fields = (*(get(tensor) for get in _getters[:-1]), None)
            content = self._content(name, tensor, fields[1])
            return (
                route,
                fields,
                type_info_of(tensor),
                None,
                None,
                content,
                None,
                self._style,
                None,
            )
        if route is Route.LAZY:
            return self._read_lazy(name, tensor)
        return opaque_tensors.read(name, tensor, self._graph, grads=grads)

    def _read_lazy(self, name: str, tensor: Any) -> Reading:
        fields = _each(tensor)
        grad_fn = None if fields[3] else _grad_fn(tensor)
        node = None if grad_fn is None else self._graph.identify(grad_fn, name)
        made_by = None if grad_fn is None else _name_of(grad_fn)
        content: bytes | int
        if _elements(tensor) > RAW_ELEMENTS:
            content = self._contents.token(name, *extent(memory.array(tensor)))
        else:
            content = _resolved(tensor).tobytes()
        return (
            Route.LAZY,
            fields,
            type_info_of(tensor),
            node,
            made_by,
            content,
            None,
            self._style,
            None,
        )

    def is_as_read(self, tensor: Any, reading: Reading) -> bool:
        """Whether the version counters of a leaf and its gradient say that nothing has changed.

        True of what is no leaf or has no counter: this is a glance at where a pass begins.
        """
        if reading[0] is not Route.DENSE or not (reading[1][2] and reading[1][3]):
            return True
        grad, was = _grad(tensor), reading[6]
        if reading[1][6] != _version(tensor) or (grad is None) != (was is None):
            return False
        return was is None or was[0] is not Route.DENSE or was[1][6] == _version(grad)

    def read_transient(self, tensor: Any, with_stats: bool = True) -> Tensor:
        """A tensor that is looked at without a name, such as a gradient on its way.

        It is not compared with what it was, nothing of it is kept, and no node gets an id by it. A
        tensor that goes from node to node unchanged is read once until `forget`. The statistics of
        a large one are without a histogram, as there are many of them.
        """
        number = id(tensor)
        known = self._passing.get(number)
        if known is not None and known[0]() is tensor and known[1] == _version(tensor):
            told = known[2]
            if told.raw is not None:
                if _still(tensor, told):
                    return told
            elif told.stats is not None or not with_stats:
                return told
        built = self._once(tensor, with_stats)
        if built.version is not None:
            if len(self._passing) >= _PASSING:
                self.forget()
            self._passing[number] = (weakref.ref(tensor), built.version, built)
        return built

    def forget(self) -> None:
        """Let `read_transient` read every tensor again: the snippet's code has run."""
        self._passing.clear()
        self._ranges.clear()

    def reset_budget(self) -> None:
        """Grant what one snapshot may carry, between looks."""
        self._budget = Budget()
        self._room = SNAPSHOT_BYTES

    def _once(self, tensor: Any, with_stats: bool) -> Tensor:
        keys = _keys_of(tensor)
        raw_keys = keys.raw_repr()
        route = _routes.get(raw_keys)
        if route is None:
            route = _route(keys, raw_keys)
        if route is not Route.DENSE or _dtype_of(tensor) not in _KNOWN:
            return opaque_tensors.read("", tensor, self._graph, grads=0)[0]
        try:
            kind = KINDS.get(id(type(tensor))) or type_info_of(tensor)
            fields = _fields(tensor) if self._direct and kind.prints_plainly else _each(tensor)
            grad_fn = None if fields[3] else _grad_fn(tensor)
            node = None if grad_fn is None else grad_fn.metadata.get(KEY)
            made_by = None if grad_fn is None else _name_of(grad_fn)
            content: bytes | int = _few(tensor) or 0
            if not content and _elements(tensor) <= RAW_ELEMENTS:
                content = memory.array(tensor).tobytes()
            reading = (route, fields, kind, node, made_by, content, None, self._style, None)
            return self.build(reading, tensor, _RANGE if with_stats else _NO_STATS)
        except memory.OutOfBounds:
            return opaque_tensors.read("", tensor, self._graph, in_bounds=False, grads=0)[0]
        except (RuntimeError, TypeError, NotImplementedError):
            return opaque_tensors.read("", tensor, self._graph, grads=0)[0]

    def build(self, reading: Reading, tensor: Any, detail: int = _HISTOGRAM) -> Tensor:
        """The tensor as it goes over the wire; `tensor` is where the reading came from.

        `detail`: how much of the statistics of a large one is wanted.
        """
        if isinstance(reading[0], Tensor):
            return reading[0]
        _, fields, kind, node, made_by, content, grad, style, leaf = reading
        shape, dtype, requires_grad, is_leaf, retains_grad, output_nr, version = fields
        raw = content if type(content) is bytes else None
        shown, stats, edges = None, None, None
        if raw is None:
            shown, stats, edges = self._summary(tensor, reading, detail)
        carried = len(raw or edges or b"")
        self._room -= carried
        if carried and self._room < 0:
            raw, edges, shown = None, None, _TOO_MUCH
        elif raw is not None and (style or not kind.prints_plainly):
            shown = _text(reading, _resolved(tensor))
        self.bytes_sent += TENSOR_BYTES + len(raw or edges or b"") + len(shown or "")
        return Tensor(
            shape=tuple(shape),
            dtype=_DTYPES.get(dtype) or str(dtype),
            device="cpu",
            requires_grad=requires_grad,
            is_leaf=is_leaf,
            retains_grad=retains_grad,
            kind=_kind(kind.is_parameter, requires_grad, is_leaf),
            grad_fn=node,
            grad_fn_name=made_by,
            output_nr=output_nr,
            version=version,
            raw=raw,
            shown=shown,
            stats=stats,
            grad=None if grad is None else self.build(grad, _grad(tensor)),
            edges=edges,
            leaf=leaf,
        )

    def build_anew(self, reading: Reading, tensor: Any) -> Tensor:
        """As `build`, with the statistics of now, whatever the reading says has not changed."""
        self._summaries.clear()
        return self.build(reading, tensor)

    def _summary(
        self, tensor: Any, reading: Reading, detail: int
    ) -> tuple[str | None, Stats | None, bytes | None]:
        """Of a large tensor: its text, unless the edges that come last tell it; its statistics."""
        route, fields, kind, _, _, content, _, style, _ = reading
        known = self._summaries.get(content) if kind.prints_plainly and not style else None
        if known is not None:
            return None, *known
        elements, lazy = memory.array(tensor), _lazy(tensor, route)
        stats = None
        if detail == _RANGE:
            stats = self._range(tensor, elements, fields)
        elif detail == _HISTOGRAM:
            stats = summarize(elements, fields[1], self._budget)
        edges = None
        if kind.prints_plainly and not style:
            edges = torch_print.edges(elements, fields[1], lazy)
        if edges is not None and stats is not None and content:
            if len(self._summaries) >= _SUMMARIES:
                self._summaries.clear()
            self._summaries[content] = stats, edges
        return (_text(reading, elements, lazy) if edges is None else None), stats, edges

    def _range(self, tensor: Any, elements: memory.Array, fields: tuple[Any, ...]) -> Stats:
        """Statistics without a histogram: those of what `tensor` is a view of, if of all of it."""
        whole = _base_of(tensor) if _is_view(tensor) else tensor
        known = self._ranges.get(id(whole))
        if (
            known is not None
            and known[0]() is whole
            and known[1:3] == (fields[-1], elements.size)
            and _without_gaps(elements)
        ):
            return known[3]
        stats = summarize(elements, fields[1], self._budget, with_histogram=False)
        if _elements(whole) == elements.size and _without_gaps(elements):
            self._ranges[id(whole)] = weakref.ref(whole), fields[-1], elements.size, stats
        return stats


def _without_gaps(elements: memory.Array) -> bool:
    return elements.flags.forc or memory.flat_view(elements) is not None


def _few(tensor: Any) -> bytes:
    """The elements of a tensor that has few, side by side, as most have; else b""."""
    if _nbytes(tensor) > _FEW:
        return b""
    place = memory.span(tensor)
    return b"" if place is None else _bytes_at(*place)


def _still(tensor: Any, told: Tensor) -> bool:
    """Whether a tensor of few elements has those that were told: `.data` goes round its version."""
    if told.shown is not None:  # it may have none in memory
        return True
    place = memory.span(tensor)
    return (memory.array(tensor).tobytes() if place is None else _bytes_at(*place)) == told.raw


def _text(
    reading: Reading, elements: memory.Array, lazy: tuple[bool, bool] = (False, False)
) -> str:
    _, fields, kind, _, made_by = reading[:5]
    flags = []
    if made_by is not None:
        flags.append(f"grad_fn=<{made_by}>")
    elif fields[2]:
        flags.append("requires_grad=True")
    text = torch_print.printed(elements, fields[1], kind.prefix, flags, lazy)
    return f"{kind.heading}{text}"


def _each(tensor: Any) -> tuple[Any, ...]:
    """As `_fields`, past whatever a subclass has put in the place of an attribute."""
    return tuple(get(tensor) for get in _getters)


def grad_fn_of(tensor: Any) -> Any:
    """The node that made a tensor; None if there is none, or if torch refuses to tell."""
    try:
        return _grad_fn(tensor)
    except RuntimeError:
        return None


def is_trainable_leaf(reading: Reading) -> bool:
    """Whether the reading is of a leaf that requires grad."""
    if isinstance(reading[0], Tensor):
        return reading[0].is_leaf and reading[0].requires_grad
    return bool(reading[1][2] and reading[1][3])


_DTYPES = {dtype: str(dtype) for dtype in memory.KNOWN}


def _kind(is_parameter: bool, requires_grad: bool, is_leaf: bool) -> TensorKind:
    if is_parameter:
        return "parameter"
    if not is_leaf:
        return "intermediate"
    return "leaf" if requires_grad else "constant"


def _name_of(grad_fn: Any) -> str:
    """What print() calls it."""
    name = type(grad_fn).__name__
    if name == "CppFunction":
        return str(type(grad_fn).name(grad_fn)).rpartition("::")[2]
    return name if name.isascii() and len(name) < NAME_CHARACTERS else told_name(name)


def _lazy(tensor: Any, route: Route) -> tuple[bool, bool]:
    if route is not Route.LAZY:
        return False, False
    return bool(_Base.is_conj(tensor)), bool(_Base.is_neg(tensor))


def _resolved(tensor: Any) -> memory.Array:
    conjugate, negative = bool(_Base.is_conj(tensor)), bool(_Base.is_neg(tensor))
    elements = memory.array(tensor)
    if conjugate or negative:
        return memory.resolved(elements, _dtype_of(tensor), conjugate, negative)
    return elements
