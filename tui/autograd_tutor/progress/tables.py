"""The tables of the learner's file: how they are made, and whether they are as they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

FORMAT = 2
"""Stored in SQLite's `user_version`; a file of a later format is left alone."""

_MOST_VISITS = 2**62
"""`visit` counts up by one with each change; beyond this it would soon overflow."""

_TABLES = (
    """CREATE TABLE place (
         lesson TEXT PRIMARY KEY, step TEXT NOT NULL, position INTEGER NOT NULL,
         visit INTEGER NOT NULL, moment TEXT NOT NULL DEFAULT ''
       )""",
    """CREATE TABLE finished (
         lesson TEXT NOT NULL, step TEXT NOT NULL, PRIMARY KEY (lesson, step)
       )""",
)
_MOMENT = "ALTER TABLE place ADD COLUMN moment TEXT NOT NULL DEFAULT ''"  # not in format 1

_COLUMNS = {
    "place": {
        ("lesson", "TEXT", 0, 1),
        ("step", "TEXT", 1, 0),
        ("position", "INTEGER", 1, 0),
        ("visit", "INTEGER", 1, 0),
        ("moment", "TEXT", 1, 0),
    },
    "finished": {("lesson", "TEXT", 1, 1), ("step", "TEXT", 1, 2)},
}
"""Name, type, NOT NULL and place in the primary key of every column."""

_NAMES = {table: {name for name, *_ in columns} for table, columns in _COLUMNS.items()}

_ODD_PLACE = f"""
SELECT EXISTS (SELECT 1 FROM place WHERE
  (typeof(lesson), typeof(step), typeof(position), typeof(visit))
  IS NOT ('text', 'text', 'integer', 'integer') OR visit NOT BETWEEN -{_MOST_VISITS}
  AND {_MOST_VISITS})
"""
_ODD_MOMENT = "SELECT EXISTS (SELECT 1 FROM place WHERE typeof(moment) IS NOT 'text')"
_ODD_FINISHED = """
SELECT EXISTS (SELECT 1 FROM finished WHERE
  (typeof(lesson), typeof(step)) IS NOT ('text', 'text'))
"""


def are_odd(db: sqlite3.Connection, version: int) -> bool:
    """Whether the file is not one of ours. What later programs may add to it is no fault."""
    found = db.execute("SELECT type, name FROM sqlite_master WHERE name NOT GLOB 'sqlite_*'")
    there = set(found)
    if not there and not version:
        return False
    # A view, trigger or index could refuse or swallow what is written.
    if any(kind != "table" for kind, _ in there) or not set(_COLUMNS) <= {
        name for _, name in there
    }:
        return True
    if any(_odd_columns(db, table, version) for table in _COLUMNS):
        return True
    checks = (_ODD_PLACE, _ODD_FINISHED, *([_ODD_MOMENT] if has_moments(db) else ()))
    return any(db.execute(check).fetchone()[0] for check in checks)


def has_moments(db: sqlite3.Connection) -> bool:
    """Whether bookmarks have moments, which they do not in format 1."""
    return "moment" in {name for name, *_ in _columns(db, "place")}


def make(db: sqlite3.Connection, version: int) -> None:
    """Make the tables of a new file, or add what those of format 1 lack."""
    if version == FORMAT:
        return
    if not _columns(db, "place"):
        for table in _TABLES:
            db.execute(table)
    elif not has_moments(db):
        db.execute(_MOMENT)
    db.execute(f"PRAGMA user_version = {FORMAT}")


def _odd_columns(db: sqlite3.Connection, table: str, version: int) -> bool:
    found = _columns(db, table)
    missing = _COLUMNS[table] - set(found)
    of_format_1 = version < FORMAT and {name for name, *_ in missing} == {"moment"}
    # One that a row may leave out is a later program's.
    for column in found.keys() - _COLUMNS[table]:
        name, _, notnull, key = column
        if key or name in _NAMES[table] or (notnull and found[column] is None):
            return True
    return bool(missing and not of_format_1)


def _columns(db: sqlite3.Connection, table: str) -> dict[tuple[str, str, int, int], str | None]:
    """Each column as in _COLUMNS, with its default."""
    found = db.execute(f"PRAGMA table_xinfo({table})")
    return {
        (name, kind, notnull, key): default for _, name, kind, notnull, default, key, _ in found
    }
