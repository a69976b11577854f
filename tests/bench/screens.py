"""What a person waits for at a terminal of 120×40: this program and pudb, alike."""

from __future__ import annotations

import sys
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

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


@dataclass
class Steps:
    """What the measured steps took (seconds) and wrote (bytes; compressed as by `ssh -C`)."""

    seconds: list[float] = field(default_factory=list)
    written: list[int] = field(default_factory=list)
    compressed: list[int] = field(default_factory=list)

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
    full=("Explanation", "Code", "Tensors", "Graph", "Gradients", "optimizer.step()"),
    least=1,
)
PUDB = Stepper(
    argv=(sys.executable, "-m", "pudb", str(SNIPPETS / "train.py")),
    key="n",
    full=("Variables:", "Stack:", "Breakpoints:", "optimizer.step()", "Command line:"),
    least=1000,
)


def prepare_pudb(home: Path) -> None:
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


def steps(terminal: Terminal, stepper: Stepper) -> Steps:
    """Press the key for a step over and over; the first presses warm up and are not counted."""
    measured = Steps()
    deflate = zlib.compressobj(6)
    for number in range(WARM_UP + STEPS):
        first, pressed = len(terminal.chunks), time.monotonic()
        terminal.press(stepper.key)
        _read_answer(terminal, first, stepper.least)
        answer = terminal.chunks[first:]
        data = b"".join(chunk.data for chunk in answer)
        compressed = len(deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH))
        if number >= WARM_UP:
            measured.seconds.append(answer[-1].time - pressed)
            measured.written.append(len(data))
            measured.compressed.append(compressed)
        terminal.feed()
    return measured


def idle_bytes(terminal: Terminal, seconds: float) -> int:
    """Return how many bytes the program writes in so many seconds without a key."""
    before, end = terminal.written, time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        terminal.read(left)
    return terminal.written - before


def _read_answer(terminal: Terminal, first: int, least: int) -> None:
    end = time.monotonic() + LONGEST
    while time.monotonic() < end:
        quiet = not terminal.read(QUIET)
        if quiet and sum(len(chunk.data) for chunk in terminal.chunks[first:]) >= least:
            return
    raise RuntimeError(f"a key had no answer in {LONGEST} s:\n{terminal.text}")
