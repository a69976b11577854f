"""Asks a step's questions in lines, and takes the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

from autograd_tutor.analysis.code_state import source_line
from autograd_tutor.course.tasks import Prediction
from autograd_tutor.dialogue import commands
from autograd_tutor.dialogue.console import Console
from autograd_tutor.dialogue.kept import Guessed, Kept
from autograd_tutor.dialogue.looks import markdown_rows, open_step
from autograd_tutor.messages import _
from autograd_tutor.playing import guesses
from autograd_tutor.playing.gate import Asking
from autograd_tutor.playing.guessing import Guessing
from autograd_tutor.playing.question_words import heading, seen_in
from autograd_tutor.playing.typed_number import NotRead
from autograd_tutor.playing.walk import Walk
from autograd_tutor.recording.questions import Answer
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sanitize import sanitize_line

_HOW = {
    "number": _("Type a number."),
    "choice": _("Type the number of your choice."),
    "several": _("Type the numbers of all that are right, as 1 3; or none."),
    "order": _("Type all numbers in order, the first one first, as 2 1 3."),
    "text": _("Type your answer;"),
    "line": _("Type the number of a line."),
    "node": _("Type the name of a node, as MulBackward0."),
}
_TEXT = _("answer and your text, where that is the name of a command. ")
_MORE = _("unsure says that it is a guess; skip goes on without an answer.")
_NO_ANSWERS = ("n", "p", "s", "u", "q")
"""Letters that are commands even where a text is asked for; others are answers there."""

_NOTHING_ASKED = _("Nothing is asked at the moment.")
_NO_ANSWER = _("That is not known yet: answer again, or skip.")


class Questions:
    """The questions of one lesson."""

    def __init__(
        self, console: Console, walk: Walk, kept: Kept, wait: Callable[[Callable[[], bool]], None]
    ) -> None:
        """`wait` waits until something is true, or nothing more is recorded."""
        self._console = console
        self._walk = walk
        self._kept = kept
        self._wait = wait
        self._asked: tuple[str, int] | None = None
        """The question that was asked last: the id of its step, and its number."""
        self._guessing: Guessing | None = None
        """How far the learner is with it."""

    @property
    def asking(self) -> Asking | None:
        """The question that is to be answered now."""
        return self._walk.asked

    @property
    def guessing(self) -> Guessing | None:
        """How far the learner is with the question that was asked last."""
        return self._guessing

    @property
    def may_ask(self) -> bool:
        """Whether the step asks something here, unless that was settled."""
        walk = self._walk
        step, snapshot = open_step(walk.run), walk.timeline.snapshot
        code = walk.run.codes[walk.run.step]
        coming = 1 if snapshot is None else snapshot.next_line
        settled = self._kept.settled().get(step.id, frozenset())
        return any(
            number not in settled
            and (
                walk.timeline.backward is not None
                if each.node
                else each.line == (coming if each.line else walk.timeline.index)
            )
            for number, each in enumerate(step.with_code(code).predictions)
        )

    def ask(self, again: bool = False) -> None:
        """Ask the question that the learner has come to, if that was not done yet."""
        asking = self.asking
        if asking is None:
            if again:
                self._console.say(_NOTHING_ASKED)
            return
        key = open_step(self._walk.run).id, asking.number
        if key != self._asked:
            self._asked, self._guessing = key, Guessing(asking.prediction)
        elif not again:
            return
        self._console.say_all(self._rows(asking))

    def forget(self) -> None:
        """The step runs anew: what is asked then is asked from the start."""
        self._asked = self._guessing = None

    def is_answer(self, line: str) -> bool:
        """Whether a line is an answer to the question, and no command."""
        asking = self.asking
        if asking is None or not line or line[0] in "?/":
            return False
        prediction = asking.prediction
        if any(line.casefold() == each.strip().casefold() for each in prediction.choices):
            return True
        word, _unused, rest = line.partition(" ")
        command = commands.named(word)
        if command is None or word.isdigit() or (rest and not word.isalnum()):
            return True
        if prediction.kind != "text":
            return False
        if len(word) == 1:
            return word not in _NO_ANSWERS
        return bool(rest) and not command.argument

    def answer(self, typed: str) -> None:
        """Take an answer; the second one that is wrong settles the question, too."""
        asking, guessing = self.asking, self._guessing
        if asking is None or guessing is None:
            self._console.say(_NOTHING_ASKED)
            return
        nodes = {each.name for each in self._walk.trace.nodes.values()}
        try:
            guess = guesses.read(asking.prediction, typed, nodes)
        except NotRead as error:
            self._console.say(str(error))
            return
        self._wait(lambda: self._known is not None)
        answer = self._known
        if answer is None:
            self._console.say(_NO_ANSWER)
            return
        self._guessing = guessing = guessing.guessed(guess, answer)
        self._console.say_all(self._markdown(guessing.say))
        if guessing.settled:
            self._settle(asking, guessing)

    def say_sure(self, sure: bool) -> None:
        """Note whether the learner is sure, before the answer or right after it."""
        if self._guessing is not None and self.asking is not None:
            self._guessing = replace(self._guessing, sure=sure)
        elif self._kept.guessed is not None:
            self._kept.guessed = self._kept.guessed._replace(sure=sure)
        else:
            self._console.say(_NOTHING_ASKED)
            return
        self._console.say(_("Noted: you are sure.") if sure else _("Noted: you are not sure."))

    def skip(self) -> None:
        """Go on without an answer; the result is said, unless Ctrl-C stops the waiting for it."""
        asking, guessing = self.asking, self._guessing
        if asking is None or guessing is None:
            self._console.say(_NOTHING_ASKED)
            return
        with suppress(KeyboardInterrupt):
            self._wait(lambda: self._known is not None)
        self._guessing = guessing = guessing.skip(self._known)
        self._console.say(guessing.say)
        self._settle(asking, guessing)

    @property
    def _known(self) -> Answer | None:
        """The run's answer to the open question, as soon as it is there."""
        asking = self._walk.run.asking
        return None if asking is None else asking.answer

    def _settle(self, asking: Asking, guessing: Guessing) -> None:
        """Guess and result side by side, and why; then on."""
        step = open_step(self._walk.run).id
        self._kept.flush()
        if guessing.skipped or guessing.found == "unclear":
            self._kept.skip(step, asking.number)
        else:
            self._kept.guessed = Guessed(
                step, asking.number, guessing.right, guessing.tries, guessing.sure
            )
        if guessing.guess_text:
            self._console.say(
                row(
                    sanitize_line(
                        _("Your answer: {guess_text}").format(guess_text=guessing.guess_text)
                    )
                )
            )
        if guessing.answer_text:
            self._console.say(
                row(
                    sanitize_line(
                        _("The result: {answer_text}").format(answer_text=guessing.answer_text)
                    )
                )
            )
        if asking.prediction.because.strip():
            self._console.say_all(
                self._markdown(_("Because: {because}").format(because=asking.prediction.because))
            )
        if guessing.answer_text and (where := seen_in(asking.prediction)):
            self._console.say(where)
        self._walk.settle()

    def _rows(self, asking: Asking) -> Iterator[Row]:
        prediction = asking.prediction
        yield row()
        step = open_step(self._walk.run)
        which = heading(prediction, asking.number, len(step.predictions))
        yield from self._markdown(f"{which}{self._source(prediction)}: {prediction.ask}")
        for number, choice in enumerate(prediction.choices, 1):
            yield row(sanitize_line(f"  {number}. {choice}"))
        text = _TEXT if prediction.kind == "text" else ""
        yield row(f"{_HOW[prediction.kind]} {text}{_MORE}")

    def _source(self, prediction: Prediction) -> str:
        """The line that it is asked before, as Markdown."""
        source = source_line(self._walk.trace.code, prediction.line).replace("`", "'")
        return f", `{source}`" if source else ""

    def _markdown(self, text: str) -> Iterator[Row]:
        return markdown_rows(text, self._console.width)
