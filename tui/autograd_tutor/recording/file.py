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

import contextlib
import errno
import os
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from autograd_tutor.limits.records import FLAW_CHARACTERS, RECORD_BYTES, RECORDING_BYTES
from autograd_tutor.recording.origin_checks import check_origin
from autograd_tutor.recording.printable import one_line, printable
from autograd_tutor.recording.recognition import (
    MAGIC,
    SUFFIX,
    RecordingError,
    UnfitOutput,
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

_AGAIN = "record it again"

_UNFIT = {
    errno.ENOENT: "no file can be made in that folder; name another folder",
    errno.ENOTDIR: "there is no such folder; make it",
    errno.EACCES: "it may not be written there; name another folder, or change its permissions",
    errno.EPERM: "it may not be written there; name another folder, or change its permissions",
    errno.EROFS: "nothing can be written to that file system; name another folder",
    errno.ENAMETOOLONG: "the name is longer than the system allows; choose a shorter one",
    errno.ELOOP: "the links that lead there form a cycle; mend the links",
}
"""Why no recording at all can be written to a file."""

_FAILURES = {
    errno.ENOSPC: "the disk is full; make room and record again",
    errno.EDQUOT: "your share of the disk is full; make room and record again",
    errno.EFBIG: "the file would be larger than is allowed; record less in it",
}
"""Why this recording could not be written now."""


def check_writable(path: Path) -> None:
    """Raise RecordingError if `save` is sure to fail here, before something is recorded for it."""
    try:
        there = _status(path)
        folder = Path(os.path.realpath(path)).parent
        if there is not None:
            _check_replaceable(path, there.st_mode)
        elif not folder.is_dir():
            raise UnfitOutput(path, f"there is no folder {printable(folder)}; make it")
        probe = _temporary(folder)  # permissions alone do not say whether a file can be made
        open(probe, "xb").close()
        os.unlink(probe)
    except (OSError, ValueError) as error:
        raise _refusal(path, error) from error


def _check_replaceable(path: Path, mode: int) -> None:
    """Whether what is there may make room for a recording."""
    if stat.S_ISDIR(mode):
        raise UnfitOutput(path, "this is a folder; name a file in it")
    if not stat.S_ISREG(mode):
        raise UnfitOutput(path, "this is no ordinary file; name another")
    if not begins_as_recording(path):
        raise UnfitOutput(path, "this is no recording, so it is not replaced; name another file")


def save(recording: Recording, path: Path) -> int:
    """Write a recording; returns how many bytes the file has.

    A recording that was there before stays until the new file is whole. Raises RecordingError, and
    ValueError for a recording without an origin.
    """
    if recording.origin is None:
        raise ValueError("a recording without an origin")
    try:
        check_origin(recording.origin)
    except Invalid as flaw:
        raise RecordingError(path, f"it cannot be written, as {flaw}; do less in it") from None
    check_writable(path)
    real = Path(os.path.realpath(path))  # a link goes on leading to the file
    try:
        temporary = _temporary(real.parent)
        try:
            with open(temporary, "xb") as file:
                for piece in _compressed(recording, path):
                    file.write(piece)
                size = file.tell()
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, real)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise _refusal(path, error) from error
    return size


def load(path: Path) -> Recording:
    """Read a recording. Raises RecordingError for anything that `save` cannot have written."""
    try:
        with open_file(path) as file:
            return _read(file, path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RecordingError(path, f"the file cannot be read ({reason}); check its path") from error


def _read(file: BinaryIO, path: Path) -> Recording:
    head = file.read(_HEADER)
    if head[: len(MAGIC)] != MAGIC:
        raise RecordingError(path, "this is no recording; autograd-tutor record makes one")
    version = int.from_bytes(head[len(MAGIC) :], "big")
    if version > FORMAT:
        raise RecordingError(
            path,
            f"its format is {version}, and this autograd-tutor reads up to {FORMAT}; update "
            "autograd-tutor or, in case the file is damaged, record it again",
        )
    try:
        require(len(head) == _HEADER, "it is cut short")
        require(version > 0, f"there is no format {version}")
        return _recording(_frames(file))
    except zlib.error as error:
        raise RecordingError(path, f"the recording is damaged; {_AGAIN}") from error
    except Invalid as error:
        flaw = one_line(str(error), FLAW_CHARACTERS)
        raise RecordingError(path, f"the recording is damaged: {flaw}; {_AGAIN}") from error


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


def _compressed(recording: Recording, path: Path) -> Iterator[bytes]:
    assert recording.origin is not None
    yield MAGIC + FORMAT.to_bytes(2, "big")
    stream = zlib.compressobj(LEVEL)
    ends = [] if recording.end is None else [recording.end]
    size = 0
    for frame in (recording.origin, *recording.records, *ends):
        encoded = encode(frame)
        size += len(encoded)
        if size > RECORDING_BYTES or len(encoded) > RECORD_BYTES:
            limit = RECORDING_BYTES if size > RECORDING_BYTES else RECORD_BYTES
            what = f"more than {limit // 2**20} MiB were recorded"
            raise RecordingError(path, f"{what}; do less in one lesson, or in one line")
        yield stream.compress(encoded)
    yield stream.flush()


def _status(path: Path) -> os.stat_result | None:
    try:
        return os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _temporary(folder: Path) -> Path:
    """A name in the folder that no other file has."""
    return folder / f".{os.urandom(4).hex()}{SUFFIX}"


def _refusal(path: Path, error: Exception) -> RecordingError:
    """What to raise where a file cannot be written."""
    if not isinstance(error, OSError):
        return UnfitOutput(path, "this is no path; check its spelling")
    number = error.errno or 0
    if number in _UNFIT:
        return UnfitOutput(path, _UNFIT[number])
    unknown = f"it cannot be written ({error.strerror or error}); name another file"
    return RecordingError(path, _FAILURES.get(number, unknown))
