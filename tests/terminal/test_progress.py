"""The learner's file on a real terminal: what happens to it is said, and nothing is lost."""

from __future__ import annotations

import shutil
from pathlib import Path

from kept_progress import wait_until

from autograd_tutor.progress import FILE_NAME, Progress
from terminal.conftest import Start
from terminal.lessons import WALK, write
from terminal.test_leaving import assert_restored


def saved_position(state: Path) -> int | None:
    """Where the file says that the learner was last."""
    reader = Progress.open(state)
    left = reader.last_bookmark()
    reader.close()
    return None if left is None else left.position


def test_a_state_folder_that_is_removed_is_made_again(start: Start, home: Path) -> None:
    state = home / "state" / "autograd-tutor"
    other = Progress.open(state)
    other.finish("others", "step")
    other.close()
    terminal = start(write(home, "walk", WALK), columns=80, rows=24)
    terminal.wait_for("The first explanation.")
    terminal.press("N")
    terminal.wait_for("The second explanation.")
    wait_until(lambda: saved_position(state) == 1)  # or that is said which P takes away
    shutil.rmtree(state)
    terminal.press("P")
    terminal.wait_for("The saved progress was moved or removed; what is known here is saved")
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0
    assert "is not saved" not in terminal.text
    kept = Progress.open(state)
    assert kept.notice is None
    assert kept.finished("others") == {"step"}
    left = kept.last_bookmark()
    assert left is not None
    assert left.position == 0
    kept.close()


def test_a_file_that_is_garbage_and_then_mended(start: Start, home: Path) -> None:
    state = home / "state" / "autograd-tutor"
    state.mkdir(parents=True)
    (state / FILE_NAME).write_bytes(b"garbage" * 1000)
    lesson = write(home, "walk", WALK)
    terminal = start(lesson)
    terminal.wait_for("The saved progress was damaged; it is now")
    terminal.press("N")
    terminal.wait_for("The second explanation.")
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0
    (aside,) = state.glob("progress-damaged-*.sqlite")
    assert aside.read_bytes() == b"garbage" * 1000
    terminal = start(lesson)
    terminal.wait_for("The second explanation.")
    assert "damaged" not in terminal.text


def test_what_is_not_saved_in_the_end_is_said_after_it(start: Start, home: Path) -> None:
    state = home / "state" / "autograd-tutor"
    state.parent.mkdir()
    state.touch()  # where the folder would be
    terminal = start(write(home, "walk", WALK))
    terminal.wait_for("Progress is not saved yet, only kept here:")
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0
    assert_restored(terminal)
    assert "autograd-tutor: Progress of this sitting is not saved:" in terminal.text
    assert b"Traceback" not in terminal.raw
