"""What the command line chose for the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from autograd_tutor.course.asked import Asked


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
    asked: Asked | None = None
    """How a script is run, where that was said."""
