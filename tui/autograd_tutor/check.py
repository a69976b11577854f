"""Validates lessons and runs them, and gathers all that is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from autograd_tutor.client import Kernel, KernelEvent, RunRecord, reason_of_end
from autograd_tutor.course import library
from autograd_tutor.course import target as targets
from autograd_tutor.course.model import Lesson, Location, Step
from autograd_tutor.course.problem import LessonError, Problem, nearest, printable, quoted
from autograd_tutor.course.saved import from_saved
from autograd_tutor.recording.file import load as load_recording
from autograd_tutor.recording.model import Error, StepResult
from autograd_tutor.recording.recognition import RecordingError
from autograd_tutor.recording.trace import Recording, Trace
from autograd_tutor.recording.wire import (
    Broken,
    Ended,
    Limits,
    ResultRecord,
    RunEnded,
    SetupFailed,
    SnapshotRecord,
)

_TRUNCATED = {
    "snapshots": "the step has more snapshots than the limit of {snapshots}",
    "nodes": "the step has more nodes than the limit of {nodes}",
    "output": "the step prints more than the limit of {output} bytes",
    "tracing replaced": "the step replaces the trace function that records it",
    "bytes": "the recording of the step grows too large; use smaller or fewer tensors in its loops",
    "recording failed": "the recording of the step failed, which is a fault of autograd-tutor",
}


def run(paths: Sequence[str | os.PathLike[str]] = ()) -> tuple[int, list[Problem]]:
    """Check the lessons in these files and folders, all of them by default the course's.

    Returns how many lessons were looked at, and their problems in the order of file and place.
    Each run's time is bounded by its lesson's limits. To be called on the main thread.
    """
    problems: list[Problem] = []
    files = list(_files(paths, problems))
    problems += _clashes(files)
    lessons: list[Lesson] = []
    for path in files:
        try:
            if targets.is_recording(path):
                problems += recorded(path)
            else:
                lessons.append(library.load(path))
        except LessonError as error:
            problems += error.problems
    problems += examine(lessons)
    order = {path: place for place, path in enumerate(files)}
    return len(files), sorted(problems, key=lambda each: (order.get(each.path, -1), each))


def recorded(path: Path) -> list[Problem]:
    """What went wrong in a recorded run, at its place in the lesson's file; nothing is run."""
    try:
        recording = load_recording(path)
    except RecordingError as error:
        message, _, mend = str(error).rpartition("; ")
        return [Problem(path, 1, 1, message.partition(": ")[2], mend)]
    assert recording.origin is not None
    saved = recording.origin.lesson
    lesson = from_saved(saved, Path(saved.file))
    found = _Findings(lesson)
    for index, trace in recording.traces.items():
        step = lesson.steps[index]
        if trace.done:
            if not found.judge(step, trace):
                break
        elif recording.end is not None:
            end = recording.end
            cause = Ended(0, end.cause, end.code) if isinstance(end, RunEnded) else end
            found.stopped(step, trace, cause)
            break
    return found.problems


def examine(lessons: Sequence[Lesson]) -> list[Problem]:
    """Run the lessons and gather what goes wrong, lesson by lesson. On the main thread only."""
    if not lessons:
        return []
    with _Runner() as runner:
        return [problem for lesson in lessons for problem in runner.problems(lesson)]


def _files(paths: Sequence[str | os.PathLike[str]], problems: list[Problem]) -> Iterator[Path]:
    """The lessons' files, each once, in the order asked for; a folder's in that of their names."""
    seen: set[str] = set()
    for path in [Path(path) for path in paths] or [library.bundled_folder()]:
        if not path.is_dir():
            found = [path]
        else:
            found = list(_in_folder(path))
            if not found:
                message = "there is no lesson in this folder"
                problems.append(Problem(path, 1, 1, message, "a lesson's file ends in .yaml"))
        for file in found:
            real = os.path.realpath(file)
            if real not in seen:
                seen.add(real)
                yield file


def _in_folder(folder: Path) -> Iterator[Path]:
    for root, folders, _ in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from library.lesson_files(Path(root))


def _clashes(files: Iterable[Path]) -> Iterator[Problem]:
    """A problem for every file that has the id of another one in its folder."""
    first: dict[tuple[Path, str], Path] = {}
    for path in files:
        lesson_id = library.lesson_id(path)
        other = first.setdefault((path.parent, lesson_id), path)
        if other is not path:
            message = f"its id {quoted(lesson_id)} is taken by {printable(other.name)}"
            yield Problem(path, 1, 1, message, "rename one of the two files")


@dataclass(frozen=True)
class _Stopped:
    """Why a run goes no further: its setup failed, or its process is gone."""

    reason: SetupFailed | Ended | Broken


