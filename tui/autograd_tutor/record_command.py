"""Runs a lesson and writes what happened into a file."""

from __future__ import annotations

import sys
from pathlib import Path

from autograd_tutor.analysis.ending import failed_at
from autograd_tutor.client.refusals import refused_in
from autograd_tutor.course import target as targets
from autograd_tutor.course.asked import NOTHING, Asked
from autograd_tutor.course.target import Target
from autograd_tutor.limits.interface import MOST_LAST_LINES
from autograd_tutor.limits.lessons import MOST_MESSAGE_CHARACTERS
from autograd_tutor.messages import _, count
from autograd_tutor.playing.happenings import (
    Began,
    CannotRun,
    Happening,
    PlaythroughEnded,
    SetupRaised,
    StepEnded,
    Stopped,
)
from autograd_tutor.playing.playthrough import Playthrough
from autograd_tutor.recording import file
from autograd_tutor.recording.model import StepResult
from autograd_tutor.recording.printable import one_line, printable
from autograd_tutor.recording.trace import Recording, Trace
from autograd_tutor.render.outcome import TRUNCATED, failed_text
from autograd_tutor.render.running import Running
from autograd_tutor.render.unfollowed import unfollowed_text


def record(target: str, path: Path, sandbox: bool | None = None, asked: Asked = NOTHING) -> int:
    """Run the lesson `target`, write its recording to `path`, and say so on standard error.

    `sandbox`: whether it runs in one; None: if somebody else wrote it. `asked`: how it is run.
    Returns the exit status, which is that of `trace`. A target that is a recording is written anew.

    Raises CourseError where there is no such lesson, the file has problems, or a sandbox was asked
    for and there can be none; RecordingError where
    the recording cannot be written.
    """
    file.check_writable(path)
    found = asked.of_target(targets.find(target))
    with Playthrough(sandbox) as playthrough:
        as_meant = play(playthrough, found)
        recording = playthrough.recording
    if recording is None:
        return 1
    size = file.save(recording, path)
    print(f"{printable(path)}: {summary(recording, size)}", file=sys.stderr)
    return 0 if as_meant else 1


def play(playthrough: Playthrough, target: Target) -> bool:
    """Play the target; what falls short is said on standard error. Whether all was as meant."""
    as_meant = False
    with Running() as running:
        for happening in playthrough.play(target):
            if isinstance(happening, PlaythroughEnded):
                as_meant = happening.as_meant
            for line in shortfalls(happening):
                running.say(line)
    return as_meant


def shortfalls(happening: Happening) -> list[str]:
    """Why the recording holds less than the lesson, or not what was meant: a line for each."""
    match happening:
        case Began(unprotected=unprotected) if unprotected:
            return [f"autograd-tutor: {unprotected}"]
        case CannotRun(reason):
            return [f"autograd-tutor: {reason}"]
        case SetupRaised():
            return [_("{reason}; no step was run.").format(reason=_line(happening.reason))]
        case Stopped(trace, _, reason):
            return [
                _("Step {step} failed: {reason}").format(step=trace.step + 1, reason=_line(reason))
            ]
        case StepEnded(trace, result):
            ending = "." if happening.goes_on else _("; the recording ends there.")
            failures = _failures(trace, result)
            limit = TRUNCATED[result.truncated] if result.truncated else ""
            text = limit.format(moments=result.snapshots - 1, nodes=result.nodes)
            notes = (text, refused_in(result), unfollowed_text(result))
            return [
                *[
                    _("Step {step}: {note}").format(step=result.step + 1, note=note)
                    for note in notes
                    if note
                ],
                *[
                    _("Step {step} {each}{ending}").format(
                        step=result.step + 1, each=each.removesuffix("."), ending=ending
                    )
                    for each in failures
                ],
                *_last_words(trace, result),
            ]
    return []


def summary(recording: Recording, size: int) -> str:
    """What is in a recording of `size` bytes, in a line."""
    steps = 0 if recording.origin is None else len(recording.origin.codes)
    begun = len(recording.traces)
    moments = sum(len(trace) - 1 for trace in recording.traces.values() if trace.snapshots)
    whole = (
        count(steps, "step")
        if begun == steps
        else _("{begun} of {steps} steps").format(begun=begun, steps=steps)
    )
    in_file = _("{size:,.0f} kB").format(size=size / 1000) if size >= 1000 else count(size, "byte")
    return f"{whole}, {count(moments, 'moment')}, {in_file}."


def _failures(trace: Trace, result: StepResult) -> list[str]:
    """How the step failed."""
    error = result.error
    if result.ok:
        return []
    if result.failed:
        return [
            _("is not as expected: {expression}").format(expression=_line(each.expression))
            for each in result.failed
        ]
    if error is None:
        return [_("failed: it was meant to raise an exception, and did not")]
    failed = failed_at(trace, error)
    where = "" if failed is None else _(" at {lines}").format(lines=failed_text(failed))
    return [
        _("failed{where}: {text}").format(
            where=where, text=_line(f"{error.type}: {error.message}".removesuffix(": "))
        )
    ]


def _last_words(trace: Trace, result: StepResult) -> list[str]:
    """What a script printed before it ended itself: why, most likely."""
    if result.error is None or result.error.type != "SystemExit":
        return []
    printed = trace.snapshots[-1].stdout.rstrip().split("\n")[-MOST_LAST_LINES:]
    return [f"  {_line(each)}" for each in printed if each.strip()]


def _line(text: str) -> str:
    return one_line(text, MOST_MESSAGE_CHARACTERS)
