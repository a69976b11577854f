"""Recording files taken apart and put together again, with right checksums whatever is in them."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from made import result

from autograd_tutor.recording.file import FORMAT, load, save
from autograd_tutor.recording.model import Snapshot
from autograd_tutor.recording.recognition import MAGIC, RecordingError
from autograd_tutor.recording.saved_lesson import Origin, SavedLesson, SavedStep
from autograd_tutor.recording.trace import Recording
from autograd_tutor.recording.wire import HEADER, Limits, ResultRecord, SnapshotRecord, encode
from autograd_tutor.recording.wire import MAGIC as FRAME

PREFIX = MAGIC + FORMAT.to_bytes(2, "big")

LESSON = """\
format: 1
title: Small
summary: A little of everything.
setup: import torch
steps:
  - id: square
    title: A square
    explain: "**Squares**"
    code: |
      w = torch.tensor([3.0, -1.0], requires_grad=True)
      def f(t):
          return t * t
      loss = f(w).sum()
      loss.backward()
    watch: [w]
    plot: {function: "lambda t: t ** 2", at: loss, from: 0, to: 4}
    expect: ["w.grad[0] == 6"]
  - id: kinds
    title: All kinds of values
    explain: It fails.
    code: |
      print("\\x1b[31mred")
      big = torch.linspace(0, 1, 2000)
      odd = {"a": torch.tensor([1j, float("nan")]), "n": 3}
      (g,) = torch.autograd.grad((w * w).sum(), w)
      w @ torch.ones(3)
    raises: RuntimeError
"""


def record(folder: Path, lesson: str = LESSON) -> Path:
    """Run a lesson with the program; the file that it writes."""
    (folder / "small.yaml").write_text(lesson, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "autograd_tutor", "record", "small.yaml", "-o", "small.agt"],
        cwd=folder, capture_output=True, text=True, check=False, env=dict(os.environ),
    )  # fmt: skip
    assert (folder / "small.agt").exists(), done.stderr
    return folder / "small.agt"


def stream_of(path: Path) -> bytes:
    """The frames, side by side."""
    data = path.read_bytes()
    assert data.startswith(PREFIX)
    return zlib.decompress(data[len(PREFIX) :])


def packed(stream: bytes) -> bytes:
    """A file with these frames."""
    return PREFIX + zlib.compress(stream, 1)


def bodies_of(path: Path) -> list[Any]:
    """Every frame, decoded into lists, dictionaries, numbers, strings and bytes."""
    stream, at, bodies = stream_of(path), 0, []
    while at < len(stream):
        length = int.from_bytes(stream[at + len(FRAME) : at + HEADER], "big")
        bodies.append(msgspec.msgpack.decode(stream[at + HEADER : at + HEADER + length]))
        at += HEADER + length
    return bodies


def framed(bodies: list[Any]) -> bytes:
    """The frames of such bodies."""
    encoded = [msgspec.msgpack.encode(body) for body in bodies]
    return b"".join(FRAME + len(each).to_bytes(4, "big") + each for each in encoded)


def origin(*codes: str, **changes: Any) -> Origin:
    steps = tuple(
        SavedStep(f"s{number}", "Title", "Explanation", code, expect=("True",))
        for number, code in enumerate(codes)
    )
    lesson = SavedLesson("made", "made.yaml", "Made", "By hand", "", steps, limits=Limits())
    fields: dict[str, Any] = {
        "lesson": lesson, "codes": codes, "torch": "2.13.0", "python": "3.11.2",
        "program": "0.1.0", "recorded": "2025-01-31T12:00:00Z",
    }  # fmt: skip
    return Origin(**(fields | changes))


CODE = "a = 1\nb = 2\nc = 3\nd = 4\n"


def recording(*moments: Snapshot, **changes: Any) -> Recording:
    """One step of these moments, and its end."""
    made = Recording(origin(CODE))
    made.begin(0, CODE)
    for each in moments:
        made.add(SnapshotRecord(each))
    counts = {"snapshots": len(moments), "nodes": sum(len(each.nodes) for each in moments)}
    made.add(ResultRecord(result(**(counts | changes))))
    return made


def forged(made: Recording) -> bytes:
    """The file of a recording, whatever is in it."""
    assert made.origin is not None
    ends = [] if made.end is None else [made.end]
    return packed(b"".join(map(encode, (made.origin, *made.records, *ends))))


def loaded(made: Recording, folder: Path) -> Recording:
    save(made, folder / "made.agt")
    return load(folder / "made.agt")


def refusal(folder: Path, data: bytes) -> str:
    """What is said of a file with these bytes, without the file's name."""
    path = folder / "forged.agt"
    path.write_bytes(data)
    with pytest.raises(RecordingError) as caught:
        load(path)
    shown = str(caught.value)
    assert shown.startswith(f"{path}: ")
    assert shown.isprintable()
    assert len(shown) - len(str(path)) < 300
    return shown.removeprefix(f"{path}: ")
