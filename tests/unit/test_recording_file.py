"""Recordings in files: they come back as they were, and what nobody recorded is refused."""

from __future__ import annotations

import copy
import errno
import os
import random
import resource
import stat
import time
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from made import backward, doubled, ended, node, parameter, ran, result, root, scalar, tensor
from made import snapshot as moment
from msgspec.structs import replace
from recording_files import PREFIX, bodies_of, framed, packed, record, stream_of
from walked import walk

from autograd_tutor import limits
from autograd_tutor.recording import file
from autograd_tutor.recording.file import load, save
from autograd_tutor.recording.model import Error, FailedExpectation, Saved, Snapshot, Stats, Tensor
from autograd_tutor.recording.recognition import MAGIC, RecordingError, is_recording
from autograd_tutor.recording.saved_lesson import Origin, SavedLesson, SavedStep
from autograd_tutor.recording.trace import Recording
from autograd_tutor.recording.wire import (
    Limits,
    ResultRecord,
    RunEnded,
    SetupFailed,
    SnapshotRecord,
    encode,
)

MUTATIONS = 5_000
SECONDS = 60.0
MEBIBYTES = 256


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording of a small lesson that has a little of everything."""
    return record(tmp_path_factory.mktemp("recorded"))


def origin(*codes: str, **changes: Any) -> Origin:
    steps = tuple(
        SavedStep(f"s{number}", "Title", "Explanation", code, expect=("True",))
        for number, code in enumerate(codes)
    )
    lesson = SavedLesson("made", "made.yaml", "Made", "By hand", "", steps, limits=Limits())
    fields = {
        "lesson": lesson, "codes": codes, "torch": "2.13.0", "python": "3.11.2",
        "program": "0.1.0", "recorded": "2025-01-31T12:00:00Z",
    }  # fmt: skip
    return Origin(**(fields | changes))


def recording(*moments: Snapshot, **changes: Any) -> Recording:
    """One step of these moments, and its end."""
    made = Recording(origin("a = 1\nb = 2\n"))
    made.begin(0, "a = 1\nb = 2\n")
    for each in moments:
        made.add(SnapshotRecord(each))
    made.add(ResultRecord(result(**({"snapshots": len(moments)} | changes))))
    return made


def loaded(made: Recording, folder: Path) -> Recording:
    save(made, folder / "made.agt")
    return load(folder / "made.agt")


def refusal(folder: Path, data: bytes) -> str:
    """What is said of a file with these bytes, without the file's name."""
    path = folder / "forged.agt"
    path.write_bytes(data)
    with pytest.raises(RecordingError) as caught:
        load(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: ")
    assert said.isprintable()
    assert len(said) - len(str(path)) < 300
    return said.removeprefix(f"{path}: ")


class TestRoundTrip:
    def test_a_recording_comes_back_as_it_was(self, tmp_path: Path) -> None:
        made = recording(*doubled().snapshots)
        again = loaded(made, tmp_path)
        assert again.origin == made.origin
        assert again.records == made.records
        assert again.end is None
        assert again.nodes == made.nodes
        assert again.traces[0].snapshots == made.traces[0].snapshots
        assert again.traces[0].state(7) == made.traces[0].state(7)

    def test_a_recording_by_the_program_comes_back_byte_for_byte(
        self, small: Path, tmp_path: Path
    ) -> None:
        assert save(load(small), tmp_path / "again.agt") == small.stat().st_size
        assert (tmp_path / "again.agt").read_bytes() == small.read_bytes()

    @pytest.mark.parametrize(
        "end",
        [
            SetupFailed(Error("ValueError", "no", 1, "Traceback\nValueError: no\n")),
            RunEnded("signal", 11, 0.25),
        ],
    )
    def test_how_a_run_ended_comes_back(self, end: SetupFailed | RunEnded, tmp_path: Path) -> None:
        made = Recording(origin("a = 1", "b = 2"))
        made.end = end
        again = loaded(made, tmp_path)
        assert again.end == end
        assert list(again.traces) == [0], "the step that was under way"

    def test_code_that_was_edited_comes_back(self, tmp_path: Path) -> None:
        made = Recording(origin("a = 1", codes=("a = 2",)))
        made.begin(0, "a = 2")
        made.add(SnapshotRecord(moment(0)))
        made.add(ResultRecord(result()))
        again = loaded(made, tmp_path)
        assert again.traces[0].code == "a = 2"
        assert again.origin is not None
        assert again.origin.lesson.steps[0].code == "a = 1"

    def test_steps_that_were_not_run_have_no_trace(self, tmp_path: Path) -> None:
        made = recording(moment(0))
        made.origin = origin("a = 1\nb = 2\n", "c = 3")
        again = loaded(made, tmp_path)
        assert list(again.traces) == [0]

    def test_a_step_after_one_that_failed_is_kept(self, tmp_path: Path) -> None:
        made = recording(moment(0), ok=False)
        made.origin = origin("a = 1\nb = 2\n", "c = 3")
        made.begin(1, "c = 3")
        made.add(SnapshotRecord(moment(0, step=1)))
        made.add(ResultRecord(result(step=1)))
        assert loaded(made, tmp_path).records == made.records

    def test_all_of_it_can_be_walked(self, small: Path) -> None:
        assert len(list(walk(load(small)))) > 500


class TestRecognition:
    def test_by_its_beginning_not_by_its_name(self, small: Path, tmp_path: Path) -> None:
        other = tmp_path / "lesson.yaml"
        other.write_bytes(small.read_bytes())
        text = tmp_path / "text.agt"
        text.write_text("format: 1\n")
        assert is_recording(other)
        assert not is_recording(text)

    def test_what_is_no_file_is_no_recording_and_blocks_nobody(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        for name in ("", "pipe", "none", "\0"):
            assert not is_recording(tmp_path / name)
        for name in ("pipe", "none", "\0"):
            with pytest.raises(RecordingError):
                load(tmp_path / name)


class TestWriting:
    def test_a_file_that_was_there_is_replaced_at_once(self, tmp_path: Path) -> None:
        path = tmp_path / "made.agt"
        path.write_text("something else")
        size = save(recording(moment(0)), path)
        assert path.stat().st_size == size
        assert os.listdir(tmp_path) == ["made.agt"]

    def test_the_permissions_are_those_of_a_new_file(self, tmp_path: Path) -> None:
        save(recording(moment(0)), tmp_path / "made.agt")
        (tmp_path / "plain").touch()
        modes = {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
        assert len(modes) == 1

    def test_a_link_goes_on_leading_to_the_file(self, tmp_path: Path) -> None:
        (tmp_path / "link.agt").symlink_to("made.agt")
        save(recording(moment(0)), tmp_path / "link.agt")
        assert (tmp_path / "link.agt").is_symlink()
        assert is_recording(tmp_path / "made.agt")

    @pytest.mark.parametrize(
        ("number", "said"),
        [(errno.ENOSPC, "the disk is full"), (errno.EDQUOT, "your share"), (errno.EIO, "written")],
    )
    def test_what_was_there_stays_where_writing_fails(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
    ) -> None:
        path = tmp_path / "made.agt"
        path.write_text("something else")

        def fails(_: int) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, "fsync", fails)
        with pytest.raises(RecordingError, match=said):
            save(recording(moment(0)), path)
        assert path.read_text() == "something else"
        assert os.listdir(tmp_path) == ["made.agt"]

    def test_a_full_disk_is_told(self, tmp_path: Path) -> None:
        """As the system itself tells of it, here by way of the limit on a file's size."""
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        noise = random.Random(1).randbytes(3000).hex()
        made = recording(moment(0, stdout=noise))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        try:
            with pytest.raises(RecordingError, match="larger than is allowed"):
                save(made, tmp_path / "made.agt")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert not os.listdir(tmp_path)

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            (".", "this is a folder"),
            ("none/made.agt", "there is no folder"),
            ("text/made.agt", "there is no folder"),
            ("pipe", "no ordinary file"),
            ("n" * 300, "longer than the system allows"),
            ("\0", "no path"),
            ("loop", "go round in a circle"),
        ],
    )
    def test_a_place_that_cannot_be_written_to(self, tmp_path: Path, name: str, said: str) -> None:
        (tmp_path / "text").touch()
        (tmp_path / "loop").symlink_to("loop")
        os.mkfifo(tmp_path / "pipe")
        for attempt in (file.check_writable, lambda path: save(recording(moment(0)), path)):
            with pytest.raises(RecordingError, match=said):
                attempt(tmp_path / name)

    def test_a_folder_that_may_not_be_written_to(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "access", lambda *_: False)
        with pytest.raises(RecordingError, match="may not be written"):
            file.check_writable(tmp_path / "made.agt")

    @pytest.mark.parametrize("limit", ["RECORDING_BYTES", "RECORDING_FRAME"])
    def test_a_recording_that_would_not_be_read_again_is_not_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
    ) -> None:
        monkeypatch.setattr(file, limit, 2**20)
        with pytest.raises(RecordingError, match="more than 1 MiB"):
            save(recording(moment(0, stdout="x" * 2**20)), tmp_path / "made.agt")
        assert not os.listdir(tmp_path)


