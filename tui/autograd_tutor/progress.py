"""What the learner has done: a bookmark in every lesson, and which steps were finished.

All of it lies in one small SQLite file. It is read into memory when it is opened; every change is
written at once. Whatever is wrong with the file, the program goes on with what is in memory and
`Progress.notice` says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from autograd_tutor.limits import MOST_PROGRESS_SECONDS

if TYPE_CHECKING:
    import sqlite3

STATE_VARIABLE = "AUTOGRAD_TUTOR_STATE"
FILE_NAME = "progress.sqlite"
FORMAT = 1
"""Stored in SQLite's `user_version`; a file of a later format is left alone."""

_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS place (
  lesson TEXT PRIMARY KEY, step TEXT NOT NULL, position INTEGER NOT NULL, visit INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS finished (
  lesson TEXT NOT NULL, step TEXT NOT NULL, PRIMARY KEY (lesson, step)
);
PRAGMA user_version = {FORMAT};
COMMIT;
"""

# `visit` counts up, so that the last lesson is known whatever the clocks do.
_VISIT = """
INSERT INTO place VALUES (?, ?, ?, (SELECT coalesce(max(visit), 0) + 1 FROM place))
ON CONFLICT (lesson) DO UPDATE
SET step = excluded.step, position = excluded.position, visit = excluded.visit
"""
_FINISH = "INSERT OR IGNORE INTO finished VALUES (?, ?)"


class Bookmark(NamedTuple):
    """Where the learner was: the ids of lesson and step, and which step of the lesson, from 0."""

    lesson: str
    step: str
    position: int


class Progress:
    """The learner's progress. Nothing here raises because of the file.

    `notice` is a sentence for the learner where something is wrong with the file, else None; it
    can also appear later, when a change cannot be written.
    """

    def __init__(self) -> None:
        self.notice: str | None = None
        self._bookmarks: dict[str, Bookmark] = {}  # in the order of the visits, the last one last
        self._finished: dict[str, set[str]] = {}
        self._unsaved: dict[tuple[str, ...], tuple[str, tuple[str | int, ...]]] = {}
        self._file: _File | None = None
        self._waiting = False

    @classmethod
    def open(cls, folder: Path | None = None) -> Progress:
        """Read the progress in `folder` (default: the learner's state folder)."""
        progress = cls()
        try:
            file, progress.notice = _File.open((folder or state_folder()) / FILE_NAME)
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
        unsaved = [self._bookmarks[key[1]] for key in self._unsaved if key[0] == "bookmark"]
        self._bookmarks = {bookmark.lesson: bookmark for bookmark in bookmarks}
        for bookmark in unsaved:
            self._remember(bookmark)
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

    def visit(self, lesson: str, step: str, position: int) -> None:
        """Note where the learner is now."""
        bookmark = Bookmark(_storable(lesson), _storable(step), position)
        if self.last_bookmark() != bookmark:
            self._remember(bookmark)
            self._write(("bookmark", bookmark.lesson), _VISIT, bookmark)

    def finish(self, lesson: str, step: str) -> None:
        """Note that a step was seen to its end."""
        row = _storable(lesson), _storable(step)
        steps = self._finished.setdefault(row[0], set())
        if row[1] not in steps:
            steps.add(row[1])
            self._write(("finished", *row), _FINISH, row)

    def close(self) -> None:
        """Write what is still unwritten and let go of the file."""
        if self._file is not None:
            self._flush()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _remember(self, bookmark: Bookmark) -> None:
        self._bookmarks.pop(bookmark.lesson, None)
        self._bookmarks[bookmark.lesson] = bookmark

    def _write(self, key: tuple[str, ...], sql: str, row: tuple[str | int, ...]) -> None:
        if self._file is not None:
            self._unsaved.pop(key, None)  # the order of visits is the order of writing
            self._unsaved[key] = (sql, row)
            self._flush()

    def _flush(self) -> None:
        if self._file is None or not self._unsaved:
            return
        try:
            self._file.write(self._unsaved.values())
        except Unusable as error:
            self._take(error)
        else:
            self._unsaved.clear()
            if self._waiting:
                self._waiting, self.notice = False, None

    def _take(self, error: Unusable) -> None:
        """A file that is only locked will be tried again with the next change, any other never."""
        self.notice = str(error)
        self._waiting = isinstance(error, Busy)
        if not self._waiting and self._file is not None:
            self._unsaved.clear()
            self._file.close()
            self._file = None


def state_folder() -> Path:
    """The folder of the learner's state: $AUTOGRAD_TUTOR_STATE, or what the system has for it."""
    if named := os.environ.get(STATE_VARIABLE):
        return Path(named).expanduser()
    from platformdirs import user_state_dir

    return Path(user_state_dir("autograd-tutor", appauthor=False))


class Unusable(Exception):
    """The file cannot be used; the text is a sentence for the learner."""


class Busy(Unusable):
    """Another program holds the file at the moment."""


class _Damaged(Exception):
    """The file is not one of ours."""


class _File:
    """The SQLite file. Every method raises Unusable, or Busy."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = self._connect()
        try:
            with self._errors():
                self._check()
        except BaseException:
            self._db.close()
            raise

    @classmethod
    def open(cls, path: Path) -> tuple[_File, str | None]:
        """Open or create the file. A damaged one is set aside: the second value says so."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            before = _identity(path)
        except (OSError, ValueError) as error:
            raise _unwritable(path, error) from error
        try:
            return cls(path), None
        except _Damaged:
            aside = _set_aside(path, before)
        try:
            return cls(path), f"The saved progress was damaged; it is now {aside}."
        except _Damaged as error:
            raise _unwritable(path, "it is damaged again") from error

    def read(self) -> tuple[list[Bookmark], list[tuple[str, str]]]:
        """All bookmarks, in the order of the visits, and all finished steps."""
        try:
            with self._errors():
                bookmarks = self._db.execute(
                    "SELECT lesson, step, position FROM place ORDER BY visit"
                )
                found = [
                    Bookmark(str(lesson), str(step), int(at)) for lesson, step, at in bookmarks
                ]
                finished = self._db.execute("SELECT lesson, step FROM finished")
                return found, [(str(lesson), str(step)) for lesson, step in finished]
        except (_Damaged, ValueError, TypeError) as error:
            raise _unwritable(self.path, "it has been damaged") from error

    def write(self, changes: Iterable[tuple[str, tuple[str | int, ...]]]) -> None:
        """All changes in one transaction."""
        try:
            with self._errors():
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    for sql, row in changes:
                        self._db.execute(sql, row)
                    self._db.execute("COMMIT")
                    self._wait(MOST_PROGRESS_SECONDS)
                finally:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
        except _Damaged as error:
            raise _unwritable(self.path, "it has been damaged") from error

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _wait(self, seconds: float) -> None:
        """How long to wait for others from now on."""
        self._db.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")

    def _connect(self) -> sqlite3.Connection:
        try:
            import sqlite3
        except ImportError as error:
            raise Unusable("Progress is not saved: this Python has no sqlite3 module.") from error
        try:
            # Transactions are begun and ended here, not by the module.
            return sqlite3.connect(self.path, timeout=MOST_PROGRESS_SECONDS, isolation_level=None)
        except (sqlite3.Error, ValueError) as error:
            raise _unwritable(self.path, error) from error

    def _check(self) -> None:
        import sqlite3

        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > FORMAT:
            raise Unusable(
                f"Progress is not saved: {self.path} is of a newer autograd-tutor. "
                f"Update this one, or name another folder in {STATE_VARIABLE}."
            )
        if self._db.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
            raise _Damaged
        found = self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables, ours = {name for (name,) in found}, {"place", "finished"}
        # Another terminal may be making a new file at this moment: tables before the version.
        if tables - ours or (version == FORMAT and tables != ours):
            raise _Damaged
        # Written ahead, a change needs no wait for the disk, and readers do not hold writers up.
        with suppress(sqlite3.OperationalError):  # not on every file system
            self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        if version < FORMAT:
            self._db.executescript(_SCHEMA)
        # Something may be wrong with the columns, too.
        self._db.execute("SELECT lesson, step, position, visit FROM place LIMIT 1").fetchone()
        self._db.execute("SELECT lesson, step FROM finished LIMIT 1").fetchone()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        import sqlite3

        try:
            yield
        except sqlite3.OperationalError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                self._wait(0)
                raise Busy(f"Progress is not saved: another program holds {self.path}.") from error
            if code == sqlite3.SQLITE_ERROR:  # no such table, no such column
                raise _Damaged from error
            raise _unwritable(self.path, error) from error
        except sqlite3.DatabaseError as error:
            raise _Damaged from error


def _unwritable(path: Path, reason: object) -> Unusable:
    if isinstance(reason, OSError) and reason.strerror:
        reason = reason.strerror
    return Unusable(f"Progress is not saved: {path} cannot be used ({reason}).")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _set_aside(path: Path, damaged: tuple[int, int] | None) -> Path:
    """Rename the damaged file, unless another terminal has just done so; returns its new path."""
    stamp = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    aside = path.with_name(f"{path.stem}-damaged-{stamp}{path.suffix}")
    try:
        if damaged is not None and _identity(path) == damaged:
            for ending in ("-wal", "-shm", ""):
                piece = path.with_name(path.name + ending)
                if piece.exists():
                    piece.rename(aside.with_name(aside.name + ending))
    except OSError as error:
        raise _unwritable(path, error) from error
    return aside


def _storable(text: str) -> str:
    """SQLite holds no lone surrogates, which odd file names have."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
