"""What nobody can have recorded is refused, though it is a whole file of records."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made import backward, ended, node, parameter, ran, root, scalar, tensor
from made import snapshot as moment
from msgspec.structs import replace
from recording_files import (
    bodies_of,
    forged,
    framed,
    loaded,
    origin,
    packed,
    record,
    recording,
    refusal,
)
from walked import walk

from autograd_tutor.recording.model import (
    Backward,
    Error,
    FailedExpectation,
    Saved,
    Stats,
    Tensor,
    Wrapper,
)
from autograd_tutor.recording.picture import Picture
from autograd_tutor.recording.plots import Plot, PlottedFunction
from autograd_tutor.recording.questions import Answer, Verdict
from autograd_tutor.recording.saved_lesson import SavedLocations, SavedStep
from autograd_tutor.recording.trace import Recording
from autograd_tutor.recording.wire import (
    Limits,
    ResultRecord,
    RunEnded,
    SetupFailed,
    SnapshotRecord,
    encode,
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording of a small lesson that has a little of everything."""
    return record(tmp_path_factory.mktemp("recorded"))


ONE = scalar(1.0)
STATS = Stats(2000, 2000, 0.0, 1.0, 0.5, 0.3, 25.0, 0, 0, (1,) * 16)
CHAIN = (node(1, "AddBackward0", 2), node(2, "MulBackward0", 3), node(3, "AccumulateGrad"))


LARGE = replace(ONE, raw=None, shape=(2000,), edges=bytes(24), stats=STATS)


def of_tensor(value: Tensor) -> Recording:
    return recording(moment(0, tensors={"a": value}))


PICTURE = Picture(2, 3, 40, 50, 1.0, bytes(6), bytes(6))


def of_picture(name: str = "a", **changes: Any) -> Recording:
    pictures = {name: replace(PICTURE, **changes)}
    return recording(moment(0, tensors={"a": LARGE}, pictures=pictures))


def of_pass(*nodes: Backward, **changes: Any) -> Recording:
    """A pass in which these nodes of CHAIN ran."""
    moments = [ran(index, each) for index, each in enumerate(nodes, 1)]
    last = moment(len(nodes) + 1, line=2, passes=(ended(**({"nodes": len(nodes)} | changes)),))
    return recording(moment(0, nodes=CHAIN), *moments, replace(last, next_line=0))


def edited(**changes: Any) -> Recording:
    """Other code ran than the lesson's, which was to raise an exception."""
    made = recording(moment(0), **changes)
    assert made.origin is not None
    step = SavedStep("s0", "Title", "", "raise ValueError", expect=("True",), raises="ValueError")
    lesson = replace(made.origin.lesson, steps=(step,))
    made.origin = replace(made.origin, lesson=lesson)
    return made


def with_end(made: Recording, end: SetupFailed | RunEnded) -> Recording:
    made.end = end
    return made


def without_result(made: Recording) -> Recording:
    made.records.pop()
    return made


def with_origin(**changes: Any) -> Recording:
    made = recording(moment(0))
    assert made.origin is not None
    made.origin = replace(made.origin, **changes)
    return made


def with_lesson(**changes: Any) -> Recording:
    made = recording(moment(0))
    assert made.origin is not None
    made.origin = replace(made.origin, lesson=replace(made.origin.lesson, **changes))
    return made


def with_step(**changes: Any) -> Recording:
    made = recording(moment(0))
    assert made.origin is not None
    (step,) = made.origin.lesson.steps
    return with_lesson(steps=(replace(step, **changes),))


def with_plot(plot: Plot, plotted: PlottedFunction | None = None) -> Recording:
    made = recording(moment(0), plotted=plotted)
    assert made.origin is not None
    (step,) = made.origin.lesson.steps
    lesson = replace(made.origin.lesson, steps=(replace(step, plot=plot),))
    made.origin = replace(made.origin, lesson=lesson)
    return made


