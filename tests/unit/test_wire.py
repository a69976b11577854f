"""The wire: frames survive any cut, and what nobody of ours wrote is refused."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from autograd_tutor.recording.model import (
    SAME_AS_VARIABLE,
    Backward,
    Error,
    Node,
    Pass,
    Root,
    Saved,
    Snapshot,
    StepResult,
    Tensor,
)
from autograd_tutor.recording.wire import (
    HEADER,
    MAGIC,
    MAX_FRAME,
    MAX_GRADS,
    BadFrame,
    Command,
    Ended,
    FrameReader,
    Idle,
    Importing,
    KillRun,
    Leaving,
    Limits,
    Ready,
    Record,
    Report,
    ResultRecord,
    RunReport,
    SetupFailed,
    SnapshotRecord,
    Started,
    StartRun,
    StepRequest,
    encode,
)

TENSOR = Tensor(
    shape=(2,), dtype="torch.float32", device="cpu", requires_grad=True, is_leaf=True,
    retains_grad=False, kind="leaf", grad_fn=None, grad_fn_name=None, output_nr=0, version=0,
    raw=b"\x00\x00\x80\x3f\x00\x00\x00\x40", shown=None, stats=None, grad=None,
)  # fmt: skip
NODE = Node(
    id=7, name="MulBackward0", next=((3, 0), None), variable="loss", line=2, step=0, custom=False,
    shape=(),
)  # fmt: skip
ERROR = Error(type="ValueError", message="\x1b[31mno", line=2, traceback="…")
SNAPSHOT = Snapshot(
    step=0, index=4, event="line", line=2, next_line=3, depth=0, function="", stdout="é\n",
    tensors={"x": TENSOR}, values={"n": "3"}, gone=("y",), nodes=(NODE,), error=None,
)  # fmt: skip
BACKWARD = Snapshot(
    step=0, index=5, event="backward", line=3, next_line=0, depth=1, function="", stdout="",
    tensors={}, values={}, gone=(), nodes=(), error=None,
    backward=Backward(
        call=2, node=7, grad_outputs=(TENSOR, None), grad_inputs=(None, TENSOR), leaf="x",
        saved=(Saved("self", TENSOR), Saved("other", SAME_AS_VARIABLE, "y"), Saved("dim", "-1")),
        note="freed",
    ),
)  # fmt: skip
PASSED = Snapshot(
    step=0, index=6, event="line", line=3, next_line=0, depth=0, function="", stdout="",
    tensors={}, values={}, gone=(), nodes=(), error=None,
    passes=(
        Pass(
            call=1, function="grad", roots=(Root("loss", 7, 0, TENSOR), Root(None, None, 1, None)),
            inputs=("x",), retain_graph=True, create_graph=False, nodes=1, left_out="full",
            failed=7,
        ),
        Pass(
            call=2, function="backward", roots=(), inputs=None, retain_graph=False,
            create_graph=True, nodes=0,
        ),
    ),
)  # fmt: skip
RESULT = StepResult(
    step=0, ok=False, snapshots=5, nodes=1, truncated="output", failed=(), error=ERROR, seconds=0.1
)
RECORDS = [
    SnapshotRecord(SNAPSHOT),
    SnapshotRecord(BACKWARD),
    SnapshotRecord(PASSED),
    ResultRecord(RESULT),
    SetupFailed(ERROR),
]
COMMANDS = [
    StartRun(run=1, seed=0, setup="import torch", limits=Limits()),
    StartRun(run=2, seed=0, setup="", limits=Limits(), path=b"lessons/train.py"),
    StartRun(run=3, seed=0, setup="", limits=Limits(), sandboxed=True),
    StepRequest(
        run=1, step=0, code="x = 1", filename="<step 1>", expect=("x == 1",), raises=None,
        limits=Limits(seconds=0.5),
    ),
    KillRun(run=1),
]  # fmt: skip
RUN_REPORTS = [Idle(3, b"token"), Importing(False, b"token"), Leaving("memory", b"token")]
REPORTS = [Ready("2.13.0", 1.5), Started(1, 4321), Ended(1, "deadline", 9)]


@pytest.mark.parametrize(
    ("kind", "messages"),
    [(Record, RECORDS), (Command, COMMANDS), (Report, REPORTS), (RunReport, RUN_REPORTS)],
)
def test_messages_arrive_as_they_were_sent(kind: object, messages: list[Record]) -> None:
    reader: FrameReader[object] = FrameReader(kind)

    assert list(reader.feed(b"".join(map(encode, messages)))) == messages
    assert reader.pending == 0


@given(cuts=st.lists(st.integers(min_value=1, max_value=40)))
def test_messages_survive_any_cut(cuts: list[int]) -> None:
    stream = b"".join(map(encode, RECORDS))
    reader: FrameReader[Record] = FrameReader(Record)
    arrived = []
    for size in cuts:
        arrived += reader.feed(stream[:size])
        stream = stream[size:]
    arrived += reader.feed(stream)

    assert arrived == RECORDS


def test_a_frame_that_is_not_complete_waits() -> None:
    reader: FrameReader[Idle] = FrameReader(Idle)
    idle = Idle(3, b"token")
    frame = encode(idle)

    assert list(reader.feed(frame[:-1])) == []
    assert reader.pending == len(frame) - 1
    assert list(reader.feed(frame[-1:])) == [idle]


@given(junk=st.binary(min_size=HEADER).filter(lambda junk: not junk.startswith(MAGIC)))
def test_bytes_that_are_no_frame_are_refused(junk: bytes) -> None:
    reader: FrameReader[Record] = FrameReader(Record)

    with pytest.raises(BadFrame):
        list(reader.feed(junk))


@given(body=st.binary(max_size=200))
def test_a_frame_with_any_body_decodes_or_is_refused(body: bytes) -> None:
    reader: FrameReader[Record] = FrameReader(Record)
    try:
        records = list(reader.feed(MAGIC + len(body).to_bytes(4, "big") + body))
    except BadFrame:
        return
    assert len(records) == 1
    assert isinstance(records[0], Record)


def test_a_frame_that_is_too_long_is_refused_before_it_arrives() -> None:
    reader: FrameReader[Record] = FrameReader(Record)

    with pytest.raises(BadFrame):
        list(reader.feed(MAGIC + (MAX_FRAME + 1).to_bytes(4, "big")))


def test_a_message_of_another_kind_is_refused() -> None:
    reader: FrameReader[Record] = FrameReader(Record)

    with pytest.raises(BadFrame):
        list(reader.feed(encode(KillRun(run=1))))


def test_what_came_before_junk_is_delivered() -> None:
    reader: FrameReader[Record] = FrameReader(Record)
    arrived = []

    with pytest.raises(BadFrame):  # noqa: PT012
        for record in reader.feed(encode(RECORDS[0]) + b"hello, recorder"):
            arrived.append(record)
    assert arrived == [RECORDS[0]]


MARK = "where the gradient goes"


def nested(holder: SnapshotRecord, grads: int) -> bytes:
    """A frame with a chain of gradients in the place of MARK; no recursion could write it."""
    mark = msgspec.msgpack.encode(MARK)
    before, _, after = msgspec.msgpack.encode(replace(TENSOR, grad=MARK)).partition(mark)
    head, found, tail = encode(holder)[HEADER:].partition(mark)
    assert found
    body = head + before * grads + msgspec.msgpack.encode(None) + after * grads + tail
    return MAGIC + len(body).to_bytes(4, "big") + body


MARKED = replace(TENSOR, grad=MARK)
HOLDERS = {
    "variable": replace(SNAPSHOT, tensors={"x": MARKED}),
    "arrived": replace(BACKWARD, backward=Backward(1, 7, (None, MARKED), ())),
    "sent": replace(BACKWARD, backward=Backward(1, 7, (), (MARKED,))),
    "saved": replace(BACKWARD, backward=Backward(1, 7, (), (), saved=(Saved("self", MARKED),))),
    "seed": replace(
        PASSED, passes=(Pass(1, "grad", (Root(None, 7, 0, MARKED),), None, False, False, 0),)
    ),
    "returned": replace(
        PASSED, passes=(Pass(1, "grad", (), None, False, False, 0, returned=(MARKED,)),)
    ),
}


@pytest.mark.parametrize("place", HOLDERS)
def test_gradients_of_gradients_arrive_up_to_a_limit(place: str) -> None:
    reader: FrameReader[Record] = FrameReader(Record)
    holder = SnapshotRecord(HOLDERS[place])

    (record,) = reader.feed(nested(holder, MAX_GRADS))
    assert encode(record) == nested(holder, MAX_GRADS)
    with pytest.raises(BadFrame):
        list(reader.feed(nested(holder, MAX_GRADS + 1)))


@pytest.mark.parametrize("grads", [900, 5_000, 100_000])
def test_gradients_of_gradients_without_end_are_refused(grads: int) -> None:
    reader: FrameReader[Record] = FrameReader(Record)

    with pytest.raises(BadFrame):
        list(reader.feed(nested(SnapshotRecord(HOLDERS["variable"]), grads)))
