"""The program's own messages, in the learner's language. The English text of each is its key.

A text is looked up first and filled afterwards: `_("{name} changed").format(name=name)`. What a
language does not have is shown in English. The language is chosen once, before the modules whose
constants hold messages are imported; without one, nothing is read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

_FOLDER = os.path.dirname(__file__)

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


def in_language(text: str) -> str:
    """The same for a text that is a message where it is written: a part of `Words`."""
    return _(text)


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
    return sorted(name[:-5] for name in os.listdir(_FOLDER) if name.endswith(".json"))


def chosen() -> str | None:
    """The code that was chosen last and has a catalogue."""
    return _code


def choose(codes: Sequence[str]) -> None:
    """Speak the first of these languages that there is a catalogue of, as `de_AT`, `de`.

    English where there is none.
    """
    global _code, _form_of
    _texts.clear()
    _forms.clear()
    _code = None
    for code in codes:
        try:
            with open(os.path.join(_FOLDER, f"{code}.json"), "rb") as file:
                read = file.read()
        except OSError:
            continue
        import json  # not needed for English

        data = json.loads(read)
        _texts.update(data["texts"])
        _forms.update(data["forms"])
        _form_of = PLURAL_RULES[data["plural"]]
        _code = code
        return
