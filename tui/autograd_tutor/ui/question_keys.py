"""The keys that answer a question, and what follows when it is answered."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.message import Message

from autograd_tutor.course.model import Step
from autograd_tutor.playing.key_messages import Hint
from autograd_tutor.render.rows import Row
from autograd_tutor.ui.edit_keys import EditKeys

if TYPE_CHECKING:
    from autograd_tutor.ui.question_card import QuestionCard


class QuestionKeys(EditKeys):
    """A lesson that asks before it shows."""

    class Settled(Message):
        """A question was answered, or skipped."""

        def __init__(self, key: str, step: Step, card: QuestionCard) -> None:
            super().__init__()
            self.key = key
            self.step = step
            self.number = card.number
            self.guessing = card.guessing

    key: str | None

    def __init__(self) -> None:
        super().__init__()
        self._cards: dict[int, QuestionCard] = {}
        """The question on the screen, by the step: one comes back with its tries."""
        self._answering = False
        """Whether what is being typed is an answer."""

    @property
    def _card(self) -> QuestionCard | None:
        return self._cards.get(self.run.step)

    @abstractmethod
    def _show(self) -> None:
        """Show everything that depends on the moment."""

    def follow_question(self) -> None:
        """Put the question on the screen that the learner has come to, and judge what waits."""
        was = card = self._card
        asking = self.run.asking
        if card is not None and card.trace is not self.walk.trace:  # it was of an earlier run
            card = None
        if card is not None and card.settled:
            card.take(self.run.answer(card.number))  # skipped before it was known
        elif card is not None:
            if asking is None or asking.number != card.number:
                card = None
            else:
                card.take(asking.answer)
                if card.settled:
                    self._settle(card, follow=self.walk.asked is not None)
        if card is None:
            self._cards.pop(self.run.step, None)
            self._open_card()
        if self._answering and (was is None or was is not self._card or was.settled):
            self._prompt, self._answering = None, False  # it was for what is not asked any more

    def _open_card(self) -> None:
        asking = self.walk.asked
        if asking is not None:
            from autograd_tutor.ui.question_card import QuestionCard  # with the first question

            trace = self.walk.trace
            nodes = {node.name for node in trace.nodes.values()}
            count = len(self._step.predictions)
            self._cards[self.run.step] = QuestionCard(asking, count, trace, nodes)

    def close_result(self) -> bool:
        """Take off the screen what was found of an answer; whether it was there."""
        card = self._card
        if card is None or not card.settled:
            return False
        del self._cards[self.run.step]
        return True

    def press_question(self, key: str, character: str | None) -> bool:
        card = self._card
        if card is None:
            return False
        if card.settled:
            if key == "enter" and self.close_result():
                self.walk.message = ""
                self._show()
            return key == "enter"
        if card.opens_field(key, character):
            self._prompt, self._answering = card.field(key, character), True
            self.walk.message = ""
            self.show_prompt()
            return True
        pressed = card.press(key, character)
        if pressed:
            self._answered(card)
        return pressed

    def leave_prompt(self, text: str, entered: bool) -> None:
        card = self._card
        if not self._answering or card is None:
            super().leave_prompt(text, entered)
            return
        self._answering = False
        if not entered:
            card.leave_field(text)
        elif not card.submit(text):
            self._prompt, self._answering = card.field(), True
        self._answered(card)

    def show_prompt(self) -> None:
        if self._answering and self._prompt is not None:
            self._show_question()
            self._show_keys()
        else:
            super().show_prompt()

    def action_pane(self, name: str) -> None:
        if self._card is not None:
            self._card.active = False
        super().action_pane(name)

    def action_go(self) -> None:
        self._answering = False
        super().action_go()

    def _answered(self, card: QuestionCard) -> None:
        """Show what a key has done to the question."""
        self.walk.message = ""
        if card.settled:
            self._settle(card, follow=True)
        self._show()

    def _settle(self, card: QuestionCard, follow: bool) -> None:
        """Go on to what the question was about."""
        prediction = card.guessing.prediction
        self.walk.settle(follow)
        if follow and (prediction.line or prediction.node):
            from autograd_tutor.playing.question_words import pane_of

            self._panes.show_beside(pane_of(prediction).casefold())
        if self.key is not None:
            self.post_message(self.Settled(self.key, self._step, card))

    @property
    def _of_question(self) -> Sequence[Hint]:
        """The keys of a question, as the bar of keys has them."""
        return () if self._card is None else self._card.hints(typing=self._answering)

    @property
    def _question_rows(self) -> list[Row]:
        card = self._card
        if card is None:
            return []
        from autograd_tutor.render.question import question_rows

        shown = card.shown(self._prompt if self._answering else None)
        if self.app.ascii_only:
            shown = shown.spelled()
        width, height = self.size
        return question_rows(shown, width, height * 2 // 5 + 1)

    @abstractmethod
    def _show_question(self) -> None:
        """Show the question, with room for it; or take it off."""

    @abstractmethod
    def _show_keys(self) -> None:
        """Show the keys, or what the last one has to say."""
