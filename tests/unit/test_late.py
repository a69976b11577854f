"""Modules that come later: what imports them works, and they are there when they are used."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograd_tutor.ui.late import missing, postponed

SLOW = "late_slow"
USER = "late_user"

SLOW_SOURCE = """\
class Parent:
    name = "parent"
    def __init__(self, value): self.value = value
def double(number): return 2 * number
"""
USER_SOURCE = """\
from late_slow import Parent, double
class Child(Parent): pass
def make(value): return Parent(value)
"""
CAREFUL_SOURCE = """\
try:
    import late_slow
except ImportError:
    late_slow = None
"""


@pytest.fixture(autouse=True)
def _modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / f"{SLOW}.py").write_text(SLOW_SOURCE)
    (tmp_path / f"{USER}.py").write_text(USER_SOURCE)
    (tmp_path / "late_careful.py").write_text(CAREFUL_SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in (SLOW, USER, "late_careful"):
        sys.modules.pop(name, None)


def test_a_module_is_imported_when_something_of_it_is_used() -> None:
    with postponed(SLOW):
        user = importlib.import_module(USER)
    assert SLOW not in sys.modules
    assert user.double(3) == 6
    slow = sys.modules[SLOW]
    assert user.Parent.name == "parent"
    assert isinstance(user.make(1), slow.Parent)


def test_it_may_be_used_at_once() -> None:
    with postponed(SLOW):
        assert importlib.import_module(USER).double(4) == 8
        assert sys.modules[SLOW].Parent.name == "parent"
    assert sys.modules[SLOW].double(1) == 2


def test_a_module_that_is_there_stays_as_it_is() -> None:
    slow = importlib.import_module(SLOW)
    with postponed(SLOW), missing(SLOW):
        user = importlib.import_module(USER)
    assert sys.modules[SLOW] is slow
    assert user.Parent is slow.Parent


def test_a_module_can_be_missing_for_a_while() -> None:
    with missing(SLOW):
        assert importlib.import_module("late_careful").late_slow is None
    assert importlib.import_module(SLOW).double(2) == 4
