"""How the program before this one checks, reads and writes the learner's file: a copy of its code.

It takes any table, column or number that it does not know for damaged or newer.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

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
_ODD = (
    f"""
SELECT EXISTS (SELECT 1 FROM place WHERE
  (typeof(lesson), typeof(step), typeof(position), typeof(visit))
  IS NOT ('text', 'text', 'integer', 'integer') OR visit NOT BETWEEN -{2**62}
  AND {2**62})
""",
    "SELECT EXISTS (SELECT 1 FROM place WHERE typeof(moment) IS NOT 'text')",
    """
SELECT EXISTS (SELECT 1 FROM finished WHERE
  (typeof(lesson), typeof(step)) IS NOT ('text', 'text'))
""",
)
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
_FINISH = "INSERT OR IGNORE INTO finished VALUES (?, ?)"

Row = tuple[str, str, int, str]


def use(path: Path, visit: Row, finished: tuple[str, str]) -> Row | None:
    """Open the file, note a visit and a finished step; what was the last visit before."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        _check(db)
        rows = db.execute("SELECT lesson, step, position, moment FROM place ORDER BY visit")
        last = (*rows.fetchall(), None)[-2:][0]
        db.execute("BEGIN IMMEDIATE")
        db.execute(_VISIT, visit)
        db.execute(_FINISH, finished)
        db.execute("COMMIT")
        _check(db)
    return last


def carry_over(damaged: Path, fresh: Path) -> None:
    """What it does with a file that it takes for damaged: what it can read goes into another."""
    with closing(sqlite3.connect(damaged)) as old, closing(sqlite3.connect(fresh)) as db:
        places = old.execute("SELECT lesson, step, position, moment FROM place ORDER BY visit")
        kept = [row for row in places if row[0] and row[1]]
        steps = old.execute("SELECT lesson, step FROM finished").fetchall()
        db.executescript(
            """CREATE TABLE place (
         lesson TEXT PRIMARY KEY, step TEXT NOT NULL, position INTEGER NOT NULL,
         visit INTEGER NOT NULL, moment TEXT NOT NULL DEFAULT ''
       );
       CREATE TABLE finished (
         lesson TEXT NOT NULL, step TEXT NOT NULL, PRIMARY KEY (lesson, step)
       );
       PRAGMA user_version = 2;"""
        )
        db.executemany(_ADD_OLDER, reversed(kept))
        db.executemany(_FINISH, steps)
        db.commit()
        _check(db)


def _check(db: sqlite3.Connection) -> None:
    assert db.execute("PRAGMA user_version").fetchone()[0] == 2
    assert db.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
    found = db.execute("SELECT name FROM sqlite_master WHERE name NOT GLOB 'sqlite_*'")
    assert {name for (name,) in found} == set(_COLUMNS)
    for table, columns in _COLUMNS.items():
        rows = db.execute(f"PRAGMA table_xinfo({table})")
        assert {(n, kind, notnull, key) for _, n, kind, notnull, _, key, _ in rows} == columns
    assert not any(db.execute(check).fetchone()[0] for check in _ODD)
