"""What is known of a learner's progress, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Bookmark(NamedTuple):
    """Where the learner was: the ids of lesson and step, and which step of the lesson, from 0."""

    lesson: str
    step: str
    position: int
    moment: str = ""
    """Where in the step, as `playing.moment` writes it; `` for its start."""


class Seen(NamedTuple):
    """What the learner has seen of one lesson: ids of its steps."""

    finished: frozenset[str] = frozenset()
    left_in: str | None = None
    """The step that was open last; None if the lesson was never opened."""


class Known:
    """A bookmark a lesson, in the order of the visits, the last one last; and finished steps."""

    def __init__(
        self, bookmarks: Iterable[Bookmark] = (), finished: Iterable[tuple[str, str]] = ()
    ) -> None:
        self.bookmarks: dict[str, Bookmark] = {}
        self.finished: dict[str, set[str]] = {}
        for bookmark in bookmarks:
            self.visit(bookmark)
        for lesson, step in finished:
            self.finish(lesson, step)

    def __bool__(self) -> bool:
        return bool(self.bookmarks or self.finished)

    @property
    def rows(self) -> Iterator[tuple[str, str]]:
        """The finished steps, each with its lesson."""
        return ((lesson, step) for lesson, steps in self.finished.items() for step in steps)

    @property
    def last(self) -> Bookmark | None:
        """The bookmark of the last visit."""
        return next(reversed(self.bookmarks.values()), None)

    def visit(self, bookmark: Bookmark) -> None:
        """Take in a bookmark that is newer than all others."""
        self.bookmarks.pop(bookmark.lesson, None)  # or it would keep its place
        self.bookmarks[bookmark.lesson] = bookmark

    def finish(self, lesson: str, step: str) -> None:
        """Take in a finished step."""
        self.finished.setdefault(lesson, set()).add(step)

    def updated(self, newer: Known) -> Known:
        """All of this, and all of what is newer."""
        bookmarks = (*self.bookmarks.values(), *newer.bookmarks.values())
        return Known(bookmarks, (*self.rows, *newer.rows))

    def without(self, other: Known) -> Known:
        """What the other says nothing of: lessons that it has no bookmark in, and steps."""
        bookmarks = (each for each in self.bookmarks.values() if each.lesson not in other.bookmarks)
        return Known(bookmarks, set(self.rows) - set(other.rows))

    def after(self, saved: Known) -> Known:
        """What is not as it has been saved."""
        old = saved.bookmarks
        bookmarks = (each for each in self.bookmarks.values() if old.get(each.lesson) != each)
        return Known(bookmarks, set(self.rows) - set(saved.rows))
