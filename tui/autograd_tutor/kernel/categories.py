"""What a type is to the recorder, found out without running a line of the snippet's code."""

from __future__ import annotations

import contextlib
import sys
import types
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from enum import IntEnum
from itertools import islice
from typing import Any

import numpy as np
import torch

from autograd_tutor.limits.kernel import MOST_ORDERED_DICT_ITEMS, NAME_CHARACTERS
from autograd_tutor.recording.printable import printable

_dict_of = type.__dict__["__dict__"].__get__
_mro_of = type.__dict__["__mro__"].__get__
_name_of = type.__dict__["__name__"].__get__
_flags_of = type.__dict__["__flags__"].__get__

# Private names of torch: where one is missing, so is what it stands for.
_uninitialized: Any = vars(torch.nn.parameter).get("UninitializedTensorMixin")

_HEAP = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a class statement, or at run time by C code

SNIPPET_MODULES = {"__main__"}
"""The modules whose classes are the snippet's own."""
_packages: set[str] = set()
"""Those whose modules all are such, each with a dot behind it."""


def follow_modules(names: tuple[str, ...]) -> None:
    """Let the classes of modules and packages be the snippet's own."""
    SNIPPET_MODULES.update(names)
    _packages.update(f"{name}." for name in names)


class Category(IntEnum):
    """How a value is read."""

    TENSOR = 1
    MODULE = 2
    LIST = 3
    """A list or a deque."""
    TUPLE = 4
    FIELDS = 5
    """A named tuple or what C code calls a struct sequence (`torch.return_types.max`)."""
    MAPPING = 6
    OBJECT = 7
    """An instance of a class of the snippet, or of a dataclass, or a SimpleNamespace."""
    PLAIN = 8
    """Immutable and without parts: the same object has the same text."""
    OTHER = 9
    ERROR = 10
    OPAQUE = 11
    """Only its class is shown."""
    HIDDEN = 12
    """Modules, functions, classes: code, not data."""


_HIDDEN = (
    type,
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    staticmethod,
    classmethod,
    property,
)
_PLAIN = (
    int, float, complex, bool, str, bytes, type(None), type(...), type(NotImplemented), range,
    slice, torch.dtype, torch.device, torch.layout, torch.memory_format,
)  # fmt: skip


NUMPY_SCALARS = frozenset(
    of for of in vars(np).values() if isinstance(of, type) and issubclass(of, np.generic)
) - {np.object_, np.void}

_SHOWN = (torch.Size, np.ndarray, set, frozenset, *NUMPY_SCALARS)


def shown_name(name: str) -> str:
    """The name of a class or a function as it is shown: any text can be one."""
    return printable(name)[:NAME_CHARACTERS]


class TypeInfo:
    """One type: its category, its name, and how to reach what its instances hold."""

    __slots__ = (
        "attributes",
        "base",
        "category",
        "fields",
        "from_torch",
        "heading",
        "is_class",
        "is_optimizer",
        "is_parameter",
        "name",
        "prefix",
        "prints_plainly",
        "size_without_tensors",
        "slots",
        "type",
    )  # fmt: skip

    def __init__(self, of: type) -> None:
        self.type = of
        """Holds the type alive, so that no other one can get the same id()."""
        self.name: str = "namespace" if of is types.SimpleNamespace else shown_name(_name_of(of))
        mro: tuple[type, ...] = _mro_of(of)
        self.category = _category_of(of, mro)
        self.base: Any = next((base for base in _BASES if _is_in(base, mro)), None)
        """The built-in container whose methods read an instance: a subclass may override them."""
        self.is_class = _is_in(type, mro)
        self.is_optimizer = _is_in(_optimizer_class(), mro)
        self.is_parameter = _is_in(torch.nn.Parameter, mro)
        self.prints_plainly = of is torch.Tensor or of is torch.nn.Parameter
        """print() writes `tensor(…)`; for other classes it writes the name of the class."""
        self.prefix = "tensor(" if self.prints_plainly else f"{self.name}("
        self.heading = "Parameter containing:\n" if self.is_parameter else ""
        self.from_torch = str(_dict_of(of).get("__module__")).startswith("torch.")
        """A class of torch itself: a module of such a class holds registered tensors only."""
        self.size_without_tensors = -1
        """How many attributes an instance of a module had in which no tensor was found."""
        self.attributes: Callable[[Any], dict[Any, Any]] | None = _dict_getter(mro)
        """Reads `__dict__`, even where a class hides it behind a property."""
        self.slots: dict[str, Callable[[Any], Any]] = (
            _slots(mro) if self.category is Category.OBJECT else {}
        )
        self.fields = _fields(of, mro) if self.category is Category.FIELDS else ()


_BASES = (list, deque, tuple, OrderedDict, dict)

TYPES: dict[int, TypeInfo] = {}
"""By the id() of the type: hashing a type may run code of its metaclass."""


