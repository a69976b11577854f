"""Names in few cells that still tell one tensor from another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from autograd_tutor.render.rows import elide

_MOST_COMPARED = 200
"""So many names decide how all of them are shortened."""


def short_name(name: str, among: tuple[str, ...], width: int, tail: int) -> str:
    """A name in `width` cells at most: its last `tail` cells and its beginning, `…` between.

    Where that looks the same for some of those `among` which it stands, other parts of all of them
    are left out: `…[0].weight` and `…[1].weight`, not `lay…weight` twice.
    """
    shortened = elide(name, width, tail)
    return shortened if shortened == name else _short_names(among, width, tail).get(name, shortened)


class _Form(NamedTuple):
    """How a name is shortened: `tail` cells of its end, or what its character `first` begins."""

    tail: int
    first: int = 0

    def of(self, name: str, width: int) -> str:
        if not self.first or elide(name, width, 0) == name:
            return elide(name, width, self.tail)
        return "…" + elide(name[self.first :], width - 1, 0)


@lru_cache(maxsize=64)
def _short_names(names: tuple[str, ...], width: int, tail: int) -> Mapping[str, str]:
    compared = tuple(dict.fromkeys(names))[:_MOST_COMPARED]
    chosen, most = _Form(tail), 0
    for form in _forms(compared, width, tail):
        different = len({form.of(name, width) for name in compared})
        if different > most:
            chosen, most = form, different
        if different == len(compared):
            break
    return {name: chosen.of(name, width) for name in names}


def _forms(names: tuple[str, ...], width: int, tail: int) -> Iterator[_Form]:
    """The best first: more of the end, then less of it, then a part of the middle."""
    yield from map(_Form, (tail, *range(tail + 1, width), *range(tail - 1, -1, -1)))
    long = [name for name in names if elide(name, width, tail) != name]
    begun = sum(1 for _ in takewhile(_is_one, zip(*long, strict=False)))
    yield from (_Form(0, first) for first in range(begun, max(0, begun - width), -1))


def _is_one(characters: tuple[str, ...]) -> bool:
    return len(set(characters)) == 1
