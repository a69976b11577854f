"""Recordings in files: they come back as they were, and what nobody recorded is refused."""

from __future__ import annotations

import errno
import os
import random
import resource
import stat
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from made import doubled, ended, node, result, tensor
from made import snapshot as moment
from msgspec.structs import replace
from recording_files import (
    CODE,
    PREFIX,
    bodies_of,
    framed,
    loaded,
    origin,
    packed,
    record,
    recording,
    refusal,
    stream_of,
)
from walked import walk

from autograd_tutor.limits.records import MAX_GRADS, RECORDED_LESSON
from autograd_tutor.recording import file, output, validation
from autograd_tutor.recording.file import load, save
from autograd_tutor.recording.model import (
    Error,
    FailedExpectation,
    Snapshot,
    Wrapper,
)
from autograd_tutor.recording.plots import Plot
from autograd_tutor.recording.recognition import MAGIC, RecordingError, UnfitOutput, is_recording
from autograd_tutor.recording.trace import Recording
from autograd_tutor.recording.wire import (
    ResultRecord,
    RunEnded,
    SetupFailed,
    SnapshotRecord,
    encode,
)

OLD = MAGIC + b"of old"
LEVELS = tuple([Wrapper(level, None) for level in (4, 3, 2, 1)])
"""Those of four transforms inside of each other."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording of a small lesson that has a little of everything."""
    return record(tmp_path_factory.mktemp("recorded"))


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

    def test_the_function_of_a_plot_comes_back(self, small: Path) -> None:
        again = load(small)
        assert again.origin is not None
        step = again.origin.lesson.steps[0]
        assert step.plot == Plot(function="lambda t: t ** 2", at="loss", low=0.0, high=4.0)
        assert len(step.locations.plot) == 2
        result = again.traces[0].result
        assert result is not None
        assert result.plotted is not None
        assert result.plotted.at == ((10.0, 100.0, 20.0),)
        assert result.plotted.points[-1] == (4.0, 16.0, 8.0)

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
        made.origin = origin(CODE, "c = 3")
        again = loaded(made, tmp_path)
        assert list(again.traces) == [0]

    def test_a_step_after_one_that_failed_is_kept(self, tmp_path: Path) -> None:
        made = recording(moment(0), ok=False, failed=(FailedExpectation(0, "True", "x"),))
        made.origin = origin(CODE, "c = 3")
        made.begin(1, "c = 3")
        made.add(SnapshotRecord(moment(0, step=1)))
        made.add(ResultRecord(result(step=1)))
        assert loaded(made, tmp_path).records == made.records

    def test_all_of_it_can_be_walked(self, small: Path) -> None:
        assert len(list(walk(load(small)))) > 500


