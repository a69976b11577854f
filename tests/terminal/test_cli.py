"""The commands as a shell runs them: what they print where, and how they end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from autograd_tutor import __version__
from autograd_tutor.progress import Progress
from terminal.commands import FAILS, SQUARE, Run
from terminal.conftest import Start
from terminal.lessons import finish


def test_version(run: Run) -> None:
    done = run("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"autograd-tutor, version {__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["parameters", "--help"]])
def test_help_names_every_command_and_option(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    for word in (
        "TARGET",
        "list",
        "path",
        "trace",
        "record",
        "check",
        "grade",
        "--mouse",
        "--ascii",
        "--theme",
        "./list",
    ):
        assert word in done.stdout


@pytest.mark.parametrize("command", ["list", "path", "trace", "record", "check", "grade"])
def test_every_command_has_help(run: Run, command: str) -> None:
    done = run(command, "-h")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"autograd-tutor {command}" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--mous"], "did you mean --mouse?"),
        (["a", "b"], "only one lesson"),
        (["trace"], "name a script, a lesson or a recording"),
        (["trace", "a", "b"], "autograd-tutor trace --help"),
        (["trace", "a", "--jso"], "--json"),
        (["list", "x"], "autograd-tutor list --help"),
        (["trace", "paramters"], 'did you mean "parameters"'),
        (["trace", "gone.yaml"], "gone.yaml:1:1: "),
        (["trace", ""], "autograd-tutor list"),
    ],
)
def test_wrong_use_is_explained_in_a_line_or_two(
    run: Run, arguments: Sequence[str], words: str
) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert 1 <= len(done.stderr.splitlines()) <= 2


@pytest.mark.parametrize("arguments", [[], ["parameters"], ["paramters"]])
def test_opening_without_a_terminal_points_to_trace(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "autograd-tutor trace" in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_opening_on_a_dumb_terminal_points_to_trace(start: Start) -> None:
    terminal = start("parameters", TERM="dumb")
    assert terminal.wait_end() == 2
    assert "autograd-tutor trace parameters" in terminal.text
    assert b"\x1b" not in terminal.raw


def test_a_mistyped_lesson_is_reported_and_not_opened(start: Start) -> None:
    terminal = start("paramters")
    assert terminal.wait_end() == 2
    assert 'did you mean "parameters"' in " ".join(terminal.text.split())


# list


def test_list_prints_the_lessons_by_chapter_with_progress(run: Run, home: Path) -> None:
    progress = Progress.open(home / "state" / "autograd-tutor")
    lessons = json.loads(run("list", "--json").stdout)
    first = lessons[0]
    step = first["open"][0]
    progress.finish(first["id"], step)
    progress.visit(first["id"], step, 0)
    progress.close()

    (listed, *_) = json.loads(run("list", "--json").stdout)
    assert (listed["finished"], listed["open"]) == (1, first["open"][1:])
    done = run("list")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    for lesson in lessons:
        assert f"  {lesson['id']}  {lesson['title']}, " in done.stdout
        assert f"\n      {lesson['summary']}\n" in done.stdout
        assert lesson["chapter"] in done.stdout.splitlines()
    here = f"1 of {first['steps']} steps done, exercise open, you were here last"
    assert here in done.stdout


def test_list_as_json(run: Run) -> None:
    done = run("list", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    lessons = json.loads(done.stdout)
    assert len(lessons) >= 3
    assert [lesson["needs"] for lesson in lessons][:2] == [[], ["parameters"]]
    for lesson in lessons:
        assert lesson.keys() >= {"id", "title", "summary", "chapter", "steps", "finished", "path"}
        assert lesson["steps"] >= 6
        assert lesson["finished"] == 0
        assert 3 <= lesson["minutes"] <= 15
        assert lesson["exercise_minutes"] >= 1
        assert Path(lesson["path"]).is_file()


def test_list_names_broken_lessons_of_ones_own(run: Run, home: Path) -> None:
    own = home / "own"
    own.mkdir()
    (own / "broken\x1b[2J.yaml").write_text("format: 9\n")
    (own / "good.yaml").write_text(SQUARE)
    done = run("list", AUTOGRAD_TUTOR_LESSONS=str(own))
    assert done.returncode == 0
    assert "good  A square, 0 of 2 steps done" in done.stdout
    assert "cannot be opened: autograd-tutor check says more" in done.stdout
    assert "\x1b" not in done.stdout
    listed = json.loads(run("list", "--json", AUTOGRAD_TUTOR_LESSONS=str(own)).stdout)
    assert [bool(lesson["problem"]) for lesson in listed[-2:]] == [True, False]


def test_list_goes_on_with_damaged_progress(run: Run, home: Path) -> None:
    state = home / "state" / "autograd-tutor"
    state.mkdir(parents=True)
    (state / "progress.sqlite").write_bytes(b"garbage" * 1000)
    done = run("list")
    assert done.returncode == 0
    assert "The saved progress was damaged; it is now" in done.stdout
    assert "progress was damaged" not in run("list").stdout


def test_colour_is_for_terminals_that_want_it(start: Start) -> None:
    coloured = start("list")
    assert coloured.wait_end() == 0
    assert b"\x1b[1m" in coloured.raw
    plain = start("list", NO_COLOR="1")
    assert plain.wait_end() == 0
    assert b"\x1b[3" not in plain.raw


# check


def test_check_of_a_good_lesson(run: Run, square: str) -> None:
    done = run("check", square)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "1 file checked: all well.\n"


def test_check_reports_every_problem_at_its_place(run: Run, home: Path) -> None:
    folder = home / "lessons"
    folder.mkdir()
    (folder / "fails.yaml").write_text(FAILS)
    (folder / "wrong.yaml").write_text("format: 1\ntitel: x\n")
    done = run("check", "lessons")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert any(line.startswith("lessons/fails.yaml:5:") and "n == 2" in line for line in lines)
    assert any(line.startswith("lessons/wrong.yaml:2:1: ") and "title" in line for line in lines)
    assert done.stderr == f"2 files checked: {len(lines)} problems.\n"


def test_what_list_says_of_a_broken_lesson_can_be_followed(run: Run, home: Path) -> None:
    own = home / "lessons"
    own.mkdir()
    (own / "07-half done.yaml").write_text("format: 1\ntitel: x\n")
    listed = run("list").stdout
    assert "cannot be opened: autograd-tutor check 'half done' says more" in listed
    done = run("check", "half done")
    assert done.returncode == 1
    assert f"{own}/07-half done.yaml:2:1: the lesson has an unknown key" in done.stdout


def test_check_of_what_is_not_there(run: Run) -> None:
    done = run("check", "gone.yaml")
    assert done.returncode == 1
    assert done.stdout.startswith("gone.yaml:1:1: ")


# path


PATHS = ["hour", "training", "engine", "clinic"]


def test_path_lists_the_paths_with_progress(run: Run, home: Path) -> None:
    done = run("path")
    assert (done.returncode, done.stderr) == (0, "")
    assert "hour  Autograd in an hour, 0 of 8 done, next: Parameters\n" in done.stdout
    assert "autograd-tutor path ID" in done.stdout
    assert "\x1b" not in done.stdout
    before = json.loads(run("path", "--json").stdout)
    assert [path["id"] for path in before] == PATHS
    assert not any(path["followed"] or path["done"] for path in before)
    finish(home, "parameters")
    progress = Progress.open(home / "state" / "autograd-tutor")
    progress.note_path("training")
    progress.close()
    hour, training, *_ = json.loads(run("path", "--json").stdout)
    assert (hour["done"], hour["next"], hour["count"]) == (1, "dynamic-graph", 8)
    assert (hour["minutes"], hour["exercise_minutes"]) == (
        before[0]["minutes"],
        before[0]["exercise_minutes"],
    )
    assert (training["followed"], hour["followed"]) == (True, False)
    assert "Training that works, 1 of 13 done, next: Automatic gradients, followed now" in (
        run("path").stdout
    )


def test_one_path_has_its_lessons_and_the_command_that_opens_the_next(run: Run, home: Path) -> None:
    finish(home, "automatic-gradients")
    done = run("path", "training")
    assert (done.returncode, done.stderr) == (0, "")
    assert " 2  automatic-gradients  Automatic gradients, 7 min, done\n" in done.stdout
    assert "  What backward() adds to each .grad\n" in done.stdout
    assert 'Needs "Inside backward" (not on this path)\n' in done.stdout
    assert "\nGo on: autograd-tutor parameters\n" in done.stdout
    path = json.loads(run("path", "training", "--json").stdout)
    assert path["minutes"] == sum(lesson["minutes"] for lesson in path["lessons"])
    by_id = {lesson["id"]: lesson for lesson in path["lessons"]}
    assert by_id["automatic-gradients"]["needs"] == [
        {"id": "dynamic-graph", "done": False, "on_path": False}
    ]
    assert by_id["four-lines"]["needs"] == [
        {"id": "automatic-gradients", "done": True, "on_path": True}
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [("clinc", 'did you mean "clinic"?'), ("x\x1b[2J", "there are hour, training")],
)
def test_an_unknown_path_is_refused(run: Run, name: str, words: str) -> None:
    for arguments in (["path", name], ["path", name, "--json"]):
        done = run(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert words in done.stderr
        assert "\x1b" not in done.stderr


def test_a_path_that_is_done_says_so(run: Run, home: Path) -> None:
    ids = [each["id"] for each in json.loads(run("path", "hour", "--json").stdout)["lessons"]]
    for lesson in ids:
        finish(home, lesson)
    done = run("path", "hour")
    assert done.stdout.startswith("Autograd in an hour, all 8 done\n")
    assert "Go on:" not in done.stdout
    assert json.loads(run("path", "hour", "--json").stdout)["next"] is None
