"""One question of an earlier lesson that is asked again, in the panes of that lesson."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from textual.message import Message

from autograd_tutor.messages import _
from autograd_tutor.playing import key_messages, review
from autograd_tutor.playing.key_messages import Hint
from autograd_tutor.playing.played import Played
from autograd_tutor.playing.review import Outcome
from autograd_tutor.ui.lesson_screen import LessonScreen
from autograd_tutor.ui.question_card import QuestionCard

_GOES_ON = Hint("N", _("go on"), True)
_ENDS = Hint("q", _("end review"))
_RUNS_AGAIN = Hint("F5", _("run again"))


class ReviewScreen(LessonScreen):
    """A lesson that is taken to its only question. Nothing of it is kept but what came of that."""

    class Reviewed(Message):
        """It is known what came of the question."""

        def __init__(self, outcome: Outcome) -> None:
            super().__init__()
            self.outcome = outcome

    class Passed(Message):
        """The learner goes on; `ended`: leaves the review, perhaps before the question's answer."""

        def __init__(self, screen: ReviewScreen, *, ended: bool) -> None:
            super().__init__()
            self.screen = screen
            self.ended = ended

    def __init__(self, run: Played, message: str = "") -> None:
        """`message`: shown until the first key."""
        super().__init__(run, None, message)
        self._looks_after = True  # no lesson comes after this one
        self._over = False
        """Whether it is known what came of the question."""
        self._to_question()

    def _to_question(self) -> None:
        message = self.walk.message
        self.walk.last()
        self.walk.message = message

    def _on_recorded(self) -> None:
        super()._on_recorded()
        if not self._over and self.walk.message == key_messages.ASKED:
            self.say("")

    def _show(self, from_top: Collection[str] = ()) -> None:
        super()._show(from_top)
        run = self.run
        there = self._panes.complete and run.step + 1 == len(run.lesson.steps)
        if there and not (self._over or run.running or run.asking is not None):
            counts = self.app.torch_ready  # else it is not the lesson's fault
            self._over = not counts
            self._end("not asked")
            self.say(
                _("{unreached} N goes on.").format(unreached=review.unreached(run.problem, counts))
            )

    def _settle(self, card: QuestionCard, follow: bool) -> None:
        super()._settle(card, follow)
        outcome = review.outcome_of(card.guessing)
        self._end(outcome)
        if outcome == "skipped":
            self.walk.message = _("Skipped. {counts} Enter goes on.").format(counts=review.COUNTS)

    def _end(self, outcome: Outcome) -> None:
        if not self._over:
            self._over = True
            self.post_message(self.Reviewed(outcome))

    # Keys

    def press_question(self, key: str, character: str | None) -> bool:
        if key == "enter" and self._over and self._card is not None:
            self.post_message(self.Passed(self, ended=False))
            return True
        return super().press_question(key, character)

    def action_next_step(self) -> None:
        if self._over:
            self.post_message(self.Passed(self, ended=False))
        elif self.run.step + 1 == len(self.run.lesson.steps):
            self.action_last()
        else:
            super().action_next_step()

    def leave(self) -> None:
        self.post_message(self.Passed(self, ended=True))

    def action_edit(self) -> None:
        self.say(review.NO_EDITING)

    def action_run_again(self) -> None:
        self._opened(self.walk.run_again())
        if not self._over:
            self._to_question()

    def action_review(self) -> None:
        self.say(review.NO_REVIEW_IN_REVIEW)

    def action_ask_again(self) -> None:
        self.say(review.NO_REVIEW_IN_REVIEW)

    @property
    def _of_question(self) -> Sequence[Hint]:
        of_question = super()._of_question
        if self._answering:
            return of_question
        return (*(of_question or ((_GOES_ON,) if self._over else ())), _ENDS)

    @property
    def _of_task(self) -> Sequence[Hint]:
        return (_RUNS_AGAIN,)