class TestRecognition:
    def test_by_its_beginning_or_by_its_name(self, small: Path, tmp_path: Path) -> None:
        other = tmp_path / "lesson.yaml"
        other.write_bytes(small.read_bytes())
        damaged = tmp_path / "text.AGT"
        damaged.write_text("format: 1\n")
        lesson = tmp_path / "plain.yaml"
        lesson.write_text("format: 1\n")
        assert is_recording(other)
        assert is_recording(damaged)
        assert not is_recording(lesson)
        assert not is_recording(tmp_path / "none.agt")
        (tmp_path / "folder.agt").mkdir()
        assert not is_recording(tmp_path / "folder.agt")

    def test_what_is_no_file_is_no_recording_and_blocks_nobody(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        for name in ("", "pipe", "none", "\0"):
            assert not is_recording(tmp_path / name)
        for name in ("pipe", "none", "\0"):
            with pytest.raises(RecordingError):
                load(tmp_path / name)


class TestWriting:
    def test_a_recording_that_was_there_is_replaced_at_once(self, tmp_path: Path) -> None:
        path = tmp_path / "made.agt"
        path.write_bytes(OLD)
        size = save(recording(moment(0)), path)
        assert path.stat().st_size == size
        assert os.listdir(tmp_path) == ["made.agt"]

    @pytest.mark.parametrize("name", ["train.py", "made.agt"])
    def test_what_is_no_recording_is_not_replaced(self, tmp_path: Path, name: str) -> None:
        path = tmp_path / name
        path.write_text("something else")
        for attempt in (file.check_writable, lambda path: save(recording(moment(0)), path)):
            with pytest.raises(UnfitOutput, match="no recording, so it is not replaced; name an"):
                attempt(path)
        assert path.read_text() == "something else"
        assert os.listdir(tmp_path) == [name]

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
        ("number", "shown"),
        [(errno.ENOSPC, "the disk is full"), (errno.EDQUOT, "your share"), (errno.EIO, "written")],
    )
    def test_what_was_there_stays_where_writing_fails(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, shown: str
    ) -> None:
        path = tmp_path / "made.agt"
        path.write_bytes(OLD)

        def fails(_: int) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, "fsync", fails)
        with pytest.raises(RecordingError, match=shown):
            save(recording(moment(0)), path)
        assert path.read_bytes() == OLD
        assert os.listdir(tmp_path) == ["made.agt"]

    def test_a_full_disk_is_reported(self, tmp_path: Path) -> None:
        """As the system itself reports it, here by way of the limit on a file's size."""
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
        ("name", "shown"),
        [
            (".", "this is a folder"),
            ("none/made.agt", "there is no folder"),
            ("text/made.agt", "there is no folder"),
            ("pipe", "no ordinary file"),
            ("n" * 300, "longer than the system allows"),
            ("\0", "no path"),
            ("loop", "form a cycle"),
        ],
    )
    def test_a_file_that_cannot_be_written(self, tmp_path: Path, name: str, shown: str) -> None:
        (tmp_path / "text").touch()
        (tmp_path / "loop").symlink_to("loop")
        os.mkfifo(tmp_path / "pipe")
        for attempt in (file.check_writable, lambda path: save(recording(moment(0)), path)):
            with pytest.raises(UnfitOutput, match=shown):
                attempt(tmp_path / name)

    @pytest.mark.parametrize(
        ("number", "shown", "is_unfit"),
        [
            (errno.EACCES, "may not be written", True),
            (errno.ENOENT, "no file can be made in that folder; name another", True),
            (errno.ENOSPC, "the disk is full", False),
        ],
    )
    def test_a_folder_in_which_no_file_can_be_made(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        number: int,
        shown: str,
        is_unfit: bool,
    ) -> None:
        """As in /proc, whatever its permissions are."""

        def fails(*_: object) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(output, "open", fails, raising=False)
        with pytest.raises(RecordingError, match=shown) as caught:
            file.check_writable(tmp_path / "made.agt")
        assert isinstance(caught.value, UnfitOutput) is is_unfit

    def test_what_is_tried_leaves_nothing_behind(self, tmp_path: Path) -> None:
        file.check_writable(tmp_path / "made.agt")
        assert not os.listdir(tmp_path)

    def test_a_lesson_that_would_not_be_read_again_is_not_written(self, tmp_path: Path) -> None:
        made = recording(moment(0))
        made.origin = origin("#" * (RECORDED_LESSON + 1))
        with pytest.raises(RecordingError, match="its lesson is larger than 1 MiB; do less in it"):
            save(made, tmp_path / "made.agt")
        assert not os.listdir(tmp_path)

    @pytest.mark.parametrize("limit", ["RECORDING_BYTES", "RECORD_BYTES"])
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
            assert refusal(tmp_path, data).startswith("this is no recording; autograd-tutor record")

    def test_a_newer_format(self, small: Path, tmp_path: Path) -> None:
        data = small.read_bytes()
        newer = data[: len(MAGIC)] + b"\x00\x07" + data[len(PREFIX) :]
        assert refusal(tmp_path, newer) == (
            "its format is 7, and this autograd-tutor reads up to 1; update autograd-tutor or, in "
            "case the file is damaged, record it again"
        )

    def test_a_format_that_never_was(self, small: Path, tmp_path: Path) -> None:
        data = small.read_bytes()
        older = data[: len(MAGIC)] + b"\x00\x00" + data[len(PREFIX) :]
        assert refusal(tmp_path, older).startswith("the recording is damaged: there is no format 0")

    def test_a_byte_that_was_turned_over_is_not_explained_by_how_it_is_read(
        self, small: Path, tmp_path: Path
    ) -> None:
        first, second, *rest = bodies_of(small)
        second[1][2] = 14
        shown = refusal(tmp_path, packed(framed([first, second, *rest])))
        assert shown == "the recording is damaged: record 1 cannot be decoded; record it again"

    def test_line_ends_that_were_rewritten(self, small: Path, tmp_path: Path) -> None:
        data = small.read_bytes().replace(b"\r\n", b"\n")
        assert refusal(tmp_path, data).startswith("this is no recording")

    def test_what_comes_after_its_end(self, small: Path, tmp_path: Path) -> None:
        assert "bytes after its end" in refusal(tmp_path, small.read_bytes() + b"\0")

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

    @pytest.mark.parametrize(
        "made",
        [
            {"values": {f"v{number}": "" for number in range(101)}},
            {"tensors": {f"t{n}": tensor(1.0) for n in range(101)}},
            {"tensors": {f"t{n}": replace(tensor(1.0), grad=tensor(1.0)) for n in range(51)}},
            {"tensors": {f"t{n}": replace(tensor(1.0), tangent=tensor(1.0)) for n in range(51)}},
            {"tensors": {f"t{n}": replace(tensor(1.0), wrappers=LEVELS) for n in range(21)}},
        ],
        ids=["values", "tensors", "gradients", "tangents", "wrappers"],
    )
    def test_more_parts_than_fit_in_memory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: dict[str, Any]
    ) -> None:
        monkeypatch.setattr(validation, "RECORDING_PARTS", 100)
        save(recording(moment(0, **made)), tmp_path / "made.agt")
        with pytest.raises(RecordingError, match="more in it than fits in memory"):
            load(tmp_path / "made.agt")

    def test_gradients_of_gradients_without_end(self, tmp_path: Path) -> None:
        mark = msgspec.msgpack.encode("MARK")
        marked = replace(tensor(1.0), grad="MARK")  # type: ignore[arg-type]
        before, after = msgspec.msgpack.encode(marked).split(mark)
        holder = msgspec.msgpack.encode(SnapshotRecord(moment(0, tensors={"a": marked})))
        head, tail = holder.split(mark)
        for depth in (MAX_GRADS, 900, 100_000):
            deep = head + before * depth + b"\xc0" + after * depth + tail
            frame = b"\xa7\x67" + len(deep).to_bytes(4, "big") + deep
            assert "is damaged" in refusal(tmp_path, packed(encode(origin("a")) + frame))

    def is_cheap(self, folder: Path, data: bytes, mebibytes: int) -> None:
        """Refused in so little memory besides the file."""
        tracemalloc.start()
        try:
            refusal(folder, data)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < mebibytes * 2**20
