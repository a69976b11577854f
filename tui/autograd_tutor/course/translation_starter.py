"""The translation that a translator starts with: all texts of a lesson, still in English."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from autograd_tutor.course.model import Lesson
from autograd_tutor.course.texts import Place, Text, children, fingerprints, texts_of
from autograd_tutor.course.translation import OF
from autograd_tutor.recording.printable import printable

_HEAD = """\
# {original} in another language.
#
# Write over the English texts. Code is not here: it is the lesson's own. Keys stay as they are, and
# so does what stands in {{ }}. When a part is translated, take the # from the line "{of}"
# above it, which says what it translates; until then the English part is shown.
#
# See it:   autograd-tutor preview {own}
# Test it:  autograd-tutor check {own}
"""

_WIDTH = 76
_SHORT = 60
"""Characters of a text that stands beside its key."""

_PLAIN = re.compile(r"[A-Za-z][\w-]*")
_YAML_WORDS = ("yes", "no", "on", "off", "true", "false", "null", "y", "n")
"""Plain words that are no texts."""


def skeleton(lesson: Lesson, path: Path) -> str:
    """The text of a translation's file with this path, of a lesson in English."""
    head = _HEAD.format(
        original=printable(lesson.path.name), own=printable(path.name), of=f"# {OF}: …"
    )
    return "\n".join([head, *_Skeleton(texts_of(lesson)).lines(()), ""])


class _Skeleton:
    def __init__(self, texts: Mapping[Place, Text]) -> None:
        self._texts = texts
        self._below = children(texts)
        self._fingerprints = fingerprints(texts)

    def lines(self, place: Place) -> Iterator[str]:
        """The lines of what is below a place, without indentation."""
        if place in self._fingerprints:
            yield f"# {OF}: {self._fingerprints[place]}"
        for key in self._below[place]:
            child = (*place, key)
            own = self._texts.get(child)
            if place in ((), ("steps",)) and own is None:
                yield ""
            if own is not None:
                yield from _value("-" if isinstance(key, int) else f"{_key(key)}:", own)
            elif isinstance(key, int):
                first, *more = self.lines(child)
                yield f"- {first}"
                yield from _indented(more)
            else:
                yield f"{_key(key)}:"
                yield from _indented(self.lines(child))


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" if line else "" for line in lines)


def _value(mark: str, own: Text) -> Iterator[str]:
    text = own.text.rstrip("\n")
    if "\n" in text and not text.startswith(" "):
        yield f"{mark} |"
        yield from (f"  {line}".rstrip() for line in text.split("\n"))
    elif own.line or len(text) <= _SHORT or "\n" in text or "  " in text:
        yield f"{mark} {json.dumps(text, ensure_ascii=False)}"
    else:
        yield f"{mark} >-"
        lines = textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
        yield from (f"  {line}" for line in lines)


def _key(key: str) -> str:
    plain = _PLAIN.fullmatch(key) and key.lower() not in _YAML_WORDS
    return key if plain else json.dumps(key, ensure_ascii=False)
