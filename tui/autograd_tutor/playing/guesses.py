"""What a learner answers to a question of a lesson: read as it was typed, and judged.

Nothing is evaluated by Python. The answer that it is judged by is that of the run (`Answer`).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from autograd_tutor.course.tasks import WITH_CHOICES, Prediction
from autograd_tutor.limits.interface import MOST_GUESS_CHARACTERS
from autograd_tutor.messages import _
from autograd_tutor.playing.same_text import same_node, same_text, stem_of
from autograd_tutor.playing.typed_number import NotRead, TypedNumber, read_number
from autograd_tutor.recording.number_text import number_text
from autograd_tutor.recording.questions import Answer

Found = Literal["right", "wrong", "unclear"]
"""`unclear`: the lesson has no answer that the guess could be compared with."""

_FLOAT_NOISE, _EXACT = 1e-6, 2**24
"""Two numbers that differ by less than this part are one: torch's floats have 7 digits. Whole ones
below the other have no noise."""


@dataclass(frozen=True)
class Guess:
    """What the learner has answered."""

    text: str
    """As it is shown: the text of the choices, or what was typed."""
    number: TypedNumber | None = None
    chosen: tuple[int, ...] = ()
    """Indices of choices: one, a set in their order, or the order that they were put in."""


# Reading


def read(prediction: Prediction, typed: str, nodes: Collection[str] = ()) -> Guess:
    """The guess that was typed; of choices, by their numbers from 1, or one by its text.

    `nodes`: the names of the nodes that the learner can see. Raises NotRead with a sentence that
    says what to type.
    """
    typed = typed.strip()
    if len(typed) > MOST_GUESS_CHARACTERS:
        raise NotRead(
            _("That is too long: {most_guess_characters} characters at most.").format(
                most_guess_characters=MOST_GUESS_CHARACTERS
            )
        )
    if prediction.kind in WITH_CHOICES:
        return choose(prediction, _numbers_of_choices(prediction, typed))
    if prediction.kind == "number":
        return Guess(_shown(typed), read_number(typed))
    if prediction.kind == "line":
        return _read_line(typed)
    if not _shown(typed):
        raise NotRead(_("Type your answer first, then Enter."))
    if prediction.kind == "node":
        _require_one(typed, nodes)
    return Guess(_shown(typed))


def choose(prediction: Prediction, chosen: Sequence[int]) -> Guess:
    """The guess of choices by their indices. Raises NotRead with a sentence."""
    choices, kind = prediction.choices, prediction.kind
    if any(not 0 <= index < len(choices) for index in chosen):
        raise NotRead(_("The choices have the numbers 1 to {count}.").format(count=len(choices)))
    if len(set(chosen)) < len(chosen):
        raise NotRead(_("Each number can be there once."))
    if kind == "choice" and len(chosen) != 1:
        raise NotRead(
            _("Choose one of them: a number from 1 to {count}.").format(count=len(choices))
        )
    if kind == "order" and len(chosen) != len(choices):
        raise NotRead(
            _("Put all {count} in order, the first one first.").format(count=len(choices))
        )
    ordered = sorted(chosen) if kind == "several" else chosen
    text = ", ".join(choices[index] for index in ordered) or _("none of them")
    return Guess(text, None, tuple(ordered))


def _numbers_of_choices(prediction: Prediction, typed: str) -> list[int]:
    choices = prediction.choices
    if prediction.kind == "several" and typed.casefold() in ("0", "none", "none of them", "-"):
        return []
    parts = re.split(r"[\s,;.>→]+", unicodedata.normalize("NFKC", typed).strip(" ,;.)"))
    if len(parts) == 1 and parts[0].isdecimal() and prediction.kind != "choice":
        parts = list(parts[0])  # 3142
    if all(part.isdecimal() and len(part) <= 4 for part in parts):  # Python limits long ones
        return [int(part) - 1 for part in parts]
    found = _indices(replace(prediction, given_choices=()), typed)
    if found is None:
        if prediction.kind == "choice":
            raise NotRead(
                _("Type the number of your choice, 1 to {count}.").format(count=len(choices))
            )
        raise NotRead(
            _("Type numbers from 1 to {count}, with blanks between them.").format(
                count=len(choices)
            )
        )
    return list(found)


def _read_line(typed: str) -> Guess:
    digits = unicodedata.normalize("NFKC", typed).casefold().removeprefix("line").strip(" .:")
    if not digits.isdecimal() or len(digits) > 6 or int(digits) == 0:
        raise NotRead(_("Type the number of a line, as it stands beside the code."))
    return Guess(str(int(digits)), TypedNumber(float(int(digits))))


def _require_one(typed: str, nodes: Collection[str]) -> None:
    """A name without its number has to be that of one node."""
    if typed.rstrip(" >`'\"")[-1:].isdigit():
        return
    meant = sorted({each for each in nodes if stem_of(each) == stem_of(typed)})
    if len(meant) > 1:
        raise NotRead(_("Which one do you mean: {meant}?").format(meant=", ".join(meant[:4])))


def _shown(typed: str) -> str:
    return " ".join(typed.split())


# Judging


def judge(prediction: Prediction, guess: Guess, answer: Answer) -> Found:
    """Whether the guess is the answer."""
    if problem_of(prediction, answer):
        return "unclear"
    if prediction.kind in WITH_CHOICES:
        right = guess.chosen == _answered(prediction, answer)
    elif guess.number is not None and answer.number is not None:
        right = _is_number(prediction, guess.number, answer.number)
    elif prediction.kind == "node":
        right = same_node(guess.text, answer.texts[0])
    else:
        right = same_text(guess.text, _text(answer))
    return "right" if right else "wrong"


def problem_of(prediction: Prediction, answer: Answer) -> str:
    """Why the lesson's answer is none; `` where it is one."""
    if answer.problem:
        return answer.problem
    if prediction.kind in WITH_CHOICES:
        chosen = _answered(prediction, answer)
        if chosen is None:
            return _("the answer, {answer}, is none of the choices").format(answer=_text(answer))
        if prediction.kind == "choice" and len(chosen) != 1:
            return _("the answer, {answer}, is more than one choice, or none").format(
                answer=_text(answer)
            )
        if prediction.kind == "order" and len(chosen) != len(prediction.choices):
            return _("the answer is no order of all the choices")
    elif prediction.kind in ("number", "line") and answer.number is None:
        return _("the answer, {answer}, is no number").format(answer=_text(answer))
    elif prediction.kind == "node" and len(answer.texts) != 1:
        return _("the answer, {answer}, is no name of a node").format(answer=_text(answer))
    return ""


