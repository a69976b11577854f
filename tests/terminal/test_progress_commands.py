"""`progress export` and `import`, `results` and `review`, as processes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from autograd_tutor.progress import FILE_NAME, Progress
from terminal.commands import Run
from terminal.program import PROGRAM, environment

CODE = "w = 1\x1b[2J\n"


@pytest.fixture
def state(home: Path) -> Path:
    """The folder of the state, with some work in it."""
    folder = home / "state" / "autograd-tutor"
    progress = Progress.open(folder)
    times = iter(range(1_700_000_000, 1_800_000_000))
    progress._clock = lambda: float(next(times))
    progress.visit("parameters", "data", 3, "7")
    progress.finish("parameters", "data")
    progress.note_guess("parameters", "data", 0, right=True, sure=True, tries=2)
    progress.note_skip("parameters", "modules", 0)
    progress.note_code("parameters", "exercise", CODE)
    progress.note_try("parameters", "exercise", "both-parameters")
    progress.note_hint("parameters", "exercise", 2)
    progress.note_shown("parameters", "exercise")
    progress.note_try("evil\x1b[2J", "exercise\x1b[2J", "mistake\x1b[2J")
    progress.close()
    return folder


def test_a_round_trip_to_another_computer(run: Run, home: Path, state: Path) -> None:
    done = run("progress", "export", "progress.json")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "Wrote 1 place, 1 step, 2 questions and 2 exercises to progress.json.\n"
    assert (home / "progress.json").stat().st_mode & 0o077 == 0
    elsewhere = str(home / "other")
    done = run("progress", "import", "progress.json", AUTOGRAD_TUTOR_STATE=elsewhere)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "New here: 1 place, 1 step, 2 questions and 2 exercises.\n"
    done = run("progress", "import", "progress.json", AUTOGRAD_TUTOR_STATE=elsewhere)
    assert (done.returncode, done.stderr) == (0, "There was nothing new in it.\n")
    progress = Progress.open(home / "other")
    assert progress.exercise("parameters", "exercise").code.text == CODE
    assert progress.last_bookmark() == ("parameters", "data", 3, "7")
    progress.close()
    first, second = (
        run("progress", "export", "-", AUTOGRAD_TUTOR_STATE=folder).stdout
        for folder in (str(state), elsewhere)
    )
    assert first == second == (home / "progress.json").read_text()


def test_through_a_pipe(run: Run, home: Path, state: Path) -> None:
    exported = run("progress", "export", "-")
    assert (exported.returncode, exported.stderr) == (0, "")
    done = subprocess.run(
        [*PROGRAM, "progress", "import", "-"],
        input=exported.stdout,
        capture_output=True,
        encoding="utf-8",
        env=environment(home, AUTOGRAD_TUTOR_STATE=str(home / "other")),
        check=False,
    )
    assert (done.returncode, done.stderr[:9]) == (0, "New here:")


def test_an_earlier_export_is_replaced_and_nothing_else(run: Run, home: Path, state: Path) -> None:
    assert run("progress", "export", "it.json").returncode == 0
    assert run("progress", "export", "it.json").returncode == 0
    (home / "letter").write_text("Dear")
    done = run("progress", "export", "letter")
    assert (done.returncode, done.stdout) == (2, "")
    assert "letter is there and is no earlier export; name another file" in done.stderr
    assert (home / "letter").read_text() == "Dear"
    done = run("progress", "export", "no/where.json")
    assert done.returncode == 2
    assert "no/where.json cannot be written: No such file or directory" in done.stderr
    assert sorted(each.name for each in home.iterdir() if each.is_file()) == ["it.json", "letter"]


@pytest.mark.parametrize(
    ("content", "said", "status"),
    [
        (b"Dear", "letter cannot be imported: it is not progress that autograd-tutor has", 1),
        (b'{"autograd-tutor": "progress", "format": 9}', "newer autograd-tutor; update this", 1),
        (b'{"autograd-tutor": "progress", "format": 1, "places": [1]}', "places are damaged", 1),
        (None, "letter cannot be read: No such file or directory", 2),
    ],
)
def test_what_cannot_be_imported_changes_nothing(
    run: Run, home: Path, state: Path, content: bytes | None, said: str, status: int
) -> None:
    if content is not None:
        (home / "letter").write_bytes(content)
    before = (state / FILE_NAME).read_bytes()
    done = run("progress", "import", "letter")
    assert (done.returncode, done.stdout) == (status, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (state / FILE_NAME).read_bytes() == before


def test_progress_that_cannot_be_read_is_not_exported_as_nothing(run: Run, home: Path) -> None:
    (home / "file").touch()
    done = run("progress", "export", "it.json", AUTOGRAD_TUTOR_STATE=str(home / "file"))
    assert done.returncode == 1
    assert "the progress cannot be read: " in done.stderr
    assert not (home / "it.json").exists()
    (home / "good.json").write_text('{"autograd-tutor": "progress", "format": 1}')
    done = run("progress", "import", "good.json", AUTOGRAD_TUTOR_STATE=str(home / "file"))
    assert done.returncode == 1
    assert "what was imported is not saved: " in done.stderr


@pytest.mark.parametrize("words", [(), ("exprt", "x"), ("export",), ("export", "a", "b")])
def test_wrong_use_is_said(run: Run, words: tuple[str, ...]) -> None:
    done = run("progress", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("autograd-tutor: ")


def test_results_as_text(run: Run, state: Path) -> None:
    done = run("results")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "parameters  Parameters: 1 of 9 steps done",
        "  2 questions, 1 right, 1 skipped",
        "  exercise: solution seen, 1 try, 2 hints, known mistakes: both-parameters 1×",
        "  last work 2023-11-14T22:13:25Z",
        "evil␛[2J: 0 steps done",
        "  exercise␛[2J: open, 1 try, known mistakes: mistake␛[2J 1×",
        "  last work 2023-11-14T22:13:26Z",
    ]


def test_results_as_json(run: Run, state: Path) -> None:
    done = run("results", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "w = 1" not in done.stdout
    first, *others, last = json.loads(done.stdout)
    assert len(others) >= 4
    assert all(each["worked"] is None and each["questions"] == [] for each in others)
    assert (last["id"], last["title"], last["steps"]) == ("evil\x1b[2J", None, None)
    assert first == {
        "id": "parameters",
        "title": "Parameters",
        "chapter": "Parameters and graphs",
        "steps": 9,
        "finished": 1,
        "done": False,
        "done_at": None,
        "questions": [
            {
                "step": "data", "number": 1, "tries": 2, "right": True, "skipped": False,
                "sure": True, "worked": "2023-11-14T22:13:20Z",
            },
            {
                "step": "modules", "number": 1, "tries": 0, "right": False, "skipped": True,
                "sure": None, "worked": "2023-11-14T22:13:21Z",
            },
        ],
        "exercises": [
            {
                "step": "exercise", "state": "shown", "solution_seen": True, "tries": 1,
                "hints": 2, "mistakes": {"both-parameters": 1}, "worked": "2023-11-14T22:13:25Z",
            }
        ],
        "worked": "2023-11-14T22:13:25Z",
    }  # fmt: skip


def test_results_of_nothing(run: Run) -> None:
    assert run("results").stdout == "No lesson has been worked on yet.\n"
    assert all(each["done"] is False for each in json.loads(run("results", "--json").stdout))


def test_nothing_is_due_at_first(run: Run) -> None:
    done = run("review")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "Nothing is due for review. Questions come back as you finish lessons.\n"
    )


ASKING = """format: 1
title: Asking
summary: It asks.
steps:
  - id: first
    title: The first
    explain: Look.
    code: x = 1
    predict:
      - ask: What is x?
        kind: number
        answer: x
        because: It is.
        again: {x: 2}
