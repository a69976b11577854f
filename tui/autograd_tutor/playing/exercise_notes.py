"""What was done with exercises, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class _Code:
    text: str = ""


@dataclass
class _Done:
    code: _Code = field(default_factory=_Code)
    hints: int = 0
    tries: list[str] = field(default_factory=list)
    state: str = ""


class MemoryNotes:
    """Keeps it as long as the program runs."""

    def __init__(self) -> None:
        self._done: dict[tuple[str, str], _Done] = {}

    def exercise(self, lesson: str, step: str) -> _Done:
        """What was done with it."""
        return self._done.setdefault((lesson, step), _Done())

    def note_code(self, lesson: str, step: str, code: str) -> bool:
        """Keep the learner's code."""
        self.exercise(lesson, step).code.text = code
        return True

    def note_try(self, lesson: str, step: str, mistake: str = "") -> None:
        """Note that it was run and judged."""
        self.exercise(lesson, step).tries.append(mistake)

    def note_hint(self, lesson: str, step: str, hints: int) -> None:
        """Note that so many of its hints have been looked at."""
        done = self.exercise(lesson, step)
        done.hints = max(done.hints, hints)

    def note_solved(self, lesson: str, step: str) -> None:
        """Note that it is solved."""
        self.exercise(lesson, step).state = "solved"

    def note_shown(self, lesson: str, step: str) -> None:
        """Note that its solution was looked at."""
        done = self.exercise(lesson, step)
        done.state = done.state or "shown"
