"""The program's own messages, in the learner's language. The English text of each is its key.

A text is looked up first and filled afterwards: `_("{name} changed").format(name=name)`. What a
language does not have is shown in English. The language is chosen once, before the modules whose
constants hold messages are imported; without one, nothing is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

_FOLDER = Path(__file__).parent

PLURAL_RULES: dict[str, Callable[[int], int]] = {
    "one, others": lambda number: int(number != 1),
    "0 and 1, others": lambda number: int(number > 1),
    "all alike": lambda number: 0,
}
"""Which of a text's forms belongs to a number, by what a language's file calls its rule."""

_texts: dict[str, str] = {}
_forms: dict[str, list[str]] = {}
_form_of: Callable[[int], int] = PLURAL_RULES["one, others"]
_code: str | None = None


def _(text: str) -> str:
    """The text in the chosen language, its fields not filled yet."""
    return _texts.get(text, text) if _texts else text


def plural(one: str, many: str, number: int) -> str:
    """That of the two texts, or of the language's own forms, which belongs to a number."""
    if one in _forms:
        return _forms[one][_form_of(number)]
    return one if number == 1 else many


def count(number: int, noun: str) -> str:
    """`1 node`, `2 nodes`, of a noun whose plural has an s."""
    return plural(f"{{n}} {noun}", f"{{n}} {noun}s", number).format(n=f"{number:,}")


def noun(text: str) -> str:
    """A noun that `count` gets elsewhere: said here, so that the catalogue has it."""
    return text


def languages() -> list[str]:
    """The codes of the languages there are, besides English."""
    return sorted(path.stem for path in _FOLDER.glob("*.json"))


def chosen() -> str | None:
    """The code that was chosen last and has a catalogue."""
    return _code


def choose(code: str | None) -> None:
    """Speak the language of a code, as `de` or `de_AT`, from here on.

    English where there is no catalogue for it, or none that can be read.
    """
    global _code, _form_of
    _texts.clear()
    _forms.clear()
    _code = None
    for name in _names(code):
        try:
            data = json.loads((_FOLDER / f"{name}.json").read_bytes())
        except (OSError, ValueError):
            continue
        _texts.update(data["texts"])
        _forms.update(data["forms"])
        _form_of = PLURAL_RULES[data["plural"]]
        _code = name
        return


def _names(code: str | None) -> list[str]:
    """The files to look for: `de_AT` and `de` of `de-at.UTF-8`."""
    found = re.match(r"([a-zA-Z]{2,3})(?:[-_]([a-zA-Z]{2}))?(?![a-zA-Z])", code or "")
    if found is None:
        return []
    language, country = found[1].lower(), found[2]
    return [f"{language}_{country.upper()}", language] if country else [language]
