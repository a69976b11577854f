"""Finds the variables of a snippet, and the tensors that can be reached through them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

import torch

from autograd_tutor.kernel.categories import (
    TYPES,
    Category,
    TypeInfo,
    attributes,
    class_attributes,
    is_of_snippet,
    pairs,
    type_info_of,
)
from autograd_tutor.kernel.shown_names import key_text, shown
from autograd_tutor.kernel.tracer import Activation
from autograd_tutor.kernel.values import count_parameters, element_count, module_parts
from autograd_tutor.kernel.variables import is_variable, locals_of, running_functions
from autograd_tutor.limits.kernel import (
    CONTAINER_DEPTH,
    MODULE_DEPTH,
    MOST_ITEMS,
    MOST_ITEMS_OF_ONE,
    MOST_OPTIMIZERS,
    MOST_TENSORS,
    MOST_VALUES,
)
from autograd_tutor.recording.local_names import local_prefix

_PLAIN, _TENSOR = Category.PLAIN, Category.TENSOR
_HIDDEN, _MODULE = Category.HIDDEN, Category.MODULE
_CONTAINERS = (Category.LIST, Category.TUPLE, Category.FIELDS, Category.MAPPING)
_OF_CLASSES = (*_CONTAINERS, Category.OPAQUE)
_OWN_TO_MODULES = frozenset(vars(torch.nn.Module()))
"""What every module has in its `__dict__`: the attributes that no snippet has set."""
_TEXT_ONLY = (Category.OTHER, Category.OPAQUE, Category.ERROR)


class Scope:
    """Everything that has a name at one moment: `tensors`, other `values`, and `modules`.

    A container whose parts are all shown under names of their own is no value: it needs no text.
    """

    __slots__ = (
        "_global_tensors",
        "_items_left",
        "_omitted",
        "_visited",
        "aliases",
        "has_locals",
        "holders",
        "modules",
        "optimizers",
        "tensors",
        "training",
        "values",
    )

    def __init__(self, variables: dict[str, Any], stack: Iterable[Activation]) -> None:
        self.tensors: dict[str, Any] = {}
        self.values: dict[str, Any] = {}
        self.holders: set[str] = set()
        """The names of containers that are no values, as all that they hold has names."""
        self.modules: dict[str, tuple[str, int]] = {}
        """Class and number of parameters of each module bound to a variable."""
        self.training: dict[str, bool] = {}
        """Of every module, whether it trains."""
        self.optimizers: dict[str, Any] = {}
        self.aliases: dict[str, str] = {}
        """Names of objects whose parts have names under another one: arguments, shared modules."""
        self._global_tensors: set[int] = set()
        """The id() of tensors that have a name outside of functions."""
        self._visited: dict[int, str] = {}
        """The names of containers whose items have names, by the id() of the container."""
        self.has_locals = False
        """Whether functions run, whose locals are shown."""
        self._items_left = MOST_ITEMS
        self._omitted = 0
        """How many variables are not shown."""
        self._add_variables("", list(variables.items()))
        functions = running_functions(stack)
        if functions:
            self._global_tensors = {id(tensor) for tensor in self.tensors.values()}
            self.has_locals = True
            for activation in functions:
                self._add_locals(activation)

    @property
    def note(self) -> str:
        """What is not shown, for the learner; empty where nothing is missing."""
        notes = []
        if self._omitted:
            notes.append(f"{self._omitted:,} more variables are not shown")
        if self._items_left <= 0:
            notes.append(f"only {MOST_ITEMS:,} items of lists, dicts and objects are shown")
        return "; ".join(notes)

    def owner_name(self, number: int) -> str | None:
        """The name of an optimizer or a module, given by its id()."""
        found = (name for name, each in self.optimizers.items() if id(each) == number)
        return next(found, None) or self._visited.get(number)

    def _add_locals(self, activation: Activation) -> None:
        free = activation.code.code.co_freevars
        items = [
            (name, value)
            for name, value in locals_of(activation)
            if name not in free
            or (type_info_of(value).category is _TENSOR and id(value) not in self._global_tensors)
            or id(value) in self._visited
        ]
        self._add_variables(local_prefix(activation.function), items)

    def _add_variables(self, prefix: str, variables: list[tuple[str, Any]]) -> None:
        tensors, values = self.tensors, self.values
        known = TYPES.get
        for name, value in variables:
            info = known(id(type(value))) or type_info_of(value)
            category = info.category
            if category is _HIDDEN and not info.is_class:
                continue
            if type(name) is not str or not is_variable(name):
                continue
            full_name = prefix + shown(name)
            if len(values) >= MOST_VALUES or len(tensors) >= MOST_TENSORS:
                self._omitted += 1
                continue
            if category is _PLAIN:
                values[full_name] = value
            elif category is _TENSOR:
                tensors[full_name] = value
            elif category is _HIDDEN:
                self._add_class(full_name, value)
            elif self.has_locals and id(value) in self._visited:
                self._add_alias(full_name, value)
            elif not self._add_contents(full_name, value, category, 0):
                values[full_name] = value
            elif category is not _MODULE:
                self.holders.add(full_name)

    # What follows adds the parts of a container, and returns whether those are all that it has to
    # show: then it needs no text of its own.

    def _add_contents(self, name: str, value: Any, category: Category, depth: int) -> bool:
        if category in _TEXT_ONLY:
            self._note_optimizer(name, value)
            return False
        if category is _MODULE:
            if depth > CONTAINER_DEPTH:
                return False
            parameters = self._add_module(name, value, depth, 0, set())
            if depth == 0 and len(self.modules) < MOST_VALUES:
                self.modules[name] = (type_info_of(value).name, parameters)
            elif depth == 0:
                self._omitted += 1
            return True
        if depth >= CONTAINER_DEPTH or self._items_left <= 0:
            return False
        self._visited[id(value)] = name
        if category is Category.LIST:
            base = type_info_of(value).base
            return self._add_items(name, base.__iter__(value), base.__len__(value), depth)
        if category is Category.TUPLE:
            return self._add_items(name, tuple.__iter__(value), tuple.__len__(value), depth)
        if category is Category.MAPPING:
            return self._add_mapping(name, value, depth)
        if category is Category.FIELDS:
            own = list(zip(type_info_of(value).fields, tuple.__iter__(value), strict=False))
        else:
            self._note_optimizer(name, value)
            own = attributes(value, type_info_of(value))
        return self._add_attributes(name, own, depth)

    def _add_alias(self, name: str, value: Any) -> None:
        if len(self.aliases) < MOST_VALUES:
            self.aliases[name] = self._visited[id(value)]

    def _note_optimizer(self, name: str, value: Any) -> None:
        """Note an optimizer under the first name that it has."""
        if not type_info_of(value).is_optimizer or len(self.optimizers) >= MOST_OPTIMIZERS:
            return
        if not any(each is value for each in self.optimizers.values()):
            self.optimizers[name] = value

    def _take_items(self, length: int) -> int:
        """How many of a container's items may be looked at; these are then used up."""
        count = min(length, MOST_ITEMS_OF_ONE, self._items_left)
        self._items_left -= count
        return count

    def _add_items(self, name: str, items: Iterable[Any], length: int, depth: int) -> bool:
        taken = list(islice(items, self._take_items(length)))
        parts = [(f"{name}[{i}]", item) for i, item in enumerate(taken) if _may_have_name(item)]
        return self._add_parts(parts, depth) and 0 < length == len(parts)

    def _add_mapping(self, name: str, value: Any, depth: int) -> bool:
        length = dict.__len__(value)
        parts: list[tuple[str, Any]] = []
        for key, item in pairs(value, type_info_of(value), self._take_items(length)):
            text = key_text(key) if _may_have_name(item) else None
            if text is not None:
                parts.append((f"{name}[{text}]", item))
        return self._add_parts(parts, depth) and 0 < length == len(parts)

    def _add_attributes(self, name: str, own: list[tuple[str, Any]], depth: int) -> bool:
        taken = own[: self._take_items(len(own))]
        parts = [(f"{name}.{shown(own)}", item) for own, item in taken if _may_have_name(item)]
        return self._add_parts(parts, depth) and 0 < len(own) == len(parts)

    def _add_parts(self, parts: list[tuple[str, Any]], depth: int) -> bool:
        named = [self._add_part(n, item, type_info_of(item).category, depth) for n, item in parts]
        return all(named)

    def _add_part(self, name: str, item: Any, category: Category, depth: int) -> bool:
        if category is _TENSOR:
            return self._add_tensor(name, item)
        if id(item) in self._visited:
            self._add_alias(name, item)
            return False
        return self._add_contents(name, item, category, depth + 1)

    def _add_tensor(self, name: str, tensor: Any) -> bool:
        if self.has_locals and id(tensor) in self._global_tensors:
            return True
        if len(self.tensors) >= MOST_TENSORS:
            return False
        self.tensors[name] = tensor
        return True

    def _add_module(
        self, name: str, module: Any, depth: int, nesting: int, counted: set[int]
    ) -> int:
        """Add a module's tensors; the number of elements of its parameters, each counted once."""
        self._visited[id(module)] = name
        parameters, buffers, children, trains = module_parts(module)
        if type(trains) is bool and len(self.training) < MOST_VALUES:
            self.training[name] = trains
        total = self._add_registered(name, parameters, counted) if parameters else 0
        if buffers:
            self._add_registered(name, buffers, set())
        if children and nesting < MODULE_DEPTH:
            for own, child in list(dict.items(children)):
                if type(own) is not str or type_info_of(child).category is not _MODULE:
                    continue
                if id(child) in self._visited:  # its tensors have names elsewhere
                    self._add_alias(f"{name}.{shown(own)}", child)
                    total += count_parameters(child, counted)
                else:
                    child_name = f"{name}.{shown(own)}"
                    total += self._add_module(child_name, child, depth, nesting + 1, counted)
        self._add_module_attributes(name, module, depth)
        return total

    def _add_registered(self, name: str, registered: dict[str, Any], counted: set[int]) -> int:
        """Add parameters or buffers; the number of elements of those that are not `counted`."""
        total = 0
        known = TYPES.get
        for own, tensor in list(dict.items(registered)):
            if tensor is None or type(own) is not str:
                continue
            if (known(id(type(tensor))) or type_info_of(tensor)).category is _TENSOR:
                self._add_tensor(f"{name}.{shown(own)}", tensor)
                if id(tensor) not in counted:
                    counted.add(id(tensor))
                    total += element_count(tensor)
        return total

    def _add_module_attributes(self, name: str, module: Any, depth: int) -> None:
        """What a snippet has set on a module besides parameters, buffers and children."""
        info = type_info_of(module)
        if info.attributes is None:
            return
        # Of torch's own classes only the bare Module is used to put anything but tensors on.
        if info.from_torch and info.name != "Module":
            attributes_now = info.attributes(module)
            # Not again where as many attributes as now had no tensor among them before.
            if dict.__len__(attributes_now) != info.size_without_tensors:
                self._add_unregistered(name, info, attributes_now)
            return
        own = [
            (attribute, item)
            for attribute, item in list(dict.items(info.attributes(module)))
            if type(attribute) is str and attribute not in _OWN_TO_MODULES
        ]
        for attribute, item in own[: self._take_items(len(own))]:
            self._add_attribute(f"{name}.{shown(attribute)}", item, depth)

    def _add_unregistered(self, name: str, info: TypeInfo, own: dict[str, Any]) -> None:
        """Tensors that a module of torch holds and that are neither parameters nor buffers."""
        found = [
            (attribute, item)
            for attribute, item in list(dict.items(own))
            if type_info_of(item).category is _TENSOR and type(attribute) is str
        ]
        if not found:
            info.size_without_tensors = dict.__len__(own)
        for attribute, tensor in found[: self._take_items(len(found))]:
            self._add_tensor(f"{name}.{shown(attribute)}", tensor)

    def _add_class(self, name: str, klass: type) -> None:
        """The attributes of a class of the snippet itself, not those of its instances."""
        if not is_of_snippet(klass) or id(klass) in self._visited:
            return
        self._visited[id(klass)] = name
        own = class_attributes(klass)
        for attribute, item in own[: self._take_items(len(own))]:
            category = type_info_of(item).category
            if category is _PLAIN or category is _TENSOR or category in _OF_CLASSES:
                self._add_attribute(f"{name}.{shown(attribute)}", item, 0)

    def _add_attribute(self, name: str, item: Any, depth: int) -> None:
        """An attribute that the text of its owner does not show."""
        category = type_info_of(item).category
        if category is _HIDDEN or category is Category.OPAQUE:
            self._note_optimizer(name, item)
            return
        complete = category is not _PLAIN and self._add_part(name, item, category, depth)
        if complete:
            self.holders.add(name)
        elif len(self.values) < MOST_VALUES:
            self.values[name] = item


def _may_have_name(item: Any) -> bool:
    """Whether an item of a container has a name of its own, or parts that have."""
    category = type_info_of(item).category
    return category is not _PLAIN and category is not _HIDDEN
