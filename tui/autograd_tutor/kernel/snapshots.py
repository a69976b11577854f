"""Makes the snapshots of a step and sends them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from autograd_tutor.kernel.change import Change
from autograd_tutor.kernel.graph import Found
from autograd_tutor.limits.kernel import MOST_PASSES
from autograd_tutor.recording.evidence import Evidence, Warned
from autograd_tutor.recording.followed import Followed
from autograd_tutor.recording.kinds import Event
from autograd_tutor.recording.model import Backward, Error, Pass, Snapshot, Tensor
from autograd_tutor.recording.picture import Picture
from autograd_tutor.recording.questions import Answer
from autograd_tutor.recording.window import LeftOut


class CodePosition(NamedTuple):
    """Where a snapshot is taken; the fields are those of `Snapshot`."""

    line: int
    next_line: int = 0
    depth: int = 0
    function: str = ""
    raised: bool = False
    failure: int | None = None


class SnapshotSender:
    """Sends each snapshot together with what was found before it and not sent yet."""

    def __init__(
        self, step: int, emit: Callable[[Snapshot], None], drain: Callable[[], str]
    ) -> None:
        """`drain` returns the text that was printed since its last call."""
        self._step = step
        self._emit = emit
        self._drain = drain
        self.count = 0
        """Snapshots sent."""
        self._printed = ""
        """Output to send with the next snapshot."""
        self._found = Found()
        """Nodes to send with the next snapshot, and what they keep."""
        self._tensors: dict[str, Tensor] = {}
        """Changed tensors to send with the next snapshot."""
        self._pictures: dict[str, Picture] = {}
        """And their pictures."""
        self._followed: tuple[Followed, ...] = ()
        """Files to send with the next snapshot."""
        self._passes: list[tuple[Pass, int]] = []
        """Passes to send with the lines that made them, and the depths of these."""

    def add_found(self, found: Found) -> None:
        """Send these nodes with the next snapshot."""
        self._found = self._found.plus(found)

    def add_followed(self, followed: Followed) -> None:
        """Send the file with the next snapshot, which may be of a line of it."""
        self._followed = (*self._followed, followed)

    def add_tensors(self, change: Change) -> None:
        """Send the changed tensors with the next snapshot."""
        self._tensors |= change.tensors
        self._pictures |= change.pictures

    def add_pass(self, ended: Pass, depth: int) -> bool:
        """Send the pass with the line at this depth that made it: it may call functions first.

        Returns whether there is room for another one.
        """
        self._passes.append((ended, depth))
        return len(self._passes) < MOST_PASSES

    def send(
        self,
        change: Change,
        event: Event,
        position: CodePosition,
        error: Error | None = None,
        backward: Backward | None = None,
        answers: tuple[Answer, ...] = (),
        begun: tuple[int, ...] = (),
        warned: tuple[Warned, ...] = (),
        left_out: LeftOut | None = None,
        message: str = "",
    ) -> None:
        """Send a snapshot; raises whatever `emit` raises."""
        self._printed += self._drain()
        tensors = change.tensors
        if self._tensors:
            earlier = {name: t for name, t in self._tensors.items() if name not in change.gone}
            tensors, self._tensors = earlier | tensors, {}
        pictures = change.pictures
        if self._pictures:
            pictures, self._pictures = self._pictures | pictures, {}
        line, next_line, depth, function, raised, failure = position
        passes: tuple[Pass, ...] = ()
        if self._passes and backward is None:
            passes = tuple([ended for ended, made_at in self._passes if made_at >= depth])
        nodes, kept = self._found.plus(change.found) if self._found.nodes else change.found
        evidence = change.evidence
        if kept or warned or message:
            evidence = replace(evidence or Evidence(), kept=kept, warned=warned, raised=message)
        # By position: there are many of them, and names take time.
        snapshot = Snapshot(
            self._step, self.count, event, line, next_line, depth, function,
            self._printed, tensors, change.values, change.gone, nodes,
            error, backward, passes, change.held, change.arrays, raised, failure,
            pictures, answers, begun, evidence, left_out, self._followed,
        )  # fmt: skip
        self._emit(snapshot)
        self._printed, self._found, self._followed = "", Found(), ()
        if passes:
            self._passes = [each for each in self._passes if each[1] < depth]
        self.count += 1

    def keep_output(self) -> None:
        """Send what was printed until now with the next snapshot."""
        self._printed += self._drain()

    def drop_output(self) -> None:
        """What was printed since `keep_output` is not the snippet's."""
        self._drain()

    def stop(self) -> None:
        """Send nothing more."""
        self._emit = lambda snapshot: None
