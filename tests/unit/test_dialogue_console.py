"""Lines in and out: their width, and whatever is typed or piped."""

from __future__ import annotations

import io
import os
import sys

import pytest
from rich.cells import cell_len

from autograd_tutor.dialogue import commands, console
from autograd_tutor.dialogue.commands import COMMANDS, NoCommand, help_rows, read
from autograd_tutor.dialogue.console import BadLine, Console
from autograd_tutor.limits.interface import LONGEST_LINE
from autograd_tutor.render.rows import row


def reading(data: bytes, monkeypatch: pytest.MonkeyPatch) -> Console:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    monkeypatch.setattr(os, "isatty", lambda _: False)
    return Console()


def sized(columns: int, monkeypatch: pytest.MonkeyPatch) -> Console:
    def size(_: int) -> os.terminal_size:
        return os.terminal_size((columns, 24))

    monkeypatch.setattr(console.os, "get_terminal_size", size)
    return Console()


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_lines_are_as_wide_as_the_terminal(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "words " * 30 + "x" * 100 + " 漢字" * 20
    sized(columns, monkeypatch).say(row(f"    {text}"), *help_rows(""))
    printed = capsys.readouterr().out.splitlines()
    assert max(map(cell_len, printed)) <= columns
    assert printed[0].startswith("    words")
    assert printed[1].startswith("      ")


@pytest.mark.parametrize(("columns", "width"), [(0, 80), (3, 20), (100, 100)])
def test_the_width_that_is_unknown_or_too_small(
    columns: int, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sized(columns, monkeypatch).width == width


def test_signs_are_words(capsys: pytest.CaptureFixture[str]) -> None:
    Console().say(
        "✗ Line 1: no.", "w is new: ! 1 of 2 nan, leaf", "8 · 3 → 24 …", "a != b! 3 ! 4", "  ! nan"
    )
    assert capsys.readouterr().out.splitlines() == [
        "Failed: Line 1: no.",
        "w is new: 1 of 2 nan, leaf",
        "8 * 3 -> 24 ...",
        "a != b! 3 ! 4",
        "  nan",
    ]


def test_lines_of_a_pipe_are_printed_with_their_prompt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = reading(b"  next \r\n\x1b[2Jx\nlast", monkeypatch)
    assert [typed.ask(">") for _ in range(4)] == ["next", "\x1b[2Jx", "last", None]
    assert capsys.readouterr().out == "> next\n> \\x1b[2Jx\n> last\n> \n"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff\n", "That line is not UTF-8 text."),
        (b"x" * 100_000 + b"\n", "A line may have 50,000 characters; that one had more."),
        (b"x" * (2 * LONGEST_LINE) + b"\n", "A line may have 50,000"),
    ],
)
def test_a_line_that_cannot_be_taken_is_dropped_whole(
    data: bytes, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = reading(data + b"n\n", monkeypatch)
    with pytest.raises(BadLine, match=why):
        typed.ask(">")
    assert typed.ask(">") == "n"


def test_without_standard_input_the_end_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    monkeypatch.setattr(os, "isatty", lambda _: False)
    assert Console().ask(">") is None


# Commands


def test_no_two_commands_have_one_name() -> None:
    names = [name for each in COMMANDS for name in (each.word, *each.letters)]
    assert len(names) == len(set(names))


def test_the_help_has_every_command() -> None:
    text = "\n".join(each.text for each in help_rows(""))
    assert [each.word for each in COMMANDS if f"  {each.usage}: {each.does}." not in text] == []


@pytest.mark.parametrize(
    ("line", "word", "argument"),
    [
        ("n", "next", ""),
        ("N", "step", ""),
        ("NEXT", "next", ""),
        ("g  turn 3 ", "go", "turn 3"),
        ("/two words", "find", "two words"),
        ("/", "find", ""),
        ("?", "help", ""),
        ("? go", "help", "go"),
        ("F5", "run", ""),
        ("tensor w[0].grad", "tensor", "w[0].grad"),
    ],
)
def test_how_a_line_names_a_command(line: str, word: str, argument: str) -> None:
    command, behind = read(line)
    assert (command.word, behind) == (word, argument)


@pytest.mark.parametrize("line", ["K", "nxt", "next2", "\x1b[A", "ｎｅｘｔ", "x" * 10_000])
def test_what_names_none(line: str) -> None:
    with pytest.raises(NoCommand) as raised:
        read(line)
    assert len(str(raised.value)) < 120
    assert commands.named(line) is None