exercise:
  task: Make y 2.
  starter: y = 1
  solution: y = 2
  check:
    - that: y == 2
      say: y is {y}.
  hints: [Look at y., Write 2.]
"""


def test_what_a_lesson_asks_is_counted_and_comes_back(run: Run, home: Path) -> None:
    own = home / "lessons"
    own.mkdir(exist_ok=True)
    (own / "asking.yaml").write_text(ASKING)
    assert "asking  Asking, 0 of 1 step done, exercise open" in run("list").stdout
    progress = Progress.open(home / "state" / "autograd-tutor")
    progress.finish("asking", "first")
    progress.save()
    listed = json.loads(run("list", "--json").stdout)[-1]
    assert (listed["steps"], listed["finished"], listed["done"]) == (1, 0, False)
    assert (listed["questions"], listed["settled"]) == (1, 0)
    assert listed["open"] == ["first", "exercise"]
    assert listed["exercises"] == {"exercise": "open"}
    progress.note_guess("asking", "first", 0, right=False)
    progress.note_shown("asking", "exercise")
    progress.close()
    listed = json.loads(run("list", "--json").stdout)[-1]
    assert (listed["finished"], listed["done"], listed["settled"]) == (1, True, 1)
    assert (listed["open"], listed["exercises"]) == ([], {"exercise": "shown"})
    assert "asking  Asking, 1 step done, solution seen" in run("list").stdout
    assert run("review").stdout.splitlines() == [
        "1 question is due for review:",
        "  asking  Asking: The first",
    ]
