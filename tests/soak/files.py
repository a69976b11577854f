"""Recordings and progress files with random damage: refused or mended, never in the way."""

from __future__ import annotations

import contextlib
import io
import random
import sqlite3
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from recording_files import LESSON, record
from test_recording_mutations import mutated_bytes, mutations, play_and_report
from walked import walk

from autograd_tutor.limits.progress import MOST_CODE, MOST_TRIES
from autograd_tutor.progress import FILE_NAME, Bookmark, Progress
from autograd_tutor.progress.exported import from_bytes, to_bytes
from autograd_tutor.progress.notes import Key
from autograd_tutor.recording.file import load
from autograd_tutor.recording.recognition import RecordingError
from soak.trials import Measured, Part, folder

ROOT = Path(__file__).parents[2]
HERE = Bookmark("parameters", "both", 1, "7")


def recording_trial(number: int, chance: random.Random) -> Measured:
    """Read a mutation and, where that is possible, walk and report it."""
    kind, mutate = _kinds(number % len(_LESSONS))[chance.randrange(4)]
    with folder() as home:
        path = home / "mutated.agt"
        path.write_bytes(mutate(chance))
        try:
            found = load(path)
        except RecordingError as error:
            return _refused(kind, str(error))
        for _ in walk(found):
            pass
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            play_and_report(path)
    return {f"{kind} read": 1}


def _refused(kind: str, words: str) -> Measured:
    assert words.isprintable()
    assert len(words) < 500
    return {f"{kind} refused": 1}


_LESSONS = (
    lambda: LESSON,
    lambda: (ROOT / "lessons/01-parameters.yaml").read_text(),
    lambda: (ROOT / "lessons/06-inside-backward.yaml").read_text(),
)
_Kind = tuple[str, Callable[[random.Random], bytes]]


@cache
def _kinds(lesson: int) -> list[_Kind]:
    """What can be done to the recording of a lesson; each process records it once."""
    return mutations(record(Path(tempfile.mkdtemp(prefix="soak-")), _LESSONS[lesson]()), 4)


def progress_trial(_number: int, chance: random.Random) -> Measured:
    """Damage a file, use it, and see that what is saved then is there afterwards."""
    with folder() as home:
        _begin(home)
        path = home / FILE_NAME
        kind = chance.choice(("bytes", "length", "records", "records", "another"))
        _damage(path, kind, chance)
        progress = Progress.open(home)
        meanwhile = chance.random() < 0.1
        if meanwhile:
            _damage(path, kind, chance)
        if "newer autograd-tutor" in (progress.notice or ""):  # it is left alone, as it should be
            progress.close()
            return {"newer": 1}
        notice = _use(progress)
        if meanwhile:  # bytes that change under SQLite are noticed when the file is opened again
            notice = _use(Progress.open(home)) or notice
        _check(Progress.open(home))
        aside = len(list(home.glob("*damaged*")))
    return {kind: 1, "set aside or mended": bool(aside or notice)}


def _use(progress: Progress) -> str:
    """Save something; what the learner reads of the file."""
    progress.finish("inside-backward", "chain")
    progress.note_skip("inside-backward", "chain", 1)
    progress.note_solved("parameters", "exercise")
    progress.note_code("parameters", "exercise", "of this sitting")
    progress.visit(*HERE)
    progress.save()
    notice = progress.take_notice()
    assert notice.isprintable(), notice
    assert progress.unsaved is None, progress.unsaved
    progress.close()
    return notice


def _check(progress: Progress) -> None:
    """It is there, and nothing is wrong with the file any more."""
    assert progress.notice is None, progress.notice
    assert progress.last_bookmark() == HERE, progress.last_bookmark()
    assert "chain" in progress.finished("inside-backward")
    assert 1 in progress.settled("inside-backward")["chain"]
    exercise = progress.exercise("parameters", "exercise")
    assert exercise.state == "solved"
    assert len(exercise.tries) <= MOST_TRIES
    assert len(exercise.code.text) <= MOST_CODE
    exported = to_bytes(progress.known())
    assert to_bytes(from_bytes(exported)) == exported
    progress.close()


def _begin(home: Path) -> None:
    progress = Progress.open(home)
    for lesson in ("parameters", "dynamic-graph", "automatic-gradients"):
        for step in range(20):
            progress.finish(lesson, f"step-{step}")
        progress.visit(lesson, "step-3", 3, "7.1")
        progress.note_guess(lesson, "step-3", 0, right=True, sure=False)
        progress.note_code(lesson, "exercise", "w = 1\n")
        progress.note_try(lesson, "exercise", "mistake")
        progress.note_finished(lesson)
        progress.note_reviews([Key("review", lesson, "step-3", 0, 2)])
    progress.close()


