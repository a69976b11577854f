"""Real faults of the learner's file: it is tried again, mended or set aside; nothing is lost."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from kept_progress import FORMAT_1, Opened, holder, wait_until

from autograd_tutor.progress import FILE_NAME, Bookmark, Progress, damage, file, learner

HERE, NEXT = Bookmark("parameters", "both", 1, "7"), Bookmark("gradients", "square", 0)
AGAIN = "Progress is saved again."
GONE = "The saved progress was moved or removed; what is known here is saved again."


def begun(opened: Opened, folder: Path) -> Progress:
    """A sitting in which something is saved already."""
    progress = opened(folder)
    progress.visit(*NEXT)
    progress.finish("gradients", "first")
    progress.visit(*HERE)
    progress.save()
    assert progress.take_notice() == ""
    return progress


def failing(progress: Progress) -> str:
    """What is said of the next change, once; the change is kept in memory."""
    progress.visit("parameters", "both", 1, "8")
    progress.save()
    progress.finish("parameters", "both")
    progress.save()
    notice = progress.take_notice()
    progress.save()
    assert progress.take_notice() == ""
    assert progress.last_bookmark() == HERE._replace(moment="8")
    assert notice.startswith("Progress is not saved yet, only kept here: ")
    assert progress.unsaved is not None
    return notice


def assert_saved(opened: Opened, folder: Path) -> None:
    """All of the sitting is in the file, what was changed while it failed too."""
    again = opened(folder)
    assert again.notice is None
    assert again.last_bookmark() == HERE._replace(moment="8")
    assert again.bookmark("gradients") == NEXT
    assert again.finished("gradients") == {"first"}
    assert again.finished("parameters") == {"both"}


def works_again(progress: Progress) -> str:
    progress.save()
    assert progress.unsaved is None
    return progress.take_notice()


# The disk is full

SMALL_DISK = """
import os, resource, sqlite3, sys
from pathlib import Path
from autograd_tutor.progress import FILE_NAME, Bookmark, Progress

kind, folder, older = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
folder.mkdir(exist_ok=True)

def full():
    if kind == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        return
    with open(folder / "filler", "wb", 0) as filler:
        try:
            while True:
                filler.write(bytes(1024))
        except OSError:
            pass

def room():
    if kind == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    else:
        (folder / "filler").unlink()

if older:
    db = sqlite3.connect(folder / FILE_NAME)
    db.executescript(older)
    db.close()
    full()
progress = Progress.open(folder)
if not older:
    progress.visit("gradients", "square", 3)
    progress.finish("gradients", "first")
    progress.save()
    full()
