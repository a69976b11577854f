"""Whether what is read before a question gives its answer away.

An answer is given away where the explanation or the question has it as whole words or as a whole
number. What stands in the text for another reason must not count, so these do not:

- what the learner sees in the code in any case: its numbers and its names;
- a number below 10, unless it is stated: after `is`, `=`, `→`, `gives` and the like, or in bold
  (in the other languages of the course: after its words for these);
  texts count steps, lines and things ("the 2 nodes");
- a choice where another choice is in the text as well: it says what there is to choose from;
- a word of at most three letters (`yes`, `no`, `one`, `h`), and what Python calls nothing (`None`);
- a node where the text names other nodes as well.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from autograd_tutor.course.tasks import Prediction

_NUMBER = re.compile(
    r"(?<![\w.,])[-−+]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?(?![\w]|[.,]\d)", re.I
)
_NODE = re.compile(r"\b(?:[A-Z]\w*Backward\d*|AccumulateGrad|CopySlices)\b")
_STATING = "is|was|gives?|becomes?|holds?|equals?|ist|sind|war|gibt|ergibt|wird|enthält|beträgt"
_STATED = re.compile(rf"(?:\b(?:{_STATING})|[=≈→:⇒])[\s`*]*$|\*\*$|__$")
_LINE = "line|Zeile"
_SILENT = ("None", "True", "False", "none")
_MOST_SILENT_LETTERS = 3


class GivenAway(NamedTuple):
    """Where in a text the answer is: an offset in it, and what stands there."""

    at: int
    words: str


def given_away(
    prediction: Prediction, texts: Sequence[str], number: float | None, shown: str, code: str
) -> GivenAway | None:
    """Where the text `shown` gives the answer away, if it does.

    `texts` and `number`: the answer as the run has given it; `code`: that of the step.
    """
    match prediction.kind:
        case "number":
            return None if number is None else _number(number, shown, code)
        case "line":
            return None if number is None else _line(number, shown)
        case "choice" | "several":
            return _choices(texts, prediction.choices, shown, code)
        case "order":
            return _ordered(texts, shown, code)
        case "node":
            others = set(_NODE.findall(shown)) - set(texts)
            return None if others else _words(texts[0] if texts else "", shown, code)
        case _:
            return _words(texts[0] if texts else "", shown, code)


def comments(code: str) -> str:
    """The code without anything but its comments, each at its place."""
    lines = [" " * len(line) for line in code.split("\n")]
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                blank = lines[row - 1]
                end = column + len(token.string)
                lines[row - 1] = blank[:column] + token.string + blank[end:]
    except (tokenize.TokenError, SyntaxError):
        pass
    return "\n".join(lines)


def _number(answer: float, shown: str, code: str) -> GivenAway | None:
    if any(value == answer for value, _ in _numbers(_without_comments(code))):
        return None
    for value, found in _numbers(shown):
        small = value == int(value) and abs(value) < 10
        if value == answer and (not small or _STATED.search(shown[: found.start()])):
            return GivenAway(found.start(), found[0])
    return None


def _line(answer: float, shown: str) -> GivenAway | None:
    found = re.search(rf"\b(?:{_LINE})\s+[`*]*{int(answer)}\b", shown, re.IGNORECASE)
    return None if found is None else GivenAway(found.start(), found[0])


def _choices(
    texts: Sequence[str], choices: Iterable[str], shown: str, code: str
) -> GivenAway | None:
    """All that was chosen is in the text, and none of the rest."""
    rest = [each for each in choices if each not in texts]
    if not texts or any(_found(each, shown) is not None for each in rest):
        return None
    places = [_words(each, shown, code) for each in texts]
    told = [each for each in places if each is not None]
    return min(told) if len(told) == len(places) else None


def _ordered(texts: Sequence[str], shown: str, code: str) -> GivenAway | None:
    """All of them are in the text, in this order."""
    at, first = 0, None
    for each in texts:
        found = _found(each, shown[at:])
        if found is None or (first is None and _words(each, shown, code) is None):
            return None
        first = first or GivenAway(found.start(), found[0])
        at += found.end()
    return first


def _words(answer: str, shown: str, code: str) -> GivenAway | None:
    answer = " ".join(answer.split())
    if not answer or answer in _SILENT:
        return None
    if _NUMBER.fullmatch(answer):
        return _number(_value(answer), shown, code)
    if answer.isalpha() and len(answer) <= _MOST_SILENT_LETTERS:
        return None
    if _found(answer, _without_comments(code)) is not None:
        return None
    found = _found(answer, shown)
    return None if found is None else GivenAway(found.start(), found[0])


def _found(words: str, shown: str) -> re.Match[str] | None:
    """The words in the text as whole words, however they are spaced there."""
    parts = [re.escape(each) for each in re.findall(r"\w+|[^\w\s]", words)]
    if not parts:
        return None
    before = r"(?<![\w.])" if words[:1].isalnum() else r"(?<![\w\])])"
    after = r"(?!\w|\.\w)" if words[-1:].isalnum() else ""
    return re.search(before + r"\s*".join(parts) + after, shown)


def _numbers(text: str) -> list[tuple[float, re.Match[str]]]:
    return [(_value(found[0]), found) for found in _NUMBER.finditer(text)]


def _value(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-"))


def _without_comments(code: str) -> str:
    kept = comments(code)
    return "".join(
        own if other == " " or own == "\n" else " " for own, other in zip(code, kept, strict=True)
    )
