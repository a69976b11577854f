"""What the learner answered and tried is kept, by two terminals and by earlier programs as well."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import earlier_progress
import pytest
from kept_progress import FORMAT_1, Opened, holder

from autograd_tutor.limits.progress import LATEST, MOST_CODE, MOST_GUESSES, MOST_TRIES
from autograd_tutor.progress import FILE_NAME, Bookmark, Progress, Seen
from autograd_tutor.progress.notes import Key

CODE = "w = torch.ones(2)  # θ, \x1b[2J\0\r\n\tπ\n"


class Clock:
    """The clock of a test: seconds since 1970."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    begin = Progress.__init__
    monkeypatch.setattr(
        Progress, "__init__", lambda self, path, clock=clock: begin(self, path, clock)
    )
    return clock


def work(progress: Progress, clock: Clock) -> None:
    """Some of everything, a second apart."""
    steps: list[Callable[[], object]] = [
        lambda: progress.visit("parameters", "data", 3, "7"),
        lambda: progress.finish("parameters", "data"),
        lambda: progress.note_guess("parameters", "data", 0, right=False, sure=True, tries=2),
        lambda: progress.note_guess("parameters", "data", 1, right=True, sure=False),
        lambda: progress.note_skip("parameters", "modules", 0),
        lambda: progress.note_code("parameters", "exercise", CODE),
        lambda: progress.note_try("parameters", "exercise", "both-parameters"),
        lambda: progress.note_try("parameters", "exercise"),
        lambda: progress.note_try("parameters", "exercise", "both-parameters"),
        lambda: progress.note_hint("parameters", "exercise", 2),
        lambda: progress.note_solved("parameters", "exercise"),
        lambda: progress.note_shown("leaves", "exercise"),
        lambda: progress.note_finished("parameters"),
        lambda: progress.note_reviews([REVIEW]),
        lambda: progress.note_reviewed(REVIEW),
        lambda: progress.note_path("hour"),
        lambda: progress.note_path("clinic"),
    ]
    for step in steps:
        clock.now += 1
        step()


REVIEW = Key("review", "parameters", "data", 0, 2)


def assert_all_there(progress: Progress) -> None:
    first = progress.question("parameters", "data", 0)
    assert (first.tries, first.right, first.sure, first.shaky) == (2, False, True, True)
    second = progress.question("parameters", "data", 1)
    assert (second.tries, second.right, second.sure, second.shaky) == (1, True, False, True)
    skipped = progress.question("parameters", "modules", 0)
    assert (skipped.tries, skipped.right, skipped.skipped) == (0, False, 1005_000)
    assert (first.at, skipped.at) == (1003_000, 1005_000)
    exercise = progress.exercise("parameters", "exercise")
    assert exercise.code.text == CODE
    assert (len(exercise.tries), exercise.hints, exercise.state) == (3, 2, "solved")
    assert exercise.mistakes == {"both-parameters": 2}
    assert exercise.at == 1011_000
    assert not exercise.peeked
    settled = {("data", 0), ("data", 1), ("modules", 0)}
    assert progress.seen("parameters") == Seen(
        frozenset({"data"}), "data", frozenset(settled), frozenset({"exercise"})
    )
    assert progress.seen("leaves").shown == {"exercise"}
    assert progress.exercise("leaves", "exercise").peeked
    assert progress.finished_lessons() == {"parameters": 1013_000}
    (review,) = progress.reviews().items()
    assert review[0] == REVIEW
    assert (review[1].planned, review[1].done) == (1014_000, 1015_000)
    assert progress.last_bookmark() == Bookmark("parameters", "data", 3, "7")
    assert progress.path() == "clinic"


def test_everything_is_kept(folder: Path, opened: Opened, clock: Clock) -> None:
    progress = opened(folder)
    work(progress, clock)
    assert_all_there(progress)
    progress.close()
    again = opened(folder)
    assert again.notice is None
    assert_all_there(again)


def test_nothing_is_known_of_what_was_not_worked_on(folder: Path, opened: Opened) -> None:
    progress = opened(folder)
    question, exercise = progress.question("a", "b", 0), progress.exercise("a", "b")
    assert (question.tries, question.right, question.sure, question.at) == (0, False, None, 0)
    assert (exercise.code.text, exercise.state, exercise.hints, exercise.at) == ("", "", 0, 0)
    assert progress.settled("a") == {}
    assert progress.reviews() == {}


