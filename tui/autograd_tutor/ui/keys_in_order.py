"""Keys reach the screen that the keys before them have opened, however fast they are typed."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from textual import events
from textual.message import Message
from textual.message_pump import MessagePump

from autograd_tutor.limits.lessons import KEY_SECONDS
from autograd_tutor.ui.host import Host
from autograd_tutor.ui.line_view import StyledScreen

_PAUSE = 0.002


class KeysInOrder(Host):
    """Hands out one key at a time.

    Textual sends each key to the widget that has the focus when the key arrives, and what it does
    comes later: of an `e` and some code typed at once, or pasted into a terminal that knows no
    bracketed paste, the code would go to the screen below the editor.
    """

    class Handled(Message):
        """Comes back from where a key went, after it."""

        def __init__(self, key: events.Event) -> None:
            super().__init__()
            self.key = key

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._keys: deque[events.Event] = deque()
        """Those that have to wait."""
        self._in_flight: events.Event | None = None
        self._went_to: MessagePump = self
        self._asked = False
        """Whether `Handled` is on its way."""
        self._pausing = False
        self._late = 0.0
        """When the next key no longer waits, in seconds of monotonic()."""

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key | events.Paste):
            await super().on_event(event)
        elif event.is_forwarded:  # it has come up from the widget
            await super().on_event(event)
            await self._handled(event)
        else:
            self._keys.append(event)
            if len(self._keys) == 1:
                self._late = time.monotonic() + KEY_SECONDS
                await self._next()

    async def on_keys_in_order_handled(self, message: Handled) -> None:
        await self._handled(message.key)

    async def _handled(self, key: events.Event) -> None:
        if key is self._in_flight:
            self._in_flight = None
            self._late = time.monotonic() + KEY_SECONDS
            await self._next()

    async def _next(self) -> None:
        """Hand out keys, as long as what the one before has done is known."""
        while self._keys and self.screen_stack:
            if self._must_wait and time.monotonic() < self._late:
                if not self._pausing:
                    self._pausing = True
                    self.set_timer(_PAUSE, self._go_on)
                return
            event = self._take()
            self._went_to = self.focused or self.screen
            self._in_flight, self._asked = event, False
            await super().on_event(event)
            if not event.is_forwarded:  # a key of the application's own
                self._in_flight = None

    def _take(self) -> events.Event:
        """The next key; what was typed into an editor meanwhile as one: it is drawn once."""
        key = self._keys.popleft()
        typed = [key]
        if self.focused is not None and isinstance(self.screen, StyledScreen):
            while (
                self.screen.takes_text and self._keys and _text(typed[-1]) and _text(self._keys[0])
            ):
                typed.append(self._keys.popleft())
        return key if len(typed) == 1 else events.Paste("".join(map(_text, typed)))

    async def _go_on(self) -> None:
        self._pausing = False
        await self._next()

    @property
    def _must_wait(self) -> bool:
        """Whether the key before is not handled yet, or the screen that it opened has no focus."""
        if self._in_flight is not None:
            if not self._asked:
                self._asked = self._went_to.post_message(self.Handled(self._in_flight))
            return self._asked
        screen = self.screen
        if isinstance(screen, StyledScreen):
            return not screen.takes_keys
        return screen.focused is None


def _text(event: events.Event) -> str:
    """What a key inserts into an editor; `` of one that does something else."""
    if not isinstance(event, events.Key):
        return ""
    return "\n" if event.key == "enter" else (event.character or "") * event.is_printable
