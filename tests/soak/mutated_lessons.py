"""Lessons with random damage: problems or a lesson, in time, from the process that reads them."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from autograd_tutor.course import reading_process, translation_file
from autograd_tutor.course.problem import LessonError, Unread
from autograd_tutor.limits.lessons import READ_SECONDS
from soak.hostile_lessons import HOSTILE
from soak.trials import Measured, Part, folder

ROOT = Path(__file__).parents[2]
CONTROLS = tuple(map(chr, (0, 7, 8, 10, 12, 13, 27, 0x7F, 0x9B, 0x2028, 0x202E, 0xFEFF)))
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 10**30, 1.5, float("nan"), float("inf"), "", " ", "x" * 5000, "\x1b[2J",
    "é\u202e", [], [[]], {}, {"a": 1}, {1: 2}, {None: None}, b"\xff", "= ", "!!python/name:os",
)  # fmt: skip
TOKENS = (
    "&a ", "*a", "<<: *a\n", "- ", ": ", "? ", "! ", "!!binary ", "!!set ", "| ", ">-2\n", "{", "}",
    "[", "]", "'", '"', "\\x00", "\t", "%YAML 9.9\n", "---\n", "...\n", "# %%\n", '"""', "f'{",
    "\\", "\r", "0x", "1_0", "~", "2001-01-01", ".inf", "<<: [*a, *a]\n", "\ud7ff", "\U0010ffff",
)  # fmt: skip


@cache
def genuine() -> tuple[tuple[str, bytes], ...]:
    """Endings and contents of files that are as they should be."""
    folders = (ROOT / "lessons", ROOT / "tests/ui/course", ROOT / "tests/bench/snippets")
    paths = sorted(path for each in folders for path in each.iterdir())
    return tuple(
        ("".join(path.suffixes), path.read_bytes())
        for path in paths
        if path.suffix in {".yaml", ".py"}
    )


@cache
def originals() -> dict[bytes, bytes]:
    """The lessons that genuine translations belong to, by what these contain."""
    files = {
        path: translation_file.original_of(path) for path in (ROOT / "lessons").glob("*.*.yaml")
    }
    return {path.read_bytes(): own.read_bytes() for path, own in files.items() if own is not None}


def trial(number: int, chance: Random) -> Measured:
    """Read each hostile file as it is, then mutations, of them and more often of genuine ones."""
    original: bytes | None = None
    if number < len(HOSTILE):
        ending, data = HOSTILE[number]
    else:
        ending, data = chance.choice(genuine() if chance.random() < 0.85 else HOSTILE)
        original = originals().get(data)
        data = mutated(ending, data, chance)
    with folder() as home:
        if original is not None:
            (home / "mutated.yaml").write_bytes(original)
        path = home / f"mutated{ending}"
        path.write_bytes(data)
        begin = time.monotonic()
        outcome = _read(path)
        seconds = time.monotonic() - begin
    return {outcome: 1, "reading, s": seconds}


def mutated(ending: str, data: bytes, chance: Random) -> bytes:
    """The same with one to four changes of one kind or another."""
    kinds: list[Callable[[bytes, Random], bytes]] = [_bytes, _lines, _tokens, _characters]
    if ending.endswith(".yaml"):
        kinds += [_structure, _structure]
    for _ in range(chance.randrange(1, 5)):
        data = chance.choice(kinds)(data, chance)
    return data


def _read(path: Path) -> str:
    try:
        lesson = reading_process.read(path)
    except LessonError as error:
        _check(path, error)
        return "unread" if isinstance(error, Unread) else "refused"
    assert lesson.steps
    return "read"


def _check(path: Path, error: LessonError) -> None:
    """What is wrong with the file is said in words, one line each."""
    assert error.problems
    for problem in error.problems:
        assert problem.path == path
        for text in (problem.message, problem.mend):
            assert text.isprintable(), repr(text)
            assert "fault of autograd-tutor" not in text, text


def _bytes(data: bytes, chance: Random) -> bytes:
    at, there = (chance.randrange(len(data) + 1) for _ in range(2))
    length = chance.choice((1, 2, 8, 100))
    piece = chance.choice((b"", chance.randbytes(length), data[there : there + length]))
    return data[:at] + piece + data[at + chance.choice((0, length)) :]


def _lines(data: bytes, chance: Random) -> bytes:
    lines = data.splitlines(keepends=True) or [b"\n"]
    at, there = (chance.randrange(len(lines)) for _ in range(2))
    match chance.randrange(5):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[there])
        case 2:
            lines[at], lines[there] = lines[there], lines[at]
        case 3:
            lines[at] = b" " * chance.randrange(1, 9) + lines[at]
        case _:
            lines[at:at] = lines[there : there + 20] * chance.choice((2, 20, 100))
    return b"".join(lines)


def _tokens(data: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    token = chance.choice(TOKENS) * chance.choice((1, 1, 1, 2, 3000))
    return data[:at] + token.encode("utf-8", "surrogatepass") + data[at:]


def _characters(data: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(CONTROLS).encode() + data[at + chance.randrange(2) :]


def _structure(data: bytes, chance: Random) -> bytes:
    """Another value somewhere in what the YAML stands for; written anew."""
    try:
        tree = yaml.safe_load(data)
        held, key = chance.choice(_positions(tree))
        held[key] = _other(held[key], chance)
        return yaml.dump(tree, allow_unicode=chance.random() < 0.5).encode("utf-8", "replace")
    except (yaml.YAMLError, ValueError, TypeError, IndexError, RecursionError, AttributeError):
        return data


def _positions(tree: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    waiting = [tree]
    while waiting and len(found) < 3000:
        held = waiting.pop()
        for key in held if isinstance(held, dict) else range(len(held)):
            found.append((held, key))
            if isinstance(held[key], (list, dict)):
                waiting.append(held[key])
    return found


def _other(value: Any, chance: Random) -> Any:
    match chance.randrange(6):
        case 0:
            return chance.choice(ODD)
        case 1:
            return [value] * chance.choice((1, 2, 500))
        case 2:
            return {str(value)[:50]: value}
        case 3:
            return str(value) * chance.choice((2, 50))
        case 4:
            for _ in range(chance.choice((3, 15, 17, 200))):
                value = [value] if chance.random() < 0.5 else {"steps": value}
            return value
        case _:
            return str(value) + chance.choice(CONTROLS)


PART = Part(
    "lessons", 10_000, 4, trial, batch=50, most={"reading, s": READ_SECONDS + 2.0}
)  # fmt: skip
