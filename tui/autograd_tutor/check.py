"""Validates lessons and runs them, and gathers all that is wrong with them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from autograd_tutor.analysis.curves import curve_of
from autograd_tutor.analysis.watch import is_watched
from autograd_tutor.client.refusals import refused_by
from autograd_tutor.course import library
from autograd_tutor.course import target as targets
from autograd_tutor.course.location import Location
from autograd_tutor.course.model import Step
from autograd_tutor.course.problem import LessonError, Problem, UnknownLesson, nearest, quoted
from autograd_tutor.course.target import Target
from autograd_tutor.limits.lessons import MOST_MESSAGE_CHARACTERS
from autograd_tutor.playing.happenings import (
    Began,
    CannotRun,
    Happening,
    SetupRaised,
    StepEnded,
    Stopped,
)
from autograd_tutor.playing.playthrough import Playthrough
from autograd_tutor.recording.model import Error, StepResult
from autograd_tutor.recording.printable import one_line, printable
from autograd_tutor.recording.recognition import RecordingError, is_recording
from autograd_tutor.recording.trace import Trace
from autograd_tutor.recording.wire import Limits

_TRUNCATED = {
    "snapshots": "the step has more snapshots than the limit of {snapshots}",
    "nodes": "the step has more nodes than the limit of {nodes}",
    "inputs": "the step has an operation with more inputs than are recorded; give it fewer",
    "output": "the step prints more than the limit of {output} bytes",
    "tracing replaced": "the step replaces the trace function that records it",
    "bytes": "the recording of the step grows too large; use smaller or fewer tensors in its loops",
    "builtins changed": "the step changes builtins, which its recording needs",
    "recording failed": "the recording of the step failed, which is a fault of autograd-tutor",
}


def run(
    paths: Sequence[str | os.PathLike[str]] = (), sandbox: bool | None = None
) -> tuple[int, list[Problem]]:
    """Check the lessons with these ids, files and folders, by default all that are listed.

    `sandbox`: whether they run in one; None: those that somebody else wrote. Raises NoSandbox.
    Returns how many files were checked, and their problems in the order of file and line.
    Each run's time is bounded by its lesson's limits. To be called on the main thread.
    """
    problems: list[Problem] = []
    files = list(_files(paths, problems))
    by_file: dict[Path, list[Problem]] = {path: [] for path in files}
    for clash in _clashes(path for path in files if not is_recording(path)):
        by_file[clash.path].append(clash)
    found: dict[Path, Target] = {}
    for path in files:
        try:
            found[path] = targets.load(path)
        except LessonError as error:
            by_file[path] += error.problems
        except RecordingError as error:
            by_file[path].append(Problem(path, 1, 1, error.flaw, error.mend))
    for path, more in zip(found, _examine(found.values(), sandbox), strict=True):
        by_file[path] += more
    for path in files:
        problems += sorted(by_file[path])
    return sum(path.is_file() for path in files), problems


def examine(found: Iterable[Target]) -> list[Problem]:
    """Play the lessons and gather what goes wrong, lesson by lesson. On the main thread only."""
    return [problem for problems in _examine(found) for problem in problems]


def _examine(found: Iterable[Target], sandbox: bool | None = None) -> Iterator[list[Problem]]:
    """The problems of each lesson when it is played."""
    with Playthrough(sandbox) as playthrough:
        for target in found:
            yield _Findings(target).of(playthrough.play(target))


def _files(paths: Sequence[str | os.PathLike[str]], problems: list[Problem]) -> Iterator[Path]:
    """The lessons' files without duplicates, as asked for; those of a folder ordered by name."""
    seen: set[str] = set()
    meant = [path for each in paths for path in _meant(each, problems)]
    for path in meant if paths else _listed():
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


def _listed() -> list[Path]:
    """The course and the learner's own lessons."""
    return [library.bundled_folder(), *library.lesson_files(library.own_folder())]


