"""A recording in a file: the frames of the wire behind a magic number and a version, compressed.

| bytes | what |
|---|---|
| 8 | MAGIC |
| 2 | FORMAT, big-endian |
| rest | one zlib stream of frames |

The first frame is the `Origin`. The records of all steps follow in their order, then `SetupFailed`
or `RunEnded`, where the run was over before its time. The stream has to come to its end: the
checksum that stands there says that nothing is missing.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from autograd_tutor.limits.records import FLAW_CHARACTERS, RECORD_BYTES, RECORDING_BYTES
from autograd_tutor.messages import _
from autograd_tutor.recording import output
from autograd_tutor.recording.origin_checks import check_origin
from autograd_tutor.recording.output import Kind
from autograd_tutor.recording.printable import one_line
from autograd_tutor.recording.recognition import (
    MAGIC,
    SUFFIX,
    RecordingError,
    begins_as_recording,
    open_file,
)
from autograd_tutor.recording.saved_lesson import Origin
from autograd_tutor.recording.trace import Recording
from autograd_tutor.recording.validation import Validator
from autograd_tutor.recording.value_checks import Invalid, require
from autograd_tutor.recording.wire import (
    BadFrame,
    FrameReader,
    ResultRecord,
    RunEnded,
    SetupFailed,
    SnapshotRecord,
    encode,
)

FORMAT = 1
"""Goes up when older programs could not read a file."""

LEVEL = 6
"""Of compression. The 200-epoch MLP of the benchmark, 1.7 MB: 398 kB in 7 ms at level 1, 352 kB in
11 ms at level 6, 349 kB in 16 ms at level 9."""

_CHUNK = 2**16
_HEADER = len(MAGIC) + 2

Frame = Origin | SnapshotRecord | ResultRecord | SetupFailed | RunEnded

_AGAIN = _("record it again")

_RECORDING = Kind("recording", "record", SUFFIX, begins_as_recording)


def check_writable(path: Path) -> None:
    """Raise RecordingError if `save` is sure to fail here, before something is recorded for it."""
    output.check_writable(path, _RECORDING)


def save(recording: Recording, path: Path) -> int:
    """Write a recording; returns how many bytes the file has.

    A recording that was there before stays until the new file is whole. Raises RecordingError, and
    ValueError for a recording without an origin.
    """
    if recording.origin is None:
        raise ValueError("a recording without an origin")
    ends = [] if recording.end is None else [recording.end]
    return save_frames(recording.origin, (*recording.records, *ends), path)


def save_frames(origin: Origin, frames: Iterable[Frame], path: Path) -> int:
    """As `save`, of what a recording consists of, which need not be in memory all at once."""
    try:
        check_origin(origin)
    except Invalid as flaw:
        raise RecordingError(path, f"it cannot be written, as {flaw}; do less in it") from None
    return output.write(path, _compressed(chain([origin], frames), path), _RECORDING)


def load(path: Path) -> Recording:
    """Read a recording. Raises RecordingError for anything that `save` cannot have written."""
    try:
        with open_file(path) as file:
            return _read(file, path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RecordingError(
            path, _("the file cannot be read ({reason}); check its path").format(reason=reason)
        ) from error


def _read(file: BinaryIO, path: Path) -> Recording:
    head = file.read(_HEADER)
    if head[: len(MAGIC)] != MAGIC:
        raise RecordingError(path, _("this is no recording; autograd-tutor record makes one"))
    version = int.from_bytes(head[len(MAGIC) :], "big")
    if version > FORMAT:
        raise RecordingError(
            path,
            _(
                "its format is {version}, and this autograd-tutor reads up to {known}; update "
                "autograd-tutor or, in case the file is damaged, record it again"
            ).format(version=version, known=FORMAT),
        )
    try:
        require(len(head) == _HEADER, "it is cut short")
        require(version > 0, f"there is no format {version}")
        return _recording(_frames(file))
    except zlib.error as error:
        raise RecordingError(
            path, _("the recording is damaged; {mend}").format(mend=_AGAIN)
        ) from error
    except Invalid as error:
        flaw = one_line(str(error), FLAW_CHARACTERS)
        raise RecordingError(
            path, _("the recording is damaged: {flaw}; {mend}").format(flaw=flaw, mend=_AGAIN)
        ) from error


def _recording(frames: Iterator[Frame]) -> Recording:
    origin = next(frames, None)
    if not isinstance(origin, Origin):
        raise Invalid("it does not begin with its lesson")
    validator = Validator(origin)
    recording = Recording(origin)
    for frame in frames:
        if isinstance(frame, Origin):
            raise Invalid("there is a second lesson in it")
        step = validator.step
        validator.add(frame)
        if step not in recording.traces and step < len(origin.codes):
            recording.begin(step, origin.codes[step], origin.lesson.steps[step].first_line)
        if isinstance(frame, SetupFailed | RunEnded):
            recording.end = frame
        else:
            recording.add(frame)
    validator.close()
    return recording


def _frames(file: BinaryIO) -> Iterator[Frame]:
    """Every frame of the file. Raises zlib.error or Invalid."""
    stream = zlib.decompressobj()
    reader: FrameReader[Frame] = FrameReader(Frame, RECORD_BYTES)
    size = 0
    count = 0
    while not stream.eof:
        data = stream.unconsumed_tail or file.read(_CHUNK)
        if not data:
            raise Invalid("it is cut short")
        frames = stream.decompress(data, _CHUNK)
        size += len(frames)
        if size > RECORDING_BYTES:
            raise Invalid(f"it is larger than {RECORDING_BYTES // 2**20} MiB")
        try:
            for frame in reader.feed(frames):
                count += 1
                yield frame
        except BadFrame as error:
            what = f"record {count}" if count else "its lesson"
            raise Invalid(f"{what} cannot be decoded") from error
    if reader.pending:
        raise Invalid("its last record is cut short")
    if stream.unused_data or file.read(1):
        raise Invalid("there are bytes after its end")


def _compressed(frames: Iterable[Frame], path: Path) -> Iterator[bytes]:
    yield MAGIC + FORMAT.to_bytes(2, "big")
    stream = zlib.compressobj(LEVEL)
    size = 0
    for frame in frames:
        encoded = encode(frame)
        size += len(encoded)
        if size > RECORDING_BYTES or len(encoded) > RECORD_BYTES:
            limit = RECORDING_BYTES if size > RECORDING_BYTES else RECORD_BYTES
            what = f"more than {limit // 2**20} MiB were recorded"
            raise RecordingError(path, f"{what}; do less in one lesson, or in one line")
        yield stream.compress(encoded)
    yield stream.flush()
