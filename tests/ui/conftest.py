"""Fixtures of the tests of the screens: nothing of the tester's machine is seen in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from real_kernel import RealKernel
from sitting import COURSE

from autograd_tutor.client import weight
from autograd_tutor.course import library, trust
from autograd_tutor.ui.inbox import Inbox


@pytest.fixture(autouse=True)
def _same_everywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A terminal with all colours, a course of its own, no progress, no lessons of one's own."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "SSH_CONNECTION", "TERM_PROGRAM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("AUTOGRAD_TUTOR_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("AUTOGRAD_TUTOR_LESSONS", str(tmp_path / "own"))
    monkeypatch.setattr(library, "bundled_folder", lambda: COURSE)
    monkeypatch.setattr(trust, "is_foreign", lambda path: False)


@pytest.fixture(scope="session")
def shared() -> Iterator[RealKernel]:
    """One kernel for all tests."""
    real = RealKernel()
    yield real
    real.kernel.close()


@pytest.fixture
def kernel(shared: RealKernel) -> RealKernel:
    """The kernel, with nobody listening to it yet."""
    shared.inbox = Inbox(weight)
    return shared
