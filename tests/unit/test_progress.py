"""The learner's place survives; whatever is wrong with its file, the program goes on."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from kept_progress import FORMAT_1, Opened, holder, wait_until

from autograd_tutor.progress import FILE_NAME, Bookmark, Progress, state_folder


def test_nothing_is_known_at_first(folder: Path, opened: Opened) -> None:
    progress = opened(folder)
    assert progress.notice is None
    assert progress.last_bookmark() is None
    assert progress.bookmark("parameters") is None
    assert progress.finished("parameters") == frozenset()


def test_everything_is_kept(folder: Path, opened: Opened) -> None:
    progress = opened(folder)
    progress.visit("parameters", "both", 1)
    progress.visit("gradients", "square", 0)
    progress.visit("parameters", "grad", 2)
    progress.finish("parameters", "both")
    progress.finish("parameters", "grad")
    progress.save()

    again = opened(folder)
    assert again.notice is None
    assert again.last_bookmark() == Bookmark("parameters", "grad", 2)
    assert again.bookmark("gradients") == Bookmark("gradients", "square", 0)
    assert again.finished("parameters") == {"both", "grad"}
    assert again.finished("gradients") == frozenset()


def test_changes_are_written_at_once(folder: Path, opened: Opened) -> None:
    """A terminal that is closed kills the program: nothing may wait for the end."""
    writer, reader = opened(folder), opened(folder)
    writer.visit("parameters", "both", 1)
    writer.finish("parameters", "both")

    def written() -> bool:
        reader.refresh()
        return reader.finished("parameters") == {"both"}

    wait_until(written)
    assert reader.last_bookmark() == Bookmark("parameters", "both", 1)
    assert reader.finished("parameters") == {"both"}


def test_the_last_of_many_moments_is_kept(folder: Path, opened: Opened) -> None:
    writer, reader = opened(folder), opened(folder)
    for index in range(50):
        writer.visit("parameters", "both", 1, f"{index}")
    assert writer.bookmark("parameters") == Bookmark("parameters", "both", 1, "49")
    writer.close()
    reader.refresh()
    assert reader.bookmark("parameters") == Bookmark("parameters", "both", 1, "49")


def test_a_save_without_a_change_writes_nothing(folder: Path, opened: Opened) -> None:
    writer = opened(folder)
    writer.visit("parameters", "both", 1, "4")
    writer.save()
    other = holder(folder / FILE_NAME)
    writer.visit("parameters", "both", 1, "4")
    assert writer.save()
    assert writer.notice is None
    other.close()


def test_a_file_without_moments_gets_them(folder: Path, opened: Opened) -> None:
    folder.mkdir(parents=True)
    older = sqlite3.connect(folder / FILE_NAME)
    older.executescript(FORMAT_1)
    older.close()
    progress = opened(folder)
    assert progress.notice is None
    assert progress.last_bookmark() == Bookmark("gradients", "square", 3)
    assert progress.finished("gradients") == {"first"}
    progress.visit("parameters", "both", 1, "7")
    progress.save()
    again = opened(folder)
    assert again.notice is None
    assert again.last_bookmark() == Bookmark("parameters", "both", 1, "7")


def test_ids_that_are_no_unicode(folder: Path, opened: Opened) -> None:
    writer = opened(folder)
    writer.visit("odd\udcff", "step\0", 0)
    writer.save()
    again = opened(folder)
    assert again.notice is None
    assert again.bookmark("odd\udcff") is not None


def test_the_environment_names_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AUTOGRAD_TUTOR_STATE", str(tmp_path))
    assert state_folder() == tmp_path
    monkeypatch.delenv("AUTOGRAD_TUTOR_STATE")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert state_folder().is_relative_to(tmp_path)
    assert state_folder().name == "autograd-tutor"


WRITER = """
import sys
from pathlib import Path
from autograd_tutor.progress import Progress

folder, name = Path(sys.argv[1]), sys.argv[2]
sys.stdin.readline()  # both begin at once
for number in range(60):
    progress = Progress.open(folder)
    progress.visit(name, f"step{number}", number)
    progress.finish(name, f"step{number}")
    progress.finish("shared", f"{name}{number}")
    assert progress.notice is None, progress.notice
    progress.close()
