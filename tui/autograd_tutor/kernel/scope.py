"""Finds the variables of a snippet, and the tensors that can be reached through them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from typing import Any

import torch

from autograd_tutor.kernel.categories import (
    KINDS,
    NAME_CHARACTERS,
    Category,
    attributes,
    class_attributes,
    is_of_snippet,
    pairs,
    type_info_of,
)
from autograd_tutor.kernel.tracer import Activation
from autograd_tutor.kernel.values import elements, module_parts

NAMES = 2_000
"""How many tensors are shown at most."""
VALUES = 2_000
"""How many other values are shown at most."""
LOOKED_AT = 5_000
"""How many items of all containers together are looked at, each time a line has run."""
ITEMS = 100
"""How many items of one list or dict are looked at."""
DEPTH = 4
"""How deep containers are looked into; modules may nest MODULE_DEPTH deep."""
MODULE_DEPTH = 16
FRAMES = 16
"""How many functions that run are looked into, innermost first."""

_PLAIN, _TENSOR, _HIDDEN, _MODULE = (
    Category.PLAIN,
    Category.TENSOR,
    Category.HIDDEN,
    Category.MODULE,
)
_UNNAMED = ("", ".")
"""How names begin that are no variables: `.0` is what a comprehension runs over."""
_CONTAINERS = (Category.LIST, Category.TUPLE, Category.FIELDS, Category.MAPPING)
_OWN_TO_MODULES = frozenset(vars(torch.nn.Module()))
"""What every module has in its `__dict__`: no attributes that a snippet gave it."""
_TEXT_ONLY = (Category.OTHER, Category.OPAQUE, Category.ERROR)


class Scope:
    """One look at everything that has a name: `tensors`, and other `values` that need a text."""

    __slots__ = (
        "_left_out",
        "_local",
        "_looked_at",
        "_named",
        "_room",
        "modules",
        "tensors",
        "values",
    )

    def __init__(self, variables: dict[str, Any], stack: Iterable[Activation]) -> None:
        self.tensors: dict[str, Any] = {}
        self.values: dict[str, Any] = {}
        self.modules: dict[str, tuple[str, int]] = {}
        """Class and number of parameters of each module bound to a variable."""
        self._named: set[int] = set()
        self._looked_at: set[int] = set()
        self._local = False
        self._room = LOOKED_AT
        self._left_out = 0
        """How many variables are not shown."""
        self._look("", list(variables.items()))
        functions = _innermost(stack)
        if functions:
            self._named = {id(tensor) for tensor in self.tensors.values()}
            self._local = True
            for activation in functions:
                self._look_into(activation)

    @property
    def note(self) -> str:
        """What is left out, for people; empty where nothing is."""
        notes = []
        if self._left_out:
            notes.append(f"{self._left_out:,} more variables are not shown")
        if self._room <= 0:
            notes.append(f"only {LOOKED_AT:,} items of lists, dicts and objects are looked at")
        return "; ".join(notes)

    def _look_into(self, activation: Activation) -> None:
        frame = activation.frame
        if frame is None:
            return
        items = list(frame.f_locals.items())
        borrowed = activation.code.co_freevars
        if borrowed:
            items = [
                (name, value)
                for name, value in items
                if name not in borrowed
                or (type_info_of(value).sort is _TENSOR and id(value) not in self._named)
            ]
        self._look(f"{activation.function}().", items)

    def _look(self, prefix: str, variables: list[tuple[str, Any]]) -> None:
        tensors, values = self.tensors, self.values
        known = KINDS.get
        for name, value in variables:
            kind = known(id(type(value))) or type_info_of(value)
            sort = kind.sort
            if sort is _HIDDEN and not kind.is_class:
                continue
            if type(name) is not str or name[:1] in _UNNAMED:
                continue
            if name[:2] == "__" and name[-2:] == "__":
                continue
            whole = prefix + _shown(name)
            if len(values) >= VALUES or len(tensors) >= NAMES:
                self._left_out += 1
                continue
            if sort is _PLAIN:
                values[whole] = value
            elif sort is _TENSOR:
                tensors[whole] = value
            elif sort is _HIDDEN:
                self._class(whole, value)
            elif self._local and id(value) in self._looked_at:
                continue
            elif not self._contents(whole, value, sort, 0):
                values[whole] = value

    def _contents(self, name: str, value: Any, sort: Category, depth: int) -> bool:
        """Name what a container holds; whether that tells all there is to tell of it."""
        if sort in _TEXT_ONLY:
            return False
        if sort is _MODULE:
            if depth > DEPTH:
                return False
            parameters = self._module(name, value, depth, 0, set())
            if depth == 0:
                self.modules[name] = (type_info_of(value).name, parameters)
            return True
        if depth >= DEPTH or self._room <= 0:
            return False
        self._looked_at.add(id(value))
        if sort is Category.LIST:
            base = type_info_of(value).base
            return self._items(name, base.__iter__(value), base.__len__(value), depth)
        if sort is Category.TUPLE:
            return self._items(name, tuple.__iter__(value), tuple.__len__(value), depth)
        if sort is Category.MAPPING:
            return self._mapping(name, value, depth)
        if sort is Category.FIELDS:
            held = list(zip(type_info_of(value).fields, tuple.__iter__(value), strict=False))
        else:
            held = attributes(value, type_info_of(value))
        return self._attributes(name, held, depth)

    def _granted(self, length: int) -> int:
        """How many of a container's items may be looked at."""
        count = min(length, ITEMS, self._room)
        self._room -= count
        return count

    def _items(self, name: str, items: Iterable[Any], length: int, depth: int) -> bool:
        count = self._granted(length)
        told = 0 < length == count
        for place, item in enumerate(list(islice(items, count))):
            sort = type_info_of(item).sort
            if (
                sort is _PLAIN
                or sort is _HIDDEN
                or not self._part(f"{name}[{place}]", item, sort, depth)
            ):
                told = False
        return told

    def _mapping(self, name: str, value: Any, depth: int) -> bool:
        length = dict.__len__(value)
        count = self._granted(length)
        told = 0 < length == count
        for key, item in pairs(value, type_info_of(value), count):
            sort = type_info_of(item).sort
            if sort is _PLAIN or sort is _HIDDEN:
                told = False
                continue
            shown = _key(key)
            if shown is None or not self._part(f"{name}[{shown}]", item, sort, depth):
                told = False
        return told

    def _attributes(self, name: str, held: list[tuple[str, Any]], depth: int) -> bool:
        count = self._granted(len(held))
        told = 0 < len(held) == count
        for attribute, item in held[:count]:
            sort = type_info_of(item).sort
            if sort is _PLAIN or sort is _HIDDEN:
                told = False
                continue
            if not self._part(f"{name}.{_shown(attribute)}", item, sort, depth):
                told = False
        return told

    def _part(self, name: str, item: Any, sort: Category, depth: int) -> bool:
        if sort is _TENSOR:
            return self._tensor(name, item)
        if id(item) in self._looked_at:
            return False
        return self._contents(name, item, sort, depth + 1)

    def _tensor(self, name: str, tensor: Any) -> bool:
        if self._local and id(tensor) in self._named:
            return True
        if len(self.tensors) >= NAMES:
            return False
        self.tensors[name] = tensor
        return True

    def _module(self, name: str, module: Any, depth: int, nesting: int, counted: set[int]) -> int:
        """Name a module's tensors; how many elements its parameters have, each counted once."""
        self._looked_at.add(id(module))
        parameters, buffers, children = module_parts(module)
        total = 0
        known = KINDS.get
        if parameters:
            for own, tensor in list(dict.items(parameters)):
                if tensor is None or type(own) is not str:
                    continue
                if (known(id(type(tensor))) or type_info_of(tensor)).sort is _TENSOR:
                    self._tensor(f"{name}.{_shown(own)}", tensor)
                    if id(tensor) not in counted:
                        counted.add(id(tensor))
                        total += elements(tensor)
        if buffers:
            for own, tensor in list(dict.items(buffers)):
                if type_info_of(tensor).sort is _TENSOR and type(own) is str:
                    self._tensor(f"{name}.{_shown(own)}", tensor)
        if children and nesting < MODULE_DEPTH:
            for own, child in list(dict.items(children)):
                if (
                    type(own) is str
                    and type_info_of(child).sort is _MODULE
                    and id(child) not in self._looked_at
                ):
                    total += self._module(
                        f"{name}.{_shown(own)}", child, depth, nesting + 1, counted
                    )
        kind = type_info_of(module)
        # Of torch's own classes only the bare Module holds what a snippet has put there.
        if kind.attributes is not None and (not kind.from_torch or kind.name == "Module"):
            self._attributes_of_module(name, kind.attributes(module), depth)
        return total

    def _attributes_of_module(self, name: str, held: dict[str, Any], depth: int) -> None:
        """What a module of the snippet holds besides parameters, buffers and children."""
        own_items = [
            (own, item)
            for own, item in list(dict.items(held))
            if type(own) is str and own not in _OWN_TO_MODULES
        ]
        for own, item in own_items[: self._granted(len(own_items))]:
            self._attribute(f"{name}.{_shown(own)}", item, depth)

    def _class(self, name: str, klass: type) -> None:
        """What a class of the snippet holds itself, apart from its instances."""
        if not is_of_snippet(klass) or id(klass) in self._looked_at:
            return
        self._looked_at.add(id(klass))
        held = class_attributes(klass)
        for own, item in held[: self._granted(len(held))]:
            sort = type_info_of(item).sort
            if sort is _PLAIN or sort is _TENSOR or sort in _CONTAINERS:
                self._attribute(f"{name}.{_shown(own)}", item, 0)

    def _attribute(self, name: str, item: Any, depth: int) -> None:
        """An attribute that the text of its owner does not tell of."""
        sort = type_info_of(item).sort
        if sort is _HIDDEN or sort is Category.OPAQUE:
            return
        told = sort is not _PLAIN and self._part(name, item, sort, depth)
        if not told and len(self.values) < VALUES:
            self.values[name] = item


