"""The key that checks the gradients of a pass by running code."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tutor.client import KernelEvent
from autograd_tutor.playing import key_messages
from autograd_tutor.playing.verification import Verification, call_at
from autograd_tutor.ui.why_keys import WhyKeys


class VerifyKeys(WhyKeys):
    """A lesson whose passes can be checked, in runs of their own."""

    def __init__(self) -> None:
        super().__init__()
        self._verification: Verification | None = None
        """The check that runs, or was last."""

    def action_verify(self) -> None:
        run = self.run.editable
        if run is None:
            self.say(key_messages.NOT_CHECKED)
            return
        if not (self._may_explain and run.settled) or run.refused:
            self.say(key_messages.CHECK_LATER)
            return
        from autograd_tutor.ui.checked_screen import CheckedScreen

        call = call_at(self.walk.trace, self.walk.timeline.index)
        verification = self._verification = run.verify(call)
        self.app.push_screen(CheckedScreen(verification, call, self._step.first_line))

    def take_check(self, events: Sequence[KernelEvent]) -> None:
        """Take in what comes of a check."""
        if self._verification is not None and not self._verification.done:
            for event in events:
                self._verification.take(event)