class _Runner:
    """Runs lessons one after the other in one kernel."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[list[KernelEvent]] = SimpleQueue()
        self._broken: Broken | None = None
        self._kernel = Kernel(self._queue.put)

    def __enter__(self) -> _Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self._kernel.close()

    def problems(self, lesson: Lesson) -> list[Problem]:
        """What goes wrong when the lesson is run, up to the first step that cannot be passed."""
        found = _Findings(lesson)
        kernel = self._kernel
        number = kernel.start_run(lesson.seed, lesson.setup, lesson.limits, lesson.path)
        recording = Recording()
        for index, step in enumerate(lesson.steps):
            trace = recording.begin(index, step.code)
            kernel.step(lesson.request(number, index))
            stopped = self._wait(number, recording, trace)
            if stopped is not None:
                found.stopped(step, trace, stopped.reason)
                break
            if not found.judge(step, trace):
                break
        kernel.kill(number)
        return found.problems

    def _wait(self, number: int, recording: Recording, trace: Trace) -> _Stopped | None:
        """Take what the run records until the step has ended, or the run has."""
        stopped: _Stopped | None = None
        while not trace.done and stopped is None:
            for event in self._queue.get():
                match event:
                    case RunRecord(run, SetupFailed() as failed) if run == number:
                        stopped = stopped or _Stopped(failed)
                    case RunRecord(run, (SnapshotRecord() | ResultRecord()) as record):
                        if run == number:
                            recording.add(record)
                    case Broken():
                        self._broken = event
                    case Ended(run=run) if run == number:
                        stopped = stopped or _Stopped(self._broken or event)
        return None if trace.done else stopped


class _Findings:
    """The problems of one lesson that show when it is run, each at its place in the file."""

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson
        self.problems: list[Problem] = []

    def stopped(self, step: Step, trace: Trace, reason: SetupFailed | Ended | Broken) -> None:
        """The run went no further in this step."""
        match reason:
            case Broken(why):
                self._add(Location(), f"the lesson cannot be run: {why}", "mend that first")
            case SetupFailed(error):
                place = self._lesson.setup_place.at(max(error.line, 1))
                self._add(place, f"setup fails: {_told(error)}", "correct it here")
            case Ended():
                line = trace.snapshots[-1].next_line if trace.snapshots else 1
                what, _, mend = reason_of_end(reason, self._lesson.limits).rpartition(". ")
                mend = (mend[:1].lower() + mend[1:]).rstrip(".")
                place = step.locations.code.at(max(line, 1))
                self._add(place, what[:1].lower() + what[1:], mend)

    def judge(self, step: Step, trace: Trace) -> bool:
        """Look at a step that has ended; returns whether the steps after it mean anything."""
        result = trace.result
        assert result is not None
        as_meant = self._judge_error(step, result)
        for failed in result.failed:
            told = "" if failed.reason.startswith("is ") else "does not evaluate: "
            message = f"expect: {_line(failed.expression)} {told}{_line(failed.reason)}"
            mend = "correct it, or the code that it is about"
            self._add(_at(step.locations.expect, failed.index, step), message, mend)
        if not as_meant:
            return False
        if result.truncated:
            told = _TRUNCATED[result.truncated].format_map(_limits(self._lesson.limits))
            mend = "do less in one step, so that all of it is recorded"
            self._add(step.locations.code, told, mend)
        self._judge_names(step, trace)
        return True

    def _judge_error(self, step: Step, result: StepResult) -> bool:
        """Whether the step ended as it is meant to."""
        error, meant = result.error, step.raises
        if error is None:
            if meant is not None:
                message = f"the step did not raise {meant}"
                self._add(step.locations.raises, message, "remove raises, or make the code fail so")
            return meant is None
        if meant is not None and (result.ok or result.failed):
            return True  # expectations are only evaluated if what was raised is what was meant
        place = step.locations.code.at(max(error.line, 1))
        if meant is not None:
            message = f"the step raised {_told(error)}, not {meant}"
            self._add(place, message, f"correct the code, or write raises: {error.type}")
        elif error.type == "TimeLimit":
            what, _, mend = error.message.partition("; ")
            self._add(place, f"the step was {_line(what)}", mend or "shorten the work")
        else:
            mend = f"correct the code, or write raises: {error.type} if it is meant to fail"
            self._add(place, f"the step fails: {_told(error)}", mend)
        return False

    def _judge_names(self, step: Step, trace: Trace) -> None:
        """Whether what is to be shown is there after the step, or was during it."""
        state = trace.state(len(trace) - 1)
        tensors, values = set(state.tensors), set(state.values)
        for snapshot in trace.snapshots:
            tensors |= snapshot.tensors.keys()
            values |= snapshot.values.keys()
        if step.graph is not None and step.graph not in tensors:
            self._judge_absent("graph", step.graph, step.locations.graph, tensors, values)
        for index, name in enumerate(step.watch):
            if not _is_shown(name, tensors | values):
                place = _at(step.locations.watch, index, step)
                self._judge_absent("watch", name, place, tensors | values, set())

    def _judge_absent(
        self, key: str, name: str, place: Location, known: set[str], others: set[str]
    ) -> None:
        if name in others:
            message = f"{key}: {quoted(name)} is no tensor"
        else:
            message = f"{key}: there is no {quoted(name)} after the step"
        meant = nearest(name, tuple(sorted(known)))
        mend = f"did you mean {printable(meant)}?" if meant else "name a variable of the lesson"
        self._add(place, message, mend)

    def _add(self, place: Location, message: str, mend: str) -> None:
        problem = Problem(self._lesson.path, place.line, place.column, message, mend)
        self.problems.append(problem)


def _at(places: tuple[Location, ...], index: int, step: Step) -> Location:
    return places[index] if index < len(places) else step.locations.step


def _is_shown(name: str, known: set[str]) -> bool:
    """Whether the name, or a tensor inside of what it names, is among the known ones."""
    return name in known or any(each.startswith((f"{name}.", f"{name}[")) for each in known)


def _limits(limits: Limits) -> dict[str, object]:
    return {"snapshots": limits.snapshots, "nodes": limits.nodes, "output": limits.output}


def _told(error: Error) -> str:
    return _line(f"{error.type}: {error.message}") if error.message else error.type


def _line(text: str, most: int = 200) -> str:
    """The text on one line that is not longer than `most` characters."""
    joined = " ".join(text.split())
    return printable(joined if len(joined) <= most else joined[: most - 1] + "…")
