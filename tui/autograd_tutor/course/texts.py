"""The texts of a lesson, each at its place: what a translation has in another language.

A place is the way to a text in the lesson's file, with the ids of steps and mistakes and the keys
of wrong answers in it: `("steps", "add", "predict", 0, "ask")`. Code is no text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from autograd_tutor.course.location import Location
from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.course.tasks import Exercise, Prediction

Place = tuple[str | int, ...]

_LETTERS = "bcdfghjklmnpqrst"
"""Of a fingerprint: YAML takes no word of them for a number or for `true`."""

_FINGERPRINT = 6


@dataclass(frozen=True)
class Text:
    """A text of the original."""

    text: str
    line: bool = False
    """Whether it stands on one line."""
    filled: bool = False
    """Whether it is that of an f-string."""


class Said(NamedTuple):
    """A text in another language, and where it stands in the translation."""

    text: str
    location: Location


def texts_of(lesson: Lesson) -> dict[Place, Text]:
    """All texts of a lesson, in the order of its file."""
    found: dict[Place, Text] = {
        ("title",): Text(lesson.title, line=True),
        ("summary",): Text(lesson.summary, line=True),
    }
    for step, place in _steps(lesson):
        texts = _of_step(step) if step.exercise is None else _of_exercise(step, step.exercise)
        found |= {(*place, *key): text for key, text in texts if text.text.strip()}
    return found


def children(texts: Iterable[Place]) -> dict[Place, list[str | int]]:
    """The keys right below each place, in order."""
    found: dict[Place, dict[str | int, None]] = {}
    for place in texts:
        for size, key in enumerate(place):
            found.setdefault(place[:size], {})[key] = None
    return {place: list(keys) for place, keys in found.items()}


def unit_of(place: Place) -> Place:
    """What is translated as a whole with a text: title and summary, a step, an exercise."""
    if place[0] == "steps" or (place[1:] and isinstance(place[1], int)):
        return place[:2]
    return place[:1] if place[0] == "exercise" else ()


def fingerprints(texts: Mapping[Place, Text]) -> dict[Place, str]:
    """Of each unit a word that is another one when a text of it is. Line breaks do not count."""
    found: dict[Place, list[str]] = {}
    for place, text in texts.items():
        found.setdefault(unit_of(place), []).append(" ".join(text.text.split()))
    return {unit: _fingerprint("\0".join(own)) for unit, own in found.items()}


def _fingerprint(text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return "".join(_LETTERS[int(digit, 16)] for digit in digest[:_FINGERPRINT])


def with_texts(lesson: Lesson, said: Mapping[Place, Said]) -> Lesson:
    """The lesson with these texts in the place of its own. Locations of texts become theirs."""
    steps = [
        _with_step(step, _Words(said, place))
        if step.exercise is None
        else _with_exercise(step, step.exercise, _Words(said, place))
        for step, place in _steps(lesson)
    ]
    words = _Words(said, ())
    title, summary = words.of(lesson.title, "title"), words.of(lesson.summary, "summary")
    return replace(lesson, title=title, summary=summary, steps=tuple(steps))


def _steps(lesson: Lesson) -> Iterator[tuple[Step, Place]]:
    exercises = [step for step in lesson.steps if step.exercise is not None]
    for step in lesson.steps:
        if step.exercise is None:
            yield step, ("steps", step.id)
        elif len(exercises) == 1:
            yield step, ("exercise",)
        else:
            yield step, ("exercise", exercises.index(step))


def _of_step(step: Step) -> Iterator[tuple[Place, Text]]:
    yield ("title",), Text(step.title, line=True)
    yield ("explain",), Text(step.explain)
    for number, each in enumerate(step.predictions):
        own: Place = ("predict", number)
        yield (*own, "ask"), Text(each.ask)
        for index, choice in enumerate(each.choices):
            yield (*own, "choices", index), Text(choice, line=True)
        for key, message in each.wrong:
            yield (*own, "wrong", key), Text(message)
        yield (*own, "because"), Text(each.because)
    yield ("then",), Text(step.then)


def _of_exercise(step: Step, exercise: Exercise) -> Iterator[tuple[Place, Text]]:
    yield ("title",), Text(step.title, line=True)
    yield ("task",), Text(step.explain)
    for index, check in enumerate(exercise.check):
        yield ("check", index), Text(check.say, filled=True)
    for index, hint in enumerate(exercise.hints):
        yield ("hints", index), Text(hint)
    for mistake in exercise.mistakes:
        yield ("mistakes", mistake.id), Text(mistake.say, filled=True)
    for name, reason in exercise.forbid:
        yield ("forbid", name), Text(reason)
    yield ("then",), Text(exercise.then)


class _Words:
    """The translated texts below a place, and the original's own where there are none."""

    def __init__(self, said: Mapping[Place, Said], place: Place) -> None:
        self._said = said
        self._place = place

    def of(self, own: str, *key: str | int) -> str:
        found = self._said.get((*self._place, *key))
        return own if found is None else found.text

    def at(self, own: Location, *key: str | int) -> Location:
        found = self._said.get((*self._place, *key))
        return own if found is None else found.location

    def pairs(
        self, own: tuple[tuple[str, str], ...], *key: str | int
    ) -> tuple[tuple[str, str], ...]:
        return tuple([(name, self.of(text, *key, name)) for name, text in own])

    def all(self, own: tuple[str, ...], *key: str | int) -> tuple[str, ...]:
        return tuple([self.of(text, *key, index) for index, text in enumerate(own)])


def _with_step(step: Step, words: _Words) -> Step:
    at = step.locations
    asked = enumerate(step.predictions)
    return replace(
        step,
        title=words.of(step.title, "title"),
        explain=words.of(step.explain, "explain"),
        then=words.of(step.then, "then"),
        predictions=tuple([_with_question(each, words, number) for number, each in asked]),
        locations=at._replace(explain=words.at(at.explain, "explain")),
    )


def _with_question(asked: Prediction, words: _Words, number: int) -> Prediction:
    own = "predict", number
    choices = words.all(asked.choices, *own, "choices")
    return replace(
        asked,
        ask=words.of(asked.ask, *own, "ask"),
        choices=choices,
        given_choices=asked.choices if choices != asked.choices else (),
        wrong=words.pairs(asked.wrong, *own, "wrong"),
        because=words.of(asked.because, *own, "because"),
        location=words.at(asked.location, *own, "ask"),
        ask_location=words.at(asked.ask_location, *own, "ask"),
    )


def _with_exercise(step: Step, exercise: Exercise, words: _Words) -> Step:
    check = [
        replace(each, say=words.of(each.say, "check", index))
        for index, each in enumerate(exercise.check)
    ]
    mistakes = [
        replace(each, say=words.of(each.say, "mistakes", each.id)) for each in exercise.mistakes
    ]
    translated = replace(
        exercise,
        check=tuple(check),
        hints=words.all(exercise.hints, "hints"),
        mistakes=tuple(mistakes),
        forbid=words.pairs(exercise.forbid, "forbid"),
        then=words.of(exercise.then, "then"),
    )
    title, task = words.of(step.title, "title"), words.of(step.explain, "task")
    return replace(step, title=title, explain=task, exercise=translated)