def type_info_of(value: object) -> TypeInfo:
    """What is known of a value's true type, whatever its `__class__` says."""
    of = type(value)
    info = TYPES.get(id(of))
    if info is None:
        info = TYPES[id(of)] = TypeInfo(of)
    return info


def _optimizer_class() -> type:
    """torch.optim.Optimizer; where nobody has imported it, a class that no optimizer is of."""
    module = sys.modules.get("torch.optim.optimizer")
    found = vars(module).get("Optimizer") if type(module) is types.ModuleType else None
    return found if isinstance(found, type) else TypeInfo


def _is_in(base: type, mro: tuple[type, ...]) -> bool:
    return any(klass is base for klass in mro)


def _category_of(of: type, mro: tuple[type, ...]) -> Category:
    if any(of is plain for plain in _PLAIN):
        return Category.PLAIN
    if any(_is_in(hidden, mro) for hidden in _HIDDEN):
        return Category.HIDDEN
    if _is_in(torch.Tensor, mro):
        return Category.OPAQUE if _is_in(_uninitialized, mro) else Category.TENSOR
    if _is_in(torch.nn.Module, mro):
        return Category.MODULE
    if _is_in(list, mro) or _is_in(deque, mro):
        return Category.LIST
    if _is_in(tuple, mro):
        if of is torch.Size:
            return Category.OTHER
        return Category.FIELDS if _fields(of, mro) else Category.TUPLE
    if _is_in(dict, mro):
        return Category.MAPPING
    if _is_in(BaseException, mro):
        return Category.ERROR
    if _is_in(types.SimpleNamespace, mro):
        return Category.OBJECT
    if any("__dataclass_fields__" in _dict_of(klass) for klass in mro) or any(
        is_of_snippet(klass) for klass in mro
    ):
        return Category.OBJECT
    return Category.OTHER if any(of is shown for shown in _SHOWN) else Category.OPAQUE


def is_of_snippet(klass: type) -> bool:
    """Whether a class is one that a snippet has made."""
    module = _dict_of(klass).get("__module__") if _flags_of(klass) & _HEAP else None
    if type(module) is not str:
        return False
    return module in SNIPPET_MODULES or any(map(module.startswith, _packages))


def class_attributes(klass: type) -> list[tuple[str, Any]]:
    """Names and values of a class's own attributes that are not private."""
    own = list(_dict_of(klass).items())
    return [(name, item) for name, item in own if type(name) is str and name[:1] != "_"]


def _dict_getter(mro: tuple[type, ...]) -> Callable[[Any], dict[Any, Any]] | None:
    for klass in reversed(mro):
        found = _dict_of(klass).get("__dict__")
        if type(found) in (types.GetSetDescriptorType, types.MemberDescriptorType):
            getter: Callable[[Any], dict[Any, Any]] = found.__get__
            return getter
    return None


def _slots(mro: tuple[type, ...]) -> dict[str, Callable[[Any], Any]]:
    return {
        name: member.__get__
        for klass in reversed(mro)
        for name, member in _dict_of(klass).items()
        if type(member) is types.MemberDescriptorType and type(name) is str and name != "__dict__"
    }


def _fields(of: type, mro: tuple[type, ...]) -> tuple[str, ...]:
    """The field names of a named tuple, in order; () for a plain one."""
    for klass in mro:
        own: Mapping[str, Any] = _dict_of(klass)
        names = own.get("_fields")
        if type(names) is not tuple and "n_sequence_fields" in own:
            names = own.get("__match_args__")
        if type(names) is tuple and names and all(type(name) is str for name in names):
            return names
    return ()


def pairs(value: Any, info: TypeInfo, count: int) -> list[tuple[Any, Any]]:
    """The first keys and values of a dict, in its own order; copied before any thread can add."""
    if info.base is OrderedDict and dict.__len__(value) <= MOST_ORDERED_DICT_ITEMS:
        # Its order is not that of the dict below it. Iterating hashes its keys, so these must be of
        # plain types; and it raises where dict methods have changed it.
        plain = all(type_info_of(key).category is Category.PLAIN for key in list(dict.keys(value)))
        with contextlib.suppress(KeyError, RuntimeError):
            if plain:
                keys = list(islice(OrderedDict.__iter__(value), count))
                return [(key, dict.__getitem__(value, key)) for key in keys]
    return list(islice(dict.items(value), count))


def attributes(value: object, info: TypeInfo) -> list[tuple[str, Any]]:
    """Names and values of what an instance has in its `__dict__` and its slots."""
    found: list[tuple[str, Any]] = []
    if info.attributes is not None:
        # Copied at once: a thread of the snippet may add to it meanwhile.
        own = list(dict.items(info.attributes(value)))
        found += [(name, item) for name, item in own if type(name) is str]
    for name, get in info.slots.items():
        try:
            found.append((name, get(value)))
        except AttributeError:  # an empty slot
            continue
    return found
