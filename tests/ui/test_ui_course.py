"""The course: choosing a lesson, finding one, and coming back to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sitting import COURSE, PlayedKernel, Sitting, sitting

from autograd_tutor.course import library
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import Problem, Unread
from autograd_tutor.progress import Progress
from autograd_tutor.ui import app, lesson_reading


def hang(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """From now on nobody knows which files there are, until the event is set."""
    answers, files = threading.Event(), library.all_files

    def hung() -> Iterator[tuple[Path, bool]]:
        answers.wait(60.0)
        return files()

    monkeypatch.setattr(library, "all_files", hung)
    return answers


async def chosen(sat: Sitting, title: str) -> None:
    """Wait until a lesson is the chosen one."""
    await sat.until(
        lambda: any(row.startswith("▶") and title in row for row in sat.pane("lessons"))
    )


async def test_lessons_stand_under_their_chapters() -> None:
    async with sitting(None) as sat:
        await chosen(sat, "Squares")
        assert [row for row in sat.pane("lessons") if row] == [
            "First",
            "▶   Squares  3 steps",
            "    A long lesson  1 step",
            "Lessons",
            "  ✗ 03-broken.yaml  cannot be opened",
            "Second",
            "    Another chapter  1 step",
        ]
        assert "A parameter, its square, and the gradient" in sat.text
        assert "4 lessons" in sat.headline


async def test_keys_choose_and_open() -> None:
    async with sitting(None) as sat:
        await chosen(sat, "Squares")
        await sat.press("down", "j", "down")
        await chosen(sat, "Another chapter")
        await sat.until("Squares are found here too")
        await sat.press("down", "k", "up")
        await chosen(sat, "A long lesson")
        await sat.press("end")
        await chosen(sat, "Another chapter")
        await sat.press("home")
        await chosen(sat, "Squares")
        await sat.press("enter")
        await sat.until("step 1/3")


@pytest.mark.parametrize("key", ["enter", "right", "l", "space"])
async def test_every_key_that_opens(key: str) -> None:
    async with sitting(None) as sat:
        await chosen(sat, "Squares")
        await sat.press(key)
        await sat.until("1 Explanation")


async def test_a_broken_lesson_says_where_and_does_not_open() -> None:
    async with sitting(None) as sat:
        await chosen(sat, "Squares")
        await sat.press("down", "down")
        await chosen(sat, "03-broken.yaml")
        reason = "03-broken.yaml:1:1: the lesson has no"
        await sat.until(lambda: reason in " ".join(" ".join(sat.pane("about")).split()))
        await sat.press("enter")
        await sat.until(lambda: "03-broken.yaml:" in sat.keys)
        await sat.press("up")
        await sat.gone("03-broken.yaml:")


async def test_progress_is_marked_when_one_comes_back() -> None:
    async with sitting(None) as sat:
        await chosen(sat, "Squares")
        await sat.press("enter")
        await sat.until("moment 0/6")
        await sat.press("end")
        await sat.until("moment 6/6")
        await sat.press("q")
        await sat.until("▶   Squares  1/3 steps")
        assert "1 of 3 steps seen to the end." in sat.text
        assert "▶ ✓  1 A squared loss" in sat.text
        await sat.press("enter")
        await sat.until("step 1/3")
        await sat.press("end", "N", "end", "N", "end")
        await sat.until("step 3/3 · line 1/1")
        await sat.press("q")
        await sat.until("▶ ✓ Squares  3/3 steps")
        assert "Then comes: A long lesson" in sat.text
        assert "1 of 4 lessons done" in sat.headline


async def test_at_the_end_of_a_lesson_the_next_one_is_a_key_away() -> None:
    async with sitting() as sat:
        await sat.press("N", "N")
        await sat.until("step 3/3")
        await sat.until(lambda: "N next lesson" in sat.keys)
        await sat.press("N")
        await sat.until('At its end, N opens the next lesson, "A long lesson".')
        await sat.press("end", "right")
        await sat.until('This is the end of the lesson. N opens the next one, "A long lesson".')
        await sat.press("N")
        await sat.until(lambda: "A long lesson" in sat.headline)
        await sat.until("step 1/1")


async def test_what_comes_next_is_known_as_soon_as_a_slow_disk_has_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        answers = hang(monkeypatch)
        await sat.press("N", "N", "end")
        await sat.until("step 3/3 · line 1/1")
        await sat.press("N")
        await sat.until("This is the last step. q goes back to the course.")
        answers.set()
        await sat.press("home")
        await sat.until(lambda: "N next lesson" in sat.keys)
        await sat.press("end", "N")
        await sat.until(lambda: "A long lesson" in sat.headline)


async def test_a_lesson_that_cannot_be_opened_is_not_the_next_one() -> None:
    async with sitting("long") as sat:
        await sat.press("end")
        await sat.until("N next lesson")
        await sat.press("N")
        await sat.until(lambda: "Another chapter" in sat.headline)
        await sat.press("end")
        await sat.until(lambda: "moment 1/1" in sat.headline or "moment" in sat.headline)
        assert "N next" not in sat.keys
        await sat.press("N")
        await sat.until("This is the last step. q goes back to the course.")


async def test_the_lesson_one_comes_from_is_the_chosen_one() -> None:
    async with sitting("other") as sat:
        await sat.until("Another chapter")
        await sat.press("q")
        await chosen(sat, "Another chapter")


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A script of the learner's, which is in no library."""
    path = tmp_path / "train.py"
    path.write_text("x = 1\n# %% Zebra\ny = 2\n# %% Last\nz = 3\n")
    return path


