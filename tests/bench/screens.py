"""What a person waits for at a terminal of 120×40: this program and pudb, alike."""

from __future__ import annotations

import sys
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from bench.measured import median, p95
from terminal.emulator import Chunk, Terminal
from terminal.program import PROGRAM, environment

SNIPPETS = Path(__file__).with_name("snippets")
QUIET = 0.06
"""Seconds without a byte after which what was written counts as finished."""
STEPS = 100
WARM_UP = 8
"""Steps before the measured ones: `import torch`, the model, the first round of the loop."""
LONGEST = 30.0


class Answer(NamedTuple):
    """What one key took (seconds until the last byte) and wrote (bytes)."""

    seconds: float
    written: int
    compressed: int


@dataclass
class Steps:
    """What the measured steps took (seconds) and wrote (bytes; compressed as by `ssh -C`)."""

    seconds: list[float] = field(default_factory=list)
    written: list[int] = field(default_factory=list)
    compressed: list[int] = field(default_factory=list)

    def add(self, answer: Answer) -> None:
        """Count what one key took."""
        self.seconds.append(answer.seconds)
        self.written.append(answer.written)
        self.compressed.append(answer.compressed)

    def extend(self, other: Steps) -> None:
        """Add what another repetition measured."""
        self.seconds += other.seconds
        self.written += other.written
        self.compressed += other.compressed

    @property
    def median_ms(self) -> float:
        """Median of a step, in milliseconds."""
        return 1000 * median(self.seconds)

    @property
    def p95_ms(self) -> float:
        """95th percentile of a step, in milliseconds."""
        return 1000 * p95(self.seconds)


@dataclass(frozen=True)
class Stepper:
    """A program that steps through `train.py` on a terminal."""

    argv: Sequence[str]
    key: str
    full: Sequence[str]
    """What the first full screen holds."""
    least: int
    """Bytes below which an answer to a key is not the whole of it yet."""

    def open(self, home: Path) -> Terminal:
        """Start it."""
        return Terminal(self.argv, env=environment(home), cwd=str(home))


OURS = Stepper(
    argv=(*PROGRAM, str(SNIPPETS / "train.py")),
    key="right",
    full=("Code", "Tensors", "Graph", "Gradients", "optimizer.step()"),
    least=1,
)
COURSE = replace(
    OURS,
    argv=(*PROGRAM, "inside-backward"),
    full=("Explanation", "Code", "Tensors", "Graph", "Gradients", "loss.backward()"),
)
"""The same program, opened with a lesson of the course."""
LIST = replace(
    OURS,
    argv=PROGRAM,
    full=("Lessons", "About", "Parameters", "Four switches", "Enter", "quit"),
)
"""The same program, opened with the list of lessons, of which nothing has been kept."""
PUDB = Stepper(
    argv=(sys.executable, "-m", "pudb", str(SNIPPETS / "train.py")),
    key="n",
    full=("Variables:", "Stack:", "Breakpoints:", "optimizer.step()", "Command line:"),
    least=1000,
)


@contextmanager
def home() -> Iterator[Path]:
    """An empty home, in which pudb asks no questions."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        _prepare_pudb(Path(folder))
        yield Path(folder)


def _prepare_pudb(home: Path) -> None:
    """Have pudb skip its welcome and its question at the end."""
    folder = home / "config" / "pudb"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pudb.cfg").write_text("[pudb]\nseen_welcome = zzzz\nprompt_on_quit = False\n")


def first_frame(terminal: Terminal, full: Sequence[str]) -> float:
    """Return the seconds from the start to the last byte of the first screen that holds `full`.

    What arrives is only noted with its time at first and shown to the emulator afterwards: the
    emulator is slower than the programs.
    """
    end = time.monotonic() + LONGEST
    last: Chunk | None = None
    complete = False
    while time.monotonic() < end:
        while terminal.read(QUIET):
            pass
        while chunk := terminal.feed_next():
            if complete and last is not None and chunk.time - last.time > QUIET:
                break
            last = chunk
            complete = complete or all(text in terminal.text for text in full)
        if complete and last is not None:
            terminal.feed()
            return last.time - terminal.started
    missing = [text for text in full if text not in terminal.text]
    raise RuntimeError(f"no full screen in {LONGEST} s, without {missing}:\n{terminal.text}")


def first_values(home: Path) -> float:
    """Return the seconds from the launch until the first recorded values are on the screen.

    The key is pressed as soon as the first frame stands.
    """
    argv = (*PROGRAM, str(SNIPPETS / "first.yaml"))
    with Terminal(argv, env=environment(home), cwd=str(home)) as terminal:
        first_frame(terminal, ("x = torch.arange(1, 4) * 37", "Tensors"))
        terminal.press("right")
        terminal.wait_for("111")
        return terminal.chunks[-1].time - terminal.started


class Keys:
    """Presses keys one by one, each when the answer to the one before is complete.

    `least`: bytes below which an answer to a key is not the whole of it yet.
    """

    def __init__(self, terminal: Terminal, least: int = 1) -> None:
        self._terminal = terminal
        self._least = least
        self._deflate = zlib.compressobj(6)

    def press(self, key: str) -> Answer:
        """Press a key and read its answer; raises RuntimeError if there is none."""
        terminal = self._terminal
        first, pressed = len(terminal.chunks), time.monotonic()
        terminal.press(key)
        self._read_answer(key, first)
        chunks = terminal.chunks[first:]
        data = b"".join(chunk.data for chunk in chunks)
        packed = self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        terminal.feed()
        return Answer(chunks[-1].time - pressed, len(data), len(packed))

    def _read_answer(self, key: str, first: int) -> None:
        terminal, end = self._terminal, time.monotonic() + LONGEST
        while time.monotonic() < end:
            quiet = not terminal.read(QUIET)
            if quiet and sum(len(chunk.data) for chunk in terminal.chunks[first:]) >= self._least:
                return
        terminal.feed()
        raise RuntimeError(f"{key!r} had no answer in {LONGEST} s:\n{terminal.text}")


def steps(terminal: Terminal, stepper: Stepper) -> Steps:
    """Press the key for a step over and over; the first presses warm up and are not counted."""
    keys, measured = Keys(terminal, stepper.least), Steps()
    for number in range(WARM_UP + STEPS):
        answer = keys.press(stepper.key)
        if number >= WARM_UP:
            measured.add(answer)
    return measured


def idle_bytes(terminal: Terminal, seconds: float) -> int:
    """Return how many bytes the program writes in so many seconds without a key."""
    before, end = terminal.written, time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        terminal.read(left)
    return terminal.written - before
