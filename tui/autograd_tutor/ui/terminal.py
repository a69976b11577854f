"""The terminal: the screen is drawn on it, but nothing waits for it that must not."""

from __future__ import annotations

import os
import select
import sys
import termios
import time
from contextlib import suppress
from threading import Lock

from autograd_tutor.ui.keeper import Keeper

_RESTORE = (
    b"\x1b\\"  # ends whatever sequence the terminal has received a part of
    b"\x1b[?2026l"  # no longer wait for the end of an update
    b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1005l\x1b[?1006l\x1b[?1015l\x1b[?1016l"  # mouse
    b"\x1b[?1004l\x1b[?2004l\x1b[?2048l"  # focus, pastes, sizes are reported no longer
    b"\x1b[<u"  # the keyboard as before, which belongs to the alternate screen
    b"\x1b[?1049l\x1b[?7h\x1b[?25h\x1b[0m"  # the screen as before, lines wrap, cursor, colours
)
"""What gives a terminal back, in whatever state the screen has left it."""

_CHUNK = 8192
_LOOK_SECONDS = 0.1
"""Between two looks at whether the terminal has been given up."""
_FULL_SECONDS = 0.002
"""A terminal may be ready with less room than a character takes."""


class Terminal:
    """What the screen writes to, in the place of a text file, and how it was before.

    Writing waits as long as the terminal takes nothing (a stalled link), until it is given up:
    then everything is dropped. All but `write` and `flush` can be called from any thread, and
    return at once.
    """

    def __init__(self, keys: int = 0, screen: int = 1) -> None:
        """`keys`, `screen`: descriptors of the terminal. Raises OSError where they are none."""
        self.entered = False
        """Whether the screen is drawn on it at the moment."""
        self._keys = keys
        self._screen = _reopened(screen)
        self._encoding = sys.__stdout__.encoding if sys.__stdout__ else "utf-8"
        self._unwritten = bytearray()
        self._given_up = False
        self._keeper: Keeper | None = None
        self._writing = Lock()
        try:
            self._before = termios.tcgetattr(keys)
        except termios.error as error:
            raise OSError(*error.args) from None

    def survive_kill(self) -> None:
        """Have it given back even if this process is killed. To be called before threads begin."""
        self._keeper = Keeper(self._keys, self._screen, self._before, _RESTORE)

    @property
    def keys(self) -> int:
        """The descriptor where keys arrive."""
        return self._keys

    @property
    def in_foreground(self) -> bool:
        """Whether it is ours, and not that of another job of the shell."""
        try:
            return os.tcgetpgrp(self._keys) == os.getpgrp()
        except OSError:  # it is gone
            return True

    def write(self, text: str) -> int:
        """Write, at the latest with the next `flush`."""
        self._unwritten += text.encode(self._encoding, "backslashreplace")
        if len(self._unwritten) >= _CHUNK:
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Write all that is left."""
        while self._unwritten:
            with self._writing:
                blocked = self._write_some()
            if blocked:
                time.sleep(_FULL_SECONDS)
                poll = select.poll()
                poll.register(self._screen, select.POLLOUT)
                poll.poll(1000 * _LOOK_SECONDS)

    def enter(self) -> None:
        """The screen is about to be drawn on it."""
        self._given_up = False
        self.entered = True
        if self._keeper is not None:
            self._keeper.entered()

    def leave(self) -> None:
        """The screen has given it back; where it was given up, that is still to be done."""
        if self._given_up:
            self.restore()
        self._left()

    def give_up(self) -> None:
        """Drop what is not written yet, and all that comes."""
        self._given_up = True

    def restore(self) -> None:
        """Give it back as it was, unless that is done; what it has not taken yet is dropped."""
        self.give_up()
        if not self.entered:
            return
        self._left()
        alone = self._writing.acquire(timeout=_LOOK_SECONDS)
        with suppress(termios.error, OSError):
            termios.tcflush(self._screen, termios.TCOFLUSH)
            os.write(self._screen, _RESTORE)
        with suppress(termios.error):
            termios.tcsetattr(self._keys, termios.TCSANOW, self._before)
        if alone:
            self._writing.release()

    def _left(self) -> None:
        self.entered = False
        if self._keeper is not None:
            self._keeper.left()

    def _write_some(self) -> bool:
        """Whether the terminal takes nothing at the moment."""
        if self._given_up:
            self._unwritten.clear()
            return False
        try:
            written = os.write(self._screen, self._unwritten[:_CHUNK])
        except BlockingIOError:
            return True
        except OSError:  # it has been closed
            written = len(self._unwritten)
        del self._unwritten[:written]
        return False


def _reopened(descriptor: int) -> int:
    """The terminal once more: not to block is a setting that all share who inherited a descriptor.

    Without the right to open it (after `su`), by the name that everybody has for his own.
    """
    flags = os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC
    with suppress(OSError):
        return os.open(os.ttyname(descriptor), flags)
    with suppress(OSError):
        return os.open("/dev/tty", flags)
    return os.dup(descriptor)
