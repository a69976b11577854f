"""Styles as a terminal has them, and the shortest sequence from one to another (SGR, ECMA-48)."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

_OFF = {
    "1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "6": "25", "7": "27", "8": "28",
    "9": "29", "21": "24", "53": "55",
}  # fmt: skip
"""What turns an attribute off."""

_UNSEEN_ON_BLANKS = frozenset("123")
"""Bold, dim, italic: on a blank nobody sees them, and no colour of letters either."""

_KEPT = 4096


class Sgr(NamedTuple):
    """What characters are written with; colours as their numbers in a sequence, "" by default."""

    attributes: frozenset[str] = frozenset()
    letters: str = ""
    ground: str = ""


PLAIN = Sgr()


@lru_cache(_KEPT)
def after(style: Sgr, numbers: str) -> Sgr | None:
    """The style after a sequence with these numbers; None if one of them is not known here."""
    attributes, letters, ground = set(style.attributes), style.letters, style.ground
    left = numbers.split(";")
    while left:
        number = left.pop(0)
        if number in ("", "0"):
            attributes, letters, ground = set(), "", ""
        elif number in _OFF:
            attributes.add(number)
        elif number in ("38", "48"):
            size = {"5": 2, "2": 4}.get(left[0] if left else "", 0)
            if not size or len(left) < size:
                return None
            colour = ";".join((number, *left[:size]))
            del left[:size]
            letters, ground = (colour, ground) if number == "38" else (letters, colour)
        elif number in ("39", "49"):
            letters, ground = ("", ground) if number == "39" else (letters, "")
        elif len(number) in (2, 3) and number[:-1] in ("3", "9") and number[-1] < "8":
            letters = number
        elif len(number) in (2, 3) and number[:-1] in ("4", "10") and number[-1] < "8":
            ground = number
        else:
            return None
    return Sgr(frozenset(attributes), letters, ground)


@lru_cache(_KEPT)
def on_blank(style: Sgr) -> Sgr:
    """What can be seen of a style where there is no letter."""
    return Sgr(ground=style.ground) if style.attributes <= _UNSEEN_ON_BLANKS else style


@lru_cache(_KEPT)
def change(before: Sgr | None, style: Sgr) -> str:
    """The shortest sequence to a style from the one before, where that is known."""
    if before == style:
        return ""
    whole = [*sorted(style.attributes), style.letters, style.ground]
    anew = ";".join(["", *filter(None, whole)])
    if before is None:
        return f"\x1b[{anew}m"
    off = {_OFF[each] for each in before.attributes - style.attributes}
    on = {each for each in style.attributes if each not in before.attributes or _OFF[each] in off}
    numbers = [*sorted(off), *sorted(on)]
    if style.letters != before.letters:
        numbers.append(style.letters or "39")
    if style.ground != before.ground:
        numbers.append(style.ground or "49")
    return f"\x1b[{min(';'.join(numbers), anew, key=len)}m"