def answer_text(prediction: Prediction, answer: Answer) -> str:
    """The answer as it is shown; a number in the digits that torch prints."""
    if answer.number is not None and prediction.kind in ("number", "line"):
        whole = answer.number.is_integer() and abs(answer.number) < 2**53
        return f"{answer.number:.0f}" if whole else number_text(answer.number)
    chosen = _answered(prediction, answer) if prediction.kind in WITH_CHOICES else None
    if chosen is not None:
        return ", ".join(prediction.choices[index] for index in chosen) or _("none of them")
    return _text(answer)


def texts_shown(prediction: Prediction, answer: Answer) -> tuple[str, ...]:
    """The texts of the answer; of choices as they are shown, which may be in another language."""
    chosen = _answered(prediction, answer) if prediction.kind in WITH_CHOICES else None
    if chosen is None:
        return answer.texts
    return tuple([prediction.choices[index] for index in chosen])


def message_for(prediction: Prediction, guess: Guess) -> str:
    """What the lesson says of a wrong guess that it knows; `` where it knows none."""
    is_guess: Callable[[str], bool]
    if prediction.kind in WITH_CHOICES:

        def is_guess(key: str) -> bool:
            return _indices(prediction, key) == guess.chosen
    elif guess.number is not None:
        return _message_for_number(prediction, guess.number)
    elif prediction.kind == "node":

        def is_guess(key: str) -> bool:
            return same_node(guess.text, key)
    else:

        def is_guess(key: str) -> bool:
            return same_text(guess.text, key)

    return next((message for key, message in prediction.wrong if is_guess(key)), "")


