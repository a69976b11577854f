"""A pseudo-terminal with a program on it and a terminal emulator before it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyte
from wcwidth import wcwidth

KEYS = {
    "right": "\x1b[C",
    "left": "\x1b[D",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "enter": "\r",
    "escape": "\x1b",
    "space": " ",
    "f5": "\x1b[15~",
    "ctrl+c": "\x03",
    "ctrl+p": "\x10",
    "ctrl+l": "\x0c",
    "ctrl+q": "\x11",
}
"""What a terminal sends for a key that is no single character."""

TIMEOUT = 30.0
"""Seconds after which a state that never comes is a failure; far beyond what any machine needs."""

_SEQUENCE = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-OQ-WYZ\\`-~])"
)
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|[\]P_^X][^\x07\x1b]*\x1b?|[ -/]*)?\Z")
_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")


Begin = Callable[[int], "subprocess.Popen[bytes]"]


class Chunk(NamedTuple):
    """What one read gave, and when."""

    time: float
    data: bytes


class Gone(AssertionError):
    """The program ended, or its terminal closed, while a state was waited for."""


class _Screen(pyte.Screen):
    """A screen whose answers to queries go back to the program."""

    def __init__(self, columns: int, rows: int, answer: Callable[[str], None]) -> None:
        super().__init__(columns, rows)
        self._answer = answer

    def write_process_input(self, data: str) -> None:
        self._answer(data)


class Terminal:
    """Runs a program on a pseudo-terminal of its own, as its controlling terminal.

    `env` is the program's whole environment. Use as a context manager: whatever is left of the
    program's session when it ends is killed.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        columns: int = 120,
        rows: int = 40,
        cwd: str | None = None,
        begin: Begin | None = None,
    ) -> None:
        """`begin`: begins the program in another way, on the terminal that it gets."""
        self.chunks: list[Chunk] = []
        self._held = b""
        self._fed = 0
        self._open = True
        self.screen = _Screen(columns, rows, self._reply)
        self._stream = pyte.ByteStream(self.screen)
        self._master, slave = os.openpty()
        self.name = os.ttyname(slave)
        os.set_blocking(self._master, False)
        self._set_size(columns, rows)
        self.started = time.monotonic()
        try:
            self.process = (
                begin(slave)
                if begin
                else subprocess.Popen(
                    list(argv),
                    stdin=slave,
                    stdout=slave,
                    stderr=slave,
                    cwd=cwd,
                    env=dict(env),
                    start_new_session=True,
                    preexec_fn=_take_terminal,
                )
            )
        finally:
            os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.close()

    # What the program wrote

    @property
    def raw(self) -> bytes:
        """Every byte the program wrote."""
        return b"".join(chunk.data for chunk in self.chunks)

    @property
    def written(self) -> int:
        """How many bytes the program wrote."""
        return sum(len(chunk.data) for chunk in self.chunks)

    @property
    def lines(self) -> list[str]:
        """The rows of the screen, from the top, without trailing blanks."""
        return [self._row(number) for number in range(self.screen.lines)]

    def _row(self, number: int) -> str:
        """A row as `pyte.Screen.display` has it, which looks up the width of every letter."""
        cells = self.screen.buffer[number]
        shown = [cells[column].data for column in range(self.screen.columns)]
        for column, letter in enumerate(shown):
            if len(letter) == 1 and not letter.isascii() and wcwidth(letter) == 2:
                shown[column + 1 : column + 2] = [""]  # covered, whatever stands there
        return "".join(shown).rstrip()

    @property
    def text(self) -> str:
        """The screen as text."""
        return "\n".join(self.lines)

    @property
    def modes(self) -> dict[int, bool]:
        """The private modes the program has set (True) or reset (False): 1049, 25, 1003 …"""
        modes: dict[int, bool] = {}
        for numbers, letter in _MODE.findall(self.raw):
            for number in numbers.split(b";"):
                modes[int(number)] = letter == b"h"
        return modes

    # What the person does

    def press(self, *keys: str) -> None:
        """Send keys, by the names in KEYS or as single characters."""
        for key in keys:
            self.send(KEYS.get(key, key).encode())

    def send(self, data: bytes) -> None:
        """Send bytes as they are; reads meanwhile, so that neither side can block the other."""
        while data:
            try:
                data = data[os.write(self._master, data) :]
            except BlockingIOError:
                self.read(0.05)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the terminal; the kernel tells the program by SIGWINCH."""
        self.feed()
        self.screen.resize(rows, columns)
        self._set_size(columns, rows)

    def close(self) -> None:
        """Close the terminal, as a closed window does: the program gets SIGHUP."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1
            self._open = False

    def settings(self) -> list[Any]:
        """How the terminal treats keys and output, as `stty` shows it."""
        return termios.tcgetattr(self._master)

    def stall(self) -> None:
        """Have the program write, without reading any of it, until no more can be written."""
        written = os.open(self.name, os.O_WRONLY | os.O_NOCTTY)
        try:
            poll = select.poll()
            poll.register(written, select.POLLOUT)
            end, size = time.monotonic() + TIMEOUT, 0
            while poll.poll(20):
                if time.monotonic() > end:
                    raise AssertionError("the program has nothing more to write")
                size += 1
                self._set_size(100 + size % 2, 40)
        finally:
            os.close(written)

    def kill(self) -> None:
        """Kill the program's session leader with SIGKILL and wait for it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    # Waiting

    def read(self, timeout: float) -> bool:
        """Take what arrives within `timeout` seconds (one read), unseen by the emulator yet."""
        if not self._open:
            return False
        ready, _, _ = select.select([self._master], [], [], timeout)
        if not ready:
            return False
        try:
            data = os.read(self._master, 1 << 16)
        except BlockingIOError:
            return False
        except OSError:  # Linux says EIO when the last process has closed the terminal
            data = b""
        if not data:
            self._open = False
            return False
        self.chunks.append(Chunk(time.monotonic(), data))
        return True

    def feed(self) -> None:
        """Show the emulator everything that was read, and answer the queries in it."""
        while self.feed_next():
            pass

    def feed_next(self) -> Chunk | None:
        """Show the emulator the next read it has not seen; None when it has seen all."""
        if self._fed == len(self.chunks):
            return None
        chunk = self.chunks[self._fed]
        self._fed += 1
        self.show(chunk.data)
        return chunk

    def show(self, data: bytes) -> None:
        """Show the emulator some bytes, without what it does not know."""
        data = self._held + data
        unfinished = _UNFINISHED.search(data)
        self._held = data[unfinished.start() :] if unfinished else b""
        self._stream.feed(_SEQUENCE.sub(self._translate, data[: len(data) - len(self._held)]))

    def wait_for(
        self, expected: str | Callable[[Terminal], object], timeout: float = TIMEOUT
    ) -> Terminal:
        """Read until the screen holds a text or a predicate is true; fails with the screen."""
        met = expected if callable(expected) else lambda terminal: expected in terminal.text
        end = time.monotonic() + timeout
        while True:
            self.feed()
            if met(self):
                return self
            left = end - time.monotonic()
            if not self._open:
                raise Gone(f"the program ended before {expected!r}:\n{self.text}")
            if left <= 0:
                raise AssertionError(f"no {expected!r} in {timeout} s:\n{self.text}")
            self.read(min(left, 0.25))

    def wait_quiet(self, seconds: float, timeout: float = TIMEOUT) -> None:
        """Read until nothing has been written for so long; fails if that never happens.

        A program that waits for a processor is not quiet yet, where that can be known.
        """
        end = time.monotonic() + timeout
        while self.read(seconds) or self._busy():
            self.feed()
            if time.monotonic() > end:
                raise AssertionError(f"never quiet for {seconds} s in {timeout} s:\n{self.text}")
        self.feed()

    def wait_end(self, timeout: float = TIMEOUT) -> int:
        """Read until the program has ended; returns its exit status (negative: by a signal)."""
        end = time.monotonic() + timeout
        while self.process.poll() is None:
            if time.monotonic() > end:
                raise AssertionError(f"still running after {timeout} s:\n{self.text}")
            self.read(0.05)
        while self.read(0.0):
            pass
        self.feed()
        return self.process.wait()

    def _busy(self) -> bool:
        """Whether a thread of the program has something to do; False without /proc."""
        for stat in Path(f"/proc/{self.process.pid}/task").glob("*/stat"):
            with contextlib.suppress(OSError):  # the thread has ended
                if stat.read_text().rpartition(")")[2].split()[0] in "RD":
                    return True
        return False

    # The terminal's side

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _reply(self, data: str) -> None:
        if self._open:
            self.send(data.encode())

    def _translate(self, match: re.Match[bytes]) -> bytes:
        """Answer what pyte cannot answer, and hide from it what it would misread."""
        sequence = match.group()
        if not sequence.startswith(b"\x1b["):
            return sequence if sequence[1:2] not in (b"P", b"_", b"^", b"X") else b""
        if sequence.endswith(b"$p"):
            mode = sequence[3:-2].decode()
            self._reply(f"\x1b[?{mode};{2 if mode == '2026' else 0}$y")
            return b""
        return (
            b"" if sequence[2:3] in (b"<", b">", b"=") or sequence[-2:-1] in b" !$'" else sequence
        )


def _take_terminal() -> None:
    """Make standard input the controlling terminal of the session that was just begun."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
