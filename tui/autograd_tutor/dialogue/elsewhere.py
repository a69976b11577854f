"""How one gets from a lesson to others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

Following = Callable[[], tuple[str, Path] | None]
"""Gives the title and the file of the lesson after the open one."""


class After(NamedTuple):
    """What comes after a lesson: another one, if it is named."""

    lesson: Path | None = None
    step: str | None = None
    review: bool = False
    """Whether what is due is asked before that."""
    again: bool = False
    """Whether the lesson asks what was settled, too, from its first question on."""


class Elsewhere(NamedTuple):
    """What the commands about other lessons do; most return what comes after this one, if so."""

    find: Callable[[str], After | None]
    lessons: Callable[[], None]
    lesson: Callable[[str], After | None]
    following: Following
    review: Callable[[], After | None]
    path: Callable[[str], None]
