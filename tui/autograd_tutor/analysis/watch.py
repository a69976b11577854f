"""The names that a lesson watches, which stand before all others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def sort_watched(names: Iterable[str], watch: Sequence[str]) -> list[str]:
    """The names in their order, but those that are watched (or what they hold) first."""
    ordered = list(names)
    watched = dict.fromkeys(name for each in watch for name in ordered if is_watched(name, (each,)))
    return [*watched, *(name for name in ordered if name not in watched)]


def is_watched(name: str, watch: Sequence[str]) -> bool:
    """Whether a name is watched, or stands for something that a watched one holds."""
    return any(name == each or name.startswith((f"{each}.", f"{each}[")) for each in watch)
