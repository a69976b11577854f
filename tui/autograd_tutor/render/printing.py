"""Prints rows on standard output: in colour on a terminal, as plain lines anywhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from autograd_tutor.render.rows import Row

if TYPE_CHECKING:
    from rich.console import Console

LOOKS: Mapping[str, str] = {
    "leaf": "blue",
    "operation": "magenta",
    "grad": "yellow",
    "changed": "bold",
    "done": "green",
    "failure": "red",
    "dim": "dim",
    "strong": "bold",
    "emphasis": "italic",
    "title": "bold",
    "key": "cyan",
    "keyword": "magenta",
    "string": "cyan",
    "number": "blue",
    "comment": "dim",
    "definition": "bold",
}
"""What styles look like in running text, in the terminal's own 16 colours; others look plain."""


class Printer:
    """Standard output. Every row is written out at once, so that whoever reads along can."""

    def __init__(self) -> None:
        self._console: Console | None = None
        if os.isatty(1):
            from rich.console import Console

            self._console = Console(highlight=False)

    def print(self, rows: Iterable[Row]) -> None:
        """Write rows, one line each; a terminal breaks those that are too long for it."""
        if self._console is not None:
            self._print_styled(self._console, rows)
            return
        for line in rows:
            print(line.text.rstrip(), flush=True)

    def _print_styled(self, console: Console, rows: Iterable[Row]) -> None:
        from rich.text import Text

        for line in rows:
            text = Text()
            for piece, style in line.spans:
                names = (*line.base.split(), *style.split())
                text.append(piece, " ".join(LOOKS[name] for name in names if name in LOOKS))
            console.print(text, soft_wrap=True)
        sys.stdout.flush()
