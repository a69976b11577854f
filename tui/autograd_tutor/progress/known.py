"""What is known of a learner's progress, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from autograd_tutor.progress.notes import Key, Note, join


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
    settled: frozenset[tuple[str, int]] = frozenset()
    """Questions that were answered or skipped: their step, and their number in it from 0."""
    solved: frozenset[str] = frozenset()
    """Exercises that were solved."""
    shown: frozenset[str] = frozenset()
    """Exercises that are not solved, and whose solution was looked at."""


class Known:
    """A bookmark a lesson, in the order of the visits, the last one last; finished steps; notes."""

    def __init__(
        self,
        bookmarks: Iterable[Bookmark] = (),
        finished: Iterable[tuple[str, str]] = (),
        notes: Iterable[tuple[Key, Note]] = (),
    ) -> None:
        self.bookmarks: dict[str, Bookmark] = {}
        """Those that later programs write for something else are among them."""
        self.finished: dict[str, set[str]] = {}
        self.notes: dict[Key, Note] = {}
        for bookmark in bookmarks:
            self.visit(bookmark)
        for lesson, step in finished:
            self.finish(lesson, step)
        for key, note in notes:
            self.note(key, note)

    def __bool__(self) -> bool:
        return bool(self.bookmarks or self.finished or self.notes)

    @property
    def rows(self) -> Iterator[tuple[str, str]]:
        """The finished steps, each with its lesson."""
        return ((lesson, step) for lesson, steps in self.finished.items() for step in steps)

    @property
    def last(self) -> Bookmark | None:
        """The bookmark of the last visit."""
        return next(
            (each for each in reversed(self.bookmarks.values()) if names_lesson(each.lesson)), None
        )

    def visit(self, bookmark: Bookmark) -> None:
        """Take in a bookmark that is newer than all others."""
        self.bookmarks.pop(bookmark.lesson, None)  # or it would keep its place
        self.bookmarks[bookmark.lesson] = bookmark

    def finish(self, lesson: str, step: str) -> None:
        """Take in a finished step."""
        self.finished.setdefault(lesson, set()).add(step)

    def note(self, key: Key, note: Note) -> None:
        """Take in a note."""
        known = self.notes.get(key)
        self.notes[key] = note if known is None else join(known, note)

    def updated(self, newer: Known) -> Known:
        """All of this, and all of what is newer."""
        bookmarks = (*self.bookmarks.values(), *newer.bookmarks.values())
        notes = (*self.notes.items(), *newer.notes.items())
        return Known(bookmarks, (*self.rows, *newer.rows), notes)

    def without(self, other: Known) -> Known:
        """What the other says nothing of: lessons that it has no bookmark in, steps, and notes."""
        bookmarks = (each for each in self.bookmarks.values() if each.lesson not in other.bookmarks)
        return Known(bookmarks, set(self.rows) - set(other.rows), self._more_than(other))

    def after(self, saved: Known) -> Known:
        """What is not as it has been saved."""
        old = saved.bookmarks
        bookmarks = (each for each in self.bookmarks.values() if old.get(each.lesson) != each)
        return Known(bookmarks, set(self.rows) - set(saved.rows), self._more_than(saved))

    def _more_than(self, other: Known) -> Iterator[tuple[Key, Note]]:
        """Notes that hold something which the other's do not."""
        for key, note in self.notes.items():
            known = other.notes.get(key)
            if known is not note and (known is None or join(known, note) != known):
                yield key, note


def names_lesson(name: str) -> bool:
    """Whether a lesson can be stored so: under its id, or the whole path of its file."""
    return name.startswith("/") or "/" not in name
