"""What the learner has done: a bookmark in every lesson, and which steps were finished.

All of it lies in one small SQLite file. It is read into memory when it is opened; what changes
with every key is written by `save`, the rest at once. Whatever is wrong with the file, the program
goes on with what is in memory and `Progress.notice` says so.
"""

from __future__ import annotations

import os
from pathlib import Path

from autograd_tutor.progress_file import STATE_VARIABLE, Bookmark, Busy, File, Unusable

FILE_NAME = "progress.sqlite"


class Progress:
    """The learner's progress. Nothing here raises because of the file.

    `notice` is a sentence for the learner where something is wrong with the file, else None; it
    can also appear later, when a change cannot be written.
    """

    def __init__(self) -> None:
        self.notice: str | None = None
        self._bookmarks: dict[str, Bookmark] = {}  # in the order of the visits, the last one last
        self._finished: dict[str, set[str]] = {}
        self._unsaved: dict[str, Bookmark] = {}  # in the same order
        self._unsaved_steps: set[tuple[str, str]] = set()
        self._file: File | None = None
        self._waiting = False

    @classmethod
    def open(cls, folder: Path | None = None) -> Progress:
        """Read the progress in `folder` (default: the learner's state folder)."""
        progress = cls()
        try:
            file, progress.notice = File.open((folder or state_folder()) / FILE_NAME)
            progress._file = file
        except Unusable as error:
            progress.notice = str(error)
        progress.refresh()
        return progress

    def refresh(self) -> None:
        """Take in what other terminals have written since."""
        if self._file is None:
            return
        try:
            bookmarks, finished = self._file.read()
        except Unusable as error:
            self._take(error)
            return
        # What could not be written yet is newer than the file.
        self._bookmarks = {bookmark.lesson: bookmark for bookmark in bookmarks}
        for bookmark in self._unsaved.values():
            _put_last(self._bookmarks, bookmark)
        for lesson, step in finished:
            self._finished.setdefault(lesson, set()).add(step)

    def last_bookmark(self) -> Bookmark | None:
        """Where the learner was last, in any lesson."""
        return next(reversed(self._bookmarks.values()), None)

    def bookmark(self, lesson: str) -> Bookmark | None:
        """Where the learner was in a lesson."""
        return self._bookmarks.get(_storable(lesson))

    def finished(self, lesson: str) -> frozenset[str]:
        """The ids of the steps of a lesson that were finished."""
        return frozenset(self._finished.get(_storable(lesson), ()))

    def visit(
        self, lesson: str, step: str, position: int, moment: str = "", *, at_once: bool = True
    ) -> None:
        """Note where the learner is now; if not `at_once`, it is written by the next `save`."""
        bookmark = Bookmark(_storable(lesson), _storable(step), position, moment)
        if self.last_bookmark() != bookmark:
            _put_last(self._bookmarks, bookmark)
            if self._file is not None:
                _put_last(self._unsaved, bookmark)
        if at_once:
            self.save()

    def finish(self, lesson: str, step: str) -> None:
        """Note that a step was seen to its end."""
        row = _storable(lesson), _storable(step)
        steps = self._finished.setdefault(row[0], set())
        if row[1] not in steps:
            steps.add(row[1])
            if self._file is not None:
                self._unsaved_steps.add(row)
            self.save()

    def save(self) -> None:
        """Write what has changed since the last time."""
        if self._file is None or not (self._unsaved or self._unsaved_steps):
            return
        try:
            self._file.write(self._unsaved.values(), self._unsaved_steps)
        except Unusable as error:
            self._take(error)
        else:
            self._forget_unsaved()
            if self._waiting:
                self._waiting, self.notice = False, None

    def close(self) -> None:
        """Write what is still unwritten and let go of the file."""
        self.save()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _forget_unsaved(self) -> None:
        self._unsaved.clear()
        self._unsaved_steps.clear()

    def _take(self, error: Unusable) -> None:
        """A file that is only locked will be tried again with the next change, any other never."""
        self.notice = str(error)
        self._waiting = isinstance(error, Busy)
        if not self._waiting and self._file is not None:
            self._forget_unsaved()
            self._file.close()
            self._file = None


def state_folder() -> Path:
    """The folder of the learner's state: $AUTOGRAD_TUTOR_STATE, or what the system has for it."""
    if named := os.environ.get(STATE_VARIABLE):
        return Path(named).expanduser()
    from platformdirs import user_state_dir

    return Path(user_state_dir("autograd-tutor", appauthor=False))


def _put_last(bookmarks: dict[str, Bookmark], bookmark: Bookmark) -> None:
    bookmarks.pop(bookmark.lesson, None)  # or it would keep its place
    bookmarks[bookmark.lesson] = bookmark


def _storable(text: str) -> str:
    """SQLite holds no lone surrogates, which odd file names have."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
