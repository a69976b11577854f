"""Rows repaint only what differs, and what is on the terminal is always the last rows."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import pytest
from painted import Cell, Terminal
from rich.control import Control
from sitting import sitting
from textual.app import ComposeResult

from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.styles import STYLES
from autograd_tutor.ui.line_view import LineView, StyledScreen
from autograd_tutor.ui.start import Options

LETTERS = ["a", "b", " ", "─", "语", "語", "é", "e\u0301", "🙂"]


class OneView(StyledScreen[None]):
    """A screen of one view."""

    def compose(self) -> ComposeResult:
        yield LineView(id="view")


def random_rows(rng: random.Random, height: int) -> list[Row]:
    """Rows of any text, some of them longer than the view, most of them in one style."""
    rows = []
    for _ in range(rng.randrange(height + 3)):
        pieces = [
            ("".join(rng.choices(LETTERS, k=rng.randrange(12))), rng.choice(STYLES))
            for _ in range(rng.randrange(5))
        ]
        rows.append(Row(tuple(pieces), rng.choice(["", "", "current", "bar", "failure"])))
    return rows


def sequences(rng: random.Random, height: int, count: int) -> Iterator[Sequence[Row]]:
    """Rows, then the same with a few of them replaced, again and again."""
    rows = random_rows(rng, height)
    for _ in range(count):
        yield rows
        rows = list(rows) if rng.random() < 0.8 else random_rows(rng, height)
        for _ in range(rng.randrange(4)):
            if rows:
                rows[rng.randrange(len(rows))] = rng.choice([*random_rows(rng, height), Row()])


def fully_painted(view: LineView, rows: Sequence[Row], width: int, height: int) -> list[list[Cell]]:
    """A terminal on which these rows have been painted, and nothing else before."""
    terminal = Terminal(width, height)
    for y, line in enumerate((*rows, *[Row()] * height)[:height]):
        terminal.feed(
            Control.move_to(0, y).segment.text + view._strip(line, width).render(view.app.console)
        )
    return terminal.buffer


@pytest.mark.parametrize("options", [Options(), Options(ascii_only=True)])
async def test_after_any_rows_the_terminal_shows_the_last_ones(options: Options) -> None:
    rng = random.Random(7)
    async with sitting(options=options, size=(24, 8)) as sat:
        await sat.app.push_screen(OneView())
        await sat.until(lambda: isinstance(sat.app.screen, OneView))
        view = sat.app.screen.query_one(LineView)
        await sat.until(lambda: view.size == (24, 8))
        for rows in sequences(rng, 8, 80):
            view.show(rows)
            if rng.random() < 0.7:
                expected = fully_painted(view, rows, 24, 8)
                await sat.until(lambda expected=expected: sat.app.terminal.buffer == expected)


async def test_a_row_that_is_shown_again_paints_nothing() -> None:
    async with sitting(size=(24, 8)) as sat:
        await sat.app.push_screen(OneView())
        await sat.until(lambda: isinstance(sat.app.screen, OneView))
        view = sat.app.screen.query_one(LineView)
        await sat.until(lambda: view.size == (24, 8))
        view.show([row("one"), row("two")])
        await sat.until("two")
        before = sat.app.bytes_painted
        view.show([row("one"), row("two")])
        await sat.rest()
        assert sat.app.bytes_painted == before
        view.show([row("one"), row("twa")])
        await sat.until("twa")
        assert 0 < sat.app.bytes_painted - before < 20


async def test_far_right_in_a_row_one_cell_is_painted_alone() -> None:
    async with sitting(size=(120, 8)) as sat:
        await sat.app.push_screen(OneView())
        await sat.until(lambda: isinstance(sat.app.screen, OneView))
        view = sat.app.screen.query_one(LineView)
        await sat.until(lambda: view.size == (120, 8))
        left = [("ab", "leaf"), ("cd", "grad")] * 25
        view.show([row(*left, "one")])
        await sat.until("one")
        before = sat.app.bytes_painted
        view.show([row(*left, "onx")])
        await sat.until("onx")
        assert 0 < sat.app.bytes_painted - before < 60


async def test_a_step_paints_little() -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        await sat.rest()
        before = sat.app.bytes_painted
        await sat.press("right")
        await sat.until("moment 1/6")
        await sat.rest()
        assert sat.app.bytes_painted - before < 1_500
