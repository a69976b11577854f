"""Asks a step's questions in lines, and takes the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from autograd_tutor.analysis.code_state import source_line
from autograd_tutor.course.tasks import Prediction
from autograd_tutor.dialogue import commands
from autograd_tutor.dialogue.console import Console
from autograd_tutor.dialogue.kept import Guessed, Kept
from autograd_tutor.dialogue.looks import markdown_rows, open_step
from autograd_tutor.playing import guesses
from autograd_tutor.playing.gate import Asking
from autograd_tutor.playing.guesses import Guess
from autograd_tutor.playing.typed_number import NotRead
from autograd_tutor.playing.walk import Walk
from autograd_tutor.recording.questions import Answer
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sanitize import sanitize_line

MOST_TRIES = 2

_HOW = {
    "number": "Type a number.",
    "choice": "Type the number of your choice.",
    "several": "Type the numbers of all that are right, as 1 3; or none.",
    "order": "Type all numbers in order, the first one first, as 2 1 3.",
    "text": "Type your answer.",
    "line": "Type the number of a line.",
    "node": "Type the name of a node, as MulBackward0.",
}
_MORE = "unsure says that it is a guess; skip goes on without an answer."
_FREE = ("text", "node")
"""Kinds whose answer may be any letter or word."""


class Questions:
    """The questions of one lesson, each with two tries."""

    def __init__(
        self, console: Console, walk: Walk, kept: Kept, wait: Callable[[Callable[[], bool]], None]
    ) -> None:
        """`wait` waits until something is true, or the run has ended."""
        self._console = console
        self._walk = walk
        self._kept = kept
        self._wait = wait
        self._asked: tuple[str, int] | None = None
        """The question that was asked last: the id of its step, and its number."""
        self._tries = 0
        self._sure: bool | None = None

    @property
    def asking(self) -> Asking | None:
        """The question that is to be answered now."""
        return self._walk.asked

    def ask(self, again: bool = False) -> None:
        """Ask the question that the learner has come to, if that was not done yet."""
        asking = self.asking
        if asking is None:
            return
        key = open_step(self._walk.run).id, asking.number
        if key != self._asked:
            self._asked, self._tries, self._sure = key, 0, None
        elif not again:
            return
        self._console.say_all(self._rows(asking))

    def is_answer(self, line: str) -> bool:
        """Whether a line is an answer to the question, and no command."""
        asking = self.asking
        if asking is None or not line or line[0] in "?/":
            return False
        prediction = asking.prediction
        if any(line.casefold() == each.strip().casefold() for each in prediction.choices):
            return True
        word, _, rest = line.partition(" ")
        command = commands.named(word)
        if command is None or not line[0].isalpha():
            return True
        if prediction.kind in _FREE:
            return len(word) == 1 or (bool(rest) and not command.argument)
        return False

    def answer(self, typed: str) -> None:
        """Take an answer; the second one that is wrong settles the question, too."""
        asking = self.asking
        if asking is None:
            self._console.say("Nothing is asked at the moment.")
            return
        prediction = asking.prediction
        nodes = {each.name for each in self._walk.trace.nodes.values()}
        try:
            guess = guesses.read(prediction, typed, nodes)
        except NotRead as error:
            self._console.say(str(error))
            return
        run, number = self._walk.run, asking.number
        self._wait(lambda: run.answer(number) is not None)
        answer = run.answer(number)
        if answer is None:
            self._unclear(asking, "the run ended before that was known")
            return
        if problem := guesses.problem_of(prediction, answer):
            self._unclear(asking, problem)
            return
        self._tries += 1
        if guesses.judge(prediction, guess, answer) == "right":
            self._settle(asking, guess, answer, right=True)
        elif self._tries < MOST_TRIES:
            message = guesses.message_for(prediction, guess)
            self._console.say_all(self._markdown(f"Not quite. {message}"))
            self._console.say("Try once more, or skip.")
        else:
            self._settle(asking, guess, answer, right=False)

    def say_sure(self, sure: bool) -> None:
        """Note whether the learner is sure, before the answer or right after it."""
        if self.asking is not None:
            self._sure = sure
        elif self._kept.guessed is not None:
            self._kept.guessed = self._kept.guessed._replace(sure=sure)
        else:
            self._console.say("Nothing is asked at the moment.")
            return
        self._console.say("Noted: you are sure." if sure else "Noted: you are not sure.")

    def skip(self) -> None:
        """Go on without an answer, which is then shown."""
        asking = self.asking
        if asking is None:
            self._console.say("Nothing is asked at the moment.")
            return
        self._kept.skip(open_step(self._walk.run).id, asking.number)
        self._console.say("Skipped.")
        answer = self._walk.run.answer(asking.number)
        if answer is not None and not guesses.problem_of(asking.prediction, answer):
            self._tell_result(asking.prediction, answer)
        self._walk.settle()

    def _settle(self, asking: Asking, guess: Guess, answer: Answer, *, right: bool) -> None:
        prediction, step = asking.prediction, open_step(self._walk.run).id
        self._kept.guessed = Guessed(step, asking.number, right, self._tries, self._sure)
        self._console.say("Right." if right else "That is not it.")
        if not right and (message := guesses.message_for(prediction, guess)):
            self._console.say_all(self._markdown(message))
        self._console.say(row(sanitize_line(f"Your answer: {guess.text}")))
        self._tell_result(prediction, answer)
        self._walk.settle()

    def _tell_result(self, prediction: Prediction, answer: Answer) -> None:
        result = guesses.answer_text(prediction, answer)
        self._console.say(row(sanitize_line(f"The result: {result}")))
        if prediction.because.strip():
            self._console.say_all(self._markdown(f"Because: {prediction.because}"))

    def _unclear(self, asking: Asking, problem: str) -> None:
        """The lesson's own fault, or the edit's: the question is let go."""
        self._console.say(row(sanitize_line(f"This cannot be judged here: {problem}.")))
        self._kept.skip(open_step(self._walk.run).id, asking.number)
        self._walk.settle()

    def _rows(self, asking: Asking) -> Iterator[Row]:
        prediction = asking.prediction
        yield row()
        yield from self._markdown(f"Question, {self._when(prediction)}: {prediction.ask}")
        for number, choice in enumerate(prediction.choices, 1):
            yield row(sanitize_line(f"  {number}. {choice}"))
        yield row(f"{_HOW[prediction.kind]} {_MORE}")

    def _when(self, prediction: Prediction) -> str:
        trace = self._walk.trace
        if prediction.node:
            return f"before the first {prediction.node} runs"
        if prediction.line:
            number = trace.line_number(prediction.line)
            source = source_line(trace.code, prediction.line).replace("`", "'")
            return f"before line {number} runs, `{source}`"
        return "about the end of this step"

    def _markdown(self, text: str) -> Iterator[Row]:
        return markdown_rows(text, self._console.width)
