"""The arguments of opening a lesson, and the last resort around everything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from autograd_tutor import __main__ as entry
from autograd_tutor import opening
from autograd_tutor.course.problem import CourseError, LessonError, Problem, UnknownLesson
from autograd_tutor.opening import Opening, WrongUse, parse
from autograd_tutor.recording.recognition import RecordingError, UnfitOutput

UTF8 = {"LANG": "en_US.UTF-8"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], Opening(None, True, False, None)),
        (["parameters"], Opening("parameters", True, False, None)),
        (["./list.yaml"], Opening("./list.yaml", True, False, None)),
        (["--no-mouse", "x", "--ascii"], Opening("x", False, True, None)),
        (["x", "--no-mouse", "--mouse"], Opening("x", True, False, None)),
        (["--theme", "light", "x"], Opening("x", True, False, "light")),
        (["x", "--theme=ansi"], Opening("x", True, False, "ansi")),
        (["--", "--odd"], Opening("--odd", True, False, None)),
        (["--", "list"], Opening("list", True, False, None)),
        (["-"], Opening("-", True, False, None)),
        (["--sandbox", "x"], Opening("x", True, False, None, True)),
        (["x", "--no-sandbox"], Opening("x", True, False, None, False)),
        (["preview", "a.yaml"], Opening("a.yaml", True, False, None, None, True)),
        (
            ["preview", "--no-sandbox", "a.yaml", "--no-mouse"],
            Opening("a.yaml", False, False, None, False, True),
        ),
        (["preview", "preview"], Opening("preview", True, False, None, None, True)),
        (["review"], Opening(None, True, False, None, review=True)),
        (["review", "--plain"], Opening(None, True, False, None, plain=True, review=True)),
        (["--plain"], Opening(None, True, False, None, plain=True)),
        (["x", "--plain", "--ascii"], Opening("x", True, True, None, plain=True)),
    ],
)
def test_what_to_open(arguments: list[str], expected: Opening) -> None:
    assert parse(arguments, UTF8) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        ["list"],
        ["list", "--json"],
        ["trace", "x", "y"],
        ["check"],
        ["--help"],
        ["x", "-h"],
        ["new", "a.yaml"],
        ["schema"],
        ["preview", "--help"],
        ["--version"],
    ],
)
def test_what_is_for_the_commands(arguments: list[str]) -> None:
    assert parse(arguments, UTF8) is None


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["review", "x"], "review takes no lesson: it asks what is due in all of them"),
        (["preview"], "name the lesson's file: autograd-tutor preview FILE"),
        (["preview", "a.yaml", "b.yaml"], "only one lesson can be opened, not 2"),
        (
            ["preview", "a.yaml", "--plain"],
            "a preview is a screen: open the file itself with --plain",
        ),
        (["--mous"], "there is no option '--mous'; did you mean --mouse?"),
        (["-x"], "there is no option '-x'; autograd-tutor --help shows all"),
        (["--\x1b[2J"], r"there is no option '--\x1b[2J'; autograd-tutor --help shows all"),
        (["a", "b"], "only one lesson can be opened, not 2"),
        (["--theme"], "--theme needs one of dark, light, ansi"),
        (["--theme", "pink"], "--theme needs one of dark, light, ansi, not 'pink'"),
        (["recrod", "x.py", "-o", "x.agt"], "there is no command recrod; did you mean record?"),
        (["trase", "x.py"], "there is no command trase; did you mean trace?"),
        (
            ["track.py", "-x"],
            "there is no option '-x'; the script's own go behind --: track.py -- -x",
        ),
        (["x.py", "-o", "y"], "-o belongs to a command: autograd-tutor record TARGET -o FILE"),
        (["--mouse", "list"], "options for opening a lesson do not go with list"),
    ],
)
def test_what_makes_no_sense(arguments: list[str], reason: str) -> None:
    with pytest.raises(WrongUse) as raised:
        parse(arguments, UTF8)
    assert str(raised.value) == reason


def test_the_mouse_is_off_over_ssh() -> None:
    remote = {"SSH_CONNECTION": "10.0.0.1 50000 10.0.0.2 22"}
    assert not parse([], remote).mouse  # type: ignore[union-attr]
    assert parse(["--mouse"], remote).mouse  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("environment", "ascii_only"),
    [
        ({}, False),
        ({"LANG": ""}, False),
        ({"LANG": "C.UTF-8"}, False),
        ({"LANG": "de_DE.utf8"}, False),
        ({"LANG": "C"}, True),
        ({"LANG": "en_US.ISO-8859-1"}, True),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "C"}, True),
        ({"LANG": "C", "LC_ALL": "", "LC_CTYPE": "UTF-8"}, False),
    ],
)
def test_signs_are_ascii_where_the_locale_is(environment: dict[str, str], ascii_only: bool) -> None:
    opened = parse([], environment)
    assert opened is not None
    assert opened.ascii is ascii_only


def problem(path: Path) -> Problem:
    return Problem(path, 3, 4, "what", "mend")


def test_a_lesson_with_problems_has_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "there.yaml"
    path.touch()
    error = LessonError((problem(path), problem(path)))
    assert opening.refuse(error) == 1
    assert capsys.readouterr().err == f"{path}:3:4: what; mend\n" * 2


def test_a_path_that_is_no_file_is_wrong_use(tmp_path: Path) -> None:
    for name in ("gone.yaml", "."):
        assert opening.refuse(LessonError((problem(tmp_path / name),))) == 2


def test_an_output_that_cannot_be_right_is_wrong_use_and_a_failure_is_not() -> None:
    assert opening.refuse(UnfitOutput("x.agt", "this is a folder; name a file in it")) == 2
    assert opening.refuse(RecordingError("x.agt", "the disk is full; make room")) == 1


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (UnknownLesson("paramters", "parameters"), 'did you mean "parameters"'),
        (UnknownLesson("chek", None), "did you mean check?"),
        (UnknownLesson("zzz", None), "autograd-tutor list"),
        (CourseError("something else"), "autograd-tutor: something else"),
    ],
)
def test_a_lesson_that_is_not_there_is_wrong_use(
    error: CourseError, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert opening.refuse(error) == 2
    printed = capsys.readouterr().err
    assert shown in printed
    assert printed.count("\n") == 1


def test_a_fault_of_the_program_is_explained_in_two_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: Opening) -> int:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(opening, "open_screen", fail)
    monkeypatch.delenv("AUTOGRAD_TUTOR_DEBUG", raising=False)
    assert entry.main(["x"]) == 1
    printed = capsys.readouterr().err
    assert "ZeroDivisionError: division by zero" in printed
    assert "AUTOGRAD_TUTOR_DEBUG=1" in printed
    assert printed.count("\n") == 2

    monkeypatch.setenv("AUTOGRAD_TUTOR_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        entry.main(["x"])


def test_an_interruption_is_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: Opening) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(opening, "open_screen", interrupt)
    assert entry.main(["x"]) == 130
    assert capsys.readouterr() == ("", "")


def test_the_way_to_the_screen_loads_little() -> None:
    """Whoever opens a lesson waits for these imports before torch is even on its way."""
    script = (
        "import sys; from autograd_tutor import __main__, opening\n"
        "opening.parse(['parameters', '--theme=light'], {})\n"
        "heavy = {'click', 'rich', 'textual', 'yaml', 'msgspec', 'difflib', 'json', 'sqlite3'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
