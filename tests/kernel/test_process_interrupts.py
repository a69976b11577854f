"""An interruption that comes anywhere in a step ends the snippet or nothing, never the run."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest
from recorded import Record

from autograd_tutor.kernel import recorder as module
from autograd_tutor.kernel.recorder import RunRecorder
from autograd_tutor.recording.wire import Limits, StepRequest


class _Alarm:
    """Interrupts when the recorder's own code calls or returns for the `number`th time.

    Those are the moments at which Python runs the handlers of signals.
    """

    def __init__(self, recorder: RunRecorder, number: int) -> None:
        self._recorder = recorder
        self._left = number

    @property
    def rang(self) -> bool:
        return self._left < 0

    def __enter__(self) -> _Alarm:
        sys.setprofile(self._event)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _event(self, frame: FrameType, event: str, _argument: Any) -> None:
        if frame.f_code.co_filename != module.__file__ or frame.f_code.co_name == "interrupt":
            return
        self._left -= 1
        if self._left == -1:
            self._recorder.interrupt()


def request(**changed: Any) -> StepRequest:
    expected: dict[str, Any] = {
        "run": 1, "step": 0, "code": "x = torch.ones(1)", "filename": "<step 1>",
        "expect": ("x == 1", "x == 2", "y"), "raises": None, "limits": Limits(),
    }  # fmt: skip
    return StepRequest(**{**expected, **changed})


@pytest.mark.parametrize(
    "changed",
    [{}, {"code": "1 / 0", "raises": "ZeroDivisionError"}],
    ids=["expectations", "an error"],
)
def test_a_step_has_a_result_whenever_it_is_interrupted(
    record: Record, changed: dict[str, Any]
) -> None:
    number, stopped = 0, 0
    while True:
        recorder = record(None).recorder
        with _Alarm(recorder, number) as alarm:
            result = recorder.step(request(**changed))
            recorder.interrupt()  # too late, which does no harm either
        if not alarm.rang:
            break
        if result.error is not None and result.error.type == "TimeLimit":
            stopped += 1
            assert not result.ok
        assert recorder.step(request(step=1, code="x = 2", expect=("x == 2",))).ok
        number += 1
    assert 0 < stopped < number


def test_a_setup_ends_whenever_it_is_interrupted(record: Record) -> None:
    number, stopped = 0, 0
    while True:
        recorder = record(None).recorder
        with _Alarm(recorder, number) as alarm:
            error = recorder.setup("y = len('a')")
        if not alarm.rang:
            break
        if error is not None:
            stopped += 1
            assert error.type == "TimeLimit"
        number += 1
    assert 0 < stopped <= number


def test_a_setup_that_fails_says_so_whenever_it_is_interrupted(record: Record) -> None:
    number = 0
    while True:
        recorder = record(None).recorder
        with _Alarm(recorder, number) as alarm:
            error = recorder.setup("1 / 0")
        assert error is not None
        assert error.type in ("ZeroDivisionError", "TimeLimit")
        if not alarm.rang:
            break
        number += 1
    assert number > 0