def test_a_solved_exercise_stays_solved_and_says_what_came_first(
    folder: Path, opened: Opened, clock: Clock
) -> None:
    progress = opened(folder)
    progress.note_solved("a", "later-looked-at")
    progress.note_shown("a", "looked-at")
    clock.now += 1
    progress.note_shown("a", "later-looked-at")
    progress.note_solved("a", "looked-at")
    assert progress.seen("a").solved == {"later-looked-at", "looked-at"}
    assert not progress.exercise("a", "later-looked-at").peeked
    assert progress.exercise("a", "looked-at").peeked


def test_code_is_the_latest_whatever_the_clock_does(
    folder: Path, opened: Opened, clock: Clock
) -> None:
    progress = opened(folder)
    progress.note_code("a", "e", "first")
    clock.now = -5
    progress.note_code("a", "e", "second")
    assert progress.exercise("a", "e").code.text == "second"
    progress.note_code("a", "e", "")
    progress.close()
    assert opened(folder).exercise("a", "e").code.text == ""


def test_code_that_is_too_long_replaces_nothing(folder: Path, opened: Opened) -> None:
    progress = opened(folder)
    assert progress.note_code("a", "e", "x" * MOST_CODE)
    assert not progress.note_code("a", "e", "y" * (MOST_CODE + 1))
    assert progress.exercise("a", "e").code.text == "x" * MOST_CODE
    progress.close()
    assert len(opened(folder).exercise("a", "e").code.text) == MOST_CODE


def test_what_happens_at_one_time_is_counted_each(
    folder: Path, opened: Opened, clock: Clock
) -> None:
    progress = opened(folder)
    for _ in range(5):
        progress.note_try("a", "e", "m")
        progress.note_guess("a", "q", 0, right=False)
    progress.close()
    again = opened(folder)
    assert again.exercise("a", "e").mistakes == {"m": 5}
    assert again.question("a", "q", 0).tries == 5


@pytest.mark.parametrize("now", [0.0, -1e30, 1e30, LATEST / 1000])
def test_odd_clocks(folder: Path, opened: Opened, clock: Clock, now: float) -> None:
    clock.now = now
    progress = opened(folder)
    progress.note_skip("a", "q", 0)
    for code in ("1", "2"):
        progress.note_code("a", "e", code)
    progress.note_solved("a", "e")
    progress.close()
    again = opened(folder)
    assert again.settled("a") == {"q": {0}}
    assert again.seen("a").solved == {"e"}


def test_names_that_are_no_unicode(folder: Path, opened: Opened) -> None:
    progress = opened(folder)
    progress.note_code("odd\udcff", "step\0", "code\udcff")
    progress.note_try("odd\udcff", "step\0", "mistake\udcff" * 100)
    progress.note_skip("odd\udcff", "step\0", 0)
    progress.close()
    again = opened(folder)
    assert again.notice is None
    assert again.exercise("odd\udcff", "step\0").code.text == "code\\udcff"
    assert len(again.exercise("odd\udcff", "step\0").mistakes) == 1
    assert again.settled("odd\udcff") == {"step\0": {0}}


# Two terminals, and the program before this one


def test_two_terminals_count_together(folder: Path, opened: Opened, clock: Clock) -> None:
    one, two = opened(folder), opened(folder)
    for number in range(10):
        for progress in (one, two):
            clock.now += 1
            progress.note_try("a", "e", f"m{number % 2}")
            progress.save()
    clock.now += 1
    one.note_solved("a", "e")
    one.note_hint("a", "e", 3)
    one.save()
    two.note_code("a", "e", "of two")
    two.note_hint("a", "e", 1)
    two.save()
    for progress in (one, two, opened(folder)):
        progress.refresh()
        exercise = progress.exercise("a", "e")
        assert (exercise.state, exercise.hints, exercise.code.text) == ("solved", 3, "of two")
        assert exercise.mistakes == {"m0": 10, "m1": 10}


WRITER = """
import sys
from pathlib import Path
from autograd_tutor.progress import Progress

folder, name, start = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
times = iter(range(1000))
sys.stdin.readline()  # both begin at once
for number in range(40):
    progress = Progress.open(folder)
    progress._clock = lambda: start + 2 * next(times)
    progress.note_try("shared", "e", name)
    progress.note_guess("shared", "q", 0, right=True)
    progress.note_skip("shared", name, number)
    assert progress.notice is None, progress.notice
    progress.close()
"""


