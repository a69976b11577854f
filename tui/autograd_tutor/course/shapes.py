"""What a field of a lesson's file may hold: what tables of fields are made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Constant:
    """This number alone."""

    value: int


@dataclass(frozen=True)
class Text:
    """A text that is not blank."""

    one_line: bool = False
    pattern: str = ""
    """What the whole text matches, without blanks around it: in Python as in JavaScript."""


@dataclass(frozen=True)
class Word:
    """One of these words."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class Truth:
    """`true` or `false`."""


@dataclass(frozen=True)
class Number:
    """A number within bounds, where there are any."""

    whole: bool = False
    least: float | None = None
    above: float | None = None
    """It is more than this."""
    most: float | None = None


@dataclass(frozen=True)
class ListOf:
    """Items of a shape, at least so many."""

    items: Shape
    least: int = 0


@dataclass(frozen=True)
class Pairs:
    """Any keys, at least one, each with a text or, where it is `numeric`, perhaps a number."""

    numeric: bool = False


@dataclass(frozen=True)
class Either:
    """One of these."""

    shapes: tuple[Shape, ...]


@dataclass(frozen=True)
class Field:
    """One field: what editors, `new` and the reader know of it."""

    name: str
    title: str
    about: str
    """One line of plain English."""
    shape: Shape
    example: str = ""
    """What a lesson to start with has there, as YAML; its lines after the first are indented."""
    required: bool = False
    default: float | None = None


@dataclass(frozen=True)
class GoesWith:
    """`field` is there exactly where `key` has one of these words; a field that may be there only
    then is not `needed`."""

    field: str
    key: str
    words: tuple[str, ...]
    needed: bool = True


@dataclass(frozen=True)
class Group:
    """A set of fields, all of them known."""

    owner: str
    """What they are fields of, for messages."""
    fields: tuple[Field, ...]
    choices: tuple[tuple[str, ...], ...] = ()
    """Sets of fields of which one is there as a whole, and nothing of the others."""
    goes_with: tuple[GoesWith, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields, in order."""
        return tuple(field.name for field in self.fields)

    @property
    def required(self) -> tuple[str, ...]:
        """The names of those that must be there."""
        return tuple(field.name for field in self.fields if field.required)


Shape = Constant | Text | Word | Truth | Number | ListOf | Pairs | Either | Group