# Numbers


def _message_for_number(prediction: Prediction, guess: TypedNumber) -> str:
    known = _known_numbers(prediction)
    known.sort(key=lambda each: _distance(guess.value, each[0]))
    near = prediction.near
    return next((message for at, message in known if _is_near(guess, at, near)), "")


def _known_numbers(prediction: Prediction) -> list[tuple[float, str]]:
    found = []
    for key, message in prediction.wrong:
        try:
            found.append((read_number(key).value, message))
        except NotRead:
            continue
    return found


def _is_number(prediction: Prediction, guess: TypedNumber, answer: float) -> bool:
    """Whether it is near enough, and no known wrong answer is nearer."""
    if not _is_near(guess, answer, prediction.near):
        return False
    off = _distance(guess.value, answer)
    return all(off <= _distance(guess.value, known) for known, _ in _known_numbers(prediction))


def _is_near(guess: TypedNumber, answer: float, near: float | None) -> bool:
    """Within `near`; without that, as exact as the digits that were typed, or that are shown.

    Typed digits count where there are two or more, one of them a decimal: 0.33 is 0.3333, but 0.3
    is not, and 19 is not 19.4. Shown digits are the four decimals that torch prints.
    """
    value = guess.value
    if math.isnan(value) or math.isnan(answer):
        return math.isnan(value) and math.isnan(answer)
    if math.isinf(value) or math.isinf(answer):
        return value == answer
    largest = max(abs(value), abs(answer))
    whole = largest < _EXACT and value.is_integer() and answer.is_integer()
    noise = 0.0 if whole else _FLOAT_NOISE * largest
    if near is not None:
        return abs(value - answer) <= near + noise
    return abs(value - answer) <= guess.half + noise or number_text(value) == number_text(answer)


def _distance(one: float, other: float) -> float:
    if one == other or (math.isnan(one) and math.isnan(other)):
        return 0.0
    between = abs(one - other)
    return math.inf if math.isnan(between) else between


# Choices


def _answered(prediction: Prediction, answer: Answer) -> tuple[int, ...] | None:
    """The indices of the choices that the answer gives; None where it gives others."""
    found = [_choice(prediction, text) for text in answer.texts]
    known = [index for index in found if index is not None]
    if len(known) < len(found) or len(set(known)) < len(known):
        return None
    return tuple(sorted(known) if prediction.kind == "several" else known)


def _choice(prediction: Prediction, text: str) -> int | None:
    """The one choice that has this text: exactly, or else but for blanks and the like."""
    choices = prediction.given_choices or prediction.choices
    stripped = [choice.strip() for choice in choices]
    if text.strip() in stripped:
        return stripped.index(text.strip())
    alike = [index for index, choice in enumerate(stripped) if same_text(choice, text)]
    return alike[0] if len(alike) == 1 else None


def _indices(prediction: Prediction, written: str) -> tuple[int, ...] | None:
    """The choices that a text means: one of them, or several after each other."""
    whole = _choice(prediction, written)
    if whole is not None:
        return (whole,)
    if prediction.kind == "choice":
        return None
    parts = re.split(r"\s*(?:,|;|→|->|\n)\s*", written.strip().strip("[]()"))
    return _answered(prediction, Answer(0, tuple(part.strip("'\"") for part in parts)))


def _text(answer: Answer) -> str:
    if len(answer.texts) == 1:
        return answer.texts[0]
    return f"[{', '.join(answer.texts)}]"
