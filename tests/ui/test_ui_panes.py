"""Panes: the focus, zoom, scrolling, and terminals of every size."""

from __future__ import annotations

import pytest
from made import snapshot, tensor
from recordings import plain, recorded
from sitting import PaintedApp, PlayedKernel, Sitting, sitting, snippet

from autograd_tutor.course import library
from autograd_tutor.progress import Progress
from autograd_tutor.recording.model import Error
from autograd_tutor.render.rows import Row
from autograd_tutor.ui.lesson_screen import PANES
from autograd_tutor.ui.pane import LEAST_PINNED, columns

LONG_LINE = "value = " + " + ".join(map(str, range(35)))


def visible(sat: Sitting, name: str) -> bool:
    """Whether a pane's frame stands on the terminal."""
    return f" {PANES.index(name) + 1} {name.capitalize()}" in sat.text


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_numbers_give_a_pane_the_focus(size: tuple[int, int]) -> None:
    async with sitting(size=size) as sat:
        for number, name in enumerate(PANES, 1):
            await sat.press(str(number))
            await sat.until(lambda name=name: sat.focused == name)
            assert name in sat.shown()
            assert "code" in sat.shown()
            await sat.until(lambda name=name: visible(sat, name))


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
async def test_tab_goes_round_all_panes_and_back(size: tuple[int, int]) -> None:
    async with sitting(size=size) as sat:
        await sat.until(lambda: sat.focused == "code")
        for name in ("tensors", "graph", "gradients", "explanation", "code"):
            await sat.press("tab")
            await sat.until(lambda name=name: sat.focused == name and name in sat.shown())
        for name in ("explanation", "gradients", "graph", "tensors", "code"):
            await sat.press("shift+tab")
            await sat.until(lambda name=name: sat.focused == name and name in sat.shown())


async def test_the_frame_of_the_pane_with_the_focus_stands_out() -> None:
    async with sitting() as sat:
        await sat.press("3")
        await sat.until("3 Tensors")

        def colours() -> list[str]:
            corners = [sat.app.screen.query_one(f"#{name}").region.offset for name in PANES]
            return [sat.app.terminal.buffer[y][x].fg for x, y in corners]

        def stands_out() -> bool:
            found = colours()
            focused = found.pop(2)
            return focused not in found and len(set(found)) == 1

        await sat.until(stands_out)


async def test_a_small_terminal_shows_the_code_and_one_other_pane() -> None:
    async with sitting(size=(80, 24)) as sat:
        await sat.until("1 › w = torch")
        assert sorted(sat.shown()) == ["code", "explanation"]
        await sat.press("3", "right")
        await sat.until("▸ ◆ w  (2,)  [1, 2]")
        assert sorted(sat.shown()) == ["code", "tensors"]
        await sat.press("2")
        await sat.until(lambda: sat.focused == "code")
        assert sorted(sat.shown()) == ["code", "tensors"]


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_zoom_fills_the_screen_with_one_pane(size: tuple[int, int]) -> None:
    async with sitting(size=size) as sat:
        await sat.press("end", "4", "z")
        await sat.until(lambda: sat.shown() == ["graph"])
        await sat.until("squared  MulBackward0  (2,)")
        assert "Explained" not in sat.text
        graph = sat.app.screen.query_one("#graph")
        await sat.until(lambda: graph.region.width == size[0])
        assert graph.region.height >= size[1] - 4
        await sat.press("tab")
        await sat.until(lambda: sat.shown() == ["gradients"])
        await sat.until("∇ w.grad")
        await sat.press("left")
        await sat.until("line 5/6")
        await sat.press("z")
        await sat.until(lambda: "code" in sat.shown())
        await sat.until("5 ▶ loss = ")


async def test_escape_leaves_the_zoom_before_the_lesson() -> None:
    async with sitting() as sat:
        await sat.press("z")
        await sat.until(lambda: sat.shown() == ["code"])
        await sat.press("escape")
        await sat.until(lambda: len(sat.shown()) == 5)
        await sat.press("escape")
        await sat.until("Lessons")


async def test_rows_out_of_view_can_be_scrolled_to_and_the_frame_counts_them() -> None:
    code = "".join(f"a{n} = {n}\n" for n in range(100))
    async with sitting(snippet(code)) as sat:
        await sat.until("  1 › a0 = 0")
        height = len(sat.pane("code"))
        assert f"1–{height} of 100" in sat.frame("code")
        await sat.press("j", "down")
        await sat.until(f"3–{height + 2} of 100")
        await sat.press("k")
        await sat.until(f"2–{height + 1} of 100")
        await sat.press("pagedown")
        await sat.until(f"{height + 1}–{2 * height} of 100")
        await sat.press("pageup", "up", "up")
        await sat.until(f"1–{height} of 100")
        await sat.press(*["pagedown"] * 9)
        await sat.until("100   a99 = 99")


