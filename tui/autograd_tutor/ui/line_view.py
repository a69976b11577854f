"""A widget that shows rows of styled text and repaints only those that differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.containers import Container
from textual.geometry import Region, Size
from textual.screen import Screen, ScreenResultType
from textual.strip import Strip
from textual.widget import Widget

from autograd_tutor.render.rows import Row
from autograd_tutor.render.signs import to_ascii
from autograd_tutor.render.styles import HEAT, STYLES
from autograd_tutor.ui.host import Host

if TYPE_CHECKING:
    from autograd_tutor.course.summary import Summary


class StyledScreen(Screen[ScreenResultType]):
    """A screen that holds the styles of all names, for everything on it."""

    BLANK = True  # it is covered by what is on it; drawing it would be for nothing
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"line--{name}" for name in STYLES}

    app: Host

    takes_text: ClassVar[bool] = False
    """Whether the widget with the focus is an editor of many lines."""

    _had_focus = False

    @property
    def takes_keys(self) -> bool:
        """Whether it is there as a whole: a widget has the focus, or had it once."""
        self._had_focus = self._had_focus or self.focused is not None
        return self._had_focus

    def say(self, text: str) -> bool:
        """Say a sentence, until the next key; whether the screen has a line for it."""
        return False

    def keep(self) -> None:
        """Keep what is being written on it, where that is kept at all: it may be closed now."""

    def recorded(self) -> None:
        """More may have been recorded of the lesson that is open below this screen."""

    def _compositor_refresh(self) -> None:
        """Draw what is due; while updates are batched, Textual would draw it and not show it."""
        if self.app._batch_count:
            self._compositor._dirty_regions.clear()
            self._dirty_widgets.clear()
        else:
            super()._compositor_refresh()

    def take_lessons(self, lessons: Sequence[Summary]) -> None:
        """Show these, of which more is known now; only where the screen lists lessons."""


class LineView(Widget):
    """As many rows as it is high. Which cells of a row differ, `shown_cells.py` finds out."""

    ALLOW_SELECT = False

    app: Host

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: list[Row] = []
        self._strips: dict[int, Strip] = {}
        """The rows as they were drawn last, by their y."""
        self._drawn_width = 0
        self._styles: dict[str, Style] = {}

    @property
    def size(self) -> Size:
        """Of all of it: it has neither border nor padding, and is asked for this often."""
        return self.region.size

    def show(self, lines: Sequence[Row]) -> None:
        """Show these rows from the top; only rows that differ from those before are repainted."""
        old, self._lines = self._lines, list(lines)
        width, height = self.size
        regions = []
        for y in range(max(len(old), len(self._lines))):
            was, now = _at(old, y), _at(self._lines, y)
            if was is not now and was != now:
                self._strips.pop(y, None)
                regions.append(Region(0, y, width, 1))
        if regions and height:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """One row as a strip of the widget's width."""
        return self._row(y, self.size.width)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows of a region, straight from `render_line`.

        The default way handles border, padding and tint of every row of every pane; here are none.
        """
        width = self.size.width
        strips = [self._row(y, width) for y in crop.line_range]
        if crop.column_span != (0, width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def _row(self, y: int, width: int) -> Strip:
        if width != self._drawn_width:
            self._strips.clear()
            self._drawn_width = width
        strip = self._strips.get(y)
        if strip is None and self._parent is None:  # taken off a screen that is not laid out yet
            return Strip.blank(width)
        if strip is None:
            strip = self._strips[y] = self._strip(_at(self._lines, y), width)
        return strip

    def notify_style_update(self) -> None:
        """Forget what depends on the theme."""
        self._strips.clear()
        self._styles.clear()
        super().notify_style_update()

    def style_of(self, names: str) -> Style:
        """The style of names separated by spaces."""
        style = self._styles.get(names)
        if style is None:
            # Working it out takes long, and a heat map has hundreds of styles.
            style = self._styles[""] = self._styles.get("") or self.rich_style
            for name in names.split():
                if name in HEAT:
                    style += self.app.heat_styles[name]
                    continue
                style += self.screen.get_component_rich_style(f"line--{name}", partial=True)
            self._styles[names] = style
        return style

    def _strip(self, line: Row, width: int) -> Strip:
        pieces: list[tuple[str, Style]] = []
        room = width
        for text, names in line.spans:
            if self.app.ascii_only:
                text = to_ascii(text)
            if cell_len(text) > room:
                text = set_cell_size(text, room)
            room -= cell_len(text)
            _join(pieces, text, self.style_of(f"{line.base} {names}".strip()))
        _join(pieces, " " * room, self.style_of(line.base))
        strip = Strip([Segment(text, style) for text, style in pieces], width)
        if self.app.filters_lines:
            for line_filter in self.get_line_filters():
                strip = strip.apply_filter(line_filter, self.background_colors[1])
        return strip


def _at(lines: list[Row], y: int) -> Row:
    return lines[y] if y < len(lines) else Row()


def _join(pieces: list[tuple[str, Style]], text: str, style: Style) -> None:
    """Append text, to the last piece where the style is the same: every piece costs bytes."""
    if not text:
        return
    if pieces and pieces[-1][1] == style:
        pieces[-1] = (pieces[-1][0] + text, style)
    else:
        pieces.append((text, style))


def display(widget: Widget, shown: bool) -> bool:
    """Put a widget on the screen or take it off; whether that changed it: a layout is dear."""
    changed = widget.display is not shown
    if changed:
        widget.display = shown
    return changed


class PaneGrid(Container):
    """What panes stand on, side by side without a gap."""

    BLANK = True

    app: Host


class Bar(LineView):
    """A single row."""
