"""The folders that runs in a sandbox write into, and what is left of them: nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograd_tutor.kernel.scratch import Scratch

PATIENT = 60.0


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def nest(folder: Path, depth: int) -> None:
    """Folders inside of each other, deeper than a path can say."""
    before = os.open(".", os.O_RDONLY)
    os.chdir(folder)
    for _ in range(depth):
        os.mkdir("a")
        os.chdir("a")
    Path("file").write_text("x")
    os.fchdir(before)
    os.close(before)


def fill(folder: Path, how: str) -> None:
    """Leave something there that is not easily removed."""
    if how == "deep":
        nest(folder, 3000)
    elif how == "broad":
        for name in map(str, range(40)):
            (folder / name / name / name).mkdir(parents=True)
            (folder / name / "file").write_text("x")
    elif how == "unreadable":
        for mode in (0o000, 0o300, 0o500):
            inner = folder / oct(mode) / "inner"
            inner.mkdir(parents=True)
            (inner / "file").write_text("x")
            inner.chmod(mode)
            inner.parent.chmod(mode)
    elif how == "names taken":
        for number in range(3):
            (folder / f"deep-{number}").write_text("x")
            (folder / f"deep-{number + 3}" / "deep-0" / "deep-1").mkdir(parents=True)
    else:
        (folder / "link").symlink_to(folder.parents[1] / "kept")
        (folder / "in").mkdir()
        (folder / "in" / "link").symlink_to(folder.parents[1] / "kept")
        os.mkfifo(folder / "in" / "pipe")


HOW = ["deep", "broad", "unreadable", "names taken", "links"]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("when", ["run", "kernel"])
def test_whatever_is_in_it_it_goes(place: Path, how: str, when: str) -> None:
    (place / "kept").mkdir()
    (place / "kept" / "file").write_text("x")
    scratch = Scratch()
    folder = Path(scratch.make(1))
    assert folder.parents[1] == place
    fill(folder, how)
    if when == "run":
        scratch.remove(1, PATIENT)
    else:
        scratch.remove_all(PATIENT)
    assert os.listdir(place) == ["kept"]
    assert os.listdir(place / "kept") == ["file"]


def test_one_run_goes_without_the_others(place: Path) -> None:
    scratch = Scratch()
    first, second = Path(scratch.make(1)), Path(scratch.make(2))
    scratch.remove(1)
    assert (first.exists(), second.exists()) == (False, True)
    scratch.remove(2)
    assert os.listdir(place) == []
    assert Path(scratch.make(3)).is_dir()
    scratch.remove(3)
    assert os.listdir(place) == []


LEAVES = """\
import os, signal
from autograd_tutor.kernel.scratch import Scratch
scratch = Scratch()
print(scratch.make(1), flush=True)
if input() == "die":
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_program_has_left_goes_later_and_nothing_else(place: Path) -> None:
    others = ("autograd-tutor-run-notes", "autograd-tutor-0123456789abcdef", "notes")
    for name in (*others, "autograd-tutor-run-0123456789abcdef"):
        (place / name).mkdir()  # not as it makes them: others may come into it
        (place / name / "file").write_text("x")
    (place / f"autograd-tutor-run-{'a' * 16}").symlink_to(place / "notes")
    before = set(os.listdir(place))
    command = (sys.executable, "-c", LEAVES)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        folder = Path(program.stdout.readline().strip())
        (folder / "file").write_text("x")
        Scratch().remove_all(PATIENT)
        assert (folder / "file").exists()  # it is in use
        program.communicate("die")
    assert (folder / "file").exists()

    Scratch().remove_all(PATIENT)
    assert set(os.listdir(place)) == before
    assert os.listdir(place / "notes") == ["file"]


def test_where_none_can_be_made_the_next_place_is_taken(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(place / "absent"))
    scratch = Scratch()
    folder = Path(scratch.make(1))
    assert folder.is_dir()
    scratch.remove_all(PATIENT)
    assert not folder.parent.exists()
