"""A question while it is on the screen: what the keys do to it, and what there is to show."""

from __future__ import annotations

from collections.abc import Callable, Collection

from autograd_tutor.course.tasks import WITH_CHOICES
from autograd_tutor.messages import _
from autograd_tutor.playing import question_words
from autograd_tutor.playing.gate import Asking
from autograd_tutor.playing.guesses import Guess, choose, read
from autograd_tutor.playing.guessing import AGAIN, NOT_YET, WRONG, Guessing
from autograd_tutor.playing.key_messages import Hint
from autograd_tutor.playing.typed_number import NotRead
from autograd_tutor.recording.questions import Answer
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.question import Card
from autograd_tutor.ui.prompt import Prompt

_BEGIN = {
    "number": "0123456789-.+√−",
    "text": "0123456789-(",
    "line": "0123456789",
}
"""Characters with which an answer begins, and which do nothing else meanwhile."""


class QuestionCard:
    """One question; it stays until it is settled and the learner goes on."""

    def __init__(self, asking: Asking, count: int, trace: Trace, nodes: Collection[str]) -> None:
        """`count`: the step's questions; `nodes`: the names of those that the learner sees."""
        self.trace = trace
        self.number = asking.number
        self.guessing = Guessing(asking.prediction)
        self._answer: Answer | None = asking.answer
        self._heading = question_words.heading(asking.prediction, asking.number, count)
        self._nodes = nodes
        self._at: int | None = None
        self._marked: list[int] = []
        self._none = False
        self._typed = ""
        """What stands in the field while that is closed."""
        self._refusal = ""
        self.active = True
        """Whether arrows and Enter are for it, and not for a pane."""

    @property
    def settled(self) -> bool:
        """Whether nothing more is asked."""
        return self.guessing.settled

    @property
    def _kind(self) -> str:
        return self.guessing.prediction.kind

    @property
    def _chooses(self) -> bool:
        return self._kind in WITH_CHOICES

    def take(self, answer: Answer | None) -> None:
        """The run's answer, as soon as there is one."""
        self._answer = answer
        self.guessing = self.guessing.taken(answer)

    def press(self, key: str, character: str | None) -> bool:
        """Do what a key does here, the field being closed; whether it is for the question."""
        if key == "u":
            self.guessing = self.guessing.with_certainty()
        elif key == "s":
            self._skip()
        elif key == "a":
            self.active = True
        elif self._chooses and character is not None and character.isdecimal():
            self._put(int(character) - 1)
        elif self._chooses and self.active:
            return self._press_choice(key)
        else:
            return False
        return True

    def _skip(self) -> None:
        """At once; at the second press where the letter may be one of the answer's."""
        if self._kind in ("text", "node") and self._refusal != question_words.SKIPS:
            self._refusal = question_words.SKIPS
        else:
            self._refusal = ""
            self.guessing = self.guessing.skip(self._answer)

    def opens_field(self, key: str, character: str | None) -> bool:
        """Whether the key opens the field; a character that begins an answer is typed there."""
        if self._chooses or self.settled:
            return False
        begins = character is not None and character in _BEGIN.get(self._kind, "")
        return begins or key == "a" or (key == "enter" and self.active)

    def field(self, key: str = "", character: str | None = None) -> Prompt:
        """The field, with what was typed before, or the character that has opened it."""
        self.active = True
        prompt = Prompt(())
        prompt.insert(self._typed if key in ("", "a", "enter") else character or "")
        return prompt

    def leave_field(self, typed: str) -> None:
        """The learner leaves the field: what was typed stays there."""
        self._typed = typed

    def submit(self, typed: str) -> bool:
        """Answer with what was typed; whether it was taken."""
        self._typed = typed
        return self._guess(lambda: read(self.guessing.prediction, typed, self._nodes))

    def _guess(self, guess: Callable[[], Guess]) -> bool:
        try:
            made = guess()
        except NotRead as refused:
            self._refusal = str(refused)
            return False
        self._refusal = self._typed = ""
        self.guessing = self.guessing.guessed(made, self._answer)
        if self.guessing.waits:
            self._typed = made.text if not self._chooses else ""
        return True

    def _press_choice(self, key: str) -> bool:
        """A key for choices while the card has the arrows."""
        count = len(self.guessing.prediction.choices)
        if key in ("up", "down"):
            by = 1 if key == "down" else -1
            self._at = 0 if self._at is None else max(0, min(self._at + by, count - 1))
        elif key == "enter":
            self._answer_chosen()
        elif key == "space" and self._kind != "choice" and self._at is not None:
            self._put(self._at)
        elif key == "backspace" and self._marked:
            self._marked.pop()
        else:
            return False
        return True

    def _answer_chosen(self) -> None:
        chosen = self._marked
        if self._kind == "choice":
            chosen = [] if self._at is None else [self._at]
        elif self._kind == "several" and not chosen and not self._none:
            self._refusal = _("Choose with the numbers; 0 if it is none of them.")
            return
        if self._guess(lambda: choose(self.guessing.prediction, chosen)) and self._kind == "order":
            self._marked = self._marked if self.guessing.waits else []

    def _put(self, index: int) -> None:
        """A choice that was named by its number."""
        self.active, self._refusal = True, ""
        count = len(self.guessing.prediction.choices)
        if index == -1 and self._kind == "several":
            self._marked, self._none = [], True
        elif not 0 <= index < count:
            self._refusal = _("The choices have the numbers 1 to {count}.").format(count=count)
        elif self._kind == "choice":
            self._at = index
        else:
            self._at, self._none = index, False
            if index not in self._marked:
                self._marked.append(index)
            else:
                self._marked.remove(index)
            if self._kind == "several":
                self._marked.sort()

    def hints(self, typing: bool) -> tuple[Hint, ...]:
        """The keys for the bar."""
        if typing or self.settled:
            return question_words.TYPING if typing else question_words.GOES_ON
        prediction = self.guessing.prediction
        return tuple(question_words.hints(prediction.kind, len(prediction.choices), self._enter))

    @property
    def _enter(self) -> str:
        """The key that does what Enter does elsewhere."""
        return "Enter" if self.active else "a"

    def shown(self, field: Prompt | None) -> Card:
        """What there is to show; `field`: what is being typed."""
        guessing, prediction = self.guessing, self.guessing.prediction
        known = [f"{message} {AGAIN}" for _, message in prediction.wrong]
        return Card(
            heading=self._heading,
            ask=prediction.ask,
            kind=prediction.kind,
            sure=guessing.sure,
            choices=prediction.choices,
            at=self._at,
            marked=tuple(self._marked),
            none=self._none,
            typed=self._typed if field is None else field.text,
            opens=self._enter,
            cursor=None if field is None else field.cursor,
            say=self._refusal or guessing.say,
            refused=bool(self._refusal),
            may_say=(*known, f"{WRONG} {AGAIN}", *([NOT_YET] if self._answer is None else ())),
            settled=guessing.settled,
            right=guessing.right,
            guess=guessing.guess_text,
            answer=guessing.answer_text,
            because=prediction.because,
            seen_in=question_words.seen_in(prediction),
        )