"""


def test_two_programs_write_at_once(folder: Path, opened: Opened) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), name],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for name in ("one", "two")
    ]
    outcomes = [writer.communicate("go\n")[1] for writer in writers]
    assert outcomes == ["", ""]
    progress = opened(folder)
    steps = {f"step{number}" for number in range(60)}
    assert progress.finished("one") == progress.finished("two") == steps
    assert len(progress.finished("shared")) == 120
    assert progress.bookmark("one") == Bookmark("one", "step59", 59)


def damage_garbage(path: Path) -> None:
    path.write_bytes(b"no database at all \x00\xff" * 500)


def damage_truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:6000])


def damage_page(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096 : 2 * 4096] = b"\xa5" * 4096
    path.write_bytes(content)


def damage_other_database(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()


def damage_columns(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("ALTER TABLE place RENAME COLUMN step TO wrong")
    other.close()


def damage_missing_table(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("DROP TABLE finished")
    other.close()


def damage_write_version(path: Path) -> None:
    """SQLite takes the file for one of a later version, which it reads and does not write."""
    content = bytearray(path.read_bytes())
    content[18] = 5
    path.write_bytes(content)


READABLE = (damage_missing_table, damage_write_version)
"""After these the bookmark can still be read."""


@pytest.mark.parametrize(
    "damage",
    [
        damage_garbage,
        damage_truncated,
        damage_page,
        damage_other_database,
        damage_columns,
        damage_missing_table,
        damage_write_version,
    ],
)
def test_a_damaged_file_is_set_aside(
    folder: Path, opened: Opened, damage: Callable[[Path], None]
) -> None:
    progress = opened(folder)
    progress.visit("parameters", "both", 1)
    progress.close()
    path = folder / FILE_NAME
    damage(path)
    damaged = path.read_bytes()

    progress = opened(folder)
    assert progress.notice is not None
    assert "damaged" in progress.notice
    known = progress.last_bookmark()
    assert known == (Bookmark("parameters", "both", 1) if damage in READABLE else None)
    assert ("What could be read of it is kept" in progress.notice) == (known is not None)
    progress.visit("gradients", "square", 0)
    progress.close()

    (aside,) = folder.glob("progress-damaged-*.sqlite")
    assert str(aside) in progress.notice
    assert aside.read_bytes() == damaged
    again = opened(folder)
    assert again.notice is None
    assert again.last_bookmark() == Bookmark("gradients", "square", 0)


def test_an_empty_file_is_a_new_one(folder: Path, opened: Opened) -> None:
    folder.mkdir(parents=True)
    (folder / FILE_NAME).touch()
    progress = opened(folder)
    assert progress.notice is None
    progress.visit("parameters", "both", 1)
    progress.save()
    assert opened(folder).last_bookmark() == Bookmark("parameters", "both", 1)


def test_a_file_of_a_newer_program_is_left_alone(folder: Path, opened: Opened) -> None:
    opened(folder).close()
    path = folder / FILE_NAME
    with sqlite3.connect(path) as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    before = path.read_bytes()

    progress = opened(folder)
    assert progress.notice is not None
    assert "newer" in progress.notice
    assert_kept_in_memory(progress)
    assert path.read_bytes() == before


def assert_kept_in_memory(progress: Progress) -> None:
    progress.visit("parameters", "both", 1)
    progress.finish("parameters", "both")
    progress.save()
    progress.refresh()
    assert progress.last_bookmark() == Bookmark("parameters", "both", 1)
    assert progress.finished("parameters") == {"both"}


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_that_cannot_be_written(locked_folder: Path, opened: Opened) -> None:
    progress = opened(locked_folder)
    assert progress.notice is not None
    assert str(locked_folder / FILE_NAME) in progress.notice
    assert_kept_in_memory(progress)


def test_a_file_that_cannot_be_written_is_still_read(
    locked_folder: Path, opened: Opened, request: pytest.FixtureRequest
) -> None:
    locked_folder.chmod(0o755)
    progress = opened(locked_folder)
    progress.visit("gradients", "square", 3)
    progress.close()
    (locked_folder / FILE_NAME).chmod(0o444)

    request.getfixturevalue("unprivileged")
    progress = opened(locked_folder)
    assert progress.last_bookmark() == Bookmark("gradients", "square", 3)
    assert_kept_in_memory(progress)
    assert progress.notice is not None
    assert "not saved" in progress.notice


def test_a_folder_that_cannot_be_made(tmp_path: Path, opened: Opened) -> None:
    (tmp_path / "file").touch()
    progress = opened(tmp_path / "file" / "state")
    assert progress.notice is not None
    assert "Not a directory" in progress.notice
    assert_kept_in_memory(progress)


def test_a_python_without_sqlite(
    folder: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sqlite3", None)
    progress = opened(folder)
    assert progress.notice is not None
    assert "sqlite3" in progress.notice
    assert_kept_in_memory(progress)


@pytest.mark.usefixtures("impatient")
def test_a_held_file_is_written_when_it_is_free_again(folder: Path, opened: Opened) -> None:
    progress = opened(folder)
    other = holder(folder / FILE_NAME)
    progress.visit("parameters", "both", 1)
    progress.finish("parameters", "both")
    progress.save()
    assert progress.notice is not None
    assert "another program holds" in progress.notice
    progress.refresh()
    assert progress.last_bookmark() == Bookmark("parameters", "both", 1)

    other.execute("ROLLBACK")
    other.close()
    progress.visit("parameters", "grad", 2)
    progress.save()
    assert progress.notice is None
    again = opened(folder)
    assert again.finished("parameters") == {"both"}
    assert again.last_bookmark() == Bookmark("parameters", "grad", 2)


@pytest.mark.usefixtures("impatient")
def test_closing_writes_what_had_to_wait(folder: Path, opened: Opened) -> None:
    progress = opened(folder)
    other = holder(folder / FILE_NAME)
    progress.visit("parameters", "both", 1)
    progress.save()
    assert progress.unsaved is not None
    other.execute("ROLLBACK")
    other.close()
    progress.close()
    assert opened(folder).last_bookmark() == Bookmark("parameters", "both", 1)


@pytest.mark.usefixtures("impatient")
def test_a_file_that_is_held_for_good(folder: Path, opened: Opened) -> None:
    folder.mkdir(parents=True)
    other = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    progress = opened(folder)
    assert progress.notice is not None
    assert "another program holds" in progress.notice
    assert_kept_in_memory(progress)
    other.close()


def test_damage_while_the_program_runs(folder: Path, opened: Opened) -> None:
    progress = opened(folder)
    progress.visit("gradients", "square", 0)
    progress.finish("gradients", "first")
    progress.save()
    other = sqlite3.connect(folder / FILE_NAME)
    other.execute("DROP TABLE place")
    other.close()
    progress.visit("parameters", "both", 1)
    progress.save()
    assert progress.notice is not None
    assert "damaged" in progress.notice
    assert_kept_in_memory(progress)
    again = opened(folder)
    assert again.last_bookmark() == Bookmark("parameters", "both", 1)
    assert again.bookmark("gradients") == Bookmark("gradients", "square", 0)
    assert again.finished("gradients") == {"first"}
