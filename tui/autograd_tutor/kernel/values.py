"""Bounded text for values that are not tensors. Runs no code of the snippet."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import torch

from autograd_tutor.kernel.categories import (
    KINDS,
    NUMPY_SCALARS,
    Category,
    TypeInfo,
    attributes,
    pairs,
    type_info_of,
)
from autograd_tutor.kernel.failure import printable

CHARACTERS = 200
"""The longest text of a value."""

_arguments = vars(BaseException)["args"].__get__
_bound_of = vars(deque)["maxlen"].__get__
_DEPTH = 3
_BITS = 600
_numel = torch._C.TensorBase.numel
_ARRAY_ELEMENTS = 1000


def text_of_module(name: str, parameters: int) -> str:
    """A module: its class and how many numbers it learns."""
    return f"{name} with {parameters:,} number{'' if parameters == 1 else 's'} in its parameters"


def text_of(value: object) -> str:
    """What is shown of a value: as `repr` gives it where that is safe, at most CHARACTERS long."""
    text = printable("".join(_pieces(value)))
    return text if len(text) <= CHARACTERS else text[: CHARACTERS - 2] + " …"


def _pieces(value: object) -> Iterator[str]:
    writer = _Writer()
    writer.write(value, 0)
    return iter(writer.parts)


class _Writer:
    """Collects the text of nested values until it is long enough."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._room = CHARACTERS + 1
        self._path: list[int] = []

    def write(self, value: Any, depth: int) -> None:
        kind = type_info_of(value)
        if kind.sort is Category.PLAIN:
            self._put(_plain(value))
        elif depth >= _DEPTH or id(value) in self._path:
            self._put("…")
        else:
            self._path.append(id(value))
            self._write_whole(value, kind, depth + 1)
            self._path.pop()

    def _write_whole(self, value: Any, kind: TypeInfo, depth: int) -> None:
        sort = kind.sort
        if sort is Category.LIST:
            name = "" if kind.type is list else kind.name
            items, length = kind.base.__iter__(value), kind.base.__len__(value)
            self._items(_opening(name, "["), items, length, _closing(value, kind), depth)
        elif sort is Category.TUPLE:
            length = tuple.__len__(value)
            closing = ",)" if length == 1 else ")"
            name = "" if kind.type is tuple else kind.name
            self._items(_opening(name, "("), tuple.__iter__(value), length, closing, depth)
        elif sort is Category.FIELDS:
            pairs = zip(kind.fields, tuple.__iter__(value), strict=False)
            self._named(f"{kind.name}(", pairs, ")", depth)
        elif sort is Category.MAPPING:
            self._mapping(value, kind, depth)
        elif sort is Category.OBJECT:
            self._object(value, kind, depth)
        elif sort is Category.TENSOR or sort is Category.MODULE:
            self._put(f"<{kind.name}>")
        elif sort is Category.ERROR:
            self._items(
                f"{kind.name}(", iter(_arguments(value)), len(_arguments(value)), ")", depth
            )
        else:
            self._put(_other(value, kind))

    def _put(self, text: str) -> None:
        self.parts.append(text)
        self._room -= len(text)

    def _items(
        self, opening: str, items: Iterator[Any], length: int, closing: str, depth: int
    ) -> None:
        self._put(opening)
        for place, item in enumerate(items):
            if place:
                self._put(", ")
            if self._room < 24 and place < length - 1:
                self._put(f"… {length - place} more")
                break
            self.write(item, depth)
        self._put(closing)

    def _named(
        self, opening: str, pairs: Iterator[tuple[str, Any]], closing: str, depth: int
    ) -> None:
        self._put(opening)
        for place, (name, item) in enumerate(pairs):
            if place:
                self._put(", ")
            if self._room < 12:
                self._put("…")
                break
            self._put(f"{name}=")
            self.write(item, depth)
        self._put(closing)

    def _mapping(self, value: Any, kind: TypeInfo, depth: int) -> None:
        self._put("{" if kind.type is dict else f"{kind.name}({{")
        length = dict.__len__(value)
        for place, (key, item) in enumerate(pairs(value, kind, CHARACTERS)):
            if place:
                self._put(", ")
            if self._room < 24 and place < length - 1:
                self._put(f"… {length - place} more")
                break
            self.write(key, depth)
            self._put(": ")
            self.write(item, depth)
        self._put("}" if kind.type is dict else "})")

    def _object(self, value: Any, kind: TypeInfo, depth: int) -> None:
        held = attributes(value, kind)
        if not held:
            self._put(f"<{kind.name} object>")
            return
        self._named(f"{kind.name}(", iter(held[:CHARACTERS]), ")", depth)


