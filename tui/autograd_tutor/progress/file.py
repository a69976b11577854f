"""The SQLite file that holds the learner's progress: a row a lesson, a finished step, a note."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from autograd_tutor.limits.lessons import MOST_PROGRESS_SECONDS
from autograd_tutor.messages import _
from autograd_tutor.progress import note_rows, tables
from autograd_tutor.progress.known import Bookmark, Known
from autograd_tutor.progress.notes import Key, Note
from autograd_tutor.recording.recognition import open_file

if TYPE_CHECKING:
    import sqlite3

FILE_NAME = "progress.sqlite"
STATE_VARIABLE = "AUTOGRAD_TUTOR_STATE"
# `visit` counts up, so that the last lesson is known whatever the clocks do.
_VISIT = """
INSERT INTO place (lesson, step, position, moment, visit)
VALUES (?, ?, ?, ?, (SELECT coalesce(max(visit), 0) + 1 FROM place))
ON CONFLICT (lesson) DO UPDATE
SET step = excluded.step, position = excluded.position, moment = excluded.moment,
    visit = excluded.visit
"""
_ADD_OLDER = """
INSERT OR IGNORE INTO place (lesson, step, position, moment, visit)
VALUES (?, ?, ?, ?, (SELECT coalesce(min(visit), 0) - 1 FROM place))
"""
_FINISH = "INSERT OR IGNORE INTO finished (lesson, step) VALUES (?, ?)"
_NOTED = "SELECT moment FROM place WHERE lesson = ?"
_NOTE = _ADD_OLDER.replace("OR IGNORE ", "") + (
    "ON CONFLICT (lesson) DO UPDATE SET moment = excluded.moment"
)


class Unusable(Exception):
    """The file cannot be used now; the text is the reason, to stand within a sentence."""


class Damaged(Exception):
    """The file is not one of ours, or no longer."""


Identity = tuple[int, int] | None
"""Which file it is, wherever it lies; None where there is none."""


class File:
    """The SQLite file, open. To read it changes nothing in it. Raises Unusable or Damaged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        _look_at(path)
        self._db = self._connect()
        self.identity = identity(path)
        try:
            with self._errors():
                self._check()
        except BaseException:
            self._db.close()
            raise

    @property
    def moved(self) -> bool:
        """Whether another file, or none, has come into its place: SQLite would not notice."""
        return identity(self.path) != self.identity

    def read(self) -> Known:
        """All that is in it."""
        with self._errors():
            self._look_again()
            moment = "moment" if tables.has_moments(self._db) else "''"
            places = f"SELECT lesson, step, position, {moment} FROM place ORDER BY visit"
            if not self._db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                return Known()
            finished = self._db.execute("SELECT lesson, step FROM finished")
            return note_rows.known_from(map(Bookmark._make, self._db.execute(places)), finished)

    def write(self, changes: Known, older: Known) -> None:
        """All changes in one transaction; of what is `older`, only where the file has nothing."""
        with self._errors():
            # A journal written ahead would be a second file to lose, and is not on every system.
            with suppress(self._module.OperationalError):  # others have it open in that way
                self._db.execute("PRAGMA journal_mode = DELETE")
            with self._transaction():
                self._look_again()
                tables.make(self._db, self._version())  # another terminal may have done so
                # Each becomes the oldest, so that the newest of them comes first.
                self._db.executemany(_ADD_OLDER, reversed(older.bookmarks.values()))
                self._db.executemany(_VISIT, changes.bookmarks.values())
                self._db.executemany(_FINISH, (*older.rows, *changes.rows))
                for key, note in (*older.notes.items(), *changes.notes.items()):
                    self._add(key, note)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _add(self, key: Key, note: Note) -> None:
        """Merge a note with what the file has, so that neither loses anything."""
        row = note_rows.row_of(key, note)
        stored = self._db.execute(_NOTED, (row.lesson,)).fetchone()
        text = note_rows.merged(stored[0] if stored else None, key, note)
        if stored is None or text != stored[0]:
            self._db.execute(_NOTE, row._replace(moment=text))

    def _connect(self) -> sqlite3.Connection:
        try:
            import sqlite3
        except ImportError as error:
            raise Unusable(_("this Python has no sqlite3 module")) from error
        self._module = sqlite3
        with self._errors():
            # Transactions are begun and ended here, not by the module.
            db = sqlite3.connect(self.path, timeout=MOST_PROGRESS_SECONDS, isolation_level=None)
        db.text_factory = lambda text: text.decode("utf-8", "replace")
        return db

    def _look_again(self) -> None:
        """Whatever another program has written since may be wrong, or swallow what is written."""
        if self._seen != self._data_version():
            self._check()

    def _data_version(self) -> int:
        """A number that changes when another program has written."""
        number: int = self._db.execute("PRAGMA data_version").fetchone()[0]
        return number

    def _check(self) -> None:
        self._seen = self._data_version()
        version = self._version()
        if self._db.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
            raise Damaged
        if tables.are_odd(self._db, version):
            raise Damaged

    def _version(self) -> int:
        version: int = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > tables.FORMAT:
            text = _(
                "{path} is of a newer autograd-tutor; update this one, or name another folder in "
                "{variable}"
            )
            raise Unusable(text.format(path=self.path, variable=STATE_VARIABLE))
        return version

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:
                with suppress(self._module.Error):  # the first error says more
                    self._db.execute("ROLLBACK")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        sqlite = self._module
        try:
            yield
        except UnicodeDecodeError as error:  # of a name, or of SQLite's own complaint about one
            raise Damaged from error
        except (sqlite.Error, ValueError) as error:  # a null character in the path
            match getattr(error, "sqlite_errorcode", sqlite.SQLITE_INTERNAL) & 0xFF:
                case sqlite.SQLITE_BUSY | sqlite.SQLITE_LOCKED:
                    raise Unusable(
                        _("another program holds {path}").format(path=self.path)
                    ) from error
                case sqlite.SQLITE_FULL:
                    raise Unusable(_("the disk is full ({path})").format(path=self.path)) from error
                case (
                    sqlite.SQLITE_ERROR  # no such table, no such column
                    | sqlite.SQLITE_CONSTRAINT
                    | sqlite.SQLITE_MISMATCH
                    | sqlite.SQLITE_CORRUPT
                    | sqlite.SQLITE_NOTADB
                ):
                    raise Damaged from error
            raise unusable(self.path, _reason(self.path, error)) from error


