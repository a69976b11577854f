"""F5 reads a lesson again where its file has changed, and keeps what is there where it cannot."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from played_kernel import PlayedKernel
from recordings import plain
from sitting import Sitting, sitting
from textual.widgets import TextArea

from autograd_tutor.course import library
from autograd_tutor.course.model import Lesson

SCRIPT = """\
# %% One
a = 1
# %% Two
b = 2
# %% Three
c = 3
"""

YAML = """\
format: 1
title: Made up
summary: Made up.
steps:
  - id: one
    title: One
    explain: The first text.
    code: |
      a = 1
  - id: two
    title: Two
    explain: The second text.
    code: |
      b = 2
"""


def write(path: Path, text: str) -> Path:
    """Write it, so that it is newer than before on a disk that counts seconds, too."""
    made = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(made + 10**10, made + 10**10))
    return path


def opened(path: Path) -> Lesson:
    return library.load(path)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return write(tmp_path / "train.py", SCRIPT)


def slow_disk(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """From now on, a lesson is not read before the event."""
    read, load = threading.Event(), library.load

    def slow(path: Path) -> Lesson:
        assert read.wait(30)
        return load(path)

    monkeypatch.setattr(library, "load", slow)
    return read


async def second_step(sat: Sitting) -> None:
    await sat.press("N")
    await sat.until("step 2/")
    await sat.until(lambda: "b = 2" in sat.text)


async def test_a_script_that_has_changed_is_run_as_it_is_now(script: Path) -> None:
    async with sitting(opened(script), kernel=PlayedKernel(plain)) as sat:
        await second_step(sat)
        write(script, SCRIPT.replace("b = 2", "b = 22"))
        await sat.press("f5")
        await sat.until("train.py has changed and is run anew.")
        await sat.until(lambda: "b = 22" in sat.pane("code")[0])
        asked = [(each.run, each.code) for each in sat.kernel.requests]
        assert asked[-2:] == [(2, "a = 1\n"), (2, "b = 22\n")]
        assert "Code (edited)" not in sat.text


async def test_a_yaml_lesson_that_has_changed_shows_its_new_text(tmp_path: Path) -> None:
    path = write(tmp_path / "made.yaml", YAML)
    async with sitting(opened(path), kernel=PlayedKernel(plain)) as sat:
        await second_step(sat)
        write(path, YAML.replace("The second text.", "Another text.").replace("b = 2", "b = 3"))
        await sat.press("f5")
        await sat.until("Another text.")
        await sat.until("b = 3")
        assert "step 2/2" in sat.headline


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("# %% Zero\nz = 0\n" + SCRIPT, "step 3/4"),
        ("# %% Two\nb = 2\n", "step 1/1"),
        ("# %% One\na = 1\n", "step 1/1"),
    ],
    ids=["one more before", "only it is left", "it is gone"],
)
async def test_the_open_step_is_found_among_more_or_fewer(
    script: Path, text: str, place: str
) -> None:
    async with sitting(opened(script), kernel=PlayedKernel(plain)) as sat:
        await second_step(sat)
        write(script, text)
        await sat.press("f5")
        await sat.until(lambda: place in sat.headline)


async def test_a_file_that_became_broken_is_said_with_its_line_and_all_stays(script: Path) -> None:
    async with sitting(opened(script), kernel=PlayedKernel(plain), size=(80, 24)) as sat:
        await second_step(sat)
        await sat.press("end")
        await sat.until("moment 1/1")
        write(script, SCRIPT.replace("b = 2", "b = (2"))
        await sat.press("f5")
        await sat.until(lambda: "Not run again: train.py:4:5: " in sat.keys)
        assert "moment 1/1" in sat.headline
        assert sat.kernel.run == 1
        write(script, SCRIPT)
        await sat.press("f5")
        await sat.until("train.py has changed")
        assert sat.kernel.run == 2


async def test_a_file_that_is_gone_is_said_and_all_stays(script: Path) -> None:
    async with sitting(opened(script), kernel=PlayedKernel(plain)) as sat:
        await second_step(sat)
        script.unlink()
        await sat.press("f5")
        await sat.until("Not run again: train.py:1:1: there is no such file")
        await sat.press("end")
        await sat.until("moment 1/1")


async def test_an_edit_is_kept_and_that_is_said(script: Path) -> None:
    async with sitting(opened(script), kernel=PlayedKernel(plain)) as sat:
        await second_step(sat)
        await sat.press("e")
        await sat.until("Edit: ")
        sat.app.screen.query_one(TextArea).text = "mine = 2\n"
        await sat.press("f5")
        await sat.until("Code (edited)")
        write(script, "# %% Zero\nz = 0\n" + SCRIPT.replace("b = 2", "b = 22"))
        await sat.press("f5")
        await sat.until("Step 3: your edit is kept; F2 in the editor drops it.")
        await sat.until(lambda: "step 3/4" in sat.headline)
        await sat.until(lambda: "mine = 2" in sat.pane("code")[0])
        await sat.press("e")
        await sat.until("Edit: ")
        await sat.press("f2", "f5")
        await sat.until(lambda: "b = 22" in sat.pane("code")[0])


async def test_an_edit_whose_step_is_gone_is_said_to_be(script: Path) -> None:
    async with sitting(opened(script), kernel=PlayedKernel(plain)) as sat:
        await second_step(sat)
        await sat.press("e")
        await sat.until("Edit: ")
        sat.app.screen.query_one(TextArea).text = "mine = 2\n"
        await sat.press("f5")
        await sat.until("Code (edited)")
        write(script, "# %% One\na = 1\n")
        await sat.press("f5")
        await sat.until('Gone from the file with your edit: "Two".')


async def test_keys_work_while_a_slow_disk_is_read(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sitting(opened(script), kernel=PlayedKernel(plain)) as sat:
        await second_step(sat)
        write(script, SCRIPT.replace("b = 2", "b = 22"))
        read = slow_disk(monkeypatch)
        await sat.press("f5")
        await sat.until("Reading train.py again")
        await sat.press("N")
        await sat.until("step 3/3")
        read.set()
        await sat.until("train.py has changed")
        await sat.until("c = 3")
        await sat.until(lambda: "step 3/3" in sat.headline)


async def test_code_that_was_edited_while_its_step_went_is_not_dropped_without_a_word(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sitting(opened(script), kernel=PlayedKernel(plain)) as sat:
        await second_step(sat)
        write(script, "# %% One\na = 1\n")
        read = slow_disk(monkeypatch)
        await sat.press("f5")
        await sat.until("Reading train.py again")
        await sat.press("e")
        await sat.until("Edit: ")
        sat.app.screen.query_one(TextArea).text = "mine = 2\n"
        read.set()
        await sat.until(lambda: sat.kernel.run == 2)
        await sat.press("f5")
        await sat.until('Not run: "Two" is gone from the file, which was read again meanwhile.')
        assert sat.kernel.run == 2


async def test_a_file_that_has_not_changed_is_not_read(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sitting(opened(script), kernel=PlayedKernel(plain)) as sat:
        await second_step(sat)
        monkeypatch.setattr(library, "load", None)
        await sat.press("f5")
        await sat.until("Running the lesson again")
        assert sat.kernel.run == 2
