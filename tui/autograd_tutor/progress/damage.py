"""A damaged file of progress: it is kept under another name; what can be read is carried over."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from autograd_tutor.messages import _
from autograd_tutor.progress.file import Identity, identity, unusable
from autograd_tutor.progress.known import Bookmark, Known
from autograd_tutor.progress.note_rows import known_from

if TYPE_CHECKING:
    import sqlite3

_PIECES = ("-journal", "-wal", "-shm", "")
"""Files of SQLite beside the one that they belong to, which comes last."""


def set_aside(path: Path, damaged: Identity) -> Path | None:
    """Rename the damaged file; returns its new path, or None if another terminal has just done so.

    A link stays where it is: what it leads to is renamed. Raises Unusable.
    """
    try:
        real = path.resolve(strict=True)
        if not (real.is_file() or (real.is_dir() and not path.is_symlink())):
            raise unusable(path, _("it is no ordinary file"))
        aside = _free_name(real)
        if identity(path) != damaged:
            return None
        for ending in _PIECES:
            piece = real.with_name(real.name + ending)
            if piece.exists():
                piece.rename(aside.with_name(aside.name + ending))
    except (OSError, RuntimeError) as error:  # RuntimeError: links that lead to each other
        if damaged is not None and identity(path) is None:
            return None
        raise unusable(path, error) from error
    return aside


def rescue(aside: Path) -> Known:
    """What can still be read of a damaged file, row by row; nothing in it changes."""
    import sqlite3

    if not os.path.isfile(aside) or not os.path.getsize(aside):
        return Known()  # SQLite would delete what was written ahead of nothing
    with suppress(sqlite3.Error, UnicodeDecodeError), closing(_read_only(aside)) as db:
        places = sorted(_rows(db, "place"), key=_visit)
        steps = filter(None, map(_step, _rows(db, "finished")))
        return known_from(filter(None, map(_bookmark, places)), steps)
    return Known()


def _read_only(path: Path) -> sqlite3.Connection:
    import sqlite3

    db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=0)
    # SQLite refuses a file that is shorter than it says, whole, unless its tables are to be mended.
    db.execute("PRAGMA writable_schema = ON")
    db.text_factory = lambda text: text.decode("utf-8", "replace")
    return db


def _rows(db: sqlite3.Connection, table: str) -> Iterator[dict[str, object]]:
    """The rows of a table by the names of its columns, up to where it can be read no more."""
    import sqlite3

    with suppress(sqlite3.Error, UnicodeDecodeError):
        cursor = db.execute(f"SELECT * FROM {table}")
        names = [name for name, *_unused in cursor.description]
        for row in cursor:
            yield dict(zip(names, row, strict=True))


def _visit(row: dict[str, object]) -> float:
    return _number(row.get("visit"))


def _bookmark(row: dict[str, object]) -> Bookmark | None:
    lesson, step = _step(row) or ("", "")
    position, moment = int(_number(row.get("position"))), _text(row.get("moment"))
    return Bookmark(lesson, step, position, moment or "") if lesson else None


def _step(row: dict[str, object]) -> tuple[str, str] | None:
    lesson, step = _text(row.get("lesson")), _text(row.get("step"))
    return (lesson, step) if lesson and step else None


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else None


def _number(value: object) -> float:
    """A number in whatever type it is stored; nothing that SQLite's integers could not hold."""
    try:
        number = float(value) if isinstance(value, int | float | str) else 0.0
    except ValueError:
        return 0.0
    return number if abs(number) < 2**62 else 0.0


def _free_name(path: Path) -> Path:
    """A name that nothing has yet: clocks go backwards, and two files may be damaged at once."""
    stem = f"{path.stem}-damaged-{datetime.now().strftime('%Y-%m-%d-%H%M%S')}"
    names = (f"{stem}{f'-{number}' if number else ''}{path.suffix}" for number in count())
    free = (path.with_name(name) for name in names)
    return next(each for each in free if not each.exists() and not each.is_symlink())
