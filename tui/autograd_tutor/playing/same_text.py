"""Whether two texts, or two names of nodes, are the same but for how they are written."""

from __future__ import annotations

import re
import unicodedata

from autograd_tutor.recording.number_text import number_text

_WRAPPERS = re.compile(r"\btorch\.size\b|\btensor(?=\()|\btorch\.(?=[a-z])|['\"`]")
_BY = re.compile(r"(?<=[0-9]) ?[x×] ?(?=[0-9])")
_PIECE = re.compile(r"[\[\](){}]|[^\[\](){}\s,;]+")
_BRACKETS = "[](){}"
_NUMBER = re.compile("[0-9]+$")


def same_text(one: str, other: str) -> bool:
    """Whether two texts mean the same: blanks, commas, quotes and outer brackets do not matter.

    Nor do upper case, the kind of brackets, and how a number is written. Lists inside of lists have
    to be the same, unless one of the two texts has none.
    """
    (words, inner), (others, other_inner) = _pieces(one), _pieces(other)
    return words == others and (inner == other_inner or not any(inner) or not any(other_inner))


def _pieces(text: str) -> tuple[list[str], list[int]]:
    """The words of a text, and how many brackets stand between two of them."""
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").casefold()
    plain = _BY.sub(" ", _WRAPPERS.sub("", plain))
    words: list[str] = []
    inner: list[int] = []
    brackets = 0
    for piece in _PIECE.findall(plain):
        if piece in _BRACKETS:
            brackets += 1
            continue
        if words:
            inner.append(brackets)
        words.append(_number_or_word(piece))
        brackets = 0
    return words, inner


def _number_or_word(word: str) -> str:
    """A number in the digits that torch prints, anything else as it is."""
    try:
        return number_text(float(word)) if word[-1:] in "0123456789." else word
    except ValueError:
        return word


def same_node(one: str, other: str) -> bool:
    """Whether two names are that of one node; its number, and Backward, may be left out."""
    return any(
        stem == other_stem and (number == other_number or not (number and other_number))
        for stem, number in _readings(one)
        for other_stem, other_number in _readings(other)
    )


def stem_of(node: str) -> str:
    """The name without its number: `mul` of MulBackward0."""
    return _readings(node)[0][0]


def _readings(node: str) -> list[tuple[str, str]]:
    """Stem and number; without Backward, what looks like a number may belong to a stem: `log10`."""
    bare = _bare(node)
    name = _NUMBER.sub("", bare)
    stem, number = name.removesuffix("backward"), bare[len(name) :]
    return [(stem, number)] if stem != name or not number else [(stem, number), (bare, "")]


def _bare(node: str) -> str:
    plain = unicodedata.normalize("NFKC", node).casefold().strip(" <>`'\"")
    return plain.rpartition("::")[2].split(" ")[0]