def _innermost(stack: Iterable[Activation]) -> list[Activation]:
    """The functions that run, outermost first; of one that calls itself only the latest call."""
    found: dict[str, Activation] = {}
    for activation in list(stack)[: -FRAMES - 1 : -1]:
        if activation.function:
            found.setdefault(activation.function, activation)
    return list(found.values())[::-1]


def _key(key: object) -> str | None:
    if type(key) is str:
        text = key if key.isprintable() and '"' not in key and "\\" not in key else _escaped(key)
        return f'"{text[:NAME_CHARACTERS]}"'
    if key is None or type(key) in (int, bool, float):
        return repr(key) if type(key) is not int or key.bit_length() < 200 else None
    if type(key) is tuple and all(type(part) in (int, str, bool) for part in key):
        return ", ".join(str(_key(part)) for part in key[:8])
    return None


@lru_cache(4096)
def _shown(name: str) -> str:
    """A part of a name as it is told: as it is, or escaped and cut."""
    return name if name.isidentifier() and len(name) <= NAME_CHARACTERS else _escaped(name)


def _escaped(name: str) -> str:
    """A name with characters that a terminal or an encoder would stumble over."""
    text = name[:NAME_CHARACTERS].encode("unicode_escape").decode("ascii")
    return text.replace('"', '\\"')
