"""Writes of each row no more than the cells that are to be repainted."""

from __future__ import annotations

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor


class _Cells(ChopsUpdate):
    """Textual writes a widget's row from its left edge up to the last of these cells."""

    def render_segments(self, console: Console) -> str:
        """The sequences that paint the cells."""
        written = []
        for y, start, stop in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                left, right = max(start, x), min(stop, end)
                if strip is not None and left < right:
                    cells = strip if (left, right) == (x, end) else strip.crop(left - x, right - x)
                    written.append(
                        f"{Control.move_to(left, y).segment.text}{cells.render(console)}"
                    )
        return "".join(written)


class CellCompositor(Compositor):
    """Repaints cells where Textual repaints rows."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """What paints all that has changed; None where nothing has."""
        update = super().render_partial_update()
        return None if update is None else _Cells(update.chops, update.spans, update.chop_ends)
