"""What a handout consists of, before it is written in one format or another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from autograd_tutor.course.tasks import Kind
from autograd_tutor.render.rows import Row


class Prose(NamedTuple):
    """A text of the lesson, in Markdown."""

    markdown: str


class Note(NamedTuple):
    """A remark of the handout itself."""

    text: str


class Code(NamedTuple):
    """Python code, its lines numbered from `first_line`."""

    title: str
    code: str
    first_line: int = 1
    numbers_matter: bool = False
    """Whether something is said of a line by its number."""


class Printed(NamedTuple):
    """What was printed, or the text of an error, line by line."""

    title: str
    text: str
    is_error: bool = False


class Table(NamedTuple):
    """Cells of plain text, in lines; the first cell of a row is its heading."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Graph(NamedTuple):
    """A graph as lanes, and the same as a list of sentences."""

    title: str
    rows: tuple[Row, ...]
    listed: tuple[str, ...]


Place = tuple[float, float]
"""In shares of a picture, 0 to 1: across from the left, and up from below."""


class ChartLine(NamedTuple):
    """One curve; it is broken where there is no number."""

    name: str
    style: str
    """As in `render/styles.py`."""
    pieces: tuple[tuple[Place, ...], ...]
    letter: str = ""
    """What tells it from others without colours."""


class Chart(NamedTuple):
    """Curves, and the same in sentences."""

    title: str
    lines: tuple[ChartLine, ...]
    across: tuple[tuple[float, str], ...]
    """Ticks: where, in shares, and the number."""
    up: tuple[tuple[float, str], ...]
    across_title: str
    points: tuple[Place, ...]
    listed: tuple[str, ...]
    cells: tuple[str, ...]
    """The same picture in lines of characters."""


class Question(NamedTuple):
    """A question, with room for the answer."""

    heading: str
    ask: str
    """Markdown."""
    kind: Kind
    choices: tuple[str, ...] = ()
    """Text in which code stands between backticks."""


class Answered(NamedTuple):
    """What the run answers, and why it is so, in Markdown."""

    heading: str
    answer: str
    because: str


class Room(NamedTuple):
    """Room to write code in."""

    title: str
    lines: int


class Hints(NamedTuple):
    """From where to look to what to write, each in Markdown."""

    title: str
    texts: tuple[str, ...]


Block = Prose | Note | Code | Printed | Table | Graph | Chart | Question | Answered | Room | Hints


class Part(NamedTuple):
    """Blocks under a heading of their own, below that of a section."""

    title: str
    blocks: tuple[Block, ...]
    kind: Literal["results", "answers"] = "results"


class Section(NamedTuple):
    """A step, an exercise, or all answers."""

    anchor: str
    title: str
    blocks: tuple[Block | Part, ...]


class Handout(NamedTuple):
    """All of it."""

    title: str
    summary: str
    facts: tuple[tuple[str, str], ...]
    """Name and value: its chapter, what ran it, …"""
    how_to: str
    """How the lesson is opened in a terminal."""
    steps: tuple[Section, ...]
    answers: Section | None
    language: str
    """Of the lesson's texts, as HTML has it: `en`."""


def all_blocks(blocks: Sequence[Block | Part]) -> list[Block]:
    """The blocks of a section, those of its parts among them."""
    found: list[Block] = []
    for each in blocks:
        found += each.blocks if isinstance(each, Part) else [each]
    return found
