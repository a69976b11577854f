"""What exists at a moment, one item a tensor or other value: what is new first."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from autograd_tutor.analysis.changes import gone, is_same_tensor, same_value
from autograd_tutor.analysis.followed import followed
from autograd_tutor.analysis.heat_map import picture_at
from autograd_tutor.analysis.identity import NOTHING_KNOWN, Identity, identity_at
from autograd_tutor.analysis.watch import is_watched, sort_watched
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.picture import Picture
from autograd_tutor.recording.trace import State, Trace

_QUOTED = re.compile(r"`([^`\n]+)`")
_WORD = re.compile(r"[^\W\d]\w*")


class Part(IntEnum):
    """Where an item stands: the parts follow each other in this order."""

    WATCHED = 0
    """The lesson watches it."""
    CHANGED = 1
    """This moment has made or changed it."""
    STEP = 2
    """This step has made it, or its code or its explanation names it."""
    EARLIER = 3
    """An earlier step has made it."""


class Item(NamedTuple):
    """A tensor with all its names, or another value."""

    name: str
    part: Part = Part.STEP
    fresh: bool = False
    """Whether it is new, looks different than before, or has a name that is new."""
    tensor: Tensor | None = None
    was: Tensor | None = None
    """What the name stood for before."""
    also: tuple[str, ...] = ()
    """The other names of the tensor."""
    value: str = ""
    """Of what is no tensor."""
    followed: Sequence[float | None] = ()
    """Of a scalar, its numbers so far."""
    picture: Picture | None = None
    """Of a large tensor, what was recorded of its elements."""


class Contents(NamedTuple):
    """All items of a moment."""

    items: Sequence[Item]
    gone: Sequence[str] = ()
    """Names that stand for nothing any more."""
    identity: Identity = NOTHING_KNOWN


def contents_at(
    trace: Trace,
    index: int,
    previous: int,
    watch: Sequence[str] = (),
    explanation: str = "",
) -> Contents:
    """What exists at snapshot `index`; what is fresh differs from snapshot `previous`."""
    found = contents(
        trace.state_changed_first(index),
        trace.state(previous),
        watch,
        identity_at(trace, index, watch),
        {*trace.own(index), *_words(trace.code), *_quoted_words(explanation)},
        lambda name: followed(trace, index, name),
        frozenset(_QUOTED.findall(explanation)),
    )
    items = [
        item._replace(picture=picture_at(trace, index, item.name))
        if item.tensor is not None and item.tensor.stats is not None
        else item
        for item in found.items
    ]
    return found._replace(items=items)


def contents(
    state: State,
    before: State,
    watch: Sequence[str] = (),
    identity: Identity = NOTHING_KNOWN,
    of_step: Collection[str] | None = None,
    followed_of: Callable[[str], Sequence[float | None]] = lambda _: (),
    named: Collection[str] = (),
) -> Contents:
    """What exists in `state`; `of_step`: what the step has made or names, None: everything.

    In each part `named` comes first, of what the lesson watches with the names that it gives.
    """

    def part(names: Sequence[str], fresh: bool) -> Part:
        if any(is_watched(name, watch) for name in names):
            return Part.WATCHED
        if fresh:
            return Part.CHANGED
        near = of_step is None or any(name in of_step or _root(name) in of_step for name in names)
        return Part.STEP if near else Part.EARLIER

    items = []
    for names in _names(state, identity):
        name, tensor = names[0], state.tensors[names[0]]
        was, course = before.tensors.get(name), followed_of(name)
        others = [other for other in names[1:] if other in state.tensors]
        bound = all(_was_bound(other, tensor, before) for other in others)
        fresh = not (bound and same_value(tensor, was))
        items.append(Item(name, part(names, fresh), fresh, tensor, was, names[1:], "", course))
    for name, value in state.values.items():
        fresh = before.values.get(name) != value
        part_of = part((name,), fresh)
        items.append(Item(name, part_of, fresh, value=value, followed=followed_of(name)))
    order = sort_watched([item.name for item in items], watch)
    rank = {name: at for at, name in enumerate(order)}
    first = {*watch, *named}
    items.sort(key=lambda item: (item.part, item.name not in first, rank[item.name]))
    return Contents(items, gone(state, before), identity)


def _names(state: State, identity: Identity) -> Iterator[tuple[str, ...]]:
    """The names of each tensor, that by which it is explained first.

    A name of the `.grad` of another tensor is explained by that one, which has no row of its own.
    """
    groups: dict[str, list[str]] = {}
    for name in state.tensors:
        groups.setdefault(identity.same.get(name, name), []).append(name)
    for main, names in groups.items():
        others = [name for name in names if name != main]
        yield (main, *others) if main in state.tensors else (*others, main)


def _was_bound(name: str, tensor: Tensor, before: State) -> bool:
    was = before.tensors.get(name)
    return was is not None and is_same_tensor(was, tensor)


def _root(name: str) -> str:
    """The variable that holds what has this name."""
    return re.split(r"[.\[(]", name, maxsplit=1)[0]


@lru_cache(maxsize=64)
def _words(code: str) -> frozenset[str]:
    return frozenset(_WORD.findall(code))


@lru_cache(maxsize=64)
def _quoted_words(markdown: str) -> frozenset[str]:
    return frozenset(word for each in _QUOTED.findall(markdown) for word in _WORD.findall(each))