def _damage(path: Path, kind: str, chance: random.Random) -> None:
    data = path.read_bytes() if path.exists() else b""
    match kind:
        case "bytes":
            for _ in range(chance.choice((1, 1, 5, 100))):
                data = mutated_bytes(data, chance) if data else chance.randbytes(100)
            path.write_bytes(data)
        case "length":
            path.write_bytes(
                data[: chance.randrange(len(data) + 1)] + bytes(chance.choice((0, 1, 4096)))
            )
        case "another":
            path.unlink(missing_ok=True)
            chance.choice((_empty, _folder, _garbage, _other_database))(path, chance)
        case _:
            with (
                contextlib.suppress(sqlite3.Error),
                contextlib.closing(sqlite3.connect(path)) as db,
            ):
                for _ in range(chance.randrange(1, 4)):
                    db.execute(_statement(chance))
                    db.commit()


def _empty(path: Path, _chance: random.Random) -> None:
    path.touch()


def _folder(path: Path, chance: random.Random) -> None:
    path.mkdir()
    if chance.random() < 0.5:
        (path / "x").touch()


def _garbage(path: Path, chance: random.Random) -> None:
    head = chance.choice((b"", b"SQLite format 3\0", bytes(100)))
    path.write_bytes(head + chance.randbytes(chance.choice((0, 50, 10_000))))


def _other_database(path: Path, chance: random.Random) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript(f"CREATE TABLE t (a); PRAGMA user_version = {chance.choice((0, 1, 2))};")


_VALUES = (
    "NULL", "''", "x'ff00'", "-1", "1e308", "9e999", "9223372036854775807", "-9223372036854775808",
    "'x'", "zeroblob(100000)", "randomblob(20)", "char(27, 0, 7, 8238)", "CAST(x'ff' AS TEXT)",
    "replace(hex(zeroblob(200000)), '00', 'y')", "'1'", "1.5",
)  # fmt: skip
_STATEMENTS = (
    "DROP TABLE place", "DROP TABLE finished", "DELETE FROM place", "DELETE FROM finished",
    "ALTER TABLE place DROP COLUMN moment", "ALTER TABLE place ADD COLUMN more",
    "ALTER TABLE finished RENAME TO ended", "ALTER TABLE place RENAME COLUMN step TO stage",
    "CREATE TABLE more (a)", "CREATE VIEW seen AS SELECT * FROM place",
    "CREATE UNIQUE INDEX one ON finished (lesson)", "CREATE INDEX some ON place (step)",
    "CREATE TRIGGER no BEFORE INSERT ON place BEGIN SELECT RAISE(ABORT, 'no'); END",
    "CREATE TRIGGER off AFTER INSERT ON place BEGIN DELETE FROM place; END",
    "CREATE TRIGGER lost AFTER INSERT ON finished BEGIN DELETE FROM finished; END",
    "PRAGMA user_version = 0", "PRAGMA user_version = 1", "PRAGMA user_version = -5",
    "PRAGMA journal_mode = WAL", "PRAGMA application_id = 7", "PRAGMA auto_vacuum = 1",
    "UPDATE place SET moment = replace(moment, '1', '-9')", "UPDATE place SET moment = '{}'",
    "UPDATE place SET moment = substr(moment, 1, 20)", "UPDATE place SET moment = moment || moment",
    "UPDATE place SET moment = '{\"tries\": [[5, 7]], \"code\": [9e9, \"x\"], \"solved\": 5}'",
    "UPDATE place SET lesson = replace(lesson, 'exercise', 'question')",
    "UPDATE place SET lesson = 'exercise/[' || lesson || ']'",
    "INSERT INTO place VALUES ('exercise/[]', 'x', 1, 99, '[]')",
    "VACUUM", "PRAGMA encoding = 'UTF-16'", "PRAGMA page_size = 512",
)  # fmt: skip


def _statement(chance: random.Random) -> str:
    column = chance.choice(("lesson", "step", "position", "visit", "moment"))
    values = ", ".join(chance.choice(_VALUES) for _ in range(5))
    return chance.choice(
        (
            chance.choice(_STATEMENTS),
            f"UPDATE OR REPLACE place SET {column} = {chance.choice(_VALUES)}",
            f"UPDATE OR REPLACE finished SET {column} = {chance.choice(_VALUES)}",
            f"INSERT OR REPLACE INTO place VALUES ({values})",
            f"INSERT OR REPLACE INTO finished VALUES ({', '.join(values.split(', ')[:2])})",
        )
    )


RECORDINGS = Part("recordings", 2000, 3, recording_trial, batch=20)
PROGRESS = Part("progress", 2000, 2, progress_trial, batch=40)