assert progress.last_bookmark() == Bookmark("gradients", "square", 3), progress.last_bookmark()
assert progress.notice is None, progress.notice
progress.visit("parameters", "both", 1, "8" * 9000)
progress.save()
print(progress.take_notice())
assert progress.unsaved
room()
progress.save()
assert progress.unsaved is None
print(progress.take_notice())
again = Progress.open(folder)
assert again.notice is None, again.notice
assert again.last_bookmark() == Bookmark("parameters", "both", 1, "8" * 9000)
assert again.bookmark("gradients") == Bookmark("gradients", "square", 3)
assert again.finished("gradients") == {"first"}
again.close()
progress.close()
assert not list(folder.glob("*damaged*"))
"""

MOUNTED = ("unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=64k none "$0" && exec "$@"')


def small_disks() -> list[str]:
    """A limit on the length of files works everywhere, a small disk where one may be mounted."""
    if shutil.which("unshare") is None:
        return ["limit"]
    tried = subprocess.run([*MOUNTED, "/mnt", "true"], capture_output=True, check=False)
    return ["limit"] if tried.returncode else ["limit", "tmpfs"]


@pytest.mark.parametrize("older", ["", FORMAT_1], ids=["written", "upgraded"])
@pytest.mark.parametrize("kind", small_disks())
def test_a_full_disk_that_has_room_again(tmp_path: Path, kind: str, older: str) -> None:
    prefix = [*MOUNTED, str(tmp_path)] if kind == "tmpfs" else []
    done = subprocess.run(
        [*prefix, sys.executable, "-c", SMALL_DISK, kind, str(tmp_path / "state"), older],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    failed, works = done.stdout.splitlines()
    assert ("the disk is full" in failed) == (kind == "tmpfs"), failed
    assert failed.startswith("Progress is not saved yet, only kept here: ")
    assert works == AGAIN


# Columns, values and objects that are not ours

PLACE = "CREATE TABLE place (lesson TEXT PRIMARY KEY, step TEXT NOT NULL, {})"
REMADE = "ALTER TABLE place RENAME TO old; {}; INSERT INTO place {}; DROP TABLE old"
SCHEMAS = {
    "position is text": REMADE.format(
        PLACE.format("position TEXT, visit INTEGER NOT NULL, moment TEXT NOT NULL DEFAULT ''"),
        "SELECT lesson, step, position || '', visit, moment FROM old",
    ),
    "visit is text": REMADE.format(
        PLACE.format("position INTEGER NOT NULL, visit TEXT, moment TEXT NOT NULL DEFAULT ''"),
        "SELECT lesson, step, position, visit || '', moment FROM old",
    ),
    "lesson is no key": REMADE.format(
        "CREATE TABLE place (lesson TEXT, step TEXT, position INTEGER, visit INTEGER, moment TEXT)",
        "SELECT lesson, step, position, visit, moment FROM old",
    ),
    "a column that must be given": (
        "ALTER TABLE place ADD COLUMN more TEXT NOT NULL DEFAULT 'x'; PRAGMA writable_schema = ON;"
        "UPDATE sqlite_master SET sql = replace(sql, ' DEFAULT ''x''', '') WHERE name = 'place'"
    ),
    "a check that nothing passes": REMADE.format(
        PLACE.format(
            "position INTEGER NOT NULL, visit INTEGER NOT NULL,"
            "moment TEXT NOT NULL DEFAULT '', CHECK (visit < 3)"
        ),
        "SELECT lesson, step, position, visit, moment FROM old",
    ),
    "a step as bytes": "UPDATE place SET step = CAST(step AS BLOB)",
    "visits at the end of integers": f"UPDATE place SET visit = {2**63 - 3} + visit",
    "a trigger": "CREATE TRIGGER t BEFORE INSERT ON place BEGIN SELECT RAISE(IGNORE); END",
    "an index": "CREATE UNIQUE INDEX one ON finished (lesson)",
    "a view": "CREATE VIEW recipes AS SELECT * FROM place",
}


@pytest.mark.parametrize("change", SCHEMAS.values(), ids=list(SCHEMAS))
@pytest.mark.parametrize("while_open", [False, True], ids=["before", "meanwhile"])
def test_what_is_not_as_we_make_it_is_mended(
    folder: Path, opened: Opened, change: str, while_open: bool
) -> None:
    progress = begun(opened, folder)
    if not while_open:
        progress.close()
    other = sqlite3.connect(folder / FILE_NAME)
    other.executescript(change)
    other.close()
    changed = (folder / FILE_NAME).read_bytes()

    if not while_open:
        progress = opened(folder)
        assert progress.bookmark("gradients") == NEXT
        assert progress.finished("gradients") == {"first"}
        assert progress.last_bookmark() == HERE
    progress.visit("parameters", "both", 1, "8")
    progress.finish("parameters", "both")
    progress.save()
    progress.close()
    assert progress.unsaved is None
    assert_saved(opened, folder)
    if asides := list(folder.glob("progress-damaged-*.sqlite")):
        (aside,) = asides
        assert progress.notice is not None
        assert progress.notice.startswith(f"The saved progress was damaged; it is now {aside}.")
        assert aside.read_bytes() == changed or while_open
    else:  # nothing in the way of it
        assert while_open
        assert progress.notice is None


# The file, its folder, or what lies in their place


def removed_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def removed_file(path: Path) -> None:
    path.unlink()


def moved_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


def replaced_by_older(path: Path) -> None:
    path.unlink()
    older = sqlite3.connect(path)
    older.executescript(FORMAT_1)
    older.close()


@pytest.mark.parametrize("remove", [removed_folder, removed_file, moved_folder, replaced_by_older])
def test_a_file_that_is_gone_is_made_again_with_all_that_is_known(
    folder: Path, opened: Opened, remove: Callable[[Path], None]
) -> None:
    progress = begun(opened, folder)
    remove(folder / FILE_NAME)
    progress.visit("parameters", "both", 1, "8")
    progress.finish("parameters", "both")
    progress.save()
    assert progress.take_notice() == GONE
    assert_saved(opened, folder)
    progress.visit(*HERE)
    progress.save()
    assert progress.take_notice() == ""


def test_a_folder_that_is_gone_and_cannot_be_made_for_a_while(folder: Path, opened: Opened) -> None:
    progress = begun(opened, folder)
    shutil.rmtree(folder)
    folder.touch()
    assert "File exists" in failing(progress)
    folder.unlink()
    assert works_again(progress) == GONE
    assert_saved(opened, folder)


def test_a_file_that_goes_while_it_cannot_be_used(
    folder: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system may give a new file the number that the old one had."""
    same = lambda path: (1, 1) if path.exists() else None  # noqa: E731
    for module in (file, learner):
        monkeypatch.setattr(module, "identity", same)
    progress = begun(opened, folder)
    other = holder(folder / FILE_NAME)
    assert "another program holds" in failing(progress)
    other.close()
    shutil.rmtree(folder)
    assert works_again(progress) == GONE
    assert_saved(opened, folder)


