"""The source of what a run executes, where tracebacks, warnings and `inspect` look for it."""

from __future__ import annotations

import io
import linecache


class Sources:
    """The files that code was executed of, by name: `"<step 1>" in sources`.

    `script`: the full path of the file that the steps come from, if any. What was executed counts,
    and what the file holds on disk only between: the code of a step may have been edited.
    """

    def __init__(self, script: str | None) -> None:
        self._script = script
        self._names: set[str] = set()
        self._lines: dict[str, list[str]] = {}

    def __contains__(self, filename: object) -> bool:
        return filename in self._names

    def add_file(self, filename: str) -> None:
        """Make a file on disk known, of which functions are followed."""
        self._names.add(filename)

    def add(self, filename: str, code: str, first_line: int = 1) -> None:
        """Make code known that begins on `first_line`, among what is known of its file."""
        self._names.add(filename)
        new = io.StringIO(code if code.endswith("\n") else f"{code}\n").readlines()
        # `inspect` looks for a class in the file of its module, which a script names in full.
        for name in {filename, self._script or filename}:
            lines = self._lines.setdefault(name, list(linecache.getlines(name)))
            lines += ["\n"] * (first_line - 1 - len(lines))
            lines[first_line - 1 : first_line - 1 + len(new)] = new
            # Without a time of change the file on disk is not looked at again.
            linecache.cache[name] = (len(code), None, lines, name)