async def test_a_script_stands_before_the_lessons_and_is_opened_again(script: Path) -> None:
    async with sitting(str(script)) as sat:
        await sat.press("N")
        await sat.until("step 2/3 · start")
        await sat.press("q")
        await chosen(sat, "train")
        rows = [row for row in sat.pane("lessons") if row]
        assert rows[:3] == ["Opened file", "▶   train  3 steps", "First"]
        await sat.press("down", "enter")
        await sat.until("step 1/3 · start · moment 0/6")
        await sat.press("q", "up", "enter")
        await sat.until("step 2/3 · start")
        assert "Zebra" in sat.text


async def test_edits_of_a_script_are_still_there_when_one_comes_back(script: Path) -> None:
    async with sitting(str(script)) as sat:
        await sat.until("moment 0/")
        await sat.press("e")
        await sat.until("Edit: Step 1")
        await sat.press(*"w=7;", "f5")
        await sat.until("w=7;x = 1")
        await sat.press("q")
        await chosen(sat, "train")
        await sat.press("enter")
        await sat.until("w=7;x = 1")
        assert "Code (edited)" in sat.text


async def test_the_steps_of_a_script_are_found_as_its_file_is_now(script: Path) -> None:
    async with sitting(str(script)) as sat:
        await sat.until("moment 0/")
        await sat.press("/", *"zebra")
        await sat.until("▶   train · step 2  Zebra")
        await sat.press("enter")
        await sat.until("step 2/3 · start")
        script.write_text("x = 1\n# %% Okapi\ny = 2\n")
        await sat.press("/", *"okapi")
        await sat.until("▶   train · step 2  Okapi")
        await sat.press("enter")
        await sat.until("step 2/2 · start")


async def test_a_script_that_is_broken_meanwhile_says_so(script: Path) -> None:
    async with sitting(str(script)) as sat:
        await sat.until("moment 0/")
        script.write_text("x = (\n")
        await sat.press("q")
        await chosen(sat, "train.py  cannot be opened")
        await sat.press("enter")
        await sat.until(lambda: "train.py:1:5" in sat.keys)