async def test_the_current_line_stays_in_view() -> None:
    code = "".join(f"a{n} = {n}\n" for n in range(100))
    async with sitting(snippet(code), size=(80, 24)) as sat:
        await sat.until("moment 0/100")
        for line in range(7, 30, 7):
            await sat.press(*["right"] * 7)
            await sat.until(f"moment {line}/100")
            assert any("▶" in row for row in sat.pane("code"))
            assert any("›" in row for row in sat.pane("code"))
        await sat.press("end")
        await sat.until("100 ▶ a99 = 99")
        await sat.press("home")
        await sat.until("  1 › a0 = 0")


def long_row() -> PlayedKernel:
    """A tensor whose numbers are wider than its view, and which is gone in the end."""
    row = tensor(*map(float, range(100, 140)))
    moments = [snapshot(0), snapshot(1, tensors={"row": row}), snapshot(2, gone=("row",))]
    return PlayedKernel(lambda _: recorded(moments))


async def test_long_rows_can_be_scrolled_sideways() -> None:
    async with sitting(snippet("row = 1\ndel row\n"), kernel=long_row()) as sat:

        def numbers() -> str:
            return next((line for line in sat.pane("tensors") if line.count(".  1") > 9), "")

        await sat.press("right", "3")
        await sat.until(lambda: any("row" in line for line in sat.pane("tensors")))
        await sat.press("enter")
        await sat.until(lambda: " 100" in numbers())
        seen = numbers()
        assert seen.endswith("…")
        await sat.press("greater_than_sign")
        await sat.until(lambda: numbers().startswith("…"))
        await sat.press(*["shift+right"] * 40)
        await sat.until(lambda: numbers().startswith("…") and " 139" in numbers())
        await sat.press("shift+right")
        await sat.until("Nothing more to scroll to in this pane.")
        await sat.press(*["shift+left"] * 40)
        await sat.until(lambda: " 100" in numbers() and not numbers().startswith("…"))


async def test_what_is_narrow_is_not_left_out_of_view_by_what_was_wide() -> None:
    async with sitting(snippet("row = 1\ndel row\n"), kernel=long_row()) as sat:
        await sat.press("right", "3")
        await sat.until(lambda: any("row" in line for line in sat.pane("tensors")))
        await sat.press("enter")
        await sat.until("100.")
        await sat.press(*[">"] * 5)
        await sat.gone("100.")
        await sat.press("right")
        await sat.until("row does not exist at this moment.")


def test_wide_characters_can_be_read_to_their_end() -> None:
    text = "".join(chr(0x4E00 + n) for n in range(60))
    seen = set()
    for left in range(len(text) * 2 - 30 + 1):
        shown = columns(Row((("> ", ""), (text, "string"))), left, 32)
        assert shown.width <= 32
        assert shown.text.startswith("…") == bool(left)
        seen |= set(shown.text)
    assert set(text) <= seen


# Code that is wider than its pane


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 50)])
async def test_the_current_line_is_whole_however_long_it_is(size: tuple[int, int]) -> None:
    """Also below lines that are as long, and of characters that take two cells."""
    wide = "s = '" + "".join(chr(0x4E00 + n) for n in range(60)) + "'"
    lines = ["a = 1", LONG_LINE, wide, f"b = {LONG_LINE[8:].replace(' ', '')}", "c = 1"]
    async with sitting(snippet("\n".join(lines)), size=size) as sat:
        await sat.until("moment 0/5")
        for number, line in enumerate(lines, 1):
            await sat.press("right")
            await sat.until(f"moment {number}/5")
            assert _current_line(sat) == line.replace(" ", "")


def _current_line(sat: Sitting) -> str:
    """All rows of the line that has run, without its blanks and its number."""
    rows = sat.pane("code")
    begins = next(at for at, text in enumerate(rows) if "▶" in text)
    later = rows[begins + 1 :]
    ends = next((at for at, text in enumerate(later) if not text.startswith("  ")), len(later))
    text = "".join(rows[begins : begins + 1 + ends]).partition("▶")[2]
    return text.replace(" ", "").replace("│", "")  # where characters are wide, the frame moves in


