"""What the learner did, as notes that can be merged in any order and any number of times.

Each note only ever grows: a set gets more members, the first time of something becomes earlier, the
last one later. So two terminals, two computers and a file that was put back lose nothing of each
other, and nothing is counted twice. All times are milliseconds since 1970, UTC; 0 is never.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Annotated, NamedTuple, TypeVar

import msgspec
from msgspec import Meta, Struct

from autograd_tutor.limits.progress import (
    LATEST,
    MOST_CODE,
    MOST_COUNTED,
    MOST_GUESSES,
    MOST_MISTAKE_CHARACTERS,
    MOST_TRIES,
)

Milliseconds = Annotated[int, Meta(ge=0, le=LATEST)]
Count = Annotated[int, Meta(ge=0, le=MOST_COUNTED)]


class Key(NamedTuple):
    """What a note is about; `kind` is one of KINDS."""

    kind: str
    lesson: str
    step: str = ""
    number: int = 0
    """Of the question in its step, from 0."""
    after: int = 0
    """Of a review: see there."""


class Guess(Struct, frozen=True, array_like=True):
    """A question that was answered, after as many tries."""

    at: Milliseconds
    right: bool
    sure: bool | None = None
    """None: the learner did not say."""
    tries: Annotated[int, Meta(ge=1, le=MOST_COUNTED)] = 1


class Try(Struct, frozen=True, array_like=True):
    """A run of an exercise that was judged; `mistake` is the id of a known one, or empty."""

    at: Milliseconds
    mistake: Annotated[str, Meta(max_length=MOST_MISTAKE_CHARACTERS)] = ""


class Code(Struct, frozen=True, array_like=True):
    """The learner's code; no text where nothing was written, or it was taken back."""

    at: Milliseconds = 0
    text: Annotated[str, Meta(max_length=MOST_CODE)] = ""


class Question(Struct, frozen=True, omit_defaults=True):
    """What the learner did with one question."""

    guesses: Annotated[tuple[Guess, ...], Meta(max_length=MOST_GUESSES)] = ()
    """In the order of their times, each with its own."""
    skipped: Milliseconds = 0
    """When first."""
    last: Milliseconds = 0
    """When it was worked on last."""

    @property
    def settled(self) -> bool:
        """Whether it was answered or skipped."""
        return bool(self.guesses or self.skipped)

    @property
    def tries(self) -> int:
        """How many answers were given in all."""
        return sum(guess.tries for guess in self.guesses)

    @property
    def right(self) -> bool:
        """Whether it was ever answered rightly."""
        return any(guess.right for guess in self.guesses)

    @property
    def sure(self) -> bool | None:
        """What the learner said of the last answer."""
        return self.guesses[-1].sure if self.guesses else None

    @property
    def shaky(self) -> bool:
        """Whether the first answer was missed, unsure or not given."""
        first = self.guesses[0] if self.guesses else None
        return first is None or not first.right or first.tries > 1 or first.sure is False

    @property
    def at(self) -> int:
        """When it was worked on last."""
        return max(self.last, self.guesses[-1].at if self.guesses else 0)

    def joined(self, other: Question) -> Question:
        """Both in one."""
        guesses = _union(self.guesses, other.guesses, MOST_GUESSES)
        last = max(self.last, other.last)
        return Question(guesses, _first(self.skipped, other.skipped), last)


class Exercise(Struct, frozen=True, omit_defaults=True):
    """What the learner did with one exercise."""

    code: Code = Code()
    tries: Annotated[tuple[Try, ...], Meta(max_length=MOST_TRIES)] = ()
    """In the order of their times, each with its own."""
    hints: Count = 0
    """How many were looked at."""
    solved: Milliseconds = 0
    """When first."""
    shown: Milliseconds = 0
    """When the solution was looked at first."""
    last: Milliseconds = 0
    """When it was worked on last."""

    @property
    def state(self) -> str:
        """`solved`, `shown` (its solution was looked at, and it is not solved), or nothing."""
        return "solved" if self.solved else "shown" if self.shown else ""

    @property
    def peeked(self) -> bool:
        """Whether the solution was looked at before the exercise was solved, if it is."""
        return bool(self.shown) and (not self.solved or self.shown < self.solved)

    @property
    def mistakes(self) -> dict[str, int]:
        """How often each known mistake was recognised, in the order of the first time."""
        found: dict[str, int] = {}
        for each in self.tries:
            if each.mistake:
                found[each.mistake] = found.get(each.mistake, 0) + 1
        return found

    @property
    def at(self) -> int:
        """When it was worked on last."""
        tried = self.tries[-1].at if self.tries else 0
        return max(self.last, self.code.at, tried)

    def joined(self, other: Exercise) -> Exercise:
        """Both in one; of the code the later."""
        return Exercise(
            max(self.code, other.code, key=lambda code: (code.at, code.text)),
            _union(self.tries, other.tries, MOST_TRIES),
            max(self.hints, other.hints),
            _first(self.solved, other.solved),
            _first(self.shown, other.shown),
            max(self.last, other.last),
        )


class Finish(Struct, frozen=True, omit_defaults=True):
    """A lesson that was finished."""

    finished: Milliseconds = 0
    """When first."""

    def joined(self, other: Finish) -> Finish:
        """Both in one."""
        return Finish(_first(self.finished, other.finished))


class Review(Struct, frozen=True, omit_defaults=True):
    """A question that comes back.

    Its key's `after` is when: so many lessons later; 0: at the end of a chapter, at once.
    """

    planned: Milliseconds = 0
    done: Milliseconds = 0
    """When it was answered or skipped first."""

    def joined(self, other: Review) -> Review:
        """Both in one."""
        return Review(_first(self.planned, other.planned), _first(self.done, other.done))


class Following(Struct, frozen=True, omit_defaults=True):
    """A path through the course that was followed; its key's `lesson` is the path's id, or WHOLE.

    The one that was chosen last is followed now.
    """

    chosen: Milliseconds = 0
    """When last."""

    def joined(self, other: Following) -> Following:
        """Both in one."""
        return Following(max(self.chosen, other.chosen))


WHOLE = "*"
"""Stands for the whole course, where a path's id would stand."""

Note = Question | Exercise | Finish | Review | Following

KINDS: dict[
    str, type[Question] | type[Exercise] | type[Finish] | type[Review] | type[Following]
] = {
    "question": Question,
    "exercise": Exercise,
    "lesson": Finish,
    "review": Review,
    "path": Following,
}


def join(first: Note, second: Note) -> Note:
    """Both in one; they have to be of one kind."""
    joined: Callable[[Note], Note] = first.joined  # type: ignore[assignment]
    return joined(second)


_Timed = TypeVar("_Timed", Guess, Try)


def _union(first: tuple[_Timed, ...], second: tuple[_Timed, ...], most: int) -> tuple[_Timed, ...]:
    """All of both, one at each time, up to the number that is kept."""
    if first == second or not second:
        return first
    found: dict[int, _Timed] = {}
    for each in chain(first, second):
        known = found.setdefault(each.at, each)
        found[each.at] = max(known, each, key=msgspec.json.encode)
    return tuple([found[at] for at in sorted(found)[:most]])


def _first(*times: int) -> int:
    return min(filter(None, times), default=0)
