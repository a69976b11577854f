"""A prompt of one line in the place of the keys, with what was typed there before."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.widgets import Input


class Prompt(Input):
    """Hands what was typed to `answer`, an empty text too, and None where it was left.

    Keys are taken in the order in which they come: those that follow Enter are none of its own.
    """

    def __init__(self, hint: str, answer: Callable[[str | None], None]) -> None:
        super().__init__(placeholder=hint, id="prompt", select_on_focus=False)
        self.cursor_blink = False
        self._answer = answer
        self._earlier = [""]
        self._at = 0

    def open(self, earlier: Sequence[str]) -> None:
        """Show an empty line; `earlier`: what the keys for up and down bring back."""
        self._earlier = [*earlier, ""]
        self._at = len(earlier)
        self.value = ""
        self.display = True

    async def _on_key(self, event: events.Key) -> None:
        if not self.display:
            event.stop()
            self.app.post_message(events.Key(event.key, event.character))
        elif event.key in ("enter", "escape"):
            event.stop()
            self.display = False
            self._answer(self.value if event.key == "enter" else None)
        elif event.key in ("up", "down"):
            event.stop()
            self._recall(-1 if event.key == "up" else 1)
        else:
            await super()._on_key(event)
            return
        event.prevent_default()

    def _recall(self, by: int) -> None:
        """Show what was typed before; what is being typed comes last."""
        self._earlier[self._at] = self.value
        self._at = max(0, min(self._at + by, len(self._earlier) - 1))
        self.value = self._earlier[self._at]
        self.cursor_position = len(self.value)