def test_two_programs_write_at_once(folder: Path, opened: Opened) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), name, start],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for name, start in (("one", "1000"), ("two", "1001"))
    ]
    assert [writer.communicate("go\n")[1] for writer in writers] == ["", ""]
    progress = opened(folder)
    assert progress.exercise("shared", "e").mistakes == {"one": 40, "two": 40}
    assert progress.question("shared", "q", 0).tries == 80
    every = set(range(40))
    assert progress.settled("shared") == {"q": {0}, "one": every, "two": every}


def test_an_earlier_program_goes_on_with_the_file(
    folder: Path, opened: Opened, clock: Clock
) -> None:
    progress = opened(folder)
    work(progress, clock)
    progress.save()
    before = earlier_progress.use(
        folder / FILE_NAME, ("leaves", "first", 0, ""), ("leaves", "first")
    )
    assert before == ("parameters", "data", 3, "7")
    progress.refresh()
    assert progress.notice is None
    assert progress.last_bookmark() == Bookmark("leaves", "first", 0)
    assert progress.finished("leaves") == {"first"}
    progress.visit("parameters", "data", 3, "7")
    progress.note_try("leaves", "exercise")
    progress.close()
    visited = earlier_progress.use(folder / FILE_NAME, ("x", "y", 0, ""), ("x", "y"))
    assert visited == ("parameters", "data", 3, "7")
    again = opened(folder)
    assert again.exercise("parameters", "exercise").mistakes == {"both-parameters": 2}
    assert again.finished_lessons() == {"parameters": 1013_000}


def test_an_earlier_program_carries_everything_over_from_a_damaged_file(
    folder: Path, tmp_path: Path, opened: Opened, clock: Clock
) -> None:
    progress = opened(folder)
    work(progress, clock)
    progress.close()
    (tmp_path / "other").mkdir()
    earlier_progress.carry_over(folder / FILE_NAME, tmp_path / "other" / FILE_NAME)
    assert_all_there(opened(tmp_path / "other"))


def test_a_file_of_format_1_takes_notes(folder: Path, opened: Opened, clock: Clock) -> None:
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(folder / FILE_NAME)) as older:
        older.executescript(FORMAT_1)
    progress = opened(folder)
    work(progress, clock)
    progress.close()
    assert_all_there(opened(folder))


# What later programs may add


LATER = (
    "ALTER TABLE place ADD COLUMN more",
    "ALTER TABLE place ADD COLUMN more TEXT NOT NULL DEFAULT 'x'",
    "ALTER TABLE finished ADD COLUMN at INTEGER DEFAULT 7",
    "CREATE TABLE streaks (day TEXT PRIMARY KEY); INSERT INTO streaks VALUES ('monday')",
    "INSERT INTO place VALUES ('badge/[\"x\"]', '-', 0, -99, '{\"gold\": 1}')",
)


@pytest.mark.parametrize("change", LATER)
def test_what_a_later_program_adds_is_kept(
    folder: Path, opened: Opened, clock: Clock, change: str
) -> None:
    first = opened(folder)
    first.visit("parameters", "data", 3)
    first.close()
    with closing(sqlite3.connect(folder / FILE_NAME)) as later:
        later.executescript(change)
    progress = opened(folder)
    work(progress, clock)
    progress.close()
    assert progress.notice is None
    assert_all_there(opened(folder))
    with closing(sqlite3.connect(folder / FILE_NAME)) as later:
        held = "\n".join(later.iterdump())
    assert {"more": "more", "at IN": "at INTEGER", "CREATE": "monday", "INSERT": "gold"}[
        next(word for word in ("more", "at IN", "CREATE", "INSERT") if word in change)
    ] in held


def test_fields_of_a_later_program_are_kept(folder: Path, opened: Opened, clock: Clock) -> None:
    progress = opened(folder)
    work(progress, clock)
    progress.close()
    change(folder, "exercise/", lambda note: {**note, "stars": [1, 2]})
    progress = opened(folder)
    assert_all_there(progress)
    progress.note_try("parameters", "exercise", "another")
    progress.close()
    (stored,) = [
        json.loads(text) for name, text in rows(folder) if name.startswith('exercise/["parameters')
    ]
    assert stored["stars"] == [1, 2]
    assert len(stored["tries"]) == 4


def rows(folder: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(folder / FILE_NAME)) as db:
        return db.execute("SELECT lesson, moment FROM place").fetchall()


