"""Which part of a step is recorded, and what a moment says of a part that was not."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from autograd_tutor.recording.bounded import Count

WindowKind = Literal["", "line", "turn", "pass"]


class Window(Struct, frozen=True, array_like=True):
    """From where to where, and how many turns of the outermost loop; the default is all."""

    kind: WindowKind = ""
    """What is counted: lines of the file, turns of outermost loops, backward passes of a step."""
    first: Count = 0
    last: Count = 0
    """The last that is recorded; 0: no end."""
    every: Annotated[int, Meta(ge=1)] = 1
    """The first turn of an outermost loop is recorded, and every so-manieth after it."""

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return not self.kind and self.every == 1

    def holds_turn(self, number: int) -> bool:
        """Whether this turn of an outermost loop is recorded."""
        first = 1
        if self.kind == "turn":
            first = self.first
            if number < first or (self.last and number > self.last):
                return False
        return (number - first) % self.every == 0


class LeftOut(Struct, frozen=True, array_like=True, gc=False):
    """What ran right before a moment and was not recorded. The moment shows what it changed."""

    loop: Count = 0
    """The header (1-based in the step's code) of the outermost loop that runs, or has ended since;
    0: none."""
    turn: Count = 0
    """In which turn of that loop the moment is; if the loop has ended, how many turns it had."""
    ended: bool = False
    """Whether it has ended."""
    passes: Count = 0
    """Backward passes that were not recorded."""
