"""How it looks: themes, few colours, no colours, nothing but ASCII."""

from __future__ import annotations

import pytest
from recordings import BACKWARD, FORWARD, recorded
from sitting import PlayedKernel, Sitting, sitting, snippet

from autograd_tutor.render import signs
from autograd_tutor.render.signs import to_ascii
from autograd_tutor.render.styles import STYLES
from autograd_tutor.ui.line_view import LineView
from autograd_tutor.ui.start import Options
from autograd_tutor.ui.theme import ANSI, DARK, LIGHT, THEMES

SIZES = [(120, 40), (80, 24)]
SIXTEEN = {"default", *(f"number {n}" for n in range(16))}
GREYS = {"default", *(f"number {n}" for n in (0, 7, 8, 15))}


def colours(sat: Sitting) -> set[str]:
    """Every colour on the terminal, of text and behind it."""
    found = {cell for row in sat.app.terminal.buffer for cell in row}
    return {cell.fg for cell in found} | {cell.bg for cell in found}


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
async def test_every_style_has_a_look_in_every_theme(theme: str) -> None:
    async with sitting(options=Options(theme=theme)) as sat:
        await sat.press("end")
        await sat.until("moment 6/6")
        view = sat.app.screen.query_one(LineView)
        plain = view.style_of("")
        for name in STYLES:
            if name not in {"constant", "dim", "bar"} or theme != ANSI:
                assert view.style_of(name) != plain, name
        assert view.style_of("leaf") != view.style_of("operation") != view.style_of("grad")


@pytest.mark.parametrize(("theme", "behind"), [(DARK, "0f141a"), (LIGHT, "fcfcfb")])
async def test_dark_and_light(theme: str, behind: str) -> None:
    async with sitting(options=Options(theme=theme)) as sat:
        await sat.press("right")
        await sat.until("moment 1/6")
        assert sat.app.terminal.buffer[10][10].bg == behind


async def test_the_theme_can_be_changed_while_a_lesson_is_open() -> None:
    async with sitting() as sat:
        await sat.press("right")
        await sat.until("moment 1/6")
        sat.app.theme = LIGHT
        await sat.until(lambda: sat.app.terminal.buffer[10][10].bg == "fcfcfb")
        await sat.press("left")
        await sat.until("moment 0/6")


async def test_sixteen_colours_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-16color")
    monkeypatch.delenv("COLORTERM")
    async with sitting() as sat:
        assert sat.app.theme == ANSI
        await sat.press("end", "4")
        await sat.until("moment 6/6")
        assert colours(sat) <= SIXTEEN
        assert len(colours(sat)) > 3


async def test_256_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLORTERM")
    async with sitting() as sat:
        assert sat.app.theme == DARK
        await sat.press("end")
        await sat.until("moment 6/6")


@pytest.mark.parametrize("size", SIZES)
async def test_without_colours(monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with sitting(size=size) as sat:
        await sat.press("right", "4", "3")
        await sat.until("▸ ◆ w  (2,)  [1, 2]")
        assert all(_is_grey(colour) for colour in colours(sat))
        y = next(y for y, line in enumerate(sat.lines) if "1 ▶ w = " in line)
        x = sat.lines[y].index("▶")
        assert sat.app.terminal.buffer[y][x].reverse


def _is_grey(colour: str) -> bool:
    if colour in GREYS:
        return True
    return len(colour) == 6 and colour[:2] == colour[2:4] == colour[4:]


@pytest.mark.parametrize("size", SIZES)
async def test_nothing_but_ascii(size: tuple[int, int]) -> None:
    async with sitting(options=Options(ascii_only=True), size=size) as sat:
        for keys, text in (
            (("right",), "1 > w = torch"),
            (("1",), "squared loss"),
            (("3",), f"{to_ascii(signs.CHANGED)} # w  (2,)  [1, 2]"),
            (("end", "4"), "* loss  SumBackward0"),
            (("5",), "g w.grad"),
            (("z",), "None"),
            (("?",), "0 Help"),
            (("escape", "e"), "Edit: "),
            (("escape", "/"), "Another chapter"),
            (("escape", "escape", "q"), "Lessons"),
        ):
            await sat.press(*keys)
            await sat.until(text)
            assert sat.text.isascii(), [c for c in sat.text if not c.isascii()]


async def test_what_changed_has_signs_too() -> None:
    kernel = PlayedKernel(lambda request: recorded(BACKWARD if request.step == 1 else FORWARD))
    async with sitting(kernel=kernel) as sat:
        await sat.press("N", "right")
        await sat.until("▸ ∇ w.grad")
        assert sat.pane("tensors")[0].startswith("  ◆ w")
        await sat.press("right")
        await sat.until("▸ n = 3")
        assert sat.pane("gradients")[1].startswith("  ∇ w.grad")


async def test_a_product_in_an_explanation_is_no_difference_in_ascii() -> None:
    lesson = snippet("x = 1", explain="A step: a₁ = a₀ − 0.1 · b, and eᵃ · eᵃ.")
    async with sitting(lesson, options=Options(ascii_only=True)) as sat:
        await sat.until("A step: a_1 = a_0 - 0.1 * b, and e^a * e^a.")
