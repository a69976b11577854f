"""The learner's progress, as the screens and commands know it and note it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import TypeVar

from autograd_tutor.limits.progress import (
    LATEST,
    MOST_CODE,
    MOST_COUNTED,
    MOST_MISTAKE_CHARACTERS,
)
from autograd_tutor.progress.known import Bookmark, Known, Seen
from autograd_tutor.progress.learner import Keeper
from autograd_tutor.progress.notes import (
    WHOLE,
    Code,
    Exercise,
    Finish,
    Following,
    Guess,
    Key,
    Note,
    Question,
    Review,
    Try,
)
from autograd_tutor.recording.printable import encodable

_Kind = TypeVar("_Kind", Question, Exercise, Finish, Review, Following)


class Progress(Keeper):
    """The learner's progress. Lessons are named by their progress keys, steps by their ids.

    SQLite holds no lone surrogates, which odd file names have: they are stored as escapes.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        """`clock`: seconds since 1970, UTC."""
        self._clock = clock
        super().__init__(path)

    # Where the learner is, and which steps were seen to their end

    def last_bookmark(self) -> Bookmark | None:
        """Where the learner was last, in any lesson."""
        with self._lock:
            return self._known.last

    def bookmark(self, lesson: str) -> Bookmark | None:
        """Where the learner was in a lesson."""
        with self._lock:
            return self._known.bookmarks.get(encodable(lesson))

    def finished(self, lesson: str) -> frozenset[str]:
        """The ids of the steps of a lesson that were finished."""
        with self._lock:
            return frozenset(self._known.finished.get(encodable(lesson), ()))

    def seen(self, lesson: str) -> Seen:
        """What was seen of a lesson."""
        left, settled = self.bookmark(lesson), self.settled(lesson).items()
        exercises = {
            key.step: note.state for key, note in self._about(lesson) if isinstance(note, Exercise)
        }
        return Seen(
            self.finished(lesson),
            left.step if left else None,
            frozenset((step, at) for step, numbers in settled for at in numbers),
            frozenset(step for step, state in exercises.items() if state == "solved"),
            frozenset(step for step, state in exercises.items() if state == "shown"),
        )

    def visit(self, lesson: str, step: str, position: int, moment: str = "") -> None:
        """Note where the learner is now."""
        bookmark = Bookmark(encodable(lesson), encodable(step), position, moment)
        with self._lock:
            if self._known.last != bookmark:
                self._change(Known([bookmark]))

    def finish(self, lesson: str, step: str) -> None:
        """Note that a step was seen to its end."""
        row = encodable(lesson), encodable(step)
        with self._lock:
            if row[1] not in self._known.finished.get(row[0], ()):
                self._change(Known((), [row]))

    # Questions

    def question(self, lesson: str, step: str, number: int) -> Question:
        """What was done with a question; its number in the step counts from 0."""
        return self._note(_key("question", lesson, step, number), Question)

    def questions(self) -> dict[Key, Question]:
        """What was done with questions, by the keys of their notes."""
        with self._lock:
            notes = self._known.notes.items()
            return {key: note for key, note in notes if isinstance(note, Question)}

    def settled(self, lesson: str) -> dict[str, frozenset[int]]:
        """The numbers of the questions that were answered or skipped, by their step."""
        found: dict[str, set[int]] = {}
        for key, note in self._about(lesson):
            if isinstance(note, Question) and note.settled:
                found.setdefault(key.step, set()).add(key.number)
        return {step: frozenset(numbers) for step, numbers in found.items()}

    def note_guess(
        self,
        lesson: str,
        step: str,
        number: int,
        *,
        right: bool,
        sure: bool | None = None,
        tries: int = 1,
    ) -> None:
        """Note that a question was answered, after so many tries, and is settled."""
        key = _key("question", lesson, step, number)
        with self._lock:
            taken = {guess.at for guess in self._note(key, Question).guesses}
            guess = Guess(self._now(taken), right, sure, min(max(tries, 1), MOST_COUNTED))
            self._add(key, Question((guess,), last=guess.at))

    def note_skip(self, lesson: str, step: str, number: int) -> None:
        """Note that a question was skipped."""
        now = self._now()
        self._add(_key("question", lesson, step, number), Question(skipped=now, last=now))

    # Exercises

    def exercise(self, lesson: str, step: str) -> Exercise:
        """What was done with an exercise: its code, tries, hints and state."""
        return self._note(_key("exercise", lesson, step), Exercise)

    def note_code(self, lesson: str, step: str, code: str) -> bool:
        """Keep the learner's code as it is; no text where it was taken back.

        Returns whether it is kept: code of more than MOST_CODE characters is not.
        """
        key, text = _key("exercise", lesson, step), encodable(code)
        if len(text) > MOST_CODE:
            return False
        with self._lock:
            known = self._note(key, Exercise).code
            if known.text != text:  # after the earlier one, whatever the clocks do
                self._add(key, Exercise(Code(min(max(self._now(), known.at + 1), LATEST), text)))
        return True

    def note_try(self, lesson: str, step: str, mistake: str = "") -> None:
        """Note that an exercise was run and judged; `mistake`: the id of a known one, if any."""
        key, mistake = _key("exercise", lesson, step), encodable(mistake)
        with self._lock:
            taken = {each.at for each in self._note(key, Exercise).tries}
            now = self._now(taken)
            tried = Try(now, mistake[:MOST_MISTAKE_CHARACTERS])
            self._add(key, Exercise(tries=(tried,), last=now))

    def note_hint(self, lesson: str, step: str, hints: int) -> None:
        """Note that so many of its hints, from the first on, have been looked at."""
        seen = min(max(hints, 0), MOST_COUNTED)
        if seen > self.exercise(lesson, step).hints:
            self._add(_key("exercise", lesson, step), Exercise(hints=seen, last=self._now()))

    def note_solved(self, lesson: str, step: str) -> None:
        """Note that an exercise is solved."""
        now = self._now()
        self._add(_key("exercise", lesson, step), Exercise(solved=now, last=now))

    def note_shown(self, lesson: str, step: str) -> None:
        """Note that the solution of an exercise was looked at."""
        now = self._now()
        self._add(_key("exercise", lesson, step), Exercise(shown=now, last=now))

    # Lessons and reviews

    def finished_lessons(self) -> dict[str, int]:
        """When lessons were finished first: milliseconds since 1970, UTC."""
        with self._lock:
            notes = self._known.notes.items()
            return {key.lesson: note.finished for key, note in notes if isinstance(note, Finish)}

    def note_finished(self, lesson: str) -> None:
        """Note that all of a lesson is done."""
        self._add(_key("lesson", lesson), Finish(self._now()))

    def reviews(self) -> dict[Key, Review]:
        """The questions that come back, or have come back."""
        with self._lock:
            notes = self._known.notes.items()
            return {key: note for key, note in notes if isinstance(note, Review)}

    def note_reviews(self, planned: Iterable[Key]) -> None:
        """Note questions that are to come back."""
        with self._lock:
            for key in planned:
                self._add(key, Review(self._now()))

    def note_reviewed(self, review: Key) -> None:
        """Note that a question has come back, and was answered or skipped."""
        self._add(review, Review(done=self._now()))

    # Paths

    def path(self) -> str:
        """The id of the path that is followed; nothing where it is the whole course."""
        followed = self._followed()
        last = max(followed, key=lambda path: (followed[path], path), default=WHOLE)
        return "" if last == WHOLE else last

    def note_path(self, path: str) -> None:
        """Follow the path with this id from now on; nothing: the whole course."""
        with self._lock:
            last = max(self._followed().values(), default=0)
            if path != self.path():  # after the one before, whatever the clocks do
                now = min(max(self._now(), last + 1), LATEST)
                self._add(_key("path", path or WHOLE), Following(now))

    def _followed(self) -> dict[str, int]:
        """When each path was chosen last."""
        with self._lock:
            notes = self._known.notes.items()
            return {key.lesson: note.chosen for key, note in notes if isinstance(note, Following)}

    # All of it

    def known(self) -> Known:
        """A copy of all that is known."""
        with self._lock:
            return Known().updated(self._known)

    def take_in(self, other: Known) -> None:
        """Merge what was kept elsewhere: nothing that is known here is lost or goes back."""
        with self._lock:
            here = self._known
            self._change(Known((), other.rows, other.notes.items()).without(here))
            # Bookmarks have no time: those of here count as newer.
            self._known = Known(other.bookmarks.values()).updated(self._known)
            self._again = True

    def _about(self, lesson: str) -> list[tuple[Key, Note]]:
        with self._lock:
            name = encodable(lesson)
            return [each for each in self._known.notes.items() if each[0].lesson == name]

    def _note(self, key: Key, kind: type[_Kind]) -> _Kind:
        with self._lock:
            note = self._known.notes.get(key)
        return note if isinstance(note, kind) else kind()

    def _add(self, key: Key, note: Note) -> None:
        change = Known(notes=[(key, note)])
        with self._lock:
            if change.without(self._known):
                self._change(change)

    def _now(self, taken: Collection[int] = ()) -> int:
        """Milliseconds since 1970: the first from now on that is not taken."""
        now = min(max(int(self._clock() * 1000), 1), LATEST)
        while now in taken:
            now += 1
        return now


def _key(kind: str, lesson: str, step: str = "", number: int = 0) -> Key:
    return Key(kind, encodable(lesson), encodable(step), number)
