"""What the command line chose for the screen."""

from __future__ import annotations

from typing import NamedTuple


class Options(NamedTuple):
    """The theme's name, if any was chosen, and what the terminal can do."""

    mouse: bool = True
    ascii_only: bool = False
    theme: str | None = None
    sandbox: bool | None = None
    """Whether lessons run in a sandbox; None: those that others wrote."""
    preview: bool = False
    """Whether the lesson is read again whenever its file changes, and opened with its problems."""
    review: bool = False
    """Whether questions that are due are asked first."""
