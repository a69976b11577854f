"""How graphs are to be drawn."""

from __future__ import annotations

from typing import NamedTuple


class Choice(NamedTuple):
    """How the learner wants graphs drawn."""

    as_tree: bool = False
    folded: frozenset[int] = frozenset()
    """The repeats that are folded, each by the id of its first node."""
    of: str | None = None
    """The tensor whose graph it is, outside of passes; None: the one that the moment is about."""
