"""What is sent instead of an update leaves a terminal as the update would have."""

from __future__ import annotations

import random

import pyte
import pytest
from rich.color import ColorSystem
from rich.style import Style

from autograd_tutor.ui import sgr
from autograd_tutor.ui.sgr import PLAIN, Sgr
from autograd_tutor.ui.shown_cells import ShownCells

COLUMNS, ROWS = 30, 6
BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"
STYLES = [
    Style.parse(text)
    for text in (
        "#e6edf3 on #0f141a", "#9aa4b0 on #0f141a", "bold #e6edf3 on #0f141a", "#e6edf3 on #ff7b72",
        "reverse #e6edf3 on #0f141a", "bold red", "none", "underline dim on blue", "bright_cyan",
        "italic strike on bright_black", "overline underline2 blink blink2 conceal",
    )
]  # fmt: skip
SYSTEMS = (ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT, ColorSystem.STANDARD)
TEXTS = ("w1", "  ", "0.9435", " a b ", "∇∇", "│", "●─╮ h", "   x   ", "-1.25 ")
ODD_TEXTS = ("宽", "a宽b", "e\u0301", "🎉 ")


def screen() -> tuple[pyte.Screen, pyte.Stream]:
    shown = pyte.Screen(COLUMNS, ROWS)
    return shown, pyte.Stream(shown)


def look(shown: pyte.Screen) -> list[list[tuple[object, ...]]]:
    """What one sees of every cell: of a blank no letter's colour."""
    rows = []
    for y in range(ROWS):
        cells: list[tuple[object, ...]] = []
        for x in range(COLUMNS):
            cell = shown.buffer[y][x]
            marked = cell.reverse or cell.underscore or cell.strikethrough or cell.blink
            blank = cell.data == " " and not marked
            cells.append((cell.data, cell.bg) if blank else tuple(cell))
        rows.append(cells)
    return rows


def painted(chance: random.Random, system: ColorSystem, texts: tuple[str, ...], y: int) -> str:
    """A piece of an update, as Textual makes it: where, and some texts with a style each."""
    text, room = "", COLUMNS - 4
    x = chance.randrange(room)
    pieces = [f"\x1b[{y + 1};{x + 1}H"]
    while x + len(text) < room and chance.random() < 0.8:
        text = chance.choice(texts)[: COLUMNS - x]
        pieces.append(chance.choice(STYLES).render(text, color_system=system))
        x += 2 * len(text)
    return "".join(pieces)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("texts", [TEXTS, TEXTS + ODD_TEXTS], ids=["narrow", "wide"])
def test_the_screen_is_the_same_after_any_updates(
    system: ColorSystem, texts: tuple[str, ...]
) -> None:
    chance = random.Random(7)
    (expected, plain), (found, reduced) = screen(), screen()
    cells = ShownCells()
    cells.forget(COLUMNS)
    for number in range(400):
        rows = sorted(chance.sample(range(ROWS), chance.randrange(1, 5)))
        pieces = [painted(chance, system, texts, y) for y in rows]
        update = "\n".join(pieces) + "\x1b[1;1H"
        if number % 50 == 49:  # nothing that an update consists of
            update += "\x1b[?25l\x1b[3;3Hz"
        plain.feed(update)
        # A terminal has the marks of an update; the emulator, which has none, is spared them.
        sent = cells.update(BEGIN) + cells.update(update) + cells.update(END)
        reduced.feed(sent.replace(BEGIN, "").replace(END, ""))
        assert look(found) == look(expected), (number, update, sent)


def cells_after(*updates: str) -> ShownCells:
    cells = ShownCells()
    cells.forget(COLUMNS)
    for update in updates:
        cells.update(update)
    return cells


FIRST = (
    "\x1b[2;3H\x1b[38;5;195;48;5;16mloss = 0.25\x1b[0m\x1b[1;38;5;111;48;5;16m  w1\x1b[0m\x1b[1;1H"
)


def test_nothing_is_sent_where_nothing_differs() -> None:
    cells = cells_after(FIRST)
    assert [cells.update(data) for data in (BEGIN, FIRST, END)] == ["", "", ""]


