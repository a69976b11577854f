"""What is wrong with a lesson: where, what and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from autograd_tutor.course.location import Location
from autograd_tutor.limits.lessons import (
    MOST_MATCHED_CHARACTERS,
    MOST_PROBLEM_CHARACTERS,
    MOST_PROBLEMS,
    MOST_PROBLEMS_SHOWN,
    MOST_QUOTED_CHARACTERS,
)
from autograd_tutor.messages import _, plural
from autograd_tutor.recording.printable import printable


def quoted(text: str, most: int = MOST_QUOTED_CHARACTERS) -> str:
    """The text in quotation marks, on one line, cut to about `most` characters."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return f'"{printable(cut)}"'


def _short(text: str) -> str:
    return (
        text if len(text) <= MOST_PROBLEM_CHARACTERS else f"{text[: MOST_PROBLEM_CHARACTERS - 1]}…"
    )


def nearest(name: str, names: tuple[str, ...]) -> str | None:
    """The one of `names` that `name` was most likely meant to be, if any comes close."""
    from difflib import get_close_matches

    folded = {known.lower(): known for known in reversed(names)}
    found = get_close_matches(name.lower()[:MOST_MATCHED_CHARACTERS], folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


@dataclass(frozen=True, order=True)
class Problem:
    """One thing to mend in a file; `line` and `column` count from 1."""

    path: Path
    line: int
    column: int
    message: str
    mend: str
    excerpt: str = field(default="", compare=False)
    """The line of the file and, below it, a sign at the place; nothing where it would not help."""

    def __post_init__(self) -> None:
        for name in ("message", "mend"):
            object.__setattr__(self, name, _short(getattr(self, name)))

    def __str__(self) -> str:
        where = f"{printable(str(self.path))}:{self.line}:{self.column}"
        return f"{where}: {self.message}; {self.mend}"


def _with_excerpt(problem: Problem) -> Iterator[str]:
    yield str(problem)
    yield from (f"    {line}" for line in problem.excerpt.splitlines())


def excerpt(line: str, column: int) -> str:
    """A line of source, as far as it can be shown around `column` (from 1), and a caret below."""
    begin = max(len(line) - len(line.lstrip()), column - MOST_QUOTED_CHARACTERS)
    shown = line[begin : begin + 2 * MOST_QUOTED_CHARACTERS].rstrip()
    before = printable(shown[: column - 1 - begin].replace("\t", " "))
    after = printable(shown[column - 1 - begin :].replace("\t", " "))
    return f"{before}{after}\n{' ' * len(before)}^"


class CourseError(Exception):
    """A lesson cannot be opened. Its text is a line or more for the person, with what to do."""


class LessonError(CourseError):
    """A lesson's file has problems: at least one, in the order of their locations."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(line for each in problems for line in _with_excerpt(each)))
        self.problems = problems


class Unread(LessonError):
    """A file could not be read within the limits of time and memory; perhaps it can later."""


class UnknownLesson(CourseError):
    """No lesson has this id. `nearest` is the id that was most likely meant, if any."""

    def __init__(self, target: str, nearest: str | None) -> None:
        mend = _('run "autograd-tutor list" to see them all')
        if nearest:
            mend = _("did you mean {nearest}? Otherwise {mend}").format(
                nearest=quoted(nearest), mend=mend
            )
        super().__init__(
            _("There is no lesson {target}; {mend}").format(target=quoted(target), mend=mend)
        )
        self.target = target
        self.mend = mend
        self.nearest = nearest


class Report:
    """Gathers the problems of one file, so that all are reported at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._problems: list[Problem] = []
        self._dropped = 0

    def __bool__(self) -> bool:
        return bool(self._problems)

    @property
    def full(self) -> bool:
        """Whether there is more than anyone will read: spare the effort of finding a mend."""
        return len(self._problems) > MOST_PROBLEMS_SHOWN

    def add(self, location: Location, message: str, mend: str, excerpt: str = "") -> None:
        """Add a problem."""
        if len(self._problems) >= MOST_PROBLEMS:
            self._dropped += 1
            return
        line, column = location.line, location.column
        self._problems.append(Problem(self.path, line, column, message, mend, excerpt))

    def fail(self, location: Location, message: str, mend: str) -> LessonError:
        """Add a problem that leaves nothing to go on with; returns the error to raise."""
        self.add(location, message, mend)
        return self.error()

    def error(self) -> LessonError:
        """All problems as one error, sorted, the tail of a long list as a number."""
        ordered = sorted(self._problems)
        shown, rest = ordered[:MOST_PROBLEMS_SHOWN], ordered[MOST_PROBLEMS_SHOWN:]
        if rest:
            count = len(rest) + self._dropped
            more = plural(
                "and {count} more problem from here on",
                "and {count} more problems from here on",
                count,
            ).format(count=count)
            first = rest[0]
            mend = _("mend those above first")
            shown.append(Problem(self.path, first.line, first.column, more, mend))
        return LessonError(tuple(shown))

    def close(self) -> None:
        """Raise what was gathered: LessonError, if anything was."""
        if self._problems:
            raise self.error()