def unusable(path: Path, reason: object) -> Unusable:
    """Say which file cannot be used, and why."""
    if isinstance(reason, OSError) and reason.strerror:
        reason = reason.strerror
    return Unusable(f"{reason} ({path})")


def identity(path: Path) -> Identity:
    """Which file lies there."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _look_at(path: Path) -> None:
    """What lies there, before SQLite makes a database of it, or of nothing."""
    if os.path.isdir(path) and not os.path.islink(path):
        raise Damaged
    if os.path.exists(path) and not os.path.isfile(path):
        raise unusable(path, _("it is no ordinary file"))
    with suppress(OSError, ValueError):
        if os.path.getsize(f"{path}-wal") and not os.path.getsize(path):
            raise Damaged  # SQLite would delete what was written ahead
    with suppress(OSError), open_file(path) as file:
        head = file.read(20)
        if head.startswith(b"SQLite format 3\0") and head[18:19] > b"\2":
            raise Damaged  # SQLite would read it, and never write it again


def _reason(path: Path, error: Exception) -> object:
    """What the system says where SQLite only says that it could not."""
    try:
        if path.is_symlink() and not path.exists():
            return _("it is a link to {target}, which is not there").format(target=path.readlink())
        os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
        effective = os.access in os.supports_effective_ids
        if not os.access(path.parent, os.W_OK, effective_ids=effective):
            return _("nothing can be written in its folder")
    except (OSError, ValueError) as found:
        return found
    return error


def state_folder() -> Path:
    """The folder of the learner's state: $AUTOGRAD_TUTOR_STATE, or what the system has for it."""
    if named := os.environ.get(STATE_VARIABLE):
        return Path(os.path.expanduser(named))
    from platformdirs import user_state_dir

    return Path(user_state_dir("autograd-tutor", appauthor=False))
