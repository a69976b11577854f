"""Says that something runs, where nothing else is printed for seconds."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Self

from autograd_tutor.messages import _


class Running:
    """A context manager: a word stands on standard error as long as it is open, on a terminal."""

    def __init__(self) -> None:
        self._word = _("running…") if os.isatty(2) else ""

    def __enter__(self) -> Self:
        self._write(self._word)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._erase()
        self._word = ""

    def say(self, line: str) -> None:
        """Write a line above the word."""
        self._erase()
        self._write(f"{line}\n{self._word}")

    def _erase(self) -> None:
        if self._word:
            self._write(f"\r{' ' * len(self._word)}\r")

    def _write(self, text: str) -> None:
        if text:
            sys.stderr.write(text)
            sys.stderr.flush()
