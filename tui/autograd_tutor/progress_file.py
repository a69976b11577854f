"""The SQLite file that holds the learner's progress: one row a lesson, one a finished step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from autograd_tutor.limits import MOST_PROGRESS_SECONDS

if TYPE_CHECKING:
    import sqlite3

STATE_VARIABLE = "AUTOGRAD_TUTOR_STATE"
FORMAT = 2
"""Stored in SQLite's `user_version`; a file of a later format is left alone."""

_TABLES = (
    """CREATE TABLE IF NOT EXISTS place (
         lesson TEXT PRIMARY KEY, step TEXT NOT NULL, position INTEGER NOT NULL,
         visit INTEGER NOT NULL
       )""",
    """CREATE TABLE IF NOT EXISTS finished (
         lesson TEXT NOT NULL, step TEXT NOT NULL, PRIMARY KEY (lesson, step)
       )""",
)
_MOMENT = "ALTER TABLE place ADD COLUMN moment TEXT NOT NULL DEFAULT ''"  # not in format 1

_READ = "SELECT lesson, step, position, moment FROM place ORDER BY visit"
# `visit` counts up, so that the last lesson is known whatever the clocks do.
_VISIT = """
INSERT INTO place (lesson, step, position, moment, visit)
VALUES (?, ?, ?, ?, (SELECT coalesce(max(visit), 0) + 1 FROM place))
ON CONFLICT (lesson) DO UPDATE
SET step = excluded.step, position = excluded.position, moment = excluded.moment,
    visit = excluded.visit
"""
_FINISH = "INSERT OR IGNORE INTO finished VALUES (?, ?)"


class Bookmark(NamedTuple):
    """Where the learner was: the ids of lesson and step, and which step of the lesson, from 0."""

    lesson: str
    step: str
    position: int
    moment: str = ""
    """Where in the step, as `playing.moment` writes it; `` for its start."""


class Unusable(Exception):
    """The file cannot be used; the text is a sentence for the learner."""


class Busy(Unusable):
    """Another program holds the file at the moment."""


class _Damaged(Exception):
    """The file is not one of ours."""


class File:
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
    def open(cls, path: Path) -> tuple[File, str | None]:
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
                found = [
                    Bookmark(str(lesson), str(step), int(at), str(moment))
                    for lesson, step, at, moment in self._db.execute(_READ)
                ]
                finished = self._db.execute("SELECT lesson, step FROM finished")
                return found, [(str(lesson), str(step)) for lesson, step in finished]
        except (_Damaged, ValueError, TypeError) as error:
            raise _unwritable(self.path, "it has been damaged") from error

    def write(self, bookmarks: Iterable[Bookmark], finished: Iterable[tuple[str, str]]) -> None:
        """All changes in one transaction; the bookmarks in the order of the visits."""
        try:
            with self._errors():
                with self._transaction():
                    self._db.executemany(_VISIT, bookmarks)
                    self._db.executemany(_FINISH, finished)
                self._wait(MOST_PROGRESS_SECONDS)
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
        if tables - ours or (version and tables != ours):
            raise _Damaged
        # Written ahead, a change needs no wait for the disk, and readers do not hold writers up.
        with suppress(sqlite3.OperationalError):  # not on every file system
            self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        if version < FORMAT:
            self._upgrade()
        # Something may be wrong with the columns, too.
        self._db.execute(_READ).fetchone()
        self._db.execute("SELECT lesson, step FROM finished LIMIT 1").fetchone()

    def _upgrade(self) -> None:
        """Make the tables of a new file, or add what those of format 1 lack."""
        with self._transaction():
            for table in _TABLES:
                self._db.execute(table)
            columns = self._db.execute("PRAGMA table_info(place)").fetchall()
            if "moment" not in {name for _, name, *_ in columns}:
                self._db.execute(_MOMENT)
            self._db.execute(f"PRAGMA user_version = {FORMAT}")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

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
