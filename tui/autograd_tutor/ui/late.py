"""Modules that are slow to import and are not needed for the first screen: they come later.

Some are imported by others that are needed for it. While `postponed` holds, stand-ins take their
place: what is taken from one loads the real module when it is called, or asked for an attribute.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import Thread
from types import ModuleType
from typing import Any

_FOR_FIRST_VALUES = (
    "autograd_tutor.recording.slices",
    "autograd_tutor.render.graph",
    "autograd_tutor.analysis.local_derivative",
    "hashlib",
)
"""Needed as soon as something is recorded."""


def import_for_first_values() -> None:
    """On a thread, import what the first values need, while torch is imported elsewhere."""
    Thread(target=lambda: [*map(import_module, _FOR_FIRST_VALUES)], daemon=True).start()


class _Name:
    """A name in a module that is imported when something is done with it."""

    def __init__(self, module: str, name: str) -> None:
        self._place = module, name

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self._found()(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._found(), name)

    def __mro_entries__(self, _bases: tuple[object, ...]) -> tuple[type, ...]:
        return ()  # a class that is derived from it lacks it, and is of no use

    def _found(self) -> Any:
        module, name = self._place
        _take_off((module,))
        return getattr(import_module(module), name)


class _Module(ModuleType):
    """Has every name that is asked for, but those of Python's own."""

    def __getattr__(self, name: str) -> _Name:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Name(self.__name__, name)


@contextmanager
def postponed(*names: str) -> Iterator[None]:
    """Have imports of these modules take stand-ins, unless they have been imported already."""
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update({name: _Module(name) for name in absent})
    try:
        yield
    finally:
        _take_off(absent)


def _take_off(names: Iterable[str]) -> None:
    """Make room for the modules themselves where there are stand-ins."""
    for name in names:
        if isinstance(sys.modules.get(name), _Module):
            del sys.modules[name]


@contextmanager
def missing(*names: str) -> Iterator[None]:
    """Have imports of these modules fail, for modules that can do without them."""
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # as Python has it
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