def test_garbage_that_comes_into_the_files_place_is_set_aside(folder: Path, opened: Opened) -> None:
    progress = begun(opened, folder)
    (folder / FILE_NAME).write_bytes(b"garbage" * 2000)
    progress.visit("parameters", "both", 1, "8")
    progress.finish("parameters", "both")
    progress.save()
    (aside,) = folder.glob("progress-damaged-*.sqlite")
    assert progress.take_notice() == f"The saved progress was damaged; it is now {aside}."
    assert aside.read_bytes() == b"garbage" * 2000
    assert_saved(opened, folder)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        (b"position INTEGER", b"p\x91sition INTEGER"),
        (b"moment TEXT", b"moment \xffEXT"),
        (b"CREATE TABLE finished", b"CREATE TABLE f\x91nished"),
        (b"tablefinished", b"tablef\x91nished"),
        (b"CREATE TABLE place", b"CREATE T\x91BLE place"),
    ],
)
def test_names_that_are_no_text_are_a_damage(
    folder: Path, opened: Opened, text: bytes, other: bytes
) -> None:
    """In the file, or in what SQLite complains of: neither is the learner's to read."""
    begun(opened, folder).close()
    path = folder / FILE_NAME
    assert text in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(text, other))
    progress = opened(folder)
    assert (progress.notice or "").startswith("The saved progress was damaged")
    progress.visit("parameters", "both", 1, "8")
    progress.save()
    assert progress.unsaved is None
    assert opened(folder).last_bookmark() == HERE._replace(moment="8")
    assert opened(folder).notice is None


def test_a_folder_in_the_files_place_is_set_aside_with_what_it_holds(
    folder: Path, opened: Opened
) -> None:
    (folder / FILE_NAME).mkdir(parents=True)
    (folder / FILE_NAME / "letter").write_text("kept")
    progress = opened(folder)
    (aside,) = folder.glob("progress-damaged-*.sqlite")
    assert (aside / "letter").read_text() == "kept"
    assert progress.notice == f"The saved progress was damaged; it is now {aside}."
    progress.visit(*HERE)
    progress.close()
    assert opened(folder).last_bookmark() == HERE


def test_a_link_that_leads_nowhere_is_kept_until_it_leads_somewhere(
    folder: Path, tmp_path: Path, opened: Opened
) -> None:
    folder.mkdir(parents=True)
    disk = tmp_path / "disk"
    (folder / FILE_NAME).symlink_to(disk / FILE_NAME)
    progress = opened(folder)
    notice = progress.take_notice()
    assert f"a link to {disk / FILE_NAME}, which is not there" in notice
    progress.visit(*HERE)
    progress.save()
    assert progress.take_notice() == ""
    disk.mkdir()
    assert works_again(progress) == AGAIN
    assert (folder / FILE_NAME).is_symlink()
    assert opened(disk).last_bookmark() == HERE


def test_of_a_link_what_it_leads_to_is_set_aside(
    folder: Path, tmp_path: Path, opened: Opened
) -> None:
    folder.mkdir(parents=True)
    disk = tmp_path / "disk"
    disk.mkdir()
    (disk / FILE_NAME).write_bytes(b"garbage" * 2000)
    (folder / FILE_NAME).symlink_to(disk / FILE_NAME)
    progress = opened(folder)
    progress.visit(*HERE)
    progress.close()
    (aside,) = disk.glob("progress-damaged-*.sqlite")
    assert str(aside) in (progress.notice or "")
    assert (folder / FILE_NAME).is_symlink()
    assert opened(disk).last_bookmark() == HERE


@pytest.mark.parametrize("by_a_link", [False, True])
def test_a_pipe_is_left_where_it_is(
    folder: Path, tmp_path: Path, opened: Opened, by_a_link: bool
) -> None:
    """So is a device: a link to /dev/null must not take /dev/null away."""
    folder.mkdir(parents=True)
    pipe = tmp_path / "pipe" if by_a_link else folder / FILE_NAME
    os.mkfifo(pipe)
    if by_a_link:
        (folder / FILE_NAME).symlink_to(pipe)
    progress = opened(folder)
    assert "it is no ordinary file" in progress.take_notice()
    assert pipe.is_fifo()
    assert os.listdir(folder) == [FILE_NAME]


