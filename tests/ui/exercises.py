"""Lessons with an exercise, and kernels that judge what is written, without torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from made import node, snapshot, tensor
from msgspec.structs import replace as with_fields
from recordings import W, plain, recorded
from sitting import PlayedKernel

from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.course.tasks import Exercise, KnownMistake, Requirement
from autograd_tutor.recording.model import Error
from autograd_tutor.recording.questions import Verdict
from autograd_tutor.recording.wire import Record, ResultRecord, StepRequest

EXERCISE_PATH = Path("made")
STARTER = "a = 1\nb = 0\n"
SOLUTION = "a = 1\nb = 2\nc = a + b\n"

EXERCISE = Exercise(
    solution=SOLUTION,
    check=(Requirement("c == 3", "c is {c}, and should be 3."),),
    hints=("Look at `b`.", "What is a + b?"),
    mistakes=(
        KnownMistake("times", "c == 2", "That is the product.", "a = 1\nb = 2\nc = a * b\n"),
    ),
    then="The sum is what is *left*.",
)


def lesson(steps: int = 1, code: str = STARTER, **fields: Any) -> Lesson:
    """A lesson whose last step is an exercise."""
    task = Step(
        "exercise", "Add them", "Let c be a + b.", code, exercise=replace(EXERCISE, **fields)
    )
    before = [Step(f"s{n}", f"Step {n}", "Explained.", "x = 1\n") for n in range(steps - 1)]
    return Lesson("made", EXERCISE_PATH, "Made up", "", "", (*before, task))


def verdict(code: str) -> Verdict:
    """What the judge of EXERCISE would say."""
    if "c = a + b" in code:
        return Verdict(True)
    if "c = a * b" in code:
        return Verdict(False, "That is the product.", "times", None)
    return Verdict(False, "c is 0, and should be 3.", "", 0)


def judged(
    verdict_of: Callable[[str], Verdict | None] = verdict,
) -> Callable[[StepRequest], list[Record]]:
    """Answers with lines that only run, and of an exercise with a verdict."""

    def answer(request: StepRequest) -> list[Record]:
        *records, last = plain(request)
        assert isinstance(last, ResultRecord)
        found = verdict_of(request.code) if request.judge is not None else None
        return [*records, ResultRecord(with_fields(last.result, verdict=found))]

    return answer


def kernel() -> PlayedKernel:
    """One that judges."""
    return PlayedKernel(judged())


GOAL_STARTER, GOAL_SOLUTION = "y = w * 2\n", "h = w * 3\ny = h.exp()\n"


def graphs(request: StepRequest) -> list[Record]:
    """A product; where the code says so, the exponential of it."""
    made = {"kind": "intermediate", "requires_grad": True, "is_leaf": False}
    leaf = node(2, "AccumulateGrad", variable="w", shape=(2,))
    product = node(1, "MulBackward0", 2, variable="h", shape=(2,))
    if "exp" in request.code:
        result = node(3, "ExpBackward0", 1, variable="y", shape=(2,))
        y = tensor(1.0, 1.0, grad_fn=3, grad_fn_name="ExpBackward0", **made)
        nodes = (product, leaf, result)
    else:
        y = tensor(1.0, 1.0, grad_fn=1, grad_fn_name="MulBackward0", **made)
        nodes = (product, leaf)
    moments = [snapshot(0, next_line=1), snapshot(1, tensors={"w": W, "y": y}, nodes=nodes)]
    *records, last = recorded(moments)
    assert isinstance(last, ResultRecord)
    found = Verdict("exp" in request.code, "" if "exp" in request.code else "y has no exp.")
    return [*records, ResultRecord(with_fields(last.result, verdict=found))]


def failing(request: StepRequest) -> list[Record]:
    """A step whose first line raises, and of which its judge has nothing to say."""
    error = Error("ValueError", "no", 1, "Traceback")
    moments = [snapshot(0, next_line=1), snapshot(1, event="error", error=error)]
    *records, last = recorded(moments, ok=False, error=error)
    assert isinstance(last, ResultRecord)
    return [*records, ResultRecord(with_fields(last.result, verdict=Verdict(False)))]
