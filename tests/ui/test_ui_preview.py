"""A lesson that is previewed is read again at each save, at its step and moment."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from played_kernel import PlayedKernel
from recordings import plain
from sitting import Sitting, sitting
from test_ui_reading_again import SCRIPT, YAML, write

from autograd_tutor.course import library
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import LessonError
from autograd_tutor.ui import preview
from autograd_tutor.ui.options import Options

PREVIEW = Options(preview=True)

LONG = YAML.replace("      b = 2\n", "      b = 2\n      c = 3\n      d = 4\n")
"""The same with a second step of three lines."""


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "PREVIEW_SECONDS", 0.02)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "made.yaml", LONG)


def opened(path: Path) -> Lesson | LessonError:
    try:
        return library.load(path)
    except LessonError as error:
        return error


def previewing(path: Path, size: tuple[int, int] = (120, 40)):  # type: ignore[no-untyped-def]
    return sitting(opened(path), kernel=PlayedKernel(plain), options=PREVIEW, size=size)


async def in_second_step(sat: Sitting, moment: str) -> None:
    await sat.press("N")
    await sat.until("step 2/2")
    await sat.until("b = 2")
    await sat.press(*["right"] * int(moment[0]))
    await sat.until(lambda: f"moment {moment}" in sat.headline)


async def test_a_save_shows_the_new_text_at_the_same_step_and_moment(path: Path) -> None:
    async with previewing(path) as sat:
        await in_second_step(sat, "2/3")
        write(path, LONG.replace("The second text.", "Another text."))
        await sat.until("Another text.")
        await sat.until(lambda: "moment 2/3" in sat.headline)
        assert "made.yaml has changed and is run anew." in sat.keys


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("c = 3", "c = 33", "moment 2/3"),
        ("      d = 4\n", "      d = 4\n      e = 5\n", "moment 2/4"),
        ("      c = 3\n      d = 4\n", "", "moment 1/1"),
        ("a = 1", "a = 11", "moment 2/3"),
    ],
    ids=["another line", "one more", "fewer", "the step before"],
)
async def test_the_moment_stays_where_the_code_has_changed(
    path: Path, old: str, new: str, place: str
) -> None:
    async with previewing(path) as sat:
        await in_second_step(sat, "2/3")
        write(path, LONG.replace(old, new))
        await sat.until(lambda: sat.kernel.run == 2)
        await sat.until(lambda: "step 2/2" in sat.headline and place in sat.headline)


async def test_the_step_is_found_where_another_comes_before_it(tmp_path: Path) -> None:
    script = write(tmp_path / "train.py", SCRIPT)
    async with previewing(script) as sat:
        await sat.press("N")
        await sat.until("step 2/3")
        write(script, "# %% Zero\nz = 0\n" + SCRIPT)
        await sat.until(lambda: "step 3/4" in sat.headline)


async def test_problems_are_shown_all_of_them_until_they_are_mended(path: Path) -> None:
    async with previewing(path) as sat:
        await in_second_step(sat, "2/3")
        broken = LONG.replace("title: Two", "tilte: Two").replace("b = 2", "b = (2")
        write(path, broken)
        await sat.until("3 problems")
        assert "made.yaml:10:5" in sat.text
        assert "a step has no title" in sat.text
        assert 'a step has an unknown key "tilte"' in sat.text
        assert "did you mean title?" in sat.text
        assert "made.yaml:14:11" in sat.text
        assert sat.kernel.run == 1
        write(path, broken.replace("b = (2", "b = 2"))
        await sat.until("2 problems")
        await sat.gone("made.yaml:14:11")
        write(path, LONG.replace("The second", "The mended"))
        await sat.until("The mended text.")
        await sat.until(lambda: "moment 2/3" in sat.headline)


async def test_a_file_as_it_was_before_it_broke_is_not_run_again(path: Path) -> None:
    async with previewing(path) as sat:
        await in_second_step(sat, "2/3")
        write(path, LONG + "nonsense")
        await sat.until("problem")
        write(path, LONG)
        await sat.until(lambda: "moment 2/3" in sat.headline)
        assert sat.kernel.run == 1


async def test_a_file_that_is_broken_at_first_opens_when_it_is_mended(path: Path) -> None:
    write(path, LONG.replace("format: 1", "format: 7"))
    async with previewing(path) as sat:
        await sat.until('the format "7" is not known')
        assert "q quit" in sat.keys
        assert sat.kernel.run == 0
        write(path, LONG)
        await sat.until("The first text.")
        await sat.until(lambda: sat.kernel.run == 1)
        await in_second_step(sat, "1/3")


async def test_a_file_that_is_gone_is_a_problem_until_it_is_back(path: Path) -> None:
    async with previewing(path) as sat:
        await sat.until("The first text.")
        path.unlink()
        await sat.until("there is no such file")
        write(path, LONG.replace("The first", "The one"))
        await sat.until("The one text.")


async def test_q_looks_at_the_lesson_as_it_was(path: Path) -> None:
    async with previewing(path) as sat:
        await in_second_step(sat, "2/3")
        write(path, LONG + "nonsense")
        await sat.until("problem")
        await sat.press("q")
        await sat.until("The file has problems still: this is as it was before.")
        await sat.press("left")
        await sat.until(lambda: "moment 1/3" in sat.headline)
        write(path, LONG + "other nonsense")
        await sat.until("1 problem")


async def test_help_over_problems_gives_way_to_the_lesson(path: Path) -> None:
    async with previewing(path) as sat:
        await sat.until("The first text.")
        write(path, LONG + "nonsense")
        await sat.until("1 problem")
        await sat.press("?")
        await sat.until("Everywhere")
        write(path, LONG.replace("The first", "The one"))
        await sat.until("The one text.")
        assert "Everywhere" not in sat.text


async def test_a_save_leads_back_from_the_course(path: Path) -> None:
    async with previewing(path) as sat:
        await sat.until("The first text.")
        await sat.press("q")
        await sat.until("Lessons")
        write(path, LONG + "nonsense")
        await sat.until("1 problem")
        write(path, LONG.replace("The first", "The one"))
        await sat.until("The one text.")


async def test_nothing_is_painted_while_nothing_changes(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []
    version = library.version

    def counted(path: Path) -> tuple[int, ...]:
        asked.append(path)
        return version(path)

    for text in (LONG, LONG + "nonsense"):
        write(path, text)
        async with previewing(path) as sat:
            await sat.until("The first text." if text == LONG else "1 problem")
            monkeypatch.setattr(library, "version", counted)
            await sat.until(lambda: len(asked) > 3)
            painted, looks = sat.app.bytes_painted, len(asked)
            await sat.until(lambda: len(asked) > looks + 5)  # noqa: B023
            assert sat.app.bytes_painted == painted
            monkeypatch.setattr(library, "version", version)
        asked.clear()


async def test_only_a_preview_watches_the_file(path: Path) -> None:
    def watching() -> bool:
        return any(each.name == preview.THREAD for each in threading.enumerate())

    async with sitting(opened(path), kernel=PlayedKernel(plain)) as sat:
        await sat.until("The first text.")
        assert not watching()
    async with previewing(path) as sat:
        await sat.until("The first text.")
        assert watching()
    while watching():  # it ends with the application
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 50)], ids=str)
async def test_problems_fit_any_terminal(path: Path, size: tuple[int, int]) -> None:
    write(path, LONG.replace("summary", "sumary"))
    async with previewing(path, size) as sat:
        await sat.until("2 problems")
        await sat.press("pagedown", "pagedown")
        await sat.until("did you mean summary?")
