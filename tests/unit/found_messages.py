"""The messages that the program's code holds, and what a language's file has of them.

As a program (`make messages ARGS=de`) it prints what is not translated, ready to be pasted there.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import autograd_tutor
from autograd_tutor import messages

PACKAGE = Path(autograd_tutor.__file__).parent
FOLDER = Path(messages.__file__).parent


class Found(NamedTuple):
    """Where a message is, and its form for many of what it counts."""

    place: str
    many: str | None = None


def modules() -> list[Path]:
    """Those that may hold messages: what a run says is put into words by others."""
    return sorted(
        path for path in PACKAGE.rglob("*.py") if path.parent.name not in ("kernel", "messages")
    )


def found_in(source: str, place: str) -> Iterator[tuple[str, Found]]:
    """All messages of a module by their English text."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        texts = [each.value if isinstance(each, ast.Constant) else None for each in node.args]
        at = f"{place}:{node.lineno}"
        match node.func.id, texts:
            case "_", [str(text)]:
                yield text, Found(at)
            case "Words", _:
                yield from ((text, Found(at)) for text in _words(node, at))
            case "plural", [str(one), str(many), *_]:
                yield one, Found(at, many)
            case ("count", [_, str(noun)]) | ("noun", [str(noun)]):
                yield f"{{n}} {noun}", Found(at, f"{{n}} {noun}s")
            case (("_" | "plural"), _):
                raise ValueError(f"{at}: the text of a message has to be a literal")


def _words(node: ast.Call, at: str) -> Iterator[str]:
    """The sentences of a form of a mistake."""
    for each in [*node.args, *(keyword.value for keyword in node.keywords)]:
        if isinstance(each, ast.Name | ast.Call):  # a message in itself
            continue
        if not (isinstance(each, ast.Constant) and isinstance(each.value, str)):
            raise ValueError(f"{at}: the text of a message has to be a literal")
        if each.value:
            yield each.value


def all_messages() -> dict[str, Found]:
    """All messages of the program."""
    return {
        text: found
        for path in modules()
        for text, found in found_in(path.read_text("utf-8"), str(path.relative_to(PACKAGE)))
    }


def catalogue(code: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    """What the file of a language has: texts, and forms of what counts."""
    data = json.loads((FOLDER / f"{code}.json").read_text("utf-8"))
    return data["texts"], data["forms"]


def missing(code: str) -> dict[str, Found]:
    """What is shown in English where that language is chosen."""
    texts, forms = catalogue(code)
    return {
        text: found
        for text, found in all_messages().items()
        if text not in (texts if found.many is None else forms)
    }


def main(codes: list[str]) -> None:
    """Print what is missing."""
    for code in codes or messages.languages():
        found = missing(code)
        for text, each in found.items():
            value = "" if each.many is None else [text, each.many]
            written = json.dumps({text: value}, ensure_ascii=False)[1:-1]
            print(f"{code} {each.place}: {written}")
        whole = len(all_messages())
        print(f"{code}: {whole - len(found)} of {whole} messages are translated.", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
