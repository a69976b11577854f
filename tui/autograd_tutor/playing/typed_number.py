"""Reads a number as people type it, and says what to type where it is none.

Nothing is evaluated by Python: the few operations that a learner may leave to the program are read
here, and worked out in floats.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple, NoReturn

from autograd_tutor.limits.interface import MOST_GUESS_CHARACTERS
from autograd_tutor.messages import _

WHAT_TO_TYPE = _("Type a number: 0.25, -3, 2/3, 1e-3, sqrt(2), inf or nan.")


class NotRead(ValueError):
    """What was typed is not taken; the text is a sentence that says what to type."""


class TypedNumber(NamedTuple):
    """A number, and how exactly it was meant."""

    value: float
    half: float = 0.0
    """Half a unit of its last decimal; 0 of a whole number, of one with a single digit, of a
    fraction or a root: it is meant as exactly as floats are."""


_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_RAISED = re.compile("[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_MIXED = re.compile("(?<=[0-9]) ?(?=[¼-¾⅐-⅞])")
"""Before the fraction of 1½."""
_MINUS = re.compile("[\u2010-\u2015\u2212\ufe63\uff0d]")
_SIGNS = str.maketrans({"×": "*", "·": "*", "⋅": "*", "÷": "/", "⁄": "/", "∕": "/", "'": ""})
_ENGLISH = re.compile(r"[0-9]{1,3}(,[0-9]{3}){2,}(?![0-9,])|[0-9]{1,3}(,[0-9]{3})+(?=\.[0-9])")
_CONTINENTAL = re.compile(r"[0-9]{1,3}(\.[0-9]{3}){2,}(?![0-9.])|[0-9]{1,3}(\.[0-9]{3})+(?=,[0-9])")
_UNCLEAR = re.compile(r"(?<![0-9.,])[1-9][0-9]{0,2},[0-9]{3}(?![0-9,.])")
_GROUPS = re.compile(r"(?<![0-9.,])[0-9]{1,3}([ _][0-9]{3})+(?![0-9])")
_DECIMAL = re.compile(r"[-+]? *([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(e[-+]?[0-9]+)?")
_TOKEN = re.compile(
    r"\s*(?:([0-9]+\.[0-9]*(?:e[-+]?[0-9]+)?|\.[0-9]+(?:e[-+]?[0-9]+)?|[0-9]+(?:e[-+]?[0-9]+)?)"
    r"|([a-z]+|√|π|∞)|(\*\*|[-+*/^()]))"
)
_NAMES = {"pi": math.pi, "π": math.pi, "e": math.e} | dict.fromkeys(
    ("inf", "infinity", "∞"), math.inf
)
_ROOTS = ("sqrt", "√")


def read_number(text: str) -> TypedNumber:
    """The number that was typed. Raises NotRead."""
    if len(text) > MOST_GUESS_CHARACTERS:
        raise NotRead(
            _("That is too long: {most_guess_characters} characters at most.").format(
                most_guess_characters=MOST_GUESS_CHARACTERS
            )
        )
    plain = _plain(text)
    if not plain:
        raise NotRead(WHAT_TO_TYPE)
    found = _DECIMAL.fullmatch(plain)
    if plain.lstrip("+-") == "nan":
        return TypedNumber(math.nan)
    value = _Reader(plain).value()
    if found is None:
        return TypedNumber(value)
    return TypedNumber(value, _half_unit(found[1], found[2] or ""))


def _plain(text: str) -> str:
    """The text with ASCII digits and signs, a decimal point, and no separated thousands."""
    text = _RAISED.sub(lambda found: f"^{found[0].translate(_SUPERSCRIPTS)}", text)
    text = unicodedata.normalize("NFKC", _MINUS.sub("-", _MIXED.sub("+", text)))
    text = "".join(_digit(each) for each in _MINUS.sub("-", text)).translate(_SIGNS)
    text = text.casefold().strip().removesuffix(".item()")
    if text.startswith("tensor(") and text.endswith(")"):
        text = text.removeprefix("tensor(").removesuffix(")").strip()
    text = _ENGLISH.sub(lambda found: found[0].replace(",", ""), text)
    text = _CONTINENTAL.sub(lambda found: found[0].replace(".", ""), text)
    unclear = _UNCLEAR.search(text)
    if unclear is not None:
        whole, decimal = unclear[0].replace(",", ""), unclear[0].replace(",", ".")
        raise NotRead(
            _("{unclear} has two meanings: type {whole}, or {decimal}.").format(
                unclear=unclear[0], whole=whole, decimal=decimal
            )
        )
    text = _GROUPS.sub(lambda found: found[0].replace(" ", "").replace("_", ""), text)
    return re.sub(r"(?<=[0-9]),(?=[0-9])|(?<![0-9]),(?=[0-9])", ".", text)


def _digit(character: str) -> str:
    """ASCII for the digits of any script."""
    return str(unicodedata.decimal(character)) if character.isdecimal() else character


def _half_unit(digits: str, exponent: str) -> float:
    significant = digits.replace(".", "").lstrip("0")
    decimals = len(digits.partition(".")[2])
    if len(significant) < 2 or not decimals:
        return 0.0
    power = int(exponent[1:] or "0") - decimals
    return 0.5 * 10.0**power if abs(power) < 308 else 0.0


def _refuse() -> NoReturn:
    raise NotRead(WHAT_TO_TYPE)


class _Reader:
    """Reads sums, products, powers and roots of numbers from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        at = 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                _refuse()
            self._tokens.append(found[0].strip())
            at = found.end()
        self._tokens.reverse()

    def value(self) -> float:
        """Of the whole text."""
        try:
            value = self._sum()
        except ZeroDivisionError:
            raise NotRead(_("That divides by 0. Type inf or nan if that is your answer.")) from None
        except OverflowError:
            raise NotRead(
                _("That is larger than a number can be. Type inf for infinity.")
            ) from None
        except (ValueError, RecursionError):
            _refuse()
        if self._tokens:
            _refuse()
        return value

    @property
    def _next(self) -> str:
        return self._tokens[-1] if self._tokens else ""

    def _take(self, *tokens: str) -> str:
        return self._tokens.pop() if self._next in tokens and self._tokens else ""

    def _sum(self) -> float:
        value = self._product()
        while sign := self._take("+", "-"):
            term = self._product()
            value = value + term if sign == "+" else value - term
        return value

    def _product(self) -> float:
        value = self._signed()
        while True:
            if sign := self._take("*", "/"):
                factor = self._signed()
                value = value * factor if sign == "*" else value / factor
            elif self._next in (*_ROOTS, "pi", "π", "("):  # 2√3, 2π
                value *= self._power()
            else:
                return value

    def _signed(self) -> float:
        if sign := self._take("+", "-"):
            value = self._signed()
            return -value if sign == "-" else value
        return self._power()

    def _power(self) -> float:
        value = self._single()
        if self._take("^", "**"):
            raised = value ** self._signed()
            if isinstance(raised, complex):
                _refuse()
            return float(raised)
        return value

    def _single(self) -> float:
        token = self._tokens.pop() if self._tokens else ""
        if token[:1].isdigit() or token[:1] == ".":
            return _finite(token)
        if token in _ROOTS:
            root: Callable[[float], float] = math.sqrt
            return root(self._single())
        if token in _NAMES:
            return _NAMES[token]
        if token == "(":
            value = self._sum()
            if self._take(")"):
                return value
        _refuse()


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise OverflowError
    return value