async def test_a_long_value_keeps_both_ends_and_is_whole_where_it_is_opened() -> None:
    text = "".join(f"{n:04}" for n in range(50))
    kernel = PlayedKernel(lambda _: recorded([snapshot(0), snapshot(1, values={"s": text})]))
    async with sitting(snippet("s = 1"), kernel=kernel) as sat:
        await sat.press("right", "3")
        await sat.until("▸ s = 0000")
        assert sat.pane("tensors")[0].endswith("0049")
        await sat.press("enter")
        await sat.until("3 Tensors · s")
        assert text in "".join(line.strip() for line in sat.pane("tensors"))
        await sat.press("enter")
        await sat.until("▸ s = 0000")
        assert len(sat.shown()) == 5


@pytest.mark.parametrize("height", [12, 24, 60])
async def test_any_size_shows_the_lesson(height: int) -> None:
    async with sitting(size=(250, height)) as sat:
        await sat.press("right", "right", "right")
        for width in (250, 160, 100, 99, 40):
            await sat.resize(width, height)
            await sat.until(lambda: any("▶" in row for row in sat.pane("code")))
            assert "help" in sat.keys
            for number in "13452":
                await sat.press(number)
                name = PANES[int(number) - 1]
                await sat.until(lambda name=name: name in sat.shown() and sat.focused == name)


async def test_a_terminal_too_small_for_anything_does_no_harm() -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        for size in ((1, 1), (5, 3), (12, 2), (20, 5)):
            await sat.resize(*size)
            await sat.press("tab", "z", "z", "j", ">")
        await sat.press("right")
        await sat.resize(120, 40)
        await sat.until("line 1/6")


async def test_a_resize_while_stepping() -> None:
    async with sitting() as sat:
        await sat.press("right", "right", "right")
        await sat.until("line 5/6")
        for size in ((80, 24), (40, 12), (99, 50), (250, 60), (120, 40)):
            await sat.resize(*size)
            await sat.press("right")
            await sat.until(lambda: any("6 ▶ print" in row for row in sat.pane("code")))
            await sat.press("left")
            await sat.until(lambda: any("5 ▶ loss" in row for row in sat.pane("code")))
        assert len(sat.shown()) == 5
        assert "◆ w" in sat.pane("tensors")[0]


async def test_a_pane_that_was_out_of_sight_is_up_to_date_when_it_comes() -> None:
    async with sitting(size=(80, 24)) as sat:
        await sat.press("5", "3", "end", "5")
        await sat.until("∇ w.grad")
        await sat.press("4")
        await sat.until("SumBackward0")
        await sat.press("home", "3", "4")
        await sat.until("No operation has been recorded yet.")


async def test_a_pane_that_comes_back_before_it_has_gone_is_up_to_date() -> None:
    """No layout comes between: to the terminal the pane was never out of sight."""
    async with sitting(size=(80, 24)) as sat:
        await sat.until("moment 0/6")
        await sat.press("5")
        await sat.rest()
        screen = sat.app.screen
        screen.action_pane("tensors")
        screen.action_last()
        screen.action_pane("gradients")
        await sat.until("∇ w.grad")


async def test_a_click_chooses_a_pane() -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        await sat.pilot.click("#tensors")
        await sat.until(lambda: sat.focused == "tensors")


async def test_quitting_before_the_first_picture_is_no_crash() -> None:
    kernel = PlayedKernel()
    app = PaintedApp(lambda: kernel, kernel.inbox, Progress.open(), library.find("squares"))
    async with app.run_test():
        app.exit()
    assert app.return_code == 0


# Output that is longer than its pane


def printing(times: int, lines: int) -> tuple[PlayedKernel, str]:
    """A loop that prints so many times, in a snippet of so many lines."""
    body = "".join(f"x{number} = 0\n" for number in range(lines - 2))
    code = f"for i in range({times}):\n    print(i)\n{body}"
    moments = [snapshot(0)]
    for number in range(times):
        moments += [
            snapshot(2 * number + 1, line=1, next_line=2),
            snapshot(2 * number + 2, line=2, next_line=1, stdout=f"epoch {number}\n"),
        ]
    return PlayedKernel(lambda _: recorded(moments)), code


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
@pytest.mark.parametrize("lines", [2, 60])
async def test_what_a_line_printed_is_in_view_beside_the_line(
    size: tuple[int, int], lines: int
) -> None:
    kernel, code = printing(40, lines)
    async with sitting(snippet(code), kernel=kernel, size=size) as sat:
        await sat.until("moment 0/80")
        for number in (1, 17, 40):
            await sat.press(*["right"] * (2 * number - sat.app.screen.walk.timeline.index))
            await sat.until(f"moment {2 * number}/80")
            rows = [row for row in sat.pane("code") if row]
            assert rows[-1] == f"▸ epoch {number - 1}"
            assert any("▶     print(i)" in row for row in rows)
            heading = next(row for row in rows if row.startswith("Output"))
            assert rows.index(heading) > rows.index(next(row for row in rows if "▶" in row))
            if number > 1:
                left_out = int(heading.split()[2])
                assert rows[rows.index(heading) + 1].endswith(f" epoch {left_out}")


