"""A learner's sitting for tests: the application, a kernel that is played by the test, a screen.

What the tests read is what a terminal emulator shows after everything that was painted, so that a
cell that should have been repainted and was not is a failure of whatever test comes by.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from painted import Terminal
from played_kernel import READY, Answer, PlayedKernel
from textual import events
from textual._compositor import CompositorUpdate
from textual.geometry import Region
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.screen import Screen

from autograd_tutor import ui
from autograd_tutor.course import library
from autograd_tutor.course.model import Lesson
from autograd_tutor.playing.played import Played
from autograd_tutor.progress import Progress
from autograd_tutor.ui.app import TutorApp
from autograd_tutor.ui.options import Options
from autograd_tutor.ui.pane import Pane
from autograd_tutor.ui.shown_cells import ShownCells

__all__ = ["READY", "Answer", "PlayedKernel", "Sitting", "sitting", "snippet"]

COURSE = Path(__file__).parent / "course"
"""The lessons of these tests."""

PATIENCE = 30.0
"""Seconds after which a state that does not come is a failure; no machine needs as many."""

POLL = 0.002
LONGEST_POLL = 0.05
"""Seconds between two looks at whether a state has come: few at first, so that a test is quick,
then more, so that it leaves the machine to what it waits for."""

MOST_LOOKS = 100
"""After so many, an application that keeps on painting is not waited for."""

CHARACTERS = {"space": " ", "enter": "\r", "tab": "\t", "escape": "\x1b"}
"""What a terminal sends for keys that have a name, where that matters."""


class PaintedApp(TutorApp):
    """The application, with an emulator that is fed with all that it paints."""

    CSS_PATH = Path(ui.__file__).with_name("app.tcss")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.terminal = Terminal(80, 24)
        self.bytes_painted = 0
        """What a terminal would be sent, as the driver does it."""
        self._cells = ShownCells()

    def _display(self, screen: Screen[object], renderable: Any) -> None:
        if (self.terminal.columns, self.terminal.rows) != self.size:
            self.terminal.resize(*self.size)
            self._cells.forget(self.size.width)
        if isinstance(renderable, CompositorUpdate) and screen is self.screen:
            painted = renderable.render_segments(self.console)
            self.bytes_painted += len(self._cells.update(painted).encode())
            self.terminal.feed(painted)
        super()._display(screen, renderable)

    def repainted(self) -> Terminal:
        """What a terminal shows after everything has been painted anew, nothing remembered."""
        for widget in self.screen.walk_children():
            widget.notify_style_update()
        fresh = Terminal(*self.size)
        update = self.screen._compositor.render_full_update()
        fresh.feed(update.render_segments(self.console))
        return fresh


class Sitting:
    """An application that runs, and what its terminal shows."""

    def __init__(
        self, app: PaintedApp, pilot: Pilot[None], kernel: PlayedKernel, progress: Progress
    ) -> None:
        self.app = app
        self.pilot = pilot
        self.kernel = kernel
        self.progress = progress

    @property
    def lines(self) -> list[str]:
        """The rows of the terminal."""
        return self.app.terminal.lines

    @property
    def text(self) -> str:
        """The whole terminal."""
        return "\n".join(self.lines)

    @property
    def headline(self) -> str:
        return self.lines[0]

    @property
    def keys(self) -> str:
        """The line at the bottom."""
        return self.lines[-1]

    @property
    def outcome(self) -> str:
        """What stands above the keys, where something went wrong; else nothing."""
        bar = self.app.screen.query_one("#outcome")
        rows = self.lines[bar.region.y : bar.region.bottom]
        return " ".join(row.strip() for row in rows) if bar.display else ""

    def pane(self, name: str) -> list[str]:
        """What stands inside a pane's frame, without blanks at the ends of lines."""
        x, y, width, height = self._region(name)
        rows = self.lines[y + 1 : y + height - 1]
        return [line[x + 2 : x + width - 2].rstrip() for line in rows]

    def frame(self, name: str) -> str:
        """The head and the foot of a pane."""
        x, y, width, height = self._region(name)
        return "\n".join(line[x : x + width] for line in self.lines[y : y + height : height - 1])

    def _region(self, name: str) -> Region:
        """Where a pane is; nowhere, as long as there is none of the name."""
        found = self.app.screen.query(f"#{name}")
        return found.first().region if found else Region(0, 0, 0, 2)

    def shown(self) -> list[str]:
        """The panes that are on the screen."""
        return [pane.id or "" for pane in self._displayed]

    @property
    def focused(self) -> str:
        """The pane that keys scroll."""
        focused = self.app.screen.focused
        return (focused.id or "") if focused is not None else ""

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other, and let the application take them.

        The pilot's own way waits after each key until the whole machine is at rest.
        """
        for key in keys:
            self._send(key)
            await self.pilot._wait_for_screen()

    async def type_at_once(self, *keys: str) -> None:
        """Press keys faster than the application can take them."""
        for key in keys:
            self._send(key)

    def _send(self, key: str) -> None:
        name = {"\n": "enter"}.get(key) or (_character_to_key(key) if len(key) == 1 else key)
        character = key if len(key) == 1 else CHARACTERS.get(key)
        event = events.Key(name, character)
        event.set_sender(self.app)
        assert self.app._driver is not None
        self.app._driver.send_message(event)

    async def rest(self) -> None:
        """Let the application come to rest, for claims that nothing more happens."""
        await self.pilot.pause()

    async def end(self) -> None:
        """End the application, and wait until it takes in nothing more.

        Only then do its screens go, in the program; the pilot would take them away before.
        """
        if self.app.return_code is None:
            self.app.exit()
        assert self.app._task is not None
        await self.app._task

    async def resize(self, width: int, height: int) -> None:
        await self.pilot.resize_terminal(width, height)
        await self.until(lambda: self.app.terminal.columns == width)

    async def until(self, state: str | Callable[[], bool]) -> None:
        """Wait for a text on the terminal, or for anything else to be true.

        What comes with it is on the terminal then, too: each part of the screen is painted on its
        own, and a test that waits for one may look at another.
        """

        def reached() -> bool:
            return state in self.text if isinstance(state, str) else state()

        end = time.monotonic() + PATIENCE
        async for _ in self._looks():
            if reached():
                break
            assert time.monotonic() < end, f"{state} did not come\n{self.text}"
        looks = 0
        async for _ in self._looks():
            looks += 1
            if looks == MOST_LOOKS or not self._paints():
                break

    async def _looks(self) -> AsyncIterator[None]:
        """Look again and again; meanwhile the application goes on."""
        pause = POLL
        while True:
            yield
            await self.pilot._wait_for_screen()
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_POLL)

    def _paints(self) -> bool:
        """Whether something is still to be taken in or painted."""
        if not self.app.screen_stack:
            return False
        screen = self.app.screen
        pumps = [self.app, *screen.walk_children(with_self=True)]
        return (
            bool(screen._dirty_widgets or screen._compositor._dirty_regions)
            or screen._layout_required
            or any(not pump._message_queue.empty() for pump in pumps)
            or any(each._repaint_required for each in screen._compositor.visible_widgets)
            or any(pane.size.area and not pane.laid_out for pane in self._displayed)
        )

    @property
    def _displayed(self) -> list[Pane]:
        return [pane for pane in self.app.screen.query(Pane) if pane.display]

    async def gone(self, text: str) -> None:
        """Wait until a text is no longer on the terminal."""
        await self.until(lambda: text not in self.text)


@asynccontextmanager
async def sitting(
    lesson: str | Lesson | Played | None = "squares",
    *,
    kernel: Any = None,
    size: tuple[int, int] = (120, 40),
    options: Options | None = None,
    progress: Progress | None = None,
) -> AsyncIterator[Sitting]:
    """Run the application on a lesson, a recording or the course (None); check what it paints."""
    kernel = PlayedKernel() if kernel is None else kernel
    progress = Progress.open() if progress is None else progress
    opened = library.find(lesson) if isinstance(lesson, str) else lesson
    app = PaintedApp(lambda: kernel, kernel.inbox, progress, opened, options)
    try:
        async with app.run_test(size=size) as pilot:
            sat = Sitting(app, pilot, kernel, progress)
            await sat.until(lambda: bool(sat.text.strip()))
            yield sat
            if app.is_running and app.return_code is None:
                await sat.rest()  # a key that is still on its way must not meet a closing screen
                await sat.until(lambda: app.terminal.buffer == app.repainted().buffer)
            await sat.end()
    finally:
        progress.close()


def snippet(code: str, name: str = "made", **fields: Any) -> Lesson:
    """A lesson of a single step."""
    from autograd_tutor.course.model import Step

    step = Step("only", "Only step", fields.pop("explain", "Explained."), code)
    steps: Sequence[Step] = fields.pop("steps", (step,))
    return Lesson(name, Path(name), "Made up", "", "", tuple(steps), **fields)
