"""What Textual drives the terminal with: its own driver, which nothing can hold up for good."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from operator import is_
from typing import Any

from textual import events
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from autograd_tutor.ui.shown_cells import ShownCells
from autograd_tutor.ui.signals import Signals

_PIXELS_OFF = "\x1b[?1016l"
"""Textual turns this mode of the mouse on, and leaves it so."""


class TerminalDriver(LinuxDriver):
    """Draws on a `Terminal`, and does what signals ask for."""

    def __init__(self, signals: Signals, app: App[object], **options: Any) -> None:
        served = {number: signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT)}
        super().__init__(app, **options)
        for number, handler in served.items():
            signal.signal(number, handler)
        self._signals = signals
        self._terminal = signals.terminal
        self._file: Any = signals.terminal
        self._shown = ShownCells()
        self._shown_columns = 0

    def start_application_mode(self) -> None:
        """Take the terminal. A job in the background stops until it is brought to the front."""
        if not self._terminal.in_foreground and not self._signals.stop():
            return
        loop, context = asyncio.get_running_loop(), copy_context()
        self._signals.serve(self, partial(loop.call_soon_threadsafe, context=context))
        self._terminal.enter()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._report_size: Any = signal.getsignal(signal.SIGWINCH)
        # In C: after signals that come faster than a handler in Python runs, the stack would end.
        signal.signal(signal.SIGWINCH, is_)

    def write(self, data: str) -> None:
        """Send what differs from what the terminal shows already."""
        columns = self._app.size.width
        if columns != self._shown_columns:
            self._shown_columns = columns
            self._shown.forget(columns)
        if due := self._shown.update(data):
            super().write(due)

    def process_message(self, message: Message) -> None:
        """Take an event in. A terminal of another size may have moved what it shows.

        Ctrl-L asks for all of it anew: another program may have written there.
        """
        if isinstance(message, events.Resize) or (
            isinstance(message, events.Key) and message.key == "ctrl+l"
        ):
            self._shown.forget()
        super().process_message(message)

    def resize(self) -> None:
        """Report the size of the terminal."""
        self._shown.forget()
        self._report_size(signal.SIGWINCH, None)

    def disable_input(self) -> None:
        """No further keys."""
        if self._terminal.entered:
            super().disable_input()

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
        if self._terminal.entered:
            self.write(_PIXELS_OFF)
            super().stop_application_mode()

    def close(self) -> None:
        """Write what is left to be written."""
        if self._terminal.entered:
            super().close()
            self._terminal.leave()

    def end(self, status: int) -> None:
        """End in good order, with this exit status."""
        self._app.exit(return_code=status)

    def pause(self) -> None:
        """Give the terminal back, stop, and take it again."""
        self.suspend_application_mode()
        if self._signals.stop():
            self._resume()

    def take_again(self) -> None:
        """Take the terminal again: whatever had it meanwhile may have changed it."""
        if self._terminal.in_foreground or self._signals.stop():
            self.suspend_application_mode()
            self._resume()

    def run_input_thread(self) -> None:
        """Read keys. Bytes that are no UTF-8 are no key; a terminal that is gone has none."""
        while not self.exit_event.is_set():
            with suppress(UnicodeDecodeError):
                with suppress(OSError):
                    super().run_input_thread()
                return

    def _resume(self) -> None:
        self.resume_application_mode()
        self._app.refresh(layout=True)
