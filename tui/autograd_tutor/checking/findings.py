"""The problems of one lesson that show when it is run, each at its place with its mend."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from autograd_tutor.analysis.curves import curve_of
from autograd_tutor.analysis.watch import is_watched
from autograd_tutor.client.refusals import refused_by
from autograd_tutor.course.location import Location
from autograd_tutor.course.model import Step
from autograd_tutor.course.problem import Problem, nearest, quoted
from autograd_tutor.course.target import Target
from autograd_tutor.limits.lessons import MOST_MESSAGE_CHARACTERS
from autograd_tutor.messages import _
from autograd_tutor.playing.happenings import (
    Began,
    CannotRun,
    Happening,
    SetupRaised,
    StepEnded,
    Stopped,
)
from autograd_tutor.recording.model import Error, StepResult
from autograd_tutor.recording.printable import one_line, printable
from autograd_tutor.recording.trace import Trace
from autograd_tutor.recording.wire import Limits

TRUNCATED_WORDS = {
    "snapshots": _("the step has more snapshots than the limit of {snapshots}"),
    "nodes": _("the step has more nodes than the limit of {nodes}"),
    "inputs": _("the step has an operation with more inputs than are recorded; give it fewer"),
    "output": _("the step prints more than the limit of {output} bytes"),
    "tracing replaced": _("the step replaces the trace function that records it"),
    "bytes": _(
        "the recording of the step grows too large; use smaller or fewer tensors in its loops"
    ),
    "builtins changed": _("the step changes builtins, which its recording needs"),
    "recording failed": _("the recording of the step failed, which is a fault of autograd-tutor"),
}


class Findings:
    """The problems of one lesson that show when it is run, each with its location."""

    def __init__(self, target: Target) -> None:
        self._lesson = target.lesson
        self._path = target.lesson.path
        self._where = ""
        """Which file the problem is in, where its location is in another."""
        if target.recording is not None and target.recording.origin is not None:
            self._where = _("in {path}, ").format(path=printable(self._path))
            self._path = Path(target.recording.origin.lesson.file)
        self.problems: list[Problem] = []

    def of(self, happenings: Iterable[Happening]) -> list[Problem]:
        """What goes wrong, up to the first step that cannot be passed."""
        for happening in happenings:
            match happening:
                case Began(unprotected=unprotected) if unprotected:
                    print(f"{printable(self._path)}: {unprotected}", file=sys.stderr)
                case CannotRun(reason):
                    self.add(
                        Location(),
                        _("the lesson cannot be run: {reason}").format(reason=reason),
                        _("mend that first"),
                    )
                case SetupRaised(error):
                    location = self._lesson.setup_location.at(max(error.line, 1))
                    self.add(
                        location,
                        _("setup fails: {error}").format(error=in_short(error)),
                        _("correct it here"),
                    )
                case Stopped(trace, _, reason, _):
                    self._stopped(trace, reason)
                case StepEnded(trace):
                    self._judge(happening, trace)
        return self.problems

    def _stopped(self, trace: Trace, reason: str) -> None:
        """The run went no further in this step."""
        line = trace.snapshots[-1].next_line if trace.snapshots else 1
        step = self._lesson.steps[trace.step].with_code(trace.code)
        what, _unused, mend = reason.rstrip(".").rpartition(". ")
        if not what:
            what, mend = mend, _("mend that first")
        mend = mend[:1].lower() + mend[1:]
        location = step.locations.code.at(max(line, 1))
        self.add(location, what[:1].lower() + what[1:], mend)

    def _judge(self, ended: StepEnded, trace: Trace) -> None:
        """Find what is wrong with a step that has ended."""
        own, result = self._lesson.steps[trace.step], ended.result
        step = own.with_code(trace.code)
        if step is own:
            self._judge_error(step, result)
        elif result.error is not None:
            line = trace.place(result.error.line)
            where = _(" in line {line}").format(line=line) if line else ""
            message = _("the edited code of the step fails{where}: {error}").format(
                where=where, error=in_short(result.error)
            )
            self.add(step.locations.code, message, _("correct that code and record it again"))
        for failed in result.failed:
            verb = "" if failed.reason.startswith("is ") else _("does not evaluate: ")
            message = _("expect: {expression} {verb}{reason}").format(
                expression=on_one_line(failed.expression),
                verb=verb,
                reason=on_one_line(failed.reason),
            )
            mend = _("correct it, or the code that it is about")
            self.add(_at(step.locations.expect, failed.index, step), message, mend)
        if result.refused and (result.error is None or result.error.refused is None):
            what = refused_by(result.refused).rstrip(".")
            mend = _("take that out, or check it with --no-sandbox if you trust it")
            self.add(
                step.locations.code, _("the sandbox refuses it: {what}").format(what=what), mend
            )
        if not ended.goes_on:
            return
        if result.truncated:
            message = TRUNCATED_WORDS[result.truncated].format_map(_limits(self._lesson.limits))
            mend = _("do less in one step, so that all of it is recorded")
            self.add(step.locations.code, message, mend)
        self._judge_names(step, trace)
        if step is own:
            self._judge_plot(step, result)

    def _judge_error(self, step: Step, result: StepResult) -> None:
        """Whether the step raised what it is meant to, and nothing else."""
        error, meant = result.error, step.raises
        if error is None:
            if meant is not None:
                message = _("the step did not raise {meant}").format(meant=meant)
                self.add(
                    step.locations.raises, message, _("remove raises, or make the code fail so")
                )
            return
        if meant is not None and (result.ok or result.failed):
            return  # expectations are only evaluated if what was raised is what was meant
        location = step.locations.code.at(max(error.line, 1))
        if meant is not None:
            message = _("the step raised {error}, not {meant}").format(
                error=in_short(error), meant=meant
            )
            self.add(
                location,
                message,
                _("correct the code, or write raises: {type}").format(type=error.type),
            )
        elif error.type == "TimeLimit":
            what, _unused, mend = error.message.partition("; ")
            self.add(
                location,
                _("the step was {what}").format(what=on_one_line(what)),
                mend or _("shorten the work"),
            )
        else:
            mend = _("correct the code")
            if self._path.suffix != ".py":  # a script has no place for it
                mend += _(", or write raises: {type} if it is meant to fail").format(
                    type=error.type
                )
            self.add(location, _("the step fails: {error}").format(error=in_short(error)), mend)

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
            message = _("plot: the function {problem}").format(problem=on_one_line(plotted.problem))
            mend = _("write a function of one number that torch can differentiate")
            self.add(_at(step.locations.plot, 0, step), message, mend)
        elif not plotted.at:
            message = _("plot: {at} is no single number in the step").format(at=quoted(plot.at))
            mend = _("name a tensor of one element, or a plain number")
            self.add(_at(step.locations.plot, 1, step), message, mend)

    def _judge_absent(
        self, key: str, name: str, location: Location, known: set[str], others: set[str]
    ) -> None:
        if name in others:
            is_no = (
                _("{key}: {name} is no number")
                if key == "curve"
                else _("{key}: {name} is no tensor")
            )
            message = is_no.format(key=key, name=quoted(name))
        else:
            message = _("{key}: there is no {name} after the step").format(
                key=key, name=quoted(name)
            )
        meant = nearest(name, tuple(sorted(known)))
        mend = (
            _("did you mean {meant}?").format(meant=printable(meant))
            if meant
            else _("name a variable of the lesson")
        )
        self.add(location, message, mend)

    def add(self, location: Location, message: str, mend: str) -> None:
        """Add a problem of the lesson."""
        message = f"{self._where}{message}"
        problem = Problem(self._path, location.line, location.column, message, mend)
        self.problems.append(problem)


def _at(locations: tuple[Location, ...], index: int, step: Step) -> Location:
    return locations[index] if index < len(locations) else step.locations.step


def _limits(limits: Limits) -> dict[str, object]:
    return {"snapshots": limits.snapshots, "nodes": limits.nodes, "output": limits.output}


def in_short(error: Error) -> str:
    """What was raised, and what of the sandbox refused it, on one line."""
    text = on_one_line(f"{error.type}: {error.message}" if error.message else error.type)
    return text if error.refused is None else f"{text} ({refused_by((error.refused,))})"


def on_one_line(text: str) -> str:
    """The text as it stands in a message."""
    return one_line(text, MOST_MESSAGE_CHARACTERS)