def _meant(target: str | os.PathLike[str], problems: list[Problem]) -> list[Path]:
    """The file or folder of this path, or all lessons with this id: of two, one has the problem."""
    if not isinstance(target, str):
        return [Path(target)]
    try:
        found = library.locate(target)
    except UnknownLesson as unknown:
        message = "there is no lesson, file or folder of this name"
        problems.append(Problem(Path(target), 1, 1, message, unknown.mend))
        return []
    named = list(library.named(target))
    return named if found in named else [found]


def _in_folder(folder: Path) -> Iterator[Path]:
    for root, folders, _ in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from library.lesson_files(Path(root))


def _clashes(files: Iterable[Path]) -> Iterator[Problem]:
    """A problem for every file whose id belongs to another one in its folder, or in the list."""
    listed = {_real(path): path for path in library.files()}
    first: dict[tuple[Path | None, str], Path] = {}
    for path in listed:
        first.setdefault((None, library.lesson_id(path)), path)
    for path in files:
        lesson_id, real = library.lesson_id(path), _real(path)
        other = first.setdefault((None if real in listed else real.parent, lesson_id), real)
        if other != real:
            message = f"its id {quoted(lesson_id)} is taken by {printable(other.name)}"
            yield Problem(path, 1, 1, message, "rename one of the two files")


def _real(path: Path) -> Path:
    """The path without the ways there are to write that of its folder."""
    return Path(os.path.realpath(path.parent), path.name)


