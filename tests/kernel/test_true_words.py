"""What is said where a snippet takes away what the recorder stands on, or where time is up."""

from __future__ import annotations

import builtins
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest
from recorded import Record, Recorded

from autograd_tutor.recording.wire import Limits

DAMAGE = {
    "len": ("del builtins.len\n", ("len",)),
    "len, replaced": ("builtins.len = None\n", ("len",)),
    "getattr and id": ("del builtins.getattr, builtins.id\n", ("getattr", "id")),
    "all": ("vars(builtins).clear()\n", ()),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_snippet_without_builtins_ends_as_it_would_alone(record: Record, name: str) -> None:
    before = dict(vars(builtins))
    code, names = DAMAGE[name]
    recorded = record(
        "import torch, builtins\nx = torch.ones(2, requires_grad=True)\n"
        f"{code}def f(t):\n    return t * 2\n"
        "y = f(x)\nz = y + 1\n"
    )
    assert vars(builtins) == before
    result = recorded.result
    assert result.error is None
    assert result.truncated == "builtins changed"
    assert result.fault is not None
    assert all(each in result.fault for each in names)
    assert len(result.fault) < 200
    assert recorded.final.tensors["z"].raw == recorded.variables["z"].detach().numpy().tobytes()


def test_the_next_step_has_the_builtins_that_the_snippet_left(record: Record) -> None:
    recorded = record("import builtins\nbuiltins.answer = 42\ndel builtins.sorted\n")
    recorded.step("a = answer\nb = sorted([2, 1])\n")
    assert recorded.final.values["a"] == "42"
    assert recorded.result.error is not None
    assert recorded.result.error.message == "name 'sorted' is not defined"
    del vars(builtins)["answer"]


def test_replaced_builtins_that_nobody_misses_are_no_matter(record: Record) -> None:
    recorded = record("import builtins\nbuiltins.print = lambda *a: None\nprint(1)\na = 1\n")
    assert recorded.result.ok
    assert recorded.result.truncated is None


@contextmanager
def time_up(recorded: Recorded, at: set[int], depth: int, moments: int) -> Iterator[None]:
    """Interrupts this process as the kernel interrupts a run, once it is where it has no end.

    That is at one of these lines of the snippet, so many frames of the snippet deep, with so many
    moments recorded.
    """

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        recorded.recorder.interrupt()

    def watch(main: int) -> None:
        while not done.wait(0.01):
            lines = _snippet_lines(sys._current_frames()[main])
            there = len(lines) == depth and lines[-1] in at
            if there and len(recorded.snapshots) >= moments:
                os.kill(os.getpid(), signal.SIGXCPU)
                return

    done = threading.Event()
    before = signal.signal(signal.SIGXCPU, interrupt)
    watching = threading.Thread(target=watch, args=(threading.get_ident(),))
    watching.start()
    try:
        yield
    finally:
        done.set()
        watching.join()
        signal.signal(signal.SIGXCPU, before)
        sys.unraisablehook = sys.__unraisablehook__


def _snippet_lines(frame: FrameType | None) -> list[int]:
    """The lines of a stack's frames that are a snippet's, from the innermost."""
    lines = []
    while frame is not None:
        if frame.f_code.co_filename.startswith("<step"):
            lines.append(frame.f_lineno)
        frame = frame.f_back
    return lines


ENDLESS = "class A:\n    def __del__(self):\n        while True:\n            pass\na = A()\n"
LATE = {
    "in del": (f"{ENDLESS}b = 1\ndel a\nc = 2\n", {7}, 2, 10_000_000),
    "in del, with the recording at its limit": (f"{ENDLESS}b = 1\ndel a\nc = 2\n", {7}, 2, 20),
    "in del, at the end": (f"{ENDLESS}a = None\n", {6}, 2, 20),
    "in a callback of a weak reference": (
        "import weakref\ndef spin(_):\n    while True:\n        pass\nclass A:\n    pass\na = A()\n"
        "r = weakref.ref(a, spin)\ndel a\nb = 1\n", {9}, 2, 20,
    ),
    "in a line": ("a = 1\nb = 2\nwhile True:\n    pass\n", {3, 4}, 1, 10),
    "in a last line": ("a = 1\nb = sum(i for i in iter(int, 1))\n", {2}, 2, 10_000),
}  # fmt: skip


@pytest.mark.parametrize("name", LATE)
def test_a_time_limit_names_its_line(
    record: Record, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    code, lines, depth, snapshots = LATE[name]
    recorded = record("first = 1\n")
    at_its_limit = snapshots - 1  # the end is a moment, too
    with time_up(recorded, lines, depth, at_its_limit if snapshots <= 20 else 2):
        recorded.step(code, limits=Limits(seconds=0.2, snapshots=snapshots))
    error = recorded.result.error
    assert error is not None
    assert not recorded.result.ok
    assert error.type == "TimeLimit"
    assert error.line in lines
    assert recorded.snapshots[-1].event == "error"
    assert "interrupts.py" not in capfd.readouterr().err
    assert "autograd_tutor" not in error.traceback


def test_other_exceptions_that_python_drops_are_printed_as_ever(
    record: Record, capfd: pytest.CaptureFixture[str]
) -> None:
    record("class A:\n    def __del__(self):\n        1 / 0\na = A()\ndel a\n")
    assert "Exception ignored in" in capfd.readouterr().err
