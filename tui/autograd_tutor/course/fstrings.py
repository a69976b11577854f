"""The text of an f-string, as lessons have it for what is said of a learner's code."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.course.python_source import syntax_fault


def fstring_fault(text: str) -> tuple[int, str] | None:
    """What is wrong with it as an f-string: an offset in the text, and why; None if nothing is."""
    if (whole := _fault(text)) is None:
        return None
    for begin, end in _fields(text):
        if (fault := _fault(text[begin:end])) is not None:
            return begin, fault
    return 0, whole


def fields_of(text: str) -> list[str]:
    """What it fills in, each with its braces: `{w.item():.2f}`."""
    return [text[begin:end] for begin, end in _fields(text)]


def _fault(text: str) -> str | None:
    quotes = "'''" if '"""' in text or text.endswith('"') else '"""'
    if quotes in text:
        return f"{quotes} ends the text"
    fault = syntax_fault(f"rf{quotes}{text} {quotes}", "eval")
    return None if fault is None else fault.message.removeprefix("f-string: ")


def _fields(text: str) -> Iterator[tuple[int, int]]:
    """Where each `{…}` begins and ends, and each brace that has no other."""
    begin, depth, offset = 0, 0, 0
    while offset < len(text):
        letter = text[offset]
        if not depth and text[offset : offset + 2] in ("{{", "}}"):
            offset += 2
            continue
        if letter == "{":
            begin = begin if depth else offset
            depth += 1
        elif letter == "}" and depth:
            depth -= 1
            if not depth:
                yield begin, offset + 1
        elif letter == "}":
            yield offset, offset + 1
        offset += 1
    if depth:
        yield begin, len(text)
