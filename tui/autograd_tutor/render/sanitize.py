"""Text from snippets and lesson files made safe to show: nothing in it can steer a terminal."""

from __future__ import annotations

import re
import unicodedata

TAB_WIDTH = 4

_SAFE = re.compile(r"[ -~]*")
_SAFE_LINES = re.compile(r"[ -~\n]*")

_VARIANT = re.compile("[\ufe0e\ufe0f]")
"""Ask for a character as text or as emoji; left out, since terminals disagree on its width then."""

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
"""Letters and marks that Unicode calls printable although they show nothing
(Default_Ignorable_Code_Point in DerivedCoreProperties.txt, less what is not printable anyway)."""


def sanitize(text: str) -> str:
    """Text in which only printable characters and newlines are left.

    Control characters become their pictures (`␛`) or, C1, `\\x9b`; what directs the flow of text,
    has no width or no meaning on its own becomes `\\u202e`; tabs become spaces, and CR LF becomes a
    newline.
    """
    if _SAFE_LINES.fullmatch(text):
        return text
    return "\n".join(map(sanitize_line, text.replace("\r\n", "\n").split("\n")))


def sanitize_line(text: str) -> str:
    """As `sanitize`, in one line: newlines become visible too."""
    if _SAFE.fullmatch(text) or (text.isprintable() and not _INVISIBLE.search(text)):
        return text
    # expandtabs() starts counting anew at line ends, which do not end a line here.
    line = _VARIANT.sub("", text.replace("\r", "␍").replace("\n", "␊"))
    return "".join(map(_shown, line.expandtabs(TAB_WIDTH)))


def _shown(character: str) -> str:
    if character.isprintable() and not _INVISIBLE.match(character):
        return character
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if unicodedata.category(character) == "Zs":
        return character
    return _escaped(code)


def _escaped(code: int) -> str:
    """A code point as Python writes it in a string: `\\x9b`, `\\u202e`, `\\U000e0001`."""
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
