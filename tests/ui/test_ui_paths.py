"""The list of lessons on a path: it is chosen, shown in its order, followed and kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from sitting import COURSE, Sitting, sitting

from autograd_tutor.course import library
from autograd_tutor.progress import Progress
from autograd_tutor.ui import lesson_reading


async def follow(sat: Sitting, *keys: str) -> None:
    """Open the choice of paths and choose by these keys."""
    await sat.until("p paths")
    await sat.press("p")
    await sat.until("Paths through the course")
    await sat.press(*keys, "enter")


def listed(sat: Sitting) -> list[str]:
    return [row for row in sat.pane("lessons") if row]


def noted() -> str:
    """The path that the progress of this test says is followed."""
    progress = Progress.open()
    progress.close()
    return progress.path()


async def test_a_path_is_chosen_and_its_lessons_stand_in_its_order() -> None:
    async with sitting(None) as sat:
        await follow(sat, "down")
        await sat.until(lambda: "Path: The short way" in sat.headline)
        assert listed(sat) == [
            "The short way",
            "▶   Another chapter  1 step",
            "    Squares  3 steps",
        ]
        assert "2 lessons" in sat.headline
        assert "minute" in sat.headline
        await sat.until("On this path: It is short")
        await sat.press("down")
        await sat.until("On this path: It has a gradient")
    assert noted() == "short"


async def test_the_whole_course_is_a_choice_too_and_the_chosen_lesson_stays() -> None:
    async with sitting(None) as sat:
        await follow(sat, "j")
        await sat.until("▶   Another chapter")
        await sat.press("down")
        await sat.until("▶   Squares")
        await follow(sat, "k")
        await sat.until(lambda: "4 lessons" in sat.headline)
        assert "▶   Squares  3 steps" in listed(sat)
        assert "On this path" not in sat.text
    assert noted() == ""


@pytest.mark.parametrize("key", ["escape", "q", "p"])
async def test_the_choice_can_be_left_as_it_was(key: str) -> None:
    async with sitting(None) as sat:
        await follow(sat, "j")
        await sat.until("Path: The short way")
        await sat.press("p")
        await sat.until("▶ The short way  followed now")
        await sat.press("j", "j", key)
        await sat.until("Path: The short way")
        assert "▶   Another chapter  1 step" in listed(sat)


async def test_a_lesson_that_cannot_be_opened_is_on_no_path() -> None:
    async with sitting(None) as sat:
        await follow(sat, "j", "j", "j", "j")
        await sat.until("Path: All that opens")
        assert [row[4:].split("  ")[0] for row in listed(sat)[1:]] == [
            "Squares",
            "A long lesson",
            "Another chapter",
        ]


async def test_at_the_end_of_a_lesson_comes_the_next_of_the_path() -> None:
    async with sitting(None) as sat:
        await follow(sat, "j")
        await sat.until("▶   Another chapter")
        await sat.press("enter")
        await sat.until("step 1/1")
        await sat.press("end")
        await sat.until("N next lesson")
        await sat.press("right")
        await sat.until('N opens the next one, "Squares".')
        await sat.press("N")
        await sat.until(lambda: "Squares" in sat.headline)
        await sat.until("step 1/3")
        await sat.press("q")
        await sat.until("Path: The short way")
        assert "1 of 2 lessons done" in sat.headline
        assert listed(sat)[1:] == ["  ✓ Another chapter  1/1 step", "▶   Squares  3 steps"]


async def test_back_from_a_lesson_that_is_done_the_next_of_the_path_is_chosen() -> None:
    async with sitting(None) as sat:
        await follow(sat, "j")
        await sat.until("▶   Another chapter")
        await sat.press("enter")
        await sat.until("step 1/1")
        await sat.press("q")
        await sat.until("▶   Another chapter")
        await sat.press("enter")
        await sat.until("step 1/1")
        await sat.press("end")
        await sat.until("N next lesson")
        await sat.press("q")
        await sat.until("  ✓ Another chapter  1/1 step")
        await sat.until("▶   Squares")


async def test_after_the_last_of_a_path_comes_none() -> None:
    async with sitting(None) as sat:
        sat.progress.finish("other", "only")
        await follow(sat, "j")
        await sat.until("▶   Squares")
        await sat.press("enter")
        await sat.until("step 1/3")
        await sat.press("N", "N", "end", "N")
        await sat.until("This is the last step. q goes back to the course.")


async def test_a_path_that_was_chosen_is_followed_the_next_time(tmp_path: Path) -> None:
    progress = Progress.open()
    progress.note_path("short")
    progress.close()
    async with sitting(None) as sat:
        await sat.until("▶   Another chapter  1 step")
        assert "Path: The short way" in sat.headline


async def test_a_path_that_is_there_no_more_leaves_the_whole_course() -> None:
    progress = Progress.open()
    progress.note_path("of long ago")
    progress.close()
    async with sitting(None) as sat:
        await sat.until("▶   Squares")
        assert "4 lessons" in sat.headline
        await sat.press("p")
        await sat.until("▶ The whole course  followed now")


async def test_an_opened_script_stands_before_the_path(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text("x = 1\n")
    async with sitting(str(script)) as sat:
        await sat.until("moment 0/")
        await sat.press("q")
        await follow(sat, "j")
        await sat.until("Path: The short way")
        assert listed(sat)[:2] == ["Opened file", "    train  1 step"]
        assert "▶   Another chapter  1 step" in listed(sat)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
async def test_on_any_terminal_one_sees_which_path_is_chosen(size: tuple[int, int]) -> None:
    async with sitting(None, size=size) as sat:
        await sat.until("Squares")
        await sat.press("p")
        await sat.until("▶ The whole course  followed now")
        await sat.press("j", "j")
        await sat.until("▶ All that opens")
        await sat.until(lambda: "Enter follow" in sat.keys)
        await sat.press("enter")
        await sat.until("All that opens")
        await sat.until("▶   Squares")


async def test_help_has_the_key_and_the_sign() -> None:
    async with sitting(None, size=(120, 60)) as sat:
        await sat.until("p paths")
        await sat.press("?")
        await sat.until("Follow a path, or the whole course")
        await sat.press("escape", "p")
        await sat.until("▶ The whole course")
        await sat.press("?")
        await sat.until("Follow the path")


async def test_a_course_without_paths_has_one_choice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(library, "paths_file", lambda: tmp_path / "none.yaml")
    async with sitting(None) as sat:
        await follow(sat, "j")
        await sat.until("▶   Squares")
        assert "4 lessons" in sat.headline


NEEDING = """\
format: 1
title: {title}
summary: About it
needs: [{needs}]
steps:
  - {{id: only, title: Only, explain: One step., code: x = 1}}
