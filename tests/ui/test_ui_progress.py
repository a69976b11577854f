"""What happens to the learner's file during a sitting is said once, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sitting import sitting

from autograd_tutor.progress import FILE_NAME, Bookmark, Progress, file, learner

FAILED = "Progress is not saved yet, only kept here: another program holds"
AGAIN = "Progress is saved again."
GONE = "The saved progress was moved or removed; what is known here is saved again."


@pytest.fixture
def state() -> Path:
    return Path(os.environ["AUTOGRAD_TUTOR_STATE"])


@pytest.fixture
def holder(state: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """Another program that can hold the file."""
    monkeypatch.setattr(file, "MOST_PROGRESS_SECONDS", 0.01)
    monkeypatch.setattr(learner, "PROGRESS_RETRY_SECONDS", 0.01)
    begun = Progress.open()
    begun.finish("others", "step")
    begun.close()
    other = sqlite3.connect(state / FILE_NAME, isolation_level=None)
    yield other
    other.close()


def left_at() -> Bookmark | None:
    progress = Progress.open()
    progress.close()
    return progress.last_bookmark()


async def test_a_held_file_is_said_once_and_again_when_it_is_free(
    holder: sqlite3.Connection,
) -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        assert sat.progress.save()
        holder.execute("BEGIN IMMEDIATE")
        await sat.press("N")
        await sat.until(FAILED)
        await sat.until("step 2/3")
        await sat.press("right")
        await sat.gone(FAILED)
        await sat.press("N")
        await sat.until("step 3/3")
        await sat.rest()
        assert FAILED not in sat.text
        holder.execute("ROLLBACK")
        await sat.until(AGAIN)  # without a key
        await sat.press("P")
        await sat.gone(AGAIN)
    left = left_at()
    assert left is not None
    assert left.position == 1


async def test_a_removed_folder_is_made_again(state: Path) -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        sat.progress.finish("others", "step")
        assert sat.progress.save()
        shutil.rmtree(state)
        await sat.press("N")
        await sat.until(GONE[:60])
        await sat.press("right")
        await sat.gone(GONE[:60])
    left = left_at()
    assert left is not None
    assert left.position == 1
    again = Progress.open()
    assert again.finished("others") == {"step"}
    again.close()


@pytest.mark.parametrize("key", ["?", "/"])
async def test_what_comes_up_behind_another_screen_is_said_afterwards(
    state: Path, key: str
) -> None:
    """Help and the search have no line for it."""
    async with sitting() as sat:
        await sat.until("moment 0/6")
        sat.progress.finish("others", "step")
        assert sat.progress.save()
        await sat.press(key)
        await sat.until(lambda: "moment 0/6" not in sat.text)
        (state / FILE_NAME).write_bytes(b"garbage" * 2000)
        sat.progress.finish("others", "another")
        assert sat.progress.save()
        await sat.rest()
        assert "damaged" not in sat.text
        await sat.press("escape")
        await sat.until("moment 0/6")
        await sat.press("N")
        await sat.until("The saved progress was damaged; it is now")


async def test_the_course_says_it_too(state: Path) -> None:
    async with sitting(None) as sat:
        await sat.until("Squares")
        sat.progress.finish("others", "step")
        assert sat.progress.save()
        (state / FILE_NAME).unlink()
        sat.progress.finish("others", "another")
        await sat.until(GONE[:60])


async def test_what_is_never_saved_leaves_the_screen_as_it_is(state: Path) -> None:
    state.touch()  # where the folder would be
    async with sitting() as sat:
        await sat.until("Progress is not saved yet, only kept here:")
        await sat.press("N")
        await sat.until("step 2/3")
        await sat.press("P")
        await sat.until("step 1/3")
        assert sat.progress.bookmark("squares") is not None
    assert sat.progress.unsaved is not None
