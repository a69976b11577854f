"""Which questions come back, and when: counted in lessons, so that no calendar is needed.

When a lesson is finished, one of its questions comes back at the start of the lesson after the next
one, and another five lessons later; when a chapter is, three of its questions come back at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from autograd_tutor.progress.notes import Key, Question, Review

AFTER = (2, 7)
"""After how many lessons the two questions of a lesson come back."""

AT_ONCE = 0
"""Of a chapter's end."""

OF_A_CHAPTER = 3


class Candidate(NamedTuple):
    """A question that can come back."""

    lesson: str
    step: str
    number: int
    again: bool
    """Whether it can be asked with other numbers."""


Answers = Mapping[Key, Question]
"""What was done with each question, by the key of its note."""


def plan(lesson: str, candidates: Iterable[Candidate], answers: Answers) -> tuple[Key, ...]:
    """The reviews of a lesson that is finished. `candidates`: all there are, in the course's order.

    Those with other numbers come first, and of these the ones that were missed or unsure.
    """
    of_it = [each for each in candidates if each.lesson == lesson]
    chosen = sorted(of_it, key=lambda each: _rank(each, answers))
    return tuple([_key(each, after) for each, after in zip(chosen, AFTER, strict=False)])


def plan_chapter(
    lessons: Collection[str],
    candidates: Iterable[Candidate],
    answers: Answers,
    planned: Collection[Key],
) -> tuple[Key, ...]:
    """The reviews of a chapter that is finished: of as many of its lessons as there are.

    Questions that come back anyhow, as `planned` says, are the last choice.
    """
    elsewhere = {key[1:4] for key in planned if key.after != AT_ONCE}
    of_it = [each for each in candidates if each.lesson in lessons]
    ranked = sorted(of_it, key=lambda each: (each[:3] in elsewhere, *_rank(each, answers)))
    turns: dict[str, int] = {}
    order: list[tuple[int, Candidate]] = []
    for each in ranked:
        turn = turns[each.lesson] = turns.get(each.lesson, -1) + 1
        order.append((turn, each))
    order.sort(key=lambda turn_and_candidate: turn_and_candidate[0])
    return tuple([_key(each, AT_ONCE) for _, each in order[:OF_A_CHAPTER]])


def due(
    reviews: Mapping[Key, Review],
    order: Sequence[str],
    finished: Mapping[str, int],
    here: str | None,
) -> tuple[Key, ...]:
    """What is to be asked now, those that are due longest first.

    `order`: all lessons, in the course's order; `finished`: when lessons were; `here`: the one that
    begins, or is open. A review is due once so many others were finished since it was planned, the
    one that begins among them, or where one begins that lies so far behind its own. Near the end of
    the course, where there are fewer lessons, it is due in the last one.
    """
    at = {lesson: number for number, lesson in enumerate(order)}
    found: list[tuple[int, int, Key]] = []
    for key, review in reviews.items():
        own = at.get(key.lesson)
        if review.done or not review.planned or own is None:
            continue
        since = {each for each in order if finished.get(each, 0) > review.planned}
        ahead = at.get(here or "", own) - own
        passed = max(len((since | {here or ""} if ahead > 0 else since) - {key.lesson}), ahead)
        overdue = passed - min(key.after, len(order) - own - 1)
        if key.after == AT_ONCE or (passed and overdue >= 0):
            found.append((-overdue, own, key))
    return tuple([key for *_, key in sorted(found)])


def _rank(candidate: Candidate, answers: Answers) -> tuple[bool, bool]:
    """What comes first is least."""
    answer = answers.get(Key("question", *candidate[:3]), Question())
    return not candidate.again, not answer.shaky


def _key(candidate: Candidate, after: int) -> Key:
    return Key("review", *candidate[:3], after)
