"""Lessons are played one after the other in one kernel, each up to the step that stops it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import recordings
from made import backward, node, parameter, ran, result, scalar, snapshot, trace
from played_kernel import READY, Answer, PlayedKernel

from autograd_tutor import check, plain
from autograd_tutor.checking.findings import Findings
from autograd_tutor.client import Broken, KernelEvent, KernelLost
from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.course.target import Target
from autograd_tutor.playing import playthrough
from autograd_tutor.playing.happenings import (
    Began,
    CannotRun,
    Happening,
    PlaythroughEnded,
    Recorded,
    SetupRaised,
    StepBegan,
    StepEnded,
    Stopped,
)
from autograd_tutor.playing.playthrough import Playthrough
from autograd_tutor.recording.model import Error
from autograd_tutor.recording.wire import (
    Record,
    ResultRecord,
    SetupFailed,
    SnapshotRecord,
    StepRequest,
)

CODES = ("a = 1\n", "b = 2\n", "c = 3\n")
GONE = KernelLost("The process that runs snippets was ended by SIGKILL. Run again.")


def lesson(name: str = "made") -> Lesson:
    steps = tuple(Step(f"s{n}", f"Step {n}", "", code) for n, code in enumerate(CODES))
    return Lesson(name, Path(f"{name}.yaml"), "Made up", "", "", steps)


class Kernel(PlayedKernel):
    """What `Playthrough` makes instead of a real one."""

    def __init__(
        self,
        notify: Callable[[list[KernelEvent]], object],
        answer: Answer = recordings.plain,
        first: KernelEvent = READY,
    ) -> None:
        super().__init__(answer, prompt=False)
        self.inbox.attach(lambda events: (notify(events), self.inbox.taken()))
        self.first: list[KernelEvent] = [first]
        self.closed = False

    def start_run(self, *args: object) -> int:
        run = super().start_run(*args)  # type: ignore[arg-type]
        first, self.first = self.first, []
        self.report(*first)
        if any(isinstance(event, Broken | KernelLost) for event in first):
            self.end("lost")
        return run

    def step(self, request: StepRequest) -> None:
        super().step(request)
        self.play()

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def kernels(monkeypatch: pytest.MonkeyPatch) -> list[Kernel]:
    return play_with(monkeypatch)


def play_with(monkeypatch: pytest.MonkeyPatch, **options: object) -> list[Kernel]:
    made: list[Kernel] = []

    def make(notify: Callable[[list[KernelEvent]], object]) -> Kernel:
        made.append(Kernel(notify, **options))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setattr(playthrough, "Kernel", make)
    return made


def play(*lessons: Lesson) -> list[list[Happening]]:
    with Playthrough(sandbox=False) as opened:
        return [list(opened.play(Target(each))) for each in lessons]


def test_every_step_in_turn_and_one_at_a_time(kernels: list[Kernel]) -> None:
    asked: list[int] = []
    with Playthrough() as opened:
        for happening in opened.play(Target(lesson())):
            if isinstance(happening, StepBegan):
                asked.append(len(kernels[0].requests))
    assert asked == [1, 2, 3]
    assert kernels[0].closed


def test_what_happens_in_order(kernels: list[Kernel]) -> None:
    ((began, *rest),) = play(lesson())
    assert began == Began("2.13.0")
    kinds = [type(each) for each in rest]
    assert kinds == [*[StepBegan, Recorded, Recorded, StepEnded] * 3, PlaythroughEnded]
    assert rest[-1] == PlaythroughEnded(True)


def test_a_second_lesson_needs_no_second_import_of_torch(kernels: list[Kernel]) -> None:
    first, second = play(lesson("a"), lesson("b"))
    assert [type(each) for each in first] == [type(each) for each in second]
    assert kernels[0].killed == [1, 2]
    assert len(kernels) == 1


def test_a_step_that_fails_is_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(request: StepRequest) -> list[Record]:
        ended = result(step=request.step, ok=request.step == 0)
        return [SnapshotRecord(snapshot(0, step=request.step)), ResultRecord(ended)]

    (kernel, happened) = (play_with(monkeypatch, answer=failing), play(lesson())[0])
    assert [each.step for each in happened if isinstance(each, StepBegan)] == [0, 1]
    assert happened[-1] == PlaythroughEnded(False)
    assert [request.step for request in kernel[0].requests] == [0, 1]


def test_a_setup_that_fails_stops_all(monkeypatch: pytest.MonkeyPatch) -> None:
    error = Error("ImportError", "no x", 1, "")
    play_with(monkeypatch, answer=lambda _: [SetupFailed(error)])
    assert play(lesson())[0][-2:] == [SetupRaised(error), PlaythroughEnded(False)]


@pytest.mark.parametrize("why", [Broken("No torch."), GONE], ids=["broken", "lost"])
def test_without_torch_nothing_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], why: Broken | KernelLost
) -> None:
    play_with(monkeypatch, first=why)
    assert play(lesson()) == [[CannotRun(why.reason), PlaythroughEnded(False)]]
    happened = [CannotRun(why.reason), PlaythroughEnded(False)]
    assert plain.report(iter(happened), plain.TextReporter(lesson(), False)) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"autograd-tutor: {why.reason}\n"


def test_without_torch_a_check_says_so_for_each_lesson(monkeypatch: pytest.MonkeyPatch) -> None:
    play_with(monkeypatch, first=Broken("No torch."))
    (problem,) = check.examine([Target(lesson())])
    assert str(problem) == "made.yaml:1:1: the lesson cannot be run: No torch.; mend that first"


def test_a_kernel_that_is_lost_in_a_step_stops_that_lesson_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lost(request: StepRequest) -> list[Record]:
        if (request.run, request.step) == (1, 1):
            kernels[0].report(GONE)
            kernels[0].record(SnapshotRecord(snapshot(0, step=1)))
            kernels[0].end("lost")
            return []
        return recordings.plain(request)

    kernels = play_with(monkeypatch, answer=lost)
    with Playthrough() as opened:
        first, second = (list(opened.play(Target(each))) for each in (lesson("a"), lesson("b")))
    *_, recorded, stopped, over = first
    assert isinstance(recorded, Recorded)
    assert isinstance(stopped, Stopped)
    assert (stopped.cause, stopped.reason, over) == ("lost", GONE.reason, PlaythroughEnded(False))
    assert second[-1] == PlaythroughEnded(True)


def test_news_of_a_kernel_that_was_lost_before_does_not_stop_a_lesson(
    kernels: list[Kernel],
) -> None:
    with Playthrough() as opened:
        list(opened.play(Target(lesson("a"))))
        kernels[0].report(GONE)
        assert list(opened.play(Target(lesson("b"))))[-1] == PlaythroughEnded(True)


def test_a_check_names_the_line_and_the_mend_of_a_lost_kernel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lost(_: StepRequest) -> list[Record]:
        kernels[0].report(GONE)
        kernels[0].end("lost")
        return []

    kernels = play_with(monkeypatch, answer=lost)
    with Playthrough() as opened:
        (problem,) = Findings(Target(lesson())).of(opened.play(Target(lesson())))
    assert (problem.line, problem.column) == (1, 1)
    assert problem.message == "the process that runs snippets was ended by SIGKILL"
    assert problem.mend == "run again"


@pytest.mark.parametrize("backward_too", [False, True])
@pytest.mark.parametrize("goes_on", [False, True])
def test_nodes_of_a_pass_whose_end_was_not_recorded_stand_under_its_line(
    capsys: pytest.CaptureFixture[str], backward_too: bool, goes_on: bool
) -> None:
    nodes = (node(1, "SumBackward0", 2), node(2, "ExpBackward0", None))
    moments = [
        snapshot(0), snapshot(1, line=1, nodes=nodes),
        ran(2, backward(1, scalar(1.0), (scalar(2.0),)), line=2),
        ran(3, backward(2, scalar(2.0), (scalar(4.0),)), line=2, tensors={"w": parameter(7.0)}),
    ]  # fmt: skip
    if goes_on:
        moments.append(snapshot(4, event="end", values={"z": "3"}))
    made = trace(*moments, code="y = 1\nw.go()\nz = 3\n")
    said = [Recorded(made, len(made) - 1), Stopped(made, None, "It ended.", 1.0)]
    plain.report(iter(said), plain.TextReporter(lesson(), backward_too))
    printed = capsys.readouterr().out.splitlines()
    how = ", recorded only in part" if goes_on else " did not end"
    at = printed.index(f"Line 2{how}: w.go()")
    below = [line[:24] for line in printed[at + 1 :] if line.startswith("  Backward")]
    assert below == ["  Backward 1, node 1: Su", "  Backward 1, node 2: Ex"][: 2 * backward_too]
    assert printed.index("  backward pass 1: 2 nodes ran") > at
    assert printed.count("  w is new: parameter, shape (1,)") == (not backward_too)
    assert ("In the end:" in printed) == goes_on
