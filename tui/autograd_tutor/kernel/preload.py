"""Modules that the zygote imports once some run has needed them, so that later runs find them.

An optimizer, `torch.func.grad` or checkpointing makes torch import its compiler, which takes longer
than torch itself. Nobody should wait for that who does not need it, and nobody twice.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

SLOW_MODULES = ("torch._dynamo",)
"""What is worth it. Importing these executes nothing that would make forks unsafe."""


def loaded() -> tuple[str, ...]:
    """Which of SLOW_MODULES this process has imported."""
    return tuple(name for name in SLOW_MODULES if name in sys.modules)


class SlowImports:
    """Tells when this process imports one of SLOW_MODULES: `tell(False)`, in the end `tell(True)`.

    To be put first in `sys.meta_path`.
    """

    def __init__(self, tell: Callable[[bool], None]) -> None:
        self._tell = tell

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where the module is, with a loader that tells; None for all others."""
        if name not in SLOW_MODULES:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def loaded(module: ModuleType) -> None:
            self._tell(False)
            try:
                load(module)
            finally:
                self._tell(True)

        spec.loader.exec_module = loaded  # type: ignore[method-assign]
        return spec


class Preloader:
    """Imports on a thread, beside a loop that must go on. While it is `busy` nobody may fork."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._thread: threading.Thread | None = None
        self._imported = threading.Event()
        self._wanted: list[str] = []
        self._tried = set(loaded())

    @property
    def busy(self) -> bool:
        """Whether a fork would copy a half-imported module."""
        return self._thread is not None

    def want(self, names: Iterable[str]) -> None:
        """Import what is among SLOW_MODULES; `wake` is called, by another thread, in the end."""
        self._wanted += [name for name in names if name in SLOW_MODULES]
        self._go_on()

    def settle(self) -> None:
        """To be called after `wake`: forks are safe again, unless there is more to import."""
        if self._thread is None or not self._imported.is_set():
            return
        self._thread.join()
        self._thread = None
        gc.freeze()
        self._go_on()

    def _go_on(self) -> None:
        while self._wanted and self._thread is None:
            name = self._wanted.pop(0)
            if name not in self._tried:
                self._tried.add(name)
                self._imported.clear()
                self._thread = threading.Thread(target=self._import, args=(name,), daemon=True)
                self._thread.start()

    def _import(self, name: str) -> None:
        try:
            import_module(name)
        finally:
            self._imported.set()
            self._wake()
