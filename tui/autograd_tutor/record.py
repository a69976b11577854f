"""Runs a lesson and writes what happened into a file."""

from __future__ import annotations

import sys
from pathlib import Path

from autograd_tutor.course import target as targets
from autograd_tutor.playing.happenings import CannotRun, PlaythroughEnded
from autograd_tutor.playing.playthrough import Playthrough
from autograd_tutor.recording import file
from autograd_tutor.recording.recognition import printable
from autograd_tutor.recording.trace import Recording
from autograd_tutor.render.sentences import count


def record(target: str, path: Path) -> int:
    """Run the lesson `target`, write its recording to `path`, and say so on standard error.

    Returns the exit status, which is that of `trace`. A target that is a recording is written anew.

    Raises CourseError where there is no such lesson, or the file has problems; RecordingError where
    the recording cannot be written.
    """
    file.check_writable(path)
    found = targets.find(target)
    as_meant = False
    with Playthrough() as playthrough:
        for happening in playthrough.play(found):
            match happening:
                case CannotRun(reason):
                    print(f"autograd-tutor: {reason}", file=sys.stderr)
                case PlaythroughEnded():
                    as_meant = happening.as_meant
        recording = playthrough.recording
    if recording is None:
        return 1
    size = file.save(recording, path)
    print(f"{printable(path)}: {summary(recording, size)}", file=sys.stderr)
    return 0 if as_meant else 1


def summary(recording: Recording, size: int) -> str:
    """What is in a recording of `size` bytes, in a line."""
    steps = 0 if recording.origin is None else len(recording.origin.codes)
    begun = len(recording.traces)
    moments = sum(len(trace) - 1 for trace in recording.traces.values() if trace.snapshots)
    whole = count(steps, "step") if begun == steps else f"{begun} of {steps} steps"
    return f"{whole}, {count(moments, 'moment')}, {size / 1000:,.0f} kB."
