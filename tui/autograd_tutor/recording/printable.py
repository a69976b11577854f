"""Text made safe to print: on one line, of bounded length, or so that it can be encoded."""

from __future__ import annotations

import os


def printable(text: str | os.PathLike[str]) -> str:
    """The text or path with escapes for all that a terminal would act on, or not show."""
    text = os.fspath(text)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def one_line(text: str, most: int) -> str:
    """The text on one line, printable, and cut to `most` characters."""
    shown = printable(" ".join(text.split()))
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def encodable(text: str) -> str:
    """The text with escapes for lone surrogates, which UTF-8 has no bytes for."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
