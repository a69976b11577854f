"""The messages between the processes: msgspec structs in length-prefixed frames.

Three connections, all Unix stream sockets:

* client ⇄ zygote: `Command` one way, `Report` the other. `StartRun` carries one end of the run's
  data socket as ancillary data (SCM_RIGHTS).
* zygote ⇄ run: `StepRequest` and `LookRequest` one way, `RunReport` the other; the deadline of a
  step is the zygote's. The snippet can reach this socket too, so every `RunReport` bears the run's
  token.
  Over it goes the first message to a spare (`kernel/warm.py`), a `ForkRun`, with the data socket.
* run → client: the data socket, `Record`s only.

The data socket is within reach of the snippet, so nothing that arrives on it is trusted: a frame
that is too long, does not begin with MAGIC, does not decode or nests gradients or tangents deeper
than the recorder does raises `BadFrame`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, Literal, TypeVar

import msgspec
from msgspec import Struct

from autograd_tutor.limits.records import MAX_FRAME, MAX_GRADS, MOST_MOMENTS_OF_LESSON
from autograd_tutor.recording.checks import Check
from autograd_tutor.recording.invocation import Invocation
from autograd_tutor.recording.model import Error, Snapshot, StepResult, Tensor
from autograd_tutor.recording.picture import Looked, LookRequest
from autograd_tutor.recording.plots import Plot
from autograd_tutor.recording.questions import Judge, Question

MAGIC = b"\xa7\x67"
HEADER = len(MAGIC) + 4


class Limits(Struct, frozen=True, kw_only=True):
    """What one step may use. `seconds` are wall clock; `output` is in bytes, `memory` in MiB."""

    seconds: float = 10.0
    snapshots: int = MOST_MOMENTS_OF_LESSON
    nodes: int = 100_000
    output: int = 64 * 1024
    memory: int = 4096

    @property
    def share(self) -> int:
        """How many times what a lesson's step may send: a script may be given more moments."""
        return max(1, -(-self.snapshots // (MOST_MOMENTS_OF_LESSON + 1)))


class StartRun(Struct, frozen=True, tag=True):
    """Fork a run: seed, then execute `setup` unrecorded. The socket for its records comes along."""

    run: int
    seed: int
    setup: str
    limits: Limits
    path: bytes | None = None
    """The file of the lesson, whose name may be no text: the run imports what lies beside it, and
    is that script if it ends in `.py`."""
    sandboxed: bool = False
    """Refuse network, other programs and files of others. If that cannot be, nothing is run."""
    invocation: Invocation = Invocation()
    """How Python is started for a script."""


class StepRequest(Struct, frozen=True, tag=True):
    """Execute and record one step in `run`, after those asked for before."""

    run: int
    step: int
    code: str
    filename: str
    """What tracebacks call it: `<step 2>`, or the file of a script as its path was given."""
    expect: tuple[str, ...]
    raises: str | None
    limits: Limits
    first_line: int = 1
    """The number of the code's first line in what Python says of it. Records count from 1."""
    plot: Plot | None = None
    """What to work out for a picture, when the step has ended as it was meant to."""
    questions: tuple[Question, ...] = ()
    judge: Judge | None = None
    """Of an exercise."""
    check: Check | None = None
    """Check its gradients instead: nothing is recorded, and the run stays before the step."""
    is_last: bool = True
    """Whether no step comes after it: what was not stepped into by then is said."""


class ForkRun(Struct, frozen=True):
    """Zygote to spare: be this run.

    `token` goes into the run's reports; `folder` is where it may write, if it is in a sandbox.
    """

    start: StartRun
    token: bytes
    folder: str


class KillRun(Struct, frozen=True, tag=True):
    """End a run now, whatever it does."""

    run: int


class Ping(Struct, frozen=True, tag=True):
    """Answer with Pong, at once."""


RunCommand = StartRun | StepRequest | LookRequest | KillRun
Command = RunCommand | Ping


class Ready(Struct, frozen=True, tag=True):
    """torch is imported, runs can start. `seconds`: how long the import took.

    `isolated`: the kernel has namespaces of its own, in which its process ids mean something.
    """

    torch: str
    seconds: float
    isolated: bool = False


class Broken(Struct, frozen=True, tag=True):
    """torch could not be imported."""

    reason: str


class Started(Struct, frozen=True, tag=True):
    """The run's process exists; it leads its own process group. `pid`: as the kernel sees it."""

    run: int
    pid: int


EndCause = Literal[
    "closed",
    "exit",
    "signal",
    "deadline",
    "memory",
    "killed",
    "protocol",
    "fault",
    "lost",
    "busy",
    "flood",
    "sandbox",
]
"""`closed`: nothing more to do; `exit`: the snippet ended the process; `signal`: it crashed or was
killed from elsewhere; `deadline`: it did not stop when its time was up; `memory`: over the ceiling;
`killed`: KillRun; `protocol`: it wrote into or closed the recorder's connections; `fault`: the
recorder failed; `lost`: the kernel itself went, or could not start the run; `busy`: it went on
working when its step had ended; `flood`: it sent more than a step's recording may take; `sandbox`:
its sandbox could not be made, so that nothing was run."""


class Ended(Struct, frozen=True, tag=True):
    """The run's process is gone. `code`: exit status or signal number, by `cause`."""

    run: int
    cause: EndCause
    code: int


class Pong(Struct, frozen=True, tag=True):
    """The answer to Ping: the zygote is at work."""


Report = Ready | Broken | Started | Ended | Pong


class SetupFailed(Struct, frozen=True, tag=True, array_like=True):
    """The lesson's hidden setup code raised; no step of the run will be recorded."""

    error: Error


class SnapshotRecord(Struct, frozen=True, tag=True, array_like=True):
    """One snapshot."""

    snapshot: Snapshot


class ResultRecord(Struct, frozen=True, tag=True, array_like=True):
    """The end of a step; the snapshot before it holds the final state."""

    result: StepResult


Record = SnapshotRecord | ResultRecord | SetupFailed | Looked


class RunEnded(Struct, frozen=True, tag=True, array_like=True):
    """Only in files: the run's process ended before its step did.

    `seconds`: how long after the step had been asked for. The rest is as in `Ended`.
    """

    cause: EndCause
    code: int
    seconds: float


class Idle(Struct, frozen=True, tag=True):
    """Run to zygote: the setup (step -1), a look (step -2) or the step is done.

    `slow` names modules that took long to import and that later runs had better find imported.
    """

    step: int
    token: bytes
    slow: tuple[str, ...] = ()


class Leaving(Struct, frozen=True, tag=True):
    """Run to zygote: it ends by itself. Its exit status means nothing: a snippet can choose it."""

    cause: EndCause
    token: bytes


class Importing(Struct, frozen=True, tag=True):
    """Run to zygote: it begins, or has `done`, an import that is not to count as its time."""

    done: bool
    token: bytes


RunReport = Idle | Leaving | Importing


T = TypeVar("T")


class BadFrame(Exception):
    """Bytes that are no message."""


_encoder = msgspec.msgpack.Encoder()


def encode(message: Struct) -> bytes:
    """One frame: MAGIC, the body's length as four bytes (big-endian), the body."""
    body = _encoder.encode(message)
    return b"".join((MAGIC, len(body).to_bytes(4, "big"), body))


class FrameReader(Generic[T]):
    """Cuts a byte stream into messages of one type (a struct or a union of tagged structs)."""

    def __init__(
        self,
        message_type: object,
        largest: int = MAX_FRAME,
        decode: Callable[[bytes], T] | None = None,
    ) -> None:
        """`largest`: bytes of the largest frame that is read; `decode`: instead of msgspec's."""
        self._largest = largest
        self._decode_body = decode or msgspec.msgpack.Decoder(message_type).decode
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        """Bytes of a frame not yet complete."""
        return len(self._buffer)

    def feed(self, data: bytes) -> Iterator[T]:
        """Yield every message that `data` completes. Raises BadFrame; the stream is lost then."""
        self._buffer += data
        start = 0
        try:
            while len(self._buffer) - start >= HEADER:
                head = self._buffer[start : start + HEADER]
                length = int.from_bytes(head[len(MAGIC) :], "big")
                if not head.startswith(MAGIC) or length > self._largest:
                    raise BadFrame("bytes that are no frame")
                end = start + HEADER + length
                if len(self._buffer) < end:
                    return
                message = self._decode(bytes(self._buffer[start + HEADER : end]))
                start = end
                yield message
        finally:
            del self._buffer[:start]

    def _decode(self, body: bytes) -> T:
        try:
            message = self._decode_body(body)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise BadFrame(str(error)) from error
        if isinstance(message, SnapshotRecord) and _too_deep(message.snapshot):
            raise BadFrame("gradients or tangents of each other without end")
        return message


def _too_deep(snapshot: Snapshot) -> bool:
    """Whether a tensor has more than MAX_GRADS gradients in a chain, or a tangent has any."""
    for tensor in _tensors(snapshot):
        grad: Tensor | None = tensor
        grads = 0
        while grad is not None:
            tangent = grad.tangent
            if tangent is not None and not tangent.grad is tangent.tangent is None:
                return True
            grad, grads = grad.grad, grads + 1
        if grads > MAX_GRADS + 1:
            return True
    return False


def _tensors(snapshot: Snapshot) -> Iterator[Tensor]:
    """Every tensor of a snapshot, not their gradients and tangents."""
    yield from snapshot.tensors.values()
    found: list[Tensor | None] = []
    if (backward := snapshot.backward) is not None:
        found += (*backward.grad_outputs, *backward.grad_inputs)
        found += (each.value for each in backward.saved if isinstance(each.value, Tensor))
    for ended in snapshot.passes:
        found += (*ended.returned, *(root.seed for root in ended.roots))
        found += (each.value for each in ended.saved if isinstance(each.value, Tensor))
    yield from (tensor for tensor in found if tensor is not None)
