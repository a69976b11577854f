"""The keys that jump inside a step, and the prompt that asks where to."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from textual.widget import Widget

from autograd_tutor.analysis.jumps import Way
from autograd_tutor.playing.walk import Walk
from autograd_tutor.ui.lesson_bars import LessonBars
from autograd_tutor.ui.pane_keys import PaneKeys

if TYPE_CHECKING:
    from autograd_tutor.ui.prompt import Prompt


class JumpKeys(PaneKeys):
    """A screen on which one walks through a step."""

    walk: Walk

    def __init__(self) -> None:
        super().__init__()
        self._bars = LessonBars()
        self._asks = False
        """Whether the prompt is open: then all keys are its own."""
        self._prompt: Prompt | None = None
        self._focused_before: Widget | None = None

    @abstractmethod
    def entered(self, moved: bool) -> None:
        """Show where the learner is after a key that may have led into a backward pass."""

    def action_pass(self, way: Way) -> None:
        self.entered(self.walk.pass_by(way))

    def action_visit(self, way: Way) -> None:
        self.entered(self.walk.visit_by(way))

    async def action_go(self) -> None:
        if self._prompt is None:
            from autograd_tutor.playing.destination import HINT
            from autograd_tutor.ui.prompt import Prompt

            self._prompt = Prompt(HINT, self._answered)
            await self.mount(self._prompt, after=self._bars.keys)
        self._asks, self._focused_before = True, self.focused
        self._prompt.open(self.walk.queries)
        self._bars.keys.display = False
        self.set_focus(self._prompt)  # at once: the next key may be there already

    def _answered(self, text: str | None) -> None:
        self._asks = False
        self._bars.keys.display = True
        self.set_focus(self._focused_before)
        if text is None:
            self.say("")
        else:
            self.entered(self.walk.go(text))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the prompt is open, no key of the screen does anything."""
        return not self._asks