NAN, INF = float("nan"), float("inf")
CURVE, FUNCTION = Plot(curve=("a",)), Plot(function="f", at="a")


def repeated(made: Recording, *order: int) -> Recording:
    made.records = [made.records[at] for at in order]
    return made


FAILED = SetupFailed(Error("ValueError", "no", 1, ""))
FORGED: dict[str, tuple[Callable[[], Recording], str]] = {
    "indices out of order": (
        lambda: repeated(recording(moment(0), moment(1)), 1, 0, 2), "moment 1 where moment 0"
    ),
    "a moment twice": (
        lambda: repeated(recording(moment(0), moment(1)), 0, 0, 1, 2), "moment 0 where moment 1"
    ),
    "a moment that is left out": (
        lambda: repeated(recording(moment(0), moment(1)), 0, 2), "has 1 moments, not 2"
    ),
    "a step that is not there": (
        lambda: repeated(recording(moment(0)), 0, 1, 0), "step 1 where moment 0 of step 2"
    ),
    "a result twice": (lambda: repeated(recording(moment(0)), 0, 1, 1), "step 1 ends where step 2"),
    "no result": (lambda: without_result(recording(moment(0))), "step 1 has no end"),
    "a number of moments": (lambda: recording(moment(0), snapshots=7), "has 1 moments, not 7"),
    "a setup that fails late": (lambda: with_end(recording(moment(0)), FAILED), "setup fails"),
    "an end after the last step": (
        lambda: with_end(recording(moment(0)), RunEnded("exit", 0, 1.0)), "a step too many"
    ),
    "an end at no time": (
        lambda: with_end(Recording(origin("a")), RunEnded("exit", 0, float("nan"))),
        "the end of the run has no valid duration",
    ),
    "a result at no time": (
        lambda: recording(moment(0), seconds=float("inf")), "step 1 has no valid duration"
    ),
    "an expectation that is not there": (
        lambda: recording(moment(0), failed=(FailedExpectation(1, "x", "y"),)), "expectations"
    ),
    "a function that the lesson does not have": (
        lambda: recording(moment(0), plotted=PlottedFunction()), "does not have drawn"
    ),
    "a function where the lesson has a curve": (
        lambda: with_plot(CURVE, PlottedFunction()), "does not have drawn"
    ),
    "points of a function that are not in order": (
        lambda: with_plot(FUNCTION, PlottedFunction(((1.0, 2.0, 0.0), (0.0, 2.0, 0.0)))),
        "not in order",
    ),
    "a point of a function that is there twice": (
        lambda: with_plot(FUNCTION, PlottedFunction((), ((1.0, 2.0, 0.0), (1.0, 2.0, 0.0)))),
        "not in order",
    ),
    "a point of a function at nan": (
        lambda: with_plot(FUNCTION, PlottedFunction(((NAN, 2.0, 0.0),))), "not in order"
    ),
    "a point of a function without end": (
        lambda: with_plot(FUNCTION, PlottedFunction((), ((0.0, 0.0, 0.0), (INF, 0.0, 0.0)))),
        "not in order",
    ),
    "a problem of a function that is too long": (
        lambda: with_plot(FUNCTION, PlottedFunction(problem="x" * 5_000_000)),
        "cannot be decoded",
    ),
    "a question that is answered twice": (
        lambda: recording(moment(0, answers=(Answer(0, ("a",)),)), answers=(Answer(0, ("a",)),)),
        "question 1 is answered twice",
    ),
    "a question that is answered twice at one moment": (
        lambda: recording(moment(0, answers=(Answer(2), Answer(2)))), "question 3 is answered twice"
    ),
    "an answer and why there is none": (
        lambda: recording(moment(0), answers=(Answer(0, ("1",), problem="no"),)), "answer and none"
    ),
    "a number as two texts": (
        lambda: recording(moment(0), answers=(Answer(1, ("1", "2"), 1.0),)), "answer and none"
    ),
    "an answer of many texts": (
        lambda: recording(moment(0), answers=(Answer(0, ("",) * 101),)), "question 1 is too long"
    ),
    "answers without end": (
        lambda: recording(moment(0), answers=tuple(map(Answer, range(10_001)))), "be decoded"
    ),
    "a negative question": (lambda: recording(moment(0, answers=(Answer(-1),))), "be decoded"),
    "a solved exercise with a mistake": (
        lambda: recording(moment(0), verdict=Verdict(True, mistake="m")), "judged in two ways"
    ),
    "a solved exercise with a check that fails": (
        lambda: recording(moment(0), verdict=Verdict(True, check=0)), "judged in two ways"
    ),
    "a mistake and a check": (
        lambda: recording(moment(0), verdict=Verdict(False, "", "m", 0)), "judged in two ways"
    ),
    "a solved exercise with a flaw": (
        lambda: recording(moment(0), verdict=Verdict(True, "but")), "is said to have a flaw"
    ),
    "a mistake with control characters": (
        lambda: recording(moment(0), verdict=Verdict(False, mistake="\x1b")), "control characters"
    ),
    "a plot of nothing": (lambda: with_plot(Plot()), "a plot of nothing"),
    "a plot of a curve and a function": (
        lambda: with_plot(replace(CURVE, function="f")), "a plot of nothing"
    ),
    "a plot from here to here": (
        lambda: with_plot(replace(FUNCTION, low=1.0)), "a plot without a range"
    ),
    "a plot from nowhere": (
        lambda: with_plot(replace(FUNCTION, low=NAN)), "a plot without a range"
    ),
    "a plot without end": (
        lambda: with_plot(replace(FUNCTION, high=INF)), "a plot without a range"
    ),
    "a location of no plot": (
        lambda: with_step(locations=SavedLocations(plot=((1, 1, True),))), "locations of nothing"
    ),
    "locations of more than there is of a plot": (
        lambda: with_step(plot=CURVE, locations=SavedLocations(plot=((1, 1, True),) * 2)),
        "locations of nothing",
    ),
    "a plot that is too large": (
        lambda: with_plot(Plot(curve=("x" * 1000,) * 2000)), "larger than 1 MiB"
    ),
    "a pass that is none": (
        lambda: recording(moment(0), moment(1, event="backward")), "does not match its contents"
    ),
    "a node that is no pass": (
        lambda: recording(moment(0, backward=backward(1, ONE))), "does not match its contents"
    ),
    "an error that is none": (
        lambda: recording(moment(0), moment(1, event="error")), "does not match its contents"
    ),
    "a failure that is yet to come": (
        lambda: recording(moment(0), moment(1, failure=2)), "does not match its contents"
    ),
    "a failure where nothing failed": (
        lambda: recording(moment(0), moment(1), moment(2, failure=1)), "does not match its contents"
    ),
    "a failure of itself": (
        lambda: recording(moment(0), moment(1, raised=True, failure=1)),
        "does not match its contents",
    ),
    "a start that raises": (
        lambda: recording(moment(0, event="start", raised=True)), "does not match its contents"
    ),
    "calls without end": (
        lambda: recording(moment(0), moment(1, depth=2**40)), "too many calls"
    ),
    "a start inside of a call": (
        lambda: recording(moment(0, depth=1)), "does not match its contents"
    ),
    "a start at a line": (lambda: recording(moment(0, line=1)), "does not match its contents"),
    "a step without a start": (
        lambda: recording(moment(0, event="line", line=1)), "not where a step starts"
    ),
    "a second start": (
        lambda: recording(moment(0), moment(1, event="start", line=0)), "not where a step starts"
    ),
    "a line that is not there": (
        lambda: recording(moment(0), moment(1, line=6)), "is of line 6 of 5"
    ),
    "a next line that is not there": (
        lambda: recording(moment(0, next_line=9)), "is of line 9 of 5"
    ),
    "a node of a line that is not there": (
        lambda: recording(moment(0, nodes=(node(1, "A", line=6),))), "node 1 is of line 6 of 5"
    ),
    "bytes that are too few": (lambda: of_tensor(replace(ONE, raw=b"\0\0")), "do not fit its"),
    "bytes that are too many": (lambda: of_tensor(replace(ONE, raw=bytes(8))), "do not fit"),
    "bytes of another type": (lambda: of_tensor(replace(ONE, dtype="torch.int64")), "do not fit"),
    "bytes of no type": (lambda: of_tensor(replace(ONE, dtype="torch.int3")), "do not fit"),
    "bytes for a large tensor": (lambda: of_tensor(tensor(*[0.0] * 1001)), "too large"),
    "edges that do not fit": (
        lambda: of_tensor(replace(ONE, raw=None, shape=(2000,), edges=bytes(20), stats=STATS)),
        "edges do not fit",
    ),
    "a batch along a dimension that is not there": (
        lambda: of_tensor(replace(ONE, wrappers=(Wrapper(1, 0),))),
        "no dimension where its batch should be",
    ),
    "two batches along one dimension": (
        lambda: of_tensor(replace(LARGE, wrappers=(Wrapper(2, 0), Wrapper(1, 0)))),
        "no dimension where its batch should be",
    ),
    "wrappers without end": (
        lambda: of_tensor(replace(ONE, wrappers=(Wrapper(1, None),) * 17)), "decoded"
    ),
    "a level below the first": (
        lambda: of_tensor(replace(ONE, wrappers=(Wrapper(0, None),))), "decoded"
    ),
    "edges without end": (
        lambda: of_tensor(replace(ONE, raw=None, shape=(6,) * 5, edges=bytes(4 * 6**5))),
        "too large",
    ),
    "bytes without end": (
        lambda: of_tensor(replace(ONE, raw=bytes(64_001))), "cannot be decoded"
    ),
    "dimensions without end": (
        lambda: of_tensor(replace(ONE, raw=None, shape=(1,) * 100_000)), "cannot be decoded"
    ),
    "elements without end": (
        lambda: of_tensor(replace(ONE, raw=None, shape=(2**62, 0, 2**62))), "no tensor has"
    ),
    "many dimensions of one element": (lambda: of_tensor(replace(ONE, shape=(1,) * 65)), "shape"),
    "a histogram without end": (
        lambda: of_tensor(replace(ONE, stats=replace(STATS, histogram=(1,) * 1001))), "decoded"
    ),
    "a negative size": (lambda: of_tensor(replace(ONE, raw=None, shape=(-1,))), "decoded"),
    "a negative count": (
        lambda: of_tensor(replace(ONE, stats=replace(STATS, nan=-1))), "cannot be decoded"
    ),
    "a tangent of another shape": (
        lambda: of_tensor(replace(ONE, tangent=tensor(1.0, 2.0))), "a tangent has another shape"
    ),
    "a tangent whose bytes do not fit": (
        lambda: of_tensor(replace(ONE, tangent=replace(ONE, raw=bytes(3)))), "bytes do not fit"
    ),
    "a tangent of a node that is not there": (
        lambda: of_tensor(replace(ONE, tangent=replace(ONE, grad_fn=7))), "node 7"
    ),
    "a tensor of a node that is not there": (
        lambda: of_tensor(replace(ONE, grad_fn=7)), "node 7, which is not there"
    ),
    "a gradient of such a node": (
        lambda: of_tensor(parameter(1.0, grad=replace(ONE, grad_fn=8))), "node 8, which is not"
    ),
    "an edge to a node that is not there": (
        lambda: recording(moment(0, nodes=(*CHAIN[:2],))), "node 3, which is not there"
    ),
    "a node that ran and is not there": (
        lambda: recording(moment(0), ran(1, backward(4, ONE))), "node 4, which is not there"
    ),
    "a saved tensor of such a node": (
        lambda: recording(
            moment(0, nodes=CHAIN),
            ran(1, backward(3, ONE, saved=(Saved("self", replace(ONE, grad_fn=9)),))),
        ),
        "node 9, which is not there",
    ),
    "a pass from such a node": (
        lambda: recording(moment(0, passes=(ended(root(5)),))), "node 5, which is not there"
    ),
    "a pass that failed at such a node": (
        lambda: recording(moment(0, passes=(ended(failed=6),))), "node 6, which is not there"
    ),
    "a pass to such a node": (
        lambda: recording(moment(0, passes=(ended(targets=(None, 7)),))), "node 7, which is not"
    ),
    "a node twice": (lambda: recording(moment(0, nodes=(*CHAIN, CHAIN[0]))), "a second time"),
    "a node of a later step": (
        lambda: recording(moment(0, nodes=(node(1, "A", step=1),))), "yet to come"
    ),
    "a negative id": (lambda: recording(moment(0, nodes=(node(-1, "A"),))), "decoded"),
    "an edge to a negative id": (
        lambda: recording(moment(0, nodes=(node(1, "A", -2),))), "decoded"
    ),
    "a node behind itself": (lambda: recording(moment(0, nodes=(node(1, "A", 1),))), "leads back"),
    "a cycle": (
        lambda: recording(moment(0, nodes=CHAIN[:2]), moment(1, nodes=(node(3, "A", None, 1),))),
        "leads back",
    ),
    "control characters in a name": (
        lambda: recording(moment(0, tensors={"a\x1b[2J": ONE})), "control characters in 'a\\x1b[2J'"
    ),
    "control characters in another": (
        lambda: recording(moment(0, values={"a\x9b": "1"})), "control characters"
    ),
    "control characters in what went": (
        lambda: recording(moment(0, gone=("a\n",))), "control characters"
    ),
    "control characters in a dtype": (
        lambda: of_tensor(replace(ONE, raw=None, dtype="\x1b[2J")), "control characters"
    ),
    "a name without end": (
        lambda: recording(moment(0, gone=("n" * 30_000,))), "record 1 cannot be decoded"
    ),
    "a text without end": (
        lambda: recording(moment(0, values={"a": "n" * 5_000_000})), "record 1 cannot be decoded"
    ),
    "inputs without end": (
        lambda: recording(moment(0, nodes=(node(1, "StackBackward0", *[None] * 10_001),))),
        "record 1 cannot be decoded",
    ),
    "statistics beside elements": (lambda: of_tensor(replace(ONE, stats=STATS)), "both its elem"),
    "statistics of other elements": (
        lambda: of_tensor(replace(LARGE, stats=replace(STATS, count=1999))), "do not fit its shape"
    ),
    "statistics of more than there is": (
        lambda: of_tensor(replace(LARGE, stats=replace(STATS, sampled=2001))), "do not fit its sh"
    ),
    "more bars than elements": (
        lambda: of_tensor(replace(LARGE, stats=replace(STATS, nan=1990))), "do not fit its shape"
    ),
    "control characters in an operation": (
        lambda: recording(moment(0, nodes=(node(1, "Mul\x1b[2J"),))), "control characters"
    ),
    "control characters in the name of an output": (
        lambda: recording(moment(0, nodes=(node(1, "A", variable="\x07"),))), "control characters"
    ),
    "control characters in a function": (
        lambda: recording(moment(0), moment(1, function="f\r")), "control characters"
    ),
    "control characters in a leaf": (
        lambda: of_pass(backward(3, ONE, leaf="\x1b")), "control characters"
    ),
    "control characters in a saved name": (
        lambda: of_pass(backward(3, ONE, saved=(Saved("\x1b", "1"),))), "control characters"
    ),
    "control characters in a saved variable": (
        lambda: of_pass(backward(3, ONE, saved=(Saved("self", ONE, "\x1b"),))), "control charact"
    ),
    "control characters in a root": (
        lambda: recording(moment(0, nodes=CHAIN, passes=(ended(root(3, "\x1b")),))), "control char"
    ),
    "control characters in an input": (
        lambda: recording(moment(0, passes=(ended(inputs=("\x1b",)),))), "control characters"
    ),
    "control characters in a grad_fn": (
        lambda: of_tensor(replace(ONE, grad_fn_name="\x1b")), "control characters"
    ),
    "an operation without end": (
        lambda: recording(moment(0, nodes=(node(1, "n" * 30_000),))), "record 1 cannot be decoded"
    ),
    "a node that runs twice": (
        lambda: of_pass(backward(3, ONE), backward(3, ONE)), "node 3 runs twice in pass 1"
    ),
    "gradients for edges that are not there": (
        lambda: of_pass(backward(3, ONE, (ONE,))), "node 3 sends gradients"
    ),
    "edges without gradients": (lambda: of_pass(backward(1, ONE, ())), "node 1 sends gradients"),
    "a pass that ends twice": (
        lambda: recording(moment(0, passes=(ended(),)), moment(1, passes=(ended(),))),
        "pass 1 ends twice",
    ),
    "a pass of more nodes than ran": (
        lambda: of_pass(backward(3, ONE), nodes=2), "pass 1 has 1 nodes, not 2"
    ),
    "a pass of nodes that did not run": (
        lambda: recording(moment(0, passes=(ended(nodes=1),))), "pass 1 has 0 nodes, not 1"
    ),
    "nodes that were not recorded": (
        lambda: recording(moment(0, nodes=CHAIN), nodes=4), "step 1 has 3 nodes, not 4"
    ),
    "success where something failed": (
        lambda: recording(moment(0), failed=(FailedExpectation(0, "True", "x"),)),
        "step 1 is as expected against",
    ),
    "success where something was raised": (
        lambda: recording(moment(0), error=FAILED.error), "step 1 is as expected against"
    ),
    "failure without a reason": (
        lambda: recording(moment(0), ok=False), "step 1 is not as expected against"
    ),
    "success where nothing was raised": (
        lambda: with_step(raises="ValueError"), "step 1 is as expected against"
    ),
    "an expectation of other code": (
        lambda: edited(failed=(FailedExpectation(0, "True", "x"),), ok=False), "expectations that"
    ),
    "the meant error of other code": (
        lambda: edited(error=FAILED.error), "step 1 is as expected against"
    ),
    "much code": (lambda: with_step(code="a = 1\n" * 700_000), "larger than 1 MiB"),
    "much other code": (lambda: with_origin(codes=("a = 1\n" * 700_000,)), "larger than 1 MiB"),
    "much explanation": (lambda: with_step(explain="- **a**\n" * 500_000), "larger than 1 MiB"),
    "much setup": (lambda: with_lesson(setup="a = 1\n" * 700_000), "larger than 1 MiB"),
    "much of everything": (
        lambda: with_step(code="#" * 400_000, explain="#" * 400_000, title="#" * 400_000),
        "larger than 1 MiB",
    ),
    "many long expectations": (lambda: with_step(expect=("x" * 200,) * 9_000), "larger than 1 MiB"),
    "a lesson without a file": (lambda: with_lesson(file=""), "no plain name"),
    "a lesson in another folder": (lambda: with_lesson(file="../../x"), "no plain name"),
    "a lesson that is a folder": (lambda: with_lesson(file=".."), "no plain name"),
    "control characters in a file's name": (lambda: with_lesson(file="a\x1b"), "no plain name"),
    "control characters in an id": (lambda: with_lesson(id="a\x1b"), "control characters"),
    "locations of nothing": (
        lambda: with_step(locations=SavedLocations(watch=((1, 1, True),))), "locations of nothing"
    ),
    "more cells than bytes": (lambda: of_picture(rows=3), "other cells"),
    "fewer bytes than cells": (lambda: of_picture(means=bytes(5)), "other cells"),
    "a picture without cells": (
        lambda: of_picture(rows=0, means=b"", largest=b""), "other cells"
    ),
    "more cells than elements": (lambda: of_picture(width=2), "other cells"),
    "a picture that is too large": (
        lambda: of_picture(rows=65, columns=1, height=99, means=bytes(65), largest=bytes(65)),
        "other cells",
    ),
    "marks of other cells": (lambda: of_picture(marks=b"1"), "other cells"),
    "a scale that is none": (lambda: of_picture(scale=float("nan")), "scale"),
    "a picture of more than there can be": (lambda: of_picture(width=2**62), "no tensor has"),
    "a picture with an odd name": (lambda: of_picture("\x1b"), "control characters"),
    "a picture with a negative size": (lambda: of_picture(height=-1), "decoded"),
    "no step": (lambda: with_lesson(steps=()), "no step"),
    "code for another step": (lambda: with_origin(codes=("a", "b")), "1 steps and code for 2"),
    "no version": (lambda: with_origin(torch="2\x1b[2J"), "control characters"),
    "a limit that nothing keeps": (
        lambda: with_lesson(limits=Limits(seconds=float("nan"))), "invalid limits"
    ),
    "a line that is none": (lambda: with_lesson(setup_location=(0, 1, True)), "decoded"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_what_nobody_recorded_is_refused(name: str, tmp_path: Path) -> None:
    make, shown = FORGED[name]
    assert shown in refusal(tmp_path, forged(make()))


@pytest.mark.parametrize(
    "made",
    [
        lambda: of_tensor(LARGE),
        lambda: of_picture(marks=bytes(6), sampled=True),
        lambda: of_pass(backward(1, ONE, (ONE,)), backward(2, ONE, (None,)), backward(3, ONE)),
        lambda: of_pass(backward(3, ONE), nodes=5, left_out="lost"),
        lambda: edited(),
        lambda: with_origin(codes=("\x0c\r" * 9,)),
    ],
    ids=["a large tensor", "a picture", "a pass", "a broken pass", "other code", "odd code"],
)
def test_what_may_be_recorded_is_read(made: Callable[[], Recording], tmp_path: Path) -> None:
    recorded = made()
    if "lost" in repr(recorded.records):
        recorded.records[-1] = ResultRecord(
            replace(recorded.records[-1].result, truncated="recording failed")  # type: ignore[union-attr]
        )
    assert list(walk(loaded(recorded, tmp_path)))


def test_nothing_comes_after_the_end_of_a_run(tmp_path: Path) -> None:
    frames = origin("a"), RunEnded("exit", 0, 1.0), SnapshotRecord(moment(0))
    shown = refusal(tmp_path, packed(b"".join(map(encode, frames))))
    assert "after the end of the run" in shown


def test_it_says_once_of_what_it_is(small: Path, tmp_path: Path) -> None:
    first, *rest = bodies_of(small)
    assert "a second lesson" in refusal(tmp_path, packed(framed([first, first, *rest])))
    assert "does not begin" in refusal(tmp_path, packed(framed([*rest, first])))


@pytest.mark.parametrize("broken", ["recording failed", "run ended"])
def test_nodes_may_be_missing_where_the_recording_was_broken_off(
    broken: str, tmp_path: Path
) -> None:
    """A recorder that fails loses the nodes of that moment; what refers to them can be walked."""
    lost = replace(ONE, grad_fn=7)
    if broken == "run ended":
        made = with_end(without_result(of_tensor(lost)), RunEnded("signal", 9, 1.0))
    else:
        made = recording(moment(0, tensors={"a": lost}), truncated="recording failed")
    assert list(walk(loaded(made, tmp_path)))
