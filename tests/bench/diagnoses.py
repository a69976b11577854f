"""How long the diagnosis of a long recording takes: a training with Adam, 10,000 moments."""

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
    seconds, moments = apart("bench.diagnoses", repetitions)
    what = "diagnosing a training with Adam"
    return [Figure(what, median(seconds), "s", at_most=1, note=f"{moments:,} moments")]


def measure(repetitions: int) -> tuple[list[float], int]:
    """Record once, diagnose several times; the seconds of each, and how many moments there are."""
    from autograd_tutor.analysis.diagnosis.diagnose import diagnose
    from autograd_tutor.recording.model import Snapshot
    from autograd_tutor.recording.trace import Recording
    from autograd_tutor.recording.wire import FrameReader, ResultRecord, SnapshotRecord, encode

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
    seconds = []
    for _ in range(repetitions):
        begin = time.perf_counter()
        diagnose(recording)
        seconds.append(time.perf_counter() - begin)
    return seconds, len(snapshots)


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