class TestDamage:
    def test_every_cut(self, small: Path, tmp_path: Path) -> None:
        data = small.read_bytes()
        for end in range(len(data)):
            assert "record it again" in refusal(tmp_path, data[:end]) or end < len(MAGIC)

    def test_foreign(self, tmp_path: Path) -> None:
        for data in (b"", b"format: 1\n", b"\x89PNG\r\n\x1a\n", zlib.compress(b"x")):
            assert refusal(tmp_path, data).startswith("this is no recording")

    def test_a_newer_format(self, small: Path, tmp_path: Path) -> None:
        data = small.read_bytes()
        newer = data[: len(MAGIC)] + b"\x00\x07" + data[len(PREFIX) :]
        assert "in format 7; this one reads up to 1: update it" in refusal(tmp_path, newer)

    def test_line_ends_that_were_rewritten(self, small: Path, tmp_path: Path) -> None:
        data = small.read_bytes().replace(b"\r\n", b"\n")
        assert refusal(tmp_path, data).startswith("this is no recording")

    def test_what_stands_behind_its_end(self, small: Path, tmp_path: Path) -> None:
        assert "behind its end" in refusal(tmp_path, small.read_bytes() + b"\0")

    def test_a_frame_that_is_not_whole(self, small: Path, tmp_path: Path) -> None:
        assert "cut short" in refusal(tmp_path, packed(stream_of(small)[:-1]))

    def test_a_recording_of_nothing(self, tmp_path: Path) -> None:
        assert "does not begin with its lesson" in refusal(tmp_path, packed(b""))

    def test_a_decompression_bomb(self, tmp_path: Path) -> None:
        """A quarter of a megabyte that stands for a quarter of a gigabyte."""
        bomb = PREFIX + zlib.compress(b"\0" * 2**28, 9)
        self.is_cheap(tmp_path, bomb, mebibytes=4)

    def test_frames_without_end(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(file, "RECORDING_BYTES", 2**22)
        frame = encode(SnapshotRecord(moment(0)))
        self.is_cheap(tmp_path, packed(encode(origin("a")) + frame * 200_000), mebibytes=16)

    def test_a_frame_that_is_too_long(self, tmp_path: Path) -> None:
        frame = b"\xa7\x67\xff\xff\xff\xff" + b"\0" * 2**20
        self.is_cheap(tmp_path, packed(frame), mebibytes=4)

    @pytest.mark.parametrize(
        ("marked", "head", "item"),
        [
            (moment(0, gone=("MARK",)), b"\xdd", b"\xa0"),
            (moment(0, values={"MARK": ""}), b"\xdf", b"\xa1a\xa0"),
            (moment(0, nodes=(node(1, "MARK"),)), b"\xdd", b"\x98\x01\xa0\x90\xc0\x00\x00\xc2\xc0"),
            (moment(0, passes=(ended(inputs=("MARK",)),)), b"\xdd", b"\xa0"),
        ],
        ids=["names", "values", "nodes", "inputs"],
    )
    def test_a_frame_of_many_small_things(
        self, tmp_path: Path, marked: Snapshot, head: bytes, item: bytes
    ) -> None:
        """A thousandfold when compressed, and it would be twentyfold again in memory."""
        number = 2**23 // len(item)
        whole = msgspec.msgpack.encode(SnapshotRecord(marked))
        name = whole.index(b"\xa4MARK")
        body = whole[: name - 1] + head + number.to_bytes(4, "big") + item * number
        frame = b"\xa7\x67" + len(body).to_bytes(4, "big") + body
        self.is_cheap(tmp_path, packed(encode(origin("a")) + frame), mebibytes=32)

    def test_more_parts_than_fit_in_memory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(limits, "RECORDING_PARTS", 1_000)
        made = recording(moment(0, values={f"v{number}": "" for number in range(1_001)}))
        save(made, tmp_path / "made.agt")
        with pytest.raises(RecordingError, match="more in it than fits in memory"):
            load(tmp_path / "made.agt")

    def test_gradients_of_gradients_without_end(self, tmp_path: Path) -> None:
        mark = msgspec.msgpack.encode("MARK")
        marked = replace(tensor(1.0), grad="MARK")  # type: ignore[arg-type]
        before, after = msgspec.msgpack.encode(marked).split(mark)
        holder = msgspec.msgpack.encode(SnapshotRecord(moment(0, tensors={"a": marked})))
        head, tail = holder.split(mark)
        for depth in (limits.MAX_GRADS, 900, 100_000):
            deep = head + before * depth + b"\xc0" + after * depth + tail
            frame = b"\xa7\x67" + len(deep).to_bytes(4, "big") + deep
            assert "no sound" in refusal(tmp_path, packed(encode(origin("a")) + frame))

    def is_cheap(self, folder: Path, data: bytes, mebibytes: int) -> None:
        """Refused in a second or so, in so little memory besides the file."""
        begun = time.monotonic()
        tracemalloc.start()
        try:
            refusal(folder, data)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < mebibytes * 2**20
        assert time.monotonic() - begun < 10


ONE = scalar(1.0)
STATS = Stats(2000, 2000, 0.0, 1.0, 0.5, 0.3, 25.0, 0, 0, (1,) * 16)
CHAIN = (node(1, "AddBackward0", 2), node(2, "MulBackward0", 3), node(3, "AccumulateGrad"))


def of_tensor(value: Tensor) -> Recording:
    return recording(moment(0, tensors={"a": value}))


def with_end(made: Recording, end: SetupFailed | RunEnded) -> Recording:
    made.end = end
    return made


def without_result(made: Recording) -> Recording:
    made.records.pop()
    return made


def with_origin(**changes: Any) -> Recording:
    made = recording(moment(0))
    assert made.origin is not None
    made.origin = replace(made.origin, **changes)
    return made


def with_lesson(**changes: Any) -> Recording:
    made = recording(moment(0))
    assert made.origin is not None
    made.origin = replace(made.origin, lesson=replace(made.origin.lesson, **changes))
    return made


def repeated(made: Recording, *order: int) -> Recording:
    made.records = [made.records[at] for at in order]
    return made


FAILED = SetupFailed(Error("ValueError", "no", 1, ""))
FORGED: dict[str, tuple[Callable[[], Recording], str]] = {
    "indices out of order": (
        lambda: repeated(recording(moment(0), moment(1)), 1, 0, 2), "moment 1 where moment 0"
    ),
    "a moment twice": (
        lambda: repeated(recording(moment(0), moment(1)), 0, 0, 1, 2), "moment 0 where moment 1"
    ),
    "a moment that is left out": (
        lambda: repeated(recording(moment(0), moment(1)), 0, 2), "has 1 moments, not 2"
    ),
    "a step that is not there": (
        lambda: repeated(recording(moment(0)), 0, 1, 0), "step 1 where moment 0 of step 2"
    ),
    "a result twice": (lambda: repeated(recording(moment(0)), 0, 1, 1), "step 1 ends where step 2"),
    "no result": (lambda: without_result(recording(moment(0))), "step 1 has no end"),
    "a number of moments": (lambda: recording(moment(0), snapshots=7), "has 1 moments, not 7"),
    "a setup that fails late": (lambda: with_end(recording(moment(0)), FAILED), "setup fails"),
    "an end after the last step": (
        lambda: with_end(recording(moment(0)), RunEnded("exit", 0, 1.0)), "a step too many"
    ),
    "an end at no time": (
        lambda: with_end(Recording(origin("a")), RunEnded("exit", 0, float("nan"))), "no time"
    ),
    "a result at no time": (lambda: recording(moment(0), seconds=float("inf")), "no time"),
    "an expectation that is not there": (
        lambda: recording(moment(0), failed=(FailedExpectation(1, "x", "y"),)), "expectations"
    ),
    "a pass that is none": (lambda: recording(moment(0, event="backward")), "not what it says"),
    "a node that is no pass": (
        lambda: recording(moment(0, backward=backward(1, ONE))), "not what it says"
    ),
    "an error that is none": (lambda: recording(moment(0, event="error")), "not what it says"),
    "calls without end": (lambda: recording(moment(0, depth=2**40)), "too many calls"),
    "a failure that is yet to come": (
        lambda: recording(moment(0), moment(1, failure=2)),
        "is not what it says it is",
    ),
    "a failure where nothing failed": (
        lambda: recording(moment(0), moment(1), moment(2, failure=1)),
        "is not what it says it is",
    ),
    "a failure of itself": (
        lambda: recording(moment(0), moment(1, raised=True, failure=1)),
        "is not what it says it is",
    ),
    "a start that raises": (
        lambda: recording(moment(0, event="start", raised=True)),
        "is not what it says it is",
    ),
    "bytes that are too few": (lambda: of_tensor(replace(ONE, raw=b"\0\0")), "do not fit its"),
    "bytes that are too many": (lambda: of_tensor(replace(ONE, raw=bytes(8))), "do not fit"),
    "bytes of another type": (lambda: of_tensor(replace(ONE, dtype="torch.int64")), "do not fit"),
    "bytes of no type": (lambda: of_tensor(replace(ONE, dtype="torch.int3")), "do not fit"),
    "bytes for a large tensor": (lambda: of_tensor(tensor(*[0.0] * 1001)), "too large"),
    "edges that do not fit": (
        lambda: of_tensor(replace(ONE, raw=None, shape=(2000,), edges=bytes(20), stats=STATS)),
        "edges do not fit",
    ),
    "edges without end": (
        lambda: of_tensor(replace(ONE, raw=None, shape=(6,) * 7, edges=bytes(4 * 6**7))),
        "too large",
    ),
    "dimensions without end": (
        lambda: of_tensor(replace(ONE, raw=None, shape=(1,) * 100_000)), "length <= 1000"
    ),
    "elements without end": (
        lambda: of_tensor(replace(ONE, raw=None, shape=(2**62, 0, 2**62))), "no tensor has"
    ),
    "many dimensions of one element": (lambda: of_tensor(replace(ONE, shape=(1,) * 65)), "shape"),
    "a histogram without end": (
        lambda: of_tensor(replace(ONE, stats=replace(STATS, histogram=(1,) * 1001))), "length <="
    ),
    "a negative size": (lambda: of_tensor(replace(ONE, raw=None, shape=(-1,))), ">= 0"),
    "a negative count": (
        lambda: of_tensor(replace(ONE, stats=replace(STATS, nan=-1))), ">= 0"
    ),
    "a tensor of a node that is not there": (
        lambda: of_tensor(replace(ONE, grad_fn=7)), "node 7, which is not there"
    ),
    "a gradient of such a node": (
        lambda: of_tensor(parameter(1.0, grad=replace(ONE, grad_fn=8))), "node 8, which is not"
    ),
    "an edge to a node that is not there": (
        lambda: recording(moment(0, nodes=(*CHAIN[:2],))), "node 3, which is not there"
    ),
    "a node that ran and is not there": (
        lambda: recording(ran(0, backward(4, ONE))), "node 4, which is not there"
    ),
    "a saved tensor of such a node": (
        lambda: recording(
            ran(0, backward(1, ONE, saved=(Saved("self", replace(ONE, grad_fn=9)),)), nodes=CHAIN)
        ),
        "node 9, which is not there",
    ),
    "a pass from such a node": (
        lambda: recording(moment(0, passes=(ended(root(5)),))), "node 5, which is not there"
    ),
    "a pass that failed at such a node": (
        lambda: recording(moment(0, passes=(ended(failed=6),))), "node 6, which is not there"
    ),
    "a pass to such a node": (
        lambda: recording(moment(0, passes=(ended(targets=(None, 7)),))), "node 7, which is not"
    ),
    "a node twice": (lambda: recording(moment(0, nodes=(*CHAIN, CHAIN[0]))), "a second time"),
    "a node of a later step": (
        lambda: recording(moment(0, nodes=(node(1, "A", step=1),))), "yet to come"
    ),
    "a negative id": (lambda: recording(moment(0, nodes=(node(-1, "A"),))), ">= 1"),
    "an edge to a negative id": (lambda: recording(moment(0, nodes=(node(1, "A", -2),))), ">= 1"),
    "a node behind itself": (lambda: recording(moment(0, nodes=(node(1, "A", 1),))), "leads back"),
    "a circle": (
        lambda: recording(moment(0, nodes=CHAIN[:2]), moment(1, nodes=(node(3, "A", None, 1),))),
        "leads back",
    ),
    "control characters in a name": (
        lambda: recording(moment(0, tensors={"a\x1b[2J": ONE})), "control characters in 'a\\x1b[2J'"
    ),
    "control characters in another": (
        lambda: recording(moment(0, values={"a\x9b": "1"})), "control characters"
    ),
    "control characters in what went": (
        lambda: recording(moment(0, gone=("a\n",))), "control characters"
    ),
    "control characters in a dtype": (
        lambda: of_tensor(replace(ONE, raw=None, dtype="\x1b[2J")), "control characters"
    ),
    "a name without end": (lambda: recording(moment(0, gone=("n" * 30_000,))), "name without end"),
    "a text without end": (
        lambda: recording(moment(0, values={"a": "n" * 5_000_000})), "a text without end"
    ),
    "no step": (lambda: with_lesson(steps=()), "no step"),
    "code for another step": (lambda: with_origin(codes=("a", "b")), "1 steps and code for 2"),
    "no version": (lambda: with_origin(torch="2\x1b[2J"), "plain characters"),
    "a limit that nothing keeps": (
        lambda: with_lesson(limits=Limits(seconds=float("nan"))), "limits that nothing keeps"
    ),
    "a line that is none": (lambda: with_lesson(setup_location=(0, 1, True)), ">= 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_what_nobody_recorded_is_refused(name: str, tmp_path: Path) -> None:
    make, said = FORGED[name]
    save(make(), tmp_path / "made.agt")
    assert said in refusal(tmp_path, (tmp_path / "made.agt").read_bytes())


def test_nothing_stands_behind_the_end_of_a_run(tmp_path: Path) -> None:
    frames = origin("a"), RunEnded("exit", 0, 1.0), SnapshotRecord(moment(0))
    said = refusal(tmp_path, packed(b"".join(map(encode, frames))))
    assert "behind the end of the run" in said


def test_it_says_once_of_what_it_is(small: Path, tmp_path: Path) -> None:
    first, *rest = bodies_of(small)
    assert "a second lesson" in refusal(tmp_path, packed(framed([first, first, *rest])))
    assert "does not begin" in refusal(tmp_path, packed(framed([*rest, first])))


@pytest.mark.parametrize("broken", ["recording failed", "run ended"])
def test_nodes_may_be_missing_where_the_recording_was_broken_off(
    broken: str, tmp_path: Path
) -> None:
    """A recorder that fails loses the nodes of that moment; what refers to them can be walked."""
    lost = replace(ONE, grad_fn=7)
    if broken == "run ended":
        made = with_end(without_result(of_tensor(lost)), RunEnded("signal", 9, 1.0))
    else:
        made = recording(moment(0, tensors={"a": lost}), truncated="recording failed")
    assert list(walk(loaded(made, tmp_path)))


# Mutations


def mutated_bytes(data: bytes, chance: random.Random) -> bytes:
    """Bits turned over, or pieces cut, put in, or exchanged."""
    at, length = chance.randrange(len(data)), chance.randrange(1, 12)
    there = chance.randrange(len(data))
    match chance.randrange(5):
        case 0:
            turned = bytearray(data)
            for _ in range(chance.randrange(1, 4)):
                turned[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            return bytes(turned)
        case 1:
            return data[:at] + data[at + length :]
        case 2:
            return data[:at] + chance.randbytes(length) + data[at:]
        case 3:
            return data[:at] + data[there : there + length] + data[at + length :]
        case _:
            return data[:at] + chance.choice((b"\xff", b"\x00", b"\x80", b"\xc0")) + data[at + 1 :]


INTEGERS = 0, 1, -1, 2, 7, 127, 2**31, 2**63 - 1, 2**64 - 1, -(2**63)
STRINGS = (
    "",
    "a",
    "\x1b[2J",
    "\n",
    "()",
    "(9999999,)",
    "nan",
    "-1",
    "AccumulateGrad",
    "w",
    "x" * 5000,
)
FLOATS = 0.0, -1.0, float("nan"), float("inf"), -float("inf"), 1e308, 5e-324


def mutated_value(value: Any, chance: random.Random) -> Any:
    """Something else of the same type, or now and then of another."""
    if chance.random() < 0.05:
        return chance.choice((None, 0, "", b"", [], {}, True, 1.5))
    match value:
        case bool():
            return not value
        case int():
            return chance.choice((*INTEGERS, value + 1, value - 1))
        case float():
            return chance.choice(FLOATS)
        case str():
            return chance.choice((*STRINGS, value + "x", value[:-1], value * 2))
        case bytes():
            return chance.choice((b"", value[:-1], value + b"\0", chance.randbytes(len(value))))
        case dict() if value:
            name = chance.choice(list(value))
            held = value.pop(name)
            return chance.choice((value, value | {chance.choice(STRINGS): held}))
        case list() if value:
            at = chance.randrange(len(value))
            other = copy.deepcopy(chance.choice(value))
            return chance.choice(
                (value[:at], value[at + 1 :], [*value[:at], other, *value[at:]],
                 [*value[:at], other, *value[at + 1 :]], value[::-1])
            )  # fmt: skip
        case _:
            return chance.choice((0, 1, "a", [], chance.choice(FLOATS)))


def places_in(bodies: list[Any]) -> list[tuple[Any, Any]]:
    """Every container and key below the frames."""
    found: list[tuple[Any, Any]] = []
    waiting: list[Any] = [bodies]
    while waiting:
        held = waiting.pop()
        for key in held if isinstance(held, dict) else range(len(held)):
            found.append((held, key))
            if isinstance(held[key], (list, dict)):
                waiting.append(held[key])
    return found


def mutated_bodies(bodies: list[Any], chance: random.Random) -> list[Any]:
    """Frames of which one or two are others, are missing, or stand elsewhere."""
    changed = copy.deepcopy(bodies)
    for _ in range(chance.randrange(1, 3)):
        held, key = chance.choice(places_in(changed))
        held[key] = mutated_value(held[key], chance)
    if chance.random() < 0.1:
        order = mutated_value(changed, chance)
        return order if isinstance(order, list) else changed
    return changed


def mutations(path: Path, count: int) -> list[tuple[str, Callable[[random.Random], bytes]]]:
    data, stream, bodies = path.read_bytes(), stream_of(path), bodies_of(path)
    kinds: list[tuple[str, Callable[[random.Random], bytes]]] = [
        ("file", lambda chance: mutated_bytes(data, chance)),
        ("frames", lambda chance: packed(mutated_bytes(stream, chance))),
        ("records", lambda chance: packed(framed(mutated_bodies(bodies, chance)))),
        ("records", lambda chance: packed(framed(mutated_bodies(bodies, chance)))),
    ]
    return [kinds[number % len(kinds)] for number in range(count)]


@pytest.mark.timeout(300)
def test_any_mutation_can_be_walked_or_is_refused_in_a_line(small: Path, tmp_path: Path) -> None:
    begun = time.process_time()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    path = tmp_path / "mutated.agt"
    outcomes: dict[tuple[str, bool], int] = {}
    for number, (kind, mutate) in enumerate(mutations(small, MUTATIONS)):
        data = mutate(random.Random(number))
        path.write_bytes(data)
        try:
            found = load(path)
        except RecordingError as error:
            said = str(error)
            assert said.isprintable(), number
            assert len(said) < 500, number
            outcomes[kind, False] = outcomes.get((kind, False), 0) + 1
            continue
        try:
            for _ in walk(found):
                pass
        except Exception as error:
            raise AssertionError(f"mutation {number} of the {kind}: {error!r}") from error
        outcomes[kind, True] = outcomes.get((kind, True), 0) + 1
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    assert outcomes["records", True] > MUTATIONS / 20, "many of them reach the readers"
    assert outcomes["records", False] > MUTATIONS / 20
    assert outcomes["frames", False] > MUTATIONS / 20
    assert grown < MEBIBYTES * 1024
    assert time.process_time() - begun < SECONDS