async def test_a_lesson_of_the_library_is_listed_once() -> None:
    async with sitting("other") as sat:
        await sat.until("Another chapter")
        await sat.press("q")
        await chosen(sat, "Another chapter")
        assert "4 lessons" in sat.headline


async def test_leaving_a_lesson_ends_its_run() -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        await sat.press("escape")
        await sat.until("4 lessons")
        assert sat.kernel.killed == [1]


async def test_records_that_come_after_leaving_do_no_harm() -> None:
    kernel = PlayedKernel(prompt=False)
    async with sitting(kernel=kernel) as sat:
        await sat.until("imported")
        await sat.press("q")
        await sat.until("4 lessons")
        kernel.play()
        await sat.press("down")
        await chosen(sat, "A long lesson")


async def test_q_quits() -> None:
    async with sitting(None) as sat:
        await chosen(sat, "Squares")
        await sat.press("q")
        await sat.until(lambda: sat.app.return_code == 0)


@pytest.mark.parametrize("lesson", [None, "squares"])
@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+c"])
async def test_everywhere_there_is_a_way_to_quit(lesson: str | None, key: str) -> None:
    async with sitting(lesson) as sat:
        await sat.until("? help")
        await sat.press(key)
        await sat.until(lambda: sat.app.return_code is not None)


async def test_a_lesson_is_found_by_its_words() -> None:
    async with sitting(None) as sat:
        await chosen(sat, "Squares")
        await sat.press("/")
        await sat.until("a word of a title, a text or code")
        await sat.press(*"squar")
        await sat.gone("A long lesson")
        rows = [row.rstrip() for row in sat.pane("found") if row.strip()]
        assert rows == [
            "▶   Squares  3 steps",
            "    Another chapter  1 step",
            "    Squares · step 1  A squared loss",
        ]
        await sat.press("down", "enter")
        await sat.until("Another chapter")
        await sat.until("step 1/1")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
@pytest.mark.parametrize(
    ("words", "row", "place"),
    [
        ("fills 2w", "▶   Squares · step 2  backward() fills w.grad with 2w.", "step 2/3"),
        ("done =", "▶   Squares · step 3  done = True", "step 3/3"),
        ("the end", "▶   Squares · step 3  The end", "step 3/3"),
        ("many lines of", "▶   A long lesson · step 1  Many lines of code follow.", "step 1/1"),
    ],
)
async def test_a_step_is_found_by_its_text_and_opened(
    words: str, row: str, place: str, size: tuple[int, int]
) -> None:
    async with sitting(None, size=size) as sat:
        await sat.until("Squares")
        await sat.press("/")
        await sat.until("a word of a title, a text or code")
        await sat.press(*words)
        await sat.until(lambda: sat.pane("found")[0].rstrip() == row)
        await sat.press("enter")
        await sat.until(lambda: place in sat.headline)


async def test_another_step_of_the_open_lesson_is_found_and_opened() -> None:
    async with sitting() as sat:
        await sat.press("right", "right")
        await sat.until("line 2/6")
        for words in ("2w", "a squared loss"):
            await sat.press("/")
            await sat.until("a word of a title, a text or code")
            await sat.press(*words, "enter")
            await sat.until(f"step {2 if words == '2w' else 1}/3 · start")


async def test_a_search_without_result_opens_nothing() -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        await sat.press("/", *"zebra")
        await sat.until("Nothing has all of these words.")
        await sat.press("enter")
        await sat.until("moment 0/6")


async def test_a_search_can_be_left() -> None:
    async with sitting() as sat:
        await sat.press("right", "/", "a", "b", "escape")
        await sat.until("moment 1/6")


async def test_a_broken_lesson_found_from_a_lesson_says_why_it_does_not_open() -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        await sat.press("/", *"broken", "enter")
        await sat.until(lambda: "03-broken.yaml:" in sat.keys)
        assert "moment 0/6" in sat.headline


