"""A lesson that asks, and what a kernel would record of it, made by hand."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

from made import node, parameter, result, scalar, snapshot
from msgspec.structs import replace as changed
from sitting import PlayedKernel, Sitting, sitting, snippet

from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.course.tasks import Prediction
from autograd_tutor.recording.model import Backward
from autograd_tutor.recording.questions import Answer
from autograd_tutor.recording.wire import Record, ResultRecord, SnapshotRecord, StepRequest

SECRET = 31415
"""A number that only what is held back has."""

CODE = "w = start()\nsecret = w.sum()\nsecret.backward()\nprint(secret)\n"

NUMBER = Prediction(
    "What is `secret`?",
    "number",
    "secret.item()",
    line=2,
    wrong=(("2", "That is the number of elements."),),
    because="It is 31415: the sum of both. Tensors shows it.",
)
CHOICES = ("one", f"the {SECRET}", "none")

Kinds = dict[str, tuple[Prediction, Answer, tuple[str, ...], tuple[str, ...]]]


def of(kind: str, **fields: Any) -> Prediction:
    asked: dict[str, Any] = {"ask": f"Which {kind}?", "kind": kind, "answer": "x", "line": 2}
    return Prediction(**(asked | {"because": f"Because of {SECRET}."} | fields))


KINDS: Kinds = {
    "number": (NUMBER, Answer(0, (f"{SECRET}.0",), float(SECRET)), tuple("31415"), ("2",)),
    "choice": (
        of("choice", choices=("red", "green", "blue")),
        Answer(0, ("green",)),
        ("2",),
        ("1",),
    ),
    "several": (
        of("several", choices=("red", "green", "blue")),
        Answer(0, ("blue", "red")),
        ("1", "3"),
        ("0",),
    ),
    "order": (
        of("order", choices=("red", "green", "blue")),
        Answer(0, ("blue", "red", "green")),
        ("3", "1", "2"),
        ("1", "2", "3"),
    ),
    "text": (of("text"), Answer(0, ("torch.Size([2, 3])",)), ("2", ",", "3"), ("a", "3", "2")),
    "line": (of("line"), Answer(0, ("4",), 4.0), ("4",), ("1",)),
    "node": (of("node"), Answer(0, ("MulBackward0",)), ("enter", *"mul"), ("a", *"pow")),
}
"""Each kind with its answer, the keys of a right guess, and those of a wrong one; Enter follows."""


def lesson(*asked: Prediction, then: str = "", more: int = 0) -> Lesson:
    first = Step("only", "Only step", "Read this first.", CODE, predictions=asked, then=then)
    others = [Step(f"s{n}", f"Step {n}", "Later.", CODE) for n in range(more)]
    return snippet("", steps=(first, *others))


def moments(step: int = 0, total: float = SECRET) -> list[Record]:
    """Four lines, of which the third makes a pass of two nodes; `total` is what line 2 makes."""
    leaf, made = parameter(1.0, 2.0), scalar(float(total), requires_grad=True, is_leaf=False)
    nodes = (node(1, "AccumulateGrad", variable="w"), node(2, "SumBackward0", 1, variable="secret"))
    ran = Backward(1, 2, (scalar(1.0),), (scalar(float(SECRET)),))
    filled = replace_grad(leaf)
    shown = [
        snapshot(0, line=0, next_line=1),
        snapshot(1, line=1, next_line=2, tensors={"w": leaf}),
        snapshot(2, line=2, next_line=3, tensors={"secret": made}, nodes=nodes),
        changed(snapshot(3, event="backward", line=3, depth=1, next_line=0), backward=ran),
        snapshot(4, line=3, next_line=4, tensors={"w": filled}),
        snapshot(5, line=4, next_line=0, stdout=f"{SECRET}.0\n"),
    ]
    return [SnapshotRecord(changed(each, step=step)) for each in shown]


def replace_grad(leaf: Any) -> Any:
    return changed(leaf, grad=parameter(float(SECRET), float(SECRET)))


def answered(
    request: StepRequest, answer: Answer = KINDS["number"][1], total: float = SECRET
) -> list[Record]:
    """All of it; each question is answered at its moment."""
    lines = {each.line: [] for each in request.questions}  # type: ignore[var-annotated]
    for each in request.questions:
        lines[each.line].append(changed(answer, question=each.number))
    records: list[Record] = []
    for record in moments(request.step, total):
        assert isinstance(record, SnapshotRecord)
        shown = record.snapshot
        found = tuple(lines.pop(shown.line, ())) if shown.event == "line" else ()
        records.append(SnapshotRecord(changed(shown, answers=found)))
    rest = tuple(each for found in lines.values() for each in found)
    return [*records, ResultRecord(changed(result(step=request.step, snapshots=6), answers=rest))]


def asked(
    *predictions: Prediction,
    answer: Answer = KINDS["number"][1],
    kernel: PlayedKernel | None = None,
    then: str = "",
    more: int = 0,
    **options: Any,
) -> AbstractAsyncContextManager[Sitting]:
    """A sitting of the lesson with these questions."""
    played = PlayedKernel(lambda request: answered(request, answer)) if kernel is None else kernel
    return sitting(lesson(*predictions, then=then, more=more), kernel=played, **options)


def card(sat: Sitting) -> str:
    """What stands on the question's card; `` where there is none."""
    bars = [bar for bar in sat.app.screen.query("#question") if bar.display]
    rows = [row for bar in bars for row in sat.lines[bar.region.y : bar.region.bottom]]
    return "\n".join(row.rstrip() for row in rows)


def on_card(sat: Sitting, text: str) -> Callable[[], bool]:
    return lambda: text in card(sat)


__all__ = ["asked", "card", "on_card", "replace"]
