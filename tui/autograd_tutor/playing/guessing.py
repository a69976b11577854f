"""How far a learner is with a question: two tries, and what is said after each."""

from __future__ import annotations

from dataclasses import dataclass, replace

from autograd_tutor.course.tasks import Prediction
from autograd_tutor.messages import _
from autograd_tutor.playing.guesses import (
    Found,
    Guess,
    answer_text,
    judge,
    message_for,
    problem_of,
)
from autograd_tutor.recording.questions import Answer

MOST_TRIES = 2

NOT_YET = _("The run is not there yet. Your answer is kept until it is.")
WRONG = _("That is not it.")
AGAIN = _("Try once more.")
_RIGHT = _("Right.")
_OTHER = _("The run says something else.")
_SKIPPED = _("Skipped.")


@dataclass(frozen=True)
class Guessing:
    """One question that the learner has come to; each change gives another value."""

    prediction: Prediction
    guesses: tuple[Guess, ...] = ()
    """In the order in which they were made."""
    sure: bool | None = None
    """What the learner says of the guess; None: nothing."""
    found: Found | None = None
    """What the last guess was found to be; None: there is none, or no answer yet."""
    answer: Answer | None = None
    """The run's, once a guess was compared with it, or the question was skipped."""
    skipped: bool = False

    @property
    def waits(self) -> bool:
        """Whether a guess waits for the run's answer."""
        return bool(self.guesses) and self.found is None and not self.skipped

    @property
    def settled(self) -> bool:
        """Whether nothing more is asked: it is right, or was tried twice, or skipped, or there is
        no answer."""
        tried = len(self.guesses) >= MOST_TRIES and self.found == "wrong"
        return self.skipped or self.found in ("right", "unclear") or tried

    @property
    def right(self) -> bool:
        """Whether the last guess was right."""
        return self.found == "right"

    @property
    def tries(self) -> int:
        """How many guesses were made."""
        return len(self.guesses)

    def with_certainty(self) -> Guessing:
        """As it is after the key for sure and unsure: unsure, sure, then nothing again."""
        following: dict[bool | None, bool | None] = {None: False, False: True, True: None}
        return replace(self, sure=following[self.sure])

    def guessed(self, guess: Guess, answer: Answer | None) -> Guessing:
        """After a guess; `answer`: the run's, if it has come to it."""
        if self.waits:  # until it is compared, it can be replaced
            self = replace(self, guesses=self.guesses[:-1])
        return replace(self, guesses=(*self.guesses, guess), found=None).taken(answer)

    def taken(self, answer: Answer | None) -> Guessing:
        """After the run has come to the answer: a guess that waits is compared with it."""
        if self.skipped and self.answer is None:
            return replace(self, answer=answer)
        if answer is None or not self.waits:
            return self
        return replace(self, found=judge(self.prediction, self.guesses[-1], answer), answer=answer)

    def skip(self, answer: Answer | None) -> Guessing:
        """After the learner has skipped it."""
        return replace(self, skipped=True, answer=answer)

    @property
    def guess_text(self) -> str:
        """The last guess, as it is shown."""
        return self.guesses[-1].text if self.guesses else ""

    @property
    def answer_text(self) -> str:
        """The run's answer, to be shown beside the guess; `` before it is settled, or where there
        is none."""
        if not self.settled or self.answer is None or problem_of(self.prediction, self.answer):
            return ""
        return answer_text(self.prediction, self.answer)

    @property
    def say(self) -> str:
        """What is said of the last guess, in sentences; `` where none was made."""
        if self.skipped:
            return _SKIPPED
        if not self.guesses:
            return ""
        if self.found is None:
            return NOT_YET
        if self.found == "right":
            return _RIGHT
        if self.found == "unclear" and self.answer is not None:
            why = problem_of(self.prediction, self.answer)
            return _("No guess is wrong: the lesson has no answer here ({why}).").format(
                why=why.rstrip(".")
            )
        known = message_for(self.prediction, self.guesses[-1])
        if self.settled:
            return known or _OTHER
        return f"{known or WRONG} {AGAIN}"