def change(folder: Path, kind: str, edit: Callable[[dict[str, object]], object]) -> None:
    """Write other notes into the rows of a kind."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as db:
        for name, text in rows(folder):
            if name.startswith(kind):
                edited = json.dumps(edit(json.loads(text)))
                db.execute("UPDATE place SET moment = ? WHERE lesson = ?", (edited, name))
        db.commit()


# What is forged or damaged


BAD: dict[str, object] = {
    "guesses": [[-1, True, None, 1]],
    "skipped": 2**70,
    "code": ["x", 1],
    "tries": [[5, "m" * 10_000]],
    "hints": -1,
    "solved": "yes",
    "shown": None,
    "finished": 1.5,
    "planned": {},
    "done": [],
}


@pytest.mark.parametrize("field", BAD)
def test_a_field_that_is_wrong_takes_no_other_with_it(
    folder: Path, opened: Opened, clock: Clock, field: str
) -> None:
    progress = opened(folder)
    work(progress, clock)
    progress.close()
    change(folder, "", lambda note: {**note, field: BAD[field]} if isinstance(note, dict) else note)
    again = opened(folder)
    assert again.notice is None
    kept = {
        "guesses": bool(again.question("parameters", "data", 0).guesses),
        "skipped": bool(again.question("parameters", "modules", 0).skipped),
        "code": bool(again.exercise("parameters", "exercise").code.text),
        "tries": bool(again.exercise("parameters", "exercise").tries),
        "hints": bool(again.exercise("parameters", "exercise").hints),
        "solved": bool(again.exercise("parameters", "exercise").solved),
        "shown": bool(again.exercise("leaves", "exercise").shown),
        "finished": bool(again.finished_lessons()["parameters"]),
        "planned": bool(again.reviews()[REVIEW].planned),
        "done": bool(again.reviews()[REVIEW].done),
    }
    assert [name for name, there in kept.items() if not there] == [field]
    work(again, clock)
    again.close()
    assert opened(folder).notice is None


FORGED = (
    "", "x", "[]", "null", "{", "[" * 100_000, '{"code": [5, "\\ud800"]}', "{}",
    '{"stars": "\\ud800", "solved": 5}',
    '{"solved": 5, "stars": ' + "[" * 99_000 + "]" * 99_000 + "}",
    '{"stars": 1e999, "solved": 5}', '{"stars": NaN, "solved": 5}', '{"": 1, "a": 1, "a": 2}',
    '{"tries": [[1, "a"], [1, "b"], [0]], "hints": 99}',
    json.dumps({"tries": [[number] for number in range(MOST_TRIES + 1)]}),
    json.dumps({"guesses": [[number, True] for number in range(MOST_GUESSES + 1)]}),
    json.dumps({"code": [1, "x" * (MOST_CODE + 1)]}),
)  # fmt: skip


@pytest.mark.parametrize("text", FORGED)
def test_a_forged_note_is_no_obstacle(
    folder: Path, opened: Opened, clock: Clock, text: str
) -> None:
    progress = opened(folder)
    work(progress, clock)
    progress.close()
    with closing(sqlite3.connect(folder / FILE_NAME)) as db:
        db.execute("UPDATE place SET moment = ? WHERE lesson GLOB '*/*'", (text,))
        db.commit()
    again = opened(folder)
    assert again.notice is None
    exercise = again.exercise("parameters", "exercise")
    assert len(exercise.tries) <= MOST_TRIES
    assert len(exercise.code.text) <= MOST_CODE
    assert [each.at for each in exercise.tries] == sorted({each.at for each in exercise.tries})
    again.note_solved("parameters", "exercise")
    again.note_hint("parameters", "exercise", 1)
    again.close()
    assert again.notice is None
    last = opened(folder)
    assert last.exercise("parameters", "exercise").solved
    assert last.exercise("parameters", "exercise").hints >= 1


@pytest.mark.parametrize(
    "name",
    [
        "exercise/", "exercise/x", 'exercise/["a"]', 'exercise/["a", "b", 0, 0]',
        'exercise/["a","b",-1,0]', 'exercise/["a","b",0,99999999999]',
        "exercise/" + "[" * 9999, 'exercise/["a","b",0,0,0]', 'exercise/[1,"b",0,0]',
        'other/["a","b",0,0]',
    ],
)  # fmt: skip
def test_a_forged_name_is_nobodys_note_and_no_lesson(
    folder: Path, opened: Opened, name: str
) -> None:
    progress = opened(folder)
    progress.visit("parameters", "data", 3)
    progress.close()
    with closing(sqlite3.connect(folder / FILE_NAME)) as db:
        db.execute("INSERT INTO place VALUES (?, '-', 0, 99, '{\"solved\": 5}')", (name,))
        db.commit()
    again = opened(folder)
    assert again.notice is None
    assert again.last_bookmark() == Bookmark("parameters", "data", 3)
    assert again.seen("a").solved == frozenset()
    again.note_solved("a", "b")
    again.close()
    assert opened(folder).seen("a").solved == {"b"}
    assert name in [stored for stored, _ in rows(folder)]


def test_more_tries_than_are_counted(folder: Path, opened: Opened) -> None:
    progress = opened(folder)
    for _ in range(MOST_TRIES + 5):
        progress.note_try("a", "e")
    progress.close()
    assert len(opened(folder).exercise("a", "e").tries) == MOST_TRIES


def drop_finished(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE finished")


def add_trigger(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TRIGGER t BEFORE INSERT ON place BEGIN SELECT RAISE(IGNORE); END")


@pytest.mark.parametrize("damage", [drop_finished, add_trigger])
def test_notes_are_rescued_from_a_damaged_file(
    folder: Path, opened: Opened, clock: Clock, damage: Callable[[Path], None]
) -> None:
    progress = opened(folder)
    work(progress, clock)
    progress.close()
    damage(folder / FILE_NAME)
    again = opened(folder)
    assert "What could be read of it is kept" in (again.notice or "")
    again.finish("parameters", "data")
    assert_all_there(again)
    again.close()
    assert_all_there(opened(folder))


@pytest.mark.parametrize("moment", ["meanwhile", "before"])
def test_a_file_that_is_gone_is_made_again(
    folder: Path, opened: Opened, clock: Clock, moment: str
) -> None:
    progress = opened(folder)
    if moment == "before":
        (folder / FILE_NAME).unlink(missing_ok=True)
    work(progress, clock)
    progress.save()
    (folder / FILE_NAME).unlink()
    progress.note_try("other", "e")
    progress.save()
    assert_all_there(opened(folder))


@pytest.mark.usefixtures("impatient")
def test_a_held_file_gets_the_notes_when_it_is_free(
    folder: Path, opened: Opened, clock: Clock
) -> None:
    progress = opened(folder)
    other = holder(folder / FILE_NAME)
    work(progress, clock)
    progress.save()
    assert progress.unsaved is not None
    assert_all_there(progress)
    other.execute("ROLLBACK")
    other.close()
    progress.save()
    assert progress.unsaved is None
    assert_all_there(opened(folder))


@pytest.mark.usefixtures("unprivileged")
def test_a_file_that_cannot_be_written_is_read(
    own_folder: Path, opened: Opened, clock: Clock
) -> None:
    progress = opened(own_folder)
    work(progress, clock)
    progress.close()
    (own_folder / FILE_NAME).chmod(0o444)
    again = opened(own_folder)
    again.note_hint("leaves", "exercise", 1)
    again.save()
    assert_all_there(again)
    assert again.exercise("leaves", "exercise").hints == 1
    assert again.unsaved is not None


def test_the_path_that_was_chosen_last_is_followed(
    folder: Path, opened: Opened, clock: Clock
) -> None:
    progress = opened(folder)
    assert progress.path() == ""
    for path in ("hour", "clinic", "hour", "", "clinic"):  # all at one time of the clock
        progress.note_path(path)
        assert progress.path() == path
    clock.now -= 500  # a clock that was put back
    progress.note_path("")
    assert progress.path() == ""
    progress.close()
    assert opened(folder).path() == ""


def test_of_two_computers_the_later_choice_counts_however_they_are_merged(
    folder: Path, tmp_path: Path, opened: Opened, clock: Clock
) -> None:
    here, there = opened(folder), opened(tmp_path / "there")
    here.note_path("hour")
    clock.now += 60
    there.note_path("engine")
    here.take_in(there.known())
    there.take_in(here.known())
    assert here.path() == there.path() == "engine"
    clock.now += 60
    here.note_path("")
    there.take_in(here.known())
    assert there.path() == ""
    assert there.last_bookmark() is None
    assert there.finished_lessons() == {}