async def test_another_lesson_found_from_a_lesson_takes_its_place() -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        await sat.press("/", *"chapter", "enter")
        await sat.until("step 1/1")
        assert sat.kernel.killed == [1]
        await sat.press("q")
        await chosen(sat, "Another chapter")


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (250, 60), (10, 4)])
async def test_the_course_fits_any_terminal(size: tuple[int, int]) -> None:
    async with sitting(None, size=size) as sat:
        await sat.press("down", "down", "down")
        if size[0] >= 40:
            await chosen(sat, "Another chapter")
            assert "quit" in sat.keys
            assert "help" in sat.keys


async def test_a_folder_without_lessons(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(library, "bundled_folder", lambda: tmp_path / "none")
    async with sitting(None) as sat:
        await sat.until("No lessons were found.")
        await sat.press("down", "enter", "end")
        await sat.until("0 lessons")


async def test_what_is_wrong_with_the_progress_file_is_said(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    with_fault = Progress.open()
    with_fault.close()
    (file,) = state.iterdir()
    file.write_bytes(b"no database" * 100)
    progress = Progress.open()
    notice = progress.notice
    assert notice
    async with sitting(progress=progress) as sat:
        await sat.until("moment 0/6")
        await sat.until(lambda: notice[:30] in sat.text)
        await sat.press("right")
        await sat.gone(notice[:30])


async def test_help_lists_every_key_and_sign() -> None:
    async with sitting() as sat:
        await sat.press("right", "?")
        await sat.until("0 Help")
        seen = sat.text
        for _ in range(6):
            await sat.press("pagedown")
            await sat.rest()
            seen += sat.text
        for word in ("Walk", "Panes", "More", "Everywhere", "Signs", "F5", "Ctrl-P", "Shift-Tab"):
            assert word in seen
        for sign in "◆●○∇▸▶›✓✗↑":
            assert f" {sign} " in seen
        await sat.press("escape")
        await sat.until("moment 1/6")


@pytest.mark.parametrize("key", ["?", "q", "enter"])
async def test_keys_that_close_help(key: str) -> None:
    async with sitting(None) as sat:
        await sat.press("?")
        await sat.until("0 Help")
        assert "Open the lesson" in sat.text
        await sat.press(key)
        await chosen(sat, "Squares")


async def test_the_palette_lists_steps_and_lessons() -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        await sat.press("ctrl+p", *"its gradient")
        await sat.until("Step 2: Its gradient")
        await sat.press("enter")
        await sat.until("step 2/3")
        await sat.press("ctrl+p", *"another")
        await sat.until("Lesson: Another chapter")
        await sat.press("enter")
        await sat.until("step 1/1")


async def test_the_palette_runs_what_keys_do() -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        await sat.press("ctrl+p", *"next line")
        await sat.until("Next line, over calls")
        await sat.press("enter")
        await sat.until("moment 1/6")


async def test_what_progress_is_stored_under_is_worked_out_once_for_a_lesson(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    progress_key = library.progress_key

    def counted(lesson: Lesson) -> str:
        asked.append(lesson.id)
        return progress_key(lesson)

    monkeypatch.setattr(library, "progress_key", counted)
    async with sitting() as sat:
        await sat.press("N", "end", "P", "end")
        await sat.until("step 1/3")
        await sat.press("q")
        await sat.until("A parameter, its square")
    assert asked == ["squares"]


# Where the learner was


async def test_a_lesson_opens_at_the_moment_at_which_it_was_left() -> None:
    async with sitting() as sat:
        await sat.press("N", "P", "right", "right")
        await sat.until("step 1/3 · line 2/6")
        await sat.press("q")
        await sat.until("4 lessons")
        await sat.press("enter")
        await sat.until("step 1/3 · line 2/6")
        await sat.press("N", "end")
        await sat.until("step 2/3 · line 2/2")
        await sat.press("/", *"another", "enter")
        await sat.until("step 1/1")
        await sat.press("/", *"squares", "enter")
        await sat.until("step 2/3 · line 2/2")


@pytest.mark.parametrize("way_out", ["ctrl+q", "ctrl+c"])
async def test_the_moment_outlives_the_program(way_out: str) -> None:
    async with sitting() as sat:
        await sat.press("right", "right", "right", "i")
        await sat.until("square()")
        place = sat.headline
        await sat.press(way_out)
        await sat.until(lambda: sat.app.return_code is not None)
    async with sitting() as sat:
        await sat.until(lambda: sat.headline == place)


async def test_the_moment_is_written_while_the_lesson_is_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app, "PLACE_SECONDS", 0.01)
    async with sitting() as sat:
        await sat.press("right", "right")
        await sat.until("line 2/6")
        other = Progress.open()

        def written() -> bool:
            other.refresh()
            left = other.bookmark("squares")
            return left is not None and left.moment.startswith("2 ")

        await sat.until(written)
        other.close()


async def test_walking_writes_nothing_at_each_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "PLACE_SECONDS", 3600)
    async with sitting() as sat:
        await sat.until("moment 0/6")
        await sat.rest()
        written: list[object] = []
        monkeypatch.setattr(sat.progress, "visit", lambda *place: written.append(place))
        await sat.press("right", "right", "left", "right")
        await sat.until("line 2/6")
        await sat.rest()
        assert written == []


async def test_a_moment_of_edited_code_is_not_sought_in_the_lessons_own() -> None:
    async with sitting() as sat:
        await sat.press("e")
        await sat.until("Edit: ")
        await sat.press("0", "home", *"b = 1", "enter", "f5")
        await sat.until("Code (edited)")
        await sat.press("right")
        await sat.until("line 1/")
        await sat.press("ctrl+q")
        await sat.until(lambda: sat.app.return_code is not None)
    async with sitting() as sat:
        await sat.until("step 1/3 · start · moment 0/6")


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Files that are not of the course are read once this is set."""
    release, load = threading.Event(), library.load

    def held(path: Path, *seconds: float) -> Lesson:
        assert library.in_course(path) or release.wait(60)
        return load(path, *seconds)

    monkeypatch.setattr(library, "load", held)
    yield release
    release.set()


def own_lesson(name: str, title: str) -> None:
    folder = library.own_folder()
    folder.mkdir(exist_ok=True)
    text = (COURSE / "01-squares.yaml").read_text()
    (folder / name).write_text(text.replace("title: Squares", f"title: {title}", 1))


async def test_own_lessons_are_filled_in_while_keys_are_served(held: threading.Event) -> None:
    own_lesson("mine.yaml", "Of my own")
    async with sitting(None) as sat:
        await sat.until("mine.yaml  reading …")
        await sat.press("end")
        await chosen(sat, "mine.yaml")
        await sat.until("The file is being read …")
        await sat.press("up")
        await chosen(sat, "Another chapter")
        held.set()
        await sat.until("Of my own  3 steps")
        await chosen(sat, "Another chapter")
        assert "reading …" not in sat.text


async def test_a_search_finds_own_lessons_once_they_are_read(held: threading.Event) -> None:
    own_lesson("mine.yaml", "Of my own")
    async with sitting(None) as sat:
        await chosen(sat, "Squares")
        await sat.press("/")
        await sat.until("a word of a title, a text or code")
        await sat.press(*"of my")
        await sat.until("Nothing has all of these words.")
        held.set()
        await sat.until("▶   Of my own  3 steps")
        await sat.press("enter")
        await sat.until("step 1/3")


async def test_q_reads_nothing_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    own_lesson("mine.yaml", "Of my own")
    async with sitting(None) as sat:
        await sat.until("Of my own  3 steps")
        await sat.press("enter")
        await sat.until("step 1/3")
        monkeypatch.setattr(library, "load", None)
        await sat.press("q")
        await sat.until("Of my own  3 steps")
        await sat.press("/", *"own")
        await sat.until("▶   Of my own")


async def test_keys_are_served_while_a_lesson_to_open_is_read(held: threading.Event) -> None:
    own_lesson("mine.yaml", "Of my own")
    async with sitting(None) as sat:
        await sat.until("mine.yaml  reading …")
        await sat.press("end", "enter")
        await sat.until("Reading mine.yaml …")
        await sat.press("up")
        await chosen(sat, "Another chapter")
        held.set()
        await sat.until("step 1/3")
        assert "Of my own" in sat.headline


async def test_q_opens_it_not(held: threading.Event) -> None:
    own_lesson("mine.yaml", "Of my own")
    async with sitting(None) as sat:
        await sat.until("mine.yaml  reading …")
        await sat.press("end", "enter")
        await sat.until("Reading mine.yaml …")
        await sat.press("q")
        await sat.until("Not opened.")
        held.set()
        await sat.until("Of my own  3 steps")
        assert sat.app.return_code is None
        assert "5 lessons" in sat.headline
        await sat.press("q")
        await sat.until(lambda: sat.app.return_code == 0)


async def test_of_two_that_are_asked_for_the_last_is_opened(held: threading.Event) -> None:
    own_lesson("one.yaml", "The one")
    own_lesson("two.yaml", "The other")
    async with sitting(None) as sat:
        await sat.until("two.yaml  reading …")
        await sat.press("end", "enter", "up", "enter")
        await sat.until("Reading one.yaml …")
        held.set()
        await sat.until("step 1/3")
        assert "The one" in sat.headline
        await sat.rest()
        assert "The one" in sat.headline


async def test_what_cannot_be_read_in_time_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    own_lesson("mine.yaml", "Of my own")
    load = library.load

    def slow(path: Path, *seconds: float) -> Lesson:
        if library.in_course(path):
            return load(path, *seconds)
        raise Unread((Problem(path, 1, 1, "reading the file takes too long", "mend it"),))

    monkeypatch.setattr(library, "load", slow)
    async with sitting(None) as sat:
        await sat.until("✗ mine.yaml  cannot be opened")
        await sat.press("end", "enter")
        await sat.until(lambda: "mine.yaml:1:1: reading the file takes too long" in sat.keys)


# A disk that does not answer


async def test_keys_are_served_while_a_list_of_lessons_does_not_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        answers = hang(monkeypatch)
        await sat.press("q")
        await sat.until("0 lessons")
        await sat.press("?")
        await sat.until("0 Help")
        await sat.press("escape")
        answers.set()
        await chosen(sat, "Squares")


async def test_a_list_that_comes_late_stands_on_the_lesson_that_was_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with sitting("other") as sat:
        await sat.until("moment 0/")
        answers = hang(monkeypatch)
        await sat.press("q")
        await sat.until("0 lessons")
        answers.set()
        await chosen(sat, "Another chapter")


async def test_keys_are_served_while_it_is_not_known_whether_the_file_has_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = threading.Event()
    changed = library.changed

    def hung(lesson: Lesson) -> bool:
        answers.wait(60.0)
        return changed(lesson)

    monkeypatch.setattr(library, "changed", hung)
    async with sitting() as sat:
        await sat.until("moment 0/6")
        await sat.press("f5")
        await sat.until("Reading 01-squares.yaml again")
        await sat.press("right")
        await sat.until("moment 1/6")
        answers.set()
        await sat.until("moment 0/6")
        assert "has changed" not in sat.text


async def test_a_list_that_comes_late_does_not_hide_what_has_been_read_since(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own_lesson("mine.yaml", "Of my own")
    async with sitting() as sat:
        await sat.until("moment 0/6")
        monkeypatch.setattr(lesson_reading, "aside", lambda work: work())  # as quick as can be
        answers = hang(monkeypatch)
        await sat.press("/")
        await sat.until("a word of a title, a text or code")
        answers.set()
        await sat.until("Of my own  3 steps")
        await sat.rest()
        assert "reading …" not in sat.text
