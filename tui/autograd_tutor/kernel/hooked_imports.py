"""Imports followed modules with calls of a hook in the loops of their functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import decode_source
from types import CodeType, ModuleType

from autograd_tutor.kernel.hooked_code import Hook, hooked
from autograd_tutor.recording.followed import count_lines, is_followed

Hooked = Callable[[str, CodeType], None]
"""Called with the name of a file, and its code with calls of the hook in it."""


class HookedImports:
    """A finder for `sys.meta_path` that stands before Python's own."""

    def __init__(self, asked: tuple[str, ...], hook: Hook, note: Hooked) -> None:
        """`asked`: the modules and packages that are followed."""
        self._asked = asked
        self._hook = hook
        self._note = note

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module is that is followed, as Python finds it."""
        if not is_followed(name, self._asked):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(name, spec.loader.path, self._hook, self._note)
        return spec


class _Loader(SourceFileLoader):
    """Compiles the source anew: what Python keeps of it has no calls of ours."""

    def __init__(self, name: str, path: str, hook: Hook, note: Hooked) -> None:
        super().__init__(name, path)
        self._hook = hook
        self._noted = note

    def get_code(self, fullname: str) -> CodeType | None:
        """The code of the module."""
        path = self.get_filename(fullname)
        try:
            text = decode_source(self.get_data(path))
            code = hooked(text, path, self._hook, count_lines(text) + 1, None, within=True)
        except (OSError, SyntaxError, UnicodeError, ValueError, RecursionError, MemoryError):
            return super().get_code(fullname)  # which raises what is to be raised
        self._noted(path, code)
        return code