def test_only_the_cells_that_differ_are_sent() -> None:
    cells = cells_after(FIRST)
    assert cells.update(FIRST.replace("0.25", "0.35")) == "\x1b[6D\x1b[22;38;5;195m3"


def test_cells_between_are_written_where_a_move_takes_more() -> None:
    cells = cells_after(FIRST)
    assert cells.update(FIRST.replace("s = 0", "t = 1")).endswith("mt = 1")
    assert cells_after(FIRST).update(FIRST.replace("lo", "co").replace("25", "35")).count("o") == 0


def test_an_update_is_sent_as_a_whole() -> None:
    cells = cells_after(FIRST)
    other = FIRST.replace("0.25", "0.35")
    assert cells.update(BEGIN) == cells.update(other) == ""
    sent = cells.update(END)
    assert sent.startswith(BEGIN)
    assert sent.endswith(END)


def test_the_cursor_stands_where_one_types_when_an_update_ends() -> None:
    cells = cells_after(FIRST)
    typing = FIRST.replace("0.25", "0.35").replace("\x1b[1;1H", "\x1b[5;9H")
    sent = "".join(map(cells.update, (BEGIN, typing, END)))
    assert sent.endswith(f"\x1b[5;9H{END}")
    assert cells.update(FIRST.replace("\x1b[1;1H", "\x1b[5;7H")).endswith("\x1b[5;7H")


@pytest.mark.parametrize("sequence", ["\x1b[2J", "\x1b[?1049h", "\x1b]8;;x\x1b\\", "\x07", "\x1b["])
def test_what_is_not_understood_is_sent_and_everything_after_it_anew(sequence: str) -> None:
    cells = cells_after(FIRST)
    sent = cells.update(f"{sequence}{FIRST}")
    assert sent.endswith(f"\x1b[m{sequence}{FIRST}")
    assert "loss = 0.25" in cells.update(FIRST)


def test_a_terminal_of_another_width_is_sent_everything() -> None:
    cells = cells_after(FIRST)
    cells.forget(COLUMNS + 10)
    assert "loss = 0.25" in cells.update(FIRST)


def test_text_beyond_the_last_column_is_sent_as_it_is() -> None:
    cells = cells_after(FIRST)
    assert cells.update(f"\x1b[2;25H{'x' * 10}") == f"\x1b[7C\x1b[m{'x' * 10}"


def test_after_the_last_column_the_cursor_is_placed_anew() -> None:
    cells = cells_after("\x1b[2;29Hab\x1b[1;1H")
    assert cells.update("\x1b[3;1Hc") == "\x1b[3Hc"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, PLAIN, "\x1b[m"),
        (PLAIN, PLAIN, ""),
        (None, Sgr(frozenset("1"), "31"), "\x1b[;1;31m"),
        (Sgr(frozenset("1"), "31"), Sgr(frozenset("1"), "32"), "\x1b[32m"),
        (Sgr(frozenset("12")), Sgr(frozenset("2"), "", "44"), "\x1b[;2;44m"),
        (Sgr(frozenset("1"), "38;5;1", "44"), Sgr(letters="38;5;1", ground="44"), "\x1b[22m"),
        (Sgr(letters="38;5;1"), PLAIN, "\x1b[m"),
        (Sgr(letters="38;5;1", ground="48;5;2"), Sgr(ground="48;5;2"), "\x1b[39m"),
    ],
)  # fmt: skip
def test_the_shortest_sequence_to_a_style(before: Sgr | None, after: Sgr, expected: str) -> None:
    assert sgr.change(before, after) == expected


def test_styles_of_sequences() -> None:
    style = sgr.after(PLAIN, "1;38;2;1;2;3;48;5;16")
    assert style == Sgr(frozenset("1"), "38;2;1;2;3", "48;5;16")
    assert sgr.after(style, "91;49") == Sgr(frozenset("1"), "91", "")
    assert sgr.after(style, "0;107") == Sgr(ground="107")
    assert sgr.after(style, "") == PLAIN
    assert sgr.after(style, "38;7;1") is sgr.after(style, "38") is sgr.after(style, "77") is None
