"""Finds lessons and their steps by words: of titles, summaries, explanations and code."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from autograd_tutor.course.passage import Passage
from autograd_tutor.limits.lessons import MOST_HITS, PHRASE_BEFORE, PHRASE_CHARACTERS

if TYPE_CHECKING:
    from autograd_tutor.course.summary import Summary


class Hit(NamedTuple):
    """A lesson in which all words are found, or one step of it."""

    lesson: Summary
    step: int | None = None
    """The index of the step; None: the words are of the lesson as a whole."""
    phrase: str = ""
    """What stands around a word in the step's text; `` where all are in its title."""

    @property
    def step_id(self) -> str | None:
        """The id of the step."""
        return None if self.step is None else self.lesson.passages[self.step].id


def search(lessons: Sequence[Summary], query: str) -> list[Hit]:
    """What holds every word of the query; all lessons, if that has none.

    Titles of lessons come first, then what lessons are about, titles of steps, texts of steps.
    """
    words = query.casefold().split()
    if not words:
        return [Hit(lesson) for lesson in lessons]
    ranked: list[list[Hit]] = [[], [], [], []]
    for lesson in lessons:
        if _holds(lesson.title, words):
            ranked[0].append(Hit(lesson))
        elif _holds(f"{lesson.id} {lesson.title} {lesson.summary} {lesson.chapter}", words):
            ranked[1].append(Hit(lesson))
        for index, step in enumerate(lesson.passages):
            if _holds(step.title, words):
                ranked[2].append(Hit(lesson, index))
            elif all(word in step.folded for word in words):
                ranked[3].append(Hit(lesson, index, _phrase(step, words)))
    return list(islice((hit for rank in ranked for hit in rank), MOST_HITS))


def _holds(text: str, words: Sequence[str]) -> bool:
    folded = text.casefold()
    return all(word in folded for word in words)


def _phrase(step: Passage, words: Sequence[str]) -> str:
    """The part of the step with most of the words, from shortly before the first of them on."""
    part = max(step.parts, key=lambda text: sum(word in text.casefold() for word in words))
    folded = part.casefold()
    first = min((at for word in words if (at := folded.find(word)) >= 0), default=0)
    start = max(0, first - PHRASE_BEFORE)
    if start:  # at a word
        start = part.find(" ", start, first) + 1 or first
    end = start + PHRASE_CHARACTERS
    return f"{'… ' if start else ''}{part[start:end]}{'…' if end < len(part) else ''}"
