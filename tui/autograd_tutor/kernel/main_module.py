"""The module that the snippets of a run believe to be in, and how Python was started for it."""

from __future__ import annotations

import os
import sys
import types
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location

from autograd_tutor import environment
from autograd_tutor.recording.invocation import Invocation


class MainModule(types.ModuleType):
    """The module `__main__` of the snippets: that of a script, or without a file as in a notebook.

    `inspect` looks for the source of a class in the file that the module's `__file__` names.
    Without a script that is the newest step, while the variable `__file__` does not exist.
    """

    __slots__ = ("newest_step",)

    def __init__(self, script: str | None, module: str = "") -> None:
        """`module`: the name by which `python -m` was asked for the script, if it was."""
        super().__init__("__main__")
        self.newest_step = ""
        if script is not None:
            vars(self)["__file__"] = script
            if module:
                spec = spec_from_file_location(module, script)
                assert spec is not None
                self.__spec__, self.__loader__ = spec, spec.loader
                self.__package__ = spec.parent
                self.__cached__ = spec.cached
        else:  # by this name multiprocessing knows that its children have nothing to import
            self.__spec__ = ModuleSpec("__main__", None)

    @property
    def __file__(self) -> str:  # type: ignore[override]
        return str(vars(self).get("__file__", self.newest_step))


def imitate_python(path: str | None, invocation: Invocation) -> str | None:
    """Set sys.argv and sys.path as Python does for `path`; returns the absolute path of a script.

    As `python PATH`, or as `python -m`, which finds modules in the working folder.
    """
    sys.argv = [""]
    environment.find_first(os.environ.get("PYTHONPATH", ""))
    if path is None:
        return None
    folder = os.getcwd() if invocation.module else os.path.dirname(os.path.realpath(path))
    sys.path.insert(0, folder)
    if not path.lower().endswith(".py"):
        return None
    script = os.path.abspath(path)
    sys.argv = [script if invocation.module else path, *invocation.arguments]
    return script
