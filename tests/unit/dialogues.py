"""A dialogue that a test types into, with a kernel that it plays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from made import result, snapshot
from msgspec.structs import replace
from played_kernel import PlayedKernel

from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.dialogue.console import Console
from autograd_tutor.dialogue.elsewhere import After, Elsewhere
from autograd_tutor.dialogue.kept import Kept
from autograd_tutor.dialogue.reports import Reports
from autograd_tutor.dialogue.talk import Talk
from autograd_tutor.playing.lesson_run import LessonRun
from autograd_tutor.playing.walk import Walk
from autograd_tutor.progress import Progress
from autograd_tutor.recording.model import Snapshot
from autograd_tutor.recording.questions import Answer
from autograd_tutor.recording.wire import Record, ResultRecord, SnapshotRecord, StepRequest
from autograd_tutor.render.rows import Row

CODE = "a = 1\nb = 2\nc = 3\n"

Typed = str | BaseException | Callable[[], str]
"""A line; what is raised in its place; what is done before it is typed."""


class Typing(Console):
    """Types lines one after the other, and then ends the input; keeps all that is said."""

    def __init__(self, lines: Iterable[Typed]) -> None:
        self.lines = iter(lines)
        self.said: list[str] = []

    @property
    def width(self) -> int:
        return 80

    def say_all(self, rows: Iterable[Row | str]) -> None:
        self.said += [each if isinstance(each, str) else each.text for each in rows]

    def ask(self, prompt: str) -> str | None:
        line = next(self.lines, None)
        if isinstance(line, BaseException):
            raise line
        line = line() if callable(line) else line
        self.said.append(f"{prompt} {line}")
        return line

    @property
    def text(self) -> str:
        return "\n".join(self.said)


def lesson(*steps: Step) -> Lesson:
    return Lesson("made", Path("made"), "Made up", "", "", steps or (Step("s", "Only", "", CODE),))


def lines(request: StepRequest, answers: Sequence[Answer] = (), **ended: Any) -> list[Record]:
    """A step each of whose lines sets a secret number; `answers` by the lines of its questions."""
    of_line = {each.number: each.line for each in request.questions}
    count = len(request.code.rstrip("\n").split("\n"))
    made: list[Snapshot] = [snapshot(0, step=request.step, next_line=1)]
    for line in range(1, count + 1):
        moment = snapshot(line, step=request.step, next_line=0 if line == count else line + 1)
        here = tuple(each for each in answers if of_line.get(each.question) == line)
        made.append(replace(moment, values={f"v{line}": f"{secret(line)}"}, answers=here))
    late = tuple(each for each in answers if not of_line.get(each.question))
    end = replace(result(step=request.step, snapshots=len(made)), answers=late, **ended)
    return [*map(SnapshotRecord, made), ResultRecord(end)]


def secret(line: int) -> int:
    return 700_000 + line


class Played:
    """A lesson in a dialogue."""

    def __init__(
        self,
        folder: Path,
        made: Lesson,
        *typed: Typed,
        answer: Callable[[StepRequest], list[Record]] = lines,
        prompt: bool = True,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self.kernel = PlayedKernel(answer, prompt=prompt)
        self.console = Typing(typed)
        self.progress = Progress.open(folder)
        self.kept = Kept(self.progress, made.id)
        reports = PlayedReports(self.kernel)
        self.kernel.inbox.attach(reports.take)
        self.run = LessonRun(made, self.kernel, settled=self.kept.settled())  # type: ignore[arg-type]
        self.walk = Walk(self.run)
        nowhere = Elsewhere(
            lambda _: None, lambda: None, lambda _: None, lambda: None, lambda: None, lambda _: None
        )
        self.reports = reports
        self.talk = Talk(self.console, self.walk, reports, self.kept, elsewhere or nowhere)

    def play(self) -> str:
        """Play it to the end of what is typed; all that was said."""
        try:
            self.after: After = self.talk.play()
        finally:
            self.progress.close()
        return self.console.text


class PlayedReports(Reports):
    """Where somebody waits for more, the kernel plays what it was asked for."""

    def __init__(self, kernel: PlayedKernel) -> None:
        super().__init__()
        self.kernel = kernel
        self.on_wait: Callable[[], None] = kernel.play

    def take(self, events: list[Any]) -> None:
        self.put(events)
        self.kernel.inbox.taken()

    def next(self, seconds: float | None = None) -> list[Any] | None:
        if seconds is not None:
            return None  # however fast the machine is
        self.on_wait()
        return super().next()