def _opening(name: str, bracket: str) -> str:
    return f"{name}({bracket}" if name and bracket == "[" else f"{name}{bracket}"


def _closing(value: Any, kind: TypeInfo) -> str:
    if kind.type is list:
        return "]"
    bound = _bound_of(value) if kind.base is deque else None
    return "])" if bound is None else f"], maxlen={bound})"


def _plain(value: Any) -> str:
    of = type(value)
    if of is int and value.bit_length() > _BITS:
        return f"<int of {value.bit_length()} bits>"
    if (of is str or of is bytes) and len(value) > CHARACTERS:
        return repr(value[:CHARACTERS])[:-1]
    if of is slice:
        return "slice(…)" if not _is_plain_slice(value) else repr(value)
    if of is range and any(abs(part) > 2**_BITS for part in (value.start, value.stop, value.step)):
        return "range(…)"
    return repr(value)


def _is_plain_slice(value: slice) -> bool:
    parts = (value.start, value.stop, value.step)
    return all(part is None or (type(part) is int and part < 2**_BITS) for part in parts)


def module_parts(module: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Parameters, buffers and children of a module, as its own dictionaries; empty if it has none.

    A module whose `__init__` has not run, or that a snippet has broken, has none.
    """
    getter = (KINDS.get(id(type(module))) or type_info_of(module)).attributes
    if getter is None:
        return _NONE, _NONE, _NONE
    get = getter(module).get
    parameters, buffers, children = get("_parameters"), get("_buffers"), get("_modules")
    if type(parameters) is type(buffers) is type(children) is dict:
        return parameters, buffers, children
    return _dictionary(parameters), _dictionary(buffers), _dictionary(children)


_NONE: dict[str, Any] = {}


def _dictionary(part: Any) -> dict[str, Any]:
    if type_info_of(part).sort is Category.MAPPING:
        found: dict[str, Any] = part
        return found
    return _NONE


def elements(tensor: torch.Tensor) -> int:
    """The number of elements, or 0 where a tensor cannot tell."""
    try:
        return int(_numel(tensor))
    except (RuntimeError, TypeError, NotImplementedError):
        return 0


def _other(value: Any, kind: TypeInfo) -> str:
    of = kind.type
    if of is torch.Size:
        return f"torch.Size([{', '.join(str(int(size)) for size in tuple.__iter__(value))}])"
    if of is np.ndarray:
        return _array(value)
    if of in NUMPY_SCALARS:
        return repr(value)
    if of is set or of is frozenset:
        return _set(value, kind)
    return f"<{kind.name} object>"


def _set(value: Any, kind: TypeInfo) -> str:
    if not value:
        return f"{kind.name}()"
    shown = list(islice(value, 20))
    if not all(type_info_of(item).sort is Category.PLAIN for item in shown):
        return f"<{kind.name} of {len(value)}>"
    more = f", … {len(value) - len(shown)} more" if len(value) > len(shown) else ""
    inner = ", ".join(_plain(item) for item in shown) + more
    return f"{{{inner}}}" if kind.type is set else f"frozenset({{{inner}}})"


def _array(value: np.ndarray[Any, Any]) -> str:
    shape = "×".join(str(size) for size in value.shape) or "0-d"
    if value.dtype.hasobject or value.dtype.names or value.size > _ARRAY_ELEMENTS:
        return f"<ndarray {shape}, {value.dtype.name}>"
    return repr(value).replace("\n      ", "")