def test_two_damages_at_one_time_of_the_clock_are_both_kept(
    folder: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clocks are set back, and two damages may come within a second."""

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: object = None) -> Stopped:
            return cls(2001, 2, 3)

    monkeypatch.setattr(damage, "datetime", Stopped)
    folder.mkdir(parents=True)
    contents = [bytes([65 + number]) * 5000 for number in range(3)]
    for content in contents:
        (folder / FILE_NAME).write_bytes(content)
        opened(folder).close()
    asides = folder.glob("progress-damaged-2001-02-03-000000*.sqlite")
    assert sorted(aside.read_bytes() for aside in asides) == contents


def test_a_journal_goes_with_what_is_set_aside(folder: Path, opened: Opened) -> None:
    """Left behind, it would be rolled back into the new file, or deleted."""
    (folder / FILE_NAME).mkdir(parents=True)
    (folder / f"{FILE_NAME}-journal").write_bytes(b"journal" * 2000)
    progress = opened(folder)
    progress.visit(*HERE)
    progress.close()
    (aside,) = folder.glob("progress-damaged-*.sqlite-journal")
    assert aside.read_bytes() == b"journal" * 2000
    assert opened(folder).last_bookmark() == HERE


AHEAD = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode = WAL")
db.executescript(sys.argv[2])
os._exit(0)
"""


def test_what_a_killed_program_had_written_ahead_is_read(folder: Path, opened: Opened) -> None:
    folder.mkdir(parents=True)
    subprocess.run([sys.executable, "-c", AHEAD, folder / FILE_NAME, FORMAT_1], check=True)
    assert (folder / f"{FILE_NAME}-wal").stat().st_size
    progress = opened(folder)
    assert progress.last_bookmark() == Bookmark("gradients", "square", 3)
    progress.visit(*HERE)
    progress.save()
    assert progress.notice is None
    assert os.listdir(folder) == [FILE_NAME]  # nothing more can be lost separately
    assert opened(folder).finished("gradients") == {"first"}


def test_an_empty_file_beside_what_was_written_ahead(folder: Path, opened: Opened) -> None:
    """SQLite itself would delete what was written ahead."""
    folder.mkdir(parents=True)
    subprocess.run([sys.executable, "-c", AHEAD, folder / FILE_NAME, FORMAT_1], check=True)
    ahead = (folder / f"{FILE_NAME}-wal").read_bytes()
    os.truncate(folder / FILE_NAME, 0)
    progress = opened(folder)
    (aside,) = folder.glob("progress-damaged-*.sqlite-wal")
    assert aside.read_bytes() == ahead
    assert "damaged" in (progress.notice or "")


def test_of_a_file_that_was_cut_off_the_rest_is_kept(opened: Opened, folder: Path) -> None:
    progress = opened(folder)
    for number in range(200):
        progress.finish("parameters", f"step-{number}")
    progress.visit(*HERE)
    progress.note_skip("parameters", "both", 0)
    progress.close()
    path = folder / FILE_NAME
    os.truncate(path, path.stat().st_size - 4096)
    again = opened(folder)
    assert "What could be read of it is kept." in (again.notice or "")
    assert again.last_bookmark() == HERE
    assert again.settled("parameters") == {"both": {0}}


# Permissions


@pytest.mark.usefixtures("unprivileged")
def test_a_file_that_may_not_be_written_for_a_while(own_folder: Path, opened: Opened) -> None:
    progress = begun(opened, own_folder)
    (own_folder / FILE_NAME).chmod(0o444)
    progress.save()
    progress.close()
    progress = opened(own_folder)
    assert progress.last_bookmark() == HERE
    assert "Permission denied" in failing(progress)
    (own_folder / FILE_NAME).chmod(0o600)
    assert works_again(progress) == AGAIN
    assert_saved(opened, own_folder)


@pytest.mark.usefixtures("unprivileged")
def test_a_file_of_somebody_else_is_left_alone(own_folder: Path, opened: Opened) -> None:
    begun(opened, own_folder).close()
    (own_folder / FILE_NAME).chmod(0)
    progress = opened(own_folder)
    assert "Permission denied" in failing(progress)
    assert os.listdir(own_folder) == [FILE_NAME]
    (own_folder / FILE_NAME).chmod(0o600)
    assert works_again(progress) == AGAIN
    assert_saved(opened, own_folder)


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_that_may_not_be_written_for_a_while(own_folder: Path, opened: Opened) -> None:
    progress = begun(opened, own_folder)
    own_folder.chmod(0o555)
    assert f"({own_folder / FILE_NAME})" in failing(progress)
    own_folder.chmod(0o755)
    assert works_again(progress) == AGAIN
    assert_saved(opened, own_folder)


# Other programs


def test_a_program_that_holds_the_file_holds_up_no_change(
    folder: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor the end. Only the thread waits, for ten minutes here."""
    monkeypatch.setattr(file, "MOST_PROGRESS_SECONDS", 600.0)
    monkeypatch.setattr(learner, "PROGRESS_CLOSE_SECONDS", 0.05)
    progress = begun(opened, folder)
    other = holder(folder / FILE_NAME)
    progress.visit("parameters", "both", 1, "8")
    progress.finish("parameters", "both")
    assert not progress.save(0.05)
    monkeypatch.setattr(learner, "_SILENCE_SECONDS", 0.0)
    progress.visit("parameters", "both", 1, "9")
    assert "does not answer" in progress.take_notice()
    progress.visit("parameters", "both", 1, "8")
    progress.close()
    assert progress.unsaved is not None
    other.execute("ROLLBACK")
    other.close()
    wait_until(lambda: progress.unsaved is None)
    assert_saved(opened, folder)


def test_a_file_that_does_not_answer_at_first(
    folder: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(opened, folder).close()
    monkeypatch.setattr(file, "MOST_PROGRESS_SECONDS", 600.0)
    monkeypatch.setattr(learner, "MOST_PROGRESS_SECONDS", 0.01)
    other = holder(folder / FILE_NAME)
    other.execute("COMMIT")
    other.execute("BEGIN EXCLUSIVE")
    progress = opened(folder)
    assert "does not answer" in progress.take_notice()
    assert progress.last_bookmark() is None
    progress.visit("parameters", "both", 1, "8")
    progress.finish("parameters", "both")
    other.execute("ROLLBACK")
    other.close()
    wait_until(lambda: progress.unsaved is None)
    assert progress.bookmark("gradients") == NEXT
    assert progress.take_notice() == AGAIN
    assert_saved(opened, folder)


@pytest.mark.usefixtures("impatient")
def test_it_is_tried_again_by_itself_and_not_with_each_key(
    folder: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress = begun(opened, folder)
    said: list[str] = []
    progress.attach(lambda: said.append(progress.take_notice()))
    other = holder(folder / FILE_NAME)
    progress.visit("parameters", "both", 1, "8")
    progress.save()
    assert len(said) == 1
    for moment in ("9", "10", "8"):
        progress.visit("parameters", "both", 1, moment)
        assert not progress._due()
    progress.finish("parameters", "both")
    monkeypatch.setattr(learner, "PROGRESS_RETRY_SECONDS", 0.005)
    progress.save()
    other.execute("ROLLBACK")
    other.close()
    wait_until(lambda: progress.unsaved is None)
    assert said[1:] == [AGAIN]
    assert_saved(opened, folder)


def test_a_newer_program_takes_over_meanwhile(folder: Path, opened: Opened) -> None:
    progress = begun(opened, folder)
    newer = sqlite3.connect(folder / FILE_NAME)
    newer.executescript("PRAGMA user_version = 99; ALTER TABLE place ADD COLUMN more")
    newer.close()
    before = (folder / FILE_NAME).read_bytes()
    assert "of a newer autograd-tutor" in failing(progress)
    assert (folder / FILE_NAME).read_bytes() == before
    assert os.listdir(folder) == [FILE_NAME]


KILLED = """
import sys
from pathlib import Path
from autograd_tutor.progress import Progress

progress = Progress.open(Path(sys.argv[1]))
for number in range(100_000):
    progress.visit("parameters", f"step{number}", number)
    progress.finish("parameters", f"step{number}")
    progress.save()
    print(number, flush=True)
"""


@pytest.mark.parametrize("saves", [1, 4, 9])
def test_what_was_saved_before_a_kill_is_there(folder: Path, opened: Opened, saves: int) -> None:
    killed = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert killed.stdout is not None
    for _ in range(saves):
        last = int(killed.stdout.readline())
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    progress = opened(folder)
    assert progress.notice is None
    left = progress.last_bookmark()
    assert left is not None
    assert left.position >= last
    assert progress.finished("parameters") >= {f"step{number}" for number in range(last + 1)}


def test_whatever_goes_wrong_the_thread_goes_on(
    folder: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("of a kind that nobody thought of")

    progress = begun(opened, folder)
    with monkeypatch.context() as patch:
        patch.setattr(file.File, "write", broken)
        assert "of a kind that nobody thought of" in failing(progress)
    assert works_again(progress) == AGAIN
    assert_saved(opened, folder)
