"""Runs a lesson, or replays a recording, without a screen: reports it in text or as JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from autograd_tutor.course import target as targets
from autograd_tutor.course.asked import NOTHING, Asked
from autograd_tutor.course.model import Lesson
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
from autograd_tutor.playing.key_messages import untranslated
from autograd_tutor.playing.playthrough import Playthrough
from autograd_tutor.recording import export
from autograd_tutor.recording.trace import Recording, Trace
from autograd_tutor.render import narration
from autograd_tutor.render.printing import Printer
from autograd_tutor.render.rows import Row, row

if TYPE_CHECKING:
    from autograd_tutor.analysis.diagnosis.finding import Finding


class Reporter(Protocol):
    """Reports what happens, as it happens."""

    def report(self, happening: Happening) -> None:
        """Report one thing."""

    def report_findings(self, recording: Recording) -> None:
        """Report what goes wrong in the steps that mark it."""


def trace(
    target: str,
    as_json: bool,
    backward: bool = False,
    sandbox: bool | None = None,
    asked: Asked = NOTHING,
) -> int:
    """Run the lesson `target` and report what happens; returns the exit status.

    `backward`: in text, report every node of a backward pass; JSON always does. `sandbox`: whether
    it runs in one; None: if somebody else wrote it. `asked`: how a script is run.

    Raises CourseError where there is no such lesson, the file has problems, or a sandbox was asked
    for and there can be none; RecordingError
    for a recording that cannot be read.
    """
    found = asked.of_target(targets.find(target))
    lesson, file = found.lesson.shown, found.file
    reporter: Reporter = (
        JsonReporter(lesson, file) if as_json else TextReporter(lesson, backward, file)
    )
    if lesson.unfit_translation:
        _complain(untranslated(lesson))
    with Playthrough(sandbox) as playthrough:
        status = report(playthrough.play(found), reporter)
        if playthrough.recording is not None:
            reporter.report_findings(playthrough.recording)
    return status


def report(happenings: Iterator[Happening], reporter: Reporter) -> int:
    """Report everything; returns the exit status."""
    as_meant = False
    for happening in happenings:
        match happening:
            case CannotRun(reason):
                _complain(reason)
            case PlaythroughEnded():
                as_meant = happening.as_meant
            case _:
                if isinstance(happening, Began) and happening.unprotected:
                    _complain(happening.unprotected)
                reporter.report(happening)
    return 0 if as_meant else 1


class TextReporter:
    """Sentences on standard output."""

    def __init__(self, lesson: Lesson, backward: bool, file: str | None = None) -> None:
        self._lesson = lesson
        self._file = file
        self._backward = backward
        self._next = 0
        """The first snapshot of the step that is still to be considered."""
        self._since = 0
        """The first snapshot of the step that has not been printed."""
        self._printer = Printer()

    def report(self, happening: Happening) -> None:
        """Print it."""
        lesson, print_rows = self._lesson, self._printer.print
        count = len(lesson.steps)
        match happening:
            case Began(torch, sandboxed):
                rows = narration.lesson_rows(
                    lesson.id, lesson.title, torch, lesson.seed, self._file, sandboxed
                )
                print_rows(rows)
            case StepBegan(index, _):
                self._next = self._since = 0
                step = lesson.steps[index]
                print_rows(narration.step_rows(index, count, step.title, step.explain))
            case Recorded(trace, index):
                self._print_up_to(trace, index)
            case StepEnded(trace, result):
                self._print_up_to(trace, len(trace) - 1, unended=True)
                step = lesson.steps[trace.step].with_code(trace.code)
                print_rows([row()])
                expected = len(step.expect)
                print_rows(narration.result_rows(result, step.raises, expected, trace))
                if not happening.goes_on:
                    print_rows(narration.unrun_rows(trace.step, count))
            case SetupRaised(error):
                print_rows(narration.setup_rows(error))
            case Stopped(trace, _, reason, _):
                self._print_up_to(trace, len(trace) - 1, unended=True)
                print_rows(narration.stopped_rows(trace.step, count, reason))

    def report_findings(self, recording: Recording) -> None:
        """Print what goes wrong."""
        from autograd_tutor.render.findings.finding_rows import finding_rows

        for each in _marked(self._lesson, recording):
            self._printer.print([row(), *finding_rows(each, recording)])

    def _print_up_to(self, trace: Trace, last: int, unended: bool = False) -> None:
        """Print what is new. A backward pass waits for the line that asked for it, and comes after
        its heading, unless that line never ends (`unended`).
        """
        if self._next > last:
            return
        first = trace.snapshots[self._next]
        if first.backward is None or unended or trace.snapshots[last].depth < first.depth:
            begin, self._next = self._next, last + 1
            self._printer.print(self._rows(trace, begin, last))

    def _rows(self, trace: Trace, begin: int, last: int, within: int = 0) -> Iterator[Row]:
        """What happened at the snapshots from `begin` to `last`.

        `within`: the depth up to which the lines that asked for passes are not among them.
        """
        while begin <= last:
            end, inside, depth = begin, list[Row](), trace.snapshots[begin].depth
            if trace.snapshots[begin].backward is not None and depth > within:
                later = range(begin + 1, last + 1)
                end = next((at for at in later if trace.snapshots[at].depth < depth), last + 1)
                inside += self._rows(trace, begin, end - 1, depth)
                if end > last or trace.snapshots[end].event == "end":
                    yield from narration.unended_rows(trace, begin, end - 1, self._since, inside)
                    begin = self._since = end
                    continue
            if self._backward or trace.snapshots[end].backward is None:
                yield from narration.snapshot_rows(trace, end, self._since, inside)
                self._since = end + 1
            begin = end + 1


class JsonReporter:
    """The JSON lines of `trace --json`; what is no part of them goes to standard error."""

    def __init__(self, lesson: Lesson, file: str | None = None) -> None:
        self._lesson = lesson
        self._file = file

    def report(self, happening: Happening) -> None:
        """Print the happening as JSON lines. Steps that are not run have no line."""
        lesson = self._lesson
        match happening:
            case Began(torch, sandboxed):
                line = export.lesson(
                    lesson.id, lesson.title, torch, lesson.seed, self._file, sandboxed
                )
                _print_json(line)
            case StepBegan(index, code):
                step = lesson.steps[index]
                _print_json(export.step(index, step.id, step.title, code, step.first_line))
            case Recorded(trace, index):
                snapshot = trace.snapshots[index]
                for node in snapshot.nodes:
                    at = export.in_file(trace, node.line, node.step)
                    _print_json(export.node(node) | at)
                at = export.in_file(trace, snapshot.line) | export.followed(trace, snapshot)
                _print_json(export.snapshot(snapshot) | at)
            case StepEnded(_, result):
                _print_json(export.result(result))
            case SetupRaised():
                _complain(happening.reason)
            case Stopped(trace, _, reason, seconds):
                _print_json(export.stopped(trace, happening.limit, reason, seconds))

    def report_findings(self, recording: Recording) -> None:
        """Print a JSON line for each finding."""
        from autograd_tutor.render.findings.finding_fields import finding_fields

        for each in _marked(self._lesson, recording):
            _print_json({"type": "finding", **finding_fields(each, recording)})


def _marked(lesson: Lesson, recording: Recording) -> list[Finding]:
    """What goes wrong, in the steps that have it marked."""
    from autograd_tutor.analysis.diagnosis.diagnose import diagnose

    marking = {index for index, step in enumerate(lesson.steps) if step.marks_findings}
    if not marking:
        return []
    return [each for each in diagnose(recording) if each.place.step in marking]


def _complain(message: str) -> None:
    print(f"autograd-tutor: {message}", file=sys.stderr)


def _print_json(line: export.Object) -> None:
    # ASCII: it can be printed in every locale, and no control character comes through.
    print(json.dumps(line, ensure_ascii=True, allow_nan=False), flush=True)
