"""The variables that the code of a running frame sees, as they are at each moment."""

from __future__ import annotations

import re
from types import FrameType
from typing import Any

_OF_IPYTHON = re.compile(r"In|Out|exit|quit|open|get_ipython|_+(i+|ih|oh|dh|\d+)?|_i\d+")
"""What IPython puts among the variables of a notebook."""
_OWN = __name__.rpartition(".")[0]


class FrameVariables(dict[str, Any]):
    """The globals and the locals of a frame: its `items` are those of now."""

    def __init__(self, found: dict[str, Any]) -> None:
        """`found`: the globals of a frame that is not there yet."""
        super().__init__()
        self.frame: FrameType | None = None
        self._globals = found
        self._in_notebook = "get_ipython" in found

    def items(self) -> Any:
        """Names and values."""
        frame, found = self.frame, self._globals
        if frame is not None and frame.f_locals is not found:
            found = {**found, **frame.f_locals}
        return {
            name: value for name, value in list(found.items()) if self._counts(name, value)
        }.items()

    def forget(self) -> None:
        """Hold nothing alive any more."""
        self.frame, self._globals = None, {}

    def _counts(self, name: str, value: Any) -> bool:
        if self._in_notebook and _OF_IPYTHON.fullmatch(name):
            return False
        module = getattr(type(value), "__module__", "")
        return not (isinstance(module, str) and module.startswith(_OWN))
