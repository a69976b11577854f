"""What a node kept from the forward pass, under names that say what it is."""

from __future__ import annotations

from collections.abc import Iterable

from autograd_tutor.messages import _
from autograd_tutor.recording.model import Saved

_SHAPE = "_sym_sizes"
"""What torch puts behind the name of an input of which it keeps the shape."""


def worth_showing(saved: Iterable[Saved]) -> list[Saved]:
    """Without what was not kept, and torch's symbolic sizes that say nothing beside a shape."""
    return [each for each in saved if each.value != "None" and is_worth_showing(each.name)]


def is_worth_showing(name: str) -> bool:
    """Whether it is no symbolic size that says nothing beside a shape."""
    return "_sym_" not in name or name.endswith(_SHAPE)


def saved_name(saved: Saved) -> str:
    """`shape of self` for what torch calls `self_sym_sizes`; other names as they are."""
    name = saved.name
    return (
        _("shape of {name}").format(name=name.removesuffix(_SHAPE))
        if name.endswith(_SHAPE)
        else name
    )