class _Findings:
    """The problems of one lesson that show when it is run, each with its location."""

    def __init__(self, target: Target) -> None:
        self._lesson = target.lesson
        self._path = target.lesson.path
        self._where = ""
        """Which file the problem is in, where its location is in another."""
        if target.recording is not None and target.recording.origin is not None:
            self._where = f"in {printable(self._path)}, "
            self._path = Path(target.recording.origin.lesson.file)
        self.problems: list[Problem] = []

    def of(self, happenings: Iterable[Happening]) -> list[Problem]:
        """What goes wrong, up to the first step that cannot be passed."""
        for happening in happenings:
            match happening:
                case Began(unprotected=unprotected) if unprotected:
                    print(f"{printable(self._path)}: {unprotected}", file=sys.stderr)
                case CannotRun(reason):
                    self._add(Location(), f"the lesson cannot be run: {reason}", "mend that first")
                case SetupRaised(error):
                    location = self._lesson.setup_location.at(max(error.line, 1))
                    self._add(location, f"setup fails: {_in_short(error)}", "correct it here")
                case Stopped(trace, _, reason, _):
                    self._stopped(trace, reason)
                case StepEnded(trace):
                    self._judge(happening, trace)
        return self.problems

    def _stopped(self, trace: Trace, reason: str) -> None:
        """The run went no further in this step."""
        line = trace.snapshots[-1].next_line if trace.snapshots else 1
        step = self._lesson.steps[trace.step].with_code(trace.code)
        what, _, mend = reason.rstrip(".").rpartition(". ")
        if not what:
            what, mend = mend, "mend that first"
        mend = mend[:1].lower() + mend[1:]
        location = step.locations.code.at(max(line, 1))
        self._add(location, what[:1].lower() + what[1:], mend)

    def _judge(self, ended: StepEnded, trace: Trace) -> None:
        """Find what is wrong with a step that has ended."""
        own, result = self._lesson.steps[trace.step], ended.result
        step = own.with_code(trace.code)
        if step is own:
            self._judge_error(step, result)
        elif result.error is not None:
            line = trace.line_number(result.error.line)
            where = f" in line {line}" if line else ""
            message = f"the edited code of the step fails{where}: {_in_short(result.error)}"
            self._add(step.locations.code, message, "correct that code and record it again")
        for failed in result.failed:
            verb = "" if failed.reason.startswith("is ") else "does not evaluate: "
            message = f"expect: {_line(failed.expression)} {verb}{_line(failed.reason)}"
            mend = "correct it, or the code that it is about"
            self._add(_at(step.locations.expect, failed.index, step), message, mend)
        if result.refused and (result.error is None or result.error.refused is None):
            what = refused_by(result.refused).rstrip(".")
            mend = "take that out, or check it with --no-sandbox if you trust it"
            self._add(step.locations.code, f"the sandbox refuses it: {what}", mend)
        if not ended.goes_on:
            return
        if result.truncated:
            message = _TRUNCATED[result.truncated].format_map(_limits(self._lesson.limits))
            mend = "do less in one step, so that all of it is recorded"
            self._add(step.locations.code, message, mend)
        self._judge_names(step, trace)
        if step is own:
            self._judge_plot(step, result)

    def _judge_error(self, step: Step, result: StepResult) -> None:
        """Whether the step raised what it is meant to, and nothing else."""
        error, meant = result.error, step.raises
        if error is None:
            if meant is not None:
                message = f"the step did not raise {meant}"
                self._add(step.locations.raises, message, "remove raises, or make the code fail so")
            return
        if meant is not None and (result.ok or result.failed):
            return  # expectations are only evaluated if what was raised is what was meant
        location = step.locations.code.at(max(error.line, 1))
        if meant is not None:
            message = f"the step raised {_in_short(error)}, not {meant}"
            self._add(location, message, f"correct the code, or write raises: {error.type}")
        elif error.type == "TimeLimit":
            what, _, mend = error.message.partition("; ")
            self._add(location, f"the step was {_line(what)}", mend or "shorten the work")
        else:
            mend = "correct the code"
            if self._path.suffix != ".py":  # a script has no place for it
                mend += f", or write raises: {error.type} if it is meant to fail"
            self._add(location, f"the step fails: {_in_short(error)}", mend)

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
            if not any(is_watched(each, (name,)) for each in tensors | values):
                location = _at(step.locations.watch, index, step)
                self._judge_absent("watch", name, location, tensors | values, set())
        known = tensors | values
        for index, name in enumerate(step.plot.curve if step.plot is not None else ()):
            if curve_of(trace, name, len(trace)) is None:
                location = _at(step.locations.plot, index, step)
                self._judge_absent("curve", name, location, known - {name}, known & {name})

    def _judge_plot(self, step: Step, result: StepResult) -> None:
        """Whether the function that is to be drawn could be worked out."""
        plot, plotted = step.plot, result.plotted
        if plot is None or plotted is None:
            return
        if plotted.problem is not None:
            message = f"plot: the function {_line(plotted.problem)}"
            mend = "write a function of one number that torch can differentiate"
            self._add(_at(step.locations.plot, 0, step), message, mend)
        elif not plotted.at:
            message = f"plot: {quoted(plot.at)} is no single number in the step"
            mend = "name a tensor of one element, or a plain number"
            self._add(_at(step.locations.plot, 1, step), message, mend)

    def _judge_absent(
        self, key: str, name: str, location: Location, known: set[str], others: set[str]
    ) -> None:
        if name in others:
            message = f"{key}: {quoted(name)} is no {'number' if key == 'curve' else 'tensor'}"
        else:
            message = f"{key}: there is no {quoted(name)} after the step"
        meant = nearest(name, tuple(sorted(known)))
        mend = f"did you mean {printable(meant)}?" if meant else "name a variable of the lesson"
        self._add(location, message, mend)

    def _add(self, location: Location, message: str, mend: str) -> None:
        message = f"{self._where}{message}"
        problem = Problem(self._path, location.line, location.column, message, mend)
        self.problems.append(problem)


def _at(locations: tuple[Location, ...], index: int, step: Step) -> Location:
    return locations[index] if index < len(locations) else step.locations.step


def _limits(limits: Limits) -> dict[str, object]:
    return {"snapshots": limits.snapshots, "nodes": limits.nodes, "output": limits.output}


def _in_short(error: Error) -> str:
    text = _line(f"{error.type}: {error.message}" if error.message else error.type)
    return text if error.refused is None else f"{text} ({refused_by((error.refused,))})"


def _line(text: str) -> str:
    return one_line(text, MOST_MESSAGE_CHARACTERS)