async def test_all_output_is_there_for_who_scrolls() -> None:
    kernel, code = printing(40, 2)
    async with sitting(snippet(code), kernel=kernel) as sat:
        await sat.until("moment 0/80")
        await sat.press("end")
        await sat.until("▸ epoch 39")
        seen: list[str] = []
        for _ in range(10):
            seen += [row.strip("▸ ") for row in sat.pane("code") if "before these" not in row]
            await sat.press("pagedown")
            await sat.rest()
        assert {f"epoch {number}" for number in range(40)} <= set(seen)
        assert sat.pane("code")[-1].endswith("epoch 39")
        await sat.press("left")
        await sat.until(" before these")


async def test_how_a_step_failed_is_in_view_beside_the_line() -> None:
    code = "x = 1\n" * 3 + "1 / 0\n" + "y = 2\n" * 60
    traceback = "Traceback\n" + "  File\n" * 20 + "ZeroDivisionError: division by zero\n"
    error = Error("ZeroDivisionError", "division by zero", 4, traceback)
    moments = [snapshot(0), snapshot(1, line=4, event="error", error=error)]
    kernel = PlayedKernel(lambda _: recorded(moments, ok=False, error=error))
    async with sitting(snippet(code), kernel=kernel) as sat:
        await sat.until("moment 0/1")
        await sat.press("end")
        await sat.until("moment 1/1")
        assert sat.pane("code")[-1] == "ZeroDivisionError: division by zero"
        assert any("4 ✗ 1 / 0" in row for row in sat.pane("code"))


@pytest.mark.parametrize("height", [23, 24, 26])
async def test_the_message_of_a_failure_is_in_view_however_low_the_pane_is(height: int) -> None:
    """Below output as well, of which nothing is left in view then."""
    code = "print(1)\nx = 1\ny = 2\nz = 3\n1 / 0\n"
    traceback = "Traceback\n  File\nZeroDivisionError: division by zero\n"
    error = Error("ZeroDivisionError", "division by zero", 5, traceback)
    printed = snapshot(1, line=1, stdout="1\n" * 20)
    moments = [snapshot(0), printed, snapshot(2, line=5, event="error", error=error)]
    kernel = PlayedKernel(lambda _: recorded(moments, ok=False, error=error))
    async with sitting(snippet(code), kernel=kernel, size=(80, height)) as sat:
        await sat.until("moment 0/2")
        await sat.press("end")
        await sat.until("moment 2/2")
        await sat.until(lambda: any("5 ✗ 1 / 0" in row for row in sat.pane("code")))
        assert len(sat.pane("code")) >= LEAST_PINNED
        assert sat.pane("code")[-1] == "ZeroDivisionError: division by zero"


async def test_what_is_pinned_is_more_than_its_heading() -> None:
    kernel, code = printing(9, 6)
    async with sitting(snippet(code), kernel=kernel, size=(80, 23)) as sat:
        await sat.until("moment 0/18")
        await sat.press("end")
        await sat.until("▸ epoch 8")
        assert len(sat.pane("code")) >= LEAST_PINNED


async def test_the_text_is_read_on_while_all_of_the_code_is_in_view() -> None:
    lesson = snippet("x = 1\n", explain="\n\n".join(f"Read {n}." for n in range(30)))
    async with sitting(lesson, kernel=PlayedKernel(plain), size=(80, 24)) as sat:
        await sat.until("PgDn more")
        assert sat.focused == "code"
        await sat.press("pagedown")
        await sat.until(lambda: "Read 9." in "".join(sat.pane("explanation")))
        assert sat.focused == "code"
        await sat.press(*["pagedown"] * 12)
        await sat.until("Nothing more to scroll to in this pane.")
        await sat.press("z")
        await sat.until(lambda: sat.shown() == ["code"])
        assert "PgDn more" not in sat.keys
        await sat.press("z")
        await sat.until(lambda: "Read 29." in "".join(sat.pane("explanation")))
        await sat.rest()
        assert "→ next" in sat.keys
        assert "PgDn more" not in sat.keys
        await sat.press("1", "k")
        await sat.until("PgDn more")
