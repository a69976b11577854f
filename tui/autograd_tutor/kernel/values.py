"""Bounded text for values that are not tensors. Runs no code of the snippet."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import torch

from autograd_tutor.kernel.categories import (
    NUMPY_SCALARS,
    TYPES,
    Category,
    TypeInfo,
    attributes,
    pairs,
    type_info_of,
)
from autograd_tutor.limits.kernel import (
    INTEGER_BITS,
    MOST_ARRAY_ELEMENTS,
    MOST_SET_ITEMS,
    VALUE_CHARACTERS,
    VALUE_DEPTH,
)
from autograd_tutor.recording.printable import encodable

_arguments = vars(BaseException)["args"].__get__
_maxlen_of = vars(deque)["maxlen"].__get__
_numel = torch._C.TensorBase.numel


def text_of_module(name: str, parameters: int) -> str:
    """The text of a module: its class, and how many numbers its parameters have."""
    return f"{name} with {parameters:,} number{'' if parameters == 1 else 's'} in its parameters"


def text_of(value: object) -> str:
    """The text of a value: as `repr` gives it where that is safe, at most VALUE_CHARACTERS."""
    text = encodable("".join(_pieces(value)))
    return text if len(text) <= VALUE_CHARACTERS else text[: VALUE_CHARACTERS - 2] + " …"


def _pieces(value: object) -> Iterator[str]:
    writer = _Writer()
    writer.write(value, 0)
    return iter(writer.parts)


class _Writer:
    """Collects the text of a value and those inside of it until it is long enough."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._room = VALUE_CHARACTERS + 1
        self._path: list[int] = []

    def write(self, value: Any, depth: int) -> None:
        info = type_info_of(value)
        if info.category is Category.PLAIN:
            self._put(_text_of_plain(value))
        elif depth >= VALUE_DEPTH or id(value) in self._path:
            self._put("…")
        else:
            self._path.append(id(value))
            self._write_parts(value, info, depth + 1)
            self._path.pop()

    def _write_parts(self, value: Any, info: TypeInfo, depth: int) -> None:
        match info.category:
            case Category.LIST:
                name = "" if info.type is list else info.name
                items, length = info.base.__iter__(value), info.base.__len__(value)
                self._items(_opening(name, "["), items, length, _closing(value, info), depth)
            case Category.TUPLE:
                length = tuple.__len__(value)
                closing = ",)" if length == 1 else ")"
                name = "" if info.type is tuple else info.name
                self._items(_opening(name, "("), tuple.__iter__(value), length, closing, depth)
            case Category.FIELDS:
                pairs = zip(info.fields, tuple.__iter__(value), strict=False)
                self._named(f"{info.name}(", pairs, ")", depth)
            case Category.MAPPING:
                self._mapping(value, info, depth)
            case Category.OBJECT:
                self._object(value, info, depth)
            case Category.TENSOR | Category.MODULE:
                self._put(f"<{info.name}>")
            case Category.ERROR:
                arguments = _arguments(value)
                self._items(f"{info.name}(", iter(arguments), len(arguments), ")", depth)
            case _:
                self._put(_text_of_other(value, info))

    def _put(self, text: str) -> None:
        self.parts.append(text)
        self._room -= len(text)

    def _items(
        self, opening: str, items: Iterator[Any], length: int, closing: str, depth: int
    ) -> None:
        self._put(opening)
        for index, item in enumerate(items):
            if index:
                self._put(", ")
            if self._room < 24 and index < length - 1:
                self._put(f"… {length - index} more")
                break
            self.write(item, depth)
        self._put(closing)

    def _named(
        self, opening: str, pairs: Iterator[tuple[str, Any]], closing: str, depth: int
    ) -> None:
        self._put(opening)
        for index, (name, item) in enumerate(pairs):
            if index:
                self._put(", ")
            if self._room < 12:
                self._put("…")
                break
            self._put(f"{name}=")
            self.write(item, depth)
        self._put(closing)

    def _mapping(self, value: Any, info: TypeInfo, depth: int) -> None:
        self._put("{" if info.type is dict else f"{info.name}({{")
        length = dict.__len__(value)
        for index, (key, item) in enumerate(pairs(value, info, VALUE_CHARACTERS)):
            if index:
                self._put(", ")
            if self._room < 24 and index < length - 1:
                self._put(f"… {length - index} more")
                break
            self.write(key, depth)
            self._put(": ")
            self.write(item, depth)
        self._put("}" if info.type is dict else "})")

    def _object(self, value: Any, info: TypeInfo, depth: int) -> None:
        own = attributes(value, info)
        if not own:
            self._put(f"<{info.name} object>")
            return
        self._named(f"{info.name}(", iter(own[:VALUE_CHARACTERS]), ")", depth)


