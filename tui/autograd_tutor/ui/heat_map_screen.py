"""A tensor as a heat map that fills the screen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.binding import BindingType
from textual.timer import Timer

from autograd_tutor.analysis.heat_map import (
    heat_map,
    is_newest,
    mapped_names,
    picture_at,
    slice_index,
    slices,
)
from autograd_tutor.analysis.named import tensor_named
from autograd_tutor.limits.interface import ANSWER_SHOWN_SECONDS
from autograd_tutor.messages import _
from autograd_tutor.playing.key_messages import Hint
from autograd_tutor.playing.played import Look, Played
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.picture import Picture
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.headline import position_texts
from autograd_tutor.render.heat_map import heat_map_listing, room_for
from autograd_tutor.render.rows import Listing
from autograd_tutor.ui import keys
from autograd_tutor.ui.pane_screen import PaneScreen


class HeatMapScreen(PaneScreen):
    """The tensors of one moment, one at a time; of more than two dimensions matrix by matrix.

    Of a large one it shows the picture that was recorded. Where the tensor is still what it was,
    the run is asked for the matrix itself.
    """

    BINDINGS: ClassVar[list[BindingType]] = keys.HEAT_MAP

    def __init__(self, run: Played, trace: Trace, index: int, name: str) -> None:
        super().__init__(_("Heat map"), id="heat-map")
        self._run = run
        self._trace = trace
        self._index = index
        self._all = mapped_names(trace, index)
        self._shown = name
        self._number = 0
        """Of the matrix that is shown."""
        self._exact: dict[tuple[str, int], Picture | None] = {}
        """What the run has answered, by name and matrix."""
        self._asked: dict[tuple[str, int], tuple[int, int]] = {}
        """For how many rows and columns of cells it was asked."""
        self._overdue: Timer | None = None
        """Until what was recorded is shown, where an answer does not come."""

    def on_resize(self) -> None:
        self._show()

    def action_slice(self, by: int) -> None:
        last = self._slices - 1
        number = max(0, min(self._number + by, last))
        if number == self._number:
            text = _("This is the last matrix.") if by > 0 else _("This is the first matrix.")
            self.say(text if last else _("There is a single matrix."))
        else:
            self._number = number
            self._show()

    def action_tensor(self, by: int) -> None:
        at = self._all.index(self._shown) + by if self._shown in self._all else 0
        if not 0 <= at < len(self._all):
            self.say(_("There is no further tensor at this moment."))
            return
        self._shown, self._number = self._all[at], 0
        self._show()

    def action_help(self) -> None:
        self.app.help([(_("Heat map"), keys.HEAT_MAP)])

    @property
    def place(self) -> tuple[str, Sequence[str]]:
        run, timeline = self._run, Timeline(self._trace, self._index)
        kind, number, count = run.lesson.numbered(self._trace.step)
        position = position_texts(number - 1, count, timeline, run.running, kind)
        return run.lesson.title, position

    @property
    def hints(self) -> list[Hint]:
        sideways, upright = (
            (_("Left Right"), _("Up Down")) if self.app.ascii_only else ("← →", "↑ ↓")
        )
        between = [Hint(sideways, _("matrix"))] if self._slices > 1 else []
        return [*between, Hint(upright, _("tensor")), Hint("?", _("help"))]

    @property
    def _tensor(self) -> Tensor | None:
        return tensor_named(self._trace, self._index, self._shown)

    @property
    def _is_there(self) -> bool:
        """Whether the run can be asked for what is shown."""
        newest = self._run.newest
        return newest is not None and is_newest(self._trace, self._index, newest, self._shown)

    @property
    def _slices(self) -> int:
        """How many matrices can be gone through."""
        tensor = self._tensor
        if tensor is None or (tensor.raw is None and not self._is_there):
            return 1
        return max(1, slices(tensor))

    def _show(self) -> None:
        if self._ask():  # to draw what was recorded meanwhile would be for nothing, mostly
            self._overdue = self.set_timer(ANSWER_SHOWN_SECONDS, self._fill)
        else:
            self._fill()
        self.say("")

    def _fill(self) -> None:
        if self._overdue is not None:
            self._overdue.stop()
            self._overdue = None
        self.pane.fill(self._listing, reset=True)

    def _ask(self) -> bool:
        """Ask the run for what is shown, if it is large; whether an answer will come."""
        tensor, pane, key = self._tensor, self.pane, (self._shown, self._number)
        if tensor is None or tensor.stats is None:
            return False
        lines, columns = room_for((1, *(tensor.shape or ()))[-2], pane.inner_width, pane.page)
        rows, asked = 2 * lines, self._asked.get(key, (0, 0))
        if rows <= asked[0] and columns <= asked[1]:
            return False
        look = Look(self._shown, slice_index(tensor, self._number), rows, columns)
        if not (self._is_there and self._run.look(look, partial(self._answered, key))):
            return False
        self._asked[key] = rows, columns
        return True

    def _answered(self, key: tuple[str, int], picture: Picture | None) -> None:
        self._exact[key] = picture
        if self.is_attached and key == (self._shown, self._number):
            self._fill()

    def _listing(self, width: int) -> Listing:
        tensor = self._tensor
        assert tensor is not None
        picture = picture_at(self._trace, self._index, self._shown)
        exact = self._exact.get((self._shown, self._number))
        found = heat_map(self._shown, tensor, self._number, picture, exact)
        return heat_map_listing(found, width, self.pane.page, self.app.heat_marks)
