"""Lines in and out: wrapped to the terminal's width, and taken whatever is typed or piped."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable

from autograd_tutor.limits.interface import LEAST_PLAIN_CELLS, LONGEST_LINE, PLAIN_CELLS
from autograd_tutor.messages import _
from autograd_tutor.recording.printable import one_line
from autograd_tutor.render.rows import Row, row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.signs import spelled_formula
from autograd_tutor.render.spoken import in_words


class BadLine(Exception):
    """A line that cannot be taken; the text says why."""


class Console:
    """Standard input and output."""

    def __init__(self, ascii_only: bool = False) -> None:
        self._ascii = ascii_only
        self._echoes = not os.isatty(0)
        """Whether what is read is to be printed: no terminal has echoed it."""
        if isinstance(sys.stdout, io.TextIOWrapper):
            encoding = "ascii" if ascii_only else None
            sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")

    @property
    def width(self) -> int:
        """Cells of a line."""
        try:
            columns = os.get_terminal_size(1).columns
        except OSError:
            columns = 0
        return max(LEAST_PLAIN_CELLS, columns or PLAIN_CELLS)

    def say(self, *rows: Row | str) -> None:
        """Print rows, each on lines of its own."""
        self.say_all(rows)

    def say_all(self, rows: Iterable[Row | str]) -> None:
        """Print rows, each on lines of its own; those that are too long go on below, indented."""
        for each in rows:
            text = in_words(each if isinstance(each, str) else each.text).rstrip()
            text = spelled_formula(text) if self._ascii else text
            indent = len(text) - len(text.lstrip())
            first = row(text[:indent])
            for line in wrap([(text[indent:], "")], self.width, first, indent + 2):
                print(line.text.rstrip(), flush=True)

    def ask(self, prompt: str) -> str | None:
        """The next line, without blanks around it; None at the end of the input.

        Raises BadLine, and KeyboardInterrupt.
        """
        print(f"{prompt} ", end="", flush=True)
        data = b"" if sys.stdin is None else sys.stdin.buffer.readline(LONGEST_LINE + 1)
        if not data:
            print(flush=True)
            return None
        too_long = not data.endswith(b"\n") and len(data) > LONGEST_LINE
        while too_long and data and not data.endswith(b"\n"):
            data = sys.stdin.buffer.readline(LONGEST_LINE)
        if too_long:
            self._echo("...")
            raise BadLine(
                _("A line may have {longest_line:,} characters; that one had more.").format(
                    longest_line=LONGEST_LINE
                )
            )
        try:
            line = data.decode().strip()
        except UnicodeDecodeError:
            self._echo("...")
            raise BadLine(_("That line is not UTF-8 text.")) from None
        self._echo(line)
        return line

    def _echo(self, line: str) -> None:
        if self._echoes:
            print(sanitize_line(one_line(line, self.width)), flush=True)
