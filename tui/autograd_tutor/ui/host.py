"""What the screens and panes ask of the application they are in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual.app import App

from autograd_tutor.course.library import Summary
from autograd_tutor.ui.keys import Section


class Host(App[None]):
    """The part of the application that screens and panes use."""

    ascii_only: bool
    filters_lines: bool
    """Whether rows still need Textual's filters; our themes have no colours to translate."""
    torch_ready: bool

    @property
    def lessons(self) -> Sequence[Summary]:
        """All that can be opened, in order: a file that is not in the library, then the library."""
        raise NotImplementedError

    def open_lesson(self, path: Path, step: str | None = None) -> None:
        """Open a lesson at the step of this id, or where the learner left it.

        Where the lesson has problems, say so.
        """
        raise NotImplementedError

    def search(self) -> None:
        """Ask for a lesson by its words, and open it."""
        raise NotImplementedError

    def leave(self) -> None:
        """End the program; where something would be lost by that, only when asked again."""
        raise NotImplementedError

    def help(self, sections: Sequence[Section]) -> None:
        """Show all keys and signs."""
        raise NotImplementedError
