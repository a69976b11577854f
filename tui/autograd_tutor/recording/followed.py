"""The code of a step and, behind it, of the files that it follows: one count of lines for all.

Records count lines from 1 in the step's own code. Those of a followed file come after it, one line
apart, in the order in which the files were first stepped into. Both sides count alike.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from operator import attrgetter
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

from autograd_tutor.limits.records import FILE_NAME, FOLLOWED_NAME, MOST_FOLLOWED
from autograd_tutor.limits.scripts import FOLLOWED_CHARACTERS, MODULE_CHARACTERS
from autograd_tutor.messages import _
from autograd_tutor.recording.printable import printable

_LINE_END = re.compile(r"\r\n|\r|\n")


class Followed(Struct, frozen=True, array_like=True, gc=False):
    """A file whose functions are stepped into."""

    file: Annotated[str, Meta(max_length=FILE_NAME)]
    """Its path from where its module was found: `helpers.py`, `pkg/net.py`."""
    module: Annotated[str, Meta(max_length=MODULE_CHARACTERS)]
    """The name by which it was imported."""
    code: Annotated[str, Meta(max_length=FOLLOWED_CHARACTERS)]


WhyNot = Literal[
    "unimported", "uncalled", "unreadable", "large", "changed", "many", "edited", "namesake"
]
"""`changed`: what ran is not what its file says; `many`: there were MOST_FOLLOWED others.

Of what may have been stepped into in part: `edited`: its file was written to later, and loaded
again; `namesake`: it has several files, or another module has one of that name.
"""


class Unfollowed(Struct, frozen=True, array_like=True, gc=False):
    """Why functions of a module that was asked for were not stepped into."""

    module: Annotated[str, Meta(max_length=MODULE_CHARACTERS)]
    """As it was asked for, or of `file` its own name."""
    why: WhyNot


class Place(NamedTuple):
    """A line of another file than the step's own."""

    line: int
    """As that file counts."""
    file: str

    def __str__(self) -> str:
        """What stands behind the word `line`."""
        return _("{line} of {file}").format(line=self.line, file=printable(self.file))


class Part(NamedTuple):
    """One file's code among all lines of a step."""

    file: str
    """`` for the step's own code."""
    code: str
    before: int
    """How many lines come before its first."""
    first: int
    """What its own file calls that line."""

    def number(self, line: int) -> int:
        """What people call a line of it."""
        return line - self.before + self.first - 1

    @property
    def last_line(self) -> int:
        """The last line that is not empty, among all of the step."""
        return self.before + count_lines(self.code.rstrip("\n"))


class Source(str):
    """All lines of a step as one text, which is made of parts that are Python each."""

    parts: tuple[Part, ...]

    def __new__(cls, parts: tuple[Part, ...]) -> Source:
        """The text of parts that follow each other one line apart."""
        codes = (part.code for part in parts)
        each = [code if "\r" not in code else "\n".join(split_lines(code)) for code in codes]
        made = super().__new__(cls, "\n\n".join(each))
        made.parts = parts
        return made


class Sources:
    """The code of a step with the files that were followed so far."""

    def __init__(self, code: str, first_line: int = 1) -> None:
        self.text = Source((Part("", code, 0, first_line),))

    @property
    def first(self) -> int:
        """What the step's own file calls its first line."""
        return self.text.parts[0].first

    def add(self, followed: Followed) -> Part | None:
        """The lines that a file gets; None where there are files enough, or one of its name."""
        parts = self.text.parts
        if len(parts) > MOST_FOLLOWED or self.has(followed.file):
            return None
        last = parts[-1]
        before = last.before + count_lines(last.code) + 1
        part = Part(followed.file, followed.code, before, 1)
        self.text = Source((*parts, part))
        return part

    def has(self, file: str) -> bool:
        """Whether there is a file of that name."""
        return any(each.file == file for each in self.text.parts)

    def part(self, line: int) -> Part:
        """The file that a line is of."""
        parts = self.text.parts
        return parts[max(0, bisect_right(parts, line - 1, key=attrgetter("before")) - 1)]


def count_lines(code: str) -> int:
    """How many lines Python counts in it, an empty last one among them."""
    return len(_LINE_END.findall(code)) + 1


def split_lines(code: str) -> list[str]:
    """The lines as Python counts them: `splitlines` also splits at form feeds."""
    return _LINE_END.split(code)


def is_followed(module: str, asked: tuple[str, ...]) -> bool:
    """Whether a module is one of those that were asked for, or in a package of them."""
    return any(module == each or module.startswith(f"{each}.") for each in asked)


def shown_path(module: str, filename: str) -> str | None:
    """`pkg/net.py` of a module in a file; None where no module can be in a file of that name."""
    names, file = module.split("."), filename.rpartition("/")[2]
    plain = len(module) <= MODULE_CHARACTERS and all(map(str.isidentifier, names))
    if not plain or not file.endswith(".py") or not file.isprintable() or len(file) > FOLLOWED_NAME:
        return None
    return "/".join([*(names if file == "__init__.py" else names[:-1]), file])
