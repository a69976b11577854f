"""What number a step or an exercise has, for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple


class Numbered(NamedTuple):
    """`step 3 of 6`, `exercise 2 of 14`."""

    kind: Literal["step", "exercise"]
    number: int
    """From 1."""
    of: int


def numbered(exercises: Sequence[bool], index: int) -> Numbered:
    """The step at `index` (from 0), where these of a lesson's steps are exercises.

    Several exercises have numbers of their own; a single one is the last of the steps.
    """
    if sum(exercises) < 2:
        return Numbered("step", index + 1, len(exercises))
    alike = [at for at, each in enumerate(exercises) if each == exercises[index]]
    return Numbered("exercise" if exercises[index] else "step", alike.index(index) + 1, len(alike))
