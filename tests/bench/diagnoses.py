"""How long a diagnosis takes, and questions about a tensor: a training, 10,000 moments."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from bench.forks import apart
from bench.measured import Figure, median, say
from bench.recording import Snippet, record

ADAM = Path(__file__).with_name("snippets") / "adam.py"


def figures(repetitions: int) -> list[Figure]:
    """The rows of the table."""
    say("diagnoses")
    seconds, asking, moments = apart("bench.diagnoses", repetitions)
    what, asked = "diagnosing a training with Adam", "asking then about its slowest tensor"
    note = f"{moments:,} moments"
    return [
        Figure(what, median(seconds), "s", at_most=1, note=note),
        Figure(asked, median(asking), "s", at_most=0.1, note=note),
    ]


def measure(repetitions: int) -> tuple[list[float], list[float], int]:
    """Record once, diagnose several times, ask about every tensor as the key w does then.

    The seconds of each diagnosis, those of the slowest answer after each, and how many moments
    there are.
    """
    from autograd_tutor.analysis.diagnosis.diagnose import diagnose
    from autograd_tutor.analysis.diagnosis.run import Run
    from autograd_tutor.recording.model import Snapshot
    from autograd_tutor.recording.trace import Recording
    from autograd_tutor.recording.wire import FrameReader, ResultRecord, SnapshotRecord, encode
    from autograd_tutor.render.findings.asked_view import asked_view

    snapshots: list[Snapshot] = []
    code = ADAM.read_text()
    _, result = record(Snippet(code), snapshots.append)
    snapshots = [each for each in snapshots if each.step == result.step]
    recording = Recording()
    recording.begin(result.step, code)
    reader: FrameReader[SnapshotRecord | ResultRecord] = FrameReader(SnapshotRecord | ResultRecord)
    for sent in (*[SnapshotRecord(each) for each in snapshots], ResultRecord(result)):
        for received in reader.feed(encode(sent)):
            recording.add(received)
    seconds, asking = [], []
    trace = recording.traces[result.step]
    last = len(trace) - 1
    for _ in range(repetitions):
        known = Run(recording)
        begin = time.perf_counter()
        diagnose(recording, None, known)
        seconds.append(time.perf_counter() - begin)
        took = []
        for name in trace.state(last).tensors:
            begin = time.perf_counter()
            asked_view(known, trace, last, name, 80)
            took.append(time.perf_counter() - begin)
        asking.append(max(took))
    return seconds, asking, len(snapshots)


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