"""


async def test_what_can_be_next_is_marked_and_what_is_needed_is_said() -> None:
    own = library.own_folder()
    own.mkdir()
    (own / "1-after.yaml").write_text(NEEDING.format(title="After", needs="other"))
    (own / "2-last.yaml").write_text(NEEDING.format(title="Last", needs="after, squares"))
    async with sitting(None) as sat:
        await sat.until("▶ › Squares")
        await sat.until("  › Another chapter  1 step")
        await sat.until("    After  1 step")
        await sat.press("end")
        await sat.until("Needs: After (open) · Squares (open)")
        await sat.press("up", "up")
        await sat.until("▶ › Another chapter")
        await sat.until("Leads to: After")
        await sat.press("enter")
        await sat.until("step 1/1")
        await sat.press("end", "q")
        await sat.until("▶ ✓ Another chapter  1/1 step")
        await sat.until("  › After  1 step")
        await sat.press("down")
        await sat.until("Needs: ✓ Another chapter")


async def test_nothing_but_the_list_is_read_before_the_first_screen_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events: list[str] = []
    read, opened = lesson_reading.LessonReading._read_listed, lesson_reading.LessonReading

    def counted(self: lesson_reading.LessonReading) -> None:
        events.append("read")
        read(self)

    def stands(self: lesson_reading.LessonReading) -> None:
        events.append("stands")
        first(self)

    first = opened.read_after_first_screen
    monkeypatch.setattr(opened, "_read_listed", counted)
    monkeypatch.setattr(opened, "read_after_first_screen", stands)
    async with sitting(None) as sat:
        await sat.until("▶   Squares")
        await sat.until(lambda: events[:1] == ["stands"])
        await sat.until(lambda: "read" in events)


def test_the_course_of_these_tests_has_paths() -> None:
    assert (COURSE / "paths.yaml").is_file()