def _opening(name: str, bracket: str) -> str:
    return f"{name}({bracket}" if name and bracket == "[" else f"{name}{bracket}"


def _closing(value: Any, info: TypeInfo) -> str:
    if info.type is list:
        return "]"
    maxlen = _maxlen_of(value) if info.base is deque else None
    return "])" if maxlen is None else f"], maxlen={maxlen})"


def _text_of_plain(value: Any) -> str:
    of = type(value)
    if of is int and value.bit_length() > INTEGER_BITS:
        return f"<int of {value.bit_length()} bits>"
    if (of is str or of is bytes) and len(value) > VALUE_CHARACTERS:
        return repr(value[:VALUE_CHARACTERS])[:-1]
    if of is slice:
        return "slice(…)" if not _is_plain_slice(value) else repr(value)
    if of is range and any(
        abs(part) > 2**INTEGER_BITS for part in (value.start, value.stop, value.step)
    ):
        return "range(…)"
    return repr(value)


def _is_plain_slice(value: slice) -> bool:
    parts = (value.start, value.stop, value.step)
    return all(part is None or (type(part) is int and part < 2**INTEGER_BITS) for part in parts)


def module_parts(module: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any], Any]:
    """Parameters, buffers and children of a module, as its own dictionaries; empty if it has none.
    And its `training`, a bool unless a snippet has put something else there.

    A module whose `__init__` has not run, or that a snippet has broken, has none.
    """
    getter = (TYPES.get(id(type(module))) or type_info_of(module)).attributes
    if getter is None:
        return _NONE, _NONE, _NONE, None
    get = getter(module).get
    parameters, buffers, children = get("_parameters"), get("_buffers"), get("_modules")
    if type(parameters) is type(buffers) is type(children) is dict:
        return parameters, buffers, children, get("training")
    parts = _dictionary(parameters), _dictionary(buffers), _dictionary(children)
    return *parts, get("training")


def count_parameters(module: Any, counted: set[int]) -> int:
    """The number of elements of a module's parameters, of those not in `counted` (by id())."""
    total = 0
    waiting = [module]
    while waiting:
        module = waiting.pop()
        if id(module) in counted or type_info_of(module).category is not Category.MODULE:
            continue
        counted.add(id(module))
        parameters, _, children, _ = module_parts(module)
        waiting += list(dict.values(children))
        for tensor in list(dict.values(parameters)):
            if id(tensor) not in counted and type_info_of(tensor).category is Category.TENSOR:
                counted.add(id(tensor))
                total += element_count(tensor)
    return total


_NONE: dict[str, Any] = {}


def _dictionary(part: Any) -> dict[str, Any]:
    if type_info_of(part).category is Category.MAPPING:
        found: dict[str, Any] = part
        return found
    return _NONE


def element_count(tensor: torch.Tensor) -> int:
    """The number of elements, or 0 where torch does not know it, or only as a symbol."""
    try:
        count = _numel(tensor)
    except (RuntimeError, TypeError, NotImplementedError):
        return 0
    return count if type(count) is int else 0


def _text_of_other(value: Any, info: TypeInfo) -> str:
    of = info.type
    if of is torch.Size:
        return f"torch.Size([{', '.join(str(size) for size in tuple.__iter__(value))}])"
    if of is np.ndarray:
        return _text_of_array(value)
    if of in NUMPY_SCALARS:
        return repr(value)
    if of is set or of is frozenset:
        return _text_of_set(value, info)
    return f"<{info.name} object>"


def _text_of_set(value: Any, info: TypeInfo) -> str:
    if not value:
        return f"{info.name}()"
    shown = list(islice(value, MOST_SET_ITEMS))
    if not all(type_info_of(item).category is Category.PLAIN for item in shown):
        return f"<{info.name} of {len(value)}>"
    more = f", … {len(value) - len(shown)} more" if len(value) > len(shown) else ""
    inner = ", ".join(_text_of_plain(item) for item in shown) + more
    return f"{{{inner}}}" if info.type is set else f"frozenset({{{inner}}})"


def _text_of_array(value: np.ndarray[Any, Any]) -> str:
    shape = "×".join(str(size) for size in value.shape) or "0-d"
    if value.dtype.hasobject or value.dtype.names or value.size > MOST_ARRAY_ELEMENTS:
        return f"<ndarray {shape}, {value.dtype.name}>"
    return repr(value).replace("\n      ", "")
