"""What tests of progress and of own lessons share: folders, and who may write there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograd_tutor.progress import Progress, file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "autograd-tutor"


@pytest.fixture
def opened() -> Iterator[Callable[[Path], Progress]]:
    """Opens progress and closes it in the end, as an unclosed database is a warning."""
    everything: list[Progress] = []

    def open_in(folder: Path) -> Progress:
        everything.append(Progress.open(folder))
        return everything[-1]

    yield open_in
    for progress in everything:
        progress.close()


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """Permissions mean nothing to root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.fixture
def locked_folder() -> Iterator[Path]:
    """A folder in which nothing can be written (not below tmp_path, which is root's own)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "MOST_PROGRESS_SECONDS", 0.01)


@pytest.fixture
def own_folder(unprivileged: None) -> Iterator[Path]:
    """A folder of the unprivileged (not below tmp_path, which is root's own)."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The learner's own folder, which does not exist yet."""
    folder = tmp_path / "own"
    monkeypatch.setenv("AUTOGRAD_TUTOR_LESSONS", str(folder))
    return folder
