"""The keys that jump inside a step, and the prompt that asks where to."""

from __future__ import annotations

from abc import abstractmethod

from textual import events

from autograd_tutor.analysis.jumps import Way
from autograd_tutor.playing.walk import Walk
from autograd_tutor.ui.lesson_bars import LessonBars
from autograd_tutor.ui.pane_keys import PaneKeys
from autograd_tutor.ui.prompt import Prompt


class JumpKeys(PaneKeys):
    """A screen on which one walks through a step."""

    walk: Walk

    def __init__(self) -> None:
        super().__init__()
        self._bars = LessonBars()
        self._prompt: Prompt | None = None
        """What is being typed: as long as it is, all keys are part of it."""

    @abstractmethod
    def entered(self, moved: bool) -> None:
        """Show where the learner is after a key that may have led into a backward pass."""

    def action_pass(self, way: Way) -> None:
        self.entered(self.walk.pass_by(way))

    def action_visit(self, way: Way) -> None:
        self.entered(self.walk.visit_by(way))

    def action_go(self) -> None:
        self._prompt = Prompt(self.walk.queries)
        self.show_prompt()

    def show_prompt(self) -> None:
        """Show what is being typed."""
        if self._prompt is not None:
            self._bars.show_prompt(self._prompt.text, self._prompt.cursor)

    def leave_prompt(self, text: str, entered: bool) -> None:
        """Do what was typed, if it was entered."""
        if entered:
            self.entered(self.walk.go(text))
        else:
            self.say("")

    def press_question(self, key: str, character: str | None) -> bool:
        """Do what a key does to an open question, where one is; whether it is for that."""
        return False

    def on_key(self, event: events.Key) -> None:
        """Take the keys in the order in which they come: those after Enter are not typed."""
        prompt = self._prompt
        if prompt is None:
            if self.press_question(event.key, event.character):
                event.stop()
            return
        event.stop()
        if event.key in ("enter", "escape"):
            self._prompt = None
            self.leave_prompt(prompt.text, entered=event.key == "enter")
            return
        if event.is_printable and event.character is not None:
            prompt.insert(event.character)
        else:
            prompt.press(event.key)
        self.show_prompt()

    def on_paste(self, event: events.Paste) -> None:
        if self._prompt is not None:
            self._prompt.insert(event.text)
            self.show_prompt()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the prompt is open, no key of the screen does anything."""
        return self._prompt is None
