"""A run of the recorder inside the test's own process, and what it said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from autograd_tutor.kernel.recorder import RunRecorder
from autograd_tutor.recording.invocation import Invocation
from autograd_tutor.recording.model import Snapshot, StepResult
from autograd_tutor.recording.plots import Plot
from autograd_tutor.recording.saved_lesson import Origin, SavedLesson, SavedStep
from autograd_tutor.recording.trace import Recording, State
from autograd_tutor.recording.validation import Validator
from autograd_tutor.recording.wire import (
    FrameReader,
    Limits,
    ResultRecord,
    SnapshotRecord,
    StepRequest,
    encode,
)

EXPECTED = ("True",) * 20


@dataclass
class Recorded:
    """One run: what it emitted, seen through the wire as the other side would see it."""

    recorder: RunRecorder
    snapshots: list[Snapshot]
    invocation: Invocation = Invocation()  # noqa: RUF009 - a frozen value
    recording: Recording = field(default_factory=Recording)
    results: list[StepResult] = field(default_factory=list)
    _codes: list[str] = field(default_factory=list)
    _raises: list[str | None] = field(default_factory=list)
    _plots: list[Plot | None] = field(default_factory=list)

    def step(self, code: str, **options: Any) -> StepResult:
        """Record one more step; `snapshots` are then those of this step."""
        number = len(self.results)
        request = StepRequest(
            run=0,
            step=number,
            code=code,
            filename=options.pop("filename", f"<step {number + 1}>"),
            expect=tuple(options.pop("expect", ())),
            raises=options.pop("raises", None),
            limits=options.pop("limits", Limits()),
            first_line=options.pop("first_line", 1),
            plot=options.pop("plot", None),
            questions=tuple(options.pop("questions", ())),
            judge=options.pop("judge", None),
        )
        assert not options
        self.snapshots.clear()
        self.recording.begin(number, code)
        result = self.recorder.step(request)
        reader: FrameReader[SnapshotRecord | ResultRecord] = FrameReader(
            SnapshotRecord | ResultRecord
        )
        for snapshot in self.snapshots:
            for record in reader.feed(encode(SnapshotRecord(snapshot))):
                self.recording.add(record)
        for record in reader.feed(encode(ResultRecord(result))):
            self.recording.add(record)
        self.results.append(result)
        self._codes.append(code)
        self._raises.append(request.raises)
        self._plots.append(request.plot)
        self._check_valid()
        assert result.snapshots == len(self.snapshots)
        assert [snapshot.index for snapshot in self.snapshots] == list(range(len(self.snapshots)))
        return result

    def _check_valid(self) -> None:
        """Whatever is recorded could be read again from a file."""
        steps = tuple(
            [
                SavedStep("", "", "", code, expect=EXPECTED, raises=raises, plot=plot)
                for code, raises, plot in zip(self._codes, self._raises, self._plots, strict=True)
            ]
        )
        lesson = SavedLesson("", "made.py", "", "", "", steps, invocation=self.invocation)
        validator = Validator(Origin(lesson, tuple(self._codes), "", "", "", ""))
        for record in self.recording.records:
            validator.add(record)
        validator.close()

    @property
    def result(self) -> StepResult:
        return self.results[-1]

    @property
    def variables(self) -> dict[str, Any]:
        return self.recorder.namespace

    @property
    def final(self) -> State:
        """The state that the step's last snapshot leaves on the other side."""
        return self.recording.traces[len(self.results) - 1].state(len(self.snapshots) - 1)

    def state(self, index: int) -> State:
        return self.recording.traces[len(self.results) - 1].state(index)

    @property
    def lines(self) -> list[tuple[int, int, str]]:
        """Line, depth and function of every executed line."""
        return [(s.line, s.depth, s.function) for s in self.snapshots if s.event == "line"]

    @property
    def path(self) -> list[int]:
        return [line for line, _, _ in self.lines]


Record = Callable[..., Recorded]
