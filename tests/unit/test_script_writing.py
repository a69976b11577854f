"""Writing the learner's code into a script's file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd_tutor.course import library
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.script_writing import NotWritten, is_script, write_step

SCRIPT = '''"""Train."""
# %% Data
x = [1.0, 2.0]
y = sum(x)

# %% Model
# What is trained.
w = 3.0
'''


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("step", "code", "expected"),
    [
        (0, "x = [5.0]\n", SCRIPT.replace("x = [1.0, 2.0]\ny = sum(x)", "x = [5.0]")),
        (
            0,
            "x = 1\ny = 2\nz = 3",
            SCRIPT.replace("x = [1.0, 2.0]\ny = sum(x)", "x = 1\ny = 2\nz = 3"),
        ),
        (1, "w = 4.0\n\n\n", SCRIPT.replace("w = 3.0", "w = 4.0")),
        (1, "w = 'ö'\n# %% More\nv = 1\n", SCRIPT.replace("w = 3.0", "w = 'ö'\n# %% More\nv = 1")),
    ],
)
def test_only_the_step_is_another(script: Path, step: int, code: str, expected: str) -> None:
    lesson = library.load(script)
    write_step(lesson, lesson.steps[step], code)
    assert script.read_text(encoding="utf-8") == expected
    assert os.listdir(script.parent) == ["train.py"]


def test_encoding_line_ends_and_permissions_stay(script: Path) -> None:
    text = "# coding: latin-1\r\nname = 'é'\r\n# %% Two\r\nb = 1\r\n"
    script.write_bytes(text.encode("latin-1"))
    script.chmod(0o750)
    lesson = library.load(script)
    write_step(lesson, lesson.steps[1], "b = 'ü'\nc = 2\n")
    expected = text.replace("b = 1", "b = 'ü'\r\nc = 2")
    assert script.read_bytes() == expected.encode("latin-1")
    assert script.stat().st_mode & 0o777 == 0o750


def test_a_character_that_the_encoding_lacks_is_said(script: Path) -> None:
    script.write_bytes(b"# coding: latin-1\na = 1\n")
    lesson = library.load(script)
    with pytest.raises(NotWritten, match=r"train\.py is latin-1, which has no ∇\."):
        write_step(lesson, lesson.steps[0], "a = '∇'\n")
    assert script.read_bytes() == b"# coding: latin-1\na = 1\n"


def test_a_link_stays_one(script: Path) -> None:
    link = script.with_name("link.py")
    link.symlink_to(script)
    lesson = library.load(link)
    write_step(lesson, lesson.steps[1], "w = 9\n")
    assert link.is_symlink()
    assert "w = 9\n" in script.read_text(encoding="utf-8")


@pytest.mark.parametrize("change", ["w = 3.0\nv = 1\n", "w = 7.5\n"])
def test_a_file_that_has_changed_is_left_alone(script: Path, change: str) -> None:
    lesson = library.load(script)
    changed = SCRIPT.replace("w = 3.0\n", change)
    script.write_text(changed, encoding="utf-8")
    with pytest.raises(NotWritten, match=r"has changed on disk\. F5 reads it again"):
        write_step(lesson, lesson.steps[1], "w = 4.0\n")
    assert script.read_text(encoding="utf-8") == changed


@pytest.mark.parametrize(
    ("code", "why"),
    [("w = (\n", "line 8: this is not Python"), ("", "line|step"), ("\x07\n", "line 8")],
)
def test_what_could_not_be_opened_again_is_not_written(script: Path, code: str, why: str) -> None:
    script.write_text("# %% One\n# Text.\n\n\n\n\n\na = 1\n", encoding="utf-8")
    lesson = library.load(script)
    before = script.read_bytes()
    with pytest.raises(NotWritten, match=why):
        write_step(lesson, lesson.steps[0], code)
    assert script.read_bytes() == before
    assert os.listdir(script.parent) == ["train.py"]


def test_a_file_that_is_gone_is_said(script: Path) -> None:
    lesson = library.load(script)
    script.unlink()
    with pytest.raises(NotWritten, match="changed on disk"):
        write_step(lesson, lesson.steps[0], "a = 1\n")


def test_a_folder_that_cannot_be_written_is_said(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = library.load(script)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(NotWritten, match=r"train\.py: No space left on device"):
        write_step(lesson, lesson.steps[0], "a = 1\n")
    assert script.read_text(encoding="utf-8") == SCRIPT
    assert os.listdir(script.parent) == ["train.py"]


@pytest.mark.parametrize(
    "text", ["x = 1\r\n# %% B\ny = 2\r# %% C\nz = 3", "x = 1\n# %% B\r\ny = 2\r\n# %% C\rz = 3\n"]
)
def test_line_ends_that_differ_stay(script: Path, text: str) -> None:
    script.write_bytes(text.encode())
    lesson = library.load(script)
    write_step(lesson, lesson.steps[1], "y = 5")
    assert script.read_bytes() == text.replace("y = 2", "y = 5").encode()


def test_other_names_of_the_file_stay_its_own(script: Path) -> None:
    other = script.with_name("other.py")
    other.hardlink_to(script)
    lesson = library.load(script)
    write_step(lesson, lesson.steps[0], "x = [5.0]\n")
    expected = SCRIPT.replace("x = [1.0, 2.0]\ny = sum(x)", "x = [5.0]")
    assert script.read_text(encoding="utf-8") == other.read_text(encoding="utf-8") == expected
    assert sorted(os.listdir(script.parent)) == ["other.py", "train.py"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("may", [True, False])
def test_the_owner_stays(script: Path, monkeypatch: pytest.MonkeyPatch, may: bool) -> None:
    os.chown(script, 1234, 5678)
    script.chmod(0o640)
    lesson = library.load(script)

    def refused(*_: object) -> None:
        raise PermissionError(1, "no")

    if not may:
        monkeypatch.setattr(os, "chown", refused)
    write_step(lesson, lesson.steps[1], "w = 9\n")
    found = script.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (1234, 5678, 0o640)
    assert "w = 9\n" in script.read_text(encoding="utf-8")


def test_what_may_not_be_written_is_not(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script.chmod(0o444)
    lesson = library.load(script)
    if os.geteuid() == 0:  # whom nothing is refused
        monkeypatch.setattr("builtins.open", opens_no(script))
    with pytest.raises(NotWritten, match=r"train\.py: Permission denied"):
        write_step(lesson, lesson.steps[1], "w = 9\n")
    assert script.read_bytes() == SCRIPT.encode()
    assert os.listdir(script.parent) == ["train.py"]


def opens_no(script: Path) -> Callable[..., Any]:
    """An `open` that does not open a script to be written to."""
    real = open

    def opened(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if file == script and "+" in mode:
            raise PermissionError(13, "Permission denied")
        return real(file, mode, *arguments, **options)

    return opened


@pytest.mark.parametrize("fails", [1, 2])
def test_a_disk_that_is_full_takes_nothing(
    script: Path, monkeypatch: pytest.MonkeyPatch, fails: int
) -> None:
    script.with_name("other.py").hardlink_to(script)
    lesson = library.load(script)
    calls = []

    def fsync(_: int) -> None:
        calls.append(1)
        if len(calls) == fails:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(NotWritten, match=r"train\.py: No space left on device"):
        write_step(lesson, lesson.steps[1], "w = 9\n")
    assert script.read_bytes() == SCRIPT.encode()
    assert sorted(os.listdir(script.parent)) == ["other.py", "train.py"]


def test_what_changes_while_it_is_checked_is_left_alone(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = library.load(script)
    real = library.load

    def load(path: Path) -> Lesson:
        script.write_text("by = 'another'\n", encoding="utf-8")
        return real(path)

    monkeypatch.setattr(library, "load", load)
    with pytest.raises(NotWritten, match="has changed on disk"):
        write_step(lesson, lesson.steps[1], "w = 9\n")
    assert script.read_text(encoding="utf-8") == "by = 'another'\n"
    assert os.listdir(script.parent) == ["train.py"]


def test_lessons_are_no_scripts(script: Path) -> None:
    assert is_script(library.load(script))
    course = Path(__file__).parents[1] / "ui" / "course" / "01-squares.yaml"
    assert not is_script(library.load(course))
