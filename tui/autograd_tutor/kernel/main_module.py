"""The module that the snippets of a run believe to be in, and how Python was started for it."""

from __future__ import annotations

import os
import sys
import types
from importlib.machinery import ModuleSpec

from autograd_tutor import environment


class MainModule(types.ModuleType):
    """The module `__main__` of the snippets: that of a script, or without a file as in a notebook.

    `inspect` looks for the source of a class in the file that the module's `__file__` names.
    Without a script that is the newest step, while the variable `__file__` does not exist.
    """

    __slots__ = ("newest_step",)

    def __init__(self, script: str | None) -> None:
        super().__init__("__main__")
        self.newest_step = ""
        if script is not None:
            vars(self)["__file__"] = script
        else:  # by this name multiprocessing knows that its children have nothing to import
            self.__spec__ = ModuleSpec("__main__", None)

    @property
    def __file__(self) -> str:  # type: ignore[override]
        return str(vars(self).get("__file__", self.newest_step))


def imitate_python(path: str | None) -> str | None:
    """Set sys.argv and sys.path as `python PATH` does; returns the absolute path of a script."""
    sys.argv = [""]
    environment.find_first(os.environ.get("PYTHONPATH", ""))
    if path is None:
        return None
    sys.path.insert(0, os.path.dirname(os.path.realpath(path)))
    if not path.lower().endswith(".py"):
        return None
    sys.argv = [path]
    return os.path.abspath(path)
