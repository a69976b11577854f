"""Imports slow modules into the zygote once a run has needed them, so that later runs have them.

An optimizer, `torch.func.grad` or checkpointing makes torch import its compiler, which takes longer
than importing torch. Only who needs it should wait for it, and only once. This is for systems where
there is no warm process (`warm.py`), which imports it without anybody waiting.
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
"""Importing these executes nothing that would make forks unsafe."""
ALSO = ("torch.profiler._cupti_monitor",)
"""What the first step of an optimizer imports besides, in some versions of torch; nor do these."""


def loaded() -> tuple[str, ...]:
    """Which of SLOW_MODULES this process has imported."""
    return tuple(name for name in SLOW_MODULES if name in sys.modules)


class SlowImports:
    """An import hook for the front of `sys.meta_path` that reports slow imports.

    It calls `notify(False)` before one of SLOW_MODULES is imported, and `notify(True)` after it.
    """

    def __init__(self, notify: Callable[[bool], None]) -> None:
        self._notify = notify

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's spec, with a loader that notifies; None for other modules."""
        if name not in SLOW_MODULES:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            self._notify(False)
            try:
                execute(module)
            finally:
                self._notify(True)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


class Preloader:
    """Imports modules on a thread while the loop goes on. While it is `busy` nobody may fork."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._thread: threading.Thread | None = None
        self._imported = threading.Event()
        self._requested: list[str] = []
        self._tried = set(loaded())

    @property
    def busy(self) -> bool:
        """Whether a fork would copy a half-imported module."""
        return self._thread is not None

    def request(self, names: Iterable[str]) -> None:
        """Import those that are among SLOW_MODULES. At the end another thread calls `wake`."""
        self._requested += [name for name in names if name in SLOW_MODULES]
        self._start_next()

    def finish(self) -> None:
        """Call this after `wake`: forks are safe again, unless there is more to import."""
        if self._thread is None or not self._imported.is_set():
            return
        self._thread.join()
        self._thread = None
        gc.freeze()
        self._start_next()

    def _start_next(self) -> None:
        while self._requested and self._thread is None:
            name = self._requested.pop(0)
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
